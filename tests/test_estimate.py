"""pose/estimate and data/pose_model: joints from a photo keep their sides; files are checked."""

import builtins
import hashlib
import http.server
import importlib
import io
import json
import threading
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from autocompose.body.skeleton import INDEX, JOINTS, mirror
from autocompose.body.sources.photo import (
    Estimate,
    PoseEstimator,
    check_parts,
    read_landmarks,
    turned_back,
)
from autocompose.body.sources.second_look import confirmed, unmirrored
from autocompose.cli import main
from autocompose.data.estimated_joints import PhotoJoints
from autocompose.data.joints_file import read_joints
from autocompose.data.pose_model import (
    DETECTOR,
    FILE_NAME,
    HOW_TO_GET,
    LANDMARKS,
    SHIPPED,
    PinnedFile,
    assemble_pose_model,
    download_pose_model,
    find_pose_model,
)
from autocompose.errors import EstimationError, MissingExtraError
from autocompose.retrieval.gallery_bodies import bodies_of
from autocompose.schema import JointsOrigin, PoseImage, PosePair
from autocompose.workspace import Workspace, find_workspace

# MediaPipe's numbers: 11 left shoulder, 12 right shoulder, ... ; x to the picture's right, y down,
# z away from the camera. A person who faces the camera has the left side on the picture's right.
NUM_LANDMARKS = 33
FACING = np.zeros((NUM_LANDMARKS, 3))
FACING[[7, 8]] = [[0.07, -0.65, 0.0], [-0.07, -0.65, 0.0]]
FACING[0] = [0.0, -0.63, -0.1]
FACING[[11, 12]] = [[0.2, -0.5, 0.0], [-0.2, -0.5, 0.0]]
FACING[[13, 14]] = [[0.4, -0.7, 0.0], [-0.25, -0.2, 0.0]]  # left elbow up and out
FACING[[15, 16]] = [[0.5, -0.9, -0.1], [-0.25, 0.05, 0.0]]
FACING[[17, 18]] = [[0.52, -1.0, -0.1], [-0.25, 0.12, 0.0]]
FACING[[19, 20]] = [[0.56, -1.0, -0.1], [-0.27, 0.12, 0.0]]
FACING[[23, 24]] = [[0.1, 0.0, 0.0], [-0.1, 0.0, 0.0]]
FACING[[25, 26]] = [[0.1, 0.4, 0.0], [-0.1, 0.3, -0.3]]  # right knee up and forward
FACING[[27, 28]] = [[0.1, 0.8, 0.0], [-0.1, 0.7, -0.2]]
FACING[[29, 30]] = [[0.1, 0.85, 0.05], [-0.1, 0.75, -0.15]]
FACING[[31, 32]] = [[0.1, 0.85, -0.15], [-0.1, 0.75, -0.4]]
GENERATED = "mediapipe.tasks.metadata"
SEEN = np.ones(NUM_LANDMARKS)


def swapped(landmarks: np.ndarray) -> np.ndarray:
    """The same landmarks with left and right names exchanged; from 11 on they alternate."""
    order = [0, 4, 5, 6, 1, 2, 3, 8, 7, 10, 9]
    order += [i + 1 if i % 2 else i - 1 for i in range(11, NUM_LANDMARKS)]
    return landmarks[order]


def read(world: np.ndarray) -> Estimate:
    return read_landmarks(world, world[:, :2], SEEN)


def test_the_subjects_left_arm_up_and_right_knee_forward_stay_so():
    joints = read(FACING).joints
    hand = joints[INDEX["left_hand"]]
    assert hand == pytest.approx([0.54, 1.0, 0.1])  # to its left, up, in front
    assert joints[INDEX["right_hand"]][1] == pytest.approx(-0.12)
    knee = joints[INDEX["right_knee"]]
    assert knee == pytest.approx([-0.1, -0.3, 0.3])
    assert joints[INDEX["left_knee"]][2] == pytest.approx(0.0)
    assert joints[INDEX["neck"]] == pytest.approx([0.0, 0.55, 0.0])
    assert joints[INDEX["head"]] == pytest.approx([0.0, 0.65, 0.0])


