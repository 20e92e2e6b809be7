"""The text format of annotated listings, see corpus/README.md."""

import re
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from en_product_attrs.errors import DataFileError

Split = Literal["train", "dev", "test"]

# One alternative per construct, tried in this order: escape, marked span, stray bracket, plain text.
_TOKEN = re.compile(
    r"\\(?P<escape>.)|\[(?P<surface>(?:[^\[\]\\]|\\.)*)\]\((?P<label>[^()\s]*)\)|(?P<stray>[\[\]\\])|(?P<plain>[^\[\]\\]+)"
)
_ESCAPES = {"n": "\n", "t": "\t", "[": "[", "]": "]", "\\": "\\"}


@dataclass(frozen=True, slots=True)
class GoldSpan:
    """A marked value: `text[start:end]` of its listing."""

    start: int
    end: int
    attribute: str


@dataclass(frozen=True, slots=True)
class Listing:
    """One annotated text about one product."""

    text: str
    spans: tuple[GoldSpan, ...]
    category: str
    product: str
    is_description: bool
    path: str
    line: int

    @property
    def split(self) -> Split:
        """The part of the corpus to which the product belongs: 80% train, 10% dev, 10% test."""
        bucket = zlib.crc32(f"{self.category}/{self.product}".encode()) % 10
        return "dev" if bucket == 8 else "test" if bucket == 9 else "train"


def parse_markup(markup: str) -> tuple[str, tuple[GoldSpan, ...]]:
    """Text and spans of one line. Raises ValueError with what is wrong."""
    pieces: list[str] = []
    spans: list[GoldSpan] = []
    length = 0
    for match in _TOKEN.finditer(markup):
        if match["stray"] is not None:
            raise ValueError(
                f"{match['stray']!r} at column {match.start() + 1} opens or closes no [surface](attribute)"
            )
        piece = match["plain"] or ""
        if match["escape"] is not None:
            piece = _unescape(match["escape"], match.start())
        elif match["surface"] is not None:
            piece = _unescape_all(match["surface"], match.start())
            if not piece or piece != piece.strip():
                raise ValueError(f"the span {piece!r} at column {match.start() + 1} is empty or has outer spaces")
            spans.append(GoldSpan(length, length + len(piece), match["label"]))
        pieces.append(piece)
        length += len(piece)
    return "".join(pieces), tuple(spans)


def _unescape_all(surface: str, column: int) -> str:
    return re.sub(r"\\(.)", lambda escape: _unescape(escape[1], column), surface)


def _unescape(char: str, column: int) -> str:
    if char not in _ESCAPES:
        raise ValueError(f"unknown escape '\\{char}' at column {column + 1}")
    return _ESCAPES[char]


def content_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a file of listings with their numbers, but for blank ones and comments."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip() and not line.startswith("#"):
                yield number, line.rstrip("\n")


def parse_line(
    path: Path, number: int, markup: str, attributes: Collection[str], remedy: str
) -> tuple[str, tuple[GoldSpan, ...]]:
    """Text and spans of one line of a file. Raises DataFileError, with the remedy for an unknown attribute."""
    try:
        text, spans = parse_markup(markup)
    except ValueError as error:
        raise DataFileError(path, number, str(error), "See corpus/README.md for the format") from error
    unknown = next((span.attribute for span in spans if span.attribute not in attributes), None)
    if unknown is not None:
        raise DataFileError(path, number, f"unknown attribute {unknown!r}", remedy)
    return text, spans


def read_listings(path: Path, attributes: Collection[str]) -> Iterator[Listing]:
    """The listings of one file. Raises DataFileError at the first line that does not hold to the format."""
    product: str | None = None
    seen: set[str] = set()
    texts: set[str] = set()
    for number, line in content_lines(path):
        if line.startswith("@"):
            product = line[1:].strip()
            if not product or product in seen:
                problem = f"product key {product!r} is empty or used twice"
                raise DataFileError(path, number, problem, "Choose another key")
            seen.add(product)
            continue
        if product is None:
            problem = "a listing stands before the first '@ key'"
            raise DataFileError(path, number, problem, "Add a line '@ key' above it")
        is_description = line.startswith("> ")
        markup = line[2:] if is_description else line
        text, spans = parse_line(path, number, markup, attributes, "Use an id of rules/attributes.yml")
        if text in texts:
            raise DataFileError(path, number, "the same text stands twice in this file", "Delete one of them")
        texts.add(text)
        yield Listing(text, spans, path.stem, product, is_description, str(path), number)
