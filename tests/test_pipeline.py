"""describe/pipeline: four views, retries that say why, many pairs at once, flat memory."""

import asyncio
import dataclasses
import json
import tracemalloc

import pytest

from autocompose.describe.annotate import pipeline
from autocompose.describe.annotate.annotation_progress import AnnotationProgress
from autocompose.describe.annotate.pipeline import annotate_view, rephrase
from autocompose.describe.annotate.results import add_reports, count_pair
from autocompose.describe.mllm.answer_store import ResponseCache
from autocompose.describe.mllm.client import ScriptedMLLM
from autocompose.errors import ModelTimeoutError
from autocompose.schema import BodyPart, PartDescription, Source, View
from tests.annotation_fakes import PARTS, TEXTS, good, make_pair, parts_text, texts_text
from tests.scripted_runs import CONFIG, PRICE, Failing, breaks, config, run_scripted

KEYS = {View.FORWARD: "mllm", View.REVERSE: "reverse",
        View.MIRROR: "mirror", View.MIRROR_REVERSE: "mirror-reverse"}  # fmt: skip


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
