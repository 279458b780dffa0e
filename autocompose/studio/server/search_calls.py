"""What the studio asks of a search, so that it needs no model to be built or tested."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from autocompose.query_reading import Attribution
from autocompose.retrieval.choices import AS_ASKED, SearchChoices
from autocompose.schema import ComposedQuery, PoseImage, RetrievalResult


class Retriever(Protocol):
    """What the studio needs of `autocompose.retrieval.search.ComposedRetriever`."""

    def retrieve(
        self,
        query: ComposedQuery,
        k: int = 10,
        *,
        scene: float | None = None,
        choices: SearchChoices = AS_ASKED,
    ) -> RetrievalResult:
        """Rank the gallery for one composed query."""
        ...

    @property
    def usual_scene(self) -> float:
        """How far likeness of the scene counts where a query does not say."""
        ...

    def fitting(
        self,
        reference: Path,
        texts: Sequence[str],
        *,
        least: int = 3,
        body: PoseImage | None = None,
    ) -> tuple[str, ...]:
        """Those of some texts that change this reference and that the gallery can answer."""
        ...


class Explainer(Protocol):
    """`autocompose.retrieval.attribution.attribute` with its retriever."""

    def __call__(
        self,
        query: ComposedQuery,
        image_ids: Sequence[str] = (),
        *,
        scene: float | None = None,
        choices: SearchChoices = AS_ASKED,
    ) -> Attribution:
        """Leave each clause of a query out in turn, and rank again."""
        ...
