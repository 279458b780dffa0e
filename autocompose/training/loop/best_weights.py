"""The weights of a stage's best validation, kept while the stage continues."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from autocompose.training.loop.checkpoints import ProgressFolder


class Best:
    """The weights of a stage's best validation, on disk where there is a folder for it.

    Args:
        stage: ``stage 1`` or ``stage 2``.
        parameters: what is trained, by name.
        progress: None keeps them in memory only.
    """

    def __init__(
        self, stage: str, parameters: Mapping[str, torch.Tensor], progress: ProgressFolder | None
    ) -> None:
        self._stage, self._parameters, self._progress = stage, parameters, progress
        self._kept: dict[str, Any] = progress.best(stage) if progress is not None else {}

    def offer(self, epoch: int, score: float) -> None:
        """Keep the present weights if no earlier epoch (counted from 1) scored as high."""
        # A resumed run comes by epochs again that it has seen.
        if self._kept and score <= self._kept["score"]:
            return
        weights = {name: p.detach().cpu().clone() for name, p in self._parameters.items()}
        self._kept = {"epoch": epoch, "score": score, "parameters": weights}
        if self._progress is not None:
            self._progress.keep_best(self._stage, self._kept)

    def restore(self) -> str:
        """Go back to the best weights, in place; says which they are."""
        if not self._kept:
            return "no validation was taken: the last weights are kept"
        with torch.no_grad():
            for name, parameter in self._parameters.items():
                parameter.copy_(self._kept["parameters"][name])
        return f"weights of epoch {self._kept['epoch']}, the best on validation"
