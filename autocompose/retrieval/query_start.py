"""What a query starts from, and its words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from autocompose.language.reader.claims import Claim
from autocompose.retrieval.voices import Reference


@dataclass(frozen=True, eq=False)
class QueryStart:
    """What a query starts from, whatever its words are.

    Args:
        feature: (1, D) raw feature of the reference; None where words alone are asked.
        body: of the person to start from; None where nothing is known.
        excluded: ids that the query leaves out.
        out: (N,) pictures that are not ranked: those, and what the filters keep back.
        place: of the reference: its row in the gallery, or its file.
    """

    feature: torch.Tensor | None
    body: Reference | None
    excluded: tuple[str, ...]
    out: np.ndarray
    place: Path | int


@dataclass(frozen=True, eq=False)
class AskedWords:
    """The words of a query.

    Args:
        text: as they were written.
        feature: (D,) raw feature of the text.
        heard: (D,) the same for the learnt score, see `autocompose.retrieval.said_back`.
        claims: read in it.
    """

    text: str
    feature: torch.Tensor
    heard: torch.Tensor
    claims: tuple[Claim, ...]
