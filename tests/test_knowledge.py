import json
import random
import time
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from en_product_attrs.errors import DataFileError
from en_product_attrs.knowledge import KnowledgeBase, KnowledgeEntry, find_problems, normal_form
from en_product_attrs.resources import rules_dir

HEADER = "id,attribute,value,family,aliases,loose_aliases,safe\n"


@pytest.fixture(scope="module")
def kb() -> KnowledgeBase:
    return KnowledgeBase.from_dir()


def write(path: Path, rows: str) -> Path:
    (path / "matching.yml").write_text((rules_dir() / "values" / "matching.yml").read_text(encoding="utf-8"))
    (path / "things.csv").write_text(HEADER + rows, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("attribute", "surface", "value"),
    [
        ("brand", "Nike", "Nike"),
        ("brand", "NIKE™", "Nike"),
        ("brand", "Hewlett-Packard", "HP"),
        ("brand", "hewlett packard", "HP"),
        ("brand", "Hewlett-Packard Company", "HP"),
        ("brand", "P&G", "Procter & Gamble"),
        ("brand", "Procter and Gamble", "Procter & Gamble"),
        ("brand", "Kelloggs", "Kellogg's"),
        ("brand", "KELLOGG’S®", "Kellogg's"),
        ("brand", "L'Oreal Paris", "L'Oréal"),
        ("brand", "Black & Decker", "Black & Decker"),
        ("brand", "Vollrath Co., Inc.", "Vollrath"),
        ("brand", "Acme Nonesuch", None),
        ("brand", "", None),
        ("material", "stainless-steel", "Stainless Steel"),
        ("material", "Merino", "Merino Wool"),
        ("material", "carbon fibre", "Carbon Fiber"),
        ("gender", "Men's", "male"),
        ("gender", "WOMENS", "female"),
        ("gender", "Men & Women", "unisex"),
        ("age_group", "Kids'", "kids"),
        ("age_group", "Baby", "infant"),
        ("size", "X-Large", "XL"),
        ("size", "Cal King", "California King"),
        ("pattern", "Polka-Dots", "Polka Dot"),
        ("style", "v neck", "V-Neck"),
        ("grade", "UPF50+", "UPF 50+"),
        ("grade", "PA++++", "PA++++"),
        ("grade", "PA+", "PA+"),
        ("diet", "Gluten-Free", "Gluten Free"),
        ("origin", "Made in USA", "United States"),
        ("condition", "Refurb", "refurbished"),
        ("interface", "SATA 6Gb/s", "SATA III"),
        ("closure", "ear loops", "Ear Loop"),
        ("nonesuch", "Nike", None),
    ],
)
def test_lookup(kb: KnowledgeBase, attribute: str, surface: str, value: str | None) -> None:
    entry = kb.lookup(attribute, surface)
    assert (entry.value if entry else None) == value


@pytest.mark.parametrize(
    ("attribute", "surface", "value"),
    [
        ("brand", "Samsnug", "Samsung"),
        ("brand", "Panasonc", "Panasonic"),
        ("brand", "Neutrogina", "Neutrogena"),
        ("material", "Polyster", "Polyester"),
        ("material", "Alumnium", "Aluminum"),
        ("brand", "LF", None),  # as near to LG as to anything
        ("gender", "mnes", None),  # never fuzzy
        ("size", "XLL", None),
        ("interface", "SATA 9Gb/s", None),
    ],
)
def test_match_finds_misspellings(kb: KnowledgeBase, attribute: str, surface: str, value: str | None) -> None:
    found = kb.match(attribute, surface)
    assert (found[0].value if found else None) == value
    if found:
        assert 80 <= found[1] < 100


def test_exact_match_scores_100(kb: KnowledgeBase) -> None:
    entry, score = kb.match("brand", "nike") or (None, 0)
    assert (entry, score) == (kb.lookup("brand", "Nike"), 100)


def test_digits_are_never_misspelled(kb: KnowledgeBase) -> None:
    own = kb.extended([KnowledgeEntry("brand:formula-10001", "brand", "Formula 10001")])
    assert own.match("brand", "Formula 10001") is not None
    assert own.match("brand", "Formula 10002") is None


def test_every_surface_finds_its_entry(kb: KnowledgeBase) -> None:
    for entry in kb.entries:
        for surface in entry.surfaces:
            assert kb.lookup(entry.attribute, surface) == entry


def test_attributes_are_those_of_the_schema(kb: KnowledgeBase) -> None:
    text = (rules_dir() / "attributes.yml").read_text(encoding="utf-8")
    known = {line[:-1] for line in text.splitlines() if line.endswith(":") and not line.startswith((" ", "#"))}
    assert {entry.attribute for entry in kb.entries} <= known


