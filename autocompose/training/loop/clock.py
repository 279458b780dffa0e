"""Speed of a stage and the time that it has left."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from autocompose.schema import Event, OnEvent
from autocompose.training.loop.checkpoints import EpochRow, StagePosition

_EVENT_SECONDS = 5.0


class Clock:
    """Times the steps of a stage; it reports every few seconds.

    Args:
        stage: its name.
        epochs: of the whole stage.
        per_epoch: steps of one epoch.
        on_event: told.
    """

    def __init__(self, stage: str, epochs: int, per_epoch: int, *, on_event: OnEvent) -> None:
        self._stage, self._epochs, self._per_epoch = stage, epochs, per_epoch
        self._tell = on_event
        self._began = self._told = time.perf_counter()
        self._pairs = self._steps = 0
        self._aside = 0.0

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Validation is not counted as speed of training."""
        begun = time.perf_counter()
        yield
        self._aside += time.perf_counter() - begun

    def tick(self, place: StagePosition, pairs: int) -> None:
        """After a step of so many pairs."""
        self._pairs += pairs
        self._steps += 1
        if time.perf_counter() - self._told >= _EVENT_SECONDS:
            self.tell(place, None)

    def tell(self, place: StagePosition, recall: tuple[float, float] | None) -> None:
        """Tell where the stage stands, and the validation recall where one was taken."""
        self._told = time.perf_counter()
        total = self._epochs * self._per_epoch
        done = place.epoch * self._per_epoch + place.step
        note = f"epoch {place.epoch + 1}, loss {place.losses / max(place.step, 1):.3f}"
        if self._steps:
            note += f", {self._speed():.0f} pairs/s"
            left = (self._told - self._began) / self._steps * (total - done)
            note += f", {_duration(left)} left"
        if recall is not None:
            note += f", val R@1 {recall[0]:.1f} R@10 {recall[1]:.1f}"
        self._tell(Event(self._stage, done, total, note))

    def row(self, place: StagePosition, recall: tuple[float, float] | None) -> EpochRow:
        """What an epoch leaves in the curves."""
        return EpochRow(
            self._stage,
            place.epoch + 1,
            place.epoch * self._per_epoch + place.step,
            place.losses / place.step,
            round(self._speed(), 2),
            round(time.perf_counter() - self._began, 2),
            *(recall or (None, None)),
        )

    def _speed(self) -> float:
        return self._pairs / max(time.perf_counter() - self._began - self._aside, 1e-9)


def _duration(seconds: float) -> str:
    """A duration for a person.

    >>> [_duration(s) for s in (9, 90, 7300)]
    ['9 s', '2 min', '2 h 2 min']
    """
    minutes = round(seconds / 60)
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
