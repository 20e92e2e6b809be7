"""The tokenizer: where it splits, what it keeps, how long it takes."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language
from spacy.vocab import Vocab

from en_product_attrs.tokenizer import ProductTokenizer

CASES = [
    json.loads(line) for line in (Path(__file__).parent / "cases" / "tokens.jsonl").read_text("utf-8").splitlines()
]
TOKENIZER = ProductTokenizer(Vocab(), max_length=200_000)
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# All of Unicode, lone surrogates included.
CHARACTERS = st.characters(codec=None, exclude_categories=())
PIECES = st.sampled_from(
    ["12", "x", "X", "mm", "330ml", ".", ",", "-", "/", '"', "½", " ", "  ", "\n", "\t", "é", "A", "ab", "\ud800"]
)
TEXTS = st.one_of(st.text(CHARACTERS), st.lists(PIECES, max_size=30).map("".join))


def without_surrogates(text: str) -> str:
    return "".join(REPLACEMENT if "\ud800" <= char <= "\udfff" else char for char in text)


@pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case["text"]))
def test_cases(case: dict[str, Any]) -> None:
    doc = TOKENIZER(case["text"])
    assert [token.text for token in doc] == case["tokens"]
    assert doc.text == case["text"]


def test_cases_have_an_origin() -> None:
    assert all(case["origin"] for case in CASES)


@given(TEXTS)
@settings(deadline=None)
def test_keeps_every_character_but_surrogates(text: str) -> None:
    doc = TOKENIZER(text)
    assert len(doc.text) == len(text)
    assert doc.text == without_surrogates(text)


@given(TEXTS)
@settings(deadline=None)
def test_offsets_slice_to_the_tokens(text: str) -> None:
    doc = TOKENIZER(text)
    assert all(doc.text[token.idx : token.idx + len(token)] == token.text != "" for token in doc)


@given(TEXTS)
@settings(deadline=None)
def test_digits_and_letters_never_share_a_token(text: str) -> None:
    for token in TOKENIZER(text):
        assert not (any(c.isdecimal() for c in token.text) and any(c.isalpha() for c in token.text))


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "\ud83d red \ude00"])
def test_a_lone_surrogate_becomes_one_replacement_character(text: str) -> None:
    doc = TOKENIZER(text)
    assert doc.text == without_surrogates(text)
    doc.to_bytes()  # what holds a surrogate cannot be encoded


def test_reads_up_to_its_limit_and_refuses_more() -> None:
    assert len(TOKENIZER("a" * 200_000)) == 1
    with pytest.raises(ValueError, match=r"200,001 characters, more than the 200,000 .*nlp\.tokenizer\.max_length"):
        TOKENIZER("a" * 200_001)


def test_the_limit_can_be_raised() -> None:
    tokenizer = ProductTokenizer(Vocab(), max_length=3)
    tokenizer.max_length = 4
    assert len(tokenizer("abcd")) == 1


@pytest.mark.parametrize("piece", ["-", "a", "1", "1,", "x1", "12x", " ", "\n", "aB", "½", "\0", "12mmx"])
def test_takes_linear_time(piece: str) -> None:
    """Quadratic time would take hundreds of times the bound."""
    text = piece * (50_000 // len(piece))
    start = time.process_time()
    doc = TOKENIZER(text)
    assert time.process_time() - start < 3
    assert len(doc.text) == len(text)


def test_pipe_gives_a_doc_for_each_text() -> None:
    assert [len(doc) for doc in TOKENIZER.pipe(["", "500ml", "Red/White"])] == [0, 2, 3]


def test_comes_from_a_config_and_is_saved_in_it(blank_nlp: Language, tmp_path: Path) -> None:
    blank_nlp.tokenizer.max_length = 10
    blank_nlp.to_disk(tmp_path)
    loaded = spacy.load(tmp_path)
    assert isinstance(loaded.tokenizer, ProductTokenizer)
    assert [token.text for token in loaded("12x330ml")] == ["12", "x", "330", "ml"]
    assert isinstance(
        spacy.blank("en", config=blank_nlp.config).from_bytes(blank_nlp.to_bytes()).tokenizer, ProductTokenizer
    )
