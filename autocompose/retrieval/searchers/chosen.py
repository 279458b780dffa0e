"""The searcher that somebody chose for a gallery on disk."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

from autocompose.errors import ConfigError, WriteError
from autocompose.retrieval.gallery import Gallery
from autocompose.retrieval.searchers.faiss_search import FaissSearch
from autocompose.retrieval.searchers.qdrant_search import QdrantSearch, connect_qdrant
from autocompose.retrieval.searchers.searcher import Searcher

SEARCHES = ("exact", "faiss", "hnsw", "qdrant")
"""Every row read; FAISS in memory; its graph; a Qdrant server."""
FOLDER = ".search"
"""Inside a gallery's folder: what is made of it for searching, and can be made again."""


def chosen_searcher(
    search: str, gallery: Gallery, folder: Path, *, address: str = "", api_key: str | None = None
) -> Searcher | None:
    """The searcher of a gallery, built where it is not there yet.

    Args:
        search: one of `SEARCHES`.
        gallery: as it was opened from ``folder``.
        folder: of the gallery; a graph is kept there, under the gallery's content.
        address: of the Qdrant server.
        api_key: of the Qdrant server.

    Returns:
        None for the exact search, which needs none.

    Raises:
        ConfigError: no such search, or no address of a server.
        MissingExtraError: an optional package is needed.
        GalleryError: the server cannot be used.
    """
    if search == "exact":
        return None
    if search not in SEARCHES:
        raise ConfigError(f'search "{search}" is unknown; use one of {", ".join(SEARCHES)}')
    if search == "faiss":
        return FaissSearch.build(gallery.embeddings)
    stamp = hashlib.sha256((folder / "gallery.json").read_bytes()).hexdigest()[:16]
    stamp = f"{stamp}-{len(gallery)}"  # fewer, where shards are missing
    if search == "qdrant":
        if not address:
            raise ConfigError("a Qdrant server has an address: give --qdrant-url")
        client = connect_qdrant(address, api_key)
        return QdrantSearch.build(client, f"autocompose-{stamp}", gallery.embeddings)
    path = folder / FOLDER / f"hnsw-{stamp}.faiss"
    if path.is_file():
        return FaissSearch.load(path)
    graph = FaissSearch.build(gallery.embeddings, graph=True)
    with suppress(WriteError):  # a read-only folder only costs the next start its time
        graph.save(path)
        for old in path.parent.glob("hnsw-*.faiss"):
            if old != path:
                old.unlink(missing_ok=True)
    return graph
