"""Pictures without joints get estimated ones: in Python, by commands, and from real photos."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from autocompose.body.skeleton import INDEX
from autocompose.body.sources.photo import Estimate, PoseEstimator
from autocompose.cli import main
from autocompose.data.estimated_joints import PhotoJoints
from autocompose.data.joints_file import read_joints
from autocompose.data.pose_model import HOW_TO_GET, find_pose_model
from autocompose.errors import EstimationError
from autocompose.retrieval.gallery_bodies import bodies_of
from autocompose.schema import JointsOrigin, PoseImage, PosePair
from autocompose.workspace import Workspace, find_workspace
from tests.estimate_fakes import FakeEstimator, empty_network, package_of


def test_pictures_without_joints_get_estimated_ones_and_others_keep_theirs(tmp_path, monkeypatch):
    fake = FakeEstimator()
    joints = PhotoJoints(tmp_path)
    monkeypatch.setattr(joints, "load", lambda: fake)
    turned = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # stored on its side
    Image.new("RGB", (40, 20)).save(turned, exif=exif)
    known = PoseImage("known.jpg", tmp_path / "known.jpg", joints=((0.0, 0.0, 0.0),) * 22)
    pair = joints.complete_pair(PosePair(known, PoseImage("turned.jpg", turned)))
    assert pair.reference is known
    assert pair.target.joints_origin is JointsOrigin.ESTIMATED
    assert pair.target.heading is None
    assert np.array(pair.target.joints).shape == (22, 3)
    assert fake.sizes == [(20, 40)]
    assert joints.estimated == 1


@pytest.fixture
def cli(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("autocompose.workspace.find_workspace", lambda: Workspace(*[tmp_path] * 3))

    def run(*args: object) -> tuple[int, str]:
        with pytest.raises(SystemExit) as left:
            main([str(arg) for arg in ("estimate", *args)])
        return int(left.value.code or 0), capsys.readouterr().err

    return run


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for name, size in (("a.jpg", (20, 30)), ("b.jpg", (40, 20))):
        Image.new("RGB", size).save(folder / name)
    (folder / "c.jpg").write_bytes(b"no picture")
    return folder


def test_the_command_says_in_one_line_how_to_get_the_model(cli, photos, tmp_path):
    code, told = cli("--images", photos, "--out", tmp_path / "joints.json")
    assert code == 1
    assert told.strip().splitlines() == [f"error: {HOW_TO_GET}"]
    assert not (tmp_path / "joints.json").exists()


def test_the_command_writes_joints_that_say_they_are_estimated(cli, photos, tmp_path, monkeypatch):
    fake = FakeEstimator()
    monkeypatch.setattr(PhotoJoints, "load", lambda self: fake)
    code, told = cli("--images", photos, "--out", tmp_path / "joints.json")
    assert code == 3  # c.jpg shows nobody
    assert "left out c.jpg" in told
    known = read_joints(tmp_path / "joints.json", photos)
    assert {image.joints_origin for image in known.values()} == {JointsOrigin.ESTIMATED}
    assert sorted(known) == ["a.jpg", "b.jpg"]


@pytest.mark.parametrize(
    "args", [[], ["--images", "x"], ["--images", "x", "--out", "y", "--package", "p.whl"]]
)
def test_a_call_that_asks_for_nothing_whole_is_explained(cli, args):
    code, told = cli(*args)
    assert (code, len(told.strip().splitlines())) == (1, 1)


@pytest.fixture
def photo_dataset(photos, tmp_path):
    """A dataset of two photos without joints; from the tall to the wide one the left arm sinks."""
    root = tmp_path / "dataset"
    (root / "captions").mkdir(parents=True)
    photos.rename(root / "images")
    row = {"reference": "a.jpg", "target": "b.jpg", "img_set": ["b.jpg"]}
    (root / "captions" / "train.json").write_text(json.dumps([row]))
    return root


def describe(root: Path, out: Path) -> int:
    with pytest.raises(SystemExit) as left:
        main(["describe", "--dataset", str(root), "--split", "train", "--out", str(out)])
    return int(left.value.code or 0)


def test_describing_photos_without_a_model_says_how_to_get_it(cli, photo_dataset, tmp_path, capsys):
    assert describe(photo_dataset, tmp_path / "out.json") == 1
    assert f"discarded a.jpg -> b.jpg: {HOW_TO_GET}" in capsys.readouterr().err
    assert not (tmp_path / "out.json").exists()


def test_describing_photos_uses_estimated_joints_and_says_so(
    cli, photo_dataset, tmp_path, capsys, monkeypatch
):
    fake = FakeEstimator()
    monkeypatch.setattr(PhotoJoints, "load", lambda self: fake)
    assert describe(photo_dataset, tmp_path / "out.json") == 0
    assert "theirs are estimated" in capsys.readouterr().err
    (row,) = json.loads((tmp_path / "out.json").read_text())
    assert all("left" in text for text in row["auto"])
    assert all("right" in text for text in row["auto-mirror"])
    assert len(fake.sizes) == 2


def test_the_command_assembles_only_the_package_it_knows(cli, tmp_path):
    (tmp_path / "pose.whl").write_bytes(package_of(empty_network()))
    code, told = cli("--get-model", "--package", tmp_path / "pose.whl")
    assert code == 1
    assert "nothing was kept" in told


def test_nothing_is_fetched_where_the_model_is_there(cli, tmp_path, monkeypatch):
    monkeypatch.setattr(Workspace, "models", find_workspace().models)
    code, told = cli("--get-model")
    assert code == 0
    assert "nothing is fetched" in told


PHOTOS = Path(__file__).parent / "data" / "photos" / "images"


@pytest.fixture(scope="module")
def estimator():
    return PoseEstimator(find_pose_model(find_workspace().models))


def photo(name: str) -> Image.Image:
    return Image.open(PHOTOS / name).convert("RGB")


def test_the_camera_of_a_photo_is_levelled(estimator):
    # The two cameras saw the man at the same moment, one of them level: he stands upright.
    for name, low, high in (("beam_cam1_000.jpg", 12, 20), ("beam_cam3_000.jpg", 0, 0)):
        (body,) = estimator.people(photo(name))
        assert low <= body.roll <= high, name
        up = body.joints[INDEX["neck"]] - body.joints[INDEX["pelvis"]]
        assert up[1] > 0.9 * np.linalg.norm(up), name


def test_several_people_are_told_the_largest_first(estimator):
    near, far = photo("beam_cam4_099.jpg"), photo("beam_cam4_000.jpg").resize((236, 307))
    both = Image.new("RGB", (near.width + far.width, near.height), (128, 128, 128))
    both.paste(far, (0, near.height - far.height))
    both.paste(near, (far.width, 0))
    people = estimator.people(both)
    assert len(people) == 2
    assert [one.people for one in people] == [2, 2]
    assert [bool(one.pixels[0, 0] > far.width) for one in people] == [True, False]


def test_a_photo_on_its_head_gives_the_body_on_its_head(estimator):
    upright = estimator.estimate(photo("beam_cam3_000.jpg"))
    turned = estimator.estimate(photo("beam_cam3_000.jpg").rotate(180))
    neck = INDEX["neck"]
    assert upright.joints[neck, 1] > 0.3
    assert turned.joints[neck, 1] < -0.3
    # The subject's sides stay: the same wrist is in the same place, turned about the middle.
    size = np.array(photo("beam_cam3_000.jpg").size)
    wrist = INDEX["left_wrist"]
    np.testing.assert_allclose(size - turned.pixels[wrist], upright.pixels[wrist], atol=12)


@pytest.mark.parametrize("turned", [0, 180])
def test_a_part_of_a_body_is_refused_with_what_to_do(estimator, turned):
    legs = photo("beam_cam1_036.jpg")
    legs = legs.crop((0, 230, legs.width, legs.height)).rotate(turned)
    with pytest.raises(EstimationError, match=r"use a picture .*head to feet"):
        estimator.estimate(legs)


def test_indexing_photos_estimates_their_joints(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("beam_cam3_000.jpg", "beam_cam3_036.jpg"):
        (folder / name).write_bytes((PHOTOS / name).read_bytes())
    Image.new("RGB", (64, 64), (90, 120, 90)).save(folder / "nobody.jpg")
    joints_of = PhotoJoints(find_workspace().models)
    seen = []
    bodies = bodies_of(
        joints_of.joints_of, [path.name for path in sorted(folder.iterdir())], folder,
        on_event=seen.append,
    )  # fmt: skip
    assert bodies is not None
    assert bodies.known.tolist() == [True, True, False]
    assert bodies.origin(0) is JointsOrigin.ESTIMATED
    assert [event.done for event in seen] == [1, 2, 3]
    (line,) = joints_of.refused
    assert line.startswith("nobody.jpg: no person found")


def test_another_person_of_a_photo_can_be_asked_for(tmp_path):
    class Two(FakeEstimator):
        def people(self, image: Image.Image) -> tuple[Estimate, ...]:
            (one,) = super().people(image)
            return one, replace(one, pixels=one.pixels + 100)

    Image.new("RGB", (20, 30)).save(tmp_path / "a.jpg")
    said = []
    first, second, third = (PhotoJoints(tmp_path, person=n, on_note=said.append) for n in (1, 2, 3))
    for joints in (first, second, third):
        joints.load = Two
    image = PoseImage("a.jpg", tmp_path / "a.jpg")
    places = [joints.complete(image).pixels for joints in (first, second)]
    assert places[0] is not None
    assert places[1] is not None
    assert np.array(places[1]) == pytest.approx(np.array(places[0]) + 100)
    assert "2 people" in said[0]
    assert said[1].endswith("2 people are found; number 2 is taken")
    with pytest.raises(EstimationError, match=r"2 people .* number 3"):
        third.complete(image)
