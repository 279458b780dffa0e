"""The describer that needs joints instead of a multimodal model; its texts are ``Source.AUTO``."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np

from autocompose.errors import DescriptionError
from autocompose.pose.facts import read_facts
from autocompose.pose.lexicon import PhrasingBank
from autocompose.pose.skeleton import mirror
from autocompose.pose.transitions import Floats, transition_codes
from autocompose.pose.wording import write_parts, write_phrasings
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
    "sample_phrasings",
]

PROMPT_VERSION = "geometric-2"
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
    seed: int = 0,
    floors: tuple[float | None, float | None] = (None, None),
    headings: tuple[float | None, float | None] = (None, None),
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
    """
    codes = transition_codes(
        np.asarray(reference)[None],
        np.asarray(target)[None],
        reference_floor=_one(floors[0]),
        target_floor=_one(floors[1]),
        reference_heading=_one(headings[0]),
        target_heading=_one(headings[1]),
    )
    facts = read_facts(codes)[0]
    rng = random.Random(f"{seed}")
    return GeometricText(write_parts(facts), tuple(write_phrasings(facts, bank, rng, n=n)))


def describe_pair(
    pair: PosePair,
    *,
    view: View = View.FORWARD,
    bank: PhrasingBank = PhrasingBank.TRAIN,
    n: int = 3,
    seed: int = 0,
) -> TransitionDescription:
    """Describe a pair in one view. The view is applied to the joints, never to a text.

    Raises:
        DescriptionError: joints are missing, or nothing changes beyond the thresholds.
    """
    images = [pair.target, pair.reference] if view.swaps else [pair.reference, pair.target]
    poses = []
    for image in images:
        if image.joints is None:
            raise DescriptionError(
                f"{image.id} has no joints and no multimodal model is configured: joints are known "
                "for dataset images; for an uploaded photo configure a model or import a skeleton"
            )
        joints = np.array(image.joints, dtype=np.float64)
        poses.append(mirror(joints) if view.mirrors else joints)
    text = describe_joints(
        poses[0],
        poses[1],
        bank=bank,
        n=n,
        seed=seed,
        floors=(images[0].floor_y, images[1].floor_y),
        headings=(_seen(images[0], view), _seen(images[1], view)),
    )
    if not text.phrasings:
        raise DescriptionError(
            f"nothing changes between {images[0].id} and {images[1].id} beyond the thresholds of "
            "autocompose.pose.transitions.MEASURES; choose a pair whose poses differ more"
        )
    return TransitionDescription(
        pair_id=pair.id,
        view=view,
        source=Source.AUTO,
        parts=text.parts,
        phrasings=text.phrasings,
        provenance=Provenance(provider="geometric", prompt_version=PROMPT_VERSION),
    )


def _one(value: float | None) -> Floats | None:
    return None if value is None else np.array([value])


def _seen(image: PoseImage, view: View) -> float | None:
    """The heading in a view: mirroring turns the other way."""
    return -image.heading if view.mirrors and image.heading is not None else image.heading


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
