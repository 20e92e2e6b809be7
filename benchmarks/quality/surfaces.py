"""Which part of the words that a model found a data set takes as the value.

Values of AE-110k were found in the titles by plain search, so that `Men` is the gender of `Mens`.
"""

from collections import Counter
from collections.abc import Iterable

from benchmarks.quality.annotation import SEPARATOR, find_values, make_nlp, text_of
from benchmarks.quality.normalize_pairs import form
from benchmarks.quality.rows import QualityRow


class LearnedSurfaces:
    """For words that hold more than a value, the value that training rows mostly took from them."""

    def __init__(self, rows: Iterable[QualityRow]) -> None:
        nlp = make_nlp()
        counts: dict[tuple[str, str], Counter[str | None]] = {}
        for row in rows:
            doc = nlp.make_doc(text_of(row))
            for name, values in (row.values or {}).items():
                for value in values:
                    for place in find_values(doc, len(row.category) + len(SEPARATOR), value):
                        part = None if place.text == value else value
                        counts.setdefault((name, form(place.text)), Counter())[part] += 1
        self._parts = {key: seen.most_common(1)[0][0] for key, seen in counts.items()}

    def __call__(self, name: str, surface: str) -> str:
        """The value in a surface that was found for an attribute."""
        part = self._parts.get((name, form(surface)))
        return part if part is not None and part in surface else surface
