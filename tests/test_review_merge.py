"""The three-way merge and the hash chain, on their own."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autocompose.review.store.chain import FIRST_HASH, check_chain, event_hash
from autocompose.review.store.merge import merge, settle
from autocompose.review.store.records import (
    Conflict,
    Decision,
    EventKind,
    Judgement,
    LoggedEvent,
    Reason,
    ReviewState,
    judgement_json,
    read_judgement,
    read_state,
    state_json,
    to_json,
)
from autocompose.schema import BodyPart, PartDescription

TEXTS = st.sampled_from(["a", "b", "c", "<b>", "\u202eabc", "👩‍🦽"])
PART_LISTS = st.dictionaries(st.sampled_from(list(BodyPart)[:4]), TEXTS, max_size=4).map(
    lambda rows: tuple(PartDescription(part, text) for part, text in rows.items())
)
JUDGEMENTS = st.builds(
    Judgement,
    phrasings=st.lists(TEXTS, min_size=1, max_size=3).map(tuple),
    parts=PART_LISTS,
    verdict=st.sampled_from(list(Decision)),
    flagged=st.booleans(),
    reasons=st.lists(st.sampled_from(list(Reason)), unique=True, max_size=3).map(tuple),
    wrong_parts=st.lists(st.sampled_from(list(BodyPart)[:3]), unique=True).map(tuple),
    note=TEXTS,
)


def parts_of(judgement):
    return {row.part: row.text for row in judgement.parts}


def test_changes_to_different_fields_join_and_to_one_field_conflict():
    arm, knee = BodyPart.LEFT_ARM, BodyPart.RIGHT_KNEE
    base = Judgement(("p", "q"), (PartDescription(arm, "arm"), PartDescription(knee, "knee")))
    theirs = replace(base, phrasings=("p2", "q"), parts=(PartDescription(arm, "ARM"),))
    mine = replace(base, phrasings=("p3", "q2"), verdict=Decision.ACCEPTED)
    merged = merge(base, theirs, mine)
    assert merged.judgement == Judgement(
        ("p2", "q2"), (PartDescription(arm, "ARM"),), Decision.ACCEPTED
    )
    assert merged.conflicts == (Conflict("phrasing 1", "p", "p2", "p3"),)


def test_removing_a_part_that_the_other_edited_is_a_conflict():
    part = PartDescription(BodyPart.HEAD, "Look up.")
    base = Judgement(("p",), (part,))
    edited = replace(base, parts=(replace(part, text="Look down."),))
    merged = merge(base, edited, replace(base, parts=()))
    assert merged.judgement == edited
    assert merged.conflicts == (Conflict("head", "Look up.", "Look down.", None),)


def test_phrasings_added_by_both_are_all_readable():
    base = Judgement(("p",))
    merged = merge(base, Judgement(("p", "q")), Judgement(("p", "r")))
    assert merged.judgement.phrasings == ("p", "q")
    assert merged.conflicts == (Conflict("phrasings", '["p"]', '["p","q"]', '["p","r"]'),)


@settings(max_examples=60)
@given(JUDGEMENTS, JUDGEMENTS)
def test_a_change_by_one_alone_is_taken_whole(base, other):
    for merged in (merge(base, base, other), merge(base, other, base), merge(base, other, other)):
        assert merged.conflicts == ()
        assert judgement_sets(merged.judgement) == judgement_sets(other)


def judgement_sets(judgement):
    # Marks are sets, and rows of parts may follow the other's order.
    return replace(
        judgement,
        parts=(),
        reasons=tuple(sorted(judgement.reasons)),
        wrong_parts=tuple(sorted(judgement.wrong_parts)),
    ), parts_of(judgement)


@pytest.mark.slow
@settings(max_examples=100)
@given(JUDGEMENTS, JUDGEMENTS, JUDGEMENTS)
def test_nothing_that_either_wrote_is_lost(base, theirs, mine):
    merged = merge(base, theirs, mine)
    hidden = {value for conflict in merged.conflicts for value in (conflict.mine, conflict.theirs)}
    shown = str(judgement_json(merged.judgement)) + str(hidden)
    for side in (theirs, mine):
        for field in ("verdict", "note"):
            value = getattr(side, field)
            if value != getattr(base, field):
                assert value == getattr(merged.judgement, field) or value in hidden
        for part, text in parts_of(side).items():
            if parts_of(base).get(part) != text:
                assert parts_of(merged.judgement).get(part) == text or text in hidden
        for text in side.phrasings:
            if text not in base.phrasings:
                assert repr(text)[1:-1] in shown or to_json(text)[1:-1] in shown.replace(
                    "\\\\", "\\"
                )


@settings(max_examples=50)
@given(JUDGEMENTS)
def test_a_judgement_comes_back_from_its_json(judgement):
    assert read_judgement(judgement_json(judgement)) == judgement
    state = ReviewState(3, judgement, (Conflict("note", None, "a", "b", "ada", "bob"),))
    assert read_state(to_json(state_json(state))) == state
    assert to_json(state_json(state)).isascii()


def test_open_conflicts_stay_until_they_are_settled():
    one, two = Conflict("note", "a", "b", "c"), Conflict("verdict", "x", "y", "z")
    assert settle([one], [two], ()) == (one, two)
    assert settle([one, two], (), ["note"]) == (two,)


def chain(length):
    events, previous = [], FIRST_HASH
    for i in range(1, length + 1):
        event = LoggedEvent(
            i, f"op-{i}", EventKind.SAVE, f"d{i % 2}", (i + 1) // 2, 0, "ada", "2026", 5, "",
            "{}", "{}", previous, "",
        )  # fmt: skip
        events.append(replace(event, hash=event_hash(event)))
        previous = events[-1].hash
    return events


def test_a_sound_chain_is_sound_and_its_head_is_the_last_hash():
    events = chain(6)
    report = check_chain(events)
    assert (report.sound, report.events, report.head) == (True, 6, events[-1].hash)
    assert check_chain([]).head == FIRST_HASH


@settings(max_examples=40)
@given(
    st.integers(0, 5),
    st.sampled_from(["reviewer", "created_at", "submitted", "result", "operation", "bulk"]),
)
def test_any_change_of_any_field_is_found(place, field):
    events = chain(6)
    events[place] = replace(events[place], **{field: "changed"})
    assert not check_chain(events).sound
    # A forger who also rewrites that event's hash breaks the link of the next one.
    events[place] = replace(events[place], hash=event_hash(events[place]))
    assert place == 5 or not check_chain(events).sound


def test_events_that_were_dropped_or_exchanged_are_found():
    events = chain(6)
    assert "expected sequence 3" in check_chain(events[:2] + events[3:]).problems[0]
    assert not check_chain([events[1], events[0], *events[2:]]).sound
