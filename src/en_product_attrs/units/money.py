"""Prices: $3.99, €1.299,00, 2 for £5, 99 cents."""

import re
from functools import lru_cache

from en_product_attrs.units.table import UnitTable, default_table
from en_product_attrs.values import Match, Money

_AMOUNT = r"\d{1,3}(?:[.,' ]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d{1,2}(?!\d))?|\.\d{2}(?!\d)"
_MOST_DIGITS = 15


class _MoneyReader:
    def __init__(self, table: UnitTable) -> None:
        self._before: dict[str, tuple[str | None, float]] = {}
        self._after: dict[str, tuple[str | None, float]] = {}
        for currency in table.content.currencies:
            for word in currency.before:
                self._before[word.lower()] = currency.code, currency.scale
            for word in currency.after:
                self._after[word.lower()] = currency.code, currency.scale
        before, after = _either(self._before), _either(self._after)
        self._pattern = re.compile(
            rf"(?<![A-Za-z])(?P<before>{before}) ?(?P<first>{_AMOUNT})"
            rf"|(?<![\d.,])(?P<second>{_AMOUNT}) ?(?P<after>{after})(?![A-Za-z])",
            re.IGNORECASE,
        )

    def read(self, text: str) -> tuple[Match[Money], ...]:
        found: list[Match[Money]] = []
        for match in self._pattern.finditer(text):
            if match["before"]:
                amount, (code, scale) = match["first"], self._before[match["before"].lower()]
            else:
                amount, (code, scale) = match["second"], self._after[match["after"].lower()]
            if len(amount) <= _MOST_DIGITS:
                value = round(_amount(amount) * scale, 4)
                found.append(Match(match.start(), match.end(), match[0], Money(value, code)))
        return tuple(found)


def parse_money(text: str, *, table: UnitTable | None = None) -> tuple[Match[Money], ...]:
    """The amounts of money in a text, in its order. Of a unit price (`$3.99/lb`) the amount. Never raises."""
    return _reader(table or default_table()).read(text)


@lru_cache(maxsize=8)
def _reader(table: UnitTable) -> _MoneyReader:
    return _MoneyReader(table)


def _either(words: dict[str, tuple[str | None, float]]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _amount(text: str) -> float:
    """Point or comma: three digits after it are thousands, fewer are cents."""
    whole, cents = text, ""
    if len(text) > 2 and text[-3] in ".,":
        whole, cents = text[:-3], text[-2:]
    elif len(text) > 1 and text[-2] in ".,":
        whole, cents = text[:-2], text[-1:]
    whole = re.sub(r"[.,' ]", "", whole)
    return float(f"{whole or '0'}.{cents or '0'}")
