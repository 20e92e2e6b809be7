"""Product text as words and the gaps between them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+|&(?:amp;)?")
# A capital after a lower-case letter begins a word, since listings lose spaces (`BlackALTERNATE`).
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")

_PHRASE_GAP = re.compile(r"[ \t\xa0]{1,3}|-|‑|\.[ ]?|")
_LOOSE_GAP = re.compile(r"[\s.+\-–—‑]{0,3}")
_NEXT_GAP = re.compile(r"[ \t\xa0]{1,3}|-|‑")
_BOUNDARY = re.compile(r"[,;:/|()\[\]{}+\n\r\t•·]|\s[-–—]+\s|[-–—]\s|\s[-–—]|–|—")


@dataclass(slots=True)
class Words:
    """The words of a text in normal form, with their places. `gaps[i]` stands before word `i`, the last at the end."""

    text: str
    words: list[str]
    starts: list[int]
    ends: list[int]
    gaps: list[str]

    def surface(self, i: int) -> str:
        """Word `i` as written."""
        return self.text[self.starts[i] : self.ends[i]]

    def gap(self, i: int) -> str:
        """What stands between word `i` and the next; the head of the text for -1."""
        return self.gaps[i + 1]

    def joined(self, i: int) -> bool:
        """Whether words `i` and `i + 1` may belong to one name."""
        gap = self.gaps[i + 1]
        if gap == " ":
            return True
        if not gap:  # `2tone`, but not `BlackBerry`
            return self.words[i].isdecimal() != self.words[i + 1].isdecimal()
        return _PHRASE_GAP.fullmatch(gap) is not None

    def loosely_joined(self, i: int) -> bool:
        """As `joined`, with the signs that names of brands have as well (`80+ Gold`)."""
        gap = self.gaps[i + 1]
        return gap == " " or _LOOSE_GAP.fullmatch(gap) is not None

    def adjacent(self, i: int) -> bool:
        """Whether words `i` and `i + 1` exist with nothing but a space or hyphen between them."""
        if not 0 <= i < len(self.words) - 1:
            return False
        gap = self.gaps[i + 1]
        return gap == " " or _NEXT_GAP.fullmatch(gap) is not None

    def boundary(self, i: int) -> bool:
        """Whether a segment of a list ends after word `i`."""
        return i < 0 or i >= len(self.words) - 1 or _BOUNDARY.search(self.gaps[i + 1]) is not None


def split_words(text: str, spellings: Mapping[str, str]) -> Words:
    """The words of `text`, lower-case, without apostrophes, in canonical spelling."""
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    gaps: list[str] = []
    previous = 0
    for match in _WORD.finditer(text):
        start, end = match.span()
        word = match[0]
        # Asked in this order because nearly all words pass the first two.
        if not (word.islower() or word[1:].islower() or word.isupper()):
            for cut in _CAMEL.finditer(word):
                place = match.start() + cut.start()
                words.append(_normal(text[start:place], spellings))
                starts.append(start)
                ends.append(place)
                gaps.append(text[previous:start])
                previous = start = place
            word = text[start:end]
        word = word.lower()
        words.append(spellings.get(word, word) if word.isalpha() else _normal(word, spellings))
        starts.append(start)
        ends.append(end)
        gaps.append(text[previous:start])
        previous = end
    gaps.append(text[previous:])
    return Words(text, words, starts, ends, gaps)


def _normal(surface: str, spellings: Mapping[str, str]) -> str:
    word = surface.lower()
    if "'" in word or "’" in word:
        word = word.replace("'", "").replace("’", "")
    elif word[0] == "&":
        word = "and"
    return spellings.get(word, word)
