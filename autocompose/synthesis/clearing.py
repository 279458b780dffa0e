"""A limb that lies in another part is turned out of it by the smallest angle that suffices."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import roma
import torch
from numpy.typing import NDArray

from autocompose.body.skeleton import INDEX
from autocompose.synthesis.body import BodyModel, PosedBody, Rest
from autocompose.synthesis.mocap import SEGMENT, SegmentPose
from autocompose.synthesis.penetration import BodyParts, Contact, vertex_normals

_STEP = 3.0  # degrees at a time
_MOST = {"arm": 45.0, "leg": 21.0}
_CHAIN = {
    "arm": ("shoulder", ("shoulder", "elbow")),
    "leg": ("hip", ("hip", "knee", "ankle")),
}


@dataclass(frozen=True)
class Cleared:
    """A pose without one part in another.

    Args:
        pose: the pose, its limbs turned.
        body: the body in it.
        degrees: how far the limbs were turned in all; 0 for a pose that was clear.
        depth: of the deepest part in another before, metres; what is allowed included.
    """

    pose: SegmentPose
    body: PosedBody
    degrees: float
    depth: float


class Clearing:
    """Clears the poses of bodies of one model."""

    def __init__(self, model: BodyModel) -> None:
        """Sort the model's vertices into parts."""
        self._model = model
        self._parts = BodyParts(model.bones, model.owner)

    def contacts(self, body: PosedBody) -> list[Contact]:
        """Parts that lie in others, deepest excess first."""
        return self._parts.contacts(body.vertices, vertex_normals(body.vertices, self._model.faces))

    def cleared(self, rest: Rest, pose: SegmentPose) -> Cleared | None:
        """The pose with its limbs turned out of other parts; None when that takes too much.

        Args:
            rest: the person.
            pose: the pose.
        """
        turned: dict[str, float] = {}
        depth = 0.0
        while True:
            body = self._model.pose(rest, pose.rotations, lift=pose.lift)
            found = self.contacts(body)
            depth = depth or max((contact.depth for contact in found), default=0.0)
            if not found or found[0].excess <= 0:
                return Cleared(pose, body, sum(turned.values()), depth)
            limb, outward = _to_move(found[0])
            if not limb:
                return None
            turned[limb] = turned.get(limb, 0.0) + _STEP
            if turned[limb] > _MOST[limb.split()[1]]:
                return None
            pose = _turned_out(pose, body, limb, outward=outward, at=found[0].point)


def _to_move(contact: Contact) -> tuple[str, NDArray[np.float64]]:
    """``left arm`` or ``right leg``, and where to; empty when neither part is a limb's."""
    for part, sign in zip(contact.parts, (1.0, -1.0), strict=True):
        if part.endswith("arm"):
            return part, sign * contact.out
    for part, sign in zip(contact.parts, (1.0, -1.0), strict=True):
        side, _, kind = part.partition(" ")
        if kind in ("thigh", "shin", "foot"):
            return f"{side} leg", sign * contact.out
    return "", contact.out


def _turned_out(
    pose: SegmentPose,
    body: PosedBody,
    limb: str,
    *,
    outward: NDArray[np.float64],
    at: NDArray[np.float64],
) -> SegmentPose:
    side, _, kind = limb.partition(" ")
    joint, chain = _CHAIN[kind]
    lever = at - body.joints[INDEX[f"{side}_{joint}"]]
    axis = np.cross(lever, outward)
    axis = axis / (np.linalg.norm(axis) + 1e-9) * np.radians(_STEP)
    turn = roma.rotvec_to_rotmat(torch.from_numpy(np.ascontiguousarray(axis))).numpy()
    rotations = pose.rotations.copy()
    rows = [SEGMENT[f"{side}_{name}"] for name in chain]
    rotations[rows] = turn @ rotations[rows]
    return replace(pose, rotations=rotations)
