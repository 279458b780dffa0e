"""``autocompose contacts``: a body turned until regions touch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autocompose.cli.console import INCOMPLETE, say, show, show_json

if TYPE_CHECKING:
    from autocompose.lab.contacts.refined import FoundTouch, RefinedBody
    from autocompose.lab.contacts.touches import Touch
    from autocompose.schema import PoseImage


def contacts(
    pose: Annotated[
        str, typer.Argument(help="A pose: an image, joints.json:ID or pose.bvh[:FRAME].")
    ],
    text: Annotated[
        str | None,
        typer.Option(
            help="A text whose touches are met: hands on the hips, arms crossed. Left and right are"
            " the subject's.",
            show_default=False,
        ),
    ] = None,
    touch: Annotated[
        list[str] | None,
        typer.Option(
            help="Two regions that touch, with a colon between; repeatable. A hand, an elbow or"
            " another limb without left or right may be of either side.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="A joints.json to write the refined pose to.", show_default=False),
    ] = None,
    png: Annotated[
        Path | None,
        typer.Option(help="A picture to draw it into, before and after.", show_default=False),
    ] = None,
    json_: Annotated[
        bool, typer.Option("--json", help="Print one JSON document instead of lines.")
    ] = False,
) -> None:
    """Refine a pose by what touches: the body is turned, as little as can be, until it does.

    Sides that are not named are chosen for all touches together. A touch that stays open by more
    than 3 cm is refused, and the pose is fitted without it: exit code 3; when all are refused,
    nothing is written: exit code 1.
    """
    from autocompose.data.body_source import image_at
    from autocompose.errors import TextError
    from autocompose.lab.contacts.touch_words import touches_in
    from autocompose.lab.contacts.touches import Touch, unique
    from autocompose.lab.wishes.edited import checked_wish
    from autocompose.workspace import find_workspace

    given = [Touch.parse(words) for words in touch or ()]
    said = None
    if text is not None:
        checked_wish(text)
        said = touches_in(text)
        for place in said.not_used:
            say(f"not used: {place} is no region of a body")
    wanted = unique([*given, *(said.touches if said else ())])
    if not wanted and text is None:
        raise TextError("nothing is said to touch; use --touch or --text")
    if not wanted:
        raise TextError(
            "the text says of no two regions that they touch; name them with --touch, as in"
            ' --touch "left hand:right knee"'
        )
    start = image_at(pose, find_workspace().models, on_note=say)
    found = refined_pose(start, wanted)
    tell_refused(found)
    if not found.met:
        raise TextError(
            f"no touch can be met within 3 cm ({'; '.join(map(open_by, found.refused))}); nothing"
            " is written"
        )
    write_refined(start, found, out=out, png=png)
    if json_:
        show_json(document(found))
    else:
        for one in found.met:
            show(f"met: {one.touch}, {_cm(one.before)} -> {_cm(one.after)}")
        if not found.plausible:
            show("nobody could stand like that: parts run into each other, or the body would fall")
    if found.refused:
        raise typer.Exit(INCOMPLETE)


def refined_pose(start: PoseImage, touches: tuple[Touch, ...]) -> RefinedBody:
    """The pose of an image with its touches met, held to the pixels of its joints where known."""
    import numpy as np

    from autocompose.lab.contacts.picture_view import PictureView
    from autocompose.lab.contacts.refined import AskedBody, refined_body

    joints = np.asarray(start.joints, dtype=np.float64)
    view = None
    if start.pixels is not None:
        view = PictureView.of(joints, np.asarray(start.pixels, dtype=np.float64))
    return refined_body(AskedBody(joints, touches, view))


def tell_refused(found: RefinedBody) -> None:
    """One line on stderr for each touch that is refused."""
    for one in found.refused:
        say(f"refused: {open_by(one)} apart")


def open_by(one: FoundTouch) -> str:
    """A touch that is not met, and how near it came."""
    return f"{one.touch} stays {_cm(one.after)}"


def write_refined(
    start: PoseImage, found: RefinedBody, *, out: Path | None, png: Path | None
) -> None:
    """Write a refined pose as joints and as a picture, where asked."""
    import io
    from dataclasses import replace

    from autocompose.body.skeleton import canonical
    from autocompose.data.archive import IMAGE_SUFFIXES
    from autocompose.data.files import write_whole
    from autocompose.data.joints_file import write_joints
    from autocompose.lab.wishes.drawing import drawn_bodies
    from autocompose.schema import JointsOrigin

    if out is not None:
        joints: Any = tuple(tuple(float(v) for v in point) for point in found.joints)
        name = start.id if Path(start.id).suffix.lower() in IMAGE_SUFFIXES else "pose.png"
        image = replace(start, id=name, joints=joints, joints_origin=JointsOrigin.ESTIMATED)
        write_joints(out, [image], image_size=None)
        say(f"wrote {out}")
    if png is not None:
        import numpy as np

        before = canonical(np.asarray(start.joints, dtype=np.float64))
        stream = io.BytesIO()
        drawn_bodies([before, canonical(found.joints)], ["before", "after"]).save(stream, "PNG")
        write_whole(png, stream.getvalue())
        say(f"wrote {png}")


def document(found: RefinedBody) -> dict[str, Any]:
    """The JSON document of a refined pose."""

    def row(one: FoundTouch) -> dict[str, Any]:
        return {
            "touch": str(one.touch),
            "regions": [list(pair) for pair in one.pairs],
            "before_m": round(one.before, 4),
            "after_m": round(one.after, 4),
        }

    return {
        "joints": [[round(float(v), 4) for v in point] for point in found.joints],
        "met": [row(one) for one in found.met],
        "refused": [row(one) for one in found.refused],
        "plausible": found.plausible,
    }


def _cm(metres: float) -> str:
    return f"{100 * max(metres, 0.0):.1f} cm"
