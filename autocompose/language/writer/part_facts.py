"""Codes of change -> facts about each part: what it does, how much, and where it ends."""

from __future__ import annotations

from dataclasses import dataclass

from autocompose.body import paircodes as tr
from autocompose.body.paircodes import COLUMN

SIDES = ("left", "right")


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that changes.

    Args:
        kind: what moves: ``hand``, ``elbow``, ``upper_arm``, ``knee``, ``thigh``, ``foot``,
            ``feet``, ``body``, ``kneel``, ``sit``, ``squat``, ``turn``, ``lean``, ``tilt``,
            ``twist``, ``head``, ``head_turn`` or ``head_tilt``.
        move: which way, a key of the bank's lexicon for this kind.
        side: ``left``, ``right``, ``both``, or empty for the midline.
        degree: 1 slight, 2 plain, 3 much.
        result: the state reached, a key of the bank's results; empty when it says nothing new.
        weight: size in multiples of a plain change, for the order and for what to drop.
        also: a second direction of a hand, or empty.
        tail: the joint inside the same limb whose new bend is said along, with its state, as in
            "raise the arm ... with the elbow straight"; empty when there is none.
    """

    kind: str
    move: str
    side: str
    degree: int
    result: tuple[str, ...]
    weight: float
    also: str = ""
    tail: tuple[str, str] | tuple[()] = ()


_SIDED = tuple(m.name[5:] for m in tr.MEASURES if m.name.startswith("left_"))
SIDE_COLUMNS = {s: {n: COLUMN[f"{s}_{n}"] for n in _SIDED} for s in SIDES}
BEND = ("straight", "slight", "half", "right", "sharp", "folded")
LEVELS = ("low", "hip", "waist", "chest", "shoulder", "head", "over")
POSTURES = ("upright", "bent_over", "face_down", "face_up", "left_side", "right_side", "inverted")
_CONTACTS = (
    "head", "hip", "other_hip", "knee", "other_knee", "other_elbow", "other_shoulder", "shoulder",
    "foot", "other_foot",
)  # fmt: skip
ON_LEGS = (tr.UPRIGHT, tr.BENT_OVER)


class CodeRow:
    """One pair's codes as plain lists: indexing numpy scalars is what makes a text slow."""

    __slots__ = ("amount", "change", "reference", "target")

    def __init__(
        self, change: list[int], amount: list[float], reference: list[int], target: list[int]
    ) -> None:
        self.change, self.amount, self.reference, self.target = change, amount, reference, target


def arm_facts(row: CodeRow, side: str, *, upright: bool) -> list[Fact]:
    """Elbow, and hand or upper arm; only of an ``upright`` body does a hand go up and down."""
    at = SIDE_COLUMNS[side]
    change, amount, target = row.change, row.amount, row.target
    facts = []
    if change[at["elbow"]]:
        move = "bend" if change[at["elbow"]] > 0 else "straighten"
        state = BEND[target[at["elbow"]]]
        facts.append(
            Fact("elbow", move, side, abs(change[at["elbow"]]), (state,), abs(amount[at["elbow"]]))
        )
    place, touching = _place(row, side)
    axes = [
        (abs(amount[at[n]]) * w, abs(change[at[n]]), pos if change[at[n]] > 0 else neg)
        for n, w, pos, neg in (
            ("hand_up", 1.2, "up", "down"),
            ("hand_out", 1.0, "out", "in"),
            ("hand_front", 1.0, "front", "back"),
        )
        if change[at[n]]
    ]
    if axes or touching:
        axes.sort(reverse=True)
        weight, degree, move = axes[0] if axes else (0.6, 1, "to")
        also = axes[1][2] if len(axes) > 1 and axes[1][0] > 0.7 * weight else ""
        height = change[at["hand_height"]]
        if move in ("up", "down") and (not upright or (height < 0 if move == "up" else height > 0)):
            move = "to"
        if also in ("up", "down") or move == "to":
            also = ""
        facts.append(Fact("hand", move, side, degree, place, weight + 0.5 * touching, also))
    elif left_off := [n for n in (*_CONTACTS, "floor") if change[at[f"hand_on_{n}"]] == tr.LOST]:
        facts.append(Fact("hand", "off", side, 2, ("off", left_off[0]), 0.7))
    elif change[at["upper_arm"]]:
        move = "up" if change[at["upper_arm"]] > 0 else "down"
        state = ("down", "low", "level", "high")[target[at["upper_arm"]]]
        facts.append(
            Fact(
                "upper_arm", move, side, abs(change[at["upper_arm"]]), (state,),
                0.6 * abs(amount[at["upper_arm"]]),
            )
        )  # fmt: skip
    return facts


