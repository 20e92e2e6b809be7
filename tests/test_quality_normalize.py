"""Normalizing of values as learned from pairs, with pairs of its own."""

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.quality.normalize import LearnedNormalizer
from benchmarks.quality.normalize_edits import learn_edit, learn_rewriting
from benchmarks.quality.normalize_pairs import Pair, form, loose_form, pairs_by_attribute
from benchmarks.quality.normalize_quantities import learn_quantity
from benchmarks.quality.normalize_sets import ClassLearner, learn_lookup
from benchmarks.quality.rows import QualityRow


def row(id_: str, text: str = "some text", category: str = "Garden", **values: tuple[str, ...]) -> QualityRow:
    return QualityRow(id_, text, category, dict(values))


def pairs(**became: str) -> list[Pair]:
    return pairs_of(became)


def pairs_of(became: dict[str, str]) -> list[Pair]:
    return [Pair(str(n), value, value, (right,), (right,)) for n, (value, right) in enumerate(became.items())]


TOOLS = {
    "hand rake": "Tools", "leaf rake": "Tools", "steel spade": "Tools", "garden fork": "Tools",
    "clay pot": "Vessels", "round pot": "Vessels", "hanging pot": "Vessels", "flower pots": "Vessels",
}  # fmt: skip


def test_pairs_are_matched_by_id_and_order() -> None:
    raw = [row("1", Color=("Blk", "black", "Rd")), row("2", Color=("Blk",)), row("3"), row("4", Color=("Moss",))]
    normalized = [row("1", Color=("Black", "Red")), row("3", Color=("Red",)), row("4", Color=("Green", "Brown"))]
    found = pairs_by_attribute(raw, normalized)
    assert [(pair.value, pair.likely) for pair in found["Garden", "Color"]] == [
        ("Blk", ("Black",)),
        ("black", ("Black", "Red")),
        ("Rd", ("Red",)),
        ("Moss", ("Green", "Brown")),
    ]
    assert found["Garden", "Color"][0].right == ("Black", "Red")


def test_forms() -> None:
    assert form("  Dark \n Green") == "dark green"
    assert loose_form("Two-Tone 1.5 x 3/4") == "twotone1.5x3/4"


@pytest.mark.parametrize(
    ("became", "value", "expected"),
    [
        ({"Gardeno": "GARDENO", "Potterly": "POTTERLY"}, "Rakewell", "RAKEWELL"),
        ({"AB-12": "AB12", "C 3.4": "C34"}, "ZX-9/8", "ZX98"),
        ({"12 bulbs": "12", "3K seeds": "3000"}, "1,500 seeds", "1500"),
        ({"4006381333931": "40063", "5012345678900": "50123"}, "7612345678900", "76123"),
        ({"Same": "Same", "As-Is": "As-Is"}, "Un-Changed", "Un-Changed"),
    ],
)
def test_the_edit_that_explains_most(became: dict[str, str], value: str, expected: str) -> None:
    rule = learn_edit(pairs_of(became))
    assert rule is not None
    assert rule(value, "") == expected


def test_no_edit_where_none_explains_anything() -> None:
    assert learn_edit(pairs(abc="xyz")) is None


def test_an_edit_may_have_no_answer() -> None:
    numbers = learn_edit(pairs_of({"12 bulbs": "12", "30 bulbs": "30"}))
    parts = learn_edit(pairs_of({"4006381333931": "40063", "5012345678900": "50123"}))
    assert numbers is not None
    assert parts is not None
    assert numbers("many bulbs", "") is numbers("2.5 bulbs", "") is parts("76", "") is None


def test_words_are_written_out_wherever_they_stand() -> None:
    became = {"5-KV": "5 Kilovolts", "8KV": "8 Kilovolts", "9 KV": "9 Kilovolts", "GW Rake": "Green Works Rake"}
    rule = learn_rewriting(pairs_of(became))
    assert rule is not None
    assert rule("12kv", "") == "12 Kilovolts"
    assert rule("3/4-KV", "") == "3/4 Kilovolts"
    assert rule("7KV/9KV", "") == "7 Kilovolts/9 Kilovolts"
    assert rule("GW RAKE", "") == "Green Works RAKE"


def test_no_rewriting_where_nothing_changes() -> None:
    assert learn_rewriting(pairs(Spade="Spade", Rake="Rake")) is None


@pytest.mark.parametrize(
    ("became", "value", "expected"),
    [
        ({'2"': "5.1", "4 in": "10.2", "1/2 ft": "15.2"}, '6-1/2"', "16.5"),
        ({"2 lb": "907", "8 oz": "227", "1 kg": "1000"}, "10 lbs", "4536"),
        ({"2 ft - 3 ft": "1", "6 ft": "2", "12 ft": "4"}, "15 ft", "5"),
        # By 0.453 instead of 0.4536.
        ({"10 lb": "4.5", "170 lb": "77.0", "400 lb": "181.2"}, "300 lb", "135.9"),
        ({"2 pots": "2", "1 box, 3 packs": "4", "2 boxes, 5 packs": "7"}, "4 boxes, 4 packs", "8"),
    ],
)
def test_quantities_by_the_unit_that_the_pairs_imply(became: dict[str, str], value: str, expected: str) -> None:
    rule = learn_quantity(pairs_of(became))
    assert rule is not None
    assert rule(value, "") == expected
    assert rule("no number", "") is None


