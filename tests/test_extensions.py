"""What a Doc carries, and how it travels."""

import pytest
from spacy.language import Language
from spacy.tokens import Doc, DocBin

from en_product_attrs.attribute import Attribute, Evidence
from en_product_attrs.extensions import register_extensions
from en_product_attrs.units import default_table
from en_product_attrs.values import Color, Material, Measure, Money

register_extensions()
ATTRIBUTES = tuple(
    Attribute(
        name, value, "red", 0, 3, "ner", confidence=0.5, plain=plain, evidence=Evidence(0.5, None, "x", 1.0, ("a", "b"))
    )
    for name, value, plain in [
        ("brand", "Nike", "Nike"),
        ("color", Color("Red", "red", "#FF0000"), {"name": "Red"}),
        ("weight", Measure(0.28, 0.28, "kg"), {"unit": "kg", "value": 0.28}),
        ("width", Measure(1.0, 2.0, "in", "range", "width", True, default_table().kind_of("in")), {"unit": "m"}),
        ("price", Money(9.99, "USD"), {"value": 9.99, "currency": "USD"}),
        ("material", Material("Cotton", "cotton", 0.6), {"name": "Cotton"}),
    ]
)


@pytest.fixture
def doc(blank_nlp: Language) -> Doc:
    doc = blank_nlp("red shoe")
    doc._.attributes = ATTRIBUTES
    return doc


def test_starts_empty(blank_nlp: Language) -> None:
    doc = blank_nlp("red shoe")
    assert doc._.attributes == ()
    assert doc._.product == {}


def test_product_follows_the_attributes(doc: Doc) -> None:
    assert doc._.attributes == ATTRIBUTES
    assert doc._.product["brand"] == ["Nike"]
    doc._.attributes = ATTRIBUTES[:1]
    assert doc._.product == {"brand": ["Nike"]}


def test_registering_again_changes_nothing(doc: Doc) -> None:
    register_extensions()
    assert doc._.attributes == ATTRIBUTES


def check(again: Doc) -> None:
    assert again._.attributes == ATTRIBUTES
    assert [type(a.value) for a in again._.attributes] == [type(a.value) for a in ATTRIBUTES]
    assert again._.attributes[0].evidence.steps == ("a", "b")
    assert again._.attributes[2].value.to("g").low == pytest.approx(280)
    assert again._.attributes[3].value.to("cm").high == pytest.approx(5.08)
    assert again._.product["color"] == [{"name": "Red"}]


def test_to_bytes_and_back(doc: Doc, blank_nlp: Language) -> None:
    check(Doc(blank_nlp.vocab).from_bytes(doc.to_bytes()))


def test_docbin_and_back(doc: Doc, blank_nlp: Language) -> None:
    bytes_ = DocBin(docs=[doc], store_user_data=True).to_bytes()
    (again,) = DocBin(store_user_data=True).from_bytes(bytes_).get_docs(blank_nlp.vocab)
    check(again)


def test_other_user_data_travels_too(doc: Doc, blank_nlp: Language) -> None:
    doc.user_data["mine"] = {"a": [1, None]}
    assert Doc(blank_nlp.vocab).from_bytes(doc.to_bytes()).user_data["mine"] == {"a": [1, None]}


def test_copies_and_slices_keep_their_attributes(doc: Doc) -> None:
    assert doc.copy()._.attributes == ATTRIBUTES
