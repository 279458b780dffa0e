"""The phases of a training: each is done once, kept, and timed."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

from autocompose.schema import Event, OnEvent
from autocompose.training.loop.checkpoints import ProgressFolder
from autocompose.training.loop.tensor_files import StageEnd


class Phases:
    """Runs phases one after the other, or takes them from an earlier run.

    Args:
        progress: where finished phases are kept.
        on_event: called for a phase that an earlier run finished.
    """

    def __init__(self, progress: ProgressFolder, on_event: OnEvent) -> None:
        self.progress, self.on_event = progress, on_event
        self.seconds: dict[str, float] = {}
        """Phase -> how long it took, in earlier runs that were stopped too."""
        self.earlier = 0.0
        """Seconds of these that earlier runs took."""

    def run(
        self,
        name: str,
        module: torch.nn.Module,
        work: Callable[[], None],
        *,
        left_out: list[str] | None = None,
    ) -> None:
        """Do the work of one phase, unless the earlier run finished it.

        Args:
            name: of the phase and, with hyphens, of its file.
            module: what the phase trains; an earlier run's weights are read into it.
            work: trains the module in place.
            left_out: what the work could not use, a line each; filled by the work, or with what
                the earlier run noted.

        Raises:
            TrainingError: a file of the earlier run is damaged, or the disk is full.
        """
        if self.progress.restore(name, module):
            self.on_event(Event(name, 1, 1, "kept from the earlier run"))
            end = self.progress.restore_end(name)
            if left_out is not None:
                left_out.extend(end.left_out)
            if end.seconds:
                self.seconds[name] = round(end.seconds, 1)
                self.earlier += end.seconds
            return
        begun = time.perf_counter()
        self.progress.begin(name)
        work()
        own = time.perf_counter() - begun
        end = StageEnd(self.progress.seconds(name), tuple(left_out or ()))
        self.progress.keep_end(name, end)
        self.progress.keep(name, module)
        self.seconds[name] = round(end.seconds, 1)
        self.earlier += max(end.seconds - own, 0.0)
