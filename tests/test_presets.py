"""The presets, and what the command line makes of them."""

import json
import re
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from autocompose.cli import main
from autocompose.config import TrainConfig
from autocompose.data.triplets import Experiment, SamplingMode
from autocompose.errors import ConfigError
from autocompose.model import towers as towers_module
from autocompose.training import run as train_module
from autocompose.training.presets import PRESETS, preset, with_file, with_texts
from tests.model_fakes import scripted, tiny_towers


def run(*args: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(arg) for arg in args])
    return left.value.code


def test_paper_is_run_sh_of_the_official_code():
    model, train = preset("paper")
    assert (model.backbone, model.transform) == ("RN50", "squarepad")
    assert (model.projection_dim, model.hidden_dim) == (2560, 5120)
    assert (train.text_lr, train.text_epochs, train.text_batch) == (2e-6, 50, 128)
    assert (train.combiner_lr, train.combiner_epochs, train.combiner_batch) == (2e-5, 100, 512)
    assert (train.cycle, train.cycle_weight, train.logit_scale) == (True, 0.5, 100.0)
    assert train.mode == "mllm-mirror-reverse_3"
    assert (train.image_epochs, train.pretrain_steps) == (0, 0)
    assert model.pretrained is None  # chosen by the user, never random: see below


def test_best_is_the_demo_with_what_won_and_for_its_backbone_alone():
    best, demo = preset("best"), preset("demo")
    assert best.model == demo.model
    there = asdict(demo.train)
    switched = {name for name, value in asdict(best.train).items() if value != there[name]}
    assert switched == {"cycle", "image_epochs", "pretrain_steps", "pretrain_pairs"}
    assert not best.train.cycle
    with pytest.raises(ConfigError, match="ViT-B-16; use --preset paper"):
        preset("best", "ViT-B-16")


def test_another_backbone_keeps_the_rest_of_a_preset():
    assert preset("paper", "RN101").train == preset("paper").train
    assert preset("paper", "RN101").model.backbone == "RN101"
    assert preset("demo", None) is preset("demo", "pose-mini") is PRESETS["demo"]


def test_an_unknown_preset_lists_the_known_ones():
    with pytest.raises(ConfigError, match=f'"huge".*{", ".join(PRESETS)}'):
        preset("huge")


@pytest.mark.parametrize(
    ("name", "mode", "cycle"),
    [
        ("human-1", "human_1", False),
        ("auto-3", "auto_3", False),
        ("auto-3-cycle", "auto-reverse_3", True),
        ("mllm_3", "mllm_3", None),
        ("mllm-mirror-reverse_3", "mllm-mirror-reverse_3", None),
        ("mllm-mirror-reverse_3-cycle", "mllm-mirror-reverse_3", True),
        ("mllm-reverse_5-cycle", "mllm-reverse_5", True),
    ],
)
def test_the_names_of_official_experiments_are_read(name, mode, cycle):
    assert Experiment.parse(name) == Experiment(SamplingMode.parse(mode), cycle)


def test_texts_are_chosen_by_mode_source_and_cycle():
    paper = TrainConfig()
    assert with_texts(paper) == paper
    assert with_texts(PRESETS["demo"].train) == PRESETS["demo"].train
    assert with_texts(paper, mode="human-1").cycle is False
    assert with_texts(paper, mode="mllm-reverse_2").cycle is True
    assert with_texts(paper, mode="auto-3-cycle").source == "auto"
    assert with_texts(paper, source="auto").mode == "auto-mirror-reverse_3"
    assert with_texts(paper, cycle=False).cycle is False
    for choice in (
        {"mode": "auto-3-cycle", "cycle": False},
        {"mode": "human-1", "cycle": True},
        {"mode": "human-1-cycle"},
        {"mode": "auto-3-cycle", "source": "mllm"},
    ):
        with pytest.raises(ConfigError):
            with_texts(paper, **choice)


@pytest.fixture
def root(tmp_path):
    for folder in ("images", "captions", "image_splits"):
        (tmp_path / "data" / folder).mkdir(parents=True)
    return tmp_path / "data"


@pytest.mark.parametrize("backbone", ["RN50", "RN101", "ViT-B-32", "ViT-B-16"])
def test_paper_without_weights_is_one_line_that_says_how_to_get_them(
    backbone, root, tmp_path, capsys
):
    args = ["--preset", "paper", "--backbone", backbone, "--dataset", root]
    assert run("train", *args, "--out", tmp_path / "out") == 1
    captured = capsys.readouterr()
    assert re.fullmatch(r"error: .*--pretrained openai.*--pretrained FILE.*\n", captured.err)
    assert backbone in captured.err
    assert not (tmp_path / "out").exists()


@pytest.fixture
def told(monkeypatch):
    """What the training would be started with."""
    seen = {}
    monkeypatch.setattr(
        train_module, "train", lambda dataset, out, **settings: seen.update(settings)
    )
    return seen


def test_every_option_reaches_the_training(told, root, tmp_path):
    args = ["--dataset", root, "--out", tmp_path / "o", "--preset", "paper"]
    more = ["--backbone", "ViT-B-16", "--pretrained", "openai", "--mode", "mllm-reverse_2"]
    assert run("train", *args, *more, "--no-cycle", "--seed", "7", "--cycle-weight", "0.3") == 0
    model, config = told["model"], told["config"]
    assert (model.backbone, model.pretrained) == ("ViT-B-16", "openai")
    assert (config.mode, config.cycle, config.cycle_weight, config.seed) == (
        "mllm-reverse_2",
        False,
        0.3,
        7,
    )
    assert config.text_epochs == 50


