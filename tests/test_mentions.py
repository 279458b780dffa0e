"""describe/mentions: parts keep their side, counts are counts, and a flip exchanges the sides."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autocompose.body.skeleton import INDEX, JOINTS, mirror
from autocompose.describe.views import mirror_texts
from autocompose.evaluation.captions.mentions import (
    MOVED,
    moved_parts,
    read_mentions,
    shared_moves,
    shared_parts,
)
from autocompose.language.sides.mirror import mirror_text
from autocompose.schema import BodyPart
from tests.human_captions import human_sentences

TEXTS = [
    "Raise your left arm and bend the right knee.",
    "turn your head to the right, your left hand on your hips",
    "lower your left lower arm, then step back with the right foot",
    "your right and left hands come together in front of your chest",
    "rotate your left foot counter clockwise, put it right behind the right one",
]


def named(text: str) -> list[str]:
    return sorted(part.value for part in read_mentions(text).parts)


def moves(text: str) -> list[tuple[str, str]]:
    return sorted((part.value, way) for part, way in read_mentions(text).moves)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Raise your left arm", ["left_arm"]),
        ("both hands", ["left_hand", "right_hand"]),
        ("bend the knees", ["left_knee", "right_knee"]),
        ("bend the knee", []),  # whose side is not said
        ("left and right feet", ["left_foot", "right_foot"]),
        ("your right lower arm", ["right_arm"]),
        ("your left hand and elbow", ["left_elbow", "left_hand"]),
        ("your left palm, your right heel", ["left_hand", "right_foot"]),
        ("your back is straight", ["torso"]),
        ("step back", []),
        ("the chin and the upper body", ["head", "torso"]),
    ],
)
def test_parts_are_read_with_their_side(text, parts):
    assert named(text) == parts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("raise the left arm", [("left_arm", "up")]),
        ("raise the left hand above your head", [("left_hand", "up")]),
        ("lower your left lower arm", [("left_arm", "down")]),
        ("turn your head to the right", [("head", "right")]),
        ("bend your left knee and move your right foot back",
         [("left_knee", "bend"), ("right_foot", "back")]),
        ("move your right foot to the left", [("right_foot", "left")]),
        ("rotate your left foot counter clockwise", [("left_foot", "counterclockwise")]),
    ],
)  # fmt: skip
def test_a_part_is_joined_with_the_direction_it_takes(text, expected):
    assert moves(text) == expected


def test_right_that_is_no_side_is_no_direction():
    assert ("left_foot", "right") not in moves("put your left foot right in front of the other")


def test_the_counts_of_a_pair_by_hand():
    text = "raise the left arm and bend the right knee"
    references = [
        "lift your left arm",
        "bend your right knee, lift the left arm",
        "bend the left knee",
    ]
    # Parts: 1 + 2 + 0 shared over 3 references; moves: (left arm, up), that and (right knee, bend).
    assert shared_parts(text, references) == pytest.approx(1.0)
    assert shared_moves(text, references) == pytest.approx(1.0)
    assert shared_parts(text, references, {BodyPart.LEFT_ARM}) == pytest.approx(2 / 3)
    assert shared_parts(text, references, frozenset()) == 0.0


def test_the_other_side_is_no_match():
    assert shared_parts("raise the left arm", ["raise the right arm"]) == 0.0
    assert shared_moves("move the foot left", ["move the foot right"]) == 0.0


@pytest.mark.parametrize("text", TEXTS)
def test_a_flip_exchanges_the_sides_of_parts_and_moves(text):
    check_flip(text, mirror_text(text))


def test_a_flip_exchanges_the_sides_in_all_human_captions():
    texts = [text for pair in human_sentences() for text in pair]
    for text in texts[::8]:
        for flipped in mirror_texts([text]).texts:
            check_flip(text, flipped)


def check_flip(text: str, flipped: str) -> None:
    other = {"left": "right", "right": "left"}
    other |= {"clockwise": "counterclockwise", "counterclockwise": "clockwise"}
    was, now = read_mentions(text), read_mentions(flipped)
    assert {part.mirrored for part in was.parts} == now.parts
    assert {(part.mirrored, other.get(way, way)) for part, way in was.moves} == now.moves


def test_people_who_describe_one_pair_agree_more_than_people_who_do_not():
    pairs = human_sentences()[:80]
    for count in (shared_parts, shared_moves):
        same = sum(count(own[0], own[1:]) for own in pairs)
        other = sum(
            count(own[0], others[1:])
            for own, others in zip(pairs, pairs[1:] + pairs[:1], strict=True)
        )
        assert same > 1.1 * other


STANDING = np.zeros((len(JOINTS), 3))


def test_parts_that_moved_by_hand():
    target = STANDING.copy()
    # The left hand goes 1 m: hand alone; the left wrist and elbow stay.
    target[INDEX["left_hand"], 1] = 1.0
    assert moved_parts(STANDING, target) == {BodyPart.LEFT_HAND}
    target[INDEX["left_wrist"], 1] = 0.29  # arm: 0.29 / 3 joints stays below 0.10 m
    assert moved_parts(STANDING, target) == {BodyPart.LEFT_HAND, BodyPart.LEFT_WRIST}
    target[INDEX["left_wrist"], 1] = 0.31
    assert BodyPart.LEFT_ARM in moved_parts(STANDING, target)
    assert MOVED == 0.10


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_a_mirrored_pair_moved_on_the_other_side(seed):
    random = np.random.default_rng(seed)
    before, after = random.normal(0.0, 0.08, (2, len(JOINTS), 3))
    mirrored = moved_parts(mirror(before), mirror(after))
    assert mirrored == {part.mirrored for part in moved_parts(before, after)}
