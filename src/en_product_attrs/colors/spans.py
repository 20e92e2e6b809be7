"""Colors of a span that is known to be a color: every part of it counts, known or not."""

import re

from rapidfuzz import process
from rapidfuzz.distance import OSA

from en_product_attrs.colors.reading import Reading, read_at
from en_product_attrs.colors.table import ColorTable
from en_product_attrs.colors.text import Words, split_words
from en_product_attrs.values import Color, Match

_SPLIT = re.compile(r"[,;:/|()\[\]{}+\n\r\t•·]|\s[-–—]+\s|–|—")
_LINKS = frozenset({"and", "with", "or"})

# Similarity (1 - edits / length) from which a word that no list knows is taken for a name: one edit in five letters.
# Of names with one random edit, 99% come out right, and 3% of the other words of titles are changed (`pearls`,
# `liner`); at 0.85 it is 65% and 0.5%. The first letter must agree, or `crown` would be brown and `blank` black.
FUZZY_CUTOFF = 0.8
_MIN_LETTERS = 5

# Corrections and reordering settle in two readings; the limit only keeps a rule file from looping.
_MAX_READINGS = 4


def read_span(surface: str, table: ColorTable) -> tuple[Match[Color], ...]:
    """One match for each color of the span. An unknown name has no hex, and no family but for a head."""
    return tuple(
        Match(match.start_char, match.end_char, match.text, _settle(match.value, table))
        for match in _read_once(surface, table)
    )


def _settle(color: Color, table: ColorTable) -> Color:
    """The color that its own name is read as, so that normalizing it again changes nothing."""
    for _ in range(_MAX_READINGS):
        again = _read_once(color.name, table)
        if len(again) != 1 or again[0].value == color:
            break
        color = again[0].value
    return color


def _read_once(surface: str, table: ColorTable) -> list[Match[Color]]:
    words = split_words(surface, table.words.spellings)
    corrected = [_correct(word, table) for word in words.words]
    words = Words(surface, corrected, words.starts, words.ends, words.gaps)
    matches: list[Match[Color]] = []
    first = 0
    for i in range(len(words.words)):
        is_link = words.words[i] in _LINKS
        if is_link or _ends_segment(words, i):
            matches.extend(_read_segment(words, first, i - 1 if is_link else i, table))
            first = i + 1
    return matches


def _ends_segment(words: Words, i: int) -> bool:
    return i == len(words.words) - 1 or _SPLIT.search(words.gap(i)) is not None


def _correct(word: str, table: ColorTable) -> str:
    if len(word) < _MIN_LETTERS or word in table.known_words:
        return word
    choices = table.vocabulary.get(word[0], ())
    found = process.extractOne(word, choices, scorer=OSA.normalized_similarity, score_cutoff=FUZZY_CUTOFF)
    return str(found[0]) if found else word


def _read_segment(words: Words, first: int, last: int, table: ColorTable) -> list[Match[Color]]:
    part = _slice(words, first, last)
    readings: list[Reading] = []
    i = 0
    while i < len(part.words):
        reading = read_at(part, i, table, in_span=True)
        if reading is not None:
            readings.append(reading)
        i = reading.last + 1 if reading is not None else i + 1
    if readings:
        return _attach_unknown(part, readings, table)
    fillers = table.words.fillers
    known = [i for i in range(len(part.words)) if not _is_filler(part, i, fillers)]
    if not known:
        return []
    first, last = known[0], known[-1]
    return [_match(part, first, last, Color(_clean(part, first, last, fillers), None, None))]


def _attach_unknown(words: Words, readings: list[Reading], table: ColorTable) -> list[Match[Color]]:
    """Words between colors belong to the color after them, those at the end to the last color."""
    fillers, tails = table.words.fillers, table.words.tails
    matches = []
    start = 0
    for k, reading in enumerate(readings):
        first, last, color = start, reading.last, reading.color
        while first < reading.first and (words.words[first] in fillers or words.words[first] in tails):
            first += 1
        end = last
        if k == len(readings) - 1:
            end = len(words.words) - 1
            while end > last and (words.words[end] in tails or _is_filler(words, end, fillers)):
                end -= 1
        if first < reading.first or end > last:
            before = _clean(words, first, reading.first - 1, fillers)
            after = _clean(words, last + 1, end, fillers)
            color = Color(" ".join(filter(None, (before, color.name, after))), color.family, None)
        matches.append(_match(words, first, end, color))
        start = last + 1
    return matches


def _is_filler(words: Words, i: int, fillers: frozenset[str]) -> bool:
    return words.words[i] in fillers or words.words[i].isdecimal()


def _slice(words: Words, first: int, last: int) -> Words:
    return Words(
        words.text,
        words.words[first : last + 1],
        words.starts[first : last + 1],
        words.ends[first : last + 1],
        # In a known span no sign says that two words are apart, but those that end a segment.
        ["", *[" "] * (last - first), ""],
    )


def _match(words: Words, first: int, last: int, color: Color) -> Match[Color]:
    start, end = words.starts[first], words.ends[last]
    return Match(start, end, words.text[start:end], color)


def _clean(words: Words, first: int, last: int, fillers: frozenset[str]) -> str:
    return " ".join(_case(words, i) for i in range(first, last + 1) if words.words[i] not in fillers)


def _case(words: Words, i: int) -> str:
    """The word as written where it has a case of its own, else capitalized, in canonical spelling."""
    surface = words.surface(i)
    word = words.words[i]
    if surface.lower() == word and surface.isascii() and not surface.islower() and not surface.isupper():
        return surface
    return word.capitalize() if word.isascii() else surface
