"""describe/pipeline: answers are paid for once, sampled, and kept beside the captions."""

import asyncio
import json

import pytest

from autocompose.describe.annotate.pipeline import annotate_view
from autocompose.describe.annotate.provenance import provenance_lines
from autocompose.describe.mllm.answer_store import ResponseCache
from autocompose.describe.mllm.client import ScriptedMLLM
from autocompose.schema import BodyPart, View
from tests.annotation_fakes import good, make_pair, parts_text
from tests.scripted_runs import CONFIG, Failing, breaks, config, run_scripted


@pytest.fixture
def cache():
    with ResponseCache() as stored:
        yield stored


@pytest.fixture
def pairs(tmp_path):
    return [make_pair(tmp_path, number) for number in range(6)]


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
