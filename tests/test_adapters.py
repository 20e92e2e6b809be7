"""Adapters in an encoder that stays as it was: what learns, what is saved, what pipelines share."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import spacy
import torch
from spacy.language import Language
from spacy.tokens import SpanGroup
from spacy.training import Example
from spacy.util import load_model_from_config
from thinc.api import Config
from transformers import BertConfig, BertModel, BertTokenizerFast

from en_product_attrs.components import adapters
from en_product_attrs.components.span_selector import best_spans

WORDS = ("acme", "walnut", "biscuits", "fig", "dunlea", "plum")
TEXTS = ("acme walnut biscuits", "dunlea fig biscuits", "acme plum biscuits", "dunlea walnut biscuits")

CONFIG = """
[nlp]
lang = "en"
pipeline = ["transformer","selector"]

[components]

[components.transformer]
factory = "transformer"

[components.transformer.model]
@architectures = "product_attrs.AdapterTransformer.v1"
rank = 4
skip_layers = 1
tokenizer_config = {"use_fast": true}

[components.transformer.model.get_spans]
@span_getters = "spacy-transformers.doc_spans.v1"

[components.selector]
factory = "product_span_selector"

[components.selector.model]
@architectures = "product_attrs.SpanScorer.v1"
hidden_width = 16
max_length = 3

[components.selector.model.tok2vec]
@architectures = "spacy-transformers.TransformerListener.v1"

