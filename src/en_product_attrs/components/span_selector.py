"""For each attribute, its most probable spans: learned from texts that need not be annotated in full."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

import torch
from spacy.language import Language
from spacy.scorer import PRFScore
from spacy.tokens import Doc, Span, SpanGroup
from spacy.training import Example, validate_examples, validate_get_examples
from spacy.vocab import Vocab
from thinc.api import Config, Model, Optimizer, set_dropout_rate, xp2torch

from en_product_attrs.components.labelled import LabelledPipe
from en_product_attrs.components.span_model import SelectorInput
from en_product_attrs.lexicon import N_FEATURES, CountedText, Lexicon, fold, shared_label
from en_product_attrs.span_scoring import LexiconHits, SpanScores, log_probabilities, selection_loss

DEFAULT_SPANS_KEY = "values"
# Attributes of the span group: how much the annotation of each label counts; the probability of each label's absence.
WEIGHTS, ABSENT = "weights", "absent"
_LEAST_PROBABILITY = 0.001

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
    """What is found in one Doc: spans (start, end, label index) with probabilities, and the labels' of absence."""

    spans: list[tuple[int, int, int, float]]
    absent: list[float]


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
    nlp: Language, name: str, model: Model[list[SelectorInput], list[SpanScores]], spans_key: str, candidates: int
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
        for label in gold.keys() | best.keys():
            if not _weight(example.reference, spans_key, label):
                continue
            span = best.get(label)
            right = span is not None and (span.start, span.end) in gold.get(label, ())
            total.tp += right
            total.fp += span is not None and not right
            total.fn += label in gold and not right
    return {"values_p": total.precision, "values_r": total.recall, "values_f": total.fscore}


def _places(doc: Doc, spans_key: str) -> dict[str, set[tuple[int, int]]]:
    """By label, where its right values stand."""
    places: dict[str, set[tuple[int, int]]] = {}
    for span in doc.spans.get(spans_key, ()):
        places.setdefault(span.label_, set()).add((span.start, span.end))
    return places


def _weight(doc: Doc, spans_key: str, label: str) -> float:
    """How much the annotation of a label counts: 1 where the group says nothing of weights, 0 for labels it omits."""
    group = doc.spans.get(spans_key)
    weights = group.attrs.get(WEIGHTS) if group is not None else None
    return 1.0 if weights is None else float(weights.get(label, 0.0))


