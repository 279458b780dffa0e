"""Phrase banks: disjoint forms, shared or unseen words, and texts a person could have typed."""

from __future__ import annotations

import re

import pytest

from autocompose.describe.geometric import PhrasingBank, describe_joints, sample_phrasings
from autocompose.pose.facts import read_facts
from autocompose.pose.lexicon import bank
from autocompose.pose.phrasings import known_words
from autocompose.pose.transitions import transition_codes
from autocompose.pose.wording import WORD_BUDGET
from tests.poses import random_poses

OTHERS = [PhrasingBank.VAL, PhrasingBank.NEW_FORMS, PhrasingBank.NEW_WORDS]
UNSEEN_BUT_KNOWN = [PhrasingBank.VAL, PhrasingBank.NEW_FORMS]
POSES = random_poses(700, seed=11, tilt=0.7), random_poses(700, seed=12, tilt=0.7)


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower())


@pytest.fixture(scope="module")
def texts() -> dict[PhrasingBank, list[list[str]]]:
    return {
        name: sample_phrasings(*POSES, bank=name, seed=1, n=12 if name is PhrasingBank.TRAIN else 4)
        for name in PhrasingBank
    }


@pytest.fixture(scope="module")
def vocabulary(texts) -> dict[PhrasingBank, set[str]]:
    """Words of the generated texts; training owns its comparisons too, which few pairs call for."""
    found = {n: {w for ts in rows for t in ts for w in words(t)} for n, rows in texts.items()}
    rare = [*known_words.ANALOGIES.values(), *known_words.STEADY.values()]
    steady = [
        f for s in bank(PhrasingBank.TRAIN).forms.styles.values() for f in s.steady + s.analogies
    ]
    found[PhrasingBank.TRAIN] |= {w for texts in [*rare, steady] for t in texts for w in words(t)}
    for verbs in bank(PhrasingBank.TRAIN).actions.values():
        found[PhrasingBank.TRAIN] |= {
            w for v in verbs for w in (v.gerund, v.participle, *v.particle.split())
        }
    return found


def clause_forms(name: PhrasingBank) -> set[str]:
    return {
        " ".join(c.form.replace("{deg}", "").replace("{pdeg}", "").split())
        for clauses in bank(name).clauses.values()
        for c in clauses
    }


@pytest.mark.parametrize("one", list(PhrasingBank))
@pytest.mark.parametrize("other", list(PhrasingBank))
def test_no_sentence_form_stands_in_two_banks(one, other):
    if one is not other:
        assert not clause_forms(one) & clause_forms(other)


@pytest.mark.parametrize("name", UNSEEN_BUT_KNOWN)
def test_new_forms_are_made_of_words_that_training_sees(vocabulary, name):
    assert vocabulary[name] <= vocabulary[PhrasingBank.TRAIN]


def test_new_words_are_new_to_training(vocabulary):
    new = vocabulary[PhrasingBank.NEW_WORDS] - vocabulary[PhrasingBank.TRAIN]
    assert {"hoist", "crook", "unbend", "swivel", "drastically", "tummy", "tad"} <= new
    assert len(new) > 120


def test_almost_every_new_words_text_holds_an_unseen_word(texts, vocabulary):
    rows = [t for ts in texts[PhrasingBank.NEW_WORDS] for t in ts]
    unseen = [t for t in rows if set(words(t)) - vocabulary[PhrasingBank.TRAIN]]
    assert len(unseen) > 0.99 * len(rows)


@pytest.mark.parametrize("name", OTHERS)
def test_no_held_out_text_equals_a_training_text_of_the_same_pair(texts, name):
    for train, held_out in zip(texts[PhrasingBank.TRAIN], texts[name], strict=True):
        assert not {t.lower().rstrip(".") for t in train} & {
            t.lower().rstrip(".") for t in held_out
        }


def test_texts_are_short_clean_and_free_of_slots(texts):
    for rows in texts.values():
        for text in (t for ts in rows for t in ts):
            assert 2 <= len(text.split()) <= WORD_BUDGET + 14
            assert not re.search(r"[{}|*!<>]|  | ,|\.\.|, ,|,\.", text), text
            assert not re.search(r"\b(\w+) \1\b", text.lower()), text


def test_training_wordings_are_wide(texts, vocabulary):
    assert len(vocabulary[PhrasingBank.TRAIN]) > 200
    rows = [t for ts in texts[PhrasingBank.TRAIN] for t in ts]
    assert len(set(rows)) > 0.99 * len(rows)
    assert len({tuple(words(t)[:2]) for t in rows}) > 200


def test_the_biggest_change_is_said():
    reference, target = (p[:100] for p in POSES)
    for facts in read_facts(transition_codes(reference, target)):
        weights = [f.weight for f in facts.merged]
        assert weights == sorted(weights, reverse=True)


def test_every_fact_can_be_said_in_every_bank():
    """A missing lexicon entry would be a KeyError deep inside a long synthesis."""
    for name in PhrasingBank:
        loaded = bank(name)
        assert set(loaded.actions) == set(loaded.intransitive)
        assert set(loaded.actions) == set(bank(PhrasingBank.TRAIN).actions)


def test_texts_fit_in_the_77_tokens_of_clip(texts):
    pytest.importorskip(
        "autocompose.model.torchvision_schemas"
    )  # lets open_clip import on a CPU torch
    tokenizer = pytest.importorskip("open_clip.tokenizer").SimpleTokenizer()
    for rows in texts.values():
        for text in (t for ts in rows[:150] for t in ts[:3]):
            assert len(tokenizer.encode(text)) + 2 <= 77, text


def test_style_can_be_told_apart_in_a_description():
    reference, target = POSES[0][0], POSES[1][0]
    text = describe_joints(reference, target, n=6)
    assert len(set(text.phrasings)) == 6
