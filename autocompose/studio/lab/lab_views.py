"""What the Pose lab sends to its page: bodies in space, how sure they are, and what was read."""

from __future__ import annotations

from dataclasses import dataclass
from math import degrees
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from autocompose.body.skeleton import BONES, INDEX, canonical
from autocompose.language.reader.claims import ClaimVerdict, Outcome
from autocompose.retrieval.claim_words import claim_words, read_as
from autocompose.retrieval.query_words import not_understood, says_nothing

if TYPE_CHECKING:
    from autocompose.lab.lm.lab_files import PoseLab
    from autocompose.lab.wishes.edited import EditedPose
    from autocompose.studio.lab.lab_wish import Drawn, LabWish

Floats = NDArray[np.float64]

NOTHING_READ = (
    "Nothing in these words could be checked on a body. The model drew what it made of them; try"
    ' words such as "raise the left arm".'
)


@dataclass(frozen=True)
class LabBone:
    """One bone of the skeleton: rows of its two joints, its limb, and its side.

    Args:
        side: ``L`` or ``R``, the subject's; empty in the middle.
    """

    start: int
    end: int
    limb: str
    side: str


@dataclass(frozen=True)
class SpaceBody:
    """A body that the page turns.

    Args:
        joints: 22 places in metres: x to the subject's left, y up, z to their front.
        codes: of each limb, in the order of the tokenizer's limbs; empty without a model.
    """

    joints: tuple[tuple[float, float, float], ...]
    codes: tuple[LimbCodeView, ...]


@dataclass(frozen=True)
class LimbCodeView:
    """The numbers that the pose tokenizer tells one limb by, coarse to fine."""

    limb: str
    codes: tuple[int, ...]


@dataclass(frozen=True)
class LabClaim:
    """One thing that the words ask for, held against the old body and the new."""

    says: str
    verdict: str
    evidence: str


@dataclass(frozen=True)
class LabAnswer:
    """A body that was asked for.

    Args:
        before: the body that it starts from.
        after: the new one.
        sure: of each bone, degrees that it may be off in the model's eyes.
        made: of each limb, how it came: ``kept``, ``wished``, ``turned`` or ``exchanged``.
        read_as: what the words ask for.
        not_understood: words that were not read.
        claims: each with its verdict.
        open: one sentence: what could not be made true; empty where everything could.
        warning: one line where little is to be expected, else empty.
        plausible: whether somebody could stand like that.
        drawing: milliseconds for the model's answer and the limbs that were kept.
        turning: milliseconds until the claims were true.
    """

    before: SpaceBody
    after: SpaceBody
    sure: tuple[float, ...]
    made: tuple[MadeLimb, ...]
    read_as: tuple[str, ...]
    not_understood: tuple[str, ...]
    claims: tuple[LabClaim, ...]
    open: str
    warning: str
    plausible: bool
    drawing: int
    turning: int


@dataclass(frozen=True)
class MadeLimb:
    """How a limb of the new body came: ``kept``, ``wished``, ``turned`` or ``exchanged``."""

    limb: str
    how: str


def skeleton_bones() -> tuple[LabBone, ...]:
    """The bones, in the order of everything that is said of bones."""
    from autocompose.lab.bodies.recombine import LIMB_BONES

    limb_of = {row: limb for limb, rows in LIMB_BONES.items() for row in rows}
    sides = {"left": "L", "right": "R"}
    return tuple(
        LabBone(INDEX[start], INDEX[end], limb_of[row], sides.get(end.split("_")[0], ""))
        for row, (start, end) in enumerate(BONES)
    )


def space_body(joints: Floats, lab: PoseLab | None) -> SpaceBody:
    """A body (22, 3) of any place and heading, with its codes where there is a model."""
    placed = canonical(joints)
    rounded = np.round(placed, 4).tolist()
    places = tuple((x, y, z) for x, y, z in rounded)
    if lab is None:
        return SpaceBody(places, ())
    from autocompose.lab.tokens.limb_codes import LIMBS

    codes = lab.codes.encode(placed[None])[0].tolist()
    return SpaceBody(
        places,
        tuple(LimbCodeView(limb, tuple(row)) for limb, row in zip(LIMBS, codes, strict=True)),
    )


def lab_answer(lab: PoseLab, wish: LabWish, made: Drawn) -> LabAnswer:
    """An answer as the page shows it.

    Args:
        lab: whose tokenizer tells the codes.
        wish: what was asked for.
        made: what it was answered with.
    """
    from autocompose.lab.bodies.recombine import LIMB_BONES

    edited, limbs = made.edited, tuple(wish.limbs)
    verdicts = edited.report.claims
    text = edited.report.text
    claims = tuple(verdict.claim for verdict in verdicts)
    nothing = bool(text) and (says_nothing(text, claims) or not read_as(claims))
    return LabAnswer(
        before=space_body(wish.start.body.joints, lab),
        after=space_body(edited.joints, lab),
        sure=tuple(round(min(degrees(float(s)), 180.0), 1) for s in edited.spread),
        made=tuple(MadeLimb(limb, _how(limb, edited, limbs)) for limb in LIMB_BONES),
        read_as=read_as(claims),
        not_understood=not_understood(text, claims),
        claims=tuple(
            LabClaim(claim_words(v.claim), v.outcome.value, v.evidence)
            for v in verdicts
            if v.claim.change.is_read
        ),
        open=open_sentence(verdicts, tried=wish.polish),
        warning=NOTHING_READ if nothing else "",
        plausible=edited.plausible,
        drawing=round(1000 * made.drawing),
        turning=round(1000 * made.turning),
    )


def _how(limb: str, edited: EditedPose, limbs: tuple[str, ...]) -> str:
    if limb in limbs:
        return "exchanged"
    if limb in edited.polished:
        return "turned"
    return "kept" if limb in edited.kept else "wished"


def open_sentence(verdicts: tuple[ClaimVerdict, ...], *, tried: bool) -> str:
    """What could not be made true, in words; empty where there is nothing of the kind.

    Args:
        verdicts: of the claims.
        tried: limbs were turned to make the claims true.
    """
    wrong = [claim_words(v.claim) for v in verdicts if v.outcome is Outcome.CONTRADICTED]
    if not wrong:
        return ""
    listed = f"Not true of the new body: {', '.join(dict.fromkeys(wrong))}."
    return f"{listed} Limbs were turned, and no way was found to make it true." if tried else listed
