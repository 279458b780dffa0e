"""The Pose lab's answers to its page: wishes, limbs, pictures, touches, things to take along."""

from __future__ import annotations

import base64
import io
import json
import shlex

import numpy as np
import pytest
from PIL import Image

from autocompose.body.skeleton import BONES, INDEX, canonical, mirror
from autocompose.cli import main
from autocompose.data.joints_file import read_joints
from autocompose.language.reader.read import read_claims
from autocompose.studio.lab.lab_views import open_sentence
from autocompose.verify.judge import judge_claims
from tests.lab_studio import FIRST, RAISED, call, image, places, studio_with_model
from tests.poses import T_POSE


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="module")
def studio(root):
    return studio_with_model(root)


@pytest.fixture
def ask(studio):
    return lambda handler, /, **payload: call(studio, handler, **payload)


def test_a_studio_opens_with_bones_limbs_and_pictures_to_start_from(ask):
    boot = ask("lab_boot")
    assert boot["no_model"] == ""
    assert len(boot["bones"]) == len(BONES)
    assert boot["limbs"] == ("trunk", "left arm", "right arm", "left leg", "right leg")
    for bone, (start, end) in zip(boot["bones"], BONES, strict=True):
        assert (bone["start"], bone["end"]) == (INDEX[start], INDEX[end])
        side = {"left": "L", "right": "R"}.get(end.split("_")[0], "")
        assert bone["side"] == side
        if bone["limb"] != "trunk":
            assert bone["limb"].split()[0] == {"L": "left", "R": "right"}[side]
    assert boot["strip"]["total"] == len(boot["strip"]["pictures"]) == 16
    assert ask("lab_strip", offset=15)["pictures"][0]["id"] != boot["strip"]["pictures"][0]["id"]


def test_a_wish_moves_the_subjects_own_side_and_keeps_the_rest(ask):
    for side, other in (("left", "right"), ("right", "left")):
        answer = ask("lab_wish", start=image(FIRST), text=f"raise the {side} arm")
        assert answer["ok"], answer
        before, after = places(answer["before"]), places(answer["after"])
        lifted = after[INDEX[f"{side}_hand"], 1] - before[INDEX[f"{side}_hand"], 1]
        assert lifted > 0.02
        still = [INDEX[f"{other}_{name}"] for name in ("hand", "knee", "ankle")]
        assert np.allclose(after[still], before[still], atol=0.02)
        assert before[INDEX["left_hip"], 0] > before[INDEX["right_hip"], 0]  # x to their left
        assert answer["read_as"] == (f"{side} arm up",)
        assert answer["claims"][0]["verdict"] == "supported"
        assert answer["open"] == answer["warning"] == ""
        how = {made["limb"]: made["how"] for made in answer["made"]}
        assert how[f"{side} arm"] in ("wished", "turned")
        assert {how[f"{other} arm"], how["left leg"], how["right leg"]} == {"kept"}
        assert len(answer["sure"]) == len(BONES)
        assert all(0 < degrees <= 180 for degrees in answer["sure"])
        limbs = [row["limb"] for row in answer["after"]["codes"]]
        assert limbs == ["trunk", "left arm", "right arm", "left leg", "right leg"]
        kept = f"{other} leg"
        codes = [
            {row["limb"]: row["codes"] for row in answer[name]["codes"]}[kept]
            for name in ("before", "after")
        ]
        assert codes[0] == codes[1]


def test_from_nothing_a_wish_is_a_whole_pose(ask):
    answer = ask("lab_wish", text="bend both knees")
    assert {made["how"] for made in answer["made"]} <= {"wished", "turned"}
    assert answer["claims"][0]["verdict"] == "supported"


def test_what_the_judge_says_is_said_of_the_bodies_that_are_sent(ask, studio):
    text = "bend the left knee and raise the right arm"
    answer = ask("lab_wish", start=image(FIRST), text=text, raw=True, free=True)
    reference = studio.image(FIRST)
    found = judge_claims(read_claims(text), np.array(reference.joints), places(answer["after"]))
    assert [claim["verdict"] for claim in answer["claims"]] == [v.outcome.value for v in found]
    wrong = [c["says"] for c in answer["claims"] if c["verdict"] == "contradicted"]
    assert all(says in answer["open"] for says in wrong)
    assert bool(wrong) == bool(answer["open"])
    assert answer["turning"] >= 0


