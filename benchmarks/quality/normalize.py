"""From values as the text has them to normalized ones, by the pairs of the training rows."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from rapidfuzz import process
from rapidfuzz.distance import OSA

from benchmarks.quality.rows import QualityRow

_LEAST_SIMILARITY = 0.85
_SPACES = re.compile(r"\s+")


class LearnedNormalizer:
    """What values became in training, by attribute: the same value, else the nearest one, else the value itself.

    Numbers are never matched by likeness.
    """

    def __init__(self, raw: Iterable[QualityRow], normalized: Iterable[QualityRow]) -> None:
        by_id = {row.id: row for row in raw}
        counts: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
        for row in normalized:
            source = by_id.get(row.id)
            if source is None or source.values is None or row.values is None:
                continue
            for name, targets in row.values.items():
                surfaces = source.values.get(name, ())
                for index, surface in enumerate(surfaces):
                    if targets:
                        counts[name][_form(surface)][targets[min(index, len(targets) - 1)]] += 1
        self._known = {
            name: {form: seen.most_common(1)[0][0] for form, seen in forms.items()} for name, forms in counts.items()
        }

    def __call__(self, name: str, value: str) -> str:
        """The normalized value."""
        known = self._known.get(name, {})
        form = _form(value)
        if form in known:
            return known[form]
        if any(char.isdigit() for char in form):
            return value
        similarity = OSA.normalized_similarity
        nearest = process.extractOne(form, known.keys(), scorer=similarity, score_cutoff=_LEAST_SIMILARITY)
        return known[nearest[0]] if nearest is not None else value


def _form(value: str) -> str:
    return _SPACES.sub(" ", value).strip().casefold()