def _place(row: CodeRow, side: str) -> tuple[tuple[str, ...], bool]:
    """Where the hand ends, and whether that is a touch the reference did not have."""
    at, target, reference = SIDE_COLUMNS[side], row.target, row.reference
    level = LEVELS[target[at["hand_up"]]]
    apart = COLUMN["hands_apart"]
    if target[apart] == 0 and target[at["hand_up"]] != tr.UNKNOWN:
        return ("together", level), reference[apart] == 1
    for name in _CONTACTS:
        column = at[f"hand_on_{name}"]
        if target[column] == 0:
            return ("on", name), reference[column] == 1
    if target[at["hand_height"]] == 0:
        return ("on", "floor"), reference[at["hand_height"]] == 1
    out, front = target[at["hand_out"]], target[at["hand_front"]]
    if front == 0:
        direction = "behind" if out < 3 else "behind_out"
    elif front == 1:
        direction = ("across", "close", "side", "out")[out]
    elif out == 0:
        direction = "across"
    elif out == 3:
        direction = "front_out"
    else:
        direction = "front" if front == 2 else "ahead"
    return ("at", level, direction), False


def leg_facts(row: CodeRow, side: str, *, on_legs: bool, feet: bool) -> list[Fact]:
    """Knee, thigh and foot; ``feet`` when the width of the stance is said elsewhere."""
    at = SIDE_COLUMNS[side]
    change, amount, target, reference = row.change, row.amount, row.target, row.reference
    facts: list[Fact] = []

    def add(kind: str, move: str, name: str, result: tuple[str, ...], weight: float) -> None:
        column = at[name]
        facts.append(
            Fact(kind, move, side, abs(change[column]), result, weight * abs(amount[column]))
        )

    if change[at["knee"]]:
        move = "bend" if change[at["knee"]] > 0 else "straighten"
        add("knee", move, "knee", (BEND[target[at["knee"]]],), 0.9)
    if on_legs and change[at["knee_on_floor"]] == tr.GAINED:
        facts.append(Fact("knee", "to_floor", side, 2, ("floor",), 1.5))
    if on_legs and change[at["foot_on_other_leg"]] == tr.GAINED and target[at["foot_up"]] > 0:
        facts.append(Fact("foot", "to_leg", side, 2, ("leg",), 2.0))
    foot_before, foot_after = reference[at["foot_up"]], target[at["foot_up"]]
    thigh = change[at["knee_up"]]
    lifted = False
    if on_legs:
        if (thigh > 0 and foot_after > 0) or (thigh < 0 and foot_before > 0):
            state = ("under", "part", "hip", "above")[target[at["knee_up"]]]
            if thigh < 0 and foot_after == 0:
                state = "floor"
            add("thigh", "up" if thigh > 0 else "down", "knee_up", (state,), 1.0)
            lifted = True
        if (
            change[at["knee_out"]]
            and target[at["knee_out"]] != reference[at["knee_out"]]
            and not feet
        ):
            add("thigh", "out" if change[at["knee_out"]] > 0 else "in", "knee_out", (), 0.6)
    elif change[at["hip"]]:
        add("thigh", "tuck" if change[at["hip"]] > 0 else "untuck", "hip", (), 0.8)
    if change[at["foot_up"]]:
        up = change[at["foot_up"]] > 0
        # "Lift the knee" or "lower the leg" already tells the foot's way.
        same = lifted and (thigh > 0) == up
        if not (same and (foot_after or not up)) and (foot_before or foot_after):
            state = ("floor", "low", "knee", "hip", "high")[foot_after]
            add("foot", "up" if up else "down", "foot_up", (state,), 0.9)
    if on_legs and change[at["foot_front"]]:
        move = "front" if change[at["foot_front"]] > 0 else "back"
        state = ("behind", "beneath", "front")[target[at["foot_front"]]]
        add("foot", move, "foot_front", (state,), 0.8)
    if on_legs and change[at["foot_out"]] and not feet:
        move = "out" if change[at["foot_out"]] > 0 else "in"
        state = ("crossed", "", "wide")[target[at["foot_out"]]]
        add("foot", move, "foot_out", (state,) if state else (), 0.7)
    return facts


def feet_fact(row: CodeRow) -> Fact | None:
    """The width of the stance, when both feet stand and neither steps."""
    width, stride = COLUMN["feet_apart"], COLUMN["stride"]
    standing = all(row.target[SIDE_COLUMNS[s]["foot_up"]] == 0 for s in SIDES)
    if not row.change[width] or not standing or abs(row.change[stride]) > 1:
        return None
    if row.target[stride] != 2 or row.reference[stride] != 2:
        return None
    move = "apart" if row.change[width] > 0 else "together"
    state = ("touching", "near", "shoulder", "wide", "very_wide")[row.target[width]]
    weight = 0.9 * abs(row.amount[width])
    return Fact("feet", move, "", abs(row.change[width]), (state,), weight)


