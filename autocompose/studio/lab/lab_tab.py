"""Pose lab: a body is changed by words, seen from all sides, and looked for among the pictures."""

from __future__ import annotations

import base64
import io
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from autocompose.body.skeleton import canonical
from autocompose.data.joints_file import joints_text
from autocompose.errors import GalleryError
from autocompose.schema import JointsOrigin, PoseImage
from autocompose.studio.lab.lab_acts import ACTS_TO_TRY, lab_act
from autocompose.studio.lab.lab_bench import MAX_MOTION_BYTES, bench_of
from autocompose.studio.lab.lab_command import MOST_HITS, lab_command
from autocompose.studio.lab.lab_touch import TOUCH_HANDLERS
from autocompose.studio.lab.lab_views import (
    LabAnswer,
    LabBone,
    SpaceBody,
    lab_answer,
    skeleton_bones,
    space_body,
)
from autocompose.studio.lab.lab_wish import drawn, read_wish
from autocompose.studio.lab.starts import StartKind, read_start
from autocompose.studio.server.gallery_pictures import view_of_gallery
from autocompose.studio.server.pictures import Page, PictureView, view_picture
from autocompose.studio.server.state import Studio, mixed
from autocompose.studio.server.tab_page import tab_page
from autocompose.studio.server.transport import Handler, page_call, read_int, read_text
from autocompose.studio.server.uploads import UPLOAD_MAX_PIXELS, check_upload

STRIP = 60
"""Thumbnails per page of the strip."""
FIRST_HITS = 12

WISHES = (
    "sit down and cross your arms",
    "put both hands on the hips",
    "raise the left arm",
    "kneel on one knee",
    "lean forward and bend both knees",
    "stretch both arms out to the sides",
)
"""Wishes to click. Sides are the subject's."""

NO_MODEL = (
    "There is no pose model in {folder} yet, so no body can be drawn from words. Train one with"
    " `autocompose pose train --dataset {dataset} --checkpoint {checkpoint} --out {folder}`, in"
    " about an hour on two cores; this page finds it without a restart."
)
NO_BONES = "This gallery tells no joints, so no picture can be found by its pose."


@dataclass(frozen=True)
class PosedStrip:
    """One page of pictures whose bodies are known."""

    total: int
    offset: int
    pictures: tuple[PictureView, ...]


@dataclass(frozen=True)
class LabBoot:
    """All that the tab needs to draw itself.

    Args:
        no_model: why no body can be drawn from words, and what to do; empty where one can.
        bones: of every body that is sent.
        limbs: that can be exchanged.
        wishes: to click.
        acts: that people do, to click.
        strip: the first pictures to start from.
        most_pixels: of a picture that is uploaded.
        most_motion: bytes of a motion file that is uploaded.
    """

    no_model: str
    bones: tuple[LabBone, ...]
    limbs: tuple[str, ...]
    wishes: tuple[str, ...]
    acts: tuple[str, ...]
    strip: PosedStrip
    most_pixels: int
    most_motion: int


@dataclass(frozen=True)
class LabStartView:
    """A starting pose as it stands, and the gallery's picture of it, where it is one."""

    body: SpaceBody
    picture: PictureView | None


@dataclass(frozen=True)
class MotionView:
    """A motion file that can be used: how many poses it has, and what was guessed in reading it."""

    path: str
    name: str
    frames: int
    note: str


@dataclass(frozen=True)
class LabHit:
    """A picture whose body answers a wish.

    Args:
        rank: from 1.
        score: logarithm of the likelihood of its body, up to a constant of the wish.
        picture: of it.
    """

    rank: int
    score: float
    picture: PictureView


@dataclass(frozen=True)
class LabHits:
    """The pictures that answer a wish best, of all that were ranked."""

    hits: tuple[LabHit, ...]
    ranked: int
    gallery: str
    milliseconds: int


@dataclass(frozen=True)
class LabTaken:
    """A pose to take along: ``joints.json`` as text, and a PNG in base 64."""

    joints: str
    png: str


def lab_boot(studio: Studio, payload: Page) -> LabBoot:
    """Whether there is a model, and what one can start from."""
    from autocompose.lab.bodies.recombine import LIMB_BONES

    del payload
    bench = bench_of(studio)
    there = bench.is_there()
    if there:
        bench.warm()
    return LabBoot(
        no_model="" if there else no_model(studio),
        bones=skeleton_bones(),
        limbs=tuple(LIMB_BONES),
        wishes=WISHES,
        acts=ACTS_TO_TRY,
        strip=_strip(studio, 0),
        most_pixels=UPLOAD_MAX_PIXELS,
        most_motion=MAX_MOTION_BYTES,
    )


def no_model(studio: Studio) -> str:
    """What to do where there is no pose model."""
    config = studio.config
    return NO_MODEL.format(
        folder=_short(bench_of(studio).folder),
        dataset=_short(config.dataset),
        checkpoint=_short(config.checkpoint or Path("checkpoints/pose-mini")),
    )


def _short(path: Path) -> str:
    return "/".join(path.parts[-2:])


