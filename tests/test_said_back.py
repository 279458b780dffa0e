"""The learnt score hears the words of a text, and what the reader reads in them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from autocompose.config import RankingConfig
from autocompose.errors import ConfigError
from autocompose.language.sides.mirror import mirror_text
from autocompose.retrieval.embed import embed_images
from autocompose.retrieval.encode import encode_texts
from autocompose.retrieval.said_back import heard
from autocompose.retrieval.search import ComposedRetriever
from tests.model_fakes import tiny_model, write_pictures

TEXT = "Hoist your left arm way up high."
SAID = "left arm far up"


@pytest.fixture(scope="module")
def model():
    return tiny_model()


def set_share(model, share):
    model.ranking = replace(RankingConfig(), said_back=share)
    return model


def test_without_a_share_the_text_is_what_it_was(model):
    own = encode_texts(model, [TEXT])
    assert heard(set_share(model, 0.0), [TEXT], own) is own


@pytest.mark.parametrize("share", [0.25, 0.5, 1.0])
def test_the_share_mixes_the_text_and_what_is_read_in_it(model, share):
    own, said = encode_texts(model, [TEXT]), encode_texts(model, [SAID])
    found = heard(set_share(model, share), [TEXT])
    torch.testing.assert_close(found, (1 - share) * own + share * said)
    assert not torch.allclose(own, said)


def test_a_text_in_which_nothing_is_read_stays_as_it_is(model):
    texts = ["Quarterly results of the bakery", TEXT]
    own = encode_texts(model, texts)
    found = heard(set_share(model, 0.5), texts, own)
    assert torch.equal(found[0], own[0])
    assert not torch.allclose(found[1], own[1])


def test_each_side_is_said_back_as_the_subjects_own(model):
    set_share(model, 1.0)
    left, right = heard(model, [TEXT, mirror_text(TEXT)])
    torch.testing.assert_close(right, encode_texts(model, [mirror_text(SAID)])[0])
    assert not torch.allclose(left, right)


def test_the_words_of_a_query_are_heard_twice_and_read_once(model, tmp_path):
    paths = write_pictures(tmp_path, 3)
    retriever = ComposedRetriever(set_share(model, 0.5), embed_images(model, paths))
    words = retriever.words(TEXT)
    torch.testing.assert_close(words.feature, encode_texts(model, [TEXT])[0])
    torch.testing.assert_close(words.heard, heard(model, [TEXT])[0])
    assert [claim.side for claim in words.claims] == ["left"]


def test_a_share_beyond_the_whole_is_refused():
    with pytest.raises(ConfigError, match=r"said_back is 1\.5; expected a number from 0 to 1"):
        RankingConfig(said_back=1.5)
