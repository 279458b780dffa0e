"""Answers without the pose language model: nearest training text, and a small cVAE.

Two more need no module: to copy the reference, and `autocompose.lab.wishes.polish` started from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F

from autocompose.body.directions import on_standard_body
from autocompose.lab.learning.material import Material
from autocompose.lab.lm.bone_tensors import BONE_COUNT, bone_directions, joints_of
from autocompose.lab.lm.pieces import Pieces
from autocompose.schema import Event, OnEvent

Floats = NDArray[np.float64]

_LATENT = 32
_FREE_BITS = 0.05  # of each latent number, before it costs anything


class WordBags:
    """Texts as weighted counts of their pieces, rare ones weighing more.

    Args:
        pieces: that texts are read with.
        texts: that tell how rare a piece is.
    """

    def __init__(self, pieces: Pieces, texts: Sequence[str]) -> None:
        self._pieces = pieces
        counts = self._counts(texts)
        seen = (counts > 0).sum(0)
        self._weights = np.log((1 + len(texts)) / (1 + seen)).astype(np.float32)

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(N, pieces) of length one."""
        bags = np.log1p(self._counts(texts)) * self._weights
        return bags / np.maximum(np.linalg.norm(bags, axis=1, keepdims=True), 1e-9)

    def _counts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        bags = np.zeros((len(texts), self._pieces.writable), dtype=np.float32)
        for row, text in enumerate(texts):
            for piece in self._pieces.rows(text):
                if piece < bags.shape[1]:
                    bags[row, piece] += 1
        return bags


def nearest_texts(
    bags: WordBags, material: Material, texts: Sequence[str], *, alone: bool
) -> Floats:
    """(N, 22, 3): the target body of the training text with the most words in common.

    Args:
        bags: how texts are compared.
        material: training texts and bodies.
        texts: N.
        alone: look among texts of one body, or among those of pairs.
    """
    rows = np.flatnonzero(material.alone == alone)
    known = bags([material.texts[row] for row in rows])
    best = (bags(texts) @ known.T).argmax(1)
    return material.joints[material.end[rows[best]]].astype(np.float64)


def nearest_changes(
    material: Material, before: NDArray[Any], after: NDArray[Any], *, alone: bool
) -> list[str]:
    """The training text whose two bodies are nearest to these.

    Args:
        material: training texts and bodies.
        before: (N, 22, 3) metres.
        after: (N, 22, 3) metres.
        alone: look among texts of one body, or among those of pairs.
    """
    rows = np.flatnonzero(material.alone == alone)
    ends = material.joints.reshape(len(material.joints), -1)
    known = np.concatenate([ends[material.start[rows]], ends[material.end[rows]]], axis=1)
    own = [on_standard_body(np.asarray(one, np.float64)).reshape(len(one), -1)
           for one in (before, after)]  # fmt: skip
    asked = np.concatenate(own, axis=1).astype(np.float32)
    # |a - b|^2 without |a|^2, which is the same for every candidate.
    best = (0.5 * (known * known).sum(1) - asked @ known.T).argmin(1)
    return [material.texts[rows[row]] for row in best]


class EditVAE(nn.Module):
    """A conditional variational autoencoder of the changed pose, given pose and text.

    Source: the task and the gated fusion (TIRG) are those of PoseFix's editing model; sizes and
    code are our own.

    Args:
        words: numbers of a text's bag.
        width: of the layers.
    """

    def __init__(self, words: int, width: int = 256) -> None:
        """Create randomly initialised layers."""
        super().__init__()
        numbers = 3 * BONE_COUNT
        self.text = nn.Sequential(nn.Linear(words, width), nn.GELU(), nn.Linear(width, width))
        self.pose = nn.Sequential(nn.Linear(numbers, width), nn.GELU(), nn.Linear(width, width))
        self.gate = nn.Sequential(nn.Linear(2 * width, width), nn.GELU(), nn.Linear(width, width))
        self.more = nn.Sequential(nn.Linear(2 * width, width), nn.GELU(), nn.Linear(width, width))
        self.encode = nn.Sequential(
            nn.Linear(width + numbers, width), nn.GELU(), nn.Linear(width, 2 * _LATENT)
        )
        self.decode = nn.Sequential(
            nn.Linear(width + _LATENT, width), nn.GELU(), nn.Linear(width, width), nn.GELU(),
            nn.Linear(width, numbers),
        )  # fmt: skip

    def condition(self, start: torch.Tensor, bags: torch.Tensor) -> torch.Tensor:
        """(B, width) of poses (B, 21, 3) and texts (B, words)."""
        pose, text = self.pose(start.flatten(1)), self.text(bags)
        both = torch.cat([pose, text], dim=1)
        return self.gate(both).sigmoid() * pose + self.more(both)

    def body(
        self, condition: torch.Tensor, latent: torch.Tensor, start: torch.Tensor
    ) -> torch.Tensor:
        """(B, 21, 3) unit directions: a change of ``start``.

        Args:
            condition: (B, width).
            latent: (B, 32).
            start: (B, 21, 3).
        """
        change = self.decode(torch.cat([condition, latent], dim=1)).view(-1, BONE_COUNT, 3)
        return F.normalize(start + change + 1e-6, dim=-1)

    @torch.inference_mode()
    def bodies(
        self, start: torch.Tensor, bags: torch.Tensor, *, draws: int, seed: int = 0
    ) -> torch.Tensor:
        """(draws, B, 21, 3): the first is of latent 0, the mean; the others are drawn.

        Args:
            start: (B, 21, 3).
            bags: (B, words).
            draws: how many.
            seed: of the draws.
        """
        condition = self.condition(start, bags)
        generator = torch.Generator().manual_seed(seed)
        latent = torch.randn(draws, len(start), _LATENT, generator=generator)
        latent[0] = 0
        return torch.stack([self.body(condition, one, start) for one in latent])


def train_edit_vae(
    bags: WordBags,
    material: Material,
    *,
    steps: int = 1500,
    batch: int = 256,
    seed: int = 0,
    on_event: OnEvent | None = None,
) -> EditVAE:
    """Train on the texts of pairs.

    Args:
        bags: how texts are read.
        material: training texts and bodies.
        steps: of the optimiser.
        batch: pairs in a step.
        seed: of every draw.
        on_event: called with progress.
    """
    rows = np.flatnonzero(~material.alone)
    texts = torch.from_numpy(bags([material.texts[row] for row in rows]))
    ways = bone_directions(torch.from_numpy(material.joints))
    start, end = torch.from_numpy(material.start[rows]), torch.from_numpy(material.end[rows])
    torch.manual_seed(seed)
    model = EditVAE(texts.shape[1])
    optimiser = torch.optim.AdamW(model.parameters(), 1e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 1e-3, total_steps=steps)
    for step in range(1, steps + 1):
        at = torch.randint(len(rows), (batch,))
        a, b = ways[start[at]], ways[end[at]]
        condition = model.condition(a, texts[at])
        encoded = model.encode(torch.cat([condition, b.flatten(1)], dim=1))
        mean, log_variance = encoded.chunk(2, dim=1)
        latent = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
        made = model.body(condition, latent, a)
        distance = (joints_of(made) - joints_of(b)).norm(dim=-1).mean()
        divergence = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)
        loss = 10 * distance + 0.1 * divergence.mean(0).clamp(min=_FREE_BITS).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if on_event is not None and step % 50 == 0:
            on_event(Event("cVAE", step, steps, f"{1000 * float(distance.detach()):.0f} mm"))
    return model.eval()
