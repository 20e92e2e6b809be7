"""What rules/exports.yml says of the standards."""

from functools import cache

from pydantic import BaseModel, ConfigDict

from en_product_attrs.datafiles import load_yaml
from en_product_attrs.resources import rules_dir
from en_product_attrs.schema import AttributeSchema

# Digits of a GTIN-8, a UPC, an EAN-13 and a GTIN-14.
GTIN_LENGTHS = (8, 12, 13, 14)
_REMEDY = "Compare rules/exports.yml of the project."


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SchemaOrg(_Strict):
    conditions: dict[str, str]


class Merchant(_Strict):
    longest: dict[str, int]
    longest_color: int
    several: dict[str, int]
    conditions: dict[str, str]
    genders: list[str]
    age_groups: list[str]
    size_systems: dict[str, str]
    size_types: dict[str, str]
    pricing_units: dict[str, str]
    weight_units: dict[str, str]
    length_units: dict[str, str]
    weight_default: str
    length_default: str


class Standards(_Strict):
    schema_org: SchemaOrg
    merchant: Merchant


@cache
def standards() -> Standards:
    """The content of the file, read when it is first asked for. Raises DataFileError."""
    return load_yaml(rules_dir() / "exports.yml", Standards, _REMEDY)


@cache
def default_schema() -> AttributeSchema:
    """The attribute schema of the package, for attributes of no pipeline. Raises DataFileError."""
    return AttributeSchema.from_yaml(rules_dir() / "attributes.yml")
