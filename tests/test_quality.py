"""The benchmark of quality, but for its training: rows, gold spans, scores, learned normalizing."""

import json
from pathlib import Path

import pytest
from spacy.language import Language
from spacy.tokens import Doc

from benchmarks.quality.__main__ import Dataset, load, own_rows
from benchmarks.quality.annotation import UNLISTED_WEIGHT, row_to_doc, states_absence
from benchmarks.quality.answers import answer, answer_normalized, choose
from benchmarks.quality.listings import read_listing_rows
from benchmarks.quality.model import Candidate
from benchmarks.quality.normalize import LearnedNormalizer
from benchmarks.quality.report import find_errors
from benchmarks.quality.rows import QualityRow, read_rows, split
from benchmarks.quality.scoring import score
from benchmarks.quality.surfaces import LearnedSurfaces
from en_product_attrs.components.span_selector import WEIGHTS
from en_product_attrs.datasets import DatasetMapping
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


def candidate(value: str | None, probability: float) -> Candidate:
    return {"value": value, "probability": probability}


def test_an_answer_is_given_where_it_is_likely() -> None:
    assert choose([candidate(None, 0.5), candidate("Illy", 0.51), candidate("illy", 0.04)]) == "Illy"
    assert choose([candidate(None, 0.6), candidate("Illy", 0.4)]) is None
    assert choose([candidate(None, 1.0)]) is None
    assert choose([]) is None


def test_candidates_that_mean_the_same_count_together() -> None:
    raw = [row(str(i), Size=("36GB",), Kind=("Disk",)) for i in range(3)]
    targets = [row(str(i), Size=("36 Gigabytes",), Kind=("Drive",)) for i in range(3)]
    raw += [row(str(i), Size=("36-GB",)) for i in range(3, 6)]
    targets += [row(str(i), Size=("36 Gigabytes",)) for i in range(3, 6)]
    found = {"Size": [candidate(None, 0.4), candidate("36GB", 0.3), candidate("36-GB", 0.3)]}
    assert answer_normalized(found, row("9"), LearnedNormalizer(raw, targets)) == {"Size": "36 Gigabytes"}
    assert answer(found) == {"Size": None}


def test_training_rows_are_apart_from_those_held_out(tmp_path: Path) -> None:
    records = [
        {"id": i, "input": f"Illy Coffee {i}", "category": "Coffee", "target_scores": {"Brand": {"Illy": 1}}}
        for i in range(100)
    ]
    raw, normalized = tmp_path / "raw.jsonl", tmp_path / "normalized.jsonl"
    raw.write_text("\n".join(map(json.dumps, records)))
    normalized.write_text(raw.read_text().replace('{"Illy": 1}', '{"illycaffe": 1}'))
    data = load(normalized, raw, None)
    assert 0 < len(data.held_out) < 40
    assert {r.id for r in data.held_out} == {r.id for r in data.shown}
    assert not {r.id for r in data.held_out} & {r.id for r in data.rows}
    assert {r.values["Brand"] for r in data.held_out + data.targets if r.values} == {("illycaffe",)}
    assert {r.values["Brand"] for r in data.shown + data.rows if r.values} == {("Illy",)}
    data = load(raw, None, normalized)
    assert (len(data.rows), len(data.held_out), data.shown[0]) == (100, 100, data.rows[0])


def test_errors_are_named_by_kind() -> None:
    rows = [
        row("1", Brand=("Illy Coffee",), Flavor=("Nut",), Size=()),
        row("2", Brand=("Lavazza",), Flavor=("Nut",), Size=("S",)),
    ]
    lines: list[dict[str, dict[str, str | None]]] = [
        {"predictions": {"Brand": "Illy", "Flavor": "Illy Coffee", "Size": "M"}},
        {"predictions": {"Brand": "Lavazza Oro", "Flavor": "Nut", "Size": None}},
    ]
    errors = list(find_errors(rows, lines))
    assert [(error.name, error.kind, error.taken_for) for error in errors] == [
        ("Brand", "a part of the value", None),
        ("Flavor", "another value", "Brand"),
        ("Size", "not there", None),
        ("Brand", "more than the value", None),
        ("Size", "missed", None),
    ]


MAPPING = DatasetMapping(attributes={"Breakfast Cereal": dict.fromkeys(["Brand", "Pack size", "Color(s)"])})


def test_listings_become_rows(tmp_path: Path) -> None:
    (tmp_path / "breakfast_cereal.txt").write_text(
        "[Orlo](brand) Flakes, [6 Pack](pack_size)\\n[Orlo](brand) of [Red](color_s) \\[new\\]\n\nOats\n"
    )
    first = QualityRow(
        id="breakfast_cereal:1",
        text="Orlo Flakes, 6 Pack\nOrlo of Red [new]",
        category="Breakfast Cereal",
        values={"Brand": ("Orlo",), "Pack size": ("6 Pack",), "Color(s)": ("Red",)},
    )
    nothing = QualityRow("breakfast_cereal:3", "Oats", "Breakfast Cereal", {})
    assert read_listing_rows(tmp_path, MAPPING, states_absence=False) == [first, nothing]
    absent = read_listing_rows(tmp_path, MAPPING, states_absence=True)[1]
    assert absent.values == {"Brand": (), "Pack size": (), "Color(s)": ()}


@pytest.mark.parametrize(
    ("name", "line", "problem"),
    [
        ("tea.txt", "Tea", r"tea.txt: is named for no category .*breakfast_cereal"),
        ("breakfast_cereal.txt", "x\n[Orlo](flavor)", r"cereal.txt:2: unknown attribute 'flavor'.*pack_size"),
        ("breakfast_cereal.txt", "[Orlo", r"cereal.txt:1: .*opens or closes"),
    ],
)
def test_a_bad_listing_is_named(tmp_path: Path, name: str, line: str, problem: str) -> None:
    (tmp_path / name).write_text(line)
    with pytest.raises(DataFileError, match=problem):
        read_listing_rows(tmp_path, MAPPING, states_absence=False)


@pytest.mark.parametrize(("dataset", "category"), [("oa-mine", "Tea"), ("wdc-pave", "Jewelry")])
def test_own_listings_teach_the_categories_of_the_training_file(dataset: str, category: str) -> None:
    rows = own_rows(Dataset(dataset), [QualityRow("1", "x", category, {"Brand": ()})])
    assert {row.category for row in rows} == {category}
    assert len(rows) > 80
    assert all(value in row.text for row in rows for values in (row.values or {}).values() for value in values)


def test_a_data_set_without_own_listings_has_none() -> None:
    assert own_rows(Dataset.ae_110k, [QualityRow("1", "x", "Guitar", {})]) == []
