"""The three stages over many pairs: resume, retry, discard, progress, cost.

Memory stays flat however many pairs there are: a window of pairs is worked on, their pictures live
only while they are, and results leave in the order of the pairs.

Source: AutoComPose (ICCV 2025), Stages I to III.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace

from autocompose.config import AnnotateConfig
from autocompose.describe.annotate.annotation_progress import AnnotationProgress
from autocompose.describe.annotate.results import (
    AnnotationReport,
    AnnotationRun,
    PairAnnotation,
    ViewAnnotation,
    add_reports,
    count_pair,
)
from autocompose.describe.annotate.stages import OnParts, ViewWork, describe_view
from autocompose.describe.mllm.answer_store import ResponseCache
from autocompose.describe.mllm.calls import Budget, Caller, HaltedError, Stop
from autocompose.describe.mllm.client import MLLM
from autocompose.describe.mllm.montage import can_overlay, view_pictures
from autocompose.describe.mllm.prices import ModelPrice, price_table
from autocompose.describe.views import derive_mirror
from autocompose.errors import (
    AmbiguousSideError,
    BudgetError,
    CacheError,
    ImageError,
    ModelError,
)
from autocompose.schema import (
    OnEvent,
    PartDescription,
    PosePair,
    View,
)

AMBIGUOUS = "ambiguous side"
BAD_IMAGE = "unreadable image"
GRACE_SECONDS = 15.0
"""How long an ending run waits for the answers that are already being paid for."""

_POLL_SECONDS = 0.1


async def annotate(
    pairs: Sequence[PosePair],
    mllm: MLLM,
    config: AnnotateConfig,
    *,
    cache: ResponseCache,
    on_event: OnEvent | None = None,
    on_pair: Callable[[PairAnnotation], None] | None = None,
    cancel: Stop | None = None,
    price: ModelPrice | None = None,
    keep: bool = True,
) -> AnnotationRun:
    """Describe every pair in every view of the config.

    A run that ends early (cancelled, price limit, model out of reach) returns what is done and says
    why in ``stopped``; every answer that came is in the cache, so the same call goes on from there.

    Args:
        pairs: any number.
        mllm: asked for what the cache does not have.
        config: see `AnnotateConfig`.
        cache: stored answers.
        on_event: progress, after each pair.
        on_pair: gets each finished pair, in the order of ``pairs``.
        cancel: looked at ten times a second.
        price: of the model; by default its row in the price table, if it has one.
        keep: hold the pairs for the returned run too. Without it memory stays flat.

    Raises:
        BudgetError: a price limit is set for a model of unknown price.
    """
    price = price or price_table().find(config.model)
    caller = Caller(
        mllm, cache, concurrency=config.concurrency, budget=Budget(price, config.max_cost)
    )
    started = time.monotonic()
    progress = AnnotationProgress(len(pairs), caller.budget, on_event)
    kept: list[PairAnnotation] = []
    reports = AnnotationReport(cost_usd=0.0)

    def finished(done: PairAnnotation) -> None:
        nonlocal reports
        counted = replace(count_pair(done), cost_usd=0.0)
        reports = add_reports([reports, counted])
        if keep:
            kept.append(done)
        if on_pair is not None:
            on_pair(done)
        progress.step(reports)

    await _Window(pairs, caller, config, finished).run(cancel)
    # The calls of pairs that were not finished were paid for too.
    totals = caller.totals
    return AnnotationRun(
        pairs=tuple(kept),
        report=replace(
            reports,
            **asdict(totals),
            cost_usd=price and price.cost(totals.input_tokens, totals.output_tokens),
            seconds=time.monotonic() - started,
        ),
        cancelled=caller.halted and caller.error is None and reports.pairs < len(pairs),
        stopped=caller.verdict(),
    )


async def annotate_pair(
    pair: PosePair, mllm: MLLM, config: AnnotateConfig, *, cache: ResponseCache
) -> PairAnnotation:
    """Describe one pair in every view of the config; the price limit does not count here.

    Args:
        pair: two images whose files can be read.
        mllm: the model that is asked.
        config: how many views and texts, and how they are asked for.
        cache: stored answers; what is there is not asked again.

    Raises:
        ModelUnavailableError: no call to this model can pass.
    """
    return await _describe_pair(pair, _single(mllm, config, cache), config)


async def annotate_view(
    pair: PosePair,
    mllm: MLLM,
    config: AnnotateConfig,
    *,
    cache: ResponseCache,
    view: View = View.FORWARD,
    on_parts: OnParts | None = None,
) -> ViewAnnotation:
    """Describe one view: Stage I, then Stage II.

    Args:
        pair: two images whose files can be read.
        mllm: the model that is asked.
        config: how many views and texts, and how they are asked for.
        cache: stored answers; what is there is not asked again.
        view: which one.
        on_parts: hears the result of Stage I before Stage II begins.

    Raises:
        ImageError: a picture cannot be read.
        ModelUnavailableError: no call to this model can pass.
    """
    images = await _pictures(pair, (view,), config)
    work = ViewWork(pair, view, images[view], drawn=_drawn(pair, config), on_parts=on_parts)
    return await describe_view(work, _single(mllm, config, cache), config)


async def rephrase(
    pair: PosePair,
    mllm: MLLM,
    config: AnnotateConfig,
    *,
    cache: ResponseCache,
    parts: Sequence[PartDescription],
    view: View = View.FORWARD,
) -> ViewAnnotation:
    """Stage II alone, from parts that a person edited.

    Args:
        pair: two images whose files can be read.
        mllm: the model that is asked.
        config: how many views and texts, and how they are asked for.
        cache: stored answers; what is there is not asked again.
        parts: the sentences that the texts must say.
        view: what the parts describe.

    Raises:
        ModelUnavailableError: no call to this model can pass.
    """
    work = ViewWork(pair, view, parts=tuple(parts))
    return await describe_view(work, _single(mllm, config, cache), config)


def asked_views(config: AnnotateConfig) -> tuple[View, ...]:
    """The views that the model is asked for; the others of the config are derived."""
    if config.views == "forward":
        return (View.FORWARD,)
    return (View.FORWARD, View.REVERSE) if config.views == "derive" else tuple(View)


def described_views(config: AnnotateConfig) -> tuple[View, ...]:
    """The views that get texts, asked for or derived."""
    return (View.FORWARD,) if config.views == "forward" else tuple(View)


def _single(mllm: MLLM, config: AnnotateConfig, cache: ResponseCache) -> Caller:
    return Caller(mllm, cache, concurrency=config.concurrency, budget=Budget(None, None))


def _drawn(pair: PosePair, config: AnnotateConfig) -> bool:
    return config.overlay and can_overlay(pair)


async def _pictures(
    pair: PosePair, views: tuple[View, ...], config: AnnotateConfig
) -> dict[View, tuple[bytes, ...]]:
    # In a thread: decoding and encoding would hold up every other call.
    return await asyncio.to_thread(
        view_pictures, pair, views, overlay=config.overlay, two_images=config.two_images
    )


async def _describe_pair(pair: PosePair, caller: Caller, config: AnnotateConfig) -> PairAnnotation:
    """All views of one pair, those that are asked for side by side."""
    views = asked_views(config)
    try:
        images = await _pictures(pair, views, config)
    except ImageError as error:
        return PairAnnotation(
            pair,
            tuple(
                ViewAnnotation(view, None, BAD_IMAGE, str(error))
                for view in described_views(config)
            ),
        )
    drawn = _drawn(pair, config)
    # Every view is waited for, also when one ends the run: its call may be paid for already.
    outcomes = await asyncio.gather(
        *(
            describe_view(ViewWork(pair, view, images[view], drawn=drawn), caller, config)
            for view in views
        ),
        return_exceptions=True,
    )
    asked = [outcome for outcome in outcomes if isinstance(outcome, ViewAnnotation)]
    failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    if failures:
        # The reason of the halt says more than the halt.
        raise min(failures, key=lambda failure: isinstance(failure, HaltedError))
    if config.views != "derive":
        return PairAnnotation(pair, tuple(asked))
    return PairAnnotation(pair, (*asked, *(_derive(view) for view in asked)))


def _derive(source: ViewAnnotation) -> ViewAnnotation:
    """The mirrored view from a view's texts."""
    view = View.MIRROR if source.view is View.FORWARD else View.MIRROR_REVERSE
    if source.description is None:
        return ViewAnnotation(view, None, source.discarded, source.detail, derived_from=source.view)
    try:
        derived = derive_mirror(source.description)
    except AmbiguousSideError as error:
        return ViewAnnotation(
            view,
            None,
            AMBIGUOUS,
            str(error),
            derived_from=source.view,
            refused=source.description.phrasings,
        )
    refused = {refusal.text for refusal in derived.refusals}
    return ViewAnnotation(
        view,
        derived.description,
        derived_from=source.view,
        refused=tuple(text for text in source.description.phrasings if text in refused),
    )


