"""The command line: `extract` for catalogues, `show` for one text."""

import json
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from en_product_attrs.catalog import Row, Writer, open_writer, read_rows
from en_product_attrs.errors import DataFileError
from en_product_attrs.exports import MERCHANT_FIELDS

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

    from en_product_attrs.attribute import Attribute

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)
_CHUNK = 256
_DEFAULT_COLUMNS = ("text", "title")
_BACKGROUNDS = (
    "light_sky_blue1",
    "light_pink1",
    "khaki1",
    "pale_green1",
    "plum2",
    "light_salmon1",
    "aquamarine1",
    "thistle1",
)
_SOURCE_STYLES = {"ner": "cyan", "rules": "green", "ner+rules": "bold green"}


class Format(StrEnum):
    """What is given of each text."""

    attributes = "attributes"
    jsonld = "jsonld"
    merchant = "merchant"


class _UnreadableRowError(ValueError):
    """A row that cannot be extracted from, and why."""


@app.command()
def extract(
    input_path: Annotated[Path, typer.Argument(metavar="INPUT", help="txt, csv, tsv, jsonl or parquet")],
    output: Annotated[Path, typer.Option("-o", "--output", help="jsonl, csv, tsv or parquet")],
    text_column: Annotated[
        list[str] | None, typer.Option(help="Column to read; give it twice to read title and description as one text")
    ] = None,
    errors: Annotated[Path | None, typer.Option(help="Where bad rows go [default: OUTPUT.errors.jsonl]")] = None,
    format_: Annotated[
        Format, typer.Option("--format", help="attributes; a schema.org Product; or the fields of a Merchant feed")
    ] = Format.attributes,
    explain: Annotated[bool, typer.Option("--explain", help="Give the evidence for each attribute")] = False,
    model: Annotated[str, typer.Option(help="Pipeline: a package or a path")] = "en_product_attrs",
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress")] = False,
) -> None:
    """Add `attributes` and `product` to each row of a catalogue, or what --format says. Other columns are kept.

    A feed's field stands in the column of that name; where the row has a value there already, that one stays.
    """
    try:
        error_path = errors or output.with_name(output.name + ".errors.jsonl")
        if input_path.resolve() in (output.resolve(), error_path.resolve()):
            raise DataFileError(input_path, None, "is the input and would be overwritten", "Choose another output")
        rows = read_rows(input_path)
        first = next(rows, None)
        columns = _text_columns(input_path, first, text_column)
        nlp = _load(model)
        with open_writer(output) as writer:
            done, faults = _extract_all(
                nlp, _chained(first, rows), columns, writer, format_, explain=explain, quiet=quiet
            )
        if faults:
            with open_writer(error_path) as writer:
                for fault in faults:
                    writer.write(fault)
    except DataFileError as error:
        _fail(str(error))
    summary = f"{done} rows to {output}"
    typer.echo(summary + (f", {len(faults)} bad rows to {error_path}" if faults else ""), err=True)


@app.command()
def show(
    text: str,
    html: Annotated[Path | None, typer.Option(help="Write a displaCy page there")] = None,
    svg: Annotated[Path | None, typer.Option(help="Write what is printed as a picture there")] = None,
    format_: Annotated[Format, typer.Option("--format", help="jsonld and merchant print JSON instead")] = (
        Format.attributes
    ),
    explain: Annotated[bool, typer.Option("--explain", help="Show the evidence for each attribute")] = False,
    model: Annotated[str, typer.Option(help="Pipeline: a package or a path")] = "en_product_attrs",
) -> None:
    """Print one TEXT with its attributes highlighted, and a table of them."""
    nlp = _load(model)
    try:
        doc = nlp(text)
    except ValueError as error:
        _fail(str(error))
    if format_ is not Format.attributes:
        export = doc._.to_jsonld() if format_ is Format.jsonld else doc._.to_merchant()
        typer.echo(json.dumps(export, ensure_ascii=False, indent=2))
        return
    console = Console(record=svg is not None, width=120 if svg is not None else None)
    console.print(_highlighted(doc), soft_wrap=True)
    console.print(_table(doc._.attributes, explain=explain))
    if svg is not None:
        console.save_svg(str(svg), title="en_product_attrs")
        typer.echo(f"written: {svg}", err=True)
    if html is not None:
        from spacy import displacy

        html.write_text(displacy.render(doc, style="ent", page=True, jupyter=False), encoding="utf-8")
        typer.echo(f"written: {html}", err=True)


def _highlighted(doc: "Doc") -> Text:
    """The text, each attribute on a background of its own."""
    text = Text(doc.text)
    names = sorted({attribute.name for attribute in doc._.attributes})
    for attribute in doc._.attributes:
        color = _BACKGROUNDS[names.index(attribute.name) % len(_BACKGROUNDS)]
        text.stylize(f"black on {color}", attribute.start_char, attribute.end_char)
    return text


