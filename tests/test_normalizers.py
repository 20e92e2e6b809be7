"""Unit, color and value normalizer on Docs made by hand."""

from pathlib import Path
from typing import Any

import pytest
from spacy.language import Language
from spacy.tokens import Doc

from en_product_attrs.attribute import Attribute
from en_product_attrs.colors import ColorTable
from en_product_attrs.components.color_normalizer import ColorNormalizer
from en_product_attrs.components.tables import TablePipe
from en_product_attrs.components.unit_normalizer import UnitNormalizer, plain
from en_product_attrs.components.value_normalizer import ValueNormalizer, clean
from en_product_attrs.knowledge import KnowledgeBase, KnowledgeEntry, Matching
from en_product_attrs.resources import rules_dir
from en_product_attrs.schema import AttributeSchema
from en_product_attrs.units import UnitTable
from en_product_attrs.values import Color, Material, Measure, Money

SCHEMA = AttributeSchema.from_yaml(rules_dir() / "attributes.yml")
KNOWLEDGE = KnowledgeBase(
    (
        KnowledgeEntry("brand:bosch", "brand", "Bosch", aliases=("Robert Bosch",)),
        KnowledgeEntry("gender:male", "gender", "male", aliases=("Mens",)),
        KnowledgeEntry("material:cotton", "material", "Cotton", family="cotton"),
        KnowledgeEntry("size:xl", "size", "XL", aliases=("X-Large",)),
    ),
    Matching(legal_suffixes=frozenset({"gmbh"}), thresholds={"default": 85}),
)
TABLES: dict[str, Any] = {
    "schema": SCHEMA.to_dict(),
    "units": UnitTable.from_yaml(rules_dir() / "units.yml").to_dict(),
    "colors": ColorTable.from_yaml(rules_dir() / "colors.yml").to_dict(),
    "knowledge": KNOWLEDGE.to_dict(),
}
NORMALIZERS: dict[str, type[TablePipe]] = {
    "units": UnitNormalizer,
    "colors": ColorNormalizer,
    "values": ValueNormalizer,
}


def make(cls: type[TablePipe]) -> Any:
    normalizer = cls("normalizer")
    normalizer.initialize(lambda: [], tables={name: TABLES[name] for name in cls.tables})
    return normalizer


@pytest.fixture(scope="module")
def normalizers() -> dict[str, Any]:
    return {name: make(cls) for name, cls in NORMALIZERS.items()}


def doc_with(nlp: Language, name: str, text: str) -> Doc:
    """The text with something before it, so that offsets of text and span differ."""
    doc = nlp(f"é: {text}")
    doc._.attributes = (Attribute(name, text, text, 3, 3 + len(text), "ner", confidence=0.9, plain=text),)
    return doc


def results(doc: Doc) -> list[tuple[str, Any]]:
    for attribute in doc._.attributes:
        assert doc.text[attribute.start_char : attribute.end_char] == attribute.text
        assert attribute.confidence == 0.9
    return [(attribute.text, attribute.plain) for attribute in doc._.attributes]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("weight", "280 g", [("280 g", {"unit": "kg", "value": 0.28})]),
        ("weight", "280g", [("280g", {"unit": "kg", "value": 0.28})]),
        ("capacity", "up to 50 lb", [("up to 50 lb", {"unit": "kg", "max": 22.6796185})]),
        ("length", "8-10 in", [("8-10 in", {"unit": "m", "min": 0.2032, "max": 0.254})]),
        ("pack_size", "Pack of 6", [("Pack of 6", 6)]),
        ("price", "$12.99", [("$12.99", {"value": 12.99, "currency": "USD"})]),
        ("weight", "heavy", [("heavy", "heavy")]),
        ("weight", "5 in", [("5 in", "5 in")]),  # a length is no weight
        ("price", "cheap", [("cheap", "cheap")]),
        ("color", "5 oz", [("5 oz", "5 oz")]),
    ],
)
def test_unit_normalizer(normalizers: dict[str, Any], blank_nlp: Language, name: str, text: str, expected: Any) -> None:
    assert results(normalizers["units"](doc_with(blank_nlp, name, text))) == expected


def test_several_measures_become_several_attributes(normalizers: dict[str, Any], blank_nlp: Language) -> None:
    doc = normalizers["units"](doc_with(blank_nlp, "dimensions", "9 x 12 in"))
    assert [plain for _, plain in results(doc)] == [{"unit": "m", "value": 0.2286}, {"unit": "m", "value": 0.3048}]
    assert all(isinstance(attribute.value, Measure) and attribute.evidence.steps for attribute in doc._.attributes)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (Money(5.0, None), None, {"value": 5.0, "currency": None}),
        (Measure(6.0, 6.0, "count"), None, 6),
        (Measure(6.0, 8.0, "count", "range"), None, {"unit": "count", "min": 6, "max": 8}),
        (Measure(6.0, 6.0, "count", "max"), None, {"unit": "count", "max": 6}),
        (Measure(1.0, 1.0, "lb"), "g", {"unit": "g", "value": 453.59237}),
        (Measure(1.0, 1.0, "lb"), "m", {"unit": "kg", "value": 0.45359237}),
        (Measure(5.0, 5.0, "kg", "min"), "kg", {"unit": "kg", "min": 5}),
        (Measure(5.0, 5.0, "kg", "approx"), "kg", {"unit": "kg", "value": 5}),
    ],
)
def test_plain_values(value: Measure | Money, unit: str | None, expected: Any) -> None:
    assert plain(value, unit) == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("color", "red", [("red", {"name": "Red", "family": "red", "hex": "#FF0000"})]),
        ("brand", "Red", [("Red", "Red")]),
        ("color", "xyzzy", [("xyzzy", {"name": "Xyzzy", "family": None, "hex": None})]),
    ],
)
def test_color_normalizer(
    normalizers: dict[str, Any], blank_nlp: Language, name: str, text: str, expected: Any
) -> None:
    assert results(normalizers["colors"](doc_with(blank_nlp, name, text))) == expected


