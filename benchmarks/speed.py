"""Texts per second of the pipeline, of its encoder alone and of all but the model, taking turns in one process."""

import time
from pathlib import Path

import spacy
import typer
from spacy.language import Language
from spacy.tokens import DocBin

_ROUNDS = 3


def texts_per_second(nlp: Language, texts: list[str], pipes: list[str]) -> float:
    with nlp.select_pipes(enable=pipes):
        start = time.perf_counter()
        for _ in nlp.pipe(texts):
            pass
        return len(texts) / (time.perf_counter() - start)


def main(
    pipeline: Path = Path("training/assembled"), texts: Path = Path("corpus/train.spacy"), most: int = 1000
) -> None:
    """Print the best of three rounds for each part of PIPELINE, as a ratio to the whole, on titles of TEXTS."""
    nlp = spacy.load(pipeline)
    docs = DocBin().from_disk(texts).get_docs(nlp.vocab)
    lines = [doc.text for doc in docs if "\n" not in doc.text and len(doc.text) < 200][:most]
    parts = {
        "whole pipeline": nlp.pipe_names,
        "encoder alone": ["transformer"],
        "without encoder and NER": [name for name in nlp.pipe_names if name not in ("transformer", "ner")],
    }
    best = dict.fromkeys(parts, 0.0)
    for _ in range(_ROUNDS):
        for name, pipes in parts.items():
            best[name] = max(best[name], texts_per_second(nlp, lines, pipes))
    for name, speed in best.items():
        typer.echo(f"{name:24} {speed:8.0f} texts/s   {speed / best['whole pipeline']:.2f}")


if __name__ == "__main__":
    typer.run(main)
