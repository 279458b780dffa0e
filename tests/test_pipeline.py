"""describe/pipeline: four views, retries that say why, resume, stop, price limit, flat memory."""

import asyncio
import dataclasses
import json
import threading
import tracemalloc

import pytest

from autocompose.config import AnnotateConfig
from autocompose.describe.annotate import pipeline
from autocompose.describe.annotate.annotation_progress import AnnotationProgress
from autocompose.describe.annotate.pipeline import annotate, annotate_pair, annotate_view, rephrase
from autocompose.describe.annotate.provenance import provenance_lines
from autocompose.describe.annotate.results import add_reports, count_pair
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
from autocompose.schema import BodyPart, PartDescription, Source, View
from tests.annotation_fakes import PARTS, TEXTS, good, make_pair, parts_text, texts_text

CONFIG = AnnotateConfig("m", concurrency=4)
KEYS = {View.FORWARD: "mllm", View.REVERSE: "reverse",
        View.MIRROR: "mirror", View.MIRROR_REVERSE: "mirror-reverse"}  # fmt: skip


def config(**settings):
    return dataclasses.replace(CONFIG, **settings)


def run_scripted(pairs, settings, cache, script=good, **options):
    """A run against a script, and the model that was asked."""
    mllm = script if isinstance(script, Failing | ScriptedMLLM) else ScriptedMLLM(script)
    return asyncio.run(annotate(pairs, mllm, settings, cache=cache, **options)), mllm


class Failing:
    """Answers some requests and raises for others."""

    def __init__(self, decide, seconds=0.0):
        self.asked = 0
        self.in_flight = self.peak = 0
        self._decide = decide
        self._seconds = seconds

    async def answer(self, request):
        self.asked += 1
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        try:
            await asyncio.sleep(self._seconds)
            error = self._decide(self.asked, request)
            if error is not None:
                raise error
            return ModelAnswer(good(request), 100, 50, 0.1, "m-1")
        finally:
            self.in_flight -= 1


@pytest.fixture
def cache():
    with ResponseCache() as stored:
        yield stored


@pytest.fixture
def pairs(tmp_path):
    return [make_pair(tmp_path, number) for number in range(6)]


# ---- views


def test_generate_makes_8_calls_and_12_texts_per_pair_each_view_with_its_own_pictures(pairs, cache):
    run, mllm = run_scripted(pairs, CONFIG, cache)
    assert len(mllm.requests) == 8 * len(pairs)
    assert run.report.to_json() | {"seconds": 0} == {
        "pairs": 6, "texts": dict.fromkeys(KEYS.values(), 18), "calls": 48, "cache_hits": 0,
        "retries": 0, "discarded": {}, "seconds": 0, "cost_usd": None,
        "input_tokens": run.report.input_tokens, "output_tokens": run.report.output_tokens,
    }  # fmt: skip
    looked_at = [r for r in mllm.requests if r.stage == "parts"]
    assert len({r.images for r in looked_at}) == 4 * len(pairs)
    assert all(not r.images for r in mllm.requests if r.stage == "phrasings")


def test_results_come_in_the_order_of_the_pairs_whoever_is_done_first(pairs, cache):
    order = []
    run, _ = run_scripted(pairs, CONFIG, cache, on_pair=lambda done: order.append(done.pair.id))
    assert order == [pair.id for pair in pairs] == [done.pair.id for done in run.pairs]
    assert [d.view for d in run.pairs[0].descriptions] == list(View)


def test_derive_asks_for_two_views_and_exchanges_left_and_right_for_the_others(pairs, cache):
    run, mllm = run_scripted(pairs[:1], config(views="derive"), cache)
    assert len(mllm.requests) == 4
    texts = run.pairs[0].texts
    assert texts["mllm"][0] == "Raise your left arm to the side and bend your right knee."
    assert texts["mirror"][0] == "Raise your right arm to the side and bend your left knee."
    assert {key: len(found) for key, found in texts.items()} == dict.fromkeys(KEYS.values(), 3)
    mirrored = run.pairs[0].views[2]
    assert (mirrored.view, mirrored.derived_from) == (View.MIRROR, View.FORWARD)
    parts = [row.part for row in mirrored.description.parts]
    assert parts == [BodyPart.RIGHT_ARM, BodyPart.LEFT_KNEE]
    assert mirrored.description.provenance.input_tokens == 0


