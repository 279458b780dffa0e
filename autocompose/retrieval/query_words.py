"""Which words of a query were understood, and whether it speaks of a pose at all."""

from __future__ import annotations

import re
from collections.abc import Sequence

from autocompose.language.reader.claims import Claim
from autocompose.language.words import NOUNS
from autocompose.retrieval.vocabulary import KNOWN_WORDS

LEAST_KNOWN = 0.6
"""Share of the words of a query that must be known. Chosen on 1,230 validation texts of the demo,
none of which has less, and on 103 strings that say nothing of a pose."""
LEAST_KNOWN_UNREAD = 0.8
"""The same where nothing was read of a pose: "head of state" names a part of the body too. Chosen
on 4,521 validation texts, of which 2 are refused by it, and on 40 idioms with parts of the body."""
NO_POSE = (
    "These words say nothing about a pose. Say which part should move and where, for example"
    ' "raise the left arm".'
)
NOT_THERE = "Nothing in this gallery does that. The pictures below come nearest."

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_SHORT = 3
"""Shorter words are rarely worth a line."""
_ENDINGS = ("s", "es", "d", "ed", "ing", "'s", "ly", "er")


def not_understood(text: str, claims: Sequence[Claim]) -> tuple[str, ...]:
    """Words that are neither known nor part of anything that was read, each once, in order.

    Args:
        text: of the query.
        claims: read in it.
    """
    found = (
        word.group()
        for word in _WORD.finditer(text)
        if not _is_known(word) and not _is_read(word, claims)
    )
    return tuple(dict.fromkeys(word for word in found if len(word) >= _SHORT))


def says_nothing(text: str, claims: Sequence[Claim]) -> bool:
    """Whether a text is unlikely to be about a pose: other languages, things, no words at all.

    Args:
        text: of the query.
        claims: read in it.
    """
    words = list(_WORD.finditer(text))
    if not words:
        return True
    known = sum(_is_known(word) or _is_read(word, claims) for word in words)
    read = any(claim.change.is_read for claim in claims)
    if known < (LEAST_KNOWN if read else LEAST_KNOWN_UNREAD) * len(words):
        return True
    return not read and not any(word.group().lower() in NOUNS for word in words)


def _is_read(word: re.Match[str], claims: Sequence[Claim]) -> bool:
    spans = (claim.span for claim in claims if claim.change.is_read)
    return word.group().isascii() and any(a <= word.start() < b for a, b in spans)


def _is_known(word: re.Match[str]) -> bool:
    text = word.group().lower().replace("’", "'")
    if text in KNOWN_WORDS or text in NOUNS or text.isdigit():
        return True
    stems = (text.removesuffix(end) for end in _ENDINGS if text.endswith(end))
    return any(
        form in KNOWN_WORDS
        for stem in stems
        if len(stem) >= _SHORT
        for form in (stem, f"{stem}e", stem[:-1] if stem[-1:] == stem[-2:-1] else stem)
    )
