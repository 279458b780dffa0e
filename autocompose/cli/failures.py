"""``autocompose failures`` and ``report``: which queries of a split fail, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autocompose.cli.console import progress, say, show, show_json
from autocompose.cli.evaluate import JointsChoice, estimating

if TYPE_CHECKING:
    from autocompose.evaluation.failures.failure_records import FailureReport

Checkpoint = Annotated[Path, typer.Option(help="Checkpoint folder.")]
Dataset = Annotated[Path, typer.Option(help="Dataset folder in the official layout.")]
Split = Annotated[str, typer.Option(help="Split to evaluate.")]
Key = Annotated[
    str | None,
    typer.Option(help="Caption key to query with (default: sents, else auto).", show_default=False),
]
Joints = Annotated[
    JointsChoice,
    typer.Option(
        help="What the ranking uses beside the pictures: known joints (of joints.json), joints"
        " estimated from the pictures (extra pose), those that the image tower itself reads in"
        " them (read), or none (the official protocol)."
    ),
]
Beyond = Annotated[
    int, typer.Option(min=0, help="A target after this rank is a failure; 0 explains every query.")
]


def failures(
    checkpoint: Checkpoint,
    dataset: Dataset,
    split: Split = "test",
    key: Key = None,
    beyond: Beyond = 10,
    joints: Joints = "none",
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    rows: Annotated[int, typer.Option(min=0, help="Number of failures to list.")] = 20,
) -> None:
    """Explain the queries whose target is found late: what was found instead, and why.

    Causes are computed from the text and the joints: sides exchanged, a text that the bodies
    contradict, words not understood, a small change, a near-duplicate, a text that fits both, or
    the model.
    """
    found, _ = _find(checkpoint, dataset, split, key=key, beyond=beyond, joints=joints)
    if json_:
        show_json(found.to_json())
        return
    show(_table(found, rows))


def report(
    checkpoint: Checkpoint,
    dataset: Dataset,
    out: Annotated[
        Path,
        typer.Option(help="File to write: .html (one file), or .md with a folder of pictures."),
    ],
    split: Split = "test",
    key: Key = None,
    beyond: Beyond = 10,
    joints: Joints = "none",
    pictures: Annotated[
        bool, typer.Option("--pictures/--no-pictures", help="Include thumbnails.")
    ] = True,
) -> None:
    """Write an error analysis: recalls, causes of failure, and failed queries with pictures.

    Markdown also says where the model fails (body part, kind of change, length, view, person).
    """
    from autocompose.evaluation.failures.failure_page import write_report
    from autocompose.evaluation.failures.failure_paper import write_paper

    found, images = _find(checkpoint, dataset, split, key=key, beyond=beyond, joints=joints)
    shown = images if pictures else None
    if out.suffix == ".md":
        options = [f"--checkpoint {checkpoint}", f"--dataset {dataset}", f"--split {split}"]
        options += [f"--key {found.text_key}", f"--joints {joints}", f"--beyond {beyond}"]
        command = " ".join(["autocompose report", *options, f"--out {out}"])
        write_paper(found, out, pictures=shown, command=command)
    else:
        write_report(found, out, pictures=shown)
    say(f"wrote {out}: {len(found.failures)} failures of {found.num_queries} queries")


def _find(
    checkpoint: Path,
    dataset: Path,
    split: str,
    *,
    key: str | None,
    beyond: int,
    joints: JointsChoice,
) -> tuple[FailureReport, dict[str, Path]]:
    from autocompose.data.dataset import open_dataset
    from autocompose.evaluation.failures.find_failures import (
        AskedSplit,
        find_failures,
        training_words,
    )
    from autocompose.model.checkpoint import load_checkpoint, read_checkpoint_info
    from autocompose.retrieval.shipped_index import load_shipped, shipped_index

    opened = open_dataset(dataset)
    train = read_checkpoint_info(checkpoint).train
    model = load_checkpoint(checkpoint)
    paths = [image.path for image in opened.gallery(split)]
    index = shipped_index(checkpoint, opened.name, split)
    gallery = None  # the shipped one has no joints that its tower read
    if joints != "read":
        gallery = load_shipped(index, model, paths, name=f"{opened.name} {split}")
    with progress() as listener:
        found = find_failures(
            model,
            AskedSplit(
                opened,
                split,
                key,
                beyond,
                gallery,
                estimating() if joints == "estimated" else joints,
            ),
            training_words=training_words(opened, train),
            checkpoint=checkpoint.resolve().name,
            on_event=listener,
        )
    for line in found.skipped:
        say(f"skipped: {line}")
    return found, {image.id: image.path for image in opened.gallery(split)}


def _table(found: FailureReport, rows: int) -> str:
    total = found.num_queries
    lines = [
        f"{len(found.failures)} of {total} queries have their target after rank {found.beyond}"
        f" ({found.dataset} {found.split}, {found.text_key})"
    ]
    lines += [
        f"{count:>6}  {100 * count / total:>5.1f} %  {cause}"
        for cause, count in found.causes.items()
    ]
    for failure in found.failures[:rows]:
        lines += [
            "",
            f"rank {failure.rank}  {failure.reference} -> {failure.target}, found"
            f" {failure.found[0] if failure.found else 'nothing'}",
            f"  {failure.text}",
            f"  {failure.cause.value}: {failure.reason}",
        ]
    return "\n".join(lines)
