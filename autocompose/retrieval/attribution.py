"""What each clause of a query does: the ranking again without it, and how far pictures fall.

Measured, not estimated: every clause costs one more ranking. A clause that is left out is left out
of the words that the model reads and of the claims that the bodies are held against; the other
claims stay as they were read in the whole text.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from autocompose.errors import TextError
from autocompose.language.reader.claims import Claim
from autocompose.query_reading import Attribution, ClauseEffect
from autocompose.retrieval.choices import AS_ASKED, PICTURE, SearchChoices
from autocompose.retrieval.encode import encode_texts
from autocompose.retrieval.order import rank_of
from autocompose.retrieval.query_clauses import clauses_of
from autocompose.retrieval.query_start import AskedWords, QueryStart
from autocompose.retrieval.said_back import heard
from autocompose.retrieval.search import ComposedRetriever
from autocompose.schema import ComposedQuery
from autocompose.verify.soft import ranking_claims

FIRST = 10
"""How many of the best hits are compared with and without a clause."""
MOST_CLAUSES = 12
"""A longer text is explained as far as this."""


def attribute(
    retriever: ComposedRetriever,
    query: ComposedQuery,
    image_ids: Sequence[str] = (),
    *,
    scene: float | None = None,
    choices: SearchChoices = AS_ASKED,
) -> Attribution:
    """Leave each clause of a query out in turn, and rank again.

    Args:
        retriever: of the gallery.
        query: as it was asked.
        image_ids: pictures whose ranks are wanted; those of no gallery image are 0.
        scene: as it was asked.
        choices: as it was asked.

    Raises:
        TextError: there is no text to be explained.
        AutoComPoseError: what `ComposedRetriever.retrieve` raises.
    """
    text = query.text.strip()
    if not text or not choices.needs_words:
        raise TextError("the query has no words that could be left out; write what should change")
    claims = ranking_claims(text)
    clauses = clauses_of(text, claims)[:MOST_CLAUSES]
    left = [
        (clause.rest, [claim for claim in claims if claim not in clause.claims])
        for clause in clauses
    ]
    kept = {text: claims, **{words: rest for words, rest in left if words}}
    encoded = encode_texts(retriever.model, list(kept))
    mixed = heard(retriever.model, list(kept), encoded, claims=list(kept.values()))
    features = dict(zip(kept, zip(encoded, mixed, strict=True), strict=True))
    start = retriever.start_of(query, choices)

    def order(words: str, said: Sequence[Claim]) -> torch.Tensor:
        if not words:
            return _without_words(retriever, start, choices)
        asked = AskedWords(words, *features[words], tuple(said))
        found, _, _ = retriever.ranked(start, asked, scene=scene, choices=choices)
        return found

    gallery = retriever.gallery
    rows = [gallery.row(name) if name in gallery else -1 for name in image_ids]
    target = gallery.row(query.target) if query.target in gallery else -1

    def ranks_in(scores: torch.Tensor) -> tuple[int, ...]:
        return tuple(rank_of(scores, row) if row >= 0 else 0 for row in rows)

    whole = order(text, claims)
    first = min(FIRST, int((whole > float("-inf")).sum()))
    best = set(whole.topk(first).indices.tolist())
    effects = []
    for clause, (words, rest) in zip(clauses, left, strict=True):
        found = order(words, rest)
        effects.append(
            ClauseEffect(
                text=clause.text,
                span=clause.span,
                says=clause.says,
                ranks=ranks_in(found),
                kept=len(best.intersection(found.topk(first).indices.tolist())),
                target_rank=rank_of(found, target) if target >= 0 else 0,
            )
        )
    return Attribution(
        image_ids=tuple(image_ids),
        ranks=ranks_in(whole),
        target_rank=rank_of(whole, target) if target >= 0 else 0,
        first=first,
        clauses=tuple(effects),
    )


def _without_words(
    retriever: ComposedRetriever, start: QueryStart, choices: SearchChoices
) -> torch.Tensor:
    """The order where no word is left: likeness to the reference, or the gallery's own order."""
    if start.feature is None:
        flat = torch.zeros(len(retriever.gallery), dtype=torch.float64)
        flat[torch.from_numpy(start.out)] = float("-inf")
        return flat
    alone = SearchChoices(PICTURE, choices.only, choices.other_clip)
    found, _, _ = retriever.ranked(start, None, choices=alone)
    return found
