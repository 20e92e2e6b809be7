"""The components in a pipeline: declarations, saving, hostile texts."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
import spacy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import registry

from en_product_attrs import units
from en_product_attrs.resources import rules_dir

FACTORIES = {
    "product_kb_ruler": (["doc.spans"], []),
    "product_crf_ner": (["doc.ents", "token.ent_iob", "token.ent_type", "doc.spans"], []),
    "product_attribute_merger": (["doc.ents", "doc._.attributes", "token.ent_iob", "token.ent_type"], ["doc.spans"]),
    "product_unit_normalizer": (["doc._.attributes"], ["doc._.attributes"]),
    "product_color_normalizer": (["doc._.attributes"], ["doc._.attributes"]),
    "product_value_normalizer": (["doc._.attributes"], ["doc._.attributes"]),
}
TEXTS = [
    "Nike Mens Air Zoom Pegasus 38, Royal Blu/White, Size 10.5 US, 280g",
    "Folgers Ground Coffee 10.5 oz (Pack of 4) $12.99",
    '12x330ml, Red cotton T-Shirt, 16GB/512GB, 24"W x 18"D',
    "",
]
HOSTILE = {
    "empty": "",
    "white space": " \n\t  ",
    "long word": "a" * 100_000,
    "long number": "1" * 100_000,
    "groups": "1," * 50_000,
    "letters": "é" * 100_000,
    "many words": "red mug " * 400,
    "many signs": "-" * 1000,
    "emoji": "👩‍👩‍👧‍👦 red 🟥" * 50,
    "right to left": "قميص أحمر 12 \u202e red \u202c oz חולצה",
    "control": "".join(map(chr, range(32))) + "red\x7f\x85",
    "NUL": "red\0mug\0",
    "lone surrogates": "\ud800red\udfff \udc00\ud800",
    "HTML": "<p class='x'>Red&nbsp;mug &frac12; gal</p><script>alert(1)</script>" * 20,
    "combining": "r\u0301e\u0301d\u0301" + "\u0301" * 500,
    "format": "{0} %s %d \\n [red](color) ${x}",
    "huge numbers": "1e400 kg 10**10**10 in 9" + "9" * 400 + " oz",
    "beyond the BMP": "𝟙𝟚 𝐨𝐳 \U0010ffff",
}
# All of Unicode, lone surrogates included, among pieces that the rules look for.
PIECES = st.sampled_from(
    [
        "red",
        "blue/",
        "Nike",
        "Acme",
        "12",
        "1/2",
        "½",
        " x ",
        "oz",
        "mm",
        "$",
        "Pack of",
        "%",
        "Cotton",
        "-",
        ",",
        " ",
        "\n",
        "(",
        '"',
        "é",
    ]
)
RANDOM = st.one_of(
    st.text(st.characters(codec=None, exclude_categories=())), st.lists(PIECES, max_size=20).map("".join)
)


def check_offsets(doc: Doc) -> None:
    for attribute in doc._.attributes:
        assert doc.text[attribute.start_char : attribute.end_char] == attribute.text != ""
        assert 0 <= attribute.confidence <= 1
    json.dumps(doc._.product)
    json.dumps([attribute.explain() for attribute in doc._.attributes])


@pytest.mark.parametrize("name", FACTORIES)
def test_default_configs_resolve(blank_nlp: Language, name: str) -> None:
    config = Language.get_factory_meta(name).default_config
    registry.resolve({"config": config}, validate=True)
    assert blank_nlp.add_pipe(name, name="pipe").name == "pipe"


@pytest.mark.parametrize("name", FACTORIES)
def test_factories_declare_what_they_set_and_need(name: str) -> None:
    meta = Language.get_factory_meta(name)
    assert (list(meta.assigns), list(meta.requires), meta.retokenizes) == (*FACTORIES[name], False)


def test_only_the_recognizer_is_scored() -> None:
    weights = {name: Language.get_factory_meta(name).default_score_weights for name in FACTORIES}
    assert {name for name, weight in weights.items() if weight} == {"product_crf_ner"}
    assert weights["product_crf_ner"]["ents_f"] == 1.0


def test_every_component_finds_what_it_needs(rules_nlp: Language) -> None:
    assert not any(rules_nlp.analyze_pipes()["problems"].values())
    assert rules_nlp.pipe_names[0] == "kb_ruler"


def products(nlp: Language) -> list[Any]:
    return [doc._.product for doc in nlp.pipe(TEXTS)]


def test_finds_attributes(rules_nlp: Language) -> None:
    shoe, coffee, shirt, nothing = products(rules_nlp)
    assert (shoe["brand"], shoe["gender"]) == (["Nike"], ["male"])
    assert [color["name"] for color in shoe["color"]] == ["Royal Blue", "White"]
    assert (coffee["brand"], coffee["pack_size"], coffee["price"]) == (
        ["Folgers"],
        [4],
        [{"value": 12.99, "currency": "USD"}],
    )
    assert shirt["net_content"] == [{"unit": "m^3", "value": 0.00033}]
    assert nothing == {}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Nike Mens Air Zoom Pegasus 38, Size 10.5", "Air Zoom Pegasus 38"),
        ("asics gel-kayano 29 size 42", "gel-kayano 29"),
        ("MIZUNO WAVE RIDER 25", "WAVE RIDER 25"),
        ("Pegasus horse figure", None),
    ],
)
def test_the_number_of_a_shoe_is_no_size(rules_nlp: Language, text: str, line: str | None) -> None:
    lines = [found.text for found in rules_nlp(text)._.attributes if found.name == "product_line"]
    assert lines == ([line] if line else [])


def test_entities_are_what_was_merged(rules_nlp: Language) -> None:
    doc = rules_nlp(TEXTS[1])
    assert {ent.label_.lower() for ent in doc.ents} == set(doc._.product)


def test_pipe_and_call_agree(rules_nlp: Language) -> None:
    assert products(rules_nlp) == [rules_nlp(text)._.product for text in TEXTS]


def test_bytes_give_the_same_products(rules_nlp: Language) -> None:
    again = spacy.blank("en", config=rules_nlp.config).from_bytes(rules_nlp.to_bytes())
    assert products(again) == products(rules_nlp)


def test_disk_gives_the_same_products(
    rules_nlp: Language, saved_rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    again = spacy.load(saved_rules)
    assert products(again) == products(rules_nlp)
    again.to_disk(tmp_path / "again")
    for path in (p for p in saved_rules.rglob("*.json*") if p.parent.name != "vocab"):
        assert (tmp_path / "again" / path.relative_to(saved_rules)).read_bytes() == path.read_bytes(), path.name


def test_the_rules_are_not_looked_at_after_saving(
    rules_nlp: Language, saved_rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = products(rules_nlp)
    open_ = io.open

    def refuse(file: Any, *args: Any, **kwargs: Any) -> Any:
        assert not str(file).startswith((str(rules_dir()), "rules")), f"opened {file}"
        return open_(file, *args, **kwargs)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(io, "open", refuse)  # what pathlib calls
    monkeypatch.setattr("builtins.open", refuse)
    units.default_table.cache_clear()
    assert products(spacy.load(saved_rules)) == expected


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts_have_a_result(rules_nlp: Language, text: str) -> None:
    doc = rules_nlp(text)
    assert len(doc.text) == len(text)
    check_offsets(doc)


def test_texts_beyond_the_limit_are_refused(rules_nlp: Language) -> None:
    with pytest.raises(ValueError, match=r"1,000,000 characters, more than the 200,000"):
        rules_nlp("a" * 1_000_000)


@given(text=RANDOM)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_texts_have_a_result(rules_nlp: Language, text: str) -> None:
    doc = rules_nlp(text)
    assert len(doc.text) == len(text)
    check_offsets(doc)
