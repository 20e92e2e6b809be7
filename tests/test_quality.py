"""The benchmark of quality, but for its training: rows, gold spans, scores, learned normalizing."""

import json
from pathlib import Path

import pytest
from spacy.language import Language
from spacy.tokens import Doc

from benchmarks.quality.annotation import UNLISTED_WEIGHT, row_to_doc, states_absence
from benchmarks.quality.rows import QualityRow, read_rows, split
from benchmarks.quality.scoring import score
from benchmarks.quality.surfaces import LearnedSurfaces
from en_product_attrs.components.span_selector import WEIGHTS
from en_product_attrs.errors import DataFileError


def row(id_: str, **values: tuple[str, ...]) -> QualityRow:
    return QualityRow(id_, "some text", "Coffee", dict(values))


def test_reads_both_formats(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    records = [
        {"input": "Illy Coffee", "category": "Coffee", "target_scores": {"Brand": {"Illy": 1}, "Flavor": {"n/a": 1}}},
        {"id": 7, "input_title": "Pen", "input_description": "Blue", "category": "Office"},
    ]
    path.write_text("\n".join(map(json.dumps, records)) + "\n\n")
    assert read_rows(path) == [
        QualityRow("1", "Illy Coffee", "Coffee", {"Brand": ("Illy",), "Flavor": ()}),
        QualityRow("7", "Pen\nBlue", "Office", None),
    ]


@pytest.mark.parametrize("line", ["{", "[]", '{"input": "x"}', '{"category": "x", "target_scores": 3, "input": "x"}'])
def test_a_bad_row_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(line + "\n")
    with pytest.raises(DataFileError, match=r"rows.jsonl:1"):
        read_rows(path)


def test_the_split_is_fixed_by_the_text() -> None:
    rows = [QualityRow(str(i), f"text {i}", "x", {}) for i in range(400)]
    train, dev = split(rows)
    assert 30 < len(dev) < 90
    assert sorted(train + dev, key=lambda r: int(r.id)) == rows
    assert split(rows[::-1])[1] == dev[::-1]


def annotated(doc: Doc) -> list[tuple[str, str, int]]:
    return sorted((span.text, span.label_, span.start_char) for span in doc.spans["values"])


def test_gold_spans_are_all_places_behind_the_category(blank_nlp: Language) -> None:
    values = {"Brand": ("Coffee",), "Type": ("Coffee Beans",), "Flavor": ("none such",), "Size": ()}
    doc = row_to_doc(blank_nlp, QualityRow("1", "Coffee Co. Coffee Beans", "Coffee", values))
    assert annotated(doc) == [
        ("Coffee", "Brand|Coffee", 7),
        ("Coffee", "Brand|Coffee", 18),
        ("Coffee Beans", "Type|Coffee", 18),
    ]
    weights = {"Brand|Coffee": 1.0, "Type|Coffee": 1.0, "Flavor|Coffee": 0.0, "Size|Coffee": 1.0}
    assert doc.spans["values"].attrs == {WEIGHTS: weights}


def test_attributes_that_a_row_does_not_list_count_little(blank_nlp: Language) -> None:
    doc = row_to_doc(blank_nlp, row("1", Brand=("some",)), ["Brand", "Size"])
    assert doc.spans["values"].attrs == {WEIGHTS: {"Brand|Coffee": 1.0, "Size|Coffee": UNLISTED_WEIGHT}}


def test_a_value_inside_a_word_stands_for_the_word(blank_nlp: Language) -> None:
    doc = row_to_doc(blank_nlp, QualityRow("1", "Mens Shoes", "Shoes", {"Gender": ("Men",)}))
    assert annotated(doc) == [("Mens", "Gender|Shoes", 6)]


def test_the_part_of_a_word_that_is_the_value_is_learned() -> None:
    rows = [
        QualityRow("1", "Mens Shoes", "Shoes", {"Gender": ("Men",)}),
        QualityRow("2", "Mens Boots", "Shoes", {"Gender": ("Men",), "Type": ("Boots",)}),
        QualityRow("3", "mens Boots", "Shoes", {"Gender": ("mens",)}),
    ]
    surface_of = LearnedSurfaces(rows)
    assert surface_of("Gender", "Mens") == "Men"
    assert surface_of("Type", "Mens") == "Mens"
    assert surface_of("Gender", "MENS") == "MENS"
    assert surface_of("Type", "Boots") == "Boots"


def test_only_data_that_states_absence_leaves_the_rest_unknown() -> None:
    assert states_absence([row("1", Brand=("Illy",)), row("2", Brand=())])
    assert not states_absence([row("1", Brand=("Illy",))])


def test_scores_as_the_authors_count() -> None:
    rows = [row("1", Brand=("Illy", "illy"), Flavor=()), row("2", Brand=("Lavazza",), Flavor=("Nut",))]
    predictions = [{"Brand": "illy", "Flavor": "Nut", "Size": "M"}, {"Brand": "lavazza", "Flavor": None}]
    scores = score(rows, predictions)
    # Right: one brand. Wrong: a flavor where there is none, a brand in another case. Missed: that brand, a flavor.
    assert scores["listed"]["micro"] == {"precision": 0.3333, "recall": 0.3333, "f1": 0.3333, "gold": 3}
    assert scores["strict"]["micro"]["precision"] == 0.25
