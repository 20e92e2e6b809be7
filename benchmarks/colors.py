"""Score the color reader, and a pipeline's colors, on annotated texts: F1 of mentions, accuracy of families.

A line of the gold: `{"text": ..., "colors": [{"text": ..., "family": ...}]}`, in the order of the text; where shops
differ, `families` lists all that are right. The cases of the tests have this form too, and were at hand when the reader
was written.
A mention counts as found where its surface is right to the character; a family is judged on mentions that overlap.
"""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any

import spacy
import typer

from en_product_attrs import colors

Found = list[tuple[int, int, str | None]]  # first character, behind the last, family
Gold = list[tuple[int, int, list[str]]]


def place(row: dict[str, Any]) -> Gold:
    """The gold colors with their characters. Raises ValueError for a surface that is not in the text."""
    placed: Gold = []
    position = 0
    for color in row["colors"]:
        start = row["text"].index(color["text"], position)
        position = start + len(color["text"])
        placed.append((start, position, color.get("families") or [color["family"]]))
    return placed


def read_pure(texts: list[str]) -> list[Found]:
    return [[(m.start_char, m.end_char, m.value.family) for m in colors.parse(text)] for text in texts]


def read_pipeline(model: str) -> Callable[[list[str]], list[Found]]:
    nlp = spacy.load(model)

    def read(texts: list[str]) -> list[Found]:
        return [
            [
                (a.start_char, a.end_char, a.plain["family"])
                for a in doc._.attributes
                if isinstance(a.value, colors.Color)
            ]
            for doc in nlp.pipe(texts)
        ]

    return read


def report(name: str, texts: Iterable[str], gold: list[Gold], found: list[Found], *, errors: bool) -> None:
    hits = judged = right_family = 0
    for text, right, given in zip(texts, gold, found, strict=True):
        places = {(start, end) for start, end, _ in right}
        spans = {(start, end) for start, end, _ in given}
        hits += len(places & spans)
        for start, end, families in right:
            for other_start, other_end, family in given:
                if start < other_end and other_start < end:
                    judged += 1
                    right_family += family in families
                    if errors and family not in families:
                        typer.echo(f"  family {family} for {text[start:end]!r} ({'/'.join(families)}) in {text!r}")
        if errors:
            for kind, wrong in (("missed", places - spans), ("wrong", spans - places)):
                for start, end in sorted(wrong):
                    typer.echo(f"  {kind} {text[start:end]!r} in {text!r}")
    n_gold, n_found = sum(map(len, gold)), sum(map(len, found))
    precision, recall = hits / max(n_found, 1), hits / max(n_gold, 1)
    f1 = 2 * hits / max(n_gold + n_found, 1)
    typer.echo(
        f"{name}: {n_gold} colors, precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f}, "
        f"family {right_family}/{judged} = {right_family / max(judged, 1):.3f}"
    )


def main(
    gold: Path,
    model: Annotated[str, typer.Option(help="Pipeline to score as well, or nothing")] = "",
    errors: Annotated[bool, typer.Option("--errors", help="Print each mistake")] = False,
) -> None:
    """Print the scores on the annotated texts of GOLD."""
    rows = [json.loads(line) for line in gold.read_text(encoding="utf-8").splitlines()]
    texts, right = [row["text"] for row in rows], [place(row) for row in rows]
    readers = {"colors.parse": read_pure} | ({model: read_pipeline(model)} if model else {})
    for name, read in readers.items():
        report(name, texts, right, read(texts), errors=errors)


if __name__ == "__main__":
    typer.run(main)
