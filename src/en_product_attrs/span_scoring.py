"""Scores for all short spans of a text, for each label: how well the span answers "what is the label's value here?".

A CRF decides how a whole text is cut into entities. Here every label is asked by itself, and its probability is spread
over the spans of the text and over "absent": a label that the annotation does not speak of teaches nothing, values may
overlap, and a value that stands in several places counts in all of them.

Shapes: B texts, T words, D width of a word vector, K longest span in words, H hidden width, L labels. The span of words
`start` to `start + length` (inclusive) is the cell (start, length) of a (T, K) grid.

Sources: Lee et al. (2017) for spans as vectors of their ends and inside; Wang et al. (2020, AVEQA) for asking by
attribute.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

_IMPOSSIBLE = -1e4
_LEXICON_WIDTH = 16


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
    lexicon: Tensor  # (F, M): features of the lexicon, shared by all labels
    lexicon_bias: Tensor  # (M,)
    lexicon_out: Tensor  # (M,)


def initial_weights(
    *, depth: int, width: int, longest: int, n_labels: int, n_shared: int, n_features: int
) -> SpanWeights:
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
        lexicon=spread(0.3, n_features, _LEXICON_WIDTH),
        lexicon_bias=torch.zeros(_LEXICON_WIDTH),
        lexicon_out=torch.zeros(_LEXICON_WIDTH),
    )


def share(weights: SpanWeights, shared: list[int]) -> SpanWeights:
    """Add to the vectors of each label those of the shared label that it belongs to."""
    return weights._replace(
        labels=weights.labels + weights.shared_labels[shared], absent=weights.absent + weights.shared_absent[shared]
    )


class LexiconHits(NamedTuple):
    """What a lexicon says of spans of a text: N cells and labels (N, 3: start, length, label), features (N, F)."""

    cells: Tensor
    features: Tensor


class SpanScores(NamedTuple):
    """Of one text: spans (L, T, K), impossible ones very low, and absent (L,)."""

    spans: Tensor
    absent: Tensor


def score_spans(
    words: Tensor, lengths: Tensor, hits: list[LexiconHits], weights: SpanWeights, *, dropout: float = 0.0
) -> list[SpanScores]:
    """The scores of each text. `words` (B, T, D) are padded behind `lengths` (B,), which are at least 1."""
    words = functional.dropout(words, dropout)
    spans = _span_vectors(words, lengths, weights)
    spans = functional.dropout(spans, dropout)
    spans = spans + functional.gelu(spans @ weights.mix + weights.mix_bias)
    scores = (spans @ weights.labels.T + weights.label_bias).permute(0, 3, 1, 2)
    scores = _add_hits(scores, hits, weights)
    scores = scores.masked_fill(~_inside(lengths, *scores.shape[2:])[:, None], _IMPOSSIBLE)
    within = torch.arange(words.shape[1], device=words.device) < lengths[:, None]
    means = (words * within[..., None]).sum(1) / lengths[:, None]
    absent = torch.tanh(means @ weights.text) @ weights.absent.T + weights.absent_bias
    return [SpanScores(scores[row, :, :length], absent[row]) for row, length in enumerate(lengths.tolist())]


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


def _add_hits(scores: Tensor, hits: list[LexiconHits], weights: SpanWeights) -> Tensor:
    rows = [torch.full((len(hit.cells),), row, device=scores.device) for row, hit in enumerate(hits)]
    cells = torch.cat([hit.cells for hit in hits])
    if not len(cells):
        return scores
    features = torch.cat([hit.features for hit in hits])
    values = torch.relu(features @ weights.lexicon + weights.lexicon_bias) @ weights.lexicon_out
    start, length, label = cells.unbind(-1)
    return scores.index_put((torch.cat(rows), label, start, length), values, accumulate=True)


def log_probabilities(scores: SpanScores) -> tuple[Tensor, Tensor]:
    """Of each label over all spans (L, T, K) and absent (L,): together they sum to one."""
    flat = torch.cat([scores.spans.flatten(1), scores.absent[:, None]], dim=1).log_softmax(dim=1)
    return flat[:, :-1].view_as(scores.spans), flat[:, -1]


def selection_loss(scores: SpanScores, gold: Tensor, weights: Tensor) -> Tensor:
    """Minus the log-probability that each label's value is one of its gold spans, summed over labels by their weights.

    gold: (L, T, K), true for each place of a right value; a label without any is absent.
    weights: (L,), 0 for labels that the annotation does not speak of.
    """
    spans, absent = log_probabilities(scores)
    right = spans.masked_fill(~gold, _IMPOSSIBLE).flatten(1).logsumexp(dim=1)
    present = gold.flatten(1).any(dim=1)
    return -(torch.where(present, right, absent) * weights).sum()