def _table(attributes: Iterable["Attribute"], *, explain: bool) -> Table:
    columns = ["attribute", "value", "text", "characters", "source", "confidence"] + ["evidence"] * explain
    table = Table(*columns)
    for attribute in attributes:
        table.add_row(*_cells(attribute, explain=explain), style=_SOURCE_STYLES[attribute.source])
    return table


def _cells(attribute: "Attribute", *, explain: bool) -> list[str]:
    span = f"{attribute.start_char}-{attribute.end_char}"
    plain = str(attribute.plain)
    cells = [attribute.name, plain, attribute.text, span, attribute.source, f"{attribute.confidence:.2f}"]
    if explain:
        cells.append(str(attribute.explain()["evidence"]))
    return [escape(cell) for cell in cells]


def _extract_all(
    nlp: "Language",
    rows: Iterator[Row],
    columns: list[str],
    writer: Writer,
    format_: Format,
    *,
    explain: bool,
    quiet: bool,
) -> tuple[int, list[dict[str, Any]]]:
    """Extract and write all rows; returns how many were written, and the bad ones with their number and reason."""
    done, faults = 0, []
    progress = Progress(
        SpinnerColumn(),
        TextColumn("{task.completed} rows, {task.fields[rate]:.0f}/s"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=quiet,
    )
    with progress:
        task = progress.add_task("rows", total=None, rate=0.0)
        while chunk := list(islice(rows, _CHUNK)):
            for row, result in _extract_chunk(nlp, chunk, columns, format_, explain=explain):
                if isinstance(result, str):
                    faults.append({"row": row.number, "reason": result, **row.columns})
                else:
                    filled = _filled(row.columns, result) if format_ is Format.merchant else result
                    writer.write({**row.columns, **filled})
                    done += 1
            progress.update(task, advance=len(chunk), rate=progress.tasks[task].speed or 0.0)
    return done, faults


def _extract_chunk(
    nlp: "Language", chunk: list[Row], columns: list[str], format_: Format, *, explain: bool
) -> Iterator[tuple[Row, dict[str, Any] | str]]:
    """Each row with what was found, or with the reason why nothing could be."""
    max_length = getattr(nlp.tokenizer, "max_length", nlp.max_length)
    faults: dict[int, str] = {}
    texts: dict[int, str] = {}
    for row in chunk:
        try:
            texts[row.number] = _text_of(row, columns, max_length)
        except _UnreadableRowError as error:
            faults[row.number] = str(error)
    # Strings of the texts are forgotten when the zone is left, so only plain values leave it.
    with nlp.memory_zone():
        docs = zip(texts, nlp.pipe(texts.values()), strict=True)
        results = {number: _given(doc, format_, explain=explain) for number, doc in docs}
    for row in chunk:
        yield row, faults[row.number] if row.number in faults else results[row.number]


def _given(doc: "Doc", format_: Format, *, explain: bool) -> dict[str, Any]:
    """What is given of a text, in columns."""
    if format_ is Format.jsonld:
        return {"jsonld": doc._.to_jsonld()}
    if format_ is Format.merchant:
        return {**dict.fromkeys(MERCHANT_FIELDS), **doc._.to_merchant()}
    attributes = [a.explain() if explain else a.to_dict() for a in doc._.attributes]
    return {"attributes": attributes, "product": doc._.product}


def _filled(columns: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields, each with the value that the row has for it already, if any."""
    return {name: columns.get(name) or value for name, value in fields.items()}


def _text_of(row: Row, columns: list[str], max_length: int) -> str:
    if row.fault is not None:
        raise _UnreadableRowError(row.fault)
    parts = []
    for column in columns:
        if column not in row.columns:
            raise _UnreadableRowError(f"there is no {column!r}")
        value = row.columns[column]
        if value is not None and not isinstance(value, str):
            raise _UnreadableRowError(f"{column!r} is no text but {type(value).__name__}")
        parts.append(value or "")
    text = "\n".join(part for part in parts if part)
    if len(text) > max_length:
        raise _UnreadableRowError(f"the text has {len(text):,} characters, more than {max_length:,}")
    return text


def _text_columns(path: Path, first: Row | None, asked: list[str] | None) -> list[str]:
    """The columns to read. Raises DataFileError where the first readable row has none of them."""
    if first is None or first.fault is not None:
        return asked or [_DEFAULT_COLUMNS[0]]
    names = list(first.columns)
    wanted = asked or [name for name in _DEFAULT_COLUMNS if name in names][:1] or (names if len(names) == 1 else [])
    missing = [name for name in wanted if name not in names]
    if missing or not wanted:
        problem = f"there is no column {missing[0]!r}" if missing else "no column is named"
        raise DataFileError(path, None, problem, f"Choose with --text-column one of: {', '.join(names)}")
    return wanted


def _chained(first: Row | None, rest: Iterator[Row]) -> Iterator[Row]:
    if first is not None:
        yield first
    yield from rest


def _load(model: str) -> "Language":
    import spacy

    try:
        return spacy.load(model)
    except OSError as error:
        _fail(str(error))


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(2)
