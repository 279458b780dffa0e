"""Annotation spread over processes or machines with Ray Data (extra ``ray``).

The same `describe.annotate.pipeline.annotate` runs in every worker over its share of the pairs,
so the texts are those of a local run. Workers on one machine share the file of stored answers; on
other machines each keeps its own under the same path, and every answer travels back to the file of
the caller. Pictures must be readable under the same paths everywhere.
"""

from __future__ import annotations

import asyncio
import logging
import pickle
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from autocompose.config import AnnotateConfig
from autocompose.describe.annotate.annotation_progress import AnnotationProgress
from autocompose.describe.annotate.pipeline import annotate
from autocompose.describe.annotate.results import (
    AnnotationReport,
    AnnotationRun,
    PairAnnotation,
    add_reports,
    count_pair,
)
from autocompose.describe.mllm.answer_store import ResponseCache
from autocompose.describe.mllm.calls import Budget
from autocompose.describe.mllm.client import MLLM, OpenAIMLLM
from autocompose.describe.mllm.prices import ModelPrice
from autocompose.errors import AutoComPoseError, ConfigError, MissingExtraError
from autocompose.schema import OnEvent, PosePair

PAIRS_PER_SLOT = 8
"""Pairs of one worker's batch for each call it may have in flight; its last ones run alone."""


@dataclass(frozen=True)
class ModelAddress:
    """Where every worker asks.

    Args:
        api_key: travels to the workers and nowhere else.
        timeout: seconds of one call.
    """

    base_url: str
    api_key: str | None = field(default=None, repr=False)
    timeout: float = 120.0

    def connect(
        self, on_notice: Callable[[str], None] = lambda line: None
    ) -> AbstractAsyncContextManager[MLLM]:
        """A client, inside a running event loop; ``on_notice`` hears of long waits and a proxy."""
        return OpenAIMLLM(
            base_url=self.base_url,
            api_key=self.api_key,
            timeout=self.timeout,
            on_notice=on_notice,
        )


@dataclass(frozen=True)
class ScaleOut:
    """How the work is spread.

    Args:
        workers: processes; each has ``concurrency`` calls of the config in flight.
        address: of a running Ray cluster; None starts Ray on this machine and ends it afterwards.
    """

    workers: int = 2
    address: str | None = None

    def __post_init__(self) -> None:
        """Check what a type cannot."""
        if not 1 <= self.workers <= 10_000:
            raise ConfigError(f"workers {self.workers} is outside 1..10000")


@contextmanager
def running_ray(scale: ScaleOut) -> Iterator[None]:
    """Have Ray running while the block runs, and end it where it was started here.

    Raises:
        MissingExtraError: Ray is not installed.
    """
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise MissingExtraError(
            "spreading the work needs Ray; install it with: pip install 'autocompose[ray]'"
        ) from error
    started_here = not ray.is_initialized()
    if started_here:
        # Without an address this machine is used, with as many places as workers.
        local: dict[str, Any] = {"num_cpus": scale.workers, "include_dashboard": False}
        options: dict[str, Any] = {} if scale.address else local
        address = scale.address or "local"
        ray.init(address, log_to_driver=False, logging_level=logging.ERROR, **options)
    # Progress is told by the caller's events; Ray's own would be a second account of it.
    ray.data.DataContext.get_current().enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    try:
        yield
    finally:
        if started_here:
            ray.shutdown()


def annotate_with_ray(
    pairs: Sequence[PosePair],
    model: ModelAddress,
    config: AnnotateConfig,
    *,
    cache: ResponseCache,
    scale: ScaleOut,
    on: tuple[OnEvent, Callable[[PairAnnotation], None]],
    price: ModelPrice | None = None,
) -> AnnotationRun:
    """Describe every pair, like `describe.annotate.pipeline.annotate` with ``keep=False``.

    Args:
        pairs: any number.
        model: asked by every worker.
        config: of each worker; a price limit cannot hold over several processes.
        cache: stored answers, in a file.
        scale: how many workers, and where.
        on: hears of progress, and gets each finished pair in the order of ``pairs``; both are
            called in this process.
        price: of the model, for the report.

    Raises:
        MissingExtraError: Ray is not installed.
        ConfigError: a price limit is set, or the cache is not in a file.
    """
    if config.max_cost is not None:
        raise ConfigError("a price limit is counted in one process; leave out --max-cost or --ray")
    if cache.path is None:
        raise ConfigError("workers need a file of stored answers, not memory")
    started = time.monotonic()
    budget = Budget(price, None)
    progress = AnnotationProgress(len(pairs), budget, on[0])
    report = AnnotationReport(cost_usd=0.0)
    stopped: AutoComPoseError | None = None
    with running_ray(scale):
        try:
            # Ray's executor must end before Ray does: left to the garbage collector, it starts Ray
            # again from a thread of its own, and the process may hang when it ends.
            with closing(_rows(pairs, model, config, cache.path, scale)) as rows:
                for annotation in _in_order(rows):
                    if isinstance(annotation, AnnotationReport):  # what no pair accounts for
                        report = add_reports([report, annotation])
                        continue
                    asyncio.run(_keep_answers(annotation, cache))
                    report = add_reports([report, replace(count_pair(annotation), cost_usd=0.0)])
                    if price is not None:
                        budget.spent = price.cost(report.input_tokens, report.output_tokens)
                    on[1](annotation)
                    progress.step(report)
        except AutoComPoseError as error:
            stopped = error
    cost = None if price is None else price.cost(report.input_tokens, report.output_tokens)
    report = replace(report, cost_usd=cost, seconds=time.monotonic() - started)
    return AnnotationRun(pairs=(), report=report, stopped=stopped)


