"""Numbers as people write them: 1,000, 2-1/2, 1½, .5, 1,5 (before a unit), two, half, one and one-half."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from en_product_attrs.units.table import UnitTable

# Longer runs of digits are codes, and no float holds them.
_MOST_DIGITS = 15
_DECIMAL_COMMA = re.compile(r"\d+,\d{1,2}")


class NumberReader:
    """The pattern of a number, and its value. `digits` finds numbers in digits, `digits_or_words` all."""

    def __init__(self, table: "UnitTable") -> None:
        vocabulary = table.content.numbers
        self._denominators = frozenset(vocabulary.denominators)
        self._vulgar = vocabulary.vulgar
        self._words = {**vocabulary.fractions, **vocabulary.tens, **vocabulary.units, **vocabulary.multipliers}
        self._multipliers = vocabulary.multipliers
        vulgar = "|".join(map(re.escape, self._vulgar))
        joined = "|".join(re.escape(word) for word in vocabulary.and_ if word != "and a")
        multiplier = table.one_of(vocabulary.multipliers)
        fraction = table.one_of(vocabulary.fractions)
        signs = "".join(re.escape(sign) for sign in self._vulgar if len(sign) == 1)
        entities = "|".join(re.escape(sign[1:]) for sign in self._vulgar if len(sign) > 1)
        digits = (
            rf"(?<=\d)\d*(?:(?:[ -]| (?:{joined}) )(?:\d{{1,3}}/\d{{1,3}}(?![\d/])|{vulgar})"
            rf"|/\d{{1,3}}(?![\d/])|{vulgar}|(?:,\d{{3}})+(?:\.\d+)?(?!\d)|\.\d+|,\d{{1,2}}(?!\d))?"
            rf"|(?<=\.)\d+|(?<=[{signs}])|(?<=&)(?:{entities})"
        )
        # After "hundred" and the like only where their first letter stands there: most numbers stand alone.
        initials = {word[0] for word in vocabulary.multipliers}
        first = "".join(sorted(initials | {letter.upper() for letter in initials}))
        digits = rf"(?:{digits})(?:[ -](?=[{first}])(?i:{multiplier})(?![A-Za-z]))?"
        tens = rf"(?:{table.one_of(vocabulary.tens)})(?:[ -](?:{table.one_of(vocabulary.units)}))?"
        small = table.one_of((*vocabulary.units, *vocabulary.fractions))
        word = (
            rf"(?i:(?:{tens}|{small}|{multiplier})(?:[ -](?:{multiplier}))?"
            rf"(?:[ -](?:and|&)[ -](?:a |an )?(?:{fraction}|\d{{1,3}}/\d{{1,3}}))?)(?![A-Za-z])"
        )
        # Both begin with a set of characters, over which `re` runs fastest. Quantifiers never nest, and what begins
        # with a digit always matches, so that no run of digits is read twice.
        self.digits = rf"[\d.&{signs}](?:{digits})"
        self.digits_or_words = rf"(?:{self.digits}|(?<![A-Za-z]){word})"
        self.first_words = frozenset(max(word.split(), key=len) for word in self._words)
        self._mixed = re.compile(
            rf"(?P<whole>\d+)(?:(?:[ -]| (?:{joined}) )(?P<above>\d{{1,3}})/(?P<below>\d{{1,3}})"
            rf"|(?:[ -]| (?:{joined}) )?(?P<vulgar>{vulgar}))"
        )
        self._pieces = re.compile(r"[^\W\d_]+|\d+/\d+")

    def value(self, text: str) -> float | None:
        """The value of what `pattern` matched, or None where it is no number after all (2009/10)."""
        first = text[0]
        if not (first.isdigit() or first in ".&" or first in self._vulgar):
            return self._word_value(text.lower())
        factor = 1.0
        if text[-1].isalpha():
            head, _, last = text.replace("-", " ").rpartition(" ")
            if last.lower() in self._multipliers:
                text, factor = head.strip(), self._multipliers[last.lower()]
        plain = self._digit_value(text)
        return None if plain is None else plain * factor

    def _digit_value(self, text: str) -> float | None:
        if text in self._vulgar:
            return self._vulgar[text]
        if "/" in text or text[-1] in self._vulgar or text[-1] == ";":
            match = self._mixed.fullmatch(text)
            if match is None:
                return self._fraction(*text.split("/")) if "/" in text else None
            part = self._vulgar[match["vulgar"]] if match["vulgar"] else self._fraction(match["above"], match["below"])
            return None if part is None or len(match["whole"]) > _MOST_DIGITS else int(match["whole"]) + part
        if len(text) > _MOST_DIGITS:
            return None
        text = text.replace(",", ".") if _DECIMAL_COMMA.fullmatch(text) else text.replace(",", "")
        return float(text)

    def _fraction(self, above: str, below: str) -> float | None:
        if len(above) > 3:
            return None
        over, under = int(above), int(below)
        # In lowest terms, or it is a choice: 4/6.
        return over / under if under in self._denominators and 0 < over < under and (over % 2 or under % 2) else None

    def _word_value(self, text: str) -> float | None:
        text = " ".join(text.replace("-", " ").split())
        if text in self._words:
            return self._words[text]
        whole, _, part = text.replace(" & ", " and ").partition(" and ")
        total = 0.0
        for word in whole.split():
            if word not in self._words:
                return None
            total = total * self._words[word] if word in self._multipliers and total else total + self._words[word]
        if not part:
            return total
        part = part.removeprefix("an ").removeprefix("a ")
        extra = self._fraction(*part.split("/")) if "/" in part else self._words.get(part)
        return None if extra is None else total + extra
