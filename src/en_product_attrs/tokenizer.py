"""Tokenization of product text: a token never spans two values.

spaCy's rule tokenizer peels affixes off one at a time, which takes quadratic time on a long run of signs, and needs
an exception for each contraction. Product text wants neither: letters, numbers and signs stand apart, always.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import registry
from spacy.vocab import Vocab

# 500ml, 12x330ml, 5"x7" and Red/White split where values begin and end; 1.5 and 10,000 stay whole. A capital after a
# lower-case letter begins a word, since listings lose spaces (`BlackALTERNATE`).
_PIECE = re.compile(
    r"(?P<space>\s+)"
    r"|\d+(?:[.,]\d+)*"
    r"|(?<=\d)[^\W\d_]{1,4}?(?=[xX]\d)"  # the unit of 60mmx20mm
    r"|[¼-¾⅐-⅞]"
    r"|(?:[^\W\d_¼-¾⅐-⅞](?!(?<=[a-zß-öø-ÿ])[A-ZÀ-ÖØ-Þ]))*[^\W\d_¼-¾⅐-⅞]"
    r"|(?s:.)"
)
_SURROGATES = re.compile("[\ud800-\udfff]")


class ProductTokenizer:
    """Splits text into runs of letters, numbers, and single signs. Linear in the length of the text.

    Texts longer than `max_length` characters are refused with a ValueError; lone surrogates, which no Doc can hold,
    become U+FFFD, so that offsets stay.
    """

    def __init__(self, vocab: Vocab, max_length: int) -> None:
        self.vocab = vocab
        self.max_length = max_length

    def __call__(self, text: str) -> Doc:
        if len(text) > self.max_length:
            raise ValueError(
                f"The text has {len(text):,} characters, more than the {self.max_length:,} that are read at once. "
                "Split it, or raise nlp.tokenizer.max_length."
            )
        words: list[str] = []
        spaces: list[bool] = []
        for match in _PIECE.finditer(_SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)):
            piece = match[0]
            if match.lastgroup == "space":
                # As everywhere in spaCy, one blank belongs to the token before it, more white space is a token.
                if words and piece.startswith(" "):
                    spaces[-1] = True
                    piece = piece[1:]
                if not piece:
                    continue
            words.append(piece)
            spaces.append(False)
        return Doc(self.vocab, words=words, spaces=spaces)

    def pipe(self, texts: Iterable[str], batch_size: int = 1000) -> Iterator[Doc]:
        yield from map(self, texts)

    # The state is in the config; spaCy calls these on every save and load.
    def to_bytes(self, **kwargs: Any) -> bytes:
        return b""

    def from_bytes(self, data: bytes, **kwargs: Any) -> "ProductTokenizer":
        return self

    def to_disk(self, path: Path, **kwargs: Any) -> None:
        pass

    def from_disk(self, path: Path, **kwargs: Any) -> "ProductTokenizer":
        return self


@registry.tokenizers("product_attrs.tokenizer.v1")
def create_product_tokenizer(max_length: int = 200_000) -> Callable[[Language], ProductTokenizer]:
    """For `[nlp.tokenizer]` of a config."""
    return lambda nlp: ProductTokenizer(nlp.vocab, max_length)
