"""Acts turned into sentences, by the table and by a model that is asked; four views of a body."""

from __future__ import annotations

import asyncio
import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from autocompose.body.overlay import MODEL_PALETTE
from autocompose.body.skeleton import INDEX, mirror
from autocompose.cli import main
from autocompose.data.joints_file import write_joints
from autocompose.describe.mllm.chat import ModelAnswer
from autocompose.describe.mllm.client import ScriptedMLLM
from autocompose.errors import AnswerError, ConfigError, TextError
from autocompose.lab.lm.lab_files import save_pose_lab
from autocompose.lab.measured.act_phrases import KNOWN as PHRASES
from autocompose.lab.measured.act_phrases import act_phrases
from autocompose.lab.measured.act_rows import act_pose_rows, act_rows
from autocompose.lab.speculative.act_questions import (
    DESCRIPTIONS,
    ActAnswer,
    AskedModel,
    act_request,
    ask_act,
    read_act,
    voted,
)
from autocompose.lab.speculative.act_table import ACTS
from autocompose.lab.speculative.act_words import ActWords, act_words
from autocompose.lab.speculative.speculated import (
    MODEL,
    MOST_BODIES,
    OWN,
    TABLE,
    is_explicit,
    speculated,
    speculated_poses,
)
from autocompose.lab.wishes.drawing import seen_from
from autocompose.lab.wishes.four_views import FOUR_VIEWS, four_views, four_views_jpeg
from autocompose.model.checkpoint import load_checkpoint
from autocompose.schema import JointsOrigin, PoseImage
from autocompose.verify.soft import ranking_claims
from autocompose.workspace import find_workspace
from tests.lab_fakes import small_lab
from tests.poses import ARMS_DOWN, with_joints

LEFT_UP = with_joints(
    ARMS_DOWN, left_elbow=(0.5, 0.44, 0), left_wrist=(0.75, 0.44, 0), left_hand=(0.83, 0.44, 0)
)


@cache
def words() -> ActWords:
    return ActWords.of_towers(load_checkpoint(find_workspace().checkpoints / "pose-mini").towers)


def test_every_act_has_explicit_sentences_with_claims_and_its_own_names():
    names = [name for act in ACTS.values() for name in (act.name, *act.names)]
    assert len(set(names)) == len(names)
    for act in ACTS.values():
        assert 1 <= len(act.sentences) <= MOST_BODIES, act.name
        for sentence in act.sentences:
            claims = ranking_claims(sentence)
            assert claims, sentence
            assert all(claim.change.is_read for claim in claims), sentence


def test_an_act_is_found_by_its_names_and_by_words_near_them():
    for text, act in (
        ("hail a taxi", "hail a taxi"),
        ("someone hailing a taxi", "hail a taxi"),
        ("waiting for the bus", "wait for the bus"),
        ("like a goalkeeper", "keep goal"),
    ):
        found = speculated(text, words())
        assert (found.act, found.source) == (act, TABLE), text
        assert found.sentences == ACTS[act].sentences[:MOST_BODIES]
        assert act in found.note
        assert "language model" in found.note


def test_an_unknown_act_is_said_to_be_unknown_with_the_nearest():
    found = speculated("filing a tax return", words())
    assert not found.known
    assert found.sentences == ()
    assert "no act that is known" in found.note
    assert len(found.nearest) == 3
    with pytest.raises(TextError, match="no act that is known"):
        speculated_poses(small_lab(), found)
    for text in ("?!", "1234"):
        assert not speculated(text, words()).known
    with pytest.raises(TextError, match="empty"):
        speculated("  ", words())


def test_a_text_about_the_body_stays_as_it_is():
    for text in ("Kneel on the left knee.", "someone with their arms crossed"):
        found = speculated(text, words())
        assert (found.sentences, found.source, found.act) == ((text,), OWN, "")
    assert not is_explicit("raise the left arm in a quarterly report")
    assert not is_explicit("filing a tax return")


def test_up_to_three_bodies_are_made_of_an_act_one_for_each_sentence():
    found = speculated("proposing marriage", words())
    poses = speculated_poses(small_lab(), found)
    assert [one.sentence for one in poses] == list(found.sentences)
    assert poses[0].pose.joints.shape == (22, 3)


def test_words_that_tell_no_act_do_not_count():
    assert act_words("Someone is hailing a taxi!") == ["hailing", "taxi"]
    assert act_words("it is one") == ["it", "is", "one"]
    with pytest.raises(ConfigError, match="no vectors"):
        ActWords(np.zeros((3, 8), np.float32))


