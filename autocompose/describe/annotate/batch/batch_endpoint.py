"""The four calls of the OpenAI Batch API that `batch_run` needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from autocompose.describe.mllm.client import NO_KEY
from autocompose.describe.mllm.proxies import proxy_for
from autocompose.errors import BatchError, one_line

if TYPE_CHECKING:
    from openai import OpenAI
    from openai.types import Batch

TAG = "autocompose_tag"
"""The name under which our own name of a batch is stored at the endpoint."""

LOOK_BACK = 100
"""Batches that are looked through for one that a crash left unrecorded."""


@dataclass(frozen=True)
class BatchStatus:
    """How far a batch is.

    Args:
        status: in the endpoint's words.
        output_files: ids of the files with answers and with failed lines.
        problem: why the whole batch was refused, in the endpoint's words; empty otherwise.
    """

    batch_id: str
    status: str
    output_files: tuple[str, ...]
    done: int = 0
    total: int = 0
    problem: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.status in ("completed", "failed", "expired", "cancelled")


class BatchEndpoint(Protocol):
    """Where batches are sent."""

    def upload(self, path: Path) -> str:
        """Upload a file of requests; its id."""
        ...

    def create(self, file_id: str, tag: str) -> str:
        """Start a batch over an uploaded file; its id."""
        ...

    def find(self, tag: str) -> str:
        """The id of the batch with our tag, or an empty text."""
        ...

    def status(self, batch_id: str) -> BatchStatus:
        """How far a batch is."""
        ...

    def lines(self, file_id: str) -> Iterator[str]:
        """The lines of a result file."""
        ...


class OpenAIBatchEndpoint:
    """The Batch API of OpenAI, or of a server that speaks it.

    Args:
        base_url: address ending in ``/v1``.
        api_key: sent nowhere else; None where the server wants none.
        timeout: seconds for one call; an upload of 100 MB needs minutes.
    """

    def __init__(self, base_url: str, api_key: str | None, timeout: float = 600.0) -> None:
        import openai

        transport = openai.DefaultHttpxClient(trust_env=bool(proxy_for(base_url)), timeout=timeout)
        self._client: OpenAI = openai.OpenAI(
            base_url=base_url, api_key=api_key or NO_KEY, timeout=timeout, http_client=transport
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def upload(self, path: Path) -> str:
        """Upload a file of requests; its id.

        Raises:
            BatchError: the endpoint refuses it, or cannot be reached.
        """
        from openai import OpenAIError

        try:
            return self._client.files.create(file=path, purpose="batch").id
        except OpenAIError as error:
            raise _refused("take the file of requests", error) from error

    def create(self, file_id: str, tag: str) -> str:
        """Start a batch over an uploaded file; its id.

        Raises:
            BatchError: the endpoint refuses it, or cannot be reached.
        """
        from openai import OpenAIError

        try:
            # Never again by itself: a creation whose answer got lost would be paid for twice.
            return (
                self._client.with_options(max_retries=0)
                .batches.create(
                    input_file_id=file_id,
                    endpoint="/v1/chat/completions",
                    completion_window="24h",
                    metadata={TAG: tag},
                )
                .id
            )
        except OpenAIError as error:
            raise _refused("start the batch", error) from error

    def find(self, tag: str) -> str:
        """The id of the batch with our tag, or an empty text.

        Raises:
            BatchError: the endpoint cannot be asked.
        """
        from openai import OpenAIError

        try:
            for place, batch in enumerate(self._client.batches.list(limit=LOOK_BACK)):
                if (batch.metadata or {}).get(TAG) == tag:
                    return batch.id
                if place >= LOOK_BACK:
                    break
        except OpenAIError as error:
            raise _refused("list its batches", error) from error
        return ""

    def status(self, batch_id: str) -> BatchStatus:
        """How far a batch is.

        Raises:
            BatchError: the endpoint does not know it, or cannot be asked.
        """
        from openai import OpenAIError

        try:
            return _status(self._client.batches.retrieve(batch_id))
        except OpenAIError as error:
            raise _refused(f"tell of batch {batch_id}", error) from error

    def lines(self, file_id: str) -> Iterator[str]:
        """The lines of a result file, as they arrive.

        Raises:
            BatchError: the file is gone, or the connection broke.
        """
        from openai import OpenAIError

        try:
            with self._client.files.with_streaming_response.content(file_id) as answer:
                yield from (line for line in answer.iter_lines() if line.strip())
        except OpenAIError as error:
            raise _refused(f"hand out file {file_id}", error) from error


def _status(batch: Batch) -> BatchStatus:
    files = tuple(name for name in (batch.output_file_id, batch.error_file_id) if name)
    errors = (batch.errors.data if batch.errors else None) or []
    counts = batch.request_counts
    return BatchStatus(
        batch_id=batch.id,
        status=batch.status,
        output_files=files,
        done=(counts.completed + counts.failed) if counts else 0,
        total=counts.total if counts else 0,
        problem=one_line("; ".join(error.message or error.code or "" for error in errors[:3]), 300),
    )


def _refused(what: str, error: Exception) -> BatchError:
    said = one_line(error, 300)
    return BatchError(
        f"the endpoint did not {what}: {said}; check --base-url and the key, and whether it has a"
        " Batch API, then run the command again"
    )