def test_derive_refuses_what_is_ambiguous_and_counts_it(pairs, cache):
    unclear = "With what is left, raise the left arm and bend the right knee, right"

    def script(request):
        if request.stage == "parts":
            return parts_text()
        return json.dumps(
            {"phrasings": [unclear + "!", "Now: " + unclear + "?", "Slowly: " + unclear + "..."]}
        )

    run, _ = run_scripted(pairs[:1], config(views="derive"), cache, script)
    asked, derived = run.pairs[0].views[:2], run.pairs[0].views[2:]
    assert all(view.description is not None for view in asked)
    assert [view.description for view in derived] == [None, None]
    assert run.report.to_json()["discarded"] == {"ambiguous side": 2}
    assert run.report.refused_texts == 6
    assert run.report.to_json()["texts"]["mllm"] == 3


def test_search_texts_get_keys_of_their_own_and_a_length_each(pairs, cache):
    three = [
        "left arm up",
        "Lift the left arm to the side and bend the right knee a little.",
        "Same stance, but the left arm goes out to the side and the right knee bends, " * 2,
    ]

    def script(request):
        return parts_text() if request.stage == "parts" else json.dumps({"phrasings": three})

    run, _ = run_scripted(pairs[:1], config(views="derive", style="search"), cache, script)
    texts = run.pairs[0].texts
    assert list(texts) == ["search", "search-reverse", "search-mirror", "search-mirror-reverse"]
    assert texts["search"] == tuple(text.strip() for text in three)
    assert texts["search-mirror"][0] == "right arm up"
    made = run.pairs[0].descriptions[0]
    assert (made.key, made.provenance.prompt_version) == ("search", "mllm-2")
    assert run.report.to_json()["texts"]["search"] == 3
    three[0] = "lift the left arm high up to the side now"
    run, _ = run_scripted(pairs[1:2], config(views="forward", style="search"), cache, script)
    assert run.pairs[0].views[0].discarded == "overlong"


def test_forward_asks_for_one_view(pairs, cache):
    run, mllm = run_scripted(pairs[:2], config(views="forward"), cache)
    assert len(mllm.requests) == 4
    assert run.report.to_json()["texts"] == {
        "mllm": 6,
        "reverse": 0,
        "mirror": 0,
        "mirror-reverse": 0,
    }


@pytest.mark.parametrize("n", [1, 5])
def test_n_texts_are_asked_for_and_kept(pairs, cache, n):
    run, _ = run_scripted(pairs[:1], config(n=n), cache)
    assert all(len(texts) == n for texts in run.pairs[0].texts.values())


def test_the_reasoning_style_gives_one_text(pairs, cache):
    run, _ = run_scripted(pairs[:1], config(style="reasoning", views="forward"), cache)
    assert run.pairs[0].texts == {"mllm": TEXTS[:1]}


def test_the_overlay_is_drawn_and_explained_only_where_joints_are_known(tmp_path, cache):
    bare, known = make_pair(tmp_path, 0), make_pair(tmp_path, 1, joints=True)
    _, mllm = run_scripted([bare, known], config(overlay=True, views="forward"), cache)
    asked = [r for r in mllm.requests if r.stage == "parts"]
    assert sorted("green" in r.user for r in asked) == [False, True]


