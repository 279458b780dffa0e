"""Texts of more than 77 tokens, read in chunks."""

import json
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autocompose.config import ModelConfig, RunConfig, TrainConfig, from_json, to_json
from autocompose.errors import ConfigError
from autocompose.model.checkpoint import load_checkpoint, read_checkpoint_info, save_checkpoint
from autocompose.model.composed import ComposedModel
from autocompose.model.long_texts import split_text
from autocompose.model.towers import Towers
from autocompose.retrieval.encode import encode_texts
from autocompose.training.features.tower_features import text_features
from autocompose.training.loop.checkpoints import ProgressFolder
from autocompose.training.loop.two_stages import encode_by_length
from autocompose.training.run import train
from tests.model_fakes import tiny_model, tiny_towers
from tests.training_fakes import SHORT as GENTLE
from tests.training_fakes import TINY, write_tiny_dataset

SHORT = "bend the left knee"
FULL = " ".join(["knee"] * 75)  # fills the 77 tokens
SENTENCE = "raise the left arm above the head and look at the right hand"
LONG = ". ".join([SENTENCE] * 9) + ". Then sit down"
TEXTS = [LONG, SHORT, "turn", FULL, LONG.replace("Then sit", "Then kneel"), ""]


def in_chunks(seed=0):
    towers = tiny_towers(seed)
    towers.long_texts = "chunks"
    return towers


def words(text):
    return len(text.split())


def test_sentences_come_before_clauses_and_clauses_before_words():
    text = "Sit down. Bend the left knee, then turn and look. Rise"
    assert split_text(text, tokens=words, room=99) == (text,)
    assert split_text(text, tokens=words, room=8) == (
        "Sit down.",
        "Bend the left knee, then turn and look.",
        "Rise",
    )
    assert split_text(text, tokens=words, room=5) == (
        "Sit down.",
        "Bend the left knee,",
        "then turn and look. Rise",
    )
    assert split_text("a b c d e", tokens=words, room=2) == ("a b", "c d", "e")


def test_a_word_of_more_tokens_than_fit_is_split_too():
    assert split_text("abcdefgh", tokens=len, room=4) == ("abcd", "efgh")
    pieces = split_text("abcdefgh", tokens=len, room=3)
    assert "".join(pieces) == "abcdefgh"
    assert all(len(piece) <= 3 for piece in pieces)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(["knee", "arm,", "left.", "and", "turn;"]), min_size=1, max_size=60),
    st.integers(1, 12),
)
def test_chunks_fit_and_hold_every_word_in_its_order(text, room):
    chunks = split_text(" ".join(text), tokens=words, room=room)
    assert all(words(chunk) <= room for chunk in chunks)
    assert " ".join(chunks).split() == text


def test_texts_that_fit_keep_their_features_bit_for_bit_beside_long_ones():
    cut, chunks = tiny_towers(), in_chunks()
    fits = [1, 2, 3, 5]
    with torch.inference_mode():
        for encode in (lambda t: t.encode_texts(TEXTS), lambda t: encode_by_length(t, TEXTS)):
            as_ever, now = encode(cut), encode(chunks)
            assert torch.equal(now[fits], as_ever[fits])
            assert not torch.allclose(now[0], as_ever[0], atol=1e-4)
        assert torch.equal(cut.encode_texts(TEXTS), cut.encode_text(cut.tokenize(TEXTS))), (
            "cut is what it was"
        )


def test_what_stands_beyond_the_77th_token_counts():
    other = LONG.replace("Then sit", "Then kneel")
    with torch.inference_mode():
        a, b = tiny_towers().encode_texts([LONG, other])
        assert torch.equal(a, b)
        a, b = in_chunks().encode_texts([LONG, other])
    assert not torch.allclose(a, b, atol=1e-5)
    assert tiny_towers().truncated_words(LONG).endswith("Then sit down")
    assert in_chunks().truncated_words(LONG) == ""


def test_a_long_text_is_the_mean_of_its_chunks_weighted_by_their_tokens():
    towers = in_chunks()
    text = " ".join(["knee"] * 100)  # one token each: 75 and 25
    with torch.inference_mode():
        whole = towers.encode_texts([text])
        first, second = towers.encode_texts([FULL, " ".join(["knee"] * 25)])
    torch.testing.assert_close(whole[0], 0.75 * first + 0.25 * second, atol=1e-6, rtol=1e-5)


