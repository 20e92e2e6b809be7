"""The numbers of a text in their places: what stands between them, and what it may tie together."""

from typing import TYPE_CHECKING, NamedTuple

from en_product_attrs.units.numbers import NumberReader
from en_product_attrs.units.phrases import PhraseReader
from en_product_attrs.units.table import UnitTable
from en_product_attrs.units.tokens import Numbers
from en_product_attrs.values import Relation

if TYPE_CHECKING:
    from en_product_attrs.units.schema import SubUnit

# The longest text between two numbers that ties them together.
_LONGEST_JOINER = 20
_NOTHING: frozenset[str] = frozenset()
COUNT = "count"


class Quantity(NamedTuple):
    """A quantity that was read: `text[start:stop]`."""

    start: int
    stop: int
    low: float
    high: float
    unit: str
    dimension: str
    relation: Relation = "single"


class Part(NamedTuple):
    """A number with its unit, or a compound, over the numbers `first` to `last`. A unit of None is not given."""

    first: int
    last: int
    start: int
    stop: int
    value: float
    unit: str | None
    dimension: str


class Lexicon:
    """A table with the readers built on it: what the grammar knows."""

    def __init__(self, table: UnitTable) -> None:
        self.table = table
        self.numbers = NumberReader(table)
        self.phrases = PhraseReader(table)
        content = table.content
        self.alone = tuple(content.numbers.alone)
        self.pack_words = (*content.of, *content.over, *content.counted, *content.numbers.alone)
        # The compounds that may begin with a unit.
        self.systems: dict[str, list[list[SubUnit]]] = {}
        for system in content.compounds:
            for part in system[:-1]:
                self.systems.setdefault(part.unit, []).append(system)


class Ties:
    """The numbers of one text, with what stands between them. `used` holds those that belong to a value already."""

    def __init__(self, lexicon: Lexicon, numbers: Numbers) -> None:
        self.lexicon = lexicon
        self.text = numbers.text
        self.numbers = numbers
        self.used: set[int] = set()

    def value(self, index: int) -> float | None:
        start, end = self.numbers.spans[index]
        return self.lexicon.numbers.value(self.text[start:end])

    def in_word(self, start: int) -> bool:
        """Whether a number is the tail of a word or code: AB10-12. After an `x` it is not."""
        before = self.text[start - 1 : start] if start else ""
        number = self.text[start : start + 2]
        return (
            (before.isalnum() and before not in "xX")
            or before in ("#", "_")
            or (number[0] == "0" and number[1:].isdecimal())
        )

    def sign_of(self, start: int, dimension: str) -> int:
        """-1 after a minus sign, which only temperatures have, and the beginning of a text."""
        if start == 0 or self.text[start - 1] != "-":
            return 1
        before = self.text[start - 2 : start - 1] if start > 1 else ""
        return -1 if not before or (dimension == "temperature" and (before.isspace() or before in "(:~")) else 1

    def unitless(self, index: int) -> Part | None:
        start, end = self.numbers.spans[index]
        value = self.value(index)
        if value is None or (
            self.in_word(start)
            and self.lexicon.phrases.label_before.search(self.text[max(0, start - 8) : start]) is None
        ):
            return None
        return Part(index, index, start, end, value, None, "")

    def is_label(self, index: int) -> bool:
        """Whether the letter after a number names its extent and is no unit: 36w x 24d x 29h."""
        token = self.numbers.measured[index]
        label, spans = self.lexicon.phrases.label, self.numbers.spans
        if token.reading is None or not token.reading.letter or label.match(self.text, token.end) is None:
            return False
        # A neighbor that has such a letter too, past the pieces of a fraction that lost its stroke: 3-1 2h.
        for step in (-1, 1):
            other = index + step
            while 0 <= other < len(spans) and abs(other - index) <= 3:
                first = min(other, other - step)
                meaning = self.meaning(self.numbers.at(first).stop, spans[first + 1][0])
                lettered = self.is_lettered(other if step < 0 else other - step)
                if "times" in meaning:
                    if lettered:
                        return True
                    break
                if self.between(first) not in (" ", "-"):
                    break
                other += step
        return False

    def is_lettered(self, index: int) -> bool:
        """Whether a letter that names an extent stands after a number, or after its unit."""
        ends = {self.numbers.spans[index][1], self.numbers.at(index).stop}
        return any(self.lexicon.phrases.label.match(self.text, end) for end in ends)

    def tied(self, index: int, *, measured: bool = False, either: bool = False) -> frozenset[str]:
        """What the text between the numbers at `index` and after it may mean.

        Nothing unless the first is without unit; with `measured`, unless both have one; with `either`, in any case.
        """
        if index < 0 or index + 1 >= len(self.numbers.spans):
            return _NOTHING
        has_unit = index in self.numbers.measured
        wanted = either or (has_unit == measured and not (measured and index + 1 not in self.numbers.measured))
        if not wanted and not (has_unit and self.is_label(index)):
            return _NOTHING
        end = self.numbers.measured[index].stop if has_unit else self.numbers.spans[index][1]
        return self.meaning(end, self.numbers.spans[index + 1][0])

    def between(self, index: int) -> str:
        return self.text[self.numbers.spans[index][1] : self.numbers.spans[index + 1][0]]

    def meaning(self, end: int, start: int) -> frozenset[str]:
        if start - end > _LONGEST_JOINER:
            return _NOTHING
        between = self.text[end:start]
        found = self.lexicon.table.joiners.get(between.strip(" .").lower())
        if found is not None:
            return found
        label = self.lexicon.phrases.label.match(between)
        if label is not None:
            between = between[label.end() :]
        label = self.lexicon.phrases.label_before.search(between)
        if label is not None:
            between = between[: label.start(1)]
        return self.lexicon.table.joiners.get(between.strip(" .()").lower(), _NOTHING)
