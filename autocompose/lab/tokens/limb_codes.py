"""The pose tokenizer: each limb by itself, in residual levels.

The trunk (with head, shoulders and hips) is coded first, in the body's own axes. Each arm is coded
in the axes of the chest, each leg in those of the pelvis, *as they were decoded*, so that an error
of the trunk is not passed on to the limbs. A code book holds places of joints relative to the joint
that the limb hangs from, on the standard body; each level codes what the levels before left over.
Both arms share one book, and both legs: the right one is read in the mirror.

Source: residual vector quantisation, e.g. Zeghidour et al., SoundStream (2021); k-means as usual.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autocompose.body.directions import (
    BONE_INDEX,
    STANDARD_LENGTHS,
    BoneVectors,
    on_standard_body,
)
from autocompose.body.skeleton import INDEX, canonical, mirror
from autocompose.errors import DatasetError
from autocompose.lab.bodies.recombine import LIMB_BONES, chest_frames, pelvis_frames
from autocompose.schema import Event, OnEvent

Floats = NDArray[np.float64]
Books = NDArray[np.float32]
Codes = NDArray[np.int64]

LIMBS: tuple[str, ...] = ("trunk", "left arm", "right arm", "left leg", "right leg")
"""Order of the limbs in every array of codes."""
KINDS = ("trunk", "arm", "leg")

_HIPS = tuple(BONE_INDEX[f"{side}_hip"] for side in ("left", "right"))
CODED_BONES: dict[str, tuple[int, ...]] = {
    "trunk": (*LIMB_BONES["trunk"], *_HIPS),
    "left arm": LIMB_BONES["left arm"],
    "right arm": LIMB_BONES["right arm"],
    "left leg": LIMB_BONES["left leg"][1:],
    "right leg": LIMB_BONES["right leg"][1:],
}
"""Limb -> the rows of `autocompose.body.skeleton.BONES` that its codes tell."""
_TRUNK_JOINTS = [
    INDEX[name]
    for name in ("spine", "chest", "neck", "head", "nose", "left_shoulder", "right_shoulder",
                 "left_hip", "right_hip")
]  # fmt: skip
# Limbs hang from shoulders and hips: what they are off by, the whole limb is off by.
_TRUNK_WEIGHTS = np.array([1, 1, 1.5, 1, 2, 2, 2, 2, 2], dtype=np.float64)[:, None]
_ITERATIONS = 12


@dataclass(frozen=True)
class CodeSettings:
    """The size of the tokenizer.

    Args:
        levels: codes of each limb.
        codes: entries of each book.
        seed: of the books' first entries.
    """

    levels: int = 4
    codes: int = 256
    seed: int = 0


@dataclass(frozen=True, eq=False)
class LimbCodes:
    """The tokenizer.

    Args:
        books: ``trunk``, ``arm``, ``leg`` -> (levels, codes, numbers of that limb).
    """

    books: Mapping[str, Books]

    @property
    def levels(self) -> int:
        """Codes of each limb."""
        return self.books["trunk"].shape[0]

    @property
    def size(self) -> int:
        """Entries of each book."""
        return self.books["trunk"].shape[1]

    def encode(self, joints: Floats) -> Codes:
        """Codes (N, 5, levels) of bodies (N, 22, 3), in the order of `LIMBS`.

        Args:
            joints: metres, of any size, place and heading.
        """
        body = on_standard_body(np.asarray(joints, dtype=np.float64))
        numbers = _trunk_numbers(body)
        found = [self._nearest("trunk", numbers)]
        trunk = self._sum("trunk", found[0])
        ways = _trunk_directions(trunk)
        own = BoneVectors.of(body).directions
        for limb in LIMBS[1:]:
            offsets = _limb_offsets(own, ways, limb)
            found.append(self._nearest(limb.split()[1], offsets))
        return np.stack(found, axis=1)

    def directions(self, codes: Codes) -> Floats:
        """Bone directions (N, 21, 3) of codes (N, 5, levels); not canonical to the last digit."""
        ways = _trunk_directions(self._sum("trunk", codes[:, 0]))
        trunk = ways.copy()
        for column, limb in enumerate(LIMBS[1:], start=1):
            offsets = self._sum(limb.split()[1], codes[:, column])
            _put_limb(ways, trunk, limb, offsets=offsets)
        return ways

    def decode(self, codes: Codes, lengths: Floats | None = None) -> Floats:
        """Bodies (N, 22, 3), canonical, metres.

        Args:
            codes: (N, 5, levels).
            lengths: of the bones, (21,) or (N, 21) metres; the standard body's where None.
        """
        sizes = STANDARD_LENGTHS if lengths is None else lengths
        ways = self.directions(codes)
        joints = BoneVectors(ways, np.broadcast_to(sizes, ways.shape[:2])).joints()
        return canonical(joints)

    def _sum(self, kind: str, codes: Codes) -> Floats:
        book = self.books[kind]
        return np.sum([book[level][codes[:, level]] for level in range(self.levels)], axis=0)

    def _nearest(self, kind: str, numbers: Floats) -> Codes:
        left = numbers.astype(np.float32)
        found = []
        for book in self.books[kind]:
            rows = _closest(left, book)
            left = left - book[rows]
            found.append(rows)
        return np.stack(found, axis=1)


def fit_limb_codes(
    poses: Floats, settings: CodeSettings | None = None, *, on_event: OnEvent | None = None
) -> LimbCodes:
    """Make the books from bodies and their mirror twins, by k-means level after level.

    Args:
        poses: (N, 22, 3) metres.
        settings: the tokenizer's size.
        on_event: called after each limb.

    Raises:
        DatasetError: fewer bodies than a book has entries.
    """
    settings = settings or CodeSettings()
    if len(poses) < settings.codes:
        raise DatasetError(f"{len(poses)} poses; a book of {settings.codes} codes needs as many")
    body = on_standard_body(np.asarray(poses, dtype=np.float64))
    both = np.concatenate([body, mirror(body)])
    rng = np.random.default_rng([settings.seed, 5])
    books = {"trunk": _levels(_trunk_numbers(both), settings, rng)}
    tell = on_event or (lambda event: None)
    tell(Event("pose tokenizer", 1, len(KINDS)))
    trunk_only = LimbCodes({**books, "arm": books["trunk"], "leg": books["trunk"]})
    rows = trunk_only._nearest("trunk", _trunk_numbers(both))
    ways = _trunk_directions(trunk_only._sum("trunk", rows))
    own = BoneVectors.of(both).directions
    for done, kind in enumerate(KINDS[1:], start=2):
        # A right arm in the mirror is a left arm of the twin: one side of both sets is all.
        books[kind] = _levels(_limb_offsets(own, ways, f"left {kind}"), settings, rng)
        tell(Event("pose tokenizer", done, len(KINDS)))
    return LimbCodes(books)


def perplexity(codes: NDArray[np.integer], size: int) -> float:
    """How many entries of a book are used as often as if all were used alike."""
    share = np.bincount(codes.ravel(), minlength=size) / max(codes.size, 1)
    used = share[share > 0]
    return float(np.exp(-(used * np.log(used)).sum()))


def _levels(numbers: Floats, settings: CodeSettings, rng: np.random.Generator) -> Books:
    left = numbers.astype(np.float32)
    found = []
    for _ in range(settings.levels):
        book = _k_means(left, settings.codes, rng)
        left = left - book[_closest(left, book)]
        found.append(book)
    return np.stack(found)


def _k_means(numbers: Books, count: int, rng: np.random.Generator) -> Books:
    book = numbers[rng.choice(len(numbers), count, replace=False)].copy()
    for _ in range(_ITERATIONS):
        rows = _closest(numbers, book)
        sizes = np.bincount(rows, minlength=count)
        order = np.argsort(rows, kind="stable")
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        used = sizes > 0
        sums = np.add.reduceat(numbers[order], starts[used], axis=0)
        book[used] = sums / sizes[used][:, None]
        book[~used] = numbers[rng.integers(len(numbers), size=int((~used).sum()))]
    return book


def _closest(numbers: Books, book: Books) -> Codes:
    size = (book * book).sum(1)
    found = [
        np.argmin(size - 2 * (part @ book.T), axis=1)
        for part in np.array_split(numbers, max(1, len(numbers) // 20_000))
    ]
    return np.concatenate(found).astype(np.int64)


def _trunk_numbers(body: Floats) -> Floats:
    return (body[:, _TRUNK_JOINTS] * _TRUNK_WEIGHTS).reshape(len(body), -1)


def _trunk_directions(numbers: Floats) -> Floats:
    """(N, 21, 3) directions: those of the trunk, and up for the rest."""
    joints = np.zeros((len(numbers), len(INDEX), 3))
    joints[:, _TRUNK_JOINTS] = numbers.reshape(len(numbers), -1, 3) / _TRUNK_WEIGHTS
    ways = np.zeros((len(numbers), len(BONE_INDEX), 3))
    ways[..., 1] = 1
    rows = list(CODED_BONES["trunk"])
    ways[:, rows] = BoneVectors.of(joints).directions[:, rows]
    return ways


def _axes(trunk: Floats, limb: str) -> tuple[Floats, Floats]:
    """(N, 3, 3) axes that a limb is coded in, and the sign of its side along the first."""
    frames = chest_frames if limb.endswith("arm") else pelvis_frames
    joints = BoneVectors(trunk, np.broadcast_to(STANDARD_LENGTHS, trunk.shape[:2])).joints()
    sign = np.array([-1.0 if limb.startswith("right") else 1.0, 1.0, 1.0])
    return frames(joints), sign


def _limb_offsets(own: Floats, trunk: Floats, limb: str) -> Floats:
    """(N, 9) places of a limb's joints from where it hangs, in its axes, as a left limb."""
    rows = list(CODED_BONES[limb])
    axes, sign = _axes(trunk, limb)
    ways = np.einsum("nji,nkj->nki", axes, own[:, rows]) * sign
    return np.cumsum(ways * STANDARD_LENGTHS[rows][:, None], axis=1).reshape(len(own), -1)


def _put_limb(ways: Floats, trunk: Floats, limb: str, *, offsets: Floats) -> None:
    rows = list(CODED_BONES[limb])
    axes, sign = _axes(trunk, limb)
    places = offsets.reshape(len(offsets), -1, 3)
    steps = np.diff(np.concatenate([np.zeros_like(places[:, :1]), places], axis=1), axis=1)
    steps = steps / np.maximum(np.linalg.norm(steps, axis=-1, keepdims=True), 1e-9)
    ways[:, rows] = np.einsum("nij,nkj->nki", axes, steps * sign)
