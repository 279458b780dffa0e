"""Whether a part's sentence speaks of that part: another side or another part is an error.

Describe and Review ask the same function, on the page and again before anything is saved.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from autocompose.errors import TextError, UnknownBodyPartError
from autocompose.language.reader.claims import Claim
from autocompose.language.reader.read import read_claims
from autocompose.language.words import SIDES, kind_named, kind_of, other_side, part_of, region_of
from autocompose.schema import BodyPart, PartDescription
from autocompose.tagger.claimed_change import ChangeKind


@dataclass(frozen=True)
class RowProblem:
    """A part row whose sentence names another side or part than the row.

    Args:
        part: of the row.
        why: one sentence.
        meant: the part whose row the sentence belongs in; empty where the list has none.
    """

    part: str
    why: str
    meant: str


def row_problem(part: BodyPart, text: str) -> RowProblem | None:
    """Why a sentence does not belong in a part's row; None where it does.

    A sentence that also names the row's own side, or both, fits. Parts are compared by region: the
    left arm's sentence may speak of the left elbow.

    >>> row_problem(BodyPart.RIGHT_HAND, "Bring the left hand forward.").why
    'This row is the right hand; the sentence speaks of the left hand.'
    >>> row_problem(BodyPart.LEFT_ARM, "Bend the left elbow.") is None
    True
    """
    # The side as the words alone have it: what they leave out would be filled in from the row.
    named = read_claims(text)
    wrong: Claim | None = None
    sides = {claim.side for claim in named}
    if part.side in SIDES and other_side(part.side) in sides and not sides & {part.side, "both"}:
        wrong = next(claim for claim in named if claim.side == other_side(part.side))
    # A posture is of the whole body, whichever part's row tells it: "kick forward", "arms crossed".
    in_row = [c for c in read_claims(text, about=part) if c.change.kind is not ChangeKind.POSTURE]
    regions = [region_of(kind_named(claim.part)) for claim in in_row]
    if any(regions) and region_of(kind_of(part)) not in regions:
        wrong = next(claim for claim, region in zip(in_row, regions, strict=True) if region)
    if wrong is None:
        return None
    meant = _meant(wrong, part)
    # Claims call a wrist a hand; people see the word that is written.
    named = BodyPart(meant).label if meant else wrong.label
    why = f"This row is the {part.label}; the sentence speaks of the {named}."
    return RowProblem(part.value, why, meant)


def _meant(claim: Claim, row: BodyPart) -> str:
    """The part of the closed list that a claim is about."""
    if claim.part == part_of(kind_of(row)):
        return row.mirrored.value
    side = claim.side if claim.side in SIDES else ""
    for name in (claim.part, kind_named(claim.part)):
        try:
            return BodyPart.parse(f"{side} {name}").value
        except UnknownBodyPartError:
            continue
    return ""


def check_rows(rows: Iterable[PartDescription]) -> tuple[PartDescription, ...]:
    """The rows, if each speaks of its own part and no part has two.

    Raises:
        TextError: with the first row that does not.
    """
    found = tuple(rows)
    seen: set[BodyPart] = set()
    for row in found:
        if row.part in seen:
            raise TextError(f"The {row.part.label} has two sentences. Join them into one.")
        seen.add(row.part)
        problem = row_problem(row.part, row.text)
        if problem is not None:
            raise TextError(problem.why)
    return found
