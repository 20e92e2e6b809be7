"""Gives names, categories, materials, sizes and codes their canonical value and their id in the knowledge base."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from spacy.language import Language
from spacy.pipeline import Pipe
from spacy.tokens import Doc

from en_product_attrs.attribute import Attribute
from en_product_attrs.components.attribute_merger import replace_attributes
from en_product_attrs.components.tables import TablePipe
from en_product_attrs.composition import split_composition
from en_product_attrs.knowledge import KnowledgeBase, KnowledgeEntry, normal_form
from en_product_attrs.schema import AttributeSchema
from en_product_attrs.values import Material

_SPACES = re.compile(r"\s+")
_MARKS = "™®©℠"


@Language.factory("product_value_normalizer", assigns=["doc._.attributes"], requires=["doc._.attributes"])
def create_value_normalizer(nlp: Language, name: str) -> "ValueNormalizer":
    return ValueNormalizer(name)


class ValueNormalizer(TablePipe, Pipe):
    """Sets the value of attributes whose values are words: that of the knowledge base, or else the cleaned surface."""

    tables = {"schema": AttributeSchema, "knowledge": KnowledgeBase}
    schema: AttributeSchema | None
    knowledge: KnowledgeBase | None

    def add(
        self, attribute: str, value: str, *, aliases: Iterable[str] = (), family: str | None = None
    ) -> KnowledgeEntry:
        """Add an entry to the knowledge base of this pipeline, and return it. It takes over aliases that others had."""
        if self.schema is None or self.knowledge is None:
            raise ValueError("The component has no tables yet. Initialize it, or load an assembled pipeline.")
        if attribute not in self.schema:
            raise ValueError(f"Unknown attribute {attribute!r}. Use an id of the attribute schema.")
        entry_id = f"{attribute}:{normal_form(value)}"
        entry = KnowledgeEntry(entry_id, attribute, value, family=family, aliases=tuple(aliases))
        self.knowledge = self.knowledge.extended([entry])
        return entry

    def __call__(self, doc: Doc) -> Doc:
        if self.schema is not None and self.knowledge is not None:
            replace_attributes(doc, self.schema.of_kind("name", "category", "size", "text"), self._normalize)
            replace_attributes(doc, self.schema.of_kind("code"), _normalize_code)
            replace_attributes(doc, self.schema.of_kind("material"), self._normalize_material)
        return doc

    def _normalize(self, attribute: Attribute) -> Iterator[Attribute]:
        yield self._with_entry(attribute, attribute.text, lambda value, entry: value)

    def _normalize_material(self, attribute: Attribute) -> Iterator[Attribute]:
        parts = list(split_composition(attribute.text))
        if not parts:
            yield attribute
        for match, share in parts:
            part = replace(
                attribute,
                text=match.text,
                start_char=attribute.start_char + match.start_char,
                end_char=attribute.start_char + match.end_char,
            )
            yield self._with_entry(part, match.value, _material_with(share))

    def _with_entry(
        self, attribute: Attribute, surface: str, build: Callable[[str, KnowledgeEntry | None], str | Material]
    ) -> Attribute:
        found = self.knowledge.match(attribute.name, surface) if self.knowledge is not None else None
        entry, score = found if found is not None else (None, 0.0)
        value = build(entry.value if entry else clean(surface), entry)
        evidence = attribute.evidence
        if entry is not None:
            evidence = replace(evidence, alias=entry.value, alias_score=score / 100)
        return replace(
            attribute,
            value=value,
            plain=value.to_dict() if isinstance(value, Material) else value,
            rule_id=entry.id if entry else attribute.rule_id,
            evidence=evidence,
        )


def clean(surface: str) -> str:
    """A surface without marks and with single spaces."""
    return _SPACES.sub(" ", surface.translate({ord(mark): None for mark in _MARKS})).strip(" ,;:-") or surface


def _material_with(share: float | None) -> Callable[[str, KnowledgeEntry | None], Material]:
    return lambda value, entry: Material(value, entry.family if entry else None, share)


def _normalize_code(attribute: Attribute) -> Iterator[Attribute]:
    """Codes keep their signs; a GTIN is digits alone."""
    code = _SPACES.sub("", attribute.text)
    digits = re.sub(r"\D", "", code)
    value = digits if attribute.name == "gtin" and digits else clean(attribute.text)
    yield replace(attribute, value=value, plain=value)