def test_a_settings_file_stands_over_the_preset_and_options_over_the_file(told, root, tmp_path):
    file = tmp_path / "mine.json"
    file.write_text(
        json.dumps(
            {
                "model": {"joints": True, "long_texts": "chunks", "hidden_dim": 64},
                "train": {"symmetric": True, "negatives": ["sides"], "text_lr": 1, "seed": 3},
            }
        )
    )
    args = ["--dataset", root, "--out", tmp_path / "o", "--config", file]
    assert run("train", *args, "--seed", "9") == 0
    model, config = told["model"], told["config"]
    assert (model.joints, model.long_texts, model.hidden_dim) == (True, "chunks", 64)
    assert (config.symmetric, config.negatives, config.text_lr) == (True, ("sides",), 1)
    assert (config.seed, config.combiner_epochs) == (9, PRESETS["demo"].train.combiner_epochs)
    assert model.backbone == "pose-mini"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not a readable JSON file"),
        ("[1]", 'expected {"model"'),
        ('{"training": {}}', '"training" is unknown; use model and train'),
        ('{"train": {"symetric": true}}', "TrainConfig has no setting symetric"),
        ('{"model": {"heads": 2}}', "ModelConfig has no setting heads"),
        ('{"train": {"symmetric": 1}}', "train.symmetric must be true or false, not 1"),
        ('{"train": {"text_epochs": true}}', "train.text_epochs must be a whole number, not true"),
        ('{"train": {"text_lr": "2"}}', 'train.text_lr must be a number, not "2"'),
        ('{"train": {"text_lr": -1}}', "text_lr -1 is not above 0"),
        ('{"train": {"combiner_batch": 0}}', "combiner_batch 0 is too small; use 1 or more"),
        ('{"train": {"negatives": "sides"}}', 'must be a list of names, not "sides"'),
        ('{"train": {"negatives": ["up"]}}', 'negatives "up" is unknown'),
        ('{"model": {"backbone": 3}}', "model.backbone must be a text, not 3"),
    ],
)
def test_a_wrong_settings_file_is_one_line(content, message, root, tmp_path, capsys):
    file = tmp_path / "mine.json"
    file.write_text(content)
    args = ["--dataset", root, "--out", tmp_path / "o", "--config", file]
    assert run("train", *args) == 1
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.count("\n") == 1
    assert not (tmp_path / "o").exists()


def test_an_official_experiment_name_sets_source_views_and_cycle(told, root, tmp_path):
    args = ["--dataset", root, "--out", tmp_path / "o", "--preset", "paper"]
    assert run("train", *args, "--pretrained", "openai", "--mode", "auto-2-cycle") == 0
    config = told["config"]
    assert (config.source, config.mode, config.cycle) == ("auto", "auto-reverse_2", True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--mode", "mllm"], "no number of texts"),
        (["--mode", "mllm_0"], "outside 1..5"),
        (["--mode", ""], "no number of texts"),
        (["--mode", "human_3", "--source", "mllm"], "contradicts"),
        (["--source", "robot"], "unknown"),
        (["--preset", "huge"], "unknown"),
        (["--cycle-weight", "1.5"], "outside 0..1"),
        (["--backbone", "RN9000", "--pretrained", "openai"], "unknown"),
    ],
)
def test_an_illegal_choice_is_one_line(options, message, root, tmp_path, capsys):
    assert run("train", "--dataset", root, "--out", tmp_path / "o", *options) == 1
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.count("\n") == 1
    assert not (tmp_path / "o").exists()


def test_the_help_says_that_the_papers_omega_is_the_other_weight(capsys):
    assert run("train", "--help") == 0
    shown = re.sub(r"[^\w=·+() -]+", " ", capsys.readouterr().out)
    assert "omega = 1-w" in re.sub(r"\s+", " ", shown)


@pytest.mark.parametrize("how", ["fine-tuned", "openai", "TorchScript", "safetensors"])
def test_a_local_file_starts_a_backbone(tmp_path, monkeypatch, how):
    monkeypatch.setattr(towers_module, "towers_from_config", lambda *a, **k: tiny_towers(seed=1))
    wanted = tiny_towers(seed=2).clip.state_dict()
    path = tmp_path / ("weights.safetensors" if how == "safetensors" else "weights.pt")
    if how == "fine-tuned":
        torch.save({"epoch": 49, "CLIP": wanted}, path)
    elif how == "openai":
        torch.save({**wanted, "input_resolution": torch.tensor(32)}, path)
    elif how == "TorchScript":
        scripted(wanted, path)
    else:
        save_file({name: tensor.contiguous() for name, tensor in wanted.items()}, path)
    built = towers_module.build_towers("RN50", pretrained=str(path))
    assert all(torch.equal(built.clip.state_dict()[name], t) for name, t in wanted.items())


def test_the_settings_of_a_checkpoint_train_the_same_again():
    file = Path(__file__).parents[1] / "checkpoints" / "pose-mini" / "config.json"
    saved = json.loads(file.read_text())["train"]
    again = with_file(PRESETS["paper"], file)
    assert again.model.backbone == "pose-mini"
    trained = json.loads(json.dumps(asdict(again.train)))
    assert {name: trained[name] for name in saved} == saved
