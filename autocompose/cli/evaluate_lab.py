"""``autocompose evaluate-lab``: the pose lab's rows beside their baselines."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autocompose.cli.console import progress, say, show, show_json

if TYPE_CHECKING:
    from autocompose.lab.lm.lab_files import PoseLab
    from autocompose.lab.measured.lab_numbers import LabRow
    from autocompose.schema import OnEvent

_GROUPS, _PICTURES = 100, 40
"""Groups of people that are asked about with true joints, and in composed pictures."""


PicturesOption = Annotated[
    Path | None,
    typer.Option(
        help="Checkpoint whose image tower the model was trained with: also measure poses told"
        " from pictures.",
        show_default=False,
    ),
]


class LabPart(str, Enum):
    """What can be measured by itself."""

    TOUCHES = "touches"
    WHICH = "which"
    ACTS = "acts"


OnlyOption = Annotated[
    LabPart | None,
    typer.Option(
        help="Measure one part alone: touches; which of several people is meant; acts that"
        " somebody does. The last two need --pictures.",
        show_default=False,
    ),
]


def evaluate_lab(
    dataset: Annotated[
        Path, typer.Option(help="Dataset folder in the official layout, with a joints.json.")
    ],
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            help="Model folder, from `autocompose pose train`; not needed with --only.",
            show_default=False,
        ),
    ] = None,
    split: Annotated[str, typer.Option(help="Split to measure on.")] = "test",
    key: Annotated[
        list[str] | None,
        typer.Option(help="Caption key to measure; repeatable. sents by default."),
    ] = None,
    pictures: PicturesOption = None,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help="Queries of each task at most.", show_default=False),
    ] = None,
    baselines: Annotated[
        bool,
        typer.Option(
            "--baselines/--no-baselines",
            help="Train and measure the baselines and the scorer of R-precision, too.",
        ),
    ] = True,
    likeness: Annotated[
        bool,
        typer.Option(
            "--likeness/--no-likeness",
            help="Count words in common with the texts by rules, too (BLEU-4, ROUGE-L, METEOR).",
        ),
    ] = True,
    only: OnlyOption = None,
    json_: Annotated[
        bool, typer.Option("--json", help="Print one JSON document instead of tables.")
    ] = False,
) -> None:
    """Measure the pose lab on a split: poses from words, words from poses, and the baselines.

    All means come with 95 % intervals; docs/lab.md says what they can be compared with.
    """
    from dataclasses import asdict

    from autocompose.data.dataset import open_dataset
    from autocompose.errors import ConfigError
    from autocompose.lab.lm.lab_files import load_pose_lab
    from autocompose.lab.measured.evaluate_all import LabEvaluation, lab_rows
    from autocompose.lab.measured.lab_numbers import table
    from autocompose.lab.measured.touch_rows import touch_rows
    from autocompose.model.checkpoint import load_checkpoint

    rows: list[LabRow]
    if only is LabPart.TOUCHES:
        with progress() as listener:
            rows = touch_rows(open_dataset(dataset), split, limit=limit, on_event=listener)
    elif only is not None:
        with progress() as listener:
            heard = None if checkpoint is None else load_pose_lab(checkpoint)
            rows = _people_or_acts(
                only, (dataset, split), pictures, lab=heard, limit=limit, on_event=listener
            )
    else:
        if checkpoint is None:
            raise ConfigError("no --checkpoint; name a model's folder, or use --only touches")
        asked = LabEvaluation(
            split, tuple(key or ("sents",)), limit, baselines=baselines, likeness=likeness
        )
        towers = None if pictures is None else load_checkpoint(pictures)
        lab = load_pose_lab(checkpoint)
        with progress() as listener:
            rows = lab_rows(lab, open_dataset(dataset), asked, pictures=towers, on_event=listener)
    if json_:
        show_json([asdict(row) for row in rows])
    else:
        show(table(rows))


def _people_or_acts(
    part: LabPart,
    asked: tuple[Path, str],
    pictures: Path | None,
    *,
    lab: PoseLab | None,
    limit: int | None,
    on_event: OnEvent,
) -> list[LabRow]:
    """Which of several people a text means, or which acts are recognised and come true."""
    from functools import partial

    from autocompose.data.dataset import open_dataset
    from autocompose.data.estimated_joints import PhotoJoints
    from autocompose.errors import ConfigError
    from autocompose.lab.measured.act_rows import act_pose_rows, act_rows
    from autocompose.lab.measured.which_rows import (
        picture_rows,
        seen_groups,
        true_rows,
        which_queries,
    )
    from autocompose.lab.people.which_person import which_person
    from autocompose.lab.speculative.act_words import ActWords
    from autocompose.model.checkpoint import load_checkpoint
    from autocompose.workspace import find_workspace

    if pictures is None:
        raise ConfigError(f"--only {part.value} needs --pictures, a checkpoint such as pose-mini")
    towers = load_checkpoint(pictures)
    if part is LabPart.ACTS:
        return [*act_rows(ActWords.of_towers(towers.towers)), *act_pose_rows(lab, limit=limit)]
    dataset, split = open_dataset(asked[0]), asked[1]
    asks = partial(which_person, checkpoint=towers, lab=lab)
    groups = _GROUPS if limit is None else min(limit, _GROUPS)
    rows = true_rows(which_queries(dataset, split, count=groups), asks)
    joints = PhotoJoints(find_workspace().models)
    if joints.why_not():
        say(f"pictures of several people are left out: {joints.why_not()}")
        return rows
    queries = which_queries(dataset, split, count=min(groups, _PICTURES))
    seen = seen_groups(joints.load(), queries, on_event=on_event)
    return [*rows, *picture_rows(queries, seen, asks)]
