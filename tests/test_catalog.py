"""Catalogues in and out."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from en_product_attrs.catalog import Row, open_writer, read_rows
from en_product_attrs.errors import DataFileError


def read(tmp_path: Path, name: str, content: bytes | str) -> list[Row]:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_rows(path))


@pytest.mark.parametrize(
    ("name", "content", "columns"),
    [
        ("a.txt", "one\r\ntwo\n\nfour", [{"text": "one"}, {"text": "two"}, {"text": ""}, {"text": "four"}]),
        ("a.txt", "", []),
        ("a.csv", 'sku,title\n1,"a, ""b"""\n2,é\n', [{"sku": "1", "title": 'a, "b"'}, {"sku": "2", "title": "é"}]),
        ("a.csv", '\ufefftitle\n"two\nlines"\n', [{"title": "two\nlines"}]),
        ("a.CSV", "title\n", []),
        ("a.tsv", "sku\ttitle\n1\ta, b\n", [{"sku": "1", "title": "a, b"}]),
        (
            "a.jsonl",
            '{"title": "a", "n": [1, null]}\n\n{"title": null}\n',
            [{"title": "a", "n": [1, None]}, {"title": None}],
        ),
        ("a.ndjson", '{"title": "\\u2028"}', [{"title": "\u2028"}]),
    ],
)
def test_reads(tmp_path: Path, name: str, content: str, columns: list[dict[str, Any]]) -> None:
    rows = read(tmp_path, name, content)
    assert [row.columns for row in rows] == columns
    assert all(row.fault is None for row in rows)


@pytest.mark.parametrize(
    ("name", "content", "number", "fault"),
    [
        ("a.csv", "a,b\n1,2\n1\n3,4\n", 2, "line 3: 1 fields where the header has 2"),
        ("a.csv", 'a,b\n1,2\n"x"y,2\n3,4\n', 2, "line 3: "),
        ("a.csv", b"a,b\n1,2\n\xff,2\n3,4\n", 2, "is no UTF-8"),
        ("a.tsv", "a\tb\n1\t2\n1\t2\t3\n3\t4\n", 2, "3 fields"),
        ("a.txt", b"1\n\xff\n3\n", 2, "is no UTF-8"),
        ("a.jsonl", '{"a": 1}\n{"a": \n{"a": 3}\n', 2, "is no JSON: "),
        ("a.jsonl", '{"a": 1}\n[1]\n{"a": 3}\n', 2, "is no JSON object"),
        ("a.jsonl", '{"a": 1}\n{"a": "\\ud800"}\n{"a": 3}\n', 2, "is no UTF-8"),
        ("a.jsonl", '{"a": 1}\n' + "[" * 100_000 + '\n{"a": 3}\n', 2, "is no JSON"),
        ("a.jsonl", b'{"a": 1}\n{"a": "\xff"}\n{"a": 3}\n', 2, "is no UTF-8"),
    ],
)
def test_a_bad_row_has_a_fault_and_the_rest_goes_on(
    tmp_path: Path, name: str, content: Any, number: int, fault: str
) -> None:
    rows = read(tmp_path, name, content)
    assert [row.number for row in rows] == [1, 2, 3]
    assert [row.number for row in rows if row.fault is not None] == [number]
    assert fault in (rows[number - 1].fault or "")


def test_reads_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    columns = {
        "sku": list(range(3000)),
        "title": [f"mug {i}" for i in range(2999)] + [None],
        "on": [date(2024, 1, 2)] * 3000,
    }
    pq.write_table(pa.table(columns), path)
    rows = list(read_rows(path))
    assert (len(rows), rows[0], rows[-1].columns["title"]) == (
        3000,
        Row(1, {"sku": 0, "title": "mug 0", "on": date(2024, 1, 2)}),
        None,
    )


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.xlsx", b"", "unknown ending '.xlsx'"),
        ("a", b"", "unknown ending ''"),
        ("a.csv", b"", "there is no header"),
        ("a.csv", b"\n1\n", "there is no header"),
        ("a.parquet", b"", "cannot be read: "),
        ("a.parquet", b"PAR1 and no more", "cannot be read: "),
    ],
)
def test_refuses_a_file(tmp_path: Path, name: str, content: bytes, problem: str) -> None:
    with pytest.raises(DataFileError) as caught:
        read(tmp_path, name, content)
    assert problem in str(caught.value)
    assert str(tmp_path / name) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_refuses_a_truncated_parquet_file(tmp_path: Path) -> None:
    pq.write_table(pa.table({"title": ["mug"] * 1000}), tmp_path / "a.parquet")
    whole = (tmp_path / "a.parquet").read_bytes()
    for length in (len(whole) - 1, len(whole) // 2, 4):
        with pytest.raises(DataFileError, match="cannot be read"):
            read(tmp_path, "a.parquet", whole[:length])


@pytest.mark.parametrize("name", ["nowhere.csv", "nowhere.parquet", "folder.jsonl"])
def test_refuses_what_cannot_be_opened(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.jsonl").mkdir()
    with pytest.raises(DataFileError, match="cannot be read"):
        list(read_rows(tmp_path / name))


ROWS: list[dict[str, Any]] = [
    {"sku": "1", "n": 7, "on": date(2024, 1, 2), "attributes": [{"text": 'é, "x"\n'}]},
    {"sku": "2", "n": None, "attributes": []},
]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "a.jsonl",
            [
                {"sku": "1", "n": 7, "on": "2024-01-02", "attributes": [{"text": 'é, "x"\n'}]},
                {"sku": "2", "n": None, "attributes": []},
            ],
        ),
        (
            "a.csv",
            [
                {"sku": "1", "n": "7", "on": '"2024-01-02"', "attributes": '[{"text": "é, \\"x\\"\\n"}]'},
                {"sku": "2", "n": "", "on": "", "attributes": "[]"},
            ],
        ),
        (
            "a.parquet",
            [
                {"sku": "1", "n": "7", "on": '"2024-01-02"', "attributes": '[{"text": "é, \\"x\\"\\n"}]'},
                {"sku": "2", "n": None, "on": None, "attributes": "[]"},
            ],
        ),
    ],
)
def test_writes_what_can_be_read_again(tmp_path: Path, name: str, expected: list[dict[str, Any]]) -> None:
    with open_writer(tmp_path / name) as writer:
        for row in ROWS:
            writer.write(row)
    assert [row.columns for row in read_rows(tmp_path / name)] == expected


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.parquet"])
def test_a_catalogue_without_rows_is_written(tmp_path: Path, name: str) -> None:
    with open_writer(tmp_path / name):
        pass
    assert (tmp_path / name).exists()


def test_parquet_is_written_in_batches(tmp_path: Path) -> None:
    with open_writer(tmp_path / "a.parquet") as writer:
        for i in range(3000):
            writer.write({"i": i})
    assert [json.loads(row.columns["i"]) for row in read_rows(tmp_path / "a.parquet")] == list(range(3000))


@pytest.mark.parametrize(
    ("name", "problem"), [("a.xlsx", "unknown ending '.xlsx'"), ("nowhere/a.csv", "cannot be written")]
)
def test_refuses_a_place_to_write(tmp_path: Path, name: str, problem: str) -> None:
    with pytest.raises(DataFileError, match=problem):
        open_writer(tmp_path / name)
