"""Several people across a wide picture: looked at as a whole, and in squares side by side.

The landmarker finds people in a small square copy of a picture. In a wide one, such as a row of
people, each becomes too small for it: of four people side by side it finds one. Squares as high as
the picture show each of them large.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from PIL import Image

from autocompose.body.sources.found_person import Estimate
from autocompose.errors import EstimationError

WIDE = 1.25
"""Width over height from which a picture is looked at in squares, too."""
_STEP = 0.5
"""How far one square is from the next, in heights."""
MOST_SQUARES = 12
"""Squares at most; in longer strips they stand farther apart."""
_SAME = 0.25
"""Mean distance of the joints, in body sizes, up to which two estimates are of one person."""
_CUT = 3
"""Joints beyond the edge of a square from which somebody is cut off and not counted there."""


class FindsPeople(Protocol):
    """`autocompose.body.sources.photo.PoseEstimator`, or a fake of it."""

    def people(self, image: Image.Image, *, turns: bool = True) -> tuple[Estimate, ...]:
        """The bodies in a picture; see there."""
        ...


def people_across(estimator: FindsPeople, image: Image.Image) -> tuple[Estimate, ...]:
    """Everybody in a picture, from left to right as the picture shows them.

    Args:
        estimator: finds the bodies in one square.
        image: upright as people see it.

    Raises:
        EstimationError: nobody can be used.
    """
    width, height = image.size
    found: list[Estimate] = []
    problem: EstimationError | None = None
    try:
        found += estimator.people(image)
    except EstimationError as error:
        problem = error
    for left in squares(width, height):
        square = image.crop((left, 0, left + height, height))
        try:
            people = estimator.people(square, turns=False)
        except EstimationError:
            continue
        found += [_moved(one, left) for one in people if not _is_cut(one, left, image.size)]
    if not found:
        raise problem or EstimationError("no person found in the picture")
    kept = left_to_right(_each_once(found))
    return tuple(replace(one, people=len(kept)) for one in kept)


def squares(width: int, height: int) -> tuple[int, ...]:
    """Left edges of the squares in which a picture is looked at; none where it is not wide.

    >>> squares(200, 200), squares(200, 100)
    ((), (0, 50, 100))
    """
    if width <= WIDE * height:
        return ()
    steps = min(MOST_SQUARES - 1, int(np.ceil((width - height) / (_STEP * height))))
    return tuple(round(float(edge)) for edge in np.linspace(0, width - height, steps + 1))


def left_to_right(people: Sequence[Estimate]) -> list[Estimate]:
    """People by where they are in the picture; its left is where the viewer's left is."""
    return sorted(people, key=lambda one: float(one.pixels[:, 0].mean()))


def _moved(one: Estimate, left: int) -> Estimate:
    return replace(one, pixels=one.pixels + np.array([left, 0]))


def _is_cut(one: Estimate, left: int, size: tuple[int, int]) -> bool:
    """Whether somebody reaches beyond a square whose edge is not the picture's own."""
    width, height = size
    x = one.pixels[:, 0]
    beyond = ((x < 0) & (left > 0)) | ((x > height) & (left + height < width))
    return int(beyond.sum()) >= _CUT


def _each_once(found: Sequence[Estimate]) -> list[Estimate]:
    """The clearest estimate of each person."""
    kept: list[Estimate] = []
    for one in sorted(found, key=lambda each: -float(each.visibility.mean())):
        if all(_apart(one, other) > _SAME for other in kept):
            kept.append(one)
    return kept


def _apart(one: Estimate, other: Estimate) -> float:
    size = max(float(np.linalg.norm(np.ptp(each.pixels, axis=0))) for each in (one, other))
    return float(np.linalg.norm(one.pixels - other.pixels, axis=1).mean()) / max(size, 1e-6)
