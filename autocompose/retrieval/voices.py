"""One ranking from several voices: the learnt score, the claims of the text, and what reads joints.

The learnt score comes in standard deviations over the gallery. To it comes the score of the claims,
like a log-likelihood, times a weight that depends on where the joints come from and on how sound
they look. A checkpoint whose image tower reads joints from pictures is asked about the known joints
too, and one that has a pose voice with that. Where no joints are known the learnt score decides
alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from autocompose.body.change import Bodies
from autocompose.config import RankingConfig
from autocompose.language.reader.claims import Claim
from autocompose.model.composed import ComposedModel
from autocompose.model.pose_mini import PoseEncoder, pose_encoder
from autocompose.model.pose_voice import PoseVoice
from autocompose.retrieval.gallery_bodies import ORIGINS, GalleryBodies
from autocompose.retrieval.joint_readers import EncoderReader, PoseVoiceReader
from autocompose.retrieval.joint_trust import belong_together, limb_difference
from autocompose.retrieval.shards.row_stack import RowStack
from autocompose.retrieval.short_wishes import asks_for
from autocompose.schema import JointsOrigin, PoseImage
from autocompose.tagger.claimed_change import ChangeKind
from autocompose.verify.findings import LIKELY
from autocompose.verify.joint_error import ESTIMATED, IMPORTED, READ, TRUE, JointError
from autocompose.verify.soft import ClaimScorer, RankingWeights, SoftBodies

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

WHOLE = 20_000
"""Galleries up to this size are judged whole; of larger ones the first of the learnt score."""
FIRST = 1_000
"""How many of a larger gallery are judged."""
_MEASURED = 30_000
"""Bodies that are measured for one gallery, draws from the error of their joints included."""
_DRAWS = 4
"""Pairs of draws from the error of estimated joints, where there is room."""
_DEAF_TO_NOT = 0.25
"""What the learnt score counts for beside a "not", which it does not hear: it finds what should not
be there."""
_UNDECIDED = 0.5
"""Probability of a claim of which the joints cannot tell."""
_BEHIND = 1e6
"""Puts what was not judged behind everything that was."""

ERRORS: dict[JointsOrigin, JointError] = {
    JointsOrigin.RENDERED: TRUE,
    JointsOrigin.IMPORTED: IMPORTED,
    JointsOrigin.ESTIMATED: ESTIMATED,
    JointsOrigin.READ: READ,
}
_RANKING_ERRORS = {**ERRORS, JointsOrigin.IMPORTED: TRUE}
"""An import's 2 cm change no ranking, and drawing from them would cost nine times the time."""


@dataclass(frozen=True, eq=False)
class Reference:
    """The body that a query starts from.

    Args:
        bodies: one row.
    """

    bodies: GalleryBodies

    @classmethod
    def of(cls, image: PoseImage | None) -> Reference | None:
        """The body of a picture; None where nothing is known of it."""
        if image is None or image.joints is None:
            return None
        return cls(GalleryBodies.of([image]))

    @property
    def origin(self) -> JointsOrigin:
        """Where its joints come from."""
        return ORIGINS[int(self.bodies.origins[0])]

    def measured(self) -> SoftBodies:
        """The body as the scorer wants it."""
        return _measured(self.bodies.stacked(np.array([0])), self.origin, draws=_DRAWS)


@dataclass(frozen=True, eq=False)
class _Group:
    """The pictures of a gallery whose joints are of one origin and have the same joints built."""

    rows: Rows
    origin: JointsOrigin
    sound: float
    """How sound the joints look, 0 to 1; a factor of every weight."""


