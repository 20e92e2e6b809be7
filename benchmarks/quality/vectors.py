"""Sentence vectors of the pretrained encoder."""

from collections.abc import Callable
from pathlib import Path

import numpy
import torch
from numpy.typing import NDArray
from transformers import AutoModel, AutoTokenizer

_BATCH = 64
_MOST_PIECES = 64


def make_encode(encoder: Path) -> Callable[[list[str]], NDArray[numpy.float32]]:
    """A function from strings (n) to vectors (n, width): the means of their wordpieces, as the encoder was trained."""
    tokenizer, network = AutoTokenizer.from_pretrained(encoder), AutoModel.from_pretrained(encoder)

    def encode(strings: list[str]) -> NDArray[numpy.float32]:
        vectors = []
        for start in range(0, len(strings), _BATCH):
            batch = strings[start : start + _BATCH]
            pieces = tokenizer(batch, padding=True, truncation=True, max_length=_MOST_PIECES, return_tensors="pt")
            with torch.no_grad():
                hidden = network(**pieces).last_hidden_state
            mask = pieces["attention_mask"][..., None]
            vectors.append(((hidden * mask).sum(1) / mask.sum(1)).numpy())
        return numpy.concatenate(vectors)

    return encode
