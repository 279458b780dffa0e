"""View models: what the page needs to show a picture or a pair. No gradio, no model.

The page receives plain JSON (`to_page`) and puts every string in as text, never as markup.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from autocompose.body.skeleton import BONES, INDEX
from autocompose.schema import ImageInfo, JointsOrigin, PoseImage, PosePair, View

Page = dict[str, Any]
"""One JSON object on its way to the browser."""

POSE_ORIGINS = {
    "mocap": "pose from motion capture",
    "authored": "authored pose",
    "recombined": "recombined pose",
    "uploaded": "uploaded",
}
_CAMERA = re.compile(r"(left|right)(\d+)")


@dataclass(frozen=True)
class BoneView:
    """One bone: end points in percent of width and height; side ``L``, ``R`` or empty."""

    x1: float
    y1: float
    x2: float
    y2: float
    side: str


@dataclass(frozen=True)
class PictureView:
    """One picture: where the browser finds it, what a screen reader says, what stands under it.

    Args:
        ratio: width / height of what is shown; known with the bones and of uploads, else 1.
    """

    id: str
    url: str
    alt: str
    caption: str
    origin: str
    bones: tuple[BoneView, ...] = ()
    ratio: float = 1.0


@dataclass(frozen=True)
class PairView:
    """A pair in the strip or on the table."""

    id: str
    reference: PictureView
    target: PictureView


def to_page(view: Any) -> Page:
    """A view model as plain JSON values."""
    return dataclasses.asdict(view)


def picture_url(path: Path) -> str:
    """Address of a served file, relative to the page so that it works behind any prefix."""
    return "gradio_api/file=" + quote(str(path.resolve()))


def view_picture(
    image: PoseImage, *, skeleton: bool = False, mirrored: bool = False
) -> PictureView:
    """What the page shows of one image.

    Args:
        image: of a dataset, a gallery, or an upload.
        skeleton: also send the projected bones, where the image has them.
        mirrored: for a picture that the page flips: bones flip, and left and right change names.
    """
    ratio = 1.0
    if skeleton and image.pixels is not None:
        width, height = _image_size(image.path, upright=True)  # as browsers show it
        ratio = round(width / height, 4)
    return PictureView(
        id=image.id,
        url=picture_url(image.path),
        alt=alternative_text(image),
        caption=caption(image.info),
        origin=origin(image),
        bones=_bones(image, mirrored=mirrored) if skeleton else (),
        ratio=ratio,
    )


def view_pair(pair: PosePair, *, skeleton: bool = False, view: View = View.FORWARD) -> PairView:
    """What the page shows of one pair, in the order of a view."""
    first, second = view.order(pair.reference, pair.target)
    return PairView(
        PosePair(first, second).id,
        view_picture(first, skeleton=skeleton, mirrored=view.mirrors),
        view_picture(second, skeleton=skeleton, mirrored=view.mirrors),
    )


def caption(info: ImageInfo) -> str:
    """Person, camera and clip in words: ``"person 3 · 40° left · walk"``."""
    person = f"person {info.person.lstrip('p')}" if info.person else ""
    camera = _CAMERA.sub(r"\2° \1", info.camera)
    return " · ".join(word for word in (person, camera, info.clip.replace("_", " ")) if word)


def origin(image: PoseImage) -> str:
    """How the picture came to be, in words."""
    pose = POSE_ORIGINS.get(image.info.pose, image.info.pose)
    told = {JointsOrigin.RENDERED: "rendered body", JointsOrigin.ESTIMATED: "joints estimated"}
    made = told.get(image.joints_origin, "") if image.joints_origin else ""
    return ", ".join(word for word in (made, pose) if word)


def alternative_text(image: PoseImage) -> str:
    """What a screen reader says in place of the picture."""
    what = caption(image.info)
    made = "A rendered body" if image.joints_origin is JointsOrigin.RENDERED else "A picture"
    name = image.path.name if image.info.pose == "uploaded" else image.id
    return f"{made}: {what}" if what else f"{made} named {name}"


def _bones(image: PoseImage, *, mirrored: bool) -> tuple[BoneView, ...]:
    if image.pixels is None:
        return ()
    # Estimated joints are of the picture as people see it, others of the file as it is stored.
    upright = image.joints_origin is JointsOrigin.ESTIMATED
    width, height = _image_size(image.path, upright=upright)
    points = [(100 * x / width, 100 * y / height) for x, y in image.pixels]
    if mirrored:
        points = [(100 - x, y) for x, y in points]
    other = {"L": "R", "R": "L", "": ""}
    bones = []
    for start, end in BONES:
        side = {"left": "L", "right": "R"}.get(end.split("_")[0], "")
        side = other[side] if mirrored else side
        (x1, y1), (x2, y2) = points[INDEX[start]], points[INDEX[end]]
        bones.append(BoneView(round(x1, 2), round(y1, 2), round(x2, 2), round(y2, 2), side))
    return tuple(bones)


@lru_cache(maxsize=4096)
def _image_size(path: Path, *, upright: bool) -> tuple[int, int]:
    from PIL import ExifTags, Image

    with Image.open(path) as image:
        width, height = image.size
        lying = image.getexif().get(ExifTags.Base.Orientation, 1) >= 5
    return (height, width) if upright and lying else (width, height)
