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
    captions: Annotated[Path, typer.Option(help="Caption file whose texts are scored.")],
    references: Annotated[Path, typer.Option(help="Caption file they are held against.")],
    joints: Annotated[
        Path | None, typer.Option(help="joints.json; by default the one of the files' dataset.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="Whose texts are scored: mllm, auto, reverse, ...")
    ] = None,
    reference_key: Annotated[
        str | None, typer.Option(help="Key of the reference texts; by default sents, or --key.")
    ] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(help="Checkpoint that ranks the texts for R-precision.")
    ] = None,
    images: Annotated[
        Path | None, typer.Option(help="Folder of the images; by default the dataset's.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the pools of R-precision.")] = 0,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Score texts: matches with reference texts, claims against joints, R-precision, n-grams.

    A metric that lacks its library, its program or its data is skipped, and the reason is told.
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
