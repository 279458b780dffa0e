"""Uploaded pictures: opened once within limits, and shown as the server has read them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autocompose.data.estimated_joints import NO_ESTIMATE
from autocompose.errors import ConfigError, EstimationError, ImageError, one_line
from autocompose.schema import ImageInfo, PoseImage, PosePair, content_id
from autocompose.studio.server.pictures import Page, PictureView, picture_url
from autocompose.studio.server.state import Studio
from autocompose.studio.server.transport import read_text

if TYPE_CHECKING:
    from PIL import Image

UPLOAD_MAX_PIXELS = 50_000_000
"""A phone's picture; larger ones are refused before they are decoded, in every format."""

MIN_SIDE = 32
"""Pixels of the shorter side; smaller pictures show no person."""

MAX_RATIO = 4
"""Longer side / shorter side; a strip shows no person."""

SIDE = 1280
"""Pixels of the longer side that is kept; the page sends no more either."""

PLAIN = ("JPEG", "PNG", "WEBP")
"""Formats that are kept as they came where browsers show them as they are."""

FOUND = "A person was found. Expect rougher matches than for pictures like those of the gallery."
SEVERAL = "{} people were found; the largest is used. Expect rougher matches than usual."
NOBODY = "The matches will mean little: {}."
UNCHECKED = "Not a picture of this gallery: expect rougher matches."


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
    """Open an uploaded picture within the limits, and keep it in a form that browsers show.

    Args:
        studio: knows the folder of uploads, and estimates joints where it can.
        payload: ``path``, and ``name`` as the visitor's file is called.

    Raises:
        UnsafePathError: the path leads out of the upload folder.
        ImageError: unreadable, too many bytes or pixels, too small, or a strip.
    """
    path, image = _open_upload(studio, payload, "path")
    name = read_text(payload, "name") or path.name
    _check_shape(image.size)
    kept, frames = _kept(path, image)
    notes = [f"First of {frames} frames."] if frames > 1 else []
    notes.append(_expectation(studio, kept))
    view = PictureView(
        id=upload_id(kept),
        url=picture_url(kept),
        alt=f"Uploaded picture {name}",
        caption=name,
        origin="uploaded",
    )
    return UploadView(str(kept), *image.size, view, " ".join(notes))


def _check_shape(size: tuple[int, int]) -> None:
    short, long = min(size), max(size)
    if short < MIN_SIDE:
        raise ImageError(
            f"the picture has {size[0]} x {size[1]} pixels; use one of at least {MIN_SIDE} x"
            f" {MIN_SIDE}"
        )
    if long > MAX_RATIO * short:
        raise ImageError(
            f"the picture is a strip of {size[0]} x {size[1]} pixels; use one whose longer side is"
            f" at most {MAX_RATIO} times the shorter"
        )


def _kept(path: Path, image: Image.Image) -> tuple[Path, int]:
    """A file that browsers and the model read alike, and how many frames the original has."""
    from PIL import Image

    from autocompose.data.preprocess import DEEP

    with Image.open(path) as original:
        frames = getattr(original, "n_frames", 1)
        plain = original.format in PLAIN and original.mode not in ("CMYK", *DEEP)
    if plain and frames == 1 and max(image.size) <= SIDE:
        return path, frames
    small = image.copy()
    small.thumbnail((SIDE, SIDE))
    kept = path.with_name(f"{path.stem}.checked.jpg")
    small.save(kept, quality=92)
    return kept, frames


def _expectation(studio: Studio, path: Path) -> str:
    """One line on what to expect of a picture as the reference of a query."""
    if studio.joints is None:
        return UNCHECKED
    try:
        with studio.slot():
            studio.joints.load()
    except NO_ESTIMATE:
        return UNCHECKED
    try:
        with studio.slot():
            studio.joints.complete(PoseImage(upload_id(path), path))
    except NO_ESTIMATE as error:
        return NOBODY.format(one_line(error))
    people = studio.joints.people_in(path)
    return SEVERAL.format(people) if people > 1 else FOUND


def read_upload(studio: Studio, payload: Page, name: str) -> Path:
    """The path of an uploaded picture that can be read.

    Raises:
        UnsafePathError: the path leads out of the upload folder.
        ImageError: unreadable, too many bytes or pixels.
    """
    return _open_upload(studio, payload, name)[0]


def _open_upload(studio: Studio, payload: Page, name: str) -> tuple[Path, Image.Image]:
    """An upload that was decoded once: its path, and the picture as people see it, in RGB."""
    from autocompose.data.preprocess import load_image

    path = studio.uploaded(read_text(payload, name))
    size, limit = path.stat().st_size, studio.config.max_upload_bytes
    if size > limit:
        raise ImageError(
            f"the picture has {size / 2**20:.1f} MB; this studio takes up to {limit / 2**20:.0f} MB"
        )
    return path, load_image(path, max_pixels=UPLOAD_MAX_PIXELS, max_bytes=limit, upright=True)


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


def with_joints(studio: Studio, pair: PosePair) -> PosePair:
    """A pair with joints on both pictures: its own, or estimated from them.

    Raises:
        EstimationError: nothing here estimates joints, or no person is found in a picture.
        MissingExtraError: what estimates them is not installed.
        ImageError: a picture is unreadable.
    """
    if pair.reference.joints is not None and pair.target.joints is not None:
        return pair
    if studio.joints is None:
        raise EstimationError("")
    with studio.slot():
        return studio.joints.complete_pair(pair)


def upload_id(path: Path) -> str:
    """The id of an upload: its name alone is not one, phones call every picture ``image.jpg``."""
    return content_id(str(path))
