"""What the Review page asks the store. No gradio here; identity is handed in, never sent by a page.

A page keeps its decisions until the answer to each says ``ok``; an operation that is sent again
gets the answer it got before.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

from autocompose.errors import AmbiguousSideError, ConfigError
from autocompose.language.sides.mirror import mirror_span, mirror_text
from autocompose.review.people.users import Reviewer
from autocompose.review.quality.dashboard import count_store
from autocompose.review.queue.bulk import BulkPreview
from autocompose.review.queue.filters import explain_empty
from autocompose.review.queue.next_items import (
    Order,
    Selection,
    Session,
    find,
    next_items,
    release,
    renew,
)
from autocompose.review.queue.second_readings import second_readings
from autocompose.review.store.records import (
    MAX_CHARACTERS,
    Decision,
    EventKind,
    ReviewState,
    Save,
    read_judgement,
)
from autocompose.schema import BodyPart, Source, View
from autocompose.studio.review.review_answers import (
    FoundAnswer,
    ItemAnswer,
    JudgedAnswer,
    KeptAnswer,
    MirrorAnswer,
    NewsAnswer,
    QueueAnswer,
    RevisionView,
    SaveAnswer,
    StateAnswer,
    judgement_view,
    state_view,
)
from autocompose.studio.review.review_boot import ReviewBoot, boot_page, store_view
from autocompose.studio.review.review_cards import judge_texts, make_cards
from autocompose.studio.review.review_jobs import ReviewJobs
from autocompose.studio.review.review_news import news_of
from autocompose.studio.server.pictures import Page as Json
from autocompose.studio.server.row_check import check_rows
from autocompose.studio.server.state import Studio
from autocompose.studio.server.store_opener import StoreOpener
from autocompose.studio.server.transport import (
    NothingToSay,
    read_choice,
    read_int,
    read_rows,
    read_text,
)

PREFETCH = 20
"""Items of one answer; the page asks again until it has enough to go on without the server."""

MAX_HELD = 5000
"""Ids that a page may name: all it decided while nobody answered, and what it has still to do."""

SECOND_SHARES = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Parts of the descriptions that a second reading may be of."""

ANY = "any"
"""The verdict filter that also shows what is decided."""

MAX_ACTIVE_MS = 24 * 3600 * 1000

Handler = Callable[["ReviewDesk", Reviewer, Json], Any]
"""Answers one call of the page with a record of `review_answers`."""


class ReviewDesk(StoreOpener):
    """The store behind the page, opened when somebody first looks.

    Args:
        studio: whose dataset's pictures are shown.
        url: of the store.
    """

    def __init__(self, studio: Studio, url: str) -> None:
        super().__init__(url)
        self.studio = studio
        self.jobs = ReviewJobs()
        self.previews: dict[tuple[str, str], BulkPreview] = {}


def review_boot(desk: ReviewDesk, who: Reviewer, payload: Json) -> ReviewBoot:
    """Who is here, the closed lists, and what the store lets this person do."""
    return boot_page(desk.studio, who, store_view(desk))


def review_next(desk: ReviewDesk, who: Reviewer, payload: Json) -> QueueAnswer:
    """Hand out the next items of the queue to this page, or say why there are none."""
    session = session_of(who, payload)
    selection = read_selection(payload)
    order = read_choice(Order, read_text(payload, "order") or Order.ERROR.value)
    held = read_ids(payload, "held")
    count = read_int(payload, "count", low=1, high=PREFETCH, default=PREFETCH)
    store = desk.store()
    items = next_items(store, session, selection, order=order, count=count, held=held)
    why = None
    if not items and not held:
        why = explain_empty(store, session, selection, waiting=True)
    return QueueAnswer(make_cards(desk.studio, store, items), count_store(store), why)


