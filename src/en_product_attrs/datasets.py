"""Public data sets, seen through this project's schema."""

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from en_product_attrs.datafiles import load_yaml
from en_product_attrs.errors import DataFileError
from en_product_attrs.schema import AttributeSchema
from en_product_attrs.scoring import Kept

DatasetName = Literal["oa-mine", "ae-110k", "wdc-pave"]
# The training file of each, below the directory that holds the data sets.
DATASET_FILES: dict[DatasetName, str] = {
    "oa-mine": "oa-mine/train.jsonl",
    "ae-110k": "ae-110k/train.jsonl",
    "wdc-pave": "wdc-pave/wdc_with_all_attributes/train_large.jsonl",
}
_DEV_PERCENT = 15


class DatasetMapping(BaseModel):
    """A file of rules/datasets: by category, the attribute of the schema for each of the data set's names, or None.

    `same` lists, by category, the groups of names that mean the same attribute. `keeps` says which of several values
    of an attribute the data set lists.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    attributes: dict[str, dict[str, str | None]]
    same: dict[str, list[list[str]]] = {}
    keeps: Kept = "first"

    @classmethod
    def from_yaml(cls, path: Path, schema: AttributeSchema) -> "DatasetMapping":
        """Read a mapping. Raises DataFileError for an id outside the schema and for names that share one unawares."""
        mapping = load_yaml(path, cls, "See the other files of rules/datasets")
        for category, names in mapping.attributes.items():
            owners: dict[str, str] = {}
            for name, attribute in names.items():
                if attribute is None:
                    continue
                if attribute not in schema:
                    raise DataFileError(
                        path, None, f"{category}/{name}: unknown attribute {attribute!r}", "Use an id of the schema"
                    )
                first = owners.setdefault(attribute, name)
                if first != name and not any({first, name} <= set(group) for group in mapping.same.get(category, [])):
                    problem = f"{category}: {first!r} and {name!r} are both {attribute!r}"
                    raise DataFileError(path, None, problem, "Map one to another attribute, or list them under `same`")
        return mapping


@dataclass(frozen=True, slots=True)
class Row:
    """One text of a data set. `values`: by attribute of the schema, the gold surfaces; none for a known absence."""

    text: str
    category: str
    values: dict[str, frozenset[str]]

    @property
    def is_dev(self) -> bool:
        """Whether the row belongs to the fixed development split of the training file."""
        return zlib.crc32(self.text.encode()) % 100 < _DEV_PERCENT


def read_rows(path: Path, mapping: DatasetMapping) -> Iterator[Row]:
    """The rows of a training file in the format of ExtractGPT and WDC-PAVE, in the schema's attributes."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            names = mapping.attributes[record["category"]]
            values: dict[str, set[str]] = {}
            for name, scores in record["target_scores"].items():
                attribute = names.get(name)
                if attribute is not None:
                    values.setdefault(attribute, set()).update(value for value in scores if value != "n/a")
            yield Row(_text_of(record), record["category"], {name: frozenset(v) for name, v in values.items()})


def _text_of(record: dict[str, Any]) -> str:
    if "input" in record:
        return str(record["input"])
    return "\n".join(part for part in (record["input_title"], record["input_description"]) if part)
