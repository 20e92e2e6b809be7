"""Reading CSV data files: what is wrong in one is said with file, line and remedy."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from en_product_attrs.errors import DataFileError

Model = TypeVar("Model", bound=BaseModel)


def read_csv(path: Path, model: type[Model]) -> Iterator[tuple[int, Model]]:
    """Line number and row, for each row. `a|b` in a field that is a tuple is two values; an empty field is the default.

    Raises DataFileError for an unreadable file, an unknown column and a field that `model` refuses.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    except (OSError, UnicodeDecodeError) as error:
        raise DataFileError(path, None, f"cannot be read: {error}", "Restore the file as UTF-8") from error
    reader = csv.reader(lines)
    header = next(reader, [])
    for name in header:
        if name not in model.model_fields:
            raise DataFileError(path, 1, f"unknown column {name!r}", f"Use the columns {', '.join(model.model_fields)}")
    many = {name for name, field in model.model_fields.items() if field.default == ()}
    for cells in reader:
        if len(cells) != len(header):
            problem = f"{len(cells)} fields where the header has {len(header)}"
            raise DataFileError(path, reader.line_num, problem, "Quote a field that holds a comma")
        row = {
            name: tuple(part.strip() for part in cell.split("|")) if name in many else cell
            for name, cell in zip(header, cells, strict=True)
            if cell
        }
        try:
            yield reader.line_num, model.model_validate(row)
        except ValidationError as error:
            fault = error.errors()[0]
            column = str(fault["loc"][0]) if fault["loc"] else "row"
            problem = f"{column} {row.get(column, '')!r}: {fault['msg']}"
            raise DataFileError(path, reader.line_num, problem, "Correct the field") from error
