"""Stages I and II for one view of a pair: ask, check, say what was wrong, ask again."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from autocompose.config import AnnotateConfig
from autocompose.describe.annotate.consensus import agree, view_judge
from autocompose.describe.annotate.results import ClaimSupport, ModelCall, ViewAnnotation
from autocompose.describe.mllm.answers import read_parts, read_phrasings
from autocompose.describe.mllm.calls import Caller
from autocompose.describe.mllm.chat import Feedback, ModelAnswer, ModelRequest
from autocompose.describe.mllm.prompts import PROMPT_VERSION, parts_request, phrasings_request
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

T = TypeVar("T")
OnParts = Callable[[tuple[PartDescription, ...]], None]


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

    Returns:
        A description, or the reason why the view is discarded: an answer that broke the form after
        every retry, or no answer to this request.

    Raises:
        ModelUnavailableError: no call can pass.
        HaltedError: the run is ending.
        BudgetError: the price limit is reached.
    """
    try:
        parts = work.parts if work.parts is not None else await _agreed_parts(work, caller, config)
        if work.on_parts is not None:
            work.on_parts(parts)
        phrasings = await _ask(
            work,
            caller,
            config.retries,
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
        ),
        support=work.support,
        calls=tuple(work.calls),
    )


async def _agreed_parts(
    work: ViewWork, caller: Caller, config: AnnotateConfig
) -> tuple[PartDescription, ...]:
    """Stage I: one answer, or what several samples agree on."""
    if config.samples == 1:
        return await _sample_parts(work, caller, config, 0)
    numbers = range(config.samples)
    outcomes = await asyncio.gather(
        *(_sample_parts(work, caller, config, number) for number in numbers),
        return_exceptions=True,
    )
    samples, problems = [], []
    for outcome in outcomes:
        if isinstance(outcome, AnswerError):
            problems.append(outcome)
        elif isinstance(outcome, BaseException):
            raise outcome
        else:
            samples.append(outcome)
    # A vote of the few samples that kept to the form would not be the vote that was asked for.
    if 2 * len(samples) < config.samples:
        reason = Counter(problem.reason for problem in problems).most_common(1)[0][0]
        raise next(problem for problem in problems if problem.reason == reason)
    agreement = agree(samples, share=config.agree, judge=view_judge(work.pair, work.view))
    work.support = agreement.support
    if not agreement.parts:
        raise AnswerError(
            NO_AGREEMENT, f"no claim is made by {config.agree:g} of {len(samples)} samples"
        )
    return agreement.parts


async def _sample_parts(
    work: ViewWork, caller: Caller, config: AnnotateConfig, sample: int
) -> tuple[PartDescription, ...]:
    return await _ask(
        work,
        caller,
        config.retries,
        lambda feedback: parts_request(
            work.images,
            config,
            drawn=work.drawn,
            sample=sample,
            subject=work.subject,
            feedback=feedback,
        ),
        lambda answer: read_parts(answer, may_be_empty=config.samples > 1),
    )


async def _ask(
    work: ViewWork,
    caller: Caller,
    retries: int,
    build: Callable[[tuple[Feedback, ...]], ModelRequest],
    read: Callable[[ModelAnswer], T],
) -> T:
    """Ask until an answer is accepted, each time saying what was wrong with the last.

    Raises:
        AnswerError: the last answer's problem.
    """
    feedback: tuple[Feedback, ...] = ()
    attempt = 0
    while True:
        request = build(feedback)
        done = await caller.call(request)
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
                attempt=attempt,
                request_sha256=done.key,
                answer=done.answer,
                cached=done.cached,
                problem="" if problem is None else str(problem),
            )
        )
        if problem is None:
            return value  # pyright: ignore[reportReturnType]
        if attempt >= retries:
            raise problem
        attempt += 1
        told = f"That answer cannot be used ({problem}). Answer again in the same form."
        feedback = (*feedback, Feedback(done.answer.text[:_FEEDBACK_LETTERS], told))


def _provenance(work: ViewWork, config: AnnotateConfig) -> Provenance:
    """Who wrote the phrasings; tokens and seconds are those of all calls of the view."""
    last = work.calls[-1]
    answers = [call.answer for call in work.calls]
    return Provenance(
        provider="openai",
        model=last.answer.model or config.model,
        prompt_version=PROMPT_VERSION,
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
