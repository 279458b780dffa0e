"""Uploaded pictures: opened once within limits, and shown as the server has read them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from autocompose.errors import ConfigError, ImageError
from autocompose.schema import ImageInfo, PoseImage, PosePair, content_id
from autocompose.studio.server.pictures import Page, PictureView, picture_url
from autocompose.studio.server.state import Studio
from autocompose.studio.server.transport import read_text

UPLOAD_MAX_PIXELS = 24_000_000
"""A phone's picture; larger ones are refused before they are decoded."""


@dataclass(frozen=True)
class UploadView:
    """An uploaded picture that can be used, and what to expect of it.

    Args:
        path: names the picture in later calls.
        width: pixels.
        height: pixels.
        picture: how it is shown.
        note: one line for the visitor.
    """

    path: str
    width: int
    height: int
    picture: PictureView
    note: str


def check_upload(studio: Studio, payload: Page) -> UploadView:
    """Open an uploaded picture within the limits of bytes and pixels.

    Args:
        studio: knows the folder of uploads.
        payload: ``path``, and ``name`` as the visitor's file is called.
    """
    path, (width, height) = _open_upload(studio, payload, "path")
    name = read_text(payload, "name") or path.name
    return UploadView(str(path), width, height, _view(path, name), "uploaded")


def _view(path: Path, name: str) -> PictureView:
    return PictureView(
        id=upload_id(path),
        url=picture_url(path),
        alt=f"Uploaded picture {name}",
        caption=name,
        origin="uploaded",
    )


def read_upload(studio: Studio, payload: Page, name: str) -> Path:
    """The path of an uploaded picture that can be read.

    Raises:
        UnsafePathError: the path leads out of the upload folder.
        ImageError: unreadable, too many bytes or pixels.
    """
    return _open_upload(studio, payload, name)[0]


def _open_upload(studio: Studio, payload: Page, name: str) -> tuple[Path, tuple[int, int]]:
    """An upload that was decoded once: its path, and its width and height."""
    from autocompose.data.preprocess import load_image

    path = studio.uploaded(read_text(payload, name))
    size, limit = path.stat().st_size, studio.config.max_upload_bytes
    if size > limit:
        raise ImageError(
            f"the picture has {size / 2**20:.1f} MB; this studio takes up to {limit / 2**20:.0f} MB"
        )
    return path, load_image(path, max_pixels=UPLOAD_MAX_PIXELS, max_bytes=limit).size


def read_pair(studio: Studio, payload: Page) -> tuple[PosePair, bool]:
    """The pair of the dataset, or of two uploads; and whether it is uploaded.

    Raises:
        ConfigError: neither is named.
        AutoComPoseError: there is no such pair, or an upload cannot be used.
    """
    pair_id = read_text(payload, "pair")
    if pair_id:
        return studio.pair(pair_id), False
    if not (read_text(payload, "reference") and read_text(payload, "target")):
        raise ConfigError("Pick a pair above, or upload a reference and a target picture.")
    reference = read_upload(studio, payload, "reference")
    target = read_upload(studio, payload, "target")
    info = ImageInfo(pose="uploaded")
    images = [PoseImage(upload_id(path), path, info=info) for path in (reference, target)]
    return PosePair(images[0], images[1]), True


def upload_id(path: Path) -> str:
    """The id of an upload: its name alone is not one, phones call every picture ``image.jpg``."""
    return content_id(str(path))
