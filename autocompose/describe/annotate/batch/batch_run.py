"""The three stages through the OpenAI Batch API: half the price, an answer within a day.

A pass over the pairs runs the ordinary pipeline against the stored answers. What it would have
asked next is written to request files instead and submitted; when their answers are collected into
the same response cache, the next pass gets further (Stage I, then Stage II, then answers that had
to be asked for again). A pass that asks nothing has every text.

Source: the Batch API guide of OpenAI (one JSON object a line; 50,000 requests and 100 MB a file).
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from autocompose.config import AnnotateConfig
from autocompose.describe.annotate.batch.batch_endpoint import BatchEndpoint
from autocompose.describe.annotate.batch.batch_state import ATTEMPTS, BatchResult, BatchState
from autocompose.describe.annotate.pipeline import annotate_pair
from autocompose.describe.mllm.answer_store import ResponseCache
from autocompose.describe.mllm.chat import (
    ModelAnswer,
    ModelRequest,
    encode_chat,
    read_completion,
)
from autocompose.errors import AnswerError, BatchError, ModelBusyError
from autocompose.schema import Event, OnEvent, PosePair

MAX_REQUESTS = 50_000
MAX_BYTES = 100_000_000
"""Limits of one file; the endpoint's 100 MB are read in the smaller sense."""

PRICE_SHARE = 0.5
"""What a batched token costs beside a direct one."""

_UNKNOWN = ModelRequest(stage="parts", model="", system="", user="")
"""Stands in for the request of a result line, of which only the key comes back."""

AT_ONCE = 32
"""Pairs whose pictures are prepared side by side."""


@dataclass(frozen=True)
class BatchProgress:
    """What one call of `advance` did, and what is still to come.

    Args:
        submitted: requests sent off in this call.
        collected: answers stored in this call.
        failed: lines that came back without an answer in this call, by reason.
        waiting: requests that are on their way.
        open_batches: how many batches they are in.
        finished: every pair can be described from the stored answers.
    """

    submitted: int = 0
    collected: int = 0
    failed: Mapping[str, int] = field(default_factory=dict)
    waiting: int = 0
    open_batches: int = 0
    finished: bool = False


class StoredAnswers:
    """The model of a run that asks nobody; what is not stored becomes an error.

    Args:
        why: tells of a request why it has no answer.
    """

    def __init__(self, why: Callable[[ModelRequest], Exception]) -> None:
        self._why = why

    async def answer(self, request: ModelRequest) -> ModelAnswer:
        """Never answers: the pipeline looks into the stored answers before it asks.

        Raises:
            Exception: what ``why`` returns.
        """
        raise self._why(request)


class _WaitsError(Exception):
    """The answer is still on its way; ends the work on its pair."""


@dataclass(frozen=True)
class BatchRun:
    """What a batched annotation works on.

    Args:
        folder: where request files are written before they are uploaded.
    """

    config: AnnotateConfig
    cache: ResponseCache
    state: BatchState
    endpoint: BatchEndpoint
    folder: Path | None = None


async def advance(
    pairs: Sequence[PosePair], run: BatchRun, *, on_event: OnEvent | None = None
) -> BatchProgress:
    """Collect what has ended, then submit what can be asked by now. May be called at any time.

    Raises:
        BatchError: the endpoint refuses a file or a batch, or cannot be reached; what was done
            before is kept.
    """
    notify = on_event or (lambda event: None)
    _recover(run)
    collected, failed = await _collect(run, notify)
    submitted, incomplete = await _submit(pairs, run, notify)
    waiting = run.state.counts()["waiting"]
    return BatchProgress(
        submitted=submitted,
        collected=collected,
        failed=failed,
        waiting=waiting,
        open_batches=len(run.state.open_batches()),
        finished=not incomplete,
    )


def finished_model(state: BatchState) -> StoredAnswers:
    """The model for the last pass, after `BatchProgress.finished`."""
    return StoredAnswers(lambda request: _given_up(state.failure(request.key())))


def _given_up(reason: str) -> AnswerError:
    # As a discarded answer: it is counted by its reason, and does not end the run.
    return AnswerError(f"batch: {reason or 'no answer'}", f"sent {ATTEMPTS} times")


def _recover(run: BatchRun) -> None:
    """Settle batches that a killed run left half-sent."""
    for batch in run.state.open_batches():
        if batch.batch_id:
            continue
        found = run.endpoint.find(batch.tag) if batch.file_id else ""
        if found:
            run.state.created(batch.tag, found)
        elif batch.file_id:
            run.state.created(batch.tag, run.endpoint.create(batch.file_id, batch.tag))
        else:
            run.state.forget(batch.tag)


# ---- collecting


async def _collect(run: BatchRun, notify: OnEvent) -> tuple[int, dict[str, int]]:
    collected = 0
    reasons: dict[str, int] = {}
    open_batches = run.state.open_batches()
    for place, batch in enumerate(open_batches, start=1):
        status = run.endpoint.status(batch.batch_id)
        notify(Event("batches", place, len(open_batches), f"{status.status} {status.done}"))
        if not status.ended:
            continue
        lines = (line for name in status.output_files for line in run.endpoint.lines(name))
        missing = status.problem or f"batch {status.status}"
        result = await _store(lines, run.cache, missing)
        run.state.close_batch(batch.tag, result)
        collected += len(result.answered)
        for reason in result.failed.values():
            reasons[reason] = reasons.get(reason, 0) + 1
    return collected, reasons


