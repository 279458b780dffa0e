import json
import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from autocompose.data.preprocess import load_image, preprocess
from autocompose.errors import FingerprintError, GalleryError, UnsafePathError
from autocompose.retrieval.embed import embed_images
from autocompose.retrieval.gallery import Gallery
from autocompose.retrieval.gallery_files import load_gallery, save_gallery
from autocompose.retrieval.shards import gallery_folder
from autocompose.retrieval.shards.gallery_folder import append_shards, remove_pictures
from tests.gallery_fakes import save_single_files
from tests.model_fakes import tiny_model, write_pictures


@pytest.fixture(scope="module")
def model():
    return tiny_model()


@pytest.fixture
def indexed(model, tmp_path):
    paths = write_pictures(tmp_path / "images", 5)
    return embed_images(model, paths, root=tmp_path / "images", name="five")


def test_rows_are_unit_and_give_the_raw_features_back(model, indexed):
    assert indexed.embeddings.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(indexed.embeddings, axis=1), 1, atol=1e-5)
    pixels = preprocess(load_image(indexed.path("picture_002.png"), rgb=False), size=32)
    with torch.inference_mode():
        raw = model.towers.encode_image(pixels[None])
    torch.testing.assert_close(
        indexed.raw(indexed.row("picture_002.png")), raw, atol=1e-4, rtol=1e-4
    )


def test_batches_change_nothing_but_the_progress(model, tmp_path):
    paths = write_pictures(tmp_path, 5)
    events = []
    small = embed_images(model, paths, batch=2, on_event=events.append)
    whole = embed_images(model, paths)
    np.testing.assert_allclose(small.embeddings, whole.embeddings, atol=1e-5)
    assert [(e.done, e.total) for e in events] == [(2, 5), (4, 5), (5, 5)]


def test_unreadable_images_are_skipped_and_named(model, tmp_path):
    paths = write_pictures(tmp_path, 2)
    (tmp_path / "broken.png").write_bytes(b"\x89PNG")
    gallery = embed_images(model, [paths[0], tmp_path / "broken.png", paths[1]])
    assert gallery.image_ids == ("picture_000.png", "picture_001.png")
    (line,) = gallery.skipped
    assert "broken.png" in line
    with pytest.raises(GalleryError, match="none of 1 images"):
        embed_images(model, [tmp_path / "broken.png"])
    with pytest.raises(GalleryError, match="no images"):
        embed_images(model, [])


def test_ids_are_relative_to_the_root_and_cannot_leave_it(model, tmp_path):
    inside = write_pictures(tmp_path / "root" / "people" / "a", 1)
    outside = write_pictures(tmp_path / "elsewhere", 1)
    root = tmp_path / "root"
    assert embed_images(model, inside, root=root).image_ids == ("people/a/picture_000.png",)
    with pytest.raises(UnsafePathError, match="not inside"):
        embed_images(model, [*inside, *outside], root=root)
    with pytest.raises(UnsafePathError, match="not inside"):
        embed_images(model, [root / ".." / "elsewhere" / "picture_000.png"], root=root)
    os.symlink(outside[0], root / "link.png")
    with pytest.raises(UnsafePathError, match="not inside"):
        embed_images(model, [root / "link.png"], root=root)


def test_a_saved_gallery_comes_back_the_same_and_knows_no_absolute_path(indexed, model, tmp_path):
    save_gallery(indexed, tmp_path / "saved")
    loaded = load_gallery(tmp_path / "saved", root=indexed.root, model=model)
    assert loaded.image_ids == indexed.image_ids
    assert (loaded.name, loaded.fingerprint) == ("five", model.fingerprint)
    assert np.array_equal(loaded.embeddings, indexed.embeddings)
    assert np.array_equal(loaded.norms, indexed.norms)
    assert str(tmp_path) not in (tmp_path / "saved" / "gallery.json").read_text()
    assert load_gallery(tmp_path / "saved").root is None


def test_another_models_gallery_is_refused_and_both_are_named(indexed, tmp_path):
    other = tiny_model(seed=7)
    save_gallery(indexed, tmp_path / "saved")
    with pytest.raises(FingerprintError) as caught:
        load_gallery(tmp_path / "saved", model=other)
    assert indexed.fingerprint[:12] in str(caught.value)
    assert other.fingerprint[:12] in str(caught.value)
    more = embed_images(other, [indexed.path("picture_000.png")])
    with pytest.raises(FingerprintError, match="index all of them with one checkpoint"):
        append_shards(tmp_path / "saved", [more])


