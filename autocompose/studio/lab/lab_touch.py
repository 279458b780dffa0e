"""Touches: regions of a body that words or a visitor bring together, or that stay apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from autocompose.body.skeleton import canonical
from autocompose.errors import TextError
from autocompose.studio.lab.lab_bench import bench_of
from autocompose.studio.lab.lab_views import SpaceBody, space_body
from autocompose.studio.lab.lab_wish import drawn, read_wish
from autocompose.studio.lab.starts import read_start
from autocompose.studio.server.pictures import Page
from autocompose.studio.server.state import Studio
from autocompose.studio.server.transport import Handler, read_rows, read_text

if TYPE_CHECKING:
    from autocompose.lab.contacts.refined import FoundTouch
    from autocompose.lab.contacts.touches import Touch

Floats = NDArray[np.float64]
Place = tuple[float, float, float]

MOST_TOUCHES = 8
"""Touches of one question; each makes the search longer."""

NO_TOUCH = (
    'nothing is said to touch: choose two parts, or write it, as in "put both hands on the hips"'
)


@dataclass(frozen=True)
class TouchLine:
    """Two points of two regions that are to touch, on one body; metres as in `SpaceBody`."""

    start: Place
    end: Place


@dataclass(frozen=True)
class TouchRow:
    """One touch.

    Args:
        says: the two regions, in words.
        met: it holds now; else it is refused.
        before: centimetres between the surfaces; 0 where they overlap.
        after: the same on the new body, or how near it could be brought.
        lines_before: one for each pair of regions that is meant.
        lines_after: the same on the new body.
    """

    says: str
    met: bool
    before: float
    after: float
    lines_before: tuple[TouchLine, ...]
    lines_after: tuple[TouchLine, ...]


@dataclass(frozen=True)
class TouchAnswer:
    """A body turned until regions touch.

    Args:
        before: the body that was asked.
        after: the body with the touches that could be met.
        touches: those that are met first.
        refusal: one sentence on those that are not; empty where all are.
        not_used: places in the words that are no region of a body.
        plausible: whether somebody could stand like that.
    """

    before: SpaceBody
    after: SpaceBody
    touches: tuple[TouchRow, ...]
    refusal: str
    not_used: tuple[str, ...]
    plausible: bool


@dataclass(frozen=True)
class RegionList:
    """Names of the regions that can touch, those of a limb with their side."""

    regions: tuple[str, ...]


def lab_regions(studio: Studio, payload: Page) -> RegionList:
    """The regions that a visitor can choose two of."""
    from autocompose.lab.contacts.regions import MIDLINE, PAIRED, SIDES

    del studio, payload
    return RegionList((*(f"{side} {kind}" for kind in PAIRED for side in SIDES), *MIDLINE))


def lab_touch(studio: Studio, payload: Page) -> TouchAnswer:
    """Bring regions of a body together: of the body that is wished for, or of the start.

    Args:
        studio: the loaded studio.
        payload: as `read_wish` reads it, where words and limbs may both be missing; ``touches``,
            each two regions with a colon between.

    Raises:
        TextError: nothing is said to touch, or too much.
        UnknownBodyPartError: a region is outside the closed list.
        AutoComPoseError: what `lab_wish` raises.
    """
    from autocompose.lab.contacts.refined import AskedBody, refined_body
    from autocompose.lab.contacts.touch_words import touches_in
    from autocompose.lab.contacts.touches import unique

    said = touches_in(read_text(payload, "text"))
    wanted = unique([*_read_touches(payload), *said.touches])
    if not wanted:
        raise TextError(NO_TOUCH)
    if len(wanted) > MOST_TOUCHES:
        raise TextError(f"{len(wanted)} touches are too many at once; at most {MOST_TOUCHES}")
    joints = canonical(_asked(studio, payload))
    with studio.slot():
        found = refined_body(AskedBody(joints, wanted))
    after = canonical(found.joints)
    lab = bench_of(studio).lab() if bench_of(studio).is_there() else None
    rows = [(one, True) for one in found.met] + [(one, False) for one in found.refused]
    return TouchAnswer(
        before=space_body(joints, lab),
        after=space_body(after, lab),
        touches=tuple(_row(one, joints, after, met=met) for one, met in rows),
        refusal=refusal(found.refused),
        not_used=said.not_used,
        plausible=found.plausible,
    )


def _read_touches(payload: Page) -> list[Touch]:
    from autocompose.lab.contacts.touches import Touch

    rows = read_rows(payload, "touches")
    return [Touch.parse(read_text({"touch": row}, "touch")) for row in rows]


def _asked(studio: Studio, payload: Page) -> Floats:
    """(22, 3) metres: the body that is wished for; without a wish, the start."""
    if not read_text(payload, "text").strip() and not read_rows(payload, "limbs"):
        return read_start(studio, payload).body.joints
    wish = read_wish(studio, payload)
    lab = bench_of(studio).lab()
    with studio.slot():
        return drawn(lab, wish).edited.joints


def refusal(refused: tuple[FoundTouch, ...]) -> str:
    """What cannot be brought together, in one sentence; empty where there is nothing."""
    if not refused:
        return ""
    listed = ", ".join(f"{one.touch} ({_centimetres(one.after):g} cm)" for one in refused)
    return f"Refused, because it stays open by more than 3 cm or nobody could stand so: {listed}."


def _row(one: FoundTouch, before: Floats, after: Floats, *, met: bool) -> TouchRow:
    return TouchRow(
        says=str(one.touch),
        met=met,
        before=_centimetres(one.before),
        after=_centimetres(one.after),
        lines_before=tuple(_line(before, pair) for pair in one.pairs),
        lines_after=tuple(_line(after, pair) for pair in one.pairs),
    )


def _line(joints: Floats, pair: tuple[str, str]) -> TouchLine:
    from autocompose.lab.contacts.contact_points import contact_points

    (x1, y1, z1), (x2, y2, z2) = np.round(contact_points(joints, pair), 4).tolist()
    return TouchLine((x1, y1, z1), (x2, y2, z2))


def _centimetres(metres: float) -> float:
    return round(max(0.0, 100 * metres), 1)


TOUCH_HANDLERS: tuple[Handler, ...] = (lab_regions, lab_touch)
