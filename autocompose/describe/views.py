"""The four views of a pair: pictures and joints exchanged and flipped, and text with sides flipped.

A text is flipped exactly or not at all: `mirror_text` is its own inverse, and refuses a text in
which some "left" or "right" may mean something else. Reversing a text is not possible by rules;
a reversed view gets its text from the exchanged pair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from autocompose.body.overlay import mirror_pixels
from autocompose.body.skeleton import mirror, mirror_names
from autocompose.errors import AmbiguousSideError
from autocompose.language.sides.side_reader import Reading, read_sides
from autocompose.language.sides.turns import Edit, overlap, turn_edits
from autocompose.schema import (
    PartDescription,
    PoseImage,
    PosePair,
    TransitionDescription,
    View,
)

MIRROR_VERSION = "mirror-1"
"""Changes whenever the same text may be flipped to another."""

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
        if side.reading is Reading.UNCLEAR:
            raise AmbiguousSideError(side.reason, side.span)
        if side.reading is Reading.SIDE:
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
    other = "right" if word.lower() == "left" else "left"
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


def swap_pair(pair: PosePair) -> PosePair:
    """Exchange reference and target. The texts stay behind: they tell of the other direction.

    ``image_set`` holds the target, so the swapped pair keeps it only where it holds both images.
    """
    both = pair.reference.id in pair.image_set
    return replace(
        pair,
        reference=pair.target,
        target=pair.reference,
        image_set=pair.image_set if both else (),
        texts={},
    )


def mirror_image(image: PoseImage, width: int | None = None) -> PoseImage:
    """What is known of an image's body once the image is flipped left to right. An involution.

    The file named by ``path`` is not flipped: who shows or encodes it flips the pixels.

    Args:
        image: its joints and pixels may be missing.
        width: of the picture in pixels; without it the flipped ``pixels`` are unknown.
    """
    joints, pixels = image.joints, image.pixels
    if joints is not None:
        flipped = mirror(np.array(joints, dtype=np.float64))
        # + 0.0 turns the -0.0 of a joint on the midline into 0.0.
        joints = tuple((float(x) + 0.0, float(y), float(z)) for x, y, z in flipped)
    if pixels is not None:
        pixels = None if width is None else mirror_pixels(pixels, width)
    # A body that faces to its left faces to its right in the flipped picture.
    heading = None if image.heading is None else 0.0 - image.heading
    built = tuple(sorted(mirror_names(image.built)))
    return replace(image, joints=joints, pixels=pixels, heading=heading, built=built)


def view_pair(pair: PosePair, view: View, *, widths: tuple[int, int] | None = None) -> PosePair:
    """A pair as one view shows it. Applying the same view twice gives the pair back, but its texts.

    Args:
        pair: the forward view.
        view: swaps the images, mirrors both, or both.
        widths: of reference and target in pixels; without them mirrored ``pixels`` are unknown.
    """
    if view is View.FORWARD:
        return pair
    if view.mirrors:
        before, after = widths or (None, None)
        pair = replace(
            pair,
            reference=mirror_image(pair.reference, before),
            target=mirror_image(pair.target, after),
            texts={},
        )
    return swap_pair(pair) if view.swaps else pair


def compose_views(first: View, second: View) -> View:
    """The view of a view: two swaps, or two mirrors, undo each other."""
    swaps, mirrors = first.swaps != second.swaps, first.mirrors != second.mirrors
    return next(view for view in View if (view.swaps, view.mirrors) == (swaps, mirrors))


@dataclass(frozen=True)
class Refusal:
    """A text that was not flipped, and why."""

    text: str
    reason: str
    span: tuple[int, int]


@dataclass(frozen=True)
class MirroredTexts:
    """The flipped texts, and those that were refused."""

    texts: tuple[str, ...]
    refusals: tuple[Refusal, ...]


def mirror_texts(texts: Iterable[str]) -> MirroredTexts:
    """Flip each text that can be flipped, in order."""
    done, refused = [], []
    for text in texts:
        try:
            done.append(mirror_text(text))
        except AmbiguousSideError as error:
            refused.append(Refusal(text, error.reason, error.span))
    return MirroredTexts(tuple(done), tuple(refused))


@dataclass(frozen=True)
class DerivedDescription:
    """A description derived from another by flipping its texts, and the texts that were refused."""

    description: TransitionDescription
    refusals: tuple[Refusal, ...]


def derive_mirror(description: TransitionDescription) -> DerivedDescription:
    """Derive the mirrored view's description (paper, Stage III, without asking a model again).

    Part sentences move to the part on the other side. What is refused is left out and listed. The
    derived text costs nothing, which its provenance says; the model's own words stay unflipped in
    ``raw_response``.

    Raises:
        AmbiguousSideError: no phrasing can be flipped; with the first one's reason.
    """
    phrasings = mirror_texts(description.phrasings)
    if description.phrasings and not phrasings.texts:
        first = phrasings.refusals[0]
        raise AmbiguousSideError(first.reason, first.span)
    parts, refused = [], list(phrasings.refusals)
    for part in description.parts:
        flipped = mirror_texts([part.text])
        refused += flipped.refusals
        parts += [PartDescription(part.part.mirrored, text) for text in flipped.texts]
    was = description.provenance
    provenance = replace(
        was,
        prompt_version=f"{was.prompt_version}+{MIRROR_VERSION}",
        input_tokens=0,
        output_tokens=0,
        seconds=0.0,
    )
    derived = replace(
        description,
        view=compose_views(description.view, View.MIRROR),
        parts=tuple(parts),
        phrasings=phrasings.texts,
        provenance=provenance,
    )
    return DerivedDescription(derived, tuple(refused))
