"""One call at a time, many at once: stored answers first, then a slot, the budget, the model.

`Caller` is the only place of the pipeline that spends money. It never asks for an answer that is
stored, never starts a call that could pass the price limit, and stops everything with one clear
error when calls fail alike.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from autocompose.describe.mllm.answer_store import ResponseCache
from autocompose.describe.mllm.chat import ModelAnswer, ModelRequest
from autocompose.describe.mllm.client import MLLM
from autocompose.describe.mllm.prices import ImageTokens, ModelPrice, request_tokens, worst_cost
from autocompose.errors import (
    AutoComPoseError,
    BudgetError,
    ModelError,
    ModelUnavailableError,
)

FAILURES_IN_A_ROW = 10
"""Calls that fail alike, with no answer in between, before a run ends."""


class Stop(Protocol):
    """`threading.Event` or `asyncio.Event`: set it to end a run early."""

    def is_set(self) -> bool:
        """Whether the run should end."""
        ...


BILLED_TRIES = 3
"""Times a request is sent whose answer is billed and yet holds nothing."""


class HaltedError(Exception):
    """The run is ending; no call is started any more. Never leaves the pipeline."""


@dataclass(frozen=True)
class Answered:
    """An answer, and whether it was stored already."""

    key: str
    answer: ModelAnswer
    cached: bool


@dataclass
class Totals:
    """What a run asked for so far, pairs that are not finished included."""

    calls: int = 0
    cache_hits: int = 0
    retries: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    estimated_tokens: int = 0
    unanswered: int = 0

    def add_unanswered(self, error: ModelError) -> None:
        """Count a call that was billed without an answer."""
        self.calls += 1
        self.unanswered += 1
        self.input_tokens += error.input_tokens
        self.output_tokens += error.output_tokens

    def add(self, request: ModelRequest, answer: ModelAnswer) -> None:
        """Count one answered call; one with feedback was asked again."""
        self.calls += 1
        self.retries += answer.retries + bool(request.feedback)
        self.input_tokens += answer.input_tokens
        self.output_tokens += answer.output_tokens
        self.estimated_tokens += answer.estimated


class Budget:
    """Dollars spent and reserved by calls in flight; together they never pass the limit.

    Args:
        price: of the model; None when it is unknown.
        limit: US dollars, or None.

    Raises:
        BudgetError: there is a limit but no price to hold it with.
    """

    def __init__(self, price: ModelPrice | None, limit: float | None) -> None:
        if limit is not None and price is None:
            raise BudgetError(
                "--max-cost needs the price of the model, which is not in the price table; give"
                " it with --price IN,OUT in dollars per million tokens"
            )
        self.price = price
        self.limit = limit
        self.spent = 0.0
        self._reserved = 0.0
        self._changed = asyncio.Condition()

    async def reserve(self, request: ModelRequest) -> float:
        """Set aside what a call could cost at most; waits while calls in flight hold too much.

        Raises:
            BudgetError: the call could pass the limit even when nothing else is in flight.
        """
        if self.price is None or self.limit is None:
            return 0.0
        worst = worst_cost(request, self.price)
        async with self._changed:
            while self.spent + self._reserved + worst > self.limit:
                if self._reserved <= 1e-12:
                    raise BudgetError(
                        f"stopped at ${self.spent:.4f}: the next call could cost ${worst:.4f} and"
                        f" pass --max-cost ${self.limit:g}; what is done is kept, a higher limit"
                        " goes on from here"
                    )
                await self._changed.wait()
            self._reserved += worst
        return worst

    async def settle(self, reserved: float, answer: ModelAnswer | ModelError | None) -> None:
        """Replace a reservation by what the call did cost; nothing when it gave no answer."""
        if self.price is None:
            return
        async with self._changed:
            self._reserved = max(0.0, self._reserved - reserved)
            if answer is not None:
                self.spent += self.price.cost(answer.input_tokens, answer.output_tokens)
            self._changed.notify_all()


class Caller:
    """Asks the model for what is not stored.

    Args:
        mllm: the model.
        cache: where answers are kept.
        concurrency: calls in flight.
        budget: dollars.
        now: the time that an answer is stored with.
    """

    def __init__(
        self,
        mllm: MLLM,
        cache: ResponseCache,
        *,
        concurrency: int,
        budget: Budget,
        now: Callable[[], str] | None = None,
    ) -> None:
        self.budget = budget
        self.halted = False
        self.error: AutoComPoseError | None = None
        self.totals = Totals()
        self._mllm = mllm
        self._cache = cache
        self._slots = asyncio.Semaphore(concurrency)
        self._now = now or _utc_now
        self._asking: dict[str, asyncio.Future[None]] = {}
        self._failures = 0
        self._last: ModelError | None = None
        self._discards = 0
        self._reason = ""

    async def call(self, request: ModelRequest) -> Answered:
        """The stored answer, or a new one that is on disk when this returns.

        Raises:
            HaltedError: the run is ending.
            BudgetError: the price limit is reached.
            ModelError: no answer.
        """
        key = request.key()
        while (asking := self._asking.get(key)) is not None:
            # The same question is on its way: its answer is looked up when it has come.
            await asyncio.wait([asking])
        stored = self._cache.find(request)
        if stored is not None:
            self.totals.cache_hits += 1
            return Answered(stored.key, stored.answer, cached=True)
        self._asking[key] = asyncio.get_running_loop().create_future()
        try:
            return Answered(key, await self._ask(request, key), cached=False)
        finally:
            self._asking.pop(key).set_result(None)

    async def forget(self, keys: Iterable[str]) -> None:
        """Take stored answers out, so that their requests are asked again."""
        for key in keys:
            await self._cache.forget(key)

    async def _ask(self, request: ModelRequest, key: str) -> ModelAnswer:
        async with self._slots:
            for attempt in range(1, BILLED_TRIES + 1):
                try:
                    answer = await self._try(request)
                    break
                except ModelError as error:
                    if error.billed:
                        self.totals.add_unanswered(error)
                    if not error.billed or attempt == BILLED_TRIES:
                        self._failed(error)
                        raise
                    self.totals.retries += 1 + error.retries
            self._failures = 0
            self.totals.add(request, answer)
            # In the slot: what is not on disk yet counts as in flight.
            await self._cache.put(key, answer)
        return answer

    async def _try(self, request: ModelRequest) -> ModelAnswer:
        """Send a request within the budget."""
        if self.halted:
            raise HaltedError
        reserved = await self.budget.reserve(request)
        try:
            if self.halted:  # while it waited for money
                raise HaltedError
            answer = replace(await self._mllm.answer(request), created_at=self._now())
        except BaseException as error:
            billed = error if isinstance(error, ModelError) and error.billed else None
            # Shielded: a cancelled call must not leave its reservation behind.
            await asyncio.shield(self.budget.settle(reserved, billed))
            raise
        if answer.estimated:
            image = ImageTokens() if self.budget.price is None else self.budget.price.image
            answer = replace(answer, input_tokens=request_tokens(request, image))
        await self.budget.settle(reserved, answer)
        return answer

    def judge(self, discarded: str, detail: str = "", *, hint: str = "") -> None:
        """Count views that were discarded alike; ten in a row end the run.

        Args:
            discarded: the short reason; empty for a view that was described.
            detail: what was wrong with the last answer.
            hint: what a person can do about it.
        """
        self._discards = self._discards + 1 if discarded == self._reason else 1
        self._reason = discarded
        if discarded and self._discards >= FAILURES_IN_A_ROW:
            self.halt(
                ModelUnavailableError(
                    f"{self._discards} views in a row were discarded alike"
                    f" ({discarded}: {detail}); {hint}"
                )
            )

    def halt(self, error: AutoComPoseError | None = None) -> None:
        """Start no more calls; the first error is the one that is reported."""
        self.halted = True
        self.error = self.error or error

    def verdict(self) -> AutoComPoseError | None:
        """Why the run ended early, or that not one call was answered."""
        answered = self.totals.calls - self.totals.unanswered + self.totals.cache_hits
        if self.error is None and answered == 0:
            return self._last
        return self.error

    def _failed(self, error: ModelError) -> None:
        self.totals.retries += error.retries
        alike = type(error) is type(self._last)
        self._failures = self._failures + 1 if alike else 1
        self._last = error
        if isinstance(error, ModelUnavailableError):
            self.halt(error)
        elif self._failures >= FAILURES_IN_A_ROW:
            self.halt(type(error)(f"{self._failures} calls in a row failed alike: {error}"))


def _utc_now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
