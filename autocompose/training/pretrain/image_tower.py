"""Offline pretraining, first half: the image tower of pose-mini learns to see joints.

Supervision: the joints of the training split (pixels, and metres), with flips, crops and colour
changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from autocompose.body.skeleton import MIRROR
from autocompose.data.preprocess import CLIP_MEAN, CLIP_STD, load_image
from autocompose.errors import ImageError, TrainingError
from autocompose.model.joint_branch import mirror_joints
from autocompose.model.pose_mini import PoseTrunk
from autocompose.schema import Event, OnEvent, PoseImage
from autocompose.training.loop.checkpoints import ProgressFolder, StagePosition
from autocompose.training.loop.saver import RandomNumbers, Saver, Tensors
from autocompose.training.pretrain.schedule import warm_cosine

_FROZEN_STAGES = 2  # blocks after the stem that keep their ImageNet weights


@dataclass(frozen=True)
class JointImages:
    """Pictures with their joints, small enough to hold in memory.

    Args:
        pixels: (N, 3, R, R) uint8.
        image_joints: (N, 22, 2) x right, y down, in -1..1 of the picture.
        joints: (N, 22, 3) canonical, metres.
        names: ids of the pictures.
        skipped: one line for each picture that could not be used.
    """

    pixels: torch.Tensor
    image_joints: torch.Tensor
    joints: torch.Tensor
    names: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()

    @classmethod
    def load(
        cls,
        images: Sequence[PoseImage],
        size: int,
        on_event: OnEvent,
        *,
        strict: bool = False,
    ) -> JointImages:
        """Read square pictures at ``size`` pixels; those without joints or unreadable are skipped.

        Args:
            images: pictures; those with joints are wanted.
            size: side of the square, pixels.
            on_event: called with progress and with each picture that is left out.
            strict: raise at the first picture that cannot be used.

        Raises:
            TrainingError: no picture is left, or one has no joints and ``strict`` is set.
            ImageError: a picture cannot be read and ``strict`` is set.
        """
        pixels, at, joints, names = [], [], [], []
        skipped: list[str] = []
        for done, image in enumerate(images, 1):
            try:
                if image.joints is None or image.pixels is None:
                    raise TrainingError(f"{image.id} has no joints with their pixels")
                picture = load_image(image.path)
            except (TrainingError, ImageError) as error:
                if strict:
                    raise
                skipped.append(str(error))
                continue
            scale = np.array(picture.size, np.float32) / 2
            at.append(np.asarray(image.pixels, np.float32) / scale - 1)
            pixels.append(np.asarray(picture.resize((size, size))).transpose(2, 0, 1))
            joints.append(image.joints)
            names.append(image.id)
            if done % 200 == 0 or done == len(images):
                on_event(Event("reading pictures", done, len(images)))
        for line in skipped:
            on_event(Event("pictures left out", len(skipped), len(images), line))
        if not pixels:
            raise TrainingError(
                f"none of {len(images)} pictures can be used; the first: "
                f"{skipped[0] if skipped else 'there is none'}"
            )
        return cls(
            torch.from_numpy(np.stack(pixels)),
            torch.from_numpy(np.stack(at)),
            torch.tensor(np.array(joints), dtype=torch.float32),
            tuple(names),
            tuple(skipped),
        )

    def __len__(self) -> int:
        """Number of pictures."""
        return len(self.pixels)


def normalised(pixels: torch.Tensor) -> torch.Tensor:
    """uint8 or 0..255 float (B, 3, R, R) -> normalised as for CLIP."""
    mean, std = (torch.tensor(v)[:, None, None] for v in (CLIP_MEAN, CLIP_STD))
    return (pixels.float() / 255 - mean) / std


def augmented(
    pixels: torch.Tensor,
    *,
    image_joints: torch.Tensor,
    joints: torch.Tensor,
    generator: torch.Generator,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Flip (left and right joints change names), zoom and shift, and change colours.

    Args:
        pixels: (B, 3, R, R) 0..255.
        image_joints: (B, 22, 2) in -1..1.
        joints: (B, 22, 3) metres.
        generator: of every draw.
    """
    count = len(pixels)

    def uniform(low: float, high: float, *shape: int) -> torch.Tensor:
        return low + (high - low) * torch.rand(shape, generator=generator)

    flip = uniform(0, 1, count) < 0.5
    zoom = uniform(0.85, 1.12, count)  # > 1 shows more, so the body gets smaller
    shift = uniform(-0.08, 0.08, count, 2)
    sign = torch.where(flip, -1.0, 1.0)
    affine = torch.zeros(count, 2, 3)
    affine[:, 0, 0], affine[:, 1, 1] = zoom * sign, zoom
    affine[:, :, 2] = shift
    grid = F.affine_grid(affine, list(pixels.shape), align_corners=False)
    pixels = F.grid_sample(pixels.float(), grid, padding_mode="border", align_corners=False)
    at = image_joints - shift[:, None]
    at = at / torch.stack([zoom * sign, zoom], dim=1)[:, None]
    at = torch.where(flip[:, None, None], at[:, torch.from_numpy(MIRROR)], at)
    joints = torch.where(flip[:, None, None], mirror_joints(joints), joints)
    # Clothes must not matter: gain and offset per channel, sometimes channels change places.
    pixels = pixels * uniform(0.75, 1.25, count, 3, 1, 1) + uniform(-20, 20, count, 3, 1, 1)
    if float(uniform(0, 1, 1)) < 0.3:
        pixels = pixels[:, torch.randperm(3, generator=generator)]
    return pixels.clamp(0, 255), at, joints


