"""Rows of the benchmarks as annotated Docs: where the values stand, and what is known of the other attributes."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span, SpanGroup

from benchmarks.quality.rows import QualityRow
from en_product_attrs.components.span_selector import DEFAULT_SPANS_KEY, SHARED_BEFORE, WEIGHTS
from en_product_attrs.tokenizer import create_product_tokenizer

# Between the category, which stands in front of the text, and the text.
SEPARATOR = "\n"
# What a row does not list is absent as a rule where the data set never states absence, but that is nobody's word.
UNLISTED_WEIGHT = 0.3

AttributesByCategory = dict[str, set[str]]


def text_of(row: QualityRow) -> str:
    """What the model reads: the category and the text."""
    return row.category + SEPARATOR + row.text


def label_of(name: str, category: str) -> str:
    """The label of an attribute: what is learned of the name is shared by all categories."""
    return f"{name}{SHARED_BEFORE}{category}"


def attributes_by_category(rows: Iterable[QualityRow]) -> AttributesByCategory:
    """The attribute names that the rows list."""
    names: AttributesByCategory = {}
    for row in rows:
        names.setdefault(row.category, set()).update(row.values or {})
    return names


def states_absence(rows: Iterable[QualityRow]) -> bool:
    """Whether the data set lists attributes that a text does not have."""
    return any(not values for row in rows for values in (row.values or {}).values())


def find_values(doc: Doc, start: int, value: str) -> list[Span]:
    """Every place of a value from the character `start` on that holds whole tokens, else the tokens that hold it."""
    whole, around = [], []
    value = value.strip()
    place = doc.text.find(value, start) if value else -1
    while place >= 0:
        end = place + len(value)
        span = doc.char_span(place, end)
        if span is not None:
            whole.append(span)
        elif (wider := doc.char_span(place, end, alignment_mode="expand")) is not None:
            around.append(wider)
        place = doc.text.find(value, place + 1)
    return whole or around


def row_to_doc(nlp: Language, row: QualityRow, asked: Iterable[str] = ()) -> Doc:
    """The row with the places of its values in `doc.spans["values"]`; labels are those of `label_of`.

    asked: attributes that count as absent, with little weight, where the row does not list them.
    """
    doc = nlp.make_doc(text_of(row))
    behind = len(row.category) + len(SEPARATOR)
    listed = row.values or {}
    spans = [
        Span(doc, place.start, place.end, label=label_of(name, row.category))
        for name, values in listed.items()
        for value in values
        for place in find_values(doc, behind, value)
    ]
    placed = {span.label_ for span in spans}
    weights = {label_of(name, row.category): UNLISTED_WEIGHT for name in asked}
    for name, values in listed.items():
        label = label_of(name, row.category)
        # A value that stands nowhere (a slip of the annotators) is neither a place nor an absence.
        weights[label] = float(label in placed or not values)
    doc.spans[DEFAULT_SPANS_KEY] = SpanGroup(doc, name=DEFAULT_SPANS_KEY, spans=spans, attrs={WEIGHTS: weights})
    return doc


def make_nlp() -> Language:
    """English with the product tokenizer."""
    nlp = spacy.blank("en")
    nlp.tokenizer = create_product_tokenizer()(nlp)
    return nlp


def write_docs(rows: Iterable[QualityRow], path: Path, asked: Mapping[str, Iterable[str]]) -> None:
    """Write the rows for `spacy train`. asked: by category, as for `row_to_doc`."""
    nlp = make_nlp()
    DocBin(docs=[row_to_doc(nlp, row, asked.get(row.category, ())) for row in rows]).to_disk(path)
