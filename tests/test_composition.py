"""Materials with their shares."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from en_product_attrs.composition import split_composition


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Cotton", [("Cotton", "Cotton", None)]),
        ("100% Cotton", [("100% Cotton", "Cotton", 1.0)]),
        ("100%Cotton", [("100%Cotton", "Cotton", 1.0)]),
        ("60% Cotton 40% Polyester", [("60% Cotton", "Cotton", 0.6), ("40% Polyester", "Polyester", 0.4)]),
        ("60 % Cotton, 40 % Polyester", [("60 % Cotton", "Cotton", 0.6), ("40 % Polyester", "Polyester", 0.4)]),
        ("Shell: 97.5% Nylon", [("Shell:", "Shell:", None), ("97.5% Nylon", "Nylon", 0.975)]),
        ("97,5% Nylon/2,5% Elastane", [("97,5% Nylon", "Nylon", 0.975), ("2,5% Elastane", "Elastane", 0.025)]),
        ("50% Cotton Cotton 50% Cotton", [("50% Cotton Cotton", "Cotton Cotton", 0.5), ("50% Cotton", "Cotton", 0.5)]),
        (" Leather ", [("Leather", "Leather", None)]),
        ("100%", []),
        ("", []),
        (" ,/ ", []),
    ],
)
def test_splits(text: str, parts: list[tuple[str, str, float | None]]) -> None:
    assert [(match.text, match.value, share) for match, share in split_composition(text)] == parts


@given(st.text() | st.lists(st.sampled_from(["60", "%", " ", "Cotton", ",", "5.5%", "/"]), max_size=12).map("".join))
def test_offsets_slice_to_the_text(text: str) -> None:
    for match, _ in split_composition(text):
        assert text[match.start_char : match.end_char] == match.text
        assert match.value in match.text