@pytest.mark.parametrize("became", [{"Rake": "Tools", "Spade": "Tools"}, {"a 1": "77", "b 2": "4", "c 3": "900"}])
def test_no_quantity_where_no_conversion_explains_the_pairs(became: dict[str, str]) -> None:
    assert learn_quantity(pairs_of(became)) is None


def test_a_lookup_answers_where_it_is_sure() -> None:
    rule = learn_lookup(loose_form)(
        pairs_of({"Moss": "Green", "moss": "Brown", "Sky-Blue": "Blue", "sky blue": "Blue"})
    )
    assert rule is not None
    assert rule("SKY BLUE", "") == "Blue"
    assert rule("moss", "") is rule("Rose", "") is None


def test_classes_by_the_letters_of_values_and_of_class_names() -> None:
    rule = ClassLearner(None)(pairs_of(TOOLS))
    assert rule is not None
    assert rule("plastic rake", "") == "Tools"
    assert rule("glazed pot", "") == "Vessels"
    assert rule("vessel", "") == "Vessels"


def test_classes_by_color_families_and_text() -> None:
    became = {"crimson": "R", "scarlet": "R", "ruby": "R", "navy": "B", "azure": "B", "cobalt": "B"}
    rule = ClassLearner(None)(pairs_of(became))
    assert rule is not None
    assert rule("dark red", "") == "R"
    assert rule("royal blue", "") == "B"
    assert rule("as shown", "cobalt planter") == "B"


def test_classes_by_vectors_each_string_encoded_once() -> None:
    encoded: list[str] = []

    def encode(strings: list[str]) -> NDArray[np.float32]:
        encoded.extend(strings)
        return np.array([[1.0, 0.0] if "dig" in string else [0.0, 1.0] for string in strings], dtype=np.float32)

    became = {"dig a": "T", "we dig": "T", "dig it": "T", "hold b": "V", "holds": "V", "we hold": "V"}
    learn = ClassLearner(encode)
    rule = learn(pairs_of(became))
    assert rule is not None
    assert rule("digqqq", "") == "T"
    assert learn(pairs_of(became)) is not None
    assert len(encoded) == len(set(encoded))


def test_no_classes_where_the_set_is_open() -> None:
    learn = ClassLearner(None)
    assert learn(pairs(a="A", b="B", c="C")) is None
    assert learn(pairs(a="A", b="A", c="A")) is None


def test_each_attribute_by_the_rules_that_suit_it() -> None:
    values = ("3 in", '4"', "12 in", "2 ft", '8"', "9 in", "1 ft", "7 in", "11 in", '15"')
    widths = ("7.6", "10.2", "30.5", "61.0", "20.3", "22.9", "30.5", "17.8", "27.9", "38.1")
    codes = [f"GT-{number}-A" for number in range(20, 30)]
    raw = [row(str(n), Width=(v,), Code=(c,)) for n, (v, c) in enumerate(zip(values, codes, strict=True))]
    normalized = [
        row(str(n), Width=(w,), Code=(c.replace("-", ""),)) for n, (w, c) in enumerate(zip(widths, codes, strict=True))
    ]
    normalize = LearnedNormalizer(raw, normalized)
    assert normalize("Garden", "Width", '5"', "text") == "12.7"
    assert normalize("Garden", "Width", "no width", "text") == "no width"
    assert normalize("Garden", "Code", "GT-77-B", "text") == "GT77B"
    assert normalize("Kitchen", "Code", "GT-77-B", "text") == "GT-77-B"


def test_rows_without_a_pair_teach_nothing() -> None:
    normalize = LearnedNormalizer(
        [row("1", Color=("Blk",))], [row("2", Color=("Black",)), QualityRow("1", "", "", None)]
    )
    assert normalize("Garden", "Color", "Blk", "text") == "Blk"


def test_a_guess_from_the_text_where_rows_nearly_always_have_a_value() -> None:
    rows = [
        row(str(n), f"Acme {value} {n}\nMany words", Kind=(kind,), Finish=(kind,) if n % 2 else ())
        for n, (value, kind) in enumerate([*TOOLS.items()] * 2)
    ]
    normalize = LearnedNormalizer([], rows)
    assert normalize.guess("Garden", "Kind", "Acme plastic rake\nOther words") == "Tools"
    assert normalize.guess("Garden", "Kind", "Acme big pot") == "Vessels"
    assert normalize.guess("Garden", "Finish", "Acme plastic rake") is None
    assert normalize.guess("Garden", "Size", "Acme plastic rake") is None
