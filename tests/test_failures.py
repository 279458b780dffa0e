"""Queries that fail, with causes that are known because the bodies were built for them."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from autocompose.cli import main
from autocompose.config import TrainConfig
from autocompose.data.dataset import open_dataset, write_captions, write_joints, write_split
from autocompose.errors import ConfigError
from autocompose.evaluation.eval_report import QueryOutcome
from autocompose.evaluation.failures.causes import FITS_BETTER, QueryFacts, _model, cause_of
from autocompose.evaluation.failures.failure_page import write_report
from autocompose.evaluation.failures.failure_paper import write_paper
from autocompose.evaluation.failures.failure_records import Cause
from autocompose.evaluation.failures.find_failures import (
    AskedSplit,
    explain,
    find_failures,
    training_words,
    words_of,
)
from autocompose.language.sides.mirror import mirror_text
from autocompose.model.checkpoint import save_checkpoint
from autocompose.schema import JointsOrigin, PoseImage
from tests.model_fakes import tiny_model, write_pictures
from tests.poses import ARMS_DOWN, T_POSE, with_joints

RAISED = with_joints(
    ARMS_DOWN, left_elbow=(0.19, 0.72, 0), left_wrist=(0.2, 0.97, 0), left_hand=(0.2, 1.05, 0)
)
BODIES = {
    "standing": ARMS_DOWN,
    "raised": RAISED,
    "nearly raised": RAISED + np.array([0, 0, 0.004]) * np.arange(22)[:, None],
    "t": T_POSE,
    "both raised": with_joints(
        RAISED,
        right_elbow=(-0.19, 0.72, 0),
        right_wrist=(-0.2, 0.97, 0),
        right_hand=(-0.2, 1.05, 0),
    ),
}


def images(**changes):
    return {
        name: PoseImage(
            name, Path(name), joints=tuple(map(tuple, joints.tolist())),
            joints_origin=changes.get(name, JointsOrigin.RENDERED),
        )
        for name, joints in BODIES.items()
    }  # fmt: skip


def explained(text, *, target="raised", found="t", pictures=None, **known):
    outcome = QueryOutcome("standing", target, text, 30, top=(found, target))
    return explain(outcome, pictures or images(), beyond=10, **known)


def test_a_text_that_tells_target_and_hit_apart_blames_the_model():
    failure = explained("Raise your left arm straight above your head.")
    assert failure.cause is Cause.MODEL
    assert any(claim.tells_apart for claim in failure.claims)
    assert "1 of" in failure.reason or "2 of" in failure.reason


@pytest.mark.parametrize("exchanged", [False, True])
def test_exchanged_sides_are_the_cause_and_only_then(exchanged):
    text = "Raise your left arm straight up and stretch the left elbow, left hand above your head."
    failure = explained(mirror_text(text) if exchanged else text)
    assert (failure.cause is Cause.SIDES) == exchanged


def test_a_text_that_the_bodies_contradict():
    failure = explained("Raise your left arm above your head and bend both knees deeply.")
    assert failure.cause is Cause.CONTRADICTED
    assert "knee" in failure.reason


def test_a_text_that_fits_both_bodies():
    failure = explained("Raise your left arm above your head.", found="both raised")
    assert failure.cause is Cause.FITS_BOTH


def test_a_hit_that_does_less_of_what_the_text_says_blames_the_model():
    text = "Raise your left arm all the way up."
    bodies = images()
    half = with_joints(
        ARMS_DOWN, left_elbow=(0.45, 0.45, 0), left_wrist=(0.7, 0.45, 0), left_hand=(0.78, 0.45, 0)
    )
    bodies["half"] = replace(bodies["t"], id="half", joints=tuple(map(tuple, half.tolist())))
    failure = explained(text, found="half", pictures=bodies)
    assert failure.cause is Cause.MODEL
    facts = QueryFacts(10, failure.claims, False, 0.5, 0.3, margin=FITS_BETTER + 0.1, foremost="up")
    assert cause_of(facts)[0] is Cause.MODEL


def test_a_claim_that_is_hardly_missed_does_not_rule_a_hit_out():
    failure = explained("Raise your left arm straight above your head.")
    facts = QueryFacts(10, failure.claims, False, 0.5, 0.3, margin=FITS_BETTER)
    cause, reason = cause_of(facts)
    assert cause is Cause.FITS_BOTH
    assert "hardly misses" in reason
    bare = replace(facts, claims=(), margin=1.0, foremost="left arm")
    assert "more of what the text says" in _model(bare)


def test_a_hit_that_is_as_good_as_the_target():
    failure = explained("Raise your left arm above your head.", found="nearly raised")
    assert failure.cause is Cause.DUPLICATE
    assert 0 < failure.found_m < 0.1


def test_a_small_change():
    text = "Keep your left arm above your head."
    assert explained(text).cause is not Cause.SMALL
    outcome = QueryOutcome("raised", "nearly raised", text, 30, top=("t",))
    assert explain(outcome, images(), beyond=10).cause is Cause.SMALL


def test_words_that_training_never_showed():
    text = "Hoist your left arm skywards."
    known = words_of(["Raise your left arm above your head."])
    assert explained(text, training_words=known, other_rank=3).cause is Cause.NOT_UNDERSTOOD
    assert "hoist, skywards" in explained(text, training_words=known, other_rank=3).reason
    # Another wording fails as well, so these words are not to blame.
    assert explained(text, training_words=known, other_rank=80).cause is not Cause.NOT_UNDERSTOOD
    assert explained(text).cause is not Cause.NOT_UNDERSTOOD


def test_a_text_about_nothing():
    assert explained("A red bicycle.").cause is Cause.NOT_UNDERSTOOD


def test_joints_that_are_no_two_poses_of_one_body():
    long = with_joints(RAISED, left_wrist=(0.2, 1.4, 0), left_hand=(0.2, 1.5, 0))
    for origin, cause in ((JointsOrigin.ESTIMATED, Cause.JOINTS), (JointsOrigin.RENDERED, None)):
        pictures = images(raised=origin)
        pictures["raised"] = PoseImage(
            "raised", Path("raised"), joints=tuple(map(tuple, long.tolist())), joints_origin=origin
        )
        failure = explained("Raise your left arm above your head.", pictures=pictures)
        assert (failure.cause is Cause.JOINTS) == (cause is Cause.JOINTS)


def test_without_joints_nothing_is_claimed():
    bare = {name: PoseImage(name, Path(name)) for name in BODIES}
    failure = explained("Raise your left arm.", pictures=bare)
    assert (failure.cause, failure.claims, failure.change_m) == (Cause.NO_JOINTS, (), None)


def test_a_hit_without_joints_is_no_text_about_nothing():
    pictures = images()
    pictures["t"] = PoseImage("t", Path("t"))
    failure = explained("Raise your left arm above your head.", pictures=pictures)
    assert failure.cause is Cause.NO_JOINTS


@pytest.mark.slow
def test_the_words_of_training_are_those_of_the_mode():
    dataset = open_dataset(Path(__file__).parents[1] / "annotations" / "demo")
    known = training_words(dataset, TrainConfig(source="auto", mode="auto-mirror-reverse_3"))
    assert {"left", "knee", "bend"} <= known
    assert "skywards" not in known
    assert training_words(dataset, None) == frozenset()


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    """Pictures of noise with the built bodies, and texts of which one is wrong."""
    root = tmp_path_factory.mktemp("failures")
    folder = root / "toy"
    paths = write_pictures(folder / "images", len(BODIES))
    names = [path.name for path in paths]
    bodies = images()
    write_joints(
        folder / "joints.json",
        [
            PoseImage(name, path, joints=body.joints, joints_origin=body.joints_origin)
            for name, path, body in zip(names, paths, bodies.values(), strict=True)
        ],
    )
    texts = ("Raise your left arm.", "Raise your right arm.", "Raise both arms to the sides.")
    rows = [
        {"reference": names[0], "target": names[i], "img_set": names[1:], "sents": [text]}
        for i, text in zip((1, 1, 3), texts, strict=True)
    ]
    write_captions(folder / "captions" / "test.json", rows)
    write_split(folder / "image_splits" / "test.json", names)
    save_checkpoint(root / "tiny", tiny_model(), train=None, metrics={}, card="")
    return root


def test_every_failure_is_explained_and_counted(toy):
    dataset = open_dataset(toy / "toy")
    found = find_failures(tiny_model(), AskedSplit(dataset, beyond=0), checkpoint="tiny")
    assert (found.text_key, found.num_queries, len(found.failures)) == ("sents", 3, 3)
    assert sum(found.causes.values()) == 3
    assert [f.rank for f in found.failures] == sorted(
        (f.rank for f in found.failures), reverse=True
    )
    wrong = next(f for f in found.failures if "right arm" in f.text)
    assert wrong.cause in (Cause.SIDES, Cause.CONTRADICTED)
    with pytest.raises(ConfigError, match="forward"):
        find_failures(tiny_model(), AskedSplit(dataset, key="auto-reverse"))


def test_the_page_escapes_and_shows_pictures(toy, tmp_path):
    dataset = open_dataset(toy / "toy")
    found = find_failures(tiny_model(), AskedSplit(dataset, beyond=0), checkpoint="<b>tiny</b>")
    pictures = {image.id: image.path for image in dataset.gallery("test")}
    write_report(found, tmp_path / "a.html", pictures=pictures)
    page = (tmp_path / "a.html").read_text("utf-8")
    assert "<b>tiny" not in page
    assert page.count('<img alt="') >= 3
    assert "http" not in page


def test_the_appendix_shows_a_text_as_it_is(toy, tmp_path):
    dataset = open_dataset(toy / "toy")
    found = find_failures(tiny_model(), AskedSplit(dataset, beyond=0), checkpoint="tiny")
    failure = replace(found.failures[0], text="a | b\n<script> *c* [d](e)")
    report = replace(found, failures=(failure,))
    write_paper(report, tmp_path / "a.md", pictures=None, command="x")
    page = (tmp_path / "a.md").read_text("utf-8")
    assert r"a \| b \<script\> \*c\* \[d\](e)" in page
    assert "![" not in page


def run(arguments, code=0):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert (stopped.value.code or 0) == code


@pytest.mark.slow
def test_the_commands_give_one_document_and_one_page(toy, tmp_path, capsys):
    options = ["--checkpoint", str(toy / "tiny"), "--dataset", str(toy / "toy"), "--beyond", "1"]
    run(["failures", *options, "--json"])
    document = json.loads(capsys.readouterr().out)
    assert set(document["recall"]) == {"1", "5", "10", "50"}
    row = document["failures"][0]
    assert {"rank", "cause", "reason", "found", "claims"} <= set(row)
    run(["failures", *options])
    assert "queries have their target after rank 1" in capsys.readouterr().out
    run(["report", *options, "--out", str(tmp_path / "r.html")])
    assert "failures of 3 queries" in capsys.readouterr().err
    run(["report", *options, "--joints", "known", "--out", str(tmp_path / "paper.md")])
    paper = (tmp_path / "paper.md").read_text("utf-8")
    shown = re.findall(r"!\[.*?\]\((paper/\w+\.jpg)\)", paper)
    assert shown
    assert all((tmp_path / name).is_file() for name in shown)
    assert "ranked with the known joints" in paper
    assert "of 3 queries fail" in paper
    run(["failures", *options, "--key", "nope"], code=1)
    assert "nope" in capsys.readouterr().err
