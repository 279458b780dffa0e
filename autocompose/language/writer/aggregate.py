"""Facts about parts -> fewer statements: the whole body, both sides, whole limbs; rarest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from autocompose.body import paircodes as tr
from autocompose.body.paircodes import COLUMN
from autocompose.language.writer.part_facts import ON_LEGS, SIDE_COLUMNS, SIDES, CodeRow, Fact

RARITY: dict[str, float] = {
    "turn": 1.85, "sit": 1.85, "kneel": 1.69, "squat": 1.65, "feet": 1.44, "twist": 1.23,
    "head_tilt": 1.2, "tilt": 1.19, "body": 1.18, "head": 1.16, "lean": 1.14, "head_turn": 1.14,
    "knee": 1.14, "thigh": 1.14, "elbow": 1.1, "foot": 1.02, "hand": 1.0, "upper_arm": 1.0,
}  # fmt: skip
"""What a change weighs for being rare: 1 + 0.12 log2(1 / its share of the demo's pairs)."""

_LYING = (tr.FACE_DOWN, tr.FACE_UP, tr.ON_LEFT_SIDE, tr.ON_RIGHT_SIDE)
_LEG = ("knee", "thigh", "foot")
# A bend is worth saying along with the limb's way only where the end state tells which way it went.
_TAILS = {"bend": ("half", "right", "sharp", "folded"), "straighten": ("straight", "slight")}


def merge(single: Sequence[Fact], row: CodeRow) -> list[Fact]:
    """Say together what belongs together.

    Args:
        single: facts per side, in any order.
        row: the codes that they were read from.

    Returns:
        Statements, rarest and largest first.
    """
    whole, rest = _whole_body(list(single), row)
    merged = whole + _limbs(_sides(rest))
    return sorted(merged, key=lambda f: -f.weight * RARITY[f.kind])


def _whole_body(facts: list[Fact], row: CodeRow) -> tuple[list[Fact], list[Fact]]:
    """What people name by one word (kneel, sit, squat, stand), and the facts that it leaves."""
    posture = COLUMN["posture"]
    before, after = row.reference[posture], row.target[posture]
    sunk = next((f.weight for f in facts if f.kind == "body"), 1.0)
    on_legs = after in ON_LEGS
    hips = COLUMN["hips_on_floor"]
    if on_legs and row.target[hips] > 0 and (knees := _kneeling(row)):
        side = knees[0] if len(knees) == 1 else "both"
        hands = [s for s in SIDES if row.target[SIDE_COLUMNS[s]["hand_on_floor"]] == 0]
        if after == tr.BENT_OVER and side == "both" and len(hands) == 2:
            rest = _without(facts, ("hand", *_LEG), SIDES, lowered=True)
            return [Fact("kneel", "fours", "", 2, (), 2.0 + sunk)], rest
        fact = Fact("kneel", "kneel", side, 2, (), 1.0 + sunk)
        return [fact], _without(facts, _LEG, knees, lowered=True)
    if after == tr.UPRIGHT and row.target[hips] == 0:
        if row.change[hips] == tr.GAINED:
            return [Fact("sit", "floor", "", 2, (), 1.0 + sunk)], _without(facts, lowered=True)
        if before in (*_LYING, tr.UPSIDE_DOWN):
            rest = [f for f in facts if f.kind != "body"]
            return [Fact("sit", "up", "", 2, (), 3.0)], rest
    against = [f for f in facts if f.kind == "foot" and f.move == "to_leg"]
    if against:
        return against, _without(facts, _LEG, [f.side for f in against])
    lowered = row.change[COLUMN["pelvis_height"]] < 0
    if on_legs and before in ON_LEGS and lowered and _squatting(row):
        fact = Fact("squat", "squat", "", 2, (), 0.5 + sunk)
        return [fact], _without(facts, ("knee", "thigh"), SIDES, lowered=True)
    if any(f.kind == "body" and f.move == "stand" for f in facts):
        straight = [
            s for s in SIDES if row.target[SIDE_COLUMNS[s]["knee"]] <= 1
            and row.target[SIDE_COLUMNS[s]["foot_up"]] == 0
        ]  # fmt: skip
        return [], _without(facts, ("knee", "thigh"), straight if len(straight) == 2 else ())
    return [], facts


def _kneeling(row: CodeRow) -> list[str]:
    """Sides that kneel in the target; empty unless one of them did not before."""
    found = [
        s
        for s in SIDES
        if row.target[SIDE_COLUMNS[s]["knee_on_floor"]] == 0
        and row.target[SIDE_COLUMNS[s]["knee"]] >= 2
    ]
    gained = any(row.change[SIDE_COLUMNS[s]["knee_on_floor"]] == tr.GAINED for s in found)
    return found if gained else []


def _squatting(row: CodeRow) -> bool:
    bent = all(row.target[SIDE_COLUMNS[s]["knee"]] >= 3 for s in SIDES)
    standing = all(row.target[SIDE_COLUMNS[s]["foot_up"]] == 0 for s in SIDES)
    on_knees = any(row.target[SIDE_COLUMNS[s]["knee_on_floor"]] == 0 for s in SIDES)
    return bent and standing and not on_knees and row.target[COLUMN["pelvis_height"]] <= 1


def _without(
    facts: Sequence[Fact],
    kinds: Sequence[str] = (),
    sides: Sequence[str] = (),
    *,
    lowered: bool = False,
) -> list[Fact]:
    """The facts but for these kinds on these sides, and for where the body went if ``lowered``."""
    return [
        f
        for f in facts
        if not (f.kind in kinds and f.side in sides) and not (lowered and f.kind == "body")
    ]


def _sides(single: Sequence[Fact]) -> list[Fact]:
    """Say left and right once where they do the same and end alike."""
    merged: list[Fact] = []
    taken: set[int] = set()
    for i, fact in enumerate(single):
        if i in taken:
            continue
        if fact.side == "left":
            for j, twin in enumerate(single):
                if j in taken or twin.side != "right" or twin.kind != fact.kind:
                    continue
                joined = fact.result[:1] == ("together",) and twin.result == fact.result
                if joined or (twin.move == fact.move and twin.result == fact.result):
                    taken.add(j)
                    fact = replace(
                        fact,
                        side="both",
                        move=fact.move if fact.move == twin.move else "to",
                        degree=fact.degree if fact.degree == twin.degree else 2,
                        weight=max(fact.weight, twin.weight) + 0.3 * min(fact.weight, twin.weight),
                        also=fact.also if fact.also == twin.also else "",
                    )
                    break
        merged.append(fact)
    return merged


def _limbs(facts: Sequence[Fact]) -> list[Fact]:
    """Let elbow and hand become the arm, knee and thigh or foot the leg, where one does both."""
    merged = list(facts)
    for joint, carriers in (("elbow", ("hand",)), ("knee", ("thigh", "foot"))):
        for bend in [f for f in merged if f.kind == joint and f.move in _TAILS]:
            carrier = next(
                (f for k in carriers for f in merged if f.kind == k and _carries(f, bend)), None
            )
            if carrier is None or bend.result[0] not in _TAILS[bend.move]:
                continue
            weight = max(carrier.weight, bend.weight) + 0.3 * min(carrier.weight, bend.weight)
            arm = replace(carrier, tail=(joint, bend.result[0]), weight=weight)
            merged = [arm if f is carrier else f for f in merged if f is not bend]
    return merged


def _carries(fact: Fact, bend: Fact) -> bool:
    # Hands that meet or touch, and feet that come down, say nothing of the bend beside them.
    return fact.side == bend.side and not fact.tail and fact.move not in ("off", "in", "out")
