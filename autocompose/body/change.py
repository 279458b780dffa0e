"""A pair of bodies, and what one of its four views shows of them.

`BodyChange.seen_as` is the only place that applies a `View` to bodies: it exchanges the two, and
mirrors everything that is known of each (joints, heading, joints that were built).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autocompose.body.skeleton import JOINTS, MIRROR, mirror, mirror_names
from autocompose.errors import DescriptionError
from autocompose.schema import PoseImage, PosePair, View

Floats = NDArray[np.float64]

SEEN = 0.5
"""Visibility below which a joint is guessed rather than seen."""


@dataclass(frozen=True, eq=False)
class Body:
    """What is known of one body.

    Args:
        joints: (22, 3) metres, x to the subject's left, any position and heading.
        floor: height of the floor in the frame of ``joints``, metres; None when unknown.
        heading: where it faces, degrees to the subject's left (`PoseImage.heading`); None when
            unknown.
        built: names of joints that an importer built from their neighbours.
        visibility: (22,) how clearly each joint was seen, 0 to 1; None when all were.
    """

    joints: Floats
    floor: float | None = None
    heading: float | None = None
    built: frozenset[str] = frozenset()
    visibility: Floats | None = None

    @property
    def guessed(self) -> frozenset[str]:
        """Joints that were hidden or outside the picture; texts and verdicts leave them out."""
        if self.visibility is None:
            return frozenset()
        seen = zip(JOINTS, self.visibility, strict=True)
        return frozenset(name for name, value in seen if value < SEEN)

    @classmethod
    def of(cls, body: Body | ArrayLike) -> Body:
        """A body as it is, or one of which only the joints (22, 3) are known."""
        return body if isinstance(body, Body) else cls(np.asarray(body, dtype=np.float64))

    @classmethod
    def of_image(cls, image: PoseImage) -> Body:
        """The body in an image.

        Raises:
            DescriptionError: the image has no joints.
        """
        if image.joints is None:
            raise DescriptionError(
                f'image "{image.id}" has no joints, so nothing is known of its body; import a '
                "skeleton with `autocompose joints` or estimate them with `autocompose estimate`"
            )
        joints = np.array(image.joints, dtype=np.float64)
        seen = None if image.visibility is None else np.array(image.visibility, dtype=np.float64)
        return cls(joints, image.floor_y, image.heading, frozenset(image.built), seen)

    def mirrored(self) -> Body:
        """The body in a picture that is flipped left to right. An involution.

        A body that faces to its left faces to its right in the flipped picture; the floor stays.
        """
        heading = None if self.heading is None else -self.heading
        seen = None if self.visibility is None else self.visibility[MIRROR]
        return Body(mirror(self.joints), self.floor, heading, mirror_names(self.built), seen)


@dataclass(frozen=True, eq=False)
class BodyChange:
    """The body of a reference and that of a target."""

    reference: Body
    target: Body

    @classmethod
    def of_pair(cls, pair: PosePair) -> BodyChange:
        """The bodies of a pair of images, in the forward view.

        Raises:
            DescriptionError: an image has no joints.
        """
        return cls(Body.of_image(pair.reference), Body.of_image(pair.target))

    @classmethod
    def of(cls, reference: Body | ArrayLike, target: Body | ArrayLike) -> BodyChange:
        """Two bodies, or two poses of which only the joints (22, 3) are known."""
        return cls(Body.of(reference), Body.of(target))

    @property
    def built(self) -> frozenset[str]:
        """Joints that were built in either body: no change of them is known."""
        return self.reference.built | self.target.built

    @property
    def guessed(self) -> frozenset[str]:
        """Joints that were not seen in one of the pictures: no change of them is known."""
        return self.reference.guessed | self.target.guessed

    def seen_as(self, view: View) -> BodyChange:
        """The bodies as a view of the pair shows them.

        Each view is its own inverse, and a view of a view is `describe.views.compose_views`.
        """
        reference, target = view.order(self.reference, self.target)
        if view.mirrors:
            return BodyChange(reference.mirrored(), target.mirrored())
        return BodyChange(reference, target)


@dataclass(frozen=True, eq=False)
class Bodies:
    """N bodies as arrays, to be measured at once.

    Args:
        joints: (N, 22, 3) metres.
        floors: (N,) heights of the floor in the frame of ``joints``, metres, NaN where unknown;
            None when all are.
        headings: (N,) degrees, likewise.
        built: names of built joints, N collections; empty when no body has any.
        guessed: names of joints that were not seen, likewise.
    """

    joints: Floats
    floors: Floats | None = None
    headings: Floats | None = None
    built: Sequence[Collection[str]] = field(default=())
    guessed: Sequence[Collection[str]] = field(default=())

    @classmethod
    def of(cls, bodies: Bodies | Floats) -> Bodies:
        """Bodies as they are, or those of which only the joints (N, 22, 3) are known."""
        return bodies if isinstance(bodies, Bodies) else cls(np.asarray(bodies, dtype=np.float64))

    @classmethod
    def stacked(cls, bodies: Sequence[Body]) -> Bodies:
        """The arrays of single bodies, in order."""
        return cls(
            np.array([body.joints for body in bodies]).reshape(len(bodies), len(JOINTS), 3),
            _known([body.floor for body in bodies]),
            _known([body.heading for body in bodies]),
            [body.built for body in bodies],
            [body.guessed for body in bodies],
        )


def _known(values: Sequence[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
