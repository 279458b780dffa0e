"""What a model says touches, two people who touch, and the rows that measure touches."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager

import numpy as np
import pytest

from autocompose.body.skeleton import mirror
from autocompose.cli import main
from autocompose.describe.annotate.ray_workers import ModelAddress
from autocompose.describe.mllm.answer_store import ResponseCache
from autocompose.describe.mllm.chat import ModelAnswer
from autocompose.describe.mllm.client import ScriptedMLLM
from autocompose.errors import (
    AnswerError,
    ConfigError,
    ModelRequestError,
    ModelUnavailableError,
)
from autocompose.lab.contacts.contact_asking import ContactQuestion, asked_contacts
from autocompose.lab.contacts.contact_table import (
    MAX_ROWS,
    ContactAnswer,
    contacts_request,
    read_contacts,
    voted,
)
from autocompose.lab.contacts.touch_fit import FitRules
from autocompose.lab.contacts.touches import Touch
from autocompose.lab.contacts.two_people import PersonTouch, refined_pair
from autocompose.lab.measured.lab_numbers import interval, ratio_interval
from autocompose.lab.measured.touch_answers import (
    AnswerErrors,
    EstimateNoise,
    estimated_bodies,
    simulated_answers,
)
from tests.poses import ARMS_DOWN, HANDS_ON_HIPS, with_joints
from tests.test_contacts import joints_file

HAND_HIPS, HAND_HEAD = Touch("hand", "hips"), Touch("hand", "head")
QUICK = FitRules(steps=120)


def answer(text: object, **fields: object) -> ModelAnswer:
    return ModelAnswer(text if isinstance(text, str) else json.dumps(text), **fields)  # pyright: ignore


def said(*pairs: tuple[str, str], pose: str = "standing") -> str:
    rows = [{"first": a, "second": b} for a, b in pairs]
    return json.dumps({"pose": pose, "touches": rows})


@pytest.mark.parametrize(
    "text",
    [
        said(("hand", "hip")),
        '```json\n{"pose": "x", "touches": [["hands", "hips"]]}\n```',
        '<think>the hand, surely</think>{"touches": ["hand - hip"], "pose": "x"}',
        '[{"first": "wrist", "second": "pelvis"}]',
        "{'pose': 'x', 'touches': [{'first': 'Right Hand', 'second': 'left hip'},]}",
        said(("hand", "hip"), ("hip", "hand"), ("left hand", "hips")),
    ],
)
def test_an_answer_is_read_in_whatever_form_it_comes_and_sides_are_taken_off(text):
    assert read_contacts(answer(text)).touches == (HAND_HIPS,)


def test_an_empty_table_is_an_answer_and_the_pose_has_its_name():
    found = read_contacts(answer(said(pose="mountain\u0007 pose")))
    assert (found.touches, found.pose) == ((), "mountain pose")


def test_what_is_not_in_the_list_is_left_out_counted_and_named():
    found = read_contacts(
        answer(said(("hand", "ground"), ("hand", "hip"), ("chest", "head"), ("tail" * 90, "x")))
    )
    assert found.touches == (HAND_HIPS,)
    assert found.left_out[:2] == ("hand - ground", "chest - head")
    assert max(map(len, found.left_out)) < 100
    table = voted([found, found, ContactAnswer("", ())])
    assert table.left_out["hand - ground"] == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I cannot tell.",
        "__import__('os').system('touch /tmp/never')",
        '{"pose": "x"}',
        '{"touches": "hand - hip"}',
        '{"touches": {"hand": "hip"}}',
        json.dumps({"touches": [["hand", "hip"]] * (MAX_ROWS + 1)}),
        "[" * 5000,
        "x" * 200_000,
        "| hand | hip |",
    ],
)
def test_hostile_answers_are_refused_and_nothing_is_executed(text, tmp_path):
    with pytest.raises(AnswerError):
        read_contacts(answer(text))


@pytest.mark.parametrize(
    "rows",
    [
        [None, 3, [], {}, ["hand"], ["hand", "hip", "knee"], {"first": 1, "second": None}],
        [["hand", "h\u0000ip\ud800"], ["\u202ehand", "knee" * 10_000], [["hand"], ["hip"]]],
        [{"first": "hand; import os", "second": "eval('hip')"}],
    ],
)
def test_hostile_rows_are_left_out_and_the_sound_one_is_kept(rows):
    found = read_contacts(answer({"pose": {"a": 1}, "touches": [*rows, ["hand", "head"]]}))
    assert found.touches == (HAND_HEAD,)
    assert found.pose == ""
    assert all(words.isprintable() for words in found.left_out)


def test_a_touch_needs_half_of_the_readable_answers():
    answers = [ContactAnswer("", (HAND_HIPS,))] * 3 + [ContactAnswer("", (HAND_HEAD,))] * 2
    table = voted([*answers, ContactAnswer("", ())])
    assert [(vote.touch, vote.count, vote.kept) for vote in table.votes] == [
        (HAND_HIPS, 3, True), (HAND_HEAD, 2, False),
    ]  # fmt: skip
    assert voted(answers).touches == (HAND_HIPS,)
    assert voted([]).touches == ()
    assert set(voted(answers, share=0.3).touches) == {HAND_HIPS, HAND_HEAD}


def test_the_prompt_asks_for_the_name_first_takes_no_sides_and_allows_nothing():
    request = contacts_request(b"jpeg", model="m", sample=3)
    assert request.user.index("name of the pose") < request.user.index("list every two parts")
    assert "Never write left or right" in request.user
    assert "an empty list is the right answer" in request.user
    assert request.schema is not None
    schema = request.schema.schema["properties"]
    assert list(schema) == ["pose", "touches"]
    names = schema["touches"]["items"]["properties"]["first"]["enum"]
    assert all(name in request.user for name in names)
    for name in names:
        assert read_contacts(answer(said((name, "hand" if name != "hand" else "head")))).pose
    assert request.key() != contacts_request(b"jpeg", model="m", sample=4).key()


@asynccontextmanager
async def opened(mllm):
    yield mllm


def ask(script, samples: int, cache: ResponseCache | None = None):
    mllm = ScriptedMLLM(script)
    question = ContactQuestion("m", samples, concurrency=1)
    return asked_contacts(b"jpeg", question, opened(mllm), cache=cache), mllm


def test_a_model_is_asked_as_often_as_wanted_and_stored_answers_are_not_paid_twice(tmp_path):
    script = [said(("hand", "hip"))] * 3 + ["nonsense", said(("hand", "head"))]
    cache = ResponseCache(tmp_path / "answers.sqlite3")
    table, mllm = ask(script, 5, cache)
    assert len(mllm.requests) == 5
    assert table.touches == (HAND_HIPS,)
    assert (table.answers, dict(table.broken)) == (4, {"invalid JSON": 1})
    again, mllm = ask([], 5, cache)
    cache.close()
    assert (again.votes, mllm.requests) == (table.votes, [])


def test_a_vote_of_the_few_that_can_be_read_is_no_vote():
    with pytest.raises(AnswerError):
        ask(["nonsense", "worse", said(("hand", "hip"))], 3)
    with pytest.raises(ModelRequestError):
        ask([said(("hand", "hip"))], 3)

    class Away:
        async def answer(self, request):
            raise ModelUnavailableError("no such model")

    with pytest.raises(ModelUnavailableError, match="no such model"):
        asked_contacts(b"jpeg", ContactQuestion("m", 4), opened(Away()))
    with pytest.raises(ConfigError, match=r"samples 0 is outside 1\.\.100"):
        ContactQuestion("m", 0)


@pytest.mark.slow
def test_the_command_asks_a_model_and_says_what_it_counted(tmp_path, capsys, monkeypatch):
    script = ScriptedMLLM([said(("hand", "hip"))] * 2 + [said(("foot", "tail"))])
    monkeypatch.setattr(ModelAddress, "connect", lambda self, notice: opened(script))
    name = f"{joints_file(tmp_path / 'joints.json')}:me.jpg"
    with pytest.raises(SystemExit) as left:
        main(
            ["contacts", name, "--model", "m", "--base-url", "http://127.0.0.1:9/v1",
             "--samples", "3", "--concurrency", "1", "--json"]
        )  # fmt: skip
    shown = capsys.readouterr()
    assert left.value.code == 0
    found = json.loads(shown.out)
    assert found["votes"]["touches"] == [{"touch": "hand to hips", "count": 2, "kept": True}]
    assert found["votes"]["left_out"] == {"foot - tail": 1}
    assert found["met"][0]["regions"] == [["hips", "left hand"]]
    assert "hand to hips: 2 of 3 answers" in shown.err
    assert "the model is shown a drawing" in shown.err
    assert script.requests[0].images[0][:2] == b"\xff\xd8"


SECOND = mirror(ARMS_DOWN) * (-1, 1, -1) + (0.0, 0.0, 0.62)
"""Somebody who stands in front of the first person and faces them."""
FIRST = with_joints(
    ARMS_DOWN,
    left_elbow=(0.2, 0.4, 0.25), left_wrist=(0.2, 0.45, 0.38), left_hand=(0.19, 0.46, 0.42),
)  # fmt: skip


@pytest.mark.slow
def test_two_people_touch_where_most_answers_say_so_in_either_order():
    touch, turned = PersonTouch("hand", "shoulder"), PersonTouch("shoulder", "hand")
    one = refined_pair(FIRST, SECOND, [[touch], [turned], [touch], []], rules=QUICK)
    assert one.moved
    assert min(one.gaps.values()) < 0.03
    apart = np.linalg.norm(one.first - FIRST, axis=-1).max()
    assert 0.02 < apart + np.linalg.norm(one.second - SECOND, axis=-1).max() < 0.4
    left_alone = refined_pair(FIRST, SECOND, [[], [], [], [touch]], rules=QUICK)
    assert not left_alone.moved
    assert np.array_equal(left_alone.first, FIRST)
    with pytest.raises(ConfigError, match="no answer"):
        refined_pair(FIRST, SECOND, [])


@pytest.mark.slow
def test_two_people_in_the_mirror_and_exchanged_are_refined_alike():
    answers = [[PersonTouch("hand", "shoulder")]] * 2
    found = refined_pair(FIRST, SECOND, answers, rules=QUICK)
    twin = refined_pair(mirror(FIRST), mirror(SECOND), answers, rules=QUICK)
    assert np.allclose(mirror(found.first), twin.first, atol=1e-4)
    turned = refined_pair(SECOND, FIRST, answers, rules=QUICK)
    assert np.allclose(found.first, turned.second, atol=1e-4)


def test_intervals_over_bodies_weigh_each_item_alike():
    found = ratio_interval(np.array([100.0, 100.0, 0.0]), np.array([1, 1, 2]))
    assert found.mean == pytest.approx(50)
    assert found.low < 50 < found.high
    same = np.array([1.0, 2.0, 3.0])
    assert ratio_interval(same, np.ones(3, int)) == interval(same)
    assert np.isnan(ratio_interval(np.zeros(0), np.zeros(0, int)).mean)


def test_made_up_estimates_are_further_off_in_depth_and_keep_their_bones():
    joints = np.repeat(HANDS_ON_HIPS[None], 40, axis=0)
    pixels = 128 + 100 * joints[..., :2] * (1, -1)
    noise = EstimateNoise(0.05, 0.22)
    made, points = estimated_bodies(joints, pixels, noise, rng=np.random.default_rng(0))
    off = np.abs(made - joints)[:, 1:].mean((0, 1))
    assert off[2] > 2 * off[0]
    assert 1 < np.abs(points - pixels).std() / 0.8 < 1.2
    size = np.linalg.norm(made[:, 7] - made[:, 6], axis=-1)
    assert np.allclose(size, np.linalg.norm(joints[0, 7] - joints[0, 6]))


def test_made_up_answers_err_as_often_as_they_should_and_alike_where_they_should():
    rng = np.random.default_rng(0)
    true, near = [HAND_HIPS], [HAND_HEAD]
    many = simulated_answers(true, near, AnswerErrors(), samples=2000, chance=0.25, rng=rng)
    shares = [np.mean([touch in one.touches for one in many]) for touch in (*true, *near)]
    assert shares == pytest.approx([0.65, 0.25], abs=0.04)
    alike = AnswerErrors(0.5, 0.5, alike=True)
    found = simulated_answers(true, near, alike, samples=20, chance=0.5, rng=rng)
    assert len(set(found)) == 1
