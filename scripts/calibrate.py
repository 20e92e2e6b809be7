"""Count on the development split how far the NER's probabilities and the rules can be trusted.

The merge weighs its sources by these figures. Training texts would flatter the NER, test texts must not be touched.
"""

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy
import spacy
import srsly
import typer
from numpy.typing import NDArray
from spacy.tokens import Doc, DocBin

from en_product_attrs import merging
from en_product_attrs.merging import Candidate, Reliability
from en_product_attrs.schema import attribute_of
from en_product_attrs.systems import find_candidates

# A rate from few cases is drawn towards the rate of all: as if this many more had been seen at that rate.
_PRIOR_CASES = 8.0
# Of the logistic regressions: Newton's steps, halvings of one, and the change of a weight that no longer counts.
_MOST_STEPS = 50
_MOST_HALVINGS = 20
_PRECISION = 1e-6


def gold_keys(doc: Doc) -> set[tuple[int, int, str]]:
    """What `Candidate`s of a Doc are right."""
    return {(ent.start, ent.end, attribute_of(ent.label_)) for ent in doc.ents}


def fit_logistic(rows: list[list[float]], right: list[bool], prior: list[float]) -> list[float]:
    """Weights of a logistic regression, pulled weakly towards `prior`.

    Newton's method, each step halved until it lowers the loss: a full one overshoots where most cases are far out.
    """
    weights = numpy.array(prior)
    if not rows:
        return prior
    features, target = numpy.array(rows), numpy.array(right, dtype=float)

    def loss(tried: NDArray[numpy.float64]) -> float:
        scores = features @ tried
        return float((numpy.logaddexp(0.0, scores) - target * scores).sum() + ((tried - prior) ** 2).sum() / 2)

    for _ in range(_MOST_STEPS):
        predicted = numpy.array([merging.sigmoid(x) for x in features @ weights])
        gradient = features.T @ (predicted - target) + (weights - prior)
        curvature = (features.T * (predicted * (1 - predicted))) @ features + numpy.eye(len(prior))
        step = numpy.linalg.solve(curvature, gradient)
        before = loss(weights)
        sizes = (0.5**halvings for halvings in range(_MOST_HALVINGS))
        size = next((size for size in sizes if loss(weights - size * step) < before), 0.0)
        weights = weights - size * step
        if size * abs(step).max() < _PRECISION:
            break
    return [round(float(weight), 4) for weight in weights]


def smoothed(cases: dict[str, list[bool]]) -> tuple[dict[str, float], float]:
    """The share of right cases for each attribute, drawn towards the share over all, and that."""
    everything = [right for rights in cases.values() for right in rights]
    overall = sum(everything) / len(everything) if everything else 0.5
    rates = {
        name: (sum(rights) + _PRIOR_CASES * overall) / (len(rights) + _PRIOR_CASES) for name, rights in cases.items()
    }
    return {name: round(rate, 4) for name, rate in sorted(rates.items())}, overall


Judged = tuple[list[Candidate], list[Candidate], set[tuple[int, int, str]]]


def estimate(documents: list[Judged]) -> dict[str, Any]:
    """The fields of `Reliability`, counted over documents: learned and curated candidates, and what is right."""
    alone: dict[str, list[bool]] = defaultdict(list)
    against: dict[str, list[bool]] = defaultdict(list)
    found: list[tuple[Candidate, bool]] = []
    by_rule: list[tuple[Candidate, list[Candidate], bool]] = []
    for learned, curated, gold in documents:
        for candidate in merging.unite(learned, curated):
            right = (candidate.start, candidate.end, candidate.attribute) in gold
            if candidate.ner_probability is not None:
                found.append((candidate, right))
                continue
            opposed = any(candidate.overlaps(other) for other in learned)
            (against if opposed else alone)[candidate.attribute].append(right)
            by_rule.append((candidate, learned, right))
    rule_alone, default = smoothed(alone)
    rule_against, _ = smoothed(against)
    rates = Reliability(rule_alone=rule_alone, rule_against=rule_against, default=default)
    return {
        "rule_alone": rule_alone,
        "rule_against": rule_against,
        "default": round(default, 4),
        **_fit_ner(found),
        **_fit_support(rates, by_rule),
    }


def _fit_ner(found: list[tuple[Candidate, bool]]) -> dict[str, float]:
    """Calibration of the NER's probabilities, and how much of the doubt left a rule's agreement removes."""
    rows = [[merging.log_odds(c.ner_probability or 0.0), 1.0] for c, _ in found]
    scale, offset = fit_logistic(rows, [right for _, right in found], [1.0, 0.0])
    agreed = [(row[0], right) for row, (c, right) in zip(rows, found, strict=True) if c.rule_id is not None]
    doubt = sum(1 - merging.sigmoid(scale * x + offset) for x, _ in agreed)
    wrong = sum(not right for _, right in agreed)
    agreement = max(0.0, 1 - wrong / doubt) if doubt else 0.0
    return {"ner_scale": scale, "ner_offset": offset, "agreement": round(agreement, 4)}


def _fit_support(rates: Reliability, by_rule: list[tuple[Candidate, list[Candidate], bool]]) -> dict[str, float]:
    """How the NER's support for a rule's span and the rate of such spans add up."""
    asked = [(c, learned, right) for c, learned, right in by_rule if c.ner_support is not None]
    rows = [
        [merging.log_odds(c.ner_support or 0.0), 1.0, merging.log_odds(rates.rule_rate(c, learned))]
        for c, learned, _ in asked
    ]
    scale, offset, rate_scale = fit_logistic(rows, [right for _, _, right in asked], [0.0, 0.0, 1.0])
    return {"support_scale": scale, "support_offset": offset, "rate_scale": rate_scale}


def main(pipeline: Path, gold: Path, output: Path) -> None:
    """Run the sources of PIPELINE over the Docs of GOLD and write the reliability of each to OUTPUT."""
    nlp = spacy.load(pipeline)
    docs = list(DocBin().from_disk(gold).get_docs(nlp.vocab))
    found = find_candidates(nlp, [doc.text for doc in docs])
    pairs = [(learned, curated, gold_keys(doc)) for doc, (_, learned, curated) in zip(docs, found, strict=True)]
    reliability = estimate(pairs)
    output.parent.mkdir(parents=True, exist_ok=True)
    srsly.write_json(output, reliability)
    typer.echo(
        f"{output}: from {len(docs)} texts; NER log-odds x {reliability['ner_scale']} + {reliability['ner_offset']}"
    )


if __name__ == "__main__":
    typer.run(main)
