"""Answers kept under the content of their request, so that nothing is paid for twice."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from autocompose.describe.mllm import ModelAnswer


class ResponseCache:
    """Stored answers; ``path`` None keeps them in memory. Use it as a context manager."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path

    def get(self, key: str) -> ModelAnswer | None:
        """The stored answer, or None."""
        raise NotImplementedError

    async def put(self, key: str, answer: ModelAnswer) -> None:
        """Store an answer; returns when it is on disk."""
        raise NotImplementedError

    def close(self) -> None:
        """Finish writing."""

    def __enter__(self) -> ResponseCache:
        """Itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()
