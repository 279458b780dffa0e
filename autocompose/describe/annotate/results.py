"""What a multimodal model's work leaves behind: accepted texts, every raw answer, and counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from autocompose.describe.mllm.client import ModelAnswer
from autocompose.errors import AutoComPoseError
from autocompose.schema import (
    BodyPart,
    PosePair,
    Source,
    TransitionDescription,
    View,
    caption_key,
)

PAPER_DISCARD_RATE = 0.025
"""Share of replies that did not follow the format, as AutoComPose (ICCV 2025) reports it."""


@dataclass(frozen=True)
class ClaimSupport:
    """One claim that several samples were asked for.

    Args:
        group: of body parts without a side, e.g. ``arm``.
        change: kind of change, e.g. ``bend``.
        count: samples that make the claim, on whichever side.
        samples: how many answered.
        left_votes: samples that put it on the subject's left.
        right_votes: samples that put it on the subject's right.
        decided_by: who chose the side: ``geometry``, ``majority``, or ``none`` (no side).
        kept: whether ``count`` reached the agreed share.
    """

    part: BodyPart
    text: str
    group: str
    change: str
    count: int
    samples: int
    left_votes: int = 0
    right_votes: int = 0
    decided_by: Literal["geometry", "majority", "none"] = "none"
    kept: bool = True

    @property
    def share(self) -> float:
        """Support in 0..1."""
        return self.count / self.samples


@dataclass(frozen=True)
class ModelCall:
    """One answer of the model, kept raw.

    Args:
        stage: ``parts`` or ``phrasings``.
        sample: which of several Stage I samples.
        attempt: 0, then one more for each answer that was sent back.
        cached: read from the stored answers, not asked for.
        problem: why it was not accepted; empty when it was.
    """

    stage: str
    sample: int
    attempt: int
    request_sha256: str
    answer: ModelAnswer
    cached: bool
    problem: str = ""


@dataclass(frozen=True)
class ViewAnnotation:
    """One view of a pair: a description, or the reason why there is none.

    Args:
        discarded: short reason; empty when there is a description.
        derived_from: the view whose texts were mirrored instead of asked for.
        refused: texts that could not be mirrored without guessing a side.
    """

    view: View
    description: TransitionDescription | None
    discarded: str = ""
    detail: str = ""
    support: tuple[ClaimSupport, ...] = ()
    calls: tuple[ModelCall, ...] = ()
    derived_from: View | None = None
    refused: tuple[str, ...] = ()


@dataclass(frozen=True)
class PairAnnotation:
    """A pair with the views that were asked for, in their order."""

    pair: PosePair
    views: tuple[ViewAnnotation, ...]

    @property
    def descriptions(self) -> tuple[TransitionDescription, ...]:
        """The views that have texts."""
        return tuple(v.description for v in self.views if v.description is not None)

    @property
    def texts(self) -> dict[str, tuple[str, ...]]:
        """Official caption key -> texts, for the views that have any."""
        return {d.key: d.phrasings for d in self.descriptions}


@dataclass(frozen=True)
class AnnotationReport:
    """Counts of a run. Two reports add up.

    ``discarded`` counts views without texts, so that described + discarded views =
    pairs x views. ``calls`` counts HTTP requests that the model answered; ``retries`` those sent
    again after a fault and answers asked for again. Tokens, cost and calls leave out stored
    answers.

    Args:
        discarded_views: views without texts, by view and reason (``"reverse: empty"``).
        views: asked for, over all pairs.
        refused_texts: could not be mirrored without guessing a side (``--views derive``).
        estimated_tokens: calls whose server reported no token counts.
        unanswered: calls that the server billed without an answer; part of ``calls``.
        cost_usd: None when the price of the model is unknown.
    """

    pairs: int = 0
    texts: Mapping[str, int] = field(default_factory=dict)
    calls: int = 0
    cache_hits: int = 0
    retries: int = 0
    discarded: Mapping[str, int] = field(default_factory=dict)
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = None
    seconds: float = 0.0
    views: int = 0
    refused_texts: int = 0
    estimated_tokens: int = 0
    discarded_views: Mapping[str, int] = field(default_factory=dict)
    unanswered: int = 0

    @property
    def missing(self) -> int:
        """Views without texts, and texts that a view lacks."""
        return sum(self.discarded.values()) + self.refused_texts

    @property
    def discard_rate(self) -> float:
        """Share of the views asked for that were discarded; compare `PAPER_DISCARD_RATE`."""
        return sum(self.discarded.values()) / self.views if self.views else 0.0

    def to_json(self) -> dict[str, object]:
        """The run report as files and scripts have it."""
        return {
            "pairs": self.pairs,
            "texts": {key: self.texts.get(key, 0) for key in (*_FULL_KEYS, *_searched(self.texts))},
            "calls": self.calls,
            "cache_hits": self.cache_hits,
            "retries": self.retries,
            "discarded": dict(self.discarded),
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "cost_usd": None if self.cost_usd is None else round(self.cost_usd, 6),
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True)
class AnnotationRun:
    """What a run did, also when it ended early.

    Args:
        pairs: in the order they were given; empty when they were handed on instead of kept.
        cancelled: the caller asked to stop.
        stopped: why the run ended before its last pair (price limit, model out of reach).
    """

    pairs: tuple[PairAnnotation, ...]
    report: AnnotationReport
    cancelled: bool = False
    stopped: AutoComPoseError | None = None

    @property
    def descriptions(self) -> tuple[TransitionDescription, ...]:
        """Every description, pair by pair."""
        return tuple(d for pair in self.pairs for d in pair.descriptions)


def count_pair(annotation: PairAnnotation) -> AnnotationReport:
    """The report of one pair; its cost is not known here."""
    calls = [call for view in annotation.views for call in view.calls]
    fresh = [call.answer for call in calls if not call.cached]
    return AnnotationReport(
        pairs=1,
        texts={key: len(texts) for key, texts in annotation.texts.items()},
        calls=len(fresh),
        cache_hits=len(calls) - len(fresh),
        retries=sum(a.retries for a in fresh)
        + sum(call.attempt > 0 for call in calls if not call.cached),
        discarded=Counter(view.discarded for view in annotation.views if view.discarded),
        input_tokens=sum(a.input_tokens for a in fresh),
        output_tokens=sum(a.output_tokens for a in fresh),
        seconds=sum(a.seconds for a in fresh),
        views=len(annotation.views),
        refused_texts=sum(len(view.refused) for view in annotation.views),
        estimated_tokens=sum(a.estimated for a in fresh),
        discarded_views=Counter(
            f"{view.view.value}: {view.discarded}" for view in annotation.views if view.discarded
        ),
    )


def add_reports(reports: Iterable[AnnotationReport]) -> AnnotationReport:
    """The sum of reports; the cost is unknown as soon as one part's is."""
    texts: Counter[str] = Counter()
    discarded: Counter[str] = Counter()
    by_view: Counter[str] = Counter()
    numbers: Counter[str] = Counter()
    seconds, cost, known = 0.0, 0.0, True
    for report in reports:
        texts.update(report.texts)
        discarded.update(report.discarded)
        by_view.update(report.discarded_views)
        for name in _SUMMED:
            numbers[name] += getattr(report, name)
        seconds += report.seconds
        known = known and report.cost_usd is not None
        cost += report.cost_usd or 0.0
    return AnnotationReport(
        texts=dict(texts),
        discarded=dict(discarded),
        discarded_views=dict(by_view),
        seconds=seconds,
        cost_usd=cost if known else None,
        **{name: numbers[name] for name in _SUMMED},
    )


_FULL_KEYS = [caption_key(Source.MLLM, view) for view in View]


def _searched(texts: Mapping[str, int]) -> list[str]:
    return [key for key in texts if key not in _FULL_KEYS]


_SUMMED = (
    "pairs", "calls", "cache_hits", "retries", "input_tokens", "output_tokens", "views",
    "refused_texts", "estimated_tokens", "unanswered",
)  # fmt: skip
