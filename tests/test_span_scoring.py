"""Scores of spans: shapes, masks, probabilities and the loss, on random weights."""

import pytest
import torch

from en_product_attrs.span_scoring import (
    SpanScores,
    SpanWeights,
    initial_weights,
    log_probabilities,
    score_spans,
    selection_loss,
    share,
)

DEPTH, WIDTH, LONGEST, LABELS = 5, 7, 3, 2


def make_weights() -> SpanWeights:
    torch.manual_seed(0)
    sizes = {"depth": DEPTH, "width": WIDTH, "longest": LONGEST, "n_labels": LABELS, "n_shared": 1}
    return SpanWeights(*(torch.randn_like(weight) for weight in initial_weights(**sizes)))


def test_training_begins_with_every_label_absent() -> None:
    weights = initial_weights(depth=DEPTH, width=WIDTH, longest=LONGEST, n_labels=LABELS, n_shared=1)
    scores = score_spans(torch.randn(1, 4, DEPTH), torch.tensor([4]), [[0, 1]], share(weights, [0, 0]))[0]
    assert (scores.absent > scores.spans.flatten(1).amax(dim=1)).all()


def test_padding_changes_nothing() -> None:
    weights, words = make_weights(), torch.randn(2, 6, DEPTH)
    together = score_spans(words, torch.tensor([6, 4]), [[0, 1], [0, 1]], weights)
    alone = score_spans(words[1:, :4], torch.tensor([4]), [[0, 1]], weights)[0]
    assert torch.allclose(together[1].spans, alone.spans, atol=1e-5)
    assert torch.allclose(together[1].absent, alone.absent, atol=1e-5)


def test_a_text_answers_for_the_labels_that_it_is_asked_for() -> None:
    weights, words = make_weights(), torch.randn(3, 4, DEPTH)
    whole, one, none = score_spans(words, torch.tensor([4, 4, 4]), [[0, 1], [1], []], weights)
    assert (whole.spans.shape, one.spans.shape, none.spans.shape) == ((2, 4, 3), (1, 4, 3), (0, 4, 3))
    alone = score_spans(words[1:2], torch.tensor([4]), [[0, 1]], weights)[0]
    assert torch.allclose(one.spans[0], alone.spans[1], atol=1e-5)
    assert torch.allclose(one.absent[0], alone.absent[1], atol=1e-5)
    assert none.absent.shape == (0,)


def test_probabilities_of_a_label_sum_to_one_and_none_runs_over_the_end() -> None:
    scores = score_spans(torch.randn(1, 4, DEPTH), torch.tensor([4]), [[0, 1]], make_weights())[0]
    spans, absent = log_probabilities(scores)
    assert spans.shape == (LABELS, 4, LONGEST)
    assert torch.allclose(spans.exp().sum(dim=(1, 2)) + absent.exp(), torch.ones(LABELS))
    assert spans.exp()[:, 3, 1:].sum() == 0.0
    assert spans.exp()[:, 2, 2].sum() == 0.0


def test_the_neighbours_of_a_span_count() -> None:
    weights, words = make_weights(), torch.randn(1, 4, DEPTH)
    before = score_spans(words, torch.tensor([4]), [[0, 1]], weights)[0].spans
    words[0, 3] += 1.0
    after = score_spans(words, torch.tensor([4]), [[0, 1]], weights)[0].spans
    changed = (before != after).any(dim=0)
    # The word itself, and every span that ends just before it.
    assert changed.tolist() == [[False, False, True], [False, True, True], [True, True, False], [True, False, False]]


def test_loss_counts_all_places_and_weighs_labels() -> None:
    scores = SpanScores(torch.zeros(2, 2, 2), torch.zeros(2))
    scores.spans[:, 1, 1] = -1e4
    gold = torch.zeros(2, 2, 2, dtype=torch.bool)
    gold[0, 0, 0] = gold[0, 1, 0] = True
    # Three spans and absence are equally likely: two of four are right for the first label, absence for the second.
    both = selection_loss(scores, gold, torch.ones(2))
    assert float(both) == pytest.approx(float(torch.tensor([2.0, 4.0]).log().sum()))
    assert float(selection_loss(scores, gold, torch.tensor([1.0, 0.0]))) == pytest.approx(0.6931, abs=1e-4)


def test_labels_share_vectors() -> None:
    weights = make_weights()
    shared = share(weights, [0, 0])
    assert torch.equal(shared.labels, weights.labels + weights.shared_labels)
    assert torch.equal(shared.absent, weights.absent + weights.shared_absent)
    assert shared.length is weights.length
