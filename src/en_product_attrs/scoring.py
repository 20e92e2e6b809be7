"""Precision, recall and F1 of attributes, on annotated spans and on data sets that list values."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from en_product_attrs.attribute import Attribute

# Which of several values a data set lists.
Kept = Literal["first", "last"]
# Confidences are right to a few points (metrics/calibration.md): nearer ones say nothing of which value is surer.
_EQUALLY_SURE = 0.05


@dataclass(slots=True)
class Counts:
    """True and false positives, and false negatives."""

    true: int = 0
    false: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        return self.true / (self.true + self.false) if self.true + self.false else 0.0

    @property
    def recall(self) -> float:
        return self.true / (self.true + self.missed) if self.true + self.missed else 0.0

    @property
    def f1(self) -> float:
        wrong = self.false + self.missed
        return 2 * self.true / (2 * self.true + wrong) if self.true + wrong else 0.0

    def add(self, other: "Counts") -> None:
        self.true += other.true
        self.false += other.false
        self.missed += other.missed

    def to_dict(self) -> dict[str, float | int]:
        return {
            "precision": round(self.precision, 4),
            "recall": round(self.recall, 4),
            "f1": round(self.f1, 4),
            "gold": self.true + self.missed,
        }


@dataclass(slots=True)
class Scores:
    """Counts by attribute."""

    by_attribute: dict[str, Counts] = field(default_factory=lambda: defaultdict(Counts))

    @property
    def micro(self) -> Counts:
        """All attributes together."""
        total = Counts()
        for counts in self.by_attribute.values():
            total.add(counts)
        return total

    @property
    def macro_f1(self) -> float:
        """The mean F1 of the attributes that the gold holds."""
        scores = [c.f1 for c in self.by_attribute.values() if c.true + c.missed]
        return sum(scores) / len(scores) if scores else 0.0

    def compare(self, predicted: Mapping[str, set[Any]], gold: Mapping[str, set[Any]]) -> None:
        """Count one document: by attribute, the things found and the things that are there."""
        for name in {*predicted, *gold}:
            found, there = predicted.get(name, set()), gold.get(name, set())
            self.by_attribute[name].add(Counts(len(found & there), len(found - there), len(there - found)))

    def to_dict(self) -> dict[str, Any]:
        return {
            "micro": self.micro.to_dict(),
            "macro_f1": round(self.macro_f1, 4),
            "attributes": {name: counts.to_dict() for name, counts in sorted(self.by_attribute.items())},
        }


def spans_of(attributes: Iterable[Attribute]) -> dict[str, set[tuple[int, int]]]:
    """By attribute, the places of its values."""
    result: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for attribute in attributes:
        result[attribute.name].add((attribute.start_char, attribute.end_char))
    return result


def values_of(attributes: Iterable[Attribute]) -> dict[str, set[str]]:
    """By attribute, its canonical values in a form that compares."""
    result: dict[str, set[str]] = defaultdict(set)
    for attribute in attributes:
        result[attribute.name].add(str(attribute.plain).casefold())
    return result


def score_listed(
    scores: Scores, predicted: Iterable[Attribute], gold: Mapping[str, frozenset[str]], *, keeps: Kept = "first"
) -> None:
    """Count one row as ExtractGPT does: only attributes that the row lists count, a surface must equal a gold value.

    The gold holds one of several values (`Men Women`), and so must the answer: the most confident one. Where several
    are about as confident, all may be right, and it is the one that the data set keeps.
    """
    found: dict[str, list[Attribute]] = defaultdict(list)
    for attribute in sorted(predicted, key=lambda one: one.start_char, reverse=keeps == "last"):
        found[attribute.name].append(attribute)
    for name, values in gold.items():
        least = max((one.confidence for one in found[name]), default=0.0) - _EQUALLY_SURE
        answer = next((one.text for one in found[name] if one.confidence >= least), None)
        right = answer in values
        scores.by_attribute[name].add(
            Counts(int(right), int(answer is not None and not right), int(bool(values) and not right))
        )
