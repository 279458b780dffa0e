"""Joints from photos, by MediaPipe's pose landmarker (extra ``pose``).

Estimates, not measurements: good on photos of one person, poor on rendered bodies without a face,
and always said to be estimated where they are shown.
"""

from __future__ import annotations

import os
import sys
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from autocompose.body.skeleton import JOINTS
from autocompose.body.sources.camera_roll import camera_roll
from autocompose.body.sources.found_person import Estimate
from autocompose.body.sources.second_look import confirmed, unmirrored
from autocompose.body.sources.skeletons import SKELETONS, import_joints
from autocompose.errors import (
    EstimationError,
    JointImportError,
    MissingExtraError,
    one_line,
)

Floats = NDArray[np.float64]

MAX_PEOPLE = 5
"""People looked for in a photo."""

NEEDS_EXTRA = "joints from photos need mediapipe; install it with: pip install 'autocompose[pose]'"

_SOURCE = SKELETONS["mediapipe-33"]
_TRUNK = {"pelvis": 0.0, "spine": 0.2, "chest": 0.55, "neck": 1.1}
"""Places along the line from mid-hip to mid-shoulder, which have no landmarks of their own."""
_BARELY = 0.1  # the neck hardly depends on where the hips are


def extra_is_there() -> bool:
    """Whether mediapipe is installed; it is not loaded for that."""
    return find_spec("mediapipe") is not None


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
            raise _not_loaded(error) from error
        if not model.is_file():
            raise EstimationError(f"there is no pose model at {model}; name a .task file")
        options = PoseLandmarkerOptions(
            base_options=BaseOptions(model_asset_path=str(model)), num_poses=MAX_PEOPLE
        )
        try:
            with _quiet():
                self._landmarker = PoseLandmarker.create_from_options(options)
        except (RuntimeError, ValueError, OSError) as error:
            line = one_line(error, 200)
            raise EstimationError(f"{model} is not a pose landmarker model: {line}") from error
        self._lock = threading.Lock()
        self._talks = True
        self._close = weakref.finalize(self, _release, self._landmarker)

    def close(self) -> None:
        """Free the model; a second call does nothing."""
        self._close()

    def estimate(self, image: Image.Image) -> Estimate:
        """The body of the person who fills most of a photo; see `people`."""
        return self.people(image)[0]

    def people(self, image: Image.Image, *, turns: bool = True) -> tuple[Estimate, ...]:
        """Find the bodies in a photo, the largest in the picture first.

        A camera that was tilted to its side is levelled by the straight lines of the picture. Where
        no body is found, the picture is turned to find one; the joints are turned back.

        Args:
            image: upright as its file says, any mode; the subject's face or front helps.
            turns: turn the picture where nobody is found in it as it is.

        Raises:
            EstimationError: nobody can be used; the message says what to do.
        """
        roll = camera_roll(image)
        problem = NOBODY
        for turned in (0, *_TURNS) if turns else (0,):
            found, why = self._found(image, roll, turned)
            if found:
                found = self._looked_again(found, image, roll=roll, turned=turned)
                why = UNSURE
            if found:
                return tuple(replace(one, people=len(found)) for one in found)
            problem = why if turned == 0 else problem
        raise EstimationError(problem)

    def _looked_again(
        self, found: list[Estimate], image: Image.Image, *, roll: float, turned: int
    ) -> list[Estimate]:
        """The bodies that are found in the mirrored picture too."""
        mirrored = ImageOps.mirror(image.convert("RGB"))
        again, _ = self._found(mirrored, -roll, -turned)
        seen = [unmirrored(one, image.width) for one in again]
        return confirmed(found, seen, needed=bool(turned))

    def _found(self, image: Image.Image, roll: float, turned: int) -> tuple[list[Estimate], str]:
        """The bodies that are found in a picture turned so far, and why there is none."""
        angle = roll + turned
        seen = _turned(image, angle)
        bodies, problem = [], NOBODY
        for world, marks, visibility in self._detected(seen):
            places = turned_back(marks, angle, was=seen.size, size=image.size)
            visible = in_picture(visibility, places, image.size)
            try:
                check_parts(visible, turned=bool(turned))
                body = read_landmarks(_upright_again(world, turned), places, visible)
            except EstimationError as error:
                problem = str(error)
            else:
                bodies.append((area(places, image.size), replace(body, roll=roll)))
        bodies.sort(key=lambda one: -one[0])
        return [body for _, body in bodies], problem

    def _detected(self, image: Image.Image) -> list[tuple[Floats, Floats, Floats]]:
        """World landmarks (33, 3), pixels (33, 2) and visibility (33,) of each person."""
        from mediapipe.tasks.python.vision.core.image import Image as MediaPipeImage
        from mediapipe.tasks.python.vision.core.image import ImageFormat

        pixels = np.ascontiguousarray(np.asarray(image.convert("RGB")))
        with self._lock, _quiet() if self._talks else nullcontext():
            found = self._landmarker.detect(MediaPipeImage(ImageFormat.SRGB, pixels))
            self._talks = False  # it warns about itself at the first picture only
        return [
            (
                np.array([(mark.x, mark.y, mark.z) for mark in world]),
                np.array([(mark.x, mark.y) for mark in marks]) * image.size,
                np.array([mark.visibility or 0.0 for mark in world]),
            )
            for world, marks in zip(found.pose_world_landmarks, found.pose_landmarks, strict=True)
        ]


NOBODY = (
    "no person found in the picture; use a picture of one whole person, from head to feet (legs or"
    " a face alone are not enough)"
)
UNSURE = (
    "nobody is seen clearly enough to tell the pose; use a picture that shows the person from head"
    " to feet"
)
_TURNS = (180, 90, -90)
"""Degrees that a picture is turned counter-clockwise where nobody is found in it as it is."""
_SURE = 0.6
"""The mean visibility of a body in a turned picture; below, it is read into something else."""


