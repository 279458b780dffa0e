"""Key poses authored by hand, for what the clips lack: sitting, kneeling, yoga, reaching, everyday gestures.

A limb is (elevation, azimuth, twist, hinge) in degrees: elevation from hanging straight down, azimuth of the
raising plane (0 forward, 90 out to the subject's own side, negative across the body), twist about the limb,
hinge = bend of the elbow or knee. With the arm straight out to the side and no twist, the elbow bends upward.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import roma
import torch
from numpy.typing import NDArray

from autocompose.synthesis.mocap import SEGMENT, SEGMENTS, SegmentPose, without_heading

Limb = tuple[float, float, float, float]
Turn = tuple[float, float, float]

_STAND: Limb = (2.0, 60.0, -60.0, 3.0)
_HANG: Limb = (7.0, 70.0, -70.0, 12.0)


@dataclass(frozen=True)
class KeyPose:
    """A pose in degrees.

    Args:
        root, chest, neck: (forward pitch, lean to the left, turn to the left); chest and neck relative to
            the segment below.
        left_arm, right_arm, left_leg, right_leg: see the module's first lines.
        left_foot, right_foot: toes pointed away from the shin; None keeps the sole level with the floor.
    """

    name: str
    root: Turn = (0.0, 0.0, 0.0)
    chest: Turn = (0.0, 0.0, 0.0)
    neck: Turn = (0.0, 0.0, 0.0)
    left_arm: Limb = _HANG
    right_arm: Limb = _HANG
    left_leg: Limb = _STAND
    right_leg: Limb = _STAND
    left_foot: float | None = None
    right_foot: float | None = None


def _both(arm: Limb | None = None, leg: Limb | None = None) -> dict[str, Any]:
    sides: dict[str, Limb] = {}
    if arm:
        sides |= {"left_arm": arm, "right_arm": arm}
    if leg:
        sides |= {"left_leg": leg, "right_leg": leg}
    return sides


# fmt: off
_SIT: Limb = (88, 8, 0, 88)
_SQUAT: Limb = (105, 25, 0, 120)
_KNEEL: Limb = (5, 0, 0, 95)
_T: Limb = (90, 90, 0, 0)
_UP: Limb = (172, 60, 0, 5)
_HIP: Limb = (45, 100, -165, 95)
_FRONT: Limb = (90, 0, 0, 0)
_SIDE_STEP: Limb = (24, 90, -90, 2)
KEY_POSES: tuple[KeyPose, ...] = (
    KeyPose("stand"),
    KeyPose("t-pose", **_both(_T)),
    KeyPose("arms-overhead", **_both(_UP)),
    KeyPose("arms-forward", **_both(_FRONT)),
    KeyPose("goalpost", **_both((90, 90, 0, 90))),
    KeyPose("hands-on-hips", **_both(_HIP)),
    KeyPose("arms-crossed", left_arm=(40, 10, -80, 105), right_arm=(46, 10, -80, 105)),
    KeyPose("hands-behind-head", **_both((125, 80, 10, 128))),
    KeyPose("wave", right_arm=(95, 85, 0, 75)),
    KeyPose("point-forward", right_arm=_FRONT, left_arm=_HIP),
    KeyPose("point-up", left_arm=_UP),
    KeyPose("think", right_arm=(42, 5, -20, 132), left_arm=(35, 15, -70, 95), neck=(12, 0, -8)),
    KeyPose("salute", right_arm=(88, 70, 20, 130)),
    KeyPose("shrug", **_both((25, 70, 30, 95))),
    KeyPose("bow", chest=(55, 0, 0), neck=(15, 0, 0), **_both((45, 10, 0, 5))),
    KeyPose("toe-touch", root=(35, 0, 0), chest=(60, 0, 0), neck=(10, 0, 0), left_arm=(100, 5, 0, 5), right_arm=(100, 5, 0, 5), left_leg=(37, 0, 0, 4), right_leg=(37, 0, 0, 4)),
    KeyPose("side-bend", chest=(0, 28, 0), right_arm=(165, 85, 0, 10), left_arm=_HIP),
    KeyPose("twist", chest=(0, 0, 45), neck=(0, 0, 20), **_both((70, 40, 0, 60))),
    KeyPose("look-left", neck=(0, 0, 50)),
    KeyPose("look-up", neck=(-35, 0, 0), chest=(-8, 0, 0), **_both((20, 80, 0, 10))),
    KeyPose("sit", **_both((38, 5, 0, 55), _SIT)),
    KeyPose("sit-arms-up", **_both(_UP, _SIT)),
    KeyPose("sit-cross-leg", left_leg=_SIT, right_leg=(95, -12, 0, 70), **_both((40, 0, 0, 60))),
    KeyPose("sit-lean", chest=(35, 0, 0), **_both((60, 5, -20, 80), _SIT)),
    KeyPose("squat", chest=(25, 0, 0), root=(10, 0, 0), **_both(_FRONT, _SQUAT)),
    KeyPose("half-squat", chest=(25, 0, 0), **_both((45, 10, 0, 90), (55, 20, 0, 70))),
    KeyPose("squat-hands-knees", chest=(35, 0, 0), **_both((50, 10, 0, 20), (60, 25, 0, 75))),
    KeyPose("kneel", **_both(_HANG, _KNEEL), left_foot=80, right_foot=80),
    KeyPose("kneel-arms-up", **_both(_UP, _KNEEL), left_foot=80, right_foot=80),
    KeyPose("kneel-sit", chest=(5, 0, 0), left_arm=(35, 0, 0, 40), right_arm=(35, 0, 0, 40), left_leg=(80, 5, 0, 150), right_leg=(80, 5, 0, 150), left_foot=85, right_foot=85),
    KeyPose("half-kneel", left_leg=(88, 5, 0, 88), right_leg=(0, 0, 0, 92), right_foot=60),
    KeyPose("propose", left_leg=(88, 5, 0, 88), right_leg=(0, 0, 0, 92), right_foot=60, **_both((70, 0, 0, 25))),
    KeyPose("lunge", left_leg=(75, 5, 0, 80), right_leg=(-35, 0, 0, 20), right_foot=-20, **_both(_HIP)),
    KeyPose("lunge-reach", left_leg=(75, 5, 0, 80), right_leg=(-35, 0, 0, 20), right_foot=-20, chest=(10, 0, 0), **_both((165, 10, 0, 5))),
    KeyPose("side-lunge", left_leg=(62, 70, -50, 80), right_leg=(42, 90, -90, 3), chest=(20, 0, 0), **_both((60, 10, 0, 60))),
    KeyPose("warrior", left_leg=(72, 60, -20, 75), right_leg=(38, 90, -90, 2), neck=(0, 0, 60), **_both(_T)),
    KeyPose("star", **_both((125, 90, 0, 0), _SIDE_STEP)),
    KeyPose("wide-stance", **_both(_HIP, _SIDE_STEP)),
    KeyPose("tree", right_leg=(48, 85, -10, 120), right_foot=20, **_both((165, 60, 0, 25))),
    KeyPose("stork", left_leg=(85, 0, 0, 95), left_foot=25, **_both(_T)),
    KeyPose("quad-stretch", right_leg=(-5, 0, 0, 130), right_foot=60, right_arm=(-25, 30, 0, 20), left_arm=(70, 80, 0, 0)),
    KeyPose("high-kick", left_leg=(95, 5, 0, 8), left_foot=15, left_arm=(45, 90, 0, 40), right_arm=(60, 50, 0, 40), chest=(-12, 0, 0)),
    KeyPose("side-kick", left_leg=(80, 90, -90, 5), left_foot=0, chest=(0, -22, 0), **_both((50, 30, -20, 100))),
    KeyPose("back-kick", left_leg=(-45, 0, 0, 15), left_foot=30, chest=(30, 0, 0), **_both((70, 20, 0, 15))),
    KeyPose("arabesque", root=(55, 0, 0), chest=(0, 0, 0), neck=(-35, 0, 0), left_leg=(-35, 0, 0, 5), left_foot=40, right_leg=(55, 0, 0, 4), right_arm=(150, 10, 0, 0), left_arm=(90, 90, 0, 0)),
    KeyPose("march", left_leg=(80, 0, 0, 85), left_foot=10, right_arm=(60, 0, 0, 85), left_arm=(-30, 0, 0, 40)),
    KeyPose("skate", left_leg=(40, 0, 0, 60), right_leg=(-25, 40, -20, 30), right_foot=30, chest=(35, 0, 0), right_arm=(55, 0, -30, 60), left_arm=(-45, 20, 0, 15)),
    KeyPose("box-guard", left_arm=(45, 0, -15, 125), right_arm=(35, 10, -20, 135), left_leg=(22, 15, 0, 25), right_leg=(-12, 25, 0, 22), chest=(12, 0, -15)),
    KeyPose("archer", left_arm=(90, 85, 0, 0), right_arm=(88, 80, 45, 140), neck=(0, 0, 55), **_both(None, _SIDE_STEP)),
    KeyPose("throw", right_arm=(110, 110, 30, 80), left_arm=(85, 20, 0, 5), left_leg=(30, 0, 0, 15), right_leg=(-20, 10, 0, 25), chest=(-8, 0, -25)),
    KeyPose("push", **_both((82, 0, 0, 8)), left_leg=(35, 5, 0, 45), right_leg=(-30, 5, 0, 8), chest=(25, 0, 0), right_foot=-15),
    KeyPose("carry", **_both((25, 0, -10, 85)), chest=(-8, 0, 0)),
    KeyPose("hug", **_both((75, 35, -60, 55))),
    KeyPose("pray", **_both((40, -8, -38, 115))),
    KeyPose("y-pose", **_both((135, 90, 0, 0))),
    KeyPose("low-v", **_both((42, 90, 0, 0))),
    KeyPose("one-up-one-side", left_arm=_UP, right_arm=_T),
    KeyPose("reach-left", left_arm=(95, 85, 0, 0), right_arm=(85, -25, -30, 25), chest=(0, 15, 15), left_leg=(25, 90, -80, 15)),
    KeyPose("plank", root=(78, 0, 0), neck=(-20, 0, 0), left_arm=(82, 5, 0, 3), right_arm=(82, 5, 0, 3), left_leg=(0, 0, 0, 3), right_leg=(0, 0, 0, 3), left_foot=-25, right_foot=-25),
    KeyPose("all-fours", root=(80, 0, 0), neck=(-25, 0, 0), left_arm=(80, 5, 0, 3), right_arm=(80, 5, 0, 3), left_leg=(85, 5, 0, 90), right_leg=(85, 5, 0, 90), left_foot=70, right_foot=70),
    KeyPose("bird-dog", root=(80, 0, 0), neck=(-30, 0, 0), left_arm=(170, 5, 0, 3), right_arm=(80, 5, 0, 3), left_leg=(85, 5, 0, 90), right_leg=(0, 0, 0, 5), left_foot=70, right_foot=40),
    KeyPose("down-dog", root=(125, 0, 0), neck=(0, 0, 0), left_arm=(175, 10, 0, 2), right_arm=(175, 10, 0, 2), left_leg=(75, 5, 0, 3), right_leg=(75, 5, 0, 3)),
    KeyPose("lie-back", root=(-88, 0, 0), left_arm=(25, 90, 0, 5), right_arm=(25, 90, 0, 5), left_foot=20, right_foot=20),
    KeyPose("lie-knees-up", root=(-88, 0, 0), left_arm=(20, 90, 0, 5), right_arm=(20, 90, 0, 5), left_leg=(50, 5, 0, 105), right_leg=(50, 5, 0, 105)),
    KeyPose("leg-raise", root=(-88, 0, 0), left_arm=(20, 90, 0, 5), right_arm=(20, 90, 0, 5), left_leg=(85, 0, 0, 5), right_leg=(85, 0, 0, 5), left_foot=20, right_foot=20),
    KeyPose("sit-floor", root=(-8, 0, 0), left_leg=(85, 8, 0, 4), right_leg=(85, 8, 0, 4), left_foot=5, right_foot=5, **_both((-25, 40, 0, 5))),
    KeyPose("sit-floor-reach", root=(10, 0, 0), chest=(35, 0, 0), left_leg=(95, 8, 0, 4), right_leg=(95, 8, 0, 4), left_foot=5, right_foot=5, **_both((90, 0, 0, 5))),
    KeyPose("cobra", root=(70, 0, 0), chest=(-45, 0, 0), neck=(-25, 0, 0), left_arm=(40, 15, 0, 15), right_arm=(40, 15, 0, 15), left_leg=(-15, 0, 0, 3), right_leg=(-15, 0, 0, 3), left_foot=50, right_foot=50),
)
# fmt: on


def _turn(degrees: Turn) -> NDArray[np.float64]:
    """Forward pitch, lean to the subject's left, turn to the subject's left."""
    pitch, lean, yaw = np.radians(degrees)
    return _about((0, 0, yaw)) @ _about((0, lean, 0)) @ _about((pitch, 0, 0))


def _about(vector: tuple[float, float, float]) -> NDArray[np.float64]:
    return roma.rotvec_to_rotmat(torch.tensor(vector, dtype=torch.float64)).numpy()


def _limb(limb: Limb, side: str) -> tuple[NDArray[np.float64], float]:
    elevation, azimuth, twist, hinge = np.radians(limb)
    out = 1.0 if side == "left" else -1.0
    rotation = (
        _about((0, 0, out * azimuth)) @ _about((-elevation, 0, 0)) @ _about((0, 0, out * twist))
    )
    return rotation, float(hinge)


def segment_pose(key: KeyPose, *, name: str | None = None) -> SegmentPose:
    """World orientations of a key pose, heading removed."""
    rotations = np.tile(np.eye(3), (len(SEGMENTS), 1, 1))
    rotations[SEGMENT["root"]] = _turn(key.root)
    rotations[SEGMENT["chest"]] = rotations[SEGMENT["root"]] @ _turn(key.chest)
    rotations[SEGMENT["neck"]] = rotations[SEGMENT["chest"]] @ _turn(key.neck)
    for side, arm, leg, foot in (
        ("left", key.left_arm, key.left_leg, key.left_foot),
        ("right", key.right_arm, key.right_leg, key.right_foot),
    ):
        turn, hinge = _limb(arm, side)
        rotations[SEGMENT[f"{side}_shoulder"]] = rotations[SEGMENT["chest"]] @ turn
        rotations[SEGMENT[f"{side}_elbow"]] = rotations[SEGMENT[f"{side}_shoulder"]] @ _about(
            (-hinge, 0, 0)
        )
        turn, hinge = _limb(leg, side)
        rotations[SEGMENT[f"{side}_hip"]] = rotations[SEGMENT["root"]] @ turn
        knee = rotations[SEGMENT[f"{side}_hip"]] @ _about((hinge, 0, 0))
        rotations[SEGMENT[f"{side}_knee"]] = knee
        rotations[SEGMENT[f"{side}_ankle"]] = (
            _level(knee) if foot is None else knee @ _about((np.radians(foot), 0, 0))
        )
    return SegmentPose(without_heading(rotations), key.name, name or key.name, "authored")


def _level(knee: NDArray[np.float64]) -> NDArray[np.float64]:
    """A foot flat on the floor that points where the knee points."""
    forward = -knee[:, 1] - knee[:, 2] * 0.3  # a little of "down the shin" settles the steep cases
    return _about((0, 0, float(np.arctan2(forward[0], -forward[1]))))


def jittered(
    key: KeyPose, rng: np.random.Generator, index: int, *, spread: float = 1.0
) -> SegmentPose:
    """A variant of a key pose: every angle moved by a few degrees, so that key poses have neighbours.

    Args:
        key: the pose to vary.
        rng: of the angles.
        index: number of the variant, for its name.
        spread: share of the usual movement.
    """

    def limb(angles: Limb) -> Limb:
        usual = (16.0, 12.0, 12.0, 16.0)
        moved = [a + spread * float(rng.normal(0, s)) for a, s in zip(angles, usual, strict=True)]
        moved[3] = float(np.clip(moved[3], 0, 150))
        return (moved[0], moved[1], moved[2], moved[3])

    def bend(angles: Turn) -> Turn:
        a, b, c = (v + spread * float(rng.normal(0, 6)) for v in angles)
        return (a, b, c)

    varied = replace(
        key, chest=bend(key.chest), neck=bend(key.neck), left_arm=limb(key.left_arm),
        right_arm=limb(key.right_arm), left_leg=limb(key.left_leg), right_leg=limb(key.right_leg),
    )  # fmt: skip
    return segment_pose(varied, name=f"{key.name}-v{index}")
