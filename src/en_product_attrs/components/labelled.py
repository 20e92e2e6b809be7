"""Trainable components whose labels are fixed when they are initialized."""

from collections.abc import Iterable
from typing import Any

from spacy.pipeline.trainable_pipe import TrainablePipe


class LabelledPipe(TrainablePipe):
    """A component that keeps its labels, in order, in `cfg["labels"]`; the network has an output for each."""

    cfg: dict[str, Any]

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self.cfg["labels"])

    @property
    def label_data(self) -> list[str]:
        return list(self.cfg["labels"])

    def add_label(self, label: str) -> int:
        """Add a label before initialization. Returns 1, or 0 where it was there."""
        if label in self.cfg["labels"]:
            return 0
        if self.model.has_dim("nO"):
            raise ValueError(
                f"Cannot add the label {label!r}: {self.name!r} is initialized. Add labels before, or retrain."
            )
        self.cfg["labels"].append(label)
        self.vocab.strings.add(label)
        return 1

    def take_labels(self, labels: Iterable[str], *, missing: str) -> None:
        """Add all labels before initialization. `missing` says what the examples lack where there are none."""
        for label in labels:
            self.add_label(label)
        if not self.labels:
            raise ValueError(f"{self.name!r} has no labels: the examples hold no {missing}. Check the training corpus.")
