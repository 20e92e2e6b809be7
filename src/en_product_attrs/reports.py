"""Scores and errors as Markdown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from en_product_attrs.attribute import Attribute
from en_product_attrs.calibration import (
    N_BINS,
    THRESHOLDS,
    Judged,
    at_thresholds,
    expected_calibration_error,
    reliability_bins,
)

_CONTEXT = 30


@dataclass(frozen=True, slots=True)
class Wrong:
    """A value that was found and is wrong (`found`), or was missed, with what stands there in the gold or the result.

    badness: the confidence with which it was wrong; a miss counts as half sure.
    """

    text: str
    kind: str
    found: str
    expected: str
    source: str
    badness: float


def worst_errors(text: str, found: Iterable[Attribute], gold: Iterable[Attribute]) -> list[Wrong]:
    """What is wrong in one document."""
    found, gold = list(found), list(gold)
    right = {(a.name, a.start_char, a.end_char) for a in gold}
    given = {(a.name, a.start_char, a.end_char) for a in found}
    errors = []
    for a in found:
        if (a.name, a.start_char, a.end_char) not in right:
            expected = _there(a, gold) or "nothing"
            errors.append(Wrong(_snippet(text, a), "wrong", _label(a), expected, a.source, a.confidence))
    for a in gold:
        if (a.name, a.start_char, a.end_char) not in given and not _there(a, found):
            errors.append(Wrong(_snippet(text, a), "missed", "nothing", _label(a), "", 0.5))
    return errors


def errors_table(errors: Iterable[Wrong], limit: int) -> str:
    """The worst errors, the most confident first."""
    worst = sorted(errors, key=lambda e: -e.badness)[:limit]
    lines = ["# Worst errors", "", "| confidence | source | found | in the gold | text |", "|--:|---|---|---|---|"]
    lines += [
        f"| {e.badness:.2f} | {e.source} | {_cell(e.found)} | {_cell(e.expected)} | {_cell(e.text)} |" for e in worst
    ]
    return "\n".join(lines) + "\n"


def scores_table(results: Mapping[str, Any]) -> str:
    """An overview of all data sets and systems, then a table by attribute for each data set."""
    lines = [
        "# Scores",
        "",
        "| data | texts | measure | system | precision | recall | F1 | macro F1 |",
        "|---|--:|---|---|--:|--:|--:|--:|",
    ]
    for data, result in results.items():
        for system, measures in result["systems"].items():
            for measure, scores in measures.items():
                micro = scores["micro"]
                cells = [
                    data,
                    str(result["documents"]),
                    measure,
                    system,
                    *(_percent(micro[k]) for k in ("precision", "recall", "f1")),
                ]
                lines.append(f"| {' | '.join(cells)} | {_percent(scores['macro_f1'])} |")
    for data, result in results.items():
        measure = next(iter(result["systems"]["merged"]))
        lines += ["", f"## {data}, {measure} by attribute", ""]
        lines += [
            "| attribute | in gold | precision | recall | F1 | F1 of rules | F1 of NER | F1 of values |",
            "|---|--:|--:|--:|--:|--:|--:|--:|",
        ]
        tables = {system: measures[measure]["attributes"] for system, measures in result["systems"].items()}
        values = result["systems"]["merged"].get("values", {}).get("attributes", {})
        for name, row in tables["merged"].items():
            others = [tables[system].get(name, {}).get("f1", 0.0) for system in ("rules", "ner")]
            numbers = [row["precision"], row["recall"], row["f1"], *others]
            value = _percent(values[name]["f1"]) if name in values else ""
            lines.append(f"| {name} | {row['gold']} | {' | '.join(map(_percent, numbers))} | {value} |")
    return "\n".join(lines) + "\n"


def calibration_report(judged: Mapping[str, Sequence[Judged]], n_gold: Mapping[str, int]) -> str:
    """Reliability of the confidences on each set of texts, and what thresholds do on the last of them."""
    lines = ["# Confidence", ""]
    for data, values in judged.items():
        error = expected_calibration_error(values)
        lines += [f"## {data}: expected calibration error {error:.3f} over {len(values)} values", ""]
        lines += ["| confidence | values | mean confidence | right | |", "|---|--:|--:|--:|---|"]
        lines += [
            f"| {b.low:.1f} to {b.low + 1 / N_BINS:.1f} | {b.size} | {_percent(b.confidence)} | {_percent(b.right)} "
            f"| {_bar(b.right)} |"
            for b in reliability_bins(values)
        ]
        lines.append("")
    last = list(judged)[-1]
    lines += [
        f"## Thresholds by attribute, on {last}",
        "",
        "Precision / recall of the values that are left over a threshold. One of an attribute's own is set in",
        "configs/assemble.cfg, under `[components.attribute_merger.policy.thresholds]`.",
        "",
        f"| attribute | in gold | {' | '.join(map(str, THRESHOLDS))} |",
        "|---|--:|" + "--:|" * len(THRESHOLDS),
    ]
    for name, rows in at_thresholds(judged[last], n_gold).items():
        cells = [f"{_percent(row.precision)} / {_percent(row.recall)}" for row in rows]
        lines.append(f"| {name} | {n_gold.get(name, 0)} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _bar(share: float) -> str:
    """A bar of a plot, twenty signs for the whole."""
    return "█" * round(20 * share)


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _label(attribute: Attribute) -> str:
    return f"{attribute.name}: {attribute.text}"


def _there(attribute: Attribute, others: Iterable[Attribute]) -> str:
    """What the others have in the same place."""
    overlapping = [o for o in others if o.start_char < attribute.end_char and attribute.start_char < o.end_char]
    return "; ".join(map(_label, overlapping))


def _snippet(text: str, attribute: Attribute) -> str:
    before = text[max(0, attribute.start_char - _CONTEXT) : attribute.start_char]
    after = text[attribute.end_char : attribute.end_char + _CONTEXT]
    return f"{before}[{attribute.text}]{after}"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
