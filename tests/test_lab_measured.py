"""What `autocompose evaluate-lab` measures, by hand and on a model that nobody trained."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from autocompose.body.change import Body
from autocompose.body.directions import on_standard_body
from autocompose.body.skeleton import INDEX, mean_joint_distance
from autocompose.cli import main
from autocompose.data.dataset import open_dataset
from autocompose.evaluation.captions import text_metrics
from autocompose.lab.learning.material import MaterialPlan, joined, near_pairs, rule_material
from autocompose.lab.lm.bone_tensors import bone_directions, joints_of, log_likelihoods
from autocompose.lab.lm.lab_files import save_pose_lab
from autocompose.lab.measured.evaluate_all import LabEvaluation, lab_rows
from autocompose.lab.measured.lab_baselines import (
    WordBags,
    nearest_changes,
    nearest_texts,
    train_edit_vae,
)
from autocompose.lab.measured.lab_numbers import (
    Interval,
    LabRow,
    aligned_distance,
    interval,
    ranks_of_targets,
    table,
)
from autocompose.lab.measured.lab_queries import lab_queries
from autocompose.lab.measured.pair_text import (
    PairTextSettings,
    embedded_pairs,
    embedded_texts,
    train_pair_text,
)
from autocompose.lab.measured.word_rows import TextsAsked, frechet_distance, given_row
from autocompose.lab.tokens.sequence_codes import SequenceSettings, train_sequence_codes
from tests.lab_fakes import bodies, posed_dataset, small_lab


def test_means_have_intervals_that_shrink_with_more_queries():
    few = interval(np.array([0.0, 100.0, 0.0, 100.0]))
    many = interval(np.tile([0.0, 100.0], 200))
    assert few.mean == many.mean == 50
    assert few.low < many.low < 50 < many.high < few.high
    assert interval(np.array([np.nan, 3.0])).mean == 3
    assert np.isnan(interval(np.array([])).mean)


def test_alignment_undoes_rotation_scale_and_shift_but_no_mirror():
    body = bodies(3)
    turn = np.array([[0.36, 0.48, -0.8], [-0.8, 0.6, 0], [0.48, 0.64, 0.6]])
    assert aligned_distance(1.3 * body @ turn + 2.0, body).max() < 1e-9
    assert aligned_distance(body * [-1, 1, 1], body).min() > 0.01


def test_ranks_leave_the_reference_out_and_count_from_one():
    scores = np.array([[9.0, 1.0, 5.0], [1.0, 2.0, 3.0]])
    assert ranks_of_targets(scores, np.array([1, 2]), np.array([0, 0])).tolist() == [2, 1]


def test_a_body_is_likelier_the_nearer_its_bones_point_and_unsure_bones_count_less():
    known = bone_directions(torch.from_numpy(bodies(6).astype(np.float32)))
    sure = torch.full((6, 21), -2.0)
    scores = log_likelihoods(known, sure, known)
    assert scores.argmax(1).tolist() == list(range(6))
    assert torch.allclose(scores.diagonal(), torch.zeros(6), atol=1e-3)
    unsure = log_likelihoods(known, torch.zeros(6, 21), known)
    assert unsure.min() > scores.min()
    joints = joints_of(known)
    assert torch.allclose(bone_directions(joints), known, atol=1e-5)
    assert (joints[:, INDEX["pelvis"]] == 0).all()


def test_a_set_is_at_no_distance_from_itself_and_farther_from_farther_sets():
    a = np.random.default_rng(0).normal(size=(60, 4))
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(a + 2, a) == pytest.approx(16)
    assert frechet_distance(3 * a, a) > 1


def test_rows_become_tables():
    rows = [
        LabRow("edit", "copy", 3, {"mm": Interval(2, 1, 3)}),
        LabRow("edit", "model", 3, {"mm": Interval(1, 0.5, 1.5), "R@1": Interval(4, 3, 5)}, "mind"),
    ]
    text = table(rows)
    assert "| copy | 2.0 [1.0, 3.0] |  | 3 |" in text
    assert "model: mind" in text


@pytest.mark.slow
def test_the_scorer_learns_which_text_belongs_to_which_change():
    material = rule_material(bodies(24), MaterialPlan(bodies=0, pairs=40, alone=20, seed=3))
    small = PairTextSettings(width=32, features=16, steps=60, batch=24, lr=6e-3)
    model = train_pair_text(material, small)
    rows = np.flatnonzero(~material.alone)[:24]
    joints = material.joints.astype(np.float64)
    starts, ends = (
        [Body(joints[row]) for row in side[rows]] for side in (material.start, material.end)
    )
    texts = embedded_texts(model, [material.texts[row] for row in rows])
    fits = (texts @ embedded_pairs(model, starts, ends).T).numpy()
    first = (fits.argmax(1) == np.arange(len(rows))).mean()
    assert first > 0.5
    # Turned about, a change is another one.
    back = (texts @ embedded_pairs(model, ends, starts).T).numpy().diagonal()
    assert (fits.diagonal() > back).mean() > 0.8


def test_the_nearest_change_of_a_training_pair_is_its_own():
    material = rule_material(bodies(20), PLAN)
    rows = np.flatnonzero(~material.alone)[:5]
    before, after = (material.joints[side[rows]] for side in (material.start, material.end))
    found = nearest_changes(material, before, after, alone=False)
    same = {
        (int(material.start[r]), int(material.end[r])): set() for r in range(len(material.texts))
    }
    for r, text in enumerate(material.texts):
        same[int(material.start[r]), int(material.end[r])].add(text)
    for row, text in zip(rows, found, strict=True):
        assert text in same[int(material.start[row]), int(material.end[row])]


PLAN = MaterialPlan(bodies=0, pairs=30, alone=20, seed=2)


def test_material_keeps_the_sides_and_starts_single_poses_from_standing():
    found = rule_material(bodies(20), PLAN)
    assert len(found.joints) == 41
    assert (found.start[found.alone] == 40).all()
    assert not (found.end == 40).any()
    twice = joined(found, found)
    assert len(twice.texts) == 2 * len(found.texts)
    assert (twice.start[twice.alone] == 80).all()
    assert np.array_equal(twice.joints[twice.end[len(found.texts) :]], found.joints[found.end])
    pairs = near_pairs(bodies(20), 15, np.random.default_rng(0))
    assert (pairs[:, 0] != pairs[:, 1]).all()


@pytest.mark.slow
def test_the_nearest_text_gives_its_body_and_the_autoencoder_learns():
    lab = small_lab()
    material = rule_material(bodies(20), PLAN)
    lab.pieces = type(lab.pieces).of_texts(material.texts, common=0)
    bags = WordBags(lab.pieces, material.texts)
    row = int(np.flatnonzero(~material.alone)[3])
    found = nearest_texts(bags, material, [material.texts[row]], alone=False)
    assert np.array_equal(found[0], material.joints[material.end[row]])
    told: list[float] = []

    def listen(event):
        told.append(float(event.message.split()[0]))

    vae = train_edit_vae(bags, material, steps=100, batch=24, on_event=listen)
    assert told[-1] < 0.85 * told[0]
    start = bone_directions(torch.from_numpy(material.joints[:2]))
    drawn = vae.bodies(start, torch.from_numpy(bags(material.texts[:2])), draws=3)
    assert drawn.shape == (3, 2, 21, 3)
    assert not torch.equal(drawn[0], drawn[1])


@pytest.mark.slow
def test_one_sequence_of_codes_brings_bodies_back_nearer_than_their_mean():
    settings = SequenceSettings(length=16, codes=64, hidden=64, steps=250, batch=64, lr=3e-3)
    known = on_standard_body(bodies(80))
    codes = train_sequence_codes(known, settings)
    found = codes.encode(known)
    assert found.shape == (80, 16)
    error = mean_joint_distance(codes.decode(found), known).mean()
    assert error < 0.75 * mean_joint_distance(known.mean(0), known).mean()


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """With a second held-out split, of the same poses: for a scorer of nonsense."""
    root = tmp_path_factory.mktemp("lab") / "data"
    posed_dataset(root)
    for folder in ("captions", "image_splits"):
        (root / folder / "test.json").write_bytes((root / folder / "val.json").read_bytes())
    return open_dataset(root)


@pytest.mark.slow
def test_words_in_common_are_told_beside(monkeypatch):
    asked = TextsAsked("t", [Body(bodies(2)[0])], [Body(bodies(2)[1])], [["raise the left arm"]])
    monkeypatch.setattr(text_metrics, "meteor", lambda texts, references: 12.34)
    row = given_row(asked, "own", ["raise the left arm"], scorer=None)
    assert row.note == "BLEU-4 100.0, ROUGE-L 100.0, METEOR 12.3 against the texts by rules"


def test_queries_hold_references_and_targets_apart(dataset):
    found = lab_queries(dataset, "val", "sents", limit=5)
    assert len(found.texts) == 5
    assert (found.reference != found.target).all()
    assert found.start.shape == found.true.shape == (5, 22, 3)
    assert len(found.references()) == 5


@pytest.mark.slow
def test_every_row_is_measured(dataset):
    rows = lab_rows(
        small_lab(),
        dataset,
        LabEvaluation("test", limit=3, likeness=False),
        plan=PLAN,
        vae_steps=3,
        sequence=SequenceSettings(length=4, codes=8, hidden=16, steps=3, batch=8),
        scoring=PairTextSettings(width=16, features=8, steps=3, batch=8),
    )
    edited = {row.method: row for row in rows if row.task.startswith("pose and text")}
    copied = edited["copy of the reference"].values
    assert copied["better than copy %"].mean == 0
    assert copied["MPJPE mm"].mean > 0
    assert {"cVAE, mean", "nearest training text", "pose-lm, codes"} <= set(edited)
    inverse = edited["inverse by rules, from the reference"].values
    assert inverse["claims true %"].mean > copied["claims true %"].mean
    best, mean = (edited[n].values["MPJPE mm"].mean for n in ("cVAE, best of 30", "cVAE, mean"))
    assert best < mean
    tasks = {row.task for row in rows}
    assert {"pose tokenizer", "text to pose", "pair to text", "pose to text", "time"} <= tasks
    by_rules = next(
        r for r in rows if r.task == "pair to text" and r.method.startswith("the rules")
    )
    assert by_rules.values["contradicted %"].mean < 5 < 90 < by_rules.values["claims true %"].mean


@pytest.mark.slow
def test_the_command_prints_tables(dataset, tmp_path, capsys):
    folder = save_pose_lab(tmp_path / "lab", small_lab(), metrics={}, card="")
    asked = [
        "evaluate-lab",
        "--checkpoint",
        str(folder),
        "--dataset",
        str(dataset.root),
        "--split",
        "val",
    ]
    with pytest.raises(SystemExit) as left:
        main([*asked, "--limit", "2", "--no-baselines", "--no-likeness"])
    assert left.value.code == 0
    assert "| copy of the reference |" in capsys.readouterr().out
    with pytest.raises(SystemExit) as left:
        main([*asked, "--key", "mllm"])
    assert left.value.code == 1
    assert 'no pair with joints and a text "mllm"' in capsys.readouterr().err
