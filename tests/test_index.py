"""`autocompose index` with a real model: nothing is lost, replaced or embedded twice silently."""

import shutil
import zipfile

import numpy as np
import pytest

from autocompose.cli import main
from autocompose.errors import GalleryError
from autocompose.model.checkpoint import load_checkpoint, save_checkpoint
from autocompose.retrieval import index_run
from autocompose.retrieval.embed import embed_images
from autocompose.retrieval.gallery_files import load_gallery, save_gallery
from autocompose.retrieval.index_run import EmbeddedBatch
from tests.model_fakes import tiny_model, write_pictures


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    save_checkpoint(folder, tiny_model(), train=None, metrics={}, card="")
    return folder


@pytest.fixture
def photos(tmp_path):
    write_pictures(tmp_path / "photos", 3)
    write_pictures(tmp_path / "photos" / "clip1", 2, seed=1)
    return tmp_path / "photos"


@pytest.fixture
def index(checkpoint, tmp_path, capsys):
    """Runs the command on gallery ``g``; gives exit code and what it said."""

    def run(*args: object, out: str = "g") -> tuple[object, str]:
        line = ["index", "--checkpoint", checkpoint, "--out", tmp_path / out, *args]
        try:
            main([str(item) for item in line])
        except SystemExit as ended:
            return ended.code or 0, capsys.readouterr().err
        return 0, capsys.readouterr().err

    return run


NAMES = (
    "clip1/picture_000.png", "clip1/picture_001.png",
    "picture_000.png", "picture_001.png", "picture_002.png",
)  # fmt: skip


@pytest.mark.slow
def test_sub_folders_are_indexed_with_the_features_of_embed_images(
    index, checkpoint, photos, tmp_path
):
    code, said = index("--images", photos)
    assert code == 0
    assert "g: 5 images" in said
    gallery = load_gallery(tmp_path / "g")
    assert gallery.image_ids == NAMES
    paths = [photos / name for name in NAMES]
    direct = embed_images(load_checkpoint(checkpoint), paths, root=photos, upright=True)
    np.testing.assert_allclose(gallery.embeddings, direct.embeddings, atol=1e-6)
    np.testing.assert_allclose(gallery.norms, direct.norms, rtol=1e-6)


@pytest.mark.slow
def test_a_zip_gives_the_same_gallery_as_its_folder(index, photos, tmp_path):
    index("--images", photos)
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as file:
        for path in photos.rglob("*.png"):
            file.write(path, path.relative_to(photos))
    assert index("--images", tmp_path / "photos.zip", out="z")[0] == 0
    folder, packed = load_gallery(tmp_path / "g"), load_gallery(tmp_path / "z")
    assert packed.image_ids == folder.image_ids
    np.testing.assert_array_equal(packed.embeddings, folder.embeddings)


@pytest.mark.slow
def test_one_broken_picture_is_named_with_exit_code_3_and_the_others_are_indexed(
    index, photos, tmp_path
):
    (photos / "clip1" / "broken.png").write_bytes(b"\x89PNG")
    (photos / "notes.txt").touch()
    code, said = index("--images", photos)
    assert code == 3
    assert "left out clip1/broken.png: " in said
    assert "not images, 1 files: notes.txt" in said
    assert "g: 5 images, 1 left out" in said
    assert load_gallery(tmp_path / "g").image_ids == NAMES


@pytest.mark.slow
def test_a_gallery_is_replaced_only_when_that_is_asked_for(index, photos, tmp_path):
    index("--images", photos)
    shutil.rmtree(photos / "clip1")
    code, said = index("--images", photos)
    assert code == 1
    assert "holds a gallery; use --add to add to it, --force to replace it" in said
    assert len(load_gallery(tmp_path / "g")) == 5
    assert index("--images", photos, "--force")[0] == 0
    assert len(load_gallery(tmp_path / "g")) == 3
    assert index("--images", photos, "--force", "--add")[0] == 2


