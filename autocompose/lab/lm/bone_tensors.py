"""Bone directions and joints as tensors, and how likely bodies are under a predicted one."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from autocompose.body.directions import ANCESTORS, STANDARD_LENGTHS
from autocompose.body.skeleton import BONES, INDEX

BONE_COUNT = len(BONES)
_ANCESTORS = torch.tensor(ANCESTORS, dtype=torch.float32)
_LENGTHS = torch.tensor(STANDARD_LENGTHS, dtype=torch.float32)
_STARTS = torch.tensor([INDEX[start] for start, _ in BONES])
_ENDS = torch.tensor([INDEX[end] for _, end in BONES])


def bone_directions(joints: torch.Tensor) -> torch.Tensor:
    """(..., 21, 3) unit directions of joints (..., 22, 3)."""
    return F.normalize(joints[..., _ENDS, :] - joints[..., _STARTS, :], dim=-1)


def joints_of(directions: torch.Tensor, lengths: torch.Tensor | None = None) -> torch.Tensor:
    """(..., 22, 3) metres, pelvis at the origin, of unit directions (..., 21, 3).

    Args:
        directions: of length one.
        lengths: (..., 21) metres; the standard body's where None.
    """
    sizes = _LENGTHS.to(directions) if lengths is None else lengths
    return _ANCESTORS.to(directions) @ (directions * sizes[..., None])


def log_likelihoods(
    mean: torch.Tensor, log_spread: torch.Tensor, bodies: torch.Tensor
) -> torch.Tensor:
    """(Q, N) how likely N bodies are under Q predicted ones, up to a constant of each query.

    A bone of spread s that points an angle a off its mean costs (1 - cos a) / s^2, as in a von
    Mises-Fisher distribution. Bones that a text says nothing of have a large spread and cost
    little: that is why this ranks better than the distance to the predicted body.

    Args:
        mean: (Q, 21, 3) unit directions.
        log_spread: (Q, 21), natural logarithm, radians.
        bodies: (N, 21, 3) unit directions.
    """
    weight = torch.exp(-2 * log_spread)
    return (mean * weight[..., None]).flatten(1) @ bodies.flatten(1).T - weight.sum(1, keepdim=True)
