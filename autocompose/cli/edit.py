"""``autocompose edit``: change a pose by a text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autocompose.cli.console import say, show, show_json
from autocompose.errors import DatasetError

if TYPE_CHECKING:
    from autocompose.body.change import Body
    from autocompose.lab.wishes.edited import EditedPose


def edit(
    model: Annotated[Path, typer.Option(help="Model folder, from `autocompose pose train`.")],
    joints: Annotated[Path, typer.Option(help="A joints.json with the pose to start from.")],
    image: Annotated[str, typer.Option(help="Whose pose of that file, by the image's name.")],
    text: Annotated[
        str, typer.Option(help="What should change. Left and right are the subject's.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="A joints.json to write the new pose to.", show_default=False),
    ] = None,
    png: Annotated[
        Path | None,
        typer.Option(help="A picture to draw both poses into, as PNG.", show_default=False),
    ] = None,
    keep: Annotated[
        bool,
        typer.Option("--keep/--free", help="Keep limbs that the text does not speak of, or not."),
    ] = True,
    polish: Annotated[
        bool,
        typer.Option(
            "--polish/--raw", help="Turn limbs until the text's claims are true, or do not."
        ),
    ] = True,
    find: Annotated[
        int,
        typer.Option(min=0, help="Name this many other images of the file, likeliest first."),
    ] = 0,
    json_: Annotated[
        bool, typer.Option("--json", help="Print one JSON document instead of lines.")
    ] = False,
) -> None:
    """Change a pose by a text, and say which of the text's claims the new pose bears out.

    --find ranks the poses of the same file by how likely the model finds them as an answer: bones
    that the text does not fix count little.
    """
    from autocompose.lab.lm.lab_files import load_pose_lab
    from autocompose.lab.wishes.edited import edited_pose
    from autocompose.lab.wishes.polish import PolishRules

    reference = body_of(joints, image)
    rules = PolishRules() if polish else None
    edited = edited_pose(load_pose_lab(model), reference, text, keep=keep, polish=rules)
    write_pose(edited, out=out, png=png, reference=reference)
    found = likeliest(edited, joints, without=image, count=find)
    tell_pose(edited, as_json=json_, found=found)


def likeliest(edited: EditedPose, joints: Path, *, without: str, count: int) -> list[str]:
    """The images of a joints.json whose poses answer a wish best, likeliest first."""
    import numpy as np

    from autocompose.data.joints_file import read_joints

    if not count:
        return []
    images = [i for i in read_joints(joints, joints.parent).values() if i.joints is not None]
    others = [image for image in images if image.id != without]
    if not others:
        return []
    scores = edited.wished.scores(np.array([image.joints for image in others], dtype=np.float64))
    return [others[i].id for i in np.argsort(-scores[0], kind="stable")[:count]]


def body_of(joints: Path, image: str) -> Body:
    """The body of one image of a joints.json.

    Raises:
        DatasetError: the file does not have it.
    """
    from autocompose.body.change import Body
    from autocompose.data.files import some
    from autocompose.data.joints_file import read_joints

    known = read_joints(joints, joints.parent)
    if image not in known:
        raise DatasetError(f'{joints} has no image "{image}"; it has {some(list(known))}')
    return Body.of_image(known[image])


def write_pose(
    edited: EditedPose, *, out: Path | None, png: Path | None, reference: Body | None
) -> None:
    """Write a pose as joints and as a picture, where asked."""
    import io

    from autocompose.body.skeleton import canonical
    from autocompose.data.files import write_whole
    from autocompose.data.joints_file import write_joints
    from autocompose.lab.wishes.drawing import drawn_bodies
    from autocompose.schema import JointsOrigin, PoseImage

    if out is not None:
        x: Any = tuple(tuple(float(v) for v in point) for point in edited.joints)
        image = PoseImage("pose.png", Path("pose.png"), x, joints_origin=JointsOrigin.ESTIMATED)
        write_joints(out, [image], image_size=None)
        say(f"wrote {out}")
    if png is not None:
        bodies = (
            [edited.joints] if reference is None else [canonical(reference.joints), edited.joints]
        )
        names = ["new pose"] if reference is None else ["reference", "new pose"]
        stream = io.BytesIO()
        drawn_bodies(bodies, names).save(stream, "PNG")
        write_whole(png, stream.getvalue())
        say(f"wrote {png}")


def tell_pose(edited: EditedPose, *, as_json: bool, found: Sequence[str] = ()) -> None:
    """Print what became of the claims, which limbs were kept, and whether one could stand so."""
    claims = edited.report.claims
    if as_json:
        show_json(
            {
                "joints": [[round(float(v), 4) for v in point] for point in edited.joints],
                "spread": [round(float(v), 3) for v in edited.spread],
                "claims": [
                    {"part": v.claim.label, "outcome": v.outcome.value, "evidence": v.evidence}
                    for v in claims
                ],
                "kept": list(edited.kept),
                "polished": list(edited.polished),
                "plausible": edited.plausible,
                "found": list(found),
            }
        )
        return
    for verdict in claims:
        show(f"{verdict.outcome.value}: {verdict.evidence}")
    if not claims:
        show("nothing in the text could be checked on a body")
    if edited.kept:
        show(f"kept: {', '.join(edited.kept)}")
    if not edited.plausible:
        show("nobody could stand like that: parts run into each other, or the body would fall")
    for rank, name in enumerate(found, start=1):
        show(f"{rank}. {name}")
