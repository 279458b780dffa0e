"""``autocompose describe --provider openai``: the front of `describe.annotate.annotate_run`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from autocompose.cli.console import INCOMPLETE, counts_in_words, progress, say, show_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autocompose.config import AnnotateConfig
    from autocompose.describe.annotate.annotate_run import AnnotationFiles, WrittenRun
    from autocompose.describe.annotate.ray_workers import ModelAddress
    from autocompose.describe.annotate.results import AnnotationReport
    from autocompose.describe.mllm.prices import ModelPrice
    from autocompose.schema import PosePair

CANCELLED = 130


@dataclass(frozen=True)
class Job:
    """What one command describes, with what, and where the results go.

    Args:
        price: of the model's tokens; None where it is unknown.
    """

    pairs: Sequence[PosePair]
    config: AnnotateConfig
    files: AnnotationFiles
    price: ModelPrice | None


def annotate_job(job: Job, address: ModelAddress) -> None:
    """Annotate in this process.

    Raises:
        AutoComPoseError: why the run ended before its last pair.
        typer.Exit: 130 after Ctrl-C or SIGTERM.
    """
    from autocompose.describe.annotate.annotate_run import Listeners, annotate_split

    with progress() as listener:
        done = annotate_split(
            job.pairs,
            job.config,
            address.connect(say),
            job.files,
            price=job.price,
            listeners=Listeners(listener, tell_interrupt),
        )
    report_run(job, done)


def tell_interrupt() -> None:
    """What Ctrl-C and SIGTERM do."""
    say("stopping: waiting for answers that are on their way; press Ctrl-C again to stop at once")


def report_run(job: Job, done: WrittenRun) -> None:
    """Say what a run did and wrote, and how it ended.

    Raises:
        AutoComPoseError: why the run ended before its last pair, or that nothing was described.
        typer.Exit: 130 after Ctrl-C or SIGTERM, 3 where a view or a text is missing.
    """
    from autocompose.errors import DescriptionError

    run, total = done.run, len(job.pairs)
    if done.rows is not None:
        say(
            f"wrote {job.files.captions}: {done.rows} rows; {done.described} of {total} pairs"
            " described"
        )
    if done.kept:
        say(f"older texts that stay where there is no new one: {counts_in_words(done.kept)}")
    if run.report.calls + run.report.cache_hits:
        _tell(run.report, total, job.config.model, job.price)
    elif run.report.discarded_views:
        say(f"discarded  {counts_in_words(run.report.discarded_views)}")
    if run.stopped is not None:
        raise run.stopped
    if run.cancelled:
        say(f"cancelled; {job.files.answers} has every answer; run the same command to resume")
        raise typer.Exit(CANCELLED)
    if done.rows is None:
        raise DescriptionError(
            f"no pair was described: {counts_in_words(run.report.discarded)}; {job.files.captions}"
            " is not written"
        )
    if run.report.missing:
        raise typer.Exit(INCOMPLETE)


def estimate_job(job: Job) -> None:
    """Print calls, tokens and price of a run as one JSON document; asks and writes nothing."""
    from autocompose.describe.annotate.annotate_run import estimate_split

    found = estimate_split(job.pairs, job.config, job.files, price=job.price)
    cost = "unknown, see --price" if found.cost_usd is None else f"about ${found.cost_usd:.2f}"
    say(
        f"estimate for {found.pairs} pairs, from {found.looked_at} of them: {found.calls} calls,"
        f" {found.cached} answers stored already, about {found.input_tokens:,} tokens in (images"
        f" {found.image_tokens:,}) and {found.output_tokens:,} out; price {cost}"
        f" ({_price_source(job.config.model, job.price)}); retries cost extra"
    )
    show_json(found.to_json())


def find_price(model: str, given: str | None) -> ModelPrice | None:
    """The price on the command line, else the table's, else None.

    Raises:
        ConfigError: the given price is not two amounts.
    """
    from autocompose.describe.mllm.prices import price_table, read_price

    return read_price(given) if given is not None else price_table().find(model)


def find_address(base_url: str | None, timeout: float) -> ModelAddress:
    """Where calls go, and the key.

    Args:
        base_url: None for ``OPENAI_BASE_URL``, else OpenAI's own.
        timeout: seconds of one call.

    Raises:
        ConfigError: the address is no endpoint.
    """
    from autocompose.describe.annotate.ray_workers import ModelAddress
    from autocompose.describe.mllm.client import DEFAULT_BASE_URL, check_url

    key = os.environ.get("OPENAI_API_KEY", "").strip() or None
    url = base_url or os.environ.get("OPENAI_BASE_URL", "").strip() or DEFAULT_BASE_URL
    return ModelAddress(check_url(url), key, timeout)


def check_key(address: ModelAddress) -> None:
    """Refuse to ask OpenAI's own endpoint without a key.

    Raises:
        ConfigError: there is none.
    """
    from autocompose.describe.mllm.client import DEFAULT_BASE_URL
    from autocompose.errors import ConfigError

    if address.api_key is None and address.base_url == DEFAULT_BASE_URL:
        raise ConfigError(
            "no API key: set OPENAI_API_KEY, or use --base-url with a server that needs no key"
        )


def _tell(report: AnnotationReport, total: int, model: str, price: ModelPrice | None) -> None:
    """The run report for a person."""
    from autocompose.describe.annotate.annotation_progress import duration
    from autocompose.describe.annotate.results import PAPER_DISCARD_RATE

    numbers = report.to_json()
    texts, reasons = numbers["texts"], report.discarded
    discards = f"{sum(reasons.values())} of {report.views} views ({report.discard_rate:.1%}; paper"
    discards += f" about {PAPER_DISCARD_RATE:.1%} of replies)"
    if report.discarded_views:
        discards += f", {counts_in_words(report.discarded_views)}"
    cost = "unknown" if report.cost_usd is None else f"${report.cost_usd:.4f}"
    rows = {
        "pairs": f"{report.pairs} of {total}",
        "texts": ", ".join(f"{key} {count}" for key, count in dict(texts).items()),  # pyright: ignore
        "calls": f"{report.calls} answered, {report.cache_hits} stored already,"
        f" {report.retries} retried"
        + (f", {report.unanswered} billed without an answer" if report.unanswered else ""),
        "discarded": discards,
        "tokens": f"{report.input_tokens:,} in, {report.output_tokens:,} out"
        + (f" ({report.estimated_tokens} calls estimated)" if report.estimated_tokens else ""),
        "cost": f"{cost} ({_price_source(model, price)})",
        "time": duration(report.seconds),
    }
    if report.refused_texts:
        rows["refused"] = f"{report.refused_texts} texts whose left and right are not certain"
    for name, value in rows.items():
        say(f"{name:<10} {value}")


def _price_source(model: str, price: ModelPrice | None) -> str:
    from autocompose.describe.mllm.prices import price_table

    if price is None:
        return f'"{model}" is not in the price table of {price_table().date}'
    return "price as given" if price.source == "given" else f"list price of {price.source}"
