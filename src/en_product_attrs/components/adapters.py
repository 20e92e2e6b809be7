"""An encoder that stays as it was pretrained, and small adapters that learn in its stead: one encoder serves many
trained pipelines.

A pipeline with adapters is saved without its encoder, in a few megabytes. When it is loaded, it takes the encoder from
where its config names it, and shares the weights with the other such pipelines of the process.

Sources: Hu et al. (2021) for LoRA; the adapters are those of the library peft.
"""

import copy
import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, Self

import srsly
import torch
from safetensors.torch import load, save
from spacy.tokens import Doc, Span
from spacy.util import registry
from spacy_transformers.data_classes import HFObjects
from spacy_transformers.layers.hf_shim import HFShim
from spacy_transformers.layers.transformer_model import (
    TransformerModel,
    huggingface_from_pretrained,
    set_pytorch_transformer,
)
from thinc.api import get_torch_default_device

try:
    import peft
except ImportError:  # an extra of this package
    peft = None  # type: ignore[assignment]


class Adapters(NamedTuple):
    """What adapters are put into an encoder.

    rank: width of an adapter; its size grows with it.
    skip_layers: layers at the beginning of the encoder that get none.
    dropout: part of an adapter's input that is left out in training.
    scale: what its output is multiplied by. Adam moves every weight by about the learning rate a step; adapters begin
        at zero, and have further to go than weights that were pretrained.
    """

    rank: int
    skip_layers: int
    dropout: float
    scale: float

    def put_into(self, encoder: Any) -> None:
        """Put them beside all dense layers of the encoder, whose own weights stop to learn."""
        layers = encoder.encoder.layer
        dense = [
            f"encoder.layer.{index}.{name}"
            for index, layer in enumerate(layers)
            for name, part in layer.named_modules()
            if index >= self.skip_layers and isinstance(part, torch.nn.Linear)
        ]
        if not dense:
            raise ValueError(f"skip_layers={self.skip_layers} leaves no layer for adapters: there are {len(layers)}")
        config = peft.LoraConfig(
            r=self.rank, lora_alpha=round(self.rank * self.scale), lora_dropout=self.dropout, target_modules=dense
        )
        peft.inject_adapter_in_model(config, encoder)


@registry.architectures("product_attrs.AdapterTransformer.v1")
def build_adapter_transformer(
    name: str,
    get_spans: Callable[[list[Doc]], list[list[Span]]],
    tokenizer_config: dict[str, Any] | None = None,
    transformer_config: dict[str, Any] | None = None,
    mixed_precision: bool = False,
    grad_scaler_config: dict[str, Any] | None = None,
    rank: int = 8,
    skip_layers: int = 2,
    dropout: float = 0.05,
    scale: float = 10.0,
) -> TransformerModel:
    """As `spacy-transformers.TransformerModel.v3`, for an encoder of BERT's build with adapters. See `Adapters`.

    name: folder of the encoder, or its name in a model hub; needed again whenever the trained pipeline is loaded.

    Raises ImportError where peft is not installed.
    """
    if peft is None:
        raise ImportError("Adapters need the library peft: pip install 'en_product_attrs[adapters]'")
    settings = tokenizer_config or {}, transformer_config or {}
    # A dict of this model alone: it is written to, and where none is given, the models of a process share one.
    precision: dict[str, Any] = {
        "mixed_precision": mixed_precision,
        "grad_scaler_config": dict(grad_scaler_config or {}),
    }
    model = TransformerModel(name, get_spans, *settings, **precision)
    shim = AdapterShim(
        HFObjects(None, None, None, *settings), name, Adapters(rank, skip_layers, dropout, scale), **precision
    )
    model.layers[0].shims[0] = shim  # in place of the one that saves the whole encoder

    def set_transformer(model: TransformerModel, pretrained: HFObjects) -> None:
        shim.adapt(pretrained.transformer)
        set_pytorch_transformer(model, pretrained)

    model.attrs["set_transformer"] = set_transformer
    return model


class AdapterShim(HFShim):
    """Holds an encoder with adapters, of which it saves the adapters alone."""

    def __init__(self, objects: HFObjects, name: str, adapters: Adapters, **settings: Any) -> None:
        super().__init__(objects, **settings)
        self.name = name
        self.adapters = adapters
        # What the encoder is loaded with, in JSON.
        self.config = srsly.json_dumps([objects._init_tokenizer_config, objects._init_transformer_config])
        self.checksum = ""
        self.in_folder = False

    def adapt(self, encoder: torch.nn.Module) -> None:
        """Put adapters into a pretrained encoder."""
        self.checksum, self.in_folder = _checksum(encoder), Path(self.name).is_dir()
        self.adapters.put_into(encoder)

    def to_bytes(self) -> bytes:
        if self._model is None:
            whole: bytes = super().to_bytes()  # type: ignore[no-untyped-call]
            return whole
        weights = save({key: tensor.cpu() for key, tensor in peft.get_peft_model_state_dict(self._model).items()})
        saved = {
            "adapters": self.adapters._asdict(),
            "in_folder": self.in_folder,
            "checksum": self.checksum,
            "weights": weights,
        }
        message: bytes = srsly.msgpack_dumps(saved)
        return message

    def from_bytes(self, data: bytes) -> Self:
        """Raises OSError where the encoder is not found, ValueError where it is another than the adapters had."""
        saved = srsly.msgpack_loads(data)
        if "adapters" not in saved:  # saved before it was initialized
            loaded: Self = super().from_bytes(data)  # type: ignore[no-untyped-call]
            return loaded
        elsewhere = 'spacy.load(..., config={"components.transformer.model.name": FOLDER}) names another place'
        if saved["in_folder"] and not Path(self.name).is_dir():  # which is no name to ask a model hub for
            raise OSError(f"The encoder that the adapters belong to is not in {self.name!r}: {elsewhere}")
        name = str(Path(self.name).resolve()) if saved["in_folder"] else self.name
        objects, checksum = _pretrained(name, self.config, str(get_torch_default_device()))
        if checksum != saved["checksum"]:
            raise ValueError(f"The encoder {self.name!r} is not the one that the adapters were trained in: {elsewhere}")
        self.adapters = Adapters(**saved["adapters"])
        self.checksum, self.in_folder = checksum, saved["in_folder"]
        # Own modules, for own adapters, around weights that stay in memory once.
        shared = {id(weight): weight for weight in (*objects.transformer.parameters(), *objects.transformer.buffers())}
        self._hfmodel = copy.deepcopy(objects, shared)
        self._model = self._hfmodel.transformer
        self.adapters.put_into(self._model)
        peft.set_peft_model_state_dict(self._model, load(saved["weights"]))
        return self


@lru_cache(maxsize=4)
def _pretrained(name: str, config: str, _device: str) -> tuple[HFObjects, str]:
    """An encoder and its checksum, once for each device. config: of tokenizer and transformer, in JSON, as a cache
    needs it."""
    objects = huggingface_from_pretrained(name, *srsly.json_loads(config))
    return objects, _checksum(objects.transformer)


def _checksum(encoder: torch.nn.Module) -> str:
    """SHA-256 of the weights, in single precision, which NumPy has."""
    digest = hashlib.sha256()
    for weight in encoder.state_dict().values():
        digest.update(weight.cpu().float().numpy().tobytes())
    return digest.hexdigest()
