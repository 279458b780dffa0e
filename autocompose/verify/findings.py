"""One claim held against a reference and any number of targets at once."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from autocompose.body.change import Bodies, BodyChange
from autocompose.language.reader.claims import Claim, ClaimKind, ClaimVerdict, Outcome
from autocompose.language.words import UPPER_LIMB
from autocompose.tagger.claimed_change import Change, ChangeKind
from autocompose.thresholds import threshold
from autocompose.verify.described import (
    end_or_way,
    ends_there,
    loose_readings,
    overhead,
    take_the_picture,
)
from autocompose.verify.ends import judge_end
from autocompose.verify.held_postures import is_posture, judge_posture
from autocompose.verify.joint_error import JointError, drawn
from autocompose.verify.measured_bodies import MeasuredBodies
from autocompose.verify.motions import readings
from autocompose.verify.pair_bodies import NOT_SEEN, MeasuredChange, PosePairMeasures
from autocompose.verify.places import UNTOLD, Case
from autocompose.verify.spoken import at_row
from autocompose.verify.verdicts import (
    CONTRADICTED,
    NOTHING,
    NOTHING_SLIGHT,
    SHOWN,
    SUPPORTED,
    Finding,
    of_readings,
    reverses,
    told,
)

LIKELY, UNLIKELY = threshold("likely"), threshold("unlikely")
"""Probability from which a claim is supported, and up to which it is contradicted.

Measured with `ESTIMATED` errors on 200 demo texts: of the claims, all true, 2.4 % are contradicted;
5.8 % are when the joints are taken as exact.
"""
_NOT_A_NUMBER = re.compile(r"(?<!\w)nan(?!\w)")
SURE = threshold("sure")
"""Certainty of the tagger from which a claim may be contradicted; below, it may be misread.

Of 60 contradicted claims in fresh texts of a model, 4 were misread, 2 of the 51 that still are
contradicted; from 0.97 on it would be none of 39, but a fifth of what the model got wrong less.
"""
_DRAWS = int(threshold("draws"))
"""Pairs of draws from an error for one pair of bodies."""
_LOW_PELVIS, _LOW_HAND = threshold("low pelvis"), threshold("low hand")
_STRAIGHT = threshold("straight")
_REASONS = {
    "unclear": "not a direction or place that joints can tell",
    "viewer": "says left or right of the picture, not of the body",
}


def drawn_pairs(change: BodyChange, error: JointError) -> tuple[PosePairMeasures, ...]:
    """Two bodies as they are, and as they may be under an error of their joints."""
    reference, target = (
        drawn(Bodies.stacked([body]), error, count=_DRAWS, seed=seed)
        for seed, body in enumerate((change.reference, change.target))
    )
    return tuple(
        PosePairMeasures(MeasuredBodies.of(a), MeasuredBodies.of(b))
        for a, b in zip(reference, target, strict=True)
    )


def probability(claim: Claim, pairs: Sequence[PosePairMeasures]) -> NDArray[np.float64]:
    """(N,) share of the draws that bear a claim out; unknown ones count half."""
    return _share([find(claim, pair) for pair in pairs], pairs[0])


def _share(found: Sequence[Finding], pair: PosePairMeasures) -> NDArray[np.float64]:
    codes = [np.broadcast_to(finding.codes, len(pair.targets)) for finding in found]
    return 0.5 + 0.5 * np.mean(codes, axis=0)


def outcome_of(probability: float) -> Outcome:
    """The verdict on a claim of this probability."""
    if probability >= LIKELY:
        return Outcome.SUPPORTED
    return Outcome.CONTRADICTED if probability <= UNLIKELY else Outcome.UNKNOWN


def verdict_of(claim: Claim, pairs: Sequence[PosePairMeasures], *, row: int = 0) -> ClaimVerdict:
    """The verdict on a claim about one target, in words and numbers.

    Args:
        claim: about a change from the reference.
        pairs: the bodies as they are, then as they may be under an error of their joints.
        row: of the target.
    """
    (verdict,) = verdicts_of(claim, pairs, [row])
    return verdict


def verdicts_of(
    claim: Claim, pairs: Sequence[PosePairMeasures], rows: Sequence[int]
) -> list[ClaimVerdict]:
    """The verdicts on a claim about some of the targets, as `verdict_of` gives each of them."""
    finding = find(claim, pairs[0])
    likely = _share([finding, *(find(claim, pair) for pair in pairs[1:])], pairs[0])
    return [_verdict(claim, finding, likely, row=row) for row in rows]


def _verdict(
    claim: Claim, finding: Finding, likely: NDArray[np.float64], *, row: int
) -> ClaimVerdict:
    evidence = finding.evidence(row)
    if _NOT_A_NUMBER.search(evidence):
        return ClaimVerdict(claim, Outcome.UNKNOWN, f"{claim.label}: {NOT_SEEN}")
    outcome = outcome_of(float(likely[row]))
    if outcome is not finding.outcome(row):
        evidence = f"{evidence}; the joints are not exact enough to tell"
    return ClaimVerdict(claim, outcome, evidence)


def find(claim: Claim, pair: PosePairMeasures) -> Finding:
    """What the joints say of a claim, for every target; doubts of the reader's count."""
    found = measured(claim, pair)
    if claim.kind is ClaimKind.REMARK:
        return _remarked(found)
    return found.unless_contradicted() if claim.sure < SURE else found


