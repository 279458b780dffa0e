"""``autocompose evaluate-lab``: the pose lab's rows beside their baselines."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autocompose.cli.console import progress, show, show_json

if TYPE_CHECKING:
    from autocompose.lab.measured.lab_numbers import LabRow


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


def evaluate_lab(
    dataset: Annotated[
        Path, typer.Option(help="Dataset folder in the official layout, with a joints.json.")
    ],
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            help="Model folder, from `autocompose pose train`; not needed for --only touches.",
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
    only: Annotated[
        LabPart | None,
        typer.Option(
            help="Measure one part alone: touches, which need no model.", show_default=False
        ),
    ] = None,
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
