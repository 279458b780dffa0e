"""A body refined by touches: sides chosen, regions brought together, what cannot be met refused.

A touch that stays open by more than 3 cm was probably never there: it is refused, and the body is
fitted again without it. A body that could stand as it was is not turned into one that could not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from autocompose.lab.bodies.plausible import plausible_bodies
from autocompose.lab.contacts.picture_view import BodyView
from autocompose.lab.contacts.sides import Assignment, assignments, chosen_pairs
from autocompose.lab.contacts.touch_fit import FitRow, FitRules, fitted, pair_distances
from autocompose.lab.contacts.touches import SidedPair, Touch

Floats = NDArray[np.float64]

MET_M = 0.03
"""A touch is met where its regions are nearer than this, metres."""
PROBE_STEPS = 60
"""Of the fits that sides are chosen by."""
FIRM = 5.0
"""How many times as much gaps count in a second fit, where the first leaves one open."""
FAR_M = 0.6
"""No second fit is made for a touch whose gap is wider than this at the start, metres: a body is
not that far from where it was seen."""
WORTH = 0.0006
"""What a further pair of a touch without sides is worth, in the cost of a fit, metres squared."""


@dataclass(frozen=True, eq=False)
class AskedBody:
    """A body and what is said to touch.

    Args:
        joints: (22, 3) metres, +x to the subject's left, +y up, +z forward.
        touches: with or without sides.
        view: what a picture shows of it, or None.
        complete: the touches are all that there are; other parts are kept apart then.
    """

    joints: Floats
    touches: tuple[Touch, ...] = ()
    view: BodyView | None = None
    complete: bool = False


@dataclass(frozen=True)
class FoundTouch:
    """A touch, the sides it was taken to mean, and how far it was and is open.

    Args:
        touch: as it was said.
        pairs: regions with sides.
        before, after: the largest gap of these pairs, metres; negative where they overlap.
    """

    touch: Touch
    pairs: tuple[SidedPair, ...]
    before: float
    after: float


@dataclass(frozen=True, eq=False)
class RefinedBody:
    """A body that its touches were asked of.

    Args:
        joints: (22, 3) metres, in the frame it was given in; as it was where nothing was met.
        met: touches that hold now.
        refused: touches that could not be met within `MET_M`, and how near they came.
        plausible: whether a body could stand like that.
    """

    joints: Floats
    met: tuple[FoundTouch, ...]
    refused: tuple[FoundTouch, ...] = field(default=())
    plausible: bool = True


def refined_bodies(asked: Sequence[AskedBody], rules: FitRules | None = None) -> list[RefinedBody]:
    """Refine bodies by their touches, all at once.

    Args:
        asked: N bodies.
        rules: weights and length of the fits.
    """
    rules = rules or FitRules()
    left = list(asked)
    refused: list[list[FoundTouch]] = [[] for _ in asked]
    done: list[RefinedBody | None] = [None] * len(asked)
    while rows := [i for i, found in enumerate(done) if found is None]:
        made = _fitted_once([left[i] for i in rows], rules)
        for i, (joints, found) in zip(rows, made, strict=True):
            plausible = bool(plausible_bodies(joints[None])[0])
            worst = max(found, key=lambda touch: touch.after, default=None)
            spoilt = not plausible and bool(plausible_bodies(left[i].joints[None])[0])
            if worst is None or (worst.after <= MET_M and not spoilt):
                done[i] = RefinedBody(joints, tuple(found), tuple(refused[i]), plausible)
                continue
            if worst.after <= MET_M:
                # All are met, by a body that could not stand: the one with the longest way goes.
                worst = max(found, key=lambda touch: touch.before)
            refused[i].append(worst)
            rest = tuple(touch for touch in left[i].touches if touch != worst.touch)
            left[i] = replace(left[i], touches=rest)
            if not rest and asked[i].touches:
                whole = bool(plausible_bodies(left[i].joints[None])[0])
                done[i] = RefinedBody(left[i].joints, (), tuple(refused[i]), whole)
    return [found for found in done if found is not None]


def refined_body(asked: AskedBody, rules: FitRules | None = None) -> RefinedBody:
    """Refine one body; see `refined_bodies`."""
    return refined_bodies([asked], rules)[0]


def _fitted_once(
    asked: Sequence[AskedBody], rules: FitRules
) -> list[tuple[Floats, list[FoundTouch]]]:
    chosen = _chosen(asked, rules)
    rows = [
        FitRow(body.joints, chosen_pairs(ways), body.view, body.complete)
        for body, ways in zip(asked, chosen, strict=True)
    ]
    joints = fitted(rows, rules).joints
    opened = [
        i
        for i, row in enumerate(rows)
        if _widest(joints[i], row.pairs) > MET_M and _widest(row.joints, row.pairs) <= FAR_M
    ]
    if opened:
        firm = replace(rules, touch=FIRM * rules.touch)
        joints[opened] = fitted([rows[i] for i in opened], firm).joints
    made = []
    for body, ways, end in zip(asked, chosen, joints, strict=True):
        before = _gaps(body.joints, chosen_pairs(ways))
        after = _gaps(end, chosen_pairs(ways))
        found = [
            FoundTouch(touch, way, max(before[p] for p in way), max(after[p] for p in way))
            for touch, way in zip(body.touches, ways, strict=True)
        ]
        made.append((end, found))
    return made


def _chosen(asked: Sequence[AskedBody], rules: FitRules) -> list[Assignment]:
    """The assignment of each body whose fit costs least."""
    every: list[list[Assignment]] = []
    for body in asked:
        pairs = tuple(dict.fromkeys(pair for t in body.touches for pair in t.pairs()))
        every.append(assignments(body.touches, _gaps(body.joints, pairs)))
    rows = [
        FitRow(body.joints, chosen_pairs(ways), body.view, body.complete)
        for body, choices in zip(asked, every, strict=True)
        for ways in choices
        if len(choices) > 1
    ]
    cost = iter(fitted(rows, replace(rules, steps=min(PROBE_STEPS, rules.steps))).cost)
    best = []
    for choices in every:
        if len(choices) == 1:
            best.append(choices[0])
            continue
        prices = [float(next(cost)) - WORTH * len(chosen_pairs(ways)) for ways in choices]
        best.append(choices[int(np.argmin(prices))])
    return best


def _widest(joints: Floats, pairs: Sequence[SidedPair]) -> float:
    return max(_gaps(joints, pairs).values(), default=0.0)


def _gaps(joints: Floats, pairs: Sequence[SidedPair]) -> dict[SidedPair, float]:
    if not pairs:
        return {}
    found = pair_distances(joints[None], pairs)[0]
    return {pair: float(gap) for pair, gap in zip(pairs, found, strict=True)}
