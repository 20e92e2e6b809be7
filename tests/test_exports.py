"""Exports: schema.org Products that its definitions accept, and fields of a Merchant Center feed."""

import re
from pathlib import Path
from typing import Any

import pytest
import schema_org
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.language import Language

from en_product_attrs import units
from en_product_attrs.attribute import Attribute
from en_product_attrs.exports import MERCHANT_FIELDS, to_jsonld, to_merchant
from en_product_attrs.schema import AttributeSchema
from en_product_attrs.values import Color, Material, Measure, Money

TITLE = "Nike Mens Royal Blue/White Tee, 60% Cotton 40% Polyester, $129.99, 6 x 330 ml, 18V, Made in USA, Refurbished"


def attribute(name: str, value: Any, text: str | None = None, plain: Any = None) -> Attribute:
    text = text if text is not None else str(value)
    return Attribute(name, value, text, 0, len(text), "rules", plain=value if plain is None else plain)


def measure(text: str) -> Measure:
    (match,) = units.parse(text)
    return match.value


def model(node: Any) -> Any:
    """The node as models of schema.org, which refuse unknown types, unknown properties and values out of range."""
    if isinstance(node, list):
        return [model(item) for item in node]
    if isinstance(node, str) and node.startswith("https://schema.org/"):
        return schema_org.OfferItemCondition(node)
    if not isinstance(node, dict):
        return node
    properties = {key: value for key, value in node.items() if not key.startswith("@")}
    snake = {re.sub("(?<=[a-z])(?=[A-Z])", "_", key).lower(): model(value) for key, value in properties.items()}
    return getattr(schema_org, node["@type"])(**snake)


ATTRIBUTES = [
    attribute("brand", "Nike"),
    attribute("product_line", "Pegasus 38"),
    attribute("product_type", "Running Shoes"),
    attribute("model_number", "CW7356-002"),
    attribute("gtin", "4006381333931"),
    attribute("gtin", "123"),
    attribute("color", Color("Royal Blue", "blue", "#4169E1"), "Royal Blu"),
    attribute("color", Color("White", "white", "#FFFFFF"), "White"),
    attribute("material", Material("Cotton", "cotton", 0.6), "60% Cotton"),
    attribute("pattern", "Striped"),
    attribute("size", "10.5 US"),
    attribute("gender", "male", "Mens"),
    attribute("age_group", "adult"),
    attribute("condition", "refurbished", "Refurb"),
    attribute("condition", "clearance"),
    attribute("origin", "United States", "USA"),
    attribute("price", Money(3.99, "USD"), "$3.99"),
    attribute("price", Money(5.0, None), "¥5"),
    attribute("weight", measure("280 g"), "280 g"),
    attribute("width", measure("10-12 in"), "10-12 in"),
    attribute("height", measure("up to 3 ft"), "up to 3 ft"),
    attribute("depth", "unreadable"),
    attribute("net_content", measure("12 fl oz"), "12 fl oz"),
    attribute("sun", "not in the schema"),
    attribute("grade", "SPF 30"),
    attribute("thickness", measure("16 gauge"), "16 gauge"),
    attribute("pack_size", measure("6 ct"), "6 ct", 6),
]


def test_schema_org_accepts_the_product() -> None:
    product = to_jsonld(ATTRIBUTES, name="Pegasus 38")
    model(product)
    additional = {node["propertyID"]: node["value"] for node in product.pop("additionalProperty")}
    assert product == {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": "Pegasus 38",
        "brand": {"@type": "Brand", "name": "Nike"},
        "model": "Pegasus 38",
        "category": "Running Shoes",
        "mpn": "CW7356-002",
        "gtin": "4006381333931",
        "color": ["Royal Blue", "White"],
        "material": "Cotton",
        "pattern": "Striped",
        "size": "10.5 US",
        "audience": {"@type": "PeopleAudience", "suggestedGender": "male", "audienceType": "adult"},
        "itemCondition": "https://schema.org/RefurbishedCondition",
        "countryOfOrigin": {"@type": "Country", "name": "United States"},
        "offers": {"@type": "Offer", "price": 3.99, "priceCurrency": "USD"},
        "weight": {"@type": "QuantitativeValue", "value": 280.0, "unitCode": "GRM"},
        "width": {"@type": "QuantitativeValue", "minValue": 10.0, "maxValue": 12.0, "unitCode": "INH"},
        "height": {"@type": "QuantitativeValue", "maxValue": 3.0, "unitCode": "FOT"},
    }
    assert additional["net_content"] == {"@type": "QuantitativeValue", "value": 12.0, "unitCode": "OZA"}
    assert additional["thickness"] == {"@type": "QuantitativeValue", "value": 16.0, "unitText": "gauge"}
    assert additional["pack_size"] == 6
    assert {"gtin": "123", "condition": "clearance", "price": "¥5", "depth": "unreadable"}.items() <= additional.items()


