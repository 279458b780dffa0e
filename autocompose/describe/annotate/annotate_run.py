"""A whole split described by a multimodal model: caption file, side-car, stored answers, report."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from autocompose.config import AnnotateConfig
from autocompose.data.captions.caption_files import write_captions
from autocompose.data.captions.side_car import side_car_path
from autocompose.data.files import stream_whole, write_whole
from autocompose.describe.annotate.pipeline import annotate, described_views
from autocompose.describe.annotate.price_estimate import RunEstimate, estimate_run
from autocompose.describe.annotate.provenance import provenance_lines
from autocompose.describe.annotate.results import AnnotationRun, PairAnnotation
from autocompose.describe.described_rows import CaptionTarget, NewTexts
from autocompose.describe.mllm.answer_store import ResponseCache
from autocompose.describe.mllm.client import MLLM
from autocompose.describe.mllm.prices import ModelPrice
from autocompose.schema import OnEvent, PosePair, Source, caption_key

OnPair = Callable[[PairAnnotation], None]
Work = Callable[[ResponseCache, OnEvent, OnPair], AnnotationRun]
"""What asks the model: it gets the stored answers, and hands on each pair that is done."""


@dataclass(frozen=True)
class AnnotationFiles:
    """Which files a run reads and writes.

    Args:
        captions: the caption file to write; the side-car stands beside it.
        report: counts as JSON; None for no such file.
        cache: stored answers; None for a file beside the captions.
        earlier: the caption file that the pairs come from: what it notes of texts that stay is
            kept. None where the pairs come from elsewhere.
    """

    captions: Path
    report: Path | None = None
    cache: Path | None = None
    earlier: Path | None = None

    @property
    def answers(self) -> Path:
        """The file of stored answers."""
        return self.cache or self.captions.with_name(f"{self.captions.stem}.answers.sqlite3")


@dataclass(frozen=True)
class WrittenRun:
    """A run and what it wrote.

    Args:
        rows: in the caption file; None where nothing was described, and the captions of an earlier
            run stay as they are.
        described: pairs with at least one new text.
        kept: older texts of the keys that were asked for which stay in the file, by key.
    """

    run: AnnotationRun
    rows: int | None
    described: int = 0
    kept: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Listeners:
    """Callbacks during a run.

    Args:
        on_event: of progress.
        on_interrupt: of Ctrl-C or SIGTERM, which then ends the run after the answers in flight.
            None leaves the signals alone.
    """

    on_event: OnEvent = lambda event: None
    on_interrupt: Callable[[], None] | None = None


SILENT = Listeners()
"""Nobody."""


_STOPS = (signal.SIGINT, signal.SIGTERM)


class _NothingDoneError(Exception):
    """A run without a description whose side-car would hide that of an earlier run."""


def annotate_split(
    pairs: Sequence[PosePair],
    config: AnnotateConfig,
    model: AbstractAsyncContextManager[MLLM],
    files: AnnotationFiles,
    *,
    price: ModelPrice | None = None,
    listeners: Listeners = SILENT,
) -> WrittenRun:
    """Annotate pairs in this process and write what comes of it, also when the run ends early.

    Args:
        pairs: to describe.
        config: how.
        model: a client that is opened for the run.
        files: to write.
        price: of the model's tokens; None where it is unknown.
        listeners: callbacks during the run.
    """

    def work(cache: ResponseCache, on_event: OnEvent, on_pair: OnPair) -> AnnotationRun:
        told = replace(listeners, on_event=on_event)
        return run_asking(
            ask(pairs, config, model, cache=cache, price=price, on_pair=on_pair, listeners=told)
        )

    return write_run(pairs, config, files, work, on_event=listeners.on_event)


def write_run(
    pairs: Sequence[PosePair],
    config: AnnotateConfig,
    files: AnnotationFiles,
    work: Work,
    *,
    on_event: OnEvent,
) -> WrittenRun:
    """Do the work, and write captions, side-car and report.

    Where nothing is described the captions stay as they are; the side-car, which then says why, is
    written only where there are no captions.

    Args:
        pairs: that the work is about.
        config: which views it is about.
        files: to write.
        work: asks the model.
        on_event: called with progress.

    Raises:
        CaptionFileError: a caption file or its side-car is malformed.
        DatasetError: the file to write holds rows of other pairs.
    """
    # Before the work: a malformed file must not cost its answers.
    target = CaptionTarget.open(files.captions, files.earlier, pairs)
    new = NewTexts(
        tuple(caption_key(Source.MLLM, view, config.text_style) for view in described_views(config))
    )
    merged, run = None, None
    with (
        contextlib.suppress(_NothingDoneError),
        ResponseCache(files.answers) as cache,
        stream_whole(side_car_path(files.captions)) as side_car,
    ):

        def keep(done: PairAnnotation) -> None:
            new.add(done.pair, done.texts)
            side_car.write(provenance_lines(done, config.text_style).encode())

        run = work(cache, on_event, keep)
        if new.texts or not pairs:
            merged = target.merge(pairs, new)
            side_car.writelines(line.encode() for line in target.lines_to_keep(merged, new))
        elif run.cancelled or run.stopped is not None or files.captions.exists():
            raise _NothingDoneError
    assert run is not None
    if merged is not None:
        write_captions(files.captions, merged.rows)
    if files.report is not None:
        write_whole(files.report, json.dumps(run.report.to_json(), indent=1) + "\n")
    if merged is None:
        return WrittenRun(run, None)
    return WrittenRun(run, len(merged.rows), merged.described, merged.kept)


def run_asking(work: Coroutine[Any, Any, AnnotationRun]) -> AnnotationRun:
    """Run `ask` in an event loop, and put the signals back as they were."""
    before = [(number, signal.getsignal(number)) for number in _STOPS]
    try:
        return asyncio.run(work)
    finally:
        with contextlib.suppress(ValueError):  # not outside the main thread
            for number, handler in before:
                signal.signal(number, handler)


async def ask(
    pairs: Sequence[PosePair],
    config: AnnotateConfig,
    model: AbstractAsyncContextManager[MLLM],
    *,
    cache: ResponseCache,
    price: ModelPrice | None,
    on_pair: OnPair,
    listeners: Listeners,
) -> AnnotationRun:
    """Run the pipeline; with ``listeners.on_interrupt``, Ctrl-C and SIGTERM end it gently.

    Args:
        pairs: to describe.
        config: how.
        model: a client that is opened for the run.
        cache: stored answers.
        price: of the model's tokens; None where it is unknown.
        on_pair: gets each pair that is done.
        listeners: callbacks during the run.
    """
    cancel = asyncio.Event()
    loop = asyncio.get_running_loop()
    interrupted = listeners.on_interrupt

    def stop() -> None:
        assert interrupted is not None
        interrupted()
        cancel.set()
        for number in _STOPS:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.default_int_handler)

    if interrupted is not None:
        # Not on Windows and not outside the main thread: there Ctrl-C interrupts as everywhere.
        with contextlib.suppress(NotImplementedError, ValueError, RuntimeError):
            for number in _STOPS:
                loop.add_signal_handler(number, stop)
    async with model as mllm:
        return await annotate(
            pairs,
            mllm,
            config,
            cache=cache,
            on_event=listeners.on_event,
            on_pair=on_pair,
            cancel=cancel,
            price=price,
            keep=False,
        )


def estimate_split(
    pairs: Sequence[PosePair],
    config: AnnotateConfig,
    files: AnnotationFiles,
    *,
    price: ModelPrice | None,
) -> RunEstimate:
    """Calls, tokens and price of a run, less the answers that are stored; asks and writes nothing.

    Args:
        pairs: to describe.
        config: how.
        files: where answers may be stored already.
        price: of the model's tokens; None where it is unknown.
    """
    stored = files.answers if files.answers.exists() else None
    with ResponseCache(stored) as cache:
        return estimate_run(pairs, config, cache=cache, price=price)
