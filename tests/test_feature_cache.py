"""Features of frozen towers on disk: found by content, added to, never stale, never half there."""

from __future__ import annotations

import errno
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from autocompose.config import RunConfig
from autocompose.data import files
from autocompose.errors import CheckpointError
from autocompose.schema import PoseImage
from autocompose.training.features.feature_cache import FeatureCache
from autocompose.training.features.tower_features import fingerprint, image_features, text_features
from tests.model_fakes import tiny_towers, write_pictures

KIND = {"tower": "a"}


def pictures(folder, count: int) -> list[PoseImage]:
    return [PoseImage(path.name, path) for path in write_pictures(folder, count)]


def features_of(towers, images, cache, told=None, **options):
    listen = told.append if told is not None else lambda event: None
    run = RunConfig(cache=cache, **options)
    return image_features(towers, images, transform="squarepad", run=run, on_event=listen)


def encoded(told) -> int:
    """Images that passed the tower, by the last event of encoding them."""
    done = [event.done for event in told if event.stage == "image features"]
    return done[-1] if done else 0


@given(st.lists(st.integers(0, 5), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_rows_come_back_from_whichever_segment_holds_them(sizes, random):
    cache = FeatureCache(None, KIND)
    everything = []
    for number, size in enumerate(sizes):
        rows = torch.randn(size, 2, 3)
        cache.add([f"{number}-{i}" for i in range(size)], rows, write=False)
        everything += [
            (f"{number}-{i}", side, rows[i, side]) for i in range(size) for side in (0, 1)
        ]
    if not everything:
        return
    asked = random.choices(everything, k=7)
    found = cache.take(cache.rows(a for a, _, _ in asked), np.array([s for _, s, _ in asked]))
    assert torch.allclose(found, torch.stack([row for _, _, row in asked]), rtol=1e-3, atol=1e-4)


def test_features_are_mapped_float16_and_found_again(tmp_path):
    rows = torch.randn(5, 2, 8)
    FeatureCache(tmp_path, KIND).add(list("abcde"), rows, write=True)
    again = FeatureCache(tmp_path, KIND)
    assert len(again) == 5
    assert torch.equal(again.take(again.rows("db"), np.array([1, 0]))[0], rows[3, 1].half().float())
    stored = np.load(next(again.folder.glob("*.npy")), mmap_mode="r")
    assert stored.dtype == np.float16
    assert isinstance(again._segments[0], np.memmap)


def test_features_that_float16_cannot_hold_stay_float32():
    cache = FeatureCache(None, KIND)
    rows = torch.tensor([[[1e6, 1.0]], [[1e-7, 2e-7]]])
    cache.add(["huge", "tiny"], rows, write=False)
    assert torch.equal(cache.take(cache.rows(["huge", "tiny"])), rows[:, 0])


def test_another_tower_transform_or_precision_reads_nothing_of_this_one(tmp_path):
    FeatureCache(tmp_path, KIND).add(["a"], torch.ones(1, 1, 2), write=True)
    assert "a" not in FeatureCache(tmp_path, {"tower": "b"})
    towers, images = tiny_towers(), pictures(tmp_path / "images", 2)
    features_of(towers, images, tmp_path)
    first = set(tmp_path.iterdir())
    with torch.no_grad():
        next(towers.image_tower.parameters()).add_(1e-3)
    features_of(towers, images, tmp_path)
    features_of(towers, images, tmp_path, bf16=True)
    assert len(set(tmp_path.iterdir()) - first) == 2


def test_a_change_of_one_tower_changes_the_fingerprint_of_that_tower_alone():
    towers = tiny_towers()
    image, text = fingerprint(towers, image=True), fingerprint(towers, image=False)
    with torch.no_grad():
        next(towers.text_parameters()).add_(1e-3)
    assert fingerprint(towers, image=True) == image
    assert fingerprint(towers, image=False) != text


def test_only_images_that_are_new_in_content_are_encoded(tmp_path):
    towers, images = tiny_towers(), pictures(tmp_path / "images", 5)
    told = []
    features_of(towers, images[:3], tmp_path / "cache", told)
    assert encoded(told) == 3
    files_before = {p: p.stat().st_mtime_ns for p in (tmp_path / "cache").rglob("*.npy")}
    copy = tmp_path / "images" / "copy.png"
    shutil.copy(images[0].path, copy)
    told.clear()
    found = features_of(towers, [*images, PoseImage("copy", copy)], tmp_path / "cache", told)
    assert encoded(told) == 2
    assert torch.equal(found.take(["copy"]), found.take([images[0].id]))
    assert all(p.stat().st_mtime_ns == when for p, when in files_before.items())
    # The same name with other content is another image.
    shutil.copy(images[4].path, images[1].path)
    found = features_of(towers, images, tmp_path / "cache")
    assert torch.equal(found.take([images[1].id]), found.take([images[4].id]))


def test_kept_features_are_those_of_the_tower_plain_and_flipped_as_tensors(tmp_path):
    from autocompose.data.preprocess import load_image, preprocess

    towers, images = tiny_towers(), pictures(tmp_path / "images", 3)
    features_of(towers, images, tmp_path / "cache")
    found = features_of(towers, images, tmp_path / "cache")
    pixels = torch.stack(
        [preprocess(load_image(i.path, rgb=False), "squarepad", towers.image_size) for i in images]
    )
    names = [image.id for image in images]
    with torch.no_grad():
        plain, mirrored = towers.encode_image(pixels), towers.encode_image(pixels.flip(-1))
    assert torch.allclose(found.take(names), plain, rtol=1e-3, atol=1e-3 * float(plain.std()))
    other = found.take(names, mirrored=[True] * 3)
    assert torch.allclose(other, mirrored, rtol=1e-3, atol=1e-3 * float(plain.std()))
    assert not torch.allclose(other, plain, rtol=1e-2)


def test_text_features_are_those_of_the_tower_and_are_kept(tmp_path):
    towers = tiny_towers()
    texts = ["raise the left arm", "lower both arms until they hang", "sit"]
    told = []
    run = RunConfig(cache=tmp_path)
    for _ in range(2):
        found = text_features(towers, texts, run=run, on_event=told.append)
    with torch.no_grad():
        expected = towers.encode_text(towers.tokenize(texts), crop=False)
    assert torch.allclose(found.take(texts), expected, rtol=1e-3, atol=1e-3)
    assert [event.stage for event in told] == ["text features"]


def test_bfloat16_is_used_only_where_it_keeps_the_features(tmp_path, monkeypatch):
    towers, images = tiny_towers(), pictures(tmp_path / "images", 3)
    for limit, verdict in ((0.99, "used"), (1.01, "not used")):
        monkeypatch.setattr("autocompose.training.features.tower_features.SAFE_COSINE", limit)
        told = []
        full = features_of(towers, images, tmp_path / "full")
        half = features_of(towers, images, tmp_path / verdict, told, bf16=True)
        note = next(event.message for event in told if event.stage == "bfloat16 image tower")
        assert note.endswith(f": {verdict}")
        names = [image.id for image in images]
        assert torch.equal(half.take(names), full.take(names)) == (verdict == "not used")


def test_a_kill_between_the_two_files_of_a_segment_leaves_no_segment(tmp_path, monkeypatch):
    cache = FeatureCache(tmp_path, KIND)
    cache.add(["a"], torch.ones(1, 1, 2), write=True)

    def stop_at_the_listing(path, content):
        if path.suffix == ".json":
            raise KeyboardInterrupt
        files.write_whole(path, content)

    monkeypatch.setattr(
        "autocompose.training.features.feature_cache.write_whole", stop_at_the_listing
    )
    with pytest.raises(KeyboardInterrupt):
        cache.add(["b"], torch.zeros(1, 1, 2), write=True)
    again = FeatureCache(tmp_path, KIND)
    assert "a" in again
    assert "b" not in again


@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY cut", None])
def test_a_damaged_segment_is_made_again(tmp_path, damage):
    towers, images = tiny_towers(), pictures(tmp_path / "images", 2)
    before = features_of(towers, images, tmp_path / "cache").take([images[0].id])
    array = next((tmp_path / "cache").rglob("*.npy"))
    if damage is None:
        array.unlink()
    else:
        array.write_bytes(damage)
    told = []
    after = features_of(towers, images, tmp_path / "cache", told)
    assert encoded(told) == 2
    assert torch.equal(after.take([images[0].id]), before)


def test_a_full_disk_keeps_the_features_in_memory_and_says_so(tmp_path, monkeypatch):
    def full(path, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("autocompose.training.features.feature_cache.write_whole", full)
    towers, images = tiny_towers(), pictures(tmp_path / "images", 2)
    told = []
    found = features_of(towers, images, tmp_path / "cache", told)
    assert found.take([images[0].id]).shape == (1, towers.feature_dim)
    assert any("No space left on device" in event.message for event in told)


def test_an_unreadable_image_is_named_and_the_others_are_encoded(tmp_path):
    images = pictures(tmp_path / "images", 3)
    images[1].path.write_bytes(b"not a picture")
    images.append(PoseImage("gone.png", tmp_path / "images" / "gone.png"))
    found = features_of(tiny_towers(), images, None)
    assert sorted(found.skipped) == ["gone.png", images[1].id]
    assert sorted(found.rows) == [images[0].id, images[2].id]


def test_features_that_are_not_numbers_are_refused(tmp_path):
    towers = tiny_towers()
    with torch.no_grad():
        next(towers.image_tower.parameters()).fill_(float("nan"))
    with pytest.raises(CheckpointError, match="not finite"):
        features_of(towers, pictures(tmp_path / "images", 1), None)


def test_a_segment_lists_what_it_was_made_with(tmp_path):
    images = [replace(image, id="x") for image in pictures(tmp_path / "images", 1)]
    towers = tiny_towers()
    features_of(towers, images, tmp_path / "cache")
    listing = json.loads(next((tmp_path / "cache").rglob("*.json")).read_text())
    assert listing["tower"] == fingerprint(towers, image=True)
    assert listing["transform"] == "squarepad"
    assert len(listing["addresses"]) == 1