def test_several_colors_become_several_attributes(normalizers: dict[str, Any], blank_nlp: Language) -> None:
    doc = normalizers["colors"](doc_with(blank_nlp, "color", "Black/White"))
    assert [(text, value["name"]) for text, value in results(doc)] == [("Black", "Black"), ("White", "White")]
    assert all(isinstance(attribute.value, Color) for attribute in doc._.attributes)


@pytest.mark.parametrize(
    ("name", "text", "expected", "rule_id"),
    [
        ("brand", "BOSCH GmbH", "Bosch", "brand:bosch"),
        ("brand", "Bosh Gmbh", "Bosh Gmbh", None),  # four letters are too few for a misspelling
        ("brand", "Robert Bsch", "Bosch", "brand:bosch"),
        ("brand", "Makita®", "Makita", None),
        ("gender", "Mens", "male", "gender:male"),
        ("size", "x large", "XL", "size:xl"),
        ("size", "10.5  US", "10.5 US", None),
        ("brand", "Mens", "Mens", None),  # known, but as a gender
        ("brand", "®", "®", None),
        ("gtin", "0 12345-67890 5", "012345678905", None),
        ("gtin", "none", "none", None),
        ("model_number", "GSR 12V-15,", "GSR 12V-15", None),
        ("weight", "280 g", "280 g", None),
    ],
)
def test_value_normalizer(
    normalizers: dict[str, Any], blank_nlp: Language, name: str, text: str, expected: str, rule_id: str | None
) -> None:
    doc = normalizers["values"](doc_with(blank_nlp, name, text))
    assert results(doc) == [(text, expected)]
    (attribute,) = doc._.attributes
    assert (attribute.value, attribute.rule_id) == (expected, rule_id)
    assert (attribute.evidence.alias_score is not None) is (rule_id is not None)


def test_materials_are_split_with_their_shares(normalizers: dict[str, Any], blank_nlp: Language) -> None:
    doc = normalizers["values"](doc_with(blank_nlp, "material", "60% cotton, 40% Xylon"))
    assert [(a.text, a.value, a.rule_id) for a in doc._.attributes] == [
        ("60% cotton", Material("Cotton", "cotton", 0.6), "material:cotton"),
        ("40% Xylon", Material("Xylon", None, 0.4), None),
    ]
    assert results(doc)[0][1] == {"name": "Cotton", "family": "cotton", "share": 0.6}


def test_entries_are_added_to_a_pipeline(blank_nlp: Language) -> None:
    normalizer = make(ValueNormalizer)
    entry = normalizer.add("brand", "Umbrella Works", aliases=["UW", "Bosch"])
    assert entry.id == "brand:umbrellaworks"
    for text in ("UW", "umbrella-works", "Bosch"):
        assert results(normalizer(doc_with(blank_nlp, "brand", text))) == [(text, "Umbrella Works")]
    again = ValueNormalizer("again").from_bytes(normalizer.to_bytes())
    assert results(again(doc_with(blank_nlp, "brand", "UW"))) == [("UW", "Umbrella Works")]
    with pytest.raises(ValueError, match="Unknown attribute 'maker'"):
        normalizer.add("maker", "x")
    with pytest.raises(ValueError, match="no tables yet"):
        ValueNormalizer("empty").add("brand", "x")


@pytest.mark.parametrize(
    ("surface", "expected"),
    [(" a  b ", "a b"), ("Tide®,", "Tide"), ("-;-", "-;-"), ("a\n b", "a b"), ("™", "™"), ("", "")],
)
def test_clean(surface: str, expected: str) -> None:
    assert clean(surface) == expected
    assert clean(clean(surface)) == clean(surface)


@pytest.mark.parametrize("cls", NORMALIZERS.values(), ids=NORMALIZERS)
def test_without_tables_nothing_changes(blank_nlp: Language, cls: Any) -> None:
    doc = doc_with(blank_nlp, "color", "red 5 oz")
    before = doc._.attributes
    assert cls("empty")(doc)._.attributes == before


@pytest.mark.parametrize("cls", NORMALIZERS.values(), ids=NORMALIZERS)
def test_bytes_and_disk_carry_the_tables(tmp_path: Path, cls: Any) -> None:
    normalizer = make(cls)
    normalizer.to_disk(tmp_path / "normalizer")
    for again in (cls("again").from_bytes(normalizer.to_bytes()), cls("again").from_disk(tmp_path / "normalizer")):
        assert again.dump_tables() == normalizer.dump_tables() != {}
