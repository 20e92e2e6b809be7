"""Google Merchant Center: the attributes of a product feed."""

import re
from collections.abc import Iterable

from en_product_attrs.attribute import Attribute
from en_product_attrs.exports.standards import GTIN_LENGTHS, Merchant, default_schema, standards
from en_product_attrs.schema import AttributeSchema
from en_product_attrs.values import Color, Material, Measure, Money

MERCHANT_FIELDS = (
    "title", "brand", "gtin", "mpn", "product_type", "color", "material", "pattern", "size", "size_system", "size_type",
    "gender", "age_group", "condition", "price", "unit_pricing_measure", "multipack", "product_weight",
    "product_length", "product_width", "product_height",
)  # fmt: skip


def to_merchant(
    attributes: Iterable[Attribute],
    *,
    schema: AttributeSchema | None = None,
    title: str = "",
    seller_multipack: bool = False,
) -> dict[str, str]:
    """The fields of a feed that the attributes give, in the order of MERCHANT_FIELDS; the others are absent.

    Colors stand as the text has them, up to three joined by a stroke, the first one first. A pack is a `multipack` only
    where the seller made it, which no text says: `seller_multipack` does. A value that is longer than the feed allows
    is left out, a title is cut at a word. `schema` says which attribute is which field.
    """
    schema = default_schema() if schema is None else schema
    rules = standards().merchant
    by_field: dict[str, list[Attribute]] = {}
    for attribute in attributes:
        field = schema[attribute.name].merchant if attribute.name in schema else None
        by_field.setdefault(field or f"({attribute.name})", []).append(attribute)
    found = {"title": _cut(title, rules.longest["title"])}
    for field, values in by_field.items():
        found |= _field(field, values, rules)
    found |= _unit_pricing(by_field.get("(net_content)", []), by_field.get("multipack", []), rules)
    if not seller_multipack:
        found.pop("multipack", None)
    return {field: found[field] for field in MERCHANT_FIELDS if found.get(field)}


def _field(field: str, values: list[Attribute], rules: Merchant) -> dict[str, str]:
    """What the attributes of one field come to."""
    first = values[0]
    word = str(first.value).lower()
    if field == "color":
        colors = [v.text for v in values if isinstance(v.value, Color) and len(v.text) <= rules.longest_color]
        return {field: _joined(field, colors, rules)}
    if field == "material":
        return {field: _joined(field, _materials(values), rules)}
    if field == "gender":
        return {field: word} if word in rules.genders else {}
    if field == "age_group":
        return {field: word} if word in rules.age_groups else {}
    if field == "condition":
        return {field: rules.conditions.get(word, "")}
    if field == "size":
        return _size(first, rules)
    if field == "price":
        return _price(first)
    if field == "gtin":
        return {field: next((g for g in map(_gtin, values) if g), "")}
    if field == "multipack":
        return {field: str(first.plain) if isinstance(first.plain, int) and first.plain > 1 else ""}
    if field == "product_weight":
        return {field: _measure(first, rules.weight_units, rules.weight_default)}
    if field in ("product_length", "product_width", "product_height"):
        return {field: _measure(first, rules.length_units, rules.length_default)}
    if field in rules.longest:
        return {field: _joined(field, [str(v.value) for v in values], rules)}
    return {}


def _joined(field: str, values: list[str], rules: Merchant) -> str:
    """As many of the values, each once, as the field may hold."""
    unique = list(dict.fromkeys(value.replace("/", " ").strip() for value in values))[: rules.several.get(field, 1)]
    while unique and len("/".join(unique)) > rules.longest[field]:
        unique.pop()
    return "/".join(unique)


def _materials(values: list[Attribute]) -> list[str]:
    """Names, the largest share first."""
    materials = [v.value for v in values if isinstance(v.value, Material)]
    return [m.name for m in sorted(materials, key=lambda m: -(m.share or 0.0))]


def _size(attribute: Attribute, rules: Merchant) -> dict[str, str]:
    text = str(attribute.value)
    words = re.split(r"[\s()/]+", text)
    system = next((rules.size_systems[w.upper()] for w in words if w.upper() in rules.size_systems), "")
    lowered = text.lower()
    kind = next((t for name, t in rules.size_types.items() if re.search(rf"\b{re.escape(name)}\b", lowered)), "")
    plain = " ".join(w for w in words if w and w.upper() not in rules.size_systems) if system else text
    return {"size": plain if len(plain) <= rules.longest["size"] else "", "size_system": system, "size_type": kind}


def _price(attribute: Attribute) -> dict[str, str]:
    money = attribute.value
    if not isinstance(money, Money) or money.currency is None:
        return {}
    return {"price": f"{money.amount:.2f} {money.currency}"}


def _gtin(attribute: Attribute) -> str:
    """The digits, where length and check digit are right (GS1)."""
    digits = str(attribute.value)
    if not (digits.isascii() and digits.isdecimal()) or len(digits) not in GTIN_LENGTHS:
        return ""
    weighted = sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(reversed(digits)))
    return digits if weighted % 10 == 0 else ""


def _measure(attribute: Attribute, units: dict[str, str], default: str) -> str:
    """Number and unit, converted where a feed does not know the unit."""
    measure = attribute.value
    if not isinstance(measure, Measure) or not _is_exact(measure) or not measure.converts_to(default):
        return ""
    known = measure if measure.unit in units else measure.to(default)
    return f"{known.low:.6g} {units[known.unit]}"


def _unit_pricing(contents: list[Attribute], packs: list[Attribute], rules: Merchant) -> dict[str, str]:
    """What the whole offer holds: the content of one piece, times the pieces."""
    measures = [c.value for c in contents if isinstance(c.value, Measure) and _is_exact(c.value)]
    known = [m for m in measures if m.unit in rules.pricing_units]
    if not known:
        return {}
    pieces = packs[0].plain if len(packs) == 1 and isinstance(packs[0].plain, int) else 1
    return {"unit_pricing_measure": f"{known[0].low * pieces:.6g}{rules.pricing_units[known[0].unit]}"}


def _is_exact(measure: Measure) -> bool:
    """Whether it is one value, and not a range or a limit."""
    return measure.magnitude is not None and measure.relation not in ("min", "max")


def _cut(title: str, longest: int) -> str:
    if len(title) <= longest:
        return title
    return title[: longest + 1].rsplit(" ", 1)[0][:longest]
