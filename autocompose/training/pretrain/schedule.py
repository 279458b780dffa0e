"""The learning rate of pretraining: a linear start, then half a cosine."""

from __future__ import annotations

import math

import torch

_FLOOR = 0.02  # share of the full rate that is left at the end


def warm_cosine(
    optimiser: torch.optim.Optimizer, *, steps: int, warm: int
) -> torch.optim.lr_scheduler.LambdaLR:
    """The schedule of an optimiser whose groups hold the full rates.

    Args:
        optimiser: its rates are changed at each step of the schedule.
        steps: of the whole training.
        warm: steps over which the rate rises to the full one.
    """

    def share(step: int) -> float:
        falling = _FLOOR + (1 - _FLOOR) * 0.5 * (1 + math.cos(math.pi * step / steps))
        return min(1.0, (step + 1) / warm) * falling

    return torch.optim.lr_scheduler.LambdaLR(optimiser, share)
