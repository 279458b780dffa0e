"""``autocompose synthesize``: render a dataset of posed people."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from autocompose.cli.console import only_writer, progress, say


def synthesize(
    out: Annotated[
        Path, typer.Option(help="Folder to write. Run the same command again to resume.")
    ],
    seed: Annotated[
        int, typer.Option(help="Random seed. The same seed gives the same poses, pairs and texts.")
    ] = 0,
    people: Annotated[int, typer.Option(min=1, help="Number of different people.")] = 6,
    pairs: Annotated[
        int | None, typer.Option(min=1, help="Number of training pairs (default: 2000).")
    ] = None,
    size: Annotated[
        int, typer.Option(min=64, max=2048, help="Side length of the images, in pixels.")
    ] = 512,
    clips: Annotated[
        Path | None,
        typer.Option(help="Folder of humanoid3d_*.txt clips (default: downloaded once)."),
    ] = None,
    split: Annotated[
        list[str] | None,
        typer.Option(help="Make only this split. Repeatable (default: train, val and test)."),
    ] = None,
    limbs: Annotated[
        bool,
        typer.Option(
            "--limbs",
            help="Mix poses limb by limb, for more varied poses (for train --pictures).",
        ),
    ] = False,
    keep: Annotated[
        bool,
        typer.Option(
            "--keep",
            help="Draw the pictures of an existing folder again; keep its poses and pairs, and add"
            " new ones.",
        ),
    ] = False,
    texts_only: Annotated[
        bool,
        typer.Option(
            "--texts-only",
            help="Mine pairs and write texts for an existing folder, without rendering.",
        ),
    ] = False,
) -> None:
    """Render posed people and pair them into a dataset in the official layout.

    Needs the extra [synthesis]. Run the same command again to resume an interrupted run.
    --texts-only needs no extra and leaves all pictures alone: it rebuilds pairs and texts from
    joints.json and image_splits/, as many as before unless --pairs gives another number.
    """
    if texts_only:
        _texts_only(out, seed, pairs)
        return
    from autocompose.data.lock import lock_folder
    from autocompose.describe.pairing import SPLITS
    from autocompose.errors import ConfigError
    from autocompose.workspace import find_workspace

    build, find_clips = _extra()

    unknown = sorted(set(split or ()) - set(SPLITS))
    if unknown:
        raise ConfigError(f"split {', '.join(unknown)} is unknown; use {', '.join(SPLITS)}")
    splits = tuple(name for name in SPLITS if not split or name in split)
    folder = clips or find_clips(find_workspace().cache)
    with only_writer(lock_folder(out)), progress() as listener:
        build(
            out,
            clips=folder,
            seed=seed,
            people=people,
            pairs=pairs or 2000,
            size=size,
            splits=splits,
            limbs=limbs,
            keep=keep,
            on_event=listener,
        )
    say(f"wrote {out}")


def _extra() -> tuple[Callable[..., None], Callable[[Path], Path]]:
    """What renders and what finds the clips.

    Raises:
        MissingExtraError: a package of the extra is not installed.
    """
    from autocompose.errors import MissingExtraError

    try:
        from autocompose.synthesis.build import synthesize as build
        from autocompose.synthesis.clips import find_clips
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"rendering bodies needs the synthesis extra ({error.name} is missing):"
            " pip install 'autocompose[synthesis]'"
        ) from error
    return build, find_clips


def _texts_only(out: Path, seed: int, pairs: int | None) -> None:
    from autocompose.data.lock import lock_folder
    from autocompose.describe.pairing import pair_counts, rewrite_pairs

    with only_writer(lock_folder(out)), progress() as listener:
        counts = pair_counts(pairs) if pairs else None
        written = rewrite_pairs(out, counts, seed=seed, on_event=listener)
    say(f"wrote {', '.join(f'{n} pairs of {split}' for split, n in written.items())} in {out}")
