"""A dataset drawn again: its poses, pairs and names stay, except those that are wrong."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from autocompose.body.skeleton import mean_joint_distance
from autocompose.data import dataset as layout
from autocompose.data.aside import held_aside
from autocompose.errors import DatasetError
from autocompose.schema import PoseImage
from autocompose.synthesis.body import Person
from autocompose.synthesis.everyday import posture_counts
from autocompose.synthesis.pose_names import NamedPoses
from autocompose.synthesis.render import CAMERA
from autocompose.synthesis.shots import Shot

_NUMBER = re.compile(r"\D+(\d+)_")
_LEAVES = "sit-cross-leg"  # it sits on nothing, and its legs do not cross
_BEFORE = ".before"  # what the dataset was, while a run writes what it becomes
_WRITTEN = ("captions", "image_splits", "joints.json", "card.md")
_NEAR = 0.06  # m: of two pictures of one look in val or test that are nearer, one leaves


@contextmanager
def all_or_nothing(out: Path) -> Iterator[None]:
    """What the block writes of a dataset besides pictures is there whole, or was never written.

    The files as they were stand aside meanwhile; `as_it_was` puts them back after a run that was
    stopped in the block.

    Args:
        out: the dataset.
    """
    with held_aside(out / _BEFORE, folder=True) as copy:
        for name in _WRITTEN:
            path = out / name
            if path.is_dir():
                shutil.copytree(path, copy / name)
            elif path.exists():
                shutil.copy2(path, copy / name)
        copy.rename(out / _BEFORE)
    yield
    with held_aside(out / _BEFORE, folder=True) as trash:
        (out / _BEFORE).rename(trash)


def as_it_was(out: Path) -> bool:
    """Put back what a run that was stopped while it wrote had changed; whether there was any.

    Args:
        out: the dataset.
    """
    before = out / _BEFORE
    if not before.is_dir():
        return False
    for name in _WRITTEN:
        with held_aside(out / name, folder=True) as trash:
            if (out / name).exists():
                (out / name).rename(trash / name)
            if (before / name).is_dir():  # copied: this may be stopped, too
                shutil.copytree(before / name, out / name)
            elif (before / name).exists():
                shutil.copy2(before / name, out / name)
    with held_aside(before, folder=True) as trash:
        before.rename(trash)
    return True


def kept_shots(
    out: Path, split: str, named: NamedPoses, *, cast: Sequence[Person]
) -> tuple[list[Shot], dict[str, str]]:
    """The shots of an existing dataset, and the pictures that leave it with the reason.

    Args:
        out: the dataset.
        split: its split.
        named: finds poses by the names in ``joints.json``.
        cast: people by the names in ``joints.json``.

    Raises:
        DatasetError: a person, camera or pose of the dataset is unknown.
    """
    people = {person.name: person for person in cast}
    images = layout.open_dataset(out).gallery(split)
    gone = {} if split == "train" else _near_duplicates(images)
    shots: list[Shot] = []
    for image in images:
        info = image.info
        if info.clip.rpartition("+")[2].startswith(_LEAVES):
            gone[image.id] = "sits on nothing"
            continue
        if image.id in gone:
            continue
        if info.person not in people or info.camera not in CAMERA:
            raise DatasetError(
                f"{out / 'joints.json'}: {image.id} shows {info.person or 'nobody'} before camera"
                f" {info.camera or 'none'}, which this version does not draw; leave out --keep"
            )
        pose = named.pose(info.clip)
        number = _NUMBER.match(image.id)
        shots.append(
            Shot(
                split,
                int(number.group(1)) if number else len(shots),
                pose,
                people[info.person],
                CAMERA[info.camera],
                kept=image,
            )
        )
    return shots, gone


def _near_duplicates(images: Sequence[PoseImage]) -> dict[str, str]:
    """Pictures of one person before one camera in almost one pose; the first stays."""
    gone: dict[str, str] = {}
    stay: dict[tuple[str, str], list[PoseImage]] = {}
    for image in images:
        others = stay.setdefault((image.info.person, image.info.camera), [])
        at = np.array(image.joints)
        twin = next(
            (o for o in others if mean_joint_distance(np.array(o.joints), at) < _NEAR), None
        )
        if twin is None:
            others.append(image)
        else:
            gone[image.id] = f"nearly the pose of {twin.id}"
    return gone


def counts_of(shots: Sequence[Shot]) -> Mapping[str, int]:
    """Posture -> pictures of it among kept shots."""
    images = [shot.kept for shot in shots if shot.kept is not None]
    return posture_counts([image.joints for image in images], [image.floor_y for image in images])
