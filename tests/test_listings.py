"""The text format of listings."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from en_product_attrs.errors import DataFileError
from en_product_attrs.listings import Listing, parse_markup, read_listings

ATTRIBUTES = {"brand", "color", "size"}


@pytest.mark.parametrize(
    ("markup", "text", "spans"),
    [
        ("", "", []),
        ("plain text (with parentheses)", "plain text (with parentheses)", []),
        ("[Nike](brand) shoe", "Nike shoe", [(0, 4, "brand")]),
        ("[Black](color)/[White](color)", "Black/White", [(0, 5, "color"), (6, 11, "color")]),
        (r"\[new\] [Red](color)", "[new] Red", [(6, 9, "color")]),
        (r"[\[Red\]](color)!", "[Red]!", [(0, 5, "color")]),
        (r"one\ntwo\tthree\\four", "one\ntwo\tthree\\four", []),
        (r"[dark\nred](color)", "dark\nred", [(0, 8, "color")]),
        ("[S](size)(s)", "S(s)", [(0, 1, "size")]),
        ("é😀 [É](brand)", "é😀 É", [(3, 4, "brand")]),
        ("[Red]()", "Red", [(0, 3, "")]),  # the reader of files refuses it: no such attribute
    ],
)
def test_parses_markup(markup: str, text: str, spans: list[tuple[int, int, str]]) -> None:
    found_text, found = parse_markup(markup)
    assert found_text == text
    assert [(span.start, span.end, span.attribute) for span in found] == spans


@pytest.mark.parametrize(
    ("markup", "message"),
    [
        ("a [ b", r"'\[' at column 3"),
        ("a ] b", r"'\]' at column 3"),
        ("[Red] (color)", r"'\[' at column 1"),
        ("[Red](two words)", r"'\[' at column 1"),
        ("[a [b](color)](color)", r"'\[' at column 1"),
        ("ends with \\", "at column 11"),
        (r"\x", r"unknown escape '\\x' at column 1"),
        (r"[\q](color)", r"unknown escape '\\q'"),
        ("x [](color)", "span '' at column 3 is empty"),
        ("[ Red](color)", "outer spaces"),
        ("[Red ](color)", "outer spaces"),
        (r"[Red\n](color)", "outer spaces"),
    ],
)
def test_refuses_broken_markup(markup: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_markup(markup)


@given(st.text(st.characters(exclude_characters="\r"), min_size=1))
def test_escaped_text_comes_back(text: str) -> None:
    escaped = (
        text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace("\n", "\\n").replace("\t", "\\t")
    )
    assert parse_markup(escaped) == (text, ())


@given(st.text())
def test_markup_is_parsed_or_refused_with_a_value_error(markup: str) -> None:
    try:
        text, spans = parse_markup(markup)
    except ValueError:
        return
    assert all(0 <= span.start < span.end <= len(text) for span in spans)


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_reads_a_file(tmp_path: Path) -> None:
    path = write(
        tmp_path / "shoes.txt",
        "# a comment",
        "",
        "@ pegasus",
        "[Nike](brand) shoe",
        "> In [red](color).\\nNew.",
        "@ b",
        "x",
    )
    first, second, third = read_listings(path, ATTRIBUTES)
    assert (first.text, first.category, first.product, first.is_description, first.line) == (
        "Nike shoe",
        "shoes",
        "pegasus",
        False,
        4,
    )
    assert (second.text, second.is_description, second.line) == ("In red.\nNew.", True, 5)
    assert (third.text, third.product, third.spans, third.path) == ("x", "b", (), str(path))


@pytest.mark.parametrize(
    ("lines", "line", "problem"),
    [
        (["text"], 1, "before the first '@ key'"),
        (["# c", "@"], 2, "product key '' is empty"),
        (["@ a", "x", "@ a"], 3, "product key 'a' is empty or used twice"),
        (["@ a", "[x](colour)"], 2, "unknown attribute 'colour'"),
        (["@ a", "[x]()"], 2, "unknown attribute ''"),
        (["@ a", "", "[x](color"], 3, "at column 1 opens or closes no"),
        (["@ a", "> [ x](color)"], 2, "outer spaces"),
        (["@ a", r"\q"], 2, "unknown escape"),
        (["@ a", "x", "@ b", "x"], 4, "the same text stands twice"),
        (["@ a", "[x](color)", "> x"], 3, "the same text stands twice"),
    ],
)
def test_refuses_a_broken_file_by_line(tmp_path: Path, lines: list[str], line: int, problem: str) -> None:
    path = write(tmp_path / "shoes.txt", *lines)
    with pytest.raises(DataFileError) as caught:
        list(read_listings(path, ATTRIBUTES))
    assert (caught.value.path, caught.value.line) == (str(path), line)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert problem in str(caught.value)


def test_a_product_is_split_as_a_whole() -> None:
    def listing(text: str, product: str) -> Listing:
        return Listing(text, (), "shoes", product, is_description=False, path="shoes.txt", line=1)

    splits = [listing("a", f"p{i}").split for i in range(1000)]
    assert splits == [listing("b", f"p{i}").split for i in range(1000)]
    assert 750 < splits.count("train") < 850
    assert 60 < splits.count("dev") < 140
    assert 60 < splits.count("test") < 140
