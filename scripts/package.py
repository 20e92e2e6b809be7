"""Build the wheel: code, knowledge base, licences and the assembled pipeline with weights in half precision.

`spacy package --code` copies single files and leaves out requirements that no registered function names. Here hatchling
builds from pyproject.toml, so that the development install and the wheel are one distribution; the pipeline travels as
`en_product_attrs-X.Y.Z/` inside the package, as in spaCy's own pipeline packages.
"""

import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import spacy
import srsly
import typer

NAME = "en_product_attrs"
COPIED = ["src", "rules", "LICENSE", "LICENSES", "README.md", "pyproject.toml"]


def save_half_precision(pipeline: Path, output: Path, meta: dict[str, Any]) -> None:
    """Save the pipeline with the encoder's weights as 16-bit floats; they are read back as 32-bit ones."""
    nlp = spacy.load(pipeline)
    nlp.meta.update(meta)
    nlp.get_pipe("transformer").model.transformer.half()  # type: ignore[attr-defined]
    nlp.to_disk(output)


def make_meta(version: str, scores: dict[str, Any]) -> dict[str, Any]:
    """What the wheel's meta.json adds to that of the pipeline."""
    merged = scores["own"]["systems"]["merged"]
    return {
        "name": "product_attrs",
        "version": version,
        "description": "Canonical attributes from product titles and descriptions",
        "author": "The en_product_attrs maintainers",
        "license": "MIT",
        "sources": [{"name": "all-MiniLM-L6-v2", "author": "sentence-transformers", "license": "Apache-2.0"}],
        "performance": {
            f"{measure}_{key}": value for measure, s in merged.items() for key, value in s["micro"].items()
        },
    }


def main(pipeline: Path, scores: Path, output: Path, version: str) -> None:
    """Build OUTPUT/en_product_attrs-VERSION-py3-none-any.whl around PIPELINE."""
    declared = tomllib.loads(Path("pyproject.toml").read_text())["project"]["version"]
    if declared != version:
        typer.echo(f"pyproject.toml says version {declared}, project.yml {version}; make them the same", err=True)
        raise typer.Exit(2)
    with tempfile.TemporaryDirectory() as temporary:
        source = Path(temporary)
        for name in COPIED:
            copy = shutil.copytree if Path(name).is_dir() else shutil.copy
            copy(name, source / name)  # type: ignore[operator]
        data = source / "src" / NAME / f"{NAME}-{version}"
        save_half_precision(pipeline, data, make_meta(version, srsly.read_json(scores)))
        shutil.copy(data / "meta.json", source / "src" / NAME / "meta.json")
        build = [
            sys.executable,
            "-m",
            "build",
            "--wheel",
            "--no-isolation",
            "--outdir",
            str(output.resolve()),
            temporary,
        ]
        subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
    wheel = output / f"{NAME}-{version}-py3-none-any.whl"
    typer.echo(f"{wheel}: {wheel.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    typer.run(main)
