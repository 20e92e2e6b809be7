"""The CRF against the sum over all sequences, spelled out."""

import itertools

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from en_product_attrs import crf

LABELS = {"X": 0, "Y": 1}
TAGS = ["O", *(f"{position}-{label}" for position in "BILU" for label in LABELS)]


def is_valid(tags: tuple[str, ...]) -> bool:
    open_label = None
    for tag in tags:
        if open_label is None:
            if tag[0] in "IL":
                return False
        elif tag not in (f"I-{open_label}", f"L-{open_label}"):
            return False
        open_label = tag[2:] if tag[0] in "BI" else None
    return open_label is None


def path_score(tags: tuple[str, ...], emissions: torch.Tensor, transitions: torch.Tensor) -> float:
    score, closed = 0.0, len(LABELS) + 1
    for t, tag in enumerate(tags):
        kind = 0 if tag == "O" else LABELS[tag[2:]] + 1
        if tag[0] in "OBU":
            score += transitions[closed, kind].item()
        if tag[0] in "OLU":
            closed = kind
        score += emissions[t, crf.tag_index(tag, LABELS)].item()
    return score


def entities_of(tags: tuple[str, ...]) -> list[crf.Entity]:
    found, start = [], 0
    for t, tag in enumerate(tags):
        if tag[0] in "BU":
            start = t
        if tag[0] in "LU":
            found.append(crf.Entity(start, t + 1, LABELS[tag[2:]]))
    return found


@pytest.fixture(params=range(4))
def problem(request: pytest.FixtureRequest) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(request.param)
    emissions = torch.randn(3, 4, len(TAGS), generator=generator, dtype=torch.float64)
    transitions = torch.randn(len(LABELS) + 2, len(LABELS) + 1, generator=generator, dtype=torch.float64)
    return emissions, transitions, torch.tensor([4, 1, 3])


def all_paths(length: int) -> list[tuple[str, ...]]:
    return [tags for tags in itertools.product(TAGS, repeat=length) if is_valid(tags)]


def test_log_partition_sums_over_all_valid_sequences(problem):
    emissions, transitions, lengths = problem
    result = crf.forward(emissions, transitions, lengths).log_partition
    for row, length in enumerate(lengths.tolist()):
        scores = [path_score(tags, emissions[row], transitions) for tags in all_paths(length)]
        assert result[row].item() == pytest.approx(torch.tensor(scores).logsumexp(0).item(), abs=1e-4)


def test_decode_finds_the_best_sequence(problem):
    emissions, transitions, lengths = problem
    for row, found in enumerate(crf.decode(emissions, transitions, lengths)):
        best = max(all_paths(int(lengths[row])), key=lambda tags: path_score(tags, emissions[row], transitions))
        assert found == entities_of(best)


def test_entity_probabilities_are_marginals(problem):
    emissions, transitions, lengths = problem
    asked = [
        [crf.Entity(0, 1, 1), crf.Entity(1, 3, 0), crf.Entity(0, 4, 1)],
        [crf.Entity(0, 1, 0)],
        [crf.Entity(0, 3, 1)],
    ]
    result = crf.entity_probabilities(emissions, transitions, lengths, asked)
    for row, entities in enumerate(asked):
        paths = all_paths(int(lengths[row]))
        weights = torch.tensor([path_score(tags, emissions[row], transitions) for tags in paths]).softmax(0)
        for entity, probability in zip(entities, result[row], strict=True):
            holds = torch.tensor([entity in entities_of(tags) for tags in paths])
            assert probability == pytest.approx(weights[holds].sum().item(), abs=1e-4)


def test_loss_is_the_probability_of_the_allowed_tags(problem):
    emissions, transitions, lengths = problem
    gold = ("B-X", "L-X", "O", "U-Y")
    allowed = torch.ones(1, 4, len(TAGS), dtype=torch.bool)
    for t in (0, 1, 3):  # the third word is unannotated
        allowed[0, t] = False
        allowed[0, t, crf.tag_index(gold[t], LABELS)] = True
    loss = crf.negative_log_likelihood(emissions[:1], transitions, lengths[:1], allowed).item()
    paths = all_paths(4)
    weights = torch.tensor([path_score(tags, emissions[0], transitions) for tags in paths]).softmax(0)
    holds = torch.tensor([all(tags[t] == gold[t] for t in (0, 1, 3)) for tags in paths])
    assert loss == pytest.approx(-weights[holds].sum().log().item(), abs=1e-4)


