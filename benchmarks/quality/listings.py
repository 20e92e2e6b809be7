"""The project's own listings in the attribute names of a data set: further rows to learn from.

A file for each category in a folder of corpus/, see corpus/README.md.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from benchmarks.quality.rows import QualityRow
from en_product_attrs.datasets import DatasetMapping
from en_product_attrs.errors import DataFileError
from en_product_attrs.listings import content_lines, parse_line


def slug(name: str) -> str:
    """The name of a category or an attribute in the listings: `Pack size` is `pack_size`."""
    return "_".join(re.findall(r"[a-z0-9]+", name.casefold()))


def read_listing_rows(folder: Path, mapping: DatasetMapping, *, states_absence: bool) -> list[QualityRow]:
    """All listings of a folder, as rows of the data set.

    mapping: names the data set's categories and attributes. states_absence: whether an attribute that is not marked is
    listed as absent. Raises DataFileError for a file of an unknown category and for a line that does not hold to the
    format.
    """
    categories = {slug(category): category for category in mapping.attributes}
    rows = []
    for path in sorted(folder.glob("*.txt")):
        category = categories.get(path.stem)
        if category is None:
            raise DataFileError(path, None, "is named for no category of the data set", f"Use one of {[*categories]}")
        rows += _read_file(path, category, list(mapping.attributes[category]), states_absence=states_absence)
    return rows


def _read_file(path: Path, category: str, names: list[str], *, states_absence: bool) -> Iterator[QualityRow]:
    by_slug = {slug(name): name for name in names}
    for number, line in content_lines(path):
        text, spans = parse_line(path, number, line, by_slug, remedy=f"Use one of {[*by_slug]}")
        values: dict[str, tuple[str, ...]] = dict.fromkeys(names, ()) if states_absence else {}
        for span in spans:
            name, value = by_slug[span.attribute], text[span.start : span.end]
            # What stands twice is one value.
            values[name] = tuple(dict.fromkeys((*values.get(name, ()), value)))
        yield QualityRow(f"{path.stem}:{number}", text, category, values)
