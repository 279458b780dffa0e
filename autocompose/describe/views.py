"""The four views of a pair: pictures and joints exchanged and flipped, and texts to match.

`autocompose.language.sides.mirror` flips a text exactly or refuses it. Reversing a text is not
possible by rules; a reversed view gets its text from the exchanged pair.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from autocompose.body.change import Body
from autocompose.body.overlay import mirror_pixels
from autocompose.body.skeleton import JOINTS
from autocompose.errors import AmbiguousSideError
from autocompose.language.sides.mirror import mirror_text
from autocompose.schema import (
    PartDescription,
    PoseImage,
    PosePair,
    TransitionDescription,
    View,
)

__all__ = [
    "MIRROR_VERSION",
    "DerivedDescription",
    "MirroredTexts",
    "Refusal",
    "compose_views",
    "derive_mirror",
    "mirror_image",
    "mirror_text",
    "mirror_texts",
    "swap_pair",
    "view_pair",
]

MIRROR_VERSION = "mirror-2"
"""Changes whenever the same text may be flipped to another."""

_NO_JOINTS = np.full((len(JOINTS), 3), np.nan)


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
    joints = _NO_JOINTS if image.joints is None else np.array(image.joints, dtype=np.float64)
    seen = None if image.visibility is None else np.array(image.visibility, dtype=np.float64)
    body = Body(joints, image.floor_y, image.heading, frozenset(image.built), seen).mirrored()
    pixels = image.pixels
    if pixels is not None:
        pixels = None if width is None else mirror_pixels(pixels, width)
    # + 0.0 turns the -0.0 of a joint on the midline, or of a heading, into 0.0.
    points = tuple((float(x) + 0.0, float(y), float(z)) for x, y, z in body.joints)
    return replace(
        image,
        joints=None if image.joints is None else points,
        pixels=pixels,
        floor_y=body.floor,
        heading=None if body.heading is None else body.heading + 0.0,
        built=tuple(sorted(body.built)),
        visibility=None if body.visibility is None else tuple(body.visibility.tolist()),
    )


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
