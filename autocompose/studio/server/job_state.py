"""How far a long job of the server is."""

from __future__ import annotations

from enum import Enum


class JobState(str, Enum):
    """How far a long job is."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobCancelled(Exception):
    """Raised inside a job that somebody cancelled; it never leaves the module that runs it."""