def test_what_could_not_be_made_true_is_one_sentence():
    verdicts = judge_claims(
        read_claims("Raise your left arm and bend your right knee."), T_POSE, T_POSE
    )
    told = open_sentence(verdicts, tried=True)
    assert told.startswith("Not true of the new body: left arm up, right knee bent. ")
    assert "no way was found" in told
    assert open_sentence(verdicts, tried=False).endswith("right knee bent.")
    assert open_sentence((), tried=True) == ""


def test_words_that_are_no_wish_are_said_to_be_none(ask):
    answer = ask("lab_wish", start=image(FIRST), text="quarterly zeppelin revenue")
    assert answer["ok"]
    assert "Nothing in these words" in answer["warning"]
    assert "zeppelin" in answer["not_understood"]
    for text in ("", "   "):
        refused = ask("lab_wish", start=image(FIRST), text=text)
        assert not refused["ok"]
        assert "say what should change" in refused["error"]
    long = ask("lab_wish", start=image(FIRST), text="sit " * 900)
    assert (long["kind"], long["ok"]) == ("TextError", False)


def test_a_limb_of_another_picture_is_taken_with_or_without_words(ask):
    limbs = [{"limb": "left arm", "image": RAISED}]
    alone = ask("lab_wish", start=image(FIRST), limbs=limbs)
    before, after = places(alone["before"]), places(alone["after"])
    assert after[INDEX["left_hand"], 1] > before[INDEX["left_hand"], 1] + 0.4
    assert np.allclose(after[INDEX["right_hand"]], before[INDEX["right_hand"]], atol=1e-3)
    how = {made["limb"]: made["how"] for made in alone["made"]}
    assert (how["left arm"], how["right arm"]) == ("exchanged", "kept")
    with_words = ask("lab_wish", start=image(FIRST), text="bend the right knee", limbs=limbs)
    assert np.allclose(
        places(with_words["after"])[INDEX["left_hand"], 1], after[INDEX["left_hand"], 1], atol=0.3
    )
    assert with_words["read_as"] == ("right knee bent",)
    for bad in (
        [{"limb": "tail", "image": RAISED}],
        [*limbs, *limbs],
        ["left arm"],
        "left arm",
        [{"limb": "left arm", "image": "nobody.jpg"}],
    ):
        assert not ask("lab_wish", start=image(FIRST), limbs=bad)["ok"], bad


def test_pictures_are_ranked_by_likelihood_without_the_reference(ask, studio):
    limbs = [{"limb": "left arm", "image": RAISED}, {"limb": "right arm", "image": RAISED}]
    found = ask("lab_find", start=image(FIRST), limbs=limbs, count=20)
    assert (found["ranked"], len(found["hits"])) == (15, 15)
    assert [hit["rank"] for hit in found["hits"]] == list(range(1, 16))
    scores = [hit["score"] for hit in found["hits"]]
    assert scores == sorted(scores, reverse=True)
    assert FIRST not in [hit["picture"]["id"] for hit in found["hits"]]
    assert found["hits"][0]["picture"]["id"] == RAISED  # both have straight legs
    few = ask("lab_find", start=image(FIRST), limbs=limbs, count=2)
    assert few["hits"] == found["hits"][:2]
    from_nothing = ask("lab_find", text="raise both arms")
    assert from_nothing["ranked"] == 16


@pytest.mark.slow
def test_the_command_gives_the_same_body_and_the_same_pictures(ask, root, capsys):
    wish = {
        "start": image(FIRST),
        "text": "raise the left arm, it's fine",
        "limbs": [{"limb": "right leg", "image": RAISED}],
    }
    for more in ({}, {"raw": True, "free": True}, {"start": {"kind": "standing"}}):
        asked = {**wish, **more}
        told = ask("lab_command", **asked, count=5)
        assert told["note"] == ""
        words = shlex.split(told["command"])
        assert words[0] == "autocompose"
        with pytest.raises(SystemExit) as left:
            main([*words[1:], "--json"])
        assert left.value.code == 0
        printed = json.loads(capsys.readouterr().out)
        answer = ask("lab_wish", **asked)
        assert np.allclose(printed["joints"], places(answer["after"]), atol=2e-4)
        hits = ask("lab_find", **asked, count=5)["hits"]
        assert [h["image_id"] for h in printed["hits"]] == [h["picture"]["id"] for h in hits]


