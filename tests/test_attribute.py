"""Attributes as plain values."""

import dataclasses
import json

import pytest

from en_product_attrs.attribute import Attribute, Evidence, product_of
from en_product_attrs.values import Color, Measure, Money

RED = Attribute(
    "color",
    Color("Red", "red", "#FF0000"),
    "red",
    4,
    7,
    "ner+rules",
    rule_id="colors",
    confidence=0.123456,
    plain={"name": "Red", "family": "red", "hex": "#FF0000"},
    evidence=Evidence(ner_probability=0.1, alias="Red", alias_score=1.0, steps=("color: Red",)),
)


def test_to_dict() -> None:
    assert RED.to_dict() == {
        "name": "color",
        "value": {"name": "Red", "family": "red", "hex": "#FF0000"},
        "text": "red",
        "start_char": 4,
        "end_char": 7,
        "source": "ner+rules",
        "rule_id": "colors",
        "confidence": 0.1235,
    }


@pytest.mark.parametrize("value", ["red", Color("Red", "red", None), Measure(1.0, 2.0, "oz"), Money(9.99, None), None])
def test_explain_adds_the_parsed_value_and_the_evidence(value: object) -> None:
    explained = dataclasses.replace(RED, value=value).explain()
    assert json.loads(json.dumps(explained))["text"] == "red"
    assert explained["parsed"] == (dataclasses.asdict(value) if dataclasses.is_dataclass(value) else value)
    assert explained["evidence"] == {
        "ner_probability": 0.1,
        "rule_id": None,
        "alias": "Red",
        "alias_score": 1.0,
        "steps": ("color: Red",),
    }


def test_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        RED.text = "blue"  # type: ignore[misc]


def test_product_holds_each_value_once_in_the_order_of_the_text() -> None:
    blue = dataclasses.replace(RED, plain="blue")
    six = dataclasses.replace(RED, name="pack_size", plain=6)
    assert product_of((blue, six, RED, blue)) == {"color": ["blue", RED.plain], "pack_size": [6]}
    assert list(product_of((six, blue))) == ["pack_size", "color"]
    assert product_of(()) == {}
