"""A model asked N times what touches in a picture: stored answers first, then side by side."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from autocompose.describe.mllm.answer_store import ResponseCache
from autocompose.describe.mllm.calls import Budget, Caller, HaltedError
from autocompose.describe.mllm.chat import ModelRequest
from autocompose.describe.mllm.client import MLLM
from autocompose.describe.mllm.prices import ModelPrice
from autocompose.errors import (
    AnswerError,
    ConfigError,
    ModelBusyError,
    ModelError,
    ModelRequestError,
    ModelTimeoutError,
)
from autocompose.lab.contacts.contact_table import (
    SAMPLES,
    SHARE,
    ContactAnswer,
    ContactTable,
    contacts_request,
    read_contacts,
    voted,
)

MAX_SAMPLES = 100


@dataclass(frozen=True)
class ContactQuestion:
    """How a model is asked.

    Args:
        model: its name at the endpoint.
        samples: answers that are asked for.
        share: of the readable answers that a touch needs, 0..1.
        temperature: of sampling.
        max_tokens: of one answer.
        concurrency: calls in flight.
        endpoint: whose answers these are.
        max_cost: US dollars that may not be passed; None for no limit.
    """

    model: str
    samples: int = SAMPLES
    share: float = SHARE
    temperature: float = 0.7
    max_tokens: int = 500
    concurrency: int = 8
    endpoint: str = ""
    max_cost: float | None = None

    def __post_init__(self) -> None:
        """Check what a type cannot."""
        if not 1 <= self.samples <= MAX_SAMPLES:
            raise ConfigError(f"samples {self.samples} is outside 1..{MAX_SAMPLES}")
        if not 0 <= self.share <= 1:
            raise ConfigError(f"share {self.share:g} is outside 0..1")


def asked_contacts(
    image: bytes,
    question: ContactQuestion,
    model: AbstractAsyncContextManager[MLLM],
    *,
    subject: str = "",
    cache: ResponseCache | None = None,
    price: ModelPrice | None = None,
) -> ContactTable:
    """What touches in a picture, by the vote of a model's answers.

    Args:
        image: a JPEG file.
        question: how it is asked.
        model: a client that is opened for this.
        subject: what the picture is called; stored answers are found by it.
        cache: stored answers; None keeps none.
        price: of the model's tokens; None where it is unknown.

    Raises:
        ModelError: no call was answered.
        AnswerError: fewer than half of the answers could be read.
        BudgetError: going on could pass the price limit.
    """
    requests = [
        contacts_request(
            image,
            model=question.model,
            sample=number,
            subject=subject,
            temperature=question.temperature,
            max_tokens=question.max_tokens,
            endpoint=question.endpoint,
        )
        for number in range(question.samples)
    ]

    async def work() -> list[ContactAnswer | BaseException]:
        budget = Budget(price, question.max_cost)
        async with model as opened:
            caller = Caller(
                opened,
                ResponseCache() if cache is None else cache,
                concurrency=question.concurrency,
                budget=budget,
            )
            return await asyncio.gather(
                *(_one(caller, request) for request in requests), return_exceptions=True
            )

    return _counted(asyncio.run(work()), question)


async def _one(caller: Caller, request: ModelRequest) -> ContactAnswer:
    return read_contacts((await caller.call(request)).answer)


def _counted(
    found: Sequence[ContactAnswer | BaseException], question: ContactQuestion
) -> ContactTable:
    """The vote, or the first error that stands for the others."""
    answers = [one for one in found if isinstance(one, ContactAnswer)]
    errors = [one for one in found if isinstance(one, BaseException)]
    broken: Counter[str] = Counter()
    for error in errors:
        if isinstance(error, AnswerError):
            broken[error.reason] += 1
        elif isinstance(error, (ModelBusyError, ModelTimeoutError, ModelRequestError)):
            broken["no answer"] += 1
        elif not isinstance(error, HaltedError):
            raise error
    if 2 * len(answers) < question.samples:
        # A vote of the few that kept to the form would not be the vote that was asked for.
        first = next(e for e in errors if isinstance(e, (AnswerError, ModelError)))
        raise first
    return voted(answers, share=question.share, broken=broken)
