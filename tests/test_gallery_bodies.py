"""Joints travel with the pictures of a gallery: kept, moved, saved and loaded with their origin."""

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from autocompose.body.skeleton import INDEX, JOINTS
from autocompose.cli import main
from autocompose.data.joints_beside import FiledJoints, joints_beside
from autocompose.data.joints_file import write_joints
from autocompose.errors import GalleryError
from autocompose.model.checkpoint import save_checkpoint
from autocompose.retrieval.embed import embed_images
from autocompose.retrieval.gallery_bodies import GalleryBodies
from autocompose.retrieval.gallery_files import load_gallery, save_gallery
from autocompose.retrieval.shards.gallery_folder import append_shards, remove_pictures
from autocompose.schema import JointsOrigin, PoseImage
from tests.gallery_fakes import save_single_files
from tests.model_fakes import tiny_model, write_pictures
from tests.poses import ARMS_DOWN, T_POSE

NAMES = tuple(f"picture_{i:03}.png" for i in range(5))
SEEN = tuple(0.1 if name == "left_hand" else 0.9 for name in JOINTS)


def known_image(name: str, joints: np.ndarray, **changes: object) -> PoseImage:
    body = tuple(tuple(float(x) for x in point) for point in joints)
    image = PoseImage(name, Path(name), body, joints_origin=JointsOrigin.IMPORTED)  # type: ignore[arg-type]
    return replace(image, **changes)  # type: ignore[arg-type]


IMAGES = {
    NAMES[0]: known_image(NAMES[0], ARMS_DOWN, floor_y=-0.95, heading=35.0, built=("left_foot",)),
    NAMES[2]: known_image(
        NAMES[2], T_POSE, visibility=SEEN, joints_origin=JointsOrigin.ESTIMATED
    ),
}  # fmt: skip


def known(name: str, path: Path) -> PoseImage | None:
    return IMAGES.get(name)


@pytest.fixture(scope="module")
def model():
    return tiny_model()


@pytest.fixture
def indexed(model, tmp_path):
    paths = write_pictures(tmp_path / "images", 5)
    return embed_images(model, paths, root=tmp_path / "images", name="five", joints_of=known)


def test_a_saved_gallery_brings_back_joints_origin_and_what_was_seen(indexed, tmp_path):
    save_gallery(indexed, tmp_path / "saved")
    bodies = load_gallery(tmp_path / "saved").bodies
    assert bodies is not None
    assert bodies.known.tolist() == [True, False, True, False, False]
    assert [bodies.origin(row) for row in range(3)] == [
        JointsOrigin.IMPORTED, None, JointsOrigin.ESTIMATED,
    ]  # fmt: skip
    first, third = bodies.body(0), bodies.body(2)
    np.testing.assert_allclose(first.joints, ARMS_DOWN, atol=1e-6)
    assert (first.floor, first.heading) == (pytest.approx(-0.95), 35.0)
    assert (first.built, first.visibility) == ({"left_foot"}, None)
    assert third.joints[INDEX["left_hand"], 0] > 0.5, "the subject's left is at +x"
    assert (third.floor, third.heading, third.guessed) == (None, None, {"left_hand"})


def test_a_gallery_without_joints_has_no_files_of_them(model, tmp_path):
    paths = write_pictures(tmp_path / "images", 2)
    plain = embed_images(model, paths, joints_of=lambda name, path: None)
    assert plain.bodies is None
    save_gallery(plain, tmp_path / "saved")
    files = sorted(path.name for path in (tmp_path / "saved").rglob("*") if path.is_file())
    assert files == ["embeddings.npy", "gallery.json", "ids", "norms.npy"]
    assert load_gallery(tmp_path / "saved").bodies is None


def test_bodies_stay_with_their_pictures_when_some_are_added_and_removed(indexed, model, tmp_path):
    folder = tmp_path / "saved"
    save_gallery(indexed, folder)
    remove_pictures(folder, [NAMES[1]])
    fewer = load_gallery(folder)
    assert fewer.bodies is not None
    assert fewer.bodies.known.tolist() == [True, True, False, False]
    more = embed_images(model, write_pictures(tmp_path / "images" / "new", 1), joints_of=None)
    append_shards(folder, [more])
    both = load_gallery(folder)
    assert both.bodies is not None
    # The new picture of the same name takes the place of the old one, whose joints go with it.
    assert both.image_ids == (NAMES[2], NAMES[3], NAMES[4], NAMES[0])
    assert both.bodies.known.tolist() == [True, False, False, False]
    np.testing.assert_array_equal(both.bodies.body(0).joints, indexed.bodies.body(2).joints)
    assert both.bodies.origin(0) is JointsOrigin.ESTIMATED
    save_gallery(more, tmp_path / "other")
    append_shards(tmp_path / "other", [fewer])
    other_way = load_gallery(tmp_path / "other").bodies
    assert other_way is not None
    assert other_way.known.tolist() == [True, True, False, False]


