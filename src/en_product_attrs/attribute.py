"""What the pipeline finds: one attribute with its place in the text, its source and its confidence."""

from dataclasses import asdict, dataclass, field, is_dataclass
from typing import Any, Literal

Source = Literal["ner", "rules", "ner+rules"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why an attribute was given: what each source said of it, and what was done with its text.

    ner_probability: marginal probability of the span in the NER, None where the NER did not find it.
    rule_id: entry of the knowledge base whose pattern matched, None where none did.
    alias: surface in the knowledge base that the value was matched to, with `alias_score` (0 to 1).
    steps: conversions in the order in which they were applied.
    """

    ner_probability: float | None = None
    rule_id: str | None = None
    alias: str | None = None
    alias_score: float | None = None
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attribute:
    """One value of one attribute: `doc.text[start_char:end_char] == text`.

    name: id in the attribute schema.
    value: canonical; a `str`, `Measure`, `Color` or `Money`.
    plain: the value as plain JSON, a measure in the canonical unit of its attribute; `doc._.product` holds these.
    rule_id: entry of the knowledge base that the value is, or None.
    confidence: estimated probability, 0 to 1, that text and name are right.
    """

    name: str
    value: Any
    text: str
    start_char: int
    end_char: int
    source: Source
    rule_id: str | None = None
    confidence: float = 1.0
    plain: Any = None
    evidence: Evidence = field(default_factory=Evidence)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "name": self.name,
            "value": self.plain,
            "text": self.text,
            "start_char": self.start_char,
            "end_char": self.end_char,
            "source": self.source,
            "rule_id": self.rule_id,
            "confidence": round(self.confidence, 4),
        }

    def explain(self) -> dict[str, Any]:
        """`to_dict()` with the evidence and the parsed value."""
        value = asdict(self.value) if is_dataclass(self.value) and not isinstance(self.value, type) else self.value
        return {**self.to_dict(), "parsed": value, "evidence": asdict(self.evidence)}


def product_of(attributes: tuple[Attribute, ...]) -> dict[str, list[Any]]:
    """The plain values of each attribute, in the order of the text, each once."""
    product: dict[str, list[Any]] = {}
    for attribute in attributes:
        values = product.setdefault(attribute.name, [])
        if attribute.plain not in values:
            values.append(attribute.plain)
    return product
