"""``autocompose describe --batch`` and ``--ray``: the same texts, cheaper or spread out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from autocompose.cli.annotate import Job, report_run, tell_interrupt
from autocompose.cli.console import progress, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autocompose.describe.annotate.annotate_run import OnPair
    from autocompose.describe.annotate.batch.batch_run import BatchProgress
    from autocompose.describe.annotate.ray_workers import ModelAddress, ScaleOut
    from autocompose.describe.annotate.results import AnnotationRun
    from autocompose.describe.mllm.answer_store import ResponseCache
    from autocompose.schema import OnEvent


def batch_job(job: Job, address: ModelAddress, *, state: Path | None, collect: bool) -> None:
    """Do one step of a batched run, and say what comes next.

    Raises:
        BatchError: nothing was submitted yet, or the endpoint refuses.
        ConfigError: a price limit is set, which a batch cannot hold.
    """
    from autocompose.describe.annotate.annotate_run import Listeners
    from autocompose.describe.annotate.batch.batch_split import advance_split
    from autocompose.describe.mllm.proxies import proxy_for

    if proxy := proxy_for(address.base_url):
        say(f"calls to {address.base_url} go through the proxy {proxy}")
    with progress() as listener:
        done = advance_split(
            job.pairs,
            job.config,
            address,
            job.files,
            state=state,
            collect=collect,
            price=job.price,
            listeners=Listeners(listener, tell_interrupt),
        )
    _tell(done.progress)
    if done.written is not None:
        if done.written.run.report.missing:
            say("--batch submit asks again for views that were discarded")
        report_run(job, done.written)


def _tell(done: BatchProgress) -> None:
    """What happened, and what comes next."""
    said = [f"{done.collected} answers collected", f"{done.submitted} requests submitted"]
    if done.failed:
        said.append(f"{sum(done.failed.values())} failed ({_reasons(done.failed, done.said)})")
    if done.ignored:
        said.append(f"{done.ignored} lines ignored, which came twice or are no request's")
    if done.waiting:
        said.append(f"{done.waiting} wait in {done.open_batches} batches")
        said.append("come back with --batch collect")
    say("; ".join(said))
    if done.held:
        say(
            f"{sum(done.held.values())} requests are held back ({_reasons(done.held, done.said)});"
            " --batch submit sends them again, with --limit fewer at a time"
        )


def _reasons(counts: Mapping[str, int], said: Mapping[str, str]) -> str:
    words = [
        f"{reason} {count}" + (f': "{said[reason]}"' if reason in said else "")
        for reason, count in sorted(counts.items())
    ]
    return ", ".join(words)


def ray_job(job: Job, address: ModelAddress, scale: ScaleOut) -> None:
    """Annotate with Ray workers; outputs are those of a run in one process.

    Raises:
        MissingExtraError: Ray is not installed.
        AutoComPoseError: why a worker's run ended.
    """
    # Ray reports its use to its makers unless told otherwise before it starts.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    from autocompose.describe.annotate.annotate_run import write_run
    from autocompose.describe.annotate.ray_workers import annotate_with_ray

    def work(cache: ResponseCache, on_event: OnEvent, on_pair: OnPair) -> AnnotationRun:
        return annotate_with_ray(
            job.pairs,
            address,
            job.config,
            cache=cache,
            scale=scale,
            price=job.price,
            on=(on_event, on_pair),
        )

    with progress() as listener:
        done = write_run(job.pairs, job.config, job.files, work, on_event=listener)
    report_run(job, done)
