"""Search by a Qdrant server (extra ``qdrant``), for galleries that many machines share.

The rows are copied into a collection under their numbers; pictures, names and joints stay here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from autocompose.errors import GalleryError, MissingExtraError, one_line
from autocompose.retrieval.searchers.searcher import Found, Mask
from autocompose.retrieval.shards.row_stack import RowStack, spans

_ROWS_AT_ONCE = 1_000


def _qdrant() -> Any:
    try:
        import qdrant_client
    except ImportError as error:
        raise MissingExtraError(
            "this index needs a client of Qdrant; install it with: pip install"
            " 'autocompose[qdrant]'"
        ) from error
    return qdrant_client


def connect_qdrant(address: str, api_key: str | None = None) -> Any:
    """A client of a server.

    Args:
        address: such as ``http://localhost:6333``; ``:memory:`` keeps everything in this process.
        api_key: of the server. Never shown or logged.

    Raises:
        MissingExtraError: the client is not installed.
    """
    client = _qdrant().QdrantClient
    return client(address) if address == ":memory:" else client(url=address, api_key=api_key)


class QdrantSearch:
    """Finds the nearest rows in a collection of Qdrant.

    Args:
        client: of the server.
        collection: its name there.
        exact: have the server look at every row instead of its graph.

    Raises:
        GalleryError: the server cannot be reached or has no such collection.
    """

    def __init__(self, client: Any, collection: str, *, exact: bool = False) -> None:
        self._client, self._collection, self._exact = client, collection, exact
        self._count = int(self._asked("count", exact=True).count)

    @classmethod
    def build(
        cls,
        client: Any,
        collection: str,
        rows: NDArray[np.float32] | RowStack,
        *,
        exact: bool = False,
    ) -> QdrantSearch:
        """The rows in a collection; one of this name and size is used as it is.

        Args:
            client: of the server.
            collection: its name there; it should change with the gallery's content.
            rows: (N, D) unit rows.
            exact: have the server look at every row instead of its graph.

        Raises:
            GalleryError: the server cannot be reached, or refuses the rows.
        """
        models = _qdrant().models
        try:
            if client.collection_exists(collection):
                there = cls(client, collection, exact=exact)
                if len(there) == len(rows):
                    return there
                client.delete_collection(collection)
            size = models.VectorParams(size=rows.shape[1], distance=models.Distance.DOT)
            client.create_collection(collection, vectors_config=size)
            for span in spans(rows, _ROWS_AT_ONCE):
                numbers = range(span.start, span.start + len(span))
                batch = models.Batch(ids=list(numbers), vectors=span.rows().tolist())
                client.upsert(collection, points=batch, wait=True)
        except _errors() as error:
            raise _unusable(collection, error) from error
        return cls(client, collection, exact=exact)

    def _asked(self, what: str, **options: Any) -> Any:
        try:
            return getattr(self._client, what)(self._collection, **options)
        except _errors() as error:
            raise _unusable(self._collection, error) from error

    def __len__(self) -> int:
        """Rows that are searched."""
        return self._count

    def search(self, queries: torch.Tensor, k: int, *, allowed: Mask | None = None) -> Found:
        """The k nearest rows of each query, of those that are allowed.

        Args:
            queries: (Q, D) unit rows.
            k: how many, at most.
            allowed: (N,) which rows may be found; None for all. The shorter list of numbers, of
                those that may or of those that may not, travels with the query.

        Raises:
            GalleryError: the server cannot be reached, or refuses the query.
        """
        models = _qdrant().models
        k = min(k, len(self))
        asked = None
        if allowed is not None and not allowed.all():
            inside, outside = np.flatnonzero(allowed).tolist(), np.flatnonzero(~allowed).tolist()
            if len(inside) < len(outside):
                asked = models.Filter(must=[models.HasIdCondition(has_id=inside)])
            else:
                asked = models.Filter(must_not=[models.HasIdCondition(has_id=outside)])
        settings = models.SearchParams(exact=self._exact)
        requests = [
            models.QueryRequest(query=query, limit=k, filter=asked, params=settings)
            for query in queries.float().tolist()
        ]
        answers = self._asked("query_batch_points", requests=requests)
        rows = np.full((len(queries), k), -1, np.int64)
        scores = np.full((len(queries), k), -np.inf, np.float32)
        for place, answer in enumerate(answers):
            found = [(int(point.id), float(point.score)) for point in answer.points]
            rows[place, : len(found)] = [row for row, _ in found]
            scores[place, : len(found)] = [score for _, score in found]
        return Found(rows, scores)


def _errors() -> tuple[type[Exception], ...]:
    from qdrant_client.http.exceptions import ApiException

    return (ApiException, OSError, ValueError)


def _unusable(collection: str, error: Exception) -> GalleryError:
    return GalleryError(
        f'the Qdrant collection "{collection}" cannot be used ({one_line(error, 200)}); check the'
        " server's address and key"
    )
