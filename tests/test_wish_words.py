"""What people who search mean by idioms: each row of the table reads its own example."""

from __future__ import annotations

import pytest

from autocompose.language.reader.read import read_claims
from autocompose.postures.posture_words import find_postures
from autocompose.postures.postures import POSTURES
from autocompose.postures.wish_words import WISHES, find_wishes
from autocompose.tagger.claimed_change import ChangeKind
from autocompose.verify.soft import ranking_claims


def asked(text: str) -> list[str]:
    """The postures that a ranking looks for, with their sides."""
    return [str(c.change) for c in ranking_claims(text) if c.change.kind is ChangeKind.POSTURE]


@pytest.mark.parametrize("row", WISHES, ids=lambda row: f"{row.name}: {row.example}")
def test_every_row_reads_its_example(row):
    found = [words for words in find_wishes(row.example) if words.wished]
    assert {words.name for words in found} <= {row.name, row.one}
    assert found
    assert row.name in POSTURES
    assert not row.one or POSTURES[row.one].sided


@pytest.mark.parametrize(
    ("text", "postures"),
    [
        ("be a plane", ["arms out to the sides"]),
        ("hail a taxi with your left arm", ["left hand up"]),
        ("hail a taxi with your right arm", ["right hand up"]),
        ("pick your right foot up off the floor", ["right foot raised"]),
        ("pick your left foot up off the floor", ["left foot raised"]),
        ("reach for the sky", ["arms overhead"]),
        ("reach for the sky with your left arm", ["left hand up"]),
        ("tip your head to the right", ["right head to one side"]),
        ("tip your head to the left", ["left head to one side"]),
        ("do not wave", ["not wave"]),
        ("bend both knees to ninety degrees", []),
    ],
)
def test_idioms_are_looked_for_on_the_side_that_is_said(text, postures):
    assert asked(text) == postures


@pytest.mark.parametrize("text", ["say hello", "be a plane", "hang your head in shame"])
def test_captions_are_read_without_idioms(text):
    assert not find_postures(text)
    assert not [c for c in read_claims(text) if c.change.kind is ChangeKind.POSTURE]


def test_an_idiom_says_all_that_its_words_say():
    text = "wave to me"
    (claim,) = ranking_claims(text)
    assert str(claim.change) == "wave"
    assert text[slice(*claim.span)] == text


def test_who_says_several_things_means_them_as_they_are_read():
    said = [str(claim.change) for claim in ranking_claims("step forward, right arm up")]
    assert said == ["step forward", "up"]
    assert "wave" in asked("knees bent, say hello")
