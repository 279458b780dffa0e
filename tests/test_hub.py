"""Datasets as Hugging Face `datasets`: what goes out comes back equal."""

import dataclasses
import json
import sys

import datasets
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from PIL import Image

from autocompose.cli import main
from autocompose.data.dataset import open_dataset, write_captions, write_joints, write_split
from autocompose.data.hub import hub_datasets as hub
from autocompose.data.hub.hub_datasets import FORMS, read_hub, write_hub
from autocompose.errors import DatasetError, UnsafePathError
from autocompose.schema import ImageInfo, JointsOrigin, PoseImage

ROWS = [
    {
        "reference": "a.jpg",
        "target": "day 1/b.png",
        "img_set": ["day 1/b.png", "c.png"],
        "sents": ["Raise the “left” arm – 🤸."],
        "mllm": ["one", "two"],
        "reverse": [],
    },
    {"reference": "c.png", "target": "a.jpg", "img_set": ["a.jpg", "gone.png"], "auto": ["Sit."]},
]


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "toy"
    (folder / "images" / "day 1").mkdir(parents=True)
    for i, name in enumerate(("a.jpg", "day 1/b.png", "c.png", "unnamed.png")):
        Image.new("RGB", (30 + i, 20), (i, 0, 9)).save(folder / "images" / name)
    for split, names in (
        ("train", ["c.png", "a.jpg", "day 1/b.png"]),
        ("test", ["a.jpg", "c.png"]),
    ):
        rows = ROWS if split == "train" else ROWS[1:]
        write_captions(folder / "captions" / f"{split}.json", rows)
        write_split(folder / "image_splits" / f"{split}.json", names)
    write_joints(folder / "joints.json", [body("c.png", folder)], image_size=(32, 20))
    (folder / "card.md").write_text("# Toy\n\nMade by hand.\n---\nwith a rule\n")
    return folder


def body(name: str, folder) -> PoseImage:
    return PoseImage(
        id=name,
        path=folder / "images" / name,
        joints=tuple((i / 8, -i / 4, 0.0) for i in range(22)),
        pixels=tuple((float(i), i / 2) for i in range(22)),
        floor_y=-0.912,
        heading=35.5,
        built=("left_hand",),
        visibility=(0.25, *[1.0] * 21),
        joints_origin=JointsOrigin.ESTIMATED,
        info=ImageInfo("p1", "front", "walk", "mocap", 0.4),
    )


def content(folder) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize("form", FORMS)
def test_what_goes_out_comes_back_equal(root, tmp_path, form, capsys):
    write_hub(open_dataset(root), tmp_path / "out", form=form)
    back = read_hub(tmp_path / "out", tmp_path / "back")
    expected = content(root)
    del expected["images/unnamed.png"]  # nothing names it
    assert content(back.root) == expected
    assert sorted(p.name for p in tmp_path.iterdir()) == ["back", "out", "toy"]
    assert capsys.readouterr().err == ""


def test_no_field_of_an_image_is_lost(root, tmp_path):
    image = open_dataset(root).image("c.png")
    empty = [f.name for f in dataclasses.fields(image) if getattr(image, f.name) in (None, "")]
    empty += [f.name for f in dataclasses.fields(image.info) if not getattr(image.info, f.name)]
    assert not empty, "the fixture must set every field"
    write_hub(open_dataset(root), tmp_path / "out")
    again = read_hub(tmp_path / "out", tmp_path / "back").image("c.png")
    assert dataclasses.replace(again, path=image.path) == image


def test_the_folder_opens_with_the_datasets_library(root, tmp_path):
    out = write_hub(open_dataset(root), tmp_path / "out")
    loaded = {
        name: datasets.load_dataset(str(out), name, cache_dir=str(tmp_path / "cache"))
        for name in ("pairs", "galleries", "images")
    }
    assert set(loaded["pairs"]) == set(loaded["galleries"]) == {"train", "test"}
    first = loaded["pairs"]["train"][0]
    assert (first["mllm"], first["reverse"], first["auto"]) == (["one", "two"], [], None)
    assert loaded["galleries"]["test"]["id"][:] == ["a.jpg", "c.png"]
    images = loaded["images"]["full"]
    by_id = {row["id"]: row for row in images}
    assert by_id["c.png"]["image"].size == (32, 20) == (by_id["c.png"]["width"], 20)
    assert by_id["c.png"]["joints"][2] == [0.25, -0.5, 0.0]
    assert by_id["a.jpg"]["joints"] is None
    # The default configuration is the pairs.
    again = datasets.load_dataset(str(out), split="test", cache_dir=str(tmp_path / "cache"))
    assert again[0]["auto"] == ["Sit."]
    assert "# Toy" in (out / "README.md").read_text()