[components.selector.model.tok2vec.pooling]
@layers = "reduce_mean.v1"
"""


def make_encoder(folder: Path, seed: int = 0) -> Path:
    """A BERT of three layers with random weights."""
    torch.manual_seed(seed)
    settings = BertConfig(
        vocab_size=5 + len(WORDS),
        hidden_size=16,
        num_hidden_layers=3,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
    )
    BertModel(settings).save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]))
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    return folder


def make_blank(encoder: Path, **settings: Any) -> Language:
    config = Config().from_str(CONFIG)
    config["components"]["transformer"]["model"] |= {"name": str(encoder), **settings}
    return load_model_from_config(config, auto_fill=True)


def make_pipeline(encoder: Path, **settings: Any) -> Language:
    nlp = make_blank(encoder, **settings)
    nlp.initialize(lambda: make_examples(nlp))
    return nlp


def make_examples(nlp: Language) -> list[Example]:
    examples = []
    for text in TEXTS:
        doc = nlp.make_doc(text)
        spans = [doc.char_span(0, text.index(" "), label="BRAND")]
        doc.spans["values"] = SpanGroup(doc, name="values", spans=spans)
        examples.append(Example(nlp.make_doc(text), doc))
    return examples


def train(nlp: Language, steps: int = 30) -> Language:
    optimizer = nlp.create_optimizer()
    optimizer.learn_rate = 0.01
    for _ in range(steps):
        nlp.update(make_examples(nlp), sgd=optimizer)
    return nlp


def weights_of(nlp: Language) -> dict[str, torch.Tensor]:
    encoder = nlp.get_pipe("transformer").model.transformer  # type: ignore[attr-defined]
    return {name: weight.detach().clone() for name, weight in encoder.named_parameters()}


def learned_in(nlp: Language, *, steps: int = 30) -> set[str]:
    """Train, and name the weights of the encoder that moved."""
    before = weights_of(nlp)
    after = weights_of(train(nlp, steps))
    return {name for name, weight in after.items() if not torch.equal(weight, before[name])}


def names_of_adapters(nlp: Language) -> set[str]:
    return {name for name in weights_of(nlp) if "lora" in name}


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_encoder(tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="module")
def trained(encoder: Path) -> Language:
    return train(make_pipeline(encoder))


@pytest.fixture(scope="module")
def saved(trained: Language, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pipeline") / "saved"
    trained.to_disk(folder)
    return folder


def read(nlp: Language) -> np.ndarray:
    """What the encoder makes of the texts."""
    return np.concatenate([doc._.trf_data.model_output.last_hidden_state[0] for doc in nlp.pipe(TEXTS)])


def brands(nlp: Language) -> list[str]:
    return [best_spans(doc)["BRAND"].text for doc in nlp.pipe(TEXTS)]


def test_adapters_learn_and_nothing_else_of_the_encoder(encoder: Path) -> None:
    nlp = make_pipeline(encoder)
    of_adapters = names_of_adapters(nlp)
    assert learned_in(nlp) == of_adapters
    assert {name.split(".")[2] for name in of_adapters} == {"1", "2"}  # the first layer is skipped
    assert brands(nlp) == [text.split()[0] for text in TEXTS]


def test_a_loaded_pipeline_answers_the_same(trained: Language, saved: Path) -> None:
    loaded = spacy.load(saved)
    assert read(loaded) == pytest.approx(read(trained), abs=1e-5)
    assert brands(loaded) == brands(trained)


def test_a_loaded_pipeline_can_be_trained_further(saved: Path) -> None:
    nlp = spacy.load(saved)
    assert learned_in(nlp, steps=2) == names_of_adapters(nlp)


def test_the_encoder_is_not_saved(encoder: Path, trained: Language, saved: Path) -> None:
    adapters_of = {name: weight for name, weight in weights_of(trained).items() if "lora" in name}
    values = sum(weight.numel() for weight in adapters_of.values())
    size = (saved / "transformer" / "model").stat().st_size
    assert 4 * values < size < 4 * values + 200 * len(adapters_of) + 1000
    assert size < (encoder / "model.safetensors").stat().st_size


def test_pipelines_share_the_encoder_and_have_their_own_adapters(saved: Path) -> None:
    one, other = spacy.load(saved), spacy.load(saved)
    encoders = [nlp.get_pipe("transformer").model.transformer for nlp in (one, other)]  # type: ignore[attr-defined]
    first, second = (dict(each.named_parameters()) for each in encoders)
    for name in first:
        assert (first[name].data_ptr() == second[name].data_ptr()) is ("lora" not in name)
    before = read(other)
    train(one, steps=5)
    assert np.array_equal(read(other), before)
    assert not np.allclose(read(one), before, atol=1e-3)


def test_the_encoder_may_lie_elsewhere_when_it_is_loaded(saved: Path, trained: Language, tmp_path: Path) -> None:
    copy = make_encoder(tmp_path / "elsewhere")
    nlp = spacy.load(saved, config={"components.transformer.model.name": str(copy)})
    assert read(nlp) == pytest.approx(read(trained), abs=1e-5)


def test_another_encoder_is_refused(saved: Path, tmp_path: Path) -> None:
    other = make_encoder(tmp_path / "other", seed=1)
    with pytest.raises(ValueError, match=r"other' is not the one that the adapters were trained in.*model\.name"):
        spacy.load(saved, config={"components.transformer.model.name": str(other)})


def test_a_missing_encoder_is_named(saved: Path, tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"that the adapters belong to is not in '.*gone'.*model\.name"):
        spacy.load(saved, config={"components.transformer.model.name": str(tmp_path / "gone")})


def test_no_layer_left_for_adapters(encoder: Path) -> None:
    with pytest.raises(ValueError, match="skip_layers=3 leaves no layer for adapters: there are 3"):
        make_pipeline(encoder, skip_layers=3)


def test_says_what_to_install(encoder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapters, "peft", None)
    with pytest.raises(ImportError, match=r"en_product_attrs\[adapters\]"):
        make_pipeline(encoder)


def test_a_pipeline_may_be_saved_before_it_is_initialized(encoder: Path, tmp_path: Path) -> None:
    make_blank(encoder).to_disk(tmp_path / "untrained")
    loaded = spacy.load(tmp_path / "untrained")
    loaded.initialize(lambda: make_examples(loaded))
    train(loaded, steps=1)
