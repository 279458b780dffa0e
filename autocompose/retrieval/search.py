"""Composed queries against a gallery: exact search, because it is as fast as reading the matrix."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

import torch

from autocompose.errors import ConfigError, GalleryError, TextError
from autocompose.model.checkpoint import ComposedModel
from autocompose.retrieval.gallery import Gallery, embed_image
from autocompose.schema import ComposedQuery, Hit, RetrievalResult


class ComposedRetriever:
    """Answers composed queries over one gallery.

    Args:
        model: a loaded checkpoint.
        gallery: embedded by that model.
        clock: seconds, monotonic; for the time a result reports.

    Raises:
        FingerprintError: the gallery was embedded by another model.
        GalleryError: the gallery is empty.
    """

    def __init__(
        self,
        model: ComposedModel,
        gallery: Gallery,
        *,
        clock: Callable[[], float] = time.perf_counter,
    ):
        """Check that model and gallery belong together."""
        if not len(gallery):
            raise GalleryError(f'the gallery "{gallery.name}" is empty; index some images')
        gallery.check_model(model)
        self.model = model.eval()
        self.gallery = gallery
        self._clock = clock

    def retrieve(self, query: ComposedQuery, k: int = 10) -> RetrievalResult:
        """Rank the gallery for a reference image and a change in words.

        The reference itself leaves the ranking if it is a gallery image, as in the official
        protocol. Its stored feature is used then; any other file is read, upright.

        Args:
            query: reference, text, and ids to leave out.
            k: how many hits, at most; a small gallery gives fewer.

        Raises:
            TextError: the text is empty.
            ImageError: the reference cannot be read.
            ConfigError: ``k`` is below 1.
        """
        began = self._clock()
        text = query.text.strip()
        if not text:
            raise TextError(
                'the text is empty; write what should change, e.g. "raise the left arm"'
            )
        image_id = self.gallery.id_of(query.reference)
        if image_id is None:
            reference = embed_image(self.model, query.reference)
        else:
            reference = self.gallery.raw(self.gallery.row(image_id))
        composed = compose_texts(self.model, reference, [text])
        asked = (image_id, *query.exclude) if image_id is not None else query.exclude
        excluded = tuple(dict.fromkeys(name for name in asked if name in self.gallery))
        (hits,) = rank(composed, self.gallery, exclude=excluded, k=k)
        return RetrievalResult(
            query=query,
            hits=hits,
            excluded=excluded,
            seconds=self._clock() - began,
            truncated=self.model.towers.truncated_words(text),
        )


def encode_texts(model: ComposedModel, texts: Sequence[str]) -> torch.Tensor:
    """Raw float32 text features (B, D) on the CPU."""
    with torch.inference_mode():
        return model.towers.encode_texts(texts).float().cpu()


def compose_texts(
    model: ComposedModel, reference: torch.Tensor, texts: Sequence[str]
) -> torch.Tensor:
    """Unit composed features (B, D) of raw reference features (B, D) and texts.

    Args:
        model: towers and composition.
        reference: (B, D) raw features.
        texts: one for each row of ``reference``.
    """
    return compose_features(model, reference, encode_texts(model, texts))


def compose_features(
    model: ComposedModel, reference: torch.Tensor, text: torch.Tensor
) -> torch.Tensor:
    """Unit composed features (B, D) on the CPU of raw features (B, D) and (B, D).

    Args:
        model: of the composition.
        reference: (B, D) raw image features.
        text: (B, D) raw text features.
    """
    device = next(model.parameters()).device
    with torch.inference_mode():
        return model.compose(reference.to(device), text.to(device)).float().cpu()


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
    if k < 1:
        raise ConfigError(f"k is {k}; ask for at least 1 image")
    with torch.inference_mode():
        # No copy: a gallery read from disk is multiplied out of the page cache.
        scores = queries.float() @ torch.from_numpy(gallery.embeddings).T  # (Q, N)
        out = [gallery.row(image_id) for image_id in exclude if image_id in gallery]
        scores[:, out] = float("-inf")
        k = min(k, len(gallery) - len(set(out)))
        return [_best(row, gallery, k) for row in scores]


def _best(scores: torch.Tensor, gallery: Gallery, k: int) -> tuple[Hit, ...]:
    """The k best of one row of scores (N,)."""
    if k < 1:
        return ()
    # topk breaks ties as it likes, also at the last place: take all that reach it, then sort.
    last = scores.topk(k).values[-1]
    rows = torch.nonzero(scores >= last).flatten()
    order = torch.sort(scores[rows], descending=True, stable=True).indices[:k]
    return tuple(
        Hit(place, gallery.image_ids[row], float(scores[row]))
        for place, row in enumerate(rows[order].tolist(), start=1)
    )
