"""``autocompose convert``: official and Hugging Face files to ours, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autocompose.cli.console import INCOMPLETE, only_writer, progress, say

_FORMS = ("parquet", "datasets")


def convert(
    out: Annotated[
        Path, typer.Option(help="Folder to write. For a dataset, it must not exist yet.")
    ],
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            help="Convert our checkpoint to official tuned_clip_*.pt and combiner_*.pt files."
        ),
    ] = None,
    clip: Annotated[
        Path | None,
        typer.Option(
            help="Convert an official tuned_clip_*.pt file or openai/CLIP weights to our"
            " checkpoint."
        ),
    ] = None,
    combiner: Annotated[
        Path | None, typer.Option(help="Official combiner_*.pt file to use with --clip.")
    ] = None,
    transform: Annotated[
        str, typer.Option(help="How the training of the --clip file made pictures square.")
    ] = "squarepad",
    dataset: Annotated[
        Path | None,
        typer.Option(
            help="Convert a dataset in the official layout to Hugging Face datasets with the"
            " images inside, or such a folder to the official layout."
        ),
    ] = None,
    format_: Annotated[
        str,
        typer.Option("--format", help="Format of the Hugging Face folder: parquet or datasets."),
    ] = "parquet",
) -> None:
    """Convert checkpoints and datasets between official, Hugging Face and our formats.

    Official checkpoints keep their float32 weights. Converting a dataset back gives an equal one.
    Splits without a caption file are named and left out, and the exit code is then 3.
    """
    given = [option for option in (checkpoint, clip, dataset) if option is not None]
    if len(given) != 1:
        raise typer.BadParameter("give one of --checkpoint, --clip and --dataset")
    if combiner is not None and clip is None:
        raise typer.BadParameter("--combiner needs --clip")
    if format_ not in _FORMS:
        raise typer.BadParameter(f'--format "{format_}" is not one of {", ".join(_FORMS)}')
    from autocompose.data.lock import lock_file

    with only_writer(lock_file(out)):  # beside OUT: a dataset must not exist yet
        if checkpoint is not None:
            _to_official(checkpoint, out)
        elif clip is not None:
            _from_official(clip, combiner, out, transform=transform)
        else:
            _dataset(given[0], out, form=format_)


def _to_official(checkpoint: Path, out: Path) -> None:
    from autocompose.model.checkpoint import load_checkpoint, read_checkpoint_info
    from autocompose.model.official import save_official

    train = read_checkpoint_info(checkpoint).train
    epochs = (1, 1) if train is None else (train.text_epochs, train.combiner_epochs)
    model = load_checkpoint(checkpoint)
    for path in save_official(model, out, epochs=epochs):
        say(f"wrote {path}")
    if model.config.long_texts != "cut":
        say("note: this checkpoint reads long texts in chunks; the official scripts cut them")


def _from_official(clip: Path, combiner: Path | None, out: Path, *, transform: str) -> None:
    from autocompose.model.checkpoint import load_official_model, save_checkpoint

    model = load_official_model(clip, combiner, transform=transform)
    files = " and ".join(path.name for path in (clip, combiner) if path is not None)
    card = (
        f"# {model.config.backbone}, from official files\n\nConverted from {files} by `autocompose "
        f"convert`; weights in float32, unchanged.\nHow and on what they were trained is not in "
        f"these files. Pictures are made square by {transform}.\n"
    )
    save_checkpoint(out, model, train=None, metrics={}, card=card)
    say(f"wrote {out}")


def _dataset(source: Path, out: Path, *, form: str) -> None:
    from autocompose.data.dataset import open_dataset
    from autocompose.data.hub.hub_datasets import read_hub, write_hub

    left_out: tuple[str, ...] = ()
    with progress() as listener:
        if (source / "captions").is_dir():
            opened = open_dataset(source)
            write_hub(opened, out, form=form, on_event=listener)
            left_out = opened.uncaptioned
        else:
            read_hub(source, out, on_event=listener)
    say(f"wrote {out}")
    for split in left_out:
        say(f"left out split {split}: there is image_splits/{split}.json, no captions/{split}.json")
    if left_out:
        raise typer.Exit(INCOMPLETE)
