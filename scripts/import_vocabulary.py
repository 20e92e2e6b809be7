"""Turn a fetched public vocabulary into entries of the knowledge base, beside those written for this project.

What the project's own files know already stays as they have it. Without a vocabulary the output is empty, and the
knowledge base stands alone.
"""

import csv
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel, ConfigDict

from en_product_attrs.datafiles import load_yaml
from en_product_attrs.errors import DataFileError
from en_product_attrs.knowledge import KnowledgeBase, normal_form

_FIELDS = ("id", "attribute", "value", "family", "aliases", "loose_aliases", "safe")
# gid://shopify/TaxonomyValue/13254 : Cotton [Fabric]
_LINE = re.compile(r"gid://\S+ +: (?P<value>.+) \[(?P<attribute>[^\[\]]+)\]")


class Mapping(BaseModel):
    """Which of the vocabulary's attributes are which of ours."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    attributes: dict[str, list[str]]
    scanned: list[str]
    skipped: list[str]

    def attribute_of(self, name: str) -> str | None:
        found = (ours for ours, theirs in self.attributes.items() if any(fnmatch(name, pattern) for pattern in theirs))
        return next(found, None)


def read_values(path: Path) -> Iterator[tuple[str, str]]:
    """Attribute and value of each line. Raises DataFileError for a line of another form."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise DataFileError(path, number, "is no `gid : value [attribute]`", "Fetch attribute_values.txt again")
        yield match["attribute"], match["value"]


def new_entries(source: Path, mapping: Mapping, known: KnowledgeBase) -> Iterator[dict[str, str]]:
    """A row for each value that the knowledge base does not have, in the columns of its files."""
    seen: set[tuple[str, str]] = set()
    ids = {entry.id for entry in known.entries}
    for theirs, value in read_values(source):
        attribute = mapping.attribute_of(theirs)
        if attribute is None or value in mapping.skipped or not value[0].isalpha():
            continue
        form = normal_form(value)
        entry_id = f"{attribute}:{form}"
        if (attribute, form) in seen or entry_id in ids or known.lookup(attribute, value) is not None:
            continue
        seen.add((attribute, form))
        scanned = attribute in mapping.scanned and " " in value
        yield {"id": entry_id, "attribute": attribute, "value": value, "safe": "yes" if scanned else "no"}


def main(
    mapping: Path,
    known: Annotated[Path, typer.Argument(help="The project's own values")],
    output: Annotated[Path, typer.Argument(help="Folder for the file of new values")],
    source: Annotated[str, typer.Option(help="The fetched vocabulary, or nothing")] = "",
) -> None:
    """Write the values of SOURCE that KNOWN lacks to OUTPUT, mapped by MAPPING."""
    output.mkdir(parents=True, exist_ok=True)
    try:
        chosen = load_yaml(mapping, Mapping, f"See the comments in {mapping}")
        rows = list(new_entries(Path(source), chosen, KnowledgeBase.from_dir(known))) if source else []
    except DataFileError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    with (output / f"{mapping.stem}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, _FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    typer.echo(f"{output}: {len(rows)} values" + ("" if source else ", since no vocabulary is named"))


if __name__ == "__main__":
    typer.run(main)
