"""From values as the text has them to normalized ones, by the pairs of the training rows."""

from collections import defaultdict
from collections.abc import Iterable
from zlib import crc32

from benchmarks.quality.normalize_edits import learn_edit, learn_rewriting
from benchmarks.quality.normalize_pairs import Key, Learner, Pair, Rule, loose_form, pairs_by_attribute
from benchmarks.quality.normalize_quantities import learn_quantity
from benchmarks.quality.normalize_sets import ClassLearner, Encode, learn_lookup
from benchmarks.quality.rows import QualityRow

_FOLDS = 5
# In what share of the rows that list it an attribute has a value, for a guess from the text to be worth it.
_NEARLY_ALWAYS = 0.9
# A wrong guess costs as much F1 as a right one brings.
_LEAST_PRECISION_OF_GUESSES = 0.5


class LearnedNormalizer:
    """Each attribute's rules in the order of how often they were right for training rows that they had not seen.

    The first that has an answer gives it. A value for which there is none stays as it is.
    """

    def __init__(
        self, raw: Iterable[QualityRow], normalized: Iterable[QualityRow], encode: Encode | None = None
    ) -> None:
        targets = list(normalized)
        classes = ClassLearner(encode)
        learners = (
            learn_lookup(str),
            learn_edit,
            learn_rewriting,
            learn_quantity,
            classes,
            learn_lookup(loose_form),
        )
        self._rules = {
            key: [rule for learner in _order(pairs, learners) if (rule := learner(pairs)) is not None]
            for key, pairs in pairs_by_attribute(raw, targets).items()
        }
        self._guesses = _guesses(targets, classes)

    def __call__(self, category: str, name: str, value: str, text: str) -> str | None:
        """The normalized value. `text` is the whole text of the row."""
        for rule in self._rules.get((category, name), ()):
            answer = rule(value, text)
            if answer is not None:
                return answer
        return value

    def guess(self, category: str, name: str, text: str) -> str | None:
        """The normalized value by the text alone, for a closed set of an attribute that rows nearly always have."""
        rule = self._guesses.get((category, name))
        return None if rule is None else rule(_title(text), text)


def _order(pairs: list[Pair], learners: Iterable[Learner]) -> list[Learner]:
    """The learners, the most precise first, each by the pairs that those before it have no answer for."""
    verdicts = {learner: _unseen(pairs, learner) for learner in learners}
    left = list(range(len(pairs)))
    ordered: list[Learner] = []
    while verdicts:
        best = max(verdicts, key=lambda learner: _precision([verdicts[learner][index] for index in left]))
        ordered.append(best)
        answered = verdicts.pop(best)
        left = [index for index in left if answered[index] is None]
    return ordered


def _precision(verdicts: list[bool | None]) -> float:
    """The share of right answers, counted as if one more were wrong, so that a few chance hits do not come first."""
    given = [verdict for verdict in verdicts if verdict is not None]
    return sum(given) / (len(given) + 1)


def _unseen(pairs: list[Pair], learner: Learner) -> list[bool | None]:
    """For each pair whether the rule that was learned from other rows is right about it, None for no answer."""
    verdicts: list[bool | None] = [None] * len(pairs)
    folds: dict[int, list[int]] = defaultdict(list)
    for index, pair in enumerate(pairs):
        folds[crc32(pair.row.encode()) % _FOLDS].append(index)
    for held in folds.values():
        out = set(held)
        rule = learner([pair for index, pair in enumerate(pairs) if index not in out])
        if rule is None:
            continue
        for index in held:
            answer = rule(pairs[index].value, pairs[index].text)
            verdicts[index] = None if answer is None else answer in pairs[index].right
    return verdicts


def _guesses(normalized: Iterable[QualityRow], classes: Learner) -> dict[Key, Rule]:
    """The rules that tell normalized values from texts, where they are right often enough."""
    rows: dict[Key, list[Pair]] = defaultdict(list)
    for row in normalized:
        for name, right in (row.values or {}).items():
            rows[row.category, name].append(Pair(row.id, _title(row.text), row.text, right, right))
    rules = {}
    for key, listed in rows.items():
        pairs = [pair for pair in listed if pair.right]
        rule = classes(pairs) if len(pairs) >= _NEARLY_ALWAYS * len(listed) else None
        if rule is not None and _precision(_unseen(pairs, classes)) >= _LEAST_PRECISION_OF_GUESSES:
            rules[key] = rule
    return rules


def _title(text: str) -> str:
    return text.partition("\n")[0]
