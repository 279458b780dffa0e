"""What several samples of Stage I agree on, and whose left or right it is.

Claims are grouped by part group and kind of change, *ignoring the side*: models agree on what moves
far better than on which side it is on. A group is kept when enough samples make it. Its side is
decided by the joints where they are known, else by majority, and marked either way.

Source: ProsePose keeps a claim at count >= f x N; here geometry decides sides, not a vote.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from autocompose.describe.annotate.results import ClaimSupport
from autocompose.errors import AmbiguousSideError
from autocompose.language.reader.claims import Claim, Outcome
from autocompose.language.sides.mirror import mirror_text
from autocompose.language.words import kind_of, part_of
from autocompose.schema import BodyPart, PartDescription, PosePair, View
from autocompose.verify.judge import PairJudge, read_claims

Side = Literal["left", "right"]
_SIDES: tuple[Side, Side] = ("left", "right")

_LIMB_OF_JOINT = {"elbow": "arm", "knee": "leg"}
_ORDER = {part: place for place, part in enumerate(BodyPart)}
_SIDE_WORD = re.compile(r"\b(left|right)\b")


@dataclass(frozen=True)
class Consensus:
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
    samples: Sequence[Sequence[PartDescription]], *, share: float, judge: PairJudge | None = None
) -> Consensus:
    """Reduce several Stage I answers to the claims that enough of them make.

    Args:
        samples: one sequence of part sentences per answer; an empty one counts as a vote for
            nothing.
        share: a claim needs at least ``share * len(samples)`` samples, and at least one.
        judge: of this pair *in this view* (`view_judge`); None where joints are unknown.
    """
    votes: dict[tuple[str, str], list[_Vote]] = defaultdict(list)
    for number, rows in enumerate(samples):
        for row in rows:
            key = (group_of(row.part), change_of(row))
            votes[key].append(_Vote(number, _side_of(row), row))
    needed = max(1, math.ceil(share * len(samples) - 1e-9))
    support: list[ClaimSupport] = []
    for key, group in votes.items():
        kept = len({vote.sample for vote in group}) >= needed
        support += _decide(key, group, len(samples), judge, kept=kept)
    support.sort(key=lambda claim: (not claim.kept, _ORDER[claim.part]))
    texts: dict[BodyPart, list[str]] = defaultdict(list)
    for claim in support:
        if claim.kept:
            texts[claim.part].append(claim.text)
    parts = tuple(PartDescription(part, " ".join(said)) for part, said in texts.items())
    return Consensus(parts, tuple(support))


def group_of(part: BodyPart) -> str:
    """The part group without a side: elbow and arm are one, hand and wrist are one."""
    name = part_of(kind_of(part))
    return _LIMB_OF_JOINT.get(name, name)


def change_of(row: PartDescription) -> str:
    """The kind of change that a sentence begins with, without its side; ``other`` if unread.

    >>> change_of(PartDescription(BodyPart.HEAD, "Turn the head to the left."))
    'turn'
    """
    claim = _first_claim(row)
    return "other" if claim is None else " ".join(_SIDE_WORD.sub("", str(claim.change)).split())


def view_judge(pair: PosePair, view: View) -> PairJudge | None:
    """What holds sentences against the joints of one view; None where joints are unknown."""
    if pair.reference.joints is None or pair.target.joints is None:
        return None
    return PairJudge.of_images(pair.reference, pair.target, view=view)


def _first_claim(row: PartDescription) -> Claim | None:
    claims = read_claims(row.text, about=row.part)
    return next((claim for claim in claims if claim.change.is_read), None)


def _side_of(row: PartDescription) -> Side | None:
    """The side of a part, or the direction that a midline part takes."""
    claim = None if row.part.side else _first_claim(row)
    found = _SIDE_WORD.search(str(claim.change)) if claim else None
    said = row.part.side or (found[0] if found else "")
    return next((side for side in _SIDES if side == said), None)


def _decide(
    key: tuple[str, str],
    votes: Sequence[_Vote],
    samples: int,
    judge: PairJudge | None,
    *,
    kept: bool,
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
        seen = () if judge is None else _true_sides(votes, judge, both=both)
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


def _true_sides(votes: Sequence[_Vote], judge: PairJudge, *, both: bool) -> tuple[Side, ...]:
    """The sides on which the joints bear the sentence out; empty where they cannot tell."""
    scores = {side: _score(_row_for(side, votes), judge) for side in _SIDES}
    true: tuple[Side, ...] = tuple(side for side in _SIDES if scores[side] > 0)
    if both:
        return true
    # Samples that name one side say nothing of the other: it must be plainly the worse one.
    best = max(_SIDES, key=lambda side: scores[side])
    return (best,) if best in true and scores[best] > min(scores.values()) else ()


def _score(row: PartDescription | None, judge: PairJudge) -> int:
    """Supported claims minus contradicted ones."""
    if row is None:
        return 0
    verdicts = [found.outcome for found in judge.check(row.text, about=row.part).claims]
    return verdicts.count(Outcome.SUPPORTED) - verdicts.count(Outcome.CONTRADICTED)


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
