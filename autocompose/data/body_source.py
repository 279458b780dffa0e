"""One body, named in one word: a picture, an entry of a ``joints.json``, a frame of a motion file.

``me.jpg``, ``joints.json:me.jpg`` and ``walk.bvh:120`` are such names. The joints of a picture come
from the ``joints.json`` that belongs to it, else they are estimated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from autocompose.body.change import Body
from autocompose.data.archive import IMAGE_SUFFIXES
from autocompose.data.estimated_joints import PhotoJoints
from autocompose.data.files import some
from autocompose.data.joint_import import JointFormat, read_joint_file
from autocompose.data.joints_beside import FiledJoints, joints_beside
from autocompose.data.joints_file import read_joints
from autocompose.errors import DatasetError, JointImportError
from autocompose.schema import JointsOrigin, PoseImage

FORMS = "IMAGE, joints.json:ID or pose.bvh[:FRAME]"


def image_at(
    name: str, models: Path, *, person: int = 1, on_note: Callable[[str], None] | None = None
) -> PoseImage:
    """The picture or body of a name, with its joints.

    Args:
        name: one of `FORMS`; frames count from 0.
        models: folder of the model that estimates joints.
        person: which of several people in a photo, from 1, the largest first.
        on_note: called with one line where joints are estimated or imported with a caveat.

    Raises:
        DatasetError: there is no such file, entry or frame, or the name is of no such form.
        JointImportError: a motion file cannot be read.
        EstimationError, MissingExtraError, ImageError: the joints of a photo cannot be estimated.
    """
    path, entry = _split(name)
    kind = path.suffix.lower()
    if kind == ".json":
        known = read_joints(path, path.parent)
        if entry not in known:
            asked = f'has no image "{entry}"' if entry else "holds many bodies; name one after a :"
            raise DatasetError(f"{path} {asked}; it has {some(list(known))}")
        return _with_joints(known[entry], str(path))
    if kind == ".bvh":
        return _frame(path, entry, on_note=on_note)
    if kind not in IMAGE_SUFFIXES or entry:
        raise DatasetError(f'"{name}" names no body; give {FORMS}')
    return _of_picture(path, models, person=person, on_note=on_note)


def body_at(
    name: str, models: Path, *, person: int = 1, on_note: Callable[[str], None] | None = None
) -> Body:
    """The body of a name; see `image_at`, whose arguments and errors these are.

    Args:
        name: one of `FORMS`.
        models: folder of the model that estimates joints.
        person: which of several people in a photo.
        on_note: called with one line of caveats.
    """
    return Body.of_image(image_at(name, models, person=person, on_note=on_note))


def _split(name: str) -> tuple[Path, str]:
    """The file of a name, which must be there, and what is named in it."""
    whole = Path(name)
    if whole.is_file():
        return whole, ""
    file, colon, entry = name.partition(".json:")
    if colon:
        path, entry = Path(file + ".json"), entry
    else:
        file, colon, entry = name.rpartition(":")
        path = Path(file) if colon else whole
    if not path.is_file():
        raise DatasetError(f'there is no file "{path}"; a body is {FORMS}')
    return path, entry


def _with_joints(image: PoseImage, place: str) -> PoseImage:
    if image.joints is None:
        raise DatasetError(f'{place} has no joints of "{image.id}"')
    return image


def _frame(path: Path, entry: str, *, on_note: Callable[[str], None] | None) -> PoseImage:
    number = _number(entry, path)
    poses, _ = read_joint_file(path, JointFormat())
    if number >= len(poses.joints):
        raise DatasetError(f"{path} has {len(poses.joints)} poses, counted from 0; not {number}")
    if on_note is not None:
        for note in poses.notes:
            on_note(f"{path}: {note}")
    joints = tuple((float(x), float(y), float(z)) for x, y, z in poses.joints[number])
    return PoseImage(
        f"{path.name}:{number}",
        path,
        joints,
        floor_y=float(poses.floor[number]),
        joints_origin=JointsOrigin.IMPORTED,
        built=poses.derived,
    )


def _number(entry: str, path: Path) -> int:
    if not entry:
        return 0
    if not entry.isascii() or not entry.isdigit():
        raise JointImportError(f'"{entry}" is no frame of {path}; give a number from 0')
    return int(entry)


def _of_picture(
    path: Path, models: Path, *, person: int, on_note: Callable[[str], None] | None
) -> PoseImage:
    beside = joints_beside(path)
    if beside is not None:
        found = FiledJoints(beside, path.parent)(path.name, path)
        if found is not None and found.joints is not None:
            return found
    estimated = PhotoJoints(models, person=person, on_note=on_note).complete(
        PoseImage(path.name, path)
    )
    if on_note is not None:
        on_note(f"the joints of {path.name} are estimated")
    return replace(estimated, path=path)