def test_saving_over_a_gallery_leaves_no_old_bodies(indexed, tmp_path):
    folder = tmp_path / "saved"
    save_gallery(indexed, folder)
    save_gallery(load_gallery(folder).part(1, 5), folder)
    assert len(list(folder.rglob("joints.npy"))) == 1
    save_gallery(replace(indexed, bodies=None), folder)
    assert not list(folder.rglob("joints.npy"))


def spoilt(bodies: GalleryBodies, how: str) -> bytes:
    """The content of a file of bodies that was damaged or made by somebody else."""
    content = bodies.to_bytes()
    if how == "cut":
        return content[:300]
    if how == "empty":
        return b""
    packed = io.BytesIO()
    arrays = dict(np.load(io.BytesIO(content)))
    if how == "huge":
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("joints.npy", bytes(50_000_000))
        return packed.getvalue()
    changes = {
        "pickled": {"built": np.array([{}] * len(bodies), dtype=object)},
        "nan": {"joints": np.full_like(arrays["joints"], np.nan)},
        "shape": {"floors": arrays["floors"][:2]},
        "origin": {"origins": np.full_like(arrays["origins"], 9)},
        "lacks": {},
    }[how]
    kept = {**arrays, **changes}
    if how == "lacks":
        del kept["joints"]
    np.savez(packed, **kept)
    return packed.getvalue()


@pytest.mark.parametrize(
    "how", ["cut", "empty", "huge", "pickled", "nan", "shape", "origin", "lacks"]
)
def test_spoilt_bodies_are_one_clear_line(indexed, tmp_path, how):
    folder = tmp_path / "saved"
    save_single_files(indexed, folder)
    (file,) = folder.glob("bodies-*.npz")
    file.write_bytes(spoilt(indexed.bodies, how))
    with pytest.raises(GalleryError, match="damaged") as caught:
        load_gallery(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["../bodies-0123456789abcdef.npz", "x.npz", 3])
def test_bodies_are_read_from_the_gallery_folder_only(indexed, tmp_path, name):
    folder = tmp_path / "saved"
    save_single_files(indexed, folder)
    content = json.loads((folder / "gallery.json").read_text())
    content["files"]["bodies"] = name
    (folder / "gallery.json").write_text(json.dumps(content))
    with pytest.raises(GalleryError, match="not a file of a gallery"):
        load_gallery(folder)


def test_a_joints_file_is_found_in_the_folder_or_beside_images(tmp_path):
    images = tmp_path / "images"
    (path,) = write_pictures(images, 1)
    assert joints_beside(images) is None
    write_joints(tmp_path / "joints.json", [known_image(NAMES[0], T_POSE)])
    assert joints_beside(images) == tmp_path / "joints.json"
    assert joints_beside(path) == tmp_path / "joints.json"
    write_joints(images / "joints.json", [known_image(NAMES[0], ARMS_DOWN)])
    assert joints_beside(images) == images / "joints.json"
    found = FiledJoints(images / "joints.json", images)
    assert found(NAMES[0], path) is not None
    assert found("other.png", path) is None


@pytest.mark.parametrize(
    ("options", "expected"),
    [((), 2), (("--joints", "none"), 0), (("--joints", "elsewhere.json"), 1)],
)
def test_index_keeps_the_joints_it_finds_or_is_given(
    model, tmp_path, capsys, monkeypatch, options, expected
):
    monkeypatch.chdir(tmp_path)
    save_checkpoint(tmp_path / "model", model, train=None, metrics={}, card="")
    write_pictures(tmp_path / "photos", 3)
    beside = [known_image(NAMES[0], ARMS_DOWN), known_image(NAMES[2], T_POSE)]
    write_joints(tmp_path / "photos" / "joints.json", beside)
    write_joints(tmp_path / "elsewhere.json", beside[:1])
    line = ["index", "--checkpoint", "model", "--images", "photos", "--out", "g", *options]
    with pytest.raises(SystemExit) as ended:
        main(line)
    assert not ended.value.code
    bodies = load_gallery(tmp_path / "g").bodies
    assert (0 if bodies is None else int(bodies.known.sum())) == expected
    said = capsys.readouterr().err
    assert (f"3 images, {expected} with joints" in said) == bool(expected)


def test_index_says_which_joints_file_is_missing(model, tmp_path, capsys):
    save_checkpoint(tmp_path / "model", model, train=None, metrics={}, card="")
    write_pictures(tmp_path / "photos", 1)
    line = ["index", "--checkpoint", tmp_path / "model", "--images", tmp_path / "photos"]
    with pytest.raises(SystemExit) as ended:
        main([*map(str, line), "--out", str(tmp_path / "g"), "--joints", str(tmp_path / "no.json")])
    assert ended.value.code == 1
    assert "no.json is not there" in capsys.readouterr().err
