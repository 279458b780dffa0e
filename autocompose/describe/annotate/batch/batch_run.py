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
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from autocompose.config import AnnotateConfig
from autocompose.data.aside import held_aside
from autocompose.describe.annotate.batch.batch_endpoint import BatchEndpoint
from autocompose.describe.annotate.batch.batch_state import ATTEMPTS, BatchResult, BatchState
from autocompose.describe.annotate.pipeline import annotate_pair
from autocompose.describe.mllm.answer_store import ResponseCache
from autocompose.describe.mllm.chat import (
    ErrorInsideError,
    ModelAnswer,
    ModelRequest,
    encode_chat,
    read_completion,
)
from autocompose.errors import AnswerError, BatchError, ModelBusyError, one_line
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
        failed: requests that came back without an answer in this call, by reason.
        said: what the server said of a reason, for those of ``failed`` and ``held``.
        ignored: result lines in this call that came twice or belong to no request of the batch.
        waiting: requests that are on their way.
        held: requests that are not sent until they are released, by reason.
        open_batches: how many batches they are in.
        finished: every pair can be described from the stored answers.
    """

    submitted: int = 0
    collected: int = 0
    failed: Mapping[str, int] = field(default_factory=dict)
    said: Mapping[str, str] = field(default_factory=dict)
    ignored: int = 0
    waiting: int = 0
    held: Mapping[str, int] = field(default_factory=dict)
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
        release: send what was held back, e.g. by a limit.
        forgive: send again what was given up.
    """

    config: AnnotateConfig
    cache: ResponseCache
    state: BatchState
    endpoint: BatchEndpoint
    folder: Path | None = None
    release: bool = False
    forgive: bool = False


@dataclass
class _Collected:
    """What `_collect` found."""

    answers: int = 0
    ignored: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    held: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ResultLine:
    """A line of a result file.

    Args:
        key: of the request; empty where the line is unreadable: its request is then missing.
        outcome: the answer, or the short reason why there is none.
        detail: the server's own words for the reason.
        input_tokens: billed although there is no answer; so are ``output_tokens``.
    """

    key: str
    outcome: ModelAnswer | str
    detail: str = ""
    input_tokens: int = 0
    output_tokens: int = 0


async def advance(
    pairs: Sequence[PosePair], run: BatchRun, *, on_event: OnEvent | None = None
) -> BatchProgress:
    """Collect what has ended, then submit what can be asked by now. May be called at any time.

    Args:
        pairs: all pairs of the run, the same ones at every call.
        run: endpoint, settings, stored answers and the state that is kept.
        on_event: told what was collected and submitted.

    Raises:
        BatchError: the endpoint refuses a file or a batch, or cannot be reached; what was done
            before is kept.
    """
    notify = on_event or (lambda event: None)
    _recover(run)
    if run.release:
        run.state.release()
    if run.forgive:
        run.state.forgive()
    found = await _collect(run, notify)
    if found.answers:  # there may be room again for what a limit held back earlier
        run.state.release(but=found.held)
    submitted, incomplete = await _submit(pairs, run, notify)
    held = run.state.reasons("held")
    said = {reason: run.state.detail(reason) for reason in (*found.failed, *held)}
    return BatchProgress(
        submitted=submitted,
        collected=found.answers,
        failed=dict(found.failed),
        said={reason: words for reason, words in said.items() if words},
        ignored=found.ignored,
        waiting=run.state.counts()["waiting"],
        held=dict(held),
        open_batches=len(run.state.open_batches()),
        finished=not incomplete,
    )


def finished_model(state: BatchState) -> StoredAnswers:
    """The model for the last pass, after `BatchProgress.finished`."""
    return StoredAnswers(lambda request: _given_up(state, state.own_key(request.known_keys())))


def _given_up(state: BatchState, key: str) -> AnswerError:
    # As a discarded answer: it is counted by its reason, and does not end the run.
    reason = state.failure(key)
    said = f"sent {ATTEMPTS} times; {state.detail(reason)}".removesuffix("; ")
    return AnswerError(f"batch: {reason or 'no answer'}", said)


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