def review_second(desk: ReviewDesk, who: Reviewer, payload: Json) -> QueueAnswer:
    """Descriptions that others have decided, to be read again without seeing what they decided."""
    share = payload.get("share")
    if share not in SECOND_SHARES:
        allowed = ", ".join(f"{100 * share:.0f} %" for share in SECOND_SHARES)
        raise ConfigError(f"a second reading is of one of {allowed} of the descriptions")
    session, store = session_of(who, payload), desk.store()
    items = second_readings(
        store, session, share=share, count=PREFETCH, held=read_ids(payload, "held")
    )
    hidden = [
        dataclasses.replace(
            item,
            state=ReviewState(
                item.state.revision,
                dataclasses.replace(item.original, verdict=Decision.PENDING),
            ),
            edited=False,
            stale=False,
        )
        for item in items
    ]
    cards = tuple(
        dataclasses.replace(card, derived=()) for card in make_cards(desk.studio, store, hidden)
    )
    return QueueAnswer(cards, count_store(store), None)


def review_renew(desk: ReviewDesk, who: Reviewer, payload: Json) -> KeptAnswer:
    """A sign of life: says which of the held items are still this page's."""
    return KeptAnswer(renew(desk.store(), session_of(who, payload), read_ids(payload, "held")))


def review_save(desk: ReviewDesk, who: Reviewer, payload: Json) -> SaveAnswer:
    """Store one decision; the page keeps it until this answers ``ok``.

    Raises:
        TextError: it accepts a part row that speaks of another side or part.
    """
    sent = payload.get("judgement")
    if not isinstance(sent, dict):
        raise ConfigError("a decision has no judgement; reload the page")
    judgement = read_judgement(sent)
    if judgement.verdict is Decision.ACCEPTED:
        check_rows(judgement.parts)
    save = Save(
        operation=read_text(payload, "operation"),
        description_id=read_text(payload, "id"),
        base_revision=read_int(payload, "base", low=0, high=2**31 - 1, default=0),
        judgement=judgement,
        reviewer=who.name,
        active_ms=read_int(payload, "active_ms", low=0, high=MAX_ACTIVE_MS, default=0),
        kind=EventKind.OPINION if payload.get("opinion") is True else EventKind.SAVE,
        resolves=tuple(str(field) for field in read_rows(payload, "resolves")),
    )
    answer = desk.store().save(save)
    if save.kind is EventKind.OPINION:
        # What others decided stays hidden from a second reader.
        state = ReviewState(answer.state.revision, save.judgement)
        return SaveAnswer(answer.sequence, merged=False, state=state_view(state))
    return SaveAnswer(answer.sequence, merged=answer.merged, state=state_view(answer.state))


def review_item(desk: ReviewDesk, who: Reviewer, payload: Json) -> ItemAnswer:
    """One description by id, with its history."""
    store = desk.store()
    item = store.item(read_text(payload, "id"))
    history = tuple(
        RevisionView(
            event.revision,
            event.kind,
            event.reviewer,
            event.created_at,
            judgement_view(read_judgement(json.loads(event.result)["judgement"])),
        )
        for event in store.history(item.id)
        if event.kind is not EventKind.OPINION
    )
    return ItemAnswer(make_cards(desk.studio, store, [item])[0], history)


def review_restore(desk: ReviewDesk, who: Reviewer, payload: Json) -> StateAnswer:
    """Make an earlier revision the current one."""
    revision = read_int(payload, "revision", low=0, high=2**31 - 1, default=0)
    answer = desk.store().restore(
        read_text(payload, "id"),
        revision,
        operation=read_text(payload, "operation"),
        reviewer=who.name,
    )
    return StateAnswer(state_view(answer.state))


def review_mirror(desk: ReviewDesk, who: Reviewer, payload: Json) -> MirrorAnswer:
    """Exchange the subject's left and right in texts; one that may mean something else stays.

    With ``selected`` it is that span alone, read as it stands between ``before`` and ``after``.
    """
    if "selected" in payload:
        before, selected, after = (str(payload.get(n, "")) for n in ("before", "selected", "after"))
        if len(before) + len(selected) + len(after) > MAX_CHARACTERS:
            raise ConfigError(f"a text holds {MAX_CHARACTERS} characters at most")
        span = (len(before), len(before) + len(selected))
        whole = mirror_span(before + selected + after, span)
        return MirrorAnswer((whole[span[0] : len(whole) - len(after)],), ())
    texts, refused = [], []
    for value in read_rows(payload, "texts"):
        text = str(value)
        try:
            texts.append(mirror_text(text))
        except AmbiguousSideError as error:
            texts.append(text)
            refused.append(str(error))
    return MirrorAnswer(tuple(texts), tuple(refused))


