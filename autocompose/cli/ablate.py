"""``autocompose ablate``: the same towers trained in variants over several seeds."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autocompose.cli.console import only_writer, progress, show, show_json

if TYPE_CHECKING:
    from autocompose.training.study.ablation import VariantResult


def ablate(
    dataset: Annotated[Path, typer.Option(help="Dataset folder in the official layout.")],
    pretrained: Annotated[
        str,
        typer.Option(
            help="Starting weights of every run: OUT/progress/text-tower.pt of a pose-mini"
            " training run, or CLIP weights."
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            help="Folder for the results. Run the same command again to resume a stopped study."
        ),
    ],
    study: Annotated[
        str,
        typer.Option(
            help="recipe (possible additions to the paper's loss, one at a time), paper (cycle,"
            " swap and mirror, 1, 3 or 5 texts per view, written from joints; each with 0, 10"
            " and 30 % of the training texts wrong) or model (branch for true joints, long"
            " texts in chunks)."
        ),
    ] = "recipe",
    preset: Annotated[str, typer.Option(help="Base settings that the variants modify.")] = "demo",
    config: Annotated[Path | None, typer.Option(help="See train.")] = None,
    backbone: Annotated[str | None, typer.Option(help="See train.")] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Number of seeds per variant.")] = 3,
    split: Annotated[str, typer.Option(help="Split to take the queries from.")] = "test",
    key: Annotated[
        list[str] | None,
        typer.Option(
            help="Caption key of the queries (default: sents). Repeat it to average over several"
            " keys: --key sents --key new-words."
        ),
    ] = None,
    bf16: Annotated[bool, typer.Option("--bf16", help="See train.")] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(help="Run only variants whose name starts with this (plus the baseline)."),
    ] = None,
    json_: Annotated[
        bool, typer.Option("--json", help="Print one JSON document instead of a table.")
    ] = False,
) -> None:
    """Compare training recipes from the same start, on the same queries, over several seeds."""
    from autocompose.training.presets import check_start_file, with_file
    from autocompose.training.presets import preset as find_preset

    check_start_file(pretrained)  # before anything large is loaded
    from autocompose.data.dataset import open_dataset
    from autocompose.data.lock import lock_folder
    from autocompose.errors import ConfigError
    from autocompose.training.study.ablation import STUDIES, run_study, table

    if study not in STUDIES:
        raise ConfigError(f'study "{study}" is unknown; use one of {", ".join(STUDIES)}')
    chosen = find_preset(preset, backbone)
    model, base = chosen if config is None else with_file(chosen, config)
    model = dataclasses.replace(model, pretrained=pretrained, backbone=backbone or model.backbone)
    keys = tuple(key or ["sents"])
    first, *others = STUDIES[study]
    others = [v for v in others if not only or v.name.startswith(tuple(only))]
    with only_writer(lock_folder(out)), progress() as listener:
        outcomes = run_study(
            open_dataset(dataset), out, [first, *others], model=model, base=base,
            seeds=range(seeds), split=split, keys=keys, bf16=bf16, on_event=listener,
        )  # fmt: skip
    if not json_:
        show(table(outcomes))
        return
    rows = [_row(outcome, outcomes[0]) for outcome in outcomes]
    show_json({"study": study, "seeds": seeds, "split": split, "key": "+".join(keys), "rows": rows})


def _row(outcome: VariantResult, first: VariantResult) -> dict[str, object]:
    """What the JSON document says of a variant."""
    from autocompose.training.study.ablation import AT

    return {
        "variant": outcome.variant.name,
        "recall": {at: outcome.recall(at) for at in AT},
        "deviation": {at: outcome.spread(at) for at in AT},
        "gain": {at: outcome.gain(first, at) for at in AT},
    }
