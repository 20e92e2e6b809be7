"""Write a checksum of the library's source files, for other commands of the project to depend on.

A directory among a command's deps is hashed with all that lies in it, compiled bytecode too, which changes without any
edit and would make every second run do everything again.
"""

import hashlib
from pathlib import Path

import typer


def fingerprint(source: Path) -> str:
    """One line for each Python file: its checksum and its path."""
    files = sorted(source.rglob("*.py"))
    return "".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.as_posix()}\n" for file in files)


def main(source: Path, output: Path) -> None:
    """Write the fingerprint of SOURCE to OUTPUT."""
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(fingerprint(source), encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