def review_find(desk: ReviewDesk, who: Reviewer, payload: Json) -> FoundAnswer:
    """Search and filter all that there is, decided or not, without leases."""
    order = read_choice(Order, read_text(payload, "order") or Order.ERROR.value)
    offset = read_int(payload, "offset", low=0, high=10**9, default=0)
    store, selection = desk.store(), read_selection(payload)
    page = find(store, selection, order=order, limit=PREFETCH, offset=offset)
    why = None
    if not page.total:
        session = session_of(who, payload)
        why = explain_empty(store, session, selection, waiting=False)
    cards = make_cards(desk.studio, store, page.items)
    return FoundAnswer(cards, count_store(store), why, page.total)


def review_release(desk: ReviewDesk, who: Reviewer, payload: Json) -> NothingToSay:
    """Give back what this page holds."""
    release(desk.store(), session_of(who, payload))
    return NothingToSay()


def review_judge(desk: ReviewDesk, who: Reviewer, payload: Json) -> JudgedAnswer:
    """What the joints say of a description's texts as they stand on the page."""
    judgement = payload.get("judgement")
    if not isinstance(judgement, dict):
        raise ConfigError("nothing was sent to judge; reload the page")
    item = desk.store().item(read_text(payload, "id"))
    return judge_texts(desk.studio, item, read_judgement(judgement).check())


def review_news(desk: ReviewDesk, who: Reviewer, payload: Json) -> NewsAnswer:
    """Who saved something else over what this page has decided, since it last asked."""
    since = read_int(payload, "since", low=0, high=2**31 - 1, default=0)
    return news_of(desk.store(), read_ids(payload, "ids"), since)


DESK_HANDLERS: tuple[Handler, ...] = (
    review_boot,
    review_next,
    review_second,
    review_renew,
    review_save,
    review_item,
    review_restore,
    review_mirror,
    review_find,
    review_release,
    review_judge,
    review_news,
)


def read_ids(payload: Json, name: str) -> list[str]:
    """A list of at most `MAX_HELD` ids.

    Raises:
        ConfigError: not a list, or too long.
    """
    value = payload.get(name, [])
    if not isinstance(value, list) or len(value) > MAX_HELD:
        raise ConfigError(f'field "{name}" is not a list of at most {MAX_HELD} ids')
    return [str(one)[:64] for one in value]


def session_of(who: Reviewer, payload: Json) -> Session:
    """The leases' owner: one page of one person."""
    # The reviewer's name is part of it: nobody can hold or give back in another's name.
    return Session(f"{who.name}/{read_text(payload, 'session')[:64]}", who.name)


def read_selection(payload: Json) -> Selection:
    """The filters of a page.

    Raises:
        ConfigError: a value is outside its closed list.
    """
    view, source = read_text(payload, "view"), read_text(payload, "source")
    verdict, part = read_text(payload, "verdict"), read_text(payload, "part")
    return Selection(
        dataset=read_text(payload, "dataset"),
        split=read_text(payload, "split"),
        view=read_choice(View, view) if view else None,
        source=read_choice(Source, source) if source else None,
        model=read_text(payload, "model"),
        part=BodyPart.parse(part) if part else None,
        verdict=read_choice(Decision, verdict) if verdict not in ("", ANY) else None,
        claim_verdict=read_text(payload, "claim_verdict"),
        reviewer=read_text(payload, "by"),
        text=read_text(payload, "text"),
        **{state: True for state in _STATES if payload.get("state") == state},
    )


_STATES = ("flagged", "edited", "conflicted", "stale")