@pytest.mark.slow
def test_images_are_added_and_removed(index, photos, tmp_path):
    index("--images", photos)
    write_pictures(tmp_path / "more", 4, seed=9)
    index("--images", tmp_path / "more", "--add")
    assert len(load_gallery(tmp_path / "g")) == 6  # three names were there already
    assert index("--remove", "clip1/picture_000.png")[0] == 0
    assert "clip1/picture_000.png" not in load_gallery(tmp_path / "g")


def test_another_models_gallery_is_not_added_to(index, photos, tmp_path):
    other = embed_images(tiny_model(seed=5), write_pictures(tmp_path / "x", 1))
    save_gallery(other, tmp_path / "g")
    code, said = index("--images", photos, "--add")
    assert code == 1
    assert f"was embedded by model {other.fingerprint[:12]}" in said


@pytest.mark.parametrize("args", [["--images", "nowhere"], ["--images", "nowhere.zip"]])
def test_inputs_are_looked_at_before_a_model_is_loaded(index, args, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "autocompose.model.checkpoint.load_checkpoint", lambda _: pytest.fail("loaded")
    )
    code, said = index(*args)
    assert code == 1
    assert "nowhere" in said


def test_a_place_that_cannot_be_written_is_found_out_before_a_model_is_loaded(
    index, photos, tmp_path, monkeypatch
):
    monkeypatch.setattr(
        "autocompose.model.checkpoint.load_checkpoint", lambda _: pytest.fail("loaded")
    )
    (tmp_path / "file").touch()
    code, said = index("--images", photos, out="file/g")
    assert code == 1
    assert "cannot be written" in said


@pytest.mark.slow
def test_a_run_that_was_stopped_keeps_what_it_has_embedded(index, photos, tmp_path, monkeypatch):
    encode, passes = index_run.encode_pixels, []

    def stop_at_the_third(model, pixels):
        passes.append(len(pixels))
        if len(passes) == 3:
            raise KeyboardInterrupt
        return encode(model, pixels)

    monkeypatch.setattr(index_run, "encode_pixels", stop_at_the_third)
    small = {**(index_run.embed_found.__kwdefaults__ or {}), "batch": 2}
    monkeypatch.setattr(index_run.embed_found, "__kwdefaults__", small)
    assert index("--images", photos)[0] == 130
    assert passes == [2, 2, 1]
    passes[:] = [0, 0, 0]
    code, said = index("--images", photos)
    assert code == 0
    assert passes[3:] == [1]
    assert "4 images were embedded by an earlier run" in said
    again = load_gallery(tmp_path / "g")
    assert not (tmp_path / "g" / index_run.FOLDER).exists()
    index("--images", photos, out="whole")
    np.testing.assert_array_equal(again.embeddings, load_gallery(tmp_path / "whole").embeddings)


LOOKS = np.zeros((2, 320), np.uint8)


def test_features_of_another_model_or_a_damaged_file_are_not_used(tmp_path):
    kept = index_run.EmbeddedSoFar(tmp_path, "a" * 64)
    kept.add(EmbeddedBatch(("x", "y"), np.ones((2, 3), dtype=np.float32), (b"1", b"2"), LOOKS))
    assert len(index_run.EmbeddedSoFar(tmp_path, "b" * 64)) == 0
    again = index_run.EmbeddedSoFar(tmp_path, "a" * 64)
    found = again.rows(["y", "x"])
    assert (found.raw.tolist(), found.thumbnails) == ([[1.0] * 3] * 2, (b"2", b"1"))
    assert len(index_run.EmbeddedSoFar(tmp_path, "a" * 64, estimated=True)) == 0
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:40])
    assert len(index_run.EmbeddedSoFar(tmp_path, "a" * 64)) == 0


@pytest.mark.slow
def test_a_gallery_with_other_numbers_than_were_written_is_refused(index, photos, tmp_path):
    index("--images", photos)
    (file,) = (tmp_path / "g").glob("shard-*/embeddings.npy")
    array = np.load(file)
    array[2, 1] = np.nan
    np.save(file, array)
    with pytest.raises(GalleryError, match=r"damaged .*is not what was written"):
        load_gallery(tmp_path / "g")
