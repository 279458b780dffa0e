"""The people that a text is asked about: found in one picture, or named one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from autocompose.body.sources.crowd import people_across
from autocompose.data.archive import IMAGE_SUFFIXES
from autocompose.data.body_source import FORMS, image_at
from autocompose.data.estimated_joints import PhotoJoints, with_estimate
from autocompose.data.preprocess import load_image
from autocompose.errors import DatasetError
from autocompose.schema import PoseImage


@dataclass(frozen=True, eq=False)
class PeopleGiven:
    """People to choose from.

    Args:
        people: with joints; left to right where a picture shows them all, else as given.
        picture: that shows them all; None where there is none.
    """

    people: tuple[PoseImage, ...]
    picture: Image.Image | None = None


def people_given(
    names: Sequence[str], models: Path, *, on_note: Callable[[str], None] | None = None
) -> PeopleGiven:
    """The people of one picture, or the bodies of several names.

    Args:
        names: one picture of several people, or a name of `autocompose.data.body_source` for each
            person, left to right.
        models: folder of the model that estimates joints.
        on_note: called with one line where joints are estimated or imported with a caveat.

    Raises:
        DatasetError: no name, or one that names no body.
        EstimationError, MissingExtraError, ImageError: nobody is found in a picture.
        JointImportError: a motion file cannot be read.
    """
    if not names:
        raise DatasetError(f"name a picture of several people, or one body each: {FORMS}")
    only = Path(names[0])
    # "joints.json:a.jpg" ends like a picture, and is one body of a file.
    is_entry = ".json:" in names[0] and not only.is_file()
    if len(names) == 1 and only.suffix.lower() in IMAGE_SUFFIXES and not is_entry:
        return _in_picture(only, models, on_note)
    people = [image_at(name, models, on_note=on_note) for name in names]
    return PeopleGiven(tuple(people))


def _in_picture(path: Path, models: Path, on_note: Callable[[str], None] | None) -> PeopleGiven:
    """Everybody in a photo; joints beside it are of one person and do not count here."""
    if not path.is_file():
        raise DatasetError(f'there is no file "{path}"; give a picture, or {FORMS}')
    picture = load_image(path, upright=True)
    found = people_across(PhotoJoints(models).load(), picture)
    if on_note is not None:
        some = "1 person is" if len(found) == 1 else f"{len(found)} people are"
        on_note(f"{some} found in {path.name}; their joints are estimated")
    image = PoseImage(path.name, path)
    people = (
        replace(with_estimate(image, one), id=f"{path.name}, number {number}")
        for number, one in enumerate(found, start=1)
    )
    return PeopleGiven(tuple(people), picture)
