import gzip
import json

import numpy as np
import pytest
import torch

from autocompose.config import ModelConfig, to_json
from autocompose.errors import CheckpointError, ConfigError
from autocompose.model import towers as towers_module
from autocompose.model.towers import (
    BACKBONES,
    RANDOM,
    build_towers,
    crop_tokens,
    towers_from_config,
)
from tests.model_fakes import PARITY, tiny_architecture, tiny_towers

TEXTS = [
    "bend the left knee",
    "raise both arms above the head and look to the right",
    "",
    "step forward " * 60,
]


@pytest.mark.parametrize("kind", ["rn", "vit"])
def test_official_clip_weights_give_the_official_features(kind):
    meta = json.loads((PARITY / "clip" / "meta.json").read_text())
    given = meta["checkpoints"][kind]["config"]
    vision = {
        "image_size": given["image_resolution"],
        "layers": given["vision_layers"],
        "width": given["vision_width"],
        "head_width": 64,
    }
    if given["vision_patch_size"]:
        vision["patch_size"] = given["vision_patch_size"]
    text = {
        "width": given["transformer_width"],
        "heads": given["transformer_heads"],
        "layers": given["transformer_layers"],
    }
    towers = towers_from_config(
        kind,
        {
            "embed_dim": given["embed_dim"],
            "vision_cfg": vision,
            "text_cfg": text,
            "quick_gelu": True,
        },
    ).eval()
    (file,) = (PARITY / "clip").glob(f"{kind}_tuned_clip_*.pt.gz")
    with gzip.open(file) as stream:
        saved = torch.load(stream, map_location="cpu", weights_only=True)
    towers.clip.load_state_dict(saved["CLIP"], strict=True)
    stored = np.load(PARITY / "clip" / "io.npz")
    with torch.inference_mode():
        images = towers.encode_image(torch.from_numpy(stored[f"{kind}/images"]))
        texts = towers.encode_text(torch.from_numpy(stored["tokens"]).long())
    tolerance = 3e-4 if kind == "rn" else 1e-4
    assert np.abs(images.numpy() - stored[f"{kind}/image_features"]).max() < tolerance
    assert np.abs(texts.numpy() - stored[f"{kind}/text_features"]).max() < 1e-4
    tokens = towers.tokenize(meta["texts"])
    assert torch.equal(tokens, torch.from_numpy(stored["tokens"]).long())


@pytest.mark.parametrize("custom_text", [False, True])
def test_cropping_to_the_longest_caption_changes_nothing(custom_text):
    towers = tiny_towers(custom_text=custom_text)
    tokens = towers.tokenize(TEXTS[:3])
    cropped = crop_tokens(tokens)
    assert tokens.shape == (3, 77)
    assert cropped.shape[1] < 20
    with torch.inference_mode():
        full = towers.encode_text(tokens, crop=False)
        theirs = towers.clip.encode_text(tokens)  # pyright: ignore[reportCallIssue]
        short = towers.encode_text(cropped)
    torch.testing.assert_close(full, theirs, atol=1e-6, rtol=0)
    torch.testing.assert_close(short, full, atol=1e-5, rtol=0)


def test_features_are_raw_and_a_batch_equals_its_singles():
    towers = tiny_towers()
    pixels = torch.randn(3, 3, 32, 32)
    with torch.inference_mode():
        together = towers.encode_image(pixels)
        alone = torch.cat([towers.encode_image(row[None]) for row in pixels])
        text = towers.encode_text(towers.tokenize(TEXTS))
        one = torch.cat([towers.encode_text(towers.tokenize([t])) for t in TEXTS])
    assert together.shape == text[:3].shape == (3, towers.feature_dim)
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(text, one, atol=1e-5, rtol=1e-4)
    assert not torch.allclose(together.norm(dim=-1), torch.ones(3), atol=1e-3)


def test_the_words_beyond_77_tokens_are_named():
    towers = tiny_towers()
    assert towers.truncated_words("bend the left knee") == ""
    assert towers.truncated_words(" ".join(["knee"] * 75)) == ""
    words = [*["knee"] * 74, "ankle", "left", "foot"]
    assert towers.truncated_words(" ".join(words)) == "left foot"
    # What is named is what changes nothing when it is left away.
    read = " ".join(words[:75])
    assert torch.equal(towers.tokenize([read]), towers.tokenize([" ".join(words)]))


def test_text_parameters_leave_the_image_tower_and_the_scale_out():
    towers = tiny_towers()
    text = {id(p) for p in towers.text_parameters()}
    image = {id(p) for p in towers.image_tower.parameters()}
    assert not text & image
    assert len(text) + len(image) + 1 == len(list(towers.parameters()))


