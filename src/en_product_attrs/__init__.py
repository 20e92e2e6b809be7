"""Canonical attributes from product titles and descriptions.

`nlp = spacy.load("en_product_attrs")`, then `doc._.attributes` and `doc._.product`. The pure readers
`en_product_attrs.units` and `en_product_attrs.colors` work without spaCy, so importing this package imports none of it.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spacy.language import Language


def __getattr__(name: str) -> str:
    if name == "__version__":
        return _version()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def load(**overrides: Any) -> "Language":
    """The pipeline: the one inside an installed wheel, or in a development checkout the one assembled last.

    Arguments are those of `spacy.load`. Raises OSError where no pipeline has been assembled yet.
    """
    from spacy.util import load_model_from_path

    return load_model_from_path(_pipeline_path(), **overrides)


def _version() -> str:
    # Reading the metadata takes longer than importing the rest of this module.
    from importlib.metadata import version

    return version("en_product_attrs")


def _pipeline_path() -> Path:
    package = Path(__file__).parent
    bundled = package / f"en_product_attrs-{_version()}"
    assembled = package.parents[1] / "training" / "assembled"
    for path in (bundled, assembled):
        if (path / "meta.json").is_file():
            return path
    raise OSError(f"No pipeline in {bundled} or {assembled}. Make one with: python -m spacy project run all")
