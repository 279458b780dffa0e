"""Which of several people a text means: each held against its claims, and the likeliest named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from autocompose.errors import DatasetError, TextError
from autocompose.lab.lm.lab_files import PoseLab
from autocompose.lab.people.picture_places import PicturePlace, picture_place
from autocompose.lab.wishes.asking import wished_poses
from autocompose.language.reader.claims import Claim
from autocompose.model.composed import ComposedModel
from autocompose.model.pose_voice import body_numbers
from autocompose.query_reading import HitClaim
from autocompose.retrieval.claim_words import read_as
from autocompose.retrieval.encode import encode_texts
from autocompose.retrieval.gallery_bodies import GalleryBodies
from autocompose.retrieval.mirrored import standing_reference
from autocompose.retrieval.query_words import not_understood, says_nothing
from autocompose.retrieval.reasons import reasons
from autocompose.retrieval.short_wishes import asks_for
from autocompose.retrieval.voices import ERRORS, Reference
from autocompose.schema import JointsOrigin, PoseImage
from autocompose.verify.findings import UNLIKELY
from autocompose.verify.soft import ClaimScorer, RankingWeights, SoftBodies, ranking_claims

Floats = NDArray[np.float64]

MOST_PEOPLE = 12
"""People that one text is asked about at most."""
MAX_TEXT = 400
"""Letters of a text; it should have fewer than 30 words."""
_DRAWS = 8
"""Pairs of draws from the error of estimated joints."""


_CLAIMS = RankingWeights(doubt=0.05, extent=0.0, unasked=0.0)


@dataclass(frozen=True)
class WhichRules:
    """How people are compared; chosen on the demo's validation split.

    Args:
        claims: how the claims of a text become its score.
        voice: weight of the cosine of the pose voice.
        model: weight of the pose language model's log-likelihood.
        claims_estimated, voice_estimated: factors of both where joints are estimated.
        absent: the probability of the best person's least likely claim up to which nobody does
            that; it is the one up to which a claim counts as contradicted everywhere.
        tie: two people are too alike to choose where the second is likelier than this share of
            the first.
    """

    claims: RankingWeights = _CLAIMS
    voice: float = 2.0
    model: float = 0.1
    claims_estimated: float = 0.65
    voice_estimated: float = 0.75
    absent: float = UNLIKELY
    tie: float = 0.8


@dataclass(frozen=True)
class PersonFit:
    """How well a text fits one person.

    Args:
        number: from 1, in the order that the people were given, left to right in a picture.
        name: of the picture or body.
        probability: that this one is meant, of all that may be; 0 where the place rules them out.
        met: mean probability of the text's claims; 0.5 where it has none.
        least: probability of the least likely of them, likewise.
        claims: each held against the body.
    """

    number: int
    name: str
    probability: float
    met: float
    least: float
    claims: tuple[HitClaim, ...]


@dataclass(frozen=True)
class WhichPerson:
    """Whom a text means.

    Args:
        chosen: the number of the person; None where nobody does that.
        tied: the numbers of those who fit as well as the chosen one, that one among them; empty
            where one fits best.
        people: in the order given.
        read_as: the claims of the text in words.
        place: the words that name a place in the picture; empty where there are none.
        not_understood: words that are part of nothing that was read.
        note: one line for the reader where nobody, or more than one, does that; else empty.
    """

    chosen: int | None
    tied: tuple[int, ...]
    people: tuple[PersonFit, ...]
    read_as: tuple[str, ...]
    place: str
    not_understood: tuple[str, ...]
    note: str


def which_person(
    people: Sequence[PoseImage],
    text: str,
    *,
    checkpoint: ComposedModel | None = None,
    lab: PoseLab | None = None,
    rules: WhichRules = WhichRules(),
) -> WhichPerson:
    """Which of several people a text means.

    Args:
        people: with joints, left to right as the picture shows them.
        text: what tells one of them from the others: how they are posed (left and right are the
            subject's), and where they stand in the picture ("the one on the left").
        checkpoint: whose pose voice is heard, where it has one.
        lab: the pose language model, whose likelihood is heard.
        rules: how all that is weighed.

    Raises:
        TextError: the text is empty, very long, or says nothing about a pose or a place.
        DatasetError: there are no people, too many, or no joints of one.
    """
    _check(people, text)
    place = picture_place(text, len(people))
    said = text if place is None else place.rest
    claims = [claim for claim in ranking_claims(said) if asks_for(claim)]
    if place is None and says_nothing(said, claims):
        raise TextError(
            f'nothing in "{text.strip()}" says how somebody is posed; say what sets one of them'
            ' apart, for example "the one with the arms crossed"'
        )
    speaks = not says_nothing(said, claims)
    bodies = GalleryBodies.of(people)
    start = standing_reference()
    scores, claimed = _claims_heard(claims, bodies, start, rules=rules)
    if speaks:
        scores = scores + _learnt(said, bodies, start, checkpoint=checkpoint, lab=lab, rules=rules)
    allowed = np.ones(len(people), bool)
    if place is not None:
        allowed = np.isin(np.arange(len(people)), place.rows)
    likely = _likely(scores, allowed)
    found = reasons(claims, start, bodies, rows=range(len(people)))
    fits = tuple(
        PersonFit(row + 1, image.id, float(likely[row]), *_met(claimed[row]), found.get(row, ()))
        for row, image in enumerate(people)
    )
    chosen, tied, note = _decided(fits, allowed, claims=claims, place=place, rules=rules)
    return WhichPerson(
        chosen,
        tied,
        fits,
        read_as(tuple(claims)),
        "" if place is None else place.words,
        not_understood(said, claims),
        note,
    )


def _check(people: Sequence[PoseImage], text: str) -> None:
    if not text.strip():
        raise TextError('the text is empty; say who is meant, as in "the one who sits"')
    if len(text) > MAX_TEXT:
        raise TextError(f"the text has {len(text)} letters; at most {MAX_TEXT} tell one person")
    if not 1 <= len(people) <= MOST_PEOPLE:
        raise DatasetError(
            f"there are {len(people)} people to choose from; give 1 to {MOST_PEOPLE}"
        )
    for image in people:
        if image.joints is None:
            raise DatasetError(f'"{image.id}" has no joints; estimate them, or leave it out')


def _claims_heard(
    claims: Sequence[Claim], bodies: GalleryBodies, start: Reference, *, rules: WhichRules
) -> tuple[Floats, Floats]:
    """(N,) score of the claims, and (N, C) their probabilities."""
    scores, likely = np.zeros(len(bodies)), np.full((len(bodies), len(claims)), 0.5)
    if not claims:
        return scores, likely
    scorer = ClaimScorer(start.measured(), rules.claims)
    for rows in _alike(bodies):
        origin = bodies.origin(int(rows[0]))
        assert origin is not None, "joints are there"
        measured = SoftBodies.of(bodies.stacked(rows), error=ERRORS[origin], count=_DRAWS)
        found = scorer.score(claims, measured)
        scores[rows] = np.nan_to_num(found.total)
        likely[rows] = found.probability
    guessed = _guessed(bodies)
    return scores * np.where(guessed, rules.claims_estimated, 1.0), likely


def _met(likely: Floats) -> tuple[float, float]:
    """Mean and least of the probabilities of claims."""
    return (float(likely.mean()), float(likely.min())) if len(likely) else (0.5, 0.5)


def _alike(bodies: GalleryBodies) -> list[NDArray[np.intp]]:
    """Rows of bodies that can be measured together: of one origin, with the same joints built."""
    groups: dict[tuple[object, bytes], list[int]] = {}
    for row in range(len(bodies)):
        groups.setdefault((bodies.origin(row), bodies.built[row].tobytes()), []).append(row)
    return [np.array(rows, dtype=np.intp) for rows in groups.values()]


def _learnt(
    text: str,
    bodies: GalleryBodies,
    start: Reference,
    *,
    checkpoint: ComposedModel | None,
    lab: PoseLab | None,
    rules: WhichRules,
) -> Floats:
    """(N,) what the pose voice and the pose model say, where they are there."""
    scores = np.zeros(len(bodies))
    voice = None if checkpoint is None else checkpoint.pose_voice
    if checkpoint is not None and voice is not None:
        words = encode_texts(checkpoint, [text])
        with torch.inference_mode():
            begun = voice.bodies(torch.from_numpy(_numbers(start.bodies, 0)))
            query = voice.queries(begun, words.float())[0]
            seen = [
                voice.bodies(torch.from_numpy(_numbers(bodies, row)))[0]
                for row in range(len(bodies))
            ]
            cosines = (torch.stack(seen) @ query).numpy().astype(np.float64)
        factor = np.where(_guessed(bodies), rules.voice_estimated, 1.0)
        scores += rules.voice * factor * cosines
    if lab is not None:
        rows = np.arange(len(bodies))
        scores += rules.model * wished_poses(lab, [text]).scores(bodies.stacked(rows).joints)[0]
    return scores


def _numbers(bodies: GalleryBodies, row: int) -> NDArray[np.float32]:
    guessed = bodies.origin(row) is JointsOrigin.ESTIMATED
    return body_numbers(bodies.stacked(np.array([row])), estimated=guessed)


def _guessed(bodies: GalleryBodies) -> NDArray[np.bool_]:
    return np.array([bodies.origin(row) is JointsOrigin.ESTIMATED for row in range(len(bodies))])


def _likely(scores: Floats, allowed: NDArray[np.bool_]) -> Floats:
    """(N,) probabilities of those who may be meant."""
    if not allowed.any():
        return np.zeros(len(scores))
    shifted = np.where(allowed, scores - scores[allowed].max(), -np.inf)
    shares = np.exp(shifted)
    return shares / shares.sum()


def _decided(
    fits: Sequence[PersonFit],
    allowed: NDArray[np.bool_],
    *,
    claims: Sequence[Claim],
    place: PicturePlace | None,
    rules: WhichRules,
) -> tuple[int | None, tuple[int, ...], str]:
    """The chosen number, those who tie with it, and a line where it needs one."""
    if not allowed.any():
        words = "" if place is None else place.words
        return None, (), f'there is nobody "{words}" among {len(fits)} people'
    best = max((fit for fit in fits if allowed[fit.number - 1]), key=lambda fit: fit.probability)
    if claims and best.least <= rules.absent:
        where = f" {place.words}" if place is not None else ""
        return None, (), f"nobody{where} does that; number {best.number} comes nearest"
    tied = tuple(
        fit.number
        for fit in fits
        if allowed[fit.number - 1] and fit.probability >= rules.tie * best.probability
    )
    if len(tied) > 1:
        numbers = " and ".join(map(str, tied))
        return best.number, tied, f"numbers {numbers} fit equally well; say more of the one meant"
    return best.number, (), ""
