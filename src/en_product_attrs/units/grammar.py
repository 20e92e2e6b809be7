"""From numbers and units to quantities: ranges, lists, dimensions, multipacks, compounds."""

from collections.abc import Iterator

from en_product_attrs.units import standalone
from en_product_attrs.units.table import Hint, UnitTable
from en_product_attrs.units.ties import COUNT, Lexicon, Part, Quantity, Ties
from en_product_attrs.units.tokens import Tokenizer

# The most numbers that share one unit.
_MOST_SHARING = 8
# Above this, what stands before a fraction that lost its stroke is an item number.
_LARGEST_WHOLE = 200


class Grammar:
    """Reads the quantities of texts, with the vocabulary of one table."""

    def __init__(self, table: UnitTable) -> None:
        self.lexicon = Lexicon(table)
        self._tokenizer = Tokenizer(table, self.lexicon.numbers)

    def quantities(self, text: str, hint: Hint | None) -> list[Quantity]:
        """The quantities in the order of the text."""
        numbers = self._tokenizer.tokens(text, hint)
        if not numbers.spans:
            return []
        reading = _Reading(self.lexicon, numbers)
        found: list[Quantity] = []
        index = 0
        for position in sorted(numbers.measured):
            if position >= index:
                quantities, index = reading.read(position)
                found += quantities
        found += standalone.named(reading)
        found += standalone.packs(reading, any_noun=hint is not None and COUNT in hint.dimensions)
        if not found and hint is not None:
            found += standalone.bare(reading, hint)
        return sorted(found)


