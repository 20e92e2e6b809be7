"""Pipelines without trained weights."""

from pathlib import Path

import hypothesis
import pytest
import spacy
from spacy.language import Language
from spacy.util import load_config, load_model_from_config

ROOT = Path(__file__).parents[1]

# The same examples each time: a change fails for what it does. The search for new ones is benchmarks/fuzz.py.
hypothesis.settings.register_profile("repeatable", derandomize=True)
hypothesis.settings.load_profile("repeatable")


def make_rules_pipeline() -> Language:
    """The shipped pipeline without encoder and NER, initialized from the project's rules."""
    config = load_config(ROOT / "configs" / "assemble.cfg", interpolate=False)
    config["nlp"]["pipeline"] = [name for name in config["nlp"]["pipeline"] if name not in ("transformer", "ner")]
    for name in ("transformer", "ner"):
        del config["components"][name]
    config["paths"]["reliability"] = "configs/reliability.json"
    nlp = load_model_from_config(config, auto_fill=True)
    nlp.initialize()
    return nlp


@pytest.fixture(scope="session")
def rules_nlp(request: pytest.FixtureRequest) -> Language:
    """Read only: shared by all tests."""
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.chdir(ROOT)  # the config names the rules by their place in the project
    request.addfinalizer(monkeypatch.undo)
    return make_rules_pipeline()


@pytest.fixture
def blank_nlp() -> Language:
    """English with the product tokenizer and nothing else."""
    return spacy.blank("en", config={"nlp": {"tokenizer": {"@tokenizers": "product_attrs.tokenizer.v1"}}})


@pytest.fixture(scope="session")
def saved_rules(rules_nlp: Language, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where `rules_nlp` is saved."""
    path = tmp_path_factory.mktemp("pipelines") / "rules"
    rules_nlp.to_disk(path)
    return path
