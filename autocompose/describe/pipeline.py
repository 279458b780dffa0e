"""The three stages over many pairs: resume, retry, discard, progress, cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from autocompose.config import AnnotateConfig
from autocompose.describe.annotation import AnnotationRun, PairAnnotation, ViewAnnotation
from autocompose.describe.mllm import MLLM
from autocompose.describe.response_cache import ResponseCache
from autocompose.schema import Event, PartDescription, PosePair, View


class Stop(Protocol):
    """`threading.Event` or `asyncio.Event`: set it to end a run early."""

    def is_set(self) -> bool:
        """Whether the run should end."""
        ...


async def annotate(
    pairs: Sequence[PosePair],
    mllm: MLLM,
    config: AnnotateConfig,
    *,
    cache: ResponseCache,
    on_event: Callable[[Event], None] | None = None,
    on_pair: Callable[[PairAnnotation], None] | None = None,
    cancel: Stop | None = None,
    keep: bool = True,
) -> AnnotationRun:
    """Describe every pair; ``on_pair`` gets each in order. ``keep=False`` holds none in memory."""
    raise NotImplementedError


async def annotate_pair(
    pair: PosePair, mllm: MLLM, config: AnnotateConfig, *, cache: ResponseCache
) -> PairAnnotation:
    """Describe one pair in every view of the config."""
    raise NotImplementedError


async def annotate_view(
    pair: PosePair,
    mllm: MLLM,
    config: AnnotateConfig,
    *,
    cache: ResponseCache,
    view: View,
    on_parts: Callable[[tuple[PartDescription, ...]], None] | None = None,
) -> ViewAnnotation:
    """Describe one view: Stage I (``on_parts`` hears its result), then Stage II."""
    raise NotImplementedError


async def rephrase(
    pair: PosePair,
    mllm: MLLM,
    config: AnnotateConfig,
    *,
    cache: ResponseCache,
    view: View,
    parts: Sequence[PartDescription],
) -> ViewAnnotation:
    """Stage II alone, from parts that a person edited."""
    raise NotImplementedError
