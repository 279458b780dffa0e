"""The body that a visitor starts from: of a picture, a motion file, another answer, or standing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autocompose.body.change import Body
from autocompose.body.skeleton import JOINTS
from autocompose.body.sources.skeletons import LIMBS, limb_length
from autocompose.data.estimated_joints import with_estimate
from autocompose.errors import (
    AutoComPoseError,
    ConfigError,
    EstimationError,
    GalleryError,
    JointImportError,
)
from autocompose.lab.bodies.standing import standing_body
from autocompose.schema import PoseImage
from autocompose.studio.lab.lab_bench import bench_of
from autocompose.studio.server.pictures import Page
from autocompose.studio.server.state import Studio
from autocompose.studio.server.transport import read_choice, read_int, read_text

Floats = NDArray[np.float64]

NO_ESTIMATOR = (
    "this studio estimates no joints; start from a picture of the gallery, a motion file or the"
    " standing body"
)
FURTHEST = 10.0
"""Metres that a joint sent by the page may be from the origin."""


class StartKind(str, Enum):
    """Where a starting pose comes from."""

    STANDING = "standing"
    IMAGE = "image"
    UPLOAD = "upload"
    MOTION = "motion"
    JOINTS = "joints"


@dataclass(frozen=True, eq=False)
class LabStart:
    """A body to start from.

    Args:
        kind: where it comes from.
        body: as it is known.
        image_id: of a picture of the gallery; else empty.
        path: of an upload or a motion file; None for others.
        number: which person of an upload, from 1, or which frame of a motion, from 0.
    """

    kind: StartKind
    body: Body
    image_id: str = ""
    path: Path | None = None
    number: int = 0


def read_start(studio: Studio, payload: Page) -> LabStart:
    """The starting pose that a page names.

    Args:
        studio: the loaded studio.
        payload: ``start`` with ``kind`` and, by it, ``image`` (an id), ``upload`` (a path) and
            ``person``, ``motion`` (a path) and ``frame``, or ``joints`` (22 places).

    Raises:
        ConfigError: nothing of this kind, or another number of joints.
        MissingImageError: there is no such picture, or an upload is gone.
        GalleryError: nothing is known of the body in a picture.
        EstimationError: nobody is found in an upload, or nothing estimates joints here.
        JointImportError: a motion file cannot be used, or joints are none of a person.
    """
    given = payload.get("start", {})
    if not isinstance(given, dict):
        raise ConfigError('field "start" is not an object; reload the page')
    kind = read_choice(StartKind, read_text(given, "kind") or StartKind.STANDING.value)
    if kind is StartKind.IMAGE:
        image_id = read_text(given, "image")
        return LabStart(kind, known_body(studio, image_id), image_id=image_id)
    if kind is StartKind.UPLOAD:
        return _of_upload(studio, given)
    if kind is StartKind.MOTION:
        return _of_motion(studio, given)
    if kind is StartKind.JOINTS:
        return LabStart(kind, Body(_read_joints(given.get("joints"))))
    return LabStart(kind, Body(standing_body()))


def known_body(studio: Studio, image_id: str) -> Body:
    """The body in a picture of the dataset or the gallery: known, or estimated once.

    Raises:
        MissingImageError: there is no such picture.
        GalleryError: nothing is known of its body, and it cannot be estimated here.
    """
    image = studio.image(image_id)
    if image.joints is not None:
        return Body.of_image(image)
    found = _of_gallery(studio, image_id)
    if found is not None:
        return found
    try:
        if studio.joints is None:
            raise EstimationError(NO_ESTIMATOR)
        with studio.slot():
            return Body.of_image(studio.joints.complete(image))
    except AutoComPoseError as error:
        raise GalleryError(f'nothing is known of the body in "{image_id[:60]}": {error}') from error


def _of_gallery(studio: Studio, image_id: str) -> Body | None:
    try:
        bones = studio.engine.bones
        known = None if bones is None else bones()
    except AutoComPoseError:
        return None
    if known is None or image_id not in known.rows:
        return None
    return Body(np.asarray(known.joints[known.rows[image_id]], dtype=np.float64))


def _of_upload(studio: Studio, given: Page) -> LabStart:
    path = studio.uploaded(read_text(given, "upload"))
    number = read_int(given, "person", low=1, high=99, default=1)
    if studio.joints is None:
        raise EstimationError(NO_ESTIMATOR)
    with studio.slot():
        people = studio.joints.people(path)
    if number > len(people):
        raise ConfigError(f"there is no person {number} in the picture; choose one of the boxes")
    image = with_estimate(PoseImage(path.name, path), people[number - 1])
    return LabStart(StartKind.UPLOAD, Body.of_image(image), path=path, number=number)


def _of_motion(studio: Studio, given: Page) -> LabStart:
    path = studio.uploaded(read_text(given, "motion"))
    with studio.slot():
        poses = bench_of(studio).motion(path)
    frame = read_int(given, "frame", low=0, high=len(poses.joints) - 1, default=0)
    body = Body(
        np.asarray(poses.joints[frame], dtype=np.float64),
        float(poses.floor[frame]),
        built=frozenset(poses.derived),
    )
    return LabStart(StartKind.MOTION, body, path=path, number=frame)


def _read_joints(value: Any) -> Floats:
    """(22, 3) metres, of a body that could be a person's."""
    try:
        joints = np.array(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ConfigError('field "joints" is no list of places; reload the page') from error
    if joints.shape != (len(JOINTS), 3):
        raise ConfigError(f'field "joints" has shape {joints.shape}; send {len(JOINTS)} places')
    if not (np.abs(joints) <= FURTHEST).all():
        raise JointImportError(f"a joint is further than {FURTHEST:g} m away; send metres")
    size = float(limb_length(joints[None])[0])
    if not LIMBS[0] <= size <= LIMBS[1]:
        raise JointImportError(
            f"thigh, shin, upper arm and forearm add up to {size:.3g} m; a person has {LIMBS[0]} to"
            f" {LIMBS[1]} m"
        )
    return joints
