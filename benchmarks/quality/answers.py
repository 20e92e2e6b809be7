"""From candidates with probabilities to one answer for each attribute."""

from collections import defaultdict

from benchmarks.quality.model import Candidate, Candidates
from benchmarks.quality.normalize import LearnedNormalizer
from benchmarks.quality.rows import QualityRow

Answers = dict[str, str | None]

# A wrong value costs F1 twice, as a false one and as a missed one: answering pays where it is right more than about
# half the time.
_THRESHOLD = 0.5
# Candidates below take long to normalize, and change no answer.
_LEAST_PROBABILITY = 0.05


def choose(candidates: list[Candidate]) -> str | None:
    """The likeliest value if it is likely enough, else None for absence."""
    values = [candidate for candidate in candidates if candidate["value"] is not None]
    best = max(values, key=lambda candidate: candidate["probability"], default=None)
    return best["value"] if best is not None and best["probability"] > _THRESHOLD else None


def answer(found: Candidates) -> Answers:
    """The answer for each attribute."""
    return {name: choose(candidates) for name, candidates in found.items()}


def answer_normalized(found: Candidates, row: QualityRow, normalize: LearnedNormalizer) -> Answers:
    """The answers as the data set writes them: `36GB` and `36-GB` are one. What was not found, the text may tell."""
    answers = {}
    for name, candidates in found.items():
        sums: dict[str | None, float] = defaultdict(float)
        for candidate in candidates:
            value = candidate["value"]
            if value is not None and candidate["probability"] >= _LEAST_PROBABILITY:
                sums[normalize(row.category, name, value, row.text)] += candidate["probability"]
        merged: list[Candidate] = [{"value": value, "probability": total} for value, total in sums.items()]
        answers[name] = choose(merged) or normalize.guess(row.category, name, row.text)
    return answers
