from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autocompose.errors import ConfigError, FingerprintError, ImageError, TextError
from autocompose.retrieval import search as search_module
from autocompose.retrieval.embed import embed_image, embed_images
from autocompose.retrieval.encode import cosines, encode_batches, encode_texts
from autocompose.retrieval.gallery import Gallery
from autocompose.retrieval.gallery_files import load_gallery, save_gallery
from autocompose.retrieval.order import rank, rank_of, score
from autocompose.retrieval.search import ComposedRetriever
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


def test_an_upload_is_encoded_once_for_all_texts_and_again_when_its_content_changes(
    model, retriever, tmp_path, monkeypatch
):
    encoded = []

    def counted(*args, **options):
        encoded.append(options["name"])
        return embed_image(*args, **options)

    monkeypatch.setattr(search_module, "embed_image", counted)
    fresh = ComposedRetriever(model, retriever.gallery)
    first, second, _ = write_pictures(tmp_path, 3, seed=9)
    for text in ("turn left", "turn right", "sit"):
        fresh.retrieve(ComposedQuery(first, text))
    copied = tmp_path / "copy.png"
    copied.write_bytes(first.read_bytes())
    before = fresh.retrieve(ComposedQuery(copied, "sit"))
    assert encoded == [first.name]
    copied.write_bytes(second.read_bytes())
    after = fresh.retrieve(ComposedQuery(copied, "sit"))
    assert encoded == [first.name, "copy.png"]
    assert [h.score for h in before.hits] != [h.score for h in after.hits]
    for i in range(2 * search_module.KEPT_REFERENCES):
        fresh.retrieve(ComposedQuery(write_pictures(tmp_path / str(i), 1, seed=20 + i)[0], "sit"))
    assert len(fresh._features) == search_module.KEPT_REFERENCES


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 30), st.integers(0, 99), st.booleans())
def test_the_rank_of_one_image_is_its_place_among_all(size, seed, coarse):
    vectors, queries = unit(size, 4, seed), unit(2, 4, seed + 1)
    if coarse:  # many equal scores
        vectors, queries = np.round(vectors), np.round(queries)
    gallery = made_gallery(vectors)
    out = ["0.png"] if size > 1 else []
    scores = score(torch.from_numpy(queries), gallery, exclude=out)
    ranked = rank(torch.from_numpy(queries), gallery, exclude=out, k=size)
    for row, hits in zip(scores, ranked, strict=True):
        place = {hit.image_id: hit.rank for hit in hits}
        assert [rank_of(row, i) for i in range(size)] == [
            place.get(f"{i}.png", 0) for i in range(size)
        ]


def test_the_rank_of_a_target_needs_no_hit_of_it(retriever):
    query = ComposedQuery(retriever.gallery.path("picture_000.png"), "turn left")
    for hit in retriever.retrieve(query, k=7).hits:
        found = retriever.retrieve(replace(query, target=hit.image_id), k=1)
        assert (found.target_rank, len(found.hits)) == (hit.rank, 1)
    assert retriever.retrieve(replace(query, target="picture_000.png")).target_rank == 0
    assert retriever.retrieve(replace(query, target="not there.png")).target_rank == 0


def test_many_texts_are_encoded_in_batches_each_distinct_one_once(model):
    texts = [f"raise the arm {i % 300}" for i in range(700)]
    batches, events = [], []

    def encode(batch):
        batches.append(list(batch))
        return torch.tensor([[float(text.split()[-1])] for text in batch])

    found = encode_batches(encode, texts, on_event=events.append, stage="read")
    assert found[:, 0].tolist() == [i % 300 for i in range(700)]
    assert [len(batch) for batch in batches] == [256, 44]
    assert [(e.stage, e.done, e.total) for e in events] == [("read", 256, 300), ("read", 300, 300)]
    few = ["Raise the left arm.", "Sit.", "Sit.", "Raise the right arm."]
    alone = torch.cat([model.towers.encode_texts([text]) for text in few]).float()
    torch.testing.assert_close(encode_texts(model, few), alone, atol=1e-5, rtol=1e-4)


def test_cosines_do_not_depend_on_the_length_of_the_features():
    keys, queries = unit(5, 4, 1), unit(3, 4, 2)
    found = cosines(7.0 * torch.from_numpy(queries), keys)
    np.testing.assert_allclose(found, queries @ keys.T, atol=1e-6)


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