async def _collect(run: BatchRun, notify: OnEvent) -> _Collected:
    found = _Collected()
    open_batches = run.state.open_batches()
    for place, batch in enumerate(open_batches, start=1):
        status = run.endpoint.status(batch.batch_id)
        notify(Event("batches", place, len(open_batches), f"{status.status} {status.done}"))
        if not status.ended:
            continue
        lines = (line for name in status.output_files for line in run.endpoint.lines(name))
        result = await _store(lines, run, batch.tag, found)
        reason = "no line came back" if status.status == "completed" else f"batch {status.status}"
        details = dict(result.details)
        if status.problem:
            details[reason] = status.problem
        # A batch that failed as a whole was not tried: its cause may well last for hours.
        held = status.status in ("failed", "cancelled")
        run.state.close_batch(
            batch.tag, replace(result, missing=reason, held=held, details=details)
        )
        lost = len(run.state.keys(batch.tag)) - len(result.answered) - len(result.failed)
        if held and lost:
            found.held.append(batch.tag)
        elif lost:
            found.failed[reason] += lost
        found.answers += len(result.answered)
        found.failed.update(result.failed.values())
    return found


async def _store(lines: Iterable[str], run: BatchRun, tag: str, found: _Collected) -> BatchResult:
    """Keep the answers of a batch, each once."""
    answered: list[str] = []
    failed: dict[str, str] = {}
    details: dict[str, str] = {}
    tokens = [0, 0]
    left = set(run.state.keys(tag))
    for line in lines:
        read = read_result_line(line)
        if read.key not in left:
            found.ignored += 1
            continue
        left.discard(read.key)
        if isinstance(read.outcome, ModelAnswer):
            # Collected twice after a crash: the same answer under the same key.
            await run.cache.put(read.key, read.outcome)
            answered.append(read.key)
            tokens[0] += read.outcome.input_tokens
            tokens[1] += read.outcome.output_tokens
        else:
            failed[read.key] = read.outcome
            tokens[0] += read.input_tokens
            tokens[1] += read.output_tokens
            details.setdefault(read.outcome, read.detail)
    kept = {reason: detail for reason, detail in details.items() if detail}
    return BatchResult(tuple(answered), failed, "", tokens[0], tokens[1], details=kept)


def read_result_line(line: str) -> ResultLine:
    """Read a line; whatever it holds, it is an answer or a reason."""
    key = ""
    try:
        item = json.loads(line)
        if not isinstance(item["custom_id"], str):
            return ResultLine("", "unreadable line")
        key = item["custom_id"]
        response = item.get("response") or {}
        status = response.get("status_code")
        if item.get("error") or status != 200:
            return _failed(key, item.get("error") or {}, response)
        return ResultLine(key, read_completion(json.dumps(response["body"]).encode(), _UNKNOWN))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ResultLine("", "unreadable line")
    except ModelBusyError as error:
        return ResultLine(
            key,
            "not a chat completion",
            input_tokens=error.input_tokens,
            output_tokens=error.output_tokens,
        )
    except ErrorInsideError as error:
        return ResultLine(key, str(error.status), one_line(error.message, 300))


def _failed(key: str, error: Any, response: dict[str, Any]) -> ResultLine:
    nested = (response.get("body") or {}).get("error") or {}
    code = error.get("code") or nested.get("code") or nested.get("type")
    status = response.get("status_code")
    reason = " ".join(str(word) for word in (status, code) if word)[:80] or "no reason given"
    said = error.get("message") or nested.get("message") or ""
    return ResultLine(key, one_line(reason, 80), one_line(said, 300))


# ---- submitting


async def _submit(pairs: Sequence[PosePair], run: BatchRun, notify: OnEvent) -> tuple[int, bool]:
    """Send off what can be asked; how many requests, and whether any pair still lacks an answer."""
    incomplete = False
    submitted = 0
    beside = run.folder or Path(tempfile.gettempdir())
    with held_aside(beside / "batch", folder=True) as folder:
        files = _RequestFiles(folder)

        def note(request: ModelRequest) -> Exception:
            key = run.state.own_key(request.known_keys())
            if run.state.failure(key):
                return _given_up(run.state, key)
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
