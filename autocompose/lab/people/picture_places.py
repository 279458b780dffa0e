"""Words that say where somebody is in a picture: "the one on the left", "second from the right".

Here left and right are those of the picture, as people say it of a group; of a part of the body, or
of the side that somebody lies or leans on, they stay the subject's and are left to the reader.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_PEOPLE = (
    r"(?:one|person|man|woman|boy|girl|guy|lady|gentleman|figure|body|player|dancer|child|kid"
    r"|athlete|someone|somebody)"
)
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5}
_OF_PICTURE = r"(?:picture|photo|photograph|image|group|row|line|others)"
_PARTS = "(?:leg|foot|knee|arm|hand|hip|elbow|shoulder|heel|toe|side|thigh|shin|ankle)"
_SIDE = re.compile(
    rf"(?:(?P<who>\b{_PEOPLE} (?:who is |that is |who's )?)|\b)"
    r"(?P<words>(?:on|at|to) the (?:far |very )?(?P<side>left|right)(?:[ -]hand)?"
    rf"(?: side| end| edge)?(?P<of> (?:of|in) the {_OF_PICTURE})?)"
    rf"(?! (?:\w+ )?{_PARTS}s?\b)",
    re.IGNORECASE,
)
_MOST = re.compile(r"\b(?P<side>left|right)-?most\b", re.IGNORECASE)
_FROM = re.compile(
    rf"\b(?P<nth>{'|'.join(_ORDINALS)})(?: {_PEOPLE})? from the (?P<side>left|right)\b",
    re.IGNORECASE,
)
_MIDDLE = re.compile(
    rf"\b(?:(?:{_PEOPLE} (?:who is |that is )?)in the (?:middle|centre|center)|middle {_PEOPLE})\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\b(?:number|person|no\.) (?P<number>[1-9])\b", re.IGNORECASE)


@dataclass(frozen=True)
class PicturePlace:
    """Where in a picture somebody is said to be.

    Args:
        words: as they stand in the text.
        rows: of the people it can be, counted from 0 at the left edge; empty where there is no
            such place among so few.
        rest: the text without those words, as long as before.
    """

    words: str
    rows: tuple[int, ...]
    rest: str


def picture_place(text: str, count: int) -> PicturePlace | None:
    """The place in a picture that a text names; None where it names none.

    Args:
        text: what somebody is told by.
        count: of the people in the picture.

    >>> picture_place("the one on the left with the arms crossed", 3).rows
    (0,)
    >>> picture_place("the one who stands on the left leg", 3) is None
    True
    """
    found = _FROM.search(text)
    if found:
        at = _ORDINALS[found["nth"].lower()] - 1
        row = at if found["side"].lower() == "left" else count - 1 - at
        return _place(text, found.span(), [row], count=count)
    found = _MOST.search(text)
    if found:
        return _place(text, found.span(), [_end(found["side"], count)], count=count)
    for found in _SIDE.finditer(text):
        if found["who"] or found["of"]:
            return _place(text, found.span("words"), [_end(found["side"], count)], count=count)
    found = _MIDDLE.search(text)
    if found:
        inner = range(1, count - 1) if count != 3 else [1]
        return _place(text, found.span(), list(inner), count=count)
    found = _NUMBER.search(text)
    if found:
        return _place(text, found.span(), [int(found["number"]) - 1], count=count)
    return None


def _end(side: str, count: int) -> int:
    return 0 if side.lower() == "left" else count - 1


def _place(text: str, span: tuple[int, int], rows: list[int], *, count: int) -> PicturePlace:
    start, end = span
    rest = text[:start] + " " * (end - start) + text[end:]
    return PicturePlace(text[start:end], tuple(row for row in rows if 0 <= row < count), rest)
