"""A whole split described by rules over joints: the caption file, its side-car and the counts."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from autocompose.data.captions.caption_files import write_captions
from autocompose.data.captions.side_car import (
    described_line,
    discarded_line,
    side_car_line,
    side_car_path,
)
from autocompose.data.dataset import PoseDataset
from autocompose.data.estimated_joints import NO_ESTIMATE, PhotoJoints
from autocompose.data.files import write_whole
from autocompose.describe.described_rows import CaptionTarget, NewTexts
from autocompose.describe.geometric import describe_pair
from autocompose.errors import DescriptionError
from autocompose.schema import Event, JointsOrigin, OnEvent, PosePair, Source, View, caption_key

OnNote = Callable[[str], None]


@dataclass(frozen=True)
class RulesConfig:
    """How a split is described.

    Args:
        views: that get texts.
        n: phrasings for each view.
        seed: of the choice of phrasings.
        limit: only so many pairs; None for all.
    """

    views: tuple[View, ...] = tuple(View)
    n: int = 3
    seed: int = 0
    limit: int | None = None


@dataclass(frozen=True)
class RulesReport:
    """Counts of a run.

    Args:
        texts: by caption key.
        discarded: pairs that lack a view, by reason.
        discarded_views: views without a text, by view and reason.
        described: pairs with at least one new text.
        rows: in the caption file; None where none was written.
        kept: older texts of the keys that were asked for which stay in the file, by key.
    """

    pairs: int
    texts: dict[str, int]
    discarded: dict[str, int]
    seconds: float
    discarded_views: dict[str, int] = field(default_factory=dict)
    described: int = 0
    rows: int | None = None
    kept: Mapping[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """The run report as files and scripts have it, with the same keys as a model's."""
        return {
            "pairs": self.pairs,
            "texts": self.texts,
            "calls": 0,
            "cache_hits": 0,
            "retries": 0,
            "discarded": self.discarded,
            "input_tokens": 0,
            "output_tokens": 0,
            "cost_usd": 0.0,
            "seconds": round(self.seconds, 3),
        }


@dataclass
class _Work:
    """What a run has made so far."""

    new: NewTexts
    described: int = 0
    lines: list[str] = field(default_factory=list)
    texts: Counter[str] = field(default_factory=Counter)
    discarded: Counter[str] = field(default_factory=Counter)
    discarded_views: Counter[str] = field(default_factory=Counter)


def describe_split(
    dataset: PoseDataset,
    split: str,
    out: Path | None,
    *,
    joints: PhotoJoints,
    config: RulesConfig = RulesConfig(),
    on_event: OnEvent | None = None,
    on_note: OnNote | None = None,
) -> RulesReport:
    """Describe the pairs of a split by their joints and write what comes of it.

    Other texts that a pair has are kept, and so are their parts and provenance. Where no pair can
    be described, nothing is written.

    Args:
        dataset: with joints, or with pictures that ``joints`` can estimate them from.
        split: of the dataset.
        out: caption file; the side-car stands beside it. None writes nothing.
        joints: completes pictures that have none.
        config: views, phrasings, seed, limit.
        on_event: called with progress.
        on_note: told in one line of what a person should know, e.g. the first discarded pair.

    Raises:
        DatasetError: no such split, a record of it is malformed, or ``out`` holds other rows.
    """
    started = time.monotonic()
    pairs = dataset.pairs(split)[: config.limit]
    target = None
    if out is not None:
        captions = dataset.root / "captions" / f"{split}.json"
        target = CaptionTarget.open(out, captions, pairs)
    work = _Work(NewTexts(tuple(caption_key(Source.AUTO, view) for view in config.views)))
    for done, pair in enumerate(pairs, start=1):
        _describe(pair, joints, config, work, on_note)
        if on_event is not None:
            on_event(Event("describe", done, len(pairs)))
    if joints.estimated and on_note is not None:
        on_note(f"{joints.estimated} pictures have no joints of their own; theirs are estimated")
    rows, kept = None, {}
    if target is not None and (work.described or not pairs):
        merged = target.merge(pairs, work.new)
        write_captions(target.path, merged.rows)
        lines = [*work.lines, *target.lines_to_keep(merged, work.new)]
        write_whole(side_car_path(target.path), "".join(lines))
        rows, kept = len(merged.rows), merged.kept
    return RulesReport(
        len(pairs),
        dict(work.texts),
        dict(work.discarded),
        time.monotonic() - started,
        dict(work.discarded_views),
        work.described,
        rows,
        kept,
    )


def _describe(
    pair: PosePair,
    joints: PhotoJoints,
    config: RulesConfig,
    work: _Work,
    on_note: OnNote | None,
) -> None:
    """One pair in all views."""
    written: dict[str, tuple[str, ...]] = {}
    reasons: set[str] = set()
    try:
        seen, missing = joints.complete_pair(pair), ""
    except NO_ESTIMATE as error:
        seen, missing = pair, str(error)
    for view in config.views:
        key = caption_key(Source.AUTO, view)
        try:
            described = describe_pair(seen, view=view, n=config.n, seed=config.seed)
        except DescriptionError as error:
            reason, detail = "no joints" if missing else "nothing changes", missing or str(error)
            if not work.discarded[reason] and on_note is not None:
                on_note(f"discarded {pair.reference.id} -> {pair.target.id}: {detail}")
            work.discarded[reason] += reason not in reasons
            work.discarded_views[f"{view.value}: {reason}"] += 1
            reasons.add(reason)
            line = discarded_line(pair, view, Source.AUTO, reason=reason, detail=detail)
            work.lines.append(side_car_line(line))
            continue
        written[key] = described.phrasings
        work.texts[key] += len(described.phrasings)
        line = described_line(pair, described)
        if JointsOrigin.ESTIMATED in (seen.reference.joints_origin, seen.target.joints_origin):
            line["joints"] = JointsOrigin.ESTIMATED.value
        work.lines.append(side_car_line(line))
    work.described += bool(written)
    work.new.add(pair, written)
