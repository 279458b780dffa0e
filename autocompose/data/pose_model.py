"""The model file for joints from photos: found beside the checkpoints, fetched, or assembled.

The repository has it. Where it is missing (the package alone was installed), nothing is fetched
unless a person asks for it. What is fetched has a fixed address, and every content is checked.
"""

from __future__ import annotations

import hashlib
import io
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Sequence
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
        name: an address, or the name of a file in a package.
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

SHIPPED = PinnedFile(
    FILE_NAME, "98625d43f52d250b669d1f46bcf9de77fb57869d04c7dbf0306c742db66058a6", 9_398_026
)
"""What `assemble_pose_model` makes; the repository has it in checkpoints/pose-landmarker."""

PACKAGE = "mediapipe==0.10.21"
"""The package whose wheels hold the same networks as bare TFLite files."""

HOW_TO_ASSEMBLE = (
    f"`pip download --no-deps --only-binary=:all: --python-version 3.11 --platform"
    f" manylinux_2_28_x86_64 {PACKAGE}`"
)

DETECTOR = PinnedFile(
    "mediapipe/modules/pose_detection/pose_detection.tflite",
    "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
    2_959_046,
)
LANDMARKS = PinnedFile(
    "mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
    "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
    6_440_512,
)
_CHUNK = 1 << 20


def find_pose_model(
    models: Path,
    explicit: Path | None = None,
    *,
    known: Sequence[PinnedFile] = (SHIPPED, DOWNLOAD),
) -> Path:
    """The model file that is there.

    Args:
        models: the workspace's folder of it.
        explicit: a file the operator named; nothing else is looked at then.
        known: what the file in ``models`` may be.

    Raises:
        EstimationError: there is none, or it is damaged; the message says how to get it.
    """
    if explicit is not None:
        if not explicit.is_file():
            raise EstimationError(f"there is no pose model at {explicit}; {HOW_TO_GET}")
        return explicit
    path = models / FILE_NAME
    if not path.is_file():
        raise EstimationError(HOW_TO_GET)
    # A clone without the contents of large files has a few lines of text here.
    size = path.stat().st_size
    if all(size != one.size or _sha256(path.read_bytes()) != one.sha256 for one in known):
        raise EstimationError(
            f"{path} is damaged or of another version ({size} bytes); get it again with"
            " `autocompose estimate --get-model`"
        )
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
            f"the pose model cannot be fetched ({one_line(error, 120)}); where pip works, run"
            f" {HOW_TO_ASSEMBLE} and pass the file with --package"
        ) from error
    _check(bytes(content), source)
    write_whole(models / FILE_NAME, bytes(content))
    return models / FILE_NAME


def assemble_pose_model(
    models: Path,
    package: Path,
    *,
    detector: PinnedFile = DETECTOR,
    landmarks: PinnedFile = LANDMARKS,
) -> Path:
    """Make the model from a package that has its networks, where its address is out of reach.

    Args:
        models: folder to keep it in; made if missing.
        package: a wheel of `PACKAGE`, of any system; see `HOW_TO_ASSEMBLE`.
        detector: the network that finds people.
        landmarks: the network that finds a person's joints.

    Raises:
        EstimationError: missing, or not that package.
        MissingExtraError: mediapipe is not installed.
    """
    try:
        with zipfile.ZipFile(package) as wheel:
            finds, places = _member(wheel, detector), _member(wheel, landmarks)
    except (OSError, zipfile.BadZipFile, KeyError, zlib.error) as error:
        raise EstimationError(
            f"{package} is no wheel of {PACKAGE} ({one_line(error, 120)}); get one with"
            f" {HOW_TO_ASSEMBLE}"
        ) from error
    bundle = io.BytesIO()
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_STORED) as parts:
        # A fixed date, so that the same package gives the same file.
        for name, network in (
            ("pose_detector.tflite", _with_metadata(finds, mean=127.5, std=127.5, outputs=2)),
            (
                "pose_landmarks_detector.tflite",
                _with_metadata(places, mean=0.0, std=255.0, outputs=5),
            ),
        ):
            parts.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), network)
    write_whole(models / FILE_NAME, bundle.getvalue())
    return models / FILE_NAME


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _check(content: bytes, source: PinnedFile) -> None:
    found = _sha256(content)
    if found != source.sha256:
        raise EstimationError(
            f"the content is not {source.name.rsplit('/', 1)[-1]}: SHA-256 {found[:12]}..., not the"
            f" expected {source.sha256[:12]}...; nothing was kept"
        )


def _member(wheel: zipfile.ZipFile, file: PinnedFile) -> bytes:
    """A file of the package, which must be the expected one."""
    with wheel.open(file.name) as opened:
        content = opened.read(file.size + 1)
    _check(content, file)
    return content


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
