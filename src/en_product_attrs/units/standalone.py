"""Counts and values whose number has no unit after it: pack of 6, 12/box, SPF 50, a number alone."""

from collections.abc import Iterator

from en_product_attrs.units.table import Hint
from en_product_attrs.units.ties import COUNT, Quantity, Ties


def packs(ties: Ties, *, any_noun: bool) -> Iterator[Quantity]:
    """Counts whose noun stands before the number, or after `per`: pack of 6, 12/box. And `dozen` alone."""
    lowered = ties.text.lower()
    if not any(word in lowered for word in ties.lexicon.pack_words):
        return
    for index, (start, end) in enumerate(ties.numbers.spans):
        if index in ties.used or index in ties.numbers.measured:
            continue
        span = ties.lexicon.phrases.pack(ties.text, start, end, any_noun=any_noun)
        if span is None and lowered[start:end].endswith(ties.lexicon.alone):
            span = start, end
        value = None if span is None or ties.in_word(start) else ties.value(index)
        if span is not None and value is not None and value.is_integer():
            yield Quantity(*span, value, value, COUNT, COUNT)


def named(ties: Ties) -> Iterator[Quantity]:
    """Numbers whose unit stands before them: SPF 50."""
    units = {match.end(): (match.start(), match[1]) for match in ties.lexicon.phrases.unit_before.finditer(ties.text)}
    for index, span in enumerate(ties.numbers.spans if units else ()):
        value = ties.value(index) if span[0] in units and index not in ties.numbers.measured else None
        if value is not None:
            start, spelling = units[span[0]]
            unit = ties.lexicon.phrases.units_before[spelling]
            yield Quantity(start, span[1], value, value, unit, ties.lexicon.table.kind_of(unit).name)


def bare(ties: Ties, hint: Hint) -> Iterator[Quantity]:
    """Numbers without a unit, in the unit that the attribute has where none is given."""
    if hint.bare is None:
        return
    dimension = ties.lexicon.table.kind_of(hint.bare).name
    index = 0
    while index < len(ties.numbers.spans):
        (start, stop), value = ties.numbers.spans[index], ties.value(index)
        high = value
        if index + 1 < len(ties.numbers.spans) and "range" in ties.tied(index):
            high = ties.value(index + 1)
            stop = ties.numbers.spans[index + 1][1]
            index += 1
        index += 1
        if value is not None and high is not None and value <= high:
            yield Quantity(start, stop, value, high, hint.bare, dimension, "single" if value == high else "range")