def test_a_flipped_photo_gives_the_mirrored_body():
    flipped = swapped(FACING) * (-1.0, 1.0, 1.0)
    np.testing.assert_allclose(read(flipped).joints, mirror(read(FACING).joints), atol=1e-12)


def test_a_body_of_the_mirrored_photo_is_the_body_of_the_photo():
    found = replace(read(FACING), pixels=read(FACING).pixels * 100 + 300, heading=25.0)
    flipped = swapped(FACING) * (-1.0, 1.0, 1.0)
    seen = replace(read(flipped), pixels=read(flipped).pixels * 100 + 300, heading=-25.0)
    back = unmirrored(seen, 600)
    np.testing.assert_allclose(back.joints, found.joints, atol=1e-12)
    np.testing.assert_allclose(back.pixels, found.pixels, atol=1e-9)
    assert back.heading == 25.0


def test_two_looks_that_agree_give_their_mean_and_two_bodies_none():
    one = replace(read(FACING), heading=170.0)

    def other(shift: float, aside: float = 0.0) -> Estimate:
        moved = one.joints + np.array([shift, 0, 0])
        return replace(one, joints=moved, pixels=one.pixels + aside, heading=-170.0)

    (mean,) = confirmed([one], [other(5.0, 9.0), other(0.1)], needed=True)
    np.testing.assert_allclose(mean.joints, one.joints + np.array([0.05, 0, 0]))
    assert mean.heading == 180.0
    assert confirmed([one], [other(0.3)], needed=True) == [one]
    assert confirmed([one], [other(0.4)], needed=False) == []
    for elsewhere in ([], [other(0.0, 9.0)]):
        assert confirmed([one], elsewhere, needed=False) == [one]
        assert confirmed([one], elsewhere, needed=True) == []


def test_the_heading_is_removed_and_told():
    turn = np.radians(30.0)  # the camera's z points away, so this turns the body to its left
    rotation = np.array(
        [[np.cos(turn), 0, -np.sin(turn)], [0, 1, 0], [np.sin(turn), 0, np.cos(turn)]]
    )
    turned = read(FACING @ rotation.T)
    np.testing.assert_allclose(turned.joints, read(FACING).joints, atol=1e-12)
    assert turned.heading == pytest.approx(30.0)
    assert read(FACING).heading == pytest.approx(0.0)


def test_a_joint_is_as_visible_as_its_least_visible_landmark():
    visibility = SEEN.copy()
    visibility[17] = 0.1  # left little finger
    estimate = read_landmarks(FACING, FACING[:, :2], visibility)
    assert estimate.guessed == ("left_hand",)
    assert estimate.joints.shape == (len(JOINTS), 3)
    assert estimate.pixels[INDEX["nose"]] == pytest.approx(FACING[0, :2])
    assert estimate.pixels[INDEX["left_wrist"]] == pytest.approx(FACING[15, :2])
    assert estimate.pixels[INDEX["chest"]] == pytest.approx([0.0, -0.55 * 0.5])


def test_what_is_no_body_is_refused():
    with pytest.raises(EstimationError, match="no whole body"):
        read(FACING * 0.01)


def test_a_missing_model_is_one_line_that_says_how_to_get_it(tmp_path):
    for call in (
        lambda: find_pose_model(tmp_path),
        lambda: find_pose_model(tmp_path, tmp_path / "mine.task"),
        lambda: PhotoJoints(tmp_path).complete(PoseImage("a.jpg", tmp_path / "a.jpg")),
    ):
        with pytest.raises(EstimationError, match="estimate --get-model") as caught:
            call()
        assert "\n" not in str(caught.value)
    assert "--get-model" in HOW_TO_GET


