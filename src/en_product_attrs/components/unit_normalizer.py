"""Gives measures, counts and prices their magnitude and unit."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from spacy.language import Language
from spacy.pipeline import Pipe
from spacy.tokens import Doc

from en_product_attrs import units
from en_product_attrs.attribute import Attribute
from en_product_attrs.components.attribute_merger import replace_attributes
from en_product_attrs.components.tables import TablePipe
from en_product_attrs.schema import AttributeSchema, AttributeType
from en_product_attrs.units import UnitTable
from en_product_attrs.values import Match, Measure, Money


@Language.factory("product_unit_normalizer", assigns=["doc._.attributes"], requires=["doc._.attributes"])
def create_unit_normalizer(nlp: Language, name: str) -> "UnitNormalizer":
    return UnitNormalizer(name)


class UnitNormalizer(TablePipe, Pipe):
    """Sets the value of attributes of kind measure, count and money.

    A span that holds several values becomes one attribute for each. A span that the grammar cannot read keeps its text.
    """

    tables = {"schema": AttributeSchema, "units": UnitTable}
    schema: AttributeSchema | None
    units: UnitTable | None

    def __call__(self, doc: Doc) -> Doc:
        schema = self.schema
        if schema is not None and self.units is not None:
            names = schema.of_kind("measure", "count", "money")
            replace_attributes(doc, names, lambda attribute: self._normalize(attribute, schema[attribute.name]))
        return doc

    def _normalize(self, attribute: Attribute, type_: AttributeType) -> Iterator[Attribute]:
        matches = self._read(attribute, type_)
        if not matches:
            yield attribute
        for match in matches:
            start = attribute.start_char + match.start_char
            whole = len(matches) == 1
            yield replace(
                attribute,
                value=match.value,
                plain=plain(match.value, type_.unit),
                # One value keeps the whole span: `Pack of 6` says more than `6`.
                text=attribute.text if whole else match.text,
                start_char=attribute.start_char if whole else start,
                end_char=attribute.end_char if whole else start + len(match.text),
                evidence=replace(attribute.evidence, steps=(*attribute.evidence.steps, _step(match.value, type_.unit))),
            )

    def _read(self, attribute: Attribute, type_: AttributeType) -> list[Match[Any]]:
        if type_.kind == "money":
            return list(units.parse_money(attribute.text, table=self.units))
        dimensions = ("count",) if type_.kind == "count" else type_.dimension
        matches = units.parse(attribute.text, table=self.units, hint=attribute.name)
        return [match for match in matches if match.value.dimension in dimensions]


def plain(value: Measure | Money, unit: str | None = None) -> Any:
    """A measure or an amount of money as plain JSON; a measure in `unit`, or in the canonical unit of its kind."""
    if isinstance(value, Money):
        return {"value": value.amount, "currency": value.currency}
    if value.unit == "count" and value.magnitude is not None and value.relation == "single":
        return _number(value.magnitude)
    measure = value.to(unit) if unit is not None and value.converts_to(unit) else value.to_si()
    least, greatest = measure.bounds
    limits = {"value": least} if least == greatest else {"min": least, "max": greatest}
    return {"unit": measure.unit} | {name: _number(limit) for name, limit in limits.items() if limit is not None}


def _number(value: float) -> float | int:
    """Twelve significant digits, whole numbers as such: the rest is noise of the conversion."""
    rounded = float(f"{value:.12g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e15 else rounded


def _step(value: Measure | Money, unit: str | None) -> str:
    return f"{value} -> {plain(value, unit)}"
