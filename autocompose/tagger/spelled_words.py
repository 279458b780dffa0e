"""Text -> words as the tagger knows them: side-neutral, with the pieces that spell them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

PIECES = 4096
"""Buckets that pieces of words are hashed into."""
_MOST_PIECES = 14
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+|[°.,;:!?()/=~&%-]|\n|\s{2,}")
GAP = "<gap>"
"""Stands for a line break or a run of spaces, with which people end sentences in forms."""
NUMBER = "<num>"
_OTHER_SIDE = {
    "left": "right", "left's": "right's", "leftward": "rightward", "leftwards": "rightwards",
}  # fmt: skip
_OTHER_SIDE |= {right: left for left, right in _OTHER_SIDE.items()}


@dataclass(frozen=True, slots=True)
class Word:
    """One word or mark; ``[start, end)`` in characters of the text."""

    text: str
    start: int
    end: int


def split_words(text: str) -> list[Word]:
    """Words, numbers and marks of a text in their order, in lower case."""
    return list(_split(text))


@lru_cache(maxsize=8)
def _split(text: str) -> tuple[Word, ...]:
    """The same, kept for the few times that one text is read."""
    lowered = text.lower().replace("\u2019", "'")
    if len(lowered) != len(text):  # a letter whose lower case is longer would shift every span
        lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return tuple(
        Word(GAP if m.group().isspace() else m.group(), m.start(), m.end())
        for m in _WORD.finditer(lowered)
    )


def other_side(words: str) -> str:
    """``turn left`` of ``turn right``: left and right exchanged, word by word."""
    return " ".join(_OTHER_SIDE.get(word, word) for word in words.split(" "))


def exchange_sides(text: str) -> str:
    """A text with every left and right exchanged, word by word and in lower case."""
    return _WORD.sub(lambda m: _OTHER_SIDE.get(m.group(), m.group()), text.lower())


def begins_right(words: list[Word]) -> bool:
    """Whether the first side that a text names is the right one."""
    sided = (word.text for word in words if word.text in _OTHER_SIDE)
    return next(sided, "left").startswith("right")


@lru_cache(maxsize=20_000)
def pieces_of(word: str) -> tuple[int, ...]:
    """Hash buckets of a word's pieces of three and four letters, so that spelling may vary."""
    framed = f"<{word}>"
    found = [framed[i : i + n] for n in (3, 4) for i in range(len(framed) - n + 1)] or [framed]
    return tuple(crc32(piece.encode()) % PIECES for piece in found[:_MOST_PIECES])
