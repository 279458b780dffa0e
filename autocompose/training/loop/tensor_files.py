"""Files of tensors in a run's folder, and what is said of a full disk or a damaged file."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from autocompose.errors import TrainingError, one_line


@dataclass(frozen=True)
class StageEnd:
    """What a finished stage leaves beside its weights and the state of the random numbers.

    Args:
        seconds: that it took, in all processes that worked on it one after the other.
        left_out: one line for each thing that it could not use.
    """

    seconds: float = 0.0
    left_out: tuple[str, ...] = ()


@contextmanager
def disk_errors(path: Path, last: Callable[[], str]) -> Iterator[None]:
    """Say which file could not be written and what is left.

    Torch's writer turns a full disk into a RuntimeError.

    Raises:
        TrainingError: the block could not write.
    """
    try:
        yield
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or one_line(error, 160)
        raise TrainingError(
            f"{path} cannot be written ({reason}); {last()}; free space and continue with --resume"
        ) from error


def load_tensors(path: Path, *, mapped: bool = False) -> dict[str, Any]:
    """Read tensors and plain values; no code that a file holds is run.

    Raises:
        TrainingError: the file is damaged.
    """
    try:
        return torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        raise damaged(path, error) from error


def damaged(path: Path, error: Exception) -> TrainingError:
    """The error of a file that cannot be used, with what to do."""
    reason = one_line(error, 160)
    return TrainingError(f"{path} cannot be read ({reason}); delete it and continue with --resume")
