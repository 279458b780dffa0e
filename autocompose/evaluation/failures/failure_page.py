"""A report that explains: recalls, causes, and failed queries with pictures, in one HTML file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path

from autocompose.data.files import write_whole
from autocompose.evaluation.failures.failure_records import Failure, FailureReport
from autocompose.evaluation.report import figures, page, table

PER_CAUSE = 8
"""Failures shown with pictures for each cause, in even steps from the worst rank to the best."""

_VERDICT = {"supported": "✓", "contradicted": "✗", "unknown": "?"}


def write_report(
    report: FailureReport, path: Path, *, pictures: Mapping[str, Path] | None = None
) -> None:
    """Write the report as one file that needs no other.

    Args:
        report: of `find_failures`.
        path: of the page.
        pictures: image id -> file, for small copies inside the page; None for none.

    Raises:
        WriteError: the file cannot be written.
    """
    title = f"Why {report.checkpoint} fails on {report.dataset} {report.split}"
    figure = figures(pictures)
    body = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{report.num_queries} queries under <code>{escape(report.text_key)}</code>, gallery of "
        f"{report.num_gallery}, the reference left out, exactly one target. {len(report.failures)} "
        f"targets come after rank {report.beyond}. Causes are computed from text and joints.</p>",
        table([f"R@{key}" for key in report.recall], [_cells(report)]),
        _chart(report),
    ]
    for cause in report.causes:
        members = [f for f in report.failures if f.cause.value == cause]
        count = min(PER_CAUSE, len(members))
        shown = [members[i * (len(members) - 1) // max(count - 1, 1)] for i in range(count)]
        body.append(f"<h2>{escape(cause.capitalize())} ({len(members)})</h2>")
        body += [_failure(failure, figure) for failure in shown]
    if report.skipped:
        items = "".join(f"<li>{escape(line)}</li>\n" for line in report.skipped)
        body.append(f"<h2>Skipped ({len(report.skipped)})</h2><ul>\n{items}</ul>")
    write_whole(path, page(title, body))


def _cells(report: FailureReport) -> str:
    return "".join(f"<td>{value:.1f} %</td>" for value in report.recall.values())


def _chart(report: FailureReport) -> str:
    """Bars: how often each cause is found, as a share of all queries."""
    total = max(report.num_queries, 1)
    rows = [
        f"<td>{escape(cause)}</td><td>{count}</td><td>{100 * count / total:.1f} %</td>"
        f'<td><meter min="0" max="{len(report.failures)}" value="{count}"></meter></td>'
        for cause, count in report.causes.items()
    ]
    return table(["cause", "queries", "of all queries", ""], rows)


def _failure(failure: Failure, figure: Callable[[str, str, str], str]) -> str:
    first = next((name for name in failure.found if name != failure.target), None)
    pictures = [
        figure(failure.reference, "reference", ""),
        figure(failure.target, f"{failure.rank}. (target)", "target"),
    ]
    if first is not None:
        pictures.append(figure(first, f"{failure.found.index(first) + 1}.", ""))
    claims = "".join(
        f"<tr><td>“{escape(claim.words)}”</td>"
        f"<td>{_VERDICT[claim.on_target.value]} {escape(claim.evidence)}</td>"
        f"<td>{_VERDICT[claim.on_found.value]} {escape(claim.found_evidence)}</td></tr>\n"
        for claim in failure.claims
        if claim.on_target is not claim.on_found
    )
    differ = (
        "<table><thead><tr><th>claims that differ</th><th>target</th><th>hit</th></tr></thead>"
        f"<tbody>{claims}</tbody></table>"
        if claims
        else ""
    )
    return (
        f'<div class="query" id="q{failure.id}">{"".join(pictures)}<div><p>{escape(failure.text)}'
        f"<br><small>{escape(failure.reason)}</small></p>{differ}</div></div>"
    )
