"""The quantity reader: cases, properties, tables, time."""

import copy
import json
import pickle
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from en_product_attrs.errors import DataFileError
from en_product_attrs.resources import rules_dir
from en_product_attrs.units import Hint, UnitTable, default_table, parse, parse_money
from en_product_attrs.values import Measure, Money

CASES, PRICES = (
    [json.loads(line) for line in (Path(__file__).parent / "cases" / name).read_text("utf-8").splitlines()]
    for name in ("units.jsonl", "prices.jsonl")
)
UNITS = rules_dir() / "units.yml"

# Pieces of product text, so that random texts hold what the grammar looks for.
# fmt: off
PIECES = st.sampled_from([
    "1", "12", "1/2", "2 1/2", "1,000", ".5", "½", "two", "dozen", "0", "/0", "00g", "３", " ", "-", " x ",
    "x", "/", "\"", "'", "''", "’", "in", "ft", "oz", "fl oz", "lb", "g", "G", "M", "kg", "mm", "㎜", "GB",
    "Gb/s", "per", "of", "Pack", "pack", "ct", "case", "to", "and", "±", "+", "(", ")", "up to", "about",
    "$", "%", "°F", "W", "L", "SPF", "#", ".", ",", "gold", "diamond", "&frac12;", "\n",
])
# fmt: on
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=25).map("".join), st.lists(PIECES, max_size=15).map(" ".join))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"])
def test_cases(case: dict[str, Any]) -> None:
    found = [
        {
            "surface": match.text,
            "low": match.value.low,
            "high": match.value.high,
            "unit": match.value.unit,
            "relation": match.value.relation,
            "role": match.value.role,
        }
        for match in parse(case["text"])
    ]
    assert found == case["expected"]


def test_cases_are_many_and_have_an_origin() -> None:
    assert len(CASES) >= 600
    assert sum(not case["expected"] for case in CASES) >= 150
    assert all(case["origin"] for case in CASES)


@given(TEXTS)
@settings(max_examples=500, deadline=None)
def test_never_raises_and_offsets_slice_to_the_surface(text: str) -> None:
    for hint in (None, "width", "pack_size", "net_content", "memory"):
        matches = parse(text, hint=hint)
        for match in matches:
            assert text[match.start_char : match.end_char] == match.text != ""
            assert match.value.low <= match.value.high
            json.dumps(match.value.to_dict(), allow_nan=False)
        assert list(matches) == sorted(matches, key=lambda match: match.start_char)
    for price in parse_money(text):
        assert text[price.start_char : price.end_char] == price.text


@given(
    st.floats(0.01, 99999).map(lambda value: round(value, 2)),
    st.sampled_from(["in", "cm", "kg", "oz", "mL", "GB", "V"]),
)
@settings(max_examples=200, deadline=None)
def test_parse_format_parse_is_stable(value: float, unit: str) -> None:
    text = f"{value:.2f} {unit}"
    (match,) = parse(text)
    assert (match.value.magnitude, match.value.unit, match.text) == (value, unit, text)


@pytest.mark.parametrize("piece", ["1 x ", "1", " ", '"', "x", "(", "-"])
def test_a_megabyte_takes_less_than_a_second(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    parse("warm up")
    started = time.process_time()
    parse(text)
    assert time.process_time() - started < 1.5  # a second, and leave for a busy machine


@pytest.mark.parametrize("piece", ["1 kg ", "1 x 1 m ", "5M ", "1 of ", "1/1", "two ", '1" - 2" ', "12 ct of "])
def test_time_is_linear(piece: str) -> None:
    def seconds(repeats: int) -> float:
        text = piece * repeats
        started = time.process_time()
        parse(text)
        return time.process_time() - started

    seconds(500)
    short = min(seconds(1000) for _ in range(3))
    assert min(seconds(8000) for _ in range(2)) < 8 * short * 3 + 0.05


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12 oz", (0.340194277, "kg")),
        ("12 fl oz", (0.000354882, "m^3")),
        ("18 in", (0.4572, "m")),
        ("350 °F", (449.816667, "K")),
        ("10 kWh", (36_000_000, "J")),
        ("2000 mAh", (7200, "C")),
        ("1 TB", (8e12, "bit")),
        ("1 GiB", (8 * 2**30, "bit")),
        ("6 Gb/s", (6e9, "bit/s")),
        ("7200 rpm", (753.982237, "rad/s")),
        ("12 MP", (12_000_000, "pixel")),
        ("35%", (35, "percent")),
        ("60 ct", (60, "count")),
        ("18k gold", (18, "karat")),
        ("400 IU", (400, "IU")),
        ("0.25 carat", (0.00005, "kg")),
        ("2 lb/day", (0.0000104998, "kg/s")),
        ("1 year", (31_557_600, "s")),
        ("200 gsm", (0.2, "kg/m^2")),
        ("20 lb paper", (20, "paper-lb")),
        ("16 gauge", (16, "gauge")),
    ],
)
def test_canonical_units(text: str, expected: tuple[float, str]) -> None:
    measure = parse(text)[0].value.to_si()
    assert (measure.low, measure.unit) == (pytest.approx(expected[0], rel=1e-5), expected[1])


