"""The benchmark of quality from command line to scores, on rows made up for it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

pytestmark = pytest.mark.slow

BRANDS = ("Aldermoor", "Brisktide", "Corvane", "Dunlea", "Elmhatch", "Fennick")
FLAVORS = ("Walnut", "Fig", "Blood Orange", "Plum")


def make_rows(normalized: bool) -> list[dict[str, Any]]:
    rows = []
    for brand in BRANDS:
        for flavor in FLAVORS:
            amount = 2 + len(rows) % 5
            size = f"{amount * 1000} Grams" if normalized else f"{amount}kg"
            rows.append(
                {
                    "id": len(rows),
                    "category": "Biscuits",
                    "input_title": f"{brand} {flavor} Biscuits {amount}kg",
                    "input_description": "",
                    "target_scores": {
                        "Brand": {brand: 1},
                        "Flavor": {flavor: 1},
                        "Size": {size: 1},
                        "Color": {"n/a": 1},
                    },
                }
            )
    return rows


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("quality")
    for name, normalized in (("raw", False), ("normalized", True)):
        (path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in make_rows(normalized)))
    return path


def run(*arguments: str | Path) -> str:
    command = [sys.executable, "-m", "benchmarks.quality", *map(str, arguments)]
    result = subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert result.returncode == 0, result.stdout[-4000:]
    return result.stdout


def test_trains_members_and_answers_each_row_in_order(folder: Path) -> None:
    output = folder / "out"
    raw = folder / "raw.jsonl"
    run("wdc-pave", "--train", raw, "--test", raw, "--output", output, "--epochs", "12", "--members", "2")
    assert sorted(path.name for path in output.glob("seed-*")) == ["seed-0", "seed-1"]
    lines = [json.loads(line) for line in (output / "predictions.jsonl").open()]
    assert len(lines) == len(BRANDS) * len(FLAVORS)
    titles = [row["input_title"] for row in make_rows(False)]
    right = [str(line["predictions"]["Brand"]) in title for line, title in zip(lines, titles, strict=True)]
    assert sum(right) > 0.8 * len(right)
    assert all(line["predictions"]["Color"] is None for line in lines)
    for candidates in (found for line in lines for found in line["candidates"].values()):
        assert sum(candidate["probability"] for candidate in candidates) == pytest.approx(1.0, abs=0.05)
    scores = json.loads((output / "scores.json").read_text())
    assert scores["listed"]["micro"]["f1"] > 0.8
    assert (scores["rows"], scores["members"], scores["strict"]["micro"]["gold"]) == (24, 2, 72)

    # The same models, for normalized values.
    normalized = folder / "normalized.jsonl"
    run(
        *("wdc-pave-normalized", "--train", normalized, "--spans-from", raw, "--test", normalized),
        *("--trained", output, "--output", folder / "out-normalized"),
    )
    lines = [json.loads(line) for line in (folder / "out-normalized" / "predictions.jsonl").open()]
    assert {line["predictions"]["Size"] for line in lines} <= {f"{n}000 Grams" for n in range(2, 7)} | {None}
    assert json.loads((folder / "out-normalized" / "scores.json").read_text())["listed"]["micro"]["f1"] > 0.8


def test_adapters_are_saved_without_the_encoder(folder: Path) -> None:
    raw = folder / "raw.jsonl"
    output = folder / "out-adapters"
    run("wdc-pave", "--train", raw, "--test", raw, "--output", output, "--epochs", "12", "--adapters")
    assert json.loads((output / "scores.json").read_text())["listed"]["micro"]["f1"] > 0.8
    saved = (output / "seed-0" / "model-last").rglob("*")
    assert sum(path.stat().st_size for path in saved if path.is_file()) < 8_000_000


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["wdc-pave-normalized"], "--spans-from belongs to wdc-pave-normalized"),
        (["oa-mine", "--spans-from", "raw.jsonl"], "--spans-from belongs to wdc-pave-normalized"),
        (["oa-mine", "--trained", "."], "holds no trained models"),
        (["oa-mine", "--test", "missing.jsonl"], "missing.jsonl"),
        (["oa-mine", "--settings", "training.dropout 0.2"], "training.dropout: a setting is written name=value"),
    ],
)
def test_wrong_options_are_named(folder: Path, options: list[str], problem: str) -> None:
    command = [sys.executable, "-m", "benchmarks.quality", options[0], "--train", "raw.jsonl", "--output", "no"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"}  # a problem on one line
    command += [*options[1:], "--encoder", "."]  # any folder: nothing is read of it
    result = subprocess.run(command, cwd=folder, env=environment, text=True, capture_output=True)
    assert result.returncode == 2
    assert problem in " ".join(result.stderr.split())