async def _store(lines: Iterable[str], cache: ResponseCache, missing: str) -> BatchResult:
    answered: list[str] = []
    failed: dict[str, str] = {}
    tokens = [0, 0]
    for line in lines:
        key, outcome = read_result_line(line)
        if isinstance(outcome, ModelAnswer):
            # Collected twice after a crash: the same answer under the same key.
            await cache.put(key, outcome)
            answered.append(key)
            tokens[0] += outcome.input_tokens
            tokens[1] += outcome.output_tokens
        elif key:
            failed[key] = outcome
    return BatchResult(tuple(answered), failed, missing, tokens[0], tokens[1])


def read_result_line(line: str) -> tuple[str, ModelAnswer | str]:
    """The key of a result line, and its answer or the short reason why there is none.

    An unreadable line has no key; its request is found missing when the batch is closed.
    """
    try:
        item = json.loads(line)
        key = item["custom_id"]
        if not isinstance(key, str):
            return "", "unreadable line"
        response = item.get("response") or {}
        status = response.get("status_code")
        if item.get("error") or status != 200:
            return key, _reason(item.get("error"), response)
        return key, read_completion(json.dumps(response["body"]).encode(), _UNKNOWN)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "", "unreadable line"
    except ModelBusyError:
        return key, "not a chat completion"


def _reason(error: Any, response: dict[str, Any]) -> str:
    nested = (response.get("body") or {}).get("error") or {}
    code = (error or {}).get("code") or nested.get("code") or nested.get("type")
    status = response.get("status_code")
    return " ".join(str(word) for word in (status, code) if word)[:80] or "no reason given"


# ---- submitting


async def _submit(pairs: Sequence[PosePair], run: BatchRun, notify: OnEvent) -> tuple[int, bool]:
    """Send off what can be asked; how many requests, and whether any pair still lacks an answer."""
    incomplete = False
    submitted = 0
    with tempfile.TemporaryDirectory(dir=run.folder, prefix=".batch-") as folder:
        files = _RequestFiles(Path(folder))

        def note(request: ModelRequest) -> Exception:
            key = request.key()
            given_up = run.state.failure(key)
            if given_up:
                return _given_up(given_up)
            if key not in files.keys and run.state.may_send(key):
                files.add(key, request)
            return _WaitsError(key)

        recorder = StoredAnswers(note)

        async def look(pair: PosePair) -> bool:
            try:
                await annotate_pair(pair, recorder, run.config, cache=run.cache)
            except _WaitsError:
                return True
            return False

        for start in range(0, len(pairs), AT_ONCE):
            window = pairs[start : start + AT_ONCE]
            incomplete |= any(await asyncio.gather(*(look(pair) for pair in window)))
            done = min(start + AT_ONCE, len(pairs))
            notify(Event("prepare", done, len(pairs), f"{len(files.keys)} requests"))
            for path, keys in files.full():
                _send(path, keys, run)
        for path, keys in files.rest():
            _send(path, keys, run)
        submitted = len(files.keys)
    return submitted, incomplete


def _send(path: Path, keys: list[str], run: BatchRun) -> None:
    tag = uuid4().hex
    run.state.plan_batch(tag, keys)
    file_id = run.endpoint.upload(path)
    run.state.uploaded(tag, file_id)
    run.state.created(tag, run.endpoint.create(file_id, tag))
    path.unlink()


class _RequestFiles:
    """Requests on their way into files below the limits."""

    def __init__(self, folder: Path) -> None:
        self.keys: set[str] = set()
        self._folder = folder
        self._files: list[tuple[Path, list[str]]] = []
        self._size = 0

    def add(self, key: str, request: ModelRequest) -> None:
        """Append one request to the last file, or to a new one."""
        body = encode_chat(request)
        head = f'{{"custom_id": "{key}", "method": "POST", "url": "/v1/chat/completions", "body": '
        line = head.encode() + body + b"}\n"
        if len(line) > MAX_BYTES:
            raise BatchError(
                f"one request has {len(line) / 1e6:.0f} MB; a batch file takes"
                f" {MAX_BYTES / 1e6:.0f} MB, so use smaller pictures"
            )
        full = self._size + len(line) > MAX_BYTES
        if not self._files or full or len(self._files[-1][1]) >= MAX_REQUESTS:
            path = self._folder / f"requests-{len(self.keys)}.jsonl"
            self._files.append((path, []))
            self._size = 0
        path, keys = self._files[-1]
        with path.open("ab") as file:
            file.write(line)
        keys.append(key)
        self.keys.add(key)
        self._size += len(line)

    def full(self) -> Iterator[tuple[Path, list[str]]]:
        """Take the files that nothing will be added to."""
        while len(self._files) > 1:
            yield self._files.pop(0)

    def rest(self) -> Iterator[tuple[Path, list[str]]]:
        """Take all that is left."""
        while self._files:
            yield self._files.pop(0)
