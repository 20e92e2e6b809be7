"""The command line, over a pipeline of rules alone."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import spacy
from click.testing import Result
from typer.testing import CliRunner

from en_product_attrs.catalog import read_rows
from en_product_attrs.cli import app

TITLE = "Nike Mens Pegasus 38, red"


@pytest.fixture(scope="module")
def model(saved_rules: Path) -> Any:
    """The pipeline's path; it is loaded once for all commands of this file."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(spacy, "load", cache(spacy.load))
        yield str(saved_rules)


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def write(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    return path


def extract(source: Path, output: Path, model: str, *arguments: object) -> list[dict[str, Any]]:
    result = run("extract", source, "-o", output, "--model", model, "--quiet", *arguments)
    assert result.exit_code == 0, result.output
    return [dict(row.columns) for row in read_rows(output)]


def loaded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


@pytest.mark.parametrize("ending", ["txt", "csv", "tsv", "jsonl", "parquet"])
@pytest.mark.parametrize("written", ["jsonl", "csv", "parquet"])
def test_extracts_from_every_format(tmp_path: Path, model: str, ending: str, written: str) -> None:
    source = tmp_path / f"in.{ending}"
    kept = {"sku": "7"}
    if ending == "txt":
        write(source, f"{TITLE}\n")
        kept = {}
    elif ending == "parquet":
        pq.write_table(pa.table({"sku": ["7"], "title": [TITLE]}), source)
    elif ending == "jsonl":
        write(source, json.dumps({"sku": "7", "title": TITLE}))
    else:
        delimiter = "," if ending == "csv" else "\t"
        write(source, f'sku{delimiter}title\n7{delimiter}"{TITLE}"\n')
    (row,) = extract(source, tmp_path / f"out.{written}", model)
    assert row.items() >= kept.items()
    assert row["text" if ending == "txt" else "title"] == TITLE
    assert loaded(row["product"])["brand"] == ["Nike"]
    for attribute in loaded(row["attributes"]):
        assert TITLE[attribute["start_char"] : attribute["end_char"]] == attribute["text"]
    assert not (tmp_path / f"out.{written}.errors.jsonl").exists()


def test_bad_rows_go_to_the_error_file(tmp_path: Path, model: str) -> None:
    lines = [
        {"title": TITLE, "sku": 1},
        {"title": 5},
        {"sku": 3},
        None,
        {"title": "a" * 200_001},
        {"title": None},
        {"title": "red mug"},
    ]
    source = write(tmp_path / "in.jsonl", "\n".join("{" if line is None else json.dumps(line) for line in lines))
    rows = extract(source, tmp_path / "out.jsonl", model)
    assert [row["title"] for row in rows] == [TITLE, None, "red mug"]
    assert rows[1]["product"] == {}
    errors = [dict(row.columns) for row in read_rows(tmp_path / "out.jsonl.errors.jsonl")]
    assert [(error["row"], error["reason"].split(": ")[0]) for error in errors] == [
        (2, "'title' is no text but int"),
        (3, "there is no 'title'"),
        (4, "is no JSON"),
        (5, "the text has 200,001 characters, more than 200,000"),
    ]
    assert errors[1]["sku"] == 3


def test_the_error_file_can_be_named(tmp_path: Path, model: str) -> None:
    source = write(tmp_path / "in.csv", "title,sku\na\nb,1\n")
    rows = extract(source, tmp_path / "out.csv", model, "--errors", tmp_path / "bad.csv", "--text-column", "title")
    assert [row["title"] for row in rows] == ["b"]
    assert [row.columns["row"] for row in read_rows(tmp_path / "bad.csv")] == ["1"]


def test_two_columns_are_read_as_one_text(tmp_path: Path, model: str) -> None:
    source = write(tmp_path / "in.csv", "title,description,note\nNike shoe,It is red.,blue\n")
    (row,) = extract(source, tmp_path / "out.jsonl", model, "--text-column", "title", "--text-column", "description")
    text = "Nike shoe\nIt is red."
    assert {text[a["start_char"] : a["end_char"]] for a in row["attributes"]} >= {"Nike", "red"}
    assert row["note"] == "blue"
    assert all(color["name"] != "Blue" for color in row["product"]["color"])


def test_explain_gives_the_evidence(tmp_path: Path, model: str) -> None:
    (row,) = extract(write(tmp_path / "in.txt", TITLE), tmp_path / "out.jsonl", model, "--explain")
    assert all("evidence" in attribute and "parsed" in attribute for attribute in row["attributes"])


def test_a_file_of_no_rows_gives_a_file_of_no_rows(tmp_path: Path, model: str) -> None:
    assert extract(write(tmp_path / "in.csv", "title\n"), tmp_path / "out.jsonl", model) == []


def test_more_rows_than_a_chunk_keep_their_order(tmp_path: Path, model: str) -> None:
    rows = extract(write(tmp_path / "in.txt", "".join(f"mug {i}\n" for i in range(600))), tmp_path / "out.jsonl", model)
    assert [row["text"] for row in rows] == [f"mug {i}" for i in range(600)]


@pytest.mark.parametrize(
    ("name", "content", "output", "options", "message"),
    [
        ("in.csv", b"sku,title\n1,mug\n", "out.jsonl", ["--text-column", "name"], "name"),
        ("in.csv", b"sku,name\n1,mug\n", "out.jsonl", [], "column"),
        ("in.xlsx", b"", "out.jsonl", [], "unknown ending '.xlsx'"),
        ("in.csv", None, "out.jsonl", [], "cannot be read"),
        ("in.parquet", b"PAR1", "out.jsonl", [], "cannot be read"),
        ("in.csv", b"", "out.jsonl", [], "there is no header"),
        ("in.txt", b"mug", "out.xlsx", [], "unknown ending '.xlsx'"),
        ("in.txt", b"mug", "nowhere/out.jsonl", [], "cannot be written"),
        ("in.txt", b"mug", "out.jsonl", ["--errors", "bad.xlsx"], ""),
        ("in.txt", b"mug", "out.jsonl", ["--model", "nowhere"], "nowhere"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(
    tmp_path: Path,
    model: str,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    content: bytes | None,
    output: str,
    options: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    if content is not None:
        Path(name).write_bytes(content)
    result = run("extract", name, "-o", output, "--model", model, "--quiet", *options)
    if not message:  # a bad name for a file that is not needed is no fault
        assert result.exit_code == 0
        return
    assert result.exit_code == 2
    assert message in result.output
    assert "Traceback" not in result.output
    assert len(result.output.strip().splitlines()) == 1


def test_a_truncated_parquet_file_is_refused(tmp_path: Path, model: str) -> None:
    source = tmp_path / "in.parquet"
    pq.write_table(pa.table({"title": ["mug"] * 1000}), source)
    source.write_bytes(source.read_bytes()[:-10])
    result = run("extract", source, "-o", tmp_path / "out.jsonl", "--model", model)
    assert (result.exit_code, len(result.output.strip().splitlines())) == (2, 1)
    assert str(source) in result.output


def test_input_is_not_overwritten(tmp_path: Path, model: str) -> None:
    source = write(tmp_path / "in.jsonl", json.dumps({"title": TITLE}))
    result = run("extract", source, "-o", source, "--model", model, "--quiet")
    assert result.exit_code == 2
    assert json.loads(source.read_text("utf-8")) == {"title": TITLE}


@pytest.mark.parametrize("text", [TITLE, "[red] mug", "[/red] [bold]red[/bold]", "", "\ud800 red", "red\0mug"])
def test_show_prints_a_table(model: str, text: str) -> None:
    result = run("show", text, "--model", model, "--explain")
    assert result.exit_code == 0
    assert "attribute" in result.output
    assert ("color" in result.output) is ("red" in text)


def test_show_writes_html(tmp_path: Path, model: str) -> None:
    assert run("show", "Nike <b>red</b> mug", "--model", model, "--html", tmp_path / "page.html").exit_code == 0
    page = (tmp_path / "page.html").read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "BRAND" in page
    assert "<b>" not in page


def test_show_refuses_what_is_too_long(model: str) -> None:
    result = run("show", "a" * 200_001, "--model", model)
    assert result.exit_code == 2
    assert "200,001 characters" in result.output


def test_help_lists_the_commands() -> None:
    assert {"extract", "show"} <= set(run("--help").output.split())
