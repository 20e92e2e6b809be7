"""`doc._.attributes`, `doc._.product`, and how attributes travel between processes."""

import dataclasses
from collections.abc import Callable
from typing import Any

import srsly
from spacy.tokens import Doc

from en_product_attrs.attribute import Attribute, Evidence, product_of
from en_product_attrs.units import default_table
from en_product_attrs.values import Color, Dimension, Material, Measure, Money, UnitForm

_KEY = "__product_attribute__"
_USER_DATA_KEY = "product_attributes"
_CLASSES: dict[str, Any] = {
    cls.__name__: cls for cls in (Attribute, Evidence, Color, Dimension, Material, Measure, Money, UnitForm)
}


def register_extensions() -> None:
    """Register the extensions of Doc, once."""
    if not Doc.has_extension("attributes"):
        Doc.set_extension("attributes", getter=_get_attributes, setter=_set_attributes)
    if not Doc.has_extension("product"):
        Doc.set_extension("product", getter=lambda doc: product_of(doc._.attributes))


# msgpack knows lists, not tuples, so what comes back from other processes is made a tuple here.
def _get_attributes(doc: Doc) -> tuple[Attribute, ...]:
    return tuple(doc.user_data.get(_USER_DATA_KEY, ()))


def _set_attributes(doc: Doc, attributes: tuple[Attribute, ...]) -> None:
    doc.user_data[_USER_DATA_KEY] = list(attributes)


# Doc.to_bytes() packs user data with msgpack, which knows no dataclasses; nlp.pipe(n_process=2) and DocBin need it to.
@srsly.msgpack_encoders("product_attributes")
def encode(obj: Any, chain: Callable[[Any], Any] | None = None) -> Any:
    """Dataclasses of this package as maps."""
    if type(obj) in _CLASSES.values():
        fields = {f.name: getattr(obj, f.name) for f in dataclasses.fields(obj)}
        # A unit of the shared table is found there again; the definition of any other travels along.
        if isinstance(obj, Measure) and default_table().knows(obj.unit):
            fields["kind"] = None
        return {_KEY: type(obj).__name__, **fields}
    return obj if chain is None else chain(obj)


@srsly.msgpack_decoders("product_attributes")
def decode(obj: Any, chain: Callable[[Any], Any] | None = None) -> Any:
    """The inverse of `encode`."""
    if _KEY in obj:
        fields = {name: value for name, value in obj.items() if name != _KEY}
        if "steps" in fields:
            fields["steps"] = tuple(fields["steps"])
        return _CLASSES[obj[_KEY]](**fields)
    return obj if chain is None else chain(obj)
