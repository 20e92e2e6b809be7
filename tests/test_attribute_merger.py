"""The merger: from spans of two sources to entities and attributes."""

from pathlib import Path
from typing import Any

import pytest
from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup

from en_product_attrs import merging
from en_product_attrs.attribute import Evidence
from en_product_attrs.components.attribute_merger import AttributeMerger, replace_attributes
from en_product_attrs.merging import Reliability, Weighted

RELIABILITY: dict[str, Any] = {
    "rule_alone": {"color": 0.75},
    "rule_against": {"color": 0.25},
    "default": 0.6,
    "agreement": 0.5,
}


def make_doc(
    nlp: Language, learned: list[tuple[int, int, str, float]] | None, curated: list[tuple[int, int, str, str]] = ()
) -> Doc:
    doc = nlp("royal blue Acme mug, size 7")
    if learned is not None:
        spans = [Span(doc, start, end, label=label) for start, end, label, _ in learned]
        doc.spans["ner"] = SpanGroup(doc, name="ner", spans=spans, attrs={"scores": [p for *_, p in learned]})
    doc.spans["rules"] = [Span(doc, start, end, label=label, span_id=id_) for start, end, label, id_ in curated]
    return doc


@pytest.fixture
def merger() -> AttributeMerger:
    merger = AttributeMerger(policy=Weighted(0.5))
    merger.initialize(lambda: [], reliability=RELIABILITY)
    return merger


def found(doc: Doc) -> list[tuple[str, str, str, str | None, float]]:
    return [(a.name, a.text, a.source, a.rule_id, round(a.confidence, 4)) for a in doc._.attributes]


@pytest.mark.parametrize(
    ("learned", "curated", "expected"),
    [
        ([], [], []),
        ([(0, 2, "COLOR", 0.9)], [], [("color", "royal blue", "ner", None, 0.9)]),
        ([(0, 2, "COLOR", 0.4)], [], []),
        ([], [(2, 3, "BRAND", "brand:acme")], [("brand", "Acme", "rules", "brand:acme", 0.6)]),
        ([], [(0, 2, "COLOR", "colors")], [("color", "royal blue", "rules", None, 0.75)]),
        ([(0, 2, "COLOR", 0.4)], [(0, 2, "COLOR", "colors")], [("color", "royal blue", "ner+rules", None, 0.7)]),
        ([(0, 3, "BRAND", 0.6)], [(0, 2, "COLOR", "colors")], [("brand", "royal blue Acme", "ner", None, 0.6)]),
        ([], [(2, 3, "BRAND", "")], [("brand", "Acme", "rules", "brand", 0.6)]),
    ],
)
def test_merges(merger: AttributeMerger, blank_nlp: Language, learned: Any, curated: Any, expected: Any) -> None:
    doc = merger(make_doc(blank_nlp, learned, curated))
    assert found(doc) == expected
    assert [(ent.text, ent.label_.lower(), ent.id_ or None) for ent in doc.ents] == [
        (t, n, i) for n, t, _, i, _ in expected
    ]
    for attribute in doc._.attributes:
        assert (
            doc.text[attribute.start_char : attribute.end_char] == attribute.text == attribute.value == attribute.plain
        )


def test_evidence_says_what_each_source_found(merger: AttributeMerger, blank_nlp: Language) -> None:
    doc = merger(make_doc(blank_nlp, [(0, 2, "COLOR", 0.5)], [(0, 2, "COLOR", "colors")]))
    assert doc._.attributes[0].evidence == Evidence(ner_probability=0.5, rule_id="colors")


def test_entities_of_a_recognizer_without_probabilities_are_certain(
    merger: AttributeMerger, blank_nlp: Language
) -> None:
    doc = make_doc(blank_nlp, None)
    doc.set_ents([Span(doc, 2, 3, label="BRAND")])
    assert [(name, source) for name, _, source, _, _ in found(merger(doc))] == [("brand", "ner")]
    assert doc._.attributes[0].confidence > 0.99


def test_a_doc_without_spans_has_no_attributes(merger: AttributeMerger, blank_nlp: Language) -> None:
    assert merger(blank_nlp(""))._.attributes == ()
    assert merger(blank_nlp("mug"))._.attributes == ()


def test_bytes_and_disk_carry_the_reliability(merger: AttributeMerger, tmp_path: Path) -> None:
    merger.to_disk(tmp_path / "merger")
    for again in (
        AttributeMerger(policy=Weighted(0.5)).from_bytes(merger.to_bytes()),
        AttributeMerger(policy=Weighted(0.5)).from_disk(tmp_path / "merger"),
    ):
        assert again.reliability == merger.reliability == Reliability(**RELIABILITY)


@pytest.mark.parametrize(
    ("name", "settings", "policy"),
    [
        ("prefer_ner", {}, merging.prefer_ner),
        ("prefer_rules", {}, merging.prefer_rules),
        ("weighted", {"threshold": 0.7}, Weighted(0.7)),
    ],
)
def test_the_policy_is_chosen_in_the_config(
    blank_nlp: Language, name: str, settings: dict[str, float], policy: Any
) -> None:
    config = {"policy": {"@misc": f"product_attrs.merge_policy.{name}.v1", **settings}}
    assert blank_nlp.add_pipe("product_attribute_merger", config=config).policy == policy


def test_replace_attributes_keeps_the_others_in_their_place(merger: AttributeMerger, blank_nlp: Language) -> None:
    doc = merger(make_doc(blank_nlp, [(0, 2, "COLOR", 0.9), (2, 3, "BRAND", 0.9), (6, 7, "SIZE", 0.9)]))
    replace_attributes(doc, frozenset({"brand", "size"}), lambda old: [old, old] if old.name == "brand" else [])
    assert [attribute.name for attribute in doc._.attributes] == ["color", "brand", "brand"]
