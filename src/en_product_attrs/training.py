"""Callbacks and loggers of the training config."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Literal

import torch
from spacy.language import Language
from spacy.util import registry

LogStep = Callable[[dict[str, Any] | None], None]
Finalize = Callable[[], None]
Logger = Callable[[Language, IO[str], IO[str]], tuple[LogStep, Finalize]]
Tracker = Literal["file", "tensorboard", "wandb", "mlflow"]
Precision = Literal["highest", "high", "medium"]


@registry.callbacks("product_attrs.freeze_encoder.v1")
def freeze_encoder(
    component: str = "transformer", layers: int = 0, embeddings: bool = True
) -> Callable[[Language], Language]:
    """Keep the word embeddings and the first `layers` layers of a BERT encoder as they were pretrained.

    Their gradients are never computed, which saves time and memory, and rare words keep their place. For
    `[initialize.after_init]`.
    """

    def freeze(nlp: Language) -> Language:
        encoder = nlp.get_pipe(component).model.transformer  # type: ignore[attr-defined]
        for part in (*([encoder.embeddings] if embeddings else []), *encoder.encoder.layer[:layers]):
            part.requires_grad_(False)
        return nlp

    return freeze


@registry.callbacks("product_attrs.matmul_precision.v1")
def set_matmul_precision(precision: Precision | None = None) -> Callable[[type[Language]], type[Language]]:
    """Let PyTorch multiply matrices of 32-bit numbers in fewer bits, which some processors are much faster at.

    For `[nlp.before_creation]`: it holds for the training and for whoever loads the pipeline, and, since PyTorch has
    one such setting, for all that a process computes.

    precision: "medium" is bfloat16 on a CPU with AMX, and nothing on a CPU without; "high" is TF32 on a GPU. None
        leaves what the process has set. Source: the documentation of `torch.set_float32_matmul_precision`.
    """

    def set_precision(language: type[Language]) -> type[Language]:
        if precision is not None:
            torch.set_float32_matmul_precision(precision)
        return language

    return set_precision


@registry.loggers("product_attrs.TrainingLogger.v1")
def create_logger(
    to: Tracker = "file", path: str = "training/curve.jsonl", project: str = "en_product_attrs"
) -> Logger:
    """Print the curve, write it to a JSON Lines file, and send it to a tracker as well.

    path: the file; the events of TensorBoard go to the directory that it is in.
    project: name of the project in Weights & Biases, or of the run in MLflow. Both come from spacy-loggers.
    """

    def setup(nlp: Language, stdout: IO[str] = sys.stdout, stderr: IO[str] = sys.stderr) -> tuple[LogStep, Finalize]:
        Path(path).unlink(missing_ok=True)  # the console logger refuses to write over an old curve
        prints = to in ("file", "tensorboard")  # the other two bring a console logger of their own
        console_logger = registry.loggers.get("spacy.ConsoleLogger.v3")
        console = console_logger(progress_bar="eval" if prints else None, console_output=prints, output_file=path)
        parts = [console(nlp, stdout, stderr)]
        if to == "tensorboard":
            parts.append(_tensorboard(Path(path).parent))
        elif to == "wandb":
            parts.append(registry.loggers.get("spacy.WandbLogger.v5")(project, [])(nlp, stdout, stderr))
        elif to == "mlflow":
            parts.append(registry.loggers.get("spacy.MLflowLogger.v2")(run_name=project)(nlp, stdout, stderr))

        def log_step(info: dict[str, Any] | None) -> None:
            for log, _ in parts:
                log(info)

        def finalize() -> None:
            for _, close in parts:
                close()

        return log_step, finalize

    return setup


def _tensorboard(directory: Path) -> tuple[LogStep, Finalize]:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise ImportError(
            "The curve can only go to TensorBoard where it is installed: pip install tensorboard"
        ) from error
    writer = SummaryWriter(str(directory))

    def log_step(info: dict[str, Any] | None) -> None:
        if info is None:
            return
        scores = {name: value for name, value in info["other_scores"].items() if isinstance(value, float)}
        losses = {f"loss_{name}": value for name, value in info["losses"].items()}
        for name, value in {"score": info["score"], **scores, **losses}.items():
            if value is not None:
                writer.add_scalar(name, value, info["step"])

    return log_step, writer.close