def test_images_are_added_replaced_and_removed(indexed, model, tmp_path):
    folder = tmp_path / "saved"
    save_gallery(indexed, folder)
    new = write_pictures(tmp_path / "new", 6, seed=1)[4:]  # picture_004 again, and picture_005
    append_shards(folder, [embed_images(model, new, root=tmp_path / "new")])
    grown = load_gallery(folder)
    assert sorted(grown.image_ids) == [f"picture_{i:03d}.png" for i in range(6)]
    row = grown.row("picture_004.png")
    assert not np.allclose(grown.embeddings[row], indexed.embeddings[4], atol=1e-4)
    remove_pictures(folder, ["picture_001.png", "picture_005.png"])
    smaller = load_gallery(folder)
    assert len(smaller) == 4
    assert "picture_001.png" not in smaller
    kept = smaller.row("picture_002.png")
    assert np.array_equal(smaller.embeddings[kept], indexed.embeddings[2])
    with pytest.raises(GalleryError, match=r"gone\.png"):
        remove_pictures(folder, ["gone.png"])
    with pytest.raises(GalleryError, match="empty"):
        remove_pictures(folder, smaller.image_ids)
    assert len(load_gallery(folder)) == 4


def test_a_gallery_loaded_from_disk_can_be_saved_over_itself(indexed, tmp_path):
    folder = tmp_path / "saved"
    save_gallery(indexed, folder)
    save_gallery(load_gallery(folder).part(1, 5), folder)
    assert load_gallery(folder).image_ids == indexed.image_ids[1:]
    assert len(list(folder.glob("shard-*"))) == 1


def test_an_interrupted_save_leaves_the_old_gallery(indexed, tmp_path, monkeypatch):
    folder = tmp_path / "saved"
    save_gallery(indexed, folder)

    def stop(path, content):
        raise OSError("disk full")

    monkeypatch.setattr(gallery_folder, "write_whole", stop)
    with pytest.raises(GalleryError, match="disk full"):
        save_gallery(indexed.part(1, 5), folder)
    monkeypatch.undo()
    assert len(load_gallery(folder)) == 5


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"image_ids": ["../secret.png"] * 5}, UnsafePathError),
        ({"image_ids": ["/etc/passwd"] * 5}, UnsafePathError),
        ({"image_ids": ["a.png"]}, GalleryError),
        ({"image_ids": ["a.png"] * 5}, GalleryError),
        ({"image_ids": [1, 2, 3, 4, 5]}, GalleryError),
        ({"files": {"embeddings": "../x.npy", "norms": "y.npy"}}, GalleryError),
        ({"files": {}}, GalleryError),
        ({"format": 99}, GalleryError),
        ({"fingerprint": None, "name": None, "skipped": None}, GalleryError),
    ],
)
def test_a_tampered_gallery_of_single_files_is_one_clear_line(indexed, tmp_path, change, error):
    folder = tmp_path / "saved"
    save_single_files(indexed, folder)
    content = json.loads((folder / "gallery.json").read_text())
    (folder / "gallery.json").write_text(json.dumps({**content, **change}))
    with pytest.raises(error) as caught:
        load_gallery(folder)
    assert "\n" not in str(caught.value)


def test_missing_and_damaged_galleries_say_how_to_make_one(indexed, tmp_path):
    with pytest.raises(GalleryError, match="autocompose index"):
        load_gallery(tmp_path / "nowhere")
    folder = tmp_path / "saved"
    save_single_files(indexed, folder)
    (array,) = folder.glob("embeddings-*.npy")
    array.write_bytes(array.read_bytes()[:100])
    with pytest.raises(GalleryError, match="autocompose index"):
        load_gallery(folder)
    (folder / "gallery.json").write_text("[")
    with pytest.raises(GalleryError, match="damaged"):
        load_gallery(folder)


def test_a_path_is_found_in_the_gallery_only_inside_its_root(indexed, tmp_path):
    inside = indexed.path("picture_003.png")
    assert indexed.id_of(inside) == "picture_003.png"
    (elsewhere,) = write_pictures(tmp_path / "elsewhere", 4)[3:]
    assert indexed.id_of(elsewhere) is None
    with pytest.raises(GalleryError, match=r"gone\.png"):
        indexed.path("gone.png")
    rootless = Gallery(indexed.image_ids, indexed.embeddings, "f", indexed.norms)
    assert rootless.id_of(inside) is None
    with pytest.raises(GalleryError, match="not here"):
        rootless.path("picture_003.png")


def test_a_gallery_is_opened_and_searched_without_the_libraries_of_the_towers():
    script = (
        "import sys\n"
        "from autocompose.retrieval.gallery_files import load_gallery\n"
        "from autocompose.retrieval.searchers.exact import ExactSearch\n"
        "sys.exit(', '.join({'open_clip', 'timm', 'torchvision'} & sys.modules.keys()) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
