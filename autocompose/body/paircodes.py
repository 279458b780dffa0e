"""Codes of change between two poses: what moves, which way, how much, and where it ends.

Every measure of a pose is one row of `autocompose.body.measures.MEASURES`, the only table of
thresholds. A code of change is the difference target - reference, put into seven bins (-3..3: much,
plainly, slightly, not at all ...), so exchanging the images negates it exactly; for a touch or a
straight limb it says gained or lost. A state is the band that the measure of one pose falls in.
Nothing here is random unless a noise seed is given.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autocompose.body.change import Bodies
from autocompose.body.hidden import hidden_measures, seen_floor
from autocompose.body.measures import (
    BENT_OVER,
    COLUMN,
    FACE_DOWN,
    FACE_UP,
    MEASURES,
    ON_LEFT_SIDE,
    ON_RIGHT_SIDE,
    UPRIGHT,
    UPSIDE_DOWN,
    Floats,
    Measure,
    measure_poses,
)
from autocompose.body.skeleton import canonical
from autocompose.schema import View

__all__ = [
    "BENT_OVER",
    "COLUMN",
    "DEGREES",
    "FACE_DOWN",
    "FACE_UP",
    "GAINED",
    "LOST",
    "MEASURES",
    "ON_LEFT_SIDE",
    "ON_RIGHT_SIDE",
    "UNKNOWN",
    "UPRIGHT",
    "UPSIDE_DOWN",
    "Codes",
    "Floats",
    "Measure",
    "compare_measures",
    "measure_poses",
    "transition_codes",
    "unknown_measures",
    "without_built",
]

DEGREES: tuple[str, ...] = ("", "slightly", "", "much")
"""Word for the size of a code, 0..3; a plain change needs none."""

GAINED, LOST = 2, -2
"""Codes of an event: state 0 (touching, straight) is reached, or left."""

UNKNOWN = -1
"""State of a measure that cannot be known, as a heading that nobody gave."""

_NOISE = 0.3  # largest disturbance, in smallest steps of the measure


@dataclass(frozen=True)
class Codes:
    """Codes of N pairs; columns follow `MEASURES`.

    Args:
        change: (N, M) int8 in -3..3; 0 also where a measure has no steps or is unknown.
        amount: (N, M) change in multiples of the plain step, signed; events +1 or -1.
        reference: (N, M) int8 state of the reference pose, `UNKNOWN` where it cannot be known.
        target: (N, M) int8 state of the target pose.
    """

    change: NDArray[np.int8]
    amount: Floats
    reference: NDArray[np.int8]
    target: NDArray[np.int8]

    def __len__(self) -> int:
        """Number of pairs."""
        return len(self.change)

    def reversed(self) -> Codes:
        """The codes of the same pairs with their images exchanged: no body is measured again."""
        return Codes(-self.change, -self.amount, self.target, self.reference)

    def mirrored(self) -> Codes:
        """The codes of the same pairs with both bodies mirrored: no body is measured again."""
        order = [COLUMN[m.mirrored] for m in MEASURES]
        sign = np.array([-1 if m.flips else 1 for m in MEASURES], dtype=np.int8)
        return Codes(
            self.change[:, order] * sign,
            self.amount[:, order] * sign,
            _mirror_states(self.reference[:, order]),
            _mirror_states(self.target[:, order]),
        )

    def seen_as(self, view: View) -> Codes:
        """The codes of `BodyChange.seen_as`: algebra on what was measured once, exact."""
        codes = self.mirrored() if view.mirrors else self
        return codes.reversed() if view.swaps else codes

    def differing(self) -> NDArray[np.int64]:
        """(N,) how many codes are not 0: how much there is to say about each pair."""
        return np.count_nonzero(self.change, axis=1)


def transition_codes(
    reference: Bodies | Floats, target: Bodies | Floats, *, noise_seed: int | None = None
) -> Codes:
    """Code what changes in each of N pairs.

    Args:
        reference: N bodies, or their joints (N, 22, 3) in metres; any position, size and heading
            (`canonical` is applied). Where the floor is unknown the lowest joint is taken to touch
            it. Joints hold no heading: without both headings the turn of the whole body is unknown,
            never 0. What needs a joint that was built or guessed in either body is unknown too.
        target: N bodies or their joints likewise.
        noise_seed: disturb every difference by up to 0.3 of its smallest step, which makes texts
            about borderline changes vary; None, the default, disturbs nothing.

    Returns:
        Codes of N pairs. Without noise a batch equals its pairs one by one.
    """
    before, after = Bodies.of(reference), Bodies.of(target)
    codes = compare_measures(_measured(before), _measured(after), noise_seed=noise_seed)
    codes = without_built(without_built(codes, before.built), after.built)
    for bodies in (before, after):
        if any(bodies.guessed):
            codes = _without(codes, _hidden(bodies, codes))
    return codes


def _measured(bodies: Bodies) -> Floats:
    return measure_poses(bodies.joints, floor=_floors(bodies), heading=bodies.headings)


def _floors(bodies: Bodies) -> Floats | None:
    """The floors as given, or under the joints that were seen; NaN where neither tells."""
    if not any(bodies.guessed):
        return bodies.floors
    given = np.full(len(bodies.joints), np.nan) if bodies.floors is None else bodies.floors
    seen = [
        seen_floor(pose, names) - pose[0, 1] if names else np.nan
        for pose, names in zip(canonical(bodies.joints), bodies.guessed, strict=True)
    ]
    return np.where(np.isnan(given), seen, given)


def _hidden(bodies: Bodies, codes: Codes) -> NDArray[np.bool_]:
    """(N, M) what cannot be known because joints were not seen."""
    floors = _floors(bodies)
    found = np.zeros(codes.change.shape, dtype=bool)
    for i, names in enumerate(bodies.guessed):
        if names:
            floor = floors is not None and not np.isnan(floors[i])
            found[i] = hidden_measures(names, floor=floor)
            if not floor and not hidden_measures(names)[COLUMN["posture"]]:
                # Upright is upright at any height.
                states = (codes.reference[i, COLUMN["posture"]], codes.target[i, COLUMN["posture"]])
                found[i, COLUMN["posture"]] = any(state != UPRIGHT for state in states)
    return found


def compare_measures(before: Floats, after: Floats, *, noise_seed: int | None = None) -> Codes:
    """Code what changes between measures that are known already; see `transition_codes`.

    Args:
        before: (N, M) of `measure_poses`.
        after: (N, M) likewise.
        noise_seed: see `transition_codes`.
    """
    difference = after - before
    rng = None if noise_seed is None else np.random.default_rng(noise_seed)
    change = np.zeros(difference.shape, dtype=np.int8)
    amount = np.zeros_like(difference)
    states = [np.zeros(difference.shape, dtype=np.int8) for _ in range(2)]
    for i, measure in enumerate(MEASURES):
        for state, values in zip(states, (before, after), strict=True):
            state[:, i] = _bin(values[:, i], measure)
        if not measure.steps:
            continue
        gap = _short_way(difference[:, i]) if measure.wraps else difference[:, i]
        if rng is not None:
            gap = gap + rng.uniform(-_NOISE, _NOISE, len(gap)) * measure.steps[0]
        gap = np.nan_to_num(gap, nan=0.0)
        if measure.event:
            reached = (states[1][:, i] == 0).astype(np.int8) - (states[0][:, i] == 0)
            change[:, i] = GAINED * reached * (np.abs(gap) >= measure.steps[0])
            amount[:, i] = change[:, i] / GAINED
        else:
            change[:, i] = np.sign(gap) * np.digitize(np.abs(gap), measure.steps)
            amount[:, i] = gap / measure.steps[1]
    return Codes(change, amount, *states)


def unknown_measures(built: Collection[str]) -> tuple[str, ...]:
    """The measures that joints built from their neighbours say nothing of.

    >>> unknown_measures(["nose"])
    ('head_up', 'head_left')
    """
    return tuple(m.name for m in MEASURES if _needs(m.name) & frozenset(built))


def without_built(codes: Codes, built: Sequence[Collection[str]]) -> Codes:
    """The codes of N pairs without what needs a joint that was built in either image.

    Args:
        codes: of N pairs.
        built: N collections of joint names.
    """
    if not any(built):
        return codes
    unknown = np.zeros(codes.change.shape, dtype=bool)
    for i, names in enumerate(built):
        unknown[i, [COLUMN[name] for name in unknown_measures(names)]] = True
    return _without(codes, unknown)


def _without(codes: Codes, unknown: NDArray[np.bool_]) -> Codes:
    """The codes with no change, and no state, where one is unknown (N, M)."""
    return Codes(
        np.where(unknown, np.int8(0), codes.change),
        np.where(unknown, 0.0, codes.amount),
        np.where(unknown, np.int8(UNKNOWN), codes.reference),
        np.where(unknown, np.int8(UNKNOWN), codes.target),
    )


def _needs(name: str) -> frozenset[str]:
    """Joints with a freedom of their own, without which a measure tells nothing."""
    if name in ("head_up", "head_left"):
        return frozenset({"head", "nose"})
    if name == "head_tilt_left":
        return frozenset({"head"})
    side, _, kind = name.partition("_")
    if kind.startswith("hand_on"):
        return frozenset({f"{side}_hand"})
    if kind in ("foot_on_floor", "foot_on_other_leg"):
        return frozenset({f"{side}_foot"})
    return frozenset()


def _mirror_states(states: NDArray[np.int8]) -> NDArray[np.int8]:
    mirrored = states.copy()
    for measure in MEASURES:
        if measure.flips:
            column = COLUMN[measure.name]
            flipped = len(measure.bands) - states[:, column]
            mirrored[:, column] = np.where(states[:, column] == UNKNOWN, UNKNOWN, flipped)
    posture = states[:, COLUMN["posture"]]
    exchange = np.where(posture == ON_LEFT_SIDE, ON_RIGHT_SIDE, posture)
    exchange = np.where(posture == ON_RIGHT_SIDE, ON_LEFT_SIDE, exchange)
    mirrored[:, COLUMN["posture"]] = exchange
    return mirrored


def _bin(values: Floats, measure: Measure) -> NDArray[np.intp]:
    """Band of each value.

    Signed measures have symmetric bands; a value on an edge is the outer band on both sides, so
    that mirroring is exact there too.
    """
    bands = measure.bands
    known = ~np.isnan(values)
    values = np.where(known, values, 0.0)
    if not measure.flips:
        found = np.digitize(values, bands)
    else:
        half = len(bands) // 2
        found = half + np.sign(values).astype(np.intp) * np.digitize(np.abs(values), bands[half:])
    return np.where(known, found, UNKNOWN)


def _short_way(degrees: Floats) -> Floats:
    """Angles brought to -180..180; odd, as the reversal of codes needs."""
    return degrees - 360 * np.round(degrees / 360)
