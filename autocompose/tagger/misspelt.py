"""Misspelt words -> the one word of a closed vocabulary that they are a slip away from.

A slip is two letters exchanged, one left out or one too many. A letter replaced by another is none:
that turns too many right words into others. Words that are right as they stand and look like a slip
are in `autocompose.tagger.lookalikes`.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from string import ascii_lowercase

from autocompose.tagger.lookalikes import LOOKALIKES

SHORTEST = 4
"""Letters of the shorter of two words, from which one may be a slip of the other."""


def meant(word: str, vocabulary: Set[str]) -> str:
    """The word of a vocabulary that is meant by another; the word itself where none or several are.

    Exchanged letters count before a letter left out, and that before one too many.

    Args:
        word: in lower case.
        vocabulary: words in lower case.

    >>> meant("shoudler", {"shoulder", "shoulders"})
    'shoulder'
    """
    known = word in vocabulary or word in LOOKALIKES
    if known or len(word) < SHORTEST or not (word.isascii() and word.isalpha()):
        return word
    if word[:1] in "un" and {f"u{word}", f"un{word[1:]}"} & vocabulary:
        return word  # "ncross" may be "cross" or its opposite
    for spellings in _slips(word):
        found = {s for s in spellings if len(s) >= SHORTEST and s != word and s in vocabulary}
        if found:
            return found.pop() if len(found) == 1 else word
    return word


def _slips(word: str) -> Iterator[set[str]]:
    """The words that one may have meant, likeliest slip first."""
    cuts = [(word[:k], word[k:]) for k in range(len(word) + 1)]
    yield {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
    yield {a + letter + b for a, b in cuts for letter in ascii_lowercase}
    yield {a + b[1:] for a, b in cuts if b}