def test_a_description_says_who_wrote_it(pairs, cache):
    run, mllm = run_scripted(pairs[:1], config(views="forward"), cache)
    (description,) = run.descriptions
    assert description.source is Source.MLLM
    assert [(row.part.label, row.text) for row in description.parts] == list(PARTS.items())
    provenance = description.provenance
    assert (provenance.provider, provenance.model) == ("openai", "m")
    assert provenance.request_sha256 == mllm.requests[-1].key()
    assert provenance.raw_response == texts_text()
    assert provenance.created_at.endswith("+00:00")


# ---- answers that are not accepted


def breaks(times, stage="parts", text="no JSON"):
    """A script whose first answers to a stage are broken, for every view."""
    broken = {}

    def script(request):
        if request.stage == stage and broken.setdefault(request.subject, 0) < times:
            broken[request.subject] += 1
            return text
        return good(request)

    return script


@pytest.mark.parametrize("stage", ["parts", "phrasings"])
def test_a_broken_answer_is_sent_back_with_what_was_wrong(pairs, cache, stage):
    run, mllm = run_scripted(pairs[:1], config(views="forward"), cache, breaks(2, stage))
    assert (run.report.calls, run.report.retries, run.report.discarded) == (4, 2, {})
    last = [r for r in mllm.requests if r.stage == stage][-1]
    assert [turn.answer for turn in last.feedback] == ["no JSON", "no JSON"]
    assert "not valid JSON" in last.feedback[0].problem
    problems = [call.problem for call in run.pairs[0].views[0].calls if call.stage == stage]
    assert [bool(problem) for problem in problems] == [True, True, False]


def test_after_two_retries_the_view_is_discarded_and_counted_by_its_reason(pairs, cache):
    def script(request):
        if request.subject.endswith("/mirror"):
            return parts_text({"left arm": "Raise the right arm."})
        return good(request)

    run, mllm = run_scripted(pairs[:2], CONFIG, cache, script)
    report = run.report
    assert report.to_json()["discarded"] == {"side contradicts its part": 2}
    assert report.to_json()["texts"] == {"mllm": 6, "reverse": 6, "mirror": 0, "mirror-reverse": 6}
    assert (report.calls, report.retries) == (2 * (6 + 3), 4) == (len(mllm.requests), 4)
    assert report.discard_rate == 2 / 8
    # The pair keeps its other views.
    assert set(run.pairs[0].texts) == {"mllm", "reverse", "mirror-reverse"}
    assert run.pairs[0].views[2].detail


def test_no_retries_means_none(pairs, cache):
    run, mllm = run_scripted(pairs[:1], config(retries=0, views="forward"), cache, breaks(1))
    assert (len(mllm.requests), run.report.retries) == (1, 0)
    assert run.report.to_json()["discarded"] == {"invalid JSON": 1}


def test_the_report_adds_up_whatever_fails(pairs, cache):
    def decide(asked, request):
        return ModelTimeoutError("slow") if asked % 7 == 0 else None

    run, mllm = run_scripted(pairs, CONFIG, cache, Failing(decide))
    report = run.report
    described = sum(report.texts.values()) / CONFIG.n
    assert described + sum(report.discarded.values()) == report.pairs * 4 == report.views
    assert report.discarded == {"time-out": mllm.asked - report.calls}
    assert report == dataclasses.replace(
        add_reports([count_pair(done) for done in run.pairs]),
        seconds=report.seconds, cost_usd=report.cost_usd,
    )  # fmt: skip


def test_an_unreadable_picture_discards_its_pair_without_a_call(pairs, cache):
    pairs[1].target.path.write_bytes(b"broken")
    run, mllm = run_scripted(pairs[:3], CONFIG, cache)
    assert run.report.to_json()["discarded"] == {"unreadable image": 4}
    assert (run.report.pairs, len(mllm.requests)) == (3, 16)


# ---- stored answers


