"""The records of failed queries: the cause, and the claims that tell target and hit apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any

from autocompose.evaluation.failures.asked_queries import AskedQuery, NearDuplicate
from autocompose.language.reader.claims import Outcome


class Cause(str, Enum):
    """Why a query fails, most certain first; the first one that holds is taken."""

    SIDES = "sides exchanged"
    """The text fits much better with left and right swapped."""
    JOINTS = "joints wrong"
    """The joints were estimated and are no two poses of one body."""
    CONTRADICTED = "text contradicted by the bodies"
    NOT_UNDERSTOOD = "words not understood"
    """Nothing is claimed, or the words are new to the model and others find the target."""
    SMALL = "small change"
    DUPLICATE = "near-duplicate target"
    """The hit is as good as the target, by the joints."""
    FITS_BOTH = "text fits both"
    """The bodies differ, and the text fits the hit as well as the target, or nearly."""
    MODEL = "model"
    """The text tells target and hit apart; the model does not."""
    NO_JOINTS = "no joints"
    """Without joints no other cause can be told."""


@dataclass(frozen=True)
class ClaimContrast:
    """One claim of a query held against its target and against what was found instead.

    Args:
        words: of the text.
        claim: part and change in words, ``left knee: bend``.
        on_target, on_found: whether the bodies bear it out.
        evidence, found_evidence: the numbers that say so.
    """

    words: str
    claim: str
    on_target: Outcome
    on_found: Outcome
    evidence: str
    found_evidence: str

    @property
    def tells_apart(self) -> bool:
        """Whether the target bears the claim out and the hit does not."""
        return self.on_target is Outcome.SUPPORTED and self.on_found is not Outcome.SUPPORTED


@dataclass(frozen=True)
class Failure:
    """A query whose target is not among the first hits.

    Args:
        id: of the query, as in `QueryOutcome`.
        rank: of the target, 1 is best.
        other_rank: the best rank of the target under another wording of the same pair, or None.
        found: the ids ranked first; the first one stands before the target.
        cause: see `Cause`.
        reason: the cause in one sentence, with its numbers.
        change_m: how far the joints of target and reference are apart on average, metres; None
            without joints.
        found_m: likewise of target and the first hit.
        claims: every claim of the text, in its order.
    """

    id: str
    reference: str
    target: str
    text: str
    rank: int
    other_rank: int | None
    found: tuple[str, ...]
    cause: Cause
    reason: str
    change_m: float | None
    found_m: float | None
    claims: tuple[ClaimContrast, ...]

    def to_json(self) -> dict[str, Any]:
        """The JSON object of ``autocompose failures --json``."""
        row = asdict(self)
        row["found"] = list(self.found)
        row["cause"] = self.cause.value
        row["claims"] = [
            {
                **asdict(claim),
                "on_target": claim.on_target.value,
                "on_found": claim.on_found.value,
                "tells_apart": claim.tells_apart,
            }
            for claim in self.claims
        ]
        return row


@dataclass(frozen=True)
class FailureReport:
    """The failures of a checkpoint on a split.

    Args:
        text_key: of the captions that were asked.
        beyond: targets after this rank are failures.
        recall: of all queries, percent.
        failures: by rank, the worst first.
        skipped: one line for each record or image that could not be used.
        joints: that the ranking used beside the pictures: ``none``, ``known`` or ``estimated``.
        fingerprint: of the model; empty where unknown.
        queries: every query, found or not, in the order of the captions.
        places: picture -> its place on the map.
        duplicates: pictures of the gallery that are all but the same.
        rules: `rules_fingerprint` of those that told the causes; empty where unknown.
    """

    checkpoint: str
    dataset: str
    split: str
    text_key: str
    num_queries: int
    num_gallery: int
    beyond: int
    recall: Mapping[str, float]
    failures: tuple[Failure, ...]
    skipped: tuple[str, ...] = ()
    joints: str = "none"
    fingerprint: str = ""
    queries: tuple[AskedQuery, ...] = field(default=(), repr=False)
    places: Mapping[str, tuple[float, float]] = field(default_factory=dict, repr=False)
    duplicates: tuple[NearDuplicate, ...] = field(default=(), repr=False)
    rules: str = ""

    @property
    def causes(self) -> dict[str, int]:
        """Cause -> how many failures have it, most frequent first."""
        counts = {cause: 0 for cause in Cause}
        for failure in self.failures:
            counts[failure.cause] += 1
        order = sorted(counts, key=lambda cause: -counts[cause])
        return {cause.value: counts[cause] for cause in order if counts[cause]}

    def to_json(self) -> dict[str, Any]:
        """The document of ``autocompose failures --json``."""
        return {
            "checkpoint": self.checkpoint,
            "dataset": self.dataset,
            "split": self.split,
            "text_key": self.text_key,
            "num_queries": self.num_queries,
            "num_gallery": self.num_gallery,
            "beyond": self.beyond,
            "recall": dict(self.recall),
            "causes": self.causes,
            "failures": [failure.to_json() for failure in self.failures],
            "skipped": list(self.skipped),
            "joints": self.joints,
            "fingerprint": self.fingerprint,
            "queries": [query.to_json() for query in self.queries],
            "places": {name: list(at) for name, at in self.places.items()},
            "duplicates": [asdict(pair) for pair in self.duplicates],
            "rules": self.rules,
        }
