"""A page's wish, read and answered: start, words, and limbs that are taken from other poses."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from autocompose.body.change import Body
from autocompose.errors import ConfigError
from autocompose.studio.lab.starts import LabStart, StartKind, known_body, read_start
from autocompose.studio.server.pictures import Page
from autocompose.studio.server.state import Studio
from autocompose.studio.server.transport import read_flag, read_rows, read_text

if TYPE_CHECKING:
    from autocompose.lab.lm.lab_files import PoseLab
    from autocompose.lab.wishes.edited import EditedPose


@dataclass(frozen=True, eq=False)
class LabWish:
    """What a page asks for.

    Args:
        start: the body that it starts from.
        text: the words, white space made single; empty where only limbs are exchanged.
        limbs: limb -> id of the picture that it is taken from.
        bodies: limb -> (22, 3) metres, the body in that picture.
        keep: limbs that the words leave alone stay as they are.
        polish: limbs are turned until the claims of the words are true.
    """

    start: LabStart
    text: str
    limbs: Mapping[str, str]
    bodies: Mapping[str, NDArray[np.float64]]
    keep: bool
    polish: bool


@dataclass(frozen=True, eq=False)
class Drawn:
    """The body that a wish was answered with, and the seconds that it took."""

    edited: EditedPose
    drawing: float
    turning: float


def read_wish(studio: Studio, payload: Page, *, worded: bool = True) -> LabWish:
    """The wish that a page names.

    Args:
        studio: the loaded studio.
        payload: ``start`` as in `read_start`, ``text``, ``limbs`` of ``{limb, image}``, ``free``
            and ``raw``.
        worded: it asks for something, in words or by limbs.

    Raises:
        TextError: the text is empty, and no limb is exchanged, or it is very long.
        ConfigError: there is no such limb, or one is named twice.
        AutoComPoseError: what `read_start` raises.
    """
    from autocompose.lab.wishes.edited import checked_wish

    text = " ".join(read_text(payload, "text").split())
    limbs = _read_limbs(payload)
    if text or (worded and not limbs):
        checked_wish(text)
    return LabWish(
        read_start(studio, payload),
        text,
        limbs,
        {limb: known_body(studio, image).joints for limb, image in limbs.items()},
        keep=not read_flag(payload, "free"),
        polish=not read_flag(payload, "raw"),
    )


def _read_limbs(payload: Page) -> dict[str, str]:
    from autocompose.lab.bodies.recombine import LIMB_BONES

    found: dict[str, str] = {}
    for row in read_rows(payload, "limbs"):
        if not isinstance(row, dict):
            raise ConfigError('field "limbs" holds something else than limbs; reload the page')
        limb = read_text(row, "limb")
        if limb not in LIMB_BONES or limb in found:
            allowed = ", ".join(LIMB_BONES)
            raise ConfigError(
                f'"{limb[:40]}" is no limb, or named twice; use each of {allowed} once'
            )
        found[limb] = read_text(row, "image")
    return found


def drawn(lab: PoseLab, wish: LabWish, *, ranking: bool = False) -> Drawn:
    """Answer a wish.

    Args:
        lab: the model.
        wish: what is asked for.
        ranking: only what pictures are ranked by is of interest: claims need not be made true.
    """
    from autocompose.lab.wishes.asking import wished_poses
    from autocompose.lab.wishes.edited import finished
    from autocompose.lab.wishes.exchanged import unchanged_pose, with_limbs_from
    from autocompose.lab.wishes.polish import PolishRules

    body: Body = wish.start.body
    standing = wish.start.kind is StartKind.STANDING
    began = time.perf_counter()
    if not wish.text:
        edited = unchanged_pose(lab, body)
        edited = with_limbs_from(edited, body, wish.bodies)
        return Drawn(edited, time.perf_counter() - began, 0.0)
    # From nothing, a description is a whole pose: no limb is there to be kept.
    wished = wished_poses(lab, [wish.text], None if standing else body.joints[None])
    keep = wish.keep and not standing
    rules = PolishRules() if wish.polish and not ranking else None
    between = time.perf_counter()
    edited = finished(wished, body, wish.text, keep=keep, polish=rules)
    edited = with_limbs_from(edited, body, wish.bodies)
    return Drawn(edited, between - began, time.perf_counter() - between)
