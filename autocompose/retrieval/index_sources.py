"""Where the pictures of a gallery come from: a folder, a zip file, a split, or a `datasets` folder.

Beside the files themselves a source tells what is known of them: joints, person, camera and clip.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from autocompose.data.archive import FoundImages, extract_images, find_images
from autocompose.data.dataset import open_dataset
from autocompose.data.hub.dataset_forms import is_dataset_folder
from autocompose.data.joints_beside import FiledJoints
from autocompose.schema import ImageInfo, PoseImage


@dataclass(frozen=True, eq=False)
class PictureSource:
    """Pictures to be indexed, and what is known of them.

    Args:
        found: the image files.
        label: what the source is called in the notes of its pictures.
        known: pictures of which something is known, by id.
    """

    found: FoundImages
    label: str
    known: Mapping[str, PoseImage] = field(default_factory=dict)

    def joints_of(self, image_id: str, path: Path) -> PoseImage | None:
        """What is known of a picture; None where nothing is.

        Args:
            image_id: its name below the root.
            path: where it lies; not read.
        """
        del path
        return self.known.get(image_id)

    def info(self, image_id: str) -> ImageInfo:
        """Person, camera and clip of a picture, as far as known."""
        known = self.known.get(image_id)
        return ImageInfo() if known is None else known.info


def is_packed(images: Path) -> bool:
    """Whether the pictures must be written out as files before they can be indexed."""
    if images.suffix.lower() == ".zip":
        return True
    return images.is_dir() and is_dataset_folder(images)


def open_split(folder: Path, split: str) -> PictureSource:
    """The gallery of a split in the official layout, with its joints.

    Args:
        folder: of the dataset.
        split: whose pictures are indexed.

    Raises:
        DatasetError: no such dataset or split, or it names an image that is not there.
    """
    dataset = open_dataset(folder)
    images = dataset.gallery(split)
    found = FoundImages(folder / "images", tuple(image.path for image in images))
    known = {image.id: image for image in images}
    return PictureSource(found, f"{dataset.name} {split}", known)


def open_folder(folder: Path, joints: Path | None = None) -> PictureSource:
    """The pictures of a folder and its sub-folders.

    Args:
        folder: of images.
        joints: the ``joints.json`` of the images.

    Raises:
        DatasetError: not a folder, or no image in it.
        CaptionFileError: the file of joints is not one.
    """
    return PictureSource(find_images(folder), folder.name, _known(joints, folder))


def open_packed(
    images: Path, out: Path, *, split: str = "", joints: Path | None = None
) -> PictureSource:
    """The pictures of a zip file or of a `datasets` folder, written out as files.

    Args:
        images: the zip file or the folder.
        out: folder for the pictures.
        split: of a `datasets` folder that has several.
        joints: the ``joints.json`` of the images.

    Raises:
        DatasetError: it cannot be read, is too large, or holds no image.
        UnsafePathError: a name points outside.
        CaptionFileError: the file of joints is not one.
    """
    known = _known(joints, images)
    if images.suffix.lower() == ".zip":
        return PictureSource(extract_images(images, out), images.name, known)
    from autocompose.data.hub.dataset_pictures import extract_pictures

    found = extract_pictures(images, out, split=split)
    return PictureSource(found, " ".join(filter(None, (images.name, split))), known)


def _known(joints: Path | None, images: Path) -> Mapping[str, PoseImage]:
    return {} if joints is None else FiledJoints(joints, images).known
