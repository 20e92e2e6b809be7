"""Precision, recall and F1, against numbers worked out by hand."""

import pytest

from en_product_attrs.attribute import Attribute
from en_product_attrs.scoring import Counts, Kept, Scores, score_listed, spans_of, values_of


def attribute(name: str, text: str, *, start: int = 0, confidence: float = 0.5, plain: object = None) -> Attribute:
    return Attribute(
        name, text, text, start, start + len(text), "ner", confidence=confidence, plain=text if plain is None else plain
    )


@pytest.mark.parametrize(
    ("counts", "precision", "recall", "f1"),
    [
        (Counts(), 0, 0, 0),
        (Counts(true=3, false=1, missed=2), 0.75, 0.6, 2 / 3),
        (Counts(false=2), 0, 0, 0),
        (Counts(missed=2), 0, 0, 0),
        (Counts(true=2), 1, 1, 1),
    ],
)
def test_counts(counts: Counts, precision: float, recall: float, f1: float) -> None:
    assert (counts.precision, counts.recall, counts.f1) == pytest.approx((precision, recall, f1))


def test_scores_over_documents() -> None:
    scores = Scores()
    scores.compare({"color": {(0, 3), (5, 9)}, "brand": {(10, 12)}}, {"color": {(0, 3)}, "size": {(4, 5)}})
    scores.compare({"color": {(0, 3)}}, {"color": {(0, 3), (7, 8)}})
    assert scores.to_dict() == {
        "micro": {"precision": 0.5, "recall": 0.5, "f1": 0.5, "gold": 4},
        "macro_f1": 0.3333,  # of color and size; brand is not in the gold
        "attributes": {
            "brand": {"precision": 0.0, "recall": 0.0, "f1": 0.0, "gold": 0},
            "color": {"precision": 0.6667, "recall": 0.6667, "f1": 0.6667, "gold": 3},
            "size": {"precision": 0.0, "recall": 0.0, "f1": 0.0, "gold": 1},
        },
    }


def test_scores_of_nothing() -> None:
    assert Scores().to_dict() == {
        "micro": {"precision": 0.0, "recall": 0.0, "f1": 0.0, "gold": 0},
        "macro_f1": 0.0,
        "attributes": {},
    }


def test_spans_and_values() -> None:
    found = [
        attribute("color", "Red", start=2),
        attribute("color", "red", start=9),
        attribute("pack_size", "2", plain=2),
    ]
    assert spans_of(found) == {"color": {(2, 5), (9, 12)}, "pack_size": {(0, 1)}}
    assert values_of(found) == {"color": {"red"}, "pack_size": {"2"}}


@pytest.mark.parametrize(
    ("predicted", "gold", "counts"),
    [
        ([], {"brand": {"HP"}}, Counts(missed=1)),
        ([("HP", 0.5)], {"brand": {"HP", "Hewlett Packard"}}, Counts(true=1)),
        ([("hp", 0.5)], {"brand": {"HP"}}, Counts(false=1, missed=1)),
        ([("HP", 0.5)], {"brand": set()}, Counts(false=1)),
        ([], {"brand": set()}, Counts()),
        ([("HP", 0.6), ("Dell", 0.5)], {"brand": {"HP"}}, Counts(true=1)),
        ([("HP", 0.6), ("Dell", 0.7)], {"brand": {"HP"}}, Counts(false=1, missed=1)),
    ],
)
def test_listed_values(predicted: list[tuple[str, float]], gold: dict[str, set[str]], counts: Counts) -> None:
    scores = Scores()
    score_listed(
        scores,
        [attribute("brand", text, confidence=c) for text, c in predicted],
        {k: frozenset(v) for k, v in gold.items()},
    )
    assert scores.by_attribute == {"brand": counts}


@pytest.mark.parametrize(
    ("keeps", "confidences", "right"),
    [
        ("first", (0.90, 0.93), "Men"),
        ("last", (0.93, 0.90), "Women"),
        ("first", (0.80, 0.93), "Women"),
        ("last", (0.93, 0.80), "Men"),
    ],
)
def test_of_equally_sure_values_the_one_that_the_data_set_keeps(
    keeps: Kept, confidences: tuple[float, float], right: str
) -> None:
    men, women = confidences
    predicted = [
        attribute("gender", "Women", start=4, confidence=women),
        attribute("gender", "Men", start=0, confidence=men),
    ]
    scores = Scores()
    score_listed(scores, predicted, {"gender": frozenset({right})}, keeps=keeps)
    assert scores.by_attribute == {"gender": Counts(true=1)}


def test_attributes_that_are_not_listed_do_not_count() -> None:
    scores = Scores()
    score_listed(scores, [attribute("color", "Red")], {})
    assert scores.by_attribute == {}
