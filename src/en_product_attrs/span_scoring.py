"""Scores for all short spans of a text, for each label: how well the span answers "what is the label's value here?".

A CRF decides how a whole text is cut into entities. Here every label is asked by itself, and its probability is spread
over the spans of the text and over "absent": a label that the annotation does not speak of teaches nothing, values may
overlap, and a value that stands in several places counts in all of them.

Shapes: B texts, T words, D width of a word vector, K longest span in words, H hidden width, L labels, A labels that a
text is asked for. The span of words `start` to `start + length` (inclusive) is the cell (start, length) of a (T, K)
grid.

Sources: Lee et al. (2017) for spans as vectors of their ends and inside; Wang et al. (2020, AVEQA) for asking by
attribute.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

_IMPOSSIBLE = -1e4


class SpanWeights(NamedTuple):
    """Parameters, in the order in which a model keeps them.

    What a span is made of, each (D, H): its first word, its last, the mean of its words, the words before and behind
    it. `edges` (2, D) stand for words beyond the ends of the text, `length` (K, H) for the number of words.
    """

    first: Tensor
    last: Tensor
    mean: Tensor
    before: Tensor
    behind: Tensor
    edges: Tensor
    length: Tensor
    gain: Tensor  # (H,), of the layer norm
    bias: Tensor  # (H,)
    mix: Tensor  # (H, H), of the residual layer
    mix_bias: Tensor  # (H,)
    labels: Tensor  # (L, H)
    shared_labels: Tensor  # (S, H), added to those of the labels that share them
    label_bias: Tensor  # (L,)
    text: Tensor  # (D, H): the mean of all words, for "absent"
    absent: Tensor  # (L, H)
    shared_absent: Tensor  # (S, H)
    absent_bias: Tensor  # (L,)


def initial_weights(*, depth: int, width: int, longest: int, n_labels: int, n_shared: int) -> SpanWeights:
    """Random weights to begin training with. "Absent" begins likelier than any span, as it is the usual case."""

    def dense(rows: int) -> Tensor:
        return (torch.rand(rows, width) * 2 - 1) / math.sqrt(rows)

    def spread(deviation: float, *shape: int) -> Tensor:
        return torch.randn(shape) * deviation

    return SpanWeights(
        first=dense(depth),
        last=dense(depth),
        mean=dense(depth),
        before=dense(depth),
        behind=dense(depth),
        edges=torch.zeros(2, depth),
        length=spread(1.0, longest, width),
        gain=torch.ones(width),
        bias=torch.zeros(width),
        mix=dense(width),
        mix_bias=torch.zeros(width),
        labels=spread(0.02, n_labels, width),
        shared_labels=spread(0.05, n_shared, width),
        label_bias=torch.zeros(n_labels),
        text=dense(depth),
        absent=spread(0.02, n_labels, width),
        shared_absent=spread(0.05, n_shared, width),
        absent_bias=torch.full((n_labels,), 2.0),
    )


def share(weights: SpanWeights, shared: list[int]) -> SpanWeights:
    """Add to the vectors of each label those of the shared label that it belongs to."""
    return weights._replace(
        labels=weights.labels + weights.shared_labels[shared], absent=weights.absent + weights.shared_absent[shared]
    )


class SpanScores(NamedTuple):
    """Of one text: spans (A, T, K), impossible ones very low, and absent (A,), for the A labels that are asked for."""

    spans: Tensor
    absent: Tensor


def score_spans(
    words: Tensor, lengths: Tensor, asked: list[list[int]], weights: SpanWeights, *, dropout: float = 0.0
) -> list[SpanScores]:
    """The scores of each text, for the labels that it is asked for.

    `words` (B, T, D) are padded behind `lengths` (B,), which are at least 1; `asked` has label indices for each text.
    """
    words = functional.dropout(words, dropout)
    spans = _span_vectors(words, lengths, weights)
    spans = functional.dropout(spans, dropout)
    spans = spans + functional.gelu(spans @ weights.mix + weights.mix_bias)
    size, n_words, longest, _ = spans.shape
    labels = pad_sequence([torch.tensor(one, dtype=torch.long) for one in asked], batch_first=True).to(words.device)
    scores = weights.labels[labels] @ spans.flatten(1, 2).mT + weights.label_bias[labels][..., None]
    scores = scores.view(size, -1, n_words, longest)
    scores = scores.masked_fill(~_inside(lengths, n_words, longest)[:, None], _IMPOSSIBLE)
    within = torch.arange(n_words, device=words.device) < lengths[:, None]
    means = (words * within[..., None]).sum(1) / lengths[:, None]
    texts = torch.tanh(means @ weights.text)
    absent = (weights.absent[labels] @ texts[..., None]).squeeze(-1) + weights.absent_bias[labels]
    return [
        SpanScores(scores[row, : len(one), :length], absent[row, : len(one)])
        for row, (one, length) in enumerate(zip(asked, lengths.tolist(), strict=True))
    ]


def _inside(lengths: Tensor, n_words: int, longest: int) -> Tensor:
    """Which cells (B, T, K) end within their text."""
    last = torch.arange(n_words)[:, None] + torch.arange(longest)
    return last.to(lengths.device) < lengths[:, None, None]


def _span_vectors(words: Tensor, lengths: Tensor, weights: SpanWeights) -> Tensor:
    """(B, T, K, H)."""
    size, n_words, _ = words.shape
    longest, width = weights.length.shape
    last = torch.arange(n_words, device=words.device)[:, None] + torch.arange(longest, device=words.device)
    before = torch.cat([weights.edges[0].expand(size, 1, -1), words[:, :-1]], dim=1)
    behind = torch.cat([words[:, 1:], weights.edges[1].expand(size, 1, -1)], dim=1)
    ends = torch.arange(n_words, device=words.device) == lengths[:, None] - 1
    behind = torch.where(ends[..., None], weights.edges[1], behind)
    sums = functional.pad((words @ weights.mean).cumsum(dim=1), (0, 0, 1, 0))
    clamped = last.clamp(max=n_words - 1)
    counts = torch.arange(1, longest + 1, device=words.device)[:, None]
    means = (sums[:, clamped + 1] - sums[:, :-1, None]) / counts
    starts = words @ weights.first + before @ weights.before
    stops = words @ weights.last + behind @ weights.behind
    vectors = starts[:, :, None] + stops[:, clamped] + means + weights.length
    return functional.gelu(functional.layer_norm(vectors, (width,), weights.gain, weights.bias))


def log_probabilities(scores: SpanScores) -> tuple[Tensor, Tensor]:
    """Of each label over all spans (A, T, K) and absent (A,): together they sum to one."""
    flat = torch.cat([scores.spans.flatten(1), scores.absent[:, None]], dim=1).log_softmax(dim=1)
    return flat[:, :-1].view_as(scores.spans), flat[:, -1]


def selection_loss(scores: SpanScores, gold: Tensor, weights: Tensor) -> Tensor:
    """Minus the log-probability that each label's value is one of its gold spans, summed over labels by their weights.

    gold: (A, T, K), true for each place of a right value; a label without any is absent.
    weights: (A,).
    """
    spans, absent = log_probabilities(scores)
    right = spans.masked_fill(~gold, _IMPOSSIBLE).flatten(1).logsumexp(dim=1)
    present = gold.flatten(1).any(dim=1)
    return -(torch.where(present, right, absent) * weights).sum()
