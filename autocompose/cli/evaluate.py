"""``autocompose evaluate``: recalls of a checkpoint on a split, beside its baselines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from autocompose.cli.console import progress, say, show, show_json

if TYPE_CHECKING:
    from autocompose.evaluation.eval_report import EvalReport, Recall
    from autocompose.evaluation.with_joints import JointsReport
    from autocompose.model.checkpoint import ComposedModel
    from autocompose.retrieval.gallery_bodies import JointsOf

JointsChoice = Literal["none", "known", "estimated", "read"]

_EITHER = "give either --checkpoint DIR or --clip FILE"


Checkpoint = Annotated[
    Path | None, typer.Option(help="Checkpoint folder (or use --clip).", show_default=False)
]
Clip = Annotated[
    Path | None,
    typer.Option(help="Official tuned_clip_*.pt file, or openai/CLIP weights.", show_default=False),
]
Combiner = Annotated[
    Path | None,
    typer.Option(
        help="Official combiner_*.pt file to use with --clip. Without it, features are added.",
        show_default=False,
    ),
]
Transform = Annotated[
    str | None,
    typer.Option(
        help="With --clip: squarepad (official default), targetpad or square.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of a table.")]
Csv = Annotated[
    Path | None,
    typer.Option(
        help="Write a CSV file with one row per query and the ids it finds.", show_default=False
    ),
]
Html = Annotated[
    Path | None,
    typer.Option(help="Write a report as one HTML page with pictures.", show_default=False),
]
Pictures = Annotated[
    bool, typer.Option("--pictures/--no-pictures", help="Include thumbnails in the HTML page.")
]
EverySentence = Annotated[
    bool | None,
    typer.Option(
        "--every-sentence/--first-sentence",
        help="One query per text, or one per pair. By default as in the official code: every"
        " text for aist, the first text for other datasets.",
        show_default=False,
    ),
]
Candidates = Annotated[
    Path | None,
    typer.Option(
        help="Also measure FixMyPose's own task: a *_ret_NC.json file for the images of this"
        " dataset.",
        show_default=False,
    ),
]
Phrasings = Annotated[
    bool, typer.Option("--phrasings", help="Query with every text of a pair and report the spread.")
]
Views = Annotated[
    bool,
    typer.Option(
        "--views", help="Also report recall by source and view (reverse, mirror, mirror-reverse)."
    ),
]
JointsOption = Annotated[
    JointsChoice,
    typer.Option(
        help="Also rank with joints beside the pictures: known (of joints.json), estimated (from"
        " the pictures, with the extra pose), or read (by the checkpoint's own image tower, so from"
        " the pictures alone). none is the official protocol."
    ),
]
Record = Annotated[
    bool, typer.Option(help="Also write the report to the checkpoint's metrics.json.")
]


def evaluate(
    dataset: Annotated[Path, typer.Option(help="Dataset folder in the official layout.")],
    checkpoint: Checkpoint = None,
    clip: Clip = None,
    combiner: Combiner = None,
    transform: Transform = None,
    split: Annotated[str, typer.Option(help="Split to evaluate.")] = "test",
    json_: Json = False,
    csv: Csv = None,
    html: Html = None,
    top: Annotated[int, typer.Option(min=1, help="Number of ids per query in the CSV file.")] = 50,
    pictures: Pictures = True,
    every_sentence: EverySentence = None,
    candidates: Candidates = None,
    phrasings: Phrasings = False,
    views: Views = False,
    joints: JointsOption = "none",
    record: Record = False,
) -> None:
    """Measure composed pose retrieval under the official protocol, with 95 % intervals."""
    _check(checkpoint, clip, combiner, transform, record=record)
    from dataclasses import asdict, replace

    from autocompose.data.dataset import open_dataset
    from autocompose.evaluation.candidates import evaluate_candidates, read_candidates
    from autocompose.evaluation.protocol import evaluate as run
    from autocompose.evaluation.protocol import report_to_json
    from autocompose.evaluation.report import write_csv, write_html
    from autocompose.model.checkpoint import record_metrics
    from autocompose.model.joint_branch import KnownJoints

    opened = open_dataset(dataset)
    asked = () if candidates is None else read_candidates(candidates)
    model = _model(checkpoint, clip, combiner, transform)
    with progress() as listener:
        report = run(
            model,
            opened,
            split=split,
            on_event=listener,
            all_sentences=every_sentence,
            phrasings=phrasings,
            views=views,
            top=top if csv or html else 0,
            joints=estimating() if joints == "estimated" else joints,
            checkpoint=" + ".join(str(path) for path in (checkpoint, clip, combiner) if path),
        )
        ten_way = None
        if asked:
            known = KnownJoints(opened.gallery(split))
            ten_way = evaluate_candidates(
                model, asked, dataset / "images", known=known, on_event=listener
            )
    for line in (*report.skipped, *(ten_way.skipped if ten_way else ())):
        say(f"skipped: {line}")
    added = report.with_joints
    for line in (*report.notes, *((added.note,) if added is not None and added.note else ())):
        say(f"note: {line}")
    if record and checkpoint is not None:
        named = replace(report, checkpoint=checkpoint.resolve().name, dataset=opened.name)
        record_metrics(checkpoint, split, report_to_json(named))
    if csv is not None:
        write_csv(report, csv)
    if html is not None:
        images = {image.id: image.path for image in opened.gallery(split)} if pictures else None
        write_html(report, html, pictures=images)
    if json_:
        apart = {} if ten_way is None else {"candidates": asdict(ten_way)}
        show_json({**report_to_json(report), **apart})
        return
    show(_table(report))
    if ten_way is not None:
        low, high = ten_way.accuracy_ci
        show(
            f"among its candidates: {ten_way.accuracy:.2f} [{low:.1f}, {high:.1f}], image only"
            f" {ten_way.image_only:.2f}, text only {ten_way.text_only:.2f}, chance"
            f" {ten_way.chance:.2f}; {ten_way.num_queries} queries"
        )


def _check(
    checkpoint: Path | None,
    clip: Path | None,
    combiner: Path | None,
    transform: str | None,
    *,
    record: bool,
) -> None:
    """Refuse options that contradict each other, before anything is loaded."""
    if (checkpoint is None) == (clip is None):
        raise typer.BadParameter(_EITHER)
    if clip is None and (combiner is not None or transform is not None):
        raise typer.BadParameter("--combiner and --transform go with --clip; a checkpoint has both")
    if clip is not None and record:
        raise typer.BadParameter("--record needs --checkpoint: an official file holds no report")


def estimating() -> JointsOf:
    """What estimates the joints of a picture, once for each."""
    from autocompose.data.estimated_joints import PhotoJoints
    from autocompose.workspace import find_workspace

    photos = PhotoJoints(find_workspace().models)
    photos.load()  # without a model the command ends here, before anything is embedded
    return photos.joints_of


def _model(
    checkpoint: Path | None, clip: Path | None, combiner: Path | None, transform: str | None
) -> ComposedModel:
    from autocompose.model.checkpoint import load_checkpoint, load_official_model

    if clip is not None:
        return load_official_model(clip, combiner, transform=transform or "squarepad")
    if checkpoint is None:
        raise typer.BadParameter(_EITHER)
    return load_checkpoint(checkpoint)


def _table(report: EvalReport) -> str:
    """The report as an aligned plain table, percent."""
    keys = list(report.recall)
    rows = [("composed", report.recall)]
    rows += [(name.replace("_", " "), recall) for name, recall in report.baselines.items()]
    for name, found in report.text_sets.items():
        recall = found.get("recall")
        if isinstance(recall, dict) and len(report.text_sets) > 1:
            rows.append((name.replace("_", " "), recall))
    rows += [(f"{row['source']} {row['view']}", row["recall"]) for row in report.views.values()]
    width = max(12, *(len(name) for name, _ in rows))
    head = " " * width + "".join(f"{'R@' + key:>9}" for key in keys)
    lines = [head, *(_row(name.ljust(width), recall, keys) for name, recall in rows)]
    if report.with_joints is not None:
        lines += _rows_with_joints(report.with_joints, keys)
    if report.group_recall is not None:
        found = "  ".join(f"R@{key} {value:.2f}" for key, value in report.group_recall.items())
        lines.append(f"within img_set: {found}")
    lines.append(
        f"median rank {report.median_rank:g}; {report.num_queries} queries,"
        f" gallery of {report.num_gallery}; {report.dataset} {report.split}"
    )
    return "\n".join(lines)


def _rows_with_joints(added: JointsReport, keys: list[str]) -> list[str]:
    sets = added.text_sets.items()
    width = max(12, *(len(name) for name, _ in sets))
    head = f"with {added.joints} joints of {added.pictures} pictures, not the official protocol:"
    if added.joints == "read":
        head = "pictures only, all voices on the joints that the image tower reads in them:"
    rows = (_row(name.replace("_", " ").ljust(width), row.recall, keys) for name, row in sets)
    return [head, *rows]


def _row(name: str, recall: Recall, keys: list[str]) -> str:
    return name + "".join(f"{recall[key]:>9.2f}" for key in keys)
