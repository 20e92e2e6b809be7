"""Learned and curated spans into one set."""

import math
from collections.abc import Sequence
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from en_product_attrs import merging
from en_product_attrs.merging import Candidate, Reliability, Weighted


def ner(start: int, end: int, attribute: str = "color", probability: float = 0.9) -> Candidate:
    return Candidate(start, end, attribute, ner_probability=probability)


def rule(start: int, end: int, attribute: str = "color", rule_id: str = "r") -> Candidate:
    return Candidate(start, end, attribute, rule_id=rule_id)


def rated(start: int, end: int, confidence: float, attribute: str = "color") -> Candidate:
    return Candidate(start, end, attribute, ner_probability=confidence, confidence=confidence)


def places(candidates: Sequence[Candidate]) -> list[tuple[int, int]]:
    return [(c.start, c.end) for c in candidates]


CANDIDATES = st.builds(
    lambda start, length, attribute, probability, has_rule, confidence: Candidate(
        start, start + length, attribute, probability, "r" if has_rule or probability is None else None, confidence
    ),
    st.integers(0, 8),
    st.integers(1, 4),
    st.sampled_from(["color", "brand"]),
    st.none() | st.floats(0, 1),
    st.booleans(),
    st.floats(0, 1),
)


@pytest.mark.parametrize(
    ("candidate", "source"),
    [
        (ner(0, 1), "ner"),
        (rule(0, 1), "rules"),
        (Candidate(0, 1, "color", 0.5, "r"), "ner+rules"),
        (ner(0, 1, probability=0.0), "ner"),
    ],
)
def test_source(candidate: Candidate, source: str) -> None:
    assert candidate.source == source


@pytest.mark.parametrize(
    ("one", "other", "overlaps"),
    [
        ((0, 2), (2, 3), False),
        ((0, 2), (1, 3), True),
        ((0, 3), (1, 2), True),
        ((1, 2), (1, 2), True),
        ((4, 5), (0, 1), False),
    ],
)
def test_overlaps(one: tuple[int, int], other: tuple[int, int], overlaps: bool) -> None:
    assert ner(*one).overlaps(rule(*other)) is overlaps
    assert rule(*other).overlaps(ner(*one)) is overlaps


def test_unite_makes_one_of_what_both_found() -> None:
    united = merging.unite([ner(0, 1), ner(2, 3, "brand")], [rule(0, 1, rule_id="color:red"), rule(2, 3), rule(5, 6)])
    assert {(c.start, c.attribute, c.source, c.rule_id) for c in united} == {
        (0, "color", "ner+rules", "color:red"),
        (2, "brand", "ner", None),
        (2, "color", "rules", "r"),
        (5, "color", "rules", "r"),
    }
    assert next(c for c in united if c.start == 0).ner_probability == 0.9


@pytest.mark.parametrize(
    ("policy", "chosen"),
    [
        (merging.prefer_ner, [(0, 1, "ner"), (1, 2, "ner"), (4, 6, "rules"), (7, 8, "ner+rules")]),
        (merging.prefer_rules, [(0, 3, "rules"), (4, 6, "rules"), (7, 8, "ner+rules")]),
    ],
)
def test_policies(policy: merging.Policy, chosen: list[tuple[int, int, str]]) -> None:
    both = Candidate(7, 8, "color", 0.2, "r")
    candidates = [rule(0, 3), ner(0, 1), ner(1, 2), rule(4, 5), rule(4, 6), both]
    for order in (candidates, candidates[::-1]):
        assert [(c.start, c.end, c.source) for c in policy(order)] == chosen


def test_weighted_drops_what_is_below_its_threshold() -> None:
    candidates = [rated(0, 1, 0.49), rated(2, 3, 0.5), rated(4, 5, 0.51)]
    assert places(Weighted(0.5)(candidates)) == [(2, 3), (4, 5)]


@pytest.mark.parametrize(
    ("candidates", "chosen"),
    [
        ([(0, 4, 0.95), (0, 2, 0.6), (2, 4, 0.6)], [(0, 4)]),
        ([(0, 4, 0.6), (0, 2, 0.9), (2, 4, 0.9)], [(0, 2), (2, 4)]),
        ([(0, 2, 0.8), (1, 3, 0.9), (2, 4, 0.8)], [(0, 2), (2, 4)]),
        ([(0, 2, 0.6), (1, 3, 0.99), (2, 4, 0.6)], [(1, 3)]),
        ([(0, 1, 1.0)], [(0, 1)]),
        ([], []),
    ],
)
def test_weighted_weighs_overlapping_spans(
    candidates: list[tuple[int, int, float]], chosen: list[tuple[int, int]]
) -> None:
    assert places(Weighted(0.5)([rated(*c) for c in candidates])) == chosen


