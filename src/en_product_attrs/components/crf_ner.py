"""Named entity recognition with a CRF: whole words, valid BILUO sequences only, and a probability for each entity."""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple, cast

import numpy
import torch
from spacy.language import Language
from spacy.scorer import get_ner_prf
from spacy.tokens import Doc, Span, SpanGroup
from spacy.training import Example, validate_examples, validate_get_examples
from spacy.vocab import Vocab
from thinc.api import Config, Model, torch2xp, xp2torch
from thinc.types import Floats2d

from en_product_attrs import crf
from en_product_attrs.components.crf_model import add_transition_gradient, get_transitions
from en_product_attrs.components.labelled import LabelledPipe

SPANS_KEY = "ner"
SUPPORT = "ner_support"  # attribute of span groups that hold the NER's probabilities of spans found elsewhere
# The recursions take a step a word. Longer texts are cut into pieces that run side by side.
MAX_WORDS = 384
_CUT_WINDOW = 64
_ANY = -1  # stands for the column of a word's tag where it may have any

DEFAULT_MODEL_CONFIG = """
[model]
@architectures = "product_attrs.CrfTagger.v1"

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


def score_entities(examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
    """Precision, recall and F1 of the entities, over all and by label."""
    return get_ner_prf(examples, **kwargs)


@Language.factory(
    "product_crf_ner",
    assigns=["doc.ents", "token.ent_iob", "token.ent_type", "doc.spans"],
    default_config={"model": Config().from_str(DEFAULT_MODEL_CONFIG)["model"], "rate_spans": None},
    default_score_weights={"ents_f": 1.0, "ents_p": 0.0, "ents_r": 0.0, "ents_per_type": None},
)
def create_crf_ner(
    nlp: Language, name: str, model: Model[list[Doc], list[Floats2d]], rate_spans: str | None
) -> "CrfEntityRecognizer":
    return CrfEntityRecognizer(nlp.vocab, model, name, rate_spans=rate_spans)


class Prediction(NamedTuple):
    """What is found in one Doc: entities with probabilities, and the probabilities of spans found elsewhere."""

    entities: list[tuple[crf.Entity, float]]
    support: dict[crf.Entity, float]


def _piece_bounds(doc: Doc) -> list[tuple[int, int]]:
    """Cut a Doc into pieces of at most MAX_WORDS words, behind a period or line break where one is near."""
    bounds, start = [], 0
    while len(doc) - start > MAX_WORDS:
        end = start + MAX_WORDS
        breaks = (i + 1 for i in range(end - 1, end - _CUT_WINDOW, -1) if doc[i].text in ".;|" or doc[i].is_space)
        end = next(breaks, end)
        bounds.append((start, end))
        start = end
    if len(doc):
        bounds.append((start, len(doc)))
    return bounds


def _without_cut_entities(tags: Sequence[str | None]) -> list[str | None]:
    """The tags of a piece; words of an entity that runs over its edge are unannotated, as no valid path has them."""
    result: list[str | None] = list(tags)
    for order, positions in ((range(len(tags)), "IL"), (range(len(tags) - 1, -1, -1), "BI")):
        for i in order:
            tag = tags[i]
            if not tag or tag[0] not in positions:
                break
            result[i] = None
    return result


class CrfEntityRecognizer(LabelledPipe):
    """Sets `doc.ents`, and `doc.spans["ner"]` with their probabilities in `attrs["scores"]`, as spancat does.

    Where the Doc has a span group `rate_spans`, as a ruler in front of this component writes it, each of its spans gets
    its marginal probability as well, in `attrs["ner_support"]` of the group: how likely the span is to the NER, even
    where another reading of the text is likelier.
    """

    def __init__(
        self, vocab: Vocab, model: Model[list[Doc], list[Floats2d]], name: str = "ner", *, rate_spans: str | None = None
    ) -> None:
        self.rate_spans = rate_spans
        self.vocab = vocab
        self.model = model
        self.name = name
        self.cfg: dict[str, Any] = {"labels": []}
        self.scorer = score_entities

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Language | None = None,
        labels: Sequence[str] | None = None,
    ) -> None:
        """Collect the labels of the examples, unless they are given, and allocate the weights."""
        validate_get_examples(get_examples, "CrfEntityRecognizer.initialize")
        if labels is None:
            labels = sorted({ent.label_ for eg in get_examples() for ent in eg.reference.ents})
        self.take_labels(labels, missing="entities")
        self.model.set_dim("nO", len(self.labels))
        sample = [eg.reference for eg in islice(get_examples(), 10)]
        self.model.initialize(X=sample)

    def predict(self, docs: Iterable[Doc]) -> list[Prediction]:
        """For each Doc its entities, in order, with their marginal probabilities, and those of the spans asked for."""
        docs = list(docs)
        emissions = self.model.predict(docs)
        predictions = [Prediction([], {}) for _ in docs]
        pieces = [(row, start, end) for row, doc in enumerate(docs) for start, end in _piece_bounds(doc)]
        if not pieces:
            return predictions
        asked = [self._asked(docs[row], start, end) for row, start, end in pieces]
        with torch.no_grad():
            padded, lengths = self._pad([emissions[row][start:end] for row, start, end in pieces])
            transitions = xp2torch(get_transitions(self.model))
            decoded = crf.decode(padded, transitions, lengths)
            both = [entities + spans for entities, spans in zip(decoded, asked, strict=True)]
            probabilities = crf.entity_probabilities(padded, transitions, lengths, both)
        for (row, offset, _), entities, rated, values in zip(pieces, decoded, both, probabilities, strict=True):
            moved = [crf.Entity(e.start + offset, e.end + offset, e.label) for e in rated]
            results = list(zip(moved, values, strict=True))
            predictions[row].entities.extend(results[: len(entities)])
            predictions[row].support.update(results[len(entities) :])
        return predictions

    def _asked(self, doc: Doc, start: int, end: int) -> list[crf.Entity]:
        """The spans of the group `rate_spans` that lie in a piece, relative to its start."""
        group = doc.spans.get(self.rate_spans, ()) if self.rate_spans else ()
        indices = self._label_indices
        return [
            crf.Entity(span.start - start, span.end - start, indices[span.label_])
            for span in group
            if start <= span.start and span.end <= end and span.label_ in indices
        ]

    def set_annotations(self, docs: Iterable[Doc], scores: list[Prediction]) -> None:
        for doc, prediction in zip(docs, scores, strict=True):
            spans = [Span(doc, e.start, e.end, label=self.labels[e.label]) for e, _ in prediction.entities]
            probabilities = numpy.asarray([p for _, p in prediction.entities], dtype="float32")
            doc.spans[SPANS_KEY] = SpanGroup(doc, name=SPANS_KEY, spans=spans, attrs={"scores": probabilities})
            doc.set_ents(spans)
            if self.rate_spans and self.rate_spans in doc.spans:
                group = doc.spans[self.rate_spans]
                indices = self._label_indices
                keys = [crf.Entity(span.start, span.end, indices.get(span.label_, -1)) for span in group]
                support = [prediction.support.get(key, 0.0) for key in keys]
                group.attrs[SUPPORT] = numpy.asarray(support, dtype="float32")

    @property
    def _label_indices(self) -> dict[str, int]:
        return {label: i for i, label in enumerate(self.labels)}

    def get_loss(self, examples: Iterable[Example], scores: list[Floats2d]) -> tuple[float, list[Floats2d]]:
        """The mean negative log-likelihood of a text, and its gradient by the emissions.

        The gradient by the transitions is added to the model. Words without annotation may have any tag.
        """
        examples = list(examples)
        validate_examples(examples, "CrfEntityRecognizer.get_loss")
        pieces = [(row, start, end) for row, eg in enumerate(examples) for start, end in _piece_bounds(eg.predicted)]
        gradients: list[Any] = [self.model.ops.alloc2f(*s.shape) for s in scores]
        if not pieces:
            return 0.0, gradients
        padded, lengths = self._pad([scores[row][start:end] for row, start, end in pieces])
        padded = padded.clone().requires_grad_()
        transitions = xp2torch(get_transitions(self.model), requires_grad=True)
        tags = [eg.get_aligned_ner() for eg in examples]
        allowed = self._allowed(
            [_without_cut_entities(tags[row][start:end]) for row, start, end in pieces], padded.shape
        )
        loss = crf.negative_log_likelihood(padded, transitions, lengths, allowed.to(padded.device)).sum() / len(
            examples
        )
        by_emissions, by_transitions = torch.autograd.grad(loss, (padded, transitions))
        add_transition_gradient(self.model, cast(Floats2d, torch2xp(by_transitions)))
        by_piece: Any = torch2xp(by_emissions)
        for i, (row, start, end) in enumerate(pieces):
            gradients[row][start:end] = by_piece[i, : end - start]
        return float(loss.detach()), gradients

    def _pad(self, arrays: list[Floats2d]) -> tuple[torch.Tensor, torch.Tensor]:
        """(pieces, longest, tags) and the lengths (pieces,)."""
        tensors = [xp2torch(self.model.ops.as_contig(a)) for a in arrays]
        lengths = torch.tensor([len(t) for t in tensors], device=tensors[0].device)
        return torch.nn.utils.rnn.pad_sequence(tensors, batch_first=True), lengths

    def _allowed(self, tags: Sequence[Sequence[str | None]], shape: torch.Size) -> torch.Tensor:
        """The mask of the tags that the annotation allows; padding and unannotated words allow all."""
        indices = self._label_indices
        column_of = {tag: crf.tag_index(tag, indices) if tag and tag != "-" else _ANY for tag in {*chain(*tags)}}
        columns = numpy.full(shape[:2], _ANY, dtype="int64")
        for row, sequence in enumerate(tags):
            columns[row, : len(sequence)] = [column_of[tag] for tag in sequence]
        column = torch.from_numpy(columns)[..., None]
        return (column == torch.arange(shape[-1])) | (column == _ANY)
