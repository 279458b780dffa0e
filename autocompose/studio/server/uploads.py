"""Uploaded pictures: opened once within limits, and shown as the server has read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from autocompose.body.sources.photo import MAX_PEOPLE
from autocompose.data.estimated_joints import NO_ESTIMATE, with_estimate
from autocompose.errors import ConfigError, EstimationError, ImageError, one_line
from autocompose.schema import ImageInfo, PoseImage, PosePair, content_id
from autocompose.studio.server.pictures import (
    BoneView,
    Page,
    PictureView,
    picture_url,
    view_picture,
)
from autocompose.studio.server.state import Studio
from autocompose.studio.server.transport import read_int, read_text

if TYPE_CHECKING:
    from PIL import Image

    from autocompose.body.sources.photo import Estimate

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
SEVERAL = "{} people were found: choose one of them in the picture."
LEVELLED = "The camera leans {} degrees; the joints are levelled."
REFUSED = "{}. Matches will mean little."
UNCHECKED = "Not a picture of this gallery: expect rougher matches."

UPLOADED = "uploaded"
_LEAST = 6.0
"""Percent of a picture's sides that a box has at least, so that a finger can hit it."""


@dataclass(frozen=True)
class PersonView:
    """Somebody in an uploaded picture.

    Args:
        number: from 1, the largest in the picture first.
        left: of the box around the person, percent of the picture's width.
        top: percent of its height.
        width: percent of its width.
        height: percent of its height.
        place: where in the picture, for those who do not see the box.
        bones: the skeleton, over the whole picture.
    """

    number: int
    left: float
    top: float
    width: float
    height: float
    place: str
    bones: tuple[BoneView, ...]


@dataclass(frozen=True)
class UploadView:
    """An uploaded picture that can be used, and what to expect of it.

    Args:
        path: names the picture in later calls.
        width: pixels.
        height: pixels.
        picture: how it is shown.
        note: one line for the visitor.
        problem: why nothing is known of a body in it, and what to do; empty where something is.
        people: whose joints were estimated, the largest first.
    """

    path: str
    width: int
    height: int
    picture: PictureView
    note: str
    problem: str
    people: tuple[PersonView, ...]


@dataclass(frozen=True)
class _Seen:
    """What was found in a picture."""

    note: str
    problem: str = ""
    people: tuple[PersonView, ...] = ()


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
    seen = _look(studio, kept)
    if seen.note:
        notes.append(seen.note)
    view = PictureView(
        id=upload_id(kept),
        url=picture_url(kept),
        alt=f"Uploaded picture {name}",
        caption=name,
        origin=UPLOADED,
        bones=seen.people[0].bones if seen.people else (),
        ratio=round(image.width / image.height, 4),
    )
    return UploadView(
        str(kept), *image.size, view, " ".join(notes), problem=seen.problem, people=seen.people
    )


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


def _look(studio: Studio, path: Path) -> _Seen:
    """Who is in a picture, and what to expect of it as the reference of a query."""
    if studio.joints is None:
        return _Seen(UNCHECKED)
    try:
        with studio.slot():
            studio.joints.load()
    except NO_ESTIMATE:
        return _Seen(UNCHECKED)
    try:
        with studio.slot():
            found = studio.joints.people(path)
    except NO_ESTIMATE as error:
        line = one_line(error)
        return _Seen("", REFUSED.format(line[:1].upper() + line[1:]))
    notes = [FOUND if len(found) == 1 else SEVERAL.format(len(found))]
    if found[0].roll:
        notes.append(LEVELLED.format(abs(round(found[0].roll))))
    return _Seen(" ".join(notes), people=_people_views(path, found))


def _people_views(path: Path, found: Sequence[Estimate]) -> tuple[PersonView, ...]:
    """Boxes and skeletons of the people in a picture."""
    image = PoseImage(upload_id(path), path)
    bones = [view_picture(with_estimate(image, one), skeleton=True).bones for one in found]
    boxes = [_box(one) for one in bones]
    middles = [left + width / 2 for left, _, width, _ in boxes]
    views = []
    for at, box in enumerate(boxes):
        place = 1 + sum(middle < middles[at] for middle in middles)
        told = "" if len(found) == 1 else f"number {place} from the left edge of the picture"
        views.append(PersonView(at + 1, *box, place=told, bones=bones[at]))
    return tuple(views)


def _box(bones: Sequence[BoneView]) -> tuple[float, float, float, float]:
    """Left, top, width and height of a box around a skeleton, percent, inside the picture."""
    edges = []
    for values in (
        [x for b in bones for x in (b.x1, b.x2)],
        [y for b in bones for y in (b.y1, b.y2)],
    ):
        low, high = max(0.0, min(values) - 2), min(100.0, max(values) + 2)
        middle = min(max((low + high) / 2, _LEAST / 2), 100 - _LEAST / 2)
        low, high = min(low, middle - _LEAST / 2), max(high, middle + _LEAST / 2)
        edges.append((round(low, 2), round(high - low, 2)))
    (left, width), (top, height) = edges
    return left, top, width, height


def person_in(studio: Studio, payload: Page, path: Path, field: str = "person") -> PoseImage | None:
    """An uploaded picture with the joints of the person that a page names.

    Args:
        studio: estimates joints where it can.
        payload: ``person``, from 1; the first where it is not named.
        path: of the picture.
        field: how the payload calls the person.

    Returns:
        None where nothing is known of anybody in the picture.

    Raises:
        ConfigError: there is no such person.
    """
    number = _read_person(payload, field)
    if studio.joints is None:
        return None
    try:
        with studio.slot():
            found = studio.joints.people(path)
    except NO_ESTIMATE:
        return None
    if number > len(found):
        raise ConfigError(f"there is no person {number} in the picture; choose one of the boxes")
    return with_estimate(_uploaded(path, number), found[number - 1])


def _read_person(payload: Page, field: str) -> int:
    return read_int(payload, field, low=1, high=MAX_PEOPLE, default=1)


def _uploaded(path: Path, number: int) -> PoseImage:
    """An upload; which person is meant is said of all but the first, as of a dataset's pictures."""
    return PoseImage(
        upload_id(path), path, info=ImageInfo(str(number) if number > 1 else "", pose=UPLOADED)
    )


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
    reference, target = (
        _uploaded(read_upload(studio, payload, role), _read_person(payload, f"{role}_person"))
        for role in ("reference", "target")
    )
    return PosePair(reference, target), True


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
        reference, target = (
            studio.joints.complete(image, person=int(image.info.person or 1))
            if image.info.pose == UPLOADED
            else studio.joints.complete(image)
            for image in (pair.reference, pair.target)
        )
    return replace(pair, reference=reference, target=target)


def upload_id(path: Path) -> str:
    """The id of an upload: its name alone is not one, phones call every picture ``image.jpg``."""
    return content_id(str(path))
