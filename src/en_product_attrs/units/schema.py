"""What a unit table may hold. Imported only when a table is loaded, for pydantic takes its time."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from en_product_attrs.datafiles import line_of
from en_product_attrs.errors import DataFileError

# Names, products, quotients and small powers: nothing that takes time to evaluate, and no numbers, which pint refuses.
Expression = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z_]*(?:\*\*\d|[*/][A-Za-z_]+)*$")]
Words = list[str]


class Strict(BaseModel):
    """Refuses unknown keys, and numbers where words belong (YAML reads a bare `no` as false)."""

    model_config = ConfigDict(extra="forbid", strict=True)


class GuardedSpelling(Strict):
    """A spelling that is the unit only where every condition holds."""

    spelling: str
    reason: str
    exact: bool = False
    joined: bool = False
    fraction: bool = False
    hint_only: bool = False
    unless_apart: bool = False
    unless_start: bool = False
    near: Words = []
    unless_near: Words = []
    followed: Words = []
    unless_followed: Words = []
    unless_value: list[float] = []
    unless_first: list[float] = []
    below: float | None = None


class UnitEntry(Strict):
    dimension: str
    pint: Expression | None = None
    scale: float | None = None
    unece: str | None = None
    spellings: Words = []
    exact: Words = []
    before: Words = []
    guarded: list[GuardedSpelling] = []


class Rates(Strict):
    per: Words
    dimensions: dict[str, str | None]
    time: Words
    spelled: dict[str, str]


class SubUnit(Strict):
    unit: str
    ratio: float
    spellings: Words = []


class Numbers(Strict):
    units: dict[str, float]
    tens: dict[str, float]
    fractions: dict[str, float]
    multipliers: dict[str, float]
    and_: Words = Field(alias="and")
    vulgar: dict[str, float]
    denominators: list[int]
    no_fractions: Words
    alone: Words


class Around(Strict):
    """Words before and after a value."""

    before: Words = []
    after: Words = []


class Role(Around):
    letter: str | None = None
    dimensions: Words


class RollGoods(Strict):
    units: Words
    ratio: float
    near: str
    near_ratio: float


class StrippedFractions(Strict):
    units: Words
    denominators: list[int]


class StrippedRanges(Strict):
    units: Words
    near: str


class Named(Strict):
    all: Words
    letters: Words


class Phrase(Strict):
    text: str
    reason: str
    exact: bool = False


class Misread(Strict):
    text: str
    as_: str = Field(alias="as")


class Currency(Around):
    code: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None
    scale: float = 1.0


class HintEntry(Strict):
    dimensions: Words
    bare: str | None = None


class UnitsFile(Strict):
    dimensions: dict[str, str]
    units: dict[str, UnitEntry]
    rates: Rates
    compounds: list[list[SubUnit]]
    numbers: Numbers
    characters: dict[str, str]
    joiners: dict[str, Words]
    limits: dict[str, Around]
    roles: dict[str, Role]
    containers: Words
    of: Words
    over: Words
    counted: Words
    piece_nouns: Words
    pieces_of: Words
    roll_goods: RollGoods
    extents: Words
    stripped_fractions: StrippedFractions
    stripped_ranges: StrippedRanges
    magnified: str
    words: dict[str, Words]
    named: Named
    phrases: list[Phrase]
    misread_by_pint: list[Misread]
    currencies: list[Currency]
    hints: dict[str, HintEntry]


Location = tuple[str | int, ...]


def validate(data: Mapping[str, Any], path: Path | str) -> UnitsFile:
    """The content of a table, checked. Raises DataFileError at the first thing that may not stand there."""
    try:
        content = UnitsFile.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        unknown = first["type"] == "extra_forbidden"
        raise DataFileError(
            path,
            _line_in(path, first["loc"]),
            f"{'.'.join(map(str, first['loc']))}: {'unknown key' if unknown else first['msg']}",
            "Delete it, or correct its spelling" if unknown else "Compare rules/units.yml of the project",
        ) from error
    for location, problem, remedy in _dangling(content):
        raise DataFileError(path, _line_in(path, location), problem, remedy)
    return content


def _dangling(content: UnitsFile) -> Iterator[tuple[Location, str, str]]:
    """Names that point nowhere, as location, problem and remedy."""
    for name, unit in content.dimensions.items():
        if unit not in content.units:
            yield ("dimensions", name), f"the canonical unit {unit!r} is no entry of units", "Add it under units"
    for name, entry in content.units.items():
        if entry.dimension not in content.dimensions:
            yield (
                ("units", name),
                f"unit {name!r} has the unknown dimension {entry.dimension!r}",
                "Add it under dimensions",
            )
        if (entry.pint is None) == (entry.scale is None):
            yield ("units", name), f"unit {name!r} needs pint or scale, and not both", "Give one of the two"
        for guard in entry.guarded:
            lists = [*guard.near, *guard.unless_near, *guard.followed, *guard.unless_followed]
            for missing in (word for word in lists if word not in content.words):
                yield ("units", name, "guarded"), f"unit {name!r}: no word list {missing!r}", "Add it under words"
    words = {
        "magnified": content.magnified,
        "stripped_ranges": content.stripped_ranges.near,
        "roll_goods": content.roll_goods.near,
    }
    for field, name in words.items():
        if name not in content.words:
            yield (field,), f"no word list {name!r}", "Add it under words"
    for name, hint in content.hints.items():
        for dimension in (item for item in hint.dimensions if item not in content.dimensions):
            yield ("hints", name), f"hint {name!r} has the unknown dimension {dimension!r}", "Add it under dimensions"
        if hint.bare is not None and hint.bare not in content.units:
            yield ("hints", name), f"hint {name!r} has the unknown unit {hint.bare!r}", "Add it under units"
    for index, system in enumerate(content.compounds):
        for part in (part for part in system if part.unit not in content.units):
            yield ("compounds", index), f"compound of the unknown unit {part.unit!r}", "Add it under units"


def load(path: Path) -> dict[str, Any]:
    """The plain content of a YAML file. Raises DataFileError where it is no mapping or no YAML."""
    text = path.read_text(encoding="utf-8")
    try:
        data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = None if mark is None else mark.line + 1
        raise DataFileError(path, line, "this is not YAML", "Check the indentation, and quote signs") from error
    if not isinstance(data, dict):
        raise DataFileError(path, 1, "a table is a mapping", "Compare rules/units.yml of the project")
    return data


def _line_in(path: Path | str, location: Location) -> int | None:
    """The line of the deepest part of `location` that the file has, or None where there is no such file."""
    if not Path(path).is_file():
        return None
    return line_of(yaml.compose(Path(path).read_text(encoding="utf-8"), Loader=yaml.SafeLoader), location)