def test_a_model_is_found_in_its_folder_and_an_explicit_one_wins(tmp_path):
    (tmp_path / FILE_NAME).write_bytes(b"x")
    mine = tmp_path / "mine.task"
    mine.write_bytes(b"y")
    known = [source_of(FILE_NAME, b"x")]
    assert find_pose_model(tmp_path, known=known) == tmp_path / FILE_NAME
    assert find_pose_model(tmp_path, mine) == mine


@pytest.mark.parametrize("content", [b"", b"version https://git-lfs.github.com/spec/v1\n"])
def test_a_model_without_its_content_is_named_before_it_is_loaded(tmp_path, content):
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(EstimationError, match=r"damaged .*--get-model"):
        find_pose_model(tmp_path)


def test_a_clone_has_the_model_and_its_licence():
    models = find_workspace().models
    assert find_pose_model(models) == models / FILE_NAME
    assert "Apache License" in (models / "LICENSE").read_text()
    told = (models / "README.md").read_text()
    for file in (SHIPPED, DETECTOR, LANDMARKS):
        assert file.sha256 in told


def test_a_file_that_is_no_model_is_refused(tmp_path):
    (tmp_path / "bad.task").write_bytes(b"not a model")
    with pytest.raises(EstimationError, match="not a pose landmarker model"):
        PoseEstimator(tmp_path / "bad.task")
    with pytest.raises(EstimationError, match="no pose model"):
        PoseEstimator(tmp_path / "absent.task")


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (ModuleNotFoundError("No module named 'cv2'", name="cv2"), r"cv2.*pip install"),
        (ImportError("libGL.so.1: cannot open shared object file"), r"libGL.*apt install libgl1"),
    ],
)
def test_a_library_that_does_not_load_is_explained_by_what_it_lacks(
    tmp_path, monkeypatch, error, remedy
):
    def refuse(name: str, *rest: object) -> object:
        if name.startswith("mediapipe"):
            raise error
        return importing(name, *rest)

    importing = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(MissingExtraError, match=remedy) as caught:
        PoseEstimator(tmp_path / "x.task")
    assert "\n" not in str(caught.value)


