"""``joints.json`` of a dataset: what is known of each image's body, read and written.

::

    {"skeleton": [22 names], "units": "...", "image_size": [256, 256],
     "images": {"<file>": {"joints": [[x, y, z] * 22], "pixels": [[u, v] * 22], "floor_y": -0.9,
                           "heading": 35.0, "built": ["left_foot"], "origin": "rendered",
                           "visibility": [0.98 * 22],
                           "person": "p1",
                           "camera": "front", "clip": "walk-0012", "pose": "mocap",
                           "seconds": 0.4}}}
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from autocompose.body.change import Body
from autocompose.body.skeleton import INDEX, JOINTS
from autocompose.body.sources.skeletons import LIMBS, backward, limb_length
from autocompose.data.files import check_name, dumps, read_json, some, write_whole
from autocompose.errors import CaptionFileError
from autocompose.schema import ImageInfo, JointsOrigin, PoseImage

_MANY = 5  # of so few images all may show handstands
UNITS = "metres, subject-centred, +x subject's left, +y up, +z forward"


def read_joints(path: Path, images: Path) -> dict[str, PoseImage]:
    """Read ``joints.json``.

    Args:
        path: the file.
        images: folder that its names lie in.

    Returns:
        An image per name, whether or not its file exists.

    Raises:
        CaptionFileError: not this format, another skeleton, an array of another shape, joints that
            are not in metres with y up, or sides that are exchanged.
        UnsafePathError: a name points outside ``images``.
    """
    document = read_json(path)
    records = document.get("images") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(records, dict):
        raise CaptionFileError(f'{path}: expected an object with "skeleton" and "images"')
    if document.get("skeleton") != list(JOINTS):
        raise CaptionFileError(f'{path}: "skeleton" must be the {len(JOINTS)} joints {JOINTS}')
    known = {name: _image(name, record, path, images=images) for name, record in records.items()}
    _check_bodies(list(known.values()), path)
    return known


def write_joints(
    path: Path, images: Iterable[PoseImage], *, image_size: tuple[int, int] | None = (256, 256)
) -> None:
    """Write ``joints.json``, whole or not at all: metres to the millimetre, pixels to a tenth.

    Args:
        path: the file.
        images: those without joints are left out.
        image_size: width and height of every image in pixels; None when they differ.
    """
    write_whole(path, joints_text(images, image_size=image_size))


def joints_text(images: Iterable[PoseImage], *, image_size: tuple[int, int] | None) -> str:
    """What `write_joints` writes.

    Args:
        images: those without joints are left out.
        image_size: see `write_joints`.
    """
    known = (image for image in images if image.joints is not None)
    lines = [f"{dumps(image.id)}: {dumps(_record(image), dense=True)}" for image in known]
    about: dict[str, object] = {"skeleton": list(JOINTS), "units": UNITS}
    if image_size is not None:
        about["image_size"] = list(image_size)
    head = dumps(about)
    return head[:-1] + ', "images": {\n' + ",\n".join(lines) + "\n}}\n"


def _check_bodies(images: list[PoseImage], path: Path) -> None:
    """Refuse what `autocompose joints` would refuse: texts about such bodies would be wrong."""
    if not images:
        return
    joints = np.array([image.joints for image in images])
    names = np.array([image.id for image in images])
    sizes = limb_length(joints)
    wrong = (sizes < LIMBS[0]) | (sizes > LIMBS[1])
    if wrong.any():
        raise CaptionFileError(
            f"{path}: thigh, shin, upper arm and forearm of {some(names[wrong].tolist())} add up to"
            f" {sizes[wrong][0]:.3g}; expected {LIMBS[0]} to {LIMBS[1]}: give all joints in metres"
        )
    unknown = [{*image.built, *Body.of_image(image).guessed} for image in images]
    wrong = backward(joints, unknown)
    if wrong.any():
        raise CaptionFileError(
            f"{path}: face and feet point backward in {some(names[wrong].tolist())}: left and right"
            " joints are exchanged there, or the axes are not x to the subject's left, y up and z"
            " forward"
        )
    trunks = joints[:, INDEX["neck"]] - joints[:, INDEX["pelvis"]]
    upright = trunks[:, 1] / np.maximum(np.linalg.norm(trunks, axis=1), 1e-9)
    if len(images) >= _MANY and float(np.median(upright)) < -0.5:
        raise CaptionFileError(
            f"{path}: most bodies stand on their heads; y must point up, in metres"
        )


def _image(name: str, record: object, path: Path, *, images: Path) -> PoseImage:
    where = f"{path}: {name}"
    check_name(name, str(path))
    if not isinstance(record, dict):
        raise CaptionFileError(f"{where}: expected an object, not {type(record).__name__}")
    joints = _array(record.get("joints"), 3, f"{where}: joints")
    pixels = record.get("pixels")
    floor_y = _number(record, "floor_y", "metres", where=where)
    heading = _number(record, "heading", "degrees", where=where)
    try:
        origin = JointsOrigin(record.get("origin", "imported"))
    except ValueError:
        allowed = ", ".join(o.value for o in JointsOrigin)
        raise CaptionFileError(
            f"{where}: origin {record['origin']!r} is unknown; use one of {allowed}"
        ) from None
    info = {key: str(record.get(key, "")) for key in ("person", "camera", "clip", "pose")}
    seconds = _number(record, "seconds", "seconds", where=where)
    return PoseImage(
        id=name,
        path=images / name,
        joints=joints,
        pixels=None if pixels is None else _array(pixels, 2, f"{where}: pixels"),
        floor_y=floor_y,
        heading=heading,
        built=_names(record.get("built"), f"{where}: built"),
        visibility=_visibility(record.get("visibility"), f"{where}: visibility"),
        joints_origin=origin,
        info=ImageInfo(**info, seconds=seconds),
    )


def _number(record: Mapping[str, Any], key: str, unit: str, *, where: str) -> float | None:
    value = record.get(key)
    if value is None:
        return None
    # Not math.isfinite, which fails for a whole number of 400 digits.
    sound = isinstance(value, (int, float)) and abs(value) <= sys.float_info.max
    if isinstance(value, bool) or not sound:
        raise CaptionFileError(f"{where}: {key} must be {unit}, not {value!r}")
    return float(value)


def _names(value: object, where: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(name in JOINTS for name in value):
        raise CaptionFileError(f"{where} must be a list of joints of {JOINTS}, not {value!r}")
    return tuple(value)


def _visibility(values: object, where: str) -> tuple[float, ...] | None:
    if values is None:
        return None
    if not isinstance(values, list) or len(values) != len(JOINTS) or not all(map(_share, values)):
        raise CaptionFileError(f"{where} must be {len(JOINTS)} numbers from 0 to 1")
    return tuple(float(value) for value in values)


def _share(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1


def _array(values: object, width: int, where: str) -> Any:
    """The nested lists as tuples of floats, checked to be (22, width) and finite."""
    message = f"{where} must be {len(JOINTS)} rows of {width} finite numbers"
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise CaptionFileError(message) from None
    if array.shape != (len(JOINTS), width) or not np.isfinite(array).all():
        raise CaptionFileError(message)
    return tuple(map(tuple, array.tolist()))


def _record(image: PoseImage) -> Mapping[str, object]:
    record: dict[str, object] = {
        "joints": [[_rounded(v, 3) for v in row] for row in image.joints or ()]
    }
    if image.pixels is not None:
        record["pixels"] = [[_rounded(v, 1) for v in row] for row in image.pixels]
    if image.floor_y is not None:
        record["floor_y"] = _rounded(image.floor_y, 3)
    if image.heading is not None:
        record["heading"] = _rounded(image.heading, 1)
    if image.built:
        record["built"] = list(image.built)
    if image.visibility is not None:
        record["visibility"] = [_rounded(v, 2) for v in image.visibility]
    record["origin"] = (image.joints_origin or JointsOrigin.IMPORTED).value
    info = image.info
    named = {"person": info.person, "camera": info.camera, "clip": info.clip, "pose": info.pose}
    record.update({key: value for key, value in named.items() if value})
    if info.seconds is not None:
        record["seconds"] = _rounded(info.seconds, 3)
    return record


def _rounded(value: float, digits: int) -> float | int:
    # + 0.0 turns -0.0 into 0.0, which would otherwise differ between machines.
    rounded = round(float(value), digits) + 0.0
    return int(rounded) if rounded.is_integer() else rounded
