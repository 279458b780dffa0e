"""data/layout, data/files, data/joints, data/archive: what is read, refused, and written."""

import json
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from autocompose.body.skeleton import JOINTS
from autocompose.data.archive import extract_images, find_images, list_images
from autocompose.data.dataset import open_dataset, write_captions, write_joints, write_split
from autocompose.data.files import check_name, name_inside, stream_whole, write_whole
from autocompose.data.joints_file import read_joints
from autocompose.errors import (
    CaptionFileError,
    DatasetError,
    MissingImageError,
    UnsafePathError,
)
from autocompose.schema import ImageInfo, JointsOrigin, PoseImage
from tests.poses import random_poses

ROW = {
    "reference": "a.png",
    "target": "b.png",
    "img_set": ["b.png", "c.png"],
    "auto": ["Raise the left arm.", "Lift the left arm — higher."],
    "auto-reverse": ["Lower the left arm."],
}


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "tiny"
    for sub in ("images", "captions", "image_splits"):
        (folder / sub).mkdir(parents=True)
    for name in ("a.png", "b.png", "c.png"):
        Image.new("RGB", (4, 4)).save(folder / "images" / name)
    write_captions(folder / "captions" / "train.json", [ROW])
    write_split(folder / "image_splits" / "train.json", ["a.png", "b.png", "c.png"])
    return folder


def rows(root: Path, *records: object) -> None:
    (root / "captions" / "train.json").write_text(json.dumps(records))


def body(name: str, *, root: Path, seed: int = 0) -> PoseImage:
    values = np.random.default_rng(seed)
    return PoseImage(
        id=name,
        path=root / "images" / name,
        joints=tuple(tuple(map(float, row)) for row in random_poses(1, seed=seed)[0]),
        pixels=tuple(tuple(map(float, row)) for row in values.uniform(0, 256, (22, 2))),
        floor_y=-0.91234,
        joints_origin=JointsOrigin.RENDERED,
        info=ImageInfo(person="p1", camera="front", clip="walk", pose="mocap"),
    )


def test_a_split_is_read_with_every_text_key(root):
    dataset = open_dataset(root)
    (pair,) = dataset.pairs("train")
    assert dataset.name == "tiny"
    assert dataset.splits == ("train",)
    assert (pair.reference.id, pair.target.id, pair.split) == ("a.png", "b.png", "train")
    assert pair.image_set == ("b.png", "c.png")
    assert pair.texts["auto"] == tuple(ROW["auto"])
    assert pair.reference.path.is_file()
    assert [image.id for image in dataset.gallery("train")] == ["a.png", "b.png", "c.png"]


def test_what_is_read_is_written_back_byte_for_byte(root, tmp_path):
    path = root / "captions" / "train.json"
    write_captions(tmp_path / "again.json", open_dataset(root).pairs("train"))
    assert (tmp_path / "again.json").read_bytes() == path.read_bytes()
    assert json.loads(path.read_text()) == [ROW]


def test_joints_round_trip_rounded_and_stable(root, tmp_path):
    image = body("a.png", root=root)
    write_joints(root / "joints.json", [image, PoseImage("b.png", root / "images" / "b.png")])
    read = open_dataset(root).image("a.png")
    assert np.allclose(read.joints, image.joints, atol=5e-4)
    assert np.allclose(read.pixels, image.pixels, atol=5e-2)
    assert (read.floor_y, read.joints_origin, read.info) == (-0.912, "rendered", image.info)
    assert open_dataset(root).image("b.png").joints is None
    write_joints(tmp_path / "again.json", [read])
    assert (tmp_path / "again.json").read_bytes() == (root / "joints.json").read_bytes()
    document = json.loads((root / "joints.json").read_text())
    assert document["skeleton"] == list(JOINTS)
    assert document["image_size"] == [256, 256]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"joints": [[0, 0, 0]]}, "22 rows of 3"),
        ({"joints": [[0, 0, float("nan")]] * 22}, "NaN is not a number"),
        ({"pixels": "here"}, "22 rows of 2"),
        ({"origin": "guessed"}, "rendered, estimated, imported"),
        ({"floor_y": "low"}, "floor_y"),
    ],
)
def test_malformed_joints_are_one_clear_line(root, change, message):
    write_joints(root / "joints.json", [body("a.png", root=root)])
    document = json.loads((root / "joints.json").read_text())
    document["images"]["a.png"].update(change)
    (root / "joints.json").write_text(json.dumps(document))
    with pytest.raises(CaptionFileError, match=message):
        open_dataset(root).image("a.png")


