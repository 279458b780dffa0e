"""``autocompose which``: which of several people a text means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autocompose.cli.console import say, show, show_json

if TYPE_CHECKING:
    from autocompose.lab.people.which_person import WhichPerson


def which(
    people: Annotated[
        list[str],
        typer.Argument(
            help="One picture of several people, or a pose for each of them from left to right: an"
            " image, joints.json:ID or pose.bvh[:FRAME]."
        ),
    ],
    text: Annotated[
        str,
        typer.Option(
            help="What tells one from the others. Left and right are the subject's, but"
            " 'the one on the left' is at the left of the picture."
        ),
    ],
    png: Annotated[
        Path | None,
        typer.Option(help="A picture to draw numbered boxes into, as PNG.", show_default=False),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            help="Checkpoint whose pose voice is heard, too; checkpoints/pose-mini by default,"
            " where it is there.",
            show_default=False,
        ),
    ] = None,
    lab: Annotated[
        Path | None,
        typer.Option(
            help="Pose model whose likelihood is heard, too; checkpoints/pose-lm-mini by default,"
            " where it is there.",
            show_default=False,
        ),
    ] = None,
    json_: Annotated[
        bool, typer.Option("--json", help="Print one JSON document instead of lines.")
    ] = False,
) -> None:
    """Say which of several people a text means, or that nobody does that.

    People in a picture are numbered from its left edge to its right. Their joints are estimated,
    and say less than true ones do; the figures are in docs/lab.md.
    """
    import io

    from autocompose.data.files import write_whole
    from autocompose.lab.lm.lab_files import load_pose_lab
    from autocompose.lab.people.numbered_boxes import numbered_bodies, numbered_picture
    from autocompose.lab.people.people_given import people_given
    from autocompose.lab.people.which_person import which_person
    from autocompose.model.checkpoint import load_checkpoint
    from autocompose.workspace import DEMO_CHECKPOINT, find_workspace

    space = find_workspace()
    given = people_given(people, space.models, on_note=say)
    towers = checkpoint or _if_there(space.checkpoints / DEMO_CHECKPOINT)
    model = lab or _if_there(space.pose_lab)
    found = which_person(
        given.people,
        text,
        checkpoint=None if towers is None else load_checkpoint(towers),
        lab=None if model is None else load_pose_lab(model),
    )
    if png is not None:
        marked = found.tied or (() if found.chosen is None else (found.chosen,))
        drawn = (
            numbered_bodies(given.people, marked)
            if given.picture is None
            else numbered_picture(given.picture, given.people, marked)
        )
        stream = io.BytesIO()
        drawn.save(stream, "PNG")
        write_whole(png, stream.getvalue())
        say(f"wrote {png}")
    _tell(found, as_json=json_)


def _if_there(folder: Path) -> Path | None:
    return folder if (folder / "config.json").is_file() else None


def _tell(found: WhichPerson, *, as_json: bool) -> None:
    """Print who is meant, how likely each is, and what was read."""
    from dataclasses import asdict

    if as_json:
        document = asdict(found)
        for person in document["people"]:
            person["probability"] = round(person["probability"], 4)
            person["met"], person["least"] = round(person["met"], 3), round(person["least"], 3)
        show_json(document)
        return
    if found.chosen is None:
        show(found.note)
    else:
        show(f"number {found.chosen}")
        if found.note:
            show(found.note)
    for person in found.people:
        said = "; ".join(f"{claim.text}: {claim.verdict}" for claim in person.claims)
        tail = f"  {said}" if said else ""
        show(f"{person.number:>4}  {100 * person.probability:3.0f} %  {person.name}{tail}")
    if found.place:
        say(f'"{found.place}" is read as a place in the picture')
    if found.not_understood:
        say(f"not understood: {', '.join(found.not_understood)}")
