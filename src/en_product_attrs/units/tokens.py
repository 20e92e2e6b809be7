"""From a text to its numbers, each with the unit that follows it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from en_product_attrs.units.numbers import NumberReader
from en_product_attrs.units.surroundings import Site, Surroundings
from en_product_attrs.units.table import WORD, Hint, Reading, UnitTable

# A unit stands right after its number, after blanks, a hyphen or an opening bracket.
_GAP = r"\+?(?: {0,2}[(\[] ?|-| -|- | {0,2})"
_CLOSING = {"(": ")", "[": "]"}
_CAMEL = re.compile(r"[a-z]+(?=[A-Z])")
_FOLLOWED_BY_NUMBER = re.compile(r" ?\d")
_CODE_TAIL = re.compile(r"-[A-Z][A-Z0-9]?(?![A-Za-z0-9])")
_DIGITS = re.compile(r"\d+")
_LETTERS_RUN = re.compile("[a-z]+")
_LETTERS = "LWHD"
# A number of so many digits before a hyphen is an item number.
_SHORTEST_CODE = 6


class Token(NamedTuple):
    """A number of a text: `text[start:end]`. With its unit, where it has one, it goes on to `stop`."""

    start: int
    end: int
    stop: int
    reading: Reading | None
    value: float | None  # None where it has no unit: computed when a neighbor asks for it


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of a text in order, by index; `measured` holds those that have a unit."""

    text: str
    spans: list[tuple[int, int]]
    measured: dict[int, Token]
    surroundings: Surroundings

    def at(self, index: int) -> Token:
        """The number at an index, with or without unit."""
        token = self.measured.get(index)
        if token is not None:
            return token
        start, end = self.spans[index]
        return Token(start, end, end, None, None)


