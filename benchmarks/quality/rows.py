"""The rows of the benchmarks, in the format of ExtractGPT and WDC-PAVE."""

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from en_product_attrs.errors import DataFileError

_ABSENT = "n/a"
_DEV_PERCENT = 15


@dataclass(frozen=True, slots=True)
class QualityRow:
    """A text with its values by the data set's own attribute names: several right ones, none for a known absence.

    values: None where the row has no gold.
    """

    id: str
    text: str
    category: str
    values: dict[str, tuple[str, ...]] | None


def read_rows(path: Path) -> list[QualityRow]:
    """All rows. Raises DataFileError for a line that is no such row."""
    rows = []
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                rows.append(_row(json.loads(line), number))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise DataFileError(path, number, f"is no row of a benchmark: {error!r}", "Fetch it again") from error
    return rows


def _row(record: dict[str, Any], number: int) -> QualityRow:
    scores = record.get("target_scores")
    values = None
    if scores is not None:
        values = {name: tuple(value for value in given if value != _ABSENT) for name, given in scores.items()}
    return QualityRow(str(record.get("id", number)), "\n".join(_parts(record)), record["category"], values)


def _parts(record: dict[str, Any]) -> Iterator[str]:
    if "input" in record:
        yield record["input"]
        return
    yield from (part for part in (record["input_title"], record["input_description"]) if part)


def split(rows: list[QualityRow]) -> tuple[list[QualityRow], list[QualityRow]]:
    """A fixed part for training and one for development, by the text."""
    dev = [zlib.crc32(row.text.encode()) % 100 < _DEV_PERCENT for row in rows]
    return [r for r, d in zip(rows, dev, strict=True) if not d], [r for r, d in zip(rows, dev, strict=True) if d]
