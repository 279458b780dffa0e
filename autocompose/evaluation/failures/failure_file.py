"""The document of ``autocompose failures --json``, read again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autocompose.data.files import read_json
from autocompose.errors import CaptionFileError
from autocompose.evaluation.failures.asked_queries import AskedQuery, NearDuplicate, QueryFacets
from autocompose.evaluation.failures.failure_records import (
    Cause,
    ClaimContrast,
    Failure,
    FailureReport,
)
from autocompose.language.reader.claims import Outcome

MAX_BYTES = 400 * 2**20
"""A larger file is no error analysis of a split that this program can show."""


def read_failures(path: Path) -> FailureReport:
    """Read an error analysis. A file of an older version has its failures as its only queries.

    Raises:
        CaptionFileError: missing, too large, not JSON, or not such a document.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise CaptionFileError(f"{path}: cannot be read ({error.strerror})") from error
    if size > MAX_BYTES:
        raise CaptionFileError(f"{path}: {size:,} bytes; an error analysis has {MAX_BYTES:,}")
    document = read_json(path)
    if not isinstance(document, dict):
        raise CaptionFileError(f"{path}: not a document of autocompose failures --json")
    try:
        return _report(document)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise CaptionFileError(
            f"{path}: not a document of autocompose failures --json ({type(error).__name__}:"
            f" {error}); write it again"
        ) from error


def _report(document: Mapping[str, Any]) -> FailureReport:
    failures = tuple(_failure(row) for row in document["failures"])
    queries = tuple(AskedQuery.from_json(row) for row in document.get("queries", ()))
    return FailureReport(
        checkpoint=str(document["checkpoint"]),
        dataset=str(document["dataset"]),
        split=str(document["split"]),
        text_key=str(document["text_key"]),
        num_queries=int(document["num_queries"]),
        num_gallery=int(document["num_gallery"]),
        beyond=int(document["beyond"]),
        recall={str(k): float(value) for k, value in document["recall"].items()},
        failures=failures,
        skipped=tuple(map(str, document.get("skipped", ()))),
        joints=str(document.get("joints", "none")),
        fingerprint=str(document.get("fingerprint", "")),
        queries=queries or tuple(map(_as_query, failures)),
        places={str(k): (float(x), float(y)) for k, (x, y) in document.get("places", {}).items()},
        duplicates=tuple(_duplicate(row) for row in document.get("duplicates", ())),
        rules=str(document.get("rules", "")),
    )


def _failure(row: Mapping[str, Any]) -> Failure:
    def metres(name: str) -> float | None:
        return None if row[name] is None else float(row[name])

    return Failure(
        *(str(row[name]) for name in ("id", "reference", "target", "text")),
        rank=int(row["rank"]),
        other_rank=None if row["other_rank"] is None else int(row["other_rank"]),
        found=tuple(map(str, row["found"])),
        cause=Cause(row["cause"]),
        reason=str(row["reason"]),
        change_m=metres("change_m"),
        found_m=metres("found_m"),
        claims=tuple(map(_contrast, row["claims"])),
    )


def _contrast(row: Mapping[str, Any]) -> ClaimContrast:
    return ClaimContrast(
        words=str(row["words"]),
        claim=str(row["claim"]),
        on_target=Outcome(row["on_target"]),
        on_found=Outcome(row["on_found"]),
        evidence=str(row["evidence"]),
        found_evidence=str(row["found_evidence"]),
    )


def _duplicate(row: Mapping[str, Any]) -> NearDuplicate:
    apart = row["joints_m"]
    return NearDuplicate(
        str(row["first"]), str(row["second"]), float(row["cosine"]),
        None if apart is None else float(apart),
    )  # fmt: skip


def _as_query(failure: Failure) -> AskedQuery:
    facets = QueryFacets(words=len(failure.text.split()))
    return AskedQuery(
        failure.id, failure.reference, failure.target, failure.text, failure.rank, facets
    )
