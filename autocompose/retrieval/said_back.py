"""A text as the learnt score hears it: its own words, and what the reader reads in them.

A text tower knows the words that it was taught. The reader of claims knows more ways to say the
same things, and says each of them back in the same few words.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from autocompose.language.reader.claims import Claim
from autocompose.model.composed import ComposedModel
from autocompose.retrieval.claim_words import read_as
from autocompose.retrieval.encode import encode_texts
from autocompose.verify.soft import ranking_claims


def heard(
    model: ComposedModel,
    texts: Sequence[str],
    features: torch.Tensor | None = None,
    *,
    claims: Sequence[Sequence[Claim]] | None = None,
) -> torch.Tensor:
    """Features (N, D) of texts and of what is read in them, as ``said_back`` of the model mixes.

    Args:
        model: of the text tower.
        texts: N of them.
        features: (N, D) raw features of the texts, where they are there already.
        claims: of each text, where they were read already.

    Returns:
        ``features`` themselves where the model mixes nothing; rows of texts in which nothing is
        read stay as they are.
    """
    features = encode_texts(model, texts) if features is None else features
    share = model.ranking.said_back
    if not share:
        return features
    found = claims if claims is not None else [ranking_claims(text) for text in texts]
    said = [", ".join(read_as(tuple(some))) for some in found]
    rows = [row for row, words in enumerate(said) if words]
    if not rows:
        return features
    mixed = features.clone()
    back = encode_texts(model, [said[row] for row in rows]).to(features.device)
    mixed[rows] = (1 - share) * features[rows] + share * back
    return mixed
