import json
import shutil

import pytest
import torch

from autocompose.config import TrainConfig
from autocompose.errors import CheckpointError
from autocompose.model import checkpoint as checkpoint_module
from autocompose.model.checkpoint import (
    load_checkpoint,
    load_official_combiner,
    read_checkpoint_info,
    record_metrics,
    save_checkpoint,
)
from tests.model_fakes import PARITY, tiny_model


@pytest.fixture
def saved(tmp_path):
    model = tiny_model()
    folder = tmp_path / "model"
    save_checkpoint(folder, model, train=TrainConfig(), metrics={"recall": {"1": 9.5}}, card="# A")
    return folder, model


def test_a_recorded_report_joins_the_metrics_and_leaves_the_model(saved):
    folder, model = saved
    record_metrics(folder, "test", {"num_queries": 3})
    assert read_checkpoint_info(folder).metrics == {
        "recall": {"1": 9.5},
        "test": {"num_queries": 3},
    }
    assert load_checkpoint(folder).fingerprint == model.fingerprint
    with pytest.raises(CheckpointError):
        record_metrics(folder / "nowhere", "test", {})


@pytest.mark.parametrize("combiner", [True, False])
def test_a_loaded_model_computes_what_the_saved_one_did(tmp_path, combiner):
    model = tiny_model(combiner=combiner)
    save_checkpoint(tmp_path, model, train=None, metrics={}, card="")
    loaded = load_checkpoint(tmp_path)
    assert not loaded.training
    assert loaded.config == model.config
    assert (loaded.combiner is None) is not combiner
    assert {p.dtype for p in loaded.parameters()} == {torch.float32}
    pixels = torch.randn(2, 3, 32, 32)
    tokens = model.towers.tokenize(["bend", "turn left"])
    with torch.inference_mode():
        results = [
            m.compose(m.towers.encode_image(pixels), m.towers.encode_text(tokens))
            for m in (model, loaded)
        ]
    assert torch.nn.functional.cosine_similarity(*results).min() > 0.999


def test_the_fingerprint_survives_saving_and_follows_every_weight(saved, tmp_path):
    folder, model = saved
    loaded = load_checkpoint(folder)
    assert model.fingerprint == loaded.fingerprint == load_checkpoint(folder).fingerprint
    assert model.fingerprint == read_checkpoint_info(folder).fingerprint
    again = tmp_path / "again"
    assert save_checkpoint(again, loaded, train=None, metrics={}, card="") == model.fingerprint
    with torch.no_grad():
        next(loaded.towers.text_parameters()).mul_(1.5)
    assert loaded.fingerprint != model.fingerprint
    assert tiny_model(seed=5).fingerprint != model.fingerprint
    assert tiny_model(combiner=False).fingerprint != model.fingerprint


def test_batch_counters_and_large_statistics_survive_float16(tmp_path):
    model = tiny_model()
    visual = model.towers.image_tower
    counters = {k: v for k, v in visual.state_dict().items() if k.endswith("num_batches_tracked")}
    assert counters
    for counter in counters.values():
        counter.fill_(123_456)
    next(v for k, v in visual.state_dict().items() if k.endswith("running_var")).fill_(1e6)
    save_checkpoint(tmp_path, model, train=None, metrics={}, card="")
    state = load_checkpoint(tmp_path).towers.image_tower.state_dict()
    assert all(int(state[name]) == 123_456 for name in counters)
    assert all(bool(torch.isfinite(v.float()).all()) for v in state.values())
    assert next(v for k, v in state.items() if k.endswith("running_var")).max() == 1e6


def test_the_folder_says_what_it_holds_and_has_no_leftovers(saved):
    folder, _ = saved
    info = read_checkpoint_info(folder)
    assert info.train == TrainConfig()
    assert info.metrics == {"recall": {"1": 9.5}}
    assert info.card == "# A"
    assert sorted(p.name for p in folder.iterdir()) == [
        "card.md",
        "combiner.safetensors",
        "config.json",
        "image_tower.safetensors",
        "metrics.json",
        "text_tower.safetensors",
    ]