def test_nothing_is_paid_for_twice(pairs, tmp_path):
    path = tmp_path / "a.sqlite3"
    with ResponseCache(path) as cache:
        first, _ = run_scripted(pairs, CONFIG, cache, breaks(1))
    with ResponseCache(path) as cache:
        second, mllm = run_scripted(pairs, CONFIG, cache, ScriptedMLLM([]))
    assert mllm.requests == []
    assert [done.texts for done in second.pairs] == [done.texts for done in first.pairs]
    assert (second.report.calls, second.report.retries) == (0, 0)
    assert second.report.cache_hits == first.report.calls
    assert second.report.input_tokens == 0
    assert second.descriptions == first.descriptions


def test_a_pair_that_is_listed_twice_is_asked_for_once(pairs, cache):
    mllm = Failing(lambda *_: None, seconds=0.02)
    run, _ = run_scripted(pairs[:1] * 3, config(concurrency=16), cache, mllm)
    assert (mllm.asked, run.report.calls, run.report.cache_hits) == (8, 8, 16)
    assert len({done.texts["mllm"] for done in run.pairs}) == 1


def test_each_sample_is_a_question_of_its_own(pairs, cache):
    run, mllm = run_scripted(pairs[:1], config(samples=5, views="forward"), cache)
    assert run.report.calls == 6
    assert sorted(r.sample for r in mllm.requests if r.stage == "parts") == list(range(5))
    support = run.pairs[0].views[0].support
    assert {(c.part.label, c.count, c.samples) for c in support} == {
        ("left arm", 5, 5), ("right knee", 5, 5),
    }  # fmt: skip


@pytest.mark.parametrize("view", [View.FORWARD, View.MIRROR])
def test_samples_that_confuse_sides_are_set_right_by_the_joints_of_each_view(tmp_path, cache, view):
    # The subject raises the left arm; in the mirrored pair it is the right one.
    truth = "left" if view is View.FORWARD else "right"
    wrong = "right" if truth == "left" else "left"

    def script(request):
        if request.stage == "parts":
            return parts_text({f"{wrong} arm": f"Raise the {wrong} arm."})
        texts = [f"Raise the {truth} arm {how}." for how in ("now", "slowly", "again")]
        return json.dumps({"phrasings": texts})

    pair = make_pair(tmp_path, joints=True)
    done = asyncio.run(
        annotate_view(pair, ScriptedMLLM(script), config(samples=3), cache=cache, view=view)
    )
    (row,) = done.description.parts
    assert (row.part.side, row.text) == (truth, f"Raise the {truth} arm.")
    assert done.support[0].decided_by == "geometry"


def test_samples_without_agreement_are_discarded(pairs, cache):
    def script(request):
        if request.stage == "parts":
            part = list(BodyPart)[request.sample]
            return parts_text({part.label: "Turn it round."})
        return good(request)

    run, _ = run_scripted(pairs[:1], config(samples=4, agree=0.9, views="forward"), cache, script)
    assert run.report.to_json()["discarded"] == {"no agreement": 1}


def test_when_most_samples_break_the_form_the_view_is_discarded(pairs, cache):
    def script(request):
        return "no JSON" if request.stage == "parts" and request.sample else good(request)

    run, _ = run_scripted(pairs[:1], config(samples=4, views="forward"), cache, script)
    assert run.report.to_json()["discarded"] == {"invalid JSON": 1}


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


PRICE = ModelPrice(10.0, 100.0)  # a call of Failing costs 0.001 + 0.005 dollars


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


# ---- many at once


def test_no_more_calls_are_in_flight_than_allowed_and_the_slots_are_used(pairs, cache):
    mllm = Failing(lambda *_: None, seconds=0.02)
    run_scripted(pairs, config(concurrency=5), cache, mllm)
    assert 4 <= mllm.peak <= 5  # the views of one pair start together


