"""Train the project's NER on the values of a benchmark, and take the likeliest span for each attribute."""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin
from spacy.util import filter_spans, load_config

from benchmarks.quality.rows import QualityRow
from en_product_attrs.components.attribute_merger import learned_candidates
from en_product_attrs.tokenizer import create_product_tokenizer
from scripts.build_corpus import find_span

# Between the category, which stands in front of the text, and the text.
_SEPARATOR = "\n"
Candidates = dict[str, list[dict[str, Any]]]


def label_of(name: str) -> str:
    """The label for a benchmark's attribute name."""
    return name.upper()


def row_to_doc(nlp: Language, row: QualityRow) -> Doc:
    """The category and the text, with each value at its first free place that holds whole tokens."""
    prefix = row.category + _SEPARATOR
    doc = nlp.make_doc(prefix + row.text)
    taken = [doc.char_span(0, len(prefix), label="prefix", alignment_mode="expand")]
    spans = [span for span in taken if span is not None]
    # Long values first: a part of one is seldom meant where the whole stands.
    wanted = [(value, name) for name, values in (row.values or {}).items() for value in values]
    for value, name in sorted(wanted, key=lambda item: -len(item[0])):
        span = find_span(doc, value.strip(), name, spans)
        spans += [span] if span is not None else []
    doc.set_ents(filter_spans(span for span in spans if span.label_ != "prefix"))
    return doc


def write_docs(rows: Iterable[QualityRow], path: Path) -> None:
    nlp = spacy.blank("en")
    nlp.tokenizer = create_product_tokenizer()(nlp)
    DocBin(docs=[row_to_doc(nlp, row) for row in rows]).to_disk(path)


def train(rows: list[QualityRow], dev: list[QualityRow], output: Path, config: Path, settings: dict[str, Any]) -> None:
    """Train under OUTPUT; `settings` go on top of CONFIG. With `start`, the encoder begins as that pipeline's."""
    output.mkdir(parents=True, exist_ok=True)
    write_docs(rows, output / "train.spacy")
    write_docs(dev or rows[:50], output / "dev.spacy")
    merged = load_config(config, interpolate=False)
    start = settings.pop("start", None)
    if start is not None:
        merged["components"]["transformer"] = {"source": str(start)}
    merged.to_disk(output / "config.cfg")
    overrides = [word for name, value in settings.items() for word in (f"--{name}", str(value))]
    paths = ["--paths.train", str(output / "train.spacy"), "--paths.dev", str(output / "dev.spacy")]
    paths += ["--training.logger.path", str(output / "curve.jsonl"), "--output", str(output)]
    command = [sys.executable, "-m", "spacy", "train", str(output / "config.cfg"), *paths, *overrides]
    subprocess.run(command, check=True)


def predict(model: Path, rows: list[QualityRow], names: dict[str, set[str]]) -> Iterator[Candidates]:
    """For each row, by attribute of its category, the spans that were found, the likeliest first."""
    nlp = spacy.load(model)
    texts = (row.category + _SEPARATOR + row.text for row in rows)
    for row, doc in zip(rows, nlp.pipe(texts), strict=True):
        by_label = {label_of(name).lower(): name for name in names.get(row.category, set())}
        found: Candidates = {}
        for candidate in learned_candidates(doc):
            span = doc[candidate.start : candidate.end]
            name = by_label.get(candidate.attribute)
            if name is not None and span.start_char > len(row.category):
                value = {"value": span.text, "probability": round(candidate.ner_probability or 0.0, 4)}
                found.setdefault(name, []).append(value)
        yield {name: sorted(values, key=lambda v: -v["probability"]) for name, values in found.items()}
