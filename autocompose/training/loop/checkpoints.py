"""The files of a training run in ``OUT/progress``, and how to resume from them.

``settings.json`` says whose progress it is, ``<stage>.pt`` is a finished stage, ``<stage>.end.pt``
what else it left (its time, and where the random numbers stood, from which the next stage draws),
``<stage>.state.pt`` the last checkpoint inside one (weights, optimiser, random state, place in the
epoch), and ``metrics.csv`` the curves. Every checkpoint is written aside and renamed, so a kill or
a full disk leaves the previous one.
"""

from __future__ import annotations

import copy
import csv
import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Protocol

import torch

from autocompose.config import to_json
from autocompose.data.files import write_whole
from autocompose.errors import ConfigError, MissingExtraError, TrainingError
from autocompose.training.distributed import World
from autocompose.training.loop.tensor_files import (
    StageEnd,
    damaged,
    disk_errors,
    load_tensors,
)


@dataclass(frozen=True)
class StagePosition:
    """Where in a stage a checkpoint was taken.

    Args:
        epoch: counts from 0.
        step: steps of that epoch that are done.
        losses: their sum.
    """

    epoch: int = 0
    step: int = 0
    losses: float = 0.0


@dataclass(frozen=True)
class EpochRow:
    """One epoch in ``metrics.csv``.

    Args:
        stage: ``stage 1`` or ``stage 2``.
        epoch: counts from 1.
        step: optimisation steps of the stage so far.
        loss: mean over the epoch.
        pairs_per_second: of the steps this process timed.
        seconds: since the stage began or went on.
        val_r1: validation recall at 1 in percent, empty where none was taken.
        val_r10: validation recall at 10.
    """

    stage: str
    epoch: int
    step: int
    loss: float
    pairs_per_second: float
    seconds: float
    val_r1: float | None = None
    val_r10: float | None = None


class Stateful(Protocol):
    """What a checkpoint inside a stage holds: a module, an optimiser, a schedule."""

    def state_dict(self) -> dict[str, Any]:
        """Its state, of tensors and plain values."""
        ...

    def load_state_dict(self, state_dict: dict[str, Any], /) -> Any:
        """Take a state back."""
        ...


