"""Turn the listings under corpus/listings into .spacy files, or only check them.

The listings are text, so that people can review them; training needs Docs. A span that does not begin and end on
token boundaries, an unknown attribute or a broken line is an error that names file and line. The training rows of
OA-Mine can be added; their values that cut a token are counted and left unannotated.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import spacy
import typer
from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span
from spacy.util import filter_spans

from en_product_attrs.datasets import DatasetMapping, Row, read_rows
from en_product_attrs.errors import DataFileError
from en_product_attrs.listings import Listing, read_listings
from en_product_attrs.schema import AttributeSchema, label_of
from en_product_attrs.tokenizer import create_product_tokenizer


def listing_to_doc(nlp: Language, listing: Listing) -> Doc:
    """The listing as a Doc with gold entities. Raises DataFileError for a span that cuts a token."""
    doc = nlp.make_doc(listing.text)
    ents = []
    for gold in listing.spans:
        span = doc.char_span(gold.start, gold.end, label=label_of(gold.attribute))
        if span is None:
            surface = listing.text[gold.start : gold.end]
            whole = doc.char_span(gold.start, gold.end, alignment_mode="expand")
            problem = f"the span {surface!r} cuts {whole.text if whole is not None else ''!r}"
            raise DataFileError(listing.path, listing.line, problem, "Mark whole tokens")
        ents.append(span)
    doc.set_ents(ents)
    return doc


def row_to_doc(nlp: Language, row: Row) -> tuple[Doc, int]:
    """The row of a data set as a Doc with its values at their first free place, and how many have no such place."""
    doc = nlp.make_doc(row.text)
    spans: list[Span] = []
    lost = 0
    for attribute, values in sorted(row.values.items()):
        for value in sorted(values):
            span = find_span(doc, value.strip(), attribute, spans)
            lost += span is None
            spans += [span] if span is not None else []
    doc.set_ents(filter_spans(spans))
    return doc, lost


def find_span(doc: Doc, value: str, attribute: str, taken: Iterable[Span]) -> Span | None:
    """The first place of a value that holds whole tokens and overlaps no other span."""
    start = doc.text.find(value) if value else -1
    while start >= 0:
        span = doc.char_span(start, start + len(value), label=label_of(attribute))
        if span is not None and not any(span.start < other.end and other.start < span.end for other in taken):
            return span
        start = doc.text.find(value, start + 1)
    return None


def main(
    listings: Path,
    output: Path,
    schema: Path = Path("rules/attributes.yml"),
    check: Annotated[bool, typer.Option("--check", help="Only validate")] = False,
    oa_mine: Annotated[str, typer.Option(help="Training file of OA-Mine to add, or nothing")] = "",
    oa_mine_mapping: Path = Path("rules/datasets/oa-mine.yml"),
) -> None:
    """Read all LISTINGS (a file or a directory of .txt files) and write train, dev and test .spacy into OUTPUT."""
    nlp = spacy.blank("en")
    nlp.tokenizer = create_product_tokenizer()(nlp)
    attributes = AttributeSchema.from_yaml(schema)
    bins = {split: DocBin() for split in ("train", "dev", "test")}
    totals: Counter[str] = Counter()
    try:
        for path in sorted(listings.glob("*.txt")) if listings.is_dir() else [listings]:
            counts: Counter[str] = Counter()
            for listing in read_listings(path, attributes):
                bins[listing.split].add(listing_to_doc(nlp, listing))
                counts["descriptions" if listing.is_description else "titles"] += 1
                counts["values"] += len(listing.spans)
                totals[listing.split] += 1
            totals += counts
            typer.echo(
                f"{path.stem:24} {counts['titles']:4} titles {counts['descriptions']:4} descriptions"
                f" {counts['values']:6} values"
            )
        if oa_mine:
            add_oa_mine(nlp, bins["train"], Path(oa_mine), DatasetMapping.from_yaml(oa_mine_mapping, attributes))
    except DataFileError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    typer.echo(", ".join(f"{count} {name}" for name, count in totals.items()))
    if not check:
        for split, docs in bins.items():
            docs.to_disk(output / f"{split}.spacy")


def add_oa_mine(nlp: Language, docs: DocBin, path: Path, mapping: DatasetMapping) -> None:
    """Add the rows of OA-Mine that are not in its development split."""
    rows = [row for row in read_rows(path, mapping) if not row.is_dev]
    lost = 0
    for row in rows:
        doc, missed = row_to_doc(nlp, row)
        docs.add(doc)
        lost += missed
    typer.echo(f"OA-Mine: {len(rows)} titles, {lost} values that cut a token or overlap left out")


if __name__ == "__main__":
    typer.run(main)
