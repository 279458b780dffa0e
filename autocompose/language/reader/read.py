"""Free text -> claims: orders of people by rules, descriptions of models by the learnt tagger.

The rules were learnt from how people write corrections and read those better. The tagger was taught
on texts of a multimodal model, which the rules misread, and sees what the rules read. The words of
a text decide which of them reads it (`Tagger.describes`).
"""

from __future__ import annotations

import re
from functools import lru_cache

from autocompose.language.reader.claims import Claim, ClaimKind
from autocompose.language.reader.posture_claims import with_postures
from autocompose.language.reader.rule_reader import read_by_rules
from autocompose.schema import BodyPart
from autocompose.tagger.tag import Hint, Tag, shipped_tagger

_BOUNDARY = re.compile(r"[.,;:!?()\n]|\b(?:and|while|then|whose|with)\b")
_SLIGHT = re.compile(r"\b(?:slight|slightly|a little|a bit|a touch|somewhat|softly|lightly)\b")
_MUCH = re.compile(r"\b(?:much|far|fully|completely|all the way|deep|deeply|sharply|strongly)\b")
_MOST = 0.999
"""The certainty of what the tagger reads stays below that of rules, which is 1."""
_PART = {"gaze": "head"}


def read_claims(text: str, *, about: BodyPart | None = None) -> tuple[Claim, ...]:
    """Read what a text claims about a body.

    Args:
        text: one or more sentences, instructions or descriptions.
        about: the part that the text belongs to: "bend it" and "raise slightly" are about it.

    Returns:
        Claims in the order of the text; empty where it says nothing about a body.
    """
    return _remembered(text, about)


def read_text(text: str, about: BodyPart | None = None) -> tuple[Claim, ...]:
    """Read a text anew; `read_claims` remembers the last ones."""
    tagger = shipped_tagger()
    if not tagger.describes(text):
        read = read_by_rules(text, about=about)
    else:
        lead = f"the {about.label}: " if about is not None else ""
        tags = [tag for tag in tagger.tag(lead + text, _hints) if tag.start >= len(lead)]
        read = tuple({_claim(tag, text, len(lead)) for tag in tags})
    return tuple(sorted(with_postures(text, sorted(read, key=_order)), key=_order))


_remembered = lru_cache(maxsize=4096)(read_text)


def _hints(text: str) -> tuple[Hint, ...]:
    return tuple(Hint(*c.span, c.side, c.part, c.change, c.kind.value) for c in read_by_rules(text))


def _claim(tag: Tag, text: str, shift: int) -> Claim:
    start, end = tag.start - shift, tag.end - shift
    span = _clause(text, start, end)
    said = text[span[0] : span[1]].lower()
    degree = 1 if _SLIGHT.search(said) else 3 if _MUCH.search(said) else None
    part = _PART.get(tag.part, tag.part)
    kind = ClaimKind(tag.kind)
    return Claim(part, tag.side, tag.change, degree, span, kind, min(tag.sure, _MOST))


def _clause(text: str, start: int, end: int) -> tuple[int, int]:
    """The words around a word, up to the nearest marks and joining words."""
    first, last = 0, len(text)
    for mark in _BOUNDARY.finditer(text):
        if mark.end() <= start:
            first = mark.end()
        elif mark.start() >= end:
            last = mark.start()
            break
    first += len(text[first:start]) - len(text[first:start].lstrip())
    return first, end + len(text[end:last].rstrip())


def _order(claim: Claim) -> tuple[tuple[int, int], str, str, str]:
    return claim.span, claim.part, claim.side, str(claim.change)
