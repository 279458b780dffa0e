"""Descriptions that a multimodal model writes while a visitor watches. No gradio here.

The operator chooses model and endpoint; a visitor starts, watches and cancels. Every job runs on a
thread of its own and leaves numbered events that the page asks for. A key lives in its job only.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from autocompose.config import AnnotateConfig
from autocompose.describe.annotate.pipeline import annotate_view, rephrase
from autocompose.describe.annotate.results import ModelCall, ViewAnnotation
from autocompose.describe.mllm.answer_store import ResponseCache
from autocompose.describe.mllm.chat import ModelAnswer, ModelRequest
from autocompose.describe.mllm.client import MLLM, OpenAIMLLM
from autocompose.describe.mllm.prices import price_table
from autocompose.errors import (
    AutoComPoseError,
    ConfigError,
    ModelUnavailableError,
    one_line,
)
from autocompose.schema import PartDescription, PosePair, View

KEPT_JOBS = 64
"""Finished jobs whose raw answers can still be looked at."""

VISITS = 4096
"""Visits whose calls are counted; the oldest is forgotten."""

HOUR = 3600.0


@dataclass(frozen=True)
class ModelSetup:
    """What the operator set up.

    Args:
        config: model and prompts; ``views`` is overridden by each job.
        base_url: the only address that pictures and keys are sent to.
        api_key: the operator's; None where every visitor brings one, or the server wants none.
        own_key: whether a visitor may (or, without ``api_key``, is asked to) give a key.
        jobs: that run at once, over all visitors.
        calls_per_visit: on the operator's key.
        calls_per_hour: on the operator's key, over all visitors.
    """

    config: AnnotateConfig
    base_url: str
    api_key: str | None = field(default=None, repr=False)
    own_key: bool = False
    jobs: int = 2
    calls_per_visit: int = 120
    calls_per_hour: int = 600
    timeout: float = 60.0


@dataclass(frozen=True)
class LiveEvent:
    """One thing that happened in a job.

    Args:
        kind: ``asking``, ``again``, ``parts``, ``texts``, ``discarded``, or ``end``.
        stage: ``parts`` or ``phrasings``, where the kind has one.
        note: why an answer was asked for again or discarded, or what ended the job.
    """

    kind: str
    view: str = ""
    stage: str = ""
    parts: tuple[PartDescription, ...] = ()
    texts: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class LiveTotals:
    """Calls that were answered in a job, and their tokens."""

    calls: int = 0
    cached: int = 0
    input_tokens: int = 0
    output_tokens: int = 0


class LiveJob:
    """One description in the making; read by the page's thread, written by its own."""

    def __init__(self, pair: PosePair, visit: str) -> None:
        """Name it so that nobody can guess it."""
        self.id = secrets.token_urlsafe(18)
        self.pair = pair
        self.visit = visit
        self.events: list[LiveEvent] = []
        self.views: dict[View, ViewAnnotation] = {}
        self.calls: list[tuple[View, ModelCall]] = []
        self.totals = LiveTotals()
        self.started = time.monotonic()
        self.seconds = 0.0
        self.state = "running"
        self._stop: Callable[[], None] = lambda: None
        self._cancelled = False
        self._lock = threading.Lock()

    @property
    def elapsed(self) -> float:
        """Seconds since the start, or that it took."""
        return self.seconds if self.state != "running" else time.monotonic() - self.started

    def tell(self, event: LiveEvent) -> None:
        """Add an event."""
        self.events.append(event)

    def add(self, answer: ModelAnswer) -> None:
        """Count an answer that was paid for."""
        old = self.totals
        self.totals = replace(
            old,
            calls=old.calls + 1,
            input_tokens=old.input_tokens + answer.input_tokens,
            output_tokens=old.output_tokens + answer.output_tokens,
        )

    def keep(self, view: ViewAnnotation) -> None:
        """Keep a finished view and tell of it."""
        self.views[view.view] = view
        self.calls += [(view.view, call) for call in view.calls]
        cached = sum(call.cached for call in view.calls)
        self.totals = replace(self.totals, cached=self.totals.cached + cached)
        if view.description is None:
            note = f"{view.discarded}: {view.detail}" if view.detail else view.discarded
            self.tell(LiveEvent("discarded", view.view.value, note=note))
        else:
            self.tell(LiveEvent("texts", view.view.value, texts=view.description.phrasings))

    def end(self, state: str, note: str = "") -> None:
        """Close the job, once."""
        self.seconds = time.monotonic() - self.started
        self.tell(LiveEvent("end", stage=state, note=note))
        self.state = state

    def cancel(self) -> None:
        """Stop it; what is done stays."""
        with self._lock:
            self._cancelled = True
            with contextlib.suppress(RuntimeError):  # its loop has just ended by itself
                self._stop()

    def stoppable(self, stop: Callable[[], None]) -> None:
        """Note how to stop it, or stop it at once if that was asked for already."""
        with self._lock:
            self._stop = stop
            if self._cancelled:
                stop()


