"""What stands around a number, and whether it lets the number be a quantity."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from en_product_attrs.units.table import Reading, UnitTable

if TYPE_CHECKING:
    from en_product_attrs.units.schema import GuardedSpelling

# Texts are judged in blocks of this many characters, with the blocks beside, so that a long text takes linear time.
_BLOCK = 200
# How far on both sides the models of one series are looked for.
_AROUND = 25
_WORD = re.compile(r"[a-z0-9&]+(?:[-'./][a-z0-9]+)*")
_PART = re.compile(r"[a-z0-9]+")
_CHUNK = re.compile(r"[^\s,;()\[\]|]*$")
_LAST_WORD = re.compile(r"([^\s,;()\[\]|]+)[ :]*$")
_OPEN_QUOTE = re.compile(r"(?:^|[\s(\[])\"(?=[^\W_])[^\"]*$")
_LABEL = re.compile(r"(?:^|[^A-Za-z0-9])[LWHDTlwhdtØø]$")
_TIMES = re.compile(r"(?:^|[\s\d\"'.)]|\d[A-Za-z]{1,4})[xX]$")
_CODE_TIMES = re.compile(r"(?:(?:[A-KM-VY-Za-km-vy-z]|[A-Za-z]{2})\d+|[A-Za-z]\d{4,})[xX]$")
# What stands before a stroke in DTSE9G2/64GB; but S8/64GB is a name and a size.
_STROKED_CODE = re.compile(r"(?=.{6})[A-Z]+\d+[A-Z][A-Z0-9]*")
# 456896-001-10Pack
_LONG_NUMBER = re.compile(r"\d{5}")
_NAME = re.compile(" [A-Z]")
_LEADING_ZERO = re.compile(r"0\d")
# Codes are short runs of capitals; in a text all in capitals, so are words.
_CAPITALS_OF_CODE = 5
_CAPITALS_OF_SHOUTED_CODE = 3
_LOWER_OF_WORD = re.compile(r"(?=[a-z]*[aeiouy])[a-z]{5}$")


class Site(NamedTuple):
    """A number with a word after it: `text[start:end]` is the number, `text[end:word]` the gap."""

    start: int
    end: int
    word: int


class Surroundings:
    """The text around a number. One for each text: what it finds out it keeps."""

    def __init__(self, text: str, table: UnitTable) -> None:
        self._text = text
        self._table = table
        self._blocks: dict[int, tuple[str, frozenset[str]]] = {}
        self._capitals: bool | None = None

    def allow(self, guard: "GuardedSpelling", site: Site, stop: int) -> bool:
        """Whether the condition of a spelling holds."""
        if guard.hint_only:
            return False
        number, gap = self._text[site.start : site.end], self._text[site.end : site.word]
        if guard.joined and gap not in ("", "-"):
            return False
        # A single blank and a number that is no code: 12 Bag is as often the end of a name.
        if guard.unless_apart and gap not in ("", "-") and number not in ("1", "one", "One"):
            return False
        if guard.unless_start and site.start == 0:
            return False
        if (
            guard.unless_first
            and site.start == 0
            and _plain(number) in guard.unless_first
            and _NAME.match(self._text, stop)
        ):
            return False
        if guard.below is not None and _plain(number.replace(",", "")) >= guard.below:
            return False
        if guard.fraction and "." not in number and "/" not in number:
            return False
        if guard.unless_value and _plain(number) in guard.unless_value:
            return False
        if guard.followed and not self._follows(guard.followed, stop):
            return False
        if guard.unless_followed and self._follows(guard.unless_followed, stop):
            return False
        if guard.near and not self.near(guard.near, site.start):
            return False
        return not (guard.unless_near and self.near(guard.unless_near, site.start))

    def near(self, lists: list[str], position: int) -> bool:
        """Whether a word of one of the lists stands in the block of `position` or a block beside it."""
        block = position // _BLOCK
        if block not in self._blocks:
            start = max(0, (block - 1) * _BLOCK)
            lowered = self._text[start : (block + 2) * _BLOCK].lower()
            self._blocks[block] = (f" {' '.join(_PART.findall(lowered))} ", frozenset(_WORD.findall(lowered)))
        phrases, words = self._blocks[block]
        for name in lists:
            single, several = _split(self._table, name)
            if not single.isdisjoint(words) or any(phrase in phrases for phrase in several):
                return True
        return False

    def is_name(self, site: Site, reading: Reading, last_stop: int) -> bool:
        """Whether what stands before the number makes it part of a code, a name, a version or a price."""
        text, start = self._text, site.start
        if reading.unit == "in" and text[site.word] == '"' and self._closes_quote(start):
            return True
        if _LEADING_ZERO.match(text, start) is not None:
            return True  # 328215-004"
        if start == 0:
            return False
        before = text[start - 1]
        if before == " ":
            return self._named(reading, start) or self._enumerated(site)
        if start == last_stop:
            return False  # 2lb3oz
        if before.isalnum() or before == "_":
            return self._glued(site, reading)
        if before in "#$£€¥₹":
            return True
        if before in ".:" and text[start - 2 : start - 1].isdigit():
            return True  # versions, ratios, times of day
        if before in "-/" and start - 1 != last_stop:
            return self.is_coded(start, before)
        return False

    def _closes_quote(self, start: int) -> bool:
        return _OPEN_QUOTE.search(self._text[max(0, start - 60) : start]) is not None

    def _named(self, reading: Reading, start: int) -> bool:
        match = _LAST_WORD.search(self._text[max(0, start - 16) : start])
        if match is None:
            return False
        word = match[1].lower()
        named = self._table.content.named
        return word in named.all or (reading.letter and word.strip("'s") in named.letters)

    def _enumerated(self, site: Site) -> bool:
        """Whether the words around count up models: 25M 25F 25P, 1490 1490T 1490LMT."""
        if site.end != site.word:
            return False
        around = self._text[max(0, site.start - _AROUND) : site.word + _AROUND]
        number = re.escape(self._text[site.start : site.end])
        return len(set(re.findall(rf"(?<![^\s/]){number}[A-Z]{{0,4}}(?![^\s/])", around))) > 2

    def _glued(self, site: Site, reading: Reading) -> bool:
        before = self._text[max(0, site.start - 8) : site.start]
        if before[-1].isdigit() or before[-1] == "_":
            return True
        if _TIMES.search(before) is not None:
            return _CODE_TIMES.search(before) is not None
        if reading.dimension == "length" and _LABEL.search(before) is not None:
            return False
        return reading.letter or _LOWER_OF_WORD.search(before) is None

    def is_coded(self, start: int, sign: str) -> bool:
        """Whether a hyphen or stroke ties the number to a code: TX-500M, f/3.5; but Lotion-3oz."""
        match = _CHUNK.search(self._text[max(0, start - 25) : start - 1])
        chunk = match[0] if match is not None else ""
        if sign == "/":
            return chunk in ("f", "F") or _STROKED_CODE.fullmatch(chunk) is not None
        letters = [char for char in chunk if char.isalpha()]
        if not letters:
            return chunk.count("-") > 1 or (sign == "-" and len(_LONG_NUMBER.findall(chunk)) > 0)
        if any(char.isdigit() for char in chunk):
            return True
        if self._capitals is None:
            self._capitals = not any(char.islower() for char in self._text)
        longest = _CAPITALS_OF_SHOUTED_CODE if self._capitals else _CAPITALS_OF_CODE
        return len(letters) <= longest and chunk.isupper()

    def _follows(self, lists: list[str], stop: int) -> bool:
        return any(_following(self._table, name).match(self._text, stop) is not None for name in lists)


def _plain(number: str) -> float:
    return float(number) if number.replace(".", "", 1).isdecimal() else -1.0


@lru_cache(maxsize=256)
def _split(table: UnitTable, name: str) -> tuple[frozenset[str], tuple[str, ...]]:
    words = [word.lower() for word in table.content.words[name]]
    several = [f" {' '.join(_PART.findall(word))} " for word in words if _WORD.fullmatch(word) is None]
    return frozenset(word for word in words if _WORD.fullmatch(word) is not None), tuple(several)


@lru_cache(maxsize=256)
def _following(table: UnitTable, name: str) -> re.Pattern[str]:
    words = table.one_of(table.content.words[name])
    return re.compile(rf"[ -]{{0,2}}(?:{words})(?![A-Za-z0-9])", re.IGNORECASE)