def test_features_come_back_in_the_order_of_their_texts():
    towers = in_chunks()
    with torch.inference_mode():
        alone = torch.cat([towers.encode_texts([text]) for text in TEXTS])
        torch.testing.assert_close(towers.encode_texts(TEXTS), alone, atol=1e-5, rtol=1e-4)
        many = TEXTS * 20  # more than one pass
        by_length = encode_by_length(towers, many)
    torch.testing.assert_close(by_length, alone.repeat(20, 1), atol=1e-5, rtol=1e-4)


def test_the_gradient_reaches_every_chunk():
    towers = in_chunks()
    text = " ".join(["knee"] * 80) + " ankle"  # the last word is in the second chunk

    def gradient_of(word):
        towers.zero_grad()
        encode_by_length(towers, [SHORT, text]).square().sum().backward()
        embedding: Any = towers.clip.token_embedding
        rows = embedding.weight.grad
        return rows[int(towers.tokenize([word])[0, 1])]

    assert float(gradient_of("ankle").norm()) > 0
    towers.long_texts = "cut"
    assert float(gradient_of("ankle").norm()) == 0


@pytest.mark.slow
def test_stage_two_and_search_read_chunks_and_the_cache_keeps_both_readings(tmp_path):
    run, silent = RunConfig(cache=tmp_path), lambda event: None
    cut, chunks = tiny_towers(), in_chunks()
    for towers in (cut, chunks, cut):
        kept = text_features(towers, TEXTS[:4], run=run, on_event=silent).take(TEXTS[:4])
        with torch.inference_mode():
            torch.testing.assert_close(kept, towers.encode_texts(TEXTS[:4]), atol=2e-3, rtol=1e-2)
    assert len(list(tmp_path.iterdir())) == 2
    base = tiny_model()
    config = replace(base.config, long_texts="chunks")
    model = ComposedModel(base.towers, base.combiner, config)
    with torch.inference_mode():
        torch.testing.assert_close(encode_texts(model, [LONG]), chunks.encode_texts([LONG]))


@pytest.mark.slow
def test_the_setting_is_saved_honoured_on_load_and_absent_where_it_is_off(tmp_path):
    base = tiny_model()
    save_checkpoint(tmp_path / "cut", base, train=None, metrics={}, card="")
    before = base.fingerprint
    model = ComposedModel(base.towers, base.combiner, replace(base.config, long_texts="chunks"))
    save_checkpoint(tmp_path / "chunks", model, train=None, metrics={}, card="")
    loaded = load_checkpoint(tmp_path / "chunks")
    assert loaded.config.long_texts == loaded.towers.long_texts == "chunks"
    assert load_checkpoint(tmp_path / "cut").towers.long_texts == "cut"
    assert loaded.fingerprint == model.fingerprint != before
    assert read_checkpoint_info(tmp_path / "chunks").model.long_texts == "chunks"
    # A checkpoint from before the setting has no such key, and keeps its fingerprint.
    stored = json.loads((tmp_path / "cut" / "config.json").read_text())
    assert "long_texts" not in stored["model"]
    assert from_json(ModelConfig, stored["model"]) == base.config


def test_a_run_from_before_the_setting_goes_on_and_another_setting_is_refused(tmp_path):
    model, config = ModelConfig(), TrainConfig()
    old = {"model": to_json(model), "train": to_json(config)}
    assert "long_texts" not in old["model"]
    tmp_path.joinpath("settings.json").write_text(json.dumps(old, sort_keys=True))
    ProgressFolder(tmp_path, model, config, resume=True)
    with pytest.raises(ConfigError, match="other settings"):
        ProgressFolder(tmp_path, replace(model, long_texts="chunks"), config, resume=True)
    with pytest.raises(ConfigError, match="cut, chunks"):
        ModelConfig(long_texts="all")


@pytest.mark.slow
def test_training_reads_chunks_where_the_model_says_so(tmp_path, monkeypatch):
    dataset = write_tiny_dataset(tmp_path / "tiny")
    pairs = [
        replace(pair, texts={k: tuple(f"{t} {LONG}" for t in v) for k, v in pair.texts.items()})
        for pair in dataset.pairs("train")
    ]
    read: list[str] = []
    as_ever = Towers.read

    def watched(self, texts):
        found = as_ever(self, texts)
        read.append(self.long_texts)
        assert len(found.chunks) == sum(len(text) > 400 for text in texts) > 0
        return found

    config = replace(GENTLE, text_epochs=1, combiner_epochs=1)
    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr(Towers, "read", watched)
        train(
            dataset.with_pairs("train", pairs).with_pairs("val", pairs),
            out, model=replace(TINY, long_texts="chunks"), config=config,
        )  # fmt: skip
    assert set(read) == {"chunks"}
    assert load_checkpoint(out).config.long_texts == "chunks"
