"""How far confidences can be believed: calibration error, and what each threshold costs and brings."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import mean
from typing import NamedTuple

N_BINS = 10
THRESHOLDS = (0.35, 0.5, 0.6, 0.7, 0.8, 0.9)


class Judged(NamedTuple):
    """A value that was found, its confidence, and whether it is right."""

    attribute: str
    confidence: float
    right: bool


class Bin(NamedTuple):
    """The values whose confidence lies in one tenth of the scale: how many, their mean confidence, the share right."""

    low: float
    size: int
    confidence: float
    right: float


class AtThreshold(NamedTuple):
    """Precision and recall of what is left over a threshold."""

    threshold: float
    precision: float
    recall: float


def reliability_bins(judged: Iterable[Judged]) -> list[Bin]:
    """The bins of equal width that hold anything."""
    members: dict[int, list[Judged]] = {}
    for value in judged:
        members.setdefault(min(int(value.confidence * N_BINS), N_BINS - 1), []).append(value)
    return [
        Bin(index / N_BINS, len(values), mean(v.confidence for v in values), mean(float(v.right) for v in values))
        for index, values in sorted(members.items())
    ]


def expected_calibration_error(judged: Sequence[Judged]) -> float:
    """The mean gap between confidence and share right over ten bins, weighted by their size (Guo et al., 2017)."""
    gaps = (abs(bin_.confidence - bin_.right) * bin_.size for bin_ in reliability_bins(judged))
    return sum(gaps) / len(judged) if judged else 0.0


def at_thresholds(judged: Iterable[Judged], n_gold: Mapping[str, int]) -> dict[str, list[AtThreshold]]:
    """For each attribute of the gold, precision and recall at each of THRESHOLDS; precision is 1 where none is left."""
    found: dict[str, list[Judged]] = {name: [] for name in n_gold}
    for value in judged:
        found.setdefault(value.attribute, []).append(value)
    table = {}
    for name, values in sorted(found.items()):
        rows = []
        for threshold in THRESHOLDS:
            kept = [v.right for v in values if v.confidence >= threshold]
            recall = sum(kept) / n_gold[name] if n_gold.get(name) else 0.0
            rows.append(AtThreshold(threshold, mean(map(float, kept)) if kept else 1.0, recall))
        table[name] = rows
    return table
