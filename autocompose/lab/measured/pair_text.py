"""A retrieval model of texts and changes between two bodies, which scores what others answer.

It learns from the bodies of another split than the pose lab: R-precision and the Frechet distance
by a network that was taught on the same poses as the one it scores would flatter it.

Source: the task, the two towers and the loss over a batch are those of PoseFix's evaluation model
(ICCV 2023) and of PoseScript's; sizes and code are our own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from autocompose.body.change import Bodies, Body
from autocompose.body.directions import on_standard_body
from autocompose.lab.learning.material import Material
from autocompose.lab.lm.bone_tensors import BONE_COUNT, bone_directions
from autocompose.lab.lm.pieces import PAD, Pieces
from autocompose.schema import Event, OnEvent

Floats = NDArray[np.float64]

_LONGEST = 80  # pieces of a text that are read
_BLOCK = 512


@dataclass(frozen=True)
class PairTextSettings:
    """Size and training of the model.

    Args:
        width: of the layers.
        features: numbers of an embedding.
        steps, batch, lr: of the training.
        seed: of every draw.
    """

    width: int = 256
    features: int = 128
    steps: int = 1200
    batch: int = 192
    lr: float = 1.5e-3
    seed: int = 5


class PairText(nn.Module):
    """Texts and pairs of bodies as unit vectors that are near where they belong together.

    Args:
        pieces: that texts are read with.
        settings: its size.
    """

    def __init__(self, pieces: Pieces, settings: PairTextSettings) -> None:
        """Create randomly initialised layers."""
        super().__init__()
        self._pieces = pieces
        width, numbers = settings.width, 3 * BONE_COUNT
        self.table = nn.Embedding(len(pieces), width // 2, padding_idx=PAD)
        self.words = nn.GRU(width // 2, width // 2, batch_first=True, bidirectional=True)
        self.text_out = nn.Linear(width, settings.features)
        self.body = nn.Sequential(nn.Linear(numbers, width), nn.GELU(), nn.Linear(width, width))
        self.pair = nn.Sequential(
            nn.Linear(3 * width, width), nn.GELU(), nn.Linear(width, settings.features)
        )
        self.log_scale = nn.Parameter(torch.tensor(2.5))

    def texts(self, texts: Sequence[str]) -> torch.Tensor:
        """(N, features) unit vectors."""
        rows = self._pieces.read(texts, longest=_LONGEST)
        lengths = (rows != PAD).sum(1)
        packed = pack_padded_sequence(
            self.table(rows), lengths, batch_first=True, enforce_sorted=False
        )
        read, _ = pad_packed_sequence(self.words(packed)[0], batch_first=True)
        kept = (rows[:, : read.shape[1]] != PAD)[..., None]
        most = read.masked_fill(~kept, float("-inf")).amax(1)
        return F.normalize(self.text_out(most), dim=-1)

    def pairs(self, start: torch.Tensor, end: torch.Tensor) -> torch.Tensor:
        """(N, features) unit vectors of pairs.

        Args:
            start: (N, 21, 3) bone directions before the change.
            end: (N, 21, 3) after it.
        """
        a, b = self.body(start.flatten(1)), self.body(end.flatten(1))
        return F.normalize(self.pair(torch.cat([a, b, b - a], dim=1)), dim=-1)

    def poses(self, ways: torch.Tensor) -> torch.Tensor:
        """(N, width) features of single bodies (N, 21, 3)."""
        return self.body(ways.flatten(1))


def train_pair_text(
    material: Material,
    settings: PairTextSettings | None = None,
    *,
    on_event: OnEvent | None = None,
) -> PairText:
    """Train on all texts of a material, those of single bodies as changes from standing.

    Args:
        material: texts and bodies.
        settings: size and length of the training.
        on_event: called with progress.
    """
    settings = settings or PairTextSettings()
    torch.manual_seed(settings.seed)
    model = PairText(Pieces.of_texts(material.texts, common=0), settings)
    ways = bone_directions(torch.from_numpy(material.joints))
    start, end = torch.from_numpy(material.start), torch.from_numpy(material.end)
    optimiser = torch.optim.AdamW(model.parameters(), settings.lr, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, settings.lr, total_steps=settings.steps
    )
    batch = min(settings.batch, len(material.texts))
    for step in range(1, settings.steps + 1):
        at = torch.randint(len(material.texts), (batch,))
        words = model.texts([material.texts[int(row)] for row in at])
        pairs = model.pairs(ways[start[at]], ways[end[at]])
        logits = model.log_scale.clamp(max=4.6).exp() * words @ pairs.T
        own = torch.arange(batch)
        loss = 0.5 * (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if on_event is not None and step % 50 == 0:
            on_event(Event("scorer", step, settings.steps, f"loss {float(loss.detach()):.2f}"))
    return model.eval()


@torch.inference_mode()
def embedded_texts(model: PairText, texts: Sequence[str]) -> torch.Tensor:
    """(N, features)."""
    blocks = [texts[i : i + _BLOCK] for i in range(0, len(texts), _BLOCK)]
    return torch.cat([model.texts(block) for block in blocks])


@torch.inference_mode()
def embedded_pairs(model: PairText, starts: Sequence[Body], ends: Sequence[Body]) -> torch.Tensor:
    """(N, features) of N pairs of bodies, each seen on the standard body.

    Args:
        model: that embeds them.
        starts: N bodies before the change.
        ends: N bodies after it.
    """
    return model.pairs(_ways(starts), _ways(ends))


@torch.inference_mode()
def embedded_poses(model: PairText, bodies: Sequence[Body]) -> torch.Tensor:
    """(N, width) features of single bodies."""
    return model.poses(_ways(bodies))


def _ways(bodies: Sequence[Body]) -> torch.Tensor:
    joints = on_standard_body(Bodies.stacked(list(bodies)).joints)
    return bone_directions(torch.from_numpy(joints.astype(np.float32)))
