"""What the Review page asks: identity from the login, decisions stored once, one-line errors."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from autocompose.errors import LoginError
from autocompose.review.logins import LocalLogin
from autocompose.review.people import Reviewer, Role
from autocompose.studio.review_desk import (
    ReviewDesk,
    review_boot,
    review_bulk,
    review_dashboard,
    review_find,
    review_import,
    review_item,
    review_mirror,
    review_next,
    review_release,
    review_restore,
    review_save,
)
from autocompose.studio.review_tab import review_call
from autocompose.studio.state import Studio, StudioConfig
from tests.studio_fakes import hash_engine, write_stick_dataset

ADA = Reviewer("ada", Role.ADMINISTRATOR)
BOB = Reviewer("bob", Role.REVIEWER)
REQUEST = SimpleNamespace(headers={}, scope={}, cookies={})


@pytest.fixture
def desk(tmp_path):
    folder = write_stick_dataset(tmp_path / "sticks", n=5)
    config = StudioConfig(folder, tmp_path, store=f"sqlite:///{tmp_path}/s.sqlite3")
    studio = Studio(config, lambda studio, _: hash_engine(folder, ()))
    desk = ReviewDesk(studio, config.store)
    assert review_boot(desk, ADA, {})["empty"].startswith("there is no review store")
    assert review_import(desk, ADA, {}) == {"added": 8, "descriptions": 8}
    yield desk
    desk.store().close()


def save(item, operation="op", **judgement):
    return {
        "operation": operation, "id": item["id"], "base": item["state"]["revision"],
        "judgement": item["state"]["judgement"] | judgement, "active_ms": 1200,
    }  # fmt: skip


def test_a_decision_is_stored_once_under_the_name_of_the_login(desk):
    first = review_next(desk, BOB, {"session": "t", "count": 2})["items"][0]
    payload = save(first, verdict="accepted") | {"reviewer": "ada"}
    answer = review_save(desk, BOB, payload)
    assert review_save(desk, BOB, payload) == answer
    page = review_item(desk, BOB, {"id": first["id"]})
    assert [event["reviewer"] for event in page["history"]] == ["bob"]
    assert page["item"]["state"]["judgement"]["verdict"] == "accepted"
    assert review_boot(desk, BOB, {})["stats"]["accepted"] == 1
    back = review_restore(desk, BOB, {"id": first["id"], "revision": 0, "operation": "r"})
    assert back["state"]["judgement"]["verdict"] == "pending"


def test_a_page_gets_pictures_reasons_and_its_own_leases(desk):
    mine = review_next(desk, BOB, {"session": "t"})["items"]
    assert len(mine) == 8
    assert mine[0]["pair"]["reference"]["bones"]
    assert mine[0]["reasons"]
    assert review_next(desk, ADA, {"session": "t"})["items"] == []
    review_release(desk, ADA, {"session": "t"})  # the same session name, another person
    assert review_next(desk, ADA, {"session": "t"})["items"] == []
    review_release(desk, BOB, {"session": "t"})
    assert len(review_next(desk, ADA, {"session": "t"})["items"]) == 8


def test_sides_are_exchanged_only_where_it_is_certain(desk):
    answer = review_mirror(desk, BOB, {"texts": ["Raise the left arm.", "Leave what is left."]})
    assert answer["texts"][0] == "Raise the right arm."
    assert answer["texts"][1] == "Leave what is left." or not answer["refused"]


def test_bulk_actions_are_for_administrators_and_need_a_preview(desk):
    preview = {"step": "preview", "action": "accept", "operation": "b1"}
    with pytest.raises(LoginError, match="bob is a reviewer"):
        review_bulk(desk, BOB, preview)
    seen = review_bulk(desk, ADA, preview)
    assert seen["count"] + review_find(desk, ADA, {"claim_verdict": "contradicted"})["total"] == 8
    done = review_bulk(desk, ADA, {"step": "apply", "operation": "b1"})
    assert done["saved"] == seen["count"]
    undone = review_bulk(desk, ADA, {"step": "undo", "bulk": "b1", "operation": "b2"})
    assert undone["saved"] == seen["count"]
    call = review_call(review_bulk, desk, LocalLogin())
    answer = call({"step": "apply", "operation": "gone"}, REQUEST, None)
    assert answer == {
        "ok": False, "kind": "ConfigError",
        "error": "that preview is gone; look at it again before applying it",
    }  # fmt: skip


def test_a_reviewer_sees_only_their_own_quality(desk):
    for name, who in (("a", ADA), ("b", BOB)):
        item = review_next(desk, who, {"session": name, "count": 1})["items"][0]
        review_save(desk, who, save(item, operation=name, verdict="accepted"))
    assert {r["reviewer"] for r in review_dashboard(desk, ADA, {})["reviewers"]} == {"ada", "bob"}
    assert [r["reviewer"] for r in review_dashboard(desk, BOB, {})["reviewers"]] == ["bob"]


@pytest.mark.parametrize(
    "payload",
    [None, [], {}, {"judgement": 3}, {"judgement": {"phrasings": "x"}, "operation": "o"},
     {"judgement": {"phrasings": ["x"], "verdict": "maybe"}, "operation": "o", "id": "i"},
     {"judgement": {"phrasings": ["x"]}, "operation": "o", "id": "i", "base": "y"}],
)  # fmt: skip
def test_whatever_a_page_sends_the_answer_is_one_line(desk, payload):
    answer = review_call(review_save, desk, LocalLogin())(payload, REQUEST, None)
    assert answer["ok"] is False
    assert answer["error"]
    assert "\n" not in answer["error"]
