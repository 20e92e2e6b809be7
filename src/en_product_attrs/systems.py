"""The three systems that an evaluation compares: rules alone, NER alone, and both merged."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, cast

from spacy.language import Language
from spacy.tokens import Doc

from en_product_attrs import merging
from en_product_attrs.attribute import Attribute
from en_product_attrs.components.attribute_merger import AttributeMerger, curated_candidates, learned_candidates
from en_product_attrs.merging import Candidate
from en_product_attrs.schema import attribute_of

System = Literal["rules", "ner", "merged"]
SYSTEMS: tuple[System, ...] = ("rules", "ner", "merged")

_SOURCES = ("kb_ruler", "transformer", "ner")
_NORMALIZERS = ("unit_normalizer", "color_normalizer", "value_normalizer")


def find_candidates(nlp: Language, texts: Sequence[str]) -> Iterator[tuple[Doc, list[Candidate], list[Candidate]]]:
    """Each text as a Doc, with what the NER and what the rules find in it."""
    with nlp.select_pipes(enable=[name for name in _SOURCES if name in nlp.pipe_names]):
        for doc in nlp.pipe(texts):
            yield doc, list(learned_candidates(doc)), list(curated_candidates(doc))


def attributes_by_system(nlp: Language, texts: Sequence[str]) -> Iterator[Mapping[System, tuple[Attribute, ...]]]:
    """The attributes that each system gives a text."""
    merger = cast(AttributeMerger, nlp.get_pipe("attribute_merger"))
    for doc, learned, curated in find_candidates(nlp, texts):
        chosen = {
            "rules": merging.merge([], curated, merging.prefer_rules, merger.reliability),
            "ner": merging.merge(learned, [], merging.prefer_ner, merger.reliability),
            "merged": merging.merge(learned, curated, merger.policy, merger.reliability),
        }
        yield {system: normalized(nlp, doc, chosen[system]) for system in SYSTEMS}


def gold_attributes(nlp: Language, gold: Doc) -> tuple[Attribute, ...]:
    """The gold entities of a Doc, with the values that the normalizers give them."""
    doc = nlp.make_doc(gold.text)
    return normalized(nlp, doc, [Candidate(e.start, e.end, attribute_of(e.label_), confidence=1.0) for e in gold.ents])


def normalized(nlp: Language, doc: Doc, chosen: Iterable[Candidate]) -> tuple[Attribute, ...]:
    """The attributes of a Doc for these spans."""
    merger = cast(AttributeMerger, nlp.get_pipe("attribute_merger"))
    merger.set_annotations(doc, list(chosen))
    for name in _NORMALIZERS:
        doc = nlp.get_pipe(name)(doc)
    attributes: tuple[Attribute, ...] = doc._.attributes
    return attributes