def _rows(
    pairs: Sequence[PosePair],
    model: ModelAddress,
    config: AnnotateConfig,
    cache_path: Path,
    scale: ScaleOut,
) -> Generator[dict[str, Any]]:
    """Numbered results as workers finish them."""
    import ray.data

    size = max(1, min(PAIRS_PER_SLOT * config.concurrency, -(-len(pairs) // scale.workers)))
    rows = [{"number": i, "pair": pickle.dumps(pair)} for i, pair in enumerate(pairs)]
    blocks = -(-len(rows) // size)  # without as many blocks as batches one worker gets them all
    results = ray.data.from_items(rows, override_num_blocks=max(1, blocks)).map_batches(
        _Worker,
        fn_constructor_args=(model, config, cache_path.resolve()),
        batch_size=size,
        batch_format="numpy",
        compute=ray.data.ActorPoolStrategy(size=scale.workers),
        num_cpus=1,
    )
    yield from results.iter_rows()


def _in_order(rows: Iterable[dict[str, Any]]) -> Iterator[PairAnnotation | AnnotationReport]:
    """Finished pairs in the order of their numbers; workers finish in any order.

    Reports come as they arrive, of calls whose pair was not finished or that had no answer.

    Raises:
        AutoComPoseError: what ended a worker's run.
    """
    ready: dict[int, PairAnnotation] = {}
    following = 0
    for row in rows:
        result = pickle.loads(row["result"])
        if isinstance(result, AutoComPoseError):
            raise result
        if isinstance(result, AnnotationReport):
            yield result
            continue
        ready[int(row["number"])] = result
        while following in ready:
            yield ready.pop(following)
            following += 1


async def _keep_answers(annotation: PairAnnotation, cache: ResponseCache) -> None:
    """Store what a worker on another machine was answered; on this one it is stored already."""
    for view in annotation.views:
        for call in view.calls:
            stored = cache.get(call.request_sha256)
            if stored is not None and stored != call.answer and not call.cached:
                # Asked again elsewhere, because the stored answer was of no use.
                await cache.forget(call.request_sha256)
                stored = None
            if stored is None:
                await cache.put(call.request_sha256, call.answer)


_SPENT = (
    "calls", "cache_hits", "retries", "input_tokens", "output_tokens", "estimated_tokens",
    "unanswered",
)  # fmt: skip
"""What a run counts beyond its finished pairs."""


class _Worker:
    """One process of the pool: the local pipeline over a batch of pairs."""

    def __init__(self, model: ModelAddress, config: AnnotateConfig, cache_path: Path) -> None:
        self._model = model
        self._config = config
        self._cache = ResponseCache(cache_path)

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[Any]]:
        pairs = [pickle.loads(raw) for raw in batch["pair"]]
        numbers = [int(number) for number in batch["number"]]
        done: list[PairAnnotation] = []
        run = asyncio.run(self._annotate(pairs, done))
        counted = add_reports(count_pair(pair) for pair in done)
        rest = AnnotationReport(
            cost_usd=0.0,
            **{name: getattr(run.report, name) - getattr(counted, name) for name in _SPENT},
        )
        # As rows: an exception in a worker would arrive wrapped, with a page of traces.
        others = [rest] if run.stopped is None else [rest, run.stopped]
        return {
            "number": [*numbers[: len(done)], *([-1] * len(others))],
            "result": [pickle.dumps(result) for result in (*done, *others)],
        }

    async def _annotate(self, pairs: list[PosePair], done: list[PairAnnotation]) -> AnnotationRun:
        async with self._model.connect() as mllm:
            return await annotate(
                pairs, mllm, self._config, cache=self._cache, on_pair=done.append, keep=False
            )
