"""`parse`: from a text to measures."""

import re
from collections.abc import Collection
from functools import lru_cache
from operator import attrgetter

from en_product_attrs.units.grammar import Grammar
from en_product_attrs.units.table import Hint, UnitTable, default_table
from en_product_attrs.units.ties import Quantity
from en_product_attrs.values import Match, Measure

# By how much two values may differ that say the same thing in two units, as printed and rounded.
_ROUNDING = 0.05
_APART = 12


def parse(
    text: str, *, table: UnitTable | None = None, hint: Hint | str | Collection[str] | None = None
) -> tuple[Match[Measure], ...]:
    """The measures of a text, in its order.

    `hint` says what is expected of the text as a whole, when it is a value that was marked: the id of an attribute
    (`width`), a dimension, or several. Then `oz` may be a volume and `ct` a carat, what looks like a code is read all
    the same, and a number alone gets the attribute's usual unit, marked as `assumed`. Never raises on any text, and
    takes time in proportion to its length.
    """
    table = table or default_table()
    expected = table.hint(hint)
    reader = _reader(table)
    clean = text if text.isascii() and "\t" not in text else text.translate(table.characters)
    return tuple(reader.matches(text, clean, expected))


@lru_cache(maxsize=8)
def _reader(table: UnitTable) -> "Reader":
    return Reader(table)


class Reader:
    """A grammar with its table, and what turns quantities into measures."""

    def __init__(self, table: UnitTable) -> None:
        self._table = table
        self._grammar = Grammar(table)
        phrases = table.content.phrases
        exact = "|".join(re.escape(phrase.text) for phrase in phrases if phrase.exact)
        other = "|".join(re.escape(phrase.text) for phrase in phrases if not phrase.exact)
        names = rf"(?:{exact or '(?!)'})|(?i:{other or '(?!)'})"
        self._names = re.compile(rf"(?<![A-Za-z0-9])(?<!\d-)(?:{names})(?![A-Za-z0-9])")

    def matches(self, text: str, clean: str, hint: Hint | None) -> list[Match[Measure]]:
        """The measures of `clean`, with the surface of `text`; both are of one length."""
        quantities = self._grammar.quantities(clean, hint)
        if not quantities:
            return []
        if hint is None:
            quantities = self._without_names(clean, quantities)
        quantities = self._with_fluid_ounces(quantities)
        return [self._match(text, clean, quantity, hint) for quantity in quantities]

    def _match(self, text: str, clean: str, quantity: Quantity, hint: Hint | None) -> Match[Measure]:
        phrases = self._grammar.lexicon.phrases
        bounds = phrases.bounds(clean, quantity.start, quantity.stop)
        relation = quantity.relation
        if relation == "single" and bounds.relation is not None:
            relation = bounds.relation
        start, stop = (bounds.start, bounds.stop) if bounds.relation is not None else (quantity.start, quantity.stop)
        assumed = hint is not None and hint.bare == quantity.unit != "count" and clean[quantity.stop - 1].isdigit()
        measure = Measure(
            quantity.low,
            quantity.high,
            quantity.unit,
            relation,
            phrases.role(clean, start, stop, quantity.dimension),
            assumed,
            self._table.dimensions[quantity.dimension],
        )
        return Match(start, stop, text[start:stop], measure)

    def _without_names(self, clean: str, quantities: list[Quantity]) -> list[Quantity]:
        names = [match.span() for match in self._names.finditer(clean)]
        if not names:
            return quantities
        return [q for q in quantities if not any(start < q.stop and q.start < end for start, end in names)]

    def _with_fluid_ounces(self, quantities: list[Quantity]) -> list[Quantity]:
        """An ounce beside its equal in milliliters is a fluid ounce: 12 oz (355 ml)."""
        found = list(quantities)
        volumes = self._table.dimensions.get("volume")
        for index in range(len(found) - 1):
            first, second = sorted(found[index : index + 2], key=attrgetter("unit"), reverse=True)
            if first.unit != "oz" or second.dimension != "volume" or volumes is None:
                continue
            if found[index + 1].start - found[index].stop > _APART:
                continue
            ounces = volumes.convert(second.high, second.unit, "floz")
            if abs(ounces - first.high) <= _ROUNDING * ounces:
                position = index if found[index].unit == "oz" else index + 1
                found[position] = first._replace(unit="floz", dimension="volume")
        return found
