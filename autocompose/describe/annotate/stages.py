"""Stages I and II for one view of a pair: ask, check, say what was wrong, ask again."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from autocompose.config import AnnotateConfig
from autocompose.describe.annotate.consensus import agree, view_judge
from autocompose.describe.annotate.results import ClaimSupport, ModelCall, ViewAnnotation
from autocompose.describe.mllm.answers import (
    ASKED_AGAIN,
    CUT_SHORT,
    EMPTY,
    REFUSED,
    read_parts,
    read_phrasings,
)
from autocompose.describe.mllm.calls import Caller
from autocompose.describe.mllm.chat import Feedback, ModelAnswer, ModelRequest
from autocompose.describe.mllm.prompts import parts_request, phrasings_request
from autocompose.errors import (
    AnswerError,
    ModelBusyError,
    ModelRequestError,
    ModelTimeoutError,
)
from autocompose.schema import (
    PartDescription,
    PosePair,
    Provenance,
    Source,
    TransitionDescription,
    View,
)

NO_AGREEMENT = "no agreement"
_NO_ANSWER = {
    ModelTimeoutError: "time-out",
    ModelBusyError: "server busy",
    ModelRequestError: "request refused",
}
_FEEDBACK_LETTERS = 4000
_HINTS = {
    CUT_SHORT: "raise --max-tokens; a model that thinks first needs more",
    EMPTY: "check that the model reads pictures, or choose another --model",
    REFUSED: "choose a --model that describes pictures of people",
}
_HINT = "read the raw answers in the side-car, or choose another --model"

T = TypeVar("T")
OnParts = Callable[[tuple[PartDescription, ...]], None]
_Build = Callable[[tuple[Feedback, ...]], ModelRequest]


@dataclass(frozen=True)
class _Outcome(Generic[T]):
    """What a question and the answers that were sent back came to.

    Args:
        value: of the accepted answer.
        problem: of the last answer where none was accepted.
        keys: of the answers, in the order they came.
        stored: the last answer was there before it was needed.
    """

    value: T | None
    problem: AnswerError | None
    keys: tuple[str, ...]
    stored: bool


@dataclass
class ViewWork:
    """One view while it is worked on.

    Args:
        images: JPEG files of the view.
        drawn: whether a skeleton is drawn in them.
        parts: given when a person edited them; Stage I is left out then.
        on_parts: hears the accepted part sentences before Stage II starts.
    """

    pair: PosePair
    view: View
    images: tuple[bytes, ...] = ()
    drawn: bool = False
    parts: tuple[PartDescription, ...] | None = None
    on_parts: OnParts | None = None
    calls: list[ModelCall] = field(default_factory=list)
    support: tuple[ClaimSupport, ...] = ()

    @property
    def subject(self) -> str:
        """Pair and view, for the keys of the calls."""
        return f"{self.pair.id}/{self.view.value}"


async def describe_view(work: ViewWork, caller: Caller, config: AnnotateConfig) -> ViewAnnotation:
    """Both stages of one view.

    Args:
        work: the view of a pair, and who hears of its parts.
        caller: asks the model, within slots and price limit.
        config: how the stages are asked for.

    Returns:
        A description, or the reason why the view is discarded: an answer that broke the form after
        every retry, or no answer to this request.

    Raises:
        ModelUnavailableError: no call can pass.
        HaltedError: the run is ending.
        BudgetError: the price limit is reached.
    """
    view = await _describe(work, caller, config)
    # What was stored costs nothing, and calls without an answer are counted where they fail.
    if any(not call.cached for call in work.calls) and view.discarded not in _NO_ANSWER.values():
        caller.judge(view.discarded, view.detail, hint=_HINTS.get(view.discarded, _HINT))
    return view


async def _describe(work: ViewWork, caller: Caller, config: AnnotateConfig) -> ViewAnnotation:
    try:
        parts = work.parts if work.parts is not None else await _agreed_parts(work, caller, config)
        if work.on_parts is not None:
            work.on_parts(parts)
        phrasings = await _ask(
            work,
            caller,
            config,
            lambda feedback: phrasings_request(
                parts, config, subject=work.subject, feedback=feedback
            ),
            lambda answer: read_phrasings(
                answer,
                n=config.texts,
                parts=parts,
                max_words=config.max_words,
                banned=config.banned,
            ),
        )
    except AnswerError as error:
        return _discarded(work, error.reason, error.detail)
    except tuple(_NO_ANSWER) as error:
        return _discarded(work, _NO_ANSWER[type(error)], str(error))
    return ViewAnnotation(
        view=work.view,
        description=TransitionDescription(
            pair_id=work.pair.id,
            view=work.view,
            source=Source.MLLM,
            parts=parts,
            phrasings=phrasings,
            provenance=_provenance(work, config),
            style=config.text_style,
        ),
        support=work.support,
        calls=tuple(work.calls),
    )


async def _agreed_parts(
    work: ViewWork, caller: Caller, config: AnnotateConfig
) -> tuple[PartDescription, ...]:
    """Stage I: one answer, or what several samples agree on."""
    if config.samples == 1:
        return await _ask(work, caller, config, *_parts_question(work, config, 0))
    outcomes = await _sampled(work, caller, config, range(config.samples))
    if _too_few(outcomes):
        # Only where the view would be discarded: samples that a vote could do without stay as is.
        again = [n for n, found in enumerate(outcomes) if _asks_again(found, config)]
        for number in again:
            await caller.forget(outcomes[number].keys)
        for number, found in zip(again, await _sampled(work, caller, config, again), strict=True):
            outcomes[number] = found
    samples = [found.value for found in outcomes if found.value is not None]
    problems = [found.problem for found in outcomes if found.problem is not None]
    # A vote of the few samples that kept to the form would not be the vote that was asked for.
    if _too_few(outcomes):
        reason = Counter(problem.reason for problem in problems).most_common(1)[0][0]
        raise next(problem for problem in problems if problem.reason == reason)
    agreement = agree(samples, share=config.agree, judge=view_judge(work.pair, work.view))
    work.support = agreement.support
    if not agreement.parts:
        raise AnswerError(
            NO_AGREEMENT, f"no claim is made by {config.agree:g} of {len(samples)} samples"
        )
    return agreement.parts


async def _sampled(
    work: ViewWork, caller: Caller, config: AnnotateConfig, numbers: Iterable[int]
) -> list[_Outcome[tuple[PartDescription, ...]]]:
    """Stage I, once for each number, side by side; all are waited for."""
    found = await asyncio.gather(
        *(
            _exchange(work, caller, config.retries, *_parts_question(work, config, number))
            for number in numbers
        ),
        return_exceptions=True,
    )
    outcomes = [outcome for outcome in found if not isinstance(outcome, BaseException)]
    if len(outcomes) < len(found):
        raise next(outcome for outcome in found if isinstance(outcome, BaseException))
    return outcomes


def _too_few(outcomes: Sequence[_Outcome[Any]]) -> bool:
    return 2 * sum(found.problem is None for found in outcomes) < len(outcomes)


def _parts_question(
    work: ViewWork, config: AnnotateConfig, sample: int
) -> tuple[_Build, Callable[[ModelAnswer], tuple[PartDescription, ...]]]:
    """How Stage I is asked, and how its answer is read."""

    def build(feedback: tuple[Feedback, ...]) -> ModelRequest:
        return parts_request(
            work.images,
            config,
            drawn=work.drawn,
            sample=sample,
            subject=work.subject,
            feedback=feedback,
        )

    return build, lambda answer: read_parts(answer, may_be_empty=config.samples > 1)


async def _ask(
    work: ViewWork,
    caller: Caller,
    config: AnnotateConfig,
    build: _Build,
    read: Callable[[ModelAnswer], T],
) -> T:
    """The accepted answer; where an earlier run left none, the question is asked once more.

    Raises:
        AnswerError: the last answer's problem.
    """
    found = await _exchange(work, caller, config.retries, build, read)
    if _asks_again(found, config):
        await caller.forget(found.keys)
        found = await _exchange(work, caller, config.retries, build, read)
    if found.problem is not None:
        raise found.problem
    assert found.value is not None
    return found.value


def _asks_again(found: _Outcome[Any], config: AnnotateConfig) -> bool:
    """Whether answers that an earlier run did not accept are asked for again."""
    return found.problem is not None and found.stored and asks_again(found.problem, config)


def asks_again(problem: AnswerError, config: AnnotateConfig) -> bool:
    """Whether a run asks again where an earlier one ended with this problem."""
    if config.retry_discarded is None:
        return problem.reason in ASKED_AGAIN
    return config.retry_discarded


def with_feedback(
    feedback: tuple[Feedback, ...], answer: ModelAnswer, problem: AnswerError
) -> tuple[Feedback, ...]:
    """What the next request of a question says of the answers so far.

    Args:
        feedback: of the last request.
        answer: to that request.
        problem: why it was not accepted.
    """
    told = f"That answer cannot be used ({problem}). Answer again in the same form."
    return (*feedback, Feedback(answer.text[:_FEEDBACK_LETTERS], told))


async def _exchange(
    work: ViewWork,
    caller: Caller,
    retries: int,
    build: _Build,
    read: Callable[[ModelAnswer], T],
) -> _Outcome[T]:
    """Ask until an answer is accepted, each time saying what was wrong with the last."""
    feedback: tuple[Feedback, ...] = ()
    keys: list[str] = []
    while True:
        request = build(feedback)
        done = await caller.call(request)
        keys.append(done.key)
        problem: AnswerError | None = None
        value = None
        try:
            value = read(done.answer)
        except AnswerError as error:
            problem = error
        work.calls.append(
            ModelCall(
                stage=request.stage,
                sample=request.sample,
                attempt=len(feedback),
                request_sha256=done.key,
                answer=done.answer,
                cached=done.cached,
                problem="" if problem is None else str(problem),
            )
        )
        if problem is None or len(feedback) >= retries:
            return _Outcome(value, problem, tuple(keys), done.cached)
        feedback = with_feedback(feedback, done.answer, problem)


def _provenance(work: ViewWork, config: AnnotateConfig) -> Provenance:
    """Who wrote the phrasings; tokens and seconds are those of all calls of the view."""
    last = work.calls[-1]
    answers = [call.answer for call in work.calls]
    return Provenance(
        provider="openai",
        model=last.answer.model or config.model,
        prompt_version=config.prompt_version,
        request_sha256=last.request_sha256,
        raw_response=last.answer.text,
        created_at=last.answer.created_at,
        input_tokens=sum(answer.input_tokens for answer in answers),
        output_tokens=sum(answer.output_tokens for answer in answers),
        seconds=sum(answer.seconds for answer in answers),
    )


def _discarded(work: ViewWork, reason: str, detail: str) -> ViewAnnotation:
    return ViewAnnotation(
        view=work.view,
        description=None,
        discarded=reason,
        detail=detail,
        support=work.support,
        calls=tuple(work.calls),
    )
