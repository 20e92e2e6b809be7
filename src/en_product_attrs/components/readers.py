"""Readers that bring the knowledge base into a config's [initialize] block.

They read and validate, and hand over plain JSON values, as a saved pipeline holds them: spaCy checks the arguments of
`initialize` with pydantic, which would turn tables into dicts on its own terms.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import srsly
from spacy.util import registry
from spacy.vocab import Vocab

from en_product_attrs.colors import ColorTable
from en_product_attrs.errors import DataFileError
from en_product_attrs.knowledge import KnowledgeBase
from en_product_attrs.schema import AttributeSchema, label_of
from en_product_attrs.tokenizer import ProductTokenizer
from en_product_attrs.units import UnitTable

_PATTERN_KEYS = {"label", "pattern", "id", "confidence"}


@registry.readers("product_attrs.schema.v1")
def read_schema(path: str) -> dict[str, Any]:
    """The attribute schema."""
    return AttributeSchema.from_yaml(Path(path)).to_dict()


@registry.readers("product_attrs.color_table.v1")
def read_color_table(path: str) -> dict[str, Any]:
    """The color names."""
    return ColorTable.from_yaml(Path(path)).to_dict()


@registry.readers("product_attrs.unit_table.v1")
def read_unit_table(path: str) -> dict[str, Any]:
    """The units."""
    return UnitTable.from_yaml(Path(path)).to_dict()


@registry.readers("product_attrs.knowledge_base.v1")
def read_knowledge_base(path: str, more: str | None = None) -> dict[str, Any]:
    """The known values: those of a folder, and of a second one, if it is there."""
    return _knowledge(path, more).to_dict()


@registry.readers("product_attrs.jsonl_patterns.v1")
def read_jsonl_patterns(path: str, labels: list[str] | None = None) -> list[dict[str, Any]]:
    """The patterns of all .jsonl files of a directory, as a list: srsly's reader gives a generator, which rulers
    refuse.

    Raises DataFileError for a line that is no pattern, or whose label is not among `labels`.
    """
    return [pattern for file in sorted(Path(path).glob("*.jsonl")) for pattern in _read_file(file, labels)]


@registry.readers("product_attrs.patterns.v1")
def read_patterns(patterns: str, values: str, schema: str, more: str | None = None) -> list[dict[str, Any]]:
    """Patterns written by hand, and one for each name of the knowledge base that is safe in free text."""
    labels = [label_of(name) for name in read_schema(schema)]
    return [*read_jsonl_patterns(patterns, labels), *_knowledge_patterns(_knowledge(values, more))]


def _knowledge(values: str, more: str | None) -> KnowledgeBase:
    return KnowledgeBase.from_dir(Path(values), more=Path(more) if more is not None else None)


def _read_file(path: Path, labels: list[str] | None) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                pattern = srsly.json_loads(line)
            except ValueError as error:
                raise DataFileError(path, number, f"is no JSON: {error}", "Write one JSON object a line") from error
            problem = _fault(pattern, labels)
            if problem is not None:
                raise DataFileError(path, number, problem, 'Write {"label": ..., "pattern": ..., "id": ...}')
            yield pattern


def _fault(pattern: Any, labels: list[str] | None) -> str | None:
    if not isinstance(pattern, dict) or not {"label", "pattern"} <= pattern.keys():
        return "a pattern needs `label` and `pattern`"
    unknown = pattern.keys() - _PATTERN_KEYS
    if unknown:
        return f"unknown key {min(unknown)!r}"
    if labels is not None and pattern["label"] not in labels:
        return f"unknown label {pattern['label']!r}"
    confidence = pattern.get("confidence", 1.0)
    if not isinstance(confidence, int | float) or not 0 <= confidence <= 1:
        return f"`confidence` {confidence!r} is no number from 0 to 1"
    if not pattern["pattern"] or not isinstance(pattern["pattern"], str | list):
        return "`pattern` is neither a text nor a list of tokens"
    return None


def _knowledge_patterns(knowledge: KnowledgeBase) -> Iterator[dict[str, Any]]:
    tokenizer = ProductTokenizer(Vocab(), max_length=10_000)
    for surface, entry in knowledge.patterns():
        pattern: str | list[dict[str, str]] = surface
        if entry.safe == "case":  # phrases are matched in lower case
            pattern = [{"ORTH": token.text} for token in tokenizer(surface)]
        yield {"label": label_of(entry.attribute), "pattern": pattern, "id": entry.id}