def test_padding_changes_nothing(problem):
    emissions, transitions, lengths = problem
    alone = crf.decode(emissions[1:2, :1], transitions, lengths[1:2])
    assert crf.decode(emissions, transitions, lengths)[1] == alone[0]


def test_gradient_is_that_of_automatic_differentiation(problem):
    emissions, transitions, lengths = problem
    allowed = torch.rand(emissions.shape, generator=torch.Generator().manual_seed(1)) < 0.7
    allowed[..., 0] = True  # outside everywhere is one valid sequence at least
    inputs = emissions.clone().requires_grad_(), transitions.clone().requires_grad_()

    def spelled_out(scores: torch.Tensor) -> torch.Tensor:
        return crf.forward(scores, inputs[1], lengths).log_partition

    expected = spelled_out(inputs[0]) - spelled_out(inputs[0].masked_fill(~allowed, -1e4))
    loss = crf.negative_log_likelihood(*inputs, lengths, allowed)
    assert torch.allclose(loss, expected)
    weights = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    found, wanted = (torch.autograd.grad((value * weights).sum(), inputs) for value in (loss, expected))
    for one, other in zip(found, wanted, strict=True):
        assert torch.allclose(one, other, atol=1e-9)


def test_gradient_of_long_texts_is_exact_in_single_precision():
    generator = torch.Generator().manual_seed(0)
    emissions = 20 * torch.randn(2, 300, len(TAGS), generator=generator)
    transitions = 20 * torch.randn(len(LABELS) + 2, len(LABELS) + 1, generator=generator)
    lengths = torch.tensor([300, 250])
    allowed = torch.zeros(emissions.shape, dtype=torch.bool)
    allowed[..., 0] = True
    inputs = emissions.requires_grad_(), transitions.requires_grad_()
    crf.negative_log_likelihood(*inputs, lengths, allowed).sum().backward()
    tags, counts = emissions.grad, transitions.grad
    # As often as a tag is likely, less the one that is there: nothing over all tags of a word, and nothing in padding.
    assert tags.sum(-1).abs().max() < 1e-4
    assert not tags[1, 250:].any()
    # A text begins once, and has a transition for each word or entity.
    assert counts[-1].sum().abs() < 1e-4


class OperationCounter(TorchDispatchMode):
    """Counts the operations on tensors."""

    count = 0

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        self.count += 1
        return operation(*args, **(kwargs or {}))


def test_a_word_costs_few_operations():
    """Their number is what a GPU takes its time for; automatic differentiation took two hundred a word."""

    def operations(n_words: int) -> int:
        emissions = torch.zeros(2, n_words, len(TAGS)).requires_grad_()
        transitions = torch.zeros(len(LABELS) + 2, len(LABELS) + 1).requires_grad_()
        lengths, allowed = torch.tensor([n_words, 1]), torch.ones(2, n_words, len(TAGS), dtype=torch.bool)
        with OperationCounter() as counter:
            crf.negative_log_likelihood(emissions, transitions, lengths, allowed).sum().backward()
        return counter.count

    assert operations(60) - operations(10) < 50 * 50


def test_all_work_is_on_the_device_of_the_emissions(problem):
    emissions, transitions, lengths = (tensor.to("meta") for tensor in problem)
    inputs = emissions.requires_grad_(), transitions.requires_grad_()
    loss = crf.negative_log_likelihood(*inputs, lengths, torch.ones_like(emissions, dtype=torch.bool))
    gradients = torch.autograd.grad(loss.sum(), inputs)
    assert {tensor.device.type for tensor in (loss, *gradients)} == {"meta"}
