"""Train on a benchmark's training file and score on its test file, or on a fixed part of the training file."""

import shlex
import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any, NamedTuple

import spacy
import srsly
import typer

from benchmarks.quality import model
from benchmarks.quality.annotation import attributes_by_category, states_absence
from benchmarks.quality.answers import Answers, answer, answer_normalized
from benchmarks.quality.listings import read_listing_rows
from benchmarks.quality.normalize import LearnedNormalizer
from benchmarks.quality.rows import QualityRow, read_rows, split
from benchmarks.quality.scoring import score
from benchmarks.quality.surfaces import LearnedSurfaces
from benchmarks.quality.vectors import make_encode
from en_product_attrs.datasets import DatasetMapping, DatasetName
from en_product_attrs.errors import DataFileError
from en_product_attrs.schema import AttributeSchema

# Rows that the curve is drawn for, of those held out or, where none are, of those that teach.
_SHOWN = 50


class Dataset(StrEnum):
    oa_mine = "oa-mine"
    ae_110k = "ae-110k"
    wdc_pave = "wdc-pave"
    wdc_pave_normalized = "wdc-pave-normalized"


# The folder of corpus/ with own listings in the names of a data set, which rules/datasets lists in a file of that name.
_LISTINGS: dict[Dataset, DatasetName] = {
    Dataset.oa_mine: "oa-mine",
    Dataset.wdc_pave: "wdc-pave",
    Dataset.wdc_pave_normalized: "wdc-pave",
}
# Enough for the data to be learned, and few enough to end within forty minutes on two slow cores.
_EPOCHS = {Dataset.oa_mine: 4, Dataset.ae_110k: 3, Dataset.wdc_pave: 5, Dataset.wdc_pave_normalized: 5}


