"""Compare the CRF with spaCy's transition-based recognizer over the same encoder, data and training loop.

For each head and seed: F1 over exact spans on the development split, expected calibration error, texts per second (the
heads take turns in one process, so that only their ratio counts). The transition-based head gives no probabilities, so
its confidence counts as 1.
"""

import subprocess
import sys
import time
from pathlib import Path
from statistics import mean, pstdev
from typing import Annotated, Any

import spacy
import srsly
import typer
from spacy.language import Language
from spacy.tokens import Doc, DocBin
from spacy.util import load_config

from en_product_attrs.calibration import Judged, expected_calibration_error
from en_product_attrs.components.attribute_merger import learned_candidates
from en_product_attrs.schema import attribute_of

HEADS = ("crf", "transition")
_LISTENER = {
    "@architectures": "spacy-transformers.TransformerListener.v1",
    "grad_factor": 1.0,
    "pooling": {"@layers": "reduce_mean.v1"},
}
_TRANSITION = {
    "factory": "ner",
    "model": {
        "@architectures": "spacy.TransitionBasedParser.v2",
        "state_type": "ner",
        "extra_state_tokens": False,
        "hidden_width": 64,
        "maxout_pieces": 2,
        "use_upper": False,
        "nO": None,
        "tok2vec": _LISTENER,
    },
}


def write_config(head: str, base: Path, output: Path) -> None:
    """The training config with one head or the other."""
    config = load_config(base, interpolate=False)
    if head == "transition":
        config["components"]["ner"] = _TRANSITION
    output.parent.mkdir(parents=True, exist_ok=True)
    config.to_disk(output)


def train(config: Path, output: Path, seed: int, train_data: Path, dev_data: Path, settings: list[str]) -> None:
    """Run `spacy train`, unless its result is there."""
    if (output / "model-best").is_dir():
        return
    overrides = ["--paths.train", str(train_data), "--paths.dev", str(dev_data), "--system.seed", str(seed)]
    overrides += ["--training.logger.path", str(output / "curve.jsonl"), *settings]
    subprocess.run(
        [sys.executable, "-m", "spacy", "train", str(config), "--output", str(output), *overrides], check=True
    )


def measure(nlp: Language, gold: list[Doc]) -> dict[str, float]:
    """F1 and expected calibration error."""
    judged: list[Judged] = []
    n_gold = 0
    for doc, predicted in zip(gold, nlp.pipe([doc.text for doc in gold]), strict=True):
        right = {(ent.start, ent.end, attribute_of(ent.label_)) for ent in doc.ents}
        n_gold += len(right)
        judged += [
            Judged(c.attribute, c.ner_probability or 0.0, (c.start, c.end, c.attribute) in right)
            for c in learned_candidates(predicted)
        ]
    hits = sum(value.right for value in judged)
    return {"f1": 2 * hits / (len(judged) + n_gold), "ece": expected_calibration_error(judged)}


def texts_per_second(nlp: Language, texts: list[str]) -> float:
    list(nlp.pipe(texts[:32]))
    start = time.perf_counter()
    list(nlp.pipe(texts))
    return len(texts) / (time.perf_counter() - start)


def table(results: dict[str, list[dict[str, float]]], n_train: int, n_dev: int) -> str:
    """The comparison as Markdown."""
    lines = [
        "# NER heads",
        "",
        f"{n_train} training texts, {n_dev} development texts; `python -m benchmarks.ner_heads`.",
        "",
        "| head | seeds | F1 | calibration error | texts/s, as a ratio to the CRF |",
        "|---|--:|--:|--:|--:|",
    ]
    base = mean(run["speed"] for run in results["crf"])
    for head, runs in results.items():
        f1 = [100 * run["f1"] for run in runs]
        ece = mean(run["ece"] for run in runs)
        speed = mean(run["speed"] for run in runs) / base
        lines.append(f"| {head} | {len(runs)} | {mean(f1):.1f} ± {pstdev(f1):.1f} | {ece:.3f} | {speed:.2f} |")
    return "\n".join(lines) + "\n"


def main(
    output: Path,
    train_data: Path = Path("corpus/train.spacy"),
    dev_data: Path = Path("corpus/dev.spacy"),
    config: Path = Path("configs/train.cfg"),
    seeds: int = 3,
    settings: Annotated[str, typer.Option(help="Overrides of the config, as for spacy train")] = "",
    report: Path = Path("docs/ner_heads.md"),
) -> None:
    """Train both heads with SEEDS seeds under OUTPUT and write the comparison to REPORT."""
    results: dict[str, list[dict[str, float]]] = {head: [] for head in HEADS}
    vocab = spacy.blank("en").vocab
    n_train = len(DocBin().from_disk(train_data))
    gold: list[Doc] = list(DocBin().from_disk(dev_data).get_docs(vocab))
    texts = [doc.text for doc in gold]
    for seed in range(seeds):
        for head in HEADS:
            directory = output / f"{head}-{seed}"
            write_config(head, config, output / f"{head}.cfg")
            train(output / f"{head}.cfg", directory, seed, train_data, dev_data, settings.split())
        for head in HEADS:
            nlp: Any = spacy.load(output / f"{head}-{seed}" / "model-best")
            results[head].append({**measure(nlp, gold), "speed": texts_per_second(nlp, texts)})
            typer.echo(f"{head}, seed {seed}: {results[head][-1]}")
        srsly.write_json(output / "results.json", results)
        report.write_text(table(results, n_train, len(gold)), encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
