"""What patterns cost: time to load, memory and time per text with 1,000, 10,000 and 100,000 of them.

Names are made up by a fixed seed, one to three words, and stand in no text; what is measured is looking for them. Each
number runs in a process of its own, so that memory counts from nothing, and texts are those of a .spacy file.
"""

import multiprocessing
import random
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import spacy
import typer
from spacy.tokens import DocBin

SIZES = (1_000, 10_000, 100_000)
_SYLLABLES = (
    "ba",
    "ke",
    "li",
    "mo",
    "nu",
    "ra",
    "se",
    "ti",
    "vo",
    "zu",
    "dra",
    "fen",
    "gor",
    "hal",
    "jin",
    "lux",
    "mir",
)
_REPEATS = 5


def made_up_names(size: int) -> list[str]:
    """So many different names of one to three words."""
    chance = random.Random(0)
    names: set[str] = set()
    while len(names) < size:
        words = [
            "".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4))) for _ in range(chance.choice((1, 1, 2, 3)))
        ]
        names.add(" ".join(words).title())
    return sorted(names)


def measure(size: int, texts: list[str], directory: Path) -> dict[str, float]:
    """Seconds to add and to load, microseconds per text for tokenizer and ruler, and megabytes."""
    nlp = spacy.blank("en", config={"nlp": {"tokenizer": {"@tokenizers": "product_attrs.tokenizer.v1"}}})
    ruler: Any = nlp.add_pipe("product_kb_ruler")
    patterns: list[dict[str, Any]] = [
        {"label": "BRAND", "pattern": name, "id": f"brand:{i}"} for i, name in enumerate(made_up_names(size))
    ]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    ruler.add_patterns(patterns)
    added = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    nlp.to_disk(directory)
    start = time.perf_counter()
    spacy.load(directory)
    loaded = time.perf_counter() - start
    best = min(_seconds(nlp, texts) for _ in range(_REPEATS))
    return {"add": added, "load": loaded, "text": 1e6 * best / len(texts), "megabytes": memory / 1024}


def _seconds(nlp: spacy.language.Language, texts: list[str]) -> float:
    start = time.perf_counter()
    for _ in nlp.pipe(texts):
        pass
    return time.perf_counter() - start


def main(gold: Path = Path("corpus/dev.spacy")) -> None:
    """Print the costs as Markdown; texts are those of GOLD."""
    texts = [doc.text for doc in DocBin().from_disk(gold).get_docs(spacy.blank("en").vocab)]
    typer.echo("| patterns | add, s | load, s | tokenizer and ruler, µs a text | memory, MB |")
    typer.echo("|--:|--:|--:|--:|--:|")
    context = multiprocessing.get_context("spawn")
    for size in SIZES:
        with tempfile.TemporaryDirectory() as directory, context.Pool(1) as pool:
            row = pool.apply(measure, (size, texts, Path(directory) / "pipeline"))
        typer.echo(f"| {size:,} | {row['add']:.2f} | {row['load']:.2f} | {row['text']:.0f} | {row['megabytes']:.0f} |")


if __name__ == "__main__":
    typer.run(main)
