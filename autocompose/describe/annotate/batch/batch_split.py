"""A whole split through the Batch API: submit, collect, and write once nothing is left."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from autocompose.config import AnnotateConfig
from autocompose.describe.annotate.annotate_run import (
    SILENT,
    AnnotationFiles,
    Listeners,
    OnPair,
    WrittenRun,
    ask,
    run_asking,
    write_run,
)
from autocompose.describe.annotate.batch.batch_endpoint import OpenAIBatchEndpoint
from autocompose.describe.annotate.batch.batch_run import (
    PRICE_SHARE,
    BatchProgress,
    BatchRun,
    advance,
    finished_model,
)
from autocompose.describe.annotate.batch.batch_state import BatchState
from autocompose.describe.annotate.ray_workers import ModelAddress
from autocompose.describe.annotate.results import AnnotationRun
from autocompose.describe.mllm.answer_store import ResponseCache
from autocompose.describe.mllm.prices import ModelPrice
from autocompose.errors import BatchError, ConfigError
from autocompose.schema import OnEvent, PosePair


@dataclass(frozen=True)
class BatchSplit:
    """Where a split stands after one step.

    Args:
        progress: what happened and what waits.
        written: None while something waits.
    """

    progress: BatchProgress
    written: WrittenRun | None


def batch_price(price: ModelPrice | None) -> ModelPrice | None:
    """What a batched token costs."""
    if price is None:
        return None
    return replace(price, input=price.input * PRICE_SHARE, output=price.output * PRICE_SHARE)


def advance_split(
    pairs: Sequence[PosePair],
    config: AnnotateConfig,
    address: ModelAddress,
    files: AnnotationFiles,
    *,
    state: Path | None = None,
    collect: bool = False,
    price: ModelPrice | None = None,
    listeners: Listeners = SILENT,
) -> BatchSplit:
    """Submit what can be asked, collect what has ended; write the captions once nothing is left.

    Args:
        pairs: of the split.
        config: of the annotation.
        address: of an endpoint with a Batch API.
        files: answers are stored beside the captions as in a direct run.
        state: what was sent; a file beside the captions by default.
        collect: refuse to start a first batch.
        price: of a batched token.
        listeners: callbacks during the run.

    Raises:
        BatchError: nothing was submitted yet, or the endpoint refuses.
        ConfigError: a price limit is set, which a batch cannot hold.
    """
    if config.max_cost is not None:
        raise ConfigError(
            "a batch cannot be held to --max-cost; see its price with --dry-run and leave it out"
        )
    captions = files.captions
    path = state or captions.with_name(f"{captions.stem}.batch.sqlite3")
    if collect and not path.exists():
        raise BatchError(f"{path} does not exist: nothing was submitted; begin with --batch submit")
    again = not collect and config.retry_discarded is not False
    if collect:  # what every step asked again would never be finished
        config = replace(config, retry_discarded=False)
    about = {"endpoint": address.base_url, "model": config.model}
    with (
        contextlib.closing(BatchState(path, about)) as sent,
        contextlib.closing(OpenAIBatchEndpoint(address.base_url, address.api_key)) as api,
    ):
        with ResponseCache(files.answers) as cache:
            run = BatchRun(
                config, cache, sent, api, folder=path.parent, release=not collect, forgive=again
            )
            done = asyncio.run(advance(pairs, run, on_event=listeners.on_event))
        if not done.finished:
            return BatchSplit(done, None)
        return BatchSplit(done, _write(pairs, config, files, sent, (price, listeners)))


def _write(
    pairs: Sequence[PosePair],
    config: AnnotateConfig,
    files: AnnotationFiles,
    sent: BatchState,
    asked: tuple[ModelPrice | None, Listeners],
) -> WrittenRun:
    """The ordinary run over the stored answers; its counts are those of the batches."""
    price, listeners = asked
    config = replace(config, retry_discarded=False)  # nobody is asked here

    def work(cache: ResponseCache, on_event: OnEvent, on_pair: OnPair) -> AnnotationRun:
        model = contextlib.nullcontext(finished_model(sent))
        told = replace(listeners, on_event=on_event)
        run = run_asking(
            ask(pairs, config, model, cache=cache, price=price, on_pair=on_pair, listeners=told)
        )
        tokens_in, tokens_out = sent.tokens()
        answered = sent.counts()["answered"]
        report = replace(
            run.report,
            calls=answered,
            cache_hits=max(0, run.report.cache_hits - answered),
            input_tokens=tokens_in,
            output_tokens=tokens_out,
            cost_usd=None if price is None else price.cost(tokens_in, tokens_out),
        )
        return replace(run, report=report)

    return write_run(pairs, config, files, work, on_event=listeners.on_event)
