"""The ``joints.json`` that belongs to pictures, and what it says of one of them."""

from __future__ import annotations

from pathlib import Path

from autocompose.data.joints_file import read_joints
from autocompose.schema import PoseImage

JOINTS_FILE = "joints.json"


def joints_beside(images: Path) -> Path | None:
    """The ``joints.json`` of a folder of pictures, a zip file of them, or one picture.

    It stands in the folder itself or, in the official layout, beside a folder called ``images``.

    Args:
        images: the folder or the file.
    """
    folder = images if images.is_dir() else images.parent
    places = [folder]
    if folder.resolve().name == "images":
        places.append(folder.resolve().parent)
    return next((at / JOINTS_FILE for at in places if (at / JOINTS_FILE).is_file()), None)


class FiledJoints:
    """Says what a ``joints.json`` knows of the picture of an id.

    Args:
        path: the file.
        images: folder that its names are relative to.

    Raises:
        CaptionFileError: the file is not one of joints, or its bodies cannot be.
        UnsafePathError: a name points outside ``images``.
    """

    def __init__(self, path: Path, images: Path) -> None:
        """Read the file."""
        self.known = read_joints(path, images)

    def __call__(self, image_id: str, path: Path) -> PoseImage | None:
        """The picture with its joints; None where the file does not name it.

        Args:
            image_id: the name relative to the folder.
            path: where the picture lies; not read.
        """
        del path
        return self.known.get(image_id)
