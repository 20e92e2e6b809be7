"""A linear-chain CRF over words whose paths are the valid BILUO sequences, and nothing else.

Between words a path is either closed (outside, or at the end of an entity) or open (inside the entity of one label).
An open path can only go on with the same label, so transition weights exist only between closed states: a matrix of
labels by labels instead of tags by tags, and each step costs one small matrix product.

Shapes: B sequences, T words, L labels. Emissions are (B, T, 1 + 4L): O, then all B-, all I-, all L-, all U- scores.
Transitions are (L + 2, L + 1): from outside, each label, the start of the text; to outside, each label.

Sources: Lafferty, McCallum and Pereira (2001) for the model; Rabiner (1989) for the recursions.
"""

from dataclasses import dataclass
from typing import NamedTuple

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

    `enter[t]` (B, L + 1): prefixes up to word t - 1, and the step into outside or a label at t.
    `closed[t]` (B, L + 1), `open[t]` (B, L): prefixes up to word t. Past the end of a sequence they stay as they are.
    """

    enter: list[Tensor]
    closed: list[Tensor]
    open: list[Tensor]

    @property
    def log_partition(self) -> Tensor:
        """The log-sum over all sequences of tags, (B,)."""
        return torch.logsumexp(self.closed[-1], dim=-1)


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


def _log_matmul(scores: Tensor, weights: Tensor) -> Tensor:
    """log(exp(scores) @ exp(weights)) for (B, N) and (N, M), without overflow."""
    top = scores.amax(dim=-1, keepdim=True)
    return torch.log(torch.exp(scores - top) @ torch.exp(weights) + 1e-30) + top


def forward(emissions: Tensor, transitions: Tensor, lengths: Tensor) -> Forward:
    """The forward recursion. `lengths` (B,) are at least 1."""
    parts = split_emissions(emissions)
    n_labels = parts.begin.shape[-1]
    from_closed = transitions[: n_labels + 1]
    enter_t = transitions[n_labels + 1].expand(len(emissions), -1)
    open_t = emissions.new_full((len(emissions), n_labels), _IMPOSSIBLE)
    closed_t = emissions.new_full((len(emissions), n_labels + 1), _IMPOSSIBLE)
    result = Forward([], [], [])
    for t in range(emissions.shape[1]):
        if t > 0:
            enter_t = _log_matmul(closed_t, from_closed)
        inside = (t < lengths)[:, None]
        labels = torch.logaddexp(enter_t[:, 1:] + parts.unit[:, t], open_t + parts.last[:, t])
        closed = torch.cat([enter_t[:, :1] + parts.outside[:, t, None], labels], dim=-1)
        opened = torch.logaddexp(enter_t[:, 1:] + parts.begin[:, t], open_t + parts.inside[:, t])
        closed_t = torch.where(inside, closed, closed_t)
        open_t = torch.where(inside, opened, open_t)
        result.enter.append(enter_t)
        result.closed.append(closed_t)
        result.open.append(open_t)
    return result


def backward(emissions: Tensor, transitions: Tensor, lengths: Tensor) -> list[Tensor]:
    """The backward recursion: at t (B, L + 1), the log-sum over all ways to go on after a closed state at word t."""
    parts = split_emissions(emissions)
    n_labels = parts.begin.shape[-1]
    to_next = transitions[: n_labels + 1].T
    closed_t = emissions.new_zeros((len(emissions), n_labels + 1))
    open_t = emissions.new_full((len(emissions), n_labels), _IMPOSSIBLE)
    result = [closed_t]
    for t in range(emissions.shape[1] - 1, 0, -1):
        inside = (t < lengths)[:, None]
        outside = closed_t[:, :1] + parts.outside[:, t, None]
        labels = torch.logaddexp(closed_t[:, 1:] + parts.unit[:, t], open_t + parts.begin[:, t])
        opened = torch.logaddexp(closed_t[:, 1:] + parts.last[:, t], open_t + parts.inside[:, t])
        closed = _log_matmul(torch.cat([outside, labels], dim=-1), to_next)
        closed_t = torch.where(inside, closed, closed_t)
        open_t = torch.where(inside, opened, open_t)
        result.append(closed_t)
    return result[::-1]


def negative_log_likelihood(emissions: Tensor, transitions: Tensor, lengths: Tensor, allowed: Tensor) -> Tensor:
    """Minus the log-probability that the tags lie in the boolean mask `allowed` (B, T, 1 + 4L), for each sequence (B,).

    A mask with one tag a word is full annotation; a word with all tags allowed is unannotated.
    """
    constrained = emissions.masked_fill(~allowed, _IMPOSSIBLE)
    total = forward(emissions, transitions, lengths).log_partition
    return total - forward(constrained, transitions, lengths).log_partition


def decode(emissions: Tensor, transitions: Tensor, lengths: Tensor) -> list[list[Entity]]:
    """The entities of the most probable sequence of tags (Viterbi), for each sequence."""
    parts = split_emissions(emissions)
    size, steps, n_labels = parts.begin.shape
    from_closed = transitions[: n_labels + 1]
    enter_t = transitions[n_labels + 1].expand(size, -1)
    open_t = emissions.new_full((size, n_labels), _IMPOSSIBLE)
    opened_at = torch.zeros((size, n_labels), dtype=torch.long, device=emissions.device)
    closed: list[Tensor] = []
    came_from: list[Tensor] = []
    began_at: list[Tensor] = []
    for t in range(steps):
        if t > 0:
            enter_t, previous = (closed[-1][:, :, None] + from_closed).max(dim=1)
            came_from.append(previous)
        as_unit, as_last = enter_t[:, 1:] + parts.unit[:, t], open_t + parts.last[:, t]
        closed.append(torch.cat([enter_t[:, :1] + parts.outside[:, t, None], torch.maximum(as_unit, as_last)], dim=-1))
        began_at.append(torch.where(as_unit >= as_last, t, opened_at))
        begins, goes_on = enter_t[:, 1:] + parts.begin[:, t], open_t + parts.inside[:, t]
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
    enter = torch.stack(prefix.enter, 1)[row, start, label + 1]
    after = torch.stack(suffix, 1)[row, last, label + 1]
    log_probs = enter + inner + after - prefix.log_partition[row]
    values = iter(log_probs.exp().clamp(0.0, 1.0).tolist())
    return [[next(values) for _ in found] for found in entities]
