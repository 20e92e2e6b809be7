"""Write the config to train with: the one for a CPU, with the settings of a GPU on top where one is used.

spaCy trains from one file. A second whole one for the GPU would drift away from the first.
"""

from pathlib import Path
from typing import Annotated

import typer
from spacy.util import load_config


def main(
    base: Path,
    gpu: Path,
    output: Path,
    gpu_id: Annotated[int, typer.Option(help="Number of the GPU, or -1 for the CPU")] = -1,
) -> None:
    """Write BASE to OUTPUT, with the sections of GPU merged into it where a GPU is used."""
    config = load_config(base, interpolate=False)
    if gpu_id >= 0:
        config = config.merge(load_config(gpu, interpolate=False))
    output.parent.mkdir(parents=True, exist_ok=True)
    config.to_disk(output)
    typer.echo(f"{output}: {base}" + (f" with {gpu}" if gpu_id >= 0 else ""))


if __name__ == "__main__":
    typer.run(main)
