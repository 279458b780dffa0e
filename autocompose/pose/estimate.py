"""Joints from a photo of one person (extra ``pose``), by MediaPipe's pose landmarker.

Estimates, not measurements: good on photos of one person, poor on rendered bodies without a face,
and always said to be estimated where they are shown.
"""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from autocompose.errors import EstimationError, MissingExtraError
from autocompose.pose.skeleton import INDEX, JOINTS, canonical

Floats = NDArray[np.float64]

SEEN = 0.5
"""Visibility below which a joint is guessed rather than seen."""

_SIDED = {
    "shoulder": {"shoulder": 1.0},
    "elbow": {"elbow": 1.0},
    "wrist": {"wrist": 1.0},
    "hand": {"pinky": 0.5, "index": 0.5},  # the knuckles
    "hip": {"hip": 1.0},
    "knee": {"knee": 1.0},
    "ankle": {"ankle": 1.0},
    "foot": {"foot_index": 0.8, "heel": 0.2},  # the ball, a little behind the tip
}
_LANDMARKS = {
    "nose": 0, "left_ear": 7, "right_ear": 8, "left_shoulder": 11, "right_shoulder": 12,
    "left_elbow": 13, "right_elbow": 14, "left_wrist": 15, "right_wrist": 16, "left_pinky": 17,
    "right_pinky": 18, "left_index": 19, "right_index": 20, "left_hip": 23, "right_hip": 24,
    "left_knee": 25, "right_knee": 26, "left_ankle": 27, "right_ankle": 28, "left_heel": 29,
    "right_heel": 30, "left_foot_index": 31, "right_foot_index": 32,
}  # fmt: skip
NUM_LANDMARKS = 33


@dataclass(frozen=True)
class Estimate:
    """The body found in one photo.

    Args:
        joints: (22, 3) canonical joints, metres.
        pixels: (22, 2) their places in the photo, x right and y down.
        visibility: (22,) how surely each was seen, 0 to 1.
        heading: where the hip line faces, degrees to the subject's left of the camera.
    """

    joints: Floats
    pixels: Floats
    visibility: Floats
    heading: float

    @property
    def guessed(self) -> tuple[str, ...]:
        """Joints that were hidden or out of the picture."""
        seen = zip(JOINTS, self.visibility, strict=True)
        return tuple(name for name, value in seen if value < SEEN)


class PoseEstimator:
    """The loaded landmarker. One photo at a time; safe to share between threads.

    Args:
        model: a pose landmarker ``.task`` file; see `autocompose.data.pose_model`.

    Raises:
        MissingExtraError: mediapipe is not installed.
        EstimationError: the file is missing, or no such model.
    """

    def __init__(self, model: Path) -> None:
        try:
            from mediapipe.tasks.python.core.base_options import BaseOptions
            from mediapipe.tasks.python.vision import PoseLandmarker, PoseLandmarkerOptions
        except ImportError as error:
            raise MissingExtraError(
                "joints from photos need mediapipe;"
                " install it with: pip install 'autocompose[pose]'"
            ) from error
        if not model.is_file():
            raise EstimationError(f"there is no pose model at {model}; name a .task file")
        options = PoseLandmarkerOptions(base_options=BaseOptions(model_asset_path=str(model)))
        try:
            self._landmarker = PoseLandmarker.create_from_options(options)
        except (RuntimeError, ValueError, OSError) as error:
            line = " ".join(str(error).split())[:200]
            raise EstimationError(f"{model} is not a pose landmarker model: {line}") from error
        self._lock = threading.Lock()
        self._close = weakref.finalize(self, _release, self._landmarker)

    def close(self) -> None:
        """Free the model; a second call does nothing."""
        self._close()

    def estimate(self, image: Image.Image) -> Estimate:
        """Find the body in a photo.

        Args:
            image: upright, any mode; the subject's face or front helps.

        Raises:
            EstimationError: no person is found.
        """
        from mediapipe.tasks.python.vision.core.image import Image as MediaPipeImage
        from mediapipe.tasks.python.vision.core.image import ImageFormat

        pixels = np.ascontiguousarray(np.asarray(image.convert("RGB")))
        with self._lock:
            found = self._landmarker.detect(MediaPipeImage(ImageFormat.SRGB, pixels))
        if not found.pose_world_landmarks:
            raise EstimationError(
                "no person is found in the picture; use one that shows one whole person"
            )
        world, seen = found.pose_world_landmarks[0], found.pose_landmarks[0]
        return read_landmarks(
            np.array([(mark.x, mark.y, mark.z) for mark in world]),
            np.array([(mark.x * image.width, mark.y * image.height) for mark in seen]),
            np.array([mark.visibility or 0.0 for mark in world]),
        )


def _release(landmarker: Any) -> None:
    try:
        landmarker.close()
    except RuntimeError:
        # The interpreter is ending and the library's threads are gone; without this its destructor
        # prints a traceback.
        landmarker._handle = None


def read_landmarks(world: Floats, places: Floats, visibility: Floats) -> Estimate:
    """Map the 33 landmarks to our 22 joints.

    Args:
        world: (33, 3) metres, x to the right of the picture, y down, z away from the camera; "left"
            is the subject's left, as with us.
        places: (33, 2) in pixels.
        visibility: (33,) 0 to 1.
    """
    # A half turn about x: y up, z towards the camera, which is forward for who faces it.
    joints = _mix(np.asarray(world, dtype=np.float64) * (1.0, -1.0, -1.0))
    hips = joints[INDEX["left_hip"]] - joints[INDEX["right_hip"]]
    lowest = [visibility[list(sources)].min() for sources in (_sources(name) for name in JOINTS)]
    return Estimate(
        joints=canonical(joints),
        pixels=_mix(np.asarray(places, dtype=np.float64)),
        visibility=np.array(lowest, dtype=np.float64),
        heading=float(np.degrees(np.arctan2(-hips[2], hips[0]))),
    )


def _mix(points: Floats) -> Floats:
    rows = [
        sum((weight * points[index] for index, weight in _sources(name).items()), np.zeros(1))
        for name in JOINTS
    ]
    return np.stack(rows)


def _sources(joint: str) -> dict[int, float]:
    """Landmarks and weights of one joint."""
    side, _, part = joint.partition("_")
    if part:
        return {_LANDMARKS[f"{side}_{name}"]: w for name, w in _SIDED[part].items()}
    if joint == "nose":
        return {_LANDMARKS["nose"]: 1.0}
    if joint == "head":
        return {_LANDMARKS["left_ear"]: 0.5, _LANDMARKS["right_ear"]: 0.5}
    # The trunk has no landmarks of its own: points on the line from mid-hip to mid-shoulder.
    up = {"pelvis": 0.0, "spine": 0.3, "chest": 0.7, "neck": 1.0}[joint]
    sources = {
        _LANDMARKS["left_hip"]: (1 - up) / 2, _LANDMARKS["right_hip"]: (1 - up) / 2,
        _LANDMARKS["left_shoulder"]: up / 2, _LANDMARKS["right_shoulder"]: up / 2,
    }  # fmt: skip
    return {index: weight for index, weight in sources.items() if weight}
