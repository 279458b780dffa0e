"""The pairs and texts of a dataset whose images have joints: mined, worded, written.

No picture is opened, so a dataset that exists can get new pairs and texts in seconds.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np

from autocompose.body.mining import MiningRules, PoseTable
from autocompose.body.mining import mine_pairs as mine
from autocompose.body.skeleton import mean_joint_distance
from autocompose.data import dataset as layout
from autocompose.data.captions.side_car import drop_lines
from autocompose.data.files import write_whole
from autocompose.describe.geometric import PROMPT_VERSION, PhrasingBank, phrase_pairs
from autocompose.errors import DatasetError
from autocompose.language.reader.claims import Outcome
from autocompose.schema import (
    Event,
    OnEvent,
    PoseImage,
    PosePair,
    Source,
    TextStyle,
    View,
    caption_key,
    caption_meaning,
    caption_view,
)
from autocompose.verify.judge import PairJudge

SPLITS = ("train", "val", "test")
_SHARE = {"train": 1.0, "val": 0.1412, "test": 0.353}  # pairs of a split per training pair
_GROUP = 6  # names in an img_set
_STILL_TRUE = 0.05  # m that a joint may move with a model's texts of it untouched
_MAY_BE_TRUE = 0.15  # m up to which they stay if the joints contradict no more of them than before
_HE_OR_SHE = re.compile(r"\b(he|she|his|hers?|him)\b", re.IGNORECASE)
_BY_RULES = ("sents", "new-words", *(caption_key(Source.AUTO, view) for view in View))
_FRAME = re.compile(r"(?P<clip>.+)-(?P<frame>\d{4})(?P<twin>m?)")
_FRAMES_A_SECOND = 30.0  # for clips whose joints.json tells the frame but not the time


def pair_counts(pairs: int) -> dict[str, int]:
    """Pairs of each split of a synthesized dataset with this many training pairs."""
    return {split: max(12, round(pairs * share)) for split, share in _SHARE.items()}


def mine_pairs(
    images: Sequence[PoseImage],
    count: int,
    *,
    split: str,
    seed: int,
    rules: MiningRules | None = None,
) -> list[PosePair]:
    """Pairs of one person before one camera whose poses are similar but not equal.

    Args:
        images: of one split, all with joints.
        count: pairs wanted; fewer come back when no more satisfy the rules.
        split: its name.
        seed: the same seed gives the same pairs.
        rules: see `autocompose.body.mining`.
    """
    if not images:
        return []
    joints = np.array([image.joints for image in images], dtype=np.float64)
    looks = tuple(f"{image.info.person}/{image.info.camera}" for image in images)
    named = [_sequence(image) for image in images]
    table = PoseTable(
        joints=joints,
        floors=np.array([np.nan if i.floor_y is None else i.floor_y for i in images]),
        groups=looks,
        sequences=tuple(sequence for sequence, _ in named),
        seconds=np.array([time for _, time in named], dtype=np.float64),
    )
    label = np.array(looks)
    pairs = []
    for pair in mine(table, count, seed=seed, rules=rules):
        distance = mean_joint_distance(joints, joints[pair.target])
        distance[label != looks[pair.target]] = np.inf
        near = [j for j in np.argsort(distance, kind="stable") if np.isfinite(distance[j])]
        group = [images[j].id for j in near if j != pair.reference][:_GROUP]
        pairs.append(
            PosePair(images[pair.reference], images[pair.target], split, tuple(sorted(group)))
        )
    return pairs


def write_pairs(
    root: Path,
    split: str,
    images: Sequence[PoseImage],
    *,
    count: int,
    seed: int,
    neutral: bool = False,
    on_event: OnEvent | None = None,
) -> int:
    """Mine the pairs of a split, write their texts and ``captions/<split>.json``; returns how many.

    A pair in which nothing nameable changes is left out. Texts: training forms for train, others
    for val and test, see `autocompose.language.writer.phrasings`.

    Args:
        root: the dataset.
        split: its name.
        images: of the split, with joints.
        count: pairs wanted.
        seed: of pairs and texts.
        neutral: say "they" of everybody, never "he" or "she".
        on_event: called with progress.
    """
    tell = on_event or (lambda event: None)
    tell(Event(f"{split} pairs", 0, count))
    rows = _worded(mine_pairs(images, count, split=split, seed=seed), split, seed, neutral=neutral)
    tell(Event(f"{split} pairs", len(rows), len(rows)))
    layout.write_captions(root / "captions" / f"{split}.json", rows)
    return len(rows)


def extend_pairs(
    root: Path,
    split: str,
    images: Sequence[PoseImage],
    *,
    moved: Mapping[str, float],
    count: int,
    seed: int,
    on_event: OnEvent | None = None,
) -> int:
    """Keep the pairs of a split, and add pairs with the pictures that are in none of them yet.

    Pairs whose pictures are no longer there go, and so do the side-car's lines about them. Where a
    pose moved, the texts that rules write are written anew. Texts of models stay while no joint
    moved by more than 5 cm, and up to 15 cm where their claims are contradicted no more often than
    before: the full ones together, and the search texts together. Texts by rules that guess
    whether a person is a he or a she are written anew without it. Returns how many pairs there are
    now.

    Args:
        root: the dataset, with its ``captions/``.
        split: its name.
        images: of the split as they are now, with joints.
        moved: name of a picture -> how far a joint of it moved at most, metres.
        count: new pairs wanted.
        seed: of new pairs and texts.
        on_event: called with progress.
    """
    tell = on_event or (lambda event: None)
    by_id = {image.id: image for image in images}
    kept: list[PosePair] = []
    for pair in layout.open_dataset(root).pairs(split):
        ends = (pair.reference.id, pair.target.id)
        if not all(name in by_id for name in ends):
            continue
        group = tuple(name for name in pair.image_set if name in by_id)
        reference, target = (by_id[name] for name in ends)
        fresh = PosePair(reference, target, split, group, pair.texts)
        farthest = max((moved.get(name, 0.0) for name in ends), default=0.0)
        if farthest > 0 or _guesses(pair):
            fresh = _reworded(fresh, split, seed, keep=_still_told(pair, fresh, farthest))
        if fresh.texts:
            kept.append(fresh)
    shown = {name for pair in kept for name in (pair.reference.id, pair.target.id)}
    mined = mine_pairs(images, 10 * len(images), split=split, seed=seed)
    added = [p for p in mined if p.reference.id not in shown or p.target.id not in shown]
    rows = kept + _worded(added[:count], split, seed, neutral=True)
    tell(Event(f"{split} pairs", len(rows), len(rows)))
    captions = root / "captions" / f"{split}.json"
    layout.write_captions(captions, rows)
    drop_lines(captions, rows)
    return len(rows)


def _guesses(pair: PosePair) -> bool:
    """Whether a text by rules calls somebody he or she."""
    rules = (key for key in pair.texts if key in _BY_RULES)
    return any(_HE_OR_SHE.search(text) for key in rules for text in pair.texts[key])


def _worded(pairs: Sequence[PosePair], split: str, seed: int, *, neutral: bool) -> list[PosePair]:
    """The pairs of which something can be said, with their texts."""
    columns = _texts(pairs, split, seed, neutral=neutral)
    rows: list[PosePair] = []
    for i, pair in enumerate(pairs):
        texts = {key: column[i] for key, column in columns.items()}
        if all(texts.values()):
            rows.append(PosePair(pair.reference, pair.target, split, pair.image_set, texts))
    return rows


def _reworded(pair: PosePair, split: str, seed: int, *, keep: Collection[str]) -> PosePair:
    """The pair with new texts by rules, and its texts under the keys to keep."""
    columns = _texts([pair], split, seed, neutral=True)
    texts = {key: column[0] for key, column in columns.items()}
    if all(texts.values()):
        texts |= {key: pair.texts[key] for key in keep if key not in texts}
    else:
        texts = {}
    return PosePair(pair.reference, pair.target, split, pair.image_set, texts)


def _still_told(before: PosePair, now: PosePair, farthest: float) -> list[str]:
    """The keys whose texts rules do not write and that may stay; see `extend_pairs`.

    Args:
        before: the pair with the bodies that the texts were written about.
        now: the pair with the bodies as they are now.
        farthest: how far a joint moved at most, metres.
    """
    others = [key for key in before.texts if key not in _BY_RULES]
    if farthest <= _STILL_TRUE:
        return others
    kept: list[str] = []
    if farthest > _MAY_BE_TRUE:
        return kept
    for style in TextStyle:
        keys = [k for k in others if (m := caption_meaning(k)) is not None and m.style is style]
        if all(_contradicted(now, key) <= _contradicted(before, key) for key in keys):
            kept += keys
    return kept


def _contradicted(pair: PosePair, key: str) -> int:
    """How many claims of the texts under a key the bodies contradict."""
    judge = PairJudge.of_images(pair.reference, pair.target, view=caption_view(key))
    return sum(judge.check(text).count(Outcome.CONTRADICTED) for text in pair.texts[key])


def rewrite_pairs(
    root: Path,
    counts: Mapping[str, int] | None = None,
    *,
    seed: int = 0,
    on_event: OnEvent | None = None,
) -> dict[str, int]:
    """Rebuild pairs and texts of a dataset with ``joints.json``; no picture is touched.

    Args:
        root: the dataset; its ``image_splits/`` say which images each split has.
        counts: pairs wanted per split; as many as the caption files hold now by default.
        seed: of pairs and texts.
        on_event: called with progress.

    Returns:
        Pairs written per split.

    Raises:
        DatasetError: a split lists an image without joints, or there is none to pair.
    """
    dataset = layout.open_dataset(root)
    splits = [path.stem for path in sorted((root / "image_splits").glob("*.json"))]
    if not splits:
        raise DatasetError(f"{root / 'image_splits'} lists no images; write a list for each split")
    written = {}
    galleries = {split: dataset.gallery(split) for split in splits}
    for split, images in galleries.items():
        bare = [image.id for image in images if image.joints is None]
        if bare:
            raise DatasetError(
                f"{len(bare)} images of {split} have no joints, the first is {bare[0]};"
                " import them (autocompose joints) or take them out of image_splits"
            )
        count = (counts or {}).get(split) or _count(dataset, split, len(images))
        written[split] = write_pairs(root, split, images, count=count, seed=seed, on_event=on_event)
    _stamp(root / "card.md")
    return written


def _stamp(card: Path) -> None:
    """Name in the dataset's card which describer wrote its texts."""
    if card.is_file():
        text = card.read_text(encoding="utf-8")
        named = f"source `auto`, describer `{PROMPT_VERSION}`"
        write_whole(card, re.sub(r"source `auto`(, describer `[^`]*`)?", named, text, count=1))


