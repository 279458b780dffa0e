"""How well touches repair bodies: the rows of `autocompose evaluate-lab --only touches`.

Bodies of a split that touch themselves; starts and answers are made up (SIMULATED), touches are
those of the capsules. PCC(r) is the share of true pairs of parts that are nearer than r.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autocompose.body.skeleton import canonical
from autocompose.data.dataset import PoseDataset
from autocompose.errors import DatasetError
from autocompose.lab.bodies.capsules import CONTACT_M
from autocompose.lab.bodies.plausible import plausible_bodies
from autocompose.lab.contacts.contact_table import SAMPLES, voted
from autocompose.lab.contacts.picture_view import BodyView
from autocompose.lab.contacts.refined import AskedBody, refined_bodies
from autocompose.lab.contacts.regions import WATCHED_NAMES
from autocompose.lab.contacts.touch_fit import pair_distances
from autocompose.lab.contacts.touches import Touch, unique
from autocompose.lab.measured.lab_numbers import (
    Interval,
    LabRow,
    aligned_distance,
    interval,
    ratio_interval,
)
from autocompose.lab.measured.touch_answers import (
    AnswerErrors,
    EstimateNoise,
    estimated_bodies,
    simulated_answers,
)
from autocompose.schema import Event, OnEvent

Floats = NDArray[np.float64]

STARTS = {
    "like mediapipe": EstimateNoise(0.05, 0.22),
    "with twice the noise": EstimateNoise(0.10, 0.40),
}
"""SIMULATED starts by name."""
_NEAR = 0.30  # m: farther regions are not taken to touch
_PAPER = np.arange(0.0, 1.0, 0.05)  # m: the radii over which ProsePose averages
_SAID = "SIMULATED answers: true touches without sides, 35 % left out, 1 invented for 4 true"


@dataclass(frozen=True, eq=False)
class TouchingBodies:
    """Bodies that touch themselves.

    Args:
        joints: (N, 22, 3) metres, canonical.
        pixels: (N, 22, 2).
        touching: (N, W) which pairs of `WATCHED_NAMES` touch.
        gaps: (N, W) metres.
    """

    joints: Floats
    pixels: Floats
    touching: NDArray[np.bool_]
    gaps: Floats

    def true(self, row: int) -> tuple[Touch, ...]:
        """The touches of a body, with their sides."""
        return tuple(Touch(*WATCHED_NAMES[c]) for c in np.flatnonzero(self.touching[row]))

    def sideless(self, row: int) -> tuple[Touch, ...]:
        """The same without sides."""
        return unique(touch.sideless for touch in self.true(row))

    def near(self, row: int) -> tuple[Touch, ...]:
        """Touches without sides that are not true and could be taken for one."""
        close = np.flatnonzero((self.gaps[row] < _NEAR) & ~self.touching[row])
        every = unique(Touch(*WATCHED_NAMES[c]).sideless for c in close)
        return tuple(touch for touch in every if touch not in self.sideless(row))


def touching_bodies(
    dataset: PoseDataset, split: str, *, limit: int | None = None
) -> TouchingBodies:
    """The bodies of a split that touch themselves.

    Args:
        dataset: with joints and their pixels.
        split: whose pictures.
        limit: bodies at most, spread evenly.

    Raises:
        DatasetError: there is none.
    """
    images = [i for i in dataset.gallery(split) if i.joints is not None and i.pixels is not None]
    if images:
        joints = canonical(np.array([image.joints for image in images], dtype=np.float64))
        gaps = pair_distances(joints, WATCHED_NAMES)
        rows = np.flatnonzero((gaps < CONTACT_M).any(1))
        if limit is not None and limit < len(rows):
            rows = rows[np.linspace(0, len(rows) - 1, limit).astype(int)]
        if len(rows):
            pixels = np.array([images[row].pixels for row in rows], dtype=np.float64)
            return TouchingBodies(joints[rows], pixels, gaps[rows] < CONTACT_M, gaps[rows])
    raise DatasetError(
        f"{dataset.name} has no body in {split} that touches itself; joints and pixels are needed"
    )


def touch_rows(
    dataset: PoseDataset,
    split: str,
    *,
    limit: int | None = None,
    seed: int = 0,
    on_event: OnEvent | None = None,
) -> list[LabRow]:
    """Measure touches from the truth and from made-up answers.

    Args:
        dataset: with joints and their pixels.
        split: whose bodies.
        limit: bodies at most.
        seed: of the starts and the answers.
        on_event: called with progress.

    Raises:
        DatasetError: no body of the split touches itself.
    """
    bodies = touching_bodies(dataset, split, limit=limit)
    rows: list[LabRow] = []
    for place, (name, noise) in enumerate(STARTS.items()):
        rng = np.random.default_rng([seed, place])
        start, points = estimated_bodies(bodies.joints, bodies.pixels, noise, rng=rng)
        views = [BodyView.of(one, seen) for one, seen in zip(start, points, strict=True)]
        rows += _rows_of(bodies, start, views, name=f"touches, start {name}", rng=rng)
        if on_event is not None:
            on_event(Event("touches", place + 1, len(STARTS)))
    return rows


def _rows_of(
    bodies: TouchingBodies,
    start: Floats,
    views: Sequence[BodyView],
    *,
    name: str,
    rng: np.random.Generator,
) -> list[LabRow]:
    count = len(start)
    rows = [_row(name, "start (SIMULATED)", start, bodies=bodies)]
    nothing = [()] * count
    points = _refined(start, nothing, views, complete=False)
    alone = np.stack([one.joints for one in points.made])
    rows.append(_row(name, "2-D points only", alone, bodies=bodies, spent=points.seconds))
    asked: list[tuple[str, list[tuple[Touch, ...]], str]] = [
        ("true touches and sides (upper bound)", [bodies.true(i) for i in range(count)], ""),
        ("true touches, sides chosen", [bodies.sideless(i) for i in range(count)], ""),
    ]
    for method, errors, samples in (
        (f"SIMULATED, vote of {SAMPLES}", AnswerErrors(), SAMPLES),
        ("SIMULATED, one answer", AnswerErrors(), 1),
        (f"SIMULATED, vote of {SAMPLES} that err alike", AnswerErrors(alike=True), SAMPLES),
    ):
        asked.append((method, _told(bodies, errors, samples=samples, rng=rng), _SAID))
    for method, touches, note in asked:
        found = _refined(start, touches, views, complete=True)
        joints = np.stack([one.joints for one in found.made])
        made = _row(name, method, joints, bodies=bodies, spent=found.seconds, against=alone)
        refused = interval(np.array([100.0 * len(one.refused) for one in found.made]))
        more = {**made.values, "refused in 100 bodies": refused}
        rows.append(LabRow(name, method, count, more, note))
    return rows


def _told(
    bodies: TouchingBodies, errors: AnswerErrors, *, samples: int, rng: np.random.Generator
) -> list[tuple[Touch, ...]]:
    """What answers say of each body, by the vote."""
    true = [bodies.sideless(row) for row in range(len(bodies.joints))]
    near = [bodies.near(row) for row in range(len(bodies.joints))]
    chance = errors.invented * sum(map(len, true)) / max(1, sum(map(len, near)))
    told = []
    for one, other in zip(true, near, strict=True):
        answers = simulated_answers(one, other, errors, samples=samples, chance=chance, rng=rng)
        told.append(voted(answers).touches)
    return told


@dataclass(frozen=True, eq=False)
class _Made:
    made: list
    seconds: float


def _refined(
    start: Floats,
    touches: Sequence[tuple[Touch, ...]],
    views: Sequence[BodyView],
    *,
    complete: bool,
) -> _Made:
    asked = [
        AskedBody(joints, tuple(said), view, complete)
        for joints, said, view in zip(start, touches, views, strict=True)
    ]
    began = time.process_time()
    made = refined_bodies(asked)
    return _Made(made, (time.process_time() - began) / len(asked))


def _row(
    task: str,
    method: str,
    joints: Floats,
    *,
    bodies: TouchingBodies,
    spent: float | None = None,
    against: Floats | None = None,
) -> LabRow:
    placed = joints - joints[:, :1]
    true = bodies.joints - bodies.joints[:, :1]
    off = 1000 * np.linalg.norm(placed - true, axis=-1).mean(1)
    gaps = pair_distances(joints, WATCHED_NAMES)
    touching = bodies.touching
    values: dict[str, Interval] = {}
    for radius in (0.02, 0.05, 0.10):
        met = 100.0 * (touching & (gaps < radius)).sum(1)
        values[f"PCC@{100 * radius:.0f} %"] = ratio_interval(met, touching.sum(1))
    shares = [(touching & (gaps < radius)).sum(1) for radius in _PAPER]
    values["PCC, paper's mean %"] = ratio_interval(100.0 * np.mean(shares, 0), touching.sum(1))
    values["MPJPE mm"] = interval(off)
    values["PA mm"] = interval(1000 * aligned_distance(placed, true))
    if against is not None:
        other = 1000 * np.linalg.norm(against - against[:, :1] - true, axis=-1).mean(1)
        values["MPJPE less 2-D points' mm"] = interval(off - other)
    false = 100.0 * ((gaps < CONTACT_M) & ~touching).sum(1)
    values["false contacts in 100 bodies"] = interval(false)
    values["plausible %"] = interval(100.0 * plausible_bodies(joints))
    if spent is not None:
        values["CPU ms a body"] = interval(np.full(len(joints), 1000 * spent))
    return LabRow(task, method, len(joints), values)
