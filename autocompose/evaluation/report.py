"""An evaluation's report on paper: one CSV row per query, and a page of HTML with pictures."""

from __future__ import annotations

import base64
import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path

from autocompose.data.files import write_whole
from autocompose.data.preprocess import load_image
from autocompose.errors import ImageError
from autocompose.evaluation.breakdown import by_length, by_part, over_phrasings
from autocompose.evaluation.eval_report import EvalReport, QueryOutcome, Recall

PICTURE_SIDE = 96
"""Longer side of a picture on the page, pixels."""

SHOWN_QUERIES = 24
SHOWN_HITS = 5

_FORMULA = ("=", "+", "-", "@")
_NUMBER = re.compile(r"[+-]\d+(\.\d+)?")

_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { padding: .3rem .8rem; text-align: right; border-bottom: 1px solid #8884; }
th:first-child, td:first-child { text-align: left; }
small { opacity: .7; }
.query { display: flex; flex-wrap: wrap; gap: .5rem; align-items: flex-start; margin: 1.5rem 0 0; }
.query p { flex: 1 1 16rem; margin: 0; }
figure { margin: 0; width: 104px; }
figure img, figure span { display: block; width: 96px; height: 96px; object-fit: contain;
  border: 4px solid transparent; background: #8881; overflow: hidden; }
figure.target img, figure.target span { border-color: #2a9d55; }
figcaption { font-size: 11px; overflow-wrap: anywhere; }
"""


def write_csv(report: EvalReport, path: Path) -> None:
    """Write one row per query: id, images, text, ranks, and the first ids of the ranking.

    The columns ``reference``, ``target``, ``selection 1`` ... are those of the official
    ``top<K>_all_selection.csv``. Names and texts that a spreadsheet would run as a formula begin
    with an apostrophe.

    Raises:
        WriteError: the file cannot be written.
    """
    width = max((len(outcome.top) for outcome in report.outcomes), default=0)
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\n")
    head = ["query", "reference", "target", "text", "rank", "group_rank"]
    table.writerow([*head, *(f"selection {i + 1}" for i in range(width))])
    for outcome in report.outcomes:
        row = [outcome.id, outcome.reference, outcome.target, outcome.text]
        top = map(_inert, outcome.top)
        table.writerow([*map(_inert, row), outcome.rank, outcome.group_rank, *top])
    write_whole(path, stream.getvalue())


def _inert(cell: str) -> str:
    """The cell with an apostrophe before it if a spreadsheet would take it for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell) else cell


def write_html(report: EvalReport, path: Path, *, pictures: Mapping[str, Path] | None) -> None:
    """Write the report as one file that needs no other.

    Args:
        report: with ``outcomes``.
        path: of the page.
        pictures: image id -> file, for small copies inside the page; None for none.

    Raises:
        WriteError: the file cannot be written.
    """
    title = f"{report.checkpoint} on {report.dataset} {report.split}"
    body = [
        f"<h1>{escape(title)}</h1>",
        f"<p>Composed pose retrieval: {report.num_queries} queries, gallery of "
        f"{report.num_gallery}, the reference left out, exactly one target. Percent of queries "
        f"whose target is among the first K, with 95 % bootstrap intervals. Median rank "
        f"{report.median_rank:g}. Among equals the target comes last.</p>",
        _recalls(report),
        _parts(report),
        _lines("Notes", report.notes),
        _queries(report.outcomes, pictures),
        _lines(f"Skipped ({len(report.skipped)})", report.skipped),
    ]
    write_whole(path, page(title, body))


def page(title: str, body: Sequence[str]) -> str:
    """A whole HTML document in the style of the reports.

    Args:
        title: plain text.
        body: HTML, one element or more each.
    """
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}'
        f"</title><style>{_STYLE}</style></head>\n<body>\n" + "\n".join(body) + "\n</body></html>\n"
    )


def _recalls(report: EvalReport) -> str:
    keys = list(report.recall)
    rows = [_row("composed", report.recall, keys, intervals=report.recall_ci)]
    rows += [
        _row(name.replace("_", " "), recall, keys, intervals=report.baselines_ci.get(name))
        for name, recall in report.baselines.items()
    ]
    for name, found in report.text_sets.items():
        recall, intervals = found.get("recall"), found.get("recall_ci")
        if isinstance(recall, dict) and len(report.text_sets) > 1:
            shown = intervals if isinstance(intervals, dict) else None
            rows.append(_row(f"texts: {name.replace('_', ' ')}", recall, keys, intervals=shown))
    html = table(["", *(f"R@{key}" for key in keys)], rows)
    if report.group_recall is not None:
        keys = list(report.group_recall)
        row = _row("within img_set", report.group_recall, keys, intervals=None)
        html += table(["", *(f"group R@{key}" for key in keys)], [row])
    return html


