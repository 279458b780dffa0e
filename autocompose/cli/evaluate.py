"""``autocompose evaluate``: recalls of a checkpoint on a split, beside its baselines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autocompose.cli.console import progress, say, show, show_json

if TYPE_CHECKING:
    from autocompose.schema import EvalReport, Recall


def evaluate(
    checkpoint: Annotated[Path, typer.Option(help="Checkpoint folder.")],
    dataset: Annotated[Path, typer.Option(help="Dataset folder in the official layout.")],
    split: Annotated[str, typer.Option(help="Split to evaluate.")] = "test",
    json_: Annotated[
        bool, typer.Option("--json", help="Print one JSON document instead of a table.")
    ] = False,
    record: Annotated[
        bool, typer.Option(help="Keep the report in the checkpoint's metrics.json as well.")
    ] = False,
) -> None:
    """Measure composed pose retrieval under the official protocol, with 95 % intervals."""
    from dataclasses import replace

    from autocompose.data.layout import open_dataset
    from autocompose.model.checkpoint import load_checkpoint, record_metrics
    from autocompose.retrieval.evaluate import evaluate as run
    from autocompose.retrieval.evaluate import report_to_json

    opened = open_dataset(dataset)
    model = load_checkpoint(checkpoint)
    with progress() as listener:
        report = run(model, opened, split=split, on_event=listener, checkpoint=str(checkpoint))
    for line in report.skipped:
        say(f"skipped: {line}")
    if record:
        named = replace(report, checkpoint=checkpoint.resolve().name, dataset=opened.name)
        record_metrics(checkpoint, split, report_to_json(named))
    if json_:
        show_json(report_to_json(report))
    else:
        show(_table(report))


def _table(report: EvalReport) -> str:
    """The report as an aligned plain table, percent."""
    keys = list(report.recall)
    rows = [("composed", report.recall)]
    rows += [(name.replace("_", " "), recall) for name, recall in report.baselines.items()]
    for name, found in report.text_sets.items():
        recall = found.get("recall")
        if isinstance(recall, dict):
            rows.append((name.replace("_", " "), recall))
    head = f"{'':<12}" + "".join(f"{'R@' + key:>9}" for key in keys)
    lines = [head, *(_row(name, recall, keys) for name, recall in rows)]
    lines.append(
        f"median rank {report.median_rank:g}; {report.num_queries} queries,"
        f" gallery of {report.num_gallery}; {report.dataset} {report.split}"
    )
    return "\n".join(lines)


def _row(name: str, recall: Recall, keys: list[str]) -> str:
    return f"{name:<12}" + "".join(f"{recall[key]:>9.2f}" for key in keys)
