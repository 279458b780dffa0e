"""``autocompose describe --batch`` and ``--ray``: the same texts, cheaper or spread out."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING

from autocompose.cli.annotate import Endpoint, Output, ask, find_address, write_results
from autocompose.cli.console import progress, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autocompose.cli.annotate import OnPair
    from autocompose.config import AnnotateConfig
    from autocompose.describe.annotate.batch.batch_run import BatchProgress
    from autocompose.describe.annotate.batch.batch_state import BatchState
    from autocompose.describe.annotate.results import AnnotationRun
    from autocompose.describe.mllm.answer_store import ResponseCache
    from autocompose.describe.mllm.prices import ModelPrice
    from autocompose.schema import OnEvent, PosePair


def batch_price(price: ModelPrice | None) -> ModelPrice | None:
    """What a batched token costs."""
    from autocompose.describe.annotate.batch.batch_run import PRICE_SHARE

    if price is None:
        return None
    return dataclasses.replace(
        price, input=price.input * PRICE_SHARE, output=price.output * PRICE_SHARE
    )


def batch_split(
    pairs: Sequence[PosePair],
    config: AnnotateConfig,
    endpoint: Endpoint,
    output: Output,
    *,
    state: Path | None,
    collect: bool,
    price: ModelPrice | None,
) -> None:
    """Submit what can be asked, collect what has ended; write the captions once nothing is left.

    Args:
        pairs: of the split.
        config: of the annotation.
        endpoint: with a Batch API.
        output: answers are stored beside the captions as in a direct run.
        state: what was sent; a file beside the captions by default.
        collect: refuse to start a first batch.
        price: of a batched token.

    Raises:
        BatchError: nothing was submitted yet, or the endpoint refuses.
        ConfigError: a price limit is set, which a batch cannot hold.
    """
    from autocompose.describe.annotate.batch.batch_endpoint import OpenAIBatchEndpoint
    from autocompose.describe.annotate.batch.batch_run import BatchRun, advance
    from autocompose.describe.annotate.batch.batch_state import BatchState
    from autocompose.describe.mllm.answer_store import ResponseCache
    from autocompose.errors import BatchError, ConfigError

    if config.max_cost is not None:
        raise ConfigError(
            "a batch cannot be held to --max-cost; see its price with --dry-run and leave it out"
        )
    path = state or output.captions.with_name(f"{output.captions.stem}.batch.sqlite3")
    if collect and not path.exists():
        raise BatchError(f"{path} does not exist: nothing was submitted; begin with --batch submit")
    address = find_address(endpoint)
    about = {"endpoint": address.url, "model": config.model}
    with (
        contextlib.closing(BatchState(path, about)) as sent,
        contextlib.closing(OpenAIBatchEndpoint(address.url, address.key)) as api,
    ):
        with ResponseCache(output.answers) as cache, progress() as listener:
            run = BatchRun(config, cache, sent, api, folder=path.parent)
            done = asyncio.run(advance(pairs, run, on_event=listener))
        _tell(done)
        if done.finished:
            _write(pairs, config, output, sent, price)


def _tell(done: BatchProgress) -> None:
    """One line on what happened and what comes next."""
    said = [f"{done.collected} answers collected", f"{done.submitted} requests submitted"]
    if done.failed:
        reasons = ", ".join(f"{reason} {n}" for reason, n in sorted(done.failed.items()))
        said.append(f"{sum(done.failed.values())} failed ({reasons})")
    if not done.finished:
        said.append(f"{done.waiting} wait in {done.open_batches} batches")
        said.append("come back with --batch collect")
    say("; ".join(said))


def _write(
    pairs: Sequence[PosePair],
    config: AnnotateConfig,
    output: Output,
    sent: BatchState,
    price: ModelPrice | None,
) -> None:
    """The ordinary run over the stored answers; its counts are those of the batches."""
    from autocompose.describe.annotate.batch.batch_run import finished_model

    def work(cache: ResponseCache, on_event: OnEvent, on_pair: OnPair) -> AnnotationRun:
        client = contextlib.nullcontext(finished_model(sent))
        run = asyncio.run(
            ask(pairs, config, client, cache=cache, price=price, on=(on_event, on_pair))
        )
        tokens_in, tokens_out = sent.tokens()
        answered = sent.counts()["answered"]
        report = dataclasses.replace(
            run.report,
            calls=answered,
            cache_hits=max(0, run.report.cache_hits - answered),
            input_tokens=tokens_in,
            output_tokens=tokens_out,
            cost_usd=None if price is None else price.cost(tokens_in, tokens_out),
        )
        return dataclasses.replace(run, report=report)

    write_results(pairs, config.model, output, work, price=price)


def ray_split(
    pairs: Sequence[PosePair],
    config: AnnotateConfig,
    endpoint: Endpoint,
    output: Output,
    *,
    workers: int,
    address: str | None,
    price: ModelPrice | None,
) -> None:
    """Annotate with Ray workers; outputs are those of a run in one process.

    Raises:
        MissingExtraError: Ray is not installed.
        AutoComPoseError: why a worker's run ended.
    """
    # Ray reports its use to its makers unless told otherwise before it starts.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    from autocompose.describe.annotate.ray_workers import ModelAddress, ScaleOut, annotate_with_ray

    found = find_address(endpoint)
    model = ModelAddress(found.url, found.key, endpoint.timeout)

    def work(cache: ResponseCache, on_event: OnEvent, on_pair: OnPair) -> AnnotationRun:
        return annotate_with_ray(
            pairs,
            model,
            config,
            cache=cache,
            scale=ScaleOut(workers, address),
            price=price,
            on=(on_event, on_pair),
        )

    write_results(pairs, config.model, output, work, price=price)
