"""The dictionary side of the pipeline: patterns of the knowledge base, color names and measures."""

import json
import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Self

import srsly
from spacy import util
from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.pipeline import SpanRuler
from spacy.tokens import Doc, Span, SpanGroup
from spacy.training import Example

from en_product_attrs import colors, units
from en_product_attrs.colors import ColorTable
from en_product_attrs.components.tables import TablePipe, read_json, write_json
from en_product_attrs.schema import AttributeSchema, label_of
from en_product_attrs.units import UnitTable
from en_product_attrs.values import Match, Measure

SPANS_KEY = "rules"
CONFIDENCES = "confidences"  # attribute of the span group: each span's own confidence, NaN where its pattern has none
COLOR_ID, MEASURE_ID, ROLE_ID, MONEY_ID = "colors", "units", "unit roles", "money"
TABLE_IDS = (COLOR_ID, MEASURE_ID, ROLE_ID, MONEY_ID)
# How a measure is rated at least whose text says what it measures (35"H): the NER is worse at that.
_ROLE_CONFIDENCE = 0.9


@Language.factory(
    "product_kb_ruler",
    assigns=["doc.spans"],
    default_config={"phrase_matcher_attr": "LOWER", "validate": False},
)
def create_kb_ruler(nlp: Language, name: str, phrase_matcher_attr: str, validate: bool) -> "KnowledgeRuler":
    return KnowledgeRuler(nlp, name, phrase_matcher_attr=phrase_matcher_attr, validate=validate)


