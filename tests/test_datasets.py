"""Public data sets in the terms of the schema."""

import json
from pathlib import Path

import pytest

from en_product_attrs.datasets import DatasetMapping, Row, read_rows
from en_product_attrs.errors import DataFileError
from en_product_attrs.resources import rules_dir
from en_product_attrs.schema import AttributeSchema

SCHEMA = AttributeSchema.from_yaml(rules_dir() / "attributes.yml")
MAPPINGS = sorted((rules_dir() / "datasets").glob("*.yml"))


def read(tmp_path: Path, text: str) -> DatasetMapping:
    path = tmp_path / "x.yml"
    path.write_text(text, encoding="utf-8")
    return DatasetMapping.from_yaml(path, SCHEMA)


def test_there_is_a_mapping_for_each_data_set() -> None:
    assert [path.stem for path in MAPPINGS] == ["ae-110k", "oa-mine", "wdc-pave"]


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda path: path.stem)
def test_the_projects_mappings_load(path: Path) -> None:
    mapping = DatasetMapping.from_yaml(path, SCHEMA)
    assert set(mapping.same) <= set(mapping.attributes)
    for category, groups in mapping.same.items():
        for group in groups:
            assert len({mapping.attributes[category][name] for name in group}) == 1, (category, group)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("attributes: {Tea: {Brand: maker}}", "Tea/Brand: unknown attribute 'maker'"),
        ("attributes: {Tea: {Brand: brand, Maker: brand}}", "Tea: 'Brand' and 'Maker' are both 'brand'"),
        (
            "attributes: {Tea: {A: brand, B: brand, C: brand}}\nsame: {Tea: [[A, B]]}",
            "Tea: 'A' and 'C' are both 'brand'",
        ),
        ("attributes: {Tea: {Brand: brand}}\nequal: {}", "equal: unknown key"),
        ("same: {}", "attributes: Field required"),
        ("attributes: {Tea: {Brand: brand}}\nkeeps: best", "keeps: "),
        ("attributes: {Tea: {Brand: [brand]}}", "attributes.Tea.Brand: "),
        ("attributes: {Tea: {A: brand, A: brand}}", "the key 'A' stands twice"),
    ],
)
def test_refuses_a_mapping(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(DataFileError) as caught:
        read(tmp_path, text)
    assert problem in str(caught.value)
    assert str(tmp_path / "x.yml") in str(caught.value)


def test_names_may_share_an_attribute_where_the_file_says_so(tmp_path: Path) -> None:
    mapping = read(
        tmp_path, "attributes: {Tea: {A: brand, B: brand, C: null, D: null}, Mug: {A: brand}}\nsame: {Tea: [[A, B]]}"
    )
    assert mapping.attributes["Tea"] == {"A": "brand", "B": "brand", "C": None, "D": None}


def test_reads_rows(tmp_path: Path) -> None:
    mapping = read(
        tmp_path,
        "attributes: {Tea: {Brand: brand, Maker: brand, Taste: flavor, Type: null}}\nsame: {Tea: [[Brand, Maker]]}",
    )
    records = [
        {
            "input": "Ahmad Earl Grey",
            "category": "Tea",
            "target_scores": {"Brand": {"Ahmad": 1}, "Taste": {"n/a": 1}, "New": {"x": 1}},
        },
        {
            "input_title": "Tea",
            "input_description": "By A of B",
            "category": "Tea",
            "target_scores": {"Brand": {"A": 1}, "Maker": {"B": 1}, "Type": {"Tea": 1}},
        },
        {"input_title": "Tea", "input_description": None, "category": "Tea", "target_scores": {}},
    ]
    path = tmp_path / "train.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    assert list(read_rows(path, mapping)) == [
        Row("Ahmad Earl Grey", "Tea", {"brand": frozenset({"Ahmad"}), "flavor": frozenset()}),
        Row("Tea\nBy A of B", "Tea", {"brand": frozenset({"A", "B"})}),
        Row("Tea", "Tea", {}),
    ]


def test_about_15_percent_are_for_development() -> None:
    assert 120 < sum(Row(f"text {i}", "Tea", {}).is_dev for i in range(1000)) < 180
