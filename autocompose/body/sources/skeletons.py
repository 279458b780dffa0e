"""Joints of other skeletons -> ours. "Left" is always the subject's left; nothing is exchanged.

Only joint orders are used here, which are facts; no data of the named systems. What a skeleton
lacks is built from what it has and named in `Imported.derived`: of such a joint nothing is known
but where the limb before it points.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from autocompose.body.measures import STATURE, dot, frame, length, unit
from autocompose.body.skeleton import INDEX, JOINTS, canonical, heading
from autocompose.errors import JointImportError

Floats = NDArray[np.float64]

UNITS: dict[str, float] = {"m": 1.0, "cm": 0.01, "mm": 0.001, "in": 0.0254, "body": 0.0}
"""Metres in one unit; ``body`` scales every clip to limbs of `STATURE` metres."""

UP: dict[str, tuple[tuple[int, int], ...]] = {
    "+y": ((0, 1), (1, 1), (2, 1)),
    "-y": ((0, 1), (1, -1), (2, -1)),
    "+z": ((0, 1), (2, 1), (1, -1)),
    "-z": ((0, 1), (2, -1), (1, 1)),
}
"""Axis that points up -> (axis, sign) of our x, y, z: turns only, so that no side is exchanged."""

LIMBS = (0.5, 2.5)
"""Least and most that `limb_length` is of any person, metres."""


@dataclass(frozen=True)
class SourceSkeleton:
    """A skeleton in the order of its joints.

    Args:
        joints: names in order; ours where a joint is ours.
        mix: our joint -> names and weights, where it is not simply of the same name.
        units: a key of `UNITS`.
        up: a key of `UP`.
    """

    joints: tuple[str, ...]
    mix: Mapping[str, Mapping[str, float]]
    units: str = "m"
    up: str = "+y"


@dataclass(frozen=True)
class Imported:
    """N poses in our skeleton.

    Args:
        joints: (N, 22, 3) canonical, metres.
        heading: (N,) degrees to the subject's left of the source's forward axis.
        floor: (N,) floor height relative to the pelvis, metres: the lowest sole of the whole clip.
        derived: our joints that the source does not have.
        seconds: between two poses of a clip; 0 when they are no sequence.
        notes: one line for each thing that a person should know about them.
    """

    joints: Floats
    heading: Floats
    floor: Floats
    derived: tuple[str, ...]
    seconds: float = 0.0
    notes: tuple[str, ...] = ()

    def every(self, stride: int) -> Imported:
        """Every ``stride``-th pose, from the first."""
        return replace(
            self,
            joints=self.joints[::stride],
            heading=self.heading[::stride],
            floor=self.floor[::stride],
            seconds=self.seconds * stride,
        )


def _both(names: str) -> tuple[str, ...]:
    return tuple(f"{side}_{name}" for name in names.split() for side in ("left", "right"))


def _sides(mix: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    return {
        f"{side}_{joint}": {f"{side}_{name}": weight for name, weight in sources.items()}
        for side in ("left", "right")
        for joint, sources in mix.items()
    }


_COCO = ("nose", *_both("eye ear shoulder elbow wrist hip knee ankle"))
_EARS = {"head": {"left_ear": 0.5, "right_ear": 0.5}}
_SMPL = (
    "root", *_both("hip"), "spine", *_both("knee"), "spine2", *_both("ankle"), "chest",
    *_both("foot"), "neck", *_both("collar"), "skull_base", *_both("shoulder elbow wrist"),
)  # fmt: skip
_MEDIAPIPE = (
    "nose", *(f"{s}_eye{k}" for s in ("left", "right") for k in ("_inner", "", "_outer")),
    *_both("ear mouth shoulder elbow wrist pinky index thumb hip knee ankle heel foot_index"),
)  # fmt: skip

SKELETONS: dict[str, SourceSkeleton] = {
    "autocompose-22": SourceSkeleton(JOINTS, {}),
    "coco-17": SourceSkeleton(_COCO, _EARS),
    "aist-17": SourceSkeleton(_COCO, _EARS, units="cm"),
    "smpl-24": SourceSkeleton((*_SMPL, *_both("hand")), {}),
    "smpl-22": SourceSkeleton(_SMPL, {}),
    "mediapipe-33": SourceSkeleton(
        _MEDIAPIPE,
        {
            **_EARS,
            **_sides(
                {"hand": {"pinky": 0.5, "index": 0.5}, "foot": {"foot_index": 0.8, "heel": 0.2}}
            ),
        },
        up="-y",
    ),
}
"""World coordinates, right-handed. mediapipe-33 takes the *world* landmarks (metres, y down)."""


def import_joints(
    points: Floats,
    skeleton: str,
    *,
    units: str | None = None,
    up: str | None = None,
    left_handed: bool = False,
) -> Imported:
    """Map the poses of a known skeleton to ours.

    Args:
        points: (N, J, 3) in the order of the skeleton.
        skeleton: a key of `SKELETONS`.
        units: a key of `UNITS`; the skeleton's own by default.
        up: a key of `UP`; the skeleton's own by default.
        left_handed: the axes are left-handed, as in some game engines.

    Raises:
        JointImportError: unknown names, another shape, 2-D points, points that are not finite,
            limbs of no human size, or feet and face that point backward.
    """
    source = SKELETONS.get(skeleton)
    if source is None:
        raise JointImportError(
            f'skeleton "{skeleton}" is unknown; use one of {", ".join(SKELETONS)}'
        )
    points = np.asarray(points, dtype=np.float64)
    _check_points(points, source, skeleton)
    named = {name: points[:, i] for i, name in enumerate(source.joints)}
    found = {
        joint: sum((w * named[n] for n, w in sources.items()), np.zeros(1))
        for joint, sources in source.mix.items()
    }
    at = {**named, **found}
    done = finish(at, units=units or source.units, up=up or source.up, left_handed=left_handed)
    _check_each(done.joints, done.derived)
    return done


def finish(at: Mapping[str, Floats], *, units: str, up: str, left_handed: bool = False) -> Imported:
    """Bring named joints to our axes and units, and build those that are missing.

    Args:
        at: our names, and ``skull_base`` for a head joint at the top of the neck -> (N, 3).
        units: a key of `UNITS`.
        up: a key of `UP`.
        left_handed: see `import_joints`.

    Raises:
        JointImportError: a joint that cannot be built is missing; else as `import_joints`.
    """
    _known("units", units, UNITS)
    _known("up", up, UP)
    turned = {}
    for name, points in at.items():
        turned[name] = np.stack([sign * points[:, axis] for axis, sign in UP[up]], axis=1)
        if left_handed:
            turned[name][:, 0] *= -1
    missing = [n for n in _NEEDED if n not in turned]
    if missing:
        raise JointImportError(
            f"joints are missing: {', '.join(missing)}; needed are {', '.join(_NEEDED)}"
        )
    joints, derived = _complete(turned)
    limbs = limb_length(joints)
    if units == "body":
        joints = joints * (STATURE / float(np.median(limbs)))
    else:
        joints = joints * UNITS[units]
        size = float(np.median(limbs)) * UNITS[units]
        if not LIMBS[0] <= size <= LIMBS[1]:
            raise JointImportError(
                f"thigh, shin, upper arm and forearm add up to {size:.3g} m in units of {units};"
                f" expected {LIMBS[0]} to {LIMBS[1]} m: choose other units ({', '.join(UNITS)})"
            )
    _check_forward(joints, derived)
    lowest = min(
        float((joints[:, INDEX[f"{s}_{j}"], 1] - lift).min())
        for s in ("left", "right")
        for j, lift in (("ankle", 0.06), ("foot", 0.02))
    )
    ground = min(lowest, float(joints[..., 1].min()))
    return Imported(canonical(joints), heading(joints), ground - joints[:, 0, 1], derived)


_NEEDED = _both("shoulder elbow wrist hip knee ankle")


def _known(what: str, value: str, allowed: Mapping[str, object]) -> None:
    if value not in allowed:
        raise JointImportError(f'{what} "{value}" is unknown; use one of {", ".join(allowed)}')


def _check_points(points: Floats, source: SourceSkeleton, name: str) -> None:
    count = len(source.joints)
    if points.ndim == 3 and points.shape[-1] == 2:
        raise JointImportError(
            f"the points of shape {points.shape} are 2-D; a change is described from 3-D joints:"
            " lift them first, or estimate joints from the pictures (autocompose estimate)"
        )
    if points.ndim != 3 or points.shape[1:] != (count, 3) or not len(points):
        raise JointImportError(
            f"the points have shape {points.shape}; {name} needs (poses, {count}, 3)"
        )
    if not np.isfinite(points).all():
        raise JointImportError(f"{int((~np.isfinite(points)).sum())} coordinates are not finite")
    x, y, z = np.moveaxis(points, -1, 0)
    if z.min() >= 0 and z.max() <= 1 and max(x.max(), y.max()) > 20:
        raise JointImportError(
            "the third coordinate looks like a confidence beside 2-D pixels; 3-D joints are needed"
        )
    flat = min(x.min(), y.min()) >= 0 and max(x.max(), y.max()) <= 1
    if name == "mediapipe-33" and flat:
        raise JointImportError(
            "these look like image landmarks (all x and y in 0..1); pass the world landmarks"
        )


def _complete(at: Mapping[str, Floats]) -> tuple[Floats, tuple[str, ...]]:
    """(N, 22, 3) with what is missing built from its neighbours, and the names of that."""
    have = dict(at)
    hips, shoulders = (0.5 * (have[f"left_{j}"] + have[f"right_{j}"]) for j in ("hip", "shoulder"))
    have["pelvis"] = hips  # every skeleton puts its root elsewhere; the middle of the hips is ours
    have.setdefault("neck", shoulders + 0.1 * (shoulders - hips))
    trunk = have["neck"] - hips
    for name, share in (("spine", 0.2), ("chest", 0.55)):
        have.setdefault(name, hips + share * trunk)
    side_to_side = have["left_shoulder"] - have["right_shoulder"]
    reach = length(trunk)[:, None]
    if "head" not in have:
        base = have.get("skull_base", have["neck"] + 0.17 * trunk)
        have["head"] = base + 0.09 * reach * unit(base - have["neck"])
    if "nose" not in have:
        _, front = frame(side_to_side, unit(have["head"] - have["neck"]))
        have["nose"] = have["head"] + 0.19 * reach * front
    _, ahead = frame(have["left_hip"] - have["right_hip"], unit(trunk))
    for side in ("left", "right"):
        elbow, wrist, knee, ankle = (
            have[f"{side}_{j}"] for j in ("elbow", "wrist", "knee", "ankle")
        )
        have.setdefault(f"{side}_hand", wrist + 0.32 * (wrist - elbow))
        shin = ankle - knee
        down = unit(shin)
        toes = ahead - dot(ahead, down)[:, None] * down
        size = length(shin)[:, None]
        have.setdefault(f"{side}_foot", ankle + size * (0.34 * unit(toes) + 0.14 * down))
    named = [name for name in JOINTS if name not in at and name != "pelvis"]
    return np.stack([have[name] for name in JOINTS], axis=1), tuple(named)


def limb_length(joints: Floats) -> Floats:
    """Thigh, shin, upper arm and forearm (N,) of (N, 22, 3) joints: the mean of both sides."""
    bones = (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"))
    return 0.5 * np.sum(
        [
            length(joints[:, INDEX[f"{s}_{a}"]] - joints[:, INDEX[f"{s}_{b}"]])
            for s in ("left", "right")
            for a, b in bones
        ],
        axis=0,
    )


_BACKWARD = -0.2


def _cues(joints: Floats) -> dict[str, Floats]:
    """How far face and feet of N bodies point forward, -1 to 1, by the joint at the tip."""
    at = {name: joints[:, i] for name, i in INDEX.items()}
    _, front = frame(at["left_hip"] - at["right_hip"], unit(at["neck"] - at["pelvis"]))
    tips = {"nose": "head", "left_foot": "left_ankle", "right_foot": "right_ankle"}
    return {tip: dot(unit(at[tip] - at[base]), front) for tip, base in tips.items()}


def backward(joints: Floats, unknown: Sequence[Collection[str]] = ()) -> NDArray[np.bool_]:
    """Which of N bodies have a face and feet that all point backward: the sides are exchanged.

    Neither says it alone: people look over a shoulder, and the feet of a kneeling body point
    backward. So a body whose nose, or both of whose feet, are unknown is taken to be right.

    Args:
        joints: (N, 22, 3), y up.
        unknown: names of the joints of each body that were built or not seen.
    """
    cues = _cues(joints)
    known = np.ones((len(cues), len(joints)), dtype=bool)
    for i, names in enumerate(unknown):
        known[:, i] = [tip not in names for tip in cues]
    points_back = np.stack(list(cues.values())) < _BACKWARD
    nose, *feet = known
    return (points_back | ~known).all(0) & nose & np.any(feet, axis=0)


def _check_forward(joints: Floats, derived: tuple[str, ...]) -> None:
    """Refuse bodies whose feet and face point backward: then left and right are exchanged."""
    cues = [values for tip, values in _cues(joints).items() if tip not in derived]
    if cues and float(np.median(np.mean(cues, axis=0))) < _BACKWARD:
        raise JointImportError(
            "face and feet point backward: the axes are left-handed (say so) or the left and right"
            " joints are exchanged in the file"
        )


def _check_each(joints: Floats, derived: tuple[str, ...]) -> None:
    """Refuse single poses whose sides are exchanged among others that are right."""
    wrong = np.flatnonzero(backward(joints, [derived] * len(joints)))
    if len(wrong):
        poses = ", ".join(map(str, wrong[:5])) + (", ..." if len(wrong) > 5 else "")
        raise JointImportError(
            f"face and feet point backward in {len(wrong)} of {len(joints)} poses ({poses}; the"
            " first is 0): left and right are exchanged there; correct these poses or remove them"
        )
