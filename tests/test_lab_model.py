"""The pose language model: what sees what, what is learnt, stored, and asked for."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from autocompose.body.change import Body
from autocompose.body.directions import BoneVectors
from autocompose.body.skeleton import INDEX, canonical, mirror
from autocompose.cli import main
from autocompose.data.joints_file import read_joints, write_joints
from autocompose.errors import CheckpointError, ConfigError, TextError
from autocompose.lab.bodies.recombine import LIMB_BONES
from autocompose.lab.learning.lab_run import train_lab
from autocompose.lab.lm.instructions import HELD_OUT, LabTask, default, held_out, trained
from autocompose.lab.lm.lab_files import load_pose_lab, save_pose_lab
from autocompose.lab.lm.pieces import END, START, UNKNOWN, Pieces
from autocompose.lab.lm.pose_lm import GIVEN, SECOND, GivenPoses
from autocompose.lab.wishes.asking import given_poses, wished_poses
from autocompose.lab.wishes.edited import edited_pose, with_limbs_kept
from autocompose.lab.wishes.exchanged import SET_SPREAD, unchanged_pose, with_limbs_from
from autocompose.lab.wishes.likely import KnownBones
from autocompose.lab.wishes.polish import INVERSE, polished
from autocompose.lab.wishes.writing import _told_alone, checked_texts, written_texts
from autocompose.language.reader.read import read_claims
from autocompose.schema import PoseImage
from tests.lab_fakes import QUICK, bodies, posed_dataset, small_lab
from tests.poses import ARMS_DOWN, T_POSE


@pytest.fixture(scope="module")
def lab():
    return small_lab()


def run(*args: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(arg) for arg in args])
    code = left.value.code
    assert isinstance(code, int)
    return code


def test_a_text_sees_what_is_before_it_and_never_what_comes_after(lab):
    model = lab.model
    spans = [model.poses(given_poses(lab, bodies(1)), GIVEN)]
    rows = lab.pieces.read(["raise the left arm and lean"], longest=40)
    other = rows.clone()
    other[0, 4] = lab.pieces.rows("squat")[0]
    with torch.inference_mode():
        a, asked_a = model.run(spans, rows, asked=True)
        b, asked_b = model.run(spans, other, asked=True)
    assert torch.allclose(a[:, :4], b[:, :4], atol=1e-6)
    assert not torch.allclose(a[:, 4], b[:, 4], atol=1e-4)
    assert not torch.allclose(asked_a, asked_b, atol=1e-4)


def test_every_limb_of_a_pose_sees_every_other_and_the_first_pose_not_the_second(lab):
    model = lab.model
    first, second = given_poses(lab, bodies(1)), given_poses(lab, bodies(1, seed=3))
    rows = lab.pieces.read(["squat"], longest=9)

    def states(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        """What the last block gives at the positions of the two poses."""
        seen: list[torch.Tensor] = []
        hook = model.blocks[-1].register_forward_hook(lambda m, i, out: seen.append(out[:, :10]))
        with torch.inference_mode():
            model.run([a, b], rows, asked=False)
        hook.remove()
        return seen[0][0]

    a, b = model.poses(first, GIVEN), model.poses(second, SECOND)
    plain = states(a, b)
    more = torch.randn(a.shape[-1], generator=torch.Generator().manual_seed(1))
    changed = a.clone()
    changed[:, 4] += more
    moved = states(changed, b) - plain
    assert (moved.abs().amax(1) > 1e-5).all()  # also the limbs before it, and the second pose
    changed = b.clone()
    changed[:, 4] += more
    moved = (states(a, changed) - plain).abs().amax(1)
    assert (moved[:5] < 1e-6).all()
    assert (moved[5:] > 1e-5).all()


def test_padding_and_a_hidden_pose_change_nothing(lab):
    texts = ["raise the left arm", "bend the right knee, and lean forward. squat"]
    given = bodies(2)
    together = wished_poses(lab, texts, given)
    alone = wished_poses(lab, texts[:1], given[:1])
    assert np.allclose(together.directions[:1], alone.directions, atol=1e-5)
    hidden = torch.tensor([True])
    answers = []
    for body in (bodies(1, seed=1), bodies(1, seed=2)):
        known = given_poses(lab, body)
        unseen = GivenPoses(known.directions, known.codes, hidden)
        rows = lab.pieces.read(texts[:1], longest=20)
        with torch.inference_mode():
            _, states = lab.model.run([lab.model.poses(unseen, GIVEN)], rows, asked=True)
            answers.append(lab.model.predict(states, unseen).mean)
    assert torch.equal(*answers)


def test_a_text_continued_piece_by_piece_is_the_text_in_one_pass(lab):
    spans = [lab.model.poses(given_poses(lab, bodies(2)), GIVEN)]
    rows = lab.pieces.read(["raise the left arm squat"] * 2, longest=20)
    with torch.inference_mode():
        whole, _ = lab.model.run(spans, rows, asked=False)
        state, past = lab.model.begin(spans, rows[:, :3])
        for place in range(3, rows.shape[1]):
            assert torch.allclose(state, whole[:, place - 1], atol=1e-5)
            state, past = lab.model.follow(rows[:, place], place, past)
    assert torch.allclose(state, whole[:, -1], atol=1e-5)


def test_pieces_read_write_and_do_not_know_other_words(lab):
    rows = lab.pieces.read(["Raise the left arm", "squat"], longest=30)
    assert rows[0, 0] == START
    assert (rows[0] == END).sum() == 1
    assert lab.pieces.text(rows[0, 1:].tolist()) == "Raise the left arm"
    text = "Bend the right knee, and lean forward. Squat"
    assert lab.pieces.text(lab.pieces.rows(text)) == text
    assert UNKNOWN in lab.pieces.rows("zeppelin")
    more = Pieces.of_texts(["raise the left arm"], common=2000)
    assert len(more) > more.writable > 4
    assert len(lab.pieces.read(["squat " * 90], longest=12)[0]) == 12


def test_every_task_has_twenty_sentences_and_three_that_are_held_out():
    for task in LabTask:
        sentences = [*trained(task), *held_out(task)]
        assert len(trained(task)) >= 20
        assert len(held_out(task)) == HELD_OUT
        assert len(set(sentences)) == len(sentences)
        holds = task in (LabTask.EDIT, LabTask.TEXT_TO_POSE)
        assert all(("{text}" in sentence) == holds for sentence in sentences)
        assert default(task) in trained(task)


class Stopped(Exception):
    """Raised in the middle of a run."""


@pytest.mark.slow
def test_a_run_that_was_stopped_goes_on_to_the_same_weights(tmp_path):
    dataset = posed_dataset(tmp_path / "data")
    whole = train_lab(dataset, tmp_path / "whole", QUICK)

    def stop(event):
        if event.stage == "stage 4" and event.done == 2:
            raise Stopped

    plan = replace(QUICK, instruct=replace(QUICK.instruct, steps=2))
    with pytest.raises(Stopped):
        train_lab(dataset, tmp_path / "cut", plan, save_every=0, on_event=stop)
    with pytest.raises(ConfigError, match="other settings"):
        train_lab(dataset, tmp_path / "cut", replace(plan, seed=5), resume=True)
    again = train_lab(dataset, tmp_path / "cut", plan, resume=True)
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, again.model.state_dict()[name]), name


def test_a_model_is_stored_and_a_damaged_one_refused(lab, tmp_path):
    folder = save_pose_lab(tmp_path / "lab", lab, metrics={"mpjpe": 1.0}, card="# A card\n")
    read = load_pose_lab(folder)
    assert read.fingerprint == lab.fingerprint
    wish = wished_poses(read, ["raise the left arm"], bodies(1))
    assert np.allclose(wish.joints(), wished_poses(lab, ["raise the left arm"], bodies(1)).joints(),
                       atol=0.02)  # fmt: skip
    weights = folder / "pose_lm.safetensors"
    content = bytearray(weights.read_bytes())
    content[-3] ^= 1
    weights.write_bytes(content)
    with pytest.raises(CheckpointError, match="not those"):
        load_pose_lab(folder)
    with pytest.raises(CheckpointError, match="no pose model"):
        load_pose_lab(tmp_path)


def test_limbs_that_the_text_leaves_alone_are_the_references(lab):
    wished = canonical(bodies(1, seed=4))[0]
    reference = canonical(T_POSE)
    body, kept = with_limbs_kept(wished, reference, "raise the left arm")
    assert "left arm" not in kept
    assert {"right arm", "left leg", "right leg"} <= set(kept)
    right = [i for name, i in INDEX.items() if name.startswith("right_")]
    assert np.allclose(body[right], reference[right], atol=1e-6)
    assert not np.allclose(body[INDEX["left_hand"]], reference[INDEX["left_hand"]], atol=0.05)
    free, none = with_limbs_kept(wished, reference, "look happy")
    assert none == ()
    assert np.array_equal(free, wished)


@pytest.mark.parametrize("side", ["left", "right"])
def test_claims_are_made_true_on_the_side_that_they_name(side):
    other = "right" if side == "left" else "left"
    text = f"raise the {side} hand above the head"
    found = polished(read_claims(text), Body(ARMS_DOWN), BoneVectors.of(ARMS_DOWN), rules=INVERSE)
    assert found.contradicted == 0
    assert found.supported == found.claims
    moved = np.linalg.norm(found.joints - canonical(ARMS_DOWN), axis=1)
    assert found.joints[INDEX[f"{side}_hand"], 1] > found.joints[INDEX["head"], 1]
    assert moved[INDEX[f"{other}_hand"]] < 0.2
    assert f"{side} arm" in found.turned
    assert "left leg" not in found.turned
    assert np.allclose(BoneVectors.of(found.joints).lengths, BoneVectors.of(ARMS_DOWN).lengths)


def test_a_true_claim_turns_nothing():
    start = BoneVectors.of(mirror(T_POSE))
    found = polished(read_claims("raise both arms"), Body(ARMS_DOWN), start)
    assert found.turned == ()
    assert np.allclose(found.joints, canonical(mirror(T_POSE)))


def test_a_wish_is_answered_and_judged_and_an_empty_one_refused(lab):
    edited = edited_pose(lab, Body(ARMS_DOWN), "raise the left arm", polish=INVERSE)
    assert [v.outcome.value for v in edited.report.claims] == ["supported"]
    assert edited.spread.shape == (21,)
    assert np.allclose(BoneVectors.of(edited.joints).lengths, BoneVectors.of(ARMS_DOWN).lengths)
    assert edited.wished.scores(bodies(7)).shape == (1, 7)
    assert edited.wished.codes.shape == (1, 5, 2)
    for text in (" ", "x" * 3000):
        with pytest.raises(TextError):
            edited_pose(lab, Body(ARMS_DOWN), text)
    with pytest.raises(ConfigError, match="text"):
        wished_poses(lab, ["squat"], sentence="go on")


def test_texts_are_written_judged_and_drawn_again(lab):
    ends, starts = bodies(3), bodies(3, seed=9)
    texts = written_texts(lab, ends, starts)
    assert len(texts) == 3
    found = checked_texts(lab, [Body(e) for e in ends], [Body(s) for s in starts], redraws=2)
    assert [one.first.text for one in found] == texts
    assert all(1 <= one.drawn <= 3 for one in found)
    assert all(one.report.text == one.text for one in found)


@pytest.mark.slow
def test_the_commands_edit_generate_and_describe(lab, tmp_path, capsys):
    folder = save_pose_lab(tmp_path / "lab", lab, metrics={}, card="")
    joints = tuple(tuple(float(v) for v in point) for point in ARMS_DOWN)
    image = PoseImage("a.png", tmp_path / "a.png", joints)  # type: ignore[arg-type]
    known = tmp_path / "joints.json"
    others = [replace(image, id=f"{i}.png", joints=tuple(map(tuple, b.tolist())))
              for i, b in enumerate(bodies(3))]  # fmt: skip
    write_joints(known, [image, *others], image_size=None)
    out, png = tmp_path / "new.json", tmp_path / "new.png"
    own = ("--checkpoint", folder)
    asked = ("edit", *own, "--reference", f"{known}:a.png")
    assert run(*asked, "--text", "raise the left arm", "--out", out, "--png", png, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["claims"][0]["text"] == "left arm up"
    assert told["claims"][0]["verdict"] == "supported"
    assert told["read_as"] == ["left arm up"]
    assert len(told["sigma"]) == 21
    assert told["hits"] == []
    assert "right arm" in told["kept"]
    assert len(read_joints(out, tmp_path)["pose.png"].joints or ()) == 22
    assert png.read_bytes().startswith(b"\x89PNG")
    found = ("--gallery", known, "-k", 2, "--json")
    assert run(*asked, "--text", "raise the left arm", "--raw", "--free", *found) == 0
    hits = json.loads(capsys.readouterr().out)["hits"]
    assert [hit["rank"] for hit in hits] == [1, 2]
    assert hits[0]["score"] >= hits[1]["score"]
    assert {hit["image_id"] for hit in hits} < {"0.png", "1.png", "2.png"}
    limb = ("--limb", f"left arm={known}:0.png")
    assert run(*asked, *limb, "--json") == 0
    taken = np.array(json.loads(capsys.readouterr().out)["joints"])
    ends = [INDEX[f"right_{name}"] for name in ("elbow", "wrist", "hand")]
    assert np.allclose(taken[ends], canonical(ARMS_DOWN)[ends], atol=1e-3)
    assert not np.allclose(taken[INDEX["left_hand"]], ARMS_DOWN[INDEX["left_hand"]], atol=0.01)
    assert run(*asked) == 1
    assert "say what should change" in capsys.readouterr().err
    assert run(*asked, "--limb", "left arm") == 1
    assert "names no pose" in capsys.readouterr().err
    assert run(*asked, "--limb", f"tail={known}:0.png") == 1
    assert "is no limb" in capsys.readouterr().err
    assert run("pose", "generate", *own, "--text", "squat", "--png", png) == 0
    assert run("pose", "describe", f"{known}:a.png", "--to", f"{known}:1.png", *own) == 0
    capsys.readouterr()
    assert run("edit", *own, "--reference", f"{known}:b.png", "--text", "x") == 1
    assert 'no image "b.png"' in capsys.readouterr().err


def test_a_limb_of_another_pose_is_the_subjects_own_side_and_is_ranked_by(lab):
    start, other = Body(ARMS_DOWN), T_POSE
    edited = edited_pose(lab, start, "bend the left knee", polish=None)
    left = with_limbs_from(edited, start, {"left arm": other})
    right = with_limbs_from(edited, start, {"right arm": other})
    assert left.joints[INDEX["left_hand"], 0] > edited.joints[INDEX["left_hand"], 0] + 0.3
    assert np.allclose(left.joints[INDEX["right_hand"]], edited.joints[INDEX["right_hand"]])
    assert right.joints[INDEX["right_hand"], 0] < edited.joints[INDEX["right_hand"], 0] - 0.3
    rows = list(LIMB_BONES["left arm"])
    assert set(left.spread[rows]) == {SET_SPREAD}
    bodies_known = np.stack([ARMS_DOWN, T_POSE, mirror(T_POSE)])
    bodies_known[1, [INDEX[f"right_{n}"] for n in ("elbow", "wrist", "hand")]] = ARMS_DOWN[
        [INDEX[f"right_{n}"] for n in ("elbow", "wrist", "hand")]
    ]
    known = KnownBones.of(["down", "left out", "both out"], bodies_known)
    alone = with_limbs_from(unchanged_pose(lab, start), start, {"left arm": other})
    assert alone.report.claims == ()
    found = known.likeliest(alone.wished, count=2, without="")
    assert found[0].image_id == "left out"
    assert known.likeliest(alone.wished, count=3, without="left out")[0].image_id != "left out"
    with pytest.raises(ConfigError, match="is no limb"):
        with_limbs_from(edited, start, {"tail": other})


def test_a_trunk_is_taken_before_the_arms_that_hang_from_it(lab):
    start = Body(bodies(1, seed=4)[0])
    first, second = bodies(2, seed=5)
    edited = edited_pose(lab, start, "squat", polish=None)
    one = with_limbs_from(edited, start, {"trunk": first, "left arm": second})
    two = with_limbs_from(edited, start, {"left arm": second, "trunk": first})
    assert np.allclose(one.joints, two.joints)
    assert np.allclose(
        BoneVectors.of(one.joints).lengths, BoneVectors.of(edited.joints).lengths, atol=1e-9
    )


@pytest.mark.parametrize("text", ["cross your arms", "T-pose", "put both hands on the hips"])
def test_a_posture_of_both_arms_is_found_from_arms_that_hang(text):
    claims = read_claims(text)
    found = polished(claims, Body(ARMS_DOWN), BoneVectors.of(ARMS_DOWN))
    assert found.supported == len(claims) > 0
    mirrored = polished(claims, Body(mirror(ARMS_DOWN)), BoneVectors.of(mirror(ARMS_DOWN)))
    assert mirrored.supported == len(claims)


@pytest.mark.parametrize(
    ("drawn", "told"),
    [
        ("Same but both knees bent, arms up.", "Both knees bent, arms up."),
        ("same but torso forward", "torso forward"),
        ("now raise the left arm", "raise the left arm"),
        ("The same person with the left knee up", "A person with the left knee up"),
        ("Have the same height in both hands", "Have the same height in both hands"),
    ],
)
def test_a_text_of_one_pose_does_not_point_to_a_pose_before_it(drawn, told):
    assert _told_alone(drawn) == told
