"""The image trunk of ``pose-mini``.

EfficientNet-Lite0 to stride 16, heatmaps, joints, and an embedding of the pose.

Registered with timm under ``pose_mini_trunk``, so that open_clip builds it from ``configs/pose-
mini.json``.
The only path from picture to feature leads through 22 estimated joints: a feature of this tower is
a
feature of the pose, not of clothes or camera.

Sources: integral (soft-argmax) joint regression, Sun et al., ECCV 2018; EfficientNet-Lite0 as in
timm.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional as F

from autocompose.data.preprocess import CLIP_MEAN, CLIP_STD
from autocompose.model import torchvision_schemas  # noqa: F401 - before timm, see there
from autocompose.model.joint_branch import mirror_joints

# isort: split
import timm
from timm.models import register_model

JOINT_COUNT = 22
FEATURE_DIM = 256
_WIDTH = 96
_POSE_HIDDEN = 512


class PoseEstimate(NamedTuple):
    """What the trunk sees in a picture.

    Args:
        heat: (B, 22, H, W) heatmap logits.
        image_joints: (B, 22, 3): x right and y down in -1..1 of the picture, and a depth.
        joints: (B, 22, 3) canonical joints in metres (pelvis at the origin, +x to the subject's
            left).
    """

    heat: torch.Tensor
    image_joints: torch.Tensor
    joints: torch.Tensor


class PoseEncoder(nn.Module):
    """Canonical joints (B, 22, 3) in metres -> raw pose feature (B, D)."""

    def __init__(self, feature_dim: int = FEATURE_DIM):
        """Build randomly initialised layers."""
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(3 * JOINT_COUNT, _POSE_HIDDEN),
            nn.GELU(),
            nn.Linear(_POSE_HIDDEN, _POSE_HIDDEN),
            nn.GELU(),
            nn.Linear(_POSE_HIDDEN, feature_dim),
        )
        self.linear = nn.Linear(3 * JOINT_COUNT, feature_dim, bias=False)

    def forward(self, joints: torch.Tensor) -> torch.Tensor:
        """Embed poses."""
        x = joints.flatten(1) * 3.0  # metres to about unit variance
        return self.layers(x) + self.linear(x)


def pose_encoder(image_tower: nn.Module) -> PoseEncoder | None:
    """The encoder of the joints that an image tower reads; None for a tower of another kind."""
    trunk = getattr(image_tower, "trunk", None)
    return trunk.pose if isinstance(trunk, PoseTrunk) else None


def features_and_joints(
    image_tower: nn.Module, pixels: torch.Tensor, *, twice: bool = False
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Raw features (B, D) of pictures, and the joints (B, 22, 3) that lead to them.

    Args:
        image_tower: of any backbone.
        pixels: (B, 3, R, R), preprocessed.
        twice: take the mean of the joints in the pictures and in their mirror images.

    Returns:
        The joints are canonical, in metres; None where the tower reads none.
    """
    trunk = getattr(image_tower, "trunk", None)
    if not isinstance(trunk, PoseTrunk):
        return image_tower(pixels), None
    joints = trunk.joints_in(pixels, twice=twice)
    return trunk.pose(joints), joints


def _separable(width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(width, width, 5, padding=2, groups=width, bias=False),
        nn.BatchNorm2d(width),
        nn.Conv2d(width, width, 1, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU6(),
    )


class PoseTrunk(nn.Module):
    """Picture -> heatmaps -> joints -> pose feature."""

    num_features = FEATURE_DIM
    scale: torch.Tensor
    shift: torch.Tensor

    def __init__(self, feature_dim: int = FEATURE_DIM):
        """Build randomly initialised layers."""
        super().__init__()
        self.backbone = timm.create_model(
            "tf_efficientnet_lite0", pretrained=False, features_only=True, out_indices=(2, 3)
        )
        fine, coarse = self.backbone.feature_info.channels()  # pyright: ignore
        self.fine = nn.Conv2d(fine, _WIDTH, 1, bias=False)
        self.coarse = nn.Conv2d(coarse, _WIDTH, 1, bias=False)
        self.norm = nn.BatchNorm2d(_WIDTH)
        self.mix = nn.ModuleList([_separable(_WIDTH), _separable(_WIDTH)])
        self.heat = nn.Conv2d(_WIDTH, JOINT_COUNT, 1)
        self.depth = nn.Conv2d(_WIDTH, JOINT_COUNT, 1)
        self.whole = nn.Sequential(nn.Linear(coarse, 64), nn.ReLU())
        self.lift = nn.Sequential(
            nn.Linear(3 * JOINT_COUNT + 64, 512),
            nn.ReLU(),
            nn.Dropout(0.1),
            nn.Linear(512, 512),
            nn.ReLU(),
            nn.Linear(512, 3 * JOINT_COUNT),
        )
        self.pose = PoseEncoder(feature_dim)
        # Pictures come normalised as for CLIP; Lite0 was trained on (x - 127) / 128.
        mean, std = torch.tensor(CLIP_MEAN), torch.tensor(CLIP_STD)
        self.register_buffer("scale", (std * 255 / 128)[:, None, None], persistent=False)
        self.register_buffer("shift", ((mean * 255 - 127) / 128)[:, None, None], persistent=False)

    def estimate(self, pixels: torch.Tensor) -> PoseEstimate:
        """Estimate joints.

        Args:
            pixels: (B, 3, R, R), normalised as for CLIP.
        """
        fine, coarse = self.backbone(pixels * self.scale + self.shift)
        x = self.fine(fine) + F.interpolate(
            self.coarse(coarse), size=fine.shape[-2:], mode="nearest"
        )
        x = F.relu6(self.norm(x))
        for layer in self.mix:
            x = x + layer(x)
        heat = self.heat(x).float()
        share = heat.flatten(2).softmax(-1).view_as(heat)  # (B, 22, H, W)
        ys = torch.linspace(-1, 1, heat.shape[2], device=heat.device)
        xs = torch.linspace(-1, 1, heat.shape[3], device=heat.device)
        image_joints = torch.stack(
            [
                (share.sum(2) * xs).sum(-1),
                (share.sum(3) * ys).sum(-1),
                (share * self.depth(x).float()).sum((2, 3)),
            ],
            dim=-1,
        )
        whole = self.whole(coarse.float().mean((2, 3)))
        lifted = self.lift(torch.cat([image_joints.flatten(1), whole], dim=1))
        return PoseEstimate(heat, image_joints, lifted.view(-1, JOINT_COUNT, 3))

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """(B, 3, R, R) -> (B, D) raw pose features."""
        return self.pose(self.joints_in(pixels))

    def joints_in(self, pixels: torch.Tensor, *, twice: bool = False) -> torch.Tensor:
        """The joints (B, 22, 3) that are seen in pictures, canonical, metres.

        Args:
            pixels: (B, 3, R, R), normalised as for CLIP.
            twice: take the mean of those in the pictures and in their mirror images.
        """
        seen = self.estimate(pixels).joints
        return (seen + mirror_joints(self.estimate(pixels.flip(-1)).joints)) / 2 if twice else seen


@register_model
def pose_mini_trunk(pretrained: bool = False, **kwargs: object) -> PoseTrunk:
    """The timm entry point.

    Open_clip passes ``num_classes`` and ``global_pool``, which do not apply.
    """
    return PoseTrunk()
