"""An error analysis as Markdown with pictures: what fails, how often, and why, for an appendix."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from autocompose.data.files import write_whole
from autocompose.evaluation.failures.asked_queries import AskedQuery
from autocompose.evaluation.failures.failure_records import Failure, FailureReport
from autocompose.evaluation.metrics import bootstrap_ci, recall_at

EXAMPLES = 2
"""Failures shown for each cause: the median one, and the one a quarter from the best rank."""
LEAST = 20
"""Classes of fewer queries are left out of the tables."""
_SIDE = 192
_GAP = 6
_CLASSES = (
    ("body part", lambda query: query.facets.parts),
    ("kind of change", lambda query: query.facets.changes),
    ("words", lambda query: (_length(query.facets.words),)),
    ("view of the target", lambda query: (query.facets.camera,)),
    ("person", lambda query: (query.facets.person,)),
)  # fmt: skip


def write_paper(
    report: FailureReport, path: Path, *, pictures: Mapping[str, Path] | None, command: str
) -> None:
    """Write the analysis; its pictures go into a folder of its name beside it.

    Args:
        report: of `find_failures`, with all queries.
        path: of the Markdown file.
        pictures: image id -> file; None for no pictures.
        command: that repeats it.

    Raises:
        WriteError: a file cannot be written.
    """
    lines = [
        f"# Why {report.checkpoint} fails on {report.dataset} {report.split}, `{report.text_key}`",
        "",
        f"Written by `{command}`. {report.num_queries} queries, gallery of {report.num_gallery},"
        f" the reference left out, exactly one target; {_RANKED[report.joints]}. A failure is a"
        f" target after rank {report.beyond}. Causes are computed from the text and the true joints"
        " of reference, target and first hit. Brackets are 95 % bootstrap intervals over queries.",
        "",
        *_recall(report),
        *_causes(report),
        *_where(report),
        *_examples(report, path, pictures),
    ]
    write_whole(path, "\n".join(lines).rstrip("\n") + "\n")


_RANKED = {
    "none": "ranked by the learnt score of the pictures alone",
    "known": "ranked with the known joints beside the pictures",
    "read": "ranked by all voices on the joints that the image tower reads in the pictures",
    "estimated": "ranked with estimated joints beside the pictures",
}


def _recall(report: FailureReport) -> list[str]:
    ranks = np.array([query.rank for query in report.queries])
    found, within = recall_at(ranks), bootstrap_ci(ranks)
    cells = [f"{found[k]:.1f} [{within[k][0]:.1f}, {within[k][1]:.1f}]" for k in found]
    head = [*(f"R@{k}" for k in found), "median rank"]
    return ["## How well it does", "", *_table(head, [[*cells, f"{np.median(ranks):g}"]])]


def _causes(report: FailureReport) -> list[str]:
    total, failed = max(report.num_queries, 1), max(len(report.failures), 1)
    rows = []
    for cause, count in report.causes.items():
        ranks = [f.rank for f in report.failures if f.cause.value == cause]
        share = f"{100 * count / failed:.0f} %"
        rows.append([cause, str(count), f"{100 * count / total:.1f} %", share,
                     f"{np.median(ranks):g}"])  # fmt: skip
    head = ["cause", "failures", "of all queries", "of the failures", "median rank"]
    said = f"{len(report.failures)} of {report.num_queries} queries fail."
    return ["## Why", "", said, "", *_table(head, rows)]


def _where(report: FailureReport) -> list[str]:
    said = (
        f"Classes of at least {LEAST} queries; a query is in the class of every part and change"
        " that its text names. The last column is the most frequent cause."
    )
    lines = ["## Where", "", said, ""]
    cause = {failure.id: failure.cause.value for failure in report.failures}
    for name, classes in _CLASSES:
        rows = _rows(report.queries, classes, cause)
        if len(rows) > 1:
            head = [name, "queries", "R@1", "R@10", "failures", "mostly"]
            lines += _table(head, rows)
    return lines


def _rows(
    queries: Sequence[AskedQuery],
    classes: Callable[[AskedQuery], Iterable[str]],
    cause: Mapping[str, str],
) -> list[list[str]]:
    """One row for each class, the one with the lowest recall at 10 first."""
    members: dict[str, list[AskedQuery]] = {}
    for query in queries:
        for one in classes(query):
            members.setdefault(one or "unknown", []).append(query)
    rows: list[tuple[float, list[str]]] = []
    for name, found in members.items():
        if len(found) < LEAST:
            continue
        ranks = np.array([query.rank for query in found])
        recall, within = recall_at(ranks), bootstrap_ci(ranks)
        why = [cause[query.id] for query in found if query.id in cause]
        most = max(sorted(set(why)), key=why.count) if why else ""
        cells = [f"{recall[k]:.1f} [{within[k][0]:.1f}, {within[k][1]:.1f}]" for k in ("1", "10")]
        rows.append((recall["10"], [name, str(len(found)), *cells, str(len(why)), most]))
    return [row for _, row in sorted(rows, key=lambda row: row[0])]


def _examples(report: FailureReport, path: Path, pictures: Mapping[str, Path] | None) -> list[str]:
    said = (
        f"For each cause up to {EXAMPLES} failures from the middle of its ranks. From left to"
        " right: the reference, the target, and what was found instead."
    )
    lines = ["## Examples", "", said, ""]
    for cause in report.causes:
        members = [f for f in report.failures if f.cause.value == cause]
        places = sorted({len(members) // 2, 3 * len(members) // 4})[:EXAMPLES]
        lines += [f"### {cause.capitalize()} ({len(members)})", ""]
        for place in places:
            lines += _example(members[min(place, len(members) - 1)], path, pictures)
    return lines


def _example(failure: Failure, path: Path, pictures: Mapping[str, Path] | None) -> list[str]:
    lines = []
    first = next((name for name in failure.found if name != failure.target), None)
    shown = [failure.reference, failure.target, *([first] if first else [])]
    if pictures is not None and all(name in pictures for name in shown):
        name = f"{failure.id}.jpg"
        write_whole(path.parent / path.stem / name, _strip([pictures[one] for one in shown]))
        lines += [f"![reference, target and first hit]({path.stem}/{name})", ""]
    other = f", {failure.other_rank} in other words" if failure.other_rank else ""
    lines += [f"“{_plain(failure.text)}” Rank {failure.rank}{other}: {_plain(failure.reason)}.", ""]
    differ = [claim for claim in failure.claims if claim.on_target is not claim.on_found]
    rows = [
        [f"“{_plain(claim.words)}”", f"{claim.on_target.value}: {_plain(claim.evidence)}",
         f"{claim.on_found.value}: {_plain(claim.found_evidence)}"]
        for claim in differ[:4]
    ]  # fmt: skip
    return lines + (_table(["claim", "target", "first hit"], rows) if rows else [])


def _strip(files: Sequence[Path]) -> bytes:
    """The pictures side by side, as one small JPEG."""
    width = len(files) * _SIDE + (len(files) - 1) * _GAP
    strip = Image.new("RGB", (width, _SIDE), "white")
    pen = ImageDraw.Draw(strip)
    for place, file in enumerate(files):
        with Image.open(file) as picture:
            small = picture.convert("RGB").resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)
        left = place * (_SIDE + _GAP)
        strip.paste(small, (left, 0))
        pen.rectangle((left, 0, left + _SIDE - 1, _SIDE - 1), outline="#bdb6ac")
    content = BytesIO()
    strip.save(content, "JPEG", quality=82)
    return content.getvalue()


def _length(words: int) -> str:
    for low, high in ((1, 10), (11, 20), (21, 40)):
        if low <= words <= high:
            return f"{low}-{high}"
    return "41+"


def _plain(words: str) -> str:
    """A text of anybody as Markdown that shows it as it is, in one line."""
    escaped = "".join("\\" + letter if letter in "\\`*_[]<>|#&" else letter for letter in words)
    return " ".join(escaped.split())


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [
        "| " + " | ".join(head) + " |",
        "|" + "---|" * len(head),
        *("| " + " | ".join(row) + " |" for row in rows),
        "",
    ]
