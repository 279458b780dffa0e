"""What the page shows of a gallery's picture: its file or, where that is not at hand, a thumbnail.

Thumbnails lie in the shards of a gallery. One that is to be shown is written among the uploads,
which are served to those who may see the page, and cleared away like these.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace

from autocompose.data.files import write_whole
from autocompose.errors import WriteError
from autocompose.schema import PoseImage
from autocompose.studio.server.pictures import PictureView, view_picture
from autocompose.studio.server.state import Studio

FOLDER = "thumbnails"


def view_of_gallery(studio: Studio, image_id: str) -> PictureView:
    """What the page shows of a picture of the dataset or of the gallery.

    Raises:
        MissingImageError: there is no such picture.
    """
    image = studio.image(image_id)
    return view_picture(image if image.path.is_file() else _small(studio, image))


def _small(studio: Studio, image: PoseImage) -> PoseImage:
    """The picture as its thumbnail; as it was where there is none."""
    content = studio.engine.thumbnail(image.id)
    if not content:
        return image
    name = hashlib.sha256(content).hexdigest()[:32]
    path = studio.config.uploads / FOLDER / f"{name}.jpg"
    try:
        if path.is_file():
            os.utime(path)  # it is as new as an upload of now
        else:
            write_whole(path, content)
    except (WriteError, FileNotFoundError):
        return image
    return replace(image, path=path, pixels=None)