def test_phrases_are_halved_by_their_hash_and_name_acts_of_the_table():
    first, fresh = act_phrases(fresh=False), act_phrases(fresh=True)
    assert not {one.text for one in first} & {one.text for one in fresh}
    assert min(len(first), len(fresh)) > 100
    assert set(PHRASES) == set(ACTS)
    given = {name for act in ACTS.values() for name in (act.name, *act.names)}
    assert not given & {one.text for one in (*first, *fresh) if one.act}


GOOD = {
    "exercise": "", "everyday_act": "hailing a cab", "sport": "", "other": "",
    "name": "hail a taxi",
    "descriptions": [
        "The right arm is raised straight up above the head.",
        "The person stands upright with the right arm raised.",
    ],
}  # fmt: skip


def answer(content: object, finish: str = "stop") -> ModelAnswer:
    text = content if isinstance(content, str) else json.dumps(content)
    return ModelAnswer(text, finish_reason=finish)


def test_an_answer_is_read_and_one_without_a_pose_names_nothing():
    found = read_act(answer("Here you are:\n```json\n" + json.dumps(GOOD) + "\n```"))
    assert found.name == "hail a taxi"
    assert len(found.descriptions) == 2
    assert read_act(answer({**GOOD, "descriptions": []})) == ActAnswer("", ())


@pytest.mark.parametrize(
    "content",
    [
        "", "no", "[]", "{", "null", '"text"', "{" * 5000, "[" * 5000, "x" * 200_000,
        "__import__('os').system('touch /tmp/x')",
        {"descriptions": "raise the arm"}, {"descriptions": [1, 2]}, {"descriptions": {"a": "b"}},
        {**GOOD, "descriptions": ["Raise the left arm."] * (DESCRIPTIONS + 1)},
        {**GOOD, "descriptions": ["word " * 90]},
        {**GOOD, "descriptions": ["Hold a balance pose with flexibility."]},
        {**GOOD, "descriptions": ["It is a lovely day."]},
        {**GOOD, "descriptions": ["<script>alert(1)</script>"]},
        {**GOOD, "descriptions": ["import os; os.remove('/')"]},
    ],
)  # fmt: skip
def test_hostile_answers_raise_nothing_but_an_answer_error(content):
    with pytest.raises(AnswerError):
        read_act(answer(content))


def test_refusals_and_cut_answers_say_so_and_control_characters_are_gone():
    with pytest.raises(AnswerError, match="refused"):
        read_act(answer(GOOD, "refusal"))
    with pytest.raises(AnswerError, match="cut short"):
        read_act(answer('{"name": "x", "descriptions": ["Raise', "length"))
    named = {**GOOD, "name": "a\x00\x1b[31m" + "b" * 500}
    found = read_act(answer(named))
    assert len(found.name) <= 60
    assert not any(ord(letter) < 32 for letter in found.name)


def test_claims_of_several_answers_vote():
    up, down = "The right arm is raised.", "The left knee is bent."
    answers = [ActAnswer("hail", (up,)), ActAnswer("Hail", (up, down)), ActAnswer("wave", (up,))]
    found, agreed = voted("hail a taxi", answers)
    assert found.sentences == (up, down)
    assert (found.act, found.source) == ("hail", MODEL)
    assert agreed == pytest.approx(2 / 3)
    none, _ = voted("debt", [ActAnswer("", ()), ActAnswer("", ()), ActAnswer("x", (up,))])
    assert not none.known
    assert "no pose" in none.note


def test_a_vague_answer_is_sent_back_twice_and_counted():
    vague = json.dumps({**GOOD, "descriptions": ["A graceful balance."]})
    mllm = ScriptedMLLM([vague, json.dumps(GOOD)])
    asked = AskedModel("some-model", samples=1)
    found = asyncio.run(ask_act(mllm, "hail a taxi", asked))
    assert found.found.sentences
    assert (found.calls, found.rejected, found.agreed) == (2, {"vague word": 1}, 1.0)
    assert "may not be used" in mllm.requests[1].feedback[0].problem
    stubborn = ScriptedMLLM(lambda request: vague)
    with pytest.raises(AnswerError, match="vague"):
        asyncio.run(ask_act(stubborn, "hail a taxi", asked))
    assert len(stubborn.requests) == 3


