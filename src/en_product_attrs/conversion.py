"""Conversion between units. pint computes the factors, once each; it sees expressions of unit tables, never a text."""

from functools import cache
from typing import Any

_FAR = 2.0**30


@cache
def _registry() -> Any:
    # Imported here because pint and its definitions take longer to load than the rest of the library.
    import pint

    return pint.UnitRegistry(autoconvert_offset_to_baseunit=True)


@cache
def linear(expression: str, target: str) -> tuple[float, float]:
    """The `factor` and `offset` with which `value * factor + offset` is in `target` what `value` is in `expression`.

    Raises ValueError where pint does not know one of the two, or they are not of one dimension.
    """
    import pint

    registry = _registry()
    try:
        source, destination = registry.Unit(expression), registry.Unit(target)
        zero = float(registry.Quantity(0.0, source).to(destination).magnitude)
        # Far from zero, so that taking the offset away costs no digits.
        factor = (float(registry.Quantity(_FAR, source).to(destination).magnitude) - zero) / _FAR
    except (pint.PintError, AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"pint cannot convert {expression!r} to {target!r}: {error}") from error
    # pint multiplies factors up from base units; the 16th digit is noise of that.
    return float(f"{factor:.15g}"), float(f"{zero:.15g}")
