"""The values that are known: canonical value and id for a surface, exactly or nearly."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from rapidfuzz import process
from rapidfuzz.distance import OSA

from en_product_attrs.csvfiles import read_csv
from en_product_attrs.datafiles import load_yaml
from en_product_attrs.errors import DataFileError
from en_product_attrs.resources import rules_dir

Safe = Literal["yes", "case", "aliases", "no"]

_MARKS = re.compile("[™®©℠]|\\((?:tm|r|c)\\)", re.IGNORECASE)
_APOSTROPHES = re.compile("['\u2018\u2019\u0060\u00b4]")
_WORDS = re.compile(r"[^\W_]+|\+")
_DIGITS = re.compile(r"\d+")

# Shorter names have neighbours one edit away that are other names (`LG`, `GE`; `Dove`, `Dore`).
_MIN_FUZZY_LETTERS = 5


class _Row(BaseModel):
    """A line of a CSV file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[a-z_]+:[^\s:]+$")]
    attribute: str
    value: str
    family: str | None = None
    aliases: tuple[str, ...] = ()
    loose_aliases: tuple[str, ...] = ()
    safe: Safe


class Matching(BaseModel):
    """The content of matching.yml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    legal_suffixes: frozenset[str]
    thresholds: dict[str, Annotated[float, Field(ge=0, le=101)]]


@dataclass(frozen=True, slots=True)
class KnowledgeEntry:
    """A canonical value and its other names.

    `safe` says what may be matched in free text: value and `aliases` in any case (yes), both only in the case in
    which they are written (case), the `aliases` alone (aliases), or nothing (no). `loose_aliases` are never matched
    there: they serve to normalize a span that is known to hold the attribute.
    """

    id: str
    attribute: str
    value: str
    family: str | None = None
    aliases: tuple[str, ...] = ()
    loose_aliases: tuple[str, ...] = ()
    safe: Safe = "no"

    @property
    def surfaces(self) -> tuple[str, ...]:
        """All names, the canonical one first."""
        return (self.value, *self.aliases, *self.loose_aliases)


@dataclass(frozen=True)
class KnowledgeBase:
    """Entries, found by attribute and surface. Immutable; the indexes are built when first asked for."""

    entries: tuple[KnowledgeEntry, ...]
    matching: Matching

    @classmethod
    def from_dir(cls, path: Path | None = None, *, more: Path | None = None) -> "KnowledgeBase":
        """Read all CSV files of a folder and its matching.yml, and those of a second folder, if it is there.

        Raises DataFileError for the first fault.
        """
        path = path or rules_dir() / "values"
        matching = load_yaml(path / "matching.yml", Matching, "See the comments in the file")
        placed = [*_read_entries(path), *(_read_entries(more) if more is not None else ())]
        for problem in _find_conflicts(placed, matching):
            raise problem
        return cls(tuple(entry for _, _, entry in placed), matching)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, from which `from_dict` builds an equal one."""
        entries = [_compact(entry) for entry in self.entries]
        suffixes = sorted(self.matching.legal_suffixes)
        return {"entries": entries, "legal_suffixes": suffixes, "thresholds": dict(self.matching.thresholds)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "KnowledgeBase":
        entries = TypeAdapter(list[KnowledgeEntry]).validate_python(data["entries"])
        suffixes = frozenset(data["legal_suffixes"])
        return cls(tuple(entries), Matching(legal_suffixes=suffixes, thresholds=data["thresholds"]))

    def extended(self, entries: Iterable[KnowledgeEntry]) -> "KnowledgeBase":
        """A knowledge base with more entries; for surfaces that both have, the new ones count."""
        return KnowledgeBase((*self.entries, *entries), self.matching)

    def lookup(self, attribute: str, surface: str) -> KnowledgeEntry | None:
        """The entry whose value or alias is `surface`, but for case, marks, legal suffixes, spaces and hyphens."""
        found = self._exact.get(attribute)
        return found.get(normal_form(surface, self._suffixes(attribute))) if found else None

    def match(self, attribute: str, surface: str) -> tuple[KnowledgeEntry, float] | None:
        """The entry for `surface` and its similarity (0 to 100), misspellings included; None below the threshold."""
        exact = self._exact.get(attribute)
        if not exact:
            return None
        key = normal_form(surface, self._suffixes(attribute))
        entry = exact.get(key)
        if entry is not None:
            return entry, 100.0
        threshold = self.matching.thresholds.get(attribute, self.matching.thresholds.get("default", 101))
        if threshold > 100 or len(key) < _MIN_FUZZY_LETTERS:
            return None
        choices = self._by_initial[attribute].get(key[0], ())
        found = process.extractOne(key, choices, scorer=OSA.normalized_similarity, score_cutoff=threshold / 100)
        # `Gen 8` is no misspelling of `Gen 9`.
        if found is None or _DIGITS.findall(found[0]) != _DIGITS.findall(key):
            return None
        return exact[found[0]], 100 * float(found[1])

    def patterns(self, attribute: str | None = None) -> Iterator[tuple[str, KnowledgeEntry]]:
        """Surface and entry for all that may be matched in free text; `entry.safe == "case"`: only in this case."""
        for entry in self.entries:
            if entry.safe == "no" or attribute not in (None, entry.attribute):
                continue
            if entry.safe != "aliases":
                yield entry.value, entry
            yield from ((surface, entry) for surface in entry.aliases)

    def _suffixes(self, attribute: str) -> frozenset[str]:
        return self.matching.legal_suffixes if attribute == "brand" else frozenset()

    @cached_property
    def _exact(self) -> dict[str, dict[str, KnowledgeEntry]]:
        index: dict[str, dict[str, KnowledgeEntry]] = {}
        for entry in self.entries:
            names = index.setdefault(entry.attribute, {})
            for surface in entry.surfaces:
                names[normal_form(surface, self._suffixes(entry.attribute))] = entry
        return index

    @cached_property
    def _by_initial(self) -> dict[str, dict[str, list[str]]]:
        # Misspellings rarely touch the first letter, and a part of the names is searched in a part of the time.
        index: dict[str, dict[str, list[str]]] = {}
        for attribute, names in self._exact.items():
            initials = index.setdefault(attribute, {})
            for key in names:
                if len(key) >= _MIN_FUZZY_LETTERS:
                    initials.setdefault(key[0], []).append(key)
        return index


def normal_form(surface: str, suffixes: frozenset[str] = frozenset()) -> str:
    """What is compared: letters and digits in lower case, without accents, marks, spaces and trailing `suffixes`."""
    plain = _MARKS.sub("", surface).casefold()
    if not plain.isascii():
        # Folded again, for some letters have a capital only once they are taken apart (a styled S).
        plain = "".join(char for char in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(char))
        plain = unicodedata.normalize("NFKD", plain.casefold())
    plain = _APOSTROPHES.sub("", plain).replace("&", " and ")
    words = _WORDS.findall(plain)
    while len(words) > 1 and words[-1] in suffixes:
        words.pop()
    return "".join(words) or plain.strip()


def find_problems(path: Path) -> list[DataFileError]:
    """All conflicts between entries of a folder. Raises DataFileError where a file cannot be read at all."""
    matching = load_yaml(path / "matching.yml", Matching, "See the comments in the file")
    return list(_find_conflicts(list(_read_entries(path)), matching))


_Placed = tuple[Path, int, KnowledgeEntry]


def _read_entries(path: Path) -> Iterator[_Placed]:
    for file in sorted(path.glob("*.csv")):
        for line, row in read_csv(file, _Row):
            yield file, line, KnowledgeEntry(**dict(row))


def _find_conflicts(placed: list[_Placed], matching: Matching) -> Iterator[DataFileError]:
    ids: dict[str, str] = {}
    owners: dict[tuple[str, str], tuple[str, str]] = {}
    for path, line, entry in placed:
        place = f"{path.name}:{line}"
        if entry.id in ids:
            yield DataFileError(path, line, f"the id {entry.id!r} stands in {ids[entry.id]} as well", "Choose another")
        ids.setdefault(entry.id, place)
        if not entry.id.startswith(f"{entry.attribute}:"):
            problem = f"the id {entry.id!r} does not begin with the attribute {entry.attribute!r}"
            yield DataFileError(path, line, problem, f"Begin it with '{entry.attribute}:'")
        suffixes = matching.legal_suffixes if entry.attribute == "brand" else frozenset()
        for surface in entry.surfaces:
            key = (entry.attribute, normal_form(surface, suffixes))
            owner, where = owners.setdefault(key, (entry.id, place))
            if owner != entry.id or (where == place and entry.surfaces.count(surface) > 1):
                problem = f"{surface!r} of {entry.id} is a name of {owner} in {where} as well"
                yield DataFileError(path, line, problem, "Leave it to one of them")


def _compact(entry: KnowledgeEntry) -> dict[str, Any]:
    """The fields that are not at their default, since a pipeline saves a hundred thousand of them."""
    data: dict[str, Any] = {"id": entry.id, "attribute": entry.attribute, "value": entry.value, "safe": entry.safe}
    if entry.family is not None:
        data["family"] = entry.family
    if entry.aliases:
        data["aliases"] = list(entry.aliases)
    if entry.loose_aliases:
        data["loose_aliases"] = list(entry.loose_aliases)
    return data
