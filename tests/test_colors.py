import json
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from en_product_attrs import colors
from en_product_attrs.colors import ColorTable
from en_product_attrs.errors import DataFileError
from en_product_attrs.resources import rules_dir

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "cases" / "colors.jsonl").read_text(encoding="utf-8").splitlines()
]
WORDS = st.sampled_from(
    [
        "black",
        "White",
        "navy",
        "BLU",
        "royal",
        "blue",
        "grey",
        "heather",
        "dark",
        "matte",
        "leopard",
        "tea",
        ",",
        "/",
        "&",
        "and",
        "-",
        "(",
        ")",
        "Color:",
        "coffee",
        "é",
        "12",
        "fuschsia",
        "™",
        "'",
    ]
)
TEXTS = st.one_of(st.text(), st.lists(WORDS, max_size=12).map(" ".join), st.lists(WORDS, max_size=6).map("".join))


@pytest.fixture(scope="module")
def table() -> ColorTable:
    return ColorTable.from_yaml(rules_dir() / "colors.yml")


@pytest.mark.parametrize("case", CASES, ids=[f"{case['origin']}: {case['text']}" for case in CASES])
def test_case(case: dict[str, object]) -> None:
    found = [
        {
            "start_char": match.start_char,
            "end_char": match.end_char,
            "text": match.text,
            "name": match.value.name,
            "family": match.value.family,
            "hex": match.value.hex,
        }
        for match in colors.parse(str(case["text"]))
    ]
    assert found == case["colors"]


def test_cases_hold_enough_silence() -> None:
    assert len(CASES) >= 250
    assert sum(not case["colors"] for case in CASES) >= 80


@pytest.mark.parametrize(
    ("surface", "expected"),
    [
        ("Royal Blu", [("Royal Blu", "Royal Blue", "blue")]),
        ("blk/wht", [("blk", "Black", "black"), ("wht", "White", "white")]),
        ("Red White Blue", [("Red", "Red", "red"), ("White", "White", "white"), ("Blue", "Blue", "blue")]),
        ("fuschsia", [("fuschsia", "Fuchsia", "pink")]),
        ("burgendy", [("burgendy", "Burgundy", "red")]),
        ("Green Tea", [("Green Tea", "Green Tea", "green")]),
        ("Brown Ruff", [("Brown Ruff", "Brown Ruff", "brown")]),
        ("Taro Purple", [("Taro Purple", "Taro Purple", "purple")]),
        ("Black Patent", [("Black Patent", "Patent Black", "black")]),
        ("Black Suede", [("Black", "Black", "black")]),
        (
            "Pitch Gray (013)/Silver Chrome",
            [("Pitch Gray", "Pitch Gray", "gray"), ("Silver Chrome", "Silver Chrome", "silver")],
        ),
        ("Cream/E.Navy", [("Cream", "Cream", "white"), ("E.Navy", "E.Navy", "blue")]),
        ("navy w/ red trim", [("navy", "Navy", "blue"), ("red", "Red", "red")]),
        ("Spiderman", [("Spiderman", "Spiderman", None)]),
        ("Wapiti Blue", [("Wapiti Blue", "Wapiti Blue", "blue")]),
        ("013", []),
        ("", []),
        ("  ,/ ", []),
    ],
)
def test_normalize(surface: str, expected: list[tuple[str, str, str | None]]) -> None:
    assert [(match.text, match.value.name, match.value.family) for match in colors.normalize(surface)] == expected


def test_every_name_normalizes_to_itself(table: ColorTable) -> None:
    for color in table.names:
        (match,) = colors.normalize(color.name)
        assert (match.value.name, match.value.family, match.value.hex) == (color.name, color.family, color.hex)


def test_every_alias_normalizes_to_its_name(table: ColorTable) -> None:
    for color in table.names:
        for alias in color.aliases:
            assert [match.value.name for match in colors.normalize(alias)] == [color.name], alias


def test_table_is_large_enough(table: ColorTable) -> None:
    assert len(table.names) >= 900
    assert len(table.words.families) == 18
    assert {color.family for color in table.names} == set(table.words.families)


@given(TEXTS)
def test_offsets_slice_to_the_surface(text: str) -> None:
    for match in (*colors.parse(text), *colors.normalize(text)):
        assert text[match.start_char : match.end_char] == match.text
        assert match.text.strip() == match.text != ""


@given(TEXTS)
def test_matches_are_in_order_and_apart(text: str) -> None:
    for matches in (colors.parse(text), colors.normalize(text)):
        assert all(left.end_char <= right.start_char for left, right in pairwise(matches))


@given(TEXTS)
def test_normalizing_twice_changes_nothing(text: str) -> None:
    for match in colors.normalize(text):
        assert [again.value for again in colors.normalize(match.value.name)] == [match.value]


def test_table_round_trip(table: ColorTable) -> None:
    data = json.loads(json.dumps(table.to_dict()))
    assert ColorTable.from_dict(data) == table


def test_own_table_is_used(table: ColorTable) -> None:
    data = table.to_dict()
    data["names"].append({"name": "Wapiti", "family": "brown", "hex": "#775533", "scan": "yes", "aliases": ["elkish"]})
    own = ColorTable.from_dict(data)
    assert colors.parse("Elkish scarf") == ()
    assert [match.value.name for match in colors.parse("Elkish scarf", table=own)] == ["Wapiti"]


@pytest.mark.parametrize(
    "chunk",
    [
        "The product comes in a carton with instructions and a dark blue lid. ",
        "Navy Blue/White shirt, green tea, ",
        "dark ",
        "black/",
        "navy ",
        "light dark ",
        "Color: ",
        "a",
        "-",
        "''",
        "aB",
    ],
)
def test_time_is_linear(chunk: str) -> None:
    colors.parse(chunk)
    start = time.process_time()
    colors.parse(chunk * (200_000 // len(chunk)))
    # A tenth of a second for prose on an idle core, one where every word is a color; quadratic time takes minutes.
    assert time.process_time() - start < 10


def test_a_megabyte_takes_about_a_second() -> None:
    text = "The product comes in a carton with instructions and a dark blue lid. " * 14_500
    colors.parse("warm the table")
    start = time.process_time()
    assert len(colors.parse(text)) == 14_500
    # Half a second on an idle core of this decade. The rest is for busy ones.
    assert time.process_time() - start < 4


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("colors.csv", "Black,black,#000000,yes,", "Black,blak,#000000,yes,", "colors.csv:2: unknown family 'blak'"),
        ("colors.csv", "#000000,yes,", "#0,yes,", "colors.csv:2: hex '#0'"),
        ("colors.csv", "Jet Black,black", "Black,black", "colors.csv:3: 'Black' is a name or alias in line 2 already"),
        ("colors.csv", "name,family", "title,family", "colors.csv:1: unknown column 'title'"),
        ("colors.yml", "trailing_modifiers:", "trailing: []\ntrailing_modifiers:", "trailing: unknown key"),
        ("colors.yml", "  shade: [", "  shade: [[", "colors.yml:"),
    ],
)
def test_faults_of_the_files_are_located(tmp_path: Path, name: str, old: str, new: str, message: str) -> None:
    for file in ("colors.yml", "colors.csv"):
        text = (rules_dir() / file).read_text(encoding="utf-8")
        if file == name:
            assert old in text
            text = text.replace(old, new, 1)
        (tmp_path / file).write_text(text, encoding="utf-8")
    with pytest.raises(DataFileError) as caught:
        ColorTable.from_yaml(tmp_path / "colors.yml")
    assert message in str(caught.value)
