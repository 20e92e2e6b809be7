"""The benchmark of quality, but for its training: rows, gold spans, scores, learned normalizing."""

import json
from pathlib import Path

import pytest
from spacy.language import Language

from benchmarks.quality.model import row_to_doc
from benchmarks.quality.normalize import LearnedNormalizer
from benchmarks.quality.rows import QualityRow, read_rows, split
from benchmarks.quality.scoring import score
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


def test_gold_spans_lie_behind_the_category(blank_nlp: Language) -> None:
    values = {"Brand": ("Coffee",), "Type": ("Coffee Beans",), "Flavor": ("none such",)}
    doc = row_to_doc(blank_nlp, QualityRow("1", "Coffee Co. Coffee Beans", "Coffee", values))
    assert [(ent.text, ent.label_, ent.start_char) for ent in doc.ents] == [
        ("Coffee", "BRAND", 7),
        ("Coffee Beans", "TYPE", 18),
    ]


def test_scores_as_the_authors_count() -> None:
    rows = [row("1", Brand=("Illy", "illy"), Flavor=()), row("2", Brand=("Lavazza",), Flavor=("Nut",))]
    predictions = [{"Brand": "illy", "Flavor": "Nut", "Size": "M"}, {"Brand": "lavazza", "Flavor": None}]
    scores = score(rows, predictions)
    # Right: one brand. Wrong: a flavor where there is none, a brand in another case. Missed: that brand, a flavor.
    assert scores["listed"]["micro"] == {"precision": 0.3333, "recall": 0.3333, "f1": 0.3333, "gold": 3}
    assert scores["strict"]["micro"]["precision"] == 0.25


def test_normalizing_is_learned_from_pairs() -> None:
    raw = [row("1", Color=("Blk",), Width=("3 in",)), row("2", Color=("Charcoal Grey",)), row("3", Color=("Red",))]
    normalized = [row("1", Color=("Black",), Width=("7.6",)), row("2", Color=("Gray",)), row("9", Color=("Blue",))]
    normalize = LearnedNormalizer(raw, normalized)
    assert normalize("Color", "blk") == "Black"
    assert normalize("Color", "Charcoal  Gray") == "Gray"
    assert normalize("Color", "Red") == "Red"
    assert normalize("Width", "3 in") == "7.6"
    assert normalize("Width", "4 in") == "4 in"
