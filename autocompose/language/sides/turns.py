"""Clockwise and counterclockwise, exchanged without losing how the word was spelt.

Two words for one sense cannot both become "clockwise" and come back. Each spelling has its own
partner instead: the hyphen or space is carried over, and "anti" answers to "clockways", unless the
text itself shows that its writer says both "clockwise" and "anticlockwise".
"""

from __future__ import annotations

import re

from autocompose.errors import AmbiguousSideError
from autocompose.language.spans import overlap

_TURN = re.compile(
    r"(?<![^\W_])(?:(?P<against>counter|anti)(?P<gap>[- ]?))?"
    r"(?P<clock>clock)(?P<sep>[- ]?)(?P<way>wise|ways)(?![^\W_])",
    re.IGNORECASE | re.ASCII,
)
_SPLIT = re.compile(r"(?:counter|anti|contra)[^\w.,;:!?]*$", re.IGNORECASE)

Edit = tuple[int, int, str]
"""Start, end and the new letters."""


def turn_edits(text: str, within: tuple[int, int] | None = None) -> list[Edit]:
    """The edits that exchange every turning direction of a text, or those that a span touches.

    Raises:
        AmbiguousSideError: a spelling that has no exact partner.
    """
    found = list(_TURN.finditer(text))
    against = {match["against"].lower() for match in found if match["against"]}
    with_clock = {match["way"].lower() for match in found if not match["against"]}
    # "clockwise ... anticlockwise" in one text: the pair is known, no marked form is needed.
    says_anti = against == {"anti"} and with_clock == {"wise"}
    return [
        _edit(text, match, says_anti=says_anti)
        for match in found
        if within is None or overlap(match.span(), within)
    ]


def _edit(text: str, match: re.Match[str], *, says_anti: bool) -> Edit:
    start, end = match.span()
    if match["against"]:
        if match["sep"] or match["way"].lower() != "wise":
            raise _refusal(match, "is an unusual spelling")
        first = _cased("clock", match["against"], match)
        plain = match["against"].lower() == "counter" or says_anti
        second = _cased("wise" if plain else "ways", match["clock"] + match["way"], match)
        return start, end, first + match["gap"] + second
    if _SPLIT.search(text[max(0, start - 12) : start]):
        raise _refusal(match, "follows a part of its own word")
    anti = says_anti or match["way"].lower() == "ways"
    first = _cased("anti" if anti else "counter", match["clock"], match)
    return start, end, first + match["sep"] + _cased("clockwise", match["way"], match)


def _cased(word: str, like: str, match: re.Match[str]) -> str:
    for pattern in (str.lower, str.upper, str.capitalize):
        if like == pattern(like):
            return pattern(word)
    raise _refusal(match, "mixes capital and small letters")


def _refusal(match: re.Match[str], why: str) -> AmbiguousSideError:
    start, end = match.span()
    reason = (
        f'"{match.group()}" (characters {start} to {end}) {why}; write "clockwise" or '
        '"counterclockwise"'
    )
    return AmbiguousSideError(reason, match.span())
