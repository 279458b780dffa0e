"""Whether a part's sentence speaks of that part: another side or another part is an error."""

from __future__ import annotations

from autocompose.language.reader.read import read_claims
from autocompose.language.words import SIDES, kind_named, kind_of, other_side, region_of
from autocompose.schema import BodyPart
from autocompose.tagger.claimed_change import ChangeKind


def row_problem(part: BodyPart, text: str) -> str:
    """Why a sentence does not belong in a part's row; empty where it does.

    A sentence that also names the row's own side, or both, fits. Parts are compared by region: the
    left arm's sentence may speak of the left elbow.

    >>> row_problem(BodyPart.RIGHT_HAND, "Bring the left hand forward.")
    'This row is the right hand; the sentence speaks of the left hand.'
    >>> row_problem(BodyPart.LEFT_ARM, "Bend the left elbow.")
    ''
    """
    # The side as the words alone have it: what they leave out would be filled in from the row.
    named = read_claims(text)
    wrong = ""
    sides = {claim.side for claim in named}
    if part.side in SIDES and other_side(part.side) in sides and not sides & {part.side, "both"}:
        wrong = next(claim.label for claim in named if claim.side == other_side(part.side))
    # A posture is of the whole body, whichever part's row tells it: "kick forward", "arms crossed".
    in_row = [c for c in read_claims(text, about=part) if c.change.kind is not ChangeKind.POSTURE]
    regions = [region_of(kind_named(claim.part)) for claim in in_row]
    if any(regions) and region_of(kind_of(part)) not in regions:
        wrong = next(claim.label for claim, region in zip(in_row, regions, strict=True) if region)
    return f"This row is the {part.label}; the sentence speaks of the {wrong}." if wrong else ""
