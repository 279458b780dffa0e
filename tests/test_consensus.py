"""describe/consensus: what samples agree on is kept; sides come from joints, else from a vote."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autocompose.body.skeleton import mirror
from autocompose.describe.annotate.consensus import agree, change_of, group_of, view_judge
from autocompose.errors import AmbiguousSideError
from autocompose.language.sides.mirror import mirror_text
from autocompose.schema import BodyPart, PartDescription, View
from autocompose.verify.judge import PairJudge
from tests.annotation_fakes import RAISED, make_pair
from tests.poses import ARMS_DOWN, with_joints

LEFT = PartDescription(BodyPart.LEFT_ARM, "Raise the left arm.")
RIGHT = PartDescription(BodyPart.RIGHT_ARM, "Raise the right arm.")
KNEE = PartDescription(BodyPart.LEFT_KNEE, "Bend the left knee.")
NOD = PartDescription(BodyPart.HEAD, "Lower the head.")
# RAISED lifts the left arm; its mirror the right one.
LEFT_RISES = PairJudge(ARMS_DOWN, RAISED)
RIGHT_RISES = PairJudge(mirror(ARMS_DOWN), mirror(RAISED))
NOTHING_MOVES = PairJudge(ARMS_DOWN, ARMS_DOWN)


def parts(agreement):
    return [(row.part, row.text) for row in agreement.parts]


def test_by_hand_a_claim_of_half_the_samples_is_kept_and_a_rarer_one_is_not():
    found = agree([[LEFT, NOD], [LEFT], [KNEE], [LEFT, NOD]], share=0.5)
    assert parts(found) == [(NOD.part, NOD.text), (LEFT.part, LEFT.text)]
    kept = {(c.group, c.change): (c.count, c.samples, c.kept) for c in found.support}
    assert kept == {
        ("arm", "up"): (3, 4, True),
        ("head", "down"): (2, 4, True),
        ("leg", "bend"): (1, 4, False),
    }
    assert next(c.share for c in found.support if c.group == "arm") == 0.75


def test_an_empty_sample_counts_as_a_vote_for_nothing():
    assert agree([[LEFT], [], []], share=0.5).parts == ()
    assert agree([[LEFT], []], share=0.5).parts == (LEFT,)
    assert agree([[], []], share=0.0).parts == ()


def test_claims_are_counted_without_their_side():
    # Neither side alone has half of the samples, the movement has all.
    found = agree([[LEFT], [RIGHT], [LEFT], [RIGHT], [LEFT]], share=0.9)
    assert found.parts == (LEFT,)
    (claim,) = found.support
    assert (claim.count, claim.left_votes, claim.right_votes) == (5, 3, 2)
    assert claim.decided_by == "majority"


@pytest.mark.parametrize(
    ("judge", "expected"), [(LEFT_RISES, LEFT), (RIGHT_RISES, RIGHT)], ids=["left", "right"]
)
def test_the_joints_decide_the_side_against_the_majority(judge, expected):
    wrong = RIGHT if expected is LEFT else LEFT
    found = agree([[wrong], [wrong], [wrong], [expected]], share=0.5, judge=judge)
    assert found.parts == (expected,)
    assert found.support[0].decided_by == "geometry"


@pytest.mark.parametrize(
    ("judge", "expected"), [(LEFT_RISES, LEFT), (RIGHT_RISES, RIGHT)], ids=["left", "right"]
)
def test_when_every_sample_has_the_wrong_side_the_sentence_is_mirrored(judge, expected):
    wrong = RIGHT if expected is LEFT else LEFT
    found = agree([[wrong], [wrong]], share=0.5, judge=judge)
    assert found.parts == (expected,)
    assert found.support[0].kept


def test_a_sentence_that_cannot_be_mirrored_exactly_stays_with_the_majority_and_is_marked():
    unclear = PartDescription(BodyPart.RIGHT_ARM, "Raise the right arm, the one left.")
    with pytest.raises(AmbiguousSideError):
        mirror_text(unclear.text)
    found = agree([[unclear]], share=0.5, judge=LEFT_RISES)
    assert found.parts == (unclear,)
    assert found.support[0].decided_by == "majority"


def test_where_the_joints_say_nothing_the_majority_decides_and_is_marked():
    found = agree([[RIGHT], [LEFT], [RIGHT]], share=0.5, judge=NOTHING_MOVES)
    assert found.parts == (RIGHT,)
    assert found.support[0].decided_by == "majority"


def test_both_sides_are_kept_when_the_samples_name_both():
    found = agree([[LEFT, RIGHT], [LEFT, RIGHT], [LEFT]], share=0.5)
    assert found.parts == (LEFT, RIGHT)
    one = agree([[LEFT, RIGHT], [LEFT, RIGHT]], share=0.5, judge=LEFT_RISES)
    assert one.parts == (LEFT,)


def test_the_direction_of_the_head_is_a_side_too():
    def turned(way):
        return PartDescription(BodyPart.HEAD, f"Turn the head to the {way}.")

    gaze = with_joints(ARMS_DOWN, nose=(0.1, 0.67, 0.08))  # to the subject's left
    judge = PairJudge(ARMS_DOWN, gaze)
    found = agree([[turned("right")], [turned("right")]], share=0.5, judge=judge)
    assert found.parts == (turned("left"),)
    mirrored = agree(
        [[turned("left")]], share=0.5, judge=PairJudge(mirror(ARMS_DOWN), mirror(gaze))
    )
    assert mirrored.parts == (turned("right"),)


def test_two_claims_about_one_part_become_one_row():
    bend = PartDescription(BodyPart.LEFT_ARM, "Bend the left elbow.")
    found = agree([[LEFT], [bend], [LEFT], [bend]], share=0.5)
    assert parts(found) == [(BodyPart.LEFT_ARM, "Raise the left arm. Bend the left elbow.")]


_ROWS = st.sampled_from([LEFT, RIGHT, KNEE, NOD])
_SAMPLES = st.lists(st.lists(_ROWS, max_size=4, unique=True), min_size=1, max_size=6)


def flipped(rows):
    table = {LEFT: RIGHT, RIGHT: LEFT, NOD: NOD,
             KNEE: PartDescription(BodyPart.RIGHT_KNEE, "Bend the right knee.")}  # fmt: skip
    return [table[row] for row in rows]


@pytest.mark.slow
@given(_SAMPLES, st.floats(0, 1))
@settings(deadline=None)
def test_the_kept_movements_do_not_depend_on_the_order_of_samples(samples, share):
    def kept(given_samples):
        support = agree(given_samples, share=share, judge=LEFT_RISES).support
        return {(c.part, c.group, c.change, c.count) for c in support if c.kept}

    assert kept(samples) == kept(list(reversed(samples)))


@pytest.mark.slow
@given(_SAMPLES, st.floats(0, 1))
@settings(deadline=None)
def test_mirrored_samples_of_a_mirrored_pair_agree_on_the_mirrored_parts(samples, share):
    straight = agree(samples, share=share, judge=LEFT_RISES)
    turned = agree([flipped(rows) for rows in samples], share=share, judge=RIGHT_RISES)
    assert {row.part.mirrored for row in straight.parts} == {row.part for row in turned.parts}


@given(_SAMPLES)
@settings(deadline=None)
def test_asking_for_more_agreement_never_keeps_more(samples):
    sizes = [
        sum(c.kept for c in agree(samples, share=share).support)
        for share in (0.0, 0.3, 0.5, 0.8, 1.0)
    ]
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize("part", list(BodyPart))
def test_every_part_has_a_group_and_its_mirror_the_same(part):
    assert group_of(part) == group_of(part.mirrored)


@pytest.mark.parametrize(
    ("part", "text", "change"),
    [
        (BodyPart.LEFT_ARM, "Straighten the left arm and lift it.", "straighten"),
        (BodyPart.RIGHT_HAND, "Bring the right hand forward and up.", "forward"),
        (BodyPart.LEFT_HAND, "Place the left hand on the right hip.", "on hip"),
        (BodyPart.HEAD, "Rotate the head to the right.", "turn"),
        (BodyPart.LEFT_KNEE, "Bend it a little.", "bend"),
        (BodyPart.TORSO, "Do the splits.", "other"),
    ],
)
def test_the_kind_of_change_is_the_first_one_said_without_its_side(part, text, change):
    assert change_of(PartDescription(part, text)) == change


def test_it_and_a_part_without_its_side_mean_the_part_of_the_row():
    for text in ("Raise it.", "Raise the arm."):
        row = PartDescription(BodyPart.RIGHT_ARM, text)
        found = agree([[row], [row]], share=0.5, judge=LEFT_RISES)
        assert [part.part for part in found.parts] == [BodyPart.LEFT_ARM]
        assert found.support[0].decided_by == "geometry"


@pytest.mark.parametrize(
    ("view", "said", "true"),
    [
        (View.FORWARD, "Raise", "left"),
        (View.MIRROR, "Raise", "right"),
        (View.REVERSE, "Lower", "left"),
        (View.MIRROR_REVERSE, "Lower", "right"),
    ],
)
def test_the_judge_is_that_of_the_view(tmp_path, view, said, true):
    pair = make_pair(tmp_path, joints=True)
    wrong = "right" if true == "left" else "left"
    row = PartDescription(BodyPart(f"{wrong}_arm"), f"{said} the {wrong} arm.")
    found = agree([[row]], share=0.5, judge=view_judge(pair, view))
    assert [part.part.side for part in found.parts] == [true]
    bare = dataclasses.replace(pair, reference=dataclasses.replace(pair.reference, joints=None))
    assert view_judge(bare, view) is None