def test_sizes(kb: KnowledgeBase) -> None:
    count = {
        name: sum(entry.attribute == name for entry in kb.entries) for name in ("brand", "material", "pattern", "style")
    }
    assert count["brand"] >= 2500
    assert count["material"] >= 500
    assert count["pattern"] + count["style"] + sum(entry.family == "finish" for entry in kb.entries) >= 300
    assert {entry.value for entry in kb.entries if entry.attribute == "gender"} == {"male", "female", "unisex"}
    ages = {entry.value for entry in kb.entries if entry.attribute == "age_group"}
    assert ages == {"newborn", "infant", "toddler", "kids", "adult"}


@pytest.mark.parametrize("word", ["Target", "Gap", "Always", "Tide", "Orange", "Gain", "Dove", "Guess", "Express"])
def test_ordinary_words_are_no_patterns(kb: KnowledgeBase, word: str) -> None:
    assert word.lower() not in {surface.lower() for surface, _ in kb.patterns("brand")}


def test_patterns_leave_out_what_is_unsafe(kb: KnowledgeBase) -> None:
    patterns = dict(kb.patterns())
    assert patterns["Hewlett-Packard"].value == "HP"
    assert "Gorilla Glue" in patterns  # an alias that is safe where its value is not
    assert "Gorilla" not in patterns
    assert "Lauren" not in patterns


def test_round_trip(kb: KnowledgeBase) -> None:
    assert KnowledgeBase.from_dict(json.loads(json.dumps(kb.to_dict()))) == kb


def test_entries_of_a_user_count_first(kb: KnowledgeBase) -> None:
    own = KnowledgeEntry("brand:mine", "brand", "Mine", aliases=("Nike",))
    assert kb.extended([own]).lookup("brand", "nike") == own


@given(st.text())
def test_normal_form_is_stable(text: str) -> None:
    assert normal_form(normal_form(text)) == normal_form(text)


@settings(deadline=None)  # the first example reads the files
@given(st.text(), st.sampled_from(["brand", "material", "gender", "nonesuch"]))
def test_never_raises(surface: str, attribute: str) -> None:
    kb = default()
    kb.lookup(attribute, surface)
    kb.match(attribute, surface)
    kb.match(surface, attribute)


@cache
def default() -> KnowledgeBase:
    return KnowledgeBase.from_dir()


def test_misspellings_are_found_fast_among_100_000() -> None:
    rng = random.Random(0)
    names = {"".join(rng.choices("abcdefghiklmnoprstuvw", k=rng.randint(4, 14))) for _ in range(100_000)}
    entries = [KnowledgeEntry(f"brand:{name}", "brand", name) for name in sorted(names)]
    kb = default().extended(entries)
    kb.match("brand", "warm the index")
    queries = [name[:3] + "z" + name[4:] for name in list(names)[:200]]
    start = time.process_time()
    for query in queries:
        kb.match("brand", query)
    assert (time.process_time() - start) / len(queries) < 0.02


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            "brand:a,brand,Acme,,,,yes\nbrand:a,brand,Bolt,,,,yes\n",
            "things.csv:3: the id 'brand:a' stands in things.csv:2",
        ),
        (
            "brand:a,brand,Acme,,,,yes\nbrand:b,brand,Bolt,,ACME Inc.,,yes\n",
            "'ACME Inc.' of brand:b is a name of brand:a",
        ),
        ("brand:a,material,Acme,,,,yes\n", "does not begin with the attribute 'material'"),
        ("brand:a,brand,Acme,,,,perhaps\n", "things.csv:2: safe 'perhaps'"),
        ("brand:a,brand,Acme,,,yes\n", "things.csv:2: 6 fields where the header has 7"),
        ("a,brand,Acme,,,,yes\n", "things.csv:2: id 'a'"),
    ],
)
def test_faults_are_located(tmp_path: Path, rows: str, message: str) -> None:
    with pytest.raises(DataFileError) as caught:
        KnowledgeBase.from_dir(write(tmp_path, rows))
    assert message in str(caught.value)


def test_all_problems_are_found(tmp_path: Path) -> None:
    rows = "brand:a,brand,Acme,,,,yes\nbrand:b,brand,Acme,,,,yes\nbrand:b,brand,Bolt,,acme,,yes\n"
    assert len(find_problems(write(tmp_path, rows))) == 3


def test_the_rules_hold_no_problem() -> None:
    assert find_problems(rules_dir() / "values") == []
