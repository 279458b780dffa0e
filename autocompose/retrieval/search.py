"""Composed queries against a gallery: exact search, because it is as fast as reading the matrix."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from autocompose.data.preprocess import read_bounded
from autocompose.errors import ConfigError, GalleryError, TextError
from autocompose.language.reader.claims import Claim
from autocompose.model.checkpoint import ComposedModel
from autocompose.query_reading import QueryReading
from autocompose.retrieval.balance import Balance
from autocompose.retrieval.claim_words import read_as
from autocompose.retrieval.encode import compose_features, encode_texts
from autocompose.retrieval.gallery import Gallery, embed_image
from autocompose.retrieval.gallery_bodies import JointsOf
from autocompose.retrieval.query_words import NO_POSE, NOT_THERE, not_understood, says_nothing
from autocompose.retrieval.reasons import reasons
from autocompose.retrieval.searchers.exact import ExactSearch, products
from autocompose.retrieval.searchers.searcher import Searcher
from autocompose.retrieval.short_wishes import weights_for
from autocompose.retrieval.voices import FIRST, WHOLE, Reference, Voices
from autocompose.schema import ComposedQuery, Hit, PoseImage, RetrievalResult
from autocompose.verify.soft import ranking_claims

KEPT_REFERENCES = 16
"""References from outside the gallery whose features are kept."""
SAMPLE = 10_000
"""Pictures whose scores stand for those of the gallery where a searcher does not give them all."""


class ComposedRetriever:
    """Answers composed queries over one gallery.

    Args:
        model: a loaded checkpoint.
        gallery: embedded by that model.
        clock: seconds, monotonic; for the time a result reports.
        joints_of: tells the joints of a reference that is no image of the gallery.
        use_joints: let the claims of a text have their say where joints are known.
        searcher: finds the first pictures by the learnt score, which alone are then ranked; None
            looks at all of them.

    Raises:
        FingerprintError: the gallery was embedded by another model.
        GalleryError: the gallery is empty, or the searcher is of another one.
    """

    def __init__(
        self,
        model: ComposedModel,
        gallery: Gallery,
        *,
        clock: Callable[[], float] = time.perf_counter,
        joints_of: JointsOf | None = None,
        use_joints: bool = True,
        searcher: Searcher | None = None,
    ):
        """Check that model and gallery belong together."""
        if not len(gallery):
            raise GalleryError(f'the gallery "{gallery.name}" is empty; index some images')
        gallery.check_model(model)
        if searcher is not None and len(searcher) != len(gallery):
            raise GalleryError(
                f"the index searches {len(searcher)} pictures, the gallery has {len(gallery)}; "
                "build it again"
            )
        self.model = model.eval()
        self.gallery = gallery
        self._clock = clock
        bodies = gallery.bodies if use_joints else None
        self.voices = Voices(gallery.embeddings, bodies, model.ranking, pose_voice=model.pose_voice)
        self._balance = Balance(model, gallery, self.voices)
        self._joints_of = joints_of
        self._searcher = searcher
        self._sample: torch.Tensor | None = None
        if searcher is not None:  # what scores are like over the gallery, without reading all of it
            few = np.random.default_rng(0).permutation(len(gallery))[:SAMPLE]
            self._sample = torch.from_numpy(np.array(gallery.embeddings[np.sort(few)]))
        self._features: OrderedDict[str, torch.Tensor] = OrderedDict()
        self._lock = threading.Lock()

    def retrieve(
        self,
        query: ComposedQuery,
        k: int = 10,
        *,
        scene: float | None = None,
        only: Mapping[str, Sequence[str]] | None = None,
    ) -> RetrievalResult:
        """Rank the gallery for a reference image and a change in words.

        The reference itself leaves the ranking if it is a gallery image, as in the official
        protocol. Its stored feature is used then; any other file is read, upright.

        Args:
            query: reference, text, ids to leave out, and the id whose rank is asked for.
            k: how many hits, at most; a small gallery gives fewer.
            scene: 0 to 1: how far likeness of the whole picture (same place, same person) takes
                the place of the learnt score; None is `usual_scene`.
            only: rank only the pictures whose person, camera, clip or source is one of these.

        Raises:
            TextError: the text is empty.
            ImageError: the reference cannot be read.
            ConfigError: ``k`` is below 1, ``scene`` not from 0 to 1 (or not 0 with a searcher), or
                ``only`` names something that is not noted.
        """
        began = self._clock()
        _check_count(k)
        if scene is not None and not 0 <= scene <= 1:
            raise ConfigError(f"scene is {scene}; give a number from 0 to 1")
        if scene and self._searcher is not None:
            raise ConfigError("the scene is compared with every picture; leave out the index")
        text = query.text.strip()
        if not text:
            raise TextError(
                'the text is empty; write what should change, e.g. "raise the left arm"'
            )
        image_id = self.gallery.id_of(query.reference)
        if image_id is None:
            reference = self._embed(query.reference)
        else:
            reference = self.gallery.raw(self.gallery.row(image_id))
        features = encode_texts(self.model, [text])
        composed = compose_features(self.model, reference, features)
        asked = (image_id, *query.exclude) if image_id is not None else query.exclude
        excluded = tuple(dict.fromkeys(name for name in asked if name in self.gallery))
        scores = self._learnt(composed, self._allowed(excluded, only), k=k)
        claims = ranking_claims(text)
        start = self._start(query, image_id) if self.voices.can_judge else None
        from_ = query.reference if image_id is None else self.gallery.row(image_id)
        base = self._base(scores, composed, reference, from_=from_, scene=scene)
        fused = self.voices.fused(
            base.numpy().astype(np.float64), claims, start,
            text=features[0], scaled=True, weights=weights_for(text, claims),
        )  # fmt: skip
        order = base if fused is None else torch.from_numpy(fused)
        known = query.target in self.gallery
        return RetrievalResult(
            query=query,
            hits=self._reasoned(_best(order, self.gallery, k, shown=scores), claims, start),
            excluded=excluded,
            seconds=self._clock() - began,
            truncated=self.model.towers.truncated_words(text),
            target_rank=rank_of(order, self.gallery.row(query.target)) if known else 0,
            reading=self._reading(text, claims, start, judged=fused is not None),
        )

    def _base(
        self,
        learnt: torch.Tensor,
        composed: torch.Tensor,
        reference: torch.Tensor,
        *,
        from_: Path | int,
        scene: float | None,
    ) -> torch.Tensor:
        """The scores (N,) that bodies add to; see `Balance.base`."""

        def alike() -> torch.Tensor:
            (found,) = score(torch.nn.functional.normalize(reference.float()), self.gallery)
            return found.masked_fill(torch.isneginf(learnt), float("-inf"))

        if self._sample is None:
            return self._balance.base(learnt, alike, from_, scene=scene)
        like = self._sample @ composed[0]
        return self._balance.base(learnt, alike, from_, scene=0.0, sample=like)

    @property
    def usual_scene(self) -> float:
        """How far likeness of the scene counts where a query does not say.

        0 in the checkpoint's own world, 1 where its learnt score does not understand the gallery.
        """
        return self._balance.usual_scene

    def _allowed(
        self, excluded: Sequence[str], only: Mapping[str, Sequence[str]] | None
    ) -> NDArray[np.bool_]:
        """(N,) which pictures are ranked."""
        allowed = np.ones(len(self.gallery), dtype=bool)
        for field, wanted in (only or {}).items():
            if self.gallery.notes is None:
                raise ConfigError(
                    f'nothing is noted of the pictures of "{self.gallery.name}"; index them again '
                    "to filter them"
                )
            allowed &= self.gallery.notes.mask(field, wanted)
        allowed[[self.gallery.row(name) for name in excluded]] = False
        return allowed

    def _learnt(
        self, composed: torch.Tensor, allowed: NDArray[np.bool_], *, k: int
    ) -> torch.Tensor:
        """Cosines (N,) with a query (1, D); minus infinity for what is not ranked."""
        if self._searcher is None:
            (scores,) = score(composed, self.gallery)
            return scores.masked_fill(torch.from_numpy(~allowed), float("-inf"))
        found = self._searcher.search(composed, max(k, FIRST), allowed=allowed)
        scores = torch.full((len(self.gallery),), float("-inf"))
        there = found.rows[0] >= 0
        scores[torch.from_numpy(found.rows[0][there])] = torch.from_numpy(found.scores[0][there])
        return scores

    def _reading(
        self, text: str, claims: Sequence[Claim], start: Reference | None, *, judged: bool
    ) -> QueryReading:
        """How a text was read, and whether the answer is likely to be of use."""
        warning = ""
        if says_nothing(text, claims):
            warning = NO_POSE
        elif start is not None and judged and not self.voices.is_there(claims, start):
            warning = NOT_THERE
        return QueryReading(read_as(tuple(claims)), not_understood(text, claims), warning, judged)

    def fitting(
        self,
        reference: Path,
        texts: Sequence[str],
        *,
        least: int = 3,
        body: PoseImage | None = None,
    ) -> tuple[str, ...]:
        """Those of some texts that change this reference and that the gallery can answer.

        Args:
            reference: a picture of the gallery or another file.
            texts: changes in words.
            least: pictures that must do all that a text asks for.
            body: as in `ComposedQuery`.

        Returns:
            In their order; all of them where nothing is known of the bodies.
        """
        query = ComposedQuery(reference, "", body=body)
        start = self._start(query, self.gallery.id_of(reference))
        if start is None or not self.voices.can_judge or len(self.gallery) > WHOLE:
            return tuple(texts)
        own = Voices(self.gallery.embeddings[:1], start.bodies, self.model.ranking)
        fitting = []
        for text in texts:
            claims = ranking_claims(text)
            if not own.meeting(claims, start) and self.voices.meeting(claims, start) >= least:
                fitting.append(text)
        return tuple(fitting)

    def _start(self, query: ComposedQuery, image_id: str | None) -> Reference | None:
        """The body of the reference: as the query has it, the gallery's own, or of the file."""
        if query.body is not None:
            return Reference.of(query.body)
        bodies, path = self.voices.bodies, query.reference
        if image_id is None and path.name in query.exclude and path.name in self.gallery:
            image_id = path.name  # left out because it is the same picture
        if image_id is not None and bodies is not None:
            row = self.gallery.row(image_id)
            return Reference(bodies.take([row])) if bodies.known[row] else None
        return None if self._joints_of is None else Reference.of(self._joints_of(path.name, path))

    def _reasoned(
        self, hits: tuple[Hit, ...], claims: Sequence[Claim], start: Reference | None
    ) -> tuple[Hit, ...]:
        """The hits, each with what its body says of the claims."""
        bodies = self.voices.bodies
        if start is None or bodies is None:
            return hits
        rows = [self.gallery.row(hit.image_id) for hit in hits]
        said = reasons(claims, start, bodies, rows=rows)
        return tuple(
            replace(hit, claims=said.get(row, ())) for hit, row in zip(hits, rows, strict=True)
        )

    def _embed(self, path: Path) -> torch.Tensor:
        """The raw feature (1, D) of a file; kept by its content, as a page asks at every key."""
        content = read_bounded(path)
        key = hashlib.sha256(content).hexdigest()
        with self._lock:
            if key in self._features:
                self._features.move_to_end(key)
                return self._features[key]
        feature = embed_image(self.model, content, name=path.name)
        with self._lock:
            self._features[key] = feature
            while len(self._features) > KEPT_REFERENCES:
                self._features.popitem(last=False)
        return feature


