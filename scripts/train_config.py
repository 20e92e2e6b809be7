"""Write the config to train with: the one for a CPU, with the settings of a GPU on top where one is used.

spaCy trains from one file. A second whole one for the GPU would drift away from the first. The steps in which the
learning rate rises and falls are stretched to the corpus, which may hold more than the project's own listings.
"""

import shlex
from pathlib import Path
from typing import Annotated

import spacy
import typer
from spacy.cli._util import parse_config_overrides
from spacy.tokens import DocBin
from spacy.util import load_config, registry
from thinc.api import Config


def main(
    base: Path,
    gpu: Path,
    output: Path,
    gpu_id: Annotated[int, typer.Option(help="Number of the GPU, or -1 for the CPU")] = -1,
    corpus: Annotated[Path | None, typer.Option(help="Training data to stretch the steps to")] = None,
    settings: Annotated[str, typer.Option(help='Further settings, as "training.max_epochs=10"')] = "",
) -> None:
    """Write BASE to OUTPUT, with the sections of GPU merged into it where a GPU is used, and SETTINGS on top."""
    config = load_config(base, interpolate=False)
    if gpu_id >= 0:
        config = config.merge(load_config(gpu, interpolate=False))
    # Without the dashes of an option, which `spacy project run` would take away from the value of a variable.
    overrides = parse_config_overrides([f"--{setting}" for setting in shlex.split(settings)], env_var=None)
    config = Config().from_str(config.to_str(), overrides=overrides, interpolate=False)
    if corpus is not None:
        stretch(config, corpus)
    output.parent.mkdir(parents=True, exist_ok=True)
    config.to_disk(output)
    typer.echo(f"{output}: {base}" + (f" with {gpu}" if gpu_id >= 0 else ""))


def stretch(config: Config, corpus: Path) -> None:
    """Let the learning rate reach zero with the last epoch over the corpus; warmup and evaluations keep their share."""
    training = config["training"]
    schedule = training["optimizer"]["learn_rate"]
    if not training["max_epochs"]:
        return
    batcher = registry.resolve({"batcher": training["batcher"]})["batcher"]
    docs = DocBin().from_disk(corpus).get_docs(spacy.blank("en").vocab)
    total = sum(1 for _ in batcher(docs)) * training["max_epochs"]
    share = total / schedule["total_steps"]
    schedule["total_steps"] = total
    schedule["warmup_steps"] = round(schedule["warmup_steps"] * share)
    training["eval_frequency"] = max(1, round(training["eval_frequency"] * share))


if __name__ == "__main__":
    typer.run(main)
