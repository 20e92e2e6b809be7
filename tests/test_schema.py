"""The attribute schema."""

from pathlib import Path

import pytest

from en_product_attrs.errors import DataFileError
from en_product_attrs.resources import rules_dir
from en_product_attrs.schema import AttributeSchema, attribute_of, label_of
from en_product_attrs.units import default_table

PROJECT = AttributeSchema.from_yaml(rules_dir() / "attributes.yml")


def read(tmp_path: Path, text: str) -> AttributeSchema:
    path = tmp_path / "attributes.yml"
    path.write_text(text, encoding="utf-8")
    return AttributeSchema.from_yaml(path)


def test_reads_a_schema(tmp_path: Path) -> None:
    schema = read(
        tmp_path,
        "color: {kind: color, description: Its color.}\n"
        "weight: {kind: measure, dimension: mass, unit: kg, claims: [mass], description: What it weighs.}\n"
        "content: {kind: measure, dimension: [mass, volume], many: true, description: What is in it.}\n",
    )
    assert (list(schema), len(schema), "color" in schema, "size" in schema) == (
        ["color", "weight", "content"],
        3,
        True,
        False,
    )
    assert (schema["weight"].dimension, schema["weight"].unit) == (("mass",), "kg")
    assert (schema["content"].dimension, schema["content"].many) == (("mass", "volume"), True)
    assert (schema.claimed_by("mass"), schema.claimed_by("volume")) == ("weight", None)
    assert schema.of_kind("measure", "text") == {"weight", "content"}


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("a:\n  kind: color\n  description: x\n  colour: y\n", 4, "a.colour: unknown key"),
        ("a:\n  description: x\n  kind: colour\n", 3, "a.kind: "),
        ("a:\n  kind: color\n", 1, "a.description: Field required"),
        ("a: {kind: color, description: ''}\n", 1, "a.description: "),
        ("a: {kind: color, description: x}\na: {kind: size, description: x}\n", 2, "the key 'a' stands twice"),
        ("\na: {kind: measure, description: x}\n", 2, "`dimension` belongs to kind measure"),
        ("a: {kind: color, dimension: mass, description: x}\n", 1, "`dimension` belongs to kind measure"),
        ("a: {kind: color, description: x, many: perhaps}\n", 1, "a.many: "),
    ],
)
def test_refuses_a_fault_by_line(tmp_path: Path, text: str, line: int, problem: str) -> None:
    with pytest.raises(DataFileError) as caught:
        read(tmp_path, text)
    assert problem in str(caught.value)
    assert caught.value.line == line
    assert str(caught.value).endswith("The head of rules/attributes.yml lists the keys and kinds that exist.")


def test_comes_back_from_plain_values() -> None:
    again = AttributeSchema.from_dict(PROJECT.to_dict())
    assert again.to_dict() == PROJECT.to_dict()
    assert list(again) == list(PROJECT)


def test_the_projects_schema_holds_what_the_labels_need() -> None:
    assert len(PROJECT) >= 45
    assert {"brand", "color", "material", "size", "price", "weight", "pack_size", "net_content"} <= set(PROJECT)
    assert all(attribute_of(label_of(name)) == name for name in PROJECT)


def test_dimensions_exist_and_units_measure_them() -> None:
    dimensions = default_table().dimensions
    for name in PROJECT:
        type_ = PROJECT[name]
        assert {*type_.dimension, *type_.claims} <= set(dimensions), name
        if type_.kind == "measure":
            assert set(type_.claims) <= set(type_.dimension), name
        if type_.unit is not None:
            assert any(type_.unit in dimensions[dimension].units for dimension in type_.dimension), name


def test_each_dimension_is_claimed_once() -> None:
    claims = [dimension for name in PROJECT for dimension in PROJECT[name].claims]
    assert len(claims) == len(set(claims))
    assert all(dimension in PROJECT[PROJECT.claimed_by(dimension)].claims for dimension in claims)
