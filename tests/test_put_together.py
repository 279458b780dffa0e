"""Learnt texts of which some claims do not hold: the best, or the clauses of several that do."""

from __future__ import annotations

import pytest

from autocompose.body.change import Body
from autocompose.lab.wishes.put_together import holds, put_together, worse
from autocompose.language.reader.claims import Outcome
from autocompose.verify.judge import PairJudge
from tests.poses import ARMS_DOWN, T_POSE
from tests.test_ranking import LEFT_UP


@pytest.fixture(scope="module")
def judge():
    """The left arm goes up, the right one stays."""
    return PairJudge(Body(ARMS_DOWN), Body(LEFT_UP))


def reports(judge, *texts):
    return [judge.check(text) for text in texts]


def test_a_text_that_holds_is_left_alone(judge):
    good, bad = reports(judge, "Raise the left arm.", "Raise the right arm.")
    assert holds(good)
    assert not holds(bad)
    assert put_together(judge, [bad, good]) is good


def test_texts_are_ranked_by_what_is_wrong_in_them(judge):
    texts = (
        "Raise the left arm.", "Raise the left arm, bend the right knee.",
        "Raise the right arm, bend the right knee.", "What a day.",
    )  # fmt: skip
    found = reports(judge, *texts)
    assert sorted(found, key=worse)[0] is found[0]
    assert worse(found[3])[0] == 1
    assert not holds(found[3])


def test_only_clauses_that_hold_stay_and_sides_are_the_subjects(judge):
    first, second = reports(
        judge, "Bend the left knee, raise the left arm.", "Raise the right arm, kneel down."
    )
    found = put_together(judge, [first, second])
    assert found.text == "Raise the left arm."
    assert found.count(Outcome.CONTRADICTED) == 0
    assert holds(found)


def test_what_one_text_lacks_comes_from_another_one():
    judge = PairJudge(Body(ARMS_DOWN), Body(T_POSE))
    first, second = reports(
        judge, "Raise the left arm, bend the right knee.", "Raise the right arm, sit down."
    )
    found = put_together(judge, [first, second])
    assert found.text == "Raise the left arm. Raise the right arm."


def test_each_part_is_told_once_and_no_more_clauses_than_the_best_text_has(judge):
    found = put_together(
        judge,
        reports(
            judge, "Lift the left arm, kneel.", "Raise the left arm, sit.", "Left arm up, sit."
        ),
    )
    assert found.text.count("arm") == 1


def test_where_no_clause_holds_the_best_text_stays(judge):
    found = reports(judge, "Raise the right arm, kneel down.", "Raise the right arm.")
    assert put_together(judge, found) is found[1]
