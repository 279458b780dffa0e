"""Phrase banks: disjoint forms, shared or unseen words, and texts a person could have typed."""

from __future__ import annotations

import random
import re
from pathlib import Path

import numpy as np
import pytest

from autocompose.body.change import Bodies
from autocompose.body.paircodes import transition_codes
from autocompose.data.dataset import open_dataset
from autocompose.describe.geometric import PhrasingBank, describe_joints, sample_phrasings
from autocompose.language.writer.aggregate import RARITY
from autocompose.language.writer.banks import bank, reached
from autocompose.language.writer.part_facts import Fact
from autocompose.language.writer.phrasings import (
    known_places,
    known_words,
    new_words,
    sentence_forms,
)
from autocompose.language.writer.realise import STYLES, write_phrasings
from autocompose.language.writer.select import read_facts
from tests.poses import ARMS_DOWN, SQUAT, T_POSE, random_poses, with_joints

pytestmark = pytest.mark.slow

OTHERS = [PhrasingBank.VAL, PhrasingBank.NEW_FORMS, PhrasingBank.NEW_WORDS]
UNSEEN_BUT_KNOWN = [PhrasingBank.VAL, PhrasingBank.NEW_FORMS]
FRAMES = {
    PhrasingBank.TRAIN: sentence_forms.TRAIN,
    PhrasingBank.VAL: sentence_forms.VAL,
    PhrasingBank.NEW_FORMS: sentence_forms.NEW_FORMS,
    PhrasingBank.NEW_WORDS: sentence_forms.NEW_WORDS,
}
DEMO = Path(__file__).parent.parent / "annotations" / "demo"
ARM_UP = with_joints(
    ARMS_DOWN, left_elbow=(0.2, 0.72, 0), left_wrist=(0.2, 0.97, 0), left_hand=(0.2, 1.05, 0)
)


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower())


@pytest.fixture(scope="module")
def demo():
    """References and targets of 1,000 real demo pairs."""
    dataset = open_dataset(DEMO)
    pairs = [p for s in ("train", "val", "test") for p in dataset.pairs(s)][::2][:1000]
    images = [[p.reference for p in pairs], [p.target for p in pairs]]
    return [
        Bodies(np.array([i.joints for i in side]), np.array([i.floor_y for i in side], dtype=float))
        for side in images
    ]


@pytest.fixture(scope="module")
def texts(demo) -> dict[PhrasingBank, list[list[str]]]:
    """Texts of real pairs and, for rare facts, of random poses."""
    reference, target = demo
    wild = random_poses(250, seed=11, tilt=0.7), random_poses(250, seed=12, tilt=0.7)
    return {
        name: sample_phrasings(reference, target, bank=name, seed=1, n=6)
        + sample_phrasings(*wild, bank=name, seed=1, n=6)
        for name in PhrasingBank
    }


@pytest.fixture(scope="module")
def vocabulary(texts) -> dict[PhrasingBank, set[str]]:
    """Words of the generated texts; training owns all of its tables, which few pairs call for."""
    found = {n: {w for ts in rows for t in ts for w in words(t)} for n, rows in texts.items()}
    train = found[PhrasingBank.TRAIN]
    for options in (*known_words.ANALOGIES.values(), *known_words.STEADY.values()):
        train |= {w for text in options for w in words(text)}
    for places in known_places.RESULTS.values():
        train |= set(words(places))
    for frame in sentence_forms.TRAIN:
        for forms in (frame.clauses, frame.person, frame.openers, frame.steady, frame.analogies):
            train |= {w for form in forms for w in words(re.sub(r"{.*?}", " ", form))}
    loaded = bank(PhrasingBank.TRAIN)
    for table in (loaded.actions, loaded.intransitive, loaded.person):
        for verbs in table.values():
            for v in verbs:
                own = v.participle if table is loaded.actions else v.third
                forms = (v.base, v.gerund, own, v.particle)
                train |= {w for f in forms for w in words(re.sub(r"{.*?}", " ", f))}
    return found


def clause_forms(name: PhrasingBank) -> set[str]:
    """Clause forms without what they may leave out."""
    forms = (f for frame in FRAMES[name] for f in (*frame.clauses, *frame.person))
    return {" ".join(re.sub(r"{p?deg}|{goal}", "", form).split()) for form in forms}


@pytest.mark.parametrize("one", list(PhrasingBank))
@pytest.mark.parametrize("other", list(PhrasingBank))
def test_no_sentence_form_stands_in_two_banks(one, other):
    if one is not other:
        assert not clause_forms(one) & clause_forms(other)


def test_there_are_at_least_four_styles_in_training_and_a_short_one_everywhere():
    assert {frame.style for frame in sentence_forms.TRAIN} == set(STYLES)
    for frames in FRAMES.values():
        assert {"instruction", "description", "search", "short"} <= {f.style for f in frames}
    for name in (PhrasingBank.VAL, PhrasingBank.NEW_FORMS):
        assert "analogy" in {f.style for f in FRAMES[name]}


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


