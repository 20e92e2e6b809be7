"""Compare the quantity reader with quantulum3 and ingredient-parser, and the price reader with price-parser.

All read the same texts in one run. A quantity counts as found where value and unit say the same as the gold: both are
compared in canonical units, so that `12"` read as 12 inches or as 0.3048 m is right either way. Numbers without a unit,
which some readers give too, are left out. Peers that are not installed, or miss data that they would fetch, are named
in the table. They come with `pip install quantulum3 ingredient-parser-nlp price-parser`.
"""

import importlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from en_product_attrs import units
from en_product_attrs.values import Measure

Quantity = tuple[str, float, float]  # dimension, low and high in its canonical unit
Reader = Callable[[str], list[Any]]
# What quantulum3 calls units that the table spells otherwise.
_NAMES = {"pound-mass": "lb", "cubic centimetre": "cm^3", "ampere-hour": "Ah", "milliampere-hour": "mAh"}
# Scales that are no measurements: SPF 30 and 2-ply say nothing that a unit reader has to find.
_SCALES = {"gauge", "sun_protection", "textile_protection", "ply", "thread_count", "basis_weight"}


class Peer(NamedTuple):
    name: str
    module: str
    make: Callable[[Any], Reader]


def canonical(low: float, high: float, unit: str) -> Quantity | None:
    """The quantity in the canonical unit of its dimension; None for an unknown unit, and for a scale."""
    table = units.default_table()
    name = unit if table.knows(unit) else next((m.value.unit for m in units.parse(f"1 {unit}")), None)
    if name is None or table.kind_of(name).name in _SCALES:
        return None
    si = Measure(low, high, name, "single", None, False, table.kind_of(name)).to_si()
    return si.dimension, float(f"{si.low:.3g}"), float(f"{si.high:.3g}")


def own_reader(text: str) -> list[Any]:
    return [(m.value.low, m.value.high, m.value.unit) for m in units.parse(text)]


def make_quantulum(module: Any) -> Reader:
    def read(text: str) -> list[Any]:
        found = [q for q in module.parse(text) if q.unit.name != "dimensionless"]
        spread = [q.uncertainty or 0.0 for q in found]
        return [
            (q.value - u, q.value + u, _NAMES.get(q.unit.name, q.unit.name)) for q, u in zip(found, spread, strict=True)
        ]

    return read


def make_ingredient_parser(module: Any) -> Reader:
    def read(text: str) -> list[Any]:
        amounts = [
            part for amount in module.parse_ingredient(text).amount for part in getattr(amount, "amounts", [amount])
        ]
        return [
            (float(a.quantity), float(a.quantity_max), str(a.unit))
            for a in amounts
            if str(a.unit) and not isinstance(a.quantity, str)
        ]

    return read


def make_price_parser(module: Any) -> Reader:
    def read(text: str) -> list[Any]:
        price = module.Price.fromstring(text)
        return [] if price.amount is None or price.currency is None else [(float(price.amount), price.currency)]

    return read


MEASURES = [
    Peer("en_product_attrs", "en_product_attrs.units", lambda _: own_reader),
    Peer("quantulum3", "quantulum3.parser", make_quantulum),
    Peer("ingredient-parser-nlp", "ingredient_parser", make_ingredient_parser),
]
PRICES = [
    Peer(
        "en_product_attrs",
        "en_product_attrs.units",
        lambda m: lambda text: [p.value.amount for p in m.parse_money(text)],
    ),
    Peer("price-parser", "price_parser", lambda m: lambda text: [amount for amount, _ in make_price_parser(m)(text)]),
]


def score(gold: Iterable[Counter[Any]], found: Iterable[Counter[Any]]) -> tuple[float, float, float]:
    """Precision, recall and F1 in percent."""
    hits = n_gold = n_found = 0
    for right, given in zip(gold, found, strict=True):
        hits += (right & given).total()
        n_gold += right.total()
        n_found += given.total()
    return 100 * hits / max(n_found, 1), 100 * hits / max(n_gold, 1), 200 * hits / max(n_gold + n_found, 1)


def run(peer: Peer, texts: list[str]) -> tuple[list[list[Any]], float] | str:
    """What a reader finds in each text and its texts per second, or why it cannot be asked."""
    try:
        read = peer.make(importlib.import_module(peer.module))
        read(texts[0])
    except (ImportError, LookupError) as error:
        return " ".join(str(error).split()).strip("* ")[:80]
    results = []
    start = time.perf_counter()
    for text in texts:
        try:
            results.append(read(text))
        except Exception:  # a text that a peer cannot read is a text in which it found nothing
            results.append([])
    return results, len(texts) / (time.perf_counter() - start)


def compare(
    peers: list[Peer],
    texts: list[str],
    gold: list[Counter[Any]],
    view: Callable[[Any], Any],
    accepted: list[Counter[Any]] | None = None,
) -> list[str]:
    """The lines of a table. What is `accepted` counts neither as found nor as wrong."""
    lines = ["| reader | precision | recall | F1 | texts/s, as a ratio to the first |", "|---|--:|--:|--:|--:|"]
    own = None
    for peer in peers:
        outcome = run(peer, texts)
        if isinstance(outcome, str):
            lines.append(f"| {peer.name} | not run: {outcome} | | | |")
            continue
        results, speed = outcome
        own = own or speed
        found = [Counter(v for item in result if (v := view(item)) is not None) for result in results]
        if accepted is not None:
            found = [f - (a & (f - g)) for f, a, g in zip(found, accepted, gold, strict=True)]
        precision, recall, f1 = score(gold, found)
        lines.append(
            f"| {peer.name} | {precision:.1f} | {recall:.1f} | {f1:.1f} | {speed / own:.4f} ({speed:,.0f}/s) |"
        )
    return lines


def main(
    gold: Annotated[Path, typer.Argument(help="JSON Lines: text; quantities or expected; accept")],
    prices: Path = Path("tests/cases/prices.jsonl"),
    counts: Annotated[bool, typer.Option(help="Compare counts (12 ct) too, which peers give without a unit")] = True,
) -> None:
    """Print both comparisons as Markdown, on the annotated texts of GOLD and on PRICES.

    A quantity has `low`, `high` and `unit`; those under `accept` may be given or not. The cases of the tests have the
    same form, but the grammar was written with them at hand: they compare speed, and peers among themselves.
    """
    rows = [json.loads(line) for line in gold.read_text(encoding="utf-8").splitlines()]

    def view(item: tuple[float, float, str]) -> Quantity | None:
        quantity = canonical(*item)
        return quantity if counts or (quantity and quantity[0] != "count") else None

    def count(quantities: list[dict[str, Any]]) -> Counter[Any]:
        return Counter(v for q in quantities if (v := view((q["low"], q["high"], q["unit"]))))

    right = [count(row["quantities"] if "quantities" in row else row["expected"]) for row in rows]
    accepted = [count(row.get("accept", [])) for row in rows]
    typer.echo(f"Quantities: {len(rows)} texts, {sum(c.total() for c in right)} quantities\n")
    typer.echo("\n".join(compare(MEASURES, [row["text"] for row in rows], right, view, accepted)))

    rows = [json.loads(line) for line in prices.read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows if len(row["expected"]) <= 1]  # price-parser gives one price a text
    right = [Counter(price["amount"] for price in row["expected"]) for row in rows]
    typer.echo(f"\nPrices: {len(rows)} texts\n")
    typer.echo("\n".join(compare(PRICES, [row["text"] for row in rows], right, lambda amount: amount)))


if __name__ == "__main__":
    typer.run(main)