def pretrain_image(
    trunk: PoseTrunk,
    images: JointImages,
    *,
    epochs: int,
    batch: int = 48,
    lr: float = 2e-3,
    seed: int = 0,
    progress: ProgressFolder | None = None,
    save_every: float = 60.0,
    on_event: OnEvent,
) -> None:
    """Train the trunk, in place, to estimate joints. The pose encoder on top is not touched.

    Args:
        trunk: in eval mode, and all of it trainable, after the training.
        images: training pictures.
        epochs: passes over the pictures.
        batch: pictures in a step.
        lr: highest rate of the new layers; the backbone's is 0.4 of it.
        seed: of order, changes and dropout.
        progress: the state is kept there, and a later call goes on behind it.
        save_every: seconds between two of these.
        on_event: called with progress.

    Raises:
        TrainingError: fewer pictures than one batch, or the loss is not finite.
    """
    if len(images) < batch:
        raise TrainingError(f"{len(images)} training pictures; at least {batch} are needed")
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)  # dropout
    per_epoch = len(images) // batch
    steps = epochs * per_epoch
    optimiser, parameters = _optimiser(trunk, lr)
    schedule = warm_cosine(optimiser, steps=steps, warm=60)
    order = torch.zeros(len(images), dtype=torch.int64)  # of the epoch that a checkpoint stands in
    parts = {
        "trunk": trunk,
        "optimiser": optimiser,
        "schedule": schedule,
        "random": RandomNumbers(generator),
        "order": Tensors({"order": order}),
    }
    saver = Saver(progress, "image tower", parts, every=save_every)
    place = saver.restore() or StagePosition()
    error = 0.0
    trunk.train()
    with saver:
        for step in range(place.epoch * per_epoch + place.step + 1, steps + 1):
            epoch, number = divmod(step - 1, per_epoch)
            if number == 0:
                order.copy_(torch.randperm(len(images), generator=generator))
            rows = order[number * batch : (number + 1) * batch]
            loss, now = _loss(trunk, images, rows, generator=generator)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            size = torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            named = [images.names[row] for row in rows.tolist()] if images.names else []
            saver.check(loss, size, step=step, batch=named)
            optimiser.step()
            schedule.step()
            error = 0.95 * error + 0.05 * now if error else now
            if step % 10 == 0 or step == steps:
                note = f"epoch {epoch + 1}, {error * 1000:.0f} mm"
                on_event(Event("image tower", step, steps, note))
            saver.tick(StagePosition(*divmod(step, per_epoch)))
    trunk.requires_grad_(True)
    trunk.eval()


