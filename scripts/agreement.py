"""Measure how far two annotators of the same listings agree.

A second annotator marks a random tenth of the texts without seeing the first one's marks; F1 over exact spans, with the
first taken as gold, says how clear the guidelines are, and the disagreements say where they are not.
"""

import zlib
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from en_product_attrs.listings import Listing, read_listings
from en_product_attrs.schema import AttributeSchema
from en_product_attrs.scoring import Scores

app = typer.Typer(add_completion=False)
Directory = Annotated[Path, typer.Argument(help="Directory of listings")]


def in_sample(listing: Listing) -> bool:
    """Whether a product is among the tenth that is annotated twice."""
    return zlib.crc32(f"again/{listing.category}/{listing.product}".encode()) % 10 == 0


def read_all(directory: Path) -> list[Listing]:
    attributes = AttributeSchema.from_yaml(Path("rules/attributes.yml"))
    return [listing for path in sorted(directory.glob("*.txt")) for listing in read_listings(path, attributes)]


@app.command()
def sample(listings: Directory, output: Path) -> None:
    """Write the texts of the sample without marks, one file per category, ready to be annotated."""
    output.mkdir(parents=True, exist_ok=True)
    lines: dict[str, list[str]] = {}
    for listing in read_all(listings):
        if in_sample(listing):
            text = (
                listing.text.replace("\\", "\\\\")
                .replace("[", "\\[")
                .replace("]", "\\]")
                .replace("\n", "\\n")
                .replace("\t", "\\t")
            )
            prefix = "> " if listing.is_description else ""
            block = lines.setdefault(listing.category, [])
            block += [f"@ {listing.product}"] * (f"@ {listing.product}" not in block) + [prefix + text]
    for category, block in lines.items():
        (output / f"{category}.txt").write_text("\n".join(block) + "\n", encoding="utf-8")


@app.command()
def compare(first: Directory, second: Directory) -> None:
    """Score SECOND's spans against FIRST's on the texts that both hold."""
    theirs = {(listing.category, listing.text): listing for listing in read_all(second)}
    scores, texts = Scores(), 0
    swaps: Counter[tuple[str, str]] = Counter()
    for listing in read_all(first):
        other = theirs.get((listing.category, listing.text))
        if other is None:
            continue
        texts += 1
        scores.compare(_by_attribute(other), _by_attribute(listing))
        labels = {(span.start, span.end): span.attribute for span in other.spans}
        swaps.update(
            (span.attribute, labels[span.start, span.end])
            for span in listing.spans
            if labels.get((span.start, span.end), span.attribute) != span.attribute
        )
    micro = scores.micro
    typer.echo(f"{texts} texts: precision {micro.precision:.3f}, recall {micro.recall:.3f}, F1 {micro.f1:.3f}")
    for name, counts in sorted(scores.by_attribute.items(), key=lambda item: item[1].f1):
        typer.echo(f"  {name:18} {counts.true + counts.missed:4} F1 {counts.f1:.2f}")
    for (ours, theirs_), count in swaps.most_common(25):
        typer.echo(f"  same span, {ours} against {theirs_}: {count}")


def _by_attribute(listing: Listing) -> dict[str, set[tuple[int, int]]]:
    spans: dict[str, set[tuple[int, int]]] = {}
    for span in listing.spans:
        spans.setdefault(span.attribute, set()).add((span.start, span.end))
    return spans


if __name__ == "__main__":
    app()
