"""Bodies seen in a view: an involution, a group, and what it was with many owners."""

import json
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocompose.body.change import Bodies, Body, BodyChange
from autocompose.body.paircodes import transition_codes
from autocompose.body.skeleton import INDEX, JOINTS
from autocompose.data.dataset import open_dataset
from autocompose.describe.geometric import describe_pair, describe_views
from autocompose.describe.views import compose_views, view_pair
from autocompose.errors import DescriptionError
from autocompose.schema import PoseImage, PosePair, View
from autocompose.verify.judge import PairJudge
from tests.poses import ARMS_DOWN, T_POSE, random_poses

REPOSITORY = Path(__file__).resolve().parents[1]
# Written by the code in which describer, judge and pairs each applied views themselves.
FROZEN = json.loads((Path(__file__).parent / "data" / "bodies_in_views.json").read_text("utf-8"))

numbers = st.none() | st.floats(-200, 200).filter(lambda x: x != 0)
bodies = st.builds(
    Body,
    st.integers(0, 99).map(lambda seed: random_poses(1, seed=seed)[0]),
    numbers,
    numbers,
    st.frozensets(st.sampled_from(JOINTS), max_size=4),
)
changes = st.builds(BodyChange, bodies, bodies)


def image(name: str, known: dict[str, Any]) -> PoseImage:
    joints = tuple(tuple(row) for row in known["joints"])
    return PoseImage(
        name, Path(name), joints, floor_y=known["floor_y"], heading=known["heading"],
        built=tuple(known["built"]),
    )  # fmt: skip


def frozen_pairs() -> list[PosePair]:
    names = [(f"{2 * i}.jpg", f"{2 * i + 1}.jpg") for i in range(len(FROZEN))]
    return [
        PosePair(image(a, record["reference"]), image(b, record["target"]))
        for (a, b), record in zip(names, FROZEN, strict=True)
    ]


def assert_same(a: BodyChange, b: BodyChange) -> None:
    for one, other in ((a.reference, b.reference), (a.target, b.target)):
        np.testing.assert_array_equal(one.joints, other.joints)
        assert (one.floor, one.heading, one.built) == (other.floor, other.heading, other.built)


@given(changes, st.sampled_from(View))
def test_each_view_undoes_itself(change, view):
    assert_same(change.seen_as(view).seen_as(view), change)


@given(changes, st.sampled_from(View), st.sampled_from(View))
def test_the_four_views_are_a_group(change, first, second):
    together = change.seen_as(compose_views(first, second))
    assert_same(change.seen_as(first).seen_as(second), together)
    assert_same(change.seen_as(second).seen_as(first), together)


def test_the_views_by_hand():
    reference = Body(ARMS_DOWN, -0.9, 30.0, frozenset({"left_hand", "nose"}))
    target = Body(T_POSE, None, None, frozenset({"right_foot"}))
    mirrored = BodyChange(reference, target).seen_as(View.MIRROR).reference
    assert (mirrored.floor, mirrored.heading) == (-0.9, -30.0)
    assert mirrored.built == {"right_hand", "nose"}
    x, y, z = ARMS_DOWN[INDEX["left_hand"]]
    np.testing.assert_array_equal(mirrored.joints[INDEX["right_hand"]], (-x, y, z))
    both = BodyChange(reference, target).seen_as(View.MIRROR_REVERSE)
    assert both.reference.built == {"left_foot"}
    assert both.target.heading == -30.0
    assert both.built == {"left_foot", "right_hand", "nose"}


def test_order_is_what_the_view_shows_first():
    assert [view.order("a", "b") for view in View if not view.swaps] == [("a", "b")] * 2
    assert [view.order("a", "b") for view in View if view.swaps] == [("b", "a")] * 2


def test_an_image_without_joints_has_no_body():
    with pytest.raises(DescriptionError, match=r'"b\.jpg" has no joints') as caught:
        BodyChange.of_pair(
            PosePair(image("a.jpg", FROZEN[0]["reference"]), PoseImage("b.jpg", Path("b.jpg")))
        )
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("view", View)
def test_a_viewed_pair_of_images_has_the_viewed_bodies(view):
    for pair in frozen_pairs():
        assert_same(
            BodyChange.of_pair(view_pair(pair, view)), BodyChange.of_pair(pair).seen_as(view)
        )


@pytest.mark.parametrize("view", View)
def test_codes_of_a_view_follow_from_the_forward_codes(view):
    known = [BodyChange.of_pair(pair) for pair in frozen_pairs()]
    seen = [change.seen_as(view) for change in known]

    def codes(rows: list[BodyChange]):
        return transition_codes(
            Bodies.stacked([c.reference for c in rows]), Bodies.stacked([c.target for c in rows])
        )

    a, b = codes(seen), codes(known).seen_as(view)
    for field in ("change", "reference", "target"):
        np.testing.assert_array_equal(getattr(a, field), getattr(b, field))
    np.testing.assert_allclose(a.amount, b.amount, atol=1e-9)


@pytest.mark.parametrize("view", View)
def test_texts_of_a_view_are_what_they_were(view):
    for pair, record in zip(frozen_pairs(), FROZEN, strict=True):
        known = record["views"][view.value]
        found = describe_pair(pair, view=view, n=2, seed=3)
        assert [[p.part.value, p.text] for p in found.parts] == known["parts"]
        assert list(found.phrasings) == known["phrasings"]
        found = describe_pair(pair, view=view, n=2, seed=3, same_words=True)
        assert list(found.phrasings) == known["same_words"]


@pytest.mark.parametrize("view", View)
@pytest.mark.parametrize("shared", [False, True], ids=["alone", "from another view"])
def test_verdicts_of_a_view_are_what_they_were(view, shared):
    for pair, record in zip(frozen_pairs(), FROZEN, strict=True):
        judge = PairJudge.of_images(pair.reference, pair.target, view=view)
        if shared:
            judge = PairJudge.of_images(pair.reference, pair.target).seen_as(view)
        for known in record["views"][view.value]["reports"]:
            report = judge.check(known["text"])
            claims = [
                [c.claim.label, str(c.claim.change), c.outcome.value, c.evidence]
                for c in report.claims
            ]
            assert claims == known["claims"]
            assert report.sides_swapped == known["swapped"]


def test_a_judge_seen_twice_is_the_judge_of_the_composed_view():
    (pair, *_), (record, *_) = frozen_pairs(), FROZEN
    judge = PairJudge.of_images(pair.reference, pair.target)
    texts = [known["text"] for known in record["views"]["forward"]["reports"]]
    for first, second in product(View, View):
        twice = judge.seen_as(first).seen_as(second)
        once = judge.seen_as(compose_views(first, second))
        assert [twice.check(t) for t in texts] == [once.check(t) for t in texts]


@pytest.mark.slow
def test_four_views_at_once_read_as_one_at_a_time():
    for pair in (
        *frozen_pairs(),
        *open_dataset(REPOSITORY / "annotations/demo").pairs("test")[:40],
    ):
        together = describe_views(pair, seed=5)
        assert list(together) == list(View)
        for view, found in together.items():
            assert found == describe_pair(pair, view=view, seed=5, same_words=True)


def test_four_views_of_a_pose_that_does_not_change_are_one_clear_line():
    (pair, *_) = frozen_pairs()
    with pytest.raises(DescriptionError, match="nothing changes"):
        describe_views(replace(pair, target=pair.reference))
