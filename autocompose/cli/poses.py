"""``autocompose poses``: pools of poses from motion capture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autocompose.cli.console import INCOMPLETE, example, only_writer, progress, say

poses = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Collect poses from motion capture files.",
)


@poses.callback()
def _group() -> None:
    """Collect poses from motion capture files."""


@poses.command(
    epilog=example("autocompose poses add mocap/ --out data/poses.npz --dataset annotations/demo")
)
def add(
    source: Annotated[
        Path, typer.Argument(help="Folder or zip with .bvh files, or .amc files beside their .asf.")
    ],
    out: Annotated[Path, typer.Option(help="Pool to write or to add to, an .npz file.")],
    fps: Annotated[
        float, typer.Option(min=0.1, max=1000, help="Frames per second to look at.")
    ] = 10.0,
    distinct: Annotated[
        float,
        typer.Option(min=0, max=1, help="Minimum distance between two poses (mean joint, metres)."),
    ] = 0.05,
    dataset: Annotated[
        Path | None,
        typer.Option(
            help="Leave out poses within 5 cm of this dataset's validation and test poses.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Keep the distinct poses of motion files in a pool, and count the others.

    Motion capture has terms of its own. The CMU collection may be used in research and in products,
    but not sold, not even converted; it asks to be acknowledged.
    """
    from autocompose.data.dataset import open_dataset
    from autocompose.data.lock import lock_file
    from autocompose.data.pose_pool import PoolRules, add_poses, held_out_poses, load_pool

    held_out = None if dataset is None else held_out_poses(open_dataset(dataset))
    with only_writer(lock_file(out)), progress() as listener:
        before = load_pool(out) if out.exists() else None
        pool, counts = add_poses(
            source, before, PoolRules(fps, distinct, held_out), on_event=listener
        )
        pool.save(out)
    for line in counts.refused:
        say(f"left out {line}")
    near = f", {counts.near} near a validation or test pose" if dataset is not None else ""
    say(
        f"{counts.frames} frames of {counts.clips} clips: {counts.kept} new poses,"
        f" {counts.alike} like a kept one{near}"
    )
    say(f"wrote {out}: {len(pool)} poses")
    if counts.refused:
        raise typer.Exit(INCOMPLETE)