def _parts(report: EvalReport) -> str:
    """The figures by body part and length of text, and over several texts of the same change."""
    keys = list(report.recall)
    rows = [
        f"{_row(f'{name} words', part.recall, keys, intervals=None)}<td>{part.num_queries}</td>"
        for name, part in by_length(report.outcomes).items()
    ]
    rows += [
        f"{_row(name, part.recall, keys, intervals=None)}<td>{part.num_queries}</td>"
        for name, part in by_part(report.outcomes).items()
    ]
    html = table(["", *(f"R@{key}" for key in keys), "queries"], rows) if rows else ""
    spread = over_phrasings(report.outcomes)
    if spread is not None:
        title = f"{spread.count} phrasings of {spread.num_queries} queries"
        named = (("mean", spread.mean), ("worst", spread.lowest), ("best", spread.highest))
        rows = [_row(name, recall, keys, intervals=None) for name, recall in named]
        html += f"<h2>{escape(title)}</h2>" + table(["", *(f"R@{key}" for key in keys)], rows)
    if report.views:
        head = ["", *(f"R@{key}" for key in keys), "queries"]
        rows = [
            f"{_row(_view(row), row['recall'], keys, intervals=row['recall_ci'])}"
            f"<td>{row['num_queries']}</td>"
            for row in report.views.values()
        ]
        html += "<h2>By source and view</h2>" + table(head, rows)
    return html


def _view(row: Mapping[str, str]) -> str:
    return f"{row['source']}, {row['view']}"


def _row(
    name: str,
    recall: Recall,
    keys: Sequence[str],
    *,
    intervals: Mapping[str, Sequence[float]] | None,
) -> str:
    cells = [f"<td>{escape(name)}</td>"]
    for key in keys:
        low_high = (intervals or {}).get(key)
        note = f" <small>[{low_high[0]:.1f}, {low_high[1]:.1f}]</small>" if low_high else ""
        cells.append(f"<td>{recall[key]:.2f}{note}</td>")
    return "".join(cells)


def table(head: Sequence[str], rows: Sequence[str]) -> str:
    """An HTML table; the cells of ``head`` are plain text, those of ``rows`` HTML."""
    cells = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    lines = "".join(f"<tr>{row}</tr>\n" for row in rows)
    return f"<table><thead><tr>{cells}</tr></thead><tbody>\n{lines}</tbody></table>"


def _lines(title: str, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    items = "".join(f"<li>{escape(line)}</li>\n" for line in lines)
    return f"<h2>{escape(title)}</h2><ul>\n{items}</ul>"


def _queries(outcomes: Sequence[QueryOutcome], pictures: Mapping[str, Path] | None) -> str:
    """Queries from the best ranked to the worst, in even steps."""
    ordered = sorted(outcomes, key=lambda outcome: outcome.rank)
    count = min(SHOWN_QUERIES, len(ordered))
    shown = [ordered[i * (len(ordered) - 1) // max(count - 1, 1)] for i in range(count)]
    if not shown:
        return ""
    figure = figures(pictures)
    return (
        f"<h2>{count} of {len(ordered)} queries, from the best ranked to the worst</h2>\n"
        "<p>Reference, text, the first images found; the target is framed in green.</p>\n"
        + "\n".join(_query(outcome, figure) for outcome in shown)
    )


def _query(outcome: QueryOutcome, figure: Callable[[str, str, str], str]) -> str:
    found = outcome.top[:SHOWN_HITS]
    parts = [
        figure(outcome.reference, "reference", ""),
        f"<p>{escape(outcome.text)}<br><small>rank {outcome.rank}</small></p>",
        *(
            figure(image, f"{i + 1}.", "target" if image == outcome.target else "")
            for i, image in enumerate(found)
        ),
    ]
    if outcome.target not in found:
        parts.append(figure(outcome.target, f"{outcome.rank}. (target)", "target"))
    return f'<div class="query" id="q{outcome.id}">{"".join(parts)}</div>'


def figures(pictures: Mapping[str, Path] | None) -> Callable[[str, str, str], str]:
    """Makes ``<figure>``s from an image id, a label and a class; each picture is read once."""
    known: dict[str, str] = {}

    def figure(image: str, label: str, kind: str) -> str:
        if image not in known:
            known[image] = _picture(image, pictures)
        caption = f"<figcaption>{escape(label)} {escape(image)}</figcaption>"
        return f'<figure class="{kind}">{known[image]}{caption}</figure>'

    return figure


def _picture(image: str, pictures: Mapping[str, Path] | None) -> str:
    if pictures is None or image not in pictures:
        return "<span></span>"
    try:
        loaded = load_image(pictures[image])
    except ImageError as error:
        return f"<span>{escape(str(error))}</span>"
    loaded.thumbnail((PICTURE_SIDE, PICTURE_SIDE))
    stream = io.BytesIO()
    loaded.save(stream, "JPEG", quality=80)
    data = base64.b64encode(stream.getvalue()).decode()
    return f'<img alt="{escape(image)}" src="data:image/jpeg;base64,{data}">'
