"""Change a pose by a text: predicted, limbs that it leaves alone kept, its claims made true."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autocompose.body.change import Body
from autocompose.body.directions import BoneVectors
from autocompose.body.skeleton import INDEX, canonical
from autocompose.errors import TextError
from autocompose.lab.bodies.plausible import plausible_bodies
from autocompose.lab.bodies.recombine import LIMB_BONES, exchanged_limb
from autocompose.lab.bodies.standing import standing_body
from autocompose.lab.lm.lab_files import PoseLab
from autocompose.lab.wishes.asking import WishedPoses, wished_poses
from autocompose.lab.wishes.polish import PolishRules, polished
from autocompose.language.reader.claims import ClaimReport
from autocompose.language.reader.read import read_claims
from autocompose.verify.judge import PairJudge
from autocompose.verify.unasked import regions_of

Floats = NDArray[np.float64]

MAX_TEXT = 2000
"""Letters of a wish."""
_REGION_OF = {"trunk": "torso"}


@dataclass(frozen=True, eq=False)
class EditedPose:
    """The body that a text asks for.

    Args:
        joints: (22, 3) canonical, metres; bones are as long as the reference's.
        spread: (21,) radians, how far each bone may be off in the model's eyes.
        report: the text's claims, judged on reference and answer.
        kept: limbs that are the reference's, because the text does not speak of them.
        polished: limbs that were turned to make claims true.
        plausible: whether a body could stand like that.
        wished: the model's own answer, before limbs were kept and claims made true.
    """

    joints: Floats
    spread: Floats
    report: ClaimReport
    kept: tuple[str, ...]
    polished: tuple[str, ...]
    plausible: bool
    wished: WishedPoses


def edited_pose(
    lab: PoseLab,
    reference: Body,
    text: str,
    *,
    keep: bool = True,
    polish: PolishRules | None = PolishRules(),  # noqa: B008 (frozen)
) -> EditedPose:
    """Change a pose.

    Args:
        lab: the model.
        reference: where the change starts.
        text: what is wished.
        keep: limbs that the text does not speak of are the reference's.
        polish: how claims are made true; None leaves them as they are.

    Raises:
        TextError: the text is empty or very long.
    """
    checked_wish(text)
    wished = wished_poses(lab, [text], reference.joints[None])
    return finished(wished, reference, text, keep=keep, polish=polish)


def generated_pose(
    lab: PoseLab,
    text: str,
    *,
    polish: PolishRules | None = PolishRules(),  # noqa: B008 (frozen)
) -> EditedPose:
    """Make a pose from a description alone; its claims are judged as a change from standing.

    Args:
        lab: the model.
        text: the description.
        polish: how claims are made true; None leaves them as they are.

    Raises:
        TextError: the text is empty or very long.
    """
    checked_wish(text)
    wished = wished_poses(lab, [text])
    return finished(wished, Body(standing_body()), text, keep=False, polish=polish)


def checked_wish(text: str) -> None:
    """Refuse what is no wish.

    Raises:
        TextError: the text is empty or very long.
    """
    if not text.strip():
        raise TextError("the text is empty; say what should change")
    if len(text) > MAX_TEXT:
        raise TextError(f"the text has {len(text)} letters; at most {MAX_TEXT}")


def finished(
    wished: WishedPoses, reference: Body, text: str, *, keep: bool, polish: PolishRules | None
) -> EditedPose:
    """Limbs kept, claims made true, and everything judged, for one answer of the model.

    Args:
        wished: of one text.
        reference: where the change starts.
        text: what was wished.
        keep: see `edited_pose`.
        polish: see `edited_pose`.
    """
    claims = read_claims(text)
    lengths = BoneVectors.of(reference.joints).lengths
    joints = wished.joints(lengths)[0]
    kept: tuple[str, ...] = ()
    if keep and claims:
        joints, kept = with_limbs_kept(joints, canonical(reference.joints), text)
    turned: tuple[str, ...] = ()
    if polish is not None:
        better = polished(claims, reference, BoneVectors.of(joints), rules=polish)
        joints, turned = better.joints, better.turned
        kept = tuple(limb for limb in kept if limb not in turned)
    return EditedPose(
        joints,
        np.exp(wished.log_spread[0]),
        PairJudge(reference, Body(joints)).check(text),
        kept,
        turned,
        bool(plausible_bodies(joints[None])[0]),
        wished,
    )


def with_limbs_kept(joints: Floats, reference: Floats, text: str) -> tuple[Floats, tuple[str, ...]]:
    """A predicted body with the reference's limbs wherever the text does not speak of them.

    Args:
        joints: (22, 3) canonical, predicted.
        reference: (22, 3) canonical.
        text: whose claims say what is spoken of. With none of trunk and legs spoken of, the body
            stands as it stood; otherwise a limb hangs from the new body as it hung from the old.

    Returns:
        The body, canonical, and the limbs that are the reference's.
    """
    named = regions_of(read_claims(text))
    free = tuple(limb for limb in LIMB_BONES if _REGION_OF.get(limb, limb) not in named)
    if not named:
        return joints, ()
    body = joints
    legs = {"left leg", "right leg"}
    if {"trunk", *legs} <= set(free):
        body = reference.copy()
        for limb in ("left arm", "right arm"):
            if limb not in free:
                body = exchanged_limb(body, joints, limb)
        if "head" in named:
            body = _with_head(body, joints)
        return canonical(body), free
    kept = tuple(limb for limb in free if limb != "trunk")
    for limb in kept:
        body = exchanged_limb(body, reference, limb)
    return canonical(body), kept


def _with_head(body: Floats, other: Floats) -> Floats:
    """A body with the head of another, turned as that one is."""
    moved = body.copy()
    neck = INDEX["neck"]
    for name in ("head", "nose"):
        moved[INDEX[name]] = body[neck] + other[INDEX[name]] - other[neck]
    return moved
