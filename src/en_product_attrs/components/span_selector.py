"""For each attribute, its most probable spans: learned from texts that need not be annotated in full."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

import torch
from spacy.language import Language
from spacy.scorer import PRFScore
from spacy.tokens import Doc, Span, SpanGroup
from spacy.training import Example, validate_examples, validate_get_examples
from spacy.vocab import Vocab
from thinc.api import Config, Optimizer, set_dropout_rate

from en_product_attrs.components.labelled import LabelledPipe
from en_product_attrs.components.span_model import Question, SpanScorer
from en_product_attrs.span_scoring import SpanScores, log_probabilities, selection_loss

DEFAULT_SPANS_KEY = "values"
# Attributes of the span group: how much the annotation of each label counts; the labels that a text is asked for; the
# probability of each label's absence.
WEIGHTS, ASKED, ABSENT = "weights", "asked", "absent"
_LEAST_PROBABILITY = 0.01
# `Flavor|Tea` is the flavor of teas: what is learned of it counts for `Flavor` as well.
SHARED_BEFORE = "|"

DEFAULT_MODEL_CONFIG = """
[model]
@architectures = "product_attrs.SpanScorer.v1"

[model.tok2vec]
@architectures = "spacy.HashEmbedCNN.v2"
pretrained_vectors = null
width = 96
depth = 4
embed_size = 2000
window_size = 1
maxout_pieces = 3
subword_features = true
"""


class Selection(NamedTuple):
    """What is found in one Doc: spans (start, end, label, probability), and the labels' probabilities of absence."""

    spans: list[tuple[int, int, str, float]]
    absent: dict[str, float]


@Language.factory(
    "product_span_selector",
    assigns=["doc.spans"],
    default_config={
        "model": Config().from_str(DEFAULT_MODEL_CONFIG)["model"],
        "spans_key": DEFAULT_SPANS_KEY,
        "candidates": 8,
    },
    default_score_weights={"values_f": 1.0, "values_p": 0.0, "values_r": 0.0},
)
def create_span_selector(
    nlp: Language, name: str, model: SpanScorer, spans_key: str, candidates: int
) -> "SpanSelector":
    return SpanSelector(nlp.vocab, model, name, spans_key=spans_key, candidates=candidates)


def best_spans(doc: Doc, spans_key: str = DEFAULT_SPANS_KEY) -> dict[str, Span]:
    """The likeliest span of each label that is likelier there than absent."""
    group = doc.spans.get(spans_key)
    if group is None:
        return {}
    best: dict[str, Span] = {}
    for span, score in zip(group, group.attrs["scores"], strict=True):
        if score > group.attrs[ABSENT][span.label_]:
            best.setdefault(span.label_, span)
    return best


def score_selection(
    examples: Iterable[Example], *, spans_key: str = DEFAULT_SPANS_KEY, **kwargs: Any
) -> dict[str, Any]:
    """Precision, recall and F1 of the best span of each label, where the annotation speaks of the label."""
    total = PRFScore()
    for example in examples:
        gold = _places(example.reference, spans_key)
        best = best_spans(example.predicted, spans_key)
        weights = _weights(example.reference, spans_key)
        for label in gold.keys() | best.keys():
            if weights is not None and not weights.get(label):
                continue
            span = best.get(label)
            right = span is not None and (span.start, span.end) in gold.get(label, ())
            total.tp += right
            total.fp += span is not None and not right
            total.fn += label in gold and not right
    return {"values_p": total.precision, "values_r": total.recall, "values_f": total.fscore}


def shared_label(label: str) -> str:
    """The label that all labels like this one share: `Flavor` for `Flavor|Tea`, and for `Flavor`."""
    return label.partition(SHARED_BEFORE)[0]


def _places(doc: Doc, spans_key: str) -> dict[str, set[tuple[int, int]]]:
    """By label, where its right values stand."""
    places: dict[str, set[tuple[int, int]]] = {}
    for span in doc.spans.get(spans_key, ()):
        places.setdefault(span.label_, set()).add((span.start, span.end))
    return places


