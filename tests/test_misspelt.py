"""Misspelt words are read as the one word that they are a slip away from, and no other word is."""

import pytest

from autocompose.language.reader.phrase_table import spelled, vocabulary
from autocompose.language.reader.read import read_claims
from autocompose.postures.posture_words import find_postures, posture_vocabulary
from autocompose.tagger.lookalikes import LOOKALIKES
from autocompose.tagger.misspelt import meant
from tests import lookalike_words
from tests.lookalike_words import slips
from tests.test_claims import named

OPPOSITES = (
    ("left", "right"), ("forward", "backward"), ("raise", "lower"), ("bend", "straighten"),
    ("inward", "outward"), ("above", "below"), ("front", "behind"), ("together", "apart"),
    ("closer", "away"), ("cross", "uncross"), ("fold", "unfold"), ("upward", "downward"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("word", "right"),
    [
        ("shoudler", "shoulder"), ("strighten", "straighten"), ("lifited", "lifted"),
        ("foward", "forward"), ("donw", "down"), ("rght", "right"), ("elow", "elow"),
        ("light", "light"), ("night", "night"), ("couch", "couch"), ("keen", "knee"),
        ("zzzz", "zzzz"),
    ],
)  # fmt: skip
def test_a_slip_is_read_as_the_word_that_is_meant(word, right):
    assert spelled(word) == right


def test_exchanged_letters_count_before_a_letter_left_out_and_that_before_one_too_many():
    assert meant("fromt", {"formt", "fromtx", "from"}) == "formt"
    assert meant("fromt", {"fromtx", "from"}) == "fromtx"
    assert meant("fromt", {"from"}) == "from"
    assert meant("fromt", {"fromtx", "fromty"}) == "fromt"


def test_no_slip_of_a_word_is_read_as_its_opposite():
    for pair in OPPOSITES:
        for word, opposite in (pair, pair[::-1]):
            assert opposite not in {spelled(slip) for slip in slips(word)}


@pytest.mark.slow
def test_no_right_word_is_read_as_another():
    assert all(spelled(word) in (word, "waist", "height", "knee") for word in LOOKALIKES)
    assert not (vocabulary() | posture_vocabulary()) & {"left's", "elow"}
    assert lookalike_words.OUT.read_text(encoding="utf-8") == lookalike_words.content()


def test_misspelt_orders_and_postures_claim_what_is_meant():
    read = {named(c) for c in read_claims("Strighten your left elbwo and bend the right kneee.")}
    assert read == {"left elbow: straighten", "right knee: bend"}
    found = find_postures("sqaut down, then kneeel on the right knee")
    assert [(p.name, p.side) for p in found] == [("squat", ""), ("kneel on one knee", "right")]
