"""Install the wheel where nothing of this checkout is, and use it there.

A wheel that works beside its sources proves nothing: data files may be missing from it, and requirements too.
"""

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Annotated

import typer

# Runs inside the clean environment. A strict load of weights that fails falls back with a warning: no warning passes.
CHECK = """
import sys, warnings
warnings.simplefilter("error")
warnings.filterwarnings("ignore", category=DeprecationWarning)
warnings.filterwarnings("ignore", category=FutureWarning)
import spacy
nlp = spacy.load("en_product_attrs")
doc = nlp("Nike Mens Pegasus 38, Royal Blu/White, Size 10.5 US, 280g")
assert doc._.attributes, "nothing was found"
assert all(doc.text[a.start_char:a.end_char] == a.text for a in doc._.attributes)
assert "site-packages" in sys.modules["en_product_attrs"].__file__, sys.modules["en_product_attrs"].__file__
print(doc._.product)
"""


def run(command: list[str], directory: Path) -> str:
    """The output of a command that may reach no model hub. Raises CalledProcessError where it fails."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    environment |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    return subprocess.run(command, cwd=directory, check=True, text=True, stdout=subprocess.PIPE, env=environment).stdout


def main(
    wheel: Path,
    report: Path,
    torch: Annotated[str, typer.Option(help="Requirement of torch to install beside the wheel")] = "torch==2.13.0",
) -> None:
    """Install WHEEL into a clean environment; load it and extract there, from another folder and from this one.

    What it found is written to REPORT.
    """
    with tempfile.TemporaryDirectory() as temporary:
        elsewhere = Path(temporary)
        venv.create(elsewhere / "env", with_pip=True)
        python = str(elsewhere / "env" / ("Scripts" if sys.platform == "win32" else "bin") / "python")
        typer.echo("installing the wheel into a clean environment ...")
        run([python, "-m", "pip", "install", "--quiet", "--no-compile", torch, str(wheel.resolve())], elsewhere)
        for directory in (elsewhere, Path.cwd()):
            typer.echo(run([python, "-c", CHECK], directory).strip())
        (elsewhere / "titles.txt").write_text("Bosch GSR 12V-15 cordless drill, blue, 2 x 2.0Ah\n", encoding="utf-8")
        run([python, "-m", "en_product_attrs", "extract", "titles.txt", "-o", "found.jsonl", "--quiet"], elsewhere)
        found = (elsewhere / "found.jsonl").read_text(encoding="utf-8")
    typer.echo(found.strip())
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(found, encoding="utf-8")
    typer.echo(f"{wheel}: installs, loads and extracts in a clean environment")


if __name__ == "__main__":
    typer.run(main)
