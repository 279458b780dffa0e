"""When a stage saves itself, and what Ctrl-C does to it."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch

from autocompose.errors import TrainingError
from autocompose.training.distributed import World
from autocompose.training.loop.checkpoints import ProgressFolder, StagePosition, Stateful


class Tensors:
    """Some parameters by name, as one part of a checkpoint.

    Args:
        named: written to in place when a checkpoint is read.
    """

    def __init__(self, named: Mapping[str, torch.Tensor]) -> None:
        self._named = named

    def state_dict(self) -> dict[str, Any]:
        """The tensors, not copied."""
        return {name: tensor.detach() for name, tensor in self._named.items()}

    def load_state_dict(self, state_dict: dict[str, Any], /) -> None:
        """Copy values in."""
        with torch.no_grad():
            for name, tensor in self._named.items():
                tensor.copy_(state_dict[name])


class RandomNumbers:
    """A generator, as one part of a checkpoint."""

    def __init__(self, generator: torch.Generator) -> None:
        self._generator = generator

    def state_dict(self) -> dict[str, Any]:
        """Where it stands."""
        return {"state": self._generator.get_state()}

    def load_state_dict(self, state_dict: dict[str, Any], /) -> None:
        """Go back there."""
        self._generator.set_state(state_dict["state"])


class Saver:
    """Checkpoints inside one stage, by the clock and when the user presses Ctrl-C.

    A context: inside it Ctrl-C lets the step finish. A second one interrupts at once.

    Args:
        progress: where they are written; None writes none.
        stage: its name.
        parts: everything that changes during the stage.
        every: seconds between checkpoints.
        world: all processes stop at the same step.
    """

    def __init__(
        self,
        progress: ProgressFolder | None,
        stage: str,
        parts: Mapping[str, Stateful],
        *,
        every: float = 60.0,
        world: World | None = None,
    ) -> None:
        self._progress, self._stage, self._parts, self._every = progress, stage, parts, every
        self._world = world or World()
        self._saved = time.perf_counter()
        self._context = ExitStack()
        self._interrupted: Callable[[], bool] = bool

    def __enter__(self) -> Saver:
        """Take over Ctrl-C."""
        self._interrupted = self._context.enter_context(_interruptible())
        return self

    def __exit__(self, *_: object) -> None:
        """Give it back."""
        self._context.close()

    def restore(self) -> StagePosition | None:
        """Go back to the last checkpoint, in place; None when there is none."""
        if self._progress is None:
            return None
        return self._progress.restore_state(self._stage, self._parts)

    def check(
        self, loss: torch.Tensor, size: torch.Tensor, *, step: int, batch: Sequence[str]
    ) -> None:
        """Before a step of pretraining: stop at a loss or gradient that is not finite.

        Args:
            loss: scalar.
            size: length of its gradient.
            step: counts from 1.
            batch: what the step learns from, by name.

        Raises:
            TrainingError: one of them is not finite; nothing was changed by the step.
        """
        if bool(torch.isfinite(loss)) and bool(torch.isfinite(size)):
            return
        left = "nothing was saved"
        if self._progress is not None:
            file = self._progress.failed_names(self._stage, step, batch)
            left = f"all in {file}; {self._progress.last(self._stage)}"
        named = ", ".join(batch[:3]) + (f" and {len(batch) - 3} more" if len(batch) > 3 else "")
        raise TrainingError(
            f"the loss or its gradient is not finite in {self._stage}, step {step}, at {named} "
            f"({left}); look at their joints, or train with another --seed"
        )

    def tick(self, place: StagePosition) -> None:
        """After a step, or wherever the parts are consistent: save if it is time.

        Raises:
            KeyboardInterrupt: the user stopped the run; the state was saved.
            TrainingError: the disk is full; the checkpoint before stays.
        """
        stop = self._world.any(self._interrupted())
        if self._progress is not None and (
            stop or time.perf_counter() - self._saved >= self._every
        ):
            self._progress.keep_state(self._stage, self._parts, place)
            self._saved = time.perf_counter()
        if stop:
            raise KeyboardInterrupt


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    """Let a step finish when the user presses Ctrl-C (or the machine asks the process to end).

    Yields:
        Whether that happened.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set  # only the main thread may handle signals
        return

    def ask(number: int, frame: object) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
