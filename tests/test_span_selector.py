"""The span selector with its default network, on toy texts."""

from pathlib import Path

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span, SpanGroup
from spacy.training import Example
from spacy.util import fix_random_seed

from en_product_attrs.components.span_model import MAX_WORDS
from en_product_attrs.components.span_selector import ABSENT, WEIGHTS, SpanSelector, best_spans
from en_product_attrs.listings import parse_markup

MARKED = [
    "[Nike](BRAND) shoe [red](COLOR)",
    "[Bob's Red Mill](BRAND) oats",
    "[royal blue](COLOR) mug by [Acme](BRAND)",
    "plain white paper of no maker",
    "[Acme](BRAND) [dark red](COLOR) bag",
    "[black](COLOR) [Nike](BRAND) cap",
    "[Acme](BRAND) oats 12 oz",
    "mug, [red](COLOR), 12 oz",
    "[Bob's Red Mill](BRAND) mug [royal blue](COLOR)",
]


def make_example(nlp: Language, marked: str, weights: dict[str, float] | None = None) -> Example:
    text, spans = parse_markup(marked)
    doc = nlp.make_doc(text)
    found = [doc.char_span(span.start, span.end, label=span.attribute) for span in spans]
    attrs = {} if weights is None else {WEIGHTS: weights}
    doc.spans["values"] = SpanGroup(doc, name="values", spans=[span for span in found if span], attrs=attrs)
    return Example(nlp.make_doc(text), doc)


def make_nlp() -> Language:
    nlp = spacy.blank("en", config={"nlp": {"tokenizer": {"@tokenizers": "product_attrs.tokenizer.v1"}}})
    nlp.add_pipe("product_span_selector", name="selector")
    return nlp


def train(examples: list[Example], nlp: Language, steps: int = 30) -> Language:
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(steps):
        nlp.update(examples, sgd=optimizer, drop=0.0)
    return nlp


@pytest.fixture(scope="module")
def trained() -> Language:
    fix_random_seed(0)
    nlp = make_nlp()
    return train([make_example(nlp, marked) for marked in MARKED], nlp)


def found(doc: Doc) -> dict[str, str]:
    return {label: span.text for label, span in best_spans(doc).items()}


def test_learns_a_toy_set(trained: Language) -> None:
    scores = trained.evaluate([make_example(trained, marked) for marked in MARKED])
    assert (scores["values_p"], scores["values_r"], scores["values_f"]) == (1.0, 1.0, 1.0)
    assert found(trained("Acme mug, dark red")) == {"BRAND": "Acme", "COLOR": "dark red"}


def test_spans_come_with_probabilities_the_likeliest_first(trained: Language) -> None:
    doc = trained("Nike cap, black")
    group = doc.spans["values"]
    scores = group.attrs["scores"]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) == len(group)
    for label in trained.get_pipe("selector").labels:
        own = [score for span, score in zip(group, scores, strict=True) if span.label_ == label]
        assert len(own) <= 8
        assert sum(own) + group.attrs[ABSENT][label] == pytest.approx(1.0, abs=0.02)


def test_a_doc_answers_for_the_labels_that_it_is_asked_for(trained: Language) -> None:
    selector = trained.get_pipe("selector")
    assert isinstance(selector, SpanSelector)
    every, color, none = (trained.make_doc("Acme mug, dark red") for _ in range(3))
    list(trained.pipe([every, selector.ask(color, ["COLOR"]), selector.ask(none, [])]))
    assert found(every) == {"BRAND": "Acme", "COLOR": "dark red"}
    assert found(color) == {"COLOR": "dark red"}
    absent = every.spans["values"].attrs[ABSENT]["COLOR"]
    assert color.spans["values"].attrs[ABSENT] == {"COLOR": pytest.approx(absent, abs=1e-5)}
    assert (len(none.spans["values"]), none.spans["values"].attrs[ABSENT]) == (0, {})


def test_a_label_that_was_never_learned_cannot_be_asked_for(trained: Language) -> None:
    selector = trained.get_pipe("selector")
    assert isinstance(selector, SpanSelector)
    with pytest.raises(ValueError, match=r"'SIZE'.*\['BRAND', 'COLOR'\]"):
        selector.ask(trained.make_doc("Acme"), ["BRAND", "SIZE"])