def score(queries: torch.Tensor, gallery: Gallery, *, exclude: Iterable[str] = ()) -> torch.Tensor:
    """Cosines (Q, N) of queries with a gallery; minus infinity for what is left out.

    Args:
        queries: (Q, D) unit rows.
        gallery: of N images.
        exclude: ids left out for every query; ids that are not in the gallery change nothing.

    Raises:
        GalleryError: a row of the gallery holds numbers that are not finite.
    """
    with torch.inference_mode():
        scores = products(queries.float(), gallery.embeddings)
        if bool(torch.isnan(scores).any()):
            raise GalleryError(
                f'the gallery "{gallery.name}" holds values that are not finite numbers; index it '
                "again"
            )
        scores[:, [gallery.row(name) for name in exclude if name in gallery]] = float("-inf")
        return scores


def rank_of(scores: torch.Tensor, row: int) -> int:
    """Where a row of the gallery stands in one row of scores (N,), from 1; 0 if it is left out.

    Equal scores stand in gallery order, as in `rank`.
    """
    own = scores[row]
    if own == float("-inf"):
        return 0
    return 1 + int((scores > own).sum()) + int((scores[:row] == own).sum())


def rank(
    queries: torch.Tensor, gallery: Gallery, *, exclude: Iterable[str] = (), k: int = 10
) -> list[tuple[Hit, ...]]:
    """The nearest gallery images of each query by cosine, exact; equal scores in gallery order.

    Args:
        queries: (Q, D) unit rows.
        gallery: what to rank.
        exclude: ids left out for every query; ids that are not in the gallery change nothing.
        k: hits per query, at most.

    Returns:
        Per query its hits, ranks from 1.

    Raises:
        ConfigError: ``k`` is below 1.
    """
    _check_count(k)
    allowed = np.ones(len(gallery), dtype=bool)
    allowed[[gallery.row(name) for name in exclude if name in gallery]] = False
    found = ExactSearch(gallery.embeddings).search(queries, k, allowed=allowed)
    return [
        tuple(
            Hit(place, gallery.image_ids[row], float(score))
            for place, (row, score) in enumerate(zip(rows, scores, strict=True), start=1)
            if row >= 0
        )
        for rows, scores in zip(found.rows.tolist(), found.scores.tolist(), strict=True)
    ]


def _check_count(k: int) -> None:
    if k < 1:
        raise ConfigError(f"k is {k}; ask for at least 1 image")


def _best(
    order: torch.Tensor, gallery: Gallery, k: int, *, shown: torch.Tensor | None = None
) -> tuple[Hit, ...]:
    """The k best of one row (N,), of those that are not left out; ``shown`` are their scores."""
    k = min(k, int((order > float("-inf")).sum()))
    if k < 1:
        return ()
    shown = order if shown is None else shown
    # topk breaks ties as it likes, also at the last place: take all that reach it, then sort.
    last = order.topk(k).values[-1]
    rows = torch.nonzero(order >= last).flatten()
    first = torch.sort(order[rows], descending=True, stable=True).indices[:k]
    return tuple(
        Hit(place, gallery.image_ids[row], float(shown[row]))
        for place, row in enumerate(rows[first].tolist(), start=1)
    )
