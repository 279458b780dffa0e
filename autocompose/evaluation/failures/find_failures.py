"""Evaluate a checkpoint and explain the queries whose target is found too late."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from autocompose.body.change import Bodies, Body
from autocompose.body.skeleton import BONES, INDEX, mean_joint_distance
from autocompose.config import TrainConfig
from autocompose.data.triplets import Experiment
from autocompose.errors import ConfigError, DatasetError
from autocompose.evaluation.eval_report import EvalReport, QueryOutcome
from autocompose.evaluation.failures.asked_queries import AskedQuery, facets_of
from autocompose.evaluation.failures.causes import FITS_BETTER, QueryFacts, cause_of
from autocompose.evaluation.failures.failure_records import (
    ClaimContrast,
    Failure,
    FailureReport,
)
from autocompose.evaluation.failures.query_map import lay_out, near_duplicates
from autocompose.evaluation.failures.rules_version import rules_fingerprint
from autocompose.evaluation.metrics import recall_at
from autocompose.evaluation.protocol import TEXT_KEYS, embedded, evaluate
from autocompose.evaluation.queries import EvaluationDataset
from autocompose.language.reader.claims import Claim, ClaimVerdict
from autocompose.model.checkpoint import ComposedModel
from autocompose.retrieval.gallery import Gallery
from autocompose.retrieval.gallery_bodies import JointsOf
from autocompose.schema import (
    Event,
    JointsOrigin,
    OnEvent,
    PoseImage,
    PosePair,
    View,
    caption_view,
)
from autocompose.verify.joint_error import JointError
from autocompose.verify.judge import PairJudge
from autocompose.verify.soft import ClaimScorer, RankingWeights, SoftBodies, ranking_claims

FOUND = 5
"""How many ids of a ranking a failure keeps."""
_SEEN = JointError(across=0.04, depth=0.04)
"""How exactly somebody who looks at a picture tells where a joint is."""
_AS_TOLD = RankingWeights(unasked=0.0, wished=1.0)
"""What a text asks for counts, by how much and where to; what it leaves open does not."""

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_LIMBS = np.array(
    [(INDEX[a], INDEX[b]) for a, b in BONES if b.endswith(("elbow", "wrist", "knee", "ankle"))]
)


@dataclass(frozen=True)
class AskedSplit:
    """What a checkpoint is asked.

    Args:
        key: of the captions; None for the first of `TEXT_KEYS` that the split has.
        beyond: targets after this rank are failures; 0 explains every query.
        gallery: the split's images, already embedded by this model.
        joints: that the ranking uses beside the pictures, see `evaluate`.
    """

    dataset: EvaluationDataset
    split: str = "test"
    key: str | None = None
    beyond: int = 10
    gallery: Gallery | None = field(default=None, repr=False)
    joints: Literal["none", "known", "read"] | JointsOf = "none"

    @property
    def joints_name(self) -> str:
        """Where the joints come from: ``none``, ``known``, ``read`` or ``estimated``."""
        return "estimated" if callable(self.joints) else self.joints


@dataclass(frozen=True)
class _SomePairs:
    """A dataset of which only some pairs of each split are asked."""

    dataset: EvaluationDataset
    pairs: tuple[PosePair, ...]
    problems: tuple[Exception, ...] = ()

    @property
    def name(self) -> str:
        return self.dataset.name

    def content(self, split: str) -> _SomePairs:
        return self

    def gallery(self, split: str) -> Sequence[PoseImage]:
        return self.dataset.gallery(split)


def find_failures(
    model: ComposedModel,
    asked: AskedSplit,
    *,
    training_words: Collection[str] = (),
    checkpoint: str = "",
    on_event: OnEvent | None = None,
) -> FailureReport:
    """Evaluate a split and explain every query whose target comes after ``beyond``.

    Args:
        model: towers and composition.
        asked: dataset, split, caption key.
        training_words: words that the model has seen, see `words_of`; empty where unknown.
        checkpoint: how the report calls the model.
        on_event: called with progress.

    Raises:
        ConfigError: the texts under the key describe another view than the pair's own.
        DatasetError: no record of the split can be queried.
    """
    dataset, split = asked.dataset, asked.split
    pairs = dataset.content(split).pairs
    key = asked.key or _first_key(pairs, split)
    _check_view(key)
    if asked.gallery is None:
        asked = replace(asked, gallery=embedded(model, dataset, split, on_event=on_event))
    report = evaluate(
        model, dataset, split, text_keys=(key,), top=FOUND, phrasings=asked.joints == "none",
        gallery=asked.gallery, joints=asked.joints, checkpoint=checkpoint, on_event=on_event,
    )  # fmt: skip
    images = {image.id: image for image in dataset.gallery(split)}
    late = [o for o in _outcomes(report) if o.rank > asked.beyond]
    others = _other_ranks(model, asked, key, pairs=_pairs_of(late, pairs)) if late else {}
    failures: list[Failure] = []
    for done, outcome in enumerate(late, start=1):
        failures.append(
            explain(
                outcome, images, beyond=asked.beyond, training_words=training_words,
                other_rank=_best_other(outcome, others),
            )
        )  # fmt: skip
        if on_event is not None:
            on_event(Event("explain", done, len(late)))
    failures.sort(key=lambda failure: (-failure.rank, failure.id))
    return _report(report, asked, failures, key=key, images=images, fingerprint=model.fingerprint)


def _outcomes(report: EvalReport) -> tuple[QueryOutcome, ...]:
    """Those with joints where joints were asked for."""
    return report.outcomes_with_joints or report.outcomes


def _pairs_of(outcomes: Sequence[QueryOutcome], pairs: Sequence[PosePair]) -> tuple[PosePair, ...]:
    wanted = {(outcome.reference, outcome.target) for outcome in outcomes}
    return tuple(pair for pair in pairs if (pair.reference.id, pair.target.id) in wanted)


def explain(
    outcome: QueryOutcome,
    images: Mapping[str, PoseImage],
    *,
    beyond: int,
    training_words: Collection[str] = (),
    other_rank: int | None = None,
) -> Failure:
    """The cause of one outcome.

    Args:
        outcome: with the first ids of its ranking.
        images: id -> image, with joints where they are known.
        beyond: ranks after this one are failures.
        training_words: see `find_failures`.
        other_rank: see `Failure`.
    """
    reference, target = images[outcome.reference], images[outcome.target]
    found = _first_other(outcome, images)
    claims: tuple[ClaimContrast, ...] = ()
    swapped, margin, foremost = False, 0.0, ""
    if reference.joints and target.joints:
        on_target = PairJudge.of_images(reference, target).check(outcome.text)
        swapped = on_target.sides_swapped
        if found is not None and found.joints:
            on_found = PairJudge.of_images(reference, found).check(outcome.text)
            both = zip(on_target.claims, on_found.claims, strict=True)
            claims = tuple(_contrast(outcome.text, one, other) for one, other in both)
            named = any(claim.tells_apart for claim in claims)
            margin, foremost = _margin(
                outcome.text, reference, target=target, found=found, named=named
            )
    facts = QueryFacts(
        beyond=beyond,
        claims=claims,
        sides_swapped=swapped,
        change_m=_distance(reference, target),
        found_m=None if found is None else _distance(target, found),
        margin=margin,
        foremost=foremost,
        estimated=JointsOrigin.ESTIMATED in (reference.joints_origin, target.joints_origin),
        limb_ratio=_limb_ratio(reference, target),
        new_words=_new_words(outcome.text, training_words),
        other_rank=other_rank,
    )
    cause, reason = cause_of(facts)
    return Failure(
        outcome.id, outcome.reference, outcome.target, outcome.text, outcome.rank, other_rank,
        outcome.top, cause, reason, facts.change_m, facts.found_m, claims,
    )  # fmt: skip


def words_of(texts: Sequence[str]) -> frozenset[str]:
    """The words of some texts, in lower case."""
    return frozenset(word for text in texts for word in _WORD.findall(text.lower()))


def _first_key(pairs: Sequence[PosePair], split: str) -> str:
    for key in TEXT_KEYS:
        if any(pair.texts.get(key) for pair in pairs):
            return key
    raise DatasetError(
        f'split "{split}" has no texts under {", ".join(TEXT_KEYS)}; choose a caption key'
    )


def _check_view(key: str) -> None:
    if caption_view(key) is not View.FORWARD:
        raise ConfigError(
            f'"{key}" describes the pair as {caption_view(key).value}; failures are explained for'
            " texts of the forward view, such as sents, auto, mllm or search"
        )


def _other_ranks(
    model: ComposedModel, asked: AskedSplit, key: str, *, pairs: tuple[PosePair, ...]
) -> dict[tuple[str, str], int]:
    """Pair -> best rank of its target under the texts of other keys of the same view."""
    keys = {k for pair in pairs for k, texts in pair.texts.items() if any(map(str.strip, texts))}
    found: dict[tuple[str, str], int] = {}
    some = _SomePairs(asked.dataset, pairs)
    for other in sorted(k for k in keys - {key} if caption_view(k) is View.FORWARD):
        report = evaluate(
            model, some, asked.split, text_keys=(other,), gallery=asked.gallery,
            joints=asked.joints,
        )  # fmt: skip
        for outcome in _outcomes(report):
            pair = (outcome.reference, outcome.target)
            found[pair] = min(outcome.rank, found.get(pair, outcome.rank))
    return found


def _best_other(outcome: QueryOutcome, others: Mapping[tuple[str, str], int]) -> int | None:
    """The best rank of the target under any other text of the same pair."""
    ranks = [others[pair]] if (pair := (outcome.reference, outcome.target)) in others else []
    # The text itself is among its phrasings; one of them is it.
    phrasings = sorted(outcome.phrasing_ranks)
    if outcome.rank in phrasings:
        phrasings.remove(outcome.rank)
    return min([*ranks, *phrasings], default=None)


def _first_other(outcome: QueryOutcome, images: Mapping[str, PoseImage]) -> PoseImage | None:
    """The first hit that is not the target."""
    for name in outcome.top:
        if name != outcome.target:
            return images.get(name)
    return None


def _margin(
    text: str, reference: PoseImage, *, target: PoseImage, found: PoseImage, named: bool
) -> tuple[float, str]:
    """How much better a text fits one image than another, and the words that say most of it.

    The words take a scoring of every claim by itself and are left out where ``named`` says that a
    claim is named anyway.
    """
    claims = ranking_claims(text)
    if not claims:
        return 0.0, ""
    scorer = ClaimScorer(SoftBodies.of(Body.of_image(reference), error=_SEEN, count=6), _AS_TOLD)
    both = Bodies.stacked([Body.of_image(target), Body.of_image(found)])
    ends = SoftBodies.of(both, error=_SEEN, count=6)

    def gain(some: Sequence[Claim]) -> float:
        target_fits, found_fits = scorer.score(some, ends).total.tolist()
        return target_fits - found_fits

    margin = gain(claims)
    if named or margin <= FITS_BETTER:
        return margin, ""
    return margin, text[slice(*max(claims, key=lambda claim: gain([claim])).span)]


def _contrast(text: str, target: ClaimVerdict, found: ClaimVerdict) -> ClaimContrast:
    claim = target.claim
    return ClaimContrast(
        words=text[slice(*claim.span)],
        claim=f"{claim.label}: {claim.change}",
        on_target=target.outcome,
        on_found=found.outcome,
        evidence=target.evidence,
        found_evidence=found.evidence,
    )


def _distance(a: PoseImage, b: PoseImage) -> float | None:
    """Mean joint distance of two canonical poses, metres; None where one has no joints."""
    if not a.joints or not b.joints:
        return None
    return float(mean_joint_distance(np.array(a.joints), np.array(b.joints)))


def _limb_ratio(a: PoseImage, b: PoseImage) -> float:
    """How many times as long the most different limb is in one image as in the other, >= 1."""
    if not a.joints or not b.joints:
        return 1.0
    lengths = []
    for image in (a, b):
        joints = np.array(image.joints)
        limbs = joints[_LIMBS[:, 1]] - joints[_LIMBS[:, 0]]
        lengths.append(np.maximum(np.linalg.norm(limbs, axis=1), 1e-3))
    ratio = lengths[0] / lengths[1]
    return float(np.maximum(ratio, 1 / ratio).max())


def _new_words(text: str, training_words: Collection[str]) -> tuple[str, ...]:
    """Words of a text that training has not shown, in their order."""
    if not training_words:
        return ()
    found = dict.fromkeys(_WORD.findall(text.lower()))
    return tuple(w for w in found if w not in training_words)


def _report(
    report: EvalReport,
    asked: AskedSplit,
    failures: Sequence[Failure],
    *,
    key: str,
    images: Mapping[str, PoseImage],
    fingerprint: str,
) -> FailureReport:
    outcomes, gallery = _outcomes(report), asked.gallery
    places: dict[str, tuple[float, float]] = {}
    at: list[tuple[float, float] | None] = [None] * len(outcomes)
    if gallery is not None and len(gallery) and report.composed is not None:
        pictures, queries = lay_out(np.asarray(gallery.embeddings), report.composed)
        places = {
            name: (round(x, 4), round(y, 4))
            for name, (x, y) in zip(gallery.image_ids, pictures.tolist(), strict=True)
        }
        at = [(round(x, 4), round(y, 4)) for x, y in queries.tolist()]
    recall = recall_at(np.array([o.rank for o in outcomes]))
    return FailureReport(
        report.checkpoint, report.dataset, report.split, key, report.num_queries,
        report.num_gallery, asked.beyond, recall, tuple(failures), report.skipped,
        joints=asked.joints_name, fingerprint=fingerprint,
        queries=tuple(
            AskedQuery(o.id, o.reference, o.target, o.text, o.rank, facets_of(o, images), place)
            for o, place in zip(outcomes, at, strict=True)
        ),
        places=places,
        duplicates=() if gallery is None else near_duplicates(gallery, images),
        rules=rules_fingerprint(),
    )  # fmt: skip


def training_words(dataset: EvaluationDataset, train: TrainConfig | None) -> frozenset[str]:
    """The words of the texts that a model was trained on from scratch.

    Args:
        dataset: whose split ``train`` it learnt from.
        train: how the checkpoint was trained; None where unknown.

    Returns:
        Empty where the split is not there or the mode is unknown: then no word counts as new.
    """
    if train is None:
        return frozenset()
    try:
        pairs = dataset.content("train").pairs
    except DatasetError:
        return frozenset()
    mode = Experiment.parse(train.mode).mode
    return words_of([text for pair in pairs for text in mode.drawn_texts(pair, View.FORWARD)])
