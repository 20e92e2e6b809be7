"""The entity recognizer with its default network, on toy texts."""

import numpy
import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.util import fix_random_seed

from en_product_attrs.components.crf_ner import MAX_WORDS, SPANS_KEY, CrfEntityRecognizer, _piece_bounds
from en_product_attrs.listings import parse_markup

LABELS = ("BRAND", "COLOR")
MARKED = [
    "[Nike](BRAND) shoe [red](COLOR)",
    "[Bob's Red Mill](BRAND) oats",
    "[royal blue](COLOR) mug by [Acme](BRAND)",
    "plain white paper of no maker",
    "[Acme](BRAND) [dark red](COLOR)/[black](COLOR) bag",
    "[black](COLOR) [Nike](BRAND) cap",
    "[Acme](BRAND) oats 12 oz",
    "mug, [red](COLOR), 12 oz",
    "[Bob's Red Mill](BRAND) mug [royal blue](COLOR)",
    "shoe [dark red](COLOR) and [black](COLOR)",
]


def make_example(nlp: Language, marked: str) -> Example:
    text, spans = parse_markup(marked)
    entities = [(span.start, span.end, span.attribute) for span in spans]
    return Example.from_dict(nlp.make_doc(text), {"entities": entities})


def make_nlp() -> Language:
    nlp = spacy.blank("en", config={"nlp": {"tokenizer": {"@tokenizers": "product_attrs.tokenizer.v1"}}})
    nlp.add_pipe("product_crf_ner", name="ner")
    return nlp


@pytest.fixture(scope="module")
def trained() -> Language:
    fix_random_seed(0)
    nlp = make_nlp()
    examples = [make_example(nlp, marked) for marked in MARKED]
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(30):
        nlp.update(examples, sgd=optimizer, drop=0.0)
    return nlp


def found(doc: Doc) -> list[tuple[str, str]]:
    return [(ent.text, ent.label_) for ent in doc.ents]


def test_learns_a_toy_set(trained: Language) -> None:
    scores = trained.evaluate([make_example(trained, marked) for marked in MARKED])
    assert (scores["ents_p"], scores["ents_r"], scores["ents_f"]) == (1.0, 1.0, 1.0)
    assert set(scores["ents_per_type"]) == set(LABELS)
    assert trained.get_pipe("ner").labels == LABELS


def test_the_loss_goes_down() -> None:
    nlp = make_nlp()
    examples = [make_example(nlp, marked) for marked in MARKED]
    optimizer = nlp.initialize(lambda: examples)
    losses = [nlp.update(examples, sgd=optimizer, drop=0.0)["ner"] for _ in range(4)]
    assert all(loss > 0 for loss in losses)
    assert losses[-1] < losses[0]


def test_spans_carry_their_probabilities(trained: Language) -> None:
    doc = trained("Nike mug royal blue, purple hat")
    group = doc.spans[SPANS_KEY]
    assert [(span.start, span.end, span.label_) for span in group] == [(e.start, e.end, e.label_) for e in doc.ents]
    scores = group.attrs["scores"]
    assert len(scores) == len(group) > 0
    assert all(0 <= score <= 1 for score in scores)


def test_a_round_trip_gives_the_same_predictions(trained: Language) -> None:
    again = make_nlp().from_bytes(trained.to_bytes())
    assert again.get_pipe("ner").labels == LABELS
    for marked in MARKED:
        text = make_example(trained, marked).text
        one, other = trained(text), again(text)
        assert found(one) == found(other)
        numpy.testing.assert_allclose(
            one.spans[SPANS_KEY].attrs["scores"], other.spans[SPANS_KEY].attrs["scores"], rtol=1e-5
        )


@pytest.mark.parametrize("texts", [[""], ["", "Nike shoe red", ""], []])
def test_texts_may_be_empty(trained: Language, texts: list[str]) -> None:
    docs = list(trained.pipe(texts))
    assert [found(doc) for doc in docs] == [[("Nike", "BRAND"), ("red", "COLOR")] if text else [] for text in texts]
    assert all(SPANS_KEY in doc.spans for doc in docs)


def test_an_empty_text_can_be_trained_on(trained: Language) -> None:
    nlp = make_nlp().from_bytes(trained.to_bytes())
    assert nlp.update([make_example(nlp, "")], sgd=nlp.create_optimizer())["ner"] == 0.0