def trunk_facts(row: CodeRow, before: int, after: int, *, on_legs: bool) -> list[Fact]:
    """Posture or height of the hips, lean, tilt and twist of the trunk."""
    change, amount, target = row.change, row.amount, row.target
    facts = []
    height = COLUMN["pelvis_height"]
    if before != after and not on_legs:
        facts.append(Fact("body", _posture_move(row, before, after), "", 2, _height(row), 4.0))
    elif change[height]:
        move = "rise" if change[height] > 0 else "sink"
        if not on_legs:
            move = "hips_up" if change[height] > 0 else "hips_down"
        result = _height(row) if on_legs else ()
        if move == "rise" and result == ("standing",) and 0 <= target[COLUMN["lean_front"]] <= 1:
            move = "stand"  # not of a body that rises bent over
        facts.append(Fact("body", move, "", abs(change[height]), result, 1.3 * abs(amount[height])))
    if on_legs:
        lean = COLUMN["lean_front"]
        if change[lean]:
            state = ("back", "upright", "leaning", "bent", "level")[target[lean]]
            move = "front" if change[lean] > 0 else "back"
            if state == "upright":
                move = "upright"
            elif move == "back" and state != "back":
                move = "less"
            facts.append(
                Fact("lean", move, "", abs(change[lean]), (state,), 1.1 * abs(amount[lean]))
            )
        for kind, name, weight in (("tilt", "lean_left", 0.9), ("twist", "twist_left", 0.9)):
            column = COLUMN[name]
            if change[column]:
                move = "left" if change[column] > 0 else "right"
                move, state = _towards(row, column, move)
                facts.append(
                    Fact(kind, move, "", abs(change[column]), state, weight * abs(amount[column]))
                )
    elif change[COLUMN["twist_left"]]:
        column = COLUMN["twist_left"]
        move, state = _towards(row, column, "left" if change[column] > 0 else "right")
        facts.append(Fact("twist", move, "", abs(change[column]), state, 0.8 * abs(amount[column])))
    return facts


def _towards(row: CodeRow, column: int, move: str) -> tuple[str, tuple[str, ...]]:
    """Whether a turn reaches that side, ends in the middle, or is still on the other side."""
    centre = len(tr.MEASURES[column].bands) // 2
    way = 1 if move == "left" else -1
    before, after = (way * (s[column] - centre) for s in (row.reference, row.target))
    if after > 0:
        return move, ("side",)
    if after < 0:
        return "less_right" if move == "left" else "less_left", ()
    return (move if before == 0 else f"centre_{move}"), ()


def _posture_move(row: CodeRow, before: int, after: int) -> str:
    name = POSTURES[after]
    if after in ON_LEGS or after == tr.UPSIDE_DOWN:
        return name
    tucked = any(row.target[SIDE_COLUMNS[s]["hip"]] > 1 for s in SIDES)
    if row.target[COLUMN["pelvis_height"]] > 0 or (after == tr.FACE_DOWN and tucked):
        return name  # the trunk is level, but not flat on the floor
    return f"roll_{name}" if before not in (*ON_LEGS, tr.UPSIDE_DOWN) else f"lie_{name}"


def _height(row: CodeRow) -> tuple[str, ...]:
    return (("floor", "deep", "crouch", "standing")[row.target[COLUMN["pelvis_height"]]],)


def head_facts(row: CodeRow) -> list[Fact]:
    """Where the face points, and the tilt of the head."""
    facts = []
    for kind, name, weight in (
        ("head", "head_up", 0.7),
        ("head_turn", "head_left", 0.8),
        ("head_tilt", "head_tilt_left", 0.5),
    ):
        column = COLUMN[name]
        size = row.change[column]
        if not size:
            continue
        state: tuple[str, ...] = ()
        if kind == "head":
            move = "up" if size > 0 else "down"
        else:
            move, state = _towards(row, column, "left" if size > 0 else "right")
        facts.append(Fact(kind, move, "", abs(size), state, weight * abs(row.amount[column])))
    return facts


def turn_facts(row: CodeRow) -> list[Fact]:
    """The turn of the whole body; unknown headings have no code, so nothing is said of them."""
    column = COLUMN["turn_left"]
    size = row.change[column]
    if not size:
        return []
    move = "around" if abs(size) == 3 else "left" if size > 0 else "right"
    return [Fact("turn", move, "", min(abs(size), 2), (), 1.5 * abs(row.amount[column]))]
