"""Reading and writing catalogues: text, CSV, TSV, JSON Lines and Parquet, row by row."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import pyarrow as pa
import pyarrow.parquet as pq

from en_product_attrs.errors import DataFileError

_DELIMITERS = {".csv": ",", ".tsv": "\t"}
_JSON_LINES = (".jsonl", ".ndjson")
READABLE = (".txt", *_DELIMITERS, *_JSON_LINES, ".parquet")
WRITABLE = (*_JSON_LINES, *_DELIMITERS, ".parquet")
_READ_REMEDY = "Check that the file is whole and its ending says what it is"
_BATCH = 1024


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the input: its number, counted from 1, and its columns; or, where it cannot be read, the `fault`."""

    number: int
    columns: Mapping[str, Any]
    fault: str | None = None


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a file, read as its ending says. A row that cannot be read has its fault, and the rest goes on.

    Raises DataFileError for an unknown ending, and for a file that cannot be read at all.
    """
    suffix = path.suffix.lower()
    if suffix not in READABLE:
        raise DataFileError(path, None, f"unknown ending {suffix!r}", f"Use one of {', '.join(READABLE)}")
    try:
        if suffix == ".parquet":
            yield from _read_parquet(path)
            return
        # Bytes that are no UTF-8 become surrogates, so that only the rows that hold them are refused.
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            if suffix in _DELIMITERS:
                rows = _read_delimited(path, file, _DELIMITERS[suffix])
            else:
                rows = _read_lines(file, is_json=suffix in _JSON_LINES)
            yield from rows
    except (OSError, pa.ArrowException) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataFileError(path, None, f"cannot be read: {reason}", _READ_REMEDY) from error


def _read_lines(file: Iterator[str], *, is_json: bool) -> Iterator[Row]:
    for number, line in enumerate(file, start=1):
        line = line.rstrip("\r\n")
        if not is_json:
            yield _checked(number, {"text": line})
            continue
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield Row(number, {}, f"is no JSON: {error}")
            continue
        if not isinstance(record, dict):
            yield Row(number, {}, "is no JSON object")
            continue
        yield _checked(number, record)


def _read_delimited(path: Path, file: Iterator[str], delimiter: str) -> Iterator[Row]:
    csv.field_size_limit(2**31 - 1)  # the tokenizer has its own, clearer limit
    reader = csv.reader(file, delimiter=delimiter, strict=True)
    try:
        header = next(reader, None)
    except csv.Error as error:
        raise DataFileError(path, 1, f"the header cannot be read: {error}", _READ_REMEDY) from error
    if not header:
        raise DataFileError(path, 1, "there is no header", "Begin the file with the names of its columns")
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(number, {}, f"line {reader.line_num}: {error}")
            continue
        if len(cells) != len(header):
            yield Row(number, {}, f"line {reader.line_num}: {len(cells)} fields where the header has {len(header)}")
            continue
        yield _checked(number, dict(zip(header, cells, strict=True)))


def _read_parquet(path: Path) -> Iterator[Row]:
    number = 0
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=_BATCH):
            for record in batch.to_pylist():
                number += 1
                yield Row(number, record)


def _checked(number: int, columns: dict[str, Any]) -> Row:
    for value in columns.values():
        if isinstance(value, str) and any("\ud800" <= char <= "\udfff" for char in value):
            return Row(number, {}, "is no UTF-8")
    return Row(number, columns)


class Writer(Protocol):
    """Takes rows one at a time; a context manager that finishes the file."""

    def write(self, row: Mapping[str, Any]) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def open_writer(path: Path) -> Writer:
    """A writer for the format that the ending says. Raises DataFileError for an unknown ending or unwritable place."""
    suffix = path.suffix.lower()
    if suffix not in WRITABLE:
        raise DataFileError(path, None, f"unknown ending {suffix!r}", f"Use one of {', '.join(WRITABLE)}")
    try:
        if suffix == ".parquet":
            return ParquetWriter(path)
        return TextWriter(path, _DELIMITERS.get(suffix))
    except OSError as error:
        raise DataFileError(path, None, f"cannot be written: {error.strerror}", "Choose another place") from error


class TextWriter:
    """JSON Lines, or with a delimiter CSV, where values that are no text stand as JSON."""

    def __init__(self, path: Path, delimiter: str | None) -> None:
        self._file = path.open("w", encoding="utf-8", newline="" if delimiter else None)
        self._csv = csv.writer(self._file, delimiter=delimiter) if delimiter else None
        self._header: list[str] | None = None

    def write(self, row: Mapping[str, Any]) -> None:
        if self._csv is None:
            self._file.write(to_json(row) + "\n")
            return
        if self._header is None:
            self._header = list(row)
            self._csv.writerow(self._header)
        self._csv.writerow([as_text(row.get(name)) for name in self._header])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


class ParquetWriter:
    """Parquet with one text column for each column; values that are no text stand as JSON."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.touch()
        self._rows: list[Mapping[str, Any]] = []
        self._writer: Any = None

    def write(self, row: Mapping[str, Any]) -> None:
        self._rows.append(row)
        if len(self._rows) >= _BATCH:
            self._flush()

    def _flush(self) -> None:
        if self._writer is None:
            names: Sequence[str] = list(self._rows[0]) if self._rows else ["attributes", "product"]
            self._schema = pa.schema([(name, pa.string()) for name in names])
            self._writer = pq.ParquetWriter(self._path, self._schema)
        rows = [{name: as_text(row.get(name)) for name in self._schema.names} for row in self._rows]
        self._writer.write_table(pa.Table.from_pylist(rows, schema=self._schema))
        self._rows = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()
        self._writer.close()


def as_text(value: Any) -> str | None:
    """A value as the text of a cell."""
    return value if value is None or isinstance(value, str) else to_json(value)


def to_json(value: Any) -> str:
    """One line of JSON; what JSON has no form for (dates, decimals) as text."""
    return json.dumps(value, ensure_ascii=False, default=str)
