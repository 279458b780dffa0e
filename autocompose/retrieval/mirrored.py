"""References that no picture shows: one flipped left to right, and the body of words alone."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, ImageOps

from autocompose.body.standing_body import standing_body
from autocompose.data.preprocess import load_image
from autocompose.describe.views import mirror_image
from autocompose.retrieval.gallery_bodies import GalleryBodies
from autocompose.retrieval.voices import Reference
from autocompose.schema import JointsOrigin, PoseImage


def mirrored_reference(reference: Reference | None) -> Reference | None:
    """The body of a picture that is flipped left to right; None stays None."""
    return None if reference is None else Reference(mirrored_bodies(reference.bodies))


def mirrored_bodies(bodies: GalleryBodies) -> GalleryBodies:
    """Bodies whose left side does what the right side did; an involution."""
    flipped = []
    for row in range(len(bodies)):
        origin = bodies.origin(row)
        if origin is None:
            flipped.append(None)
            continue
        body = bodies.body(row)
        points = tuple((float(x), float(y), float(z)) for x, y, z in body.joints)
        seen = None if body.visibility is None else tuple(float(v) for v in body.visibility)
        image = PoseImage(
            "", Path(), points, None, body.floor, origin, heading=body.heading,
            built=tuple(sorted(body.built)), visibility=seen,
        )  # fmt: skip
        flipped.append(mirror_image(image))
    return GalleryBodies.of(flipped)


def mirrored_pixels(content: bytes, name: str) -> bytes:
    """A picture, as people see it, flipped left to right.

    Args:
        content: of the file.
        name: how an error calls it.

    Raises:
        ImageError: it cannot be read.
    """
    flipped = ImageOps.mirror(load_image(content, upright=True, name=name))
    written = io.BytesIO()
    _plain(flipped).save(written, "PNG", compress_level=1)
    return written.getvalue()


def _plain(image: Image.Image) -> Image.Image:
    return image if image.mode in ("RGB", "L", "RGBA") else image.convert("RGB")


def standing_reference() -> Reference:
    """The body that words alone start from."""
    joints, floor = standing_body()
    points = tuple((float(x), float(y), float(z)) for x, y, z in joints)
    image = PoseImage("", Path(), points, None, floor, JointsOrigin.RENDERED)
    return Reference(GalleryBodies.of([image]))
