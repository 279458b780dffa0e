"""Bodies turned until regions touch, near where they were and near their picture's points.

All bodies of a call are moved at once: 21 bone directions each, their lengths stay. What is
minimised, in metres squared: the gaps of the touches, the way of the joints from the start, the
distance of the joints from the picture's points in its plane, the turn of each bone, and the depth
to which parts lie in others or, where they are to stay apart, come too near.

Source: ProsePose (arXiv 2405.03689) for the idea and the terms; the weights are our own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from autocompose.body.directions import ANCESTORS, STANDARD_LENGTHS, BoneVectors
from autocompose.lab.bodies.capsules import capsule_distances
from autocompose.lab.contacts.picture_view import BodyView
from autocompose.lab.contacts.regions import WATCHED_NAMES, RegionPairs, capsules_under
from autocompose.lab.contacts.touches import SidedPair

Floats = NDArray[np.float64]

_ANCESTORS = torch.from_numpy(ANCESTORS)
_WATCHED_ROW = {frozenset(pair): row for row, pair in enumerate(WATCHED_NAMES)}


@dataclass(frozen=True)
class FitRules:
    """Weights and length of a fit.

    Args:
        touch: of a gap that is to close.
        points: of the picture's points.
        start: of the joints' way from the start.
        bones: of each bone's turn.
        depth: of parts that lie in others, or are nearer than they should.
        margin: metres that parts of which no touch is said stay apart; 0 lets them touch.
        steps: of gradient descent (Adam).
        rate: of its first step, radians; the last is a tenth of it.
    """

    touch: float = 60.0
    points: float = 4.0
    start: float = 1.0
    bones: float = 0.02
    depth: float = 100.0
    margin: float = 0.03
    steps: int = 200
    rate: float = 0.02


@dataclass(frozen=True, eq=False)
class FitRow:
    """One body and what is asked of it.

    Args:
        joints: (22, 3) metres, where it starts.
        pairs: regions with sides that shall touch.
        view: what a picture shows of it, or None.
        complete: ``pairs`` holds all that touch; otherwise parts that touch at the start may go on.
    """

    joints: Floats
    pairs: tuple[SidedPair, ...] = ()
    view: BodyView | None = None
    complete: bool = False


@dataclass(frozen=True, eq=False)
class FittedRows:
    """What became of N bodies.

    Args:
        joints: (N, 22, 3) metres, pelvis where it was, bones as long as they were.
        cost: (N,) what is left of the loss, metres squared.
    """

    joints: Floats
    cost: Floats


def body_sizes(joints: Floats) -> Floats:
    """(N,) how large bodies (N, 22, 3) are against the standard one, by all bones together."""
    return np.maximum(BoneVectors.of(joints).lengths.sum(-1) / STANDARD_LENGTHS.sum(), 1e-6)


def pair_distances(joints: Floats, pairs: Sequence[SidedPair]) -> Floats:
    """(N, P) metres between the surfaces of pairs of regions, on each body's own size.

    Args:
        joints: (N, 22, 3) metres.
        pairs: P pairs of regions with sides.
    """
    size = body_sizes(joints)
    standard = torch.from_numpy(joints / size[:, None, None])
    return RegionPairs(pairs).distances(standard).numpy() * size[:, None]


def fitted(rows: Sequence[FitRow], rules: FitRules | None = None) -> FittedRows:
    """Move bodies until what is asked of each holds as well as it can.

    Args:
        rows: N bodies.
        rules: weights and length.
    """
    rules = rules or FitRules()
    if not rows:
        return FittedRows(np.zeros((0, 22, 3)), np.zeros(0))
    fit = _Fit(rows, rules)
    way = fit.start_ways.clone().requires_grad_()
    adam = torch.optim.Adam([way], rules.rate)
    for step in range(rules.steps):
        adam.param_groups[0]["lr"] = rules.rate * (1 - 0.9 * step / rules.steps)
        adam.zero_grad()
        fit.cost(way).sum().backward()
        adam.step()
    with torch.no_grad():
        cost = fit.cost(way)
        joints = fit.joints(way)
    placed = joints.numpy() * fit.size[:, None, None] + fit.place
    return FittedRows(placed, cost.numpy())


class _Fit:
    """The loss of many bodies at once, each scaled to the size of the standard one."""

    def __init__(self, rows: Sequence[FitRow], rules: FitRules) -> None:
        self._rules = rules
        joints = np.stack([row.joints for row in rows]).astype(np.float64)
        self.size = body_sizes(joints)
        self.place = joints[:, :1]
        bones = BoneVectors.of((joints - self.place) / self.size[:, None, None])
        self.start_ways = torch.from_numpy(bones.directions)
        self._lengths = torch.from_numpy(bones.lengths)
        self._start = self.joints(self.start_ways)
        pairs = list(dict.fromkeys(pair for row in rows for pair in row.pairs))
        self._pairs = RegionPairs(pairs) if pairs else None
        self._wanted = torch.tensor(
            [[float(pair in row.pairs) for pair in pairs] for row in rows], dtype=torch.float64
        )
        self._apart = self._gaps_to_keep(rows)
        self._axes, self._points, self._seen = _views(rows, self.size)

    def joints(self, ways: torch.Tensor) -> torch.Tensor:
        """(N, 22, 3), pelvis at the origin."""
        unit = ways / ways.norm(dim=-1, keepdim=True).clamp(min=1e-9)
        return _ANCESTORS @ (unit * self._lengths[..., None])

    def _gaps_to_keep(self, rows: Sequence[FitRow]) -> torch.Tensor:
        """(N, W) metres that each watched pair of capsules shall be apart."""
        begin = capsule_distances(self._start)
        keep = torch.full_like(begin, self._rules.margin)
        for i, row in enumerate(rows):
            if not row.complete:
                keep[i] = torch.minimum(keep[i], begin[i].clamp(min=0))
            keep[i, _under(row.pairs)] = 0.0
        return keep

    def cost(self, ways: torch.Tensor) -> torch.Tensor:
        """(N,) metres squared."""
        rules, joints = self._rules, self.joints(ways)
        count = joints.shape[1]
        cost = rules.start * (joints - self._start).square().sum(-1).mean(1)
        flat = torch.einsum("nij,nkj->nki", self._axes, joints)
        flat = flat - flat.mean(1, keepdim=True)
        cost = cost + rules.points * self._seen * (flat - self._points).square().sum(-1).mean(1)
        unit = ways / ways.norm(dim=-1, keepdim=True).clamp(min=1e-9)
        cost = cost + rules.bones * (unit - self.start_ways).square().sum((1, 2))
        near = (self._apart - capsule_distances(joints)).clamp(min=0)
        cost = cost + rules.depth / count * near.square().sum(1)
        if self._pairs is not None:
            gap = self._pairs.distances(joints).clamp(min=0)
            cost = cost + rules.touch / count * (self._wanted * gap.square()).sum(1)
        return cost


def _under(pairs: Sequence[SidedPair]) -> list[int]:
    """Rows of `WATCHED_NAMES` that may touch because regions on them do."""
    found = {
        _WATCHED_ROW.get(frozenset((one, other)))
        for a, b in pairs
        for one in capsules_under(a)
        for other in capsules_under(b)
    }
    return sorted(row for row in found if row is not None)


def _views(rows: Sequence[FitRow], size: Floats) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Axes (N, 2, 3), points (N, 22, 2) around their middle, and whether there are any (N,)."""
    axes = np.zeros((len(rows), 2, 3))
    points = np.zeros((len(rows), 22, 2))
    seen = np.zeros(len(rows))
    for i, row in enumerate(rows):
        if row.view is not None:
            axes[i], seen[i] = row.view.axes, 1.0
            points[i] = (row.view.points - row.view.points.mean(0)) / size[i]
    return torch.from_numpy(axes), torch.from_numpy(points), torch.from_numpy(seen)
