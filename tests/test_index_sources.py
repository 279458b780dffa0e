"""Galleries made of a split with its joints, and of `datasets` folders."""

import io

import datasets
import pyarrow
import pytest
from PIL import Image
from pyarrow import parquet

from autocompose.data.hub.dataset_pictures import extract_pictures
from autocompose.errors import DatasetError, UnsafePathError
from autocompose.retrieval.gallery_files import load_gallery
from tests.model_fakes import write_pictures
from tests.studio_fakes import write_stick_dataset
from tests.test_index import checkpoint, index  # noqa: F401 (fixtures)


def test_a_split_is_indexed_with_its_joints_and_what_is_noted_of_its_pictures(
    index, tmp_path  # noqa: F811
):  # fmt: skip
    root = write_stick_dataset(tmp_path / "sticks", n=4)
    code, said = index("--images", root, "--split", "test")
    assert code == 0, said
    gallery = load_gallery(tmp_path / "g")
    assert gallery.bodies.known.all()
    assert set(gallery.notes.values[3]) == {"sticks test"}
    small = Image.open(io.BytesIO(gallery.thumbnails[0]))
    assert (small.format, max(small.size) <= 240) == ("JPEG", True)
    assert index("--images", root, "--split", "nope", out="h")[0] == 1


@pytest.fixture
def rows(tmp_path):
    paths = write_pictures(tmp_path / "photos", 3)
    return [{"file_name": p.stem, "image": {"bytes": p.read_bytes(), "path": None}} for p in paths]


def saved(rows, folder, form):
    columns = {"file_name": datasets.Value("string"), "image": datasets.Image()}
    if form == "parquet":
        folder.mkdir(parents=True)
        parquet.write_table(pyarrow.Table.from_pylist(rows), folder / "train-0.parquet")
    else:
        table = datasets.Dataset.from_list(rows, features=datasets.Features(columns))
        table.save_to_disk(str(folder))
    return folder


@pytest.mark.parametrize("form", ["parquet", "saved"])
def test_a_datasets_folder_is_written_out_and_indexed(index, rows, tmp_path, form):  # noqa: F811
    packed = saved(rows, tmp_path / "packed", form)
    code, said = index("--images", packed, "--joints", "none")
    assert code == 0, said
    gallery = load_gallery(tmp_path / "g", root=tmp_path / "g" / "images")
    assert gallery.image_ids == ("picture_000.png", "picture_001.png", "picture_002.png")
    assert gallery.path("picture_001.png").read_bytes() == rows[1]["image"]["bytes"]


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"file_name": "../out.png"}, UnsafePathError, "points outside"),
        ({"file_name": "picture_000"}, DatasetError, 'named "picture_000.png"'),
    ],
)
def test_no_name_of_a_dataset_leads_out_or_comes_twice(rows, tmp_path, change, error, said):
    packed = saved([rows[0], {**rows[1], **change}], tmp_path / "packed", "parquet")
    with pytest.raises(error, match=said):
        extract_pictures(packed, tmp_path / "out")
    assert not (tmp_path / "out.png").exists()


def test_a_dataset_cannot_make_the_program_read_other_files_or_fill_the_disk(rows, tmp_path):
    secret = str(tmp_path / "photos" / "picture_002.png")
    linked = {"file_name": "x", "image": {"bytes": None, "path": secret}}
    packed = saved([rows[0], linked], tmp_path / "packed", "parquet")
    found = extract_pictures(packed, tmp_path / "out")
    assert [path.name for path in found.paths] == ["picture_000.png"]
    (line,) = found.left_out
    assert line.startswith("x: the picture is not inside the dataset")
    with pytest.raises(DatasetError, match="more than 100 bytes"):
        extract_pictures(packed, tmp_path / "out", max_total_bytes=100)
