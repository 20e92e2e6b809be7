"""Count how many values of the public data sets do not stand on whole tokens, and of what kind they are.

The recognizer can only give whole tokens: a value that cuts one is lost before anything is learned.
"""

from collections import Counter
from pathlib import Path

import spacy
import typer

from en_product_attrs.datasets import DATASET_FILES, DatasetMapping, read_rows
from en_product_attrs.schema import AttributeSchema
from en_product_attrs.tokenizer import create_product_tokenizer


def kind_of_cut(text: str, value: str) -> str:
    """What keeps a value from standing on whole tokens."""
    start = text.find(value)
    if start < 0:
        return "not in the text"
    before, after = text[start - 1 : start], text[start + len(value) : start + len(value) + 1]
    for side, inner, outer in (("begins", value[:1], before), ("ends", value[-1:], after)):
        if inner.isalpha() and outer.isalpha():
            return f"{side} inside a word"
        if inner.isdigit() and (outer.isdigit() or outer in ".,"):
            return f"{side} inside a number"
    return "other"


def main(assets: Path = Path("assets"), rules: Path = Path("rules"), examples: int = 3) -> None:
    """Print, for each data set under ASSETS, the share of values that cut a token, by kind, with some EXAMPLES."""
    nlp = spacy.blank("en")
    tokenizer = create_product_tokenizer()(nlp)
    schema = AttributeSchema.from_yaml(rules / "attributes.yml")
    for name, file in DATASET_FILES.items():
        if not (assets / file).is_file():
            typer.echo(f"{name}: not under {assets}, left out")
            continue
        cuts: Counter[str] = Counter()
        shown: dict[str, list[str]] = {}
        total = 0
        for row in read_rows(assets / file, DatasetMapping.from_yaml(rules / "datasets" / f"{name}.yml", schema)):
            doc = tokenizer(row.text)
            for value in sorted(value.strip() for values in row.values.values() for value in values):
                total += 1
                places = (i for i in range(len(doc.text)) if value and doc.text.startswith(value, i))
                if not any(doc.char_span(i, i + len(value)) is not None for i in places):
                    kind = kind_of_cut(doc.text, value)
                    cuts[kind] += 1
                    shown.setdefault(kind, []).append(value)
        typer.echo(f"{name}: {sum(cuts.values())} of {total} values ({100 * sum(cuts.values()) / total:.2f}%)")
        for kind, count in cuts.most_common():
            typer.echo(f"  {kind}: {count}, such as {', '.join(map(repr, shown[kind][:examples]))}")


if __name__ == "__main__":
    typer.run(main)
