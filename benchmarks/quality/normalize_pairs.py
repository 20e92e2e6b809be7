"""Pairs of a value as the text has it and the normalized values that are right for it; what all learners share."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from benchmarks.quality.rows import QualityRow

# An attribute, by the category of its rows and its name.
Key = tuple[str, str]
# From a value and the text around it to a normalized value, or None where there is no telling.
Rule = Callable[[str, str], str | None]
# From pairs to a rule, or None where the pairs are of another kind.
Learner = Callable[[list["Pair"]], Rule | None]

_SPACES = re.compile(r"\s+")
# Blanks and marks, but for points and slashes between digits, and signs of inches and feet.
_MARKS = re.compile(r"[^\w./\"']+|(?<!\d)[./]|[./](?!\d)")


@dataclass(frozen=True, slots=True)
class Pair:
    """A value of a row. `right` are the normalized values of its row, `likely` those of them that can be its own."""

    row: str
    value: str
    text: str
    right: tuple[str, ...]
    likely: tuple[str, ...]


def pairs_by_attribute(raw: Iterable[QualityRow], normalized: Iterable[QualityRow]) -> dict[Key, list[Pair]]:
    """The pairs of rows that both files have, matched by id."""
    by_id = {row.id: row for row in raw}
    found: dict[Key, list[Pair]] = defaultdict(list)
    for row in normalized:
        source = by_id.get(row.id)
        if source is None or source.values is None or row.values is None:
            continue
        for name, right in row.values.items():
            values = source.values.get(name, ()) if right else ()
            for index, value in enumerate(values):
                likely = _likely(right, index, len(values))
                found[row.category, name].append(Pair(row.id, value, source.text, right, likely))
    return dict(found)


def _likely(right: tuple[str, ...], index: int, count: int) -> tuple[str, ...]:
    """Normalized values stand in the order of their values, each once: of two values and one, both became that one."""
    extra = count - len(right)
    return right if extra < 0 else right[max(0, index - extra) : index + 1]


def form(value: str) -> str:
    """A value in lower case, with single blanks."""
    return _SPACES.sub(" ", value).strip().casefold()


def loose_form(value: str) -> str:
    """A value in lower case, without blanks and marks that say nothing."""
    return _MARKS.sub("", value).casefold()
