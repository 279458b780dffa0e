"""The describer that needs joints instead of a multimodal model; its texts are ``Source.AUTO``."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from numpy.typing import ArrayLike

from autocompose.body.change import Bodies, Body, BodyChange
from autocompose.body.paircodes import Codes, Floats, transition_codes
from autocompose.errors import DescriptionError
from autocompose.language.writer.banks import PhrasingBank
from autocompose.language.writer.realise import write_parts, write_phrasings
from autocompose.language.writer.select import read_facts
from autocompose.schema import (
    PartDescription,
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
    "describe_views",
    "phrase_pairs",
    "sample_phrasings",
    "sample_views",
]

PROMPT_VERSION = "geometric-3"
"""Changes whenever the same joints may get other words; a synthesized dataset's card names it."""


@dataclass(frozen=True)
class GeometricText:
    """What changes part by part, and n whole phrasings; both empty when nothing changes."""

    parts: tuple[PartDescription, ...]
    phrasings: tuple[str, ...]


def describe_joints(
    reference: Body | ArrayLike,
    target: Body | ArrayLike,
    *,
    bank: PhrasingBank = PhrasingBank.TRAIN,
    n: int = 3,
    seed: int | str = 0,
) -> GeometricText:
    """Describe the change between two poses.

    Args:
        reference: a body, or its joints (22, 3) in metres. A turn of the whole body is described
            only when both headings are known. Built joints are not described.
        target: a body or its joints likewise.
        bank: whose sentence forms and words to use.
        n: phrasings, distinct where the change allows it.
        seed: the same seed gives the same texts.
    """
    return _write(_codes([BodyChange.of(reference, target)]), bank, seed, n=n)


def _codes(changes: Sequence[BodyChange]) -> Codes:
    return transition_codes(
        Bodies.stacked([change.reference for change in changes]),
        Bodies.stacked([change.target for change in changes]),
    )


def _write(codes: Codes, bank: PhrasingBank, seed: int | str, *, n: int) -> GeometricText:
    """The texts of the codes of one pair."""
    (facts,) = read_facts(codes)
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

    Args:
        pair: two images with joints.
        view: what is described: the pair as it is, exchanged, mirrored, or both.
        bank: which phrasings are drawn from: those of training, or new ones for evaluation.
        n: how many phrasings are written.
        seed: of the words that are drawn; the same one gives the same text.
        same_words: whether all views of a pair draw alike.

    Raises:
        DescriptionError: joints are missing, or nothing changes beyond the thresholds.
    """
    change = _change(pair).seen_as(view)
    drawn = _seed(seed, pair, View.FORWARD if same_words else view)
    text = describe_joints(change.reference, change.target, bank=bank, n=n, seed=drawn)
    return _description(pair, view, text)


def describe_views(
    pair: PosePair, *, bank: PhrasingBank = PhrasingBank.TRAIN, n: int = 3, seed: int = 0
) -> Mapping[View, TransitionDescription]:
    """Describe a pair in all four views in like words; the bodies are measured once.

    Each view reads as `describe_pair` with ``same_words`` gives it.

    Args:
        pair: two images with joints.
        bank: as in `describe_pair`.
        n: how many phrasings each view gets.
        seed: of the words that are drawn.

    Raises:
        DescriptionError: as `describe_pair`, whose reasons hold for all views or for none.
    """
    codes, drawn = _codes([_change(pair)]), _seed(seed, pair, View.FORWARD)
    return {
        view: _description(pair, view, _write(codes.seen_as(view), bank, drawn, n=n))
        for view in View
    }


def _change(pair: PosePair) -> BodyChange:
    images = (pair.reference, pair.target)
    bare = next((image.id for image in images if image.joints is None), None)
    if bare is not None:
        raise DescriptionError(
            f"{bare} has no joints and no multimodal model is configured: joints are known "
            "for dataset images; for an uploaded photo configure a model or import a skeleton"
        )
    return BodyChange.of_pair(pair)


def _description(pair: PosePair, view: View, text: GeometricText) -> TransitionDescription:
    if not text.phrasings:
        start, end = view.order(pair.reference.id, pair.target.id)
        raise DescriptionError(
            f"nothing changes between {start} and {end} beyond the thresholds of "
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


def _seed(seed: int, pair: PosePair, view: View) -> str:
    return f"{seed}/{pair.id}/{view.value}"


def sample_phrasings(
    reference: Bodies | Floats,
    target: Bodies | Floats,
    *,
    bank: PhrasingBank,
    seed: int,
    n: int = 1,
) -> list[list[str]]:
    """Write n texts for each of N pairs, fast: codes are computed once for all pairs.

    Args:
        reference: N bodies, or their joints (N, 22, 3) in metres.
        target: N bodies or their joints likewise.
        bank: whose sentence forms and words to use.
        seed: the same seed and pairs give the same texts.
        n: texts for each pair.

    Returns:
        N lists of n texts; an empty list where nothing changes.
    """
    codes = transition_codes(reference, target)
    rng = random.Random(f"{seed}")
    return [write_phrasings(facts, bank, rng, n=n) for facts in read_facts(codes)]


def phrase_pairs(
    pairs: Sequence[PosePair],
    *,
    view: View = View.FORWARD,
    bank: PhrasingBank = PhrasingBank.TRAIN,
    n: int = 3,
    seed: int = 0,
    neutral: bool = False,
) -> list[tuple[str, ...]]:
    """The phrasings that `describe_pair` gives each pair, for many pairs at once.

    Args:
        pairs: all images with joints.
        view: of every pair.
        bank: as in `describe_pair`.
        n: how many phrasings each pair gets.
        seed: of the words that are drawn.
        neutral: nobody is called he or she; otherwise texts draw among all pronouns.

    Returns:
        One tuple for each pair; empty where nothing changes.

    Raises:
        DescriptionError: an image has no joints.
    """
    if not pairs:
        return []
    codes = _codes([_change(pair).seen_as(view) for pair in pairs])
    return [
        tuple(
            write_phrasings(
                facts, bank, random.Random(_seed(seed, pair, view)), n=n, neutral=neutral
            )
        )
        for pair, facts in zip(pairs, read_facts(codes), strict=True)
    ]


def sample_views(
    reference: Bodies | Floats,
    target: Bodies | Floats,
    *,
    bank: PhrasingBank,
    seed: int,
    n: int = 1,
) -> dict[View, list[list[str]]]:
    """Write n texts in all four views for each of N pairs; the joints are measured once.

    Codes are exactly symmetric, so those of a view follow from those of the forward view.

    Args:
        reference: see `sample_phrasings`, as all others.
        target: N bodies or their joints likewise.
        bank: whose sentence forms and words to use.
        seed: the same seed and pairs give the same texts.
        n: texts for each pair and view.
    """
    codes = transition_codes(reference, target)
    texts: dict[View, list[list[str]]] = {}
    for view in View:
        rng = random.Random(f"{seed}/{view.value}")
        facts = read_facts(codes.seen_as(view))
        texts[view] = [write_phrasings(one, bank, rng, n=n) for one in facts]
    return texts