Connect = Callable[[ModelSetup, "str | None"], AbstractAsyncContextManager[MLLM]]
Work = Callable[["_Counted", ResponseCache], Awaitable[None]]


def connect_openai(setup: ModelSetup, key: str | None) -> AbstractAsyncContextManager[MLLM]:
    """The client of the operator's endpoint."""
    return OpenAIMLLM(base_url=setup.base_url, api_key=key, timeout=setup.timeout, retries=2)


@dataclass(frozen=True)
class About:
    """Who writes, for the page: the host of the endpoint, the model, the version of the prompts."""

    provider: str
    model: str
    version: str


class Annotator:
    """Runs jobs on the operator's model within its limits.

    Args:
        setup: what the operator chose.
        connect: makes the client, inside the event loop of the job.
        clock: seconds that only go forward.
    """

    def __init__(
        self,
        setup: ModelSetup,
        connect: Connect = connect_openai,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.setup = setup
        self._connect = connect
        self._clock = clock
        self._jobs: OrderedDict[str, LiveJob] = OrderedDict()
        self._visits: OrderedDict[str, int] = OrderedDict()
        self._recent: deque[float] = deque()
        self._lock = threading.Lock()
        # Dataset pairs on the operator's key: nothing is paid for twice while the studio runs.
        self._shared = ResponseCache()

    @property
    def about(self) -> About:
        """Who writes."""
        host = urlsplit(self.setup.base_url).hostname or self.setup.base_url
        return About(host, self.setup.config.model, self.setup.config.prompt_version)

    def describe(
        self, pair: PosePair, *, visit: str, views: Sequence[View], shared: bool, key: str = ""
    ) -> LiveJob:
        """Start the three stages: the forward view first, then the others side by side.

        Args:
            pair: of the dataset, or uploaded.
            visit: whose calls are counted.
            key: the visitor's own; held by this job only.
            views: to describe; ``FORWARD`` is always the first.
            shared: the pair is the dataset's, so its answers may be kept for the next visitor.

        Raises:
            ConfigError: too many jobs, or no key.
        """
        job = LiveJob(pair, visit)
        config = replace(self.setup.config, views="generate")

        async def one(mllm: _Counted, cache: ResponseCache, view: View) -> None:
            mllm = replace(mllm, view=view)
            job.tell(LiveEvent("asking", view.value, "parts"))

            def on_parts(parts: tuple[PartDescription, ...]) -> None:
                job.tell(LiveEvent("parts", view.value, parts=parts))
                job.tell(LiveEvent("asking", view.value, "phrasings"))

            job.keep(
                await annotate_view(pair, mllm, config, cache=cache, view=view, on_parts=on_parts)
            )

        async def work(mllm: _Counted, cache: ResponseCache) -> None:
            await one(mllm, cache, View.FORWARD)
            others = [view for view in views if view is not View.FORWARD]
            await asyncio.gather(*(one(mllm, cache, view) for view in others))

        return self._start(job, work, key=key, shared=shared)

    def rephrase(
        self, pair: PosePair, parts: Sequence[PartDescription], *, visit: str, key: str = ""
    ) -> LiveJob:
        """Start Stage II alone, from parts that a person edited.

        Raises:
            ConfigError: too many jobs, or no key.
        """
        job = LiveJob(pair, visit)

        async def work(mllm: _Counted, cache: ResponseCache) -> None:
            job.tell(LiveEvent("asking", View.FORWARD.value, "phrasings"))
            job.keep(
                await rephrase(
                    pair, mllm, self.setup.config, cache=cache, view=View.FORWARD, parts=parts
                )
            )

        # Not shared: asking again is meant to give other texts.
        return self._start(job, work, key=key, shared=False)

    def cost(self, totals: LiveTotals) -> float | None:
        """US dollars of a job's calls; None when the model's price is not known."""
        price = price_table().find(self.setup.config.model)
        return None if price is None else price.cost(totals.input_tokens, totals.output_tokens)

    def job(self, job_id: str) -> LiveJob:
        """A job that runs or ended lately.

        Raises:
            ConfigError: there is none.
        """
        with self._lock:
            if job_id not in self._jobs:
                raise ConfigError("this description is no longer on the server; start it again")
            return self._jobs[job_id]

    def _start(self, job: LiveJob, work: Work, *, key: str, shared: bool) -> LiveJob:
        own = bool(key.strip())
        if own and not self.setup.own_key:
            raise ConfigError("this studio does not accept API keys; leave the field empty")
        if not own and self.setup.own_key and self.setup.api_key is None:
            raise ConfigError("Give your own API key for this model; only this call uses it.")
        with self._lock:
            running = sum(other.state == "running" for other in self._jobs.values())
            if running >= self.setup.jobs:
                raise ConfigError(
                    f"The model is busy with {running} descriptions, which is as many as this"
                    " studio runs at once; try again in a few seconds."
                )
            self._jobs[job.id] = job
            while len(self._jobs) > KEPT_JOBS:
                self._jobs.popitem(last=False)
        used = key.strip() if own else self.setup.api_key
        run = _Run(self, job, work, used, own=own, shared=shared and not own)
        threading.Thread(target=run, name="studio-model", daemon=True).start()
        return job

    def spend(self, visit: str) -> None:
        """Count one call on the operator's key.

        Raises:
            ModelUnavailableError: a limit is reached.
        """
        setup, now = self.setup, self._clock()
        with self._lock:
            while self._recent and self._recent[0] <= now - HOUR:
                self._recent.popleft()
            if len(self._recent) >= setup.calls_per_hour:
                raise ModelUnavailableError(
                    f"this studio makes at most {setup.calls_per_hour} model calls an hour, and"
                    " they are used up; come back later"
                )
            if self._visits.get(visit, 0) >= setup.calls_per_visit:
                raise ModelUnavailableError(
                    f"a visit has {setup.calls_per_visit} model calls, and yours are used up"
                )
            self._recent.append(now)
            self._visits[visit] = self._visits.pop(visit, 0) + 1
            while len(self._visits) > VISITS:
                self._visits.popitem(last=False)


@dataclass(frozen=True)
class _Run:
    """The thread of one job. Its key is gone when it ends."""

    owner: Annotator
    job: LiveJob
    work: Work
    key: str | None = field(repr=False)
    own: bool
    shared: bool

    def __call__(self) -> None:
        try:
            asyncio.run(self._main())
        except asyncio.CancelledError:
            self.job.end("cancelled", "Cancelled. Texts written so far are kept.")
        except AutoComPoseError as error:
            self.job.end("failed", one_line(error))
        else:
            self.job.end("done")
        finally:
            # Anything unforeseen goes to the server's log; the page must not wait for ever on it.
            if self.job.state == "running":
                self.job.end("failed", "The description failed. See the server's log.")

    async def _main(self) -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None

        def stop() -> None:
            loop.call_soon_threadsafe(task.cancel)

        self.job.stoppable(stop)
        cache = self.owner._shared if self.shared else ResponseCache()
        async with self.owner._connect(self.owner.setup, self.key) as mllm:
            await self.work(_Counted(mllm, self), cache)


@dataclass(frozen=True)
class _Counted:
    """A model whose calls are counted and reported."""

    mllm: MLLM
    run: _Run
    view: View = View.FORWARD

    async def answer(self, request: ModelRequest) -> ModelAnswer:
        if not self.run.own:
            self.run.owner.spend(self.run.job.visit)
        if request.feedback:
            note = request.feedback[-1].problem
            self.run.job.tell(LiveEvent("again", self.view.value, request.stage, note=note))
        answer = await self.mllm.answer(request)
        self.run.job.add(answer)
        return answer