def lab_strip(studio: Studio, payload: Page) -> PosedStrip:
    """One page of pictures whose bodies are known, people and clips mixed."""
    return _strip(studio, read_int(payload, "offset", low=0, high=10**7, default=0))


def _strip(studio: Studio, offset: int) -> PosedStrip:
    posed = mixed([image for image in studio.images if image.joints is not None])
    shown = tuple(view_picture(image) for image in posed[offset : offset + STRIP])
    return PosedStrip(len(posed), offset, shown)


def lab_start(studio: Studio, payload: Page) -> LabStartView:
    """A starting pose, before anything is wished.

    Args:
        studio: the loaded studio.
        payload: ``start`` as in `read_start`.

    Raises:
        AutoComPoseError: what `read_start` raises, or a damaged model.
    """
    start = read_start(studio, payload)
    bench = bench_of(studio)
    lab = bench.lab() if bench.is_there() else None
    picture = view_of_gallery(studio, start.image_id) if start.image_id else None
    return LabStartView(space_body(start.body.joints, lab), picture)


def lab_motion(studio: Studio, payload: Page) -> MotionView:
    """Read a motion file that a visitor has sent.

    Args:
        studio: the loaded studio.
        payload: ``path``, and ``name`` as the visitor's file is called.

    Raises:
        UnsafePathError: the path leads out of the upload folder.
        JointImportError: it cannot be used.
    """
    path = studio.uploaded(read_text(payload, "path"))
    with studio.slot():
        poses = bench_of(studio).motion(path)
    name = read_text(payload, "name") or path.name
    return MotionView(str(path), name, len(poses.joints), " ".join(poses.notes))


def lab_wish(studio: Studio, payload: Page) -> LabAnswer:
    """The body that words ask for.

    Args:
        studio: the loaded studio.
        payload: as `read_wish` reads it.

    Raises:
        TextError: the text is empty, and no limb is exchanged.
        CheckpointError: there is no pose model, or it is damaged.
        AutoComPoseError: what `read_wish` raises.
    """
    wish = read_wish(studio, payload)
    lab = bench_of(studio).lab()
    with studio.slot():
        made = drawn(lab, wish)
    return lab_answer(lab, wish, made)


def lab_find(studio: Studio, payload: Page) -> LabHits:
    """The pictures whose bodies are likeliest as answers to a wish, or most like the start.

    Args:
        studio: the loaded studio.
        payload: as `read_wish` reads it, and ``count``. Without words and limbs, the pose that it
            starts from is looked for.

    Raises:
        GalleryError: nothing is known of the bodies in the gallery.
        CheckpointError: there is no pose model, or nothing to search.
        AutoComPoseError: what `read_wish` raises.
    """
    wish = read_wish(studio, payload, worded=False)
    count = read_int(payload, "count", low=1, high=MOST_HITS, default=FIRST_HITS)
    lab, engine = bench_of(studio).lab(), studio.engine
    if engine.bones is None:
        raise GalleryError(NO_BONES)
    with studio.slot():
        known = engine.bones()
        began = time.perf_counter()
        wished = drawn(lab, wish, ranking=True).edited.wished
        found = known.likeliest(wished, count=count, without=wish.start.image_id)
        seconds = time.perf_counter() - began
    hits = tuple(
        LabHit(hit.rank, hit.score, view_of_gallery(studio, hit.image_id)) for hit in found
    )
    left_out = wish.start.image_id in known.rows
    return LabHits(hits, len(known.names) - left_out, engine.gallery_name, round(1000 * seconds))


def lab_take(studio: Studio, payload: Page) -> LabTaken:
    """The new body as a ``joints.json`` and as a picture of both bodies.

    Args:
        studio: the loaded studio.
        payload: as `read_wish` reads it.

    Raises:
        AutoComPoseError: what `lab_wish` raises.
    """
    from autocompose.lab.wishes.drawing import drawn_bodies

    wish = read_wish(studio, payload)
    lab = bench_of(studio).lab()
    with studio.slot():
        edited = drawn(lab, wish).edited
    places: Any = tuple(tuple(float(v) for v in point) for point in edited.joints)
    image = PoseImage("pose.png", Path("pose.png"), places, joints_origin=JointsOrigin.ESTIMATED)
    bodies, names = [canonical(wish.start.body.joints), edited.joints], ["before", "after"]
    if wish.start.kind is StartKind.STANDING:
        bodies, names = bodies[1:], ["pose"]
    stream = io.BytesIO()
    drawn_bodies(bodies, names).save(stream, "PNG")
    png = base64.b64encode(stream.getvalue()).decode("ascii")
    return LabTaken(joints_text([image], image_size=None), png)


LAB_HANDLERS: tuple[Handler, ...] = (
    lab_boot, lab_strip, lab_start, lab_motion, lab_wish, lab_act, lab_find, lab_take, lab_command,
    check_upload, *TOUCH_HANDLERS,
)  # fmt: skip


def build_lab_tab(studio: Studio) -> gr.HTML:
    """The tab's one component; its module is ``lab/page/index.js``."""
    return tab_page("lab", [page_call(handler, studio) for handler in LAB_HANDLERS])
