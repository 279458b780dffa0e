"""A pose as one sequence of codes from one shared book: the layout of UniPose, for comparison.

Layout: 80 codes out of 2,048, the book kept by moving averages and the entries that nobody uses
drawn again. The network around it is our own and small, and so are the data: what it reaches says
how the layout fares here, not how UniPose fares.

Source: van den Oord et al., Neural Discrete Representation Learning (2017), with the moving
averages of its appendix; sizes from UniPose (CVPR 2025).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F

from autocompose.body.directions import STANDARD_LENGTHS, BoneVectors, on_standard_body
from autocompose.body.skeleton import BONES, canonical, mirror
from autocompose.schema import Event, OnEvent

Floats = NDArray[np.float64]

_NUMBERS = 3 * len(BONES)
_DECAY = 0.99
_UNUSED = 0.02  # mean uses in a step under which an entry is drawn again


@dataclass(frozen=True)
class SequenceSettings:
    """The size of the tokenizer and how long it learns.

    Args:
        length: codes of a pose.
        codes: entries of the book.
        width: of an entry.
        hidden: of the layers.
        steps, batch, lr: of the training.
        seed: of every draw.
    """

    length: int = 80
    codes: int = 2048
    width: int = 16
    hidden: int = 384
    steps: int = 800
    batch: int = 256
    lr: float = 1e-3
    seed: int = 0


class SequenceCodes(nn.Module):
    """The tokenizer.

    Args:
        settings: its size.
    """

    def __init__(self, settings: SequenceSettings) -> None:
        """Create randomly initialised layers and book."""
        super().__init__()
        self.settings = settings
        size, hidden = settings.length * settings.width, settings.hidden
        self.read = nn.Sequential(
            nn.Linear(_NUMBERS, hidden), nn.GELU(), nn.Linear(hidden, hidden), nn.GELU(),
            nn.Linear(hidden, size),
        )  # fmt: skip
        self.write = nn.Sequential(
            nn.Linear(size, hidden), nn.GELU(), nn.Linear(hidden, hidden), nn.GELU(),
            nn.Linear(hidden, _NUMBERS),
        )  # fmt: skip
        self.book: torch.Tensor
        self.uses: torch.Tensor
        self.sums: torch.Tensor
        self.register_buffer("book", 0.3 * torch.randn(settings.codes, settings.width))
        self.register_buffer("uses", torch.ones(settings.codes))
        self.register_buffer("sums", self.book.clone())

    @property
    def size(self) -> int:
        """Entries of the book."""
        return self.settings.codes

    def _nearest(self, rows: torch.Tensor) -> torch.Tensor:
        return (self.book.square().sum(1) - 2 * rows @ self.book.T).argmin(1)

    def forward(self, ways: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Directions (B, 21, 3) -> those that come back, and the cost of being off the book."""
        rows = self.read(ways.flatten(1)).view(-1, self.settings.width)
        with torch.no_grad():
            codes = self._nearest(rows)
        found = self.book[codes]
        if self.training:
            self._follow(rows.detach(), codes)
        passed = rows + (found - rows).detach()
        back = self.write(passed.view(len(ways), -1)).view(-1, len(BONES), 3)
        return F.normalize(back + 1e-6, dim=-1), F.mse_loss(rows, found)

    @torch.no_grad()
    def _follow(self, rows: torch.Tensor, codes: torch.Tensor) -> None:
        """Move the book's entries after the rows that chose them."""
        count = torch.bincount(codes, minlength=self.size).float()
        self.uses.mul_(_DECAY).add_(count, alpha=1 - _DECAY)
        total = torch.zeros_like(self.sums).index_add_(0, codes, rows)
        self.sums.mul_(_DECAY).add_(total, alpha=1 - _DECAY)
        self.book.copy_(self.sums / (self.uses[:, None] + 1e-5))
        unused = self.uses < _UNUSED
        fresh = rows[torch.randint(len(rows), (int(unused.sum()),))]
        self.book[unused], self.sums[unused], self.uses[unused] = fresh, fresh, 1.0

    @torch.inference_mode()
    def encode(self, joints: Floats) -> NDArray[np.int64]:
        """Codes (N, length) of bodies (N, 22, 3) of any size, place and heading, metres."""
        ways = _directions(joints)
        rows = self.read(ways.flatten(1)).view(-1, self.settings.width)
        return self._nearest(rows).view(len(ways), -1).numpy()

    @torch.inference_mode()
    def decode(self, codes: NDArray[np.int64]) -> Floats:
        """Bodies (N, 22, 3) canonical, metres, on the standard body."""
        found = self.book[torch.from_numpy(codes)].flatten(1)
        ways = F.normalize(self.write(found).view(-1, len(BONES), 3), dim=-1)
        lengths = np.broadcast_to(STANDARD_LENGTHS, (len(codes), len(BONES)))
        return canonical(BoneVectors(ways.numpy().astype(np.float64), lengths).joints())


def train_sequence_codes(
    poses: Floats, settings: SequenceSettings | None = None, *, on_event: OnEvent | None = None
) -> SequenceCodes:
    """Train on bodies and their mirror twins.

    Args:
        poses: (N, 22, 3) metres.
        settings: size and length of the training.
        on_event: called with progress.
    """
    settings = settings or SequenceSettings()
    torch.manual_seed(settings.seed)
    model = SequenceCodes(settings)
    ways = _directions(np.concatenate([poses, mirror(poses)]))
    lengths = torch.from_numpy(STANDARD_LENGTHS).float()
    optimiser = torch.optim.AdamW(model.parameters(), settings.lr, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, settings.lr, total_steps=settings.steps
    )
    for step in range(1, settings.steps + 1):
        batch = ways[torch.randint(len(ways), (settings.batch,))]
        back, off = model(batch)
        # A bone's error moves all that hangs from it by its length.
        distance = ((back - batch) * lengths[:, None]).norm(dim=-1).sum(1).mean()
        loss = 10 * distance + F.l1_loss(back, batch) + 0.25 * off
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if on_event is not None and step % 50 == 0:
            on_event(Event("one sequence of codes", step, settings.steps))
    return model.eval()


def _directions(joints: Floats) -> torch.Tensor:
    body = on_standard_body(np.asarray(joints, dtype=np.float64))
    return torch.from_numpy(BoneVectors.of(body).directions.astype(np.float32))
