"""A linear-chain CRF over words whose paths are the valid BILUO sequences, and nothing else.

Between words a path is either closed (outside, or at the end of an entity) or open (inside the entity of one label).
An open path can only go on with the same label, so transition weights exist only between closed states: a matrix of
labels by labels instead of tags by tags, and each step costs one small matrix product.

Shapes: B sequences, T words, L labels. Emissions are (B, T, 1 + 4L): O, then all B-, all I-, all L-, all U- scores.
Transitions are (L + 2, L + 1): from outside, each label, the start of the text; to outside, each label.

The recursions take a step a word, of a dozen operations on small tensors. On a GPU it is their number that takes the
time, not their size. So the gradient is not left to automatic differentiation, which would note every one of them: it
is worked out from the marginal probabilities of the tags, for all words at once.

Sources: Lafferty, McCallum and Pereira (2001) for the model; Rabiner (1989) for the recursions.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

_IMPOSSIBLE = -1e4


class Emissions(NamedTuple):
    """Views of an emission tensor: outside (B, T) and the four positions in an entity (B, T, L)."""

    outside: Tensor
    begin: Tensor
    inside: Tensor
    last: Tensor
    unit: Tensor


class Entity(NamedTuple):
    """Words `start` to `end` (exclusive) have the label with this index."""

    start: int
    end: int
    label: int


@dataclass(frozen=True)
class Forward:
    """Log-sums over all prefixes of the sequences.

    `enter` (B, T, L + 1): prefixes up to word t - 1, and the step into outside or a label at t.
    `closed` (B, T, L + 1), `open` (B, T, L): prefixes up to word t. Past the end of a sequence they stay as they are.
    """

    enter: Tensor
    closed: Tensor
    open: Tensor

    @property
    def log_partition(self) -> Tensor:
        """The log-sum over all sequences of tags, (B,)."""
        return torch.logsumexp(self.closed[:, -1], dim=-1)


class Backward(NamedTuple):
    """Log-sums over all ways to go on after word t, from a closed state (B, T, L + 1) or an open one (B, T, L)."""

    closed: Tensor
    open: Tensor


class Marginals(NamedTuple):
    """How likely each tag is for each word (B, T, 1 + 4L), and how often each transition is expected, over all
    sequences (L + 2, L + 1)."""

    tags: Tensor
    transitions: Tensor


def n_tags(n_labels: int) -> int:
    """The width of the emissions."""
    return 1 + 4 * n_labels


def split_emissions(emissions: Tensor) -> Emissions:
    """Name the parts of an emission tensor (B, T, 1 + 4L)."""
    begin, inside, last, unit = emissions[..., 1:].unflatten(-1, (4, -1)).unbind(-2)
    return Emissions(emissions[..., 0], begin, inside, last, unit)


def tag_index(tag: str, labels: dict[str, int]) -> int:
    """The column of a BILUO tag in the emissions."""
    if tag == "O":
        return 0
    return 1 + "BILU".index(tag[0]) * len(labels) + labels[tag[2:]]


def _words(emissions: Tensor) -> list[Emissions]:
    """The parts of an emission tensor word by word: (B,) and (B, L)."""
    return [Emissions(*word) for word in zip(*(part.unbind(1) for part in split_emissions(emissions)), strict=True)]


def _within(lengths: Tensor, steps: int) -> Tensor:
    """Whether a sequence has a word t, (B, T)."""
    return torch.arange(steps, device=lengths.device) < lengths[:, None]


def _log_matmul(scores: Tensor, weights: Tensor) -> Tensor:
    """log(exp(scores) @ weights) for (B, N) and (N, M), without overflow."""
    top = scores.amax(dim=-1, keepdim=True)
    return torch.log(torch.exp(scores - top) @ weights + 1e-30) + top


def forward(emissions: Tensor, transitions: Tensor, lengths: Tensor) -> Forward:
    """The forward recursion. `lengths` (B,) are at least 1."""
    words = _words(emissions)
    size, n_labels = words[0].begin.shape
    from_closed = transitions[: n_labels + 1].exp()
    within = _within(lengths, len(words))[..., None].unbind(1)
    enter_t = transitions[n_labels + 1].expand(size, -1)
    open_t = emissions.new_full((size, n_labels), _IMPOSSIBLE)
    closed_t = emissions.new_full((size, n_labels + 1), _IMPOSSIBLE)
    enter, closed, opened = [], [], []
    for t, word in enumerate(words):
        if t > 0:
            enter_t = _log_matmul(closed_t, from_closed)
        outside, labels = enter_t[:, :1] + word.outside[:, None], enter_t[:, 1:]
        ended = torch.logaddexp(labels + word.unit, open_t + word.last)
        going_on = torch.logaddexp(labels + word.begin, open_t + word.inside)
        closed_t = torch.where(within[t], torch.cat([outside, ended], dim=-1), closed_t)
        open_t = torch.where(within[t], going_on, open_t)
        enter.append(enter_t)
        closed.append(closed_t)
        opened.append(open_t)
    return Forward(torch.stack(enter, 1), torch.stack(closed, 1), torch.stack(opened, 1))


def backward(emissions: Tensor, transitions: Tensor, lengths: Tensor) -> Backward:
    """The backward recursion. `lengths` (B,) are at least 1."""
    words = _words(emissions)
    size, n_labels = words[0].begin.shape
    to_next = transitions[: n_labels + 1].T.exp()
    within = _within(lengths, len(words))[..., None].unbind(1)
    closed_t = emissions.new_zeros((size, n_labels + 1))
    open_t = emissions.new_full((size, n_labels), _IMPOSSIBLE)
    closed, opened = [closed_t], [open_t]
    for t in range(len(words) - 1, 0, -1):
        word, labels = words[t], closed_t[:, 1:]
        outside = closed_t[:, :1] + word.outside[:, None]
        entered = torch.logaddexp(labels + word.unit, open_t + word.begin)
        going_on = torch.logaddexp(labels + word.last, open_t + word.inside)
        closed_t = torch.where(within[t], _log_matmul(torch.cat([outside, entered], dim=-1), to_next), closed_t)
        open_t = torch.where(within[t], going_on, open_t)
        closed.append(closed_t)
        opened.append(open_t)
    return Backward(torch.stack(closed[::-1], 1), torch.stack(opened[::-1], 1))


def marginals(emissions: Tensor, transitions: Tensor, lengths: Tensor, prefix: Forward, weights: Tensor) -> Marginals:
    """The marginal probabilities of tags and transitions, each sequence counted by its weight (B,).

    They are the gradient of the sum of the log-partitions, weighted so.
    """
    parts = split_emissions(emissions)
    size, steps, n_labels = parts.begin.shape
    suffix = backward(emissions, transitions, lengths)
    counts = _within(lengths, steps)[..., None] * weights[:, None, None]
    total = prefix.log_partition[:, None, None]
    enter, after = prefix.enter[..., 1:], suffix.closed[..., 1:]
    before = torch.cat([emissions.new_full((size, 1, n_labels), _IMPOSSIBLE), prefix.open[:, :-1]], dim=1)
    outside = parts.outside[..., None] + suffix.closed[..., :1]
    begin, unit = parts.begin + suffix.open, parts.unit + after
    log_tags = [
        prefix.enter[..., :1] + outside,
        enter + begin,
        before + parts.inside + suffix.open,
        before + parts.last + after,
        enter + unit,
    ]
    tags = torch.exp(torch.cat(log_tags, dim=-1) - total) * counts
    # A transition: a closed state, its weight, and all ways to go on from there. The first word comes from the start.
    entered = torch.cat([outside, torch.logaddexp(begin, unit)], dim=-1)
    top = prefix.closed.amax(dim=-1, keepdim=True)
    leave = torch.exp(prefix.closed - top)[:, :-1].flatten(0, 1)
    arrive = (torch.exp(entered[:, 1:] + top[:, :-1] - total) * counts[:, 1:]).flatten(0, 1)
    first = torch.exp(prefix.enter[:, :1] + entered[:, :1] - total) * counts[:, :1]
    return Marginals(tags, torch.cat([transitions[:-1].exp() * (leave.T @ arrive), first.sum(0)]))


class _LogPartition(torch.autograd.Function):
    """The log-partition (B,) of emissions, transitions and lengths, with the marginals as its gradient.

    Both work in double precision: a marginal is the exponential of a small difference of large scores.
    """

    @staticmethod
    def forward(ctx: Any, emissions: Tensor, transitions: Tensor, lengths: Tensor) -> Tensor:
        result = forward(emissions.double(), transitions.double(), lengths)
        ctx.save_for_backward(emissions, transitions, lengths, result.enter, result.closed, result.open)
        return result.log_partition.to(emissions.dtype)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None]:
        emissions, transitions, lengths, *prefix = ctx.saved_tensors
        (weights,) = gradients
        found = marginals(emissions.double(), transitions.double(), lengths, Forward(*prefix), weights.double())
        return found.tags.to(emissions.dtype), found.transitions.to(transitions.dtype), None


def negative_log_likelihood(emissions: Tensor, transitions: Tensor, lengths: Tensor, allowed: Tensor) -> Tensor:
    """Minus the log-probability that the tags lie in the boolean mask `allowed` (B, T, 1 + 4L), for each sequence (B,).

    A mask with one tag a word is full annotation; a word with all tags allowed is unannotated.
    """
    both = torch.cat([emissions, emissions.masked_fill(~allowed, _IMPOSSIBLE)])
    sums: Tensor = _LogPartition.apply(both, transitions, lengths.repeat(2))  # type: ignore[no-untyped-call]
    total, constrained = sums.chunk(2)
    return total - constrained


def decode(emissions: Tensor, transitions: Tensor, lengths: Tensor) -> list[list[Entity]]:
    """The entities of the most probable sequence of tags (Viterbi), for each sequence."""
    words = _words(emissions)
    size, n_labels = words[0].begin.shape
    from_closed = transitions[: n_labels + 1]
    enter_t = transitions[n_labels + 1].expand(size, -1)
    open_t = emissions.new_full((size, n_labels), _IMPOSSIBLE)
    opened_at = torch.zeros((size, n_labels), dtype=torch.long, device=emissions.device)
    closed: list[Tensor] = []
    came_from: list[Tensor] = []
    began_at: list[Tensor] = []
    for t, word in enumerate(words):
        if t > 0:
            enter_t, previous = (closed[-1][:, :, None] + from_closed).max(dim=1)
            came_from.append(previous)
        as_unit, as_last = enter_t[:, 1:] + word.unit, open_t + word.last
        closed.append(torch.cat([enter_t[:, :1] + word.outside[:, None], torch.maximum(as_unit, as_last)], dim=-1))
        began_at.append(torch.where(as_unit >= as_last, t, opened_at))
        begins, goes_on = enter_t[:, 1:] + word.begin, open_t + word.inside
        open_t = torch.maximum(begins, goes_on)
        opened_at = torch.where(begins >= goes_on, t, opened_at)
    last_state = torch.stack(closed, 1)[torch.arange(size), lengths - 1].argmax(dim=-1)
    came = torch.stack([torch.zeros_like(closed[0], dtype=torch.long), *came_from], 1).cpu().numpy()
    began = torch.stack(began_at, 1).cpu().numpy()
    result = []
    for row, (state, length) in enumerate(zip(last_state.tolist(), lengths.tolist(), strict=True)):
        entities = []
        t = length - 1
        while t >= 0:
            start = t if state == 0 else int(began[row, t, state - 1])
            if state > 0:
                entities.append(Entity(start, t + 1, state - 1))
            state = int(came[row, start, state])
            t = start - 1
        result.append(entities[::-1])
    return result


def entity_probabilities(
    emissions: Tensor, transitions: Tensor, lengths: Tensor, entities: list[list[Entity]]
) -> list[list[float]]:
    """The marginal probability of each entity: that a sequence holds just these words under just this label."""
    prefix = forward(emissions, transitions, lengths)
    suffix = backward(emissions, transitions, lengths)
    parts = split_emissions(emissions)
    # One gather for all entities of the batch: a row, start, last word and label each.
    flat = [(row, e.start, e.end - 1, e.label) for row, found in enumerate(entities) for e in found]
    if not flat:
        return [[] for _ in entities]
    row, start, last, label = torch.tensor(flat, device=emissions.device).unbind(-1)
    middle = torch.cat([parts.inside.new_zeros(len(emissions), 1, parts.inside.shape[-1]), parts.inside.cumsum(1)], 1)
    several = (
        parts.begin[row, start, label]
        + middle[row, last, label]
        - middle[row, torch.minimum(start + 1, last), label]
        + parts.last[row, last, label]
    )
    inner = torch.where(start == last, parts.unit[row, start, label], several)
    enter = prefix.enter[row, start, label + 1]
    after = suffix.closed[row, last, label + 1]
    log_probs = enter + inner + after - prefix.log_partition[row]
    values = iter(log_probs.exp().clamp(0.0, 1.0).tolist())
    return [[next(values) for _ in found] for found in entities]