_VERBS = {
    form
    for name in PhrasingBank
    for table in (bank(name).actions, bank(name).intransitive, bank(name).person)
    for verbs in table.values()
    for v in verbs
    for form in (v.base.split()[0], v.third.split()[0], v.gerund.split()[0], v.participle)
} | {
    "is",
    "are",
    "have",
    "has",
    "keep",
    "leave",
    "look",
    "let",
    "must",
    "need",
    "needs",
    "get",
    "be",
    "change",
    "see",
}


_SIDED = "hand|foot|knee|elbow|arm|leg|thigh"
_MANY = "hands|feet|knees|elbows|arms|legs|thighs"
_FAULTS = {
    "marks": r"[{}|*!<>]|  | [,.;:]|[,;:][,.;:]|\.\.|[^.\w)]$|^[,.;]",
    "double word": r"\b(\w+) \1\b",
    "article": r"\ba [aeio]\w|\ban [^aeiouh]",
    "unfinished": r"\b(and|then|with|until|so that|is|are|the|your|to|at|of|be|but)\.?$",
    "missing word": r"\b(with|the|your|his|her) (and|with|then|until|is|are)\b"
    r"|\band (and|until|is|are)\b|\b(is|are|be)[,.;]",
    "both and one": rf"\bboth (the|your|his|her|their|{_SIDED})\b",
    "one side, two parts": rf"\b(left|right) ({_MANY})\b",
    "agreement": rf"\b(they|{_MANY}) (is|has|needs)\b"
    rf"|\b(left|right|that) ({_SIDED}) (are|have|need)\b",
    "clumsy": r"\b(see|to) (he|she) \w|\b(until|so that) it (are|is (to|until))\b",
}


def faults(text: str) -> list[str]:
    """What a reader would stumble over."""
    low = text.lower().replace("as they are", "as they stay")
    return [name for name, pattern in _FAULTS.items() if re.search(pattern, low)]


@pytest.mark.parametrize("name", list(PhrasingBank))
def test_thousands_of_texts_of_real_pairs_are_grammatical(texts, name):
    rows = [t for ts in texts[name] for t in ts]
    assert len(rows) > 4000
    faulty = [(f, t) for t in rows if (f := faults(t))]
    assert not faulty, f"{len(faulty)}: {faulty[:8]}"


def test_the_grammar_test_can_fail():
    for text in (
        "Raise the the arm.", "Raise an arm with.", "an left arm", "Lift , the arm", "both hand up",
        "the arms is up", "Raise the arm, and", "move left hands out", "Raise it {goal}.",
    ):  # fmt: skip
        assert faults(text), text


def test_every_sentence_of_a_full_text_has_a_verb_or_is_a_search(texts):
    for name in (PhrasingBank.TRAIN, PhrasingBank.VAL, PhrasingBank.NEW_FORMS):
        for text in (t for ts in texts[name] for t in ts):
            if text[0].isupper():
                for sentence in text.rstrip(".").split(". "):
                    assert set(words(sentence)) & _VERBS, text


def test_texts_are_at_most_sixty_words_and_average_fewer_than_before(texts):
    for rows in texts.values():
        lengths = [len(t.split()) for ts in rows for t in ts]
        assert min(lengths) >= 1
        assert max(lengths) <= 60
    train = [len(t.split()) for ts in texts[PhrasingBank.TRAIN] for t in ts]
    assert 18 < np.mean(train) < 36


def test_one_of_three_training_texts_is_a_short_query(demo):
    reference, target = (Bodies(of.joints[:200], of.floors[:200]) for of in demo)
    rows = sample_phrasings(reference, target, bank=PhrasingBank.TRAIN, seed=2, n=3)
    facts = read_facts(transition_codes(reference, target))
    few = [sum(len(t.split()) <= 26 and t[0].islower() for t in row) for row in rows]
    assert np.mean([f >= 1 for f in few]) > 0.8
    assert facts


def test_a_short_query_tells_a_good_part_of_the_change():
    for reference, target in zip(random_poses(40, seed=1), random_poses(40, seed=2), strict=True):
        facts = read_facts(transition_codes(reference[None], target[None]))[0]
        total = sum(f.weight * RARITY[f.kind] for f in facts.merged)
        top = sum(f.weight * RARITY[f.kind] for f in facts.merged[:3])
        short = write_phrasings(facts, PhrasingBank.TRAIN, random.Random(0), n=6, style="short")
        if top < 0.4 * total:
            continue
        assert max(len(t.split()) for t in short) < 40