class OneFile(http.server.BaseHTTPRequestHandler):
    content = b"the model"

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server():
    served = http.server.ThreadingHTTPServer(("127.0.0.1", 0), OneFile)
    thread = threading.Thread(target=served.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{served.server_port}/model.task"
    served.shutdown()
    served.server_close()
    thread.join()


def source_of(name: str, content: bytes) -> PinnedFile:
    return PinnedFile(name, hashlib.sha256(content).hexdigest(), len(content))


def test_a_fetched_model_is_kept_only_if_it_is_the_expected_one(tmp_path, server):
    source = source_of(server, b"the model")
    path = download_pose_model(tmp_path / "good", source=source)
    assert path.read_bytes() == b"the model"
    assert find_pose_model(tmp_path / "good", known=[source]) == path
    with pytest.raises(EstimationError, match="nothing was kept"):
        download_pose_model(tmp_path / "bad", source=source_of(server, b"another"))
    with pytest.raises(EstimationError, match="nothing was kept"):  # longer than it should be
        download_pose_model(tmp_path / "bad", source=source_of(server, b"the"))
    assert not (tmp_path / "bad").exists()


def test_without_a_network_the_offline_way_is_named(tmp_path):
    def refuse(address: str, timeout: float) -> object:
        raise OSError("no route to host")

    with pytest.raises(EstimationError, match=r"pip download .*--package"):
        download_pose_model(tmp_path, opened=refuse)


def test_the_package_is_assembled_with_the_scaling_of_its_pixels(tmp_path):
    schema: Any = importlib.import_module(f"{GENERATED}.metadata_schema_py_generated")
    tflite: Any = importlib.import_module(f"{GENERATED}.schema_py_generated")
    package = tmp_path / "pose.whl"
    package.write_bytes(package_of(empty_network()))
    networks = {
        "detector": source_of(DETECTOR.name, empty_network()),
        "landmarks": source_of(LANDMARKS.name, empty_network()),
    }
    path = assemble_pose_model(tmp_path, package, **networks)
    scaling = {}
    with zipfile.ZipFile(path) as bundle:
        for name in bundle.namelist():
            model = tflite.ModelT.InitFromObj(
                tflite.Model.GetRootAs(bytearray(bundle.read(name)), 0)
            )
            entry = model.metadata[-1]
            assert entry.name == b"TFLITE_METADATA"
            data = bytearray(bytes(model.buffers[entry.buffer].data))
            told = schema.ModelMetadataT.InitFromObj(schema.ModelMetadata.GetRootAs(data, 0))
            (picture,) = told.subgraphMetadata[0].inputTensorMetadata
            options = picture.processUnits[0].options
            scaling[name] = (options.mean[0], options.std[0], picture.stats.min[0])
    assert scaling == {
        "pose_detector.tflite": (127.5, 127.5, -1.0),
        "pose_landmarks_detector.tflite": (0.0, 255.0, 0.0),
    }
    again = assemble_pose_model(tmp_path / "again", package, **networks)
    assert again.read_bytes() == path.read_bytes()


def test_another_package_is_refused(tmp_path):
    package = tmp_path / "pose.whl"
    package.write_bytes(package_of(empty_network()))
    with pytest.raises(EstimationError, match="nothing was kept"):
        assemble_pose_model(tmp_path, package)
    package.write_bytes(b"no zip file")
    for path in (package, tmp_path / "absent.whl"):
        with pytest.raises(EstimationError, match=r"no wheel of mediapipe.*pip download"):
            assemble_pose_model(tmp_path, path)


def empty_network() -> bytes:
    import flatbuffers

    tflite: Any = importlib.import_module(f"{GENERATED}.schema_py_generated")
    model = tflite.ModelT()
    model.version, model.buffers = 3, [tflite.BufferT()]
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def package_of(network: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as wheel:
        for file in (DETECTOR, LANDMARKS):
            wheel.writestr(file.name, network)
    return packed.getvalue()


class FakeEstimator:
    """Finds the body of `FACING`; in a wide picture, with the left arm down."""

    def __init__(self) -> None:
        self.sizes: list[tuple[int, int]] = []

    def people(self, image: Image.Image) -> tuple[Estimate, ...]:
        self.sizes.append(image.size)
        body = FACING.copy()
        if image.width > image.height:
            body[[13, 15, 17, 19]] = [
                [0.25, -0.2, 0], [0.25, 0.05, 0], [0.25, 0.12, 0], [0.27, 0.12, 0],
            ]  # fmt: skip
        return (read(body),)


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


def test_the_model_file_is_not_fetched_by_any_import_or_lookup(tmp_path, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr("urllib.request.urlopen", fail)
    monkeypatch.setattr("autocompose.data.pose_model.urllib.request.urlopen", fail)
    with pytest.raises(EstimationError):
        PhotoJoints(Path(tmp_path)).load()


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


def test_what_is_said_of_parts_names_them():
    seen = np.ones(NUM_LANDMARKS)
    for gone, words in (((11, 12), "only the legs"), ((23, 24), "only the upper body")):
        part = seen.copy()
        part[list(gone)] = 0.0
        with pytest.raises(EstimationError, match=words):
            check_parts(part)
    check_parts(seen)
    check_parts(0.5 * seen)
    with pytest.raises(EstimationError, match="no person"):
        check_parts(0.5 * seen, turned=True)


@pytest.mark.parametrize("angle", [-90.0, 20.0, 180.0])
def test_places_of_a_turned_picture_lead_back_to_the_picture(angle):
    white = Image.new("L", (60, 40))
    white.putpixel((50, 10), 255)
    turned = white.rotate(angle, Image.Resampling.BILINEAR, expand=True)
    at = np.array(np.unravel_index(np.argmax(np.asarray(turned)), turned.size[::-1]))[::-1] + 0.5
    back = turned_back(at[None].astype(float), angle, was=turned.size, size=white.size)
    np.testing.assert_allclose(back[0], [50.5, 10.5], atol=1.0)


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
