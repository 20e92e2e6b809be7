"""The network of the span selector: word vectors, and the weights that turn them into scores of spans."""

from collections.abc import Callable
from typing import Any, NamedTuple, cast

import torch
from spacy.tokens import Doc
from spacy.util import registry
from spacy_transformers.util import batch_by_length
from thinc.api import Model, concatenate, torch2xp, xp2torch
from thinc.types import Floats2d, FloatsXd

from en_product_attrs.span_scoring import SpanScores, SpanWeights, initial_weights, score_spans, share

# The grid of spans takes memory by its words. Longer texts are cut into pieces that are scored side by side.
MAX_WORDS = 384
# Words that are scored at once, padding among them.
_BATCH_WORDS = 1024


class Question(NamedTuple):
    """A Doc and the indices of the labels that it is asked for."""

    doc: Doc
    labels: list[int]


SpanScorer = Model[list[Question], list[SpanScores]]


@registry.architectures("product_attrs.SpanScorer.v1")
def build_span_scorer(
    tok2vec: Model[list[Doc], list[Floats2d]],
    features: Model[list[Doc], list[Floats2d]] | None = None,
    hidden_width: int = 192,
    max_length: int = 12,
    dropout: float = 0.1,
    scale: float = 10.0,
    nO: int | None = None,
) -> SpanScorer:
    """Scores of all spans of up to `max_length` words for each label, and of the label's absence.

    tok2vec: word vectors, a TransformerListener as a rule.
    features: further word vectors put beside them, for what an uncased encoder does not see.
    scale: what the weights of this network are multiplied by. Adam moves every weight by about the learning rate a
        step; weights that begin anew have further to go than those of a pretrained encoder.
    nO: number of labels; set when the component is initialized.
    """
    vectors = concatenate(tok2vec, features) if features is not None else tok2vec
    model: SpanScorer = Model(
        "span_scorer",
        _forward,
        init=_init,
        layers=[vectors],
        dims={"nO": nO},
        params=dict.fromkeys(SpanWeights._fields),
        refs={"tok2vec": tok2vec},
        attrs={
            "hidden_width": hidden_width,
            "max_length": max_length,
            "dropout": dropout,
            "scale": scale,
            # For each label, the index of the label that it shares a vector with.
            "shared": [],
        },
    )
    return model


def _init(model: SpanScorer, X: list[Question] | None = None, Y: object = None) -> None:
    docs = [question.doc for question in X or []]
    model.layers[0].initialize(X=docs)
    depth = model.layers[0].predict(docs[:1])[0].shape[1]
    weights = initial_weights(
        depth=depth,
        width=model.attrs["hidden_width"],
        longest=model.attrs["max_length"],
        n_labels=model.get_dim("nO"),
        n_shared=max(model.attrs["shared"]) + 1,
    )
    for name, values in weights._asdict().items():
        model.set_param(name, cast(FloatsXd, torch2xp(values.to(_device(model)) / model.attrs["scale"])))


def _device(model: SpanScorer) -> torch.device:
    return xp2torch(model.ops.alloc1f(1)).device


def _forward(
    model: SpanScorer, questions: list[Question], is_train: bool
) -> tuple[list[SpanScores], Callable[[list[SpanScores]], list[Doc]]]:
    vectors, backprop_vectors = model.layers[0]([question.doc for question in questions], is_train)
    weights = SpanWeights(*(xp2torch(model.get_param(name), requires_grad=is_train) for name in SpanWeights._fields))
    words = [xp2torch(model.ops.as_contig(vector), requires_grad=is_train) for vector in vectors]
    dropout = model.attrs["dropout"] if is_train else 0.0
    with torch.set_grad_enabled(is_train):
        scaled = SpanWeights(*(weight * model.attrs["scale"] for weight in weights))
        scores = _score(
            words, [question.labels for question in questions], share(scaled, model.attrs["shared"]), dropout
        )

    def backprop(gradients: list[SpanScores]) -> list[Doc]:
        pairs = [pair for one, other in zip(scores, gradients, strict=True) for pair in zip(one, other, strict=True)]
        # What no weight had a part in, as the scores of a text that is asked for no label, has no gradient.
        learned = [(output, gradient) for output, gradient in pairs if output.requires_grad]
        outputs, given = [output for output, _ in learned], [gradient for _, gradient in learned]
        inputs = (*weights, *words)
        found = torch.autograd.grad(outputs, inputs, given, allow_unused=True) if learned else (None,) * len(inputs)
        for name, gradient in zip(SpanWeights._fields, found, strict=False):
            if gradient is not None:
                model.inc_grad(name, cast(FloatsXd, torch2xp(gradient)))
        by_word: list[Any] = [
            torch2xp(torch.zeros_like(tensor) if gradient is None else gradient)
            for tensor, gradient in zip(words, found[len(weights) :], strict=True)
        ]
        docs: list[Doc] = backprop_vectors(by_word)
        return docs

    return scores, backprop


def _score(words: list[torch.Tensor], asked: list[list[int]], weights: SpanWeights, dropout: float) -> list[SpanScores]:
    """Score texts of any length, in pieces of MAX_WORDS words; "absent" is the mean of the pieces."""
    pieces, owners = [], []
    for row, vectors in enumerate(words):
        for start in range(0, len(vectors) if asked[row] else 0, MAX_WORDS):
            pieces.append(vectors[start : start + MAX_WORDS])
            owners.append(row)
    scored: dict[int, SpanScores] = {}
    for batch in batch_by_length(pieces, _BATCH_WORDS):
        padded = torch.nn.utils.rnn.pad_sequence([pieces[index] for index in batch], batch_first=True)
        sizes = torch.tensor([len(pieces[index]) for index in batch], device=padded.device)
        scores = score_spans(padded, sizes, [asked[owners[index]] for index in batch], weights, dropout=dropout)
        scored |= zip(batch, scores, strict=True)
    parts: list[list[SpanScores]] = [[] for _ in words]
    for index, row in enumerate(owners):
        parts[row].append(scored[index])
    return [_join(own, labels, weights) for own, labels in zip(parts, asked, strict=True)]


def _join(parts: list[SpanScores], labels: list[int], weights: SpanWeights) -> SpanScores:
    if len(parts) == 1:
        return parts[0]
    if not parts:  # an empty text, where every label is absent, or one that is asked for none
        return SpanScores(weights.labels.new_zeros(len(labels), 0, len(weights.length)), weights.absent_bias[labels])
    absent = torch.stack([part.absent for part in parts]).mean(dim=0)
    return SpanScores(torch.cat([part.spans for part in parts], dim=1), absent)
