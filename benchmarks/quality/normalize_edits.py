"""Edits of the letters of a value: to upper case, without marks, some of its digits, words written out."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

from benchmarks.quality.normalize_pairs import Pair, Rule

Edit = Callable[[str], str | None]

_TOKEN = re.compile(r"[^\W\d_]+|\d+(?:[.,]\d+)*|\s+|.", re.DOTALL)
_NUMBER = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(?:(k)\b)?", re.IGNORECASE)
_MOST_SLICES = 5
_LONGEST_SEGMENT = 3


class _Place(NamedTuple):
    """A segment in lower case, and the kind of what stands on both sides of it."""

    before: str
    segment: str
    after: str

    def anywhere(self) -> "_Place":
        return _Place("", self.segment, "")


def learn_edit(pairs: list[Pair]) -> Rule | None:
    """The one edit that explains most of the pairs."""
    edits = [*_EDITS, *_slices(pairs)]
    hits = [sum(edit(pair.value) in pair.right for pair in pairs) for edit in edits]
    if not any(hits):
        return None
    edit = edits[hits.index(max(hits))]
    return lambda value, _text: edit(value)


def _same(value: str) -> str:
    return value


def _without_marks(value: str) -> str:
    return "".join(filter(str.isalnum, value))


def _first_number(value: str) -> str | None:
    """The first number if it is whole, `k` read as thousands."""
    match = _NUMBER.search(value)
    if match is None:
        return None
    number = float(match[1].replace(",", "") + (match[2] or "")) * (1000 if match[3] else 1)
    return f"{number:.0f}" if number.is_integer() else None


_EDITS: tuple[Edit, ...] = (_same, str.upper, str.lower, str.title, _without_marks, _first_number)


def _slices(pairs: list[Pair]) -> Iterator[Edit]:
    """Parts of the value at the places where most pairs have their normalized value."""
    places = Counter(
        (start, start + len(right))
        for pair in pairs
        for right in pair.likely
        for start in range(len(pair.value) - len(right) + 1)
        if pair.value.startswith(right, start)
    )
    return (_slice(start, end) for (start, end), _ in places.most_common(_MOST_SLICES))


def _slice(start: int, end: int) -> Edit:
    return lambda value: value[start:end] if len(value) >= end else None


def learn_rewriting(pairs: list[Pair]) -> Rule | None:
    """Words that are written out, or otherwise changed, wherever they stand.

    What a segment becomes may depend on whether a number, a word, a mark or nothing stands beside it.
    """
    seen: dict[_Place, Counter[str]] = defaultdict(Counter)
    for pair in pairs:
        if len(pair.likely) == 1:
            for place, became in _changes(_TOKEN.findall(pair.value), _TOKEN.findall(pair.likely[0])):
                seen[place][became] += 1
                seen[place.anywhere()][became] += 1
    changes = {place: became.most_common(1)[0][0] for place, became in seen.items()}
    if all(became.casefold() == place.segment for place, became in changes.items()):
        return None
    return lambda value, _text: _rewrite(_TOKEN.findall(value), changes)


def _changes(source: list[str], target: list[str]) -> Iterator[tuple[_Place, str]]:
    """What became of each segment of the source, tokens that stay included."""
    for kind, start, end, other_start, other_end in SequenceMatcher(None, source, target, False).get_opcodes():
        if kind == "equal":
            for index in range(start, end):
                yield _place(source, index, index + 1), source[index]
        elif start < end <= start + _LONGEST_SEGMENT:
            yield _place(source, start, end), "".join(target[other_start:other_end])


def _place(tokens: list[str], start: int, end: int) -> _Place:
    return _Place(_kind(tokens, start - 1), "".join(tokens[start:end]).casefold(), _kind(tokens, end))


def _kind(tokens: list[str], index: int) -> str:
    if not 0 <= index < len(tokens):
        return "edge"
    first = tokens[index][0]
    return "number" if first.isdigit() else "word" if first.isalpha() else "mark"


def _rewrite(tokens: list[str], changes: dict[_Place, str]) -> str:
    written = []
    start = 0
    while start < len(tokens):
        end, became = _next(tokens, start, changes)
        written.append(became)
        start = end
    return "".join(written)


def _next(tokens: list[str], start: int, changes: dict[_Place, str]) -> tuple[int, str]:
    """The end of the longest known segment from here, and what it becomes. What stays, stays in its own case."""
    for end in range(min(start + _LONGEST_SEGMENT, len(tokens)), start, -1):
        place = _place(tokens, start, end)
        became = changes.get(place, changes.get(place.anywhere()))
        if became is not None and became.casefold() != place.segment:
            return end, became
    return start + 1, tokens[start]
