"""describe/pipeline: what ends a run before its last pair, and the price limit."""

import asyncio
import dataclasses
import threading

import pytest

from autocompose.describe.annotate.pipeline import annotate, annotate_pair
from autocompose.describe.mllm.answer_store import ResponseCache
from autocompose.describe.mllm.calls import FAILURES_IN_A_ROW
from autocompose.describe.mllm.chat import ModelAnswer
from autocompose.describe.mllm.client import ScriptedMLLM
from autocompose.describe.mllm.prices import ModelPrice
from autocompose.errors import (
    BudgetError,
    CacheError,
    ModelBusyError,
    ModelRequestError,
    ModelTimeoutError,
    ModelUnavailableError,
)
from tests.annotation_fakes import good, make_pair
from tests.scripted_runs import CONFIG, PRICE, Failing, config, run_scripted


@pytest.fixture
def cache():
    with ResponseCache() as stored:
        yield stored


@pytest.fixture
def pairs(tmp_path):
    return [make_pair(tmp_path, number) for number in range(6)]


# ---- ends before the last pair


@pytest.mark.parametrize("event", [threading.Event, asyncio.Event])
def test_cancel_keeps_what_is_done_and_stores_every_answer_that_came(pairs, cache, event):
    cancel, mllm = event(), Failing(lambda asked, _: None, seconds=0.02)
    done = []

    def hear(pair):
        done.append(pair)
        cancel.set()

    run, _ = run_scripted(pairs, config(concurrency=2), cache, mllm, on_pair=hear, cancel=cancel)
    assert run.cancelled
    assert run.stopped is None
    assert 1 <= len(done) < len(pairs)
    assert mllm.asked == len(cache)
    rest, again = run_scripted(pairs, CONFIG, cache)
    assert len(again.requests) == 8 * len(pairs) - mllm.asked
    assert not rest.cancelled


@pytest.mark.parametrize("asked", [1, 9])
def test_a_model_that_cannot_answer_ends_the_run_at_once_with_one_error(pairs, cache, asked):
    mllm = Failing(
        lambda n, _: ModelUnavailableError("bad key") if n >= asked else None, seconds=0.001
    )
    run, _ = run_scripted(pairs, config(concurrency=2), cache, mllm)
    assert isinstance(run.stopped, ModelUnavailableError)
    assert str(run.stopped) == "bad key"
    assert mllm.asked <= asked + 2
    assert not run.cancelled


def test_calls_that_fail_alike_end_the_run(pairs, cache):
    mllm = Failing(lambda n, _: ModelBusyError("down"))
    run, _ = run_scripted(pairs, CONFIG, cache, mllm)
    assert isinstance(run.stopped, ModelBusyError)
    assert f"{FAILURES_IN_A_ROW} calls in a row failed alike: down" in str(run.stopped)
    assert mllm.asked < 8 * len(pairs) / 2


@pytest.mark.parametrize(
    ("answer", "reason", "hint"),
    [
        (ModelAnswer("", finish_reason="length"), "cut short", "raise --max-tokens"),
        (ModelAnswer("I see a person."), "invalid JSON", "read the raw answers"),
    ],
)
def test_ten_views_discarded_alike_end_the_run_with_a_hint(tmp_path, cache, answer, reason, hint):
    class Model:
        asked = 0

        async def answer(self, request):
            self.asked += 1
            return answer

    many = [make_pair(tmp_path, number) for number in range(30)]
    settings, mllm = config(views="forward", concurrency=1), Model()
    run, _ = asyncio.run(annotate(many, mllm, settings, cache=cache)), mllm
    assert isinstance(run.stopped, ModelUnavailableError)
    assert f"{FAILURES_IN_A_ROW} views in a row were discarded alike ({reason}" in str(run.stopped)
    assert hint in str(run.stopped)
    assert 3 * FAILURES_IN_A_ROW <= mllm.asked < 3 * (FAILURES_IN_A_ROW + 5)
    # Discards that are stored cost nothing, so they end nothing.
    again = dataclasses.replace(settings, retry_discarded=False)
    done = asyncio.run(annotate(many[:FAILURES_IN_A_ROW], Model(), again, cache=cache))
    assert done.stopped is None
    assert done.report.discarded == {reason: FAILURES_IN_A_ROW}


def test_discards_with_a_description_in_between_do_not_end_the_run(tmp_path, cache):
    many = [make_pair(tmp_path, number) for number in range(24)]
    good_pairs = {pair.id for pair in many[::6]}

    def script(request):
        return good(request) if request.subject.split("/")[0] in good_pairs else "No."

    settings = config(views="forward", concurrency=1)
    run, _ = run_scripted(many, settings, cache, script)
    assert run.stopped is None
    assert run.report.discarded == {"invalid JSON": 20}


