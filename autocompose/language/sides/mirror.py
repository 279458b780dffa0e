"""Left and right exchanged in a text, as a flip of its pictures does.

A text is flipped exactly or not at all: `mirror_text` is its own inverse, and refuses a text in
which some "left" or "right" may mean something else.
"""

from __future__ import annotations

from collections.abc import Callable

from autocompose.errors import AmbiguousSideError
from autocompose.language.sides.side_reader import SideReading, read_sides
from autocompose.language.sides.turns import Edit, turn_edits
from autocompose.language.spans import overlap
from autocompose.language.words import other_side

_CASES: tuple[Callable[[str], str], ...] = (str.lower, str.capitalize, str.upper)


def mirror_text(text: str) -> str:
    """Exchange left and right in a text, as a flip of its pictures does. An involution.

    Case and compounds are kept ("Left-hand side", "RIGHTMOST"), "clockwise" turns round, and what
    is no side stays ("right angle", "right behind", "left over"). A text without a side comes back
    unchanged.

    Args:
        text: English.

    Raises:
        AmbiguousSideError: a word may or may not be a side, here or in the flipped text; with the
            reason and the word's place.

    >>> mirror_text("Bend your left knee to a right angle, right behind the right one.")
    'Bend your right knee to a right angle, right behind the left one.'
    """
    return mirror_span(text, (0, len(text)))


def mirror_span(text: str, span: tuple[int, int]) -> str:
    """Exchange left and right in a part of a text alone, read as the whole says. An involution.

    Args:
        text: English.
        span: start and end in characters; what stands outside stays as it is.

    Raises:
        AmbiguousSideError: a word of the span may or may not be a side, or the span cuts it.

    >>> mirror_span("Raise the left arm, lower the left leg.", (20, 39))
    'Raise the left arm, lower the right leg.'
    """
    edits = _edits(text, span)
    flipped = _apply(text, edits)
    if not edits:
        return text
    places = _places(edits)
    try:
        back = _edits(flipped, (span[0], span[1] + len(flipped) - len(text)))
    except AmbiguousSideError as error:
        source = _source_of(error.span, edits, places) or edits[0][:2]
        reason = f"{_shown(text, source)} cannot be flipped, as the other side {_why(error)}"
        raise AmbiguousSideError(reason, source) from error
    if _apply(flipped, back) != text:
        lost = [
            edit[:2]
            for edit, place in zip(edits, places, strict=True)
            if place not in [(start, end) for start, end, _ in back]
        ]
        source = lost[0] if lost else edits[0][:2]
        reason = f"{_shown(text, source)} cannot be flipped, as it would read otherwise; reword it"
        raise AmbiguousSideError(reason, source)
    return flipped


def _edits(text: str, within: tuple[int, int]) -> list[Edit]:
    """What one pass of the rules changes, in order; not yet checked against the way back."""
    edits = turn_edits(text, within)
    for side in read_sides(text):
        if not overlap(side.span, within):
            continue
        if side.reading is SideReading.UNCLEAR:
            raise AmbiguousSideError(side.reason, side.span)
        if side.reading is SideReading.SIDE:
            edits.append((*side.span, _other(side.word, side.span)))
    for start, end, _ in edits:
        if not within[0] <= start <= end <= within[1]:
            reason = f"{_shown(text, (start, end))} is cut by the selection; select the whole word"
            raise AmbiguousSideError(reason, (start, end))
    return sorted(edits)


def _places(edits: list[Edit]) -> list[tuple[int, int]]:
    """Where the new letters of each edit stand in the edited text."""
    places, shift = [], 0
    for start, end, new in edits:
        places.append((start + shift, start + shift + len(new)))
        shift += len(new) - (end - start)
    return places


def _source_of(
    span: tuple[int, int], edits: list[Edit], places: list[tuple[int, int]]
) -> tuple[int, int] | None:
    for edit, place in zip(edits, places, strict=True):
        if overlap(place, span):
            return edit[:2]
    return None


def _shown(text: str, span: tuple[int, int]) -> str:
    return f'"{text[span[0] : span[1]]}" (characters {span[0]} to {span[1]})'


def _why(error: AmbiguousSideError) -> str:
    """The reason without the word and place that it starts with, which are the flipped text's."""
    return error.reason.split(") ", 1)[-1]


def _other(word: str, span: tuple[int, int]) -> str:
    other = other_side(word.lower())
    for case in _CASES:
        if word == case(word):
            return case(other)
    reason = (
        f'"{word}" (characters {span[0]} to {span[1]}) mixes capital and small letters, which the '
        "other side cannot keep; write it in one case"
    )
    raise AmbiguousSideError(reason, span)


def _apply(text: str, edits: list[Edit]) -> str:
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text
