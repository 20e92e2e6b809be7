"""Colors: from text to canonical name, family and hex. Pure functions, no spaCy."""

from en_product_attrs.colors.scan import scan
from en_product_attrs.colors.spans import read_span
from en_product_attrs.colors.table import ColorName, ColorTable, ColorWords, default_table
from en_product_attrs.values import Color, Match

__all__ = ["ColorName", "ColorTable", "ColorWords", "default_table", "normalize", "parse"]


def parse(text: str, *, table: ColorTable | None = None) -> tuple[Match[Color], ...]:
    """The colors that a text says its product has, in order. Silent where a color word is no color (`green tea`)."""
    words, readings = scan(text, table or default_table())
    return tuple(
        Match(start, end, text[start:end], reading.color)
        for reading in readings
        for start, end in [(words.starts[reading.first], words.ends[reading.last])]
    )


def normalize(surface: str, *, table: ColorTable | None = None) -> tuple[Match[Color], ...]:
    """The colors of a span that is known to be a color: one for each color of a list, unknown names included."""
    return read_span(surface, table or default_table())