def test_an_unknown_label_teaches_nothing() -> None:
    absent = []
    for weights in ({"BRAND": 1.0}, {"BRAND": 1.0, "COLOR": 1.0}):
        fix_random_seed(0)
        nlp = make_nlp()
        full = [make_example(nlp, marked) for marked in MARKED]
        partly = [make_example(nlp, "[Nike](BRAND) shoe red", weights) for _ in range(9)]
        doc = train(full + partly, nlp)("Nike shoe red")
        assert found(doc)["BRAND"] == "Nike"
        absent.append(doc.spans["values"].attrs[ABSENT]["COLOR"])
    unknown, stated = absent
    assert unknown < 0.5 < stated


def test_a_text_without_annotation_teaches_nothing() -> None:
    absent = []
    for annotated in (False, True):
        fix_random_seed(0)
        nlp = make_nlp()
        more = [make_example(nlp, "Nike shoe red") for _ in range(9)]
        for example in more:
            if not annotated:
                del example.reference.spans["values"]
        doc = train([make_example(nlp, marked) for marked in MARKED] + more, nlp)("Nike shoe red")
        absent.append(doc.spans["values"].attrs[ABSENT]["COLOR"])
    unknown, stated = absent
    assert unknown < 0.5 < stated


def test_the_annotation_of_a_label_without_weight_is_not_scored(trained: Language) -> None:
    for weights, precision in ((None, 0.5), ({"BRAND": 1.0, "COLOR": 1.0}, 0.5), ({"COLOR": 1.0}, 1.0)):
        scores = trained.evaluate([make_example(trained, "Nike shoe [red](COLOR)", weights)])
        assert (scores["values_p"], scores["values_r"]) == (precision, 1.0)


def test_a_value_longer_than_a_span_may_be_is_skipped() -> None:
    nlp = make_nlp()
    long = " ".join("abcdefghijklmno")
    train([make_example(nlp, f"[{long}](BRAND) cap"), *(make_example(nlp, marked) for marked in MARKED)], nlp, steps=1)


@pytest.mark.parametrize("text", ["", " ", "\n", "x" * 500, "red " * (MAX_WORDS + 5) + "Nike"])
def test_no_text_is_too_short_or_too_long(trained: Language, text: str) -> None:
    doc = trained(text)
    assert set(doc.spans["values"].attrs[ABSENT]) == {"BRAND", "COLOR"}
    assert all(span.text == doc.text[span.start_char : span.end_char] for span in doc.spans["values"])


def test_words_behind_the_first_piece_are_read(trained: Language) -> None:
    doc = trained("plain paper of no maker , " * (MAX_WORDS // 5) + "by Acme")
    assert any(span.text == "Acme" for span in doc.spans["values"])


def test_round_trip(trained: Language, tmp_path: Path) -> None:
    trained.to_disk(tmp_path)
    doc = trained("Acme mug, dark red")
    for loaded in (spacy.load(tmp_path), make_nlp().from_bytes(trained.to_bytes())):
        selector = loaded.get_pipe("selector")
        assert isinstance(selector, SpanSelector)
        again = loaded("Acme mug, dark red")
        assert again.spans["values"].attrs == doc.spans["values"].attrs
        assert [(s.label_, s.text) for s in again.spans["values"]] == [(s.label_, s.text) for s in doc.spans["values"]]


def test_annotation_survives_in_a_docbin(trained: Language) -> None:
    example = make_example(trained, MARKED[0], {"BRAND": 1.0, "COLOR": 0.3})
    (doc,) = DocBin().from_bytes(DocBin(docs=[example.reference]).to_bytes()).get_docs(trained.vocab)
    assert doc.spans["values"].attrs == {WEIGHTS: {"BRAND": 1.0, "COLOR": 0.3}}


def test_labels_are_fixed_after_initialization(trained: Language) -> None:
    selector = trained.get_pipe("selector")
    assert isinstance(selector, SpanSelector)
    assert selector.add_label("BRAND") == 0
    with pytest.raises(ValueError, match="initialized"):
        selector.add_label("SIZE")


def test_examples_without_values_are_refused() -> None:
    nlp = make_nlp()
    with pytest.raises(ValueError, match="no labels"):
        nlp.initialize(lambda: [make_example(nlp, "plain paper")])


def test_best_spans_of_an_unread_doc(trained: Language) -> None:
    assert best_spans(trained.make_doc("Nike")) == {}
    doc = trained.make_doc("Nike")
    attrs = {"scores": [0.4], ABSENT: {"BRAND": 0.5}}
    doc.spans["values"] = SpanGroup(doc, name="values", spans=[Span(doc, 0, 1, label="BRAND")], attrs=attrs)
    assert best_spans(doc) == {}
