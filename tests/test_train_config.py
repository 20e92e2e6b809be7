"""The training config, alone and with the settings of a GPU on top."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from spacy.language import DEFAULT_CONFIG_PATH, Language
from spacy.schemas import ConfigSchemaTraining
from spacy.tokens import DocBin
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


def test_steps_are_stretched_to_the_corpus(tmp_path: Path, blank_nlp: Language) -> None:
    docs = [blank_nlp.make_doc("a title of eight words for the test") for _ in range(1000)]
    DocBin(docs=docs).to_disk(tmp_path / "train.spacy")
    settings = "training.max_epochs=3 training.batcher.size=80"
    main(BASE, GPU, tmp_path / "config.cfg", corpus=tmp_path / "train.spacy", settings=settings)
    written, base = load_config(tmp_path / "config.cfg")["training"], load_config(BASE)["training"]
    schedule, original = written["optimizer"]["learn_rate"], base["optimizer"]["learn_rate"]
    # Ten texts of eight words a batch.
    assert (written["max_epochs"], schedule["total_steps"]) == (3, pytest.approx(300, rel=0.05))
    share = schedule["total_steps"] / original["total_steps"]
    assert schedule["warmup_steps"] == round(original["warmup_steps"] * share)
    assert written["eval_frequency"] == round(base["eval_frequency"] * share)
    # With patience, a large corpus would end its training before the first evaluation.
    assert written["patience"] == 0


@pytest.mark.parametrize("gpu_id", [-1, 0])
def test_the_learning_rate_is_all_but_zero_at_the_last_evaluation(gpu_id: int, tmp_path: Path) -> None:
    main(BASE, GPU, tmp_path / "config.cfg", gpu_id)
    training = load_config(tmp_path / "config.cfg")["training"]
    steps, frequency = training["optimizer"]["learn_rate"]["total_steps"], training["eval_frequency"]
    fewest = int(0.98 * steps)  # steps 0 to fewest - 1
    assert (fewest - 1) // frequency * frequency > 0.95 * steps


def test_without_epochs_the_steps_stay(tmp_path: Path, blank_nlp: Language) -> None:
    DocBin(docs=[blank_nlp.make_doc("a title")]).to_disk(tmp_path / "train.spacy")
    settings = "training.max_epochs=0"
    main(BASE, GPU, tmp_path / "config.cfg", corpus=tmp_path / "train.spacy", settings=settings)
    learn_rate = load_config(tmp_path / "config.cfg")["training"]["optimizer"]["learn_rate"]
    assert learn_rate == load_config(BASE)["training"]["optimizer"]["learn_rate"]
