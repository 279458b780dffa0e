"""A body as landmarks, a model file that nobody trained, and an estimator that finds the body."""

from __future__ import annotations

import importlib
import io
import zipfile
from typing import Any

import numpy as np
from PIL import Image

from autocompose.body.sources.photo import Estimate, read_landmarks
from autocompose.data.pose_model import DETECTOR, LANDMARKS

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