def test_another_skeleton_is_refused(root):
    (root / "joints.json").write_text('{"skeleton": ["hip"], "images": {}}')
    with pytest.raises(CaptionFileError, match="skeleton"):
        read_joints(root / "joints.json", root / "images")


def test_broken_json_names_file_and_line(root):
    (root / "captions" / "train.json").write_text('[\n{"reference": "a.png",\n]')
    with pytest.raises(CaptionFileError, match=r"train\.json: line 3"):
        open_dataset(root).pairs("train")


@pytest.mark.parametrize("content", [b"\xff\xfe[", b"{}", b'"text"', b""])
def test_a_caption_file_that_is_no_json_list_is_refused(root, content):
    (root / "captions" / "train.json").write_bytes(content)
    with pytest.raises(CaptionFileError):
        open_dataset(root).pairs("train")


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"reference": None}, CaptionFileError, "reference must be a file name"),
        ({"target": 3}, CaptionFileError, "target must be a file name"),
        ({"auto": "one string"}, CaptionFileError, "auto is one string"),
        ({"mllm": "Raise the left arm."}, CaptionFileError, "mllm is one string"),
        ({"mllm": None}, CaptionFileError, "mllm must be a list of strings"),
        ({"img_set": []}, CaptionFileError, "img_set is an empty list"),
        ({"sents": ["a", 1]}, CaptionFileError, "sents must be a list of strings"),
        ({"img_set": ["a.png"]}, CaptionFileError, "does not contain the target"),
        ({"reference": "../secret.png"}, UnsafePathError, "outside"),
        ({"reference": "/etc/passwd"}, UnsafePathError, "outside"),
        ({"reference": "..\\x.png"}, UnsafePathError, "outside"),
        ({"reference": "C:x.png"}, UnsafePathError, "outside"),
        ({"reference": ""}, UnsafePathError, "outside"),
        ({"img_set": ["b.png", "../x.png"]}, UnsafePathError, "outside"),
        ({"reference": "gone.png"}, MissingImageError, 'gone.png" is not in'),
    ],
)
def test_a_bad_record_is_one_clear_line_and_loses_no_other(root, change, kind, message):
    rows(root, ROW, {**ROW, **change})
    dataset = open_dataset(root)
    with pytest.raises(kind, match=message) as raised:
        dataset.pairs("train")
    assert "train.json[1]" in str(raised.value)
    assert "\n" not in str(raised.value)
    assert len(dataset.pairs("train", strict=False)) == 1
    assert [type(problem) for problem in dataset.content("train").problems] == [kind]


@pytest.mark.parametrize("key", ["reference", "target", "img_set"])
def test_a_missing_key_is_named(root, key):
    rows(root, {k: v for k, v in ROW.items() if k != key})
    with pytest.raises(CaptionFileError, match=f'"{key}" is missing'):
        open_dataset(root).pairs("train")


def test_an_empty_list_is_no_text_and_loses_no_record(root, tmp_path):
    rows(root, {**ROW, "mllm": []})
    (pair,) = open_dataset(root).pairs("train")
    assert pair.texts["mllm"] == ()
    assert pair.texts["auto"] == tuple(ROW["auto"])


def test_a_group_may_name_images_that_are_not_there(root):
    rows(root, {**ROW, "img_set": ["b.png", "gone.png"]})
    (pair,) = open_dataset(root).pairs("train")
    assert pair.image_set == ("b.png", "gone.png")


def test_a_folder_of_official_datasets_says_which_to_name(root):
    root.rename(root.parent / "posefix_dataset")
    with pytest.raises(DatasetError, match="holds posefix_dataset; name one of them"):
        open_dataset(root.parent)


