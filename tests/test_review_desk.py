"""What the Review page asks: identity from the login, decisions stored once, one-line errors."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from autocompose.errors import AmbiguousSideError, ConfigError, LoginError, TextError
from autocompose.review.people.logins import LocalLogin
from autocompose.review.people.users import Reviewer, Role
from autocompose.schema import BodyPart
from autocompose.studio.review import review_actions, review_desk, review_files
from autocompose.studio.review.review_desk import ReviewDesk
from autocompose.studio.server.identity import personal_call
from autocompose.studio.server.pictures import to_page
from autocompose.studio.server.row_check import row_problem
from autocompose.studio.server.state import Studio, StudioConfig
from tests.studio_fakes import hash_engine, write_stick_dataset

ADA = Reviewer("ada", Role.ADMINISTRATOR)
BOB = Reviewer("bob", Role.REVIEWER)
REQUEST = SimpleNamespace(headers={}, scope={}, cookies={})


def as_sent(handler):
    """A handler whose record comes as the page gets it."""

    def call(*given):
        return json.loads(json.dumps(to_page(handler(*given))))

    call.__name__ = handler.__name__
    return call


review_boot = as_sent(review_desk.review_boot)
review_find = as_sent(review_desk.review_find)
review_import = as_sent(review_files.review_import)
review_item = as_sent(review_desk.review_item)
review_judge = as_sent(review_desk.review_judge)
review_mirror = as_sent(review_desk.review_mirror)
review_news = as_sent(review_desk.review_news)
review_next = as_sent(review_desk.review_next)
review_release = as_sent(review_desk.review_release)
review_renew = as_sent(review_desk.review_renew)
review_restore = as_sent(review_desk.review_restore)
review_save = as_sent(review_desk.review_save)
review_second = as_sent(review_desk.review_second)
review_bulk = as_sent(review_actions.review_bulk)
review_dashboard = as_sent(review_actions.review_dashboard)
review_plant = as_sent(review_actions.review_plant)


@pytest.fixture
def desk(tmp_path):
    folder = write_stick_dataset(tmp_path / "sticks", n=5)
    config = StudioConfig(folder, tmp_path, store=f"sqlite:///{tmp_path}/s.sqlite3")
    studio = Studio(config, lambda studio, _: hash_engine(folder, ()))
    desk = ReviewDesk(studio, config.store)
    assert review_boot(desk, ADA, {})["store"]["state"] == "no_store"
    assert review_import(desk, ADA, {})["job"]["state"] == "running"
    assert desk.jobs.last().ended.wait(60)
    assert desk.jobs.last().report.added == 8
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
    assert review_boot(desk, BOB, {})["store"]["stats"]["accepted"] == 1
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
    texts = ["Raise the left arm.", "Leave what is left.", "Turn the right way."]
    answer = review_mirror(desk, BOB, {"texts": texts})
    # What remains is no side and needs no refusal; the right way may be one, so it stays as it is.
    assert answer["texts"] == ["Raise the right arm.", *texts[1:]]
    (refusal,) = answer["refused"]
    assert '"right" (characters 9 to 14)' in refusal


def test_a_selection_of_a_text_is_exchanged_alone_and_exactly(desk):
    span = {"before": "👩🏽 Raise the left arm, ", "selected": "lower the left", "after": " leg."}
    assert review_mirror(desk, BOB, span)["texts"] == ["lower the right"]
    # Read as it stands in the text: here "right" is no side.
    angle = {"before": "Bend the left knee to a ", "selected": "right", "after": " angle."}
    assert review_mirror(desk, BOB, angle)["texts"] == ["right"]
    with pytest.raises(AmbiguousSideError, match="select the whole word"):
        review_mirror(desk, BOB, {"before": "Raise the l", "selected": "eft arm", "after": "."})
    unclear = {"before": "Turn ", "selected": "the right way", "after": ""}
    with pytest.raises(AmbiguousSideError, match='"right"'):
        review_mirror(desk, BOB, unclear)


def test_an_empty_queue_says_which_filter_hides_everything(desk):
    asked = {"session": "t", "text": "lift the left", "part": "head", "dataset": "sticks"}
    answer = review_next(desk, BOB, asked)
    assert answer["items"] == []
    assert answer["why"] == {
        "matching": 0, "elsewhere": 0, "skipped": 0, "unfiltered": 8,
        "without": [{"name": "dataset", "count": 0}, {"name": "part", "count": 4},
                    {"name": "text", "count": 0}],
    }  # fmt: skip
    held = review_next(desk, ADA, {"session": "t"})["items"]
    why = review_next(desk, BOB, {"session": "t"})["why"]
    assert (why["matching"], why["elsewhere"], why["without"]) == (8, 8, [])
    review_save(desk, ADA, save(held[0], verdict="skipped"))
    review_release(desk, ADA, {"session": "t"})
    review_next(desk, BOB, {"session": "t"})
    why = review_next(desk, ADA, {"session": "t"})["why"]
    assert (why["elsewhere"], why["skipped"]) == (8, 1)
    nothing = review_find(desk, ADA, {"session": "t", "verdict": "rejected"})
    assert nothing["why"]["without"] == [{"name": "verdict", "count": 8}]
    assert review_find(desk, ADA, {"session": "t", "verdict": "any"})["total"] == 8


def test_a_page_that_slept_learns_what_others_took_meanwhile(desk):
    mine = [item["id"] for item in review_next(desk, BOB, {"session": "t", "count": 3})["items"]]
    review_release(desk, BOB, {"session": "t"})  # as an expired lease is
    taken = review_next(desk, ADA, {"session": "u", "count": 1})["items"][0]["id"]
    assert taken in mine
    kept = review_renew(desk, BOB, {"session": "t", "held": mine})["kept"]
    assert set(kept) == set(mine) - {taken}
    others = review_next(desk, ADA, {"session": "u", "count": 20, "held": [taken]})["items"]
    assert not set(kept) & {item["id"] for item in others}
    with pytest.raises(ConfigError, match="not a list of at most 5000"):
        review_renew(desk, BOB, {"session": "t", "held": ["x"] * 5001})


def test_a_second_reading_is_blind_and_leaves_the_decision(desk):
    first = review_next(desk, ADA, {"session": "t", "count": 1})["items"][0]
    edited = {"phrasings": ["Ada wrote this."], "verdict": "rejected", "note": "mine"}
    review_save(desk, ADA, save(first, **edited))
    assert review_second(desk, ADA, {"session": "t", "share": 1.0})["items"] == []
    (card,) = review_second(desk, BOB, {"session": "t", "share": 1.0})["items"]
    assert "Ada" not in str(card)
    assert card["state"]["judgement"]["verdict"] == "pending"
    payload = save(card, operation="second", verdict="accepted") | {"opinion": True}
    answer = review_save(desk, BOB, payload)
    assert "Ada" not in str(answer)
    assert review_second(desk, BOB, {"session": "t", "share": 1.0})["items"] == []
    standing = review_item(desk, ADA, {"id": first["id"]})["item"]["state"]["judgement"]
    assert (standing["verdict"], standing["note"]) == ("rejected", "mine")
    assert review_dashboard(desk, ADA, {})["agreement"]["verdict"]["units"] == 1
    with pytest.raises(ConfigError, match="one of 5 %"):
        review_second(desk, BOB, {"session": "t", "share": 0.3})


def test_planting_is_for_administrators_and_its_cards_do_not_tell(desk):
    with pytest.raises(LoginError, match="bob is a reviewer"):
        review_plant(desk, BOB, {"kind": "gold"})
    review_bulk(desk, ADA, {"step": "preview", "action": "accept", "operation": "b"})
    accepted = review_bulk(desk, ADA, {"step": "apply", "operation": "b"})["count"]
    asked = {"kind": "sides exchanged", "count": 2}
    assert review_plant(desk, ADA, asked) == {"planted": min(2, accepted)}
    items = review_next(desk, BOB, {"session": "t"})["items"]
    planted = [item for item in items if "right arm" in item["state"]["judgement"]["phrasings"][0]]
    assert len(planted) == min(2, accepted)
    assert {"planted", "expected", "exchanged"} & set(planted[0]) == set()
    assert planted[0]["claims"]
    assert planted[0]["reasons"]


def test_bulk_flips_what_is_marked_or_filtered_and_never_everything(desk):
    step = {"step": "preview", "action": "flip", "operation": "f"}
    with pytest.raises(ConfigError, match="mark descriptions or set a filter"):
        review_bulk(desk, ADA, step)
    assert review_bulk(desk, ADA, {**step, "text": "lift the left"})["count"] == 4
    ids = [item["id"] for item in review_next(desk, ADA, {"session": "t", "count": 2})["items"]]
    seen = review_bulk(desk, ADA, {**step, "ids": ids})
    assert seen["count"] == 2
    assert "right arm" in seen["shown"][0]["after"]["phrasings"][0]
    with pytest.raises(ConfigError, match="preview has expired"):
        review_bulk(desk, BOB, {"step": "apply", "operation": "f"})
    assert review_bulk(desk, ADA, {"step": "apply", "operation": "f"})["count"] == 2
    with pytest.raises(LoginError):
        review_bulk(desk, BOB, {"step": "undo", "bulk": "f", "operation": "g"})


def test_a_reviewer_makes_the_views_of_their_own_edit_anew(desk):
    seen = {"step": "preview", "action": "regenerate", "operation": "r"}
    item = review_next(desk, BOB, {"session": "t", "count": 1})["items"][0]
    answer = review_bulk(desk, BOB, {**seen, "ids": [item["id"]]})
    assert "is not made from another view" in answer["refused"][0]["why"]
    assert answer["refused"][0]["name"].startswith(item["key"])
    with pytest.raises(LoginError):
        review_bulk(desk, BOB, seen)


def test_bulk_actions_are_for_administrators_and_need_a_preview(desk):
    preview = {"step": "preview", "action": "accept", "operation": "b1"}
    with pytest.raises(LoginError, match="bob is a reviewer"):
        review_bulk(desk, BOB, preview)
    seen = review_bulk(desk, ADA, preview)
    assert seen["count"] + review_find(desk, ADA, {"claim_verdict": "contradicted"})["total"] == 8
    done = review_bulk(desk, ADA, {"step": "apply", "operation": "b1"})
    assert done["count"] == seen["count"]
    undone = review_bulk(desk, ADA, {"step": "undo", "bulk": "b1", "operation": "b2"})
    assert undone["count"] == seen["count"]
    call = personal_call(review_actions.review_bulk, desk, LocalLogin())
    answer = call({"step": "apply", "operation": "gone"}, REQUEST, None)
    assert answer == {
        "ok": False, "kind": "ConfigError",
        "error": "this preview has expired; open it again before applying",
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
    answer = personal_call(review_desk.review_save, desk, LocalLogin())(payload, REQUEST, None)
    assert answer["ok"] is False
    assert answer["error"]
    assert "\n" not in answer["error"]


def test_texts_are_judged_as_they_stand_on_the_page(desk):
    item = review_next(desk, BOB, {"session": "t", "count": 1})["items"][0]
    standing = item["state"]["judgement"]
    same = review_judge(desk, BOB, {"id": item["id"], "judgement": standing})
    assert same == {"judged": True, "claims": item["claims"], "problems": []}
    mirrored = [text.replace("left", "right") for text in standing["phrasings"]]
    assert mirrored != standing["phrasings"]
    swapped = {"id": item["id"], "judgement": standing | {"phrasings": mirrored}}
    claims = review_judge(desk, BOB, swapped)["claims"]
    assert not any(claim["part"].startswith("left") for claim in claims)
    assert "contradicted" in {claim["verdict"] for claim in claims}
    rows = {"parts": [["right_hand", "Bring the left hand forward."]]}
    answer = review_judge(desk, BOB, {"id": item["id"], "judgement": standing | rows})
    assert answer["problems"] == [
        {
            "part": "right_hand",
            "why": "This row is the right hand; the sentence speaks of the left hand.",
            "meant": "left_hand",
        }
    ]


@pytest.mark.parametrize(
    ("part", "text", "wrong"),
    [
        ("right_hand", "Bring the left hand forward.", "left hand"),
        ("left_hand", "Bring the right hand forward.", "right hand"),
        ("right_arm", "Bend the left knee.", "left knee"),
        ("head", "Lean the torso forward.", "torso"),
        ("right_arm", "Bend the right elbow.", ""),
        ("left_arm", "Bend the left elbow.", ""),
        ("left_hand", "Bring both hands together.", ""),
        ("right_hand", "Put the right hand on the left shoulder.", ""),
        ("left_hand", "Bring it forward.", ""),
    ],
)
def test_a_row_speaks_of_its_own_side_and_part(part, text, wrong):
    found = row_problem(BodyPart.parse(part), text)
    if not wrong:
        assert found is None
        return
    assert found is not None
    assert found.why.endswith(f"speaks of the {wrong}.")
    assert found.meant == wrong.replace(" ", "_")


def test_a_wrong_row_is_not_accepted_by_the_server_either(desk):
    item = review_next(desk, BOB, {"session": "t", "count": 1})["items"][0]
    parts = [["right_hand", "Bring the left hand forward."]]
    wrong = save(item, operation="wrong", parts=parts, verdict="accepted")
    with pytest.raises(TextError, match="speaks of the left hand"):
        review_save(desk, BOB, wrong)
    rejected = save(item, operation="right", parts=parts, verdict="rejected")
    assert review_save(desk, BOB, rejected)["state"]["judgement"]["verdict"] == "rejected"


def test_who_saved_first_hears_of_a_conflict(desk):
    item = review_next(desk, BOB, {"session": "t", "count": 1})["items"][0]
    mine = save(item, operation="bob", phrasings=["Bob wrote this."], verdict="accepted")
    sequence = review_save(desk, BOB, mine)["sequence"]
    asked = {"since": sequence, "ids": [item["id"]]}
    assert review_news(desk, BOB, asked) == {"sequence": sequence, "news": []}
    theirs = save(item, operation="ada", phrasings=["Ada wrote this."], verdict="accepted")
    merged = review_save(desk, ADA, theirs)
    assert merged["merged"]
    assert merged["state"]["conflicts"][0]["their_reviewer"] == "bob"
    answer = review_news(desk, BOB, asked)
    assert answer["news"] == [
        {
            "id": item["id"],
            "sequence": merged["sequence"],
            "reviewer": "ada",
            "fields": ["phrasing 1"],
        }
    ]
    assert review_news(desk, BOB, {**asked, "since": answer["sequence"]})["news"] == []
    assert review_news(desk, BOB, {"since": 0, "ids": []})["news"] == []


def test_a_large_bulk_action_is_confirmed_by_its_number(desk, monkeypatch):
    monkeypatch.setattr(review_actions, "TYPED_ABOVE", 2)
    step = {"step": "preview", "action": "flip", "operation": "f", "text": "lift the left"}
    count = review_bulk(desk, ADA, step)["count"]
    assert count > 2
    for typed in (0, count - 1):
        with pytest.raises(ConfigError, match=f"type {count} to confirm"):
            review_bulk(desk, ADA, {"step": "apply", "operation": "f", "typed": typed})
    done = review_bulk(desk, ADA, {"step": "apply", "operation": "f", "typed": count})
    assert done["count"] == count


def test_the_history_has_the_verdict_and_the_texts_of_each_revision(desk):
    item = review_next(desk, BOB, {"session": "t", "count": 1})["items"][0]
    review_save(desk, BOB, save(item, phrasings=["Bob wrote this."], verdict="rejected"))
    (event,) = review_item(desk, BOB, {"id": item["id"]})["history"]
    assert event["judgement"]["verdict"] == "rejected"
    assert event["judgement"]["phrasings"] == ["Bob wrote this."]