class _Window:
    """Pairs in flight: enough to fill every slot, few enough to stay flat in memory."""

    def __init__(
        self,
        pairs: Sequence[PosePair],
        caller: Caller,
        config: AnnotateConfig,
        finished: Callable[[PairAnnotation], None],
    ) -> None:
        self._pairs = pairs
        self._caller = caller
        self._config = config
        self._finished = finished
        # Half as many again as the slots need, for the moments in which a pair has few calls left.
        chains = len(asked_views(config)) * config.samples
        self._width = 2 + (3 * config.concurrency) // (2 * chains)
        self._running: dict[asyncio.Task[PairAnnotation], int] = {}
        self._ready: dict[int, PairAnnotation] = {}
        self._next_in = 0
        self._next_out = 0

    async def run(self, cancel: Stop | None) -> None:
        """Work until every pair is done or the run is halted."""
        try:
            while self._start() or self._running:
                done, _ = await asyncio.wait(
                    self._running, timeout=_POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    self._take(task)
                self._hand_on()
                if cancel is not None and cancel.is_set():
                    self._caller.halt()
                if self._caller.halted:
                    await self._drain()
                    return
        finally:
            await _settle(list(self._running))

    def _start(self) -> bool:
        """Start what the window has room for; results that wait for an earlier pair count too."""
        while (
            self._next_in < len(self._pairs)
            and len(self._running) < self._width
            and self._next_in - self._next_out < 8 * self._width
        ):
            work = _describe_pair(self._pairs[self._next_in], self._caller, self._config)
            self._running[asyncio.ensure_future(work)] = self._next_in
            self._next_in += 1
        return bool(self._running)

    def _take(self, task: asyncio.Task[PairAnnotation]) -> None:
        number = self._running.pop(task)
        try:
            self._ready[number] = task.result()
        except HaltedError:
            pass
        except (ModelError, BudgetError, CacheError) as error:
            self._caller.halt(error)

    def _hand_on(self) -> None:
        while self._next_out in self._ready:
            self._finished(self._ready.pop(self._next_out))
            self._next_out += 1

    async def _drain(self) -> None:
        """Let calls in flight finish and be stored; then hand on every pair that is complete."""
        if self._running:
            done, _ = await asyncio.wait(self._running, timeout=GRACE_SECONDS)
            for task in done:
                self._take(task)
        for number in sorted(self._ready):
            self._finished(self._ready.pop(number))


async def _settle(tasks: Sequence[asyncio.Future]) -> None:
    """Cancel what still runs and wait until it has ended."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
