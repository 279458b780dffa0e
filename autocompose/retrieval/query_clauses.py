"""A text cut into clauses, so that each can be left out: what it asks for, and the rest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from autocompose.language.reader.claims import Claim, ClaimKind
from autocompose.retrieval.claim_words import read_as

_GLUE = re.compile(
    r"(?:[\s,;.:!–—-]|\b(?:and|then|while|with|also|but|as|well|person|he|she|they|the|a|an|his|her"
    r"|their|your|is|are|now)\b)+",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True)
class QueryClause:
    """One thing, or several in one breath, that a text asks for.

    Args:
        text: the words as they stand.
        span: ``[start, end)`` in characters of the whole text.
        says: what was read in it, in words; empty where only the model reads it.
        claims: of the whole text that stand in it.
        rest: the text without this clause; empty where nothing is left.
    """

    text: str
    span: tuple[int, int]
    says: tuple[str, ...]
    claims: tuple[Claim, ...]
    rest: str


def clauses_of(text: str, claims: Sequence[Claim]) -> tuple[QueryClause, ...]:
    """The clauses of a text in their order; each claim and each unread word is in one at most.

    Claims whose places overlap are said in one breath and stay together. Words between them that
    no rule reads, but that a model may hear, make clauses of their own; joining words do not.

    Args:
        text: of a query.
        claims: read in it, with their places.
    """
    read = [
        claim for claim in claims if claim.change.is_read and claim.kind is not ClaimKind.REMARK
    ]
    spans = _merged(sorted(claim.span for claim in read))
    places = sorted([*spans, *_unread(text, spans)])
    found = []
    for start, end in places:
        own = tuple(claim for claim in read if start <= claim.span[0] < end)
        rest = _without(text, (start, end), places)
        found.append(QueryClause(text[start:end], (start, end), read_as(own), own, rest))
    return tuple(found)


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _unread(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Stretches between clauses with a word in them that is no joining word."""
    edges = [0, *(edge for span in spans for edge in span), len(text)]
    found = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        glue = _GLUE.match(text, start, end)
        start = start if glue is None else glue.end()
        while start < end and _GLUE.fullmatch(text, end - 1, end):
            end -= 1
        trailing = re.search(
            r"\s+(?:and|then|while|with|also|but)$", text[start:end], re.IGNORECASE
        )
        end = end if trailing is None else start + trailing.start()
        if _WORD.search(text, start, end):
            found.append((start, end))
    return found


def _without(text: str, gone: tuple[int, int], places: list[tuple[int, int]]) -> str:
    """The other clauses with the words that joined them; where one goes, its joining word goes."""
    kept = [place for place in places if place != gone]
    if not kept:
        return ""
    pieces = []
    for number, (start, end) in enumerate(kept):
        before = places.index((start, end)) - 1
        if number:
            glue = text[places[before][1] : start] if places[before] != gone else ", "
            pieces.append(glue)
        pieces.append(text[start:end])
    return "".join(pieces)
