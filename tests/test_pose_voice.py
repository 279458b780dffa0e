"""The tower over joints: trained, stored beside a checkpoint, heard in the ranking."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from autocompose.body.change import Bodies
from autocompose.body.skeleton import mirror
from autocompose.cli import main
from autocompose.config import RankingConfig
from autocompose.data.dataset import open_dataset, write_captions, write_split
from autocompose.data.joints_file import write_joints
from autocompose.errors import CheckpointError, DatasetError
from autocompose.model.checkpoint import load_checkpoint, save_checkpoint
from autocompose.model.pose_voice import (
    BODY_NUMBERS,
    POSE_VOICE_FILE,
    PoseVoice,
    body_numbers,
    load_pose_voice,
    save_pose_voice,
)
from autocompose.retrieval.gallery_bodies import GalleryBodies
from autocompose.retrieval.voices import Reference, Voices
from autocompose.schema import JointsOrigin, PoseImage, PosePair
from autocompose.training.pose_voice_run import PoseVoiceConfig, as_estimated, train_pose_voice
from tests.model_fakes import tiny_model, write_pictures
from tests.poses import ARMS_DOWN, SQUAT, T_POSE, with_joints

ROOT = Path(__file__).parent.parent
LEFT_UP = with_joints(
    ARMS_DOWN,
    left_elbow=(0.3, 0.66, 0),
    left_wrist=(0.32, 0.9, 0.02),
    left_hand=(0.32, 0.98, 0.02),
)
POSES = {"down": ARMS_DOWN, "left": LEFT_UP, "right": mirror(LEFT_UP), "wide": T_POSE, "low": SQUAT}
TEXTS = {
    "left": "raise the left arm", "right": "raise the right arm", "wide": "arms wide",
    "low": "squat", "down": "stand with the arms down",
}  # fmt: skip


def picture(name: str, origin: JointsOrigin = JointsOrigin.RENDERED) -> PoseImage:
    body = tuple(tuple(float(x) for x in point) for point in POSES[name])
    return PoseImage(name, Path(name), body, floor_y=-0.95, joints_origin=origin)  # type: ignore[arg-type]


PAIRS = [
    PosePair(picture(a), picture(b), texts={"auto": (TEXTS[b],)})
    for a in POSES
    for b in POSES
    if a != b
]


@pytest.fixture(scope="module")
def model():
    return tiny_model()


@pytest.fixture(scope="module")
def trained(model):
    config = PoseVoiceConfig(epochs=150, batch=20, copies=2)
    return train_pose_voice(model, PAIRS, config)


def queried(voice: PoseVoice, model, start: str, text: str) -> str:
    """The pose of the five that a query finds, its own start left out."""
    with torch.inference_mode():
        numbers = body_numbers(Bodies(np.stack(list(POSES.values()))), estimated=False)
        bodies = voice.bodies(torch.from_numpy(numbers))
        features = model.towers.encode_texts([text])
        at = list(POSES).index(start)
        scores = (voice.queries(bodies[at : at + 1], features) @ bodies.T)[0]
        scores[at] = -9
    return list(POSES)[int(scores.argmax())]


@pytest.mark.slow
def test_it_learns_which_body_a_text_leads_to_and_which_side(trained, model):
    found = [queried(trained, model, pair.reference.id, pair.texts["auto"][0]) for pair in PAIRS]
    right = [name == pair.target.id for name, pair in zip(found, PAIRS, strict=True)]
    assert np.mean(right) > 0.9
    assert queried(trained, model, "down", TEXTS["left"]) == "left"
    assert queried(trained, model, "down", TEXTS["right"]) == "right"


def test_the_same_seed_gives_the_same_tower(model):
    config = PoseVoiceConfig(epochs=2, batch=8, copies=1, seed=3)
    first, again = (train_pose_voice(model, PAIRS, config).state_dict() for _ in range(2))
    other = train_pose_voice(model, PAIRS, replace(config, seed=4)).state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in first)


def test_pairs_without_joints_or_texts_are_refused_in_one_line(model):
    bare = PosePair(PoseImage("a", Path("a")), PoseImage("b", Path("b")), texts={"auto": ("x",)})
    for pairs in ([], [bare], [replace(PAIRS[0], texts={})]):
        with pytest.raises(DatasetError, match=r"joints\.json"):
            train_pose_voice(model, pairs)


def test_noise_keeps_the_body_and_moves_its_ends_most():
    rng = np.random.default_rng(0)
    many = np.stack([T_POSE] * 2000)
    moved = np.linalg.norm(as_estimated(many, rng) - many, axis=2)
    assert 0.03 < moved[:, 0].mean() < 0.1, "the pelvis is the origin and is hardly moved"
    assert moved[:, 11].mean() > 1.5 * moved[:, 0].mean()
    assert np.abs(as_estimated(many, rng).mean(0) - T_POSE).max() < 0.05, "no side is preferred"


def test_unknown_measures_do_no_harm():
    numbers = body_numbers(Bodies(np.stack([ARMS_DOWN, T_POSE])), estimated=True)
    assert numbers.shape == (2, BODY_NUMBERS)
    assert (numbers[:, -1] == 1).all()
    assert np.isnan(numbers).any(), "heights above a floor that nobody knows"
    voice = PoseVoice(8)
    voice.standardise(torch.from_numpy(numbers))
    assert torch.isfinite(voice.bodies(torch.from_numpy(numbers))).all()


@pytest.mark.slow
def test_a_stored_tower_comes_back_and_changes_no_fingerprint(trained, model, tmp_path):
    fingerprint = save_checkpoint(tmp_path, model, train=None, metrics={}, card="")
    assert load_checkpoint(tmp_path).pose_voice is None
    save_pose_voice(tmp_path, trained)
    loaded = load_checkpoint(tmp_path)
    assert loaded.fingerprint == fingerprint
    assert loaded.pose_voice is not None
    assert sum(p.numel() for p in loaded.parameters()) == sum(p.numel() for p in model.parameters())
    numbers = torch.from_numpy(body_numbers(Bodies(T_POSE[None]), estimated=False))
    with torch.inference_mode():
        torch.testing.assert_close(
            loaded.pose_voice.bodies(numbers), trained.bodies(numbers), atol=1e-2, rtol=0
        )


@pytest.mark.parametrize("how", ["cut", "other model", "no metadata", "lacks a layer"])
def test_a_spoilt_tower_is_one_line_that_says_what_to_do(trained, tmp_path, how):
    path = save_pose_voice(tmp_path, trained)
    expected = "other" if how == "other model" else trained.fingerprint
    if how == "cut":
        path.write_bytes(path.read_bytes()[:500])
    elif how == "no metadata":
        save_file(load_file(path), path)
    elif how == "lacks a layer":
        tensors = load_file(path)
        del tensors["text.weight"]
        about = f'{{"fingerprint": "{expected}", "text_dim": "{trained.text_dim}"}}'
        save_file(tensors, path, metadata={"about": about})
    with pytest.raises(CheckpointError, match=f"{POSE_VOICE_FILE}.*train-ranker") as caught:
        load_pose_voice(tmp_path, expected)
    assert "\n" not in str(caught.value)


def test_the_ranking_hears_it_where_no_claim_is_read(trained, model):
    names = ("left", "right", "wide", "low")
    bodies = GalleryBodies.of([picture(name) for name in names])
    start = Reference.of(picture("down"))
    text = model.towers.encode_texts([TEXTS["low"]]).detach()[0]
    ranking = Voices(np.eye(4, dtype=np.float32), bodies, pose_voice=trained)
    scores = ranking.fused(np.zeros(4), (), start, text=text)
    assert scores is not None
    assert int(np.argmax(scores)) == 3
    mute = Voices(
        np.eye(4, dtype=np.float32), bodies, RankingConfig(pose_rendered=0, claims_rendered=0),
        pose_voice=trained,
    )  # fmt: skip
    assert mute.fused(np.zeros(4), (), start, text=text) is None
    deaf = Voices(np.eye(4, dtype=np.float32), bodies)
    assert deaf.fused(np.zeros(4), (), start, text=text) is None


def test_a_large_gallery_is_heard_where_the_learnt_score_is_best(trained, model, monkeypatch):
    monkeypatch.setattr("autocompose.retrieval.voices.WHOLE", 3)
    monkeypatch.setattr("autocompose.retrieval.voices.FIRST", 2)
    bodies = GalleryBodies.of([picture(name) for name in ("wide", "low", "low", "left")])
    text = model.towers.encode_texts([TEXTS["low"]]).detach()[0]
    ranking = Voices(np.eye(4, dtype=np.float32), bodies, pose_voice=trained)
    learnt = np.array([0.9, 0.8, 0.7, 0.6])
    scores = ranking.fused(learnt, (), Reference.of(picture("down")), text=text)
    assert scores is not None
    assert np.argsort(-scores).tolist() == [1, 0, 2, 3]


def test_the_command_writes_the_tower_into_the_checkpoint(model, tmp_path, capsys):
    save_checkpoint(tmp_path / "model", model, train=None, metrics={}, card="")
    names = [path.name for path in write_pictures(tmp_path / "data" / "images", 3)]
    poses = dict(zip(names, ("down", "left", "low"), strict=True))
    images = [replace(picture(pose), id=name) for name, pose in poses.items()]
    write_joints(tmp_path / "data" / "joints.json", images)
    rows = [
        {"reference": a, "target": b, "img_set": [b], "auto": [TEXTS[poses[b]]]}
        for a in names for b in names if a != b
    ]  # fmt: skip
    write_captions(tmp_path / "data" / "captions" / "train.json", rows)
    write_split(tmp_path / "data" / "image_splits" / "train.json", names)
    assert len(open_dataset(tmp_path / "data").pairs("train")) == 6
    line = ["train-ranker", "--checkpoint", tmp_path / "model", "--dataset", tmp_path / "data"]
    with pytest.raises(SystemExit) as ended:
        main([*map(str, line), "--epochs", "2"])
    assert not ended.value.code
    assert f"{POSE_VOICE_FILE}: " in capsys.readouterr().err
    assert load_checkpoint(tmp_path / "model").pose_voice is not None


@pytest.mark.slow
def test_the_demo_checkpoint_ships_a_tower_of_its_own_of_at_most_2_mb():
    folder = ROOT / "checkpoints" / "pose-mini"
    assert (folder / POSE_VOICE_FILE).stat().st_size <= 2_000_000
    assert load_checkpoint(folder).pose_voice is not None