def test_a_foreign_key_is_kept_if_it_holds_texts_and_ignored_if_not(root):
    rows(root, {**ROW, "french": ["Levez le bras."], "id": 7})
    (pair,) = open_dataset(root).pairs("train")
    assert pair.texts["french"] == ("Levez le bras.",)
    assert "id" not in pair.texts


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_a_link_out_of_the_dataset_is_refused_and_one_inside_is_not(root, tmp_path):
    Image.new("RGB", (4, 4)).save(tmp_path / "outside.png")
    (root / "images" / "link.png").symlink_to(tmp_path / "outside.png")
    (root / "images" / "alias.png").symlink_to(root / "images" / "a.png")
    with pytest.raises(UnsafePathError, match="link"):
        open_dataset(root).image("link.png")
    (root / "store").mkdir()
    Image.new("RGB", (4, 4)).save(root / "store" / "kept.png")
    (root / "images" / "farm.png").symlink_to(root / "store" / "kept.png")
    for name in ("alias.png", "farm.png"):
        assert open_dataset(root).image(name).id == name
        assert name_inside(root / "images" / name, root / "images") == name
        assert root / "images" / name in list_images(root / "images")
    for path in (root / "images" / "link.png", root / "store" / "kept.png"):
        with pytest.raises(UnsafePathError):
            name_inside(path, root / "images")
    # A folder that only happens to be called images has no such neighbours.
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "out.png").symlink_to(tmp_path / "outside.png")
    with pytest.raises(UnsafePathError):
        name_inside(tmp_path / "images" / "out.png", tmp_path / "images")


def test_an_image_in_a_subfolder_is_found(root):
    (root / "images" / "day1").mkdir()
    Image.new("RGB", (4, 4)).save(root / "images" / "day1" / "d.png")
    assert open_dataset(root).image("day1/d.png").path.is_file()


def test_an_image_that_a_gallery_does_not_list_is_named_in_queries_only(root):
    (root / "captions" / "test.json").write_text(json.dumps([ROW]))
    for split in ("train", "test"):
        write_split(root / "image_splits" / f"{split}.json", ["a.png", "c.png"])
    with pytest.raises(CaptionFileError, match=r'"b.png" is not in image_splits/test.json'):
        open_dataset(root).pairs("test")
    assert len(open_dataset(root).pairs("train")) == 1  # as in the official code


def test_a_gallery_lists_each_image_once_and_every_one_exists(root):
    write_split(root / "image_splits" / "train.json", ["a.png", "a.png"])
    with pytest.raises(CaptionFileError, match="twice"):
        open_dataset(root).gallery("train")
    write_split(root / "image_splits" / "train.json", ["a.png", "gone.png"])
    with pytest.raises(MissingImageError, match=r"gone\.png"):
        open_dataset(root).gallery("train")


def test_an_unknown_split_or_folder_names_what_there_is(root, tmp_path):
    with pytest.raises(DatasetError, match="the splits in captions/ are: train"):
        open_dataset(root).pairs("dev")
    with pytest.raises(UnsafePathError):
        open_dataset(root).pairs("../train")
    with pytest.raises(DatasetError, match="images/, captions/"):
        open_dataset(tmp_path / "nowhere")


def test_an_interrupted_write_leaves_the_old_file_and_no_litter(tmp_path, monkeypatch):
    path = tmp_path / "f.json"
    write_whole(path, "old")

    def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", broken)
    with pytest.raises(OSError, match="disk full"):
        write_whole(path, "new")
    assert [p.read_text() for p in tmp_path.iterdir()] == ["old"]


@given(st.text(alphabet=st.sampled_from("ab./\\:\0"), max_size=8))
def test_an_accepted_name_stays_inside(name):
    try:
        check_name(name, "here")
    except UnsafePathError:
        return
    base = Path("/base/images")
    assert Path(os.path.normpath(base / name)).is_relative_to(base)


