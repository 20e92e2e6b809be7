"""schema.org: a Product as JSON-LD."""

from collections.abc import Callable, Iterable
from typing import Any

from en_product_attrs.attribute import Attribute
from en_product_attrs.exports.standards import GTIN_LENGTHS, default_schema, standards
from en_product_attrs.schema import AttributeSchema
from en_product_attrs.values import Color, Material, Measure, Money

Node = dict[str, Any]


def to_jsonld(attributes: Iterable[Attribute], *, schema: AttributeSchema | None = None, name: str = "") -> Node:
    """A schema.org Product: properties of its own first, `additionalProperty` for what the Product type has none for.

    Measures are QuantitativeValue nodes in the unit of the text, with its UN/CEFACT code where it has one. `name` is
    the product's name, left out where it is empty. `schema` says which attribute is which property.
    """
    schema = default_schema() if schema is None else schema
    product: Node = {"@context": "https://schema.org", "@type": "Product"}
    if name:
        product["name"] = name
    own: Node = {}
    additional: list[Node] = []
    seen: set[tuple[str, str]] = set()
    for attribute in attributes:
        key = attribute.name, repr(attribute.plain)
        if key in seen:
            continue
        seen.add(key)
        property_ = schema[attribute.name].schema_org if attribute.name in schema else None
        value = _PROPERTIES.get(property_, _text)(attribute) if property_ is not None else None
        if property_ is None or value is None:
            additional.append(_additional(attribute))
        else:
            _add(own, property_, value)
    product |= own
    if additional:
        product["additionalProperty"] = additional
    return product


def _add(product: Node, property_: str, value: Any) -> None:
    """Set a property, or make it a list; one audience takes gender and age both."""
    old = product.get(property_)
    if old is None:
        product[property_] = value
    elif property_ == "audience" and isinstance(old, dict) and not old.keys() & value.keys() - {"@type"}:
        product[property_] = {**old, **value}
    elif isinstance(old, list):
        old.append(value)
    else:
        product[property_] = [old, value]


def _additional(attribute: Attribute) -> Node:
    value = _quantity(attribute) or _text(attribute)
    return {
        "@type": "PropertyValue",
        "propertyID": attribute.name,
        "name": attribute.name.replace("_", " "),
        "value": value,
    }


def _text(attribute: Attribute) -> Any:
    value = attribute.value
    if isinstance(value, Color | Material):
        return value.name
    if isinstance(value, Money):
        return attribute.text
    if isinstance(value, Measure):
        return attribute.plain if isinstance(attribute.plain, int | float) else attribute.text
    return str(value)


def _quantity(attribute: Attribute) -> Node | None:
    measure = attribute.value
    if not isinstance(measure, Measure) or isinstance(attribute.plain, int | float):
        return None
    least, greatest = measure.bounds
    limits = {"value": least} if least == greatest else {"minValue": least, "maxValue": greatest}
    node = {"@type": "QuantitativeValue"} | {name: limit for name, limit in limits.items() if limit is not None}
    code = measure.unece
    return node | ({"unitCode": code} if code is not None else {"unitText": measure.unit})


def _brand(attribute: Attribute) -> Node:
    return {"@type": "Brand", "name": str(attribute.value)}


def _country(attribute: Attribute) -> Node:
    return {"@type": "Country", "name": str(attribute.value)}


def _audience(attribute: Attribute) -> Node:
    if attribute.name == "gender":
        return {"@type": "PeopleAudience", "suggestedGender": str(attribute.value)}
    return {"@type": "PeopleAudience", "audienceType": str(attribute.value)}


def _condition(attribute: Attribute) -> str | None:
    member = standards().schema_org.conditions.get(str(attribute.value).lower())
    return member and f"https://schema.org/{member}"


def _offer(attribute: Attribute) -> Node | None:
    money = attribute.value
    if not isinstance(money, Money) or money.currency is None:
        return None
    return {"@type": "Offer", "price": money.amount, "priceCurrency": money.currency}


def _gtin(attribute: Attribute) -> str | None:
    digits = str(attribute.value)
    return digits if digits.isdecimal() and len(digits) in GTIN_LENGTHS else None


_PROPERTIES: dict[str | None, Callable[[Attribute], Any]] = {
    "brand": _brand,
    "countryOfOrigin": _country,
    "audience": _audience,
    "itemCondition": _condition,
    "offers": _offer,
    "gtin": _gtin,
    "weight": _quantity,
    "width": _quantity,
    "height": _quantity,
    "depth": _quantity,
}
