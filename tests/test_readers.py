"""The readers that bring the knowledge base into a config."""

import json
from pathlib import Path
from typing import Any

import pytest
from spacy.util import registry

from en_product_attrs.components import readers
from en_product_attrs.errors import DataFileError
from en_product_attrs.resources import rules_dir

GOOD = {"label": "COLOR", "pattern": "red", "id": "color:red"}
SCHEMA = str(rules_dir() / "attributes.yml")


@pytest.mark.parametrize(
    "name",
    ["patterns", "jsonl_patterns", "schema", "color_table", "unit_table", "knowledge_base"],
    ids=lambda name: name,
)
def test_readers_are_registered(name: str) -> None:
    assert callable(registry.readers.get(f"product_attrs.{name}.v1"))


@pytest.mark.parametrize(
    ("read", "file"),
    [
        (readers.read_schema, "attributes.yml"),
        (readers.read_color_table, "colors.yml"),
        (readers.read_unit_table, "units.yml"),
    ],
)
def test_tables_are_plain_json(read: Any, file: str) -> None:
    table = read(str(rules_dir() / file))
    assert table
    json.dumps(table)


def test_patterns_are_a_list_from_all_files(tmp_path: Path) -> None:
    other = {"label": "SIZE", "pattern": [{"ORTH": "XL"}]}
    (tmp_path / "b.jsonl").write_text(f"{json.dumps(other)}\n\n", encoding="utf-8")
    (tmp_path / "a.jsonl").write_text(f"\n{json.dumps(GOOD)}\n", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no pattern", encoding="utf-8")
    assert readers.read_jsonl_patterns(str(tmp_path)) == [GOOD, other]
    assert readers.read_jsonl_patterns(str(tmp_path), labels=["COLOR", "SIZE"]) == [GOOD, other]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "is no JSON"),
        ("[]", "a pattern needs `label` and `pattern`"),
        ('"red"', "a pattern needs `label` and `pattern`"),
        ('{"label": "COLOR"}', "a pattern needs `label` and `pattern`"),
        ('{"pattern": "red"}', "a pattern needs `label` and `pattern`"),
        ('{"label": "COLOR", "pattern": "red", "ID": "x"}', "unknown key 'ID'"),
        ('{"label": "COLOUR", "pattern": "red"}', "unknown label 'COLOUR'"),
        ('{"label": "COLOR", "pattern": ""}', "`pattern` is neither"),
        ('{"label": "COLOR", "pattern": []}', "`pattern` is neither"),
        ('{"label": "COLOR", "pattern": 7}', "`pattern` is neither"),
    ],
)
def test_refuses_a_pattern_by_line(tmp_path: Path, line: str, problem: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f"{json.dumps(GOOD)}\n\n{line}\n", encoding="utf-8")
    with pytest.raises(DataFileError) as caught:
        readers.read_jsonl_patterns(str(tmp_path), labels=["COLOR"])
    assert str(caught.value).startswith(f"{path}:3: {problem}")
    assert str(caught.value).endswith('Write {"label": ..., "pattern": ..., "id": ...}') or "JSON" in str(caught.value)


def test_the_knowledge_base_gives_patterns_as_its_entries_allow(tmp_path: Path) -> None:
    values, patterns = tmp_path / "values", tmp_path / "patterns"
    values.mkdir()
    patterns.mkdir()
    (values / "matching.yml").write_text("legal_suffixes: []\nthresholds: {}\n", encoding="utf-8")
    (values / "x.csv").write_text(
        "id,attribute,value,aliases,loose_aliases,safe\n"
        "brand:acme,brand,Acme,Acme Works,AW,yes\n"
        "size:xl,size,XL,X-Large,,case\n"
        "shape:round,shape,Round,Round Cut,,aliases\n"
        "container:box,container,Box,Gift Box,,no\n",
        encoding="utf-8",
    )
    (patterns / "a.jsonl").write_text(json.dumps(GOOD), encoding="utf-8")
    assert readers.read_patterns(str(patterns), str(values), SCHEMA) == [
        GOOD,
        {"label": "BRAND", "pattern": "Acme", "id": "brand:acme"},
        {"label": "BRAND", "pattern": "Acme Works", "id": "brand:acme"},
        {"label": "SIZE", "pattern": [{"ORTH": "XL"}], "id": "size:xl"},
        {"label": "SIZE", "pattern": [{"ORTH": "X"}, {"ORTH": "-"}, {"ORTH": "Large"}], "id": "size:xl"},
        {"label": "SHAPE", "pattern": "Round Cut", "id": "shape:round"},
    ]


def test_the_projects_patterns_have_known_labels() -> None:
    patterns = readers.read_patterns(str(rules_dir() / "patterns"), str(rules_dir() / "values"), SCHEMA)
    assert {pattern["label"].lower() for pattern in patterns} <= set(readers.read_schema(SCHEMA))
    assert all(pattern.get("id", "").startswith(pattern["label"].lower() + ":") for pattern in patterns)
