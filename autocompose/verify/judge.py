"""Claims of a text -> supported, contradicted or unknown, with the numbers that say so.

`read_claims` reads a text; `PairJudge` holds it against the joints of both poses. A claim is
supported when one of its readings changes by at least a step that a person would mention,
contradicted when none does, and unknown in between or where the joints cannot tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from functools import cached_property

from numpy.typing import ArrayLike

from autocompose.body.change import Body, BodyChange
from autocompose.language.reader.claims import (
    Claim,
    ClaimReport,
    ClaimVerdict,
    Outcome,
)
from autocompose.language.reader.read import read_claims
from autocompose.schema import BodyPart, JointsOrigin, PoseImage, PosePair, View
from autocompose.verify.findings import drawn_pairs, verdict_of
from autocompose.verify.joint_error import ESTIMATED, TRUE, JointError
from autocompose.verify.pair_bodies import PosePairMeasures
from autocompose.verify.side_evidence import names_side, side_evidence

__all__ = ["PairJudge", "check_text", "judge_claims", "read_claims"]


class PairJudge:
    """Judges any number of texts about one pair of poses.

    Args:
        reference: a body, or its joints (22, 3) in metres, any position and heading. A turn of the
            whole body is unknown without both headings, and so are claims about joints that an
            importer built or nobody saw.
        target: a body or its joints likewise.
        error: how far the joints may be off; what may then as well be otherwise is unknown.
    """

    def __init__(
        self, reference: Body | ArrayLike, target: Body | ArrayLike, *, error: JointError = TRUE
    ) -> None:
        self.change = BodyChange.of(reference, target)
        self.error = error
        self._pairs = drawn_pairs(self.change, error)

    @classmethod
    def of_change(cls, change: BodyChange, *, error: JointError = TRUE) -> PairJudge:
        """The judge of two bodies as they are."""
        return cls(change.reference, change.target, error=error)

    @classmethod
    def of_images(
        cls, reference: PoseImage, target: PoseImage, *, view: View = View.FORWARD
    ) -> PairJudge:
        """The judge of one view of a pair: images exchanged, mirrored, both, or as they are.

        Joints that were estimated from a picture may be off by `ESTIMATED`.

        Args:
            reference: image with joints, before the change.
            target: image with joints, after it.
            view: in which the texts are to be read.

        Raises:
            DescriptionError: an image has no joints.
        """
        guessed = JointsOrigin.ESTIMATED in (reference.joints_origin, target.joints_origin)
        change = BodyChange.of_pair(PosePair(reference, target)).seen_as(view)
        return cls.of_change(change, error=ESTIMATED if guessed else TRUE)

    @property
    def measures(self) -> PosePairMeasures:
        """What is measured of the bodies as they are."""
        return self._pairs[0]

    @cached_property
    def _mirrored(self) -> tuple[PosePairMeasures, ...]:
        return drawn_pairs(self.change.seen_as(View.MIRROR), self.error)

    def seen_as(self, view: View) -> PairJudge:
        """The judge of a view of these bodies, as `BodyChange.seen_as` has it.

        The measures of mirrored bodies, which `sides_swapped` needs too, are shared by all views.
        """
        own, other = self._pairs, self._mirrored
        if view.mirrors:
            own, other = other, own
        if view.swaps:
            own, other = (
                tuple(PosePairMeasures(m.targets, m.reference) for m in pairs)
                for pairs in (own, other)
            )
        judge = copy(self)
        judge.change, judge._pairs, judge._mirrored = self.change.seen_as(view), own, other
        return judge

    def judge(self, claims: Sequence[Claim]) -> tuple[ClaimVerdict, ...]:
        """One verdict for each claim, in their order."""
        return tuple(verdict_of(claim, self._pairs) for claim in claims)

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
        sided = [v for v in verdicts if names_side(v.claim)]
        if all(v.outcome is Outcome.SUPPORTED for v in sided):
            return False
        claims = [v.claim for v in sided]
        return side_evidence(claims, self._pairs, self._mirrored).exchanged


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
    """Read one text and judge it; use `PairJudge` for several texts of one pair.

    Args:
        text: free English about the change, left and right the subject's own.
        reference: (J, 3) joints in metres, or a `Body` that is measured already.
        target: likewise, of the person after the change.

    Returns:
        Each claim of the text with its outcome and its evidence.
    """
    return PairJudge(reference, target).check(text)