def test_texts_longer_than_a_piece_are_read_whole(trained: Language) -> None:
    parts = ["Nike shoe red . "] * (MAX_WORDS // 2)
    doc = trained("".join(parts))
    assert len(doc) == 4 * len(parts) > MAX_WORDS
    assert found(doc) == [("Nike", "BRAND"), ("red", "COLOR")] * len(parts)


@pytest.mark.parametrize(
    ("words", "bounds"),
    [
        (["a"] * MAX_WORDS, [(0, MAX_WORDS)]),
        (["a"] * (MAX_WORDS + 1), [(0, MAX_WORDS), (MAX_WORDS, MAX_WORDS + 1)]),
        ([*["a"] * (MAX_WORDS - 5), ".", *["a"] * 10], [(0, MAX_WORDS - 4), (MAX_WORDS - 4, MAX_WORDS + 6)]),
        ([*["a"] * 10, ".", *["a"] * MAX_WORDS], [(0, MAX_WORDS), (MAX_WORDS, MAX_WORDS + 11)]),
        ([], []),
    ],
)
def test_long_texts_are_cut_behind_a_period(
    blank_nlp: Language, words: list[str], bounds: list[tuple[int, int]]
) -> None:
    assert _piece_bounds(Doc(blank_nlp.vocab, words=words)) == bounds


def test_an_entity_across_a_cut_can_be_trained_on(trained: Language) -> None:
    nlp = make_nlp().from_bytes(trained.to_bytes())
    doc = Doc(nlp.vocab, words=["a"] * (MAX_WORDS + 10))
    doc.set_ents([Span(doc, MAX_WORDS - 2, MAX_WORDS + 2, label="BRAND")])
    loss = nlp.update([Example(nlp.make_doc(doc.text), doc)], sgd=nlp.create_optimizer())["ner"]
    assert 0 < loss < 5000


def test_words_without_annotation_may_be_anything(trained: Language) -> None:
    pipe = trained.get_pipe("ner")
    assert isinstance(pipe, CrfEntityRecognizer)
    doc = trained.make_doc("Nike shoe red")
    open_ = Doc(trained.vocab, words=["Nike", "shoe", "red"])
    open_.set_ents([], missing=[open_[0:3]], default="missing")
    scores = pipe.model.predict([doc])
    loss, gradients = pipe.get_loss([Example(doc, open_)], scores)
    assert loss == pytest.approx(0.0, abs=1e-4)
    assert abs(gradients[0]).max() < 1e-4
    half = Doc(trained.vocab, words=["Nike", "shoe", "red"])
    half.set_ents([Span(half, 0, 1, label="COLOR")], default="missing")
    assert pipe.get_loss([Example(doc, half)], scores)[0] > 0.1
    pipe.model.set_grad("transitions", pipe.model.get_grad("transitions") * 0)


def test_the_gradient_is_that_of_the_loss(trained: Language) -> None:
    pipe = trained.get_pipe("ner")
    examples = [make_example(trained, "mug [purple hat](COLOR)")]
    scores = pipe.model.predict([examples[0].predicted])
    _loss, gradients = pipe.get_loss(examples, scores)
    step = 1e-2
    for row, column in [(0, 0), (1, 2), (2, 6)]:
        moved = [scores[0].copy()]
        moved[0][row, column] += step
        up = pipe.get_loss(examples, moved)[0]
        moved[0][row, column] -= 2 * step
        down = pipe.get_loss(examples, moved)[0]
        assert (up - down) / (2 * step) == pytest.approx(gradients[0][row, column], abs=2e-2)
    pipe.model.set_grad("transitions", pipe.model.get_grad("transitions") * 0)


def test_labels_are_added_before_initialization_alone(trained: Language) -> None:
    nlp = make_nlp()
    pipe = nlp.get_pipe("ner")
    assert (pipe.add_label("BRAND"), pipe.add_label("BRAND")) == (1, 0)
    assert pipe.labels == ("BRAND",)
    with pytest.raises(ValueError, match="Cannot add the label 'SIZE'"):
        trained.get_pipe("ner").add_label("SIZE")
    assert trained.get_pipe("ner").add_label("BRAND") == 0


def test_refuses_examples_without_entities() -> None:
    nlp = make_nlp()
    with pytest.raises(ValueError, match="no labels: the examples hold no entities"):
        nlp.initialize(lambda: [make_example(nlp, "plain paper")])


def test_takes_labels_that_are_given() -> None:
    nlp = make_nlp()
    pipe = nlp.get_pipe("ner")
    pipe.initialize(lambda: [make_example(nlp, "[Nike](BRAND)")], nlp=nlp, labels=["SIZE", "BRAND"])
    assert (pipe.labels, pipe.label_data) == (("SIZE", "BRAND"), ["SIZE", "BRAND"])
