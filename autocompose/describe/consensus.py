"""What several samples of Stage I agree on, and whose left or right it is.

Claims are grouped by part group and kind of change, *ignoring the side*: models agree on what moves
far better than on which side it is on. A group is kept when enough samples make it. Its side is
decided by the joints where they are known, else by majority, and marked either way.

Source: systems.md 7 (ProsePose: keep at count >= f x N; sides from geometry, not from a vote).
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from autocompose.describe.annotation import ClaimSupport
from autocompose.describe.views import mirror_text, view_pair
from autocompose.errors import AmbiguousSideError
from autocompose.pose.transitions import COLUMN, Codes, Floats, transition_codes
from autocompose.schema import BodyPart, PartDescription, PoseImage, PosePair, View

Side = Literal["left", "right"]
_SIDES: tuple[Side, Side] = ("left", "right")

_GROUPS = {
    "head": "head neck", "shoulder": "shoulder", "arm": "arm elbow", "hand": "hand wrist",
    "torso": "torso", "hips": "hips", "leg": "leg knee", "foot": "foot ankle",
}  # fmt: skip
_GROUP_OF = {kind: group for group, kinds in _GROUPS.items() for kind in kinds.split()}

_CHANGES = {
    "bend": "bend|flex|fold|curl|crook",
    "straighten": "straighten|extend|stretch|unbend|unfold",
    "raise": "raise|lift|elevate|upwards?|up|higher",
    "lower": "lower|drop|sink|downwards?|down",
    "turn": "turn|rotate|twist|swivel|pivot|look|face",
    "lean": "lean|tilt|tip|incline|hinge|bow",
    "forward": "forwards?|ahead|in front",
    "backward": "backwards?|back|behind",
    "outward": "outwards?|out|apart|away|aside|sideways|spread|widen",
    "inward": "inwards?|in|together|closer|close|narrow",
    "cross": "cross|across",
    "touch": "touch|rest|place|put|plant|press|clasp|hold|on",
}
_CHANGE = re.compile(
    r"\b(?:" + "|".join(f"(?P<{kind}>{words})" for kind, words in _CHANGES.items()) + r")\b",
    re.IGNORECASE,
)
_DIRECTION = re.compile(r"\b(left|right)\b", re.IGNORECASE)

# (group, change) -> measure of each side and the sign of the change it makes there.
_SIDED_MEASURES: dict[tuple[str, str], tuple[str, int]] = {
    ("arm", "bend"): ("elbow", 1), ("arm", "straighten"): ("elbow", -1),
    ("leg", "bend"): ("knee", 1), ("leg", "straighten"): ("knee", -1),
    **{(group, change): (measure, sign)
       for group, stem in (("arm", "hand"), ("hand", "hand"), ("leg", "knee"), ("foot", "foot"))
       for change, measure, sign in (
           ("raise", f"{stem}_up", 1), ("lower", f"{stem}_up", -1),
           ("forward", f"{stem}_front", 1), ("backward", f"{stem}_front", -1),
           ("outward", f"{stem}_out", 1), ("inward", f"{stem}_out", -1))},
}  # fmt: skip
_MIDLINE_MEASURES = {
    ("head", "turn"): "head_left", ("head", "lean"): "head_tilt_left",
    ("torso", "turn"): "twist_left", ("torso", "lean"): "lean_left",
}  # fmt: skip


@dataclass(frozen=True)
class Agreement:
    """What the samples agree on.

    Args:
        parts: in the order of `BodyPart`, one row per part.
        support: every claim that was made, the kept ones first.
    """

    parts: tuple[PartDescription, ...]
    support: tuple[ClaimSupport, ...]


@dataclass(frozen=True)
class _Vote:
    sample: int
    side: Side | None
    row: PartDescription


def agree(
    samples: Sequence[Sequence[PartDescription]], *, share: float, codes: Codes | None = None
) -> Agreement:
    """Reduce several Stage I answers to the claims that enough of them make.

    Args:
        samples: one sequence of part sentences per answer; an empty one counts as a vote for
            nothing.
        share: a claim needs at least ``share * len(samples)`` samples, and at least one.
        codes: of this one pair *in this view* (`view_codes`); None where joints are unknown.
    """
    votes: dict[tuple[str, str], list[_Vote]] = defaultdict(list)
    for number, rows in enumerate(samples):
        for row in rows:
            key = (group_of(row.part), change_of(row.text))
            votes[key].append(_Vote(number, _side_of(row), row))
    needed = max(1, math.ceil(share * len(samples) - 1e-9))
    support: list[ClaimSupport] = []
    for key, group in votes.items():
        kept = len({vote.sample for vote in group}) >= needed
        support += _decide(key, group, len(samples), codes, kept=kept)
    support.sort(key=lambda claim: (not claim.kept, _ORDER[claim.part]))
    texts: dict[BodyPart, list[str]] = defaultdict(list)
    for claim in support:
        if claim.kept:
            texts[claim.part].append(claim.text)
    parts = tuple(PartDescription(part, " ".join(said)) for part, said in texts.items())
    return Agreement(parts, tuple(support))


def group_of(part: BodyPart) -> str:
    """The part group without a side: elbow and arm are one, hand and wrist are one."""
    return _GROUP_OF[part.value.split("_")[-1]]


def change_of(text: str) -> str:
    """The kind of change that a sentence begins with; ``other`` when none is known.

    >>> change_of("Bring the left hand forward and up.")
    'forward'
    """
    match = _CHANGE.search(text)
    return match.lastgroup or "other" if match else "other"


def view_codes(pair: PosePair, view: View) -> Codes | None:
    """Codes of change of a pair as one view shows it; None where joints are unknown."""
    seen = view_pair(pair, view)
    reference, target = seen.reference, seen.target
    if reference.joints is None or target.joints is None:
        return None
    return transition_codes(
        np.array([reference.joints], dtype=np.float64),
        np.array([target.joints], dtype=np.float64),
        reference_floor=_floor(reference),
        target_floor=_floor(target),
    )


def _floor(image: PoseImage) -> Floats | None:
    return None if image.floor_y is None else np.array([image.floor_y])


_ORDER = {part: place for place, part in enumerate(BodyPart)}


def _side_of(row: PartDescription) -> Side | None:
    """The side of a part, or the direction that a midline part takes."""
    for side in _SIDES:
        if row.part.side == side:
            return side
    found = _DIRECTION.search(row.text) if change_of(row.text) in ("turn", "lean") else None
    if found is None:
        return None
    return "left" if found[1].lower() == "left" else "right"


def _decide(
    key: tuple[str, str], votes: Sequence[_Vote], samples: int, codes: Codes | None, *, kept: bool
) -> list[ClaimSupport]:
    """One claim per side that is decided on (both, for a change of both limbs)."""
    by_sample: dict[int, set[Side | None]] = defaultdict(set)
    for vote in votes:
        by_sample[vote.sample].add(vote.side)
    counts = {side: sum(side in sides for sides in by_sample.values()) for side in _SIDES}
    both = 2 * sum(set(_SIDES) <= sides for sides in by_sample.values()) >= len(by_sample)
    chosen: tuple[Side | None, ...]
    decided: Literal["geometry", "majority", "none"]
    if not any(counts.values()):
        chosen, decided = (None,), "none"
    else:
        seen = () if codes is None else _moving_sides(key, codes, both=both)
        if seen:
            chosen, decided = seen, "geometry"
        elif both:
            chosen, decided = _SIDES, "majority"
        else:
            # A tie goes to the side that was named first.
            first = next(vote.side for vote in votes if vote.side)
            chosen = (max(_SIDES, key=lambda side: (counts[side], side == first)),)
            decided = "majority"
    claims = []
    for side in chosen:
        row = _row_for(side, votes)
        usable = row is not None
        shown = row or votes[0].row
        claims.append(
            ClaimSupport(
                part=shown.part,
                text=shown.text,
                group=key[0],
                change=key[1],
                count=len(by_sample),
                samples=samples,
                left_votes=counts["left"],
                right_votes=counts["right"],
                decided_by=decided,
                kept=kept and usable,
            )
        )
    return claims


def _moving_sides(key: tuple[str, str], codes: Codes, *, both: bool) -> tuple[Side, ...]:
    """The sides on which the joints make this change; empty where they cannot tell."""
    if key in _MIDLINE_MEASURES:
        change = int(codes.change[0, COLUMN[_MIDLINE_MEASURES[key]]])
        return () if change == 0 else ("left",) if change > 0 else ("right",)
    if key not in _SIDED_MEASURES:
        return ()
    measure, sign = _SIDED_MEASURES[key]
    columns: dict[Side, int] = {side: COLUMN[f"{side}_{measure}"] for side in _SIDES}
    moving: list[Side] = [side for side in _SIDES if sign * codes.change[0, columns[side]] > 0]
    if len(moving) == 2:
        amounts = {side: abs(float(codes.amount[0, columns[side]])) for side in _SIDES}
        larger = max(_SIDES, key=lambda side: amounts[side])
        if not both:
            # Samples that name one side mean the plainer change, if one is plainer.
            return (larger,) if amounts[larger] >= 2 * min(amounts.values()) else ()
    return tuple(moving)


def _row_for(side: Side | None, votes: Sequence[_Vote]) -> PartDescription | None:
    """The first sample's sentence for a side; else another side's sentence, mirrored."""
    for vote in votes:
        if vote.side == side:
            return vote.row
    other = next((vote.row for vote in votes if vote.side is not None), None)
    if other is None:
        return None
    try:
        return PartDescription(other.part.mirrored, mirror_text(other.text))
    except AmbiguousSideError:
        return None
