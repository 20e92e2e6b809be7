"""Quantities in the unit and with the decimals that the pairs imply."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from benchmarks.quality.normalize_pairs import Pair, Rule
from en_product_attrs.units import default_table, parse
from en_product_attrs.values import Measure

# How many values a conversion is tried on, and the share of them that it must explain.
_MOST_TRIED = 40
_LEAST_SHARE = 0.2
_DECIMALS_OF_A_ROUGH_FACTOR = 3

# How several quantities of a value make one.
_REDUCERS: tuple[Callable[[list[float]], float], ...] = (lambda found: found[0], max, sum, math.prod)


class _Conversion(NamedTuple):
    """How a quantity is read and written. rough: by a factor cut off after some decimals, as in some tables."""

    hint: str
    unit: str
    decimals: int
    reduce: Callable[[list[float]], float]
    rough: bool

    def write(self, value: str) -> str | None:
        """The numbers of the value in the unit, made one. None where it has no quantity of this kind."""
        found = [_converted(measure, self.unit, self.rough) for measure in _measures(value, self.hint)]
        known = [number for number in found if number is not None]
        return f"{round(self.reduce(known), self.decimals):.{self.decimals}f}" if known else None


def learn_quantity(pairs: list[Pair]) -> Rule | None:
    """The conversion that explains most of the pairs, where it explains many."""
    decimals = _decimals(pairs)
    if decimals is None:
        return None
    tried = list({pair.value: pair for pair in pairs}.values())[:_MOST_TRIED]
    plain = _best(_conversions(tried, decimals), tried)
    if plain is None:
        return None
    variants = (plain._replace(reduce=reduce, rough=rough) for reduce in _REDUCERS for rough in (False, True))
    best = _best(variants, tried) or plain
    return lambda value, _text: best.write(value)


def _best(conversions: Iterable[_Conversion], tried: list[Pair]) -> _Conversion | None:
    best, most = None, _LEAST_SHARE * len(tried)
    for conversion in conversions:
        hits = sum(conversion.write(pair.value) in pair.right for pair in tried)
        if hits > most:
            best, most = conversion, hits
    return best


def _decimals(pairs: list[Pair]) -> int | None:
    """How many decimals most numbers have, or None where less than a part are numbers."""
    counts: Counter[int] = Counter()
    for pair in pairs:
        whole, _, decimals = pair.likely[0].partition(".")
        if whole.isdecimal() and (not decimals or decimals.isdecimal()):
            counts[len(decimals)] += 1
    return counts.most_common(1)[0][0] if counts.total() > _LEAST_SHARE * len(pairs) else None


def _conversions(tried: list[Pair], decimals: int) -> Iterator[_Conversion]:
    table = default_table()
    for hint in (*table.content.hints, *table.dimensions):
        kinds = Counter(m.dimension for pair in tried for m in _measures(pair.value, hint))
        if kinds.total() <= _LEAST_SHARE * len(tried):
            continue
        for unit in table.dimensions[kinds.most_common(1)[0][0]].units:
            yield _Conversion(hint, unit, decimals, _REDUCERS[0], rough=False)


@lru_cache(maxsize=1 << 17)
def _measures(value: str, hint: str) -> tuple[Measure, ...]:
    return tuple(match.value for match in parse(value, hint=hint))


def _converted(measure: Measure, unit: str, rough: bool) -> float | None:
    """The quantity, of a range its upper end, in the unit. None where the unit measures something else."""
    factors = _factors(measure.unit, unit)
    if factors is None:
        return None
    factor, offset = factors
    if rough:
        factor = math.trunc(factor * 10**_DECIMALS_OF_A_ROUGH_FACTOR) / 10**_DECIMALS_OF_A_ROUGH_FACTOR
    return measure.high * factor + offset


@lru_cache(maxsize=1 << 12)
def _factors(source: str, target: str) -> tuple[float, float] | None:
    kind = default_table().kind_of(source)
    try:
        offset = kind.convert(0.0, source, target)
        return kind.convert(1.0, source, target) - offset, offset
    except ValueError:
        return None
