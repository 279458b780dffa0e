"""Limbs that somebody takes from another pose, on the body that a wish asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from autocompose.body.change import Body
from autocompose.body.directions import BoneVectors, on_standard_body
from autocompose.body.skeleton import canonical
from autocompose.errors import ConfigError
from autocompose.lab.bodies.plausible import plausible_bodies
from autocompose.lab.bodies.recombine import LIMB_BONES, exchanged_limb
from autocompose.lab.lm.lab_files import PoseLab
from autocompose.lab.wishes.asking import WishedPoses
from autocompose.lab.wishes.edited import EditedPose
from autocompose.language.reader.claims import ClaimReport
from autocompose.verify.judge import PairJudge

Floats = NDArray[np.float64]

SET_SPREAD = 0.25
"""Radians that a bone may be off which somebody has set: about 14 degrees, chosen by hand."""


def unchanged_pose(lab: PoseLab, reference: Body) -> EditedPose:
    """A body as it is, as the answer to no wish at all: what limbs are exchanged on.

    Args:
        lab: whose tokenizer tells the codes.
        reference: the body.
    """
    joints = canonical(reference.joints)
    standard = on_standard_body(joints)[None]
    ways = BoneVectors.of(standard).directions
    spread = np.full(ways.shape[:2], np.log(SET_SPREAD))
    return EditedPose(
        joints,
        np.exp(spread[0]),
        ClaimReport("", ()),
        tuple(LIMB_BONES),
        (),
        bool(plausible_bodies(joints[None])[0]),
        WishedPoses(ways, spread, lab.codes.encode(standard)),
    )


def with_limbs_from(edited: EditedPose, reference: Body, limbs: Mapping[str, Floats]) -> EditedPose:
    """A body with limbs of other poses; its text is judged again.

    The body that pictures are ranked by gets them, too: a limb that somebody has set is as sure as
    `SET_SPREAD`, whatever the text leaves open.

    Args:
        edited: the answer to a wish, or `unchanged_pose`.
        reference: where the change started.
        limbs: a key of `LIMB_BONES` -> (22, 3) metres, the body that it comes from. The trunk is
            exchanged first, as the arms hang from it.

    Raises:
        ConfigError: there is no such limb.
    """
    unknown = [limb for limb in limbs if limb not in LIMB_BONES]
    if unknown:
        raise ConfigError(f'"{unknown[0][:40]}" is no limb; use one of {", ".join(LIMB_BONES)}')
    if not limbs:
        return edited
    joints, ways = edited.joints, edited.wished.joints()[0]
    spread, wide = edited.spread.copy(), edited.wished.log_spread.copy()
    for limb in (limb for limb in LIMB_BONES if limb in limbs):
        joints = exchanged_limb(joints, limbs[limb], limb)
        ways = exchanged_limb(ways, limbs[limb], limb)
        rows = list(LIMB_BONES[limb])
        spread[rows], wide[:, rows] = SET_SPREAD, np.log(SET_SPREAD)
    directions = BoneVectors.of(ways[None]).directions
    return replace(
        edited,
        joints=joints,
        spread=spread,
        report=PairJudge(reference, Body(joints)).check(edited.report.text),
        kept=tuple(limb for limb in edited.kept if limb not in limbs),
        polished=tuple(limb for limb in edited.polished if limb not in limbs),
        plausible=bool(plausible_bodies(joints[None])[0]),
        wished=replace(edited.wished, directions=directions, log_spread=wide),
    )
