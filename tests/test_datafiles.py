"""YAML and CSV data files: each fault is named with its file, line and remedy."""

from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict

from en_product_attrs.csvfiles import read_csv
from en_product_attrs.datafiles import load_yaml
from en_product_attrs.errors import DataFileError


class Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["a", "b"]
    size: int = 0
    names: tuple[str, ...] = ()


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_reads_yaml(tmp_path: Path) -> None:
    path = write(tmp_path / "x.yml", "one: {kind: a}\ntwo:\n  kind: b\n  names: [x, y]\n")
    assert load_yaml(path, dict[str, Entry], "Mend it") == {
        "one": Entry(kind="a"),
        "two": Entry(kind="b", names=("x", "y")),
    }


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("one:\n  kind: a\n  colour: red\n", 3, "one.colour: unknown key"),
        ("one:\n  kind: c\n", 2, "one.kind: Input should be 'a' or 'b'"),
        ("one:\n  kind: a\n\n  size: big\n", 4, "one.size: "),
        ("one:\n  kind: a\n  names: [x, [y]]\n", 3, "one.names.1: "),
        ("one:\n  size: 1\n", 1, "one.kind: Field required"),
        ("one: {kind: a}\ntwo: {kind: a}\none: {kind: b}\n", 3, "the key 'one' stands twice"),
        ("one:\n  kind: a\n  kind: b\n", 3, "the key 'kind' stands twice"),
        ("one:\n  kind: a\n  names:\n  - {x: 1,\n     x: 2}\n", 5, "the key 'x' stands twice"),
        ("one: [\n", 2, "is no YAML"),
        ("one: 'x\n", 2, "is no YAML"),
        ("a: 1\nb: {\n", 3, "is no YAML"),
        ("one: *nowhere\n", 1, "is no YAML"),
        ("one: {kind: !!python/name:os.system }\n", 1, "is no YAML"),
        ("? [a]\n: {kind: a}\n", 1, "a key is no plain text"),
        ("- kind: a\n", 1, "Input should be a valid dictionary"),
        ("1: {kind: a}\n", 1, "1"),
        ("", None, "Input should be a valid dictionary"),
        ("a: 1\0\n", None, "is no YAML"),
    ],
)
def test_refuses_yaml(tmp_path: Path, text: str, line: int | None, problem: str) -> None:
    path = write(tmp_path / "x.yml", text)
    with pytest.raises(DataFileError) as caught:
        load_yaml(path, dict[str, Entry], "Mend it")
    assert problem in str(caught.value)
    assert str(caught.value).startswith(f"{path}:{line}: " if line else f"{path}: ")
    assert str(caught.value).endswith(". Mend it")
    assert caught.value.line == line


def test_refuses_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.yml").write_bytes(b"one: \xe9\n")
    for name in ("nowhere.yml", "latin.yml", "."):
        with pytest.raises(DataFileError, match="cannot be read"):
            load_yaml(tmp_path / name, dict[str, Entry], "Mend it")


def test_reads_csv(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", 'kind,size,names\na,,\n"b",3,"x| y |z"\n')
    assert list(read_csv(path, Entry)) == [(2, Entry(kind="a")), (3, Entry(kind="b", size=3, names=("x", "y", "z")))]


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("kind,colour\na,red\n", 1, "unknown column 'colour'"),
        ("kind,size\na,1\na,1,2\n", 3, "3 fields where the header has 2"),
        ("kind,size\n\na,1\n", 2, "0 fields where the header has 2"),
        ("kind,size\na,big\n", 2, "size 'big': "),
        ("kind,size\nc,1\n", 2, "kind 'c': "),
        ("kind,size\n,1\n", 2, "kind '': Field required"),
    ],
)
def test_refuses_csv(tmp_path: Path, text: str, line: int, problem: str) -> None:
    path = write(tmp_path / "x.csv", text)
    with pytest.raises(DataFileError) as caught:
        list(read_csv(path, Entry))
    assert (caught.value.path, caught.value.line) == (str(path), line)
    assert problem in str(caught.value)


def test_refuses_csv_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.csv").write_bytes(b"kind\n\xe9\n")
    for name in ("nowhere.csv", "latin.csv"):
        with pytest.raises(DataFileError, match="cannot be read"):
            list(read_csv(tmp_path / name, Entry))