class Voices:
    """Ranks one gallery by the learnt score and by what is known of bodies.

    Args:
        embeddings: (N, D) unit rows of the pictures.
        bodies: of the same pictures; None where nothing is known of any.
        config: the weights.
        pose_voice: of the checkpoint; None where it has none.
        encoder: of joints, into the space of the learnt score; None where the checkpoint reads
            pictures in another way.
    """

    def __init__(
        self,
        embeddings: NDArray[np.float32] | RowStack,
        bodies: GalleryBodies | None,
        config: RankingConfig | None = None,
        *,
        pose_voice: PoseVoice | None = None,
        encoder: PoseEncoder | None = None,
    ) -> None:
        """Find out which joints there are, and how far they can be trusted."""
        self._config = config or RankingConfig()
        readers = {
            "pose": None if pose_voice is None else PoseVoiceReader(pose_voice),
            "encoder": None if encoder is None else EncoderReader(encoder),
        }
        self._readers = {name: reader for name, reader in readers.items() if reader is not None}
        self.bodies = bodies = None if bodies is None else bodies.without_read()
        self.mixed_up = bodies is not None and not belong_together(embeddings, bodies)
        self._groups = () if bodies is None or self.mixed_up else tuple(self._grouped(bodies))
        self._measured: dict[int, SoftBodies] = {}
        self._embedded: dict[str, NDArray[np.float32]] = {}

    @classmethod
    def of(
        cls,
        model: ComposedModel,
        embeddings: NDArray[np.float32] | RowStack,
        bodies: GalleryBodies | None,
    ) -> Voices:
        """All voices of a checkpoint.

        Args:
            model: the checkpoint.
            embeddings: (N, D) unit rows of the pictures.
            bodies: of the same pictures; None where nothing is known of any.
        """
        return cls(
            embeddings,
            bodies,
            model.ranking,
            pose_voice=model.pose_voice,
            encoder=pose_encoder(model.towers.image_tower),
        )

    @property
    def can_judge(self) -> bool:
        """Whether bodies have a say at all."""
        return any(
            group.sound * self._weight(voice, group.origin) > 0
            for group in self._groups
            for voice in ("claims", *self._readers)
        )

    def _grouped(self, bodies: GalleryBodies) -> list[_Group]:
        groups = []
        for number, origin in enumerate(ORIGINS):
            rows = np.flatnonzero(bodies.origins == number)
            if not len(rows):
                continue
            # As numbers: sorting a million rows of 22 flags would take seconds.
            flags = np.packbits(bodies.built[rows], axis=1).astype(np.int64)
            kind = flags @ (1 << 8 * np.arange(flags.shape[1])[::-1])
            for one in np.unique(kind):
                members = rows[kind == one]
                some = members[:: -(-len(members) // WHOLE)]
                doubt = limb_difference(bodies.joints[some].astype(np.float64))
                sound = max(0.0, 1.0 - doubt / self._config.unfit_at)
                groups.append(_Group(members, origin, sound))
        return groups

    def _weight(self, voice: str, *origins: JointsOrigin) -> float:
        return min(float(getattr(self._config, f"{voice}_{origin.value}")) for origin in origins)

    def fused(
        self,
        learnt: Floats,
        claims: Sequence[Claim],
        reference: Reference | None,
        *,
        text: torch.Tensor | None = None,
        scaled: bool = False,
        weights: RankingWeights | None = None,
    ) -> Floats | None:
        """One score for every picture from all voices that can be heard.

        Args:
            learnt: (N,) cosines; minus infinity for pictures that are left out.
            claims: of the query's text.
            reference: the body that the query starts from.
            text: (D,) raw features of the text, for what reads joints.
            scaled: ``learnt`` counts as it stands, not in standard deviations.
            weights: of the claims among themselves; see `short_wishes.weights_for`.

        Returns:
            (N,) scores, larger is better; None where the learnt score decides alone.
        """
        speaks = any(map(asks_for, claims))
        heard = bool(self._readers) and text is not None
        ranked = np.flatnonzero(np.isfinite(learnt))
        if reference is None or not (speaks or heard) or not self.can_judge or len(ranked) < 2:
            return None
        deaf = any(asks_for(claim) and claim.change.negated for claim in claims)
        scores = np.full(len(learnt), -np.inf)
        given = learnt[ranked] if scaled else _standardised(learnt[ranked])
        share = _DEAF_TO_NOT if deaf else 1.0
        scores[ranked] = given * share
        judged = ranked
        if len(learnt) > WHOLE:
            judged = _first(learnt, ranked)
            behind = np.isfinite(scores)
            behind[judged] = False
            scores[behind] -= _BEHIND
        if speaks:
            scorer = ClaimScorer(reference.measured(), weights)
            self._add_claims(scores, claims, reference, judged=judged, scorer=scorer)
        if text is not None:
            for name in self._readers:
                self._add_read(name, scores, text, reference=reference, judged=judged, share=share)
        return scores

    def _add_claims(
        self,
        scores: Floats,
        claims: Sequence[Claim],
        reference: Reference,
        *,
        judged: Rows,
        scorer: ClaimScorer,
    ) -> None:
        for place, group in enumerate(self._groups):
            weight = group.sound * self._weight("claims", group.origin, reference.origin)
            whole = len(scores) <= WHOLE
            rows, measured = self._to_judge(place, judged, whole=whole)
            if weight <= 0 or not len(rows):
                continue
            found = np.nan_to_num(scorer.score(claims, measured).total)
            here = np.isfinite(scores[rows])
            scores[rows[here]] += weight * (found - found[here].mean())[here]

    def _add_read(
        self,
        name: str,
        scores: Floats,
        text: torch.Tensor,
        *,
        reference: Reference,
        judged: Rows,
        share: float,
    ) -> None:
        reader, bodies = self._readers[name], self.bodies
        assert bodies is not None, "groups are of bodies"
        query = reader.query(reference.bodies, text.float().cpu())
        rows = judged[bodies.known[judged]]
        likeness = self._embeddings_of(name, rows, whole=len(scores) <= WHOLE) @ query
        found = _standardised(likeness.astype(np.float64))
        for group in self._groups:
            weight = group.sound * self._weight(name, group.origin, reference.origin)
            members = np.isin(rows, group.rows, assume_unique=True)
            scores[rows[members]] += share * weight * found[members]

    def _embeddings_of(self, name: str, rows: Rows, *, whole: bool) -> NDArray[np.float32]:
        """Unit rows of bodies; those of a gallery that is judged whole are embedded once."""
        reader, bodies = self._readers[name], self.bodies
        assert bodies is not None, "groups are of bodies"
        if not whole:
            return reader.embedded(bodies, rows)
        if name not in self._embedded:
            known = np.flatnonzero(bodies.known)
            found = np.zeros((len(bodies), reader.width), np.float32)
            found[known] = reader.embedded(bodies, known)
            self._embedded[name] = found
        return self._embedded[name][rows]

    def is_there(self, claims: Sequence[Claim], reference: Reference) -> bool:
        """Whether some body of the gallery may do what a text asks for.

        None does where no body can hold a posture that it names, or where the best of them misses
        more of its claims than it meets. Of 1,230 validation texts whose target is in the gallery,
        0.2 % are said not to be there.

        Args:
            claims: of a text.
            reference: the body that the text changes.
        """
        asked = [claim for claim in claims if asks_for(claim)]
        if not asked or self.bodies is None or len(self.bodies) > WHOLE or not self._groups:
            return True
        if not self.bodies.given.all():
            return True  # pictures of unknown bodies may do it
        scorer = ClaimScorer(reference.measured())
        rows = np.arange(len(self.bodies))
        found = np.concatenate([
            scorer.score(asked, self._to_judge(place, rows, whole=True)[1]).probability
            for place in range(len(self._groups))
        ])  # fmt: skip
        postures = [i for i, c in enumerate(asked) if c.change.kind is ChangeKind.POSTURE]
        held = found[:, postures].max(0) >= _UNDECIDED
        return bool(held.all() and found.mean(1).max() >= _UNDECIDED)

    def meeting(self, claims: Sequence[Claim], reference: Reference) -> int:
        """How many pictures of the gallery show a body that meets every claim.

        Args:
            claims: of a text.
            reference: the body that the text changes.
        """
        scorer, count = ClaimScorer(reference.measured()), 0
        judged = np.arange(min(WHOLE, 0 if self.bodies is None else len(self.bodies)))
        for place in range(len(self._groups)):
            _, measured = self._to_judge(place, judged, whole=True)
            found = scorer.score(claims, measured).probability
            count += int((found >= LIKELY).all(1).sum())
        return count

    def _to_judge(self, place: int, judged: Rows, *, whole: bool) -> tuple[Rows, SoftBodies]:
        """The rows of a group that are judged, measured once if that is all of them."""
        group, bodies = self._groups[place], self.bodies
        assert bodies is not None, "groups are of bodies"
        if not whole:
            place_of = np.searchsorted(group.rows, judged).clip(max=len(group.rows) - 1)
            rows = judged[group.rows[place_of] == judged]
            return rows, _measured(bodies.stacked(rows), group.origin, draws=1)
        if place not in self._measured:
            room = (_MEASURED // max(len(group.rows), 1) - 1) // 2
            draws = int(np.clip(room, 0, _DRAWS))
            stacked = bodies.stacked(group.rows)
            self._measured[place] = _measured(stacked, group.origin, draws=draws)
        return group.rows, self._measured[place]


def _standardised(values: Floats) -> Floats:
    """In standard deviations from the mean."""
    return (values - values.mean()) / max(float(values.std()), 1e-6) if len(values) else values


def _first(learnt: Floats, ranked: Rows) -> Rows:
    """The rows of the first of some by their scores, rising; of equal ones the earlier."""
    if len(ranked) <= FIRST:
        return ranked
    values = learnt[ranked]
    last = np.partition(values, -FIRST)[-FIRST]
    above = ranked[values > last]
    return np.sort(np.concatenate([above, ranked[values == last][: FIRST - len(above)]]))


def _measured(bodies: Bodies, origin: JointsOrigin, *, draws: int) -> SoftBodies:
    error = _RANKING_ERRORS[origin] if draws else TRUE
    return SoftBodies.of(bodies, error=error, count=draws)
