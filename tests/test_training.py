"""Callbacks of the training config."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import spacy
import torch
from spacy.lang.en import English


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = torch.get_float32_matmul_precision()
    yield
    torch.set_float32_matmul_precision(before)


def config(precision: str | None) -> dict[str, Any]:
    callback = {"@callbacks": "product_attrs.matmul_precision.v1", "precision": precision}
    return {"nlp": {"lang": "en", "pipeline": [], "before_creation": callback}}


def test_the_precision_of_products_is_that_of_the_pipeline(tmp_path: Path) -> None:
    English.from_config(config("medium")).to_disk(tmp_path)
    assert torch.get_float32_matmul_precision() == "medium"
    torch.set_float32_matmul_precision("highest")
    spacy.load(tmp_path)
    assert torch.get_float32_matmul_precision() == "medium"


def test_no_precision_leaves_what_the_process_has_set() -> None:
    torch.set_float32_matmul_precision("high")
    English.from_config(config(None))
    assert torch.get_float32_matmul_precision() == "high"
