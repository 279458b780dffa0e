"""What the pose language model learns from: bodies, pairs of bodies, and texts about them.

Nothing is drawn. Bodies are training poses with limbs exchanged; texts are written by the rules of
`autocompose.language.writer` in the forms that are trained on, and taken from the captions of a
dataset's training pairs. All texts of one set fit in memory as numbers of `Pieces`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autocompose.body.change import Body
from autocompose.body.directions import on_standard_body
from autocompose.body.skeleton import mean_joint_distance, mirror
from autocompose.data.wish_files import ToldWish
from autocompose.describe.geometric import PhrasingBank, sample_phrasings, sample_views
from autocompose.errors import TrainingError
from autocompose.lab.bodies.standing import standing_body
from autocompose.schema import Event, OnEvent, PosePair, View, caption_meaning

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

_BAND = (0.07, 0.36)  # m: a little wider than the pairs of datasets
_AMONG = 500  # poses that a target is paired among
_BLOCK = 2000


@dataclass(frozen=True)
class MaterialPlan:
    """How much there is of each.

    Args:
        bodies: made by exchanging limbs, beside the poses themselves.
        pairs: of bodies, each with a text in four views.
        alone: bodies with a text of their own.
        seed: of every draw.
    """

    bodies: int = 16_000
    pairs: int = 45_000
    alone: int = 40_000
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Material:
    """Bodies and texts.

    Args:
        joints: (M, 22, 3) float32 on the standard body; the last is `standing_body`.
        start, end: (T,) rows of ``joints``; a text of one body starts at the standing one.
        alone: (T,) whether the text is of one body.
        texts: T.
        pictures: (T, 2) rows of pictures that show start and end, -1 where none does.
        typed: (T,) whether people type such a text; the model reads it and never writes it.
    """

    joints: NDArray[np.float32]
    start: Rows
    end: Rows
    alone: NDArray[np.bool_]
    texts: tuple[str, ...]
    pictures: Rows
    typed: NDArray[np.bool_]


def rule_material(
    bodies: Floats, plan: MaterialPlan, *, on_event: OnEvent | None = None
) -> Material:
    """Pairs and single bodies with texts by rules.

    Args:
        bodies: (N, 22, 3) metres.
        plan: how much.
        on_event: called with progress.

    Raises:
        TrainingError: no two bodies are near enough to be a pair.
    """
    tell = on_event or (lambda event: None)
    rng = np.random.default_rng([plan.seed, 21])
    own = on_standard_body(np.asarray(bodies, dtype=np.float64))
    joints = np.concatenate([own, mirror(own), standing_body()[None]])
    count, standing = len(own), 2 * len(own)
    rows: list[tuple[int, int, bool, str]] = []
    pairs = near_pairs(joints[:standing], plan.pairs, rng)
    for first in range(0, len(pairs), _BLOCK):
        block = pairs[first : first + _BLOCK]
        reference, target = block.T
        written = sample_views(
            joints[reference], joints[target], bank=PhrasingBank.TRAIN, seed=plan.seed + first
        )
        for view in View:
            a, b = view.order(reference, target)
            if view.mirrors:
                a, b = (np.where(r < count, r + count, r - count) for r in (a, b))
            rows += [
                (int(x), int(y), False, texts[0])
                for x, y, texts in zip(a, b, written[view], strict=True)
                if texts
            ]
        tell(Event("writing texts", min(first + _BLOCK, len(pairs)), len(pairs)))
    chosen = rng.permutation(standing)[: plan.alone]
    for first in range(0, len(chosen), _BLOCK):
        block = chosen[first : first + _BLOCK]
        start = np.repeat(joints[standing:], len(block), axis=0)
        texts = sample_phrasings(
            start, joints[block], bank=PhrasingBank.TRAIN, seed=plan.seed + 7 + first
        )
        rows += [(standing, int(r), True, t[0]) for r, t in zip(block, texts, strict=True) if t]
        tell(Event("writing texts", min(first + _BLOCK, len(chosen)), len(chosen)))
    return _material(joints, rows)


def near_pairs(joints: Floats, count: int, rng: np.random.Generator) -> Rows:
    """(P, 2) rows of bodies that are alike, but not too much; each body is as often the target.

    Args:
        joints: (M, 22, 3).
        count: P at most.
        rng: what draws.

    Raises:
        TrainingError: there is no such pair.
    """
    each = -(-count // max(len(joints), 1))
    found: list[Rows] = []
    targets = rng.permutation(len(joints))[: count if each == 1 else None]
    for target in targets:
        among = rng.integers(len(joints), size=_AMONG)
        distance = mean_joint_distance(joints[among], joints[target])
        near = np.unique(among[(distance > _BAND[0]) & (distance < _BAND[1])])
        picked = rng.permutation(near)[:each]
        found.append(np.stack([picked, np.full(len(picked), target)], axis=1))
    pairs = np.concatenate(found) if found else np.zeros((0, 2), dtype=np.int64)
    if not len(pairs):
        raise TrainingError(f"no two of {len(joints)} bodies are within {_BAND} m of each other")
    return rng.permutation(pairs)[:count].astype(np.int64)


def captioned_material(
    pairs: Sequence[PosePair], wishes: Sequence[ToldWish] = (), *, seed: int = 0
) -> tuple[Material, tuple[str, ...]]:
    """The captions of a dataset's pairs in all their views, wishes, and a text of each picture.

    Args:
        pairs: of the training split; those without joints are left out.
        wishes: about pictures of the split, likewise; one without a start is a text of one body.
        seed: of the texts by rules, one for each picture of the pairs.

    Returns:
        The texts with their bodies, and the names of the pictures that ``pictures`` counts; no
        picture belongs to a text of a flipped one.
    """
    known = [p for p in pairs if p.reference.joints is not None and p.target.joints is not None]
    wanted = [w for w in wishes if all(i is None or i.joints is not None for i in w.ends)]
    of_pairs = [image for pair in known for image in (pair.reference, pair.target)]
    of_wishes = [image for wish in wanted for image in wish.ends if image is not None]
    images = {image.id: image for image in [*of_pairs, *of_wishes]}
    if not images:
        return _material(standing_body()[None], []), ()
    described = len({image.id for image in of_pairs})
    names = {name: row for row, name in enumerate(images)}
    own = on_standard_body(np.array([Body.of_image(image).joints for image in images.values()]))
    count, alone = len(own), 2 * len(own)
    rows: list[tuple[int, int, bool, str]] = []
    pictures: list[tuple[int, int]] = []
    for pair in known:
        ends = names[pair.reference.id], names[pair.target.id]
        for key, texts in pair.texts.items():
            meaning = caption_meaning(key)
            if meaning is None:
                continue
            a, b = meaning.view.order(*ends)
            shift = count if meaning.view.mirrors else 0
            for text in texts:
                if text.strip():
                    rows.append((a + shift, b + shift, False, text))
                    pictures.append((-1, -1) if shift else (a, b))
    standing = standing_body()[None]
    written = sample_phrasings(
        np.repeat(standing, described, axis=0),
        own[:described],
        bank=PhrasingBank.TRAIN,
        seed=seed + 3,
    )
    for row, texts in enumerate(written):
        if texts:
            rows.append((alone, row, True, texts[0]))
            pictures.append((-1, row))
    told = len(rows)
    for wish in wanted:
        for shift, texts in ((0, wish.texts), (count, wish.mirrored)):
            end = names[wish.target.id] + shift
            start = alone if wish.start is None else names[wish.start.id] + shift
            rows += [(start, end, wish.start is None, text) for text in texts if text.strip()]
    pictures += [(-1, -1)] * (len(rows) - told)
    joints_of_all = np.concatenate([own, mirror(own), standing])
    return _material(joints_of_all, rows, pictures, typed=len(rows) - told), tuple(names)


def joined(first: Material, second: Material) -> Material:
    """Both, the pictures of the second kept."""
    shift = len(first.joints) - 1
    standing = shift + len(second.joints) - 1

    def moved(rows: Rows) -> Rows:
        return np.where(rows == len(second.joints) - 1, standing, rows + shift)

    def kept(rows: Rows) -> Rows:
        return np.where(rows == shift, standing, rows)

    return Material(
        np.concatenate([first.joints[:-1], second.joints]),
        np.concatenate([kept(first.start), moved(second.start)]),
        np.concatenate([kept(first.end), moved(second.end)]),
        np.concatenate([first.alone, second.alone]),
        (*first.texts, *second.texts),
        np.concatenate([np.full_like(first.pictures, -1), second.pictures]),
        np.concatenate([first.typed, second.typed]),
    )


def _material(
    joints: Floats,
    rows: Sequence[tuple[int, int, bool, str]],
    pictures: Sequence[tuple[int, int]] | None = None,
    *,
    typed: int = 0,
) -> Material:
    """Material of rows, the last ``typed`` of which are texts that people type."""
    shown = [(-1, -1)] * len(rows) if pictures is None else pictures
    starts, ends, alone, texts = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Material(
        joints.astype(np.float32),
        np.array(starts, dtype=np.int64),
        np.array(ends, dtype=np.int64),
        np.array(alone, dtype=np.bool_),
        tuple(texts),
        np.array(shown, dtype=np.int64).reshape(-1, 2),
        np.arange(len(rows)) >= len(rows) - typed,
    )
