"""Quantities in product text: `parse` for measures, `parse_money` for prices. Works without spaCy."""

from en_product_attrs.units.money import parse_money
from en_product_attrs.units.reader import parse
from en_product_attrs.units.table import Hint, UnitTable, default_table

__all__ = ["Hint", "UnitTable", "default_table", "parse", "parse_money"]
