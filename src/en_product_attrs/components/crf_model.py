"""The network of the CRF entity recognizer: emission scores for each word, transition weights for the CRF."""

from collections.abc import Callable

from spacy.tokens import Doc
from spacy.util import registry
from thinc.api import Dropout, Linear, Maxout, Model, chain, concatenate, with_array, zero_init
from thinc.types import Floats2d

from en_product_attrs.crf import n_tags

CrfTagger = Model[list[Doc], list[Floats2d]]


@registry.architectures("product_attrs.CrfTagger.v1")
def build_crf_tagger(
    tok2vec: Model[list[Doc], list[Floats2d]],
    features: Model[list[Doc], list[Floats2d]] | None = None,
    hidden_width: int = 0,
    dropout: float = 0.1,
    scale: float = 10.0,
    nO: int | None = None,
) -> CrfTagger:
    """Emissions (words, 1 + 4 * labels) for each Doc.

    tok2vec: word vectors, a TransformerListener as a rule.
    features: further word vectors put beside them, for what an uncased encoder does not see.
    hidden_width: width of a Maxout layer before the output, 0 for none.
    scale: what output and transition weights are multiplied by. Adam moves every weight by about the learning rate a
        step; weights that begin at zero have further to go than those of a pretrained encoder.
    nO: number of labels; set when the component is initialized.
    """
    vectors = concatenate(tok2vec, features) if features is not None else tok2vec
    output: Model[Floats2d, Floats2d] = Linear(init_W=zero_init)
    regular: Model[Floats2d, Floats2d] = Dropout(dropout)
    head: Model[Floats2d, Floats2d] = chain(regular, output)
    if hidden_width:
        hidden: Model[Floats2d, Floats2d] = Maxout(nO=hidden_width, nP=2, normalize=True)
        head = chain(regular, hidden, Dropout(dropout), output)
    model: CrfTagger = Model(
        "crf_tagger",
        _forward,
        init=_init,
        layers=[chain(vectors, with_array(head))],
        dims={"nO": nO},
        params={"transitions": None},
        refs={"tok2vec": tok2vec, "output": output},
        attrs={"scale": scale},
    )
    return model


def _init(model: CrfTagger, X: list[Doc] | None = None, Y: object = None) -> None:
    n_labels = model.get_dim("nO")
    model.get_ref("output").set_dim("nO", n_tags(n_labels))
    model.layers[0].initialize(X=X)
    model.set_param("transitions", model.ops.alloc2f(n_labels + 2, n_labels + 1))


def _forward(
    model: CrfTagger, docs: list[Doc], is_train: bool
) -> tuple[list[Floats2d], Callable[[list[Floats2d]], list[Doc]]]:
    scale = model.attrs["scale"]
    unscaled, backprop_unscaled = model.layers[0](docs, is_train)

    def backprop(gradients: list[Floats2d]) -> list[Doc]:
        docs: list[Doc] = backprop_unscaled([gradient * scale for gradient in gradients])
        return docs

    return [emissions * scale for emissions in unscaled], backprop


def get_transitions(model: CrfTagger) -> Floats2d:
    """The transition weights (labels + 2, labels + 1) in the scale of the emissions."""
    transitions: Floats2d = model.get_param("transitions") * model.attrs["scale"]
    return transitions


def add_transition_gradient(model: CrfTagger, gradient: Floats2d) -> None:
    """Add the gradient of the loss by the transition weights in the scale of the emissions."""
    model.inc_grad("transitions", gradient * model.attrs["scale"])
