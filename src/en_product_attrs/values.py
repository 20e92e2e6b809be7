"""The values that come out: plain, frozen, typed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Literal, TypeVar

from en_product_attrs.conversion import linear

V = TypeVar("V")

Relation = Literal["single", "range", "min", "max", "approx", "dimensions"]


@dataclass(frozen=True, slots=True)
class UnitForm:
    """What is known of a unit: how it converts (`expression` of pint, or `scale` to the canonical unit), and code."""

    expression: str | None
    scale: float | None
    unece: str | None


@dataclass(frozen=True, slots=True)
class Dimension:
    """A kind of quantity: its name, its canonical unit, and all units that measure it."""

    name: str
    canonical: str
    units: Mapping[str, UnitForm]

    def convert(self, value: float, unit: str, target: str) -> float:
        """`value` of `unit` in `target`. Raises ValueError where one of them is no unit of this dimension."""
        for name in (unit, target):
            if name not in self.units:
                raise ValueError(f"{name!r} is no unit of {self.name}. Units of it are: {', '.join(self.units)}.")
        if unit == target:
            return value
        source, destination = self.units[unit], self.units[target]
        if source.expression is not None and destination.expression is not None:
            factor, offset = linear(source.expression, destination.expression)
            return value * factor + offset
        if source.scale is None or destination.scale is None:
            raise ValueError(f"{unit!r} and {target!r} are of {self.name}, but share no scale.")
        return value * source.scale / destination.scale


@dataclass(frozen=True, slots=True)
class Measure:
    """A quantity as the text means it.

    `low` and `high` are the bounds of a range. For every other relation they are equal: a `max` of 50 lb is 50 to 50
    with the relation `max`, since what lies below is not in the text. `dimensions` marks one extent of `9 x 12 in`.
    `role` says which quantity it is (`width`, `net_content`) where the text does; `assumed`, that the unit is a
    convention of its attribute and not in the text. `kind` carries the definition of the unit, so that conversion
    works with units of any table.
    """

    low: float
    high: float
    unit: str
    relation: Relation = "single"
    role: str | None = None
    assumed: bool = False
    kind: Dimension | None = field(default=None, compare=False, repr=False)

    @property
    def magnitude(self) -> float | None:
        """The number, or None for a range."""
        return self.low if self.low == self.high else None

    @property
    def bounds(self) -> tuple[float | None, float | None]:
        """The least and the greatest number that the text allows, None where it sets no limit; equal for one number."""
        return None if self.relation == "max" else self.low, None if self.relation == "min" else self.high

    @property
    def dimension(self) -> str:
        """The name of its dimension (`length`, `mass`, `count`)."""
        return self._kind().name

    @property
    def unece(self) -> str | None:
        """The code of the unit in UN/CEFACT Recommendation 20, or None."""
        return self._kind().units[self.unit].unece

    def converts_to(self, unit: str) -> bool:
        """Whether the unit measures the same kind of quantity."""
        return unit in self._kind().units

    def to(self, unit: str) -> "Measure":
        """The same quantity in another unit. Raises ValueError where the unit does not measure it."""
        kind = self._kind()
        low, high = (kind.convert(value, self.unit, unit) for value in (self.low, self.high))
        return replace(self, low=low, high=high, unit=unit, kind=kind)

    def to_si(self) -> "Measure":
        """The same quantity in the canonical unit of its dimension."""
        return self.to(self._kind().canonical)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        plain: dict[str, Any] = {"low": self.low, "high": self.high, "unit": self.unit, "relation": self.relation}
        if self.role is not None:
            plain["role"] = self.role
        if self.assumed:
            plain["assumed"] = True
        return plain

    def _kind(self) -> Dimension:
        if self.kind is not None:
            return self.kind
        # A measure made by hand has a unit of the project's own table; imported here since the table builds on this.
        from en_product_attrs.units.table import default_table

        return default_table().kind_of(self.unit)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of money; `currency` is its ISO 4217 code, or None where the sign is shared by several."""

    amount: float
    currency: str | None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"amount": self.amount, "currency": self.currency}


@dataclass(frozen=True, slots=True)
class Color:
    """A color: canonical `name`, `family` (CONVENTIONS), `hex` as `#RRGGBB` or None where there is none."""

    name: str
    family: str | None
    hex: str | None = None


@dataclass(frozen=True, slots=True)
class Material:
    """A material: canonical `name`; `family` (cotton, steel) where it is known; `share` (0 to 1) where it is given."""

    name: str
    family: str | None = None
    share: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"name": self.name, "family": self.family, "share": self.share}


@dataclass(frozen=True, slots=True)
class Match(Generic[V]):
    """A value found in a text: `text == source[start_char:end_char]`."""

    start_char: int
    end_char: int
    text: str
    value: V
