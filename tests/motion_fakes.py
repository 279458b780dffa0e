"""A pose of which nothing is symmetric, in every skeleton that is read, and clips in BVH."""

from __future__ import annotations

import numpy as np

from autocompose.body.measures import COLUMN, measure_poses
from autocompose.body.skeleton import INDEX
from autocompose.body.sources.skeletons import SKELETONS
from tests.poses import ARMS_DOWN, with_joints

# Left arm straight up, right forearm forward, right knee lifted: nothing here is symmetric.
ASYMMETRIC = with_joints(
    ARMS_DOWN,
    left_elbow=(0.2, 0.72, 0), left_wrist=(0.2, 0.97, 0), left_hand=(0.2, 1.05, 0),
    right_wrist=(-0.19, 0.16, 0.25), right_hand=(-0.19, 0.16, 0.33),
    right_knee=(-0.1, -0.05, 0.41), right_ankle=(-0.1, -0.46, 0.41), right_foot=(-0.1, -0.52, 0.55),
)  # fmt: skip


def points_of(skeleton: str, pose: np.ndarray = ASYMMETRIC) -> np.ndarray:
    """The pose as that skeleton would have it, in its own axes and units."""
    at = {name: pose[i] for name, i in INDEX.items()}
    rows = []
    for name in SKELETONS[skeleton].joints:
        side, _, part = name.partition("_")
        own = {"left": 1.0, "right": -1.0}.get(side, 0.0)
        if name in at:
            rows.append(at[name])
        elif part in ("ear", "eye", "mouth", "eye_inner", "eye_outer"):
            rows.append(at["head"] + [0.07 * own, 0, 0.0 if part == "ear" else 0.08])
        elif part in ("pinky", "index", "thumb"):
            rows.append(at[f"{side}_hand"])
        elif part == "heel":
            rows.append(at[f"{side}_ankle"] + [0, -0.05, -0.04])
        elif part == "foot_index":
            rows.append(
                (at[f"{side}_foot"] - 0.2 * (at[f"{side}_ankle"] + [0, -0.05, -0.04])) / 0.8
            )
        elif part == "collar":
            rows.append(0.5 * (at["neck"] + at[f"{side}_shoulder"]))
        else:
            rows.append(
                {"root": at["pelvis"], "spine2": at["chest"], "skull_base": at["head"]}[name]
            )
    points = np.array(rows)[None]
    if skeleton == "mediapipe-33":
        points = points * [1, -1, -1]
    return points * (100 if skeleton == "aist-17" else 1)


def measured(joints: np.ndarray) -> dict[str, float]:
    values = measure_poses(joints)[0]
    return {name: float(values[i]) for name, i in COLUMN.items()}


HIERARCHY = """HIERARCHY
ROOT Hips
{
  OFFSET 0 0 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
%s
}
MOTION
Frames: %d
Frame Time: 0.05
%s
"""


def _chain(parts: list[tuple[str, tuple[float, float, float]]], depth: int = 1) -> str:
    """Nested joints, each with an offset and three angles."""
    if not parts:
        return ""
    name, (x, y, z) = parts[0]
    pad = "  " * depth
    inner = (
        _chain(parts[1:], depth + 1)
        or f"{pad}  End Site\n{pad}  {{\n{pad}    OFFSET 0 0 1\n{pad}  }}"
    )
    return (
        f"{pad}JOINT {name}\n{pad}{{\n{pad}  OFFSET {x} {y} {z}\n"
        f"{pad}  CHANNELS 3 Zrotation Xrotation Yrotation\n{inner}\n{pad}}}"
    )


def bvh(
    motion: dict[str, tuple[float, float, float]], style: str = "{side}{part}", frames: int = 1
) -> str:
    """A clip in centimetres whose rest pose is a T: angles (z, x, y) per joint, degrees."""
    parts = {
        "leg": [
            ("UpLeg", (9, -3, 0)), ("Leg", (0, -42, 0)), ("Foot", (0, -41, 0)),
            ("ToeBase", (0, -6, 14)),
        ],
        "arm": [
            ("Shoulder", (5, 45, 0)), ("Arm", (12, 0, 0)), ("ForeArm", (28, 0, 0)),
            ("Hand", (25, 0, 0)),
        ],
    }  # fmt: skip
    chains, order = [], ["Hips"]
    for side, sign in (("Left", 1), ("Right", -1)):
        for limb in ("leg", "arm"):
            named = [
                (style.format(side=side, part=p, s=side[0]), (sign * x, y, z))
                for p, (x, y, z) in parts[limb]
            ]
            chains.append(_chain(named))
            order += [name for name, _ in named]
    head = [("Spine", (0, 25, 0)), ("Neck", (0, 24, 0)), ("Head", (0, 10, 0))]
    chains.append(_chain(head))
    order += [name for name, _ in head]
    angles = [v for name in order for v in motion.get(name, (0.0, 0.0, 0.0))]
    row = " ".join(str(v) for v in [0, 92, 0, *angles])
    return HIERARCHY % ("\n".join(chains), frames, "\n".join([row] * frames))
