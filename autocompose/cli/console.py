"""What every command shares: progress on stderr, one JSON document on stdout, examples."""

from __future__ import annotations

import io
import json
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager

from autocompose.schema import Event, OnEvent

INCOMPLETE = 3
"""Exit code of a run that wrote its files without everything that was asked for."""


def example(*lines: str) -> str:
    """The last words of a command's help: how a call of it looks."""
    return "Example: " + "  ".join(lines)


def say(message: str) -> None:
    """One line for a person, on stderr so that stdout stays machine-readable."""
    sys.stderr.write(message + "\n")


def counts_in_words(counts: Mapping[str, int]) -> str:
    """What was counted, in the order of the names.

    >>> counts_in_words({"reverse: empty": 2, "forward: cut short": 1})
    'forward: cut short 1, reverse: empty 2'
    """
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))


def say_left_out(images: Sequence[str], others: Sequence[str]) -> None:
    """Name what a command did not use.

    Args:
        images: one line for each image, with the reason.
        others: files that are not images.
    """
    for line in images:
        say(f"left out {line}")
    if others:
        more = f" and {len(others) - 5} more" if len(others) > 5 else ""
        say(f"not images, {len(others)} files: {', '.join(others[:5])}{more}")


def show(text: str) -> None:
    """A result for a person, on stdout."""
    sys.stdout.write(text + "\n")


def show_json(document: object) -> None:
    """Exactly one JSON document on stdout."""
    show(json.dumps(document, ensure_ascii=_is_narrow(), indent=1))


def show_json_line(document: object) -> None:
    """One of several JSON documents on stdout, on a line of its own."""
    show(json.dumps(document, ensure_ascii=_is_narrow()))


def write_any_letter() -> None:
    """Let stdout and stderr escape what their encoding lacks, where they would fail."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _is_narrow() -> bool:
    """Whether stdout cannot hold every letter; JSON has escapes of its own for them."""
    return not (sys.stdout.encoding or "utf-8").lower().replace("-", "").startswith("utf")


@contextmanager
def only_writer(lock: AbstractContextManager[str]) -> Iterator[None]:
    """Hold a lock of `autocompose.data.lock`, and say whose it was if that process died."""
    with lock as left:
        if left:
            say(left)
        yield


@contextmanager
def sigterm_as_ctrl_c() -> Iterator[None]:
    """Let SIGTERM, as job schedulers send it, end the block like Ctrl-C: cleaned up, code 130."""
    try:
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    except ValueError:  # not in the main thread, where no signal arrives
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def progress() -> Iterator[OnEvent]:
    """Show the events of long work as bars on stderr; plain lines where stderr is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _LinePerStage()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Remaining())
    with Progress(*columns, TextColumn("{task.fields[note]}"), console=console) as bars:
        tasks = {}

        def show_event(event: Event) -> None:
            if event.stage not in tasks:
                tasks[event.stage] = bars.add_task(event.stage, total=event.total, note="")
            bars.update(
                tasks[event.stage], completed=event.done, total=event.total, note=event.message
            )

        yield show_event


class _LinePerStage:
    """Writes a stage's start, each tenth of it, and its end: a log, not an animation."""

    def __init__(self) -> None:
        self._tenths: dict[str, int] = {}

    def __call__(self, event: Event) -> None:
        tenth = 10 * event.done // event.total if event.total else 10
        if self._tenths.get(event.stage) == tenth:
            return
        self._tenths[event.stage] = tenth
        note = f"  {event.message}" if event.message else ""
        say(f"{event.stage}: {event.done}/{event.total}{note}")
