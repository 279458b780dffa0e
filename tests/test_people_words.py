"""What teaches the text tower people's words: wishes, words that leave, ways and their mirror."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
import torch

from autocompose.data.dataset import open_dataset
from autocompose.data.wish_files import read_wishes, wish_pairs
from autocompose.errors import DatasetError
from autocompose.language.sides.mirror import mirror_text
from autocompose.model.towers import build_towers
from autocompose.training.pretrain.both_towers import token_embedding
from autocompose.training.pretrain.people_words import (
    ToldTexts,
    teach_words,
    without_words,
)
from autocompose.training.pretrain.text_tower import JointNoise, TextPairs
from tests.demo_index import DEMO
from tests.training_fakes import write_tiny_dataset


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return write_tiny_dataset(tmp_path_factory.mktemp("data") / "tiny")


@pytest.fixture(scope="module")
def towers():
    torch.manual_seed(0)
    return build_towers("pose-mini")


def write_wishes(path, dataset, texts):
    first, second = (image.id for image in dataset.gallery("train")[:2])
    record = {"reference": first, "target": second, "texts": texts}
    path.write_text(json.dumps(record) + "\n", encoding="utf-8")
    return path


def test_a_wish_is_told_of_both_views_where_its_sides_are_certain(dataset, tmp_path):
    texts = ["raise the left arm", "left the floor, right?"]
    (pair,) = wish_pairs(dataset, write_wishes(tmp_path / "wishes.jsonl", dataset, texts))
    assert pair.texts == {"search": tuple(texts), "search-mirror": ("raise the right arm",)}
    assert [pair.reference.id, pair.target.id] == [i.id for i in dataset.gallery("train")[:2]]


@pytest.mark.parametrize(
    ("record", "named"),
    [
        ({"reference": "nobody.jpg", "target": "nobody.jpg", "texts": ["sit"]}, "nobody.jpg"),
        ({"reference": "00.png", "target": "01.png"}, "texts as a list"),
        ({"reference": "00.png", "texts": ["sit"]}, "expected a target"),
        ({"reference": "00.png", "target": "01.png", "texts": "sit"}, "texts as a list"),
        ([], "texts as a list"),
    ],
)
def test_a_line_that_is_no_wish_is_named(dataset, tmp_path, record, named):
    path = tmp_path / "wishes.jsonl"
    path.write_text(json.dumps(record) + "\n", encoding="utf-8")
    with pytest.raises(DatasetError, match=rf"wishes\.jsonl, line 1: .*{named}"):
        wish_pairs(dataset, path)


def test_a_wish_from_anywhere_starts_at_a_few_pictures(dataset, tmp_path):
    target = dataset.gallery("train")[1]
    path = tmp_path / "wishes.jsonl"
    path.write_text(json.dumps({"target": target.id, "texts": ["lie down"]}), encoding="utf-8")
    (wish,) = read_wishes(dataset, path)
    assert (wish.start, wish.target, wish.texts) == (None, target, ("lie down",))
    pairs = wish_pairs(dataset, path)
    assert len(pairs) == 3
    assert {pair.target.id for pair in pairs} == {target.id}
    assert [p.reference.id for p in pairs] == [p.reference.id for p in wish_pairs(dataset, path)]


def test_words_leave_and_the_rest_moves_up(towers):
    tokens = towers.tokenize(["bend both knees and look up", "sit"]).long()
    generator = torch.Generator().manual_seed(0)
    assert torch.equal(without_words(tokens, 0.0, generator), tokens)
    fewer = without_words(tokens, 0.5, generator)
    for before, after in zip(tokens.tolist(), fewer.tolist(), strict=True):
        kept = [t for t in after if t]
        assert kept[0] == before[0]
        assert kept[-1] == max(before)
        rest = iter(before)
        assert all(t in rest for t in kept), "in another order"
        assert not any(after[len(kept) :])
    assert (fewer > 0).sum() < (tokens > 0).sum()
    assert torch.equal((without_words(tokens, 1.1, generator) > 0).sum(1), torch.tensor([2, 2]))


def told_of(dataset, towers, wishes):
    images = dataset.gallery("train")
    rows = {image.id: row for row, image in enumerate(images)}
    return ToldTexts.of(
        wish_pairs(dataset, wishes), rows, towers, poses=len(images), keys=("search",)
    )


def test_a_mirrored_way_leads_between_the_mirror_twins(dataset, towers, tmp_path):
    wishes = write_wishes(tmp_path / "wishes.jsonl", dataset, ["raise the left arm"])
    told = told_of(dataset, towers, wishes)
    poses = len(dataset.gallery("train"))
    assert told.reference.tolist() == [0, poses]
    assert told.target.tolist() == [1, poses + 1]
    ways, tokens = told.drawn(40, np.random.default_rng(0))
    own = towers.tokenize(["raise the left arm", mirror_text("raise the left arm")])
    assert {*ways.tolist()} == {0, 1}
    assert torch.equal(tokens, own.long()[ways])
    with pytest.raises(DatasetError, match="mllm"):
        ToldTexts.of(wish_pairs(dataset, wishes), {}, towers, poses=1, keys=("mllm",))


@pytest.mark.slow
def test_new_words_are_learnt_and_word_vectors_stay(dataset, tmp_path):
    torch.manual_seed(0)
    towers = build_towers("pose-mini")
    vectors = token_embedding(towers).requires_grad_(False)
    before = vectors.clone()
    told = told_of(
        dataset, towers, write_wishes(tmp_path / "wishes.jsonl", dataset, ["zigzag", "wobble"])
    )
    poses = torch.randn(2 * len(dataset.gallery("train")), 22, 3)
    tokens = towers.tokenize(["stand", "sit", "lie"]).to(torch.int32)
    rows = torch.arange(3)
    data = TextPairs(poses, rows, rows + 1, tokens.expand(3, 3, -1))
    encoder = towers.image_tower.trunk.pose
    losses = []
    teach_words(
        towers,
        encoder,
        data,
        told=told,
        noise=JointNoise(1e-4 * torch.eye(66)),
        steps=60,
        batch=16,
        on_event=lambda event: losses.append(float(event.message.removeprefix("loss "))),
    )
    assert losses[-1] < 0.6 * losses[0], losses
    assert torch.equal(vectors, before)
    assert not towers.training


@pytest.mark.slow
def test_the_wishes_of_the_demo_are_about_training_pictures_alone():
    lines = (DEMO / "wishes.train.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    wishes = read_wishes(open_dataset(DEMO), DEMO / "wishes.train.jsonl")
    assert len(wishes) == len(records)
    anywhere = [wish for wish in wishes if wish.start is None]
    assert len(anywhere) > 1000
    assert len(wishes) - len(anywhere) > 2000
    for record in records:
        assert {*record} - {"reference"} == {"target", "writer", "texts"}
        assert record.get("reference", "train").startswith("train")
        assert record["target"].startswith("train")
        for text in record["texts"]:
            assert 1 <= len(text.split()) <= 40, text
            assert not re.search(r"\b(?:shirt|shorts|trousers|marked|the mark)\b", text), text