class _Reading(Ties):
    """One text being read."""

    def read(self, position: int) -> tuple[list[Quantity], int]:
        """The quantities around the unit of the number at `position`, and the index of the next number to look at."""
        if self.is_label(position) or "tolerance" in self.tied(position - 1, measured=True):
            return [], position + 1
        part = self._with_stripped_point(self._with_stripped_fraction(self._compound(position)))
        parts = self._factors(part)
        if len(parts) > 1:
            found, last = list(self._product(parts)), parts[-1].last
        else:
            found, last = self._single(part)
        self.used.update(range(parts[0].first, last + 1))
        return [quantity for quantity in found if quantity.unit], last + 1

    def _single(self, part: Part) -> tuple[list[Quantity], int]:
        """A part that is no factor: a range, a list, or one value; with the number of pieces before it."""
        before = part.first - 1
        tie = self.tied(before)
        value = self.value(before) if tie and before not in self.used else None
        if value is not None and not self.in_word(self.numbers.spans[before][0]):
            start = self.numbers.spans[before][0]
            if "tolerance" in tie:
                return [self._quantity(part)._replace(start=start, low=value, high=value)], part.last
            if "piece" in tie and self._counts_pieces(before, part):
                self.used.add(before)
                return [self._count(before, value), self._quantity(part)], part.last
            sign = self.sign_of(start, part.dimension)
            if self._is_range(before, tie, part) and sign * value < part.value:
                self.used.add(before)
                start = start if sign > 0 else start - 1
                return [self._quantity(part)._replace(start=start, low=sign * value, relation="range")], part.last
            if "list" in tie:
                return [*self._list(part), self._quantity(part)], part.last
        after = self._next_of_range(part)
        if after is not None:
            whole = self._quantity(part)._replace(stop=after.stop, high=after.value, relation="range")
            return [whole], after.last
        return [self._quantity(part)], part.last

    def _compound(self, position: int) -> Part:
        """The number at `position` with its unit, and the smaller units that follow it: 6 ft 9 in."""
        token = self.numbers.measured[position]
        if token.reading is None or token.value is None:
            raise LookupError(f"the number at {token.start} has no unit")  # `measured` holds those that have one
        sign = self.sign_of(token.start, token.reading.dimension)
        value = token.value * sign
        start = token.start if sign > 0 else token.start - 1
        part = Part(position, position, start, token.stop, value, token.reading.unit, token.reading.dimension)
        while part.value.is_integer() and "sum" in self.tied(part.last, measured=True):
            longer = self._with_next(part)
            if longer is None:
                break
            part = longer
        return part

    def _with_next(self, part: Part) -> Part | None:
        """A part and the smaller unit after it as one, or None where the two are no compound."""
        following = self.numbers.measured[part.last + 1]
        if following.reading is None or following.value is None:
            return None
        word = self._spelling_of(part.last + 1)
        for system in self.lexicon.systems.get(part.unit or "", ()):
            rank = next(index for index, sub in enumerate(system) if sub.unit == part.unit)
            ratio = 1.0
            for sub in system[rank + 1 :]:
                ratio *= sub.ratio
                if sub.unit == following.reading.unit or word in sub.spellings:
                    if following.value >= ratio:
                        return None  # 4 ft 48 in: the same thing twice
                    total = part.value * ratio + following.value
                    return part._replace(last=part.last + 1, stop=following.stop, value=total, unit=sub.unit)
        return None

    def _factors(self, part: Part) -> list[Part]:
        """The part with all that is tied to it by `x`."""
        parts = [part]
        index = part.first - 1
        while len(parts) < _MOST_SHARING and index not in self.used and "times" in self.tied(index):
            bare = self.unitless(index)
            if bare is None:
                break
            parts.insert(0, bare)
            index -= 1
        last = part.last
        while (
            len(parts) < 2 * _MOST_SHARING
            and last + 1 < len(self.numbers.spans)
            and "times" in self.tied(last, either=True)
        ):
            following = last + 1
            measured = following in self.numbers.measured and not self.is_label(following)
            next_part = self._compound(following) if measured else self.unitless(following)
            if next_part is None:
                break
            parts.append(next_part)
            last = next_part.last
        return parts

    def _product(self, parts: list[Part]) -> Iterator[Quantity]:
        """The values of a chain of factors: the extents of a thing, or a number of pieces and what one holds."""
        extents: list[Part] = []
        for index, part in enumerate(parts):
            owner = next((other for other in parts[index:] if other.unit is not None), None)
            if part.unit is None and owner is None:
                # 330 ml x 6
                previous = parts[index - 1]
                if previous.dimension in self.lexicon.table.content.pieces_of and part.value.is_integer():
                    yield Quantity(part.start, part.stop, part.value, part.value, COUNT, COUNT)
            elif owner is not None and part.unit is None and owner.dimension in self.lexicon.table.content.pieces_of:
                if part.value.is_integer() and not self._is_magnified(part):
                    yield Quantity(part.start, part.stop, part.value, part.value, COUNT, COUNT)
            elif owner is not None and self._shares(part, owner):
                extents.append(part._replace(unit=owner.unit, dimension=owner.dimension))
        several = len(extents) > 1
        for part in extents:
            extent = several and part.dimension in ("length", "image_resolution")
            yield self._quantity(part)._replace(relation="dimensions" if extent else "single")

    def _shares(self, part: Part, owner: Part) -> bool:
        """Whether a factor without unit is in that of `owner`."""
        content = self.lexicon.table.content
        if part.unit is not None:
            return True
        if owner.dimension not in content.extents:
            return False
        if owner.dimension == "length" and self._is_magnified(part):
            return False
        rolls = content.roll_goods
        if owner.unit not in rolls.units or owner.value <= part.value * rolls.near_ratio:
            return True
        return owner.value <= part.value * rolls.ratio and not self.numbers.surroundings.near([rolls.near], part.start)

    def _is_magnified(self, part: Part) -> bool:
        return self.numbers.surroundings.near([self.lexicon.table.content.magnified], part.start)

    def _list(self, part: Part) -> Iterator[Quantity]:
        """The numbers before a part that share its unit: 1.2/1.4/1.8 m. In the order of the text."""
        found: list[Quantity] = []
        index = part.first - 1
        while index >= 0 and len(found) < _MOST_SHARING and self.tied(index) & {"list", "comma"}:
            value = self.value(index)
            start, end = self.numbers.spans[index]
            if value is None or index in self.used or self.in_word(start):
                break
            self.used.add(index)
            found.append(self._quantity(part)._replace(start=start, stop=end, low=value, high=value))
            index -= 1
        return reversed(found)

    def _is_range(self, before: int, tie: frozenset[str], part: Part) -> bool:
        if "range" in tie:
            return True
        start = self.numbers.spans[before][0]
        stripped = self.lexicon.table.content.stripped_ranges
        if self.between(before) == " " and part.unit in stripped.units and part.value.is_integer():
            whole = self.text[slice(*self.numbers.spans[before])].isdecimal()
            return whole and self.numbers.surroundings.near([stripped.near], start)
        return "between" in tie and self.text[max(0, start - 8) : start].lower().strip().endswith("between")

    def _next_of_range(self, part: Part) -> Part | None:
        """The second half of `8 oz - 10 oz`."""
        if part.dimension == COUNT or "range" not in self.tied(part.last, measured=True):
            return None
        following = self._compound(part.last + 1)
        spelled = [self._spelling_of(position).split()[1:] for position in (part.last, part.last + 1)]
        if spelled[0] and spelled[1] and spelled[0] != spelled[1]:
            return None  # 12 volt DC to 110 volt AC
        return following if following.unit == part.unit and following.value > part.value else None

    def _spelling_of(self, position: int) -> str:
        """The unit as it is written."""
        token = self.numbers.measured[position]
        return self.text[token.end : token.stop].strip(" -").lower()

    def _with_stripped_fraction(self, part: Part) -> Part:
        """A part with the numbers before it, where they are a fraction that lost its stroke: 1 1 4 Inch."""
        content = self.lexicon.table.content.stripped_fractions
        above_index, whole_index = part.first - 1, part.first - 2
        if part.unit not in content.units or part.value not in content.denominators or above_index < 0:
            return part
        above = (
            None
            if above_index in self.numbers.measured or self.between(above_index) != " "
            else self.value(above_index)
        )
        if above is None or above % 2 == 0 or above >= part.value or self.in_word(self.numbers.spans[above_index][0]):
            return part
        first, value = above_index, above / part.value
        if whole_index >= 0 and whole_index not in self.numbers.measured and self.between(whole_index) in (" ", "-"):
            whole = self.value(whole_index)
            glued = self.in_word(self.numbers.spans[whole_index][0])
            if whole is not None and whole.is_integer() and whole < _LARGEST_WHOLE and not glued:
                first, value = whole_index, whole + value
        return part._replace(first=first, start=self.numbers.spans[first][0], value=value)

    def _with_stripped_point(self, part: Part) -> Part:
        """A part with the zero before it, where a point between them is lost: 0 85m."""
        before = part.first - 1
        if before < 0 or before in self.numbers.measured or self.between(before) != " ":
            return part
        (start, end), (first, last) = self.numbers.spans[before], self.numbers.spans[part.first]
        digits = self.text[first:last]
        if self.text[start:end] != "0" or self.in_word(start) or not digits.isdecimal() or len(digits) > 2:
            return part
        return part._replace(first=before, start=start, value=float(f"0.{digits}"))

    def _counts_pieces(self, before: int, part: Part) -> bool:
        """Whether the number before a part says how many: 2 14 ounce cans; but 8-10 oz bags is a range."""
        value = self.value(before)
        if (
            value is None
            or not value.is_integer()
            or self.lexicon.phrases.piece_noun.match(self.text, part.stop) is None
        ):
            return False
        return self.between(before) != "-" or value >= part.value

    def _count(self, index: int, value: float) -> Quantity:
        return Quantity(*self.numbers.spans[index], value, value, COUNT, COUNT)

    def _quantity(self, part: Part) -> Quantity:
        return Quantity(part.start, part.stop, part.value, part.value, part.unit or "", part.dimension)