def test_the_question_comes_before_the_descriptions_and_shows_four_views_of_a_start():
    asked = AskedModel("some-model")
    request = act_request("hail a taxi", asked)
    assert request.schema is not None
    order = list(request.schema.schema["properties"])
    assert order[:4] == ["exercise", "everyday_act", "sport", "other"]
    assert order.index("descriptions") == len(order) - 1
    assert request.images == ()
    with_start = act_request("hail a taxi", asked, views=four_views_jpeg(ARMS_DOWN))
    assert len(with_start.images) == 1
    assert "left limbs are green" in with_start.user


def test_the_four_views_show_the_subjects_sides():
    hand = INDEX["left_hand"]
    assert seen_from(LEFT_UP, "front")[hand, 0] > 0.5
    assert seen_from(LEFT_UP, "back")[hand, 0] < -0.5
    ahead = with_joints(ARMS_DOWN, left_hand=(0.2, 0.4, 0.6))
    assert seen_from(ahead, "left side")[hand, 0] < -0.5
    assert seen_from(ahead, "right side")[hand, 0] > 0.5
    for view in FOUR_VIEWS:
        assert (seen_from(LEFT_UP, view)[:, 1] == -LEFT_UP[:, 1]).all()


def test_a_mirrored_body_is_drawn_with_its_other_side():
    def columns(picture, colour, first):
        panel = np.asarray(picture)[40:216, first : first + 256]
        return np.flatnonzero((panel == colour).all(-1).any(0))

    green, red = MODEL_PALETTE.left, MODEL_PALETTE.right
    usual, other = four_views(LEFT_UP), four_views(mirror(LEFT_UP))
    assert usual.size == other.size == (512, 512)
    assert columns(usual, green, 0).max() > columns(usual, red, 0).max() + 40
    assert columns(other, red, 0).min() < columns(other, green, 0).min() - 40
    assert len(four_views_jpeg(LEFT_UP)) < 200_000


@pytest.mark.slow
def test_the_commands_speculate_draw_views_and_refuse_unknown_acts(tmp_path, capsys):
    folder = save_pose_lab(tmp_path / "lab", small_lab(), metrics={}, card="")
    png, asked = tmp_path / "pose.png", ["--checkpoint", str(folder), "--raw"]
    wish = ["pose", "generate", "--speculate", *asked, "--text"]

    def run(*args: str) -> int:
        with pytest.raises(SystemExit) as left:
            main(args)
        return int(left.value.code or 0)

    assert run(*wish, "proposing marriage", "--png", str(png), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["speculated"]["act"] == "propose marriage"
    assert [one["sentence"] for one in told["poses"]] == told["speculated"]["sentences"]
    assert png.is_file()
    assert run(*wish, "someone waiting for the bus", "--png", str(png)) == 0
    out = capsys.readouterr().out
    assert "sentence 1: Stand upright with the arms crossed." in out
    assert (tmp_path / "pose-2.png").is_file()
    assert run(*wish, "filing a tax return") == 1
    error = capsys.readouterr().err
    assert "no act that is known" in error
    assert error.count("\n") == 1
    file = tmp_path / "joints.json"
    points = tuple((float(x), float(y), float(z)) for x, y, z in ARMS_DOWN)
    image = PoseImage("a.jpg", Path("a.jpg"), points, joints_origin=JointsOrigin.RENDERED)
    write_joints(file, [image], image_size=None)
    edit = ["edit", "--reference", f"{file}:a.jpg", *asked, "--speculate", "--json"]
    assert run(*edit, "--text", "hailing a cab") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["speculated"]["act"] == "hail a taxi"
    assert len(told["joints"]) == 22
    four = tmp_path / "four.png"
    assert run("pose", "views", f"{file}:a.jpg", "--png", str(four), "--size", "300") == 0
    with Image.open(four) as picture:
        assert picture.size == (300, 300)


@pytest.mark.slow
def test_rows_count_acts_recognised_unknown_and_claims_that_come_true(capsys):
    known, strange = act_rows(words())
    assert known.queries + strange.queries == len(act_phrases(fresh=True))
    assert known.values["recognised %"].mean > 5 * known.values["another act %"].mean
    assert strange.values["said unknown %"].mean > 60
    (row,) = act_pose_rows(names=["be a scarecrow"])
    assert row.queries == 1
    assert row.values["claims true %"].mean > 50
    for part in ("acts", "which"):
        with pytest.raises(SystemExit) as left:
            main(["evaluate-lab", "--dataset", "annotations/demo", "--only", part])
        assert left.value.code == 1
        assert "needs --pictures" in capsys.readouterr().err
