"""``autocompose score``: hold a caption file against reference texts and against the bodies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autocompose.cli.console import progress, say, show, show_json

if TYPE_CHECKING:
    from autocompose.evaluation.captions.score_file import ScoreReport

_UNITS = {
    "body_part_match": "parts a text",
    "direction_match": "moves a text",
    "cider": "",
    "distinct_1": "of 1",
    "distinct_2": "of 1",
}
"""Percent where nothing is said."""


def score(
    captions: Annotated[Path, typer.Option(help="Caption file to score.")],
    references: Annotated[Path, typer.Option(help="Caption file with the reference texts.")],
    joints: Annotated[
        Path | None,
        typer.Option(help="The joints.json file (default: the one of the captions' dataset)."),
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="Caption key to score: mllm, auto, reverse, ...")
    ] = None,
    reference_key: Annotated[
        str | None,
        typer.Option(help="Caption key of the reference texts (default: sents, else --key)."),
    ] = None,
    checkpoint: Annotated[Path | None, typer.Option(help="Checkpoint for R-precision.")] = None,
    images: Annotated[
        Path | None, typer.Option(help="Image folder (default: the dataset's).")
    ] = None,
    seed: Annotated[int, typer.Option(help="Random seed for the pools of R-precision.")] = 0,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Score texts: matches with reference texts, claims against joints, R-precision, n-grams.

    Metrics whose library, program or data is missing are skipped; the output says why.
    """
    import dataclasses

    from autocompose.evaluation.captions.score_file import ScoreSources, score_captions

    sources = ScoreSources(captions, references, joints, images, key, reference_key)
    model = None
    if checkpoint is not None:
        from autocompose.model.checkpoint import load_checkpoint

        model = load_checkpoint(checkpoint)
    with progress() as listener:
        report = score_captions(sources, model=model, seed=seed, on_event=listener)
    if json_:
        show_json(dataclasses.asdict(report))
    else:
        show(_table(report))
    for reason in dict.fromkeys(report.skipped.values()):
        names = ", ".join(name for name, why in report.skipped.items() if why == reason)
        say(f"skipped {names}: {reason}")


def _table(report: ScoreReport) -> str:
    """The report as an aligned plain table."""
    lines = [
        f"{report.texts} texts ({report.key}) of {report.pairs} pairs,"
        f" {report.references} references ({report.reference_key});"
        f" {report.unmatched} pairs have no references"
    ]
    for name, value in report.scores.items():
        unit = _UNITS.get(name, "%")
        shown = f"{'skipped':>9}" if value is None else f"{value:>9.3f} {unit}".rstrip()
        lines.append(f"{name:<16}{shown}")
    return "\n".join([*lines, *report.notes])
