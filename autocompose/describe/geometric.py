"""The describer that needs joints instead of a multimodal model; its texts are ``Source.AUTO``."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from autocompose.body.paircodes import Floats, transition_codes, without_built
from autocompose.body.skeleton import mirror, mirror_names
from autocompose.errors import DescriptionError
from autocompose.language.writer.banks import PhrasingBank
from autocompose.language.writer.realise import write_parts, write_phrasings
from autocompose.language.writer.select import read_facts
from autocompose.schema import (
    PartDescription,
    PoseImage,
    PosePair,
    Provenance,
    Source,
    TransitionDescription,
    View,
)

__all__ = [
    "PROMPT_VERSION",
    "GeometricText",
    "PhrasingBank",
    "describe_joints",
    "describe_pair",
    "phrase_pairs",
    "sample_phrasings",
    "sample_views",
]

PROMPT_VERSION = "geometric-3"
"""Changes whenever the same joints may get other words; a synthesized dataset's card names it."""

Floors = tuple[Floats | None, Floats | None]


@dataclass(frozen=True)
class GeometricText:
    """What changes part by part, and n whole phrasings; both empty when nothing changes."""

    parts: tuple[PartDescription, ...]
    phrasings: tuple[str, ...]


def describe_joints(
    reference: Floats,
    target: Floats,
    *,
    bank: PhrasingBank = PhrasingBank.TRAIN,
    n: int = 3,
    seed: int | str = 0,
    floors: tuple[float | None, float | None] = (None, None),
    headings: tuple[float | None, float | None] = (None, None),
    built: Collection[str] = (),
) -> GeometricText:
    """Describe the change between two poses.

    Args:
        reference: (22, 3) metres.
        target: (22, 3) metres.
        bank: whose sentence forms and words to use.
        n: phrasings, distinct where the change allows it.
        seed: the same seed gives the same texts.
        floors: floor heights relative to the pelvis of reference and target, metres.
        headings: where reference and target face, degrees (`PoseImage.heading`); a turn of the
            whole body is told only when both are known.
        built: joints that an importer built from their neighbours: what needs them is not told.
    """
    codes = transition_codes(
        np.asarray(reference)[None],
        np.asarray(target)[None],
        reference_floor=_one(floors[0]),
        target_floor=_one(floors[1]),
        reference_heading=_one(headings[0]),
        target_heading=_one(headings[1]),
    )
    facts = read_facts(without_built(codes, [built]))[0]
    rng = random.Random(f"{seed}")
    return GeometricText(write_parts(facts), tuple(write_phrasings(facts, bank, rng, n=n)))


def describe_pair(
    pair: PosePair,
    *,
    view: View = View.FORWARD,
    bank: PhrasingBank = PhrasingBank.TRAIN,
    n: int = 3,
    seed: int = 0,
    same_words: bool = False,
) -> TransitionDescription:
    """Describe a pair in one view. The view is applied to the joints, never to a text.

    Every pair and view draws its own words, so that a dataset of one seed has all forms; with
    ``same_words`` the views of a pair draw alike, to be compared side by side.

    Raises:
        DescriptionError: joints are missing, or nothing changes beyond the thresholds.
    """
    images = [pair.target, pair.reference] if view.swaps else [pair.reference, pair.target]
    poses = _poses(images, view)
    text = describe_joints(
        poses[0],
        poses[1],
        bank=bank,
        n=n,
        seed=_seed(seed, pair, View.FORWARD if same_words else view),
        floors=(images[0].floor_y, images[1].floor_y),
        headings=(_seen(images[0], view), _seen(images[1], view)),
        built=_built(images, view),
    )
    if not text.phrasings:
        raise DescriptionError(
            f"nothing changes between {images[0].id} and {images[1].id} beyond the thresholds of "
            "autocompose.body.paircodes.MEASURES; choose a pair whose poses differ more"
        )
    return TransitionDescription(
        pair_id=pair.id,
        view=view,
        source=Source.AUTO,
        parts=text.parts,
        phrasings=text.phrasings,
        provenance=Provenance(provider="geometric", prompt_version=PROMPT_VERSION),
    )


