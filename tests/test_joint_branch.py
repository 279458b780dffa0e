"""The branch for true joints: mixed by a gate, mirrored with the view, able to do without."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from autocompose.body.skeleton import INDEX
from autocompose.config import TrainConfig
from autocompose.data.dataset import open_dataset
from autocompose.data.joints_file import read_joints
from autocompose.errors import CheckpointError, ConfigError, TrainingError
from autocompose.evaluation.protocol import evaluate
from autocompose.model.checkpoint import load_checkpoint, save_checkpoint
from autocompose.model.composed import ComposedModel
from autocompose.model.joint_branch import JointBranch, JointSight, KnownJoints, Poses
from autocompose.model.losses import element_wise_sum
from autocompose.model.official import save_official
from autocompose.retrieval.embed import embed_image, embed_images
from autocompose.retrieval.search import ComposedRetriever
from autocompose.schema import ComposedQuery, PoseImage, Triplet
from autocompose.training.features.feature_cache import FeatureCache
from autocompose.training.features.tower_features import FrozenFeatures
from autocompose.training.loop.steps import Objective
from autocompose.training.run import train
from tests.model_fakes import FEATURE_DIM, tiny_model
from tests.training_fakes import SHORT, TINY, posed, weights, with_joints, write_tiny_dataset


def branch(seed=0, *, trained=True):
    torch.manual_seed(seed)
    made = JointBranch(FEATURE_DIM)
    if trained:
        with torch.no_grad():
            made.mixer.weight.normal_()
            made.without.normal_()
    return made


KNOWN = KnownJoints([posed("a", 1, floor=-0.9), posed("b", 2), PoseImage("c", Path("c"))])


def test_a_gate_between_0_and_1_mixes_and_is_0_where_no_joints_are_known():
    made, features = branch(), torch.randn(4, FEATURE_DIM)
    poses = KNOWN.of(["a", "b", "c", "elsewhere"])
    assert poses.known.tolist() == [True, True, False, False]
    assert poses.floor[0] == pytest.approx(-0.9)
    assert bool(torch.isnan(poses.floor[1]))
    gate = made.gate(features, poses)
    assert bool(((gate[:2] > 0) & (gate[:2] < 1)).all())
    assert gate[2:].tolist() == [[0.0], [0.0]]
    seen = made(features, poses)
    assert bool(torch.isfinite(seen).all())
    length = features.norm(dim=-1, keepdim=True)
    torch.testing.assert_close(seen[2:], (features + length * made.without)[2:])
    # By hand: the joints' unit feature at the length of the image's.
    pose = made._encode(poses)
    mixed = (1 - gate) * features + gate * length * pose
    torch.testing.assert_close(seen[:2], mixed[:2])


def test_before_training_a_picture_without_joints_keeps_its_feature():
    features = torch.randn(2, FEATURE_DIM)
    fresh = branch(trained=False)
    assert torch.equal(fresh(features, Poses.unknown(2)), features)
    assert bool((fresh.gate(features, KNOWN.of(["a", "b"])) < 0.2).all())


def test_a_mirrored_view_mirrors_the_joints():
    plain, flipped = KNOWN.of(["a", "b"]), KNOWN.of(["a", "b"], mirrored=[True, False])
    assert torch.equal(plain.joints[1], flipped.joints[1])
    left, right = INDEX["left_wrist"], INDEX["right_wrist"]
    turned = torch.tensor([-1.0, 1.0, 1.0])
    assert torch.equal(flipped.joints[0, left], plain.joints[0, right] * turned)
    assert torch.equal(flipped.joints[0, right], plain.joints[0, left] * turned)
    again = KNOWN.of(["a", "b"], mirrored=[False, False])
    assert torch.equal(again.joints, plain.joints)
    sight = JointSight(branch(), KNOWN)
    triplet = Triplet("a", "b", "raise", None, mirrored=True)
    assert torch.equal(sight.poses([triplet], "reference").joints[0], flipped.joints[0])
    # The flipped picture of a mirrored view is the picture as it was.
    assert torch.equal(sight.poses([triplet], "target", flip=True).joints[0], plain.joints[1])


def objective(*, chunk=None, joints=None, config=None):
    cache, names = FeatureCache(None, {}), [str(i) for i in range(9)]
    generator = torch.Generator().manual_seed(1)
    features = torch.randn(len(names), 2, FEATURE_DIM, generator=generator)
    cache.add(names, features, write=False)

    def encode(texts):
        return torch.stack(
            [torch.linspace(-1, 1, FEATURE_DIM) * (1 + hash_of(text)) for text in texts]
        )

    return Objective(
        FrozenFeatures({name: i for i, name in enumerate(names)}, cache, {}),
        encode=encode, compose=element_wise_sum, config=config or TrainConfig(logit_scale=20.0),
        chunk=chunk, joints=joints,
    )  # fmt: skip


def hash_of(text):
    return sum(map(ord, text)) % 7


BATCH = [Triplet(str(i), str(i + 1), f"up {i}", f"down {i}", mirrored=i % 3 == 0) for i in range(8)]


def step(chunk, config=None):
    sight = JointSight(branch(), KnownJoints([posed(str(i), i) for i in range(7)]))
    sight.branch.double()
    torch.manual_seed(3)
    loss = objective(chunk=chunk, joints=sight, config=config).backward(BATCH)
    return loss, {n: p.grad for n, p in sight.branch.named_parameters()}


@pytest.mark.parametrize("extras", [{}, {"cycle": False}, {"negatives": ("mirror", "reference")}])
def test_every_part_of_the_branch_is_trained_and_chunks_have_the_gradient_of_the_batch(extras):
    config = TrainConfig(logit_scale=20.0, **extras)
    loss, whole = step(None, config)
    assert all(g is not None and float(g.norm()) > 0 for g in whole.values())
    for chunk in (1, 3):
        found, parts = step(chunk, config)
        torch.testing.assert_close(found, loss)
        for name, gradient in whole.items():
            torch.testing.assert_close(parts[name], gradient, rtol=1e-4, atol=1e-5)


def test_without_the_branch_a_step_draws_nothing():
    torch.manual_seed(0)
    before = torch.get_rng_state()
    with pytest.raises(RuntimeError, match="does not require grad"):
        objective().backward(BATCH)
    assert torch.equal(torch.get_rng_state(), before)


def with_branch(model):
    made = branch()
    return ComposedModel(
        model.towers, model.combiner, replace(model.config, joints=True), joints=made
    ).eval()


@pytest.mark.slow
def test_the_branch_is_saved_loaded_and_part_of_the_fingerprint(tmp_path):
    plain = tiny_model()
    model = with_branch(plain)
    save_checkpoint(tmp_path, model, train=None, metrics={}, card="")
    assert (tmp_path / "joints.safetensors").is_file()
    loaded = load_checkpoint(tmp_path)
    assert loaded.fingerprint == model.fingerprint != plain.fingerprint
    features, poses = torch.randn(2, FEATURE_DIM), KNOWN.of(["a", "c"])
    with torch.inference_mode():
        torch.testing.assert_close(
            loaded.see(features, poses), model.see(features, poses), atol=5e-3, rtol=5e-2
        )
    # A later model without the branch leaves nothing of it.
    save_checkpoint(tmp_path, plain, train=None, metrics={}, card="")
    assert not (tmp_path / "joints.safetensors").exists()
    assert "joints" not in (tmp_path / "config.json").read_text()
    assert load_checkpoint(tmp_path).fingerprint == plain.fingerprint


def test_a_model_that_lacks_what_it_says_is_refused_and_so_is_an_official_export(tmp_path):
    model = tiny_model()
    with pytest.raises(CheckpointError, match="branch for joints is not there"):
        ComposedModel(model.towers, None, replace(model.config, joints=True))
    with pytest.raises(CheckpointError, match="branch for joints is there"):
        ComposedModel(model.towers, None, model.config, joints=branch())
    with pytest.raises(CheckpointError, match="official scripts do not know"):
        save_official(with_branch(model), tmp_path)
    with pytest.raises(ConfigError, match="use 1 or 2"):
        TrainConfig(joints_from=3)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    root = tmp_path_factory.mktemp("joints")
    dataset = with_joints(write_tiny_dataset(root / "tiny"), known=range(9))
    told = []
    train(
        dataset, root / "out", model=replace(TINY, joints=True), config=SHORT, on_event=told.append
    )
    return dataset, root / "out", told


@pytest.mark.slow
def test_stage_2_trains_the_branch_and_the_card_counts_the_joints(trained):
    _, out, told = trained
    assert any((e.stage, e.done, e.total) == ("pictures with joints", 9, 12) for e in told)
    assert not any(name.startswith("joints.") for name in weights(out, 1))
    torch.manual_seed(SHORT.seed)
    after = {n: t for n, t in weights(out, 2).items() if n.startswith("joints.")}
    assert float(after["joints.without"].norm()) > 0, "hidden joints train the offset too"
    assert float(after["joints.mixer.weight"].norm()) > 0
    card = (out / "card.md").read_text()
    assert "9 of 12 training pictures had joints" in card
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["joints"]["known"] == 9
    assert load_checkpoint(out).config.joints


@pytest.mark.slow
def test_evaluation_and_search_take_joints_where_they_are_and_do_without(trained, tmp_path):
    dataset, out, _ = trained
    model = load_checkpoint(out)
    images = dataset.gallery("val")
    paths = [i.path for i in images]
    blind = embed_images(model, paths)
    seeing = embed_images(model, paths, known=KnownJoints(images))
    differ = np.abs(blind.embeddings - seeing.embeddings).max(axis=1) > 1e-6
    assert differ.tolist() == [True] * 9 + [False] * 3
    ranks = [o.rank for o in evaluate(model, dataset, "val").outcomes]
    given = evaluate(model, dataset, "val", gallery=seeing)
    assert [o.rank for o in given.outcomes] == ranks
    hidden = joined_elsewhere(dataset, tmp_path)
    assert evaluate(model, hidden, "val").num_queries == len(ranks)
    # An upload has no joints: the offset, not the bare feature of the tower.
    upload = embed_image(model, paths[0])
    np.testing.assert_allclose(upload.numpy(), blind.raw(0).numpy(), rtol=1e-4, atol=1e-5)
    found = ComposedRetriever(model, seeing).retrieve(ComposedQuery(paths[0], "raise the arm"), k=3)
    assert len(found.hits) == 3


def joined_elsewhere(dataset, folder):
    """The same dataset without joints."""
    shutil.copytree(dataset.root, folder / "tiny")
    (folder / "tiny" / "joints.json").unlink()
    return open_dataset(folder / "tiny")


@pytest.mark.slow
def test_stage_1_trains_the_branch_where_it_is_asked_to(trained, tmp_path):
    dataset, _, _ = trained
    config = replace(SHORT, joints_from=1, text_epochs=1, combiner_epochs=1)
    train(dataset, tmp_path / "out", model=replace(TINY, joints=True), config=config)
    first, second = weights(tmp_path / "out", 1), weights(tmp_path / "out", 2)
    moved = first["joints.mixer.weight"]
    assert float(moved.norm()) > 0
    assert not torch.equal(moved, second["joints.mixer.weight"])
    assert any(name.startswith("towers.") for name in first)


@pytest.mark.slow
def test_a_dataset_without_joints_cannot_train_the_branch(trained, tmp_path):
    dataset = joined_elsewhere(trained[0], tmp_path)
    with pytest.raises(TrainingError, match=r"add a joints\.json, or train without"):
        train(dataset, tmp_path / "out", model=replace(TINY, joints=True), config=SHORT)


@pytest.mark.slow
def test_a_dataset_knows_what_was_written(trained):
    dataset, _, _ = trained
    read = read_joints(dataset.root / "joints.json", dataset.root / "images")
    assert len(KnownJoints(read.values())) == 9