def test_conversion_and_codes() -> None:
    measure = parse("8-10 oz")[0].value
    assert measure.magnitude is None
    assert measure.dimension == "mass"
    assert measure.unece == "ONZ"
    grams = measure.to("g")
    assert (grams.low, grams.high, grams.relation) == (pytest.approx(226.796), pytest.approx(283.495), "range")
    assert measure.converts_to("lb") and not measure.converts_to("m")
    with pytest.raises(ValueError, match="'m' is no unit of mass"):
        measure.to("m")
    assert Measure(3, 3, "ft").to("in").magnitude == pytest.approx(36)
    assert Measure(6, 6, "count").unece == "C62"
    assert measure.to_dict() == {"low": 8.0, "high": 10.0, "unit": "oz", "relation": "range"}


def test_measures_survive_copy_and_pickle() -> None:
    measure = parse("12 oz")[0].value
    assert copy.deepcopy(measure) == pickle.loads(pickle.dumps(measure)) == measure


@pytest.mark.parametrize("unit", [name for kind in default_table().dimensions.values() for name in kind.units])
def test_every_unit_converts_to_its_canonical_unit_and_back(unit: str) -> None:
    measure = Measure(7.0, 7.0, unit)
    assert measure.to_si().to(unit).low == pytest.approx(7.0)


@pytest.mark.parametrize(
    ("text", "hint", "expected"),
    [
        ("4 3/4", "width", [(4.75, 4.75, "in", True)]),
        ("16-24", "width", [(16, 24, "in", True)]),
        ('11"', "height", [(11, 11, "in", False)]),
        ("24", "pack_size", [(24, 24, "count", False)]),
        ("25 guides per set", "pack_size", [(25, 25, "count", False)]),
        ("12 oz", "net_content", [(12, 12, "oz", False)]),
        ("12 oz", ("volume",), [(12, 12, "floz", False)]),
        ("12 oz", Hint(frozenset({"volume"})), [(12, 12, "floz", False)]),
        ("0.5 ct", ("mass",), [(0.5, 0.5, "carat", False)]),
        ("12 ct", ("mass",), [(12, 12, "carat", False)]),
        ("1G", "memory", [(1, 1, "GB", False)]),
        ("512K", "memory", [(512, 512, "KB", False)]),
        ("15K", "rotational_speed", [(15, 15, "krpm", False)]),
        ("18k", "material", [(18, 18, "karat", False)]),
        ("24 lb.", ("mass",), [(24, 24, "lb", False)]),
        ("12", "weight", []),
        ("12", "no such attribute", []),
    ],
)
def test_hints(text: str, hint: Any, expected: list[tuple[float, float, str, bool]]) -> None:
    found = [(m.value.low, m.value.high, m.value.unit, m.value.assumed) for m in parse(text, hint=hint)]
    assert found == expected


@pytest.mark.parametrize("case", PRICES, ids=lambda case: case["text"][:40])
def test_money(case: dict[str, Any]) -> None:
    found = parse_money(case["text"])
    assert [
        {"surface": match.text, "amount": match.value.amount, "currency": match.value.currency} for match in found
    ] == case["expected"]
    assert all(isinstance(match.value, Money) for match in found)


def test_a_table_travels_as_plain_json() -> None:
    table = UnitTable.from_dict(json.loads(json.dumps(default_table().to_dict())))
    assert parse("6 x 330 ml", table=table) == parse("6 x 330 ml")


def edited(tmp_path: Path, **changes: Any) -> Path:
    data = yaml.safe_load(UNITS.read_text(encoding="utf-8"))
    data["units"] |= changes
    path = tmp_path / "units.yml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return path


def test_a_unit_of_ones_own(tmp_path: Path) -> None:
    entry = {"dimension": "length", "pint": "fathom", "unece": None, "spellings": ["fathom", "fathoms"]}
    table = UnitTable.from_yaml(edited(tmp_path, fathom=entry))
    (match,) = parse("rope of 10 fathoms", table=table)
    assert match.value.unit == "fathom"
    assert match.value.to_si().low == pytest.approx(18.288, rel=1e-4)


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"dimension": "length", "pint": "meter", "spelings": ["x"]}, "unknown key"),
        ({"dimension": "lenght", "pint": "meter"}, "unknown dimension 'lenght'"),
        ({"dimension": "length"}, "needs pint or scale"),
        ({"dimension": "length", "pint": "10**10**10"}, "pattern"),
        (
            {"dimension": "length", "pint": "m", "guarded": [{"spelling": "q", "near": ["nowhere"], "reason": "r"}]},
            "'nowhere'",
        ),
    ],
)
def test_mistakes_in_a_table_are_named_with_their_line(tmp_path: Path, entry: dict[str, Any], problem: str) -> None:
    path = edited(tmp_path, qq=entry)
    with pytest.raises(DataFileError) as caught:
        UnitTable.from_yaml(path)
    assert problem in str(caught.value)
    assert caught.value.line is not None
    line = path.read_text("utf-8").splitlines()[caught.value.line - 1].strip(" :")
    assert line.split(":")[0] in {"qq", "pint", "spelings", "guarded"}


def test_import_is_quick_and_loads_no_pint() -> None:
    heavy = ("pint", "pydantic", "spacy", "yaml")
    code = f"import sys, en_product_attrs.units; print([name for name in {heavy} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
