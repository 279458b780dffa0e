"""``autocompose train-ranker``: the tower over joints that ranks beside a checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autocompose.cli.console import only_writer, progress, say


def train_ranker(
    checkpoint: Annotated[
        Path, typer.Option(help="Checkpoint folder; the tower is written into it.")
    ],
    dataset: Annotated[
        Path, typer.Option(help="Dataset folder in the official layout, with a joints.json.")
    ],
    split: Annotated[str, typer.Option(help="Split to train on.")] = "train",
    wishes: Annotated[
        Path | None,
        typer.Option(help="JSON Lines with texts as people type them about pictures of the split."),
    ] = None,
    epochs: Annotated[
        int, typer.Option(min=1, max=10_000, help="Passes over all texts of the split.")
    ] = 60,
    seed: Annotated[int, typer.Option(help="Random seed.")] = 0,
) -> None:
    """Train what ranks by joints beside a checkpoint, in minutes on one core.

    The checkpoint itself, its fingerprint and its galleries stay as they are. Galleries with joints
    are then ranked by the tower too. Delete pose_voice.safetensors to go back.
    """
    from autocompose.data.dataset import open_dataset
    from autocompose.data.lock import lock_folder
    from autocompose.data.wish_files import wish_pairs
    from autocompose.model.checkpoint import load_checkpoint
    from autocompose.model.pose_voice import save_pose_voice
    from autocompose.training.pose_voice_run import PoseVoiceConfig, train_pose_voice

    own = open_dataset(dataset)
    pairs = [*own.pairs(split, strict=False)]
    if wishes is not None:
        pairs += wish_pairs(own, wishes, split=split)
    model = load_checkpoint(checkpoint)
    config = PoseVoiceConfig(epochs=epochs, seed=seed)
    with only_writer(lock_folder(checkpoint)), progress() as listener:
        voice = train_pose_voice(model, pairs, config, on_event=listener)
        path = save_pose_voice(checkpoint, voice)
    say(f"wrote {path}: {path.stat().st_size / 1e6:.1f} MB")
