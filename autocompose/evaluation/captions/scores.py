"""Score texts against reference texts, and against the bodies where joints are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from autocompose.body.change import BodyChange
from autocompose.errors import MissingExtraError, TextError
from autocompose.evaluation.captions.claim_scores import count_claims
from autocompose.evaluation.captions.mentions import moved_parts, shared_moves, shared_parts
from autocompose.evaluation.captions.text_metrics import bleu_4, cider, distinct, meteor, rouge_l
from autocompose.schema import BodyPart
from autocompose.verify.judge import PairJudge

METRICS = (
    "body_part_match", "direction_match", "claim_precision", "claim_recall", "bleu_4", "rouge_l",
    "meteor", "cider", "distinct_1", "distinct_2",
)  # fmt: skip

NO_JOINTS = "the joints of these pairs are not known; name them with --joints"


@dataclass(frozen=True, eq=False)
class ScoredPair:
    """The candidate texts of one pair, the references they are held against, and the bodies.

    Args:
        bodies: as the texts see them; None where joints are unknown.
    """

    texts: tuple[str, ...]
    references: tuple[str, ...]
    bodies: BodyChange | None = None


@dataclass(frozen=True)
class Scores:
    """Metric -> value, or why there is none; what a reader must know."""

    values: dict[str, float | None]
    skipped: dict[str, str]
    notes: tuple[str, ...]


def score_pairs(
    pairs: Sequence[ScoredPair],
    *,
    refused: Mapping[str, str] | None = None,
    on_metric: Callable[[str], None] | None = None,
) -> Scores:
    """Compute every metric that can be computed.

    Args:
        pairs: each with at least one text and one reference.
        refused: metrics to leave out -> why.
        on_metric: called with each metric before it starts.

    Raises:
        TextError: there is nothing to score.
    """
    if not pairs or not all(pair.texts and pair.references for pair in pairs):
        raise TextError("nothing to score: no pair has both a text and a reference text")
    texts = [text for pair in pairs for text in pair.texts]
    references = [pair.references for pair in pairs for _ in pair.texts]
    moved = [_moved(pair.bodies) for pair in pairs for _ in pair.texts]
    metrics: dict[str, Callable[[], float]] = {
        "body_part_match": lambda: _mean(map(shared_parts, texts, references, moved)),
        "direction_match": lambda: _mean(map(shared_moves, texts, references)),
        "bleu_4": lambda: bleu_4(texts, references),
        "rouge_l": lambda: rouge_l(texts, references),
        "meteor": lambda: meteor(texts, references),
        "cider": lambda: _cider(pairs),
        "distinct_1": lambda: distinct(texts, 1),
        "distinct_2": lambda: distinct(texts, 2),
    }
    values: dict[str, float | None] = dict.fromkeys(METRICS)
    skipped: dict[str, str] = dict(refused or {})
    for name, compute in metrics.items():
        if on_metric is not None:
            on_metric(name)
        if name in skipped:
            continue
        try:
            values[name] = compute()
        except (MissingExtraError, TextError) as error:
            skipped[name] = str(error)
    if on_metric is not None:
        on_metric("claims")
    claims, notes = _claims(pairs)
    values.update(claims)
    skipped.update({name: NO_JOINTS for name in ("claim_precision", "claim_recall")
                    if values[name] is None})  # fmt: skip
    unknown = sum(part is None for part in moved)
    if unknown:
        notes.append(
            f"body_part_match counts every part named in {unknown} of {len(texts)} texts, not only"
            " those that moved: their joints are not known"
        )
    return Scores(values, skipped, tuple(notes))


def _moved(bodies: BodyChange | None) -> frozenset[BodyPart] | None:
    return None if bodies is None else moved_parts(bodies.reference.joints, bodies.target.joints)


def _claims(pairs: Sequence[ScoredPair]) -> tuple[dict[str, float | None], list[str]]:
    """Claim precision and recall in percent over all texts whose bodies are known."""
    total: Counter[str] = Counter()
    for pair in pairs:
        if pair.bodies is not None:
            total += count_claims(pair.texts, PairJudge.of_change(pair.bodies))
    told = total["supported"] + total["contradicted"]
    found: dict[str, float | None] = {
        "claim_precision": 100.0 * total["supported"] / told if told else None,
        "claim_recall": 100.0 * total["covered"] / total["changed"] if total["changed"] else None,
    }
    notes = []
    if total:
        notes.append(
            f"claims: {total['supported']} supported, {total['contradicted']} contradicted,"
            f" {total['unknown']} unknown; {total['covered']} of {total['changed']} changed limbs"
            " are told of"
        )
    return found, notes


def _cider(pairs: Sequence[ScoredPair]) -> float:
    """CIDEr of the first texts, of the second ones, ...: a pair's references count once in each."""
    total, count = 0.0, 0
    for k in range(max(len(pair.texts) for pair in pairs)):
        group = [pair for pair in pairs if len(pair.texts) > k]
        value = cider([pair.texts[k] for pair in group], [pair.references for pair in group])
        total, count = total + value * len(group), count + len(group)
    return total / count


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return sum(listed) / len(listed)
