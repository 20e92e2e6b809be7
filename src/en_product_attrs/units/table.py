"""The unit table: the vocabulary of rules/units.yml, indexed by what a reader looks up."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from en_product_attrs.resources import rules_dir
from en_product_attrs.values import Dimension, UnitForm

if TYPE_CHECKING:
    from en_product_attrs.units.schema import GuardedSpelling, UnitsFile

# The first piece of a unit's spelling as it stands in a text: a run of letters, an entity, or a sign. The run is
# bounded, for a long one would be read again after each number before it.
WORD = r"[^\W\d_¼-¾⅐-↏]{1,30}|&[A-Za-z#0-9]{2,7};|''|[°º\"'%#℃℉㎀-㏟]"
_FIRST = re.compile(WORD)
_PIECE = re.compile(r" |/|[^ /]+")


@dataclass(frozen=True, slots=True)
class Hint:
    """What is expected of a text: the dimensions of its values, and the unit of a number that stands alone."""

    dimensions: frozenset[str]
    bare: str | None = None


class Reading(NamedTuple):
    """A unit that a spelling may mean. `rest` matches what follows the first word of a spelling of several."""

    unit: str | None  # None: read, and known to be no quantity (sheets/hour)
    dimension: str
    rest: re.Pattern[str] | None
    exact: str | None
    guard: "GuardedSpelling | None"
    length: int
    letter: bool


class UnitTable:
    """Units and the words around them. Built once, read-only after that."""

    def __init__(self, content: "UnitsFile", data: Mapping[str, Any]) -> None:
        self.content = content
        self._data = data
        self.dimensions = _dimensions(content)
        self._dimension_of = {name: kind for kind in self.dimensions.values() for name in kind.units}
        self.readings = _index(content)
        self.characters = {ord(key): value for key, value in content.characters.items()}

    @classmethod
    def from_yaml(cls, path: Path) -> "UnitTable":
        """The table of a file. Raises DataFileError, with file and line, where it holds what it may not."""
        from en_product_attrs.units import schema

        data = schema.load(path)
        return cls(schema.validate(data, path), data)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "UnitTable":
        """The table that `to_dict` wrote. Raises DataFileError."""
        from en_product_attrs.units import schema

        return cls(schema.validate(data, "unit table"), data)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, from which `from_dict` builds the same table."""
        return dict(self._data)

    def knows(self, unit: str) -> bool:
        """Whether the table has this unit."""
        return unit in self._dimension_of

    def kind_of(self, unit: str) -> Dimension:
        """The dimension that a unit measures. Raises ValueError for a unit that the table does not have."""
        if unit not in self._dimension_of:
            raise ValueError(f"{unit!r} is no unit of this table. Add it to rules/units.yml.")
        return self._dimension_of[unit]

    def hint(self, expected: "Hint | str | Collection[str] | None") -> Hint | None:
        """The hint of an attribute's id, of a dimension, or of several dimensions. None for an unknown name."""
        if expected is None or isinstance(expected, Hint):
            return expected
        if isinstance(expected, str):
            entry = self.content.hints.get(expected)
            if entry is not None:
                return Hint(frozenset(entry.dimensions), entry.bare)
            expected = (expected,)
        known = frozenset(expected) & self.dimensions.keys()
        # A number that can only be a count needs no noun.
        return Hint(known, "count" if known == {"count"} else None) if known else None

    @cached_property
    def time_words(self) -> dict[str, str]:
        """Spellings of the units of time below the line of a rate."""
        words: dict[str, str] = dict(self.content.rates.spelled)
        for name in self.content.rates.time:
            entry = self.content.units[name]
            for spelling in (*entry.spellings, *(guard.spelling for guard in entry.guarded)):
                words.setdefault(spelling.lower(), name)
        return words

    @cached_property
    def joiners(self) -> dict[str, frozenset[str]]:
        """What stands between two numbers -> what it may mean."""
        found: dict[str, set[str]] = {}
        for meaning, spellings in self.content.joiners.items():
            for spelling in spellings:
                found.setdefault(spelling.lower(), set()).add(meaning)
        return {spelling: frozenset(meanings) for spelling, meanings in found.items()}

    def one_of(self, words: Iterable[str]) -> str:
        """A pattern for any of the words, the longest first, blanks of any width."""
        ordered = sorted(set(words), key=len, reverse=True)
        return "|".join(re.escape(word).replace(r"\ ", r"[ -]{1,2}") for word in ordered)


@cache
def default_table() -> UnitTable:
    """The table that comes with the project, read when first needed."""
    return UnitTable.from_yaml(rules_dir() / "units.yml")


def _dimensions(content: "UnitsFile") -> dict[str, Dimension]:
    units: dict[str, dict[str, UnitForm]] = {name: {} for name in content.dimensions}
    for name, entry in content.units.items():
        units[entry.dimension][name] = UnitForm(entry.pint, entry.scale, entry.unece)
    for name, entry in content.units.items():
        rate = content.rates.dimensions.get(entry.dimension)
        if rate is None or entry.pint is None:
            continue
        for time in content.rates.time:
            expression = f"({entry.pint})/{content.units[time].pint}"
            units[rate].setdefault(f"{name}/{time}", UnitForm(expression, None, None))
    return {name: Dimension(name, canonical, units[name]) for name, canonical in content.dimensions.items()}


def _index(content: "UnitsFile") -> dict[str, tuple[Reading, ...]]:
    """First word in lower case -> what may begin with it, the longest first, then in the order of the file."""
    index: dict[str, list[Reading]] = {}
    for name, entry in content.units.items():
        for spelling in entry.spellings:
            _add(index, name, entry.dimension, spelling, exact=False, guard=None)
        for spelling in entry.exact:
            _add(index, name, entry.dimension, spelling, exact=True, guard=None)
        for guard in entry.guarded:
            _add(index, name, entry.dimension, guard.spelling, exact=guard.exact, guard=guard)
    return {word: tuple(sorted(found, key=lambda reading: -reading.length)) for word, found in index.items()}


def _add(
    index: dict[str, list[Reading]],
    unit: str,
    dimension: str,
    spelling: str,
    *,
    exact: bool,
    guard: "GuardedSpelling | None",
) -> None:
    match = _FIRST.match(spelling)
    word = match[0] if match else spelling[:1]
    rest = spelling[len(word) :]
    pattern = None
    if rest:
        pieces = (_piece(piece) for piece in _PIECE.findall(rest))
        pattern = re.compile("".join(pieces), 0 if exact else re.IGNORECASE)
    reading = Reading(
        unit,
        dimension,
        pattern,
        word if exact else None,
        guard,
        len(spelling),
        len(spelling) == 1 and spelling.isalpha(),
    )
    index.setdefault(word.lower(), []).append(reading)


def _piece(piece: str) -> str:
    if piece == " ":
        return r"\.?[ -]{0,2}"
    return r"\.? ?/ ?" if piece == "/" else re.escape(piece)
