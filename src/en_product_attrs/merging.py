"""Learned and curated spans into one set of spans that do not overlap, see docs/merge.md."""

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from en_product_attrs.attribute import Source


@dataclass(frozen=True, slots=True)
class Candidate:
    """Tokens `start` to `end` (exclusive) could be a value of `attribute`.

    ner_probability: what the NER gives the span, None where the NER did not find it.
    rule_id: the pattern that matched, None where none did.
    ner_support: what the NER gives a span that only a rule found, None where it was not asked.
    rule_confidence: what the pattern says of itself, None where it says nothing.
    confidence: estimated probability that the candidate is right.
    """

    start: int
    end: int
    attribute: str
    ner_probability: float | None = None
    rule_id: str | None = None
    ner_support: float | None = None
    rule_confidence: float | None = None
    confidence: float = 0.0

    @property
    def source(self) -> Source:
        if self.ner_probability is None:
            return "rules"
        return "ner" if self.rule_id is None else "ner+rules"

    def overlaps(self, other: "Candidate") -> bool:
        return self.start < other.end and other.start < self.end


Policy = Callable[[Sequence[Candidate]], list[Candidate]]


@dataclass(frozen=True, slots=True)
class Reliability:
    """How often candidates are right, counted on development data.

    rule_alone: by attribute, where no learned span overlaps the rule's.
    rule_against: by attribute, where a learned span overlaps and disagrees.
    agreement: where rule and NER found the same span and attribute, how often the NER's doubt was wrong.
    default: for attributes that were not seen.
    ner_scale, ner_offset: calibration of the NER's log-odds (Platt, 1999).
    support_scale, support_offset, rate_scale: log-odds of a span that only a rule found, from those of the NER's
        support for it and those of its rate in the tables above.
    """

    rule_alone: Mapping[str, float] = field(default_factory=dict)
    rule_against: Mapping[str, float] = field(default_factory=dict)
    agreement: float = 0.5
    default: float = 0.5
    ner_scale: float = 1.0
    ner_offset: float = 0.0
    support_scale: float = 0.0
    support_offset: float = 0.0
    rate_scale: float = 1.0

    def rate(self, candidate: Candidate, learned: Iterable[Candidate]) -> float:
        """The probability that the candidate is right, given what the NER found.

        A pattern's own confidence is a floor: who writes one means it.
        """
        return max(self._estimate(candidate, learned), candidate.rule_confidence or 0.0)

    def _estimate(self, candidate: Candidate, learned: Iterable[Candidate]) -> float:
        if candidate.ner_probability is not None:
            calibrated = sigmoid(self.ner_scale * log_odds(candidate.ner_probability) + self.ner_offset)
            return calibrated if candidate.rule_id is None else 1 - (1 - calibrated) * (1 - self.agreement)
        rate = self.rule_rate(candidate, learned)
        if candidate.ner_support is None:
            return rate
        support = self.support_scale * log_odds(candidate.ner_support)
        return sigmoid(support + self.support_offset + self.rate_scale * log_odds(rate))

    def rule_rate(self, candidate: Candidate, learned: Iterable[Candidate]) -> float:
        """How often spans that only a rule found were right, for the candidate's attribute and surroundings."""
        opposed = any(candidate.overlaps(other) for other in learned)
        return (self.rule_against if opposed else self.rule_alone).get(candidate.attribute, self.default)


def log_odds(probability: float) -> float:
    """The logit, kept finite."""
    clipped = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(clipped / (1 - clipped))


def sigmoid(x: float) -> float:
    """The inverse of `log_odds`."""
    return 0.5 + 0.5 * math.tanh(0.5 * x)  # exp overflows far from zero


def merge(
    learned: Sequence[Candidate], curated: Sequence[Candidate], policy: Policy, reliability: Reliability
) -> list[Candidate]:
    """The spans that a policy chooses, rated, in the order of the text."""
    return policy([replace(c, confidence=reliability.rate(c, learned)) for c in unite(learned, curated)])


def unite(learned: Iterable[Candidate], curated: Iterable[Candidate]) -> list[Candidate]:
    """All candidates, those with the same tokens and attribute as one."""
    united = {(c.start, c.end, c.attribute): c for c in curated}
    for candidate in learned:
        key = (candidate.start, candidate.end, candidate.attribute)
        twin = united.get(key)
        if twin is not None:
            candidate = replace(candidate, rule_id=twin.rule_id, rule_confidence=twin.rule_confidence)
        united[key] = candidate
    return list(united.values())


def first_come(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Keep each candidate that overlaps none kept before it; in the order of the text."""
    kept: list[Candidate] = []
    taken: set[int] = set()
    for candidate in candidates:
        tokens = range(candidate.start, candidate.end)
        if taken.isdisjoint(tokens):
            kept.append(candidate)
            taken.update(tokens)
    return sorted(kept, key=lambda c: c.start)


def longest_first(candidate: Candidate) -> tuple[int, int]:
    """Sort key: longer before shorter, then from left to right."""
    return candidate.start - candidate.end, candidate.start


def prefer_ner(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Every learned span; rules fill the gaps, longest first."""
    return first_come(sorted(candidates, key=lambda c: (c.ner_probability is None, *longest_first(c))))


def prefer_rules(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Every span of a rule, longest first; learned spans fill the gaps."""
    return first_come(sorted(candidates, key=lambda c: (c.rule_id is None, *longest_first(c))))


@dataclass(frozen=True, slots=True)
class Weighted:
    """Choose the set of spans with the greatest sum of log-odds over a threshold.

    Candidates whose confidence is below the threshold are dropped, the rest compete for their tokens, so that one sure
    long span wins over two unsure short ones. `thresholds` has those of attributes for which `threshold` is not right.
    """

    threshold: float
    thresholds: Mapping[str, float] = field(default_factory=dict)

    def __call__(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        return best_disjoint([c for c in candidates if c.confidence >= self._threshold_of(c)], self._gain)

    def _threshold_of(self, candidate: Candidate) -> float:
        return self.thresholds.get(candidate.attribute, self.threshold)

    def _gain(self, candidate: Candidate) -> float:
        return log_odds(candidate.confidence) - log_odds(self._threshold_of(candidate)) + 1e-6


def best_disjoint(candidates: Sequence[Candidate], gain: Callable[[Candidate], float]) -> list[Candidate]:
    """The candidates that do not overlap and whose gains sum to the most, in the order of the text."""
    ordered = sorted(candidates, key=lambda c: c.end)
    ends = [c.end for c in ordered]
    totals = [0.0]
    before: list[int] = []
    for i, candidate in enumerate(ordered):
        before.append(bisect_right(ends, candidate.start, hi=i))
        totals.append(max(totals[-1], totals[before[i]] + gain(candidate)))
    chosen: list[Candidate] = []
    i = len(ordered)
    while i > 0:
        if totals[i] > totals[i - 1]:
            chosen.append(ordered[i - 1])
            i = before[i - 1]
        else:
            i -= 1
    return chosen[::-1]
