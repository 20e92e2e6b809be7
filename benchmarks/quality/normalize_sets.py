"""Closed sets of normalized values: values seen before, and a classifier of value and text."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.normalize_pairs import Learner, Pair, Rule, form
from en_product_attrs.colors import normalize

Encode = Callable[[list[str]], NDArray[np.float32]]
_Matrix = NDArray[np.float64]

_LEAST_SHARE = 0.9
# A set is closed where there are many times as many pairs as values.
_MOST_CLASSES = 0.35
_BUCKETS = 4096
_GRAMS = range(2, 6)
_MANY_COLORS = 3
# By how much a text counts beside the value, in the kernel.
_TEXT_WEIGHT = 0.5
_RIDGE = 0.1
_WORD = re.compile(r"[^\W\d_]{3,}")
_LIST = re.compile(r"[,/]|\band\b")


def learn_lookup(fold: Callable[[str], str]) -> Learner:
    """Values seen before, after folding, where nearly all of them became the same."""

    def learn(pairs: list[Pair]) -> Rule:
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for pair in pairs:
            counts[fold(pair.value)].update(pair.likely)
        known = {key: became for key, votes in counts.items() if (became := _winner(votes)) is not None}
        return lambda value, _text: known.get(fold(value))

    return learn


def _winner(votes: Counter[str]) -> str | None:
    value, most = votes.most_common(1)[0]
    return value if most >= _LEAST_SHARE * votes.total() else None


class ClassLearner:
    """Learns a kernel classifier (least squares) of what the value says, and by a lesser weight its text.

    The names of the classes, and their parts where they are lists, are examples of the classes, too.
    """

    def __init__(self, encode: Encode | None) -> None:
        self._encode = encode
        # Every string stands in several folds.
        self._vectors: dict[str, NDArray[np.float32]] = {}

    def __call__(self, pairs: list[Pair]) -> Rule | None:
        """The classifier, or None where the set of values is not closed."""
        classes = sorted({value for pair in pairs for value in pair.likely})
        if len(classes) < 2 or len(classes) > _MOST_CLASSES * len(pairs):
            return None
        examples = [(pair.value, pair.text, pair.likely) for pair in pairs]
        examples += [(name, name, (value,)) for value in classes for name in _names(value)]
        features = self._features([(value, text) for value, text, _ in examples])
        targets = np.array([[(value in likely) / len(likely) for value in classes] for _, _, likely in examples])
        weights = np.linalg.solve(_kernel(features, features) + _RIDGE * np.eye(len(examples)), targets)

        def classify(value: str, text: str) -> str:
            scores = _kernel(self._features([(value, text)]), features) @ weights
            return classes[int(scores.argmax())]

        return classify

    def _features(self, items: list[tuple[str, str]]) -> _Matrix:
        values = [value for value, _ in items]
        blocks = [
            (1.0, _hashed(map(_grams, values))),
            (1.0, _hashed(map(_families, values))),
            (_TEXT_WEIGHT, _hashed(set(_WORD.findall(text.casefold())) for _, text in items)),
        ]
        if self._encode is not None:
            blocks.append((1.0, self._encoded(values)))
            blocks.append((_TEXT_WEIGHT, self._encoded([text.partition("\n")[0] for _, text in items])))
        total = sum(weight for weight, _ in blocks)
        return np.concatenate([(weight / total) ** 0.5 * block for weight, block in blocks], axis=1)

    def _encoded(self, strings: list[str]) -> _Matrix:
        new = [string for string in dict.fromkeys(strings) if string not in self._vectors]
        if new and self._encode is not None:
            self._vectors.update(zip(new, self._encode(new), strict=True))
        return _unit(np.array([self._vectors[string] for string in strings]))


def _names(value: str) -> set[str]:
    return {value, *(part.strip() for part in _LIST.split(value) if part.strip())}


def _kernel(some: _Matrix, others: _Matrix) -> _Matrix:
    kernel: _Matrix = np.exp(some @ others.T - 1)
    return kernel


def _grams(value: str) -> Iterator[str]:
    padded = f" {form(value)} "
    for size in _GRAMS:
        for start in range(len(padded) - size + 1):
            yield padded[start : start + size]


@lru_cache(maxsize=1 << 14)
def _families(value: str) -> tuple[str, ...]:
    """What the project's color table says of the value: the families of its colors, the first one, and how many."""
    families = [match.value.family or "" for match in normalize(value)]
    if not any(families):
        return ()
    return (f"first {families[0]}", f"{min(len(families), _MANY_COLORS)} colors", *families)


def _hashed(rows: Iterable[Iterable[str]]) -> _Matrix:
    """Vectors of how often each word stands in each row, the words hashed to buckets."""
    buckets = (np.array([crc32(word.encode()) % _BUCKETS for word in row], dtype=int) for row in rows)
    return _unit(np.array([np.bincount(row, minlength=_BUCKETS) for row in buckets]))


def _unit(vectors: NDArray[np.generic]) -> _Matrix:
    wide = vectors.astype(np.float64)
    unit: _Matrix = wide / np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), 1e-9)
    return unit
