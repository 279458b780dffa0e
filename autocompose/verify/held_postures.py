"""Postures and acts that a text claims, held against how both bodies are held."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autocompose.language.reader.claims import ClaimKind, Outcome
from autocompose.language.words import other_side
from autocompose.postures.postures import DENIED, HELD, NEAR, POSTURES
from autocompose.tagger.claimed_change import Change, ChangeKind
from autocompose.verify.measured_bodies import MeasuredBodies
from autocompose.verify.pair_bodies import NOT_SEEN, PosePairMeasures
from autocompose.verify.spoken import at_row
from autocompose.verify.verdicts import SUPPORTED, UNKNOWN, Codes, Finding, within

_NAMES = {
    "squatting": "squat", "kneeling": "kneel", "seated": "sit", "lying": "lie", "lunging": "lunge",
}  # fmt: skip
"""Words of the labelled texts -> postures."""


def is_posture(change: Change) -> bool:
    """Whether a claimed change is a posture that joints can tell."""
    return change.kind is ChangeKind.POSTURE and posture_of(change) in POSTURES


def judge_posture(change: Change, kind: ClaimKind, pair: PosePairMeasures) -> Finding:
    """Whether the targets hold a posture, and come into it where the text says so.

    What people say of any motion that way ("bend over") is never contradicted. A remark is on the
    start or on what stays, so that either body may bear it out.

    Args:
        change: a posture; its negation is the caller's.
        kind: a movement into it, a state, or a remark.
        pair: N targets.
    """
    name, side = posture_of(change), change.place_side
    if not pair.tells(POSTURES[name].measures):
        return Finding.same(Outcome.UNKNOWN, "built from neighbouring joints, not measured")
    ends = _codes(pair.targets, name, side)
    begins = _codes(pair.reference, name, side)
    codes, begins = np.broadcast_arrays(ends, begins)
    if kind is ClaimKind.REMARK:
        codes = np.maximum(codes, begins)
    elif kind is ClaimKind.MOVEMENT:
        stays = (codes == SUPPORTED) & (begins == SUPPORTED)
        codes = np.where(stays, UNKNOWN, codes)
    if POSTURES[name].is_loose:
        codes = np.maximum(codes, UNKNOWN)

    def evidence(row: int) -> str:
        if kind is ClaimKind.REMARK and at_row(begins, row) > at_row(ends, row):
            return f"at the start {_told(pair.reference, name, side, 0)}"
        words = _told(pair.targets, name, side, row)
        if kind is ClaimKind.MOVEMENT and at_row(ends, row) == at_row(begins, row) == SUPPORTED:
            return f"{words}; so already at the start"
        return words

    return Finding(codes.astype(np.int8), evidence)


def posture_of(change: Change) -> str:
    """The name of a claimed posture, as `POSTURES` has it."""
    return _NAMES.get(change.way, change.way)


def _codes(bodies: MeasuredBodies, name: str, side: str) -> Codes:
    score: NDArray[np.float64] = bodies.holds(name, side)
    codes = within(score, (HELD, 1), (float(np.nextafter(DENIED, 1)), 1))
    near = [np.nan_to_num(_near(bodies, other, side)) > DENIED for other in NEAR.get(name, ())]
    alike = np.any(near, axis=0) if near else np.zeros(len(codes), dtype=np.bool_)
    return np.where(alike, np.maximum(codes, UNKNOWN), codes).astype(np.int8)


def _near(bodies: MeasuredBodies, name: str, side: str) -> NDArray[np.float64]:
    if name.startswith("other "):
        name, side = name.removeprefix("other "), other_side(side)
    return bodies.holds(name, side if POSTURES[name].sided else "")


def _told(bodies: MeasuredBodies, name: str, side: str, row: int) -> str:
    known = ~np.isnan(at_row(bodies.holds(name, side), row))
    return bodies.posture_evidence(name, side, row) if known else f"posture: {NOT_SEEN}"
