"""Scores as the authors of the benchmarks count them: an attribute of a row is right where the value is equal to a
letter with one of the gold values, and counts only where the row lists it."""

from collections.abc import Iterable, Mapping
from typing import Any

from benchmarks.quality.rows import QualityRow
from en_product_attrs.scoring import Counts, Scores

Prediction = Mapping[str, str | None]


def score(rows: Iterable[QualityRow], predictions: Iterable[Prediction]) -> dict[str, Any]:
    """Micro and macro figures; `strict` counts values for attributes that a row does not list as wrong, too."""
    listed, strict = Scores(), Scores()
    for row, prediction in zip(rows, predictions, strict=True):
        gold = row.values or {}
        for name, right in gold.items():
            counts = _counts(prediction.get(name), right)
            listed.by_attribute[name].add(counts)
            strict.by_attribute[name].add(counts)
        for name, value in prediction.items():
            if name not in gold:
                strict.by_attribute[name].add(_counts(value, ()))
    return {"listed": listed.to_dict(), "strict": strict.to_dict()}


def _counts(value: str | None, right: tuple[str, ...]) -> Counts:
    hit = value is not None and value in right
    return Counts(int(hit), int(value is not None and not hit), int(bool(right) and not hit))