@pytest.mark.slow
def test_memory_is_flat_over_many_pairs(pairs, cache):
    class Forgetful(ResponseCache):
        async def put(self, key, answer):
            pass

    def peak(count):
        # Different pairs of the same files; equal ones would be asked for one after the other.
        many = [
            dataclasses.replace(pairs[0], target=dataclasses.replace(pairs[0].target, id=f"{i}"))
            for i in range(count)
        ]
        tracemalloc.start()
        run_scripted(
            many, config(views="forward", concurrency=8), Forgetful(),
            Failing(lambda *_: None), keep=False,
        )  # fmt: skip
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(30)  # imports and caches
    assert peak(400) < peak(60) + 300_000


def test_progress_says_speed_discards_cost_and_time_left(pairs, cache):
    events = []
    run_scripted(pairs, CONFIG, cache, on_event=events.append, price=PRICE)
    assert [event.done for event in events] == [1, 2, 3, 4, 5, 6]
    assert {(event.stage, event.total) for event in events} == {("annotate", 6)}
    for word in ("pairs/s", "0 discarded", "$", "left"):
        assert word in events[-1].message


def test_the_time_left_follows_the_last_pairs_not_those_that_were_stored():
    moments = iter([0.0] * 101 + [float(i) for i in range(1, 101)])
    events = []
    budget = type("Free", (), {"price": None, "spent": 0.0})()
    progress = AnnotationProgress(300, budget, events.append, clock=lambda: next(moments))
    report = count_pair(pipeline.PairAnnotation(None, ()))
    for done in range(1, 201):
        progress.step(dataclasses.replace(report, pairs=done))
    assert events[-1].message.startswith("1.0 pairs/s")
    assert events[-1].message.endswith("1 min 40 s left")


# ---- one at a time, for the studio


def test_the_stages_of_a_view_are_heard_one_after_the_other(pairs, cache):
    heard = []
    done = asyncio.run(
        annotate_view(
            pairs[0], ScriptedMLLM(good), CONFIG, cache=cache, view=View.REVERSE,
            on_parts=heard.append,
        )
    )  # fmt: skip
    assert heard == [done.description.parts]
    assert done.view is View.REVERSE


def test_edited_parts_are_phrased_without_looking_again(pairs, cache):
    mllm = ScriptedMLLM(good)
    parts = (
        PartDescription(BodyPart.LEFT_ARM, "Wave the left arm."),
        PartDescription(BodyPart.RIGHT_KNEE, "Bend the right knee."),
    )
    done = asyncio.run(rephrase(pairs[0], mllm, CONFIG, cache=cache, parts=parts))
    (request,) = mllm.requests
    assert "Wave the left arm." in request.user
    assert done.description.parts == parts
    assert done.description.phrasings == TEXTS[:3]


# ---- provenance


def test_every_raw_answer_is_written_beside_the_captions(pairs, cache):
    run, mllm = run_scripted(
        pairs[:1], config(samples=2), cache, breaks(1, "phrasings", "oh\x00 no")
    )
    lines = [json.loads(line) for line in provenance_lines(run.pairs[0]).splitlines()]
    assert [line["view"] for line in lines] == [view.value for view in View]
    calls = lines[0]["calls"]
    assert [(c["stage"], c["sample"], c["attempt"]) for c in calls] == [
        ("parts", 0, 0), ("parts", 1, 0), ("phrasings", 0, 0), ("phrasings", 0, 1),
    ]  # fmt: skip
    assert calls[2]["raw"] == "oh\x00 no"
    assert calls[2]["problem"].startswith("invalid JSON")
    assert {c["request_sha256"] for line in lines for c in line["calls"]} == {
        request.key() for request in mllm.requests
    }
    assert lines[0]["support"][0]["share"] == 1.0
    assert lines[0]["prompt_version"]


def test_a_discarded_view_is_written_with_its_reason_and_raw_answers(pairs, cache):
    run, _ = run_scripted(pairs[:1], config(views="forward"), cache, breaks(9))
    (line,) = map(json.loads, provenance_lines(run.pairs[0]).splitlines())
    assert line["discarded"] == "invalid JSON"
    assert "phrasings" not in line
    assert [call["raw"] for call in line["calls"]] == ["no JSON"] * 3
