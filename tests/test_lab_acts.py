"""What somebody does, in the Pose lab: sentences of the table, a body for each, or "unknown"."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from autocompose.body.change import Body
from autocompose.body.skeleton import INDEX
from autocompose.errors import CheckpointError
from autocompose.lab.bodies.standing import standing_body
from autocompose.lab.lm.lab_files import save_pose_lab
from autocompose.lab.speculative.act_table import ACTS
from autocompose.lab.wishes.likely import KnownBones
from autocompose.language.reader.claims import Outcome
from autocompose.language.reader.read import read_claims
from autocompose.language.sides.mirror import mirror_text
from autocompose.studio.lab.lab_acts import ACTS_TO_TRY
from autocompose.studio.lab.lab_tab import LAB_HANDLERS
from autocompose.studio.server.state import Studio, StudioConfig
from autocompose.studio.server.transport import page_call
from autocompose.verify.judge import PairJudge
from tests.lab_fakes import small_lab, word_vectors
from tests.studio_fakes import hash_engine, write_stick_dataset

FIRST = "pose_00_p0_front.jpg"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("acts")
    write_stick_dataset(root / "data")
    save_pose_lab(root / "model", small_lab(), metrics={}, card="")
    (root / "uploads").mkdir()
    return root


@pytest.fixture(scope="module")
def ask(folder):
    return opened(folder, acts=word_vectors)


def opened(folder, acts):
    def load(studio, _):
        if acts == "absent":
            raise CheckpointError("there is no checkpoint")
        names = tuple(image.id for image in studio.images)
        known = KnownBones.of(names, np.array([image.joints for image in studio.images]))
        engine = hash_engine(folder / "data", names)
        return replace(engine, acts=acts, bones=lambda: known)

    config = StudioConfig(folder / "data", folder / "uploads", pose_lab=folder / "model")
    studio = Studio(config, load)
    studio.start()
    studio.wait_until_loaded(60)

    def ask(name, /, **payload):
        (handler,) = [one for one in LAB_HANDLERS if one.__name__ == name]
        return page_call(handler, studio)(payload)

    return ask


@pytest.mark.parametrize("act", ACTS_TO_TRY)
def test_each_act_to_click_has_bodies_for_sentences_of_the_table(ask, act):
    assert act in ask("lab_boot")["acts"]
    found = ask("lab_act", text=act)
    assert found["known"], found
    assert "a language model" in found["note"]
    assert found["nearest"][0] == act
    assert [way["sentence"] for way in found["bodies"]] == list(ACTS[act].sentences[:3])
    for way in found["bodies"]:
        assert np.array(way["body"]["joints"]).shape == (22, 3)
        assert 0 < way["met"] <= way["claims"]


def test_an_act_is_done_with_the_subjects_own_hand(ask):
    first, second = ask("lab_act", text="hail a taxi")["bodies"]
    more = 0  # claims that hold of the sentence, and would not hold with its sides exchanged
    for way, side, other in ((first, "right", "left"), (second, "left", "right")):
        assert f"{side} arm" in way["sentence"]
        assert f"{other} arm" not in way["sentence"]
        joints = np.array(way["body"]["joints"])
        assert joints[INDEX["left_hip"], 0] > joints[INDEX["right_hip"], 0]  # x to their left
        judge = PairJudge(Body(standing_body()), Body(joints))
        own, exchanged = (
            judge.check(text).count(Outcome.SUPPORTED)
            for text in (way["sentence"], mirror_text(way["sentence"]))
        )
        assert own >= exchanged
        more += own - exchanged
    assert more > 0


def test_words_of_the_body_are_taken_as_they_are(ask):
    found = ask("lab_act", text="  raise the   left arm ", start={"kind": "image", "image": FIRST})
    assert [way["sentence"] for way in found["bodies"]] == ["raise the left arm"]
    assert found["note"].startswith("These words say how the body looks")
    assert found["bodies"][0]["claims"] == len(read_claims("raise the left arm"))


def test_an_unknown_act_is_said_to_be_unknown(ask):
    found = ask("lab_act", text="quarterly zeppelin revenue")
    assert found["ok"]
    assert not found["known"]
    assert "is no act that is known" in found["note"]
    assert found["bodies"] == ()
    assert len(found["nearest"]) == 3


def test_nothing_said_and_nothing_there_is_one_line(ask, folder):
    assert ask("lab_act", text="  ")["kind"] == "TextError"
    none = opened(folder, acts=None)("lab_act", text="hail a taxi")
    assert none["kind"] == "ConfigError"
    assert "no word vectors" in none["error"]
    absent = opened(folder, acts="absent")("lab_act", text="hail a taxi")
    assert absent["kind"] == "ConfigError"
    assert "retrieval model" in absent["error"]


def test_a_pose_is_looked_for_without_any_words(ask):
    start = {"kind": "image", "image": FIRST}
    body = ask("lab_start", start=start)["body"]["joints"]
    found = ask("lab_find", start={"kind": "joints", "joints": body}, count=3)
    assert found["ok"], found
    assert found["hits"][0]["picture"]["id"].startswith(FIRST[:7])
    assert [hit["rank"] for hit in found["hits"]] == [1, 2, 3]
    assert FIRST not in [hit["picture"]["id"] for hit in ask("lab_find", start=start)["hits"]]
    assert ask("lab_wish", start=start)["kind"] == "TextError"
