"""Materials with their shares: `60% Cotton 40% Polyester`."""

import re
from collections.abc import Iterator

from en_product_attrs.values import Match

_SHARE = re.compile(r"(?P<percent>\d{1,3}(?:[.,]\d{1,2})?)\s{0,3}%\s{0,3}")
_EDGES = " \t\n,;/&+|-–()"


def split_composition(text: str) -> Iterator[tuple[Match[str], float | None]]:
    """The materials named in a text, each with its share (0 to 1) where one stands before it."""
    shares = list(_SHARE.finditer(text))
    starts = [0, *(share.end() for share in shares)]
    ends = [*(share.start() for share in shares), len(text)]
    for share, start, end in zip([None, *shares], starts, ends, strict=True):
        name = text[start:end].strip(_EDGES)
        if not name:
            continue
        begin = text.index(name, start)
        fraction = float(share["percent"].replace(",", ".")) / 100 if share else None
        first = share.start() if share else begin
        yield Match(first, begin + len(name), text[first : begin + len(name)], name), fraction
