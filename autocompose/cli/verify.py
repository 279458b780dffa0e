"""``autocompose verify``: hold the texts of a caption file against the joints of their images."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autocompose.cli.console import progress, say, show

if TYPE_CHECKING:
    from autocompose.language.reader.claims import ClaimReport, Outcome
    from autocompose.schema import PoseImage, View

_NAMED = 5
_PREFERRED = ("mllm", "auto", "sents")


@dataclass(frozen=True)
class _Text:
    """One text of a caption file."""

    reference: str
    target: str
    key: str
    index: int
    text: str


@dataclass
class _Verified:
    """Reports in file order, and what could not be judged."""

    texts: list[tuple[_Text, ClaimReport]] = field(default_factory=list)
    missing: dict[str, int] = field(default_factory=dict)
    skipped: int = 0

    def count(self, verdict: Outcome) -> int:
        return sum(report.count(verdict) for _, report in self.texts)

    @property
    def swapped(self) -> int:
        return sum(report.sides_swapped for _, report in self.texts)


def verify(
    captions: Annotated[Path, typer.Option(help="Caption file in the official format.")],
    joints: Annotated[
        Path | None, typer.Option(help="joints.json; default: the one of the captions' dataset.")
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            help="Which texts; default: mllm, else auto, else sents. See the file's keys."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line for each text.")] = False,
    rows: Annotated[int, typer.Option(min=0, help="Contradicted claims to list.")] = 20,
) -> None:
    """Say of every claim in every text whether the bodies support or contradict it, or cannot tell.

    The evidence is in numbers ("left knee bend 92° -> 8°"). Texts whose claims fit much better with
    left and right exchanged are marked. Pairs without joints are counted and named.
    """
    from autocompose.data.joints_file import read_joints
    from autocompose.errors import CaptionFileError

    records = _records(captions)
    chosen = _key(records, key, captions)
    path = joints or captions.parent.parent / "joints.json"
    if not path.is_file():
        raise CaptionFileError(
            f"{path} does not exist; say where the joints are with --joints FILE"
        )
    known = read_joints(path, path.parent / "images")
    verified = _verify(records, chosen, captions, known)
    _tell_missing(verified, path)
    if not verified.texts:
        raise CaptionFileError(f'{captions}: none of the "{chosen}" texts could be judged')
    if as_json:
        for text, report in verified.texts:
            show(json.dumps(_line(text, report), ensure_ascii=False))
    else:
        _show_tables(verified, chosen, rows)


def _records(path: Path) -> list[dict[str, object]]:
    from autocompose.data.files import read_json
    from autocompose.errors import CaptionFileError

    content = read_json(path)
    if not isinstance(content, list):
        raise CaptionFileError(f"{path}: expected a list, not {type(content).__name__}")
    for i, record in enumerate(content):
        if not isinstance(record, dict):
            raise CaptionFileError(
                f"{path}[{i}]: expected an object, not {json.dumps(record)[:60]}"
            )
        for name in ("reference", "target"):
            if not isinstance(record.get(name), str):
                raise CaptionFileError(f'{path}[{i}]: "{name}" must be a file name')
    return content


def _key(records: list[dict[str, object]], asked: str | None, path: Path) -> str:
    from autocompose.errors import CaptionFileError

    names = {"reference", "target", "img_set"}
    have = list(dict.fromkeys(k for r in records for k in r if k not in names and _texts(r, k)))
    if asked is not None and asked not in have:
        raise CaptionFileError(
            f'{path} has no texts under "{asked}"; its keys are: {", ".join(have) or "none"}'
        )
    found = asked or next((k for k in _PREFERRED if k in have), None)
    if found is None:
        raise CaptionFileError(
            f"{path} has no texts under {', '.join(_PREFERRED)}; choose one with --key:"
            f" {', '.join(have) or 'none'}"
        )
    return found


def _texts(record: dict[str, object], key: str) -> list[str]:
    """The texts under a key: a list of strings, or one string as some files have it."""
    value = record.get(key)
    if isinstance(value, str):
        return [value]
    if isinstance(value, list) and all(isinstance(text, str) for text in value):
        return list(value)
    return []


def _view(key: str) -> View:
    """The view that an official key names; texts of other keys speak of the pair as it is."""
    from autocompose.schema import Source, View, caption_key

    keys = {caption_key(s, v): v for s in (Source.MLLM, Source.AUTO) for v in View}
    return keys.get(key, View.FORWARD)


def _verify(
    records: list[dict[str, object]], key: str, path: Path, known: dict[str, PoseImage]
) -> _Verified:
    from autocompose.schema import Event

    verified = _Verified()
    with progress() as listener:
        for done, record in enumerate(records, start=1):
            texts = _texts(record, key)
            names = (str(record["reference"]), str(record["target"]))
            lacking = [n for n in names if n not in known or known[n].joints is None]
            if lacking and texts:
                verified.skipped += 1
                for name in lacking:
                    verified.missing[name] = verified.missing.get(name, 0) + 1
            elif texts:
                pair = (known[names[0]], known[names[1]])
                verified.texts.extend(_judged(pair, key, texts))
            listener(Event("verify", done, len(records)))
    return verified


def _judged(
    pair: tuple[PoseImage, PoseImage], key: str, texts: list[str]
) -> Iterator[tuple[_Text, ClaimReport]]:
    from autocompose.verify.judge import PairJudge

    judge = PairJudge.of_images(*pair, view=_view(key))
    for index, text in enumerate(texts):
        yield _Text(pair[0].id, pair[1].id, key, index, text), judge.check(text)


def _tell_missing(verified: _Verified, path: Path) -> None:
    if verified.missing:
        named = ", ".join(list(verified.missing)[:_NAMED])
        more = len(verified.missing) - _NAMED
        rest = f" and {more} more" if more > 0 else ""
        say(
            f"skipped {verified.skipped} pairs: {path} has no joints of"
            f" {len(verified.missing)} images ({named}{rest})"
        )


def _line(text: _Text, report: ClaimReport) -> dict[str, object]:
    claims = [
        {
            "part": c.claim.label,
            "change": c.claim.change,
            "span": list(c.claim.span),
            "verdict": c.outcome.value,
            "evidence": c.evidence,
        }
        for c in report.claims
    ]
    return {
        "reference": text.reference,
        "target": text.target,
        "key": text.key,
        "index": text.index,
        "text": text.text,
        "sides_swapped": report.sides_swapped,
        "claims": claims,
    }


def _show_tables(verified: _Verified, key: str, rows: int) -> None:
    from rich.console import Console
    from rich.table import Table

    from autocompose.language.reader.claims import Outcome

    console = Console()
    listed = [
        (text, report, claim)
        for text, report in verified.texts
        for claim in report.claims
        if claim.outcome is Outcome.CONTRADICTED
    ]
    if listed and rows:
        table = Table(
            title=f"Contradicted claims in {key}, {min(rows, len(listed))} of {len(listed)}"
        )
        for column in ("pair", "says", "measured", "sides"):
            table.add_column(column, overflow="fold")
        for text, report, claim in listed[:rows]:
            start, end = claim.claim.span
            table.add_row(
                f"{text.reference}\n-> {text.target}",
                f"{claim.claim.label}: {claim.claim.change}\n“{text.text[start:end]}”",
                claim.evidence,
                "exchanged?" if report.sides_swapped else "",
            )
        console.print(table)
    total = sum(len(report.claims) for _, report in verified.texts)
    summary = Table(title=f"{len(verified.texts)} texts under {key}, {total} claims")
    for column in ("", "claims", "%"):
        summary.add_column(column, justify="right" if column else "left")
    for verdict in Outcome:
        n = verified.count(verdict)
        summary.add_row(verdict.value, str(n), f"{100 * n / max(total, 1):.1f}")
    console.print(summary)
    show(f"{verified.swapped} texts look as if left and right were exchanged")