def _poses(images: Sequence[PoseImage], view: View) -> Floats:
    """(N, 22, 3) joints of the images as the view shows them."""
    bare = next((image.id for image in images if image.joints is None), None)
    if bare is not None:
        raise DescriptionError(
            f"{bare} has no joints and no multimodal model is configured: joints are known "
            "for dataset images; for an uploaded photo configure a model or import a skeleton"
        )
    joints = np.array([image.joints for image in images], dtype=np.float64)
    return mirror(joints) if view.mirrors else joints


def _seed(seed: int, pair: PosePair, view: View) -> str:
    return f"{seed}/{pair.id}/{view.value}"


def _one(value: float | None) -> Floats | None:
    return None if value is None else np.array([value])


def _seen(image: PoseImage, view: View) -> float | None:
    """The heading in a view: mirroring turns the other way."""
    return -image.heading if view.mirrors and image.heading is not None else image.heading


def _built(images: Sequence[PoseImage], view: View) -> frozenset[str]:
    """Joints that were built in either image, as the view names them."""
    names = frozenset(name for image in images for name in image.built)
    return mirror_names(names) if view.mirrors else names


def sample_phrasings(
    reference: Floats,
    target: Floats,
    *,
    bank: PhrasingBank,
    seed: int,
    n: int = 1,
    floors: Floors | None = None,
) -> list[list[str]]:
    """Write n texts for each of N pairs, fast: codes are computed once for all pairs.

    Args:
        reference: (N, 22, 3) metres.
        target: (N, 22, 3) metres.
        bank: whose sentence forms and words to use.
        seed: the same seed and pairs give the same texts.
        n: texts for each pair.
        floors: (N,) floor heights of references and targets, metres; each may be None.

    Returns:
        N lists of n texts; an empty list where nothing changes.
    """
    before, after = floors or (None, None)
    codes = transition_codes(reference, target, reference_floor=before, target_floor=after)
    rng = random.Random(f"{seed}")
    return [write_phrasings(facts, bank, rng, n=n) for facts in read_facts(codes)]


def phrase_pairs(
    pairs: Sequence[PosePair],
    *,
    view: View = View.FORWARD,
    bank: PhrasingBank = PhrasingBank.TRAIN,
    n: int = 3,
    seed: int = 0,
) -> list[tuple[str, ...]]:
    """The phrasings that `describe_pair` gives each pair, for many pairs at once.

    Returns:
        One tuple for each pair; empty where nothing changes.

    Raises:
        DescriptionError: an image has no joints.
    """
    if not pairs:
        return []
    ends = [[p.target if view.swaps else p.reference for p in pairs]]
    ends.append([p.reference if view.swaps else p.target for p in pairs])
    codes = transition_codes(
        *(_poses(images, view) for images in ends),
        reference_floor=_known([image.floor_y for image in ends[0]]),
        target_floor=_known([image.floor_y for image in ends[1]]),
        reference_heading=_known([_seen(image, view) for image in ends[0]]),
        target_heading=_known([_seen(image, view) for image in ends[1]]),
    )
    codes = without_built(codes, [_built(both, view) for both in zip(*ends, strict=True)])
    return [
        tuple(write_phrasings(facts, bank, random.Random(_seed(seed, pair, view)), n=n))
        for pair, facts in zip(pairs, read_facts(codes), strict=True)
    ]


def _known(values: Sequence[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def sample_views(
    reference: Floats,
    target: Floats,
    *,
    bank: PhrasingBank,
    seed: int,
    n: int = 1,
    floors: Floors | None = None,
) -> dict[View, list[list[str]]]:
    """Write n texts in all four views for each of N pairs; the joints are measured once.

    Codes are exactly symmetric, so those of a view follow from those of the forward view.

    Args:
        reference: see `sample_phrasings`, as all others.
        target: (N, 22, 3) metres.
        bank: whose sentence forms and words to use.
        seed: the same seed and pairs give the same texts.
        n: texts for each pair and view.
        floors: (N,) floor heights of references and targets.
    """
    before, after = floors or (None, None)
    codes = transition_codes(reference, target, reference_floor=before, target_floor=after)
    texts: dict[View, list[list[str]]] = {}
    for view in View:
        seen = codes.mirrored() if view.mirrors else codes
        seen = seen.reversed() if view.swaps else seen
        rng = random.Random(f"{seed}/{view.value}")
        texts[view] = [write_phrasings(facts, bank, rng, n=n) for facts in read_facts(seen)]
    return texts