class Tokenizer:
    """Finds the numbers of a text and reads the unit after each."""

    def __init__(self, table: UnitTable, numbers: NumberReader) -> None:
        self._table = table
        self._numbers = numbers
        self._digits = re.compile(rf"({numbers.digits})(?=(?:{_GAP}({WORD}))?)")
        self._digits_or_words = re.compile(rf"({numbers.digits_or_words})(?=(?:{_GAP}({WORD}))?)")
        per = "|".join(re.escape(word) for word in table.content.rates.per)
        spelled = "|".join(map(re.escape, sorted(table.content.rates.spelled, key=len, reverse=True))) or "(?!)"
        self._rate = re.compile(rf"\.? ?(?:{per}) ?((?:{spelled})(?![^\W_])|[^\W\d_]+)", re.IGNORECASE)
        # A unit may be followed by a digit only where that begins the next, smaller part: 2lb3oz, 1h30m.
        parts = [part for system in table.content.compounds for part in system[1:]]
        spellings = [(*table.content.units[part.unit].spellings, part.unit, *part.spellings) for part in parts]
        smaller = {word for words in spellings for word in words}
        self._smaller = re.compile(
            rf"[1-9]\d{{0,2}}(?:\.\d+)? ?(?:{table.one_of(smaller)})(?![A-Za-z0-9])", re.IGNORECASE
        )

    def tokens(self, text: str, hint: Hint | None) -> "Numbers":
        """All numbers in order."""
        spans: list[tuple[int, int]] = []
        measured: dict[int, Token] = {}
        surroundings = Surroundings(text, self._table)
        readings = self._table.readings
        spelled = not self._numbers.first_words.isdisjoint(_LETTERS_RUN.findall(text.lower()))
        last_stop = -1
        for match in (self._digits_or_words if spelled else self._digits).finditer(text):
            span = match.span(1)
            if span[0] < last_stop:
                continue  # the 24 of 22kg/24h
            word = match[2]
            # Most numbers of a title end here: what follows is no unit.
            if word is not None and (word.lower() in readings or match.start(2) == span[1]):
                token = self._with_unit(text, Site(*span, match.start(2)), word, surroundings, hint, last_stop)
                if "/" in match[1] and (token is None or token.value is None or self._is_choice(match[1], token)):
                    # 40/80GB, 4/8 GB: two numbers, or three where a whole one stands before
                    stroke = text.index("/", *span)
                    spans += [(part.start(), part.end()) for part in _DIGITS.finditer(text, span[0], stroke)]
                    span = stroke + 1, span[1]
                    coded = hint is None and surroundings.is_coded(stroke + 1, "/")
                    site = Site(*span, match.start(2))
                    token = None if coded else self._with_unit(text, site, word, surroundings, hint, stroke + 1)
                if token is not None and token.value is not None:
                    measured[len(spans)] = token
                    last_stop = token.stop
            spans.append(span)
        return Numbers(text, spans, measured, surroundings)

    def _is_choice(self, number: str, token: Token) -> bool:
        """Whether what looks like a fraction is a choice of two, since its unit is never halved."""
        halved = token.reading is None or token.reading.dimension not in self._table.content.numbers.no_fractions
        return not halved and number.replace("/", "", 1).isdecimal()

    def _with_unit(
        self, text: str, site: Site, word: str, surroundings: Surroundings, hint: Hint | None, last_stop: int
    ) -> Token | None:
        for candidate in _candidates(text, word, site.word + len(word)):
            found = self._read(text, site, candidate, surroundings, hint)
            if found is None:
                continue
            reading, stop = found
            if hint is None and surroundings.is_name(site, reading, last_stop):
                return None
            gap = text[site.end : site.word].strip()
            if hint is None and gap == "-" and _is_code(text[site.start : site.end], reading):
                return None  # 5613-W, 10069614-in
            if hint is None and not gap and _CODE_TAIL.match(text, stop) and site.word == site.end:
                return None  # 9600W-B
            if gap and gap[-1] in _CLOSING:
                if not text.startswith(_CLOSING[gap[-1]], stop):
                    return None
                stop += 1
            value = self._numbers.value(text[site.start : site.end])
            if reading.dimension == "count" and "." in text[site.start : site.end] and reading.unit == "count":
                return None  # Keurig 2.0 K-Cup
            return Token(site.start, site.end, stop, reading, value)
        return None

    def _read(
        self, text: str, site: Site, word: str, surroundings: Surroundings, hint: Hint | None
    ) -> tuple[Reading, int] | None:
        """The best reading of a word and where it ends: of the hint's dimensions and allowed, expected, allowed."""
        best: tuple[Reading, int] | None = None
        best_rank = 0
        for reading, stop in self._fitting(text, site.word, word):
            allowed = reading.guard is None or surroundings.allow(reading.guard, site, stop)
            expected = hint is not None and reading.dimension in hint.dimensions
            rank = 2 * expected + allowed
            if rank > best_rank:
                best, best_rank = (reading, stop), rank
            if best_rank == (1 if hint is None else 3):
                break
        return best

    def _fitting(self, text: str, start: int, word: str) -> Iterator[tuple[Reading, int]]:
        """All readings that the text spells out at `start`, the longest first."""
        for reading in self._table.readings.get(word.lower(), ()):
            if reading.exact is not None and reading.exact != word:
                continue
            stop = start + len(word)
            cut = text[stop : stop + 1].isalpha() and word[-1].isalpha()
            if reading.rest is not None:
                rest = reading.rest.match(text, stop)
                if rest is None:
                    continue
                stop, cut = rest.end(), False
            if cut or self._bounded(text, stop, word):
                yield self._rate_of(text, reading, stop)

    def _bounded(self, text: str, stop: int, word: str) -> bool:
        """Whether a unit may end here: `in` of `inch` does not, nor `m` of `m2`."""
        following = text[stop : stop + 1]
        if word in ("'", "#"):
            return not following.isalnum() or (word == "'" and following.isdecimal())
        if not word[0].isalpha():
            return True
        if following == "'" and text[stop + 1 : stop + 2].isalpha():
            return False
        if following.isdecimal():
            return self._smaller.match(text, stop) is not None
        return not (following.isalnum() or following == "_")

    def _rate_of(self, text: str, reading: Reading, stop: int) -> tuple[Reading, int]:
        """The reading, or the rate that it is part of: lbs/day."""
        rates = self._table.content.rates
        if reading.dimension not in rates.dimensions:
            return reading, stop
        match = self._rate.match(text, stop)
        time = None if match is None else self._table.time_words.get(match[1].lower())
        if match is None or time is None:
            return reading, stop
        dimension = rates.dimensions[reading.dimension]
        if dimension is None:
            return reading._replace(unit=None), match.end()
        return reading._replace(unit=f"{reading.unit}/{time}", dimension=dimension), match.end()


def _is_code(number: str, reading: Reading) -> bool:
    """Whether a number with a hyphen before its unit is too long, or too odd for a letter, to be a quantity."""
    if not number.isdecimal():
        return False
    return len(number) >= _SHORTEST_CODE or (reading.letter and len(number) >= 4 and number[-1] != "0")


def _candidates(text: str, word: str, word_end: int) -> Iterator[str]:
    """The word, and what is left of it where it is glued to the next: 60mmx20mm, 24inW, 16ozBottle."""
    yield word
    if len(word) < 2 or not word.isalpha():
        return
    if word[-1] in "xX" and _FOLLOWED_BY_NUMBER.match(text, word_end):
        yield word[:-1]
    if word[-1] in _LETTERS and word[-2].islower():
        yield word[:-1]
    camel = _CAMEL.match(word)
    if camel is not None and camel.end() > 1:
        yield camel[0]
