"""Score rules alone, NER alone and both merged on the same documents, and show the worst errors.

A figure for the whole says little; the tables by attribute and the errors with their text say what to mend next.
"""

from collections import Counter
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import spacy
import srsly
import typer
from spacy.language import Language
from spacy.tokens import DocBin

from en_product_attrs.calibration import Judged
from en_product_attrs.datasets import DATASET_FILES, DatasetMapping, read_rows
from en_product_attrs.errors import DataFileError
from en_product_attrs.reports import Wrong, calibration_report, errors_table, scores_table, worst_errors
from en_product_attrs.schema import AttributeSchema
from en_product_attrs.scoring import Scores, score_listed, spans_of, values_of
from en_product_attrs.systems import SYSTEMS, attributes_by_system, gold_attributes


class SpanResults(NamedTuple):
    """Scores by system, and what the merged one got wrong and how sure it was of what it found."""

    scores: dict[str, Any]
    errors: list[Wrong]
    judged: list[Judged]
    n_gold: Counter[str]


def evaluate_spans(nlp: Language, path: Path) -> SpanResults:
    """Spans and canonical values of a .spacy file."""
    docs = list(DocBin().from_disk(path).get_docs(nlp.vocab))
    spans = {system: Scores() for system in SYSTEMS}
    values = {system: Scores() for system in SYSTEMS}
    errors: list[Wrong] = []
    judged: list[Judged] = []
    n_gold: Counter[str] = Counter()
    for doc, found in zip(docs, attributes_by_system(nlp, [doc.text for doc in docs]), strict=True):
        gold = gold_attributes(nlp, doc)
        for system in SYSTEMS:
            spans[system].compare(spans_of(found[system]), spans_of(gold))
            values[system].compare(values_of(found[system]), values_of(gold))
        errors += worst_errors(doc.text, found["merged"], gold)
        right = {(a.name, a.start_char, a.end_char) for a in gold}
        n_gold.update(a.name for a in gold)
        judged += [Judged(a.name, a.confidence, (a.name, a.start_char, a.end_char) in right) for a in found["merged"]]
    scores = {system: {"spans": spans[system].to_dict(), "values": values[system].to_dict()} for system in SYSTEMS}
    return SpanResults({"documents": len(docs), "systems": scores}, errors, judged, n_gold)


def evaluate_dataset(nlp: Language, path: Path, mapping: DatasetMapping) -> dict[str, Any]:
    """Listed values of the development rows of a data set, by system."""
    rows = [row for row in read_rows(path, mapping) if row.is_dev]
    listed = {system: Scores() for system in SYSTEMS}
    for row, found in zip(rows, attributes_by_system(nlp, [row.text for row in rows]), strict=True):
        for system in SYSTEMS:
            score_listed(listed[system], found[system], row.values, keeps=mapping.keeps)
    return {"documents": len(rows), "systems": {system: {"listed": listed[system].to_dict()} for system in SYSTEMS}}


def main(
    pipeline: Path,
    dev: Path,
    test: Path,
    output: Path,
    assets: Annotated[Path, typer.Option(help="Where data sets lie, if they were fetched")] = Path("assets"),
    rules: Path = Path("rules"),
) -> None:
    """Evaluate PIPELINE on TEST and on the data sets under ASSETS; write scores and errors to OUTPUT.

    DEV, on which confidences were calibrated, shows beside TEST how far that holds on other texts.
    """
    nlp = spacy.load(pipeline)
    results: dict[str, Any] = {}
    typer.echo("own test split ...")
    on_dev, on_test = evaluate_spans(nlp, dev), evaluate_spans(nlp, test)
    results["own"] = on_test.scores
    for name, file in DATASET_FILES.items():
        if not (assets / file).is_file():
            typer.echo(f"{name}: not under {assets}, left out")
            continue
        typer.echo(f"{name} ...")
        try:
            mapping = DatasetMapping.from_yaml(
                rules / "datasets" / f"{name}.yml", AttributeSchema.from_yaml(rules / "attributes.yml")
            )
        except DataFileError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(2) from error
        results[name] = evaluate_dataset(nlp, assets / file, mapping)
    output.mkdir(parents=True, exist_ok=True)
    srsly.write_json(output / "scores.json", results)
    (output / "scores.md").write_text(scores_table(results), encoding="utf-8")
    (output / "errors.md").write_text(errors_table(on_test.errors, limit=50), encoding="utf-8")
    judged = {"development split": on_dev.judged, "test split": on_test.judged}
    (output / "calibration.md").write_text(calibration_report(judged, on_test.n_gold), encoding="utf-8")
    typer.echo(scores_table(results).split("\n## ")[0])


if __name__ == "__main__":
    typer.run(main)