def test_a_pose_is_taken_along_and_read_again(ask, tmp_path):
    asked = {"start": image(FIRST), "text": "raise the left arm"}
    taken = ask("lab_take", **asked)
    (tmp_path / "joints.json").write_text(taken["joints"])
    known = read_joints(tmp_path / "joints.json", tmp_path)["pose.png"]
    after = places(ask("lab_wish", **asked)["after"])
    assert np.allclose(np.array(known.joints), after, atol=2e-3)
    picture = Image.open(io.BytesIO(base64.b64decode(taken["png"])))
    assert picture.width > picture.height / 3
    alone = Image.open(io.BytesIO(base64.b64decode(ask("lab_take", text="squat")["png"])))
    assert alone.width < picture.width


def test_one_goes_on_from_an_answer(ask):
    first = ask("lab_wish", start=image(FIRST), text="raise the left arm")
    start = {"kind": "joints", "joints": first["after"]["joints"]}
    second = ask("lab_wish", start=start, text="bend the right knee")
    assert np.allclose(places(second["before"]), places(first["after"]), atol=1e-3)
    told = ask("lab_command", start=start, text="squat")
    assert "pose.joints.json:pose.png" in told["command"]
    assert told["note"]


def test_the_regions_of_both_sides_can_be_chosen(ask):
    regions = ask("lab_regions")["regions"]
    assert {"left hand", "right hand", "hips", "face"} <= set(regions)
    assert len(set(regions)) == len(regions)


@pytest.mark.slow
def test_a_chosen_pair_is_brought_together_on_the_subjects_own_side(ask):
    for side, other in (("left", "right"), ("right", "left")):
        found = ask(
            "lab_touch", start=image("pose_04_p1_front.jpg"), touches=[f"{side} hand:{side} hip"]
        )
        (row,) = found["touches"]
        assert row["met"], row
        assert row["after"] <= 3 < row["before"]
        assert found["refusal"] == ""
        before, after = places(found["before"]), places(found["after"])
        still = INDEX[f"{other}_hand"]
        assert np.allclose(after[still], before[still], atol=0.15)
        (line,) = row["lines_after"]
        reach = np.linalg.norm(np.array(line["start"]) - np.array(line["end"]))
        assert reach < 0.25
        # The points lie on the body that is sent, at the hand of that side.
        hand = after[INDEX[f"{side}_hand"]]
        ends = np.array([line["start"], line["end"]])
        assert np.linalg.norm(ends - hand, axis=1).min() < 0.15


@pytest.mark.slow
def test_touches_of_words_are_met_and_what_cannot_be_is_refused_in_one_sentence(ask):
    said = ask("lab_touch", start=image(FIRST), text="put both hands on the hips")
    assert said["ok"], said
    assert len(said["touches"]) >= 1
    far = ask("lab_touch", start=image(FIRST), touches=["left foot:head"])
    (row,) = far["touches"]
    assert not row["met"]
    assert far["refusal"].startswith("Refused")
    assert "foot" in far["refusal"]
    assert np.allclose(places(far["after"]), places(far["before"]), atol=1e-3)
    none = ask("lab_touch", start=image(FIRST), text="squat")
    assert "nothing is said to touch" in none["error"]
    for bad in (["tail:head"], ["left hand"], [3], ["left hand:left hand"], "left hand:head"):
        refused = ask("lab_touch", start=image(FIRST), touches=bad)
        assert not refused["ok"], bad
        assert len(refused["error"].splitlines()) == 1
    pairs = [f"{one}:{two}" for one in ("left hand", "right hand", "left elbow")
             for two in ("left knee", "right knee", "face")]  # fmt: skip
    assert "too many" in ask("lab_touch", start=image(FIRST), touches=pairs)["error"]


def test_points_of_a_touch_are_mirrored_with_the_body():
    from autocompose.lab.contacts.contact_points import contact_points

    body = canonical(T_POSE)
    left = contact_points(body, ("left elbow", "right hand"))
    right = contact_points(mirror(body), ("right elbow", "left hand"))
    assert np.allclose(left * [-1, 1, 1], right, atol=1e-9)
    assert np.allclose(left[0], body[INDEX["left_elbow"]])
    nearer = contact_points(body, ("left hand", "head"))
    assert np.allclose(nearer[0], body[INDEX["left_wrist"]], atol=1e-9)
