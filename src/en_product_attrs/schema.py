"""The attribute schema, rules/attributes.yml: every attribute once, and all that labels and exports derive from it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from en_product_attrs.datafiles import load_yaml

Kind = Literal["name", "category", "color", "material", "measure", "count", "money", "size", "code", "text"]
_REMEDY = "The head of rules/attributes.yml lists the keys and kinds that exist."


class AttributeType(BaseModel):
    """One entry of the schema."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    description: str = Field(min_length=1)
    many: bool = False
    dimension: tuple[str, ...] = ()
    unit: str | None = None
    claims: tuple[str, ...] = ()
    schema_org: str | None = None
    merchant: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_dimension_or_several(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("dimension"), str):
            return {**data, "dimension": (data["dimension"],)}
        return data

    @model_validator(mode="after")
    def _measures_have_dimensions(self) -> "AttributeType":
        if (self.kind == "measure") != bool(self.dimension):
            raise ValueError("`dimension` belongs to kind measure, and to it alone")
        return self


class AttributeSchema:
    """The attributes by id, in the order of the file."""

    def __init__(self, types: Mapping[str, AttributeType]) -> None:
        self._types = dict(types)
        self._claims = {dimension: name for name, type_ in self._types.items() for dimension in type_.claims}

    @classmethod
    def from_yaml(cls, path: Path) -> "AttributeSchema":
        """Read and validate a file. Raises DataFileError."""
        return cls(load_yaml(path, dict[str, AttributeType], _REMEDY))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "AttributeSchema":
        return cls({name: AttributeType.model_validate(entry) for name, entry in data.items()})

    def to_dict(self) -> dict[str, Any]:
        return {name: type_.model_dump(mode="json") for name, type_ in self._types.items()}

    def __contains__(self, name: object) -> bool:
        return name in self._types

    def __iter__(self) -> Iterator[str]:
        return iter(self._types)

    def __len__(self) -> int:
        return len(self._types)

    def __getitem__(self, name: str) -> AttributeType:
        return self._types[name]

    def claimed_by(self, dimension: str) -> str | None:
        """The attribute that a measure of this dimension is where nothing else says what it measures."""
        return self._claims.get(dimension)

    def of_kind(self, *kinds: Kind) -> frozenset[str]:
        """The ids of all attributes of these kinds."""
        return frozenset(name for name, type_ in self._types.items() if type_.kind in kinds)


def label_of(attribute: str) -> str:
    """The NER's label for an attribute id."""
    return attribute.upper()


def attribute_of(label: str) -> str:
    """The attribute id of an NER label."""
    return label.lower()
