"""What a run of the benchmark got wrong: by kind, by attribute, and which attributes it takes for each other."""

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, NamedTuple

import srsly
import typer

from benchmarks.quality.rows import QualityRow, read_rows, split

_MOST_ROWS = 15


class Error(NamedTuple):
    """An attribute of a row for which another value was found than a right one. found, right: empty for absence."""

    row: QualityRow
    name: str
    found: str
    right: tuple[str, ...]

    @property
    def kind(self) -> str:
        if not self.found:
            return "missed"
        if not self.right:
            return "not there"
        if any(self.found in value for value in self.right):
            return "a part of the value"
        if any(value in self.found for value in self.right):
            return "more than the value"
        return "another value"

    @property
    def taken_for(self) -> str | None:
        """The other attribute of the row whose right value was found."""
        others = (name for name, values in (self.row.values or {}).items() if name != self.name)
        return next((name for name in others if self.found in (self.row.values or {})[name]), None)


def find_errors(rows: list[QualityRow], lines: list[dict[str, dict[str, str | None]]]) -> Iterator[Error]:
    """All wrong values of attributes that the rows list."""
    for row, line in zip(rows, lines, strict=True):
        for name, right in (row.values or {}).items():
            found = line["predictions"].get(name) or ""
            if found not in (right or ("",)):
                yield Error(row, name, found, right)


def main(
    predictions: Annotated[Path, typer.Argument(help="predictions.jsonl of a run")],
    data: Annotated[Path, typer.Argument(help="The training file, for a run without --test, or the test file")],
    dev: Annotated[bool, typer.Option(help="Whether the run held out a part of the training file")] = True,
    show: Annotated[int, typer.Option(help="How many random errors to print with their texts")] = 0,
    seed: int = 0,
) -> None:
    """Print tables of the errors in Markdown."""
    rows = read_rows(data)
    errors = list(find_errors(split(rows)[1] if dev else rows, list(srsly.read_jsonl(predictions))))
    _table("Kind", Counter(error.kind for error in errors))
    _table("Attribute", Counter(error.name for error in errors))
    _table("Taken for", Counter(f"{error.taken_for} as {error.name}" for error in errors if error.taken_for))
    for error in random.Random(seed).sample(errors, min(show, len(errors))):
        typer.echo(
            f"- {error.name}: found {error.found!r}, right {', '.join(map(repr, error.right))}: {error.row.text!r}"
        )


def _table(title: str, counts: Counter[str]) -> None:
    typer.echo(f"| {title} | errors |\n|---|--:|")
    for name, count in counts.most_common(_MOST_ROWS):
        typer.echo(f"| {name} | {count} |")
    typer.echo()


if __name__ == "__main__":
    typer.run(main)
