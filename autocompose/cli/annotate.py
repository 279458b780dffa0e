"""``autocompose describe --provider openai``: the front of `describe.annotate.pipeline`."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from autocompose.cli.console import progress, say, show_json

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from autocompose.config import AnnotateConfig
    from autocompose.describe.annotate.results import (
        AnnotationReport,
        AnnotationRun,
        PairAnnotation,
    )
    from autocompose.describe.mllm.answer_store import ResponseCache
    from autocompose.describe.mllm.client import MLLM, OpenAIMLLM
    from autocompose.describe.mllm.prices import ModelPrice
    from autocompose.schema import OnEvent, PosePair

    OnPair = Callable[[PairAnnotation], None]
    Work = Callable[[ResponseCache, OnEvent, OnPair], AnnotationRun]

CANCELLED = 130


@dataclass(frozen=True)
class Endpoint:
    """Where the model is, and how it is reached.

    Args:
        base_url: None for ``OPENAI_BASE_URL``, else OpenAI's own.
        timeout: seconds per call.
    """

    base_url: str | None
    timeout: float


@dataclass(frozen=True)
class Output:
    """Where results go.

    Args:
        captions: the caption file; the file of raw answers stands beside it.
        report: counts as JSON.
        cache: stored answers; None for a file beside the captions.
    """

    captions: Path
    report: Path | None
    cache: Path | None

    @property
    def provenance(self) -> Path:
        """The raw answers and who wrote what."""
        return self.captions.with_name(f"{self.captions.stem}.provenance.jsonl")

    @property
    def answers(self) -> Path:
        """The file of stored answers."""
        return self.cache or self.captions.with_name(f"{self.captions.stem}.answers.sqlite3")


def annotate_split(
    pairs: Sequence[PosePair],
    config: AnnotateConfig,
    endpoint: Endpoint,
    output: Output,
    *,
    price: ModelPrice | None,
) -> None:
    """Annotate pairs and write captions, provenance and report, also when the run ends early.

    Raises:
        AutoComPoseError: why the run ended before its last pair.
        typer.Exit: 130 after Ctrl-C.
    """
    client = open_client(endpoint)

    def work(cache: ResponseCache, on_event: OnEvent, on_pair: OnPair) -> AnnotationRun:
        return asyncio.run(
            ask(pairs, config, client, cache=cache, price=price, on=(on_event, on_pair))
        )

    write_results(pairs, config.model, output, work, price=price)


def write_results(
    pairs: Sequence[PosePair],
    model: str,
    output: Output,
    work: Work,
    *,
    price: ModelPrice | None,
) -> None:
    """Do the work, write what came of it, and tell about it.

    Raises:
        AutoComPoseError: why the run ended before its last pair.
        typer.Exit: 130 after Ctrl-C.
    """
    from autocompose.data.dataset import write_captions
    from autocompose.data.files import stream_whole
    from autocompose.describe.annotate.provenance import provenance_lines
    from autocompose.describe.mllm.answer_store import ResponseCache

    written: dict[str, dict[str, tuple[str, ...]]] = {}
    run, worth_writing = None, False
    # Nothing done: the files of an earlier run stay as they are.
    with (
        contextlib.suppress(_NothingDoneError),
        ResponseCache(output.answers) as cache,
        stream_whole(output.provenance) as provenance,
    ):

        def keep(done: PairAnnotation) -> None:
            written[done.pair.id] = done.texts
            provenance.write(provenance_lines(done).encode())

        with progress() as listener:
            run = work(cache, listener, keep)
        ended_early = run.cancelled or run.stopped is not None
        worth_writing = any(written.values()) or not ended_early
        if not worth_writing:
            raise _NothingDoneError
    assert run is not None
    if worth_writing:
        rows = [_merged(pair, written.get(pair.id, {})) for pair in pairs]
        rows = [row for row in rows if row.texts]
        write_captions(output.captions, rows)
        say(f"wrote {output.captions}: {len(rows)} of {len(pairs)} pairs have texts")
    _write_report(output.report, run.report)
    if run.report.calls + run.report.cache_hits:
        _tell(run.report, len(pairs), model, price)
    if run.stopped is not None:
        raise run.stopped
    if run.cancelled:
        say(f"cancelled; every answer is kept in {output.answers}, the same command goes on")
        raise typer.Exit(CANCELLED)


class _NothingDoneError(Exception):
    """A run that ended early before its first description."""


def estimate_split(
    pairs: Sequence[PosePair],
    config: AnnotateConfig,
    output: Output,
    *,
    price: ModelPrice | None,
) -> None:
    """Print calls, tokens and price of a run as one JSON document; asks and writes nothing."""
    from autocompose.describe.annotate.price_estimate import estimate_run
    from autocompose.describe.mllm.answer_store import ResponseCache

    stored = output.answers if output.answers.exists() else None
    with ResponseCache(stored) as cache:
        found = estimate_run(pairs, config, cache=cache, price=price)
    cost = "unknown, see --price" if found.cost_usd is None else f"about ${found.cost_usd:.2f}"
    say(
        f"estimate for {found.pairs} pairs, from {found.looked_at} of them: {found.calls} calls,"
        f" {found.cached} answers stored already, about {found.input_tokens:,} tokens in (images"
        f" {found.image_tokens:,}) and {found.output_tokens:,} out; price {cost}"
        f" ({_price_source(config.model, price)}); retries come on top"
    )
    show_json(found.to_json())


def find_price(model: str, given: str | None) -> ModelPrice | None:
    """The price on the command line, else the table's, else None.

    Raises:
        ConfigError: the given price is not two amounts.
    """
    from autocompose.describe.mllm.prices import price_table, read_price

    return read_price(given) if given is not None else price_table().find(model)


def open_client(endpoint: Endpoint) -> OpenAIMLLM:
    """The client of an endpoint.

    Raises:
        ConfigError: no key for OpenAI's own endpoint.
    """
    from autocompose.describe.mllm.client import OpenAIMLLM

    address = find_address(endpoint)
    return OpenAIMLLM(base_url=address.url, api_key=address.key, timeout=endpoint.timeout)


@dataclass(frozen=True)
class Address:
    """Where calls go, and the key that goes with them."""

    url: str
    key: str | None = dataclasses.field(repr=False)


def find_address(endpoint: Endpoint) -> Address:
    """URL and key; these two are the only values this program reads from the environment.

    Raises:
        ConfigError: no key for OpenAI's own endpoint.
    """
    from autocompose.describe.mllm.client import DEFAULT_BASE_URL
    from autocompose.errors import ConfigError

    key = os.environ.get("OPENAI_API_KEY", "").strip() or None
    url = endpoint.base_url or os.environ.get("OPENAI_BASE_URL", "").strip() or DEFAULT_BASE_URL
    if key is None and url == DEFAULT_BASE_URL:
        raise ConfigError(
            "no API key: set OPENAI_API_KEY, or give --base-url of a server that needs none"
        )
    return Address(url, key)


async def ask(
    pairs: Sequence[PosePair],
    config: AnnotateConfig,
    client: AbstractAsyncContextManager[MLLM],
    *,
    cache: ResponseCache,
    price: ModelPrice | None,
    on: tuple[OnEvent, OnPair],
) -> AnnotationRun:
    """Run the pipeline; Ctrl-C ends it after the answers in flight."""
    from autocompose.describe.annotate.pipeline import annotate

    cancel = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        say("stopping: waiting for the answers in flight; Ctrl-C again stops at once")
        cancel.set()
        loop.remove_signal_handler(signal.SIGINT)

    # Not on Windows and not outside the main thread: there Ctrl-C interrupts as everywhere.
    with contextlib.suppress(NotImplementedError, ValueError, RuntimeError):
        loop.add_signal_handler(signal.SIGINT, stop)
    async with client as mllm:
        return await annotate(
            pairs,
            mllm,
            config,
            cache=cache,
            on_event=on[0],
            on_pair=on[1],
            cancel=cancel,
            price=price,
            keep=False,
        )


def _merged(pair: PosePair, texts: dict[str, tuple[str, ...]]) -> PosePair:
    return dataclasses.replace(pair, texts={**pair.texts, **texts})


def _write_report(path: Path | None, report: AnnotationReport) -> None:
    if path is None:
        return
    import json

    from autocompose.data.files import write_whole

    write_whole(path, json.dumps(report.to_json(), indent=1) + "\n")


def _tell(report: AnnotationReport, total: int, model: str, price: ModelPrice | None) -> None:
    """The run report for a person."""
    from autocompose.describe.annotate.annotation_progress import duration
    from autocompose.describe.annotate.results import PAPER_DISCARD_RATE

    numbers = report.to_json()
    texts, reasons = numbers["texts"], report.discarded
    discards = f"{sum(reasons.values())} of {report.views} views ({report.discard_rate:.1%}; paper"
    discards += f" about {PAPER_DISCARD_RATE:.1%} of replies)"
    discards += "".join(f", {reason} {count}" for reason, count in sorted(reasons.items()))
    cost = "unknown" if report.cost_usd is None else f"${report.cost_usd:.4f}"
    rows = {
        "pairs": f"{report.pairs} of {total}",
        "texts": ", ".join(f"{key} {count}" for key, count in dict(texts).items()),  # pyright: ignore
        "calls": f"{report.calls} answered, {report.cache_hits} stored already,"
        f" {report.retries} asked again",
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