def _optimiser(trunk: PoseTrunk, lr: float) -> tuple[torch.optim.AdamW, list[torch.nn.Parameter]]:
    """The optimiser and what it trains: neither the lowest layers nor the pose encoder."""
    for module in _frozen_modules(trunk):
        module.requires_grad_(False)
    parameters = [
        p for n, p in trunk.named_parameters() if p.requires_grad and not n.startswith("pose.")
    ]
    backbone = {id(p) for p in trunk.backbone.parameters()}
    optimiser = torch.optim.AdamW(
        [
            {"params": [p for p in parameters if id(p) in backbone], "lr": lr * 0.4},
            {"params": [p for p in parameters if id(p) not in backbone], "lr": lr},
        ],
        weight_decay=0.02,
    )
    return optimiser, parameters


def _loss(
    trunk: PoseTrunk, images: JointImages, rows: torch.Tensor, *, generator: torch.Generator
) -> tuple[torch.Tensor, float]:
    """The loss of some pictures, and the mean error of their joints in metres."""
    pixels, at, joints = augmented(
        images.pixels[rows],
        image_joints=images.image_joints[rows],
        joints=images.joints[rows],
        generator=generator,
    )
    seen = trunk.estimate(normalised(pixels).to(memory_format=torch.channels_last))
    gap = (seen.joints - joints).norm(dim=-1)  # (B, 22) metres
    loss = (
        gap.mean()
        + (seen.image_joints[..., :2] - at).abs().mean() * 2
        + 0.02 * _heat_loss(seen.heat, at)
    )
    return loss, float(gap.detach().mean())


def _frozen_modules(trunk: PoseTrunk) -> list[torch.nn.Module]:
    """The stem and the first stages: what low layers of ImageNet see is good enough as it is."""
    children = dict(trunk.backbone.named_children())
    names = ["conv_stem", "bn1"]
    if "blocks" in children:
        blocks = children.pop("blocks")
        return [children[n] for n in names] + list(blocks.children())[:_FROZEN_STAGES]
    return [children[n] for n in names] + [children[f"blocks_{i}"] for i in range(_FROZEN_STAGES)]


def _heat_loss(heat: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of each heatmap with a narrow Gaussian at the joint; keeps heat in one place.

    Args:
        heat: (B, 22, H, W) logits.
        at: (B, 22, 2) in -1..1.
    """
    height, width = heat.shape[2:]
    ys = torch.linspace(-1, 1, height)[:, None]
    xs = torch.linspace(-1, 1, width)
    x, y = at[..., 0, None, None], at[..., 1, None, None]
    goal = torch.exp(-((xs - x) ** 2 + (ys - y) ** 2) / (2 * 0.10**2))
    goal = goal.flatten(2) / goal.flatten(2).sum(-1, keepdim=True).clamp(min=1e-6)
    return -(goal * heat.flatten(2).log_softmax(-1)).sum(-1).mean()


@torch.no_grad()
def estimate_joints(
    trunk: PoseTrunk, images: JointImages, *, batch: int = 64, twice: bool = False
) -> torch.Tensor:
    """(N, 22, 3) estimated canonical joints, metres.

    Args:
        trunk: in eval mode afterwards.
        images: the pictures.
        batch: pictures that are seen together.
        twice: see `PoseTrunk.joints_in`.
    """
    trunk.eval()
    parts = images.pixels.split(batch)
    return torch.cat([trunk.joints_in(normalised(part), twice=twice) for part in parts])
