"""What the pose language model takes from a checkpoint, and all seven tasks as lessons."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from autocompose.body.skeleton import mirror
from autocompose.data.wish_files import ToldWish
from autocompose.errors import ConfigError, TrainingError
from autocompose.lab.learning import lab_run
from autocompose.lab.learning.lab_run import train_lab
from autocompose.lab.learning.lab_stage import StagePlan
from autocompose.lab.learning.lessons import POSE_TASKS, Lessons, LossWeights, pose_loss
from autocompose.lab.learning.material import captioned_material
from autocompose.lab.learning.warm_start import start_from_tower
from autocompose.lab.lm.instructions import LabTask
from autocompose.lab.lm.pieces import Pieces
from autocompose.lab.lm.pose_lm import PoseLM, PoseLMConfig
from tests.lab_fakes import QUICK, SMALL, posed_dataset, small_lab
from tests.model_fakes import tiny_model, tiny_towers

NARROW = PoseLMConfig(width=16, layers=2, heads=2, levels=2, codes=16)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return posed_dataset(tmp_path_factory.mktemp("lab") / "data")


def test_texts_are_read_as_the_text_tower_reads_them():
    towers = tiny_towers()
    text = "raise the left arm and lean"
    pieces = Pieces.of_texts([text], common=0)
    model = PoseLM(NARROW, words=len(pieces), writable=pieces.writable).eval()
    start_from_tower(model, towers, pieces)
    model.segments.data.zero_()
    kept: list[torch.Tensor] = []
    model.blocks[-1].register_forward_hook(lambda module, given, out: kept.append(out))
    theirs: list[torch.Tensor] = []
    towers.clip.transformer.register_forward_hook(lambda module, given, out: theirs.append(out))
    with torch.inference_mode():
        model.run([], pieces.read([text], longest=20), asked=False)
        towers.encode_text(towers.tokenize([text]))
    assert torch.allclose(kept[0], theirs[0], atol=1e-5)


def test_a_tower_of_another_width_is_refused():
    pieces = Pieces.of_texts(["squat"], common=0)
    model = PoseLM(SMALL, words=len(pieces), writable=pieces.writable)
    with pytest.raises(TrainingError, match="width 32"):
        start_from_tower(model, tiny_towers(), pieces)


def test_all_stages_run_with_the_towers_of_a_checkpoint(dataset, tmp_path):
    plan = replace(QUICK, model=NARROW)
    lab = train_lab(dataset, tmp_path / "lab", plan, checkpoint=tiny_model())
    assert lab.model.config.picture == 16
    assert lab.about["started_from"] == tiny_model().fingerprint
    assert {"stage 2", "stage 3", "stage 4"} <= set(lab.about["seconds"])
    assert (tmp_path / "lab" / "progress" / "stage-3.pt").exists()


def test_a_trained_model_goes_on_with_its_tokenizer_and_words(dataset, tmp_path):
    wide = replace(QUICK, model=PoseLMConfig(width=16, layers=1, heads=2, levels=2, codes=16))
    first = small_lab()
    plan = replace(wide, align=StagePlan(0, {}), pictures=StagePlan(0, {}))
    lab = train_lab(dataset, tmp_path / "lab", plan, start=first)
    assert lab.codes is first.codes
    assert lab.pieces is first.pieces
    assert lab.model.config == first.model.config
    assert set(lab.about["seconds"]) == {"tokenizer", "texts", "reading texts", "stage 4"}
    own, before = lab.model.state_dict(), first.model.state_dict()
    assert not torch.equal(own["blocks.0.qkv.weight"], before["blocks.0.qkv.weight"])
    off = (own["blocks.0.qkv.weight"] - before["blocks.0.qkv.weight"]).abs().max()
    assert off < 0.05, "it began anew"


def test_a_model_that_reads_other_pictures_is_no_start(dataset, tmp_path):
    first = small_lab(replace(SMALL, picture=8))
    with pytest.raises(ConfigError, match="pictures as 8 numbers, the checkpoint gives 16"):
        train_lab(dataset, tmp_path / "lab", QUICK, checkpoint=tiny_model(), start=first)


def test_each_task_is_a_lesson_and_its_loss_reaches_what_it_should(dataset):
    lab = small_lab(replace(SMALL, picture=8))
    material, names = captioned_material(dataset.pairs("train"))
    assert len(names) == 12
    assert material.pictures.max() == 11
    lessons = Lessons(material, lab.pieces, lab.codes, pictures=torch.randn(12, 8))
    rng = np.random.default_rng(0)
    for task in LabTask:
        assert lessons.has(task), task
        lab.model.zero_grad()
        if task in POSE_TASKS:
            answer = lessons.pose_batch(lab.model, task, 3, rng=rng)
            loss, off = pose_loss(lab.model, lessons, [answer], weights=LossWeights())
            assert 0 < off < 2
        else:
            loss = lessons.text_batch(lab.model, task, 3, rng=rng)
        loss.backward()
        learns = {n for n, p in lab.model.named_parameters() if p.grad is not None and p.grad.any()}
        assert ("picture_in.weight" in learns) == task.value.startswith("picture")
        assert ("word_head.weight" in learns) == (task not in POSE_TASKS)
        assert ("bone_head.weight" in learns) == (task in POSE_TASKS)
        assert ("level_heads.1.1.weight" in learns) == (task in POSE_TASKS)


def test_without_features_no_lesson_is_about_pictures(dataset):
    lab = small_lab()
    material, _ = captioned_material(dataset.pairs("train"))
    lessons = Lessons(material, lab.pieces, lab.codes)
    assert not any(lessons.has(task) for task in LabTask if task.value.startswith("picture"))


def test_a_mirrored_caption_starts_and_ends_at_mirrored_bodies(dataset):
    material, _ = captioned_material(dataset.pairs("train"))
    own = material.texts.index("raise the right arm 0 times")
    twin = material.texts.index("raise the left arm 0 times")
    back = material.texts.index("lower the right arm 0 times")
    for rows in (material.start, material.end):
        there, mirrored = material.joints[rows[own]], material.joints[rows[twin]]
        assert np.allclose(mirrored, mirror(there.astype(np.float64)), atol=1e-5)
        assert not np.allclose(mirrored, there, atol=1e-2)
    assert material.start[back] == material.end[own]
    assert material.end[back] == material.start[own]
    assert material.pictures[own].tolist() == [0, 1]
    assert material.pictures[twin].tolist() == [-1, -1]


def test_wishes_are_read_and_never_written(dataset):
    pair = dataset.pairs("train")[0]
    wishes = [
        ToldWish(pair.reference, pair.target, ("left arm higher",)),
        ToldWish(None, pair.target, ("wave the left hand", "left the floor, right?")),
    ]
    material, names = captioned_material(dataset.pairs("train"), wishes)
    typed = [
        text for text, is_typed in zip(material.texts, material.typed, strict=True) if is_typed
    ]
    assert typed == [
        "left arm higher", "right arm higher", "wave the left hand", "left the floor, right?",
        "wave the right hand",
    ]  # fmt: skip
    edit, twin, act, _, twin_act = np.flatnonzero(material.typed)
    standing, end = len(material.joints) - 1, names.index(pair.target.id)
    assert material.start[[act, twin_act]].tolist() == [standing, standing]
    assert material.alone[[edit, twin, act, twin_act]].tolist() == [False, False, True, True]
    assert material.end[[edit, act]].tolist() == [end, end]
    for row in (twin, twin_act):
        there = material.joints[end].astype(np.float64)
        assert np.allclose(material.joints[material.end[row]], mirror(there), atol=1e-5)
    lab = small_lab()
    lessons = Lessons(material, lab.pieces, lab.codes)

    def drawn(task):
        rng = np.random.default_rng(0)
        return {row for _ in range(60) for row in lessons.drawn(task, 20, rng).tolist()}

    assert edit in drawn(LabTask.EDIT)
    assert act in drawn(LabTask.TEXT_TO_POSE)
    for task in (LabTask.PAIR_TO_TEXT, LabTask.POSE_TO_TEXT):
        assert not drawn(task) & {*np.flatnonzero(material.typed).tolist()}


@pytest.mark.parametrize("able", [False, True])
def test_products_are_halved_only_where_the_processor_is_made_for_it(
    able, dataset, tmp_path, monkeypatch
):
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: able)
    halved: list[bool] = []
    monkeypatch.setattr(
        lab_run, "train_stage", lambda *given, bfloat16, **told: halved.append(bfloat16)
    )
    train_lab(dataset, tmp_path / "lab", replace(QUICK, bfloat16=True))
    assert set(halved) == {able}
