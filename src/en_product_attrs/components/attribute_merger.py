"""Merges learned spans and dictionary spans, and starts an Attribute for each."""

import json
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from spacy import util
from spacy.language import Language
from spacy.pipeline import Pipe
from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.util import registry

from en_product_attrs import merging
from en_product_attrs.attribute import Attribute, Evidence
from en_product_attrs.components import crf_ner, kb_ruler
from en_product_attrs.components.tables import read_json, write_json
from en_product_attrs.extensions import register_extensions
from en_product_attrs.merging import Candidate, Policy, Reliability
from en_product_attrs.schema import attribute_of, label_of


@registry.misc("product_attrs.merge_policy.prefer_ner.v1")
def make_prefer_ner() -> Policy:
    return merging.prefer_ner


@registry.misc("product_attrs.merge_policy.prefer_rules.v1")
def make_prefer_rules() -> Policy:
    return merging.prefer_rules


@registry.misc("product_attrs.merge_policy.weighted.v1")
def make_weighted(threshold: float = 0.5, thresholds: dict[str, float] | None = None) -> Policy:
    return merging.Weighted(threshold, thresholds or {})


@Language.factory(
    "product_attribute_merger",
    assigns=["doc.ents", "doc._.attributes", "token.ent_iob", "token.ent_type"],
    requires=["doc.spans"],
    default_config={"policy": {"@misc": "product_attrs.merge_policy.weighted.v1", "threshold": 0.5}},
)
def create_attribute_merger(nlp: Language, name: str, policy: Policy) -> "AttributeMerger":
    return AttributeMerger(name, policy=policy)


class AttributeMerger(Pipe):
    """Sets `doc.ents` and `doc._.attributes` from `doc.spans["ner"]` and `doc.spans["rules"]`.

    A learned recognizer that gives no probabilities sets `doc.ents` alone; its spans count as certain.
    """

    def __init__(
        self, name: str = "attribute_merger", *, policy: Policy, reliability: Reliability | None = None
    ) -> None:
        register_extensions()
        self.name = name
        self.policy = policy
        self.reliability = reliability or Reliability()

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Language | None = None,
        reliability: dict[str, Any] | None = None,
    ) -> None:
        """Take how far the sources can be trusted, as counted on development data."""
        self.reliability = Reliability(**(reliability or {}))

    def __call__(self, doc: Doc) -> Doc:
        learned, curated = list(learned_candidates(doc)), list(curated_candidates(doc))
        self.set_annotations(doc, merging.merge(learned, curated, self.policy, self.reliability))
        return doc

    def set_annotations(self, doc: Doc, chosen: list[Candidate]) -> None:
        """Write the chosen spans to the Doc."""
        doc.set_ents(
            [Span(doc, c.start, c.end, label=label_of(c.attribute), span_id=_knowledge_id(c) or "") for c in chosen]
        )
        doc._.attributes = tuple(_as_attribute(doc, candidate) for candidate in chosen)

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        return util.to_bytes({"reliability": lambda: json.dumps(asdict(self.reliability)).encode()}, exclude)

    def from_bytes(self, bytes_data: bytes, *, exclude: Iterable[str] = ()) -> "AttributeMerger":
        util.from_bytes(bytes_data, {"reliability": lambda b: self._set(json.loads(b))}, exclude)
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        writers = {"reliability.json": lambda p: write_json(p, asdict(self.reliability))}
        util.to_disk(util.ensure_path(path), writers, exclude)

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> "AttributeMerger":
        readers = {"reliability.json": lambda p: self._set(read_json(p))}
        util.from_disk(util.ensure_path(path), readers, exclude)
        return self

    def _set(self, data: dict[str, Any]) -> None:
        self.reliability = Reliability(**data)


def learned_candidates(doc: Doc) -> Iterator[Candidate]:
    """What the NER found."""
    group = doc.spans.get(crf_ner.SPANS_KEY)
    if group is None:
        yield from (Candidate(e.start, e.end, attribute_of(e.label_), ner_probability=1.0) for e in doc.ents)
        return
    for span, probability in zip(group, group.attrs["scores"], strict=True):
        yield Candidate(span.start, span.end, attribute_of(span.label_), ner_probability=float(probability))


def curated_candidates(doc: Doc) -> Iterator[Candidate]:
    """What the rules found, with the NER's support where it was asked for it."""
    group = doc.spans.get(kb_ruler.SPANS_KEY, ())
    attrs = group.attrs if len(group) else {}
    support, confidences = attrs.get(crf_ner.SUPPORT), attrs.get(kb_ruler.CONFIDENCES)
    for i, span in enumerate(group):
        attribute = attribute_of(span.label_)
        yield Candidate(
            span.start,
            span.end,
            attribute,
            rule_id=span.id_ or attribute,
            ner_support=float(support[i]) if support is not None else None,
            rule_confidence=None if confidences is None or math.isnan(confidences[i]) else confidences[i],
        )


def _knowledge_id(candidate: Candidate) -> str | None:
    """The entry of the knowledge base that matched; a table that matched as a whole is none."""
    return None if candidate.rule_id in kb_ruler.TABLE_IDS else candidate.rule_id


def _as_attribute(doc: Doc, candidate: Candidate) -> Attribute:
    span = doc[candidate.start : candidate.end]
    return Attribute(
        name=candidate.attribute,
        value=span.text,
        text=span.text,
        start_char=span.start_char,
        end_char=span.end_char,
        source=candidate.source,
        rule_id=_knowledge_id(candidate),
        confidence=candidate.confidence,
        plain=span.text,
        evidence=Evidence(ner_probability=candidate.ner_probability, rule_id=candidate.rule_id),
    )


def replace_attributes(doc: Doc, names: frozenset[str], change: Callable[[Attribute], Iterable[Attribute]]) -> None:
    """Put what `change` makes of each attribute with one of these names in its place."""
    doc._.attributes = tuple(
        changed for old in doc._.attributes for changed in (change(old) if old.name in names else (old,))
    )