def check_parts(visibility: Floats, *, turned: bool = False) -> None:
    """Refuse what is not enough of a body to know its pose.

    Args:
        visibility: (33,) of the landmarks, 0 outside the picture.
        turned: the picture was turned to find somebody.

    Raises:
        EstimationError: shoulders or hips are out of the picture, or a turned body is unsure.
    """
    shoulders, hips = (max(visibility[list(at)]) for at in ((11, 12), (23, 24)))
    whole = "use a picture that shows the person from head to feet"
    if shoulders == 0 and hips > 0:
        raise EstimationError(f"only the legs are visible: {whole}")
    if hips == 0 and shoulders > 0:
        raise EstimationError(f"only the upper body is visible: {whole}")
    if shoulders == 0 or (turned and float(visibility.mean()) < _SURE):
        raise EstimationError(NOBODY)


def _turned(image: Image.Image, angle: float) -> Image.Image:
    """A picture turned counter-clockwise, made larger so that all of it stays."""
    if angle == 0:
        return image
    picture = image.convert("RGB")
    mean = picture.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    return picture.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=mean)


def turned_back(
    places: Floats, angle: float, *, was: tuple[int, int], size: tuple[int, int]
) -> Floats:
    """Places of a turned picture in the picture as it was.

    Args:
        places: (N, 2) pixels, y down.
        angle: degrees that the picture was turned counter-clockwise.
        was: width and height of the turned picture.
        size: width and height of the picture before.
    """
    return (places - np.array(was) / 2) @ _clockwise(angle).T + np.array(size) / 2


def _upright_again(world: Floats, turned: int) -> Floats:
    """World landmarks of a turned picture as the camera saw them; its roll stays mended."""
    if turned == 0:
        return world
    back = world.copy()
    back[:, :2] = world[:, :2] @ _clockwise(turned).T
    return back


def _clockwise(angle: float) -> Floats:
    turn = np.radians(angle)
    return np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])


def area(places: Floats, size: tuple[int, int]) -> float:
    """How much of a picture a body covers, square pixels.

    Args:
        places: (33, 2) its landmarks in pixels.
        size: width and height of the picture in pixels.
    """
    return float(np.prod(np.ptp(np.clip(places, 0, size), axis=0)))


def in_picture(visibility: Floats, places: Floats, size: tuple[int, int]) -> Floats:
    """The visibility of landmarks, 0 for those outside the picture.

    Args:
        visibility: (33,) 0 to 1, as the model has it.
        places: (33, 2) in pixels.
        size: width and height of the picture in pixels.
    """
    inside = ((places >= 0) & (places <= size)).all(1)
    return np.where(inside, visibility, 0.0)


def _not_loaded(error: ImportError) -> MissingExtraError:
    """What to do where the library is not there, or lacks something of the system."""
    if isinstance(error, ModuleNotFoundError):
        return MissingExtraError(
            f"joints from photos need {error.name or 'mediapipe'}; install it with:"
            " pip install 'autocompose[pose]'"
        )
    return MissingExtraError(
        f"joints from photos need mediapipe, which cannot be loaded ({one_line(error, 120)}); on"
        " Debian and Ubuntu its system libraries come with: apt install libgl1 libglib2.0-0"
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the library's log, which its C++ part writes past Python, off the error stream."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _release(landmarker: Any) -> None:
    try:
        landmarker.close()
    except RuntimeError:
        # The interpreter is ending and the library's threads are gone; without this its destructor
        # prints a traceback.
        landmarker._handle = None


_BACKWARD = (
    "the body seems to be seen upside down, or from its head or feet: turn the picture so that the"
    " head is up, or take it from the front or the side"
)
_NO_BODY = "no whole body is found in the picture: " + NOBODY.split("; ")[1]


def read_landmarks(world: Floats, places: Floats, visibility: Floats) -> Estimate:
    """Map the 33 landmarks to our 22 joints.

    Args:
        world: (33, 3) metres, x to the right of the picture, y down, z away from the camera; "left"
            is the subject's left, as with us.
        places: (33, 2) in pixels.
        visibility: (33,) 0 to 1.

    Raises:
        EstimationError: what was found has no size or shape of a body.
    """
    try:
        found = import_joints(np.asarray(world, dtype=np.float64)[None], "mediapipe-33")
    except JointImportError as error:
        raise EstimationError(_BACKWARD if "backward" in str(error) else _NO_BODY) from error
    weights = [_weights(name) for name in JOINTS]
    lowest = [
        min(visibility[index] for index, weight in sources.items() if abs(weight) > _BARELY)
        for sources in weights
    ]
    at = [sum((w * places[index] for index, w in sources.items()), np.zeros(2))
          for sources in weights]  # fmt: skip
    return Estimate(
        joints=found.joints[0],
        pixels=np.stack(at),
        visibility=np.array(lowest, dtype=np.float64),
        heading=float(found.heading[0]),
    )


def _weights(joint: str) -> dict[int, float]:
    """Landmarks and weights whose mix is a joint's place in the picture."""
    if joint in _TRUNK:
        up = _TRUNK[joint]
        mix = {f"{side}_{name}": share / 2 for side in ("left", "right")
               for name, share in (("hip", 1 - up), ("shoulder", up)) if share}  # fmt: skip
    else:
        mix = _SOURCE.mix.get(joint, {joint: 1.0})
    return {_SOURCE.joints.index(name): weight for name, weight in mix.items()}
