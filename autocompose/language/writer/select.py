"""Codes of change -> the facts that a person would mention, rarest and largest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autocompose.body import paircodes as tr
from autocompose.body.paircodes import COLUMN, Codes
from autocompose.language.writer.aggregate import merge
from autocompose.language.writer.comparisons import likeness
from autocompose.language.writer.part_facts import (
    ON_LEGS,
    SIDE_COLUMNS,
    SIDES,
    CodeRow,
    Fact,
    arm_facts,
    feet_fact,
    head_facts,
    leg_facts,
    trunk_facts,
    turn_facts,
)

__all__ = ["Fact", "Facts", "read_facts"]

_WHOLE = ("body", "feet", "kneel", "sit", "squat", "turn")


@dataclass(frozen=True, slots=True)
class Facts:
    """All facts of one pair.

    Args:
        merged: left and right alike said once (side ``both``), elbow and hand said as one arm, what
            the whole body does (kneel, sit ...) instead of its parts; rarest and largest first.
        single: the same per side, for the part table.
        analogy: key of a true comparison that the target fits and the reference does not, or empty.
        steady: ``arms`` or ``legs`` when nothing about them changes, else empty.
    """

    merged: tuple[Fact, ...]
    single: tuple[Fact, ...]
    analogy: str = ""
    steady: str = ""


def read_facts(codes: Codes) -> list[Facts]:
    """Choose what to say about each of N pairs.

    Returns:
        One `Facts` per pair; ``merged`` is empty when nothing changes beyond the thresholds.
    """
    rows = zip(
        codes.change.tolist(),
        codes.amount.tolist(),
        codes.reference.tolist(),
        codes.target.tolist(),
        strict=True,
    )
    return [_facts(CodeRow(*row)) for row in rows]


def _facts(row: CodeRow) -> Facts:
    posture = COLUMN["posture"]
    before, after = row.reference[posture], row.target[posture]
    upright = before == tr.UPRIGHT and after == tr.UPRIGHT
    on_legs = before in ON_LEGS and after in ON_LEGS
    arms = [f for s in SIDES for f in arm_facts(row, s, upright=upright)]
    feet = feet_fact(row) if on_legs else None
    legs = [f for s in SIDES for f in leg_facts(row, s, on_legs=on_legs, feet=feet is not None)]
    trunk = trunk_facts(row, before, after, on_legs=on_legs)
    single = arms + legs + trunk + head_facts(row) + ([feet] if feet else []) + turn_facts(row)
    merged = merge(single, row)
    steady = ""
    if merged and on_legs and before == after:
        if _still(row, ("knee", "foot_up", "foot_front", "foot_out")) and not any(
            f.kind in _WHOLE for f in merged
        ):
            steady = "legs"
        elif _still(row, ("elbow", "hand_up", "hand_out", "hand_front", "upper_arm")):
            steady = "arms"
    single.sort(key=lambda f: -f.weight)
    like = likeness(row.reference, row.target)
    if any(f.kind == like for f in merged):  # "squat down like someone squatting"
        like = ""
    return Facts(tuple(merged), tuple(single), like, steady)


def _still(row: CodeRow, names: Sequence[str]) -> bool:
    """Whether measures of both sides are known not to change."""
    columns = [SIDE_COLUMNS[side][name] for side in SIDES for name in names]
    return all(not row.change[c] and row.target[c] != tr.UNKNOWN for c in columns)
