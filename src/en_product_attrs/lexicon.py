"""What surfaces were in annotated texts: how often a value, of which labels, and how often they stood there at all."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple, Self

_N_COUNTED = 4
N_FEATURES = 2 * _N_COUNTED
# `Flavor|Tea` is the flavor of teas: what is seen of it counts for `Flavor` as well.
SHARED_BEFORE = "|"
# Added to both counts, so that a surface seen once is no certainty.
_PRIOR_TRUE, _PRIOR_FALSE = 0.3, 0.7


@cache
def shared_label(label: str) -> str:
    """The label that all labels like this one share: `Flavor` for `Flavor|Tea`, and for `Flavor`."""
    return label.partition(SHARED_BEFORE)[0]


def fold(surface: str) -> str:
    """The form in which surfaces are counted: without case, with single blanks."""
    return " ".join(surface.casefold().split())


class CountedText(NamedTuple):
    """A text as a lexicon counts it, all surfaces folded.

    surfaces: of all its short spans. values: (surface, label). known: labels whose values, or their absence, the
    annotation gives; where a label is unknown, a surface may be a value or not.
    """

    surfaces: set[str]
    values: set[tuple[str, str]]
    known: set[str]

    def with_shared(self) -> "CountedText":
        """The same text, what it says of a label said of its shared label, too."""
        values = self.values | {(surface, shared_label(label)) for surface, label in self.values}
        return CountedText(self.surfaces, values, self.known | {shared_label(label) for label in self.known})


@dataclass(slots=True)
class Lexicon:
    """Counts of texts by folded surface and label.

    values: in how many texts the surface was a value of the label.
    texts: in how many texts where the label is known the surface stood at all, for surfaces that were values.
    """

    values: dict[str, dict[str, int]] = field(default_factory=dict)
    texts: dict[str, dict[str, int]] = field(default_factory=dict)

    @classmethod
    def count(cls, texts: Iterable[CountedText]) -> Self:
        """Count texts. A label counts for its shared label, too, but a text only once."""
        counted = [text.with_shared() for text in texts]
        values: dict[str, Counter[str]] = {}
        for text in counted:
            for surface, label in text.values:
                values.setdefault(surface, Counter())[label] += 1
        stood: dict[str, Counter[str]] = {surface: Counter() for surface in values}
        for text in counted:
            for surface in text.surfaces & values.keys():
                stood[surface].update(text.known)
        return cls({k: dict(v) for k, v in values.items()}, {k: dict(v) for k, v in stood.items()})

    def __contains__(self, surface: str) -> bool:
        return surface in self.values

    def features(self, surface: str, labels: Sequence[str], own: CountedText | None) -> list[tuple[int, list[float]]]:
        """What is known of a surface: for each label that has seen it, its index and N_FEATURES numbers.

        They are, once for the label and once for its shared label: whether it has seen the surface, the log-odds that
        the surface is a value where it stands, how often it was one (logarithm), and whether it ever was.

        own: the text that is asked about where it was counted itself, with its shared labels. It is taken off, so that
        training sees what unseen texts will.
        """
        result = []
        stood = self.texts.get(surface, {})
        for index, label in enumerate(labels):
            if shared_label(label) not in stood:
                continue
            shared = self._seen(surface, shared_label(label), own)
            if shared is not None:
                result.append((index, (self._seen(surface, label, own) or [0.0] * _N_COUNTED) + shared))
        return result

    def _seen(self, surface: str, label: str, own: CountedText | None) -> list[float] | None:
        """The numbers about one label, None where no text tells."""
        stood = self.texts.get(surface, {}).get(label, 0) - (own is not None and label in own.known)
        if stood <= 0:
            return None
        true = self.values.get(surface, {}).get(label, 0) - (own is not None and (surface, label) in own.values)
        odds = math.log((true + _PRIOR_TRUE) / (max(stood - true, 0) + _PRIOR_FALSE))
        return [1.0, odds, math.log1p(true), float(true > 0)]

    def to_dict(self) -> dict[str, Any]:
        return {"values": self.values, "texts": self.texts}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        return cls(data["values"], data["texts"])