def archive(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name, content in entries.items():
            file.writestr(name, content)
    return path


def test_a_zip_gives_its_images_and_names_the_rest(tmp_path):
    packed = {
        "x/a.jpg": b"1", "y/a.jpg": b"5", "b.PNG": b"2", "notes.txt": b"3",
        "__MACOSX/._a.jpg": b"4",
    }  # fmt: skip
    out = tmp_path / "out"
    found = extract_images(archive(tmp_path / "z.zip", packed), out)
    assert [path.relative_to(out).as_posix() for path in found.paths] == [
        "b.PNG", "x/a.jpg", "y/a.jpg",
    ]  # fmt: skip
    assert found.others == ("__MACOSX/._a.jpg", "notes.txt")
    assert (out / "y" / "a.jpg").read_bytes() == b"5"
    assert list_images(out) == found.paths
    assert not list(out.rglob("*.part"))


def test_a_damaged_image_in_a_zip_is_named_and_the_others_are_kept(tmp_path):
    path = archive(tmp_path / "z.zip", {"a.jpg": b"first", "b.jpg": b"second"})
    path.write_bytes(path.read_bytes().replace(b"second", b"sec0nd", 1))  # a wrong checksum
    found = extract_images(path, tmp_path / "out")
    assert [file.name for file in found.paths] == ["a.jpg"]
    (line,) = found.left_out
    assert line.startswith("b.jpg: Bad CRC")


def test_a_folder_is_searched_with_its_sub_folders_and_every_file_is_accounted_for(tmp_path):
    folder = tmp_path / "images"
    for name in ("clip2/0001.jpg", "clip1/0001.jpg", "c.TIF", "d.gif", "notes.txt", "clip1/x.mp4"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    (tmp_path / "outside.jpg").touch()
    (folder / "inside.jpg").symlink_to(folder / "clip1" / "0001.jpg")
    (folder / "outside.jpg").symlink_to(tmp_path / "outside.jpg")
    (folder / "nowhere.jpg").symlink_to(folder / "gone.jpg")
    (folder / "again").symlink_to(folder / "clip1")
    found = find_images(folder)
    assert [path.relative_to(folder).as_posix() for path in found.paths] == [
        "c.TIF", "clip1/0001.jpg", "clip2/0001.jpg", "d.gif", "inside.jpg",
    ]  # fmt: skip
    assert found.others == ("clip1/x.mp4", "notes.txt")
    assert found.left_out == (
        "again: a link to a folder; copy the folder",
        "nowhere.jpg: a link to nothing",
        "outside.jpg: a link to outside the folder; copy the file",
    )
    (folder / os.fsdecode(b"caf\xe9.jpg")).touch()
    assert r"caf\xe9.jpg: its name is not UTF-8; rename it" in find_images(folder).left_out


@pytest.mark.parametrize(
    ("entries", "kind", "message"),
    [
        ({"../a.jpg": b"1"}, UnsafePathError, "outside"),
        ({"/a.jpg": b"1"}, UnsafePathError, "outside"),
        ({"a.txt": b"1"}, DatasetError, "holds no image"),
        ({"a.jpg": b"12345678901"}, DatasetError, "past its limit"),
        ({"x/a.jpg": b"1", "./x/a.jpg": b"1"}, DatasetError, "two images are named"),
    ],
)
def test_a_bad_zip_is_one_clear_line(tmp_path, entries, kind, message):
    with pytest.raises(kind, match=message):
        extract_images(archive(tmp_path / "z.zip", entries), tmp_path / "out", max_total_bytes=10)
    assert not list(tmp_path.rglob("*.part"))


def test_a_file_that_is_no_zip_is_refused(tmp_path):
    (tmp_path / "z.zip").write_bytes(b"not a zip")
    with pytest.raises(DatasetError, match="cannot be read as a zip"):
        extract_images(tmp_path / "z.zip", tmp_path / "out")


def test_a_pair_id_depends_on_both_images_and_their_order(root):
    (pair,) = open_dataset(root).pairs("train")
    swapped = replace(pair, reference=pair.target, target=pair.reference)
    assert pair.id != swapped.id


def test_a_file_written_piece_by_piece_appears_only_when_its_block_ends_well(tmp_path):
    path = tmp_path / "new" / "file"
    with stream_whole(path) as file:
        file.write(b"a")
        assert not path.exists()
        file.write(b"b")
    assert path.read_bytes() == b"ab"

    def stop_half_way() -> None:
        with stream_whole(path) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop_half_way()
    assert [(p.name, p.read_bytes()) for p in path.parent.iterdir()] == [("file", b"ab")]