class SpanSelector(LabelledPipe):
    """Sets `doc.spans[spans_key]`: for each label up to `candidates` spans, the likeliest first, with their
    probabilities in `attrs["scores"]` and each label's probability of absence in `attrs["absent"]`.

    Annotation is read from the same group of the reference: every place of every right value. A label without spans is
    absent. `attrs["weights"]` of the group, if it is there, says by label how much that counts; labels that it leaves
    out are unknown and teach nothing.

    Labels that differ behind a `|`, as `Flavor|Tea` and `Flavor|Coffee`, share what they learn, and have their own.
    A lexicon of the values and of the texts in which they stood is counted when the component is initialized.
    """

    def __init__(
        self,
        vocab: Vocab,
        model: Model[list[SelectorInput], list[SpanScores]],
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
        self.cfg: dict[str, Any] = {"labels": [], "lexicon": Lexicon().to_dict()}
        self.scorer = partial(score_selection, spans_key=spans_key)

    @property
    def lexicon(self) -> Lexicon:
        return Lexicon.from_dict(self.cfg["lexicon"])

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Language | None = None,
        labels: Sequence[str] | None = None,
    ) -> None:
        """Collect the labels of the examples, unless they are given, count the lexicon and allocate the weights."""
        validate_get_examples(get_examples, "SpanSelector.initialize")
        if labels is None:
            labels = sorted({s.label_ for eg in get_examples() for s in eg.reference.spans.get(self.spans_key, ())})
        self.take_labels(labels, missing=f"spans {self.spans_key!r}")
        self.cfg["lexicon"] = Lexicon.count(self._counted(eg.reference) for eg in get_examples()).to_dict()
        self.model.set_dim("nO", len(self.labels))
        names = sorted({shared_label(label) for label in self.labels})
        self.model.attrs["shared"] = [names.index(shared_label(label)) for label in self.labels]
        self.model.initialize(X=[self._input(eg.reference) for eg in islice(get_examples(), 10)])

    def _surfaces(self, doc: Doc) -> dict[tuple[int, int], str]:
        """By cell (start, length), the folded surface of each short span."""
        longest = self.model.attrs["max_length"]
        text, starts = doc.text, [token.idx for token in doc]
        ends = [token.idx + len(token) for token in doc]
        return {
            (i, length): fold(text[starts[i] : ends[i + length]])
            for i in range(len(doc))
            for length in range(min(longest, len(doc) - i))
        }

    def _counted(self, doc: Doc) -> CountedText:
        """The annotation as the lexicon counts it."""
        values = {(fold(span.text), span.label_) for span in doc.spans.get(self.spans_key, ())}
        known = {label for label in self.labels if _weight(doc, self.spans_key, label)}
        return CountedText(set(self._surfaces(doc).values()), values, known)

    def _input(self, doc: Doc, own: CountedText | None = None) -> SelectorInput:
        """own: the Doc's annotation where it was counted in the lexicon."""
        cells: list[tuple[int, int, int]] = []
        features: list[list[float]] = []
        lexicon, labels = self.lexicon, self.labels
        own = own.with_shared() if own is not None else None
        for (start, length), surface in self._surfaces(doc).items():
            if surface in lexicon:
                for label, found in lexicon.features(surface, labels, own):
                    cells.append((start, length, label))
                    features.append(found)
        device = xp2torch(self.model.ops.alloc1f(1)).device
        hits = LexiconHits(
            torch.tensor(cells, dtype=torch.long, device=device).reshape(-1, 3),
            torch.tensor(features, dtype=torch.float32, device=device).reshape(-1, N_FEATURES),
        )
        return SelectorInput(doc, hits)

    def predict(self, docs: Iterable[Doc]) -> list[Selection]:
        """For each Doc the likeliest spans of each label, and how likely each label is absent."""
        docs = list(docs)
        return [self._select(score) for score in self.model.predict([self._input(doc) for doc in docs])]

    def _select(self, scores: SpanScores) -> Selection:
        log_spans, log_absent = log_probabilities(scores)
        flat = log_spans.exp().flatten(1)
        top = flat.topk(min(self.candidates, flat.shape[1]), dim=1)
        longest = scores.spans.shape[2]
        spans = [
            (cell // longest, cell // longest + cell % longest + 1, label, probability)
            for label, (cells, probabilities) in enumerate(zip(top.indices.tolist(), top.values.tolist(), strict=True))
            for cell, probability in zip(cells, probabilities, strict=True)
            if probability >= _LEAST_PROBABILITY
        ]
        return Selection(sorted(spans, key=lambda span: -span[3]), log_absent.exp().tolist())

    def set_annotations(self, docs: Iterable[Doc], scores: list[Selection]) -> None:
        for doc, selection in zip(docs, scores, strict=True):
            spans = [Span(doc, start, end, label=self.labels[label]) for start, end, label, _ in selection.spans]
            attrs = {
                "scores": [probability for *_, probability in selection.spans],
                ABSENT: dict(zip(self.labels, selection.absent, strict=True)),
            }
            doc.spans[self.spans_key] = SpanGroup(doc, name=self.spans_key, spans=spans, attrs=attrs)

    def update(
        self,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optimizer | None = None,
        losses: dict[str, float] | None = None,
    ) -> dict[str, float]:
        """Learn from a batch. Each text is asked about as if the lexicon had not counted it."""
        losses = losses if losses is not None else {}
        losses.setdefault(self.name, 0.0)
        examples = list(examples)
        validate_examples(examples, "SpanSelector.update")
        examples = [eg for eg in examples if len(eg.predicted)]
        if not examples:
            return losses
        set_dropout_rate(self.model, drop)
        inputs = [self._input(eg.predicted, self._counted(eg.reference)) for eg in examples]
        scores, backprop = self.model.begin_update(inputs)
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
        """Right cells and weights of the labels, as `selection_loss` takes them.

        A label whose values are all too long to be a span teaches nothing.
        """
        gold = torch.zeros(scores.spans.shape, dtype=torch.bool)
        weights = torch.tensor([_weight(doc, self.spans_key, label) for label in self.labels])
        longest = gold.shape[2]
        places = _places(doc, self.spans_key)
        for index, label in enumerate(self.labels):
            cells = [(start, end - start - 1) for start, end in places.get(label, ()) if end - start <= longest]
            for start, length in cells:
                gold[index, start, length] = True
            if label in places and not cells:
                weights[index] = 0.0
        device = scores.spans.device
        return gold.to(device), weights.to(device)