class KnowledgeRuler(TablePipe, SpanRuler):
    """A SpanRuler that also reads colors and measures, and writes all it finds to `doc.spans["rules"]`.

    The id of a span is that of its pattern, or names the table that the span came from.
    """

    tables = {"schema": AttributeSchema, "colors": ColorTable, "units": UnitTable}
    schema: AttributeSchema | None
    colors: ColorTable | None
    units: UnitTable | None

    def __init__(
        self, nlp: Language, name: str = "kb_ruler", *, phrase_matcher_attr: str = "LOWER", validate: bool = False
    ):
        TablePipe.__init__(self, name)
        SpanRuler.__init__(
            self,
            nlp,
            name,
            spans_key=SPANS_KEY,
            phrase_matcher_attr=phrase_matcher_attr,
            validate=validate,
            overwrite=True,
        )

    def initialize(  # type: ignore[override]  # tables come on top of what a SpanRuler takes
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Language | None = None,
        tables: dict[str, Any] | None = None,
        patterns: list[dict[str, Any]] | None = None,
    ) -> None:
        """Take the patterns and the tables. What is not given is not looked for."""
        SpanRuler.initialize(self, get_examples, nlp=nlp, patterns=patterns)
        self.load_tables(tables or {})

    def clear(self) -> None:
        """Forget all patterns."""
        super().clear()
        self._confidences: dict[tuple[str, str], float] = {}
        self.exact_matcher = PhraseMatcher(self.nlp.vocab, attr="ORTH")

    def add_patterns(self, patterns: list[dict[str, Any]]) -> None:
        """Add patterns in the EntityRuler's format. Texts match in any case, lists of tokens as they say.

        A pattern may have a `confidence` (0 to 1), by which its spans are rated at least.
        Lists that give each token in full go to a PhraseMatcher: the Matcher tries each of its patterns at every token.
        """
        for pattern in patterns:
            if "confidence" in pattern:
                self._confidences[pattern["label"], pattern.get("id", "")] = float(pattern["confidence"])
        exact = [pattern for pattern in patterns if _is_exact(pattern)]
        super().add_patterns([pattern for pattern in patterns if not _is_exact(pattern)])
        for pattern in exact:
            label, span_id = pattern["label"], pattern.get("id", "")
            key = repr((label, span_id))
            self._match_label_id_map[self.nlp.vocab.strings.as_int(key)] = {"label": label, "id": span_id}
            self.exact_matcher.add(key, [Doc(self.nlp.vocab, words=[token["ORTH"] for token in pattern["pattern"]])])
        self._patterns.extend(exact)

    def remove(self, label: str) -> None:
        """Remove the patterns of a label."""
        super().remove(label)
        self._remove_exact("label", label)

    def remove_by_id(self, pattern_id: str) -> None:
        """Remove the patterns with an id."""
        super().remove_by_id(pattern_id)
        self._remove_exact("id", pattern_id)

    def _remove_exact(self, field: str, value: str) -> None:
        for key, names in self._match_label_id_map.items():
            if names[field] == value and self.nlp.vocab.strings[key] in self.exact_matcher:
                self.exact_matcher.remove(self.nlp.vocab.strings[key])

    def match(self, doc: Doc) -> list[Span]:
        """The spans of all sources, sorted; they may overlap."""
        spans = list(super().match(doc)) if len(self) else []
        for key, start, end in self.exact_matcher(doc):
            names = self._match_label_id_map[key]
            spans.append(Span(doc, start, end, label=names["label"], span_id=names["id"]))
        if self.colors is not None:
            spans += _as_spans(doc, colors.parse(doc.text, table=self.colors), lambda match: ("color", COLOR_ID))
        if self.units is not None and self.schema is not None:
            spans += _as_spans(doc, units.parse(doc.text, table=self.units), self._attribute_of_measure)
            spans += _as_spans(doc, units.parse_money(doc.text, table=self.units), lambda match: ("price", MONEY_ID))
        return sorted(set(spans))

    def set_annotations(self, doc: Doc, matches: list[Span]) -> None:
        """Write the spans, and the confidences that their patterns have."""
        confidences = [
            _ROLE_CONFIDENCE if span.id_ == ROLE_ID else self._confidences.get((span.label_, span.id_), math.nan)
            for span in matches
        ]
        doc.spans[SPANS_KEY] = SpanGroup(doc, name=SPANS_KEY, spans=matches, attrs={CONFIDENCES: confidences})

    def _attribute_of_measure(self, match: Match[Measure]) -> tuple[str | None, str]:
        """The attribute that the text or the dimension of a measure names, if there is one, and which of the two."""
        if self.schema is None:
            return None, MEASURE_ID
        if match.value.role is not None and match.value.role in self.schema:
            return match.value.role, ROLE_ID
        return self.schema.claimed_by(match.value.dimension), MEASURE_ID

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        parts = {
            "patterns": lambda: srsly.json_dumps(self.patterns),
            "tables": lambda: json.dumps(self.dump_tables()).encode(),
        }
        return util.to_bytes(parts, exclude)

    def from_bytes(self, bytes_data: bytes, *, exclude: Iterable[str] = ()) -> Self:
        self.clear()
        parts = {
            "patterns": lambda b: self.add_patterns(srsly.json_loads(b)),
            "tables": lambda b: self.load_tables(json.loads(b)),
        }
        util.from_bytes(bytes_data, parts, exclude)
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        parts = {
            "patterns.jsonl": lambda p: srsly.write_jsonl(p, self.patterns),
            "tables.json": lambda p: write_json(p, self.dump_tables()),
        }
        util.to_disk(util.ensure_path(path), parts, exclude)

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> Self:
        self.clear()
        parts = {
            "patterns.jsonl": lambda p: self.add_patterns(list(srsly.read_jsonl(p))),
            "tables.json": lambda p: self.load_tables(read_json(p)),
        }
        util.from_disk(util.ensure_path(path), parts, exclude)
        return self


def _is_exact(pattern: dict[str, Any]) -> bool:
    tokens = pattern["pattern"]
    return isinstance(tokens, list) and bool(tokens) and all(token.keys() == {"ORTH"} for token in tokens)


def _as_spans(
    doc: Doc, matches: Iterable[Match[Any]], attribute_of: Callable[[Match[Any]], tuple[str | None, str]]
) -> list[Span]:
    """The matches that have an attribute and hold whole tokens, with the id that stands beside the attribute."""
    spans = []
    for match in matches:
        attribute, span_id = attribute_of(match)
        if attribute is None:
            continue
        span = doc.char_span(match.start_char, match.end_char, label=label_of(attribute), span_id=span_id)
        if span is not None:
            spans.append(span)
    return spans
