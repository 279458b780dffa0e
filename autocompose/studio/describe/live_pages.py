"""Between the Describe tab and the operator's model: start, watch, cancel, look at raw answers."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from autocompose.errors import ConfigError, TextError
from autocompose.schema import View
from autocompose.studio.server.model_jobs import Annotator, LiveEvent, LiveJob
from autocompose.studio.server.parts import PartView, one_row_a_part, read_row
from autocompose.studio.server.pictures import Page
from autocompose.studio.server.state import Studio
from autocompose.studio.server.transport import NothingToSay, read_int, read_rows, read_text
from autocompose.studio.server.uploads import read_pair

MAX_PARTS_TEXT = 4000
"""Characters of all part sentences that are sent to the model: a visitor's prompt is bounded."""

MAX_KEY = 300
"""Characters of a visitor's own key."""


@dataclass(frozen=True)
class ModelView:
    """Who writes, and how: ``key`` is ``none``, ``needed`` or ``welcome``; ``visit`` is counted."""

    provider: str
    model: str
    version: str
    key: str
    visit: str


@dataclass(frozen=True)
class LiveProgress:
    """How far a job is, and what it has cost.

    Args:
        state: ``running``, ``done``, ``cancelled`` or ``failed``.
        cost_usd: None when the price is not known.
    """

    state: str
    calls: int
    cached: int
    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    seconds: float


@dataclass(frozen=True)
class LiveStarted(LiveProgress):
    """A job that was started, by its name."""

    job: str


@dataclass(frozen=True)
class LiveEventView:
    """One thing that happened in a job; see `LiveEvent`."""

    kind: str
    view: str
    stage: str
    rows: tuple[PartView, ...]
    texts: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class LiveNews(LiveProgress):
    """What happened since an event; ``after`` is the number to ask from next."""

    events: tuple[LiveEventView, ...]
    after: int


@dataclass(frozen=True)
class RawAnswerView:
    """One answer of the model as it came, and what was wrong with it."""

    view: str
    stage: str
    attempt: int
    problem: str
    cached: bool
    model: str
    text: str
    input_tokens: int
    output_tokens: int
    seconds: float


@dataclass(frozen=True)
class RawAnswers:
    """The raw answers of a job, in the order of their views."""

    answers: tuple[RawAnswerView, ...]


def boot_model(studio: Studio) -> ModelView | None:
    """What the page says of the model, and the name its calls are counted under."""
    if studio.annotator is None:
        return None
    setup = studio.annotator.setup
    key = "none"
    if setup.own_key:
        key = "needed" if setup.api_key is None else "welcome"
    about = studio.annotator.about
    return ModelView(
        about.provider, about.model, about.version, key=key, visit=secrets.token_urlsafe(12)
    )


def live_start(studio: Studio, payload: Page) -> LiveStarted:
    """Start a description.

    Args:
        studio: with a model.
        payload: ``pair`` or two uploads; ``all_views``; or ``phrase`` and ``rows``, to write
            phrasings only, from edited parts; ``visit``; ``key``, which this job alone uses.

    Raises:
        ConfigError: no model is set up, or it is busy.
        TextError: there are no parts to write from, or one is empty.
    """
    annotator = _annotator(studio)
    pair, uploaded = read_pair(studio, payload)
    visit = read_text(payload, "visit")[:40] or "unnamed"
    key = _read_key(payload)
    if payload.get("phrase"):
        parts = [read_row(row) for row in read_rows(payload, "rows")]
        if not parts:
            raise TextError("No parts left; add one, or press Describe.")
        letters = sum(len(row.text) for row in parts)
        if letters > MAX_PARTS_TEXT:
            raise TextError(
                f"The sentences have {letters} characters together; write at most {MAX_PARTS_TEXT}."
            )
        job = annotator.rephrase(pair, parts, visit=visit, key=key)
    else:
        views = list(View) if payload.get("all_views") else [View.FORWARD]
        job = annotator.describe(pair, visit=visit, key=key, views=views, shared=not uploaded)
    return LiveStarted(**_progress(annotator, job), job=job.id)


def live_poll(studio: Studio, payload: Page) -> LiveNews:
    """What happened in a job since event number ``after``."""
    annotator = _annotator(studio)
    job = annotator.job(read_text(payload, "job"))
    # The state first: events that come between the two are asked for again, none is missed.
    progress = _progress(annotator, job)
    after = read_int(payload, "after", low=0, high=10_000, default=0)
    events = job.events[after:]
    shown = tuple(_event(event) for event in events)
    return LiveNews(**progress, events=shown, after=after + len(events))


def live_cancel(studio: Studio, payload: Page) -> NothingToSay:
    """Stop a job; what is done stays."""
    _annotator(studio).job(read_text(payload, "job")).cancel()
    return NothingToSay()


def live_answers(studio: Studio, payload: Page) -> RawAnswers:
    """The raw answers of a job, in the order of their views."""
    job = _annotator(studio).job(read_text(payload, "job"))
    calls = sorted(job.calls, key=lambda item: list(View).index(item[0]))
    return RawAnswers(
        tuple(
            RawAnswerView(
                view=view.value,
                stage=call.stage,
                attempt=call.attempt + 1,
                problem=call.problem,
                cached=call.cached,
                model=call.answer.model,
                text=call.answer.text,
                input_tokens=call.answer.input_tokens,
                output_tokens=call.answer.output_tokens,
                seconds=round(call.answer.seconds, 2),
            )
            for view, call in calls
        )
    )


def _annotator(studio: Studio) -> Annotator:
    if studio.annotator is None:
        raise ConfigError("no multimodal model is set up in this studio; start it with --model")
    return studio.annotator


def _read_key(payload: Page) -> str:
    key = read_text(payload, "key").strip()
    if len(key) > MAX_KEY or not (key.isascii() and key.isprintable()):
        raise ConfigError("that is not an API key; paste it again")  # never repeat it
    return key


def _progress(annotator: Annotator, job: LiveJob) -> dict[str, Any]:
    """The fields of `LiveProgress`."""
    return {
        "state": job.state,
        **vars(job.totals),
        "cost_usd": annotator.cost(job.totals),
        "seconds": round(job.elapsed, 1),
    }


def _event(event: LiveEvent) -> LiveEventView:
    rows = one_row_a_part(event.parts)
    return LiveEventView(event.kind, event.view, event.stage, rows, event.texts, event.note)
