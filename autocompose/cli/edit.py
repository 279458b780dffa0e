"""``autocompose edit``: change a pose by a text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autocompose.cli.console import say, show, show_json
from autocompose.cli.speculate import (
    AskedOptions,
    BaseUrlOption,
    ModelOption,
    SamplesOption,
    SpeculateOption,
    TimeoutOption,
    sentences_of,
    speculated_document,
)

if TYPE_CHECKING:
    from autocompose.body.change import Body
    from autocompose.lab.lm.lab_files import PoseLab
    from autocompose.lab.speculative.speculated import Speculated
    from autocompose.lab.wishes.edited import EditedPose
    from autocompose.lab.wishes.likely import LikelyPicture

LabOption = Annotated[
    Path | None,
    typer.Option(
        help="Model folder, from `autocompose pose train`; checkpoints/pose-lm-mini by default.",
        show_default=False,
    ),
]
GalleryOption = Annotated[
    Path | None,
    typer.Option(
        help="Also name the pictures whose poses fit best: a gallery folder of `autocompose"
        " index`, or a joints.json.",
        show_default=False,
    ),
]
SplitOption = Annotated[
    str,
    typer.Option(
        help="Only pictures of this split, where the gallery is the joints.json of a dataset.",
        show_default=False,
    ),
]
TopOption = Annotated[int, typer.Option("-k", min=1, help="How many of them.")]
LimbOption = Annotated[
    list[str] | None,
    typer.Option(
        help="Take a limb from another pose, as in --limb 'left arm=joints.json:ID': trunk, left"
        " arm, right arm, left leg or right leg; repeatable.",
        show_default=False,
    ),
]


def edit(
    reference: Annotated[
        str,
        typer.Option(help="Where the change starts: an image, joints.json:ID or pose.bvh[:FRAME]."),
    ],
    text: Annotated[
        str,
        typer.Option(
            help="What should change. Left and right are the subject's. Needed unless a --limb is"
            " taken.",
            show_default=False,
        ),
    ] = "",
    gallery: GalleryOption = None,
    split: SplitOption = "",
    k: TopOption = 10,
    limb: LimbOption = None,
    person: Annotated[
        int, typer.Option(min=1, help="Which of several people in a photo, the largest first.")
    ] = 1,
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
    checkpoint: LabOption = None,
    speculate: SpeculateOption = False,
    model: ModelOption = None,
    base_url: BaseUrlOption = None,
    samples: SamplesOption = 3,
    timeout: TimeoutOption = 120.0,
    json_: Annotated[
        bool, typer.Option("--json", help="Print one JSON document instead of lines.")
    ] = False,
) -> None:
    """Change a pose by a text, and say which of the text's claims the new pose bears out.

    --gallery ranks poses by how likely the model finds them as an answer: bones that the text does
    not fix count little.
    """
    from autocompose.data.body_source import body_at
    from autocompose.lab.wishes.edited import edited_pose
    from autocompose.lab.wishes.exchanged import unchanged_pose
    from autocompose.lab.wishes.polish import PolishRules
    from autocompose.workspace import find_workspace

    start = body_at(reference, find_workspace().models, person=person, on_note=say)
    acts, asked = None, AskedOptions(model, base_url, samples, timeout)
    if speculate or model:
        acts = sentences_of(text, asked, start=start)
        text = acts.sentences[0]
    lab = pose_lab(checkpoint)
    rules = PolishRules() if polish else None
    if limb and not text.strip():
        edited = unchanged_pose(lab, start)
    else:
        edited = edited_pose(lab, start, text, keep=keep, polish=rules)
    edited = limbs_taken(edited, start, limb or ())
    write_pose(edited, out=out, png=png, reference=start)
    without = reference.partition(".json:")[2] or Path(reference).name
    found = likeliest(edited, gallery, split, without=without, count=k)
    if acts is None:
        tell_pose(edited, as_json=json_, found=found)
    else:
        _tell_act(edited, acts, as_json=json_, found=found)


def _tell_act(
    edited: EditedPose, acts: Speculated, *, as_json: bool, found: Sequence[LikelyPicture]
) -> None:
    """Print the sentence that an act was turned into, and the pose."""
    if as_json:
        show_json({"speculated": speculated_document(acts), **pose_document(edited, found)})
        return
    show(f"sentence: {acts.sentences[0]}")
    tell_pose(edited, as_json=False, found=found)


def limbs_taken(edited: EditedPose, start: Body, limbs: Sequence[str]) -> EditedPose:
    """A pose with the limbs that options name, each ``limb=BODY``."""
    from autocompose.data.body_source import body_at
    from autocompose.errors import ConfigError
    from autocompose.lab.wishes.exchanged import with_limbs_from
    from autocompose.workspace import find_workspace

    taken = {}
    for option in limbs:
        name, given, source = option.partition("=")
        if not given:
            raise ConfigError(f'--limb "{option}" names no pose; write "left arm=joints.json:ID"')
        taken[name.strip()] = body_at(source, find_workspace().models, on_note=say).joints
    return with_limbs_from(edited, start, taken)


def pose_lab(folder: Path | None) -> PoseLab:
    """The named pose model, or the workspace's own."""
    from autocompose.lab.lm.lab_files import load_pose_lab
    from autocompose.workspace import find_workspace

    return load_pose_lab(folder or find_workspace().pose_lab)


def likeliest(
    edited: EditedPose, gallery: Path | None, split: str, *, without: str, count: int
) -> Sequence[LikelyPicture]:
    """The pictures whose poses answer a wish best; none where no gallery is named."""
    from autocompose.lab.wishes.likely import bodies_of_gallery, likely_pictures

    if gallery is None:
        return ()
    names, bodies = bodies_of_gallery(gallery, split)
    return likely_pictures(edited.wished, names, bodies, count=count, without=without)


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


def tell_pose(edited: EditedPose, *, as_json: bool, found: Sequence[LikelyPicture] = ()) -> None:
    """Print what became of the claims, which limbs were kept, and whether one could stand so."""
    verdicts = edited.report.claims
    if as_json:
        show_json(pose_document(edited, found))
        return
    for verdict in verdicts:
        show(f"{verdict.outcome.value}: {verdict.evidence}")
    if not verdicts:
        show("nothing in the text could be checked on a body")
    if edited.kept:
        show(f"kept: {', '.join(edited.kept)}")
    if not edited.plausible:
        show("nobody could stand like that: parts run into each other, or the body would fall")
    for hit in found:
        show(f"{hit.rank:>4}  {hit.score:.2f}  {hit.image_id}")


def pose_document(edited: EditedPose, found: Sequence[LikelyPicture] = ()) -> dict[str, Any]:
    """A pose and what became of its claims, as JSON values."""
    from dataclasses import asdict

    from autocompose.retrieval.claim_words import claim_words, read_as

    verdicts = edited.report.claims
    return {
        "joints": [[round(float(v), 4) for v in point] for point in edited.joints],
        "sigma": [round(float(v), 3) for v in edited.spread],
        "read_as": list(read_as(tuple(v.claim for v in verdicts))),
        "claims": [
            {"text": claim_words(v.claim), "verdict": v.outcome.value, "evidence": v.evidence}
            for v in verdicts
        ],
        "kept": list(edited.kept),
        "polished": list(edited.polished),
        "plausible": edited.plausible,
        "hits": [asdict(hit) for hit in found],
    }