def test_what_is_billed_without_an_answer_is_counted_and_limited(pairs, cache):
    class Model:
        asked = 0

        async def answer(self, request):
            self.asked += 1
            error = ModelBusyError("no choices")
            error.input_tokens, error.output_tokens = 1000, 100
            raise error

    mllm, price = Model(), ModelPrice(1.0, 10.0)
    run = asyncio.run(annotate(pairs, mllm, CONFIG, cache=cache, price=price))
    assert isinstance(run.stopped, ModelBusyError)
    report = run.report
    assert (report.calls, report.unanswered) == (mllm.asked, mllm.asked)
    assert (report.input_tokens, report.output_tokens) == (1000 * mllm.asked, 100 * mllm.asked)
    assert report.cost_usd == pytest.approx(0.002 * mllm.asked)
    limited = config(max_cost=0.02, concurrency=1)
    run = asyncio.run(annotate(pairs, Model(), limited, cache=cache, price=price))
    assert isinstance(run.stopped, BudgetError)
    assert run.report.cost_usd <= 0.02


def test_failures_with_answers_in_between_do_not_end_the_run(pairs, cache):
    mllm = Failing(lambda n, _: ModelRequestError("odd") if n % 3 == 0 else None)
    run, _ = run_scripted(pairs, CONFIG, cache, mllm)
    assert run.stopped is None
    assert run.report.pairs == len(pairs)
    assert set(run.report.discarded) == {"request refused"}


def test_a_short_run_in_which_nothing_was_answered_is_an_error_too(pairs, cache):
    mllm = Failing(lambda n, _: ModelTimeoutError("slow"))
    run, _ = run_scripted(pairs[:1], config(views="forward"), cache, mllm)
    assert isinstance(run.stopped, ModelTimeoutError)


def test_one_pair_alone_raises_what_no_call_can_pass(pairs, cache):
    mllm = Failing(lambda n, _: ModelUnavailableError("bad key"))
    with pytest.raises(ModelUnavailableError, match="bad key"):
        asyncio.run(annotate_pair(pairs[0], mllm, CONFIG, cache=cache))


def test_answers_that_cannot_be_stored_end_the_run(pairs, cache):
    async def refuse(key, answer):
        raise CacheError("disk full")

    cache.put = refuse
    run, _ = run_scripted(pairs, CONFIG, cache)
    assert isinstance(run.stopped, CacheError)


# ---- price


def test_the_price_of_a_run_is_that_of_its_tokens(pairs, cache):
    run, _ = run_scripted(pairs, CONFIG, cache, Failing(lambda *_: None), price=PRICE)
    assert run.report.cost_usd == pytest.approx(48 * 0.006)


@pytest.mark.parametrize("concurrency", [1, 16])
def test_the_price_limit_is_never_passed_and_what_is_done_is_kept(tmp_path, cache, concurrency):
    settings = config(concurrency=concurrency, max_cost=0.25, views="forward")
    mllm = Failing(lambda *_: None, seconds=0.002)
    many = [make_pair(tmp_path, number) for number in range(30)]
    run, _ = run_scripted(many, settings, cache, mllm, price=PRICE)
    assert isinstance(run.stopped, BudgetError)
    assert "--max-cost $0.25" in str(run.stopped)
    assert 0 < mllm.asked * 0.006 <= 0.25
    assert len(cache) == mllm.asked == run.report.calls
    assert run.report.cost_usd == pytest.approx(mllm.asked * 0.006)
    # Calls in flight hold money back; when they are done the run goes on to the last it can pay.
    assert mllm.asked * 0.006 > 0.25 - 0.15


def test_without_token_counts_the_pictures_are_in_the_estimated_price_too(pairs, cache):
    class Silent(Failing):
        async def answer(self, request):
            return ModelAnswer(good(request), 10, 10, estimated=True)

    run, _ = run_scripted(pairs[:1], config(views="forward"), cache, Silent(None), price=PRICE)
    assert run.report.estimated_tokens == 2
    # One picture of one tile is 85 + 170 tokens; the two prompts are some hundreds.
    assert run.report.input_tokens > 255 + 300


def test_a_limit_that_is_not_reached_changes_nothing(pairs, cache):
    run, _ = run_scripted(pairs, config(max_cost=5.0), cache, Failing(lambda *_: None), price=PRICE)
    assert run.stopped is None
    assert run.report.pairs == len(pairs)


def test_a_limit_without_a_price_is_refused_before_the_first_call(pairs, cache):
    mllm = ScriptedMLLM(good)
    with pytest.raises(BudgetError, match="--price"):
        asyncio.run(annotate(pairs, mllm, config(max_cost=1.0), cache=cache))
    assert mllm.requests == []
