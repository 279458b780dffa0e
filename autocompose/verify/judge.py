"""Claims of a text -> supported, contradicted or unknown, with the numbers that say so.

`read_claims` reads a text; `PairJudge` holds it against the joints of both poses. A claim is
supported when one of its readings changes by at least a step that a person would mention,
contradicted when none does, and unknown in between or where the joints cannot tell.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import copy
from functools import cached_property

from numpy.typing import ArrayLike

from autocompose.body.change import Body, BodyChange
from autocompose.language.reader.claims import (
    Claim,
    ClaimKind,
    ClaimReport,
    ClaimVerdict,
    Outcome,
)
from autocompose.language.reader.read import read_claims
from autocompose.schema import BodyPart, PoseImage, PosePair, View
from autocompose.tagger.claimed_change import Change, ChangeKind
from autocompose.verify.ends import judge_end
from autocompose.verify.motions import readings
from autocompose.verify.pair_bodies import NOT_SEEN, MeasuredChange, PosePairMeasures
from autocompose.verify.places import Case
from autocompose.verify.verdicts import Finding, of_readings, reverses

__all__ = ["PairJudge", "check_text", "judge_claims", "read_claims"]

_REASONS = {
    "unclear": "not a direction or place that joints can tell",
    "viewer": "says left or right of the picture, not of the body",
}
_SWAP_MARGIN = 2
_NOT_A_NUMBER = re.compile(r"(?<!\w)nan(?!\w)")


class PairJudge:
    """Judges any number of texts about one pair of poses.

    Args:
        reference: a body, or its joints (22, 3) in metres, any position and heading. A turn of the
            whole body is unknown without both headings, and so are claims about joints that an
            importer built or nobody saw.
        target: a body or its joints likewise.
    """

    def __init__(self, reference: Body | ArrayLike, target: Body | ArrayLike) -> None:
        self.change = BodyChange.of(reference, target)
        self.measures = PosePairMeasures(self.change)

    @classmethod
    def of_change(cls, change: BodyChange) -> PairJudge:
        """The judge of two bodies as they are."""
        return cls(change.reference, change.target)

    @classmethod
    def of_images(
        cls, reference: PoseImage, target: PoseImage, *, view: View = View.FORWARD
    ) -> PairJudge:
        """The judge of one view of a pair: images exchanged, mirrored, both, or as they are.

        Raises:
            DescriptionError: an image has no joints.
        """
        return cls.of_change(BodyChange.of_pair(PosePair(reference, target)).seen_as(view))

    @cached_property
    def _mirrored(self) -> PosePairMeasures:
        return PosePairMeasures(self.change.seen_as(View.MIRROR))

    def seen_as(self, view: View) -> PairJudge:
        """The judge of a view of these bodies, as `BodyChange.seen_as` has it.

        The measures of mirrored bodies, which `sides_swapped` needs too, are shared by all views.
        """
        own, other = self.measures, self._mirrored
        if view.mirrors:
            own, other = other, own
        if view.swaps:
            own, other = own.reversed(), other.reversed()
        judge = copy(self)
        judge.change, judge.measures, judge._mirrored = own.change, own, other
        return judge

    def judge(self, claims: Sequence[Claim]) -> tuple[ClaimVerdict, ...]:
        """One verdict for each claim, in their order."""
        return tuple(_judge(claim, self.measures) for claim in claims)

    def check(self, text: str, *, about: BodyPart | None = None) -> ClaimReport:
        """Read a text and judge what it claims.

        Args:
            text: one or more sentences.
            about: the part that a part sentence belongs to, for what the sentence leaves out.
        """
        verdicts = self.judge(read_claims(text, about=about))
        return ClaimReport(text, verdicts, self.sides_swapped(verdicts))

    def sides_swapped(self, verdicts: Sequence[ClaimVerdict]) -> bool:
        """Whether the claims that name a side fit much better on the mirrored body."""
        sided = [v for v in verdicts if _has_side(v.claim)]
        wrong = sum(v.outcome is Outcome.CONTRADICTED for v in sided)
        right = sum(v.outcome is Outcome.SUPPORTED for v in sided)
        if not wrong and 2 * right >= len(sided):
            return False
        other = [_judge(v.claim, self._mirrored) for v in sided]
        gain = _score(other) - _score(sided)
        still_wrong = sum(v.outcome is Outcome.CONTRADICTED for v in other)
        return gain >= _SWAP_MARGIN and 2 * still_wrong <= max(wrong - 1, 0)


def judge_claims(
    claims: Sequence[Claim], reference: Body | ArrayLike, target: Body | ArrayLike
) -> tuple[ClaimVerdict, ...]:
    """Hold claims against two poses.

    Args:
        claims: from `read_claims`.
        reference: a body, or its joints (22, 3) in metres.
        target: a body or its joints likewise.

    Returns:
        One verdict for each claim, in their order.
    """
    return PairJudge(reference, target).judge(claims)


def check_text(text: str, reference: Body | ArrayLike, target: Body | ArrayLike) -> ClaimReport:
    """Read one text and judge it; use `PairJudge` for several texts of one pair."""
    return PairJudge(reference, target).check(text)


def _has_side(claim: Claim) -> bool:
    return claim.side in ("left", "right") or claim.change.names_side


def _score(verdicts: Sequence[ClaimVerdict]) -> int:
    supported = sum(v.outcome is Outcome.SUPPORTED for v in verdicts)
    return supported - sum(v.outcome is Outcome.CONTRADICTED for v in verdicts)


def _judge(claim: Claim, pair: PosePairMeasures) -> ClaimVerdict:
    finding = _find(claim, pair)
    if _NOT_A_NUMBER.search(finding.evidence):
        finding = Finding(Outcome.UNKNOWN, f"{claim.label}: {NOT_SEEN}")
    return ClaimVerdict(claim, finding.outcome, finding.evidence)


def _find(claim: Claim, pair: PosePairMeasures) -> Finding:
    if not claim.change.is_read:
        return Finding(Outcome.UNKNOWN, _REASONS[claim.change.way])
    if not pair.knows(claim.part, claim.side):
        return Finding(Outcome.UNKNOWN, f"{claim.label}: built from its neighbours, not measured")
    found = _find_plain(claim, claim.change.plain(), pair)
    found = _inverted(found) if claim.change.negated else found
    if claim.kind is ClaimKind.REMARK and found.outcome is Outcome.CONTRADICTED:
        return Finding(Outcome.UNKNOWN, f"a remark on the start or on what stays; {found.evidence}")
    return found


def _inverted(finding: Finding) -> Finding:
    opposite = {
        Outcome.SUPPORTED: Outcome.CONTRADICTED,
        Outcome.CONTRADICTED: Outcome.SUPPORTED,
        Outcome.UNKNOWN: Outcome.UNKNOWN,
    }
    return Finding(opposite[finding.outcome], finding.evidence)


def _find_plain(claim: Claim, change: Change, pair: PosePairMeasures) -> Finding:
    if not _is_sided(claim):
        return _one_side(claim, change, pair, "")
    if claim.side in ("left", "right"):
        return _one_side(claim, change, pair, claim.side)
    if change.kind is ChangeKind.GAP:
        return judge_end(_case(claim, pair, "both"), change)
    both = [_one_side(claim, change, pair, side) for side in ("left", "right")]
    outcomes = [f.outcome for f in both]
    if claim.side != "both":
        if outcomes[0] is outcomes[1]:
            return Finding(outcomes[0], "; ".join(f.evidence for f in both))
        return Finding(Outcome.UNKNOWN, "the text does not say which side")
    for outcome in (Outcome.CONTRADICTED, Outcome.UNKNOWN):
        if outcome in outcomes:
            return both[outcomes.index(outcome)]
    return Finding(Outcome.SUPPORTED, "; ".join(f.evidence for f in both))


def _is_firm(part: str, change: Change, pair: PosePairMeasures) -> bool:
    """Whether no motion at all rejects the claim; a whole body may turn where no joint shows it."""
    if part in ("body", "hips"):
        told = change.kind is ChangeKind.TURN and pair.turn is not None
        rises = change.kind is ChangeKind.MOVE and change.way in ("up", "down")
        return told or rises or change.kind is ChangeKind.LEAN
    return part != "shoulder"


def _is_sided(claim: Claim) -> bool:
    return claim.part not in ("torso", "body", "head", "hips")


def _there_already(
    claim: Claim, change: Change, found: Sequence[MeasuredChange], pair: PosePairMeasures, side: str
) -> bool:
    """Stretching a straight arm, sinking where one squats: no motion, but nothing false either."""
    if claim.part == "body" and change == Change(ChangeKind.MOVE, "down"):
        return pair.measure("pelvis_height")[1] <= 0.6
    if change.way == "straighten" and claim.part in ("elbow", "knee"):
        return pair.measure(f"{side}_{claim.part}")[1] <= 25 and not reverses(found)
    return False


def _case(claim: Claim, pair: PosePairMeasures, side: str) -> Case:
    return Case(pair, claim.part, side, claim.degree, claim.state)


def _one_side(claim: Claim, change: Change, pair: PosePairMeasures, side: str) -> Finding:
    if change.kind is ChangeKind.GAP:
        change = Change(ChangeKind.MOVE, "out" if change.way == "apart" else "in")
    found = readings(pair, claim.part, side, change)
    end = judge_end(_case(claim, pair, side), change)
    if not found:
        return end
    moved = of_readings(found, strict=_is_firm(claim.part, change, pair))
    if not claim.state:
        if _there_already(claim, change, found, pair, side):
            return moved.as_unknown() if moved.outcome is Outcome.CONTRADICTED else moved
        told = claim.part in ("head", "torso") or (
            claim.part in ("body", "hips") and pair.turn is not None
        )
        if change.kind is ChangeKind.TURN and not told:
            return moved if moved.outcome is not Outcome.CONTRADICTED else moved.as_unknown()
        return moved
    if Outcome.SUPPORTED in (moved.outcome, end.outcome):
        return Finding(Outcome.SUPPORTED, moved.evidence)
    # Not moving leaves a state as it was; moving the other way and not being there does not.
    wrong = end.outcome is Outcome.CONTRADICTED or reverses(found)
    if moved.outcome is Outcome.CONTRADICTED and wrong:
        return moved
    return moved.as_unknown()
