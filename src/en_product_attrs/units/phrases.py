"""The words that bound a value, name its role, or count what is sold."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from en_product_attrs.units.table import UnitTable
from en_product_attrs.values import Relation

# How far before a value its words are looked for.
_REACH = 28
_PLUS = re.compile(r"\d\+(?![/-])")
_DIGIT_NEXT = re.compile(r" ?\d")
_AFTER = re.compile(r"[ -]?\(?([^\W\d_]+|[+&])")


class Bounds(NamedTuple):
    """What words around a value say of it, and how far they reach."""

    start: int
    stop: int
    relation: Relation | None


class PhraseReader:
    """Patterns for the words of a table."""

    def __init__(self, table: UnitTable) -> None:
        content = table.content
        limits, roles = content.limits.items(), content.roles.items()
        # By the word next to the number, so that most numbers cost one look-up.
        self._limits_before = _by_word(((name, word) for name, around in limits for word in around.before), -1)
        self._limits_after = _by_word(((name, word) for name, around in limits for word in around.after), 0)
        self._roles_before = _by_word(((name, word) for name, role in roles for word in role.before), -1)
        self._roles_after = _by_word(((name, word) for name, role in roles for word in role.after), 0)
        self._roles = content.roles
        # L, and what else may stand between the extents of a thing: 14" wide x 10" deep.
        extents = [(name, role) for name, role in roles if role.letter]
        letters = {word.lower(): name for name, role in extents for word in (role.letter or "", *role.after)}
        self._letters = letters
        self.label = re.compile(rf"[ ]?\(?({table.one_of(letters)})\)?(?![A-Za-z0-9])", re.IGNORECASE)
        self.label_before = re.compile(rf"(?:^|[^A-Za-z0-9])({table.one_of(letters)})[:. ]{{0,2}}$", re.IGNORECASE)
        self.units_before = {spelling: name for name, unit in content.units.items() for spelling in unit.before}
        spellings = "|".join(map(re.escape, self.units_before)) or "(?!)"
        self.unit_before = re.compile(rf"(?<![A-Za-z0-9])({spellings})[ :-]?(?=\d)")
        containers = table.one_of(content.containers)
        of, over = table.one_of(content.of), "|".join(re.escape(word).replace(r"\ ", " ") for word in content.over)
        self._pack_of = re.compile(rf"(?<![A-Za-z])(?:{containers}) ?(?:{of}) ?\(?$", re.IGNORECASE)
        self._counted_ends = {words[-1].lower() for words in content.counted}
        self._counted = re.compile(rf"(?<![A-Za-z])(?:{table.one_of(content.counted)})[ :]{{1,2}}$", re.IGNORECASE)
        self._per_pack = re.compile(rf" ?(?:{over}) ?(?:{containers})(?![A-Za-z])", re.IGNORECASE)
        self._noun_per_pack = re.compile(rf" [a-z]+ ?(?:/|per) ?(?:{containers})(?![A-Za-z])", re.IGNORECASE)
        nouns = table.one_of(content.piece_nouns)
        self.piece_noun = re.compile(rf"[ -]{{1,2}}(?:[a-z]+ )?(?:{nouns})(?![A-Za-z])", re.IGNORECASE)

    def bounds(self, text: str, start: int, stop: int) -> Bounds:
        """The limit or approximation that is said of `text[start:stop]`, and the span with those words."""
        before = _ends_with(self._limits_before, text, start)
        if before is not None:
            return Bounds(before[1], stop, _relation(before[0]))
        if _PLUS.search(text, start, stop):
            return Bounds(start, stop, "min")  # 2+ years
        after = _goes_on_with(self._limits_after, text, stop)
        return Bounds(start, stop, None) if after is None else Bounds(start, after[1], _relation(after[0]))

    def role(self, text: str, start: int, stop: int, dimension: str) -> str | None:
        """The role that the words around `text[start:stop]` give it."""
        label = self.label.match(text, stop)
        found = self._letters[label[1].lower()] if label is not None else None
        if found is None:
            words = _goes_on_with(self._roles_after, text, stop) or _ends_with(self._roles_before, text, start)
            found = words[0] if words is not None else None
        if found is None:
            label = self.label_before.search(text[max(0, start - 6) : start])
            found = self._letters[label[1].lower()] if label is not None else None
        return found if found is not None and dimension in self._roles[found].dimensions else None

    def pack(self, text: str, start: int, end: int, *, any_noun: bool) -> tuple[int, int] | None:
        """The span of `Pack of 6` or `12/box` around the number `text[start:end]`, or None.

        With `any_noun`, of `25 guides per set` too.
        """
        following = text[end : end + 1]
        if any_noun and (match := self._noun_per_pack.match(text, end)):
            return start, match.end()
        if following in ("/", " ", "-"):
            match = self._per_pack.match(text, end)
            if match is not None:
                return start, match.end()
        window = text[max(0, start - _REACH) : start]
        last = window.rstrip(" :(")[-1:].lower()
        found = None
        if last == "f":
            found = self._pack_of.search(window)
        elif last in self._counted_ends:
            found = self._counted.search(window)
        if found is not None:
            return start - len(window) + found.start(), end
        return None


def _relation(name: str) -> Relation:
    return "min" if name == "min" else "max" if name == "max" else "approx"


_Index = dict[str, list[tuple[str, str]]]


def _by_word(phrases: Iterable[tuple[str, str]], position: int) -> _Index:
    """Name and phrase by the first word of the phrase (0) or the last (-1), the longest phrases first."""
    index: _Index = {}
    for name, phrase in sorted(phrases, key=lambda item: -len(item[1])):
        lowered = phrase.lower().strip(".")
        index.setdefault(lowered.split()[position], []).append((name, lowered))
    return index


def _ends_with(index: _Index, text: str, start: int) -> tuple[str, int] | None:
    """The name of a phrase that ends right before `start`, and where it begins."""
    window = text[max(0, start - _REACH) : start].lower().rstrip(" :.(")
    word = window[max(map(window.rfind, " (,;/")) + 1 :]
    for name, phrase in index.get(word, ()):
        if window.endswith(phrase):
            first = len(window) - len(phrase)
            if first == 0 or not (window[first - 1].isalnum() and phrase[0].isalnum()):
                return name, max(0, start - _REACH) + first
    return None


def _goes_on_with(index: _Index, text: str, stop: int) -> tuple[str, int] | None:
    """The name of a phrase that begins right after `stop`, and where it ends."""
    match = _AFTER.match(text, stop)
    if match is None:
        return None
    for name, phrase in index.get(match[1].lower(), ()):
        end = match.start(1) + len(phrase)
        if phrase == "+" and match.start(1) > stop and _DIGIT_NEXT.match(text, end):
            continue  # 1 cup + 2 tbsp
        if text[match.start(1) : end].lower() == phrase and not text[end : end + 1].isalnum():
            return name, end
    return None