def _count(dataset: layout.PoseDataset, split: str, images: int) -> int:
    return len(dataset.pairs(split)) if split in dataset.splits else images


def _sequence(image: PoseImage) -> tuple[str, float]:
    """The clip that a frame is of, mirror twins apart, and its time; empty for a lone pose."""
    match = _FRAME.fullmatch(image.info.clip)
    if match is None or "+" in image.info.clip:
        return "", np.nan
    seconds = image.info.seconds
    if seconds is None:
        seconds = int(match["frame"]) / _FRAMES_A_SECOND
    return f"{match['clip']}{match['twin']}", seconds


def _texts(
    pairs: Sequence[PosePair], split: str, seed: int, *, neutral: bool = False
) -> dict[str, list[tuple[str, ...]]]:
    """Caption key -> the texts of each pair."""

    def phrasings(bank: PhrasingBank, n: int, view: View = View.FORWARD) -> list[tuple[str, ...]]:
        return phrase_pairs(pairs, view=view, bank=bank, n=n, seed=seed, neutral=neutral)

    if split == "test":
        return {
            "sents": phrasings(PhrasingBank.NEW_FORMS, 3),
            "auto": phrasings(PhrasingBank.TRAIN, 1),
            "new-words": phrasings(PhrasingBank.NEW_WORDS, 1),
        }
    bank = PhrasingBank.VAL if split == "val" else PhrasingBank.TRAIN
    texts = {caption_key(Source.AUTO, view): phrasings(bank, 3, view) for view in View}
    if split == "val":
        return {"sents": [t[:1] for t in texts["auto"]], **texts}
    return texts
