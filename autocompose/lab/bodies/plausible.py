"""Whether bodies could stand like that: no part deep inside another, weight over what carries it.

Told from joints alone, for thousands of bodies at once.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from autocompose.body.directions import on_standard_body
from autocompose.body.skeleton import INDEX
from autocompose.lab.bodies.capsules import CAPSULES, WATCHED, capsule_distances

Floats = NDArray[np.float64]

FIRM_M, SOFT_M = 0.04, 0.10
"""Depth that one part may lie in another, metres; soft parts give way when the body folds."""
_SOFT = (
    {"thigh", "chest"},
    {"shin", "thigh"},
    {"foot", "hips"},
    {"shin", "hips"},
    {"foot", "thigh"},
)
_NEAR_FLOOR = 0.14  # m: a joint this low carries weight
_BALANCE = 0.28  # m: how far the trunk may stand outside the joints that carry it
_TRUNK = [INDEX[name] for name in ("pelvis", "chest", "left_knee", "right_knee")]

_ALLOWED = torch.tensor(
    [SOFT_M if {CAPSULES[a].kind, CAPSULES[b].kind} in _SOFT else FIRM_M for a, b in WATCHED]
)


def excess_depth(joints: torch.Tensor) -> torch.Tensor:
    """(N,) metres that parts lie in others beyond what is allowed, summed; can be differentiated.

    Args:
        joints: (N, 22, 3) metres, on the standard body.
    """
    return (-capsule_distances(joints) - _ALLOWED.to(joints)).clamp(min=0).sum(1)


def off_balance(joints: Floats) -> Floats:
    """(N,) metres that the middle of the trunk stands outside the lowest joints.

    Args:
        joints: (N, 22, 3) canonical, metres.
    """
    low = joints[:, :, 1] < joints[:, :, 1].min(1, keepdims=True) + _NEAR_FLOOR
    flat = joints[:, :, [0, 2]]
    least = np.where(low[..., None], flat, np.inf).min(1)
    most = np.where(low[..., None], flat, -np.inf).max(1)
    trunk = flat[:, _TRUNK].mean(1)
    return np.linalg.norm(trunk - np.clip(trunk, least, most), axis=1)


def plausible_bodies(joints: Floats) -> NDArray[np.bool_]:
    """(N,) whether each body could stand like that.

    Args:
        joints: (N, 22, 3) metres, of any size; they are judged on the standard body.
    """
    standard = on_standard_body(np.asarray(joints, dtype=np.float64))
    deep = excess_depth(torch.from_numpy(standard.astype(np.float32))).numpy() > 0
    return ~deep & (off_balance(standard) < _BALANCE)
