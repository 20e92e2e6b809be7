"""One color phrase at one place: modifiers, a name of the table, a basic color of its kin, trailing modifiers."""

from dataclasses import dataclass
from typing import Literal

from en_product_attrs.colors.table import ColorName, ColorTable, PhraseTree
from en_product_attrs.colors.text import Words
from en_product_attrs.values import Color

Level = Literal["yes", "goods", "near", "abbreviation"]

_MAX_MODIFIERS = 4


@dataclass(frozen=True, slots=True)
class Reading:
    """Words `first` to `last`, both included, read as `color`. `base` is the name of the table under it."""

    first: int
    last: int
    color: Color
    base: ColorName
    level: Level


def read_at(words: Words, i: int, table: ColorTable, *, in_span: bool) -> Reading | None:
    """The longest color phrase that begins at word `i`. `in_span`: names count that free text does not count."""
    plain = _read_name(words, i, table, in_span=in_span)
    if not _is_modifier(_full(words, i, table), table, in_span=in_span):
        return plain
    modified = _read_modified(words, i, table, in_span=in_span)
    if plain is None or (modified is not None and modified.last > plain.last):
        return modified
    return plain


def read_first_word(words: Words, reading: Reading, table: ColorTable) -> Reading | None:
    """The color that the first word of a longer name is alone: `black` of `black marble`."""
    base = table.phrases.get((words.words[reading.first],))
    if reading.last == reading.first or base is None or base.scan != "yes":
        return None
    return Reading(reading.first, reading.first, Color(base.name, base.family, base.hex), base, "yes")


def _is_modifier(word: str, table: ColorTable, *, in_span: bool) -> bool:
    modifiers = table.words.modifiers
    return word in modifiers.finish or word in modifiers.shade or (in_span and word in modifiers.loose)


def _read_modified(words: Words, i: int, table: ColorTable, *, in_span: bool) -> Reading | None:
    finish = table.words.modifiers.finish
    found: list[str] = []
    best: Reading | None = None
    for j in range(i, min(i + _MAX_MODIFIERS, len(words.words) - 1)):
        word = _full(words, j, table)
        if not _is_modifier(word, table, in_span=in_span) or not words.gap(j) or not words.joined(j):
            break
        found.append(word)
        inner = _read_name(words, j + 1, table, in_span=in_span)
        # The longest wins; of equals the first, in which a longer name (`heather gray`) takes its modifier along.
        if inner is not None and (best is None or inner.last > best.last):
            keeps_hex = all(word in finish for word in found)
            color = _with_modifiers(found, inner, keeps_hex=keeps_hex, table=table)
            best = Reading(i, inner.last, color, inner.base, inner.level)
    return best


def _with_modifiers(found: list[str], inner: Reading, *, keeps_hex: bool, table: ColorTable) -> Color:
    listed = table.phrases.get((*found, *inner.color.name.lower().split()))
    if listed is not None:
        return Color(listed.name, listed.family, listed.hex)
    name = " ".join([*map(str.capitalize, found), inner.color.name])
    return Color(name, inner.color.family, inner.color.hex if keeps_hex else None)


def _read_name(words: Words, i: int, table: ColorTable, *, in_span: bool) -> Reading | None:
    if i >= len(words.words):
        return None
    reading = _look_up(words, i, table)
    if reading is None:
        return None
    reading = _with_head(words, reading, table)
    if reading.base.scan == "no" and reading.color.name == reading.base.name and not in_span:
        return None
    return _with_trailing(words, reading, table)


def _full(words: Words, i: int, table: ColorTable) -> str:
    return table.words.abbreviations.get(words.words[i], words.words[i])


def _look_up(words: Words, i: int, table: ColorTable) -> Reading | None:
    """The longest name or alias at word `i`."""
    first = words.words[i]
    full = table.words.abbreviations.get(first)
    phrase = [first] if full is None else full.split()
    node: PhraseTree | None = table.tree
    for word in phrase:
        node = node.children.get(word) if node else None
    last, length, j = -1, 0, i
    while node is not None:
        if node.is_end:
            last, length = j, len(phrase)
        if not node.children or j + 1 >= len(words.words) or not words.joined(j):
            break
        j += 1
        word = _full(words, j, table)
        phrase.append(word)
        node = node.children.get(word)
    if last < 0:
        return None
    base = table.phrases[tuple(phrase[:length])]
    level: Level = "near" if base.scan == "no" else base.scan
    # `storm gray`, an alias of Storm, is as plain as Gray.
    if last > i and level == "near" and phrase[length - 1] in table.words.kin:
        level = "yes"
    if full is not None and last == i:
        level = "abbreviation"
    return Reading(i, last, Color(base.name, base.family, base.hex), base, level)


def _with_head(words: Words, reading: Reading, table: ColorTable) -> Reading:
    """`burgundy red`: a basic color after a name of its kin is one color with it."""
    name, last = reading.color.name, reading.last
    is_basic = name.lower() == reading.base.family
    if is_basic or last + 1 >= len(words.words) or not words.adjacent(last):
        return reading
    head = _full(words, last + 1, table)
    if head not in table.words.kin or reading.base.family not in table.words.kin[head]:
        return reading
    # `navy blue gray`: the head may itself begin a longer name.
    following = _look_up(words, last + 1, table)
    if following is None or following.last != last + 1 or name.lower().endswith(head):
        return reading
    color = Color(f"{name} {head.capitalize()}", head, None)
    return Reading(reading.first, last + 1, color, reading.base, "yes")


def _with_trailing(words: Words, reading: Reading, table: ColorTable) -> Reading:
    """`black matte` is `matte black`, unless the modifier belongs to a color after it (`black matte silver`)."""
    last = reading.last
    if last + 1 >= len(words.words) or not words.adjacent(last):
        return reading
    modifier = _full(words, last + 1, table)
    if modifier not in table.words.trailing_modifiers or modifier.capitalize() in reading.color.name.split():
        return reading
    if last + 2 < len(words.words) and words.joined(last + 1) and _look_up(words, last + 2, table) is not None:
        return reading
    keeps_hex = modifier in table.words.modifiers.finish
    color = _with_modifiers([modifier], reading, keeps_hex=keeps_hex, table=table)
    return Reading(reading.first, last + 1, color, reading.base, reading.level)
