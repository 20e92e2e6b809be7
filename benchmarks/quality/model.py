"""Train the project's selector on the values of a benchmark, and take the likeliest value for each attribute.

Several members, trained from different seeds side by side, are averaged.
"""

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypedDict

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training.batchers import minibatch_by_padded_size

from benchmarks.quality.annotation import (
    AttributesByCategory,
    attributes_by_category,
    label_of,
    make_nlp,
    states_absence,
    text_of,
    write_docs,
)
from benchmarks.quality.rows import QualityRow
from en_product_attrs.components.span_selector import ABSENT, DEFAULT_SPANS_KEY, SpanSelector

# Texts in a batch, and the part of the steps in which the learning rate rises.
_BATCH_TEXTS = 16
_WARMUP = 0.08


class Candidate(TypedDict):
    """A value, None for absence, and its probability."""

    value: str | None
    probability: float


# By attribute, the likeliest first.
Candidates = dict[str, list[Candidate]]
Surfaces = Callable[[str, str], str]


def train(
    rows: list[QualityRow],
    shown: list[QualityRow],
    output: Path,
    config: Path,
    settings: dict[str, Any],
    *,
    epochs: int,
    seeds: Sequence[int],
) -> list[Path]:
    """Train one member for each seed under OUTPUT, side by side, and return their folders.

    shown: rows that the curve is drawn for. settings: go on top of CONFIG.
    """
    output.mkdir(parents=True, exist_ok=True)
    asked = {} if states_absence(rows) else attributes_by_category(rows)
    write_docs(rows, output / "train.spacy", asked)
    write_docs(shown, output / "dev.spacy", asked)
    words, steps = _batches(rows)
    settings = {
        "paths.train": output / "train.spacy",
        "paths.dev": output / "dev.spacy",
        "training.batcher.size": words,
        "training.max_steps": steps * epochs,
        "training.eval_frequency": steps,
        "training.optimizer.learn_rate.total_steps": steps * epochs,
        "training.optimizer.learn_rate.warmup_steps": int(_WARMUP * steps * epochs),
        **settings,
    }
    # Two processes with a thread each train faster than one with two threads, which wait for each other.
    environment = os.environ | {"OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 1) // len(seeds)))}
    folders = [output / f"seed-{seed}" for seed in seeds]
    running = []
    for seed, folder in zip(seeds, folders, strict=True):
        folder.mkdir(exist_ok=True)
        own = settings | {"system.seed": seed, "training.logger.path": folder / "curve.jsonl", "output": folder}
        words_of_command = [word for name, value in own.items() for word in (f"--{name}", str(value))]
        log = (folder / "log.txt").open("w")
        command = [sys.executable, "-m", "spacy", "train", str(config), *words_of_command]
        running.append((subprocess.Popen(command, env=environment, stdout=log, stderr=log), folder))
    for process, folder in running:
        if process.wait():
            raise RuntimeError(f"The training failed: see {folder / 'log.txt'}")
    return [folder / "model-last" for folder in folders]


def _batches(rows: list[QualityRow]) -> tuple[int, int]:
    """The padded size of a batch in words, and how many batches an epoch has."""
    nlp = make_nlp()
    docs = [nlp.make_doc(text_of(row)) for row in rows]
    lengths = [len(doc) for doc in docs]
    size = max(*lengths, round(_BATCH_TEXTS * sum(lengths) / len(lengths)))
    batches = minibatch_by_padded_size(docs, size=size, buffer=256)
    return size, sum(1 for _ in batches)


def predict(
    members: Sequence[Language], rows: list[QualityRow], asked: AttributesByCategory, surface_of: Surfaces
) -> Iterator[Candidates]:
    """For each row, by attribute of its category, the values that were found, the likeliest first.

    None as a value is absence. The probabilities are the means over the members.
    """
    answered = zip(*(_answer(member, rows, asked) for member in members), strict=True)
    for row, read in zip(rows, answered, strict=True):
        names = {label_of(name, row.category): name for name in asked.get(row.category, ())}
        found: dict[str, dict[str | None, float]] = {name: defaultdict(float) for name in names.values()}
        for doc in read:
            group = doc.spans[DEFAULT_SPANS_KEY]
            for span, score in zip(group, group.attrs["scores"], strict=True):
                if span.start_char > len(row.category):
                    name = names[span.label_]
                    found[name][surface_of(name, span.text)] += score / len(members)
            for label, name in names.items():
                found[name][None] += group.attrs[ABSENT].get(label, 1.0) / len(members)
        yield {name: _ranked(values) for name, values in found.items()}


def _answer(nlp: Language, rows: Sequence[QualityRow], asked: AttributesByCategory) -> Iterator[Doc]:
    """The rows' texts, with answers for the attributes of their categories."""
    selector = nlp.get_pipe("selector")
    assert isinstance(selector, SpanSelector)
    known = set(selector.labels)
    labels = {
        category: known.intersection(label_of(name, category) for name in names) for category, names in asked.items()
    }
    return nlp.pipe(selector.ask(nlp.make_doc(text_of(row)), labels.get(row.category, ())) for row in rows)


def _ranked(values: dict[str | None, float]) -> list[Candidate]:
    ranked = sorted(values.items(), key=lambda item: -item[1])
    return [{"value": value, "probability": round(probability, 4)} for value, probability in ranked]
