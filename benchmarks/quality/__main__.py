"""Train on a benchmark's training file and score on its test file, or on a fixed part of the training file."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import srsly
import typer

from benchmarks.quality import model
from benchmarks.quality.normalize import LearnedNormalizer
from benchmarks.quality.rows import QualityRow, read_rows, split
from benchmarks.quality.scoring import score
from en_product_attrs.errors import DataFileError


class Dataset(StrEnum):
    oa_mine = "oa-mine"
    ae_110k = "ae-110k"
    wdc_pave = "wdc-pave"
    wdc_pave_normalized = "wdc-pave-normalized"


def main(
    dataset: Dataset,
    train: Annotated[Path, typer.Option(help="Training file; for wdc-pave-normalized, of normalized values")],
    output: Annotated[Path, typer.Option(help="Folder for the model, predictions.jsonl and scores.json")],
    spans_from: Annotated[Path | None, typer.Option(help="Raw values of the same rows, matched by id")] = None,
    test: Annotated[Path | None, typer.Option(help="Test file [default: a fixed part of the training file]")] = None,
    seed: int = 0,
    epochs: int = 8,
    start: Annotated[Path | None, typer.Option(help="Pipeline whose encoder to begin with")] = None,
    encoder: Path = Path("assets/encoder"),
    config: Path = Path("configs/train.cfg"),
) -> None:
    """Train for DATASET, predict, and score."""
    if (dataset is Dataset.wdc_pave_normalized) != (spans_from is not None):
        typer.echo("--spans-from belongs to wdc-pave-normalized, and to it alone", err=True)
        raise typer.Exit(2)
    try:
        rows, targets = read_rows(spans_from or train), read_rows(train)
        held_out = read_rows(test) if test is not None else []
    except (DataFileError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    if test is None:
        ids = {row.id for row in split(targets)[1]}
        held_out = [row for row in targets if row.id in ids]
        rows, targets = ([row for row in group if row.id not in ids] for group in (rows, targets))
    fit, dev = split(rows)
    # About so many batches has an epoch; the learning rate falls to zero at the end.
    steps = max(1, sum(len(row.text) for row in fit) // 3200) * epochs
    settings = {
        "paths.encoder": encoder,
        "system.seed": seed,
        "training.max_epochs": epochs,
        "training.patience": 0,
        "training.eval_frequency": max(20, steps // 4),
        "training.optimizer.learn_rate.total_steps": steps,
        "start": start,
    }
    model.train(rows, dev, output, config, settings)
    predictions = predict(output / "model-last", held_out, rows)
    normalize = LearnedNormalizer(rows, targets) if spans_from is not None else None
    lines = []
    for row, candidates in zip(held_out, predictions, strict=True):
        chosen = {name: values[0]["value"] for name, values in candidates.items()}
        if normalize is not None:
            chosen = {name: normalize(name, value) for name, value in chosen.items()}
        lines.append({"predictions": dict.fromkeys(row.values or {}) | chosen, "candidates": candidates})
    srsly.write_jsonl(output / "predictions.jsonl", lines)
    if all(row.values is not None for row in held_out):
        scores = score(held_out, [line["predictions"] for line in lines])
        srsly.write_json(output / "scores.json", {"dataset": dataset, "rows": len(held_out), "seed": seed, **scores})
        typer.echo(f"{dataset}: {len(held_out)} rows, " + ", ".join(_line(k, v) for k, v in scores.items()))


def predict(path: Path, held_out: list[QualityRow], rows: list[QualityRow]) -> list[model.Candidates]:
    names: dict[str, set[str]] = {}
    for row in rows:
        names.setdefault(row.category, set()).update(row.values or {})
    return list(model.predict(path, held_out, names))


def _line(name: str, scores: dict[str, dict[str, float]]) -> str:
    return f"{name} micro F1 {100 * scores['micro']['f1']:.1f}"


if __name__ == "__main__":
    typer.run(main)
