"""Train on a benchmark's training file and score on its test file, or on a fixed part of the training file."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import srsly
import typer

from benchmarks.quality import model
from benchmarks.quality.annotation import attributes_by_category
from benchmarks.quality.normalize import LearnedNormalizer
from benchmarks.quality.rows import QualityRow, read_rows, split
from benchmarks.quality.scoring import score
from benchmarks.quality.surfaces import LearnedSurfaces
from benchmarks.quality.vectors import make_encode
from en_product_attrs.errors import DataFileError

# Training rows that the curve is drawn for where nothing is held out.
_SHOWN = 50

Values = dict[str, str | None]


class Dataset(StrEnum):
    oa_mine = "oa-mine"
    ae_110k = "ae-110k"
    wdc_pave = "wdc-pave"
    wdc_pave_normalized = "wdc-pave-normalized"


# Enough for the data to be learned, and few enough to end within forty minutes on two slow cores.
_EPOCHS = {Dataset.oa_mine: 8, Dataset.ae_110k: 4, Dataset.wdc_pave: 8, Dataset.wdc_pave_normalized: 8}


def main(
    dataset: Dataset,
    train: Annotated[Path, typer.Option(help="Training file; for wdc-pave-normalized, of normalized values")],
    output: Annotated[Path, typer.Option(help="Folder for the models, predictions.jsonl and scores.json")],
    spans_from: Annotated[Path | None, typer.Option(help="Raw values of the same rows, matched by id")] = None,
    test: Annotated[Path | None, typer.Option(help="Test file [default: a fixed part of the training file]")] = None,
    seed: int = 0,
    members: Annotated[int, typer.Option(min=1, help="Models from different seeds that are averaged")] = 2,
    epochs: Annotated[int | None, typer.Option(min=1, help="[default: by data set]")] = None,
    trained: Annotated[Path | None, typer.Option(help="Output of an earlier run on these rows: do not train")] = None,
    encoder: Path = Path("assets/encoder"),
    config: Path = Path("configs/selector.cfg"),
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
        shown = [row for row in rows if row.id in ids]
        rows, targets = ([row for row in group if row.id not in ids] for group in (rows, targets))
    else:
        # All rows teach: those that the curve is drawn for are among them.
        shown = rows[:_SHOWN]
    if trained is not None:
        paths = sorted(trained.glob("seed-*/model-last"))
    else:
        seeds = range(seed * members, (seed + 1) * members)
        settings = {"paths.encoder": encoder}
        paths = model.train(rows, shown, output, config, settings, epochs=epochs or _EPOCHS[dataset], seeds=seeds)
    found = list(model.predict(paths, held_out, attributes_by_category(rows), LearnedSurfaces(rows)))
    chosen = [{name: ranked[0]["value"] for name, ranked in candidates.items()} for candidates in found]
    if spans_from is not None:
        chosen = normalized(chosen, held_out, LearnedNormalizer(rows, targets, make_encode(encoder)))
    lines = [
        {"predictions": dict.fromkeys(row.values or {}) | values, "candidates": candidates}
        for row, values, candidates in zip(held_out, chosen, found, strict=True)
    ]
    srsly.write_jsonl(output / "predictions.jsonl", lines)
    if all(row.values is not None for row in held_out):
        scores = score(held_out, [line["predictions"] for line in lines])
        srsly.write_json(output / "scores.json", {"dataset": dataset, "rows": len(held_out), "seed": seed, **scores})
        typer.echo(f"{dataset}: {len(held_out)} rows, " + ", ".join(_line(k, v) for k, v in scores.items()))


def normalized(chosen: list[Values], rows: list[QualityRow], normalize: LearnedNormalizer) -> list[Values]:
    """The values as the data set writes them; one that was not found may be told by the text."""
    return [
        {
            name: normalize(row.category, name, value, row.text)
            if value is not None
            else normalize.guess(row.category, name, row.text)
            for name, value in values.items()
        }
        for values, row in zip(chosen, rows, strict=True)
    ]


def _line(name: str, scores: dict[str, dict[str, float]]) -> str:
    return f"{name} micro F1 {100 * scores['micro']['f1']:.1f}"


if __name__ == "__main__":
    typer.run(main)