def test_what_visitors_type_is_what_short_queries_say():
    def short(reference, target, n=60) -> set[str]:
        facts = read_facts(transition_codes(reference[None], target[None]))[0]
        rng = random.Random(5)
        return {write_phrasings(facts, PhrasingBank.TRAIN, rng, style="short")[0] for _ in range(n)}

    assert any(
        re.fullmatch(r"(raise|lift) both (arms|hands).*", t) for t in short(ARMS_DOWN, T_POSE)
    )
    assert any("left" in t and "above" in t for t in short(ARMS_DOWN, ARM_UP))
    assert any("squat" in t for t in short(ARMS_DOWN, SQUAT))
    assert any(t.startswith("stand") for t in short(SQUAT, ARMS_DOWN))


def test_left_and_right_alike_become_both_and_elbow_with_hand_become_the_arm():
    bent = with_joints(
        ARMS_DOWN,
        left_elbow=(0.2, 0.6, 0.2),
        left_wrist=(0.2, 0.7, 0.0),
        left_hand=(0.2, 0.72, -0.05),
    )
    facts = read_facts(transition_codes(ARMS_DOWN[None], bent[None]))[0].merged
    arm = next(f for f in facts if f.kind == "hand")
    assert arm.tail[:1] == ("elbow",)
    assert not any(f.kind == "elbow" for f in facts)
    both = read_facts(transition_codes(ARMS_DOWN[None], T_POSE[None]))[0].merged
    assert [(f.kind, f.side) for f in both] == [("hand", "both")]


def test_rarest_and_largest_come_first():
    reference, target = random_poses(100, seed=11), random_poses(100, seed=12)
    for facts in read_facts(transition_codes(reference, target)):
        scores = [f.weight * RARITY[f.kind] for f in facts.merged]
        assert scores == sorted(scores, reverse=True)
    assert RARITY["kneel"] > RARITY["hand"]


def test_no_text_repeats_itself(texts):
    for rows in texts.values():
        for text in (t for ts in rows for t in ts):
            said = words(text)
            runs = [tuple(said[i : i + 14]) for i in range(len(said) - 13)]
            assert len(set(runs)) == len(runs), text


def test_training_wordings_are_wide(texts, vocabulary):
    assert len(vocabulary[PhrasingBank.TRAIN]) > 200
    rows = [t for ts in texts[PhrasingBank.TRAIN] for t in ts]
    assert len(set(rows)) > 0.97 * len(rows)
    assert len({tuple(words(t)[:2]) for t in rows}) > 200


def test_every_fact_can_be_said_in_every_bank_and_style():
    """A missing lexicon entry would be a KeyError deep inside a long synthesis."""
    moves = {**known_words.ACTIONS, **known_words.PERSON}
    for name in PhrasingBank:
        loaded = bank(name)
        assert set(loaded.actions) == set(loaded.intransitive) == set(known_words.ACTIONS)
        assert set(new_words.ACTIONS) | set(new_words.PERSON) <= set(moves)
        for kind, move in moves:
            if move == "kneel_both":
                continue
            sides = ("left", "both") if (kind, move) in known_words.ACTIONS else ("",)
            for side in ("left", "both") if kind == "kneel" else sides:
                fact = Fact(kind, move, side, 2, _any_result(kind, move), 1.0)
                facts = type(
                    "F", (), {"merged": (fact,), "single": (), "analogy": "", "steady": ""}
                )
                for style in STYLES:
                    text = write_phrasings(facts, name, random.Random(0), style=style)[0]  # pyright: ignore
                    assert len(text.split()) >= 1


def _any_result(kind: str, move: str) -> tuple[str, ...]:
    special = {
        ("hand", "off"): ("off", "hip"),
        ("knee", "to_floor"): ("floor",),
        ("foot", "to_leg"): ("leg",),
    }
    if (kind, move) in special:
        return special[kind, move]
    if kind == "hand":
        return ("at", "chest", "front")
    return {"elbow": ("right",), "knee": ("right",), "foot": ("floor",)}.get(kind, ())


def test_no_place_is_left_unsaid():
    levels = ("low", "hip", "waist", "chest", "shoulder", "head", "over")
    ways = ("behind", "behind_out", "close", "side", "out", "front_out", "across", "front", "ahead")
    for name in PhrasingBank:
        for level in levels:
            for way in ways:
                for side in ("left", "both"):
                    options = reached(name, "hand", "to", side, ("at", level, way))
                    assert options
                    assert all(goal and place for goal, place in options)


def test_texts_fit_in_the_77_tokens_of_clip(texts):
    pytest.importorskip(
        "autocompose.model.torchvision_schemas"
    )  # lets open_clip import on a CPU torch
    tokenizer = pytest.importorskip("open_clip.tokenizer").SimpleTokenizer()
    for rows in texts.values():
        longest = sorted((t for ts in rows for t in ts), key=len)[-400:]
        for text in longest:
            assert len(tokenizer.encode(text)) + 2 <= 77, text


def test_six_descriptions_of_one_pair_differ():
    reference, target = random_poses(1, seed=1)[0], random_poses(1, seed=2)[0]
    text = describe_joints(reference, target, n=6)
    assert len(set(text.phrasings)) == 6
