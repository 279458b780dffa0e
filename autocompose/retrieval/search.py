"""Composed queries against a gallery: exact search, because it is as fast as reading the matrix."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from autocompose.data.preprocess import read_bounded
from autocompose.errors import ConfigError, GalleryError, TextError
from autocompose.language.reader.claims import Claim
from autocompose.model.checkpoint import ComposedModel
from autocompose.query_reading import QueryReading
from autocompose.retrieval.balance import TIE, Balance, standardised
from autocompose.retrieval.choices import AS_ASKED, BOTH, SearchChoices
from autocompose.retrieval.claim_words import read_as
from autocompose.retrieval.embed import embed_image
from autocompose.retrieval.encode import compose_features, encode_texts
from autocompose.retrieval.gallery import Gallery
from autocompose.retrieval.gallery_bodies import JointsOf
from autocompose.retrieval.mirrored import mirrored_pixels, mirrored_reference, standing_reference
from autocompose.retrieval.order import best_hits, check_count, rank_of, score
from autocompose.retrieval.picture_filters import kept_out, sharing_clip
from autocompose.retrieval.query_start import AskedWords, QueryStart
from autocompose.retrieval.query_words import NO_POSE, NOT_THERE, not_understood, says_nothing
from autocompose.retrieval.reasons import reasons
from autocompose.retrieval.said_back import heard
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
        self.voices = Voices.of(model, gallery.embeddings, bodies)
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
        choices: SearchChoices = AS_ASKED,
    ) -> RetrievalResult:
        """Rank the gallery for a reference image and a change in words.

        The reference itself leaves the ranking if it is a gallery image, as in the official
        protocol. Its stored feature is used then; any other file is read, upright.

        Args:
            query: reference, text, ids to leave out, and the id whose rank is asked for.
            k: the last rank that is listed, at most; a small gallery gives fewer.
            scene: 0 to 1: how far likeness of the whole picture (same place, same person) takes
                the place of the learnt score; None is `usual_scene`.
            choices: the weight between picture and words, and which pictures are ranked.

        Raises:
            TextError: the text is empty, and it is asked for.
            ImageError: the reference cannot be read.
            ConfigError: ``k`` is below 1, ``scene`` not from 0 to 1, no picture passes a filter, or
                a searcher is asked for what needs every picture.
        """
        began = self._clock()
        check_count(k)
        if scene is not None and not 0 <= scene <= 1:
            raise ConfigError(f"scene is {scene}; give a number from 0 to 1")
        if (scene or choices.balance != BOTH) and self._searcher is not None:
            raise ConfigError(
                "the scene, and a balance, are told from every picture; leave out the index"
            )
        text = query.text.strip()
        if not text and choices.needs_words:
            raise TextError(
                'the text is empty; write what should change, e.g. "raise the left arm"'
            )
        start = self.start_of(query, choices)
        words = self.words(text) if choices.needs_words else None
        order, shown, judged = self.ranked(start, words, scene=scene, choices=choices, k=k)
        known = query.target in self.gallery
        hits = best_hits(order, self.gallery, k, shown=shown)[choices.skip :]
        claims = words.claims if words else ()
        return RetrievalResult(
            query=query,
            hits=self._reasoned(hits, claims, start.body),
            excluded=start.excluded,
            seconds=self._clock() - began,
            truncated=self.model.towers.truncated_words(text) if words else "",
            target_rank=rank_of(order, self.gallery.row(query.target)) if known else 0,
            reading=self._reading(text, claims, start.body, judged=judged)
            if words
            else QueryReading(),
            ranked=int((order > float("-inf")).sum()),
        )

    def words(self, text: str) -> AskedWords:
        """The words of a query, as the model and as the reader hear them."""
        feature, claims = encode_texts(self.model, [text]), tuple(ranking_claims(text))
        mixed = heard(self.model, [text], feature, claims=[claims])
        return AskedWords(text, feature[0], mixed[0], claims)

    def start_of(self, query: ComposedQuery, choices: SearchChoices = AS_ASKED) -> QueryStart:
        """What a query starts from: the reference as a feature and a body, and what is left out.

        Args:
            query: its text is not read.
            choices: whether there is a reference at all, and which pictures are ranked.

        Raises:
            ImageError: the reference cannot be read.
            ConfigError: no picture passes a filter.
        """
        notes, out = self.gallery.notes, kept_out(self.gallery, choices.only)
        feature, body, asked = None, STANDING, query.exclude
        place: Path | int = query.reference
        if choices.needs_picture:
            image_id = self.gallery.id_of(query.reference)
            if image_id is not None:
                asked, place = (image_id, *asked), self.gallery.row(image_id)
            feature = self._feature(query.reference, image_id, mirrored=choices.mirrored)
            body = self._start(query, image_id) if self.voices.can_judge else None
            body = mirrored_reference(body) if choices.mirrored else body
            if choices.other_clip and notes is not None and image_id is not None:
                out |= sharing_clip(notes, self.gallery.row(image_id))
        excluded = tuple(dict.fromkeys(name for name in asked if name in self.gallery))
        out[[self.gallery.row(name) for name in excluded]] = True
        return QueryStart(feature, body, excluded, out, place)

    def ranked(
        self,
        start: QueryStart,
        words: AskedWords | None,
        *,
        scene: float | None = None,
        choices: SearchChoices = AS_ASKED,
        k: int = FIRST,
    ) -> tuple[torch.Tensor, torch.Tensor, bool]:
        """The order of the gallery for some words from a start.

        Args:
            start: of the query.
            words: None where the picture alone is asked.
            scene: as in `retrieve`.
            choices: the weight between picture and words.
            k: how many a searcher has to find.

        Returns:
            (N,) scores to sort by and (N,) cosines to show, minus infinity for what is not ranked,
            and whether bodies had a say.
        """
        if words is None:
            alike = self._alike(start)
            return alike, alike, False
        if start.feature is None:
            return self._by_words(start, words)
        composed = compose_features(self.model, start.feature, words.heard[None])
        shown = self._learnt(composed, ~start.out, k=k)
        base = self._base(shown, composed, start, scene=scene)
        order, _, judged = self._ordered(base, start, words)
        if choices.balance != BOTH:
            far = abs(2 * choices.balance - 1)
            if choices.balance < BOTH:
                other, _, _ = self._by_words(replace(start, body=STANDING), words)
            else:
                other = self._alike(start)
            order = (1 - far) * standardised(order) + far * standardised(other)
        return order, shown, judged

    def _alike(self, start: QueryStart) -> torch.Tensor:
        """Cosines (N,) with the reference alone."""
        assert start.feature is not None, "a query has a picture, words or both"
        return self._cosines(_unit(start.feature), start)

    def _base(
        self, learnt: torch.Tensor, composed: torch.Tensor, start: QueryStart, *,
        scene: float | None,
    ) -> torch.Tensor:  # fmt: skip
        """The scores (N,) that bodies add to; see `Balance.base`."""

        def alike() -> torch.Tensor:
            return self._alike(start).masked_fill(torch.isneginf(learnt), float("-inf"))

        if self._sample is None:
            return self._balance.base(learnt, alike, start.place, scene=scene)
        like = self._sample @ composed[0]
        return self._balance.base(learnt, alike, start.place, scene=0.0, sample=like)

    def _by_words(
        self, start: QueryStart, words: AskedWords
    ) -> tuple[torch.Tensor, torch.Tensor, bool]:
        """What `ranked` gives, for words alone."""
        shown = self._cosines(_unit(words.heard[None]), start)
        base = max(TIE, 1 - self.usual_scene) * standardised(shown)
        order, _, judged = self._ordered(base, start, words)
        return order, shown, judged

    def _ordered(
        self, base: torch.Tensor, start: QueryStart, words: AskedWords
    ) -> tuple[torch.Tensor, torch.Tensor, bool]:
        """Scores with what the bodies say added to them, the scores, and whether any said it."""
        given = base.numpy().astype(np.float64)
        fused = self.voices.fused(
            given, words.claims, start.body,
            text=words.feature, scaled=True, weights=weights_for(words.text, words.claims),
        )  # fmt: skip
        return (base if fused is None else torch.from_numpy(fused)), base, fused is not None

    def _cosines(self, unit: torch.Tensor, start: QueryStart) -> torch.Tensor:
        """Cosines (N,) of one unit row (1, D); minus infinity for what is not ranked."""
        (scores,) = score(unit, self.gallery)
        return scores.masked_fill(torch.from_numpy(start.out), float("-inf"))

    def _feature(self, path: Path, image_id: str | None, *, mirrored: bool) -> torch.Tensor:
        """The raw feature (1, D) of a reference; the gallery's own where it has one."""
        if image_id is None or mirrored:
            return self._embed(path, mirrored=mirrored)
        return self.gallery.raw(self.gallery.row(image_id))

    @property
    def usual_scene(self) -> float:
        """How far likeness of the scene counts where a query does not say.

        0 in the checkpoint's own world, 1 where its learnt score does not understand the gallery.
        """
        return self._balance.usual_scene

    def _learnt(self, composed: torch.Tensor, allowed: np.ndarray, *, k: int) -> torch.Tensor:
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
        if start is None or bodies is None or not bodies.given.any():
            return hits
        rows = [self.gallery.row(hit.image_id) for hit in hits]
        said = reasons(claims, start, bodies, rows=rows)
        return tuple(
            replace(hit, claims=said.get(row, ())) for hit, row in zip(hits, rows, strict=True)
        )

    def _embed(self, path: Path, *, mirrored: bool = False) -> torch.Tensor:
        """The raw feature (1, D) of a file; kept by its content, as a page asks at every key."""
        content = read_bounded(path)
        key = f"{hashlib.sha256(content).hexdigest()}{' mirrored' if mirrored else ''}"
        with self._lock:
            if key in self._features:
                self._features.move_to_end(key)
                return self._features[key]
        if mirrored:
            content = mirrored_pixels(content, path.name)
        feature = embed_image(self.model, content, name=path.name)
        with self._lock:
            self._features[key] = feature
            while len(self._features) > KEPT_REFERENCES:
                self._features.popitem(last=False)
        return feature


STANDING = standing_reference()


def _unit(raw: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.normalize(raw.float())