def test_an_unknown_backbone_lists_the_known_ones():
    with pytest.raises(ConfigError, match=r"RN99.*pose-mini, RN50, RN101, ViT-B-32, ViT-B-16"):
        build_towers("RN99")


@pytest.mark.parametrize("name", [n for n in BACKBONES if n != "pose-mini"])
def test_every_published_backbone_has_a_quick_gelu_architecture(name, monkeypatch):
    built = {}

    def remember(name, architecture, **rest):
        built.update(architecture)
        return tiny_towers()

    monkeypatch.setattr(towers_module, "towers_from_config", remember)
    build_towers(name.replace("ViT-B-", "ViT-B/"), pretrained=RANDOM)
    assert built["quick_gelu"] is True
    assert built["embed_dim"] == (1024 if name == "RN50" else 512)


@pytest.mark.parametrize("name", [n for n in BACKBONES if n != "pose-mini"])
def test_a_clip_backbone_without_weights_says_how_to_get_them(name):
    with pytest.raises(CheckpointError, match=f"{name}.*--pretrained openai.*--pretrained FILE"):
        build_towers(name)


def test_pose_mini_is_built_by_name_and_known_to_open_clip():
    towers = build_towers("pose-mini")
    assert towers.feature_dim == towers.architecture["embed_dim"]
    size = towers.image_size
    with torch.inference_mode():
        assert towers.encode_image(torch.zeros(1, 3, size, size)).shape == (1, towers.feature_dim)
        assert towers.encode_text(towers.tokenize(["turn"])).shape == (1, towers.feature_dim)
    assert "pose-mini" in towers_module.open_clip.list_models()


def test_pose_mini_reads_pictures_of_the_size_that_is_asked_for():
    towers = build_towers("pose-mini", image_size=160)
    assert towers.image_size == towers.architecture["vision_cfg"]["image_size"] == 160
    with torch.inference_mode():
        assert towers.encode_image(torch.zeros(1, 3, 160, 160)).shape == (1, towers.feature_dim)
    assert build_towers("pose-mini").image_size == 128  # the other was a copy
    for wrong in (
        {"image_size": 100},
        {"image_size": 640},
        {"backbone": "RN50", "image_size": 160},
    ):
        with pytest.raises(ConfigError, match="image_size"):
            ModelConfig(**wrong)
    assert "image_size" not in to_json(ModelConfig())  # fingerprints stay what they were


def test_a_missing_download_ends_in_one_line_with_both_ways_out(monkeypatch):
    monkeypatch.setattr(towers_module, "towers_from_config", lambda *a, **k: tiny_towers())
    monkeypatch.setattr(towers_module, "_cached", lambda entry: None)
    monkeypatch.setattr(towers_module, "_reachable", lambda: False)
    both = r"--pretrained FILE.*checkpoints/pose-mini"
    with pytest.raises(CheckpointError, match=both) as caught:
        build_towers("RN50", pretrained="openai")
    assert "\n" not in str(caught.value)

    def refuse(entry):
        raise OSError("Name or service\nnot known")

    monkeypatch.setattr(towers_module, "_reachable", lambda: True)
    monkeypatch.setattr(towers_module, "download_pretrained", refuse)
    with pytest.raises(CheckpointError, match=r"service not known.*--pretrained FILE"):
        build_towers("RN50", pretrained="openai")


def test_a_local_weights_file_is_loaded_and_a_wrong_one_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(towers_module, "towers_from_config", lambda *a, **k: tiny_towers(seed=1))
    wanted = tiny_towers(seed=2)
    torch.save(wanted.clip.state_dict(), tmp_path / "weights.pt")
    loaded = build_towers("RN50", pretrained=str(tmp_path / "weights.pt"))
    tokens = loaded.tokenize(["turn left"])
    torch.testing.assert_close(loaded.encode_text(tokens), wanted.encode_text(tokens))
    (tmp_path / "other.pt").write_bytes(b"not weights")
    torch.save({"a": torch.zeros(1)}, tmp_path / "wrong.pt")
    for name in ("other.pt", "wrong.pt"):
        with pytest.raises(CheckpointError, match=name) as caught:
            build_towers("RN50", pretrained=str(tmp_path / name))
        assert "weights_only=False" not in str(caught.value)
    with pytest.raises(CheckpointError, match="neither a weights file nor a tag"):
        build_towers("RN50", pretrained=str(tmp_path / "gone.pt"))


def test_an_architecture_that_open_clip_cannot_build_is_one_line():
    with pytest.raises(CheckpointError, match="cannot be built"):
        towers_from_config("odd", tiny_architecture(text_cfg={"colour": "red"}))
