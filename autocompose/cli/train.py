"""``autocompose train``: both training stages on a dataset."""

from __future__ import annotations

import dataclasses
import os
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from autocompose.cli.console import only_writer, progress, say
from autocompose.cli.review import StoreUrl
from autocompose.workspace import DEFAULT_STORE

Preset = Annotated[
    str,
    typer.Option(
        help="demo (pose-mini, offline), best (demo with the settings that won on the demo"
        " data, see docs/training.md) or paper (run.sh of the official code; needs CLIP"
        " weights, see --pretrained)."
    ),
]
Settings = Annotated[
    Path | None,
    typer.Option(
        "--config",
        help='JSON file that overrides the preset: {"model": {...}, "train": {...}}.'
        " docs/training.md lists the settings. Command-line options override the file.",
        show_default=False,
    ),
]
Backbone = Annotated[str | None, typer.Option(help="pose-mini, RN50, RN101, ViT-B-32 or ViT-B-16.")]
Pretrained = Annotated[
    str | None,
    typer.Option(
        help="CLIP weights: a tag that open_clip downloads (such as openai), or a local .pt or"
        " .safetensors file of openai/CLIP, open_clip or the official code."
    ),
]
Mode = Annotated[
    str | None,
    typer.Option(
        help="Views and texts per view, such as mllm-mirror-reverse_3, or an official"
        " experiment such as human-1 or auto-3-cycle."
    ),
]
Source = Annotated[
    str | None, typer.Option(help="Source of the training texts: mllm, auto or human.")
]
Reviewed = Annotated[
    str | None,
    typer.Option(help="accepted: train only on texts that reviewers accepted."),
]
Cycle = Annotated[bool | None, typer.Option("--cycle/--no-cycle", help="Add the cyclic loss.")]
CycleWeight = Annotated[
    float | None,
    typer.Option(
        help="w in (1-w)·L_bbc + w·L_cycle, as in the official code. The paper's omega weights"
        " the other term (omega = 1-w); both agree only at 0.5."
    ),
]
Pictures = Annotated[
    Path | None,
    typer.Option(
        help="Dataset with more training pictures and joints for pretraining pose-mini"
        " (synthesize --split train --limbs)."
    ),
]
Resume = Annotated[bool, typer.Option("--resume", help="Resume from the checkpoint in OUT.")]
Strict = Annotated[
    bool,
    typer.Option("--strict", help="Stop at a malformed record or an unreadable image."),
]
Cache = Annotated[
    Path | None,
    typer.Option(help="Folder for the features of the frozen towers [default: OUT/progress]."),
]
Chunk = Annotated[
    int | None,
    typer.Option(min=1, help="Pairs per pass, for batches that do not fit in memory."),
]
Bf16 = Annotated[
    bool, typer.Option("--bf16", help="Compute in bfloat16. Weights and losses stay float32.")
]
Processes = Annotated[
    int | None,
    typer.Option(help="Stop unless torchrun started this many processes."),
]
Tensorboard = Annotated[
    bool, typer.Option("--tensorboard", help="Also write the curves as TensorBoard events.")
]


def train(
    dataset: Annotated[Path, typer.Option(help="Dataset folder in the official layout.")],
    out: Annotated[Path, typer.Option(help="Checkpoint folder to write.")],
    preset: Preset = "demo",
    settings: Settings = None,
    backbone: Backbone = None,
    pretrained: Pretrained = None,
    mode: Mode = None,
    source: Source = None,
    reviewed: Reviewed = None,
    store: StoreUrl = DEFAULT_STORE,
    cycle: Cycle = None,
    cycle_weight: CycleWeight = None,
    pictures: Pictures = None,
    seed: Annotated[int | None, typer.Option(help="Random seed.")] = None,
    resume: Resume = False,
    strict: Strict = False,
    cache: Cache = None,
    workers: Annotated[int, typer.Option(min=1, help="Number of threads that decode images.")] = 2,
    chunk: Chunk = None,
    bf16: Bf16 = False,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    processes: Processes = None,
    tensorboard: Tensorboard = False,
) -> None:
    """Train the text tower, then the Combiner, on a dataset's training split."""
    from autocompose.config import RunConfig
    from autocompose.data.dataset import open_dataset
    from autocompose.data.lock import lock_folder
    from autocompose.errors import ConfigError
    from autocompose.model.towers import check_start
    from autocompose.training.distributed import joined
    from autocompose.training.presets import preset as find_preset
    from autocompose.training.presets import with_file, with_texts
    from autocompose.training.run import train as run

    chosen = find_preset(preset, backbone)
    model, config = chosen if settings is None else with_file(chosen, settings)
    if backbone is not None or pretrained is not None:
        model = dataclasses.replace(
            model, backbone=backbone or model.backbone, pretrained=pretrained or model.pretrained
        )
    config = with_texts(config, mode=mode, source=source, cycle=cycle)
    if cycle_weight is not None:
        config = dataclasses.replace(config, cycle_weight=cycle_weight)
    if seed is not None:
        config = dataclasses.replace(config, seed=seed)
    how = RunConfig(
        cache=cache, strict=strict, workers=workers, chunk=chunk, bf16=bf16,
        tensorboard=tensorboard,
    )  # fmt: skip
    if reviewed not in (None, "accepted"):
        raise ConfigError(f'--reviewed "{reviewed}" is unknown; use accepted, or leave it out')
    opened = open_dataset(dataset)
    if reviewed is not None:
        from autocompose.review.files.training_texts import with_accepted_texts
        from autocompose.review.store.review_store import Store

        with Store(store, create=False) as decisions:
            opened = with_accepted_texts(opened, decisions)
    check_start(model.backbone, model.pretrained)  # before OUT is touched
    # torchrun tells each process its place through the environment.
    with (
        joined(os.environ, device=device, expected=processes) as world,
        only_writer(lock_folder(out)) if world.main else nullcontext(),
        progress() as listener,
    ):
        run(
            opened,
            out,
            model=model,
            config=config,
            run=how,
            world=world,
            pictures=open_dataset(pictures) if pictures is not None else None,
            resume=resume,
            on_event=listener,
        )
        if world.main:
            say(f"wrote {out}")
