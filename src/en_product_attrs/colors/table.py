"""The color table: names from rules/colors.csv, the words around them from rules/colors.yml."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from en_product_attrs.colors.text import split_words
from en_product_attrs.csvfiles import read_csv
from en_product_attrs.datafiles import load_yaml
from en_product_attrs.errors import DataFileError
from en_product_attrs.resources import rules_dir

Scan = Literal["yes", "goods", "near", "no"]
Phrase = tuple[str, ...]


class ColorName(BaseModel):
    """A line of colors.csv."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1)]
    family: str
    hex: Annotated[str, Field(pattern=r"^#[0-9A-F]{6}$")] | None = None
    scan: Scan = "yes"
    aliases: tuple[str, ...] = ()


class Modifiers(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    shade: frozenset[str]
    finish: frozenset[str]
    loose: frozenset[str]


class Metals(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    colors: frozenset[str]
    before: frozenset[str]
    after: frozenset[str]


class ColorWords(BaseModel):
    """The content of colors.yml, where each part is described."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    families: tuple[str, ...]
    spellings: dict[str, str]
    abbreviations: dict[str, str]
    modifiers: Modifiers
    trailing_modifiers: frozenset[str]
    kin: dict[str, frozenset[str]]
    fillers: frozenset[str]
    tails: frozenset[str]
    labels: frozenset[str]
    label_blockers: frozenset[str]
    color_followers: frozenset[str]
    goods: frozenset[str]
    consumables: frozenset[str]
    containers: frozenset[str]
    materials: frozenset[str]
    wares: frozenset[str]
    next_words: dict[str, Literal["any"] | frozenset[str]]
    previous_words: frozenset[str]
    metals: Metals
    phrases: tuple[str, ...]


@dataclass(slots=True)
class PhraseTree:
    """Phrases by their words: walked along a text, it says where a phrase can no longer go on."""

    children: "dict[str, PhraseTree]" = field(default_factory=dict)
    is_end: bool = False

    @classmethod
    def of(cls, phrases: Iterable[Phrase]) -> "PhraseTree":
        root = cls()
        for phrase in phrases:
            node = root
            for word in phrase:
                node = node.children.setdefault(word, cls())
            node.is_end = True
        return root


@dataclass(frozen=True)
class ColorTable:
    """All that is known of colors. Immutable; the indexes are built when first asked for."""

    names: tuple[ColorName, ...]
    words: ColorWords

    @classmethod
    def from_yaml(cls, path: Path) -> "ColorTable":
        """Read colors.yml, and colors.csv beside it. Raises DataFileError."""
        words = load_yaml(path, ColorWords, "See the comments in the file")
        csv_path = path.with_suffix(".csv")
        lines: dict[Phrase, int] = {}
        names: list[ColorName] = []
        for line, color in read_csv(csv_path, ColorName):
            if color.family not in words.families:
                families = ", ".join(words.families)
                raise DataFileError(csv_path, line, f"unknown family {color.family!r}", f"Use one of {families}")
            for surface in (color.name, *color.aliases):
                key = tuple(split_words(surface, words.spellings).words)
                if not key:
                    raise DataFileError(csv_path, line, f"{surface!r} holds no word", "Delete it")
                if lines.setdefault(key, line) != line:
                    problem = f"{surface!r} is a name or alias in line {lines[key]} already"
                    raise DataFileError(csv_path, line, problem, "Delete one of them")
            names.append(color)
        return cls(tuple(names), words)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, from which `from_dict` builds an equal table."""
        words = self.words.model_dump()
        return {"names": [name.model_dump(mode="json") for name in self.names], "words": _plain(words)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "ColorTable":
        names = tuple(ColorName.model_validate(name) for name in data["names"])
        return cls(names, ColorWords.model_validate(data["words"]))

    @cached_property
    def phrases(self) -> dict[Phrase, ColorName]:
        """Names and aliases by their words."""
        return {
            tuple(split_words(surface, self.words.spellings).words): color
            for color in self.names
            for surface in (color.name, *color.aliases)
        }

    @cached_property
    def tree(self) -> "PhraseTree":
        """The names and aliases, word by word."""
        return PhraseTree.of(self.phrases.keys())

    @cached_property
    def silent_tree(self) -> "PhraseTree":
        """The phrases that hold a color word and are no color, word by word."""
        return PhraseTree.of(tuple(split_words(phrase, self.words.spellings).words) for phrase in self.words.phrases)

    @cached_property
    def starters(self) -> frozenset[str]:
        """Words with which a color phrase may begin."""
        modifiers = self.words.modifiers
        return frozenset(self.tree.children).union(modifiers.shade, modifiers.finish, self.words.abbreviations)

    @cached_property
    def things(self) -> frozenset[str]:
        """Words for things that have a color, packings aside."""
        return (self.words.goods | self.words.wares) - self.words.containers

    @cached_property
    def nouns(self) -> frozenset[str]:
        """Words after a color that say that it is one."""
        return self.words.goods | self.words.tails

    @cached_property
    def previous_words(self) -> frozenset[str]:
        return frozenset(split_words(word, self.words.spellings).words[0] for word in self.words.previous_words)

    @cached_property
    def vocabulary(self) -> dict[str, tuple[str, ...]]:
        """The words that a typo may stand for, by first letter: names of one word that free text may hold."""
        singles = {phrase[0] for phrase, color in self.phrases.items() if len(phrase) == 1 and color.scan != "no"}
        initials: dict[str, list[str]] = {}
        for word in sorted(singles | self.words.modifiers.shade):
            initials.setdefault(word[0], []).append(word)
        return {initial: tuple(words) for initial, words in initials.items()}

    @cached_property
    def known_words(self) -> frozenset[str]:
        """Words that are no typos."""
        words = self.words
        modifiers = words.modifiers
        others = (words.fillers, words.tails, words.goods, words.consumables, words.wares, words.next_words)
        names = {word for phrase in self.phrases for word in phrase}
        return frozenset(names).union(*others, modifiers.shade, modifiers.finish, modifiers.loose, words.abbreviations)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    return list(value) if isinstance(value, tuple) else value


@lru_cache(maxsize=1)
def default_table() -> ColorTable:
    """The table of the project, read when first needed."""
    return ColorTable.from_yaml(rules_dir() / "colors.yml")