def measured(claim: Claim, pair: PosePairMeasures) -> Finding:
    """The same as if the claim were surely read right, and a remark a claim as others are."""
    if not claim.change.is_read:
        return Finding.same(Outcome.UNKNOWN, _REASONS[claim.change.way])
    if not pair.has_part(claim.part):
        return Finding.same(Outcome.UNKNOWN, f"no joint stands for the {claim.part}")
    if not pair.knows(claim.part, claim.side):
        return Finding.same(
            Outcome.UNKNOWN, f"{claim.label}: built from its neighbours, not measured"
        )
    if is_posture(claim.change):
        found = judge_posture(claim.change, claim.kind, pair)
    else:
        found = _find_plain(claim, claim.change.plain(), pair)
    return Finding(-found.codes, found.evidence) if claim.change.negated else found


def _remarked(found: Finding) -> Finding:
    """A remark is never contradicted."""

    def evidence(row: int) -> str:
        words = found.evidence(row)
        if at_row(found.codes, row) == CONTRADICTED:
            return f"a remark on the start or on what stays; {words}"
        return words

    return Finding(found.unless_contradicted().codes, evidence)


def _find_plain(claim: Claim, change: Change, pair: PosePairMeasures) -> Finding:
    if not is_sided(claim):
        return _one_side(claim, change, pair, side="")
    if claim.side in ("left", "right"):
        return _one_side(claim, change, pair, side=claim.side)
    if change.kind is ChangeKind.GAP:
        return judge_end(_case(claim, pair, "both"), change)
    if claim.part == "shoulder" and claim.side == "both":
        return UNTOLD  # each is measured against the other
    both = [_one_side(claim, change, pair, side=side) for side in ("left", "right")]
    left, right = np.broadcast_arrays(*(f.codes for f in both))
    if claim.side != "both":
        return _either(both, left, right)

    def evidence(row: int) -> str:
        a, b = at_row(left, row), at_row(right, row)
        if a == b == SUPPORTED:
            return "; ".join(f.evidence(row) for f in both)
        return both[0 if a <= b else 1].evidence(row)

    return Finding(np.minimum(left, right), evidence)


def _either(both: Sequence[Finding], left: NDArray[np.int8], right: NDArray[np.int8]) -> Finding:
    """A claim whose text leaves the side out: only where both sides agree is it decided."""
    agree = left == right

    def evidence(row: int) -> str:
        if at_row(agree, row):
            return "; ".join(f.evidence(row) for f in both)
        return "the text does not say which side"

    return Finding(np.where(agree, left, 0).astype(np.int8), evidence)


def _is_firm(claim: Claim, change: Change, pair: PosePairMeasures) -> bool | NDArray[np.bool_]:
    """Whether no motion at all rejects the claim; a whole body may turn where no joint shows it.

    A description says that the chest turns of the whole body too.
    """
    part = claim.part
    if part == "torso" and change.kind is ChangeKind.TURN and claim.described:
        return False
    if part in ("body", "hips"):
        if change.kind is ChangeKind.TURN:
            return ~np.isnan(pair.turn)
        rises = change.kind is ChangeKind.MOVE and change.way in ("up", "down")
        return rises or change.kind is ChangeKind.LEAN
    return part != "shoulder"


