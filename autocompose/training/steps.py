"""One optimisation step's loss and gradient, whole, in chunks, or over several processes.

The loss compares every composed feature of a batch with every image, but composing works row by
row. So a batch may be composed in chunks without keeping their graphs, the loss taken of all
features at once, and its gradient with respect to them sent back through each chunk again
(gradient caching, Gao et al. 2021): the gradient of the whole batch at the memory of a chunk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from autocompose.config import TrainConfig
from autocompose.errors import ConfigError
from autocompose.model.losses import composed_loss
from autocompose.schema import Triplet
from autocompose.training.distributed import World
from autocompose.training.features import FrozenFeatures

Compose = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
EncodeTexts = Callable[[Sequence[str]], torch.Tensor]
"""Texts -> raw (B, D) features; with gradients in stage 1, looked up in stage 2."""


class Objective:
    """L = (1-w)·L_bbc + w·L_cycle of batches of triplets.

    Args:
        images: features of the frozen image tower.
        encode: texts -> raw features.
        compose: the element-wise sum, or the Combiner.
        config: cycle, its weight, and the logit scale.
        world: each process composes its share of the rows.
        chunk: pairs composed at once; None for all.
        dropout: what draws dropout masks inside ``compose``, if anything does.
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
    ) -> None:
        self._images, self._encode, self._compose, self._config = images, encode, compose, config
        self._world = world or World()
        self._chunk, self._dropout = chunk, dropout

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
        reference = self._images.of(batch, "reference").to(device)
        target = self._images.of(batch, "target").to(device)
        own = world.rows(count)
        size = self._chunk or count
        spans = [
            slice(start, min(start + size, own.stop)) for start in range(own.start, own.stop, size)
        ]

        def hops(rows: slice) -> list[torch.Tensor]:
            with self._rows(rows, count):
                return self._hops(batch[rows], reference[rows])

        def loss_of(local: Sequence[torch.Tensor]) -> torch.Tensor:
            features = [world.gather(part, count) for part in local]
            return composed_loss(
                features[0],
                features[1] if len(features) > 1 else None,
                reference,
                target,
                weight=self._config.cycle_weight,
                logit_scale=self._config.logit_scale,
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
            gradients = torch.autograd.grad(loss, cached)
            for rows in spans:
                here = slice(rows.start - own.start, rows.stop - own.start)
                torch.autograd.backward(hops(rows), [g[here] for g in gradients])
            return loss.detach()

    def _hops(self, batch: Sequence[Triplet], reference: torch.Tensor) -> list[torch.Tensor]:
        """The composed features, and with the cycle those of the way back."""
        texts = [triplet.text for triplet in batch]
        if not self._config.cycle:
            return [self._compose(reference, self._encode(texts))]
        # One pass for both directions.
        both = self._encode(texts + [triplet.reverse_text or "" for triplet in batch])
        forward, back = both.chunk(2)
        composed = self._compose(reference, forward)
        return [composed, self._compose(composed, back)]

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