def test_large_parts_are_split_over_files_and_a_smaller_save_clears_them(saved, monkeypatch):
    folder, model = saved
    monkeypatch.setattr(checkpoint_module, "MAX_FILE_BYTES", 4000)
    fingerprint = save_checkpoint(folder, model, train=None, metrics={}, card="")
    assert (folder / "image_tower.2.safetensors").is_file()
    assert load_checkpoint(folder).fingerprint == fingerprint == model.fingerprint
    monkeypatch.undo()
    save_checkpoint(folder, model, train=None, metrics={}, card="")
    assert not (folder / "image_tower.2.safetensors").exists()
    assert load_checkpoint(folder).fingerprint == fingerprint


def break_checkpoint(folder, how):
    config = json.loads((folder / "config.json").read_text())
    weights = folder / "text_tower.safetensors"
    if how == "cut weights":
        weights.write_bytes(weights.read_bytes()[:1000])
    elif how == "missing weights":
        weights.unlink()
    elif how == "one changed byte":
        content = bytearray(weights.read_bytes())
        content[-5] ^= 1
        weights.write_bytes(content)
    elif how == "another model's weights":
        save_checkpoint(folder / "x", tiny_model(3), train=None, metrics={}, card="")
        shutil.copy(folder / "x" / weights.name, weights)
    elif how == "no JSON":
        (folder / "config.json").write_text("{")
    elif how == "a list":
        (folder / "config.json").write_text("[]")
    elif how == "unknown setting":
        config["model"]["colour"] = "red"
        (folder / "config.json").write_text(json.dumps(config))
    elif how == "file outside":
        config["files"]["text_tower"] = ["../secret.safetensors"]
        (folder / "config.json").write_text(json.dumps(config))
    elif how == "missing key":
        del config["architecture"]
        (folder / "config.json").write_text(json.dumps(config))
    elif how == "newer format":
        config["format"] = 99
        (folder / "config.json").write_text(json.dumps(config))


@pytest.mark.parametrize(
    "how",
    [
        "cut weights",
        "missing weights",
        "one changed byte",
        "another model's weights",
        "no JSON",
        "a list",
        "unknown setting",
        "file outside",
        "missing key",
        "newer format",
    ],
)
def test_a_broken_checkpoint_is_one_line_with_a_way_out(saved, how):
    folder, _ = saved
    break_checkpoint(folder, how)
    with pytest.raises(CheckpointError, match=r"checkpoints/pose-mini|update it") as caught:
        load_checkpoint(folder)
    assert "\n" not in str(caught.value)


def test_a_missing_checkpoint_says_how_to_get_one(tmp_path):
    with pytest.raises(CheckpointError, match="autocompose train"):
        load_checkpoint(tmp_path / "nowhere")


def test_an_interrupted_save_leaves_the_old_checkpoint_whole(saved, monkeypatch):
    folder, model = saved
    before = model.fingerprint

    def stop(handle):
        raise OSError("disk full")

    monkeypatch.setattr(checkpoint_module.os, "fsync", stop)
    with pytest.raises(CheckpointError, match="disk full"):
        save_checkpoint(folder, tiny_model(9), train=None, metrics={}, card="")
    monkeypatch.undo()
    assert load_checkpoint(folder).fingerprint == before
    assert not list(folder.glob(".writing-*"))


@pytest.mark.parametrize("kind", ["rn", "vit"])
def test_an_official_combiner_file_loads_with_its_own_dimensions(kind):
    import numpy as np

    combiner = load_official_combiner(PARITY / "clip" / f"{kind}_combiner_99.pt")
    stored = np.load(PARITY / "clip" / "io.npz")
    images = torch.from_numpy(stored[f"{kind}/image_features"])
    texts = torch.from_numpy(stored[f"{kind}/text_features"])[:5]
    expected = torch.from_numpy(stored[f"{kind}/combined_image_i_text_i"])
    torch.testing.assert_close(combiner.combine(images, texts), expected, atol=1e-4, rtol=0)


def test_a_file_that_is_no_official_combiner_is_refused(tmp_path):
    torch.save({"CLIP": {}}, tmp_path / "clip.pt")
    (tmp_path / "text.pt").write_text("hello")
    for name in ("clip.pt", "text.pt", "gone.pt"):
        with pytest.raises(CheckpointError, match=name):
            load_official_combiner(tmp_path / name)