def is_sided(claim: Claim) -> bool:
    """Whether there is a left and a right one of the claim's part."""
    return claim.part not in ("torso", "body", "head", "hips")


def _there_already(
    claim: Claim,
    change: Change,
    found: Sequence[MeasuredChange],
    *,
    pair: PosePairMeasures,
    side: str,
) -> NDArray[np.bool_]:
    """Sinking where one squats, a hand on the floor: no motion, but nothing false either."""
    if change == Change(ChangeKind.MOVE, "down"):
        if claim.part == "body":
            return pair.measure("pelvis_height")[1] <= _LOW_PELVIS
        if claim.part in UPPER_LIMB and claim.described:
            return pair.height(pair.joint(pair.moving(claim.part, side)))[1] <= _LOW_HAND
    if change.way == "straighten" and claim.part in ("elbow", "knee"):
        return (pair.measure(f"{side}_{claim.part}")[1] <= _STRAIGHT) & ~reverses(found)
    return np.array([False])


def _case(claim: Claim, pair: PosePairMeasures, side: str) -> Case:
    return Case(pair, claim.part, side, claim.degree, claim.state)


def _one_side(claim: Claim, change: Change, pair: PosePairMeasures, *, side: str) -> Finding:
    if change.kind is ChangeKind.GAP:
        change = Change(ChangeKind.MOVE, "out" if change.way == "apart" else "in")
    found = readings(pair, claim.part, side, change)
    if found and claim.described:
        found += loose_readings(pair, claim.part, change, side=side)
    end = judge_end(_case(claim, pair, side), change)
    if claim.described and claim.state:
        end = end_or_way(end, _case(claim, pair, side), change)
    if not found:
        # "Across" of a bowed body, which has no motion of its own.
        turned = take_the_picture(claim, pair)
        return Finding(np.where(turned, np.maximum(end.codes, 0), end.codes), end.evidence)
    small = claim.described and (claim.degree == 1 or claim.part == "heel")
    moved = of_readings(
        found,
        strict=_is_firm(claim, change, pair),
        nothing=NOTHING_SLIGHT if small else NOTHING,
        doubt=NOTHING if claim.described else SHOWN,
    )
    if claim.state:
        codes = _state(claim, moved, end, found)
    else:
        there = _there_already(claim, change, found, pair=pair, side=side)
        if claim.described:
            there = there | ends_there(change, end, found) | overhead(claim, pair, side)
        codes = _movement(claim, change, moved, there=there, pair=pair)
    codes = np.where(take_the_picture(claim, pair), np.maximum(codes, 0), codes)
    known = told(found)
    codes, known = np.broadcast_arrays(codes, known)
    return Finding(
        np.where(known, codes, end.codes).astype(np.int8),
        lambda row: (moved if at_row(known, row) else end).evidence(row),
    )


def _movement(
    claim: Claim,
    change: Change,
    moved: Finding,
    *,
    there: NDArray[np.bool_],
    pair: PosePairMeasures,
) -> NDArray[np.int8]:
    """Codes of a claim that a part moves; a turn that no joint shows is not contradicted."""
    lenient = there
    if change.kind is ChangeKind.TURN and claim.part not in ("head", "torso"):
        shown = ~np.isnan(pair.turn) if claim.part in ("body", "hips") else np.array([False])
        lenient = there | ~shown
    return np.where(lenient, np.maximum(moved.codes, 0), moved.codes).astype(np.int8)


def _state(
    claim: Claim, moved: Finding, end: Finding, found: Sequence[MeasuredChange]
) -> NDArray[np.int8]:
    """Codes of a claim that a part is somewhere.

    Not moving leaves a state as it was; moving the other way and not being there does not. In a
    description, where an end can be told, it must be clearly missed.
    """
    held = np.maximum(moved.codes, end.codes) == SUPPORTED
    strays = reverses(found) & (not claim.described or end is UNTOLD)
    wrong = (moved.codes == CONTRADICTED) & ((end.codes == CONTRADICTED) | strays)
    return np.where(held, SUPPORTED, np.where(wrong, CONTRADICTED, 0)).astype(np.int8)
