"""Optional indexes behind the interface of the exact search, held against it."""

from pathlib import Path

import numpy as np
import pytest
import torch

from autocompose.errors import ConfigError, GalleryError
from autocompose.retrieval.gallery import Gallery
from autocompose.retrieval.gallery_files import load_gallery, save_gallery
from autocompose.retrieval.search import ComposedRetriever
from autocompose.retrieval.searchers.chosen import chosen_searcher
from autocompose.retrieval.searchers.exact import ExactSearch
from autocompose.retrieval.shards.row_stack import RowPlaces, RowStack
from autocompose.schema import ComposedQuery
from tests.model_fakes import tiny_model
from tests.test_shards import unit

ROWS, QUERIES = unit(600, 0, 32), torch.from_numpy(unit(8, 1, 32))
HALF = np.arange(600) % 2 == 0


def searcher(kind: str, rows: np.ndarray | RowStack):
    if kind == "qdrant":
        pytest.importorskip("qdrant_client", reason="the extra qdrant is not installed")
        from autocompose.retrieval.searchers.qdrant_search import QdrantSearch, connect_qdrant

        return QdrantSearch.build(connect_qdrant(":memory:"), "rows", rows)
    pytest.importorskip("faiss", reason="the extra faiss is not installed")
    from autocompose.retrieval.searchers.faiss_search import FaissSearch

    return FaissSearch.build(rows, graph=kind == "hnsw")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:Local mode:UserWarning")
@pytest.mark.parametrize("kind", ["faiss", "hnsw", "qdrant"])
@pytest.mark.parametrize("allowed", [None, HALF, np.arange(600) < 4], ids=["all", "half", "four"])
def test_another_index_finds_what_the_exact_search_finds(kind, allowed):
    stack = RowStack([ROWS[:100], ROWS[100:]], RowPlaces([100, 500], [None, None]))
    other = searcher(kind, stack)
    assert len(other) == 600
    found = other.search(QUERIES, 10, allowed=allowed)
    wanted = ExactSearch(ROWS).search(QUERIES, 10, allowed=allowed)
    if kind == "hnsw" and (allowed is None or allowed.sum() > 4):  # a graph may miss some
        hits = [len(set(a) & set(b)) for a, b in zip(found.rows, wanted.rows, strict=True)]
        assert sum(hits) >= 0.9 * wanted.rows.size
        assert allowed is None or allowed[found.rows[found.rows >= 0]].all()
        return
    np.testing.assert_array_equal(found.rows, wanted.rows)
    np.testing.assert_allclose(found.scores, wanted.scores, atol=1e-6)


class Recorded:
    """The exact search, which notes what it was asked."""

    def __init__(self, rows):
        self.exact, self.asked = ExactSearch(rows), []

    def __len__(self):
        return len(self.exact)

    def search(self, queries, k, *, allowed=None):
        self.asked.append((len(queries), k, int(allowed.sum())))
        return self.exact.search(queries, k, allowed=allowed)


def test_a_retriever_ranks_what_its_searcher_finds(tmp_path):
    model = tiny_model()
    rows = unit(50, 3)
    ids = tuple(f"{i}.png" for i in range(50))
    gallery = Gallery(ids, rows, model.fingerprint, np.ones(50, np.float32), root=tmp_path)
    query = ComposedQuery(tmp_path / "7.png", "turn left", exclude=("3.png",), target="9.png")
    recorded = Recorded(rows)
    found = ComposedRetriever(model, gallery, searcher=recorded).retrieve(query, k=5)
    wanted = ComposedRetriever(model, gallery).retrieve(query, k=5)
    assert [hit.image_id for hit in found.hits] == [hit.image_id for hit in wanted.hits]
    scores = [hit.score for hit in wanted.hits]
    assert [hit.score for hit in found.hits] == pytest.approx(scores, abs=1e-6)
    assert found.target_rank == wanted.target_rank
    assert recorded.asked == [(1, 1000, 48)]
    with pytest.raises(ConfigError, match="leave out the index"):
        ComposedRetriever(model, gallery, searcher=recorded).retrieve(query, scene=0.5)
    with pytest.raises(GalleryError, match="searches 10 pictures"):
        ComposedRetriever(model, gallery, searcher=Recorded(rows[:10]))


def test_a_graph_is_built_once_for_a_gallery_as_it_is(tmp_path, monkeypatch):
    pytest.importorskip("faiss", reason="the extra faiss is not installed")
    from autocompose.retrieval.searchers import faiss_search

    builds = []
    build = faiss_search.FaissSearch.build.__func__
    monkeypatch.setattr(
        faiss_search.FaissSearch, "build",
        classmethod(lambda cls, *args, **kw: (builds.append(1), build(cls, *args, **kw))[1]),
    )  # fmt: skip

    def opened(count: int) -> int:
        ids = tuple(f"{i}.png" for i in range(count))
        save_gallery(Gallery(ids, ROWS[:count], "f", np.ones(count, np.float32)), tmp_path)
        found = chosen_searcher("hnsw", load_gallery(tmp_path), tmp_path)
        return len(found)

    assert [opened(50), opened(50), opened(60)] == [50, 50, 60]
    assert len(builds) == 2
    assert len(list(Path(tmp_path).rglob("*.faiss"))) == 1


def test_a_search_that_cannot_be_is_refused(tmp_path):
    gallery = Gallery(("a.png",), ROWS[:1], "f", np.ones(1, np.float32))
    save_gallery(gallery, tmp_path)
    assert chosen_searcher("exact", gallery, tmp_path) is None
    with pytest.raises(ConfigError, match='"best" is unknown'):
        chosen_searcher("best", gallery, tmp_path)
    with pytest.raises(ConfigError, match="--qdrant-url"):
        chosen_searcher("qdrant", gallery, tmp_path)
