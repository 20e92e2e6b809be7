"""Counts of values and of the texts that they stand in."""

import math

from en_product_attrs.lexicon import N_FEATURES, CountedText, Lexicon, fold, shared_label

LABELS = ["BRAND", "FLAVOR", "COLOR"]
TEXTS = [
    CountedText({"acme", "mint", "acme mint"}, {("acme", "BRAND"), ("mint", "FLAVOR")}, {"BRAND", "FLAVOR"}),
    CountedText({"mint", "green"}, {("mint", "COLOR")}, {"FLAVOR", "COLOR"}),
    CountedText({"mint", "soap"}, set(), {"FLAVOR"}),
]


def test_surfaces_are_counted_without_case_and_spacing() -> None:
    assert fold("  Royal \n BLUE") == "royal blue"


def test_counts_texts_in_which_values_stood_where_the_label_is_known() -> None:
    lexicon = Lexicon.count(TEXTS)
    assert lexicon.values == {"acme": {"BRAND": 1}, "mint": {"FLAVOR": 1, "COLOR": 1}}
    assert lexicon.texts == {"acme": {"BRAND": 1, "FLAVOR": 1}, "mint": {"BRAND": 1, "FLAVOR": 3, "COLOR": 1}}
    assert "mint" in lexicon
    assert "soap" not in lexicon


def test_features_say_how_often_a_surface_was_a_value() -> None:
    (brand_index, brand), (flavor_index, flavor), _ = Lexicon.count(TEXTS).features("mint", LABELS, None)
    assert (brand_index, flavor_index, len(brand)) == (0, 1, N_FEATURES)
    assert brand == 2 * [1.0, math.log(0.3 / 1.7), 0.0, 0.0]
    assert flavor == 2 * [1.0, math.log(1.3 / 2.7), math.log1p(1), 1.0]


def test_a_text_that_was_counted_is_taken_off() -> None:
    lexicon = Lexicon.count(TEXTS)
    features = dict(lexicon.features("mint", LABELS, TEXTS[0]))
    # No other text says anything of the brand mint.
    assert features == {
        1: 2 * [1.0, math.log(0.3 / 2.7), 0.0, 0.0],
        2: 2 * [1.0, math.log(1.3 / 0.7), math.log1p(1), 1.0],
    }
    assert lexicon.features("acme", LABELS, TEXTS[0]) == []


def test_labels_share_what_was_seen() -> None:
    texts = [
        CountedText({"mint"}, {("mint", "FLAVOR|TEA")}, {"FLAVOR|TEA"}),
        CountedText({"mint"}, {("mint", "FLAVOR|GUM")}, {"FLAVOR|GUM"}),
    ]
    lexicon = Lexicon.count(texts)
    assert lexicon.values == {"mint": {"FLAVOR|TEA": 1, "FLAVOR|GUM": 1, "FLAVOR": 2}}
    once, twice = [1.0, math.log(1.3 / 0.7), math.log1p(1), 1.0], [1.0, math.log(2.3 / 0.7), math.log1p(2), 1.0]
    assert lexicon.features("mint", ["FLAVOR|TEA"], None) == [(0, once + twice)]
    assert lexicon.features("mint", ["FLAVOR|TEA"], texts[0].with_shared()) == [(0, [0.0] * 4 + once)]
    assert lexicon.features("mint", ["FLAVOR|OIL", "COLOR"], None) == [(0, [0.0] * 4 + twice)]
    assert shared_label("FLAVOR|TEA") == shared_label("FLAVOR") == "FLAVOR"


def test_survives_as_plain_values() -> None:
    lexicon = Lexicon.count(TEXTS)
    assert Lexicon.from_dict(lexicon.to_dict()) == lexicon
