"""Gives colors their canonical name, family and hex."""

from collections.abc import Iterator
from dataclasses import asdict, replace

from spacy.language import Language
from spacy.pipeline import Pipe
from spacy.tokens import Doc

from en_product_attrs import colors
from en_product_attrs.attribute import Attribute
from en_product_attrs.colors import ColorTable
from en_product_attrs.components.attribute_merger import replace_attributes
from en_product_attrs.components.tables import TablePipe
from en_product_attrs.schema import AttributeSchema


@Language.factory("product_color_normalizer", assigns=["doc._.attributes"], requires=["doc._.attributes"])
def create_color_normalizer(nlp: Language, name: str) -> "ColorNormalizer":
    return ColorNormalizer(name)


class ColorNormalizer(TablePipe, Pipe):
    """Sets the value of attributes of kind color; a span that lists several becomes one attribute for each."""

    tables = {"schema": AttributeSchema, "colors": ColorTable}
    schema: AttributeSchema | None
    colors: ColorTable | None

    def __call__(self, doc: Doc) -> Doc:
        if self.schema is not None and self.colors is not None:
            replace_attributes(doc, self.schema.of_kind("color"), self._normalize)
        return doc

    def _normalize(self, attribute: Attribute) -> Iterator[Attribute]:
        matches = colors.normalize(attribute.text, table=self.colors)
        if not matches:
            yield attribute
        for match in matches:
            start = attribute.start_char + match.start_char
            yield replace(
                attribute,
                value=match.value,
                plain=asdict(match.value),
                text=match.text,
                start_char=start,
                end_char=start + len(match.text),
                evidence=replace(attribute.evidence, steps=(*attribute.evidence.steps, f"color: {match.value.name}")),
            )