def main(
    dataset: Dataset,
    train: Annotated[Path, typer.Option(help="Training file; for wdc-pave-normalized, of normalized values")],
    output: Annotated[Path, typer.Option(help="Folder for the models, predictions.jsonl and scores.json")],
    spans_from: Annotated[Path | None, typer.Option(help="Raw values of the same rows, matched by id")] = None,
    test: Annotated[Path | None, typer.Option(help="Test file [default: a fixed part of the training file]")] = None,
    seed: int = 0,
    members: Annotated[int, typer.Option(min=1, help="Models from different seeds that are averaged")] = 1,
    epochs: Annotated[int | None, typer.Option(min=1, help="[default: by data set]")] = None,
    listings: Annotated[bool, typer.Option(help="Whether corpus/DATASET teaches, beside the training file")] = True,
    trained: Annotated[Path | None, typer.Option(help="Output of an earlier run on these rows: do not train")] = None,
    adapters: Annotated[bool, typer.Option(help="Train adapters in the encoder instead of its own weights")] = False,
    gpu_id: Annotated[int, typer.Option(help="Number of the GPU to train on, or -1 for the CPU")] = -1,
    encoder: Annotated[Path, typer.Option(help="Pretrained encoder, fetched by the project if it is missing")] = Path(
        "assets/encoder"
    ),
    config: Path = Path("configs/selector.cfg"),
    settings: Annotated[str, typer.Option(help='Further settings of the config, as "training.dropout=0.2"')] = "",
) -> None:
    """Train for DATASET, predict, and score."""
    if (dataset is Dataset.wdc_pave_normalized) != (spans_from is not None):
        typer.echo("--spans-from belongs to wdc-pave-normalized, and to it alone", err=True)
        raise typer.Exit(2)
    overrides: dict[str, Any] = {"paths.encoder": encoder, "gpu-id": gpu_id}
    if adapters:
        overrides["components.transformer.model.@architectures"] = "product_attrs.AdapterTransformer.v1"
    overrides |= parse_settings(settings)
    try:
        data = load(train, spans_from, test)
        own = own_rows(dataset, data.rows) if listings and trained is None else []
    except (DataFileError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    if not encoder.exists():
        fetch = ["spacy", "project", "run", "encoder", ".", "--vars.encoder", str(encoder)]
        subprocess.run([sys.executable, "-m", *fetch], check=True)
    if trained is not None:
        paths = sorted(trained.glob("seed-*/model-last"))
        if not paths:
            typer.echo(f"{trained}: holds no trained models (seed-*/model-last). Train without --trained", err=True)
            raise typer.Exit(2)
    else:
        seeds = range(seed * members, (seed + 1) * members)
        paths = model.train(
            [*data.rows, *own], data.shown, output, config, overrides, epochs=epochs or _EPOCHS[dataset], seeds=seeds
        )
    pipelines = [spacy.load(path) for path in paths]
    asked, surfaces = attributes_by_category(data.rows), LearnedSurfaces(data.rows)
    start = perf_counter()
    found = list(model.predict(pipelines, data.held_out, asked, surfaces))
    texts_per_second = len(data.held_out) / (perf_counter() - start)
    if spans_from is not None:
        normalize = LearnedNormalizer(data.rows, data.targets, make_encode(encoder))
        answers = [answer_normalized(each, row, normalize) for each, row in zip(found, data.held_out, strict=True)]
    else:
        answers = [answer(each) for each in found]
    output.mkdir(parents=True, exist_ok=True)
    write(output, data.held_out, answers, found)
    if all(row.values is not None for row in data.held_out):
        scores = score(data.held_out, answers)
        about = {
            "dataset": dataset,
            "rows": len(data.held_out),
            "seed": seed,
            "members": len(paths),
            "texts_per_second": round(texts_per_second, 1),
        }
        srsly.write_json(output / "scores.json", about | scores)
        line = ", ".join(_line(k, v) for k, v in scores.items())
        typer.echo(f"{dataset}: {len(data.held_out)} rows, {line}, {texts_per_second:.0f} texts a second")


def parse_settings(settings: str) -> dict[str, str]:
    """Settings of a config, written as "training.dropout=0.2 nlp.batch_size=64". Raises typer.BadParameter."""
    words = shlex.split(settings)
    if wrong := [word for word in words if "=" not in word]:
        raise typer.BadParameter(f"{wrong[0]}: a setting is written name=value", param_hint="--settings")
    return dict(word.split("=", 1) for word in words)


def own_rows(dataset: Dataset, rows: list[QualityRow]) -> list[QualityRow]:
    """The project's own listings in the names of a data set, as rows of the categories of these rows.

    Raises DataFileError.
    """
    name = _LISTINGS.get(dataset)
    if name is None:
        return []
    schema = AttributeSchema.from_yaml(Path("rules/attributes.yml"))
    mapping = DatasetMapping.from_yaml(Path(f"rules/datasets/{name}.yml"), schema)
    own = read_listing_rows(Path("corpus") / name, mapping, states_absence=states_absence(rows))
    categories = {row.category for row in rows}
    return [row for row in own if row.category in categories]


class Data(NamedTuple):
    """Rows to train on, with values as their texts have them; the same rows with the values to answer with; rows to
    draw the curve for; rows to predict."""

    rows: list[QualityRow]
    targets: list[QualityRow]
    shown: list[QualityRow]
    held_out: list[QualityRow]


def load(train: Path, spans_from: Path | None, test: Path | None) -> Data:
    """The rows of a run. Raises DataFileError and OSError."""
    rows, targets = read_rows(spans_from or train), read_rows(train)
    if test is not None:
        # All rows teach: those that the curve is drawn for are among them.
        return Data(rows, targets, rows[:_SHOWN], read_rows(test))
    held_out = split(targets)[1]
    ids = {row.id for row in held_out}
    return Data(
        rows=[row for row in rows if row.id not in ids],
        targets=[row for row in targets if row.id not in ids],
        shown=[row for row in rows if row.id in ids][:_SHOWN],
        held_out=held_out,
    )


def write(output: Path, rows: list[QualityRow], answers: list[Answers], found: list[model.Candidates]) -> None:
    """Write predictions.jsonl, a line for each row. What the row lists and the training never did is None."""
    lines = [
        {"predictions": dict.fromkeys(row.values or {}) | values, "candidates": candidates}
        for row, values, candidates in zip(rows, answers, found, strict=True)
    ]
    srsly.write_jsonl(output / "predictions.jsonl", lines)


def _line(name: str, scores: dict[str, dict[str, float]]) -> str:
    return f"{name} micro F1 {100 * scores['micro']['f1']:.1f}"


if __name__ == "__main__":
    typer.run(main)
