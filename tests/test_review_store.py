"""The review store: nothing that was acknowledged is ever lost, changed or doubled."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import text

from autocompose.errors import ReviewError, StoreUnavailableError, TextError
from autocompose.review.queue.next_items import (
    LEASE_SECONDS,
    Order,
    Selection,
    Session,
    find,
    next_items,
    release,
    renew,
)
from autocompose.review.queue.second_readings import second_readings
from autocompose.review.store.records import Decision, EventKind, Reason, Save
from autocompose.review.store.review_store import Store
from autocompose.schema import BodyPart, PartDescription, Source, View
from tests import review_fakes as fakes

ADA, BOB = Session("tab-1", "ada"), Session("tab-2", "bob")


@pytest.fixture
def clock():
    return fakes.Clock()


@pytest.fixture
def store(tmp_path, clock):
    store = Store(f"sqlite:///{tmp_path}/review.sqlite3", clock=clock)
    fakes.import_split(store, fakes.write_dataset(tmp_path / "tiny"))
    yield store
    store.close()


def test_a_save_is_there_after_the_store_is_opened_again(store, tmp_path):
    first = fakes.ids_of(store)[0]
    judgement = replace(store.item(first).original, phrasings=("Raise it.", "Lift it."))
    answer = store.save(fakes.accept("op-1", first, 0, judgement))
    assert (answer.sequence, answer.state.revision, answer.replayed) == (2, 1, False)
    again = Store(f"sqlite:///{tmp_path}/review.sqlite3")
    item = again.item(first)
    assert item.state == answer.state
    assert item.edited
    assert item.original.phrasings == ("Raise the left arm, 0.", "Lift your left arm, 0.")
    again.close()


def test_the_same_operation_twice_is_stored_once_and_answers_the_same(store):
    first = fakes.ids_of(store)[0]
    save = fakes.accept("op-1", first, 0, store.item(first).original)
    answer = store.save(save)
    assert store.save(save) == replace(answer, replayed=True)
    assert len(store.history(first)) == 1
    with pytest.raises(ReviewError, match="already stored with different content"):
        store.save(replace(save, judgement=replace(save.judgement, note="other")))


def test_two_reviewers_on_one_item_keep_both_changes_and_see_what_they_disagree_on(store):
    first = fakes.ids_of(store)[0]
    base = store.item(first).original
    left, right = base.parts
    ada = replace(base, parts=(replace(left, text="Raise the left arm high."), right))
    bob = replace(base, parts=(replace(left, text="Lift the left arm."), replace(right, text="R.")))
    store.save(fakes.accept("a", first, 0, ada))
    answer = store.save(fakes.accept("b", first, 0, bob, reviewer="bob"))
    assert answer.merged
    texts = {part.part: part.text for part in answer.state.judgement.parts}
    assert texts == {
        BodyPart.LEFT_ARM: "Raise the left arm high.",
        BodyPart.RIGHT_KNEE: "R.",
    }
    (conflict,) = answer.state.conflicts
    assert (conflict.field, conflict.theirs, conflict.mine) == (
        "left arm", "Raise the left arm high.", "Lift the left arm.",
    )  # fmt: skip
    assert (conflict.their_reviewer, conflict.my_reviewer) == ("ada", "bob")
    assert find(store, Selection(conflicted=True)).total == 1
    settled = replace(
        answer.state.judgement, parts=(replace(left, text="Lift it."), right), note="agreed"
    )
    done = store.save(fakes.accept("c", first, 2, settled, resolves=("left arm",)))
    assert done.state.conflicts == ()
    assert store.verify().sound


def test_any_revision_can_be_restored_and_restoring_is_itself_kept(store):
    first = fakes.ids_of(store)[0]
    original = store.item(first).original
    store.save(fakes.accept("a", first, 0, replace(original, phrasings=("One.",))))
    store.save(fakes.accept("b", first, 1, replace(original, phrasings=("Two.",))))
    back = store.restore(first, 1, operation="c", reviewer="ada")
    assert back.state.judgement.phrasings == ("One.",)
    assert back == replace(store.restore(first, 1, operation="c", reviewer="ada"), replayed=False)
    assert store.restore(first, 0, operation="d", reviewer="ada").state.judgement == original
    assert [event.revision for event in store.history(first)] == [1, 2, 3, 4]
    with pytest.raises(ReviewError, match="no revision 9"):
        store.restore(first, 9, operation="e", reviewer="ada")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"operation": ""}, "operation id"),
        ({"reviewer": ""}, "log in"),
        ({"base_revision": 7}, "has revisions 0 to 0, not 7"),
        ({"description_id": "nowhere"}, "is not in the store"),
    ],
)
def test_a_save_that_cannot_be_understood_is_refused_and_leaves_no_trace(store, change, message):
    first = fakes.ids_of(store)[0]
    save = fakes.accept("op", first, 0, store.item(first).original)
    with pytest.raises(ReviewError, match=message):
        store.save(replace(save, **change))
    assert store.verify().events == 1


@pytest.mark.parametrize("phrasings", [(), ("  ",), ("x" * 100_001,), ("\ud800",)])
def test_texts_that_could_not_be_kept_are_refused(store, phrasings):
    first = fakes.ids_of(store)[0]
    judgement = replace(store.item(first).original, phrasings=phrasings)
    with pytest.raises(TextError):
        store.save(fakes.accept("op", first, 0, judgement))


def test_the_database_itself_refuses_to_change_the_log_or_an_original(store):
    first = fakes.ids_of(store)[0]
    store.save(fakes.accept("op", first, 0, store.item(first).original))
    for statement in (
        "UPDATE events SET reviewer = 'eve'",
        "DELETE FROM events",
        "UPDATE descriptions SET original = '{}'",
        "DELETE FROM descriptions",
    ):
        with (
            pytest.raises(StoreUnavailableError, match="append-only"),
            store.database.write() as connection,
        ):
            connection.execute(text(statement))
    assert store.verify().sound


@pytest.mark.parametrize(
    ("tampering", "finding"),
    [
        ("UPDATE events SET reviewer = 'eve' WHERE sequence = 3", "event 3 .*was changed"),
        ("DELETE FROM events WHERE sequence = 3", "event 4 .*expected sequence 3"),
        ("DELETE FROM events WHERE sequence = 4", "events are missing"),
        ("UPDATE descriptions SET original = original || ' '", "original .*changed"),
        ("UPDATE items SET verdict = 'accepted'", "item .*differs from its own state"),
        ("UPDATE items SET state = replace(state, 'arm', 'leg') WHERE revision > 0",
         "item .*differs from its last event"),
    ],
)  # fmt: skip
def test_verify_finds_what_was_changed_behind_the_stores_back(store, tampering, finding):
    for i, description in enumerate(fakes.ids_of(store)[:3]):
        store.save(fakes.accept(f"op-{i}", description, 0, store.item(description).original))
    assert store.verify().sound
    with store.database.write() as connection:
        for name in ("events_no_update", "events_no_delete", "descriptions_no_update"):
            connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(text(tampering))
    report = store.verify()
    assert not report.sound
    assert any(re.search(finding, problem) for problem in report.problems)


def test_two_sessions_never_get_the_same_item_until_a_lease_runs_out(store, clock):
    everything = Selection()
    mine = next_items(store, ADA, everything, count=7)
    theirs = next_items(store, BOB, everything, count=7)
    assert len(mine) == 7
    assert len(theirs) == 5
    assert not {i.id for i in mine} & {i.id for i in theirs}
    clock.forward(LEASE_SECONDS - 1)
    renew(store, ADA, [item.id for item in mine[:2]])
    clock.forward(2)
    rest = next_items(store, BOB, everything, count=20)
    assert {i.id for i in rest} == {i.id for i in (*mine[2:], *theirs)}


def test_a_page_that_was_reloaded_gets_back_what_it_held_and_can_give_it_up(store):
    mine = next_items(store, ADA, Selection(), count=5)
    assert next_items(store, ADA, Selection(), count=5) == mine
    more = next_items(store, ADA, Selection(), count=5, held=[item.id for item in mine])
    assert not {i.id for i in more} & {i.id for i in mine}
    release(store, ADA)
    assert next_items(store, BOB, Selection(), count=5) == mine


def test_what_is_decided_leaves_the_queue_and_what_is_skipped_goes_to_others(store):
    one, two, *_ = next_items(store, ADA, Selection(), order=Order.SEQUENTIAL)
    store.save(fakes.accept("a", one.id, 0, one.original))
    skipped = replace(one.original, verdict=Decision.SKIPPED, reasons=(Reason.CANNOT_TELL,))
    skipped = replace(skipped, phrasings=two.original.phrasings, parts=two.original.parts)
    store.save(Save("b", two.id, 0, skipped, "ada"))
    assert not {one.id, two.id} & {i.id for i in next_items(store, ADA, Selection())}
    release(store, ADA)
    assert next_items(store, BOB, Selection())[-1].id == two.id


def test_orders_are_by_error_by_chance_and_by_file(store):
    with store.database.write() as connection:
        connection.execute(text("UPDATE items SET score = position * 0.1 WHERE view = 'forward'"))
    by_error = find(store, Selection(view=View.FORWARD)).items
    assert [item.reference for item in by_error] == [f"pose{i}.png" for i in (3, 2, 1, 0)]
    by_file = find(store, Selection(), order=Order.SEQUENTIAL).items
    assert [(i.reference, i.key) for i in by_file[:4]] == [
        ("pose0.png", "mirror"), ("pose0.png", "mllm"), ("pose0.png", "reverse"),
        ("pose1.png", "mirror"),
    ]  # fmt: skip
    shuffled = [item.id for item in find(store, Selection(), order=Order.RANDOM).items]
    assert sorted(shuffled) == sorted(i.id for i in by_file)
    assert shuffled == sorted(shuffled, key=lambda i: i[8:])
    assert shuffled != [i.id for i in by_file]


def test_stress_texts_come_last_in_the_queue_however_wrong_they_seem(store):
    first = next_items(store, ADA, Selection(), count=1)[0]
    release(store, ADA)
    with store.database.write() as connection:
        connection.execute(
            text(
                "UPDATE items SET score = 1, caption_key = 'new-words' WHERE description_id = :id"
            ),
            {"id": first.id},
        )
    assert [i.id for i in find(store, Selection()).items][-1] == first.id
    assert next_items(store, ADA, Selection(), count=3)[0].id != first.id


@pytest.mark.parametrize(
    ("selection", "count"),
    [
        (Selection(), 12),
        (Selection(dataset="tiny", split="train"), 12),
        (Selection(dataset="other"), 0),
        (Selection(view=View.REVERSE), 4),
        (Selection(source=Source.MLLM, model="large"), 2),
        (Selection(source=Source.AUTO), 0),
        (Selection(part=BodyPart.RIGHT_KNEE), 4),
        (Selection(part=BodyPart.HEAD), 0),
        (Selection(verdict=Decision.ACCEPTED), 1),
        (Selection(reviewer="ada"), 1),
        (Selection(edited=True), 1),
        (Selection(flagged=True), 0),
        (Selection(text="RIGHT ARM, 2"), 1),
        (Selection(text="100%_"), 1),
        (Selection(text="ЖЁЛТЫЙ"), 1),
    ],
)
def test_filters_and_search(store, selection, count):
    first = fakes.ids_of(store)[0]
    odd = replace(store.item(first).original, phrasings=("At 100%_ жёлтый.",))
    store.save(fakes.accept("op", first, 0, odd))
    page = find(store, selection, limit=3)
    assert page.total == count
    assert len(page.items) == min(3, count)


def test_editing_a_view_makes_the_views_that_derive_from_it_stale_and_nothing_else(store):
    first, mirror = fakes.ids_of(store)[0], fakes.ids_of(store, "mirror")[0]
    reverse = fakes.ids_of(store, "reverse")[0]
    store.save(fakes.accept("a", first, 0, store.item(first).original))
    assert find(store, Selection(stale=True)).total == 0
    edited = replace(store.item(first).original, phrasings=("Raise the left hand.",))
    store.save(fakes.accept("b", first, 1, edited))
    stale = {item.id for item in find(store, Selection(stale=True)).items}
    assert stale == {mirror, reverse}
    store.save(fakes.accept("c", mirror, 0, store.item(mirror).original))
    edited = replace(store.item(reverse).original, phrasings=("Lower the left hand.",))
    store.save(fakes.accept("d", reverse, 0, edited))
    assert find(store, Selection(stale=True)).total == 0


def test_a_second_reading_is_kept_and_changes_nothing(store):
    first = fakes.ids_of(store)[0]
    original = store.item(first).original
    assert second_readings(store, BOB, share=1.0) == ()
    done = store.save(fakes.accept("a", first, 0, original))
    assert second_readings(store, ADA, share=1.0) == ()
    assert second_readings(store, BOB, share=0.0) == ()
    (item,) = second_readings(store, BOB, share=1.0)
    assert item.id == first
    opinion = replace(original, verdict=Decision.REJECTED, reasons=(Reason.WRONG_SIDE,))
    store.save(Save("b", first, 1, opinion, "bob", kind=EventKind.OPINION))
    assert store.state(first).judgement == done.state.judgement
    assert second_readings(store, Session("t", "cy"), share=1.0, readers=2) == ()
    assert len(second_readings(store, Session("t", "cy"), share=1.0, readers=3)) == 1
    # Ada goes on from the revision she knows; the opinion between is no conflict.
    again = store.save(fakes.accept("c", first, 1, replace(original, note="sure")))
    assert again.state.conflicts == ()
    assert again.state.judgement.note == "sure"
    assert store.verify().sound


def test_a_full_disk_is_one_clear_error_and_the_save_goes_through_when_there_is_room(store):
    ids = fakes.ids_of(store)
    saved = store.save(fakes.accept("kept", ids[0], 0, store.item(ids[0]).original))
    big = replace(store.item(ids[1]).original, note="n" * 90_000)
    lost = fakes.accept("late", ids[1], 0, big)

    def limit(pages: int) -> None:
        with store.database.read() as connection:
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    limit(1)  # SQLite takes the present size instead: no page can be added
    with pytest.raises(StoreUnavailableError, match=r"is full: nothing of this save was written"):
        store.save(lost)
    assert store.state(ids[0]) == saved.state
    assert store.state(ids[1]).revision == 0
    assert store.verify().sound
    limit(1_000_000)
    assert store.save(lost).state.judgement.note == big.note
    assert store.verify().events == 3


def test_a_database_that_can_only_be_read_is_shown_and_says_so_when_written(store, tmp_path):
    first = fakes.ids_of(store)[0]
    path = tmp_path / "review.sqlite3"
    frozen = Store(f"sqlite:///file:{path}?mode=ro&uri=true")
    assert find(frozen, Selection()).total == 12
    with pytest.raises(StoreUnavailableError, match=r"can only be read: nothing of this save"):
        frozen.save(fakes.accept("op", first, 0, frozen.item(first).original))
    frozen.close()
    assert store.verify().events == 1


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite://", "has no file"),
        ("mysql://x/y", "not supported"),
        ("a file", "is not a URL"),
        ("sqlite:///{tmp}/none.sqlite3", "there is no review store"),
        ("sqlite:///{tmp}/text.sqlite3", "damaged or no review store"),
        ("postgresql://nobody@/x?host={tmp}", "cannot be opened"),
    ],
)
def test_a_store_that_cannot_be_opened_says_why_in_one_line(url, message, tmp_path):
    (tmp_path / "text.sqlite3").write_text("not a database " * 99)
    with pytest.raises(ReviewError, match=message) as caught:
        Store(url.replace("{tmp}", str(tmp_path)), create=False)
    assert "\n" not in str(caught.value)


def test_a_part_added_in_review_is_part_of_the_text(store):
    first = fakes.ids_of(store)[0]
    base = store.item(first).original
    added = replace(base, parts=(*base.parts, PartDescription(BodyPart.HEAD, "Look up.")))
    store.save(fakes.accept("a", first, 0, added))
    assert find(store, Selection(text="look up")).total == 1