class ProgressFolder:
    """Finished stages, checkpoints inside one, and curves, on disk.

    Args:
        folder: ``OUT/progress``.
        model: with ``config``, the settings that a resumed run must share; dataclasses both.
        config: see ``model``.
        resume: go on with what is there; else it is removed.
        world: only the first process writes.
        tensorboard: write the curves as TensorBoard events too.

    Raises:
        ConfigError: what is there belongs to other settings.
        TrainingError: the folder cannot be written.
        MissingExtraError: TensorBoard is asked for and not installed.
    """

    def __init__(
        self,
        folder: Path,
        model: object,
        config: object,
        *,
        resume: bool,
        world: World | None = None,
        tensorboard: bool = False,
    ) -> None:
        self.folder = folder
        self._world = world or World()
        settings = json.dumps({"model": to_json(model), "train": to_json(config)}, sort_keys=True)
        known = folder / "settings.json"
        if resume and known.exists() and known.read_text() != settings:
            raise ConfigError(
                f"{folder} belongs to a run with other settings; "
                "train without --resume, or into another folder"
            )
        self._curves: Any = None
        self._begun: dict[str, float] = {}
        self._earlier: dict[str, float] = {}
        if self._world.main:
            with disk_errors(folder, lambda: "nothing was trained yet"):
                if not resume and folder.exists():
                    for old in folder.iterdir():
                        if old.is_file():  # the features, in their folder, fit any settings
                            old.unlink()
                folder.mkdir(parents=True, exist_ok=True)
                for old in folder.glob("*.part"):  # a kill cut them short
                    old.unlink()
                write_whole(known, settings)
            if tensorboard:
                self._curves = _tensorboard(folder / "tensorboard")
        self._world.any(False)  # nobody looks before the old files are gone

    def alone(self) -> ProgressFolder:
        """The same files, for work that the first process does while the others wait."""
        copied = copy.copy(self)
        copied._world = World(device=self._world.device)
        return copied

    def begin(self, name: str) -> None:
        """Note that the work on a stage begins in this process."""
        self._begun[name] = time.perf_counter()

    def seconds(self, name: str) -> float:
        """How long a stage took so far, what an earlier process kept of it included."""
        now = time.perf_counter()
        return self._earlier.get(name, 0.0) + now - self._begun.get(name, now)

    def restore(self, name: str, module: torch.nn.Module) -> bool:
        """Load a finished stage; False when there is none.

        Raises:
            TrainingError: the file is damaged.
        """
        if not self._world.any(self._path(name).exists()):
            return False
        if self._world.main:
            module.load_state_dict(load_tensors(self._path(name)))
        self._world.share(module)
        return True

    def keep(self, name: str, module: torch.nn.Module) -> None:
        """Write a finished stage; its checkpoints inside are removed.

        Raises:
            TrainingError: it cannot be written; the checkpoints inside the stage stay.
        """
        if not self._world.main:
            return
        self._write(self._path(name), module.state_dict(), name)
        self._state(name).unlink(missing_ok=True)
        self._best(name).unlink(missing_ok=True)

    def keep_end(self, name: str, end: StageEnd) -> None:
        """Write what a stage leaves beside its weights; to be called before `keep`.

        Raises:
            TrainingError: it cannot be written.
        """
        states = self._world.gather_objects(torch.get_rng_state())
        if self._world.main:
            self._write(self._end(name), {**asdict(end), "random": states}, name)

    def restore_end(self, name: str) -> StageEnd:
        """What a finished stage left; random numbers continue where they stood at its end.

        Raises:
            TrainingError: the file is damaged.
        """
        main = self._world.main and self._end(name).exists()
        (kept, *_) = self._world.gather_objects(load_tensors(self._end(name)) if main else {})
        if not kept:
            return StageEnd()  # of version 0.2
        try:
            if len(kept["random"]) == self._world.size:
                torch.set_rng_state(kept["random"][self._world.rank])
            return StageEnd(float(kept["seconds"]), tuple(kept["left_out"]))
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise damaged(self._end(name), error) from error

    def restore_state(self, name: str, parts: Mapping[str, Stateful]) -> StagePosition | None:
        """Go back to the last checkpoint inside a stage, in place; None when there is none.

        Raises:
            TrainingError: the file is damaged or of something else, or processes see different
                files.
        """
        place = None
        if self._state(name).exists():
            state = load_tensors(self._state(name))
            try:
                for key, part in parts.items():
                    part.load_state_dict(state["parts"][key])
                torch.set_rng_state(state["random"])
                self._earlier[name] = float(state.get("seconds", 0.0))  # version 0.2 has none
                if self._world.device.type == "cuda" and "random_cuda" in state:
                    torch.cuda.set_rng_state(state["random_cuda"])
                place = StagePosition(**state["place"])
            except (KeyError, TypeError, ValueError, RuntimeError) as error:
                raise damaged(self._state(name), error) from error
        if len(set(self._world.gather_objects(place))) > 1:
            raise TrainingError(
                f"the processes see different checkpoints of {name}; "
                "put the output folder on a disk that all of them share"
            )
        return place

    def keep_state(self, name: str, parts: Mapping[str, Stateful], place: StagePosition) -> None:
        """Write a checkpoint inside a stage.

        Args:
            name: of the stage.
            parts: everything that changes during the stage.
            place: where the stage stands.

        Raises:
            TrainingError: it cannot be written; the one before stays.
        """
        if not self._world.main:
            return
        state = {
            "parts": {key: part.state_dict() for key, part in parts.items()},
            "random": torch.get_rng_state(),
            "place": asdict(place),
            "seconds": self.seconds(name),
        }
        if self._world.device.type == "cuda":
            state["random_cuda"] = torch.cuda.get_rng_state()
        self._write(self._state(name), state, name)

    def best(self, name: str) -> dict[str, Any]:
        """What `keep_best` wrote of a stage that is not finished; empty where nothing is."""
        return load_tensors(self._best(name)) if self._best(name).exists() else {}

    def keep_best(self, name: str, content: Mapping[str, Any]) -> None:
        """Write the best weights of a stage so far.

        Raises:
            TrainingError: they cannot be written; the ones before stay.
        """
        if self._world.main:
            self._write(self._best(name), content, name)

    def last(self, name: str) -> str:
        """The last good checkpoint in words."""
        if self._state(name).exists():
            # Mapped, not read: a checkpoint of a large Combiner is most of a gigabyte.
            place = StagePosition(**load_tensors(self._state(name), mapped=True)["place"])
            where = f"epoch {place.epoch + 1}, step {place.step}"
            return f"the last good checkpoint is {self._state(name)} ({where})"
        done = sorted(self.folder.glob("*.pt"), key=lambda file: file.stat().st_mtime)
        return f"the last good checkpoint is {done[-1]}" if done else "there is no checkpoint yet"

    def start_curves(self, stage: str, epoch: int) -> None:
        """Remove rows of a stage from an epoch (counted from 0) on: they will be written again."""
        if self._world.main:
            kept = [r for r in self._rows() if r["stage"] != stage or int(r["epoch"]) <= epoch]
            with disk_errors(self._csv, lambda: self.last(stage)):
                self._write_rows(kept)

    def add_row(self, row: EpochRow) -> None:
        """Append one epoch to the curves."""
        if not self._world.main:
            return
        values = {k: "" if v is None else v for k, v in asdict(row).items()}
        with (
            disk_errors(self._csv, lambda: self.last(row.stage)),
            self._csv.open("a", newline="") as file,
        ):
            csv.DictWriter(file, _COLUMNS).writerow(values)
        if self._curves is not None:
            for key in ("loss", "pairs_per_second", "val_r1", "val_r10"):
                if values[key] != "":
                    self._curves.add_scalar(f"{row.stage}/{key}", values[key], row.epoch)
            self._curves.flush()

    def failed_batch(self, stage: str, place: StagePosition, batch: Sequence[Any]) -> Path:
        """Write down the triplets of a step that failed.

        Args:
            stage: its name.
            place: before the step.
            batch: its triplets.

        Returns:
            The file.
        """
        rows = [
            {"reference": t.reference, "target": t.target, "view": t.view.value,
             "text": t.text, "reverse_text": t.reverse_text}
            for t in batch
        ]  # fmt: skip
        place_of = {"epoch": place.epoch + 1, "step": place.step + 1}
        return self._failed(stage, {**place_of, "triplets": rows})

    def failed_names(self, stage: str, step: int, batch: Sequence[str]) -> Path:
        """Write down what a step of pretraining, counted from 1, failed at.

        Args:
            stage: its name.
            step: its number.
            batch: names of what the step learns from.

        Returns:
            The file.
        """
        return self._failed(stage, {"step": step, "batch": list(batch)})

    def _failed(self, stage: str, content: Mapping[str, Any]) -> Path:
        file = self.folder / "failed-batch.json"
        if self._world.main:
            with disk_errors(file, lambda: self.last(stage)):
                write_whole(file, json.dumps({"stage": stage, **content}, indent=1) + "\n")
        return file

    @property
    def _csv(self) -> Path:
        return self.folder / "metrics.csv"

    def _rows(self) -> list[dict[str, str]]:
        if not self._csv.exists():
            return []
        with self._csv.open(newline="") as file:
            # A row that a kill cut short has no number of its epoch, or lacks columns.
            return [
                row
                for row in csv.DictReader(file)
                if None not in row.values() and (row["epoch"] or "").isdecimal()
            ]

    def _write_rows(self, rows: Sequence[Mapping[str, str]]) -> None:
        lines = [",".join(_COLUMNS), *(",".join(row[c] for c in _COLUMNS) for row in rows)]
        write_whole(self._csv, "\n".join(lines) + "\n")

    def _write(self, path: Path, content: Mapping[str, Any], stage: str) -> None:
        aside = path.with_suffix(".part")
        with disk_errors(path, lambda: self.last(stage)):
            try:
                with aside.open("wb") as file:
                    torch.save(content, file)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(aside, path)
            finally:
                aside.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name.replace(' ', '-')}.pt"

    def _best(self, name: str) -> Path:
        return self.folder / f"{name.replace(' ', '-')}.best.pt"

    def _end(self, name: str) -> Path:
        return self.folder / f"{name.replace(' ', '-')}.end.pt"

    def _state(self, name: str) -> Path:
        return self.folder / f"{name.replace(' ', '-')}.state.pt"


_COLUMNS = tuple(field.name for field in fields(EpochRow))


def _tensorboard(folder: Path) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise MissingExtraError(
            "--tensorboard needs TensorBoard: pip install tensorboard; metrics.csv has the curves"
        ) from error
    return SummaryWriter(str(folder))
