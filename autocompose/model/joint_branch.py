"""An optional branch for true joints: mixes them into the image feature where they are known.

A learnt gate in 0..1 mixes the feature of the joints into the image feature. A picture without
known joints has the gate at 0 and a learnt offset instead, so one gallery can hold both kinds of
pictures. It works with any backbone: the result is a raw image feature like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from autocompose.body.skeleton import JOINTS, MIRROR
from autocompose.schema import PoseImage, Triplet

HIDDEN_DIM = 256
_START = -2.0
"""Logit of the gate before training: 12 % joints, so that the towers' features stay in use."""


@dataclass(frozen=True, eq=False)
class Poses:
    """Joints of a batch of pictures.

    Args:
        joints: (B, 22, 3) canonical, metres; zeros where they are not known.
        floor: (B,) height of the floor in metres, NaN where it is not known.
        known: (B,) bool.
    """

    joints: torch.Tensor
    floor: torch.Tensor
    known: torch.Tensor

    @classmethod
    def unknown(cls, count: int) -> Poses:
        """Pictures without joints."""
        floor = torch.full((count,), torch.nan)
        return cls(torch.zeros(count, len(JOINTS), 3), floor, torch.zeros(count, dtype=torch.bool))

    def take(self, rows: slice) -> Poses:
        """Some of the pictures."""
        return Poses(self.joints[rows], self.floor[rows], self.known[rows])

    def hide(self, hidden: torch.Tensor) -> Poses:
        """As if the joints of some pictures, (B,) bool, were not known."""
        return replace(self, known=self.known & ~hidden.to(self.known.device))

    def to(self, device: torch.device) -> Poses:
        """The same, on a device."""
        return Poses(self.joints.to(device), self.floor.to(device), self.known.to(device))


class KnownJoints:
    """The joints that are known of pictures, by id.

    Args:
        images: those without joints are unknown, like every picture that is not here.
    """

    def __init__(self, images: Iterable[PoseImage]) -> None:
        found: Mapping[str, PoseImage] = {i.id: i for i in images if i.joints is not None}
        self._rows = {name: row for row, name in enumerate(found)}
        joints = np.array([i.joints for i in found.values()], dtype=np.float32)
        self._joints = torch.from_numpy(joints.reshape(-1, len(JOINTS), 3))
        floors = [torch.nan if i.floor_y is None else i.floor_y for i in found.values()]
        self._floors = torch.tensor(floors, dtype=torch.float32)

    def __len__(self) -> int:
        """Pictures with joints."""
        return len(self._rows)

    def __contains__(self, name: object) -> bool:
        """Whether the joints of a picture are known."""
        return name in self._rows

    def of(self, names: Sequence[str], *, mirrored: Sequence[bool] | None = None) -> Poses:
        """Joints of pictures; those of a mirrored picture are reflected, left and right exchanged.

        Args:
            names: ids, known or not.
            mirrored: which pictures are flipped.
        """
        poses = Poses.unknown(len(names))
        here = [place for place, name in enumerate(names) if name in self._rows]
        rows = [self._rows[names[place]] for place in here]
        poses.joints[here] = self._joints[rows]
        poses.floor[here] = self._floors[rows]
        poses.known[here] = True
        return poses if mirrored is None else mirrored_poses(poses, torch.tensor(mirrored))


def mirrored_poses(poses: Poses, flip: torch.Tensor) -> Poses:
    """Reflect some of the poses, (B,) bool: the subject's left arm does what the right arm did."""
    reflected = mirror_joints(poses.joints)
    return replace(poses, joints=torch.where(flip[:, None, None], reflected, poses.joints))


def mirror_joints(joints: torch.Tensor) -> torch.Tensor:
    """Joints (B, 22, 3) as the mirror shows them: the subject's left and right exchanged."""
    return joints[:, torch.from_numpy(MIRROR)] * torch.tensor([-1.0, 1.0, 1.0])


class JointBranch(nn.Module):
    """Mixes what joints say into raw image features.

    Args:
        feature_dim: D, of the towers' features.
        hidden_dim: width of the encoder of the joints.
    """

    def __init__(self, feature_dim: int, hidden_dim: int = HIDDEN_DIM):
        """Create randomly initialised layers; the gate starts low, the offset at nothing."""
        super().__init__()
        self.feature_dim = feature_dim
        self.hidden_dim = hidden_dim
        self.encoder = nn.Sequential(
            nn.Linear(3 * len(JOINTS) + 2, hidden_dim),
            nn.GELU(),
            nn.Linear(hidden_dim, hidden_dim),
            nn.GELU(),
            nn.Linear(hidden_dim, feature_dim),
        )
        self.mixer = nn.Linear(2 * feature_dim, 1)
        nn.init.zeros_(self.mixer.weight)
        nn.init.constant_(self.mixer.bias, _START)
        self.without = nn.Parameter(torch.zeros(feature_dim))

    def forward(self, image: torch.Tensor, poses: Poses) -> torch.Tensor:
        """Raw features (B, D) of pictures from those of the image tower, (B, D)."""
        pose = self._encode(poses)
        gate = self._gate(image, pose)
        # At the image's length, because the towers' raw features have any.
        length = image.norm(dim=-1, keepdim=True)
        mixed = (1 - gate) * image + gate * length * pose
        return torch.where(poses.known[:, None], mixed, image + length * self.without)

    def gate(self, image: torch.Tensor, poses: Poses) -> torch.Tensor:
        """How much of the mixture is the joints', (B, 1) in 0..1; 0 where they are not known."""
        return self._gate(image, self._encode(poses)) * poses.known[:, None]

    def _gate(self, image: torch.Tensor, pose: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(self.mixer(torch.cat([F.normalize(image, dim=-1), pose], dim=-1)))

    def _encode(self, poses: Poses) -> torch.Tensor:
        """Unit (B, D) features of the joints."""
        floor = poses.floor[:, None]
        joints = poses.joints.flatten(1) * 3.0  # metres to about unit variance
        values = torch.cat([joints, floor.nan_to_num(0.0), (~floor.isnan()).float()], dim=1)
        return F.normalize(self.encoder(values.to(self.without.dtype)), dim=-1)


@dataclass(frozen=True, eq=False)
class JointSight:
    """The branch with the joints it may use: what a training stage works with."""

    branch: JointBranch
    known: KnownJoints

    def among(self, names: Iterable[str]) -> int:
        """How many of some pictures have joints."""
        return sum(name in self.known for name in names)

    def poses(self, triplets: Sequence[Triplet], role: str, *, flip: bool = False) -> Poses:
        """Joints of the ``reference`` or ``target`` of triplets, or of their flipped pictures.

        Args:
            triplets: a batch.
            role: ``reference`` or ``target``.
            flip: of the pictures turned the other way than the triplets see them.
        """
        names = [getattr(triplet, role) for triplet in triplets]
        return self.known.of(names, mirrored=[t.mirrored != flip for t in triplets])
