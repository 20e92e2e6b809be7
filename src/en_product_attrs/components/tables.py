"""Saving and loading of components whose state is tables of the knowledge base."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

from spacy import util
from spacy.language import Language
from spacy.training import Example

from en_product_attrs.extensions import publish_schema, register_extensions
from en_product_attrs.schema import AttributeSchema


# srsly's writers round numbers to ten decimals, so that 1/3 and small units would come back as others.
def write_json(path: Path, data: Any) -> None:
    """Write plain values, with all digits."""
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")


def read_json(path: Path) -> Any:
    """The values of a file that `write_json` wrote."""
    return json.loads(path.read_text(encoding="utf-8"))


class Table(Protocol):
    """Something of the knowledge base that becomes plain JSON and back."""

    def to_dict(self) -> dict[str, Any]: ...

    @classmethod
    def from_dict(cls, data: Any) -> Self: ...


class TablePipe:
    """A component that holds one table under each attribute named in `tables`, None until it is initialized."""

    tables: ClassVar[dict[str, type[Table]]]

    def __init__(self, name: str) -> None:
        register_extensions()
        self.name = name
        self.load_tables({})

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Language | None = None,
        tables: dict[str, Any] | None = None,
    ) -> None:
        """Take the tables, as plain JSON values. Without them, the component does nothing."""
        self.load_tables(tables or {})
        schema = getattr(self, "schema", None)
        if nlp is not None and isinstance(schema, AttributeSchema):
            publish_schema(nlp.vocab, schema)

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        return util.to_bytes({"tables": lambda: json.dumps(self.dump_tables()).encode()}, exclude)

    def from_bytes(self, bytes_data: bytes, *, exclude: Iterable[str] = ()) -> Self:
        util.from_bytes(bytes_data, {"tables": lambda b: self.load_tables(json.loads(b))}, exclude)
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        util.to_disk(util.ensure_path(path), {"tables.json": lambda p: write_json(p, self.dump_tables())}, exclude)

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> Self:
        util.from_disk(util.ensure_path(path), {"tables.json": lambda p: self.load_tables(read_json(p))}, exclude)
        return self

    def dump_tables(self) -> dict[str, Any]:
        """The tables as plain JSON values."""
        return {name: getattr(self, name).to_dict() for name in self.tables if getattr(self, name) is not None}

    def load_tables(self, data: dict[str, Any]) -> None:
        """Take the tables that `data` holds; the others become None. Raises ValueError for a table of another name."""
        unknown = data.keys() - self.tables.keys()
        if unknown:
            raise ValueError(f"Unknown table {min(unknown)!r}. The component takes {', '.join(self.tables)}.")
        for name, cls in self.tables.items():
            setattr(self, name, cls.from_dict(data[name]) if name in data else None)
