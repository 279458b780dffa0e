"""One optimisation step's loss and gradient, whole, in chunks, or over several processes.

The loss compares every composed feature of a batch with every image, but composing works row by
row. So a batch may be composed in chunks without keeping their graphs, the loss taken of all
features at once, and its gradient with respect to them sent back through each chunk again
(gradient caching, Gao et al. 2021): the gradient of the whole batch at the memory of a chunk.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from autocompose.config import TrainConfig
from autocompose.errors import ConfigError
from autocompose.model.joint_branch import JointSight, Poses
from autocompose.schema import Triplet
from autocompose.training.distributed import World
from autocompose.training.features.tower_features import FrozenFeatures
from autocompose.training.loop.hard_negatives import Composed, recipe_loss, wrong_texts

Compose = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
EncodeTexts = Callable[[Sequence[str]], torch.Tensor]
"""Texts -> raw (B, D) features; with gradients in stage 1, looked up in stage 2."""
HIDDEN_JOINTS = 0.2
"""Share of the pictures whose joints the branch for joints is not shown at a step."""


class Objective:
    """L = (1-w)·L_bbc + w·L_cycle of batches of triplets.

    Args:
        images: features of the frozen image tower.
        encode: texts -> raw features.
        compose: the element-wise sum, or the Combiner.
        config: cycle, its weight, the logit scale, and what `recipe_loss` adds.
        world: each process composes its share of the rows.
        chunk: pairs composed at once; None for all.
        dropout: what draws dropout masks inside ``compose``, if anything does.
        joints: the branch for joints, if it is at work. It is trained with the rest.
    """

    def __init__(
        self,
        images: FrozenFeatures,
        *,
        encode: EncodeTexts,
        compose: Compose,
        config: TrainConfig,
        world: World | None = None,
        chunk: int | None = None,
        dropout: RowDropout | None = None,
        joints: JointSight | None = None,
    ) -> None:
        self._images, self._encode, self._compose, self._config = images, encode, compose, config
        self._world = world or World()
        self._chunk, self._dropout, self._joints = chunk, dropout, joints
        start = torch.tensor(math.log(config.logit_scale), device=self._world.device)
        self.log_scale = nn.Parameter(start) if config.learn_scale else None
        """The learnt logit scale; its gradient is whole in every process."""

    def backward(self, batch: Sequence[Triplet]) -> torch.Tensor:
        """Add the gradient of the batch's loss to the parameters of the own rows.

        Args:
            batch: all triplets of the step, the same in every process.

        Returns:
            The loss of the whole batch, a scalar without graph.

        Raises:
            ConfigError: there are more processes than triplets.
        """
        world, count = self._world, len(batch)
        if count < world.size:
            raise ConfigError(f"{count} triplets a step are too few for {world.size} processes")
        device = world.device
        pictures = {
            "reference": self._images.of(batch, "reference").to(device),
            "target": self._images.of(batch, "target").to(device),
        }
        if "mirror" in self._config.negatives:
            names, mirrored = [t.target for t in batch], [not t.mirrored for t in batch]
            pictures["flipped"] = self._images.take(names, mirrored=mirrored).to(device)
        poses = self._poses(batch, pictures)
        # Of the whole batch, so that neither chunks nor processes change it.
        length = pictures["reference"].norm(dim=-1).mean() if self._config.cycle_rescale else 1.0
        own = world.rows(count)
        size = self._chunk or count
        spans = [
            slice(start, min(start + size, own.stop)) for start in range(own.start, own.stop, size)
        ]

        def hops(rows: slice) -> list[torch.Tensor]:
            seen = {name: features[rows] for name, features in pictures.items()}
            if self._joints is not None:
                branch = self._joints.branch
                seen = {n: branch(f, poses[n].take(rows)) for n, f in seen.items()}
            with self._rows(rows, count):
                composed = self._hops(batch[rows], seen["reference"], length)
            return composed if self._joints is None else [*composed, *seen.values()]

        def loss_of(local: Sequence[torch.Tensor]) -> torch.Tensor:
            names = self._composed if self._joints is None else (*self._composed, *pictures)
            whole = {
                name: world.gather(part, count) for name, part in zip(names, local, strict=True)
            }
            seen = {name: whole.pop(name, features) for name, features in pictures.items()}
            scale = None if self.log_scale is None else self.log_scale.exp().clamp(max=100.0)
            return recipe_loss(
                Composed(**whole),
                batch,
                self._config,
                reference=seen["reference"],
                target=seen["target"],
                flipped=seen.get("flipped"),
                scale=scale,
            )

        with self._whole_batch():
            if len(spans) == 1:
                loss = loss_of(hops(own))
                loss.backward()
                return loss.detach()
            with torch.no_grad():
                parts = [hops(rows) for rows in spans]
            cached = [torch.cat(hop).requires_grad_() for hop in zip(*parts, strict=True)]
            loss = loss_of(cached)
            loss.backward()
            gradients = [features.grad for features in cached]
            for rows in spans:
                here = slice(rows.start - own.start, rows.stop - own.start)
                # Not every feature is in every loss: the reference is none of the forward loss's.
                kept = [
                    (f, g[here])
                    for f, g in zip(hops(rows), gradients, strict=True)
                    if g is not None
                ]
                torch.autograd.backward([f for f, _ in kept], [g for _, g in kept])
            return loss.detach()

    def _poses(
        self, batch: Sequence[Triplet], pictures: Mapping[str, torch.Tensor]
    ) -> dict[str, Poses]:
        """Known joints by role, some hidden: the branch must also learn to do without."""
        if self._joints is None:
            return {}
        found = {}
        for role in pictures:
            flip = role == "flipped"
            poses = self._joints.poses(batch, "target" if flip else role, flip=flip)
            # Drawn for the whole batch, and alike in every process.
            hidden = torch.rand(len(batch)) < HIDDEN_JOINTS
            found[role] = poses.hide(hidden).to(self._world.device)
        return found

    @property
    def _composed(self) -> tuple[str, ...]:
        """The fields of `Composed` that `_hops` fills, in its order."""
        config = self._config
        return (
            "there",
            *(["back"] if config.cycle else []),
            *(name for name in ("sides", "direction") if name in config.negatives),
        )

    def _hops(
        self, batch: Sequence[Triplet], reference: torch.Tensor, length: torch.Tensor | float
    ) -> list[torch.Tensor]:
        """The composed features, in the order of `_composed`.

        Args:
            batch: triplets of the rows at hand.
            reference: (B, D) raw features of their reference images.
            length: of the composed feature on its way back; 1 in the paper.
        """
        config = self._config
        asked = {"there": [triplet.text for triplet in batch]}
        if config.cycle:
            asked["back"] = [triplet.reverse_text or "" for triplet in batch]
        if "sides" in config.negatives:
            asked["sides"] = wrong_texts(batch, config)
        # One pass for all of them.
        encoded = self._encode([text for texts in asked.values() for text in texts])
        text = dict(zip(asked, encoded.chunk(len(asked)), strict=True))
        composed = [self._compose(reference, text["there"])]
        if config.cycle:
            composed.append(self._compose(length * composed[0], text["back"]))
        if "sides" in config.negatives:
            composed.append(self._compose(reference, text["sides"]))
        if "direction" in config.negatives:
            composed.append(self._compose(reference, text["back"]))
        return composed

    @contextmanager
    def _whole_batch(self) -> Iterator[None]:
        needed = self._world.size > 1 or self._chunk is not None
        if self._dropout is None or not needed:
            yield
        else:
            with self._dropout.batch():
                yield

    @contextmanager
    def _rows(self, rows: slice, count: int) -> Iterator[None]:
        if self._dropout is None:
            yield
        else:
            with self._dropout.rows(rows, count):
                yield


class RowDropout:
    """Dropout whose masks are drawn for a whole batch, whichever rows of it pass.

    A chunk, or a process's share, then drops exactly what it would have dropped as part of the
    batch: neither chunks nor processes change what is learnt. Masks are drawn in the order in which
    an undivided batch draws them, so the random numbers are the same too.

    Args:
        module: its `nn.Dropout` layers are taken over inside `batch`.
    """

    def __init__(self, module: nn.Module) -> None:
        self._layers = [m for m in module.modules() if isinstance(m, nn.Dropout)]
        self._masks: list[torch.Tensor] = []
        self._calls = 0
        self._span: tuple[slice, int] | None = None

    @contextmanager
    def batch(self) -> Iterator[None]:
        """One step: masks are drawn when first needed and kept until its end."""
        active = [layer for layer in self._layers if layer.training]
        handles = [layer.register_forward_hook(self._hook) for layer in active]
        for layer in active:
            layer.training = False  # its own forward passes through and draws nothing
        try:
            yield
        finally:
            for handle, layer in zip(handles, active, strict=True):
                handle.remove()
                layer.training = True
            self._masks.clear()

    @contextmanager
    def rows(self, rows: slice, count: int) -> Iterator[None]:
        """The next pass is of these rows of a batch of ``count``."""
        self._span, self._calls = (rows, count), 0
        try:
            yield
        finally:
            self._span = None

    def _hook(self, layer: nn.Module, inputs: Any, output: torch.Tensor) -> torch.Tensor:
        assert isinstance(layer, nn.Dropout)
        if self._span is None:
            raise RuntimeError("dropout outside of RowDropout.rows")
        rows, count = self._span
        if self._calls == len(self._masks):
            ones = torch.ones(count, *output.shape[1:], dtype=output.dtype, device=output.device)
            self._masks.append(nn.functional.dropout(ones, layer.p, training=True) != 0)
        keep = self._masks[self._calls][rows]
        self._calls += 1
        return torch.where(keep, output / (1 - layer.p), 0.0)
