"""Where the data files of the package lie."""

from pathlib import Path

PACKAGE = Path(__file__).parent


def rules_dir() -> Path:
    """The knowledge base: inside an installed wheel, or at the root of a development checkout."""
    bundled = PACKAGE / "rules"
    return bundled if bundled.is_dir() else PACKAGE.parents[1] / "rules"
