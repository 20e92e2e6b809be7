"""Errors that a user can act on."""

from pathlib import Path


class DataFileError(ValueError):
    """A file of the project (rules, listings, mappings) holds something that it may not.

    The message names the file, the line where it stands, what is wrong and the remedy.
    """

    def __init__(self, path: Path | str, line: int | None, problem: str, remedy: str) -> None:
        where = f"{path}:{line}" if line is not None else str(path)
        super().__init__(f"{where}: {problem}. {remedy}")
        self.path = str(path)
        self.line = line