def test_many_images_are_several_files_that_read_back_in_order(root, tmp_path, monkeypatch):
    monkeypatch.setattr(hub, "SHARD_BYTES", 1)
    write_hub(open_dataset(root), tmp_path / "out")
    assert len(list((tmp_path / "out" / "images").iterdir())) == 3
    read_hub(tmp_path / "out", tmp_path / "back")
    assert content(tmp_path / "back")["images/c.png"] == content(root)["images/c.png"]
    loaded = datasets.load_dataset(
        str(tmp_path / "out"), "images", split="full", cache_dir=str(tmp_path / "cache")
    )
    assert len(loaded) == 3


def test_a_folder_that_is_taken_is_left_as_it_is(root, tmp_path):
    (tmp_path / "out").mkdir()
    write_hub(open_dataset(root), tmp_path / "out")  # empty: fine
    before = content(tmp_path / "out")
    for taken in (tmp_path / "out", root / "card.md"):
        with pytest.raises(DatasetError, match="not empty"):
            write_hub(open_dataset(root), taken)
        with pytest.raises(DatasetError, match="not empty"):
            read_hub(tmp_path / "out", taken)
    assert content(tmp_path / "out") == before


def test_a_failure_half_way_leaves_nothing(root, tmp_path):
    (root / "images" / "a.jpg").write_bytes(b"broken")
    with pytest.raises(DatasetError, match=r'"a.jpg" is not an image'):
        write_hub(open_dataset(root), tmp_path / "out")
    write_captions(root / "captions" / "odd-name.json", [])
    with pytest.raises(DatasetError, match="letters, digits and _"):
        write_hub(open_dataset(root), tmp_path / "out")
    with pytest.raises(DatasetError, match='form "csv"'):
        write_hub(open_dataset(root), tmp_path / "out", form="csv")
    assert [p.name for p in tmp_path.iterdir()] == ["toy"]


def change(folder, table: str, **columns) -> None:
    path = folder / f"{table}.parquet"
    rows = parquet.read_table(path).to_pylist()
    for key, value in columns.items():
        rows[0][key] = value
    parquet.write_table(pa.Table.from_pylist(rows), path)


@pytest.mark.parametrize(
    ("table", "columns", "kind", "message"),
    [
        ("images/full", {"id": "../x.png"}, UnsafePathError, "outside"),
        ("images/full", {"id": "a.jpg"}, DatasetError, "twice"),
        ("images/full", {"joints_origin": "guessed"}, DatasetError, "guessed"),
        ("images/full", {"image": {"bytes": None, "path": "c.png"}}, DatasetError, "no bytes"),
        ("images/full", {"joints": [[1.0, 2.0]]}, DatasetError, "22 rows"),
        ("pairs/train", {"reference": "nowhere.png"}, DatasetError, "nowhere.png"),
        ("pairs/train", {"target": None}, DatasetError, '"target" is missing'),
        ("galleries/test", {"id": "b.png"}, DatasetError, '/back/captions/test.*"a.jpg" is not in'),
    ],
)
def test_a_damaged_table_is_one_line_and_nothing_is_written(
    root, tmp_path, table, columns, kind, message
):
    write_hub(open_dataset(root), tmp_path / "out")
    change(tmp_path / "out", table, **columns)
    with pytest.raises(kind, match=message) as caught:
        read_hub(tmp_path / "out", tmp_path / "back")
    assert "\n" not in str(caught.value)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "toy"]


def test_a_folder_of_another_kind_is_refused(root, tmp_path):
    with pytest.raises(DatasetError, match="no folder pairs/"):
        read_hub(root, tmp_path / "back")
    write_hub(open_dataset(root), tmp_path / "out")
    (tmp_path / "out" / "images" / "full.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(DatasetError, match="is damaged"):
        read_hub(tmp_path / "out", tmp_path / "back")
    (tmp_path / "out" / "images" / "full.parquet").unlink()
    with pytest.raises(DatasetError, match="does not exist"):
        read_hub(tmp_path / "out", tmp_path / "back")


def run(*args: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(arg) for arg in args])
    return left.value.code


def test_the_command_line_converts_there_and_back(root, tmp_path, capsys):
    assert run("convert", "--dataset", root, "--out", tmp_path / "h", "--format", "datasets") == 0
    assert "write images: 3/3" in capsys.readouterr().err
    assert run("convert", "--dataset", tmp_path / "h", "--out", tmp_path / "back") == 0
    assert json.loads((tmp_path / "back" / "captions" / "train.json").read_text()) == ROWS
    out, err = capsys.readouterr()
    assert out == ""
    assert "read images: 3/3" in err
    assert sys.modules["autocompose.cli.convert"]._FORMS == FORMS
    for wrong in ([], ["--dataset", root, "--clip", "x"], ["--combiner", "m.pt"],
                  ["--dataset", root, "--format", "csv"]):  # fmt: skip
        assert run("convert", "--out", tmp_path / "w", *wrong) == 2
    assert not (tmp_path / "w").exists()