def _weights(doc: Doc, spans_key: str) -> Mapping[str, float] | None:
    """How much the annotation of each label counts; None where all count, and nothing is said of weights."""
    group = doc.spans.get(spans_key)
    return group.attrs.get(WEIGHTS) if group is not None else {}


class SpanSelector(LabelledPipe):
    """Sets `doc.spans[spans_key]`: for each label up to `candidates` spans, the likeliest first, with their
    probabilities in `attrs["scores"]` and each label's probability of absence in `attrs["absent"]`.

    A Doc answers for all labels, or for those that `ask` named.

    Annotation is read from the same group of the reference: every place of every right value. A label without spans is
    absent. `attrs["weights"]` of the group, if it is there, says by label how much that counts; labels that it leaves
    out are unknown and teach nothing, and so does a text without the group.

    Labels that differ behind a `|`, as `Flavor|Tea` and `Flavor|Coffee`, share what they learn, and have their own.
    """

    def __init__(
        self,
        vocab: Vocab,
        model: SpanScorer,
        name: str = "span_selector",
        *,
        spans_key: str = DEFAULT_SPANS_KEY,
        candidates: int = 8,
    ) -> None:
        self.vocab = vocab
        self.model = model
        self.name = name
        self.spans_key = spans_key
        self.candidates = candidates
        self.cfg: dict[str, Any] = {"labels": []}
        self.scorer = partial(score_selection, spans_key=spans_key)

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Language | None = None,
        labels: Sequence[str] | None = None,
    ) -> None:
        """Collect the labels of the examples, unless they are given, and allocate the weights."""
        validate_get_examples(get_examples, "SpanSelector.initialize")
        if labels is None:
            labels = sorted({s.label_ for eg in get_examples() for s in eg.reference.spans.get(self.spans_key, ())})
        self.take_labels(labels, missing=f"spans {self.spans_key!r}")
        self.model.set_dim("nO", len(self.labels))
        names = sorted({shared_label(label) for label in self.labels})
        self.model.attrs["shared"] = [names.index(shared_label(label)) for label in self.labels]
        sample = [eg.reference for eg in islice(get_examples(), 10)]
        self.model.initialize(X=self._questions(sample, [self.labels] * len(sample)))

    def ask(self, doc: Doc, labels: Iterable[str]) -> Doc:
        """Have the component answer for these labels alone, which is faster where a text can have few of them.

        Raises ValueError for a label that was not there in training.
        """
        labels, known = list(labels), set(self.labels)
        for label in labels:
            if label not in known:
                raise ValueError(f"{self.name!r} cannot be asked for {label!r}: it was trained on {list(self.labels)}")
        doc.spans[self.spans_key] = SpanGroup(doc, name=self.spans_key, attrs={ASKED: labels})
        return doc

    def _asked(self, doc: Doc) -> Sequence[str]:
        group = doc.spans.get(self.spans_key)
        asked: Sequence[str] | None = group.attrs.get(ASKED) if group is not None else None
        return self.labels if asked is None else asked

    def _known(self, doc: Doc) -> Sequence[str]:
        """The labels that the annotation of a Doc speaks of."""
        weights = _weights(doc, self.spans_key)
        return self.labels if weights is None else [label for label in self.labels if weights.get(label)]

    def _questions(self, docs: Iterable[Doc], asked: Iterable[Sequence[str]]) -> list[Question]:
        """Each Doc with the labels that it is asked for, as the network takes them."""
        indices = {label: index for index, label in enumerate(self.labels)}
        return [Question(doc, [indices[label] for label in labels]) for doc, labels in zip(docs, asked, strict=True)]

    def predict(self, docs: Iterable[Doc]) -> list[Selection]:
        """For each Doc the likeliest spans of each label that is asked for, and how likely each is absent."""
        docs = list(docs)
        asked = [self._asked(doc) for doc in docs]
        scores = self.model.predict(self._questions(docs, asked))
        return [self._select(score, labels) for score, labels in zip(scores, asked, strict=True)]

    def _select(self, scores: SpanScores, labels: Sequence[str]) -> Selection:
        log_spans, log_absent = log_probabilities(scores)
        flat = log_spans.exp().flatten(1)
        longest = scores.spans.shape[2]
        best, cells = flat.topk(min(self.candidates, flat.shape[1]), dim=1)
        rows, ranks = (best >= _LEAST_PROBABILITY).nonzero(as_tuple=True)
        best, order = best[rows, ranks].sort(descending=True, stable=True)
        rows, cells = rows[order], cells[rows, ranks][order]
        starts = cells // longest
        ends = starts + cells % longest + 1
        columns = (starts.tolist(), ends.tolist(), [labels[row] for row in rows.tolist()], best.tolist())
        absent = dict(zip(labels, log_absent.exp().tolist(), strict=True))
        return Selection(list(zip(*columns, strict=True)), absent)

    def set_annotations(self, docs: Iterable[Doc], scores: list[Selection]) -> None:
        for doc, selection in zip(docs, scores, strict=True):
            spans = [Span(doc, start, end, label=label) for start, end, label, _ in selection.spans]
            attrs = {"scores": [probability for *_, probability in selection.spans], ABSENT: selection.absent}
            doc.spans[self.spans_key] = SpanGroup(doc, name=self.spans_key, spans=spans, attrs=attrs)

    def update(
        self,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optimizer | None = None,
        losses: dict[str, float] | None = None,
    ) -> dict[str, float]:
        """Learn from a batch."""
        losses = losses if losses is not None else {}
        losses.setdefault(self.name, 0.0)
        examples = list(examples)
        validate_examples(examples, "SpanSelector.update")
        if not any(len(eg.predicted) for eg in examples):
            return losses
        set_dropout_rate(self.model, drop)
        asked = [self._known(eg.reference) for eg in examples]
        scores, backprop = self.model.begin_update(self._questions((eg.predicted for eg in examples), asked))
        loss, gradients = self.get_loss(examples, scores)
        backprop(gradients)
        if sgd is not None:
            self.finish_update(sgd)
        losses[self.name] += loss
        return losses

    def get_loss(self, examples: Iterable[Example], scores: list[SpanScores]) -> tuple[float, list[SpanScores]]:
        """The mean loss of a text, and its gradient by the scores."""
        examples = list(examples)
        leaves = [SpanScores(*(tensor.detach().requires_grad_() for tensor in score)) for score in scores]
        losses = [
            selection_loss(leaf, *self._gold(eg.reference, leaf)) for eg, leaf in zip(examples, leaves, strict=True)
        ]
        loss = torch.stack(losses).mean()
        gradients = torch.autograd.grad(loss, [tensor for leaf in leaves for tensor in leaf])
        pairs = zip(gradients[::2], gradients[1::2], strict=True)
        return float(loss.detach()), [SpanScores(*pair) for pair in pairs]

    def _gold(self, doc: Doc, scores: SpanScores) -> tuple[torch.Tensor, torch.Tensor]:
        """Right cells and weights of the labels that the annotation speaks of, as `selection_loss` takes them.

        A label whose values are all too long to be a span teaches nothing.
        """
        labels, given = self._known(doc), _weights(doc, self.spans_key)
        gold = torch.zeros(scores.spans.shape, dtype=torch.bool)
        weights = torch.tensor([1.0 if given is None else given[label] for label in labels])
        longest = gold.shape[2]
        places = _places(doc, self.spans_key)
        for index, label in enumerate(labels):
            cells = [(start, end - start - 1) for start, end in places.get(label, ()) if end - start <= longest]
            for start, length in cells:
                gold[index, start, length] = True
            if label in places and not cells:
                weights[index] = 0.0
        device = scores.spans.device
        return gold.to(device), weights.to(device)
