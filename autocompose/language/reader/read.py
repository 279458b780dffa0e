"""Free text -> claims: orders of people by rules, descriptions of models by the learnt tagger.

The rules were learnt from how people write corrections and read those better. The tagger was taught
on texts of a multimodal model, which the rules misread, and sees what the rules read. The words of
a text decide which of them reads it (`Tagger.describes`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from autocompose.language.reader.claims import Claim, ClaimKind
from autocompose.language.reader.posture_claims import with_postures
from autocompose.language.reader.rule_reader import read_by_rules
from autocompose.language.spans import overlap
from autocompose.postures.posture_words import find_postures
from autocompose.schema import BodyPart
from autocompose.tagger.tag import Hint, Tag, shipped_tagger
from autocompose.tagger.wordings import mended, wording_of

_BOUNDARY = re.compile(r"[.,;:!?()\n]|\b(?:and|while|then|whose|with)\b")
_SLIGHT = re.compile(r"\b(?:slight|slightly|a little|a bit|a touch|somewhat|softly|lightly)\b")
_MUCH = re.compile(r"\b(?:much|far|fully|completely|all the way|deep|deeply|sharply|strongly)\b")
_FEW_WORDS, _DOUBTFUL = 6, 0.5
"""In a fragment of so few words the rules are heard too, alone where the tagger only guesses with
certainties below this."""
_CLEAR = 0.8
"""From this certainty on the tagger is heard where the rules read nothing in a few words."""
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
    read: Sequence[Claim]
    if " " not in text.strip() or not shipped_tagger().describes(text):
        read = read_by_rules(text, about=about)
        if not (read or find_postures(text)) and len(text.split()) <= _FEW_WORDS:
            # "Right hand low": the tagger knows more words, but hears some in any text at all.
            described = read_description(text, about=about)
            read = [c for c in described if c.sure >= _CLEAR and c.side in ("left", "right")]
    elif about is None and len(text.split()) <= _FEW_WORDS:
        read = _read_fragment(text)
    else:
        read = read_description(text, about=about)
    return tuple(sorted(with_postures(text, sorted(read, key=_order)), key=_order))


_remembered = lru_cache(maxsize=4096)(read_text)


def _read_fragment(text: str) -> Sequence[Claim]:
    """What the tagger reads in a few words, and the rules in words that say nothing to it."""
    tagged, ruled = read_description(text), read_by_rules(text)
    if all(claim.sure < _DOUBTFUL for claim in tagged):
        return ruled
    heard = [claim.span for claim in tagged]
    silent = [c for c in ruled if not any(overlap(c.span, span) for span in heard)]
    return (*tagged, *(c for c in silent if c.change.is_read))


def read_description(text: str, *, about: BodyPart | None = None) -> tuple[Claim, ...]:
    """What the learnt tagger reads in a text, whatever its wording; without postures.

    Args:
        text: one or more sentences.
        about: the part that the text belongs to.
    """
    lead = f"the {about.label}: " if about is not None else ""
    tags = [tag for tag in shipped_tagger().tag(lead + text, _hints) if tag.start >= len(lead)]
    return tuple({claim for tag in tags for claim in _claims(tag, text, len(lead))})


def _hints(text: str) -> tuple[Hint, ...]:
    return tuple(Hint(*c.span, c.side, c.part, c.change, c.kind.value) for c in read_by_rules(text))


def _claims(tag: Tag, text: str, shift: int) -> list[Claim]:
    """The claim of a tag, as its wording means it; none where that claims nothing."""
    span = _clause(text, tag.start - shift, tag.end - shift)
    said = text[span[0] : span[1]].lower()
    wording = wording_of(tag, text, start=tag.start - shift, clause=span)
    meant = tag if wording is None else mended(tag, wording)
    if meant is None:
        return []
    slight = (wording is not None and wording.means == "slight") or _SLIGHT.search(said)
    degree = 1 if slight else 3 if _MUCH.search(said) else None
    part = _PART.get(meant.part, meant.part)
    sure = min(meant.sure, _MOST)
    return [Claim(part, meant.side, meant.change, degree, span, ClaimKind(meant.kind), sure)]


def _clause(text: str, start: int, end: int) -> tuple[int, int]:
    """The words around a word, up to the nearest marks and joining words."""
    first, last = 0, len(text)
    for mark_start, mark_end in _boundaries(text):
        if mark_end <= start:
            first = mark_end
        elif mark_start >= end:
            last = mark_start
            break
    first += len(text[first:start]) - len(text[first:start].lstrip())
    return first, end + len(text[end:last].rstrip())


@lru_cache(maxsize=8)
def _boundaries(text: str) -> tuple[tuple[int, int], ...]:
    return tuple(mark.span() for mark in _BOUNDARY.finditer(text))


def _order(claim: Claim) -> tuple[tuple[int, int], str, str, str]:
    return claim.span, claim.part, claim.side, str(claim.change)
