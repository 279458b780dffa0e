"""data/pose_model: the model file is found, fetched or assembled; only the expected one is kept."""

import builtins
import hashlib
import http.server
import importlib
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest

from autocompose.body.sources.photo import PoseEstimator
from autocompose.data.estimated_joints import PhotoJoints
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
from autocompose.schema import PoseImage
from autocompose.workspace import find_workspace
from tests.estimate_fakes import GENERATED, empty_network, package_of


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


def test_the_model_file_is_not_fetched_by_any_import_or_lookup(tmp_path, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr("urllib.request.urlopen", fail)
    monkeypatch.setattr("autocompose.data.pose_model.urllib.request.urlopen", fail)
    with pytest.raises(EstimationError):
        PhotoJoints(Path(tmp_path)).load()
