"""``autocompose verify``: hold the texts of a caption file against the joints of their images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autocompose.cli.console import progress, say, show, show_json_line

if TYPE_CHECKING:
    from autocompose.verify.caption_check import CaptionCheck, CheckedText

_NAMED = 5


def verify(
    captions: Annotated[Path, typer.Option(help="Caption file in the official format.")],
    joints: Annotated[
        Path | None,
        typer.Option(help="The joints.json file (default: the one of the captions' dataset)."),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(help="Caption key to check (default: mllm, else auto, else sents)."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON line per text.")] = False,
    rows: Annotated[int, typer.Option(min=0, help="Number of contradicted claims to list.")] = 20,
) -> None:
    """Check every claim in a caption file against 3-D joints: supported, contradicted or unknown.

    The evidence is in numbers ("left knee bend 92° → 8°"). Texts that fit much better with left
    and right swapped are marked. Pairs without joints are counted and named.
    """
    from autocompose.errors import CaptionFileError
    from autocompose.verify.caption_check import check_captions

    with progress() as listener:
        checked = check_captions(captions, joints=joints, key=key, on_event=listener)
    _tell_missing(checked)
    if not checked.texts:
        raise CaptionFileError(f'{captions}: none of the "{checked.key}" texts could be judged')
    if as_json:
        for text in checked.texts:
            show_json_line(_line(text))
    else:
        _show_tables(checked, rows)


def _tell_missing(checked: CaptionCheck) -> None:
    if checked.dropped:
        values = [f"{value.where} is {value.value}" for value in checked.dropped]
        say(f"left out {len(values)} values under {checked.key} that are no texts: " + _few(values))
    if checked.missing:
        say(
            f"skipped {checked.skipped} pairs: {checked.joints} has no joints of"
            f" {len(checked.missing)} images ({_few(list(checked.missing))})"
        )


def _few(names: Sequence[str]) -> str:
    """The first of some names, and how many more there are."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _line(text: CheckedText) -> dict[str, object]:
    claims = [
        {
            "part": c.claim.label,
            "change": str(c.claim.change),
            "span": list(c.claim.span),
            "verdict": c.outcome.value,
            "evidence": c.evidence,
        }
        for c in text.report.claims
    ]
    return {
        "reference": text.reference,
        "target": text.target,
        "key": text.key,
        "index": text.index,
        "text": text.text,
        "sides_swapped": text.report.sides_swapped,
        "claims": claims,
    }


def _show_tables(checked: CaptionCheck, rows: int) -> None:
    from rich.console import Console
    from rich.table import Table

    from autocompose.language.reader.claims import Outcome

    console = Console()
    listed = [
        (text, claim)
        for text in checked.texts
        for claim in text.report.claims
        if claim.outcome is Outcome.CONTRADICTED
    ]
    if listed and rows:
        table = Table(
            title=f"Contradicted claims in {checked.key}, {min(rows, len(listed))} of {len(listed)}"
        )
        for column in ("pair", "says", "measured", "sides"):
            table.add_column(column, overflow="fold")
        for text, claim in listed[:rows]:
            start, end = claim.claim.span
            table.add_row(
                f"{text.reference}\n-> {text.target}",
                f"{claim.claim.label}: {claim.claim.change}\n“{text.text[start:end]}”",
                claim.evidence,
                "exchanged?" if text.report.sides_swapped else "",
            )
        console.print(table)
    total = checked.claims
    summary = Table(title=f"{len(checked.texts)} texts under {checked.key}, {total} claims")
    for column in ("", "claims", "%"):
        summary.add_column(column, justify="right" if column else "left")
    for verdict in Outcome:
        n = checked.count(verdict)
        summary.add_row(verdict.value, str(n), f"{100 * n / max(total, 1):.1f}")
    console.print(summary)
    show(f"{checked.swapped} texts look as if left and right were swapped")
