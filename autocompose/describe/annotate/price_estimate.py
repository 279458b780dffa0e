"""What a run would ask and cost, before a call is made. Estimates, and called so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from autocompose.config import AnnotateConfig
from autocompose.describe.annotate.consensus import agree, view_judge
from autocompose.describe.annotate.pipeline import asked_views
from autocompose.describe.annotate.stages import asks_again, with_feedback
from autocompose.describe.mllm.answer_store import ResponseCache
from autocompose.describe.mllm.answers import read_parts, read_phrasings
from autocompose.describe.mllm.chat import ModelAnswer, ModelRequest
from autocompose.describe.mllm.montage import can_overlay, view_pictures
from autocompose.describe.mllm.prices import ImageTokens, ModelPrice, request_tokens
from autocompose.describe.mllm.prompts import parts_request, phrasings_request
from autocompose.errors import AnswerError, ImageError
from autocompose.schema import BodyPart, PartDescription, PosePair

T = TypeVar("T")
PAIRS_LOOKED_AT = 200
"""A larger run is extrapolated from this many pairs, spread evenly over it."""

_PARTS_OUT = 180
_TEXT_OUT = 70
_NOTES = tuple(
    PartDescription(part, "Bring it forward and up until it is level with the chest, slightly out.")
    for part in list(BodyPart)[:7]
)
"""Stands in for the notes of Stage II while Stage I has not been asked: seven usual sentences."""


@dataclass(frozen=True)
class RunEstimate:
    """Estimates of a run whose answers are all accepted at once.

    Args:
        calls: still to be asked; also those that `AnnotateConfig.retry_discarded` asks again.
        cached: answers that are stored already.
        image_tokens: the share of ``input_tokens`` that images make up, by the vendor's rule.
        cost_usd: None when the price is unknown.
        looked_at: pairs whose requests were built; the rest is extrapolated.
    """

    pairs: int
    calls: int
    cached: int
    input_tokens: int
    output_tokens: int
    image_tokens: int
    cost_usd: float | None
    looked_at: int

    def to_json(self) -> dict[str, object]:
        """As a script reads it."""
        return {
            "pairs": self.pairs,
            "calls": self.calls,
            "cache_hits": self.cached,
            "input_tokens": self.input_tokens,
            "image_tokens": self.image_tokens,
            "output_tokens": self.output_tokens,
            "cost_usd": None if self.cost_usd is None else round(self.cost_usd, 4),
            "estimated": True,
            "looked_at": self.looked_at,
        }


@dataclass
class _Sums:
    calls: int = 0
    cached: int = 0
    input: int = 0
    output: int = 0
    image: int = 0


def estimate_run(
    pairs: Sequence[PosePair],
    config: AnnotateConfig,
    *,
    cache: ResponseCache,
    price: ModelPrice | None = None,
) -> RunEstimate:
    """Build the requests of a run, count their tokens, and leave out what is stored.

    Args:
        pairs: of the run.
        config: of the run.
        cache: stored answers.
        price: of the model; None when unknown.
    """
    step = max(1, len(pairs) // PAIRS_LOOKED_AT)
    looked_at = list(pairs[::step])[:PAIRS_LOOKED_AT]
    sums = _Sums()
    for pair in looked_at:
        _add_pair(pair, config, cache, sums, image=ImageTokens() if price is None else price.image)
    factor = len(pairs) / len(looked_at) if looked_at else 0.0
    scaled = [round(factor * n) for n in (sums.calls, sums.cached, sums.input, sums.output)]
    return RunEstimate(
        pairs=len(pairs),
        calls=scaled[0],
        cached=scaled[1],
        input_tokens=scaled[2],
        output_tokens=scaled[3],
        image_tokens=round(factor * sums.image),
        cost_usd=None if price is None else price.cost(scaled[2], scaled[3]),
        looked_at=len(looked_at),
    )


def _add_pair(
    pair: PosePair,
    config: AnnotateConfig,
    cache: ResponseCache,
    sums: _Sums,
    *,
    image: ImageTokens,
) -> None:
    views = asked_views(config)
    try:
        pictures = view_pictures(pair, views, overlay=config.overlay, two_images=config.two_images)
    except ImageError:
        return  # the run discards such a pair without a call
    drawn = config.overlay and can_overlay(pair)
    replay = _Replay(config, cache, sums, image)
    for view in views:
        subject = f"{pair.id}/{view.value}"
        asked = partial(parts_request, pictures[view], config, drawn=drawn, subject=subject)
        samples = [partial(asked, sample=number) for number in range(config.samples)]
        read = partial(read_parts, may_be_empty=config.samples > 1)
        found = [replay.stored(build, read, _PARTS_OUT) for build in samples]
        refused = [at for at, (_, problem) in enumerate(found) if problem is not None]
        if 2 * (len(found) - len(refused)) < len(found):
            again = [at for at in refused if replay.asks_again(found[at][1])]
            for at in again:
                replay.count(samples[at](), _PARTS_OUT)
            if not again:
                continue  # the view stays discarded, without another call
        values = [value for value, _ in found if value is not None]
        notes = _NOTES
        if len(values) + len(refused) == len(found) and values:
            notes = values[0]
            if config.samples > 1:
                judge = view_judge(pair, view)
                notes = agree(values, share=config.agree, judge=judge).parts
            if not notes:
                continue  # the samples agree on nothing
        texts = partial(phrasings_request, notes, config, subject=subject)
        read_texts = partial(
            read_phrasings,
            n=config.texts, parts=notes, max_words=config.max_words, banned=config.banned,
        )  # fmt: skip
        _, problem = replay.stored(texts, read_texts, _TEXT_OUT * config.texts)
        if replay.asks_again(problem):
            replay.count(texts(), _TEXT_OUT * config.texts)


@dataclass
class _Replay:
    """Goes through the questions of a run as far as their answers are stored."""

    config: AnnotateConfig
    cache: ResponseCache
    sums: _Sums
    image: ImageTokens

    def stored(
        self, build: Callable[..., ModelRequest], read: Callable[[ModelAnswer], T], output: int
    ) -> tuple[T | None, AnswerError | None]:
        """What is read from the stored answers, or why the last of them was not accepted.

        Both are None where the run will call: that call is counted.
        """
        feedback = ()
        while True:
            request = build(feedback=feedback)
            found = self.cache.find(request)
            if found is None:
                self.count(request, output)
                return None, None
            self.sums.cached += 1
            try:
                return read(found.answer), None
            except AnswerError as problem:
                if len(feedback) >= self.config.retries:
                    return None, problem
                feedback = with_feedback(feedback, found.answer, problem)

    def asks_again(self, problem: AnswerError | None) -> bool:
        return problem is not None and asks_again(problem, self.config)

    def count(self, request: ModelRequest, output: int) -> None:
        _count(request, self.sums, self.image, output)


def _count(request: ModelRequest, sums: _Sums, image: ImageTokens, output: int) -> None:
    text = request_tokens(request, ImageTokens(base=0, tile=0))
    whole = request_tokens(request, image)
    sums.calls += 1
    sums.input += whole
    sums.image += whole - text
    sums.output += output
