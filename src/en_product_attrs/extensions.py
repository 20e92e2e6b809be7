"""`doc._.attributes`, `doc._.product`, the exports of a Doc, and how attributes travel between processes."""

import dataclasses
from collections.abc import Callable
from typing import Any

import srsly
from spacy.tokens import Doc
from spacy.vocab import Vocab

from en_product_attrs.attribute import Attribute, Evidence, product_of
from en_product_attrs.exports import to_jsonld, to_merchant
from en_product_attrs.schema import AttributeSchema
from en_product_attrs.units import default_table
from en_product_attrs.values import Color, Dimension, Material, Measure, Money, UnitForm

_KEY = "__product_attribute__"
_USER_DATA_KEY = "product_attributes"
# The table of the vocabulary in which the attribute schema travels with a saved pipeline.
_SCHEMA_TABLE = "product_attribute_schema"
_CLASSES: dict[str, Any] = {
    cls.__name__: cls for cls in (Attribute, Evidence, Color, Dimension, Material, Measure, Money, UnitForm)
}


def register_extensions() -> None:
    """Register the extensions of Doc, once."""
    if not Doc.has_extension("attributes"):
        Doc.set_extension("attributes", getter=_get_attributes, setter=_set_attributes)
    if not Doc.has_extension("product"):
        Doc.set_extension("product", getter=lambda doc: product_of(doc._.attributes))
    if not Doc.has_extension("to_jsonld"):
        Doc.set_extension("to_jsonld", method=doc_to_jsonld)
    if not Doc.has_extension("to_merchant"):
        Doc.set_extension("to_merchant", method=doc_to_merchant)


def doc_to_jsonld(doc: Doc) -> dict[str, Any]:
    """`doc._.to_jsonld()`: a schema.org Product, named by the first line of the text."""
    return to_jsonld(doc._.attributes, schema=_schema_of(doc), name=_first_line(doc))


def doc_to_merchant(doc: Doc, *, seller_multipack: bool = False) -> dict[str, str]:
    """`doc._.to_merchant()`: the fields of a Google Merchant Center feed, titled by the first line of the text."""
    title = _first_line(doc)
    return to_merchant(doc._.attributes, schema=_schema_of(doc), title=title, seller_multipack=seller_multipack)


def publish_schema(vocab: Vocab, schema: AttributeSchema) -> None:
    """Keep the schema in the vocabulary, for the exports of its Docs."""
    if _SCHEMA_TABLE in vocab.lookups:
        vocab.lookups.remove_table(_SCHEMA_TABLE)
    vocab.lookups.add_table(_SCHEMA_TABLE, schema.to_dict())


def _schema_of(doc: Doc) -> AttributeSchema | None:
    """The entries that the Doc needs of its pipeline's schema, or None where the pipeline has none."""
    if _SCHEMA_TABLE not in doc.vocab.lookups:
        return None
    table = doc.vocab.lookups.get_table(_SCHEMA_TABLE)
    names = {attribute.name for attribute in doc._.attributes}
    return AttributeSchema.from_dict({name: table[name] for name in names if name in table})


def _first_line(doc: Doc) -> str:
    return next((line for line in map(str.strip, doc.text.splitlines()) if line), "")


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
