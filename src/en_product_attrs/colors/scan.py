"""Colors in free text: which color words say what color the product is."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from en_product_attrs.colors.reading import Reading, read_at, read_first_word
from en_product_attrs.colors.table import ColorTable
from en_product_attrs.colors.text import Words, split_words

# Words to each side that make the context: a title, or a sentence or two of a description.
_WINDOW = 30

_LABEL_GAP = re.compile(r"\s*[:=\-–]?\s*")
_LIST_GAP = re.compile(r"\s*[/+|]\s*")
_COMMA_GAP = re.compile(r"\s*[,;]\s*")
_LINKS = frozenset({"and", "with", "w"})


def scan(text: str, table: ColorTable) -> tuple[Words, list[Reading]]:
    """The words of the text, and the colors in it in order."""
    words = split_words(text, table.words.spellings)
    readings = _candidates(words, table)
    if not readings:
        return words, []
    context = _Context(words, table)
    silent = [_is_silenced(words, reading, context) for reading in readings]
    _spread_silence(words, readings, silent)
    kept = [reading for reading, is_silent in zip(readings, silent, strict=True) if not is_silent]
    return words, _with_evidence(words, kept, context)


def _candidates(words: Words, table: ColorTable) -> list[Reading]:
    silent, starters = table.silent_tree.children, table.starters
    readings: list[Reading] = []
    blocked_until = free_from = 0
    for i, word in enumerate(words.words):
        if word in silent:
            end = _silent_end(words, i, table)
            blocked_until = max(blocked_until, end)
            # A name that begins inside a color takes it along: `dark blue diamond`.
            while readings and end > i and readings[-1].last >= i:
                readings.pop()
        if word not in starters or i < free_from or i < blocked_until:
            continue
        reading = read_at(words, i, table, in_span=False)
        if reading is not None:
            readings.append(reading)
            free_from = reading.last + 1
    return readings


def _silent_end(words: Words, i: int, table: ColorTable) -> int:
    """The word after the longest silent phrase at word `i`, or `i`."""
    node = table.silent_tree.children.get(words.words[i])
    end, j = i, i
    while node is not None:
        if node.is_end:
            end = j + 1
        if not node.children or j + 1 >= len(words.words) or not words.loosely_joined(j):
            break
        j += 1
        node = node.children.get(words.words[j])
    return end


class _Context:
    """Where the words stand that say what the text is about."""

    def __init__(self, words: Words, table: ColorTable) -> None:
        self.table = table
        rules = table.words
        self.goods = [i for i, word in enumerate(words.words) if word in rules.goods]
        self.durables = [i for i in self.goods if words.words[i] not in rules.containers]
        self.consumables = [
            i for i, word in enumerate(words.words) if word in rules.consumables and not self.is_ware(words, i, reach=2)
        ]

    def is_ware(self, words: Words, i: int, *, reach: int) -> bool:
        """Whether word `i` only says what a thing within `reach` words is for: `tea towel`, `coffee bean grinder`."""
        for j in range(i + 1, i + 1 + reach):
            if j >= len(words.words) or not words.adjacent(j - 1):
                return False
            if words.words[j] in self.table.things:
                return True
        return False

    def has_goods(self, reading: Reading) -> bool:
        return _any_near(self.goods, reading)

    def is_consumable(self, reading: Reading) -> bool:
        return _any_near(self.consumables, reading) and not _any_near(self.durables, reading)


def _any_near(places: Sequence[int], reading: Reading) -> bool:
    low = bisect_left(places, reading.first - _WINDOW)
    high = bisect_right(places, reading.last + _WINDOW)
    # The words of the color itself say nothing of its context: `cream`, `chocolate`.
    own = bisect_right(places, reading.last) - bisect_left(places, reading.first)
    return high - low > own


def _is_silenced(words: Words, reading: Reading, context: _Context) -> bool:
    first, last = reading.first, reading.last
    rules = context.table.words
    if not _stands_free(words, reading, context.table):
        return True
    if words.gap(last)[:1] in ("®", "™"):
        return True
    if words.adjacent(last) and _is_cued(words, reading, context):
        return True
    if first and words.words[first - 1] in context.table.previous_words and words.adjacent(first - 1):
        return True
    if reading.base.name in rules.metals.colors and _is_metal(words, reading, context.table):
        return True
    # An abbreviation needs evidence of its own.
    if reading.level == "abbreviation" or is_labelled(words, reading, context.table):
        return False
    return context.is_consumable(reading)


def _stands_free(words: Words, reading: Reading, table: ColorTable) -> bool:
    """Whether the phrase is no part of a longer word or part number (`BlackBerry`, `XR-BLK-20`)."""
    first, last = reading.first, reading.last
    before, after = words.gap(first - 1), words.gap(last)
    if first and before.endswith(("_", "@", "#")):
        return False
    if first and not before and (words.words[first - 1].isdecimal() or not _may_glue(words, first - 1, table)):
        return False
    if last < len(words.words) - 1:
        if after.startswith(("_", ".c", "@")):
            return False
        if not after and not _may_glue(words, last + 1, table):
            return False
        if after == "-" and words.words[last + 1].isdecimal() and before == "-":
            return False
    return True


def _may_glue(words: Words, i: int, table: ColorTable) -> bool:
    """`BlackALTERNATE`, `BlackWhite`: listings that lost a space."""
    surface = words.surface(i)
    name = table.phrases.get((words.words[i],))
    return (name is not None and name.scan == "yes") or (len(surface) > 2 and surface.isupper())


def _is_cued(words: Words, reading: Reading, context: _Context) -> bool:
    cue = context.table.words.next_words.get(words.words[reading.last + 1])
    if cue is None or (cue != "any" and words.words[reading.last] not in cue and words.words[reading.first] not in cue):
        return False
    return not context.is_ware(words, reading.last + 1, reach=1)


def _is_metal(words: Words, reading: Reading, table: ColorTable) -> bool:
    metals = table.words.metals
    before, after = reading.first - 1, reading.last + 1
    if before >= 0 and words.loosely_joined(before) and words.words[before] in metals.before:
        return True
    return after < len(words.words) and words.adjacent(after - 1) and words.words[after] in metals.after


def _spread_silence(words: Words, readings: list[Reading], silent: list[bool]) -> None:
    """`green and white tea`: what silences the last of a list silences the list."""
    for k in range(len(readings) - 2, -1, -1):
        if silent[k + 1] and not silent[k] and _is_linked(words, readings[k], readings[k + 1], with_comma=False):
            silent[k] = not words.boundary(readings[k + 1].last)


def _with_evidence(words: Words, readings: list[Reading], context: _Context) -> list[Reading]:
    """The readings that count of themselves, and those that something speaks for."""
    sure = [r.level == "yes" or r.level == "goods" or _has_evidence(words, r, context) for r in readings]
    # Evidence travels along a list in both directions: `Black/Coffee/Sand`.
    for order in (range(1, len(readings)), range(len(readings) - 2, -1, -1)):
        for k in order:
            neighbour = k - 1 if order.step > 0 else k + 1
            left, right = sorted((k, neighbour))
            if sure[neighbour] and not sure[k]:
                with_comma = context.has_goods(readings[k]) and readings[k].level != "abbreviation"
                sure[k] = _is_linked(words, readings[left], readings[right], with_comma=with_comma)
    found: list[Reading] = []
    for reading, is_sure in zip(readings, sure, strict=True):
        shorter = None if is_sure else read_first_word(words, reading, context.table)
        if is_sure:
            found.append(reading)
        elif shorter is not None and not _is_silenced(words, shorter, context):
            found.append(shorter)
    return found


def _is_linked(words: Words, left: Reading, right: Reading, *, with_comma: bool) -> bool:
    between = range(left.last + 1, right.first)
    if len(between) == 1 and words.words[between[0]] in _LINKS:
        return True
    if between:
        return False
    gap = words.gap(left.last)
    return _LIST_GAP.fullmatch(gap) is not None or (with_comma and _COMMA_GAP.fullmatch(gap) is not None)


def _has_evidence(words: Words, reading: Reading, context: _Context) -> bool:
    first, last = reading.first, reading.last
    if is_labelled(words, reading, context.table):
        return True
    if reading.level == "abbreviation":
        return False
    if words.adjacent(last) and words.words[last + 1] in context.table.words.color_followers:
        return True
    is_segment = words.boundary(first - 1) and words.boundary(last) and (first > 0 or last < len(words.words) - 1)
    if is_segment and reading.color.family == "multicolor":
        return True
    if not context.has_goods(reading):
        return False
    rules = context.table.words
    # `Card Holder Mahogany -`
    follows_noun = words.boundary(last) and words.adjacent(first - 1) and words.words[first - 1] in rules.goods
    if is_segment or follows_noun or words.words[last] in rules.materials:
        return is_segment or follows_noun
    return words.adjacent(last) and words.words[last + 1] in context.table.nouns


def is_labelled(words: Words, reading: Reading, table: ColorTable) -> bool:
    """Whether the text says that a color follows: `Color: Coffee`."""
    label = reading.first - 1
    if label < 0 or words.words[label] not in table.words.labels or not _LABEL_GAP.fullmatch(words.gap(label)):
        return False
    return label == 0 or words.words[label - 1] not in table.words.label_blockers or words.boundary(label - 1)
