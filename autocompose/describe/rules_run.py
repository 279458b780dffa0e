"""A whole split described by rules over joints: the caption file, its side-car and the counts."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from autocompose.data.captions.caption_files import write_captions
from autocompose.data.captions.caption_records import text_id
from autocompose.data.captions.kept_notes import EarlierNotes
from autocompose.data.captions.side_car import (
    described_line,
    discarded_line,
    side_car_line,
    side_car_path,
)
from autocompose.data.dataset import PoseDataset
from autocompose.data.estimated_joints import NO_ESTIMATE, PhotoJoints
from autocompose.data.files import write_whole
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
        discarded: pairs without further texts, by reason.
    """

    pairs: int
    texts: dict[str, int]
    discarded: dict[str, int]
    seconds: float

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

    rows: list[PosePair] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    rewritten: set[str] = field(default_factory=set)
    texts: Counter[str] = field(default_factory=Counter)
    discarded: Counter[str] = field(default_factory=Counter)


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

    Other texts that a pair has are kept, and so are their parts and provenance.

    Args:
        dataset: with joints, or with pictures that ``joints`` can estimate them from.
        split: of the dataset.
        out: caption file; the side-car stands beside it. None writes nothing.
        joints: completes pictures that have none.
        config: views, phrasings, seed, limit.
        on_event: called with progress.
        on_note: told in one line of what a person should know, e.g. the first discarded pair.

    Raises:
        DatasetError: no such split, or a record of it is malformed.
    """
    started = time.monotonic()
    pairs = dataset.pairs(split)[: config.limit]
    earlier = EarlierNotes()
    if out is not None:  # it may be the same file
        earlier = EarlierNotes.read(dataset.root / "captions" / f"{split}.json")
    work = _Work()
    for done, pair in enumerate(pairs, start=1):
        _describe(pair, joints, config, work, on_note)
        if on_event is not None:
            on_event(Event("describe", done, len(pairs)))
    if joints.estimated and on_note is not None:
        on_note(f"{joints.estimated} pictures have no joints of their own; theirs are estimated")
    if out is not None:
        kept = earlier.lines_to_keep(pairs, Source.AUTO, work.rewritten)
        write_captions(out, work.rows)
        write_whole(side_car_path(out), "".join([*work.lines, *kept]))
    seconds = time.monotonic() - started
    return RulesReport(len(pairs), dict(work.texts), dict(work.discarded), seconds)


def _describe(
    pair: PosePair,
    joints: PhotoJoints,
    config: RulesConfig,
    work: _Work,
    on_note: OnNote | None,
) -> None:
    """One pair in all views; the first view without a description ends it."""
    written = dict(pair.texts)
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
            work.discarded[reason] += 1
            line = discarded_line(pair, view, Source.AUTO, reason=reason, detail=detail)
            work.lines.append(side_car_line(line))
            break
        written[key] = described.phrasings
        work.texts[key] += len(described.phrasings)
        work.rewritten.add(text_id(pair.reference.id, pair.target.id, pair.number, key=key))
        line = described_line(pair, described)
        if JointsOrigin.ESTIMATED in (seen.reference.joints_origin, seen.target.joints_origin):
            line["joints"] = JointsOrigin.ESTIMATED.value
        work.lines.append(side_car_line(line))
    work.rows.append(replace(pair, texts=written))
