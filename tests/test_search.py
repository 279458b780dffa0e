from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autocompose.errors import ConfigError, FingerprintError, ImageError, TextError
from autocompose.retrieval import search as search_module
from autocompose.retrieval.gallery import Gallery, embed_images, load_gallery, save_gallery
from autocompose.retrieval.search import ComposedRetriever, rank
from autocompose.schema import ComposedQuery
from tests.model_fakes import tiny_model, write_pictures


def made_gallery(vectors: np.ndarray) -> Gallery:
    ids = tuple(f"{i}.png" for i in range(len(vectors)))
    return Gallery(ids, vectors.astype(np.float32), "f", np.ones(len(vectors), np.float32))


@pytest.fixture(scope="module")
def model():
    return tiny_model()


@pytest.fixture(scope="module")
def retriever(model, tmp_path_factory):
    root = tmp_path_factory.mktemp("images")
    return ComposedRetriever(model, embed_images(model, write_pictures(root, 8)))


def unit(rows: int, columns: int, seed: int) -> np.ndarray:
    values = np.random.default_rng(seed).normal(size=(rows, columns))
    return (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float32)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 40), st.integers(1, 12), st.integers(0, 99), st.booleans())
def test_ranking_equals_a_stable_sort_of_all_scores(size, k, seed, coarse):
    vectors, queries = unit(size, 4, seed), unit(3, 4, seed + 1)
    if coarse:  # many equal scores
        vectors = np.round(vectors)
        queries = np.round(queries)
    gallery = made_gallery(vectors)
    for query, hits in zip(queries, rank(torch.from_numpy(queries), gallery, k=k), strict=True):
        scores = torch.from_numpy(query)[None] @ torch.from_numpy(vectors).T
        order = np.argsort(-scores[0].numpy(), kind="stable")[:k]
        if coarse:
            assert [h.image_id for h in hits] == [f"{i}.png" for i in order]
        assert [h.score for h in hits] == pytest.approx(scores[0].numpy()[order], abs=1e-6)
        assert [h.rank for h in hits] == list(range(1, min(k, size) + 1))


def test_left_out_images_take_no_place():
    gallery = made_gallery(np.eye(4))
    (hits,) = rank(
        torch.tensor([[0.9, 0.3, 0.2, 0.1]]), gallery, exclude=["0.png", "not there.png"], k=10
    )
    assert [h.image_id for h in hits] == ["1.png", "2.png", "3.png"]
    (none,) = rank(torch.ones(1, 4), gallery, exclude=gallery.image_ids)
    assert none == ()
    with pytest.raises(ConfigError, match="k is 0"):
        rank(torch.ones(1, 4), gallery, k=0)


def test_a_stored_gallery_of_ten_thousand_images_ranks_as_all_scores_do(tmp_path):
    vectors, query = unit(10_000, 64, 0), unit(1, 64, 1)
    save_gallery(made_gallery(vectors), tmp_path)
    best = np.argsort(-(vectors @ query[0]))
    gone = f"{best[0]}.png"
    (hits,) = rank(torch.from_numpy(query), load_gallery(tmp_path), exclude=[gone], k=20)
    assert [hit.image_id for hit in hits] == [f"{row}.png" for row in best[1:21]]


def test_the_best_hit_is_the_composition_computed_by_hand(model, retriever):
    gallery = retriever.gallery
    reference = gallery.path("picture_003.png")
    result = retriever.retrieve(ComposedQuery(reference, "raise the left arm"), k=3)
    with torch.inference_mode():
        text = model.towers.encode_text(model.towers.tokenize(["raise the left arm"]))
        composed = model.compose(gallery.raw(3), text)
    scores = (composed.numpy() @ gallery.embeddings.T)[0]
    scores[3] = -2
    order = np.argsort(-scores)[:3]
    assert [h.image_id for h in result.hits] == [gallery.image_ids[i] for i in order]
    assert [h.score for h in result.hits] == pytest.approx(scores[order], abs=1e-5)
    assert result.excluded == ("picture_003.png",)
    assert result.truncated == ""
    assert result.seconds > 0


def test_a_gallery_image_is_not_encoded_again_and_an_upload_gives_the_same(
    retriever, tmp_path, monkeypatch
):
    stored = retriever.gallery.path("picture_001.png")
    upload = tmp_path / "upload.png"
    upload.write_bytes(stored.read_bytes())
    query = ComposedQuery(upload, "turn left", exclude=("picture_001.png",))
    uploaded = retriever.retrieve(query)
    assert uploaded.excluded == ("picture_001.png",)

    def refuse(*args, **options):
        raise AssertionError("the reference was encoded again")

    monkeypatch.setattr(search_module, "embed_image", refuse)
    known = retriever.retrieve(ComposedQuery(stored, "turn left"))
    assert [h.image_id for h in known.hits] == [h.image_id for h in uploaded.hits]
    scores = [h.score for h in uploaded.hits]
    assert [h.score for h in known.hits] == pytest.approx(scores, abs=1e-4)


@pytest.mark.parametrize("text", ["", "  \n\t"])
def test_an_empty_text_is_refused_with_an_example(retriever, text):
    with pytest.raises(TextError, match="raise the left arm"):
        retriever.retrieve(ComposedQuery(retriever.gallery.path("picture_000.png"), text))


def test_what_a_long_text_loses_is_said_and_the_rest_is_searched(retriever):
    reference = retriever.gallery.path("picture_000.png")
    text = " ".join(["knee"] * 75)
    whole = retriever.retrieve(ComposedQuery(reference, text))
    long = retriever.retrieve(ComposedQuery(reference, f"{text} and the left foot"))
    assert long.truncated == "and the left foot"
    assert [h.image_id for h in long.hits] == [h.image_id for h in whole.hits]


def test_unreadable_references_and_other_models_are_refused(retriever, tmp_path):
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"no")
    for path in (bad, Path("gone.png")):
        with pytest.raises(ImageError, match=path.name):
            retriever.retrieve(ComposedQuery(path, "turn"))
    with pytest.raises(FingerprintError, match="index it again"):
        ComposedRetriever(tiny_model(seed=4), retriever.gallery)
    with pytest.raises(ConfigError, match="k is 0"):
        retriever.retrieve(ComposedQuery(retriever.gallery.path("picture_000.png"), "turn"), k=0)
