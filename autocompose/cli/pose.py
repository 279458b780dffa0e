"""``autocompose pose``: the pose lab's model: trained, asked for poses, asked for words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autocompose.cli.console import example, only_writer, progress, say, show, show_json
from autocompose.cli.edit import (
    GalleryOption,
    LabOption,
    LimbOption,
    SplitOption,
    TopOption,
    likeliest,
    limbs_taken,
    pose_document,
    pose_lab,
    tell_pose,
    write_pose,
)
from autocompose.cli.speculate import (
    AskedOptions,
    BaseUrlOption,
    ModelOption,
    SamplesOption,
    SpeculateOption,
    TimeoutOption,
    numbered,
    sentences_of,
    speculated_document,
    views,
)
from autocompose.errors import ConfigError

pose = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Generate poses from words, put poses into words, and train the model that does.",
)


@pose.callback()
def _group() -> None:
    """Generate poses from words, put poses into words, and train the model that does."""


WishesOption = Annotated[
    Path | None,
    typer.Option(
        help="JSON Lines with texts as people type them about pictures of the split train.",
        show_default=False,
    ),
]
StartOption = Annotated[
    Path | None,
    typer.Option(
        help="Pose model to continue from, such as checkpoints/pose-lm-mini with --preset"
        " further after its checkpoint was trained again.",
        show_default=False,
    ),
]


@pose.command(
    epilog=example(
        "autocompose pose train --dataset annotations/demo --checkpoint checkpoints/pose-mini"
        " --out checkpoints/pose-lm-mini"
    )
)
def train(
    dataset: Annotated[
        Path, typer.Option(help="Dataset folder in the official layout, with a joints.json.")
    ],
    out: Annotated[Path, typer.Option(help="Folder of the new model.")],
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            help="Checkpoint whose text tower the model starts from and whose image tower it reads"
            " pictures with.",
            show_default=False,
        ),
    ] = None,
    pool: Annotated[
        list[Path] | None,
        typer.Option(
            help="Pool of more poses, made by `autocompose poses add` with --dataset; repeatable.",
            show_default=False,
        ),
    ] = None,
    wishes: WishesOption = None,
    start: StartOption = None,
    preset: Annotated[
        str, typer.Option(help="Size of the run: real, short, further or tiny.")
    ] = "real",
    seed: Annotated[int, typer.Option(help="Random seed.")] = 0,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue an interrupted run in the same folder.")
    ] = False,
) -> None:
    """Train the pose tokenizer and the pose language model, in about an hour on two cores.

    Ctrl-C saves the state; --resume continues there.
    """
    from dataclasses import replace

    from autocompose.data.dataset import open_dataset
    from autocompose.data.lock import lock_folder
    from autocompose.data.pose_pool import load_pool
    from autocompose.data.wish_files import read_wishes
    from autocompose.lab.learning.lab_card import lab_card
    from autocompose.lab.learning.lab_run import PLANS, train_lab
    from autocompose.lab.lm.lab_files import load_pose_lab, save_pose_lab
    from autocompose.model.checkpoint import load_checkpoint

    if preset not in PLANS:
        raise ConfigError(f'there is no preset "{preset}"; there are {", ".join(PLANS)}')
    plan = replace(PLANS[preset], seed=seed)
    found = open_dataset(dataset)
    pools = [load_pool(path) for path in pool or ()]
    model = None if checkpoint is None else load_checkpoint(checkpoint)
    told = () if wishes is None else read_wishes(found, wishes)
    earlier = None if start is None else load_pose_lab(start)
    out.mkdir(parents=True, exist_ok=True)
    with only_writer(lock_folder(out)), progress() as listener:
        lab = train_lab(
            found,
            out,
            plan,
            pools=pools,
            wishes=told,
            checkpoint=model,
            start=earlier,
            resume=resume,
            on_event=listener,
        )
        save_pose_lab(out, lab, metrics={}, card=lab_card(lab, [path.name for path in pool or ()]))
    size = sum(path.stat().st_size for path in out.glob("*.safetensors")) / 1e6
    say(f"wrote {out}: {size:.1f} MB; the folder progress in it is no longer needed")


@pose.command(
    epilog=example('autocompose pose generate --text "squat with the arms crossed" --png pose.png')
)
def generate(
    text: Annotated[str, typer.Option(help="The pose in words. Left and right are the subject's.")],
    speculate: SpeculateOption = False,
    model: ModelOption = None,
    base_url: BaseUrlOption = None,
    samples: SamplesOption = 3,
    timeout: TimeoutOption = 120.0,
    gallery: GalleryOption = None,
    split: SplitOption = "",
    k: TopOption = 10,
    limb: LimbOption = None,
    out: Annotated[
        Path | None, typer.Option(help="A joints.json to write the pose to.", show_default=False)
    ] = None,
    png: Annotated[
        Path | None, typer.Option(help="A picture to draw it into, as PNG.", show_default=False)
    ] = None,
    polish: Annotated[
        bool,
        typer.Option(
            "--polish/--raw", help="Turn limbs until the text's claims are true, or do not."
        ),
    ] = True,
    checkpoint: LabOption = None,
    json_: Annotated[
        bool, typer.Option("--json", help="Print one JSON document instead of lines.")
    ] = False,
) -> None:
    """Make a pose from words; its claims are checked as a change from standing upright.

    With --speculate the words may name what somebody does; up to three bodies are made of it, and
    those after the first are written with -2 and -3 in the file's name.
    """
    from autocompose.body.change import Body
    from autocompose.lab.bodies.standing import standing_body
    from autocompose.lab.wishes.edited import generated_pose
    from autocompose.lab.wishes.polish import PolishRules

    acts, texts = None, (text,)
    if speculate or model:
        acts = sentences_of(text, AskedOptions(model, base_url, samples, timeout))
        texts = acts.sentences
    lab, documents = pose_lab(checkpoint), []
    for number, wish in enumerate(texts, start=1):
        made = generated_pose(lab, wish, polish=PolishRules() if polish else None)
        made = limbs_taken(made, Body(standing_body()), limb or ())
        write_pose(made, out=numbered(out, number), png=numbered(png, number), reference=None)
        found = likeliest(made, gallery, split, without="", count=k)
        if acts is not None and not json_:
            show(f"sentence {number}: {wish}")
        if acts is None or not json_:
            tell_pose(made, as_json=json_, found=found)
        documents.append({"sentence": wish, **pose_document(made, found)})
    if acts is not None and json_:
        show_json({"speculated": speculated_document(acts), "poses": documents})


pose.command(
    epilog=example(
        "autocompose pose views annotations/demo/joints.json:test0380_p5_right40.jpg --png four.png"
    )
)(views)


@pose.command(
    name="describe",
    epilog=example(
        "autocompose pose describe annotations/demo/joints.json:test0380_p5_right40.jpg",
        "autocompose pose describe before.jpg --to after.jpg",
    ),
)
def describe_pose(
    body: Annotated[
        str,
        typer.Argument(help="A pose: an image, joints.json:ID or pose.bvh[:FRAME]."),
    ],
    to: Annotated[
        str | None,
        typer.Option(help="Another pose: tell the change to it instead.", show_default=False),
    ] = None,
    checkpoint: LabOption = None,
    json_: Annotated[
        bool, typer.Option("--json", help="Print one JSON document instead of a line.")
    ] = False,
) -> None:
    """Put a pose into words, learnt ones; what the joints do not bear out is drawn again.

    Where no draw holds wholly, the clauses of several that do are put together.
    """
    from autocompose.cli.console import say
    from autocompose.data.body_source import body_at
    from autocompose.lab.wishes.writing import checked_texts
    from autocompose.language.reader.claims import Outcome
    from autocompose.workspace import find_workspace

    models = find_workspace().models
    one = body_at(body, models, on_note=say)
    other = None if to is None else body_at(to, models, on_note=say)
    lab = pose_lab(checkpoint)
    (found,) = checked_texts(lab, [one]) if other is None else checked_texts(lab, [other], [one])
    wrong = found.report.count(Outcome.CONTRADICTED)
    if json_:
        show_json(
            {
                "text": found.text,
                "claims": len(found.report.claims),
                "contradicted": wrong,
                "drawn": found.drawn,
                "joined": found.joined,
            }
        )
        return
    show(found.text)
    joined = ", clauses of several" if found.joined else ""
    say(f"{len(found.report.claims)} claims, {wrong} contradicted; {found.drawn} drawn{joined}")