def test_the_validator_refuses_what_schema_org_does_not_know() -> None:
    with pytest.raises(ValueError, match="colour"):
        model({"@type": "Product", "colour": "red"})


def test_merchant_fields() -> None:
    assert to_merchant(ATTRIBUTES, title="Pegasus 38") == {
        "title": "Pegasus 38",
        "brand": "Nike",
        "gtin": "4006381333931",
        "mpn": "CW7356-002",
        "product_type": "Running Shoes",
        "color": "Royal Blu/White",
        "material": "Cotton",
        "pattern": "Striped",
        "size": "10.5",
        "size_system": "US",
        "gender": "male",
        "age_group": "adult",
        "condition": "refurbished",
        "price": "3.99 USD",
        "unit_pricing_measure": "72floz",
        "product_weight": "280 g",
    }


def test_a_pack_is_a_multipack_where_the_seller_made_it() -> None:
    assert to_merchant(ATTRIBUTES, seller_multipack=True)["multipack"] == "6"


@pytest.mark.parametrize(
    ("attributes", "field", "expected"),
    [
        ([attribute("color", Color(c, "red"), c) for c in ("Red", "Sky", "Red", "Tan", "Ink")], "color", "Red/Sky/Tan"),
        ([attribute("color", Color("Red", "red"), "R" * 41)], "color", None),
        ([attribute("color", Color("Red", "red"), c * 40) for c in "RGB"], "color", "R" * 40 + "/" + "G" * 40),
        ([attribute("brand", "B" * 71)], "brand", None),
        ([attribute("material", Material("Wool", None, 0.2)), attribute("material", Material("Silk", None, 0.8))],
         "material", "Silk/Wool"),
        ([attribute("size", "Petite 8")], "size_type", "petite"),
        ([attribute("size", "EU 42")], "size_system", "EU"),
        ([attribute("gtin", "4006381333932")], "gtin", None),
        ([attribute("weight", measure("1 ton"))], "product_weight", "907.185 kg"),
        ([attribute("width", measure("10-12 in"))], "product_width", None),
        ([attribute("net_content", "some")], "unit_pricing_measure", None),
        ([attribute("gender", "pets")], "gender", None),
        ([attribute("price", Money(5.0, None))], "price", None),
        ([attribute("pack_size", measure("1 ct"), plain=1)], "multipack", None),
    ],
)  # fmt: skip
def test_limits(attributes: list[Attribute], field: str, expected: str | None) -> None:
    assert to_merchant(attributes, seller_multipack=True).get(field) == expected


def test_a_long_title_is_cut_at_a_word() -> None:
    title = to_merchant([], title="word " * 60)["title"]
    assert len(title) <= 150
    assert title.endswith("word")
    assert len(to_merchant([], title="x" * 400)["title"]) == 150


def test_the_schema_of_the_pipeline_decides(rules_nlp: Language, saved_rules: Path) -> None:
    for nlp in (rules_nlp, spacy.load(saved_rules)):
        doc = nlp(TITLE)
        product = doc._.to_jsonld()
        model(product)
        assert product["name"] == TITLE
        assert product["brand"]["name"] == "Nike"
        assert doc._.to_merchant()["color"] == "Royal Blue/White"
    assert "color" not in to_merchant(doc._.attributes, schema=AttributeSchema({}))


@given(st.text(max_size=80))
def test_every_text_has_exports(rules_nlp: Language, text: str) -> None:
    doc = rules_nlp(text)
    model(doc._.to_jsonld())
    assert set(doc._.to_merchant()) <= set(MERCHANT_FIELDS)
