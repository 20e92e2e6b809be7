"""The training config, alone and with the settings of a GPU on top."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from spacy.language import DEFAULT_CONFIG_PATH
from spacy.schemas import ConfigSchemaTraining
from spacy.util import load_config, registry

from scripts.train_config import main

BASE, GPU = ROOT / "configs" / "train.cfg", ROOT / "configs" / "gpu.cfg"


def leaves(config: Mapping[str, Any], path: str = "") -> Iterator[str]:
    for key, value in config.items():
        if isinstance(value, Mapping):
            yield from leaves(value, f"{path}{key}.")
        else:
            yield f"{path}{key}"


@pytest.mark.parametrize("gpu_id", [-1, 0])
def test_resolves(gpu_id: int, tmp_path: Path) -> None:
    main(BASE, GPU, tmp_path / "config.cfg", gpu_id)
    config = load_config(tmp_path / "config.cfg", interpolate=True)
    assert config["components"]["transformer"]["model"]["mixed_precision"] is (gpu_id >= 0)
    assert config["system"]["gpu_allocator"] == ("pytorch" if gpu_id >= 0 else None)
    training = {**load_config(DEFAULT_CONFIG_PATH)["training"], **config["training"]}
    registry.resolve(training, schema=ConfigSchemaTraining)
    registry.resolve({"after_init": config["initialize"]["after_init"]})


def test_a_gpu_changes_values_and_adds_no_key() -> None:
    new = set(leaves(load_config(GPU))) - set(leaves(load_config(BASE)))
    assert new <= {"initialize.after_init.embeddings"}
