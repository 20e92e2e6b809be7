"""The dictionary side: patterns, colors, measures."""

from pathlib import Path
from typing import Any

import pytest
from spacy.language import Language
from spacy.tokens import Doc

from en_product_attrs.colors import ColorTable
from en_product_attrs.components.kb_ruler import (
    COLOR_ID,
    CONFIDENCES,
    MEASURE_ID,
    MONEY_ID,
    ROLE_ID,
    SPANS_KEY,
    KnowledgeRuler,
)
from en_product_attrs.resources import rules_dir
from en_product_attrs.schema import AttributeSchema
from en_product_attrs.units import UnitTable

PATTERNS: list[dict[str, Any]] = [
    {"label": "BRAND", "pattern": "Acme Works", "id": "brand:acme"},
    {"label": "SPORT", "pattern": [{"ORTH": "Football"}], "id": "sport:football"},
    {"label": "PACK_SIZE", "pattern": [{"LOWER": "pack"}, {"LOWER": "of"}, {"LIKE_NUM": True}]},
]
TABLES = {
    "schema": AttributeSchema.from_yaml(rules_dir() / "attributes.yml").to_dict(),
    "units": UnitTable.from_yaml(rules_dir() / "units.yml").to_dict(),
    "colors": ColorTable.from_yaml(rules_dir() / "colors.yml").to_dict(),
}


def make_ruler(nlp: Language, *tables: str) -> KnowledgeRuler:
    ruler = nlp.add_pipe("product_kb_ruler", name="kb_ruler")
    assert isinstance(ruler, KnowledgeRuler)
    ruler.initialize(lambda: [], nlp=nlp, patterns=PATTERNS, tables={name: TABLES[name] for name in tables})
    return ruler


def found(nlp: Language, text: str) -> list[tuple[str, str, str]]:
    return spans_of(nlp(text))


def spans_of(doc: Doc) -> list[tuple[str, str, str]]:
    return [(span.text, span.label_, span.id_) for span in doc.spans[SPANS_KEY]]


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("ACME works mug", [("ACME works", "BRAND", "brand:acme")]),
        ("Acme  Works", []),
        ("Football or football", [("Football", "SPORT", "sport:football")]),
        ("Pack of 6", [("Pack of 6", "PACK_SIZE", "")]),
        ("red 500ml $5", []),  # there are no tables
        ("", []),
    ],
)
def test_patterns(blank_nlp: Language, text: str, spans: list[tuple[str, str, str]]) -> None:
    make_ruler(blank_nlp)
    assert found(blank_nlp, text) == spans


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("red mug", [("red", "COLOR", COLOR_ID)]),
        ("bottle 500ml", [("500ml", "NET_CONTENT", MEASURE_ID)]),
        ('table 72"W x 35"H', [('72"', "WIDTH", ROLE_ID), ('35"', "HEIGHT", ROLE_ID)]),
        ("mug 300 g", []),  # no attribute claims a mass: it may be a weight or a content
        ("mug $12.99", [("$12.99", "PRICE", MONEY_ID)]),
        ("", []),
        ("\ud800 red \udfff", [("red", "COLOR", COLOR_ID)]),
    ],
)
def test_tables(blank_nlp: Language, text: str, spans: list[tuple[str, str, str]]) -> None:
    make_ruler(blank_nlp, "schema", "units", "colors")
    assert found(blank_nlp, text) == spans


def test_a_measure_that_names_its_attribute_gets_it(blank_nlp: Language) -> None:
    make_ruler(blank_nlp, "schema", "units")
    text = '24"W x 18"D x 30"H, 18 V'
    assert {label for _, label, _ in found(blank_nlp, text)} == {"WIDTH", "DEPTH", "HEIGHT", "VOLTAGE"}
    confidences = blank_nlp(text).spans[SPANS_KEY].attrs[CONFIDENCES]
    assert [confidence > 0.5 for confidence in confidences] == [True, True, True, False]  # the last is NaN


def test_spans_are_sorted_and_overlap(blank_nlp: Language) -> None:
    ruler = make_ruler(blank_nlp, "schema", "units", "colors")
    ruler.add_patterns([{"label": "BRAND", "pattern": "Red Acme Works", "id": "brand:red"}])
    assert [text for text, _, _ in found(blank_nlp, "blue Red Acme Works, pack of 6, 500ml")][:4] == [
        "blue",
        "Red",
        "Red Acme Works",
        "Acme Works",
    ]


def test_entities_are_left_alone(blank_nlp: Language) -> None:
    ruler = make_ruler(blank_nlp)
    doc = blank_nlp.make_doc("Acme Works")
    doc.set_ents([doc.char_span(0, 4, label="MINE")])
    assert [ent.label_ for ent in ruler(doc).ents] == ["MINE"]


TEXT = "Acme Works Football, pack of 6, red, 500ml, $12.99"


def test_bytes_and_disk_carry_everything(blank_nlp: Language, tmp_path: Path) -> None:
    ruler = make_ruler(blank_nlp, "schema", "units", "colors")
    expected = found(blank_nlp, TEXT)
    assert len(expected) >= 6
    ruler.to_disk(tmp_path / "ruler")
    for again in (
        KnowledgeRuler(blank_nlp).from_bytes(ruler.to_bytes()),
        KnowledgeRuler(blank_nlp).from_disk(tmp_path / "ruler"),
    ):
        assert again.patterns == ruler.patterns
        assert again.dump_tables() == ruler.dump_tables()
        assert spans_of(again(blank_nlp.make_doc(TEXT))) == expected


def test_loading_replaces_what_was_there(blank_nlp: Language) -> None:
    ruler = make_ruler(blank_nlp, "schema", "colors", "units")
    ruler.from_bytes(KnowledgeRuler(blank_nlp).to_bytes())
    assert (ruler.patterns, ruler.dump_tables()) == ([], {})
    assert found(blank_nlp, TEXT) == []


def test_an_unknown_table_is_refused(blank_nlp: Language) -> None:
    ruler = make_ruler(blank_nlp)
    with pytest.raises(ValueError, match=r"Unknown table 'weights'.*schema, colors, units"):
        ruler.initialize(lambda: [], nlp=blank_nlp, patterns=[], tables={"weights": {}})