@given(st.lists(CANDIDATES, max_size=8), st.sampled_from([0.0, 0.3, 0.5, 0.9]))
def test_best_disjoint_is_as_good_as_trying_all(candidates: list[Candidate], threshold: float) -> None:
    def gain(candidate: Candidate) -> float:
        return candidate.confidence - threshold

    chosen = merging.best_disjoint(candidates, gain)
    best = max(
        sum(map(gain, subset))
        for size in range(len(candidates) + 1)
        for subset in combinations(candidates, size)
        if not any(a.overlaps(b) for a, b in combinations(subset, 2))
    )
    assert math.isclose(sum(map(gain, chosen)), best, abs_tol=1e-9)


def test_an_attribute_may_have_a_threshold_of_its_own() -> None:
    candidates = [rated(0, 1, 0.6, "brand"), rated(2, 3, 0.6)]
    assert places(Weighted(0.5, {"brand": 0.7})(candidates)) == [(2, 3)]
    assert places(Weighted(0.7, {"brand": 0.5})(candidates)) == [(0, 1)]


@pytest.mark.parametrize(
    "policy",
    [merging.prefer_ner, merging.prefer_rules, Weighted(0.0), Weighted(0.5), Weighted(1.0)],
    ids=["prefer_ner", "prefer_rules", "weighted 0", "weighted 0.5", "weighted 1"],
)
@given(candidates=st.lists(CANDIDATES, max_size=12))
def test_policies_give_disjoint_spans_in_the_order_of_the_text(
    policy: merging.Policy, candidates: list[Candidate]
) -> None:
    chosen = policy(candidates)
    assert all(c in candidates for c in chosen)
    assert all(left.end <= right.start for left, right in pairwise(chosen))


RELIABILITY = Reliability(
    rule_alone={"color": 0.8}, rule_against={"color": 0.3}, agreement=0.5, default=0.1, ner_scale=2.0, ner_offset=1.0
)


@pytest.mark.parametrize(
    ("candidate", "learned", "rate"),
    [
        (rule(0, 2), [], 0.8),
        (rule(0, 2), [ner(2, 3)], 0.8),
        (rule(0, 2), [ner(1, 3, "brand")], 0.3),
        (rule(0, 2, "size"), [], 0.1),
        (ner(0, 1, probability=0.5), [], 1 / (1 + math.exp(-1))),
        (ner(0, 1, probability=0.75), [], 1 / (1 + math.exp(-2 * math.log(3) - 1))),
        (Candidate(0, 1, "color", 0.5, "r"), [], 1 - 0.5 * (1 - 1 / (1 + math.exp(-1)))),
    ],
)
def test_reliability_rates_candidates(candidate: Candidate, learned: list[Candidate], rate: float) -> None:
    assert RELIABILITY.rate(candidate, learned) == pytest.approx(rate)


@given(st.lists(CANDIDATES, max_size=6), st.lists(CANDIDATES, max_size=6))
def test_merge_gives_probabilities(learned: list[Candidate], curated: list[Candidate]) -> None:
    learned = [ner(c.start, c.end, c.attribute, c.confidence) for c in learned]
    curated = [rule(c.start, c.end, c.attribute) for c in curated]
    assert all(0 <= c.confidence <= 1 for c in merging.merge(learned, curated, merging.prefer_ner, RELIABILITY))


@given(st.floats(1e-6, 1 - 1e-6))
def test_sigmoid_inverts_log_odds(probability: float) -> None:
    assert merging.sigmoid(merging.log_odds(probability)) == pytest.approx(probability)


@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_log_odds_stay_finite(probability: float) -> None:
    assert math.isfinite(merging.log_odds(probability))


@pytest.mark.parametrize("x", [-1e4, 1e4])
def test_sigmoid_takes_any_number(x: float) -> None:
    assert merging.sigmoid(x) in (0.0, 1.0)
