"""``autocompose synthesize``: render a dataset of posed people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autocompose.cli.console import progress, say


def synthesize(
    out: Annotated[Path, typer.Option(help="Folder to write; a second run goes on with it.")],
    seed: Annotated[int, typer.Option(help="Same seed: same poses, pairs and texts.")] = 0,
    people: Annotated[int, typer.Option(min=1, help="How many different people.")] = 6,
    pairs: Annotated[int, typer.Option(min=1, help="How many pose pairs.")] = 2000,
    size: Annotated[int, typer.Option(min=64, max=2048, help="Image side in pixels.")] = 256,
    clips: Annotated[
        Path | None, typer.Option(help="Folder of humanoid3d_*.txt clips; default: fetched once.")
    ] = None,
) -> None:
    """Render people in poses and pair them: a dataset in the official layout.

    Needs the extra [synthesis]. An interrupted run is resumed by the same command.
    """
    from autocompose.synthesis.build import synthesize as build
    from autocompose.synthesis.clips import find_clips
    from autocompose.workspace import find_workspace

    folder = clips or find_clips(find_workspace().cache)
    with progress() as listener:
        build(
            out,
            clips=folder,
            seed=seed,
            people=people,
            pairs=pairs,
            size=size,
            on_event=listener,
        )
    say(f"wrote {out}")
