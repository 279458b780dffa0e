"""The phases of a training: each is done once, kept, and timed."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

from autocompose.schema import Event, OnEvent
from autocompose.training.loop.checkpoints import ProgressFolder


class Phases:
    """Runs phases one after the other, or takes them from an earlier run.

    Args:
        progress: where finished phases are kept.
        on_event: called for a phase that an earlier run finished.
    """

    def __init__(self, progress: ProgressFolder, on_event: OnEvent) -> None:
        self.progress, self.on_event = progress, on_event
        self.seconds: dict[str, float] = {}
        """Phase -> how long it took in this run."""

    def run(self, name: str, module: torch.nn.Module, work: Callable[[], None]) -> None:
        """Do the work of one phase, unless the earlier run finished it.

        Args:
            name: of the phase and, with hyphens, of its file.
            module: what the phase trains; an earlier run's weights are read into it.
            work: trains the module in place.

        Raises:
            TrainingError: a file of the earlier run is damaged, or the disk is full.
        """
        begun = time.perf_counter()
        if self.progress.restore(name, module):
            self.on_event(Event(name, 1, 1, "kept from the earlier run"))
            return
        work()
        self.progress.keep(name, module)
        self.seconds[name] = round(time.perf_counter() - begun, 1)
