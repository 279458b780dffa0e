"""What the Review page asks the store. No gradio here; identity is handed in, never sent by a page.

A page keeps its decisions until the answer to each says ``ok``; an operation that is sent again
gets the answer it got before.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from typing import Any

from autocompose.describe.views import mirror_text
from autocompose.errors import AmbiguousSideError, ConfigError, DatasetError, StoreUnavailableError
from autocompose.review.bulk import (
    BulkPreview,
    apply_bulk,
    preview_accept,
    preview_flip,
    preview_regenerate,
    undo_bulk,
)
from autocompose.review.caption_records import read_caption_file
from autocompose.review.dashboard import count_store, measure_dashboard
from autocompose.review.imports import import_records
from autocompose.review.people import Reviewer, Role
from autocompose.review.queue import Order, Page, Selection, Session, find, next_items, release
from autocompose.review.records import (
    EventKind,
    Reason,
    ReviewItem,
    ReviewState,
    Save,
    Verdict,
    judgement_json,
    read_judgement,
)
from autocompose.review.signals import measure_signals
from autocompose.review.store import Store
from autocompose.schema import BodyPart, PosePair, Source, View
from autocompose.studio.pictures import Page as Json
from autocompose.studio.pictures import to_page, view_pair, view_picture
from autocompose.studio.state import Studio
from autocompose.studio.transport import read_int, read_rows, read_text

PREFETCH = 20
FOUND = 50
"""Rows of the list that a search shows."""

MAX_ACTIVE_MS = 24 * 3600 * 1000

Handler = Callable[["ReviewDesk", Reviewer, Json], Json]


class ReviewDesk:
    """The store behind the page, opened when somebody first looks.

    Args:
        studio: whose dataset's pictures are shown.
        url: of the store.
    """

    def __init__(self, studio: Studio, url: str) -> None:
        self.studio = studio
        self.url = url
        self._store: Store | None = None
        self._lock = threading.Lock()
        self.previews: dict[str, BulkPreview] = {}

    def store(self, *, create: bool = False) -> Store:
        """The open store.

        Raises:
            StoreUnavailableError: it is not there yet, or cannot be opened; asked again, it is
                tried again.
        """
        with self._lock:
            if self._store is None:
                self._store = Store(self.url, create=create)
            return self._store


def review_boot(desk: ReviewDesk, who: Reviewer, payload: Json) -> Json:
    """Who is here, the closed lists, and whether there is anything to review."""
    studio = desk.studio
    page: Json = {
        "reviewer": who.name,
        "role": who.role.value,
        "reasons": [reason.value for reason in Reason],
        "parts": [{"part": part.value, "label": part.label} for part in BodyPart],
        "views": [view.value for view in View],
        "sources": [source.value for source in Source],
        "dataset": studio.dataset_name,
        "split": studio.split,
    }
    try:
        store = desk.store()
    except StoreUnavailableError as error:
        return {**page, "empty": str(error), "stats": None}
    stats = count_store(store)
    return {**page, "stats": to_page(stats), "empty": "" if stats.descriptions else "nothing"}


def review_import(desk: ReviewDesk, who: Reviewer, payload: Json) -> Json:
    """Put the captions of the split on show into the store and judge them by the joints."""
    who.require(Role.ADMINISTRATOR)
    studio = desk.studio
    if studio.dataset_problem:
        raise DatasetError(studio.dataset_problem)
    dataset = studio.dataset
    found = read_caption_file(dataset.root / "captions" / f"{studio.split}.json", dataset)
    store = desk.store(create=True)
    report = import_records(store, found, dataset=dataset, split=studio.split, by=who.name)
    with studio.slot():
        measure_signals(store, dataset, split=studio.split)
    return {"added": report.added, "descriptions": report.descriptions}


def review_next(desk: ReviewDesk, who: Reviewer, payload: Json) -> Json:
    """Hand out the next items of the queue to this page."""
    session = _session(who, payload)
    selection = _selection(payload)
    order = _choice(Order, read_text(payload, "order") or Order.ERROR.value)
    held = [str(value)[:64] for value in read_rows(payload, "held")]
    count = read_int(payload, "count", low=1, high=PREFETCH, default=PREFETCH)
    store = desk.store()
    items = next_items(store, session, selection, order=order, count=count, held=held)
    return {
        "items": [_card(desk, item) for item in items],
        "stats": to_page(count_store(store)),
    }


def review_save(desk: ReviewDesk, who: Reviewer, payload: Json) -> Json:
    """Store one decision; the page keeps it until this answers ``ok``."""
    judgement = payload.get("judgement")
    if not isinstance(judgement, dict):
        raise ConfigError("a decision has no judgement; reload the page")
    save = Save(
        operation=read_text(payload, "operation"),
        description_id=read_text(payload, "id"),
        base_revision=read_int(payload, "base", low=0, high=2**31 - 1, default=0),
        judgement=read_judgement(judgement),
        reviewer=who.name,
        active_ms=read_int(payload, "active_ms", low=0, high=MAX_ACTIVE_MS, default=0),
        kind=EventKind.OPINION if payload.get("opinion") is True else EventKind.SAVE,
        resolves=tuple(str(field) for field in read_rows(payload, "resolves")),
    )
    answer = desk.store().save(save)
    return {"sequence": answer.sequence, "merged": answer.merged, "state": _state(answer.state)}


def review_item(desk: ReviewDesk, who: Reviewer, payload: Json) -> Json:
    """One description by id, with its history."""
    store = desk.store()
    item = store.item(read_text(payload, "id"))
    history = [
        {
            "revision": event.revision,
            "kind": event.kind.value,
            "reviewer": event.reviewer,
            "at": event.created_at,
        }
        for event in store.history(item.id)
    ]
    return {"item": _card(desk, item), "history": history}


def review_restore(desk: ReviewDesk, who: Reviewer, payload: Json) -> Json:
    """Make an earlier revision the current one."""
    revision = read_int(payload, "revision", low=0, high=2**31 - 1, default=0)
    answer = desk.store().restore(
        read_text(payload, "id"),
        revision,
        operation=read_text(payload, "operation"),
        reviewer=who.name,
    )
    return {"state": _state(answer.state)}


def review_mirror(desk: ReviewDesk, who: Reviewer, payload: Json) -> Json:
    """Exchange the subject's left and right in texts; one that may mean something else stays."""
    texts, refused = [], []
    for value in read_rows(payload, "texts"):
        text = str(value)
        try:
            texts.append(mirror_text(text))
        except AmbiguousSideError as error:
            texts.append(text)
            refused.append(str(error))
    return {"texts": texts, "refused": refused}


def review_find(desk: ReviewDesk, who: Reviewer, payload: Json) -> Json:
    """Search and filter, for the list."""
    order = _choice(Order, read_text(payload, "order") or Order.ERROR.value)
    offset = read_int(payload, "offset", low=0, high=10**9, default=0)
    page: Page = find(desk.store(), _selection(payload), order=order, limit=FOUND, offset=offset)
    return {"total": page.total, "items": [_card(desk, item) for item in page.items]}


def review_release(desk: ReviewDesk, who: Reviewer, payload: Json) -> Json:
    """Give back what this page holds."""
    release(desk.store(), _session(who, payload))
    return {}


def review_bulk(desk: ReviewDesk, who: Reviewer, payload: Json) -> Json:
    """Preview, apply or undo a bulk action."""
    who.require(Role.ADMINISTRATOR)
    store, operation = desk.store(), read_text(payload, "operation")
    step = read_text(payload, "step")
    if step == "preview":
        preview = _preview(desk, payload)
        if len(desk.previews) > 100:
            desk.previews.clear()
        desk.previews[operation] = preview
        shown = [
            {"id": c.description_id, "before": list(c.before.phrasings),
             "after": list(c.after.phrasings), "verdict": c.after.verdict.value}
            for c in preview.changes[:FOUND]
        ]  # fmt: skip
        return {
            "count": len(preview.changes),
            "shown": shown,
            "refused": [to_page(refused) for refused in preview.refused[:FOUND]],
        }
    if step == "apply":
        if operation not in desk.previews:
            raise ConfigError("that preview is gone; look at it again before applying it")
        done = apply_bulk(store, desk.previews[operation], operation=operation, reviewer=who.name)
    elif step == "undo":
        bulk = read_text(payload, "bulk")
        done = undo_bulk(store, bulk, operation=operation, reviewer=who.name)
    else:
        raise ConfigError(f'step "{step[:20]}" is unknown; use preview, apply or undo')
    return {"saved": len(done.saved), "refused": len(done.refused), "bulk": done.bulk}


def review_dashboard(desk: ReviewDesk, who: Reviewer, payload: Json) -> Json:
    """The numbers behind the charts. A reviewer sees everybody's progress and their own quality."""
    found = measure_dashboard(desk.store())
    page = to_page(found)
    reviewers = [
        {**to_page(one), "warning": one.warning}
        for one in found.reviewers
        if who.role is Role.ADMINISTRATOR or one.reviewer == who.name
    ]
    return {**page, "reviewers": reviewers}


HANDLERS: tuple[Handler, ...] = (
    review_boot,
    review_import,
    review_next,
    review_save,
    review_item,
    review_restore,
    review_mirror,
    review_find,
    review_release,
    review_bulk,
    review_dashboard,
)


def _preview(desk: ReviewDesk, payload: Json) -> BulkPreview:
    action = read_text(payload, "action")
    store = desk.store()
    if action == "accept":
        return preview_accept(store, _selection(payload))
    ids = [str(value)[:64] for value in read_rows(payload, "ids")]
    if action == "flip":
        return preview_flip(store, ids, mirror_text)
    if action == "regenerate":
        return preview_regenerate(store, ids, mirror_text)
    raise ConfigError(f'action "{action[:20]}" is unknown; use accept, flip or regenerate')


def _session(who: Reviewer, payload: Json) -> Session:
    # The reviewer's name is part of it: nobody can hold or give back in another's name.
    return Session(f"{who.name}/{read_text(payload, 'session')[:64]}", who.name)


def _selection(payload: Json) -> Selection:
    view, source = read_text(payload, "view"), read_text(payload, "source")
    verdict, part = read_text(payload, "verdict"), read_text(payload, "part")
    return Selection(
        dataset=read_text(payload, "dataset"),
        split=read_text(payload, "split"),
        view=_choice(View, view) if view else None,
        source=_choice(Source, source) if source else None,
        model=read_text(payload, "model"),
        part=BodyPart.parse(part) if part else None,
        verdict=_choice(Verdict, verdict) if verdict else None,
        claim_verdict=read_text(payload, "claim_verdict"),
        reviewer=read_text(payload, "by"),
        text=read_text(payload, "text"),
        conflicted=True if payload.get("conflicted") is True else None,
        stale=True if payload.get("stale") is True else None,
    )


def _choice(kind: Any, value: str) -> Any:
    allowed = [one.value for one in kind]
    if value not in allowed:
        raise ConfigError(f'"{value[:40]}" is unknown; use one of {", ".join(allowed)}')
    return kind(value)


def _state(state: ReviewState) -> Json:
    return {
        "revision": state.revision,
        "judgement": judgement_json(state.judgement),
        "conflicts": [dataclasses.asdict(conflict) for conflict in state.conflicts],
    }


def _card(desk: ReviewDesk, item: ReviewItem) -> Json:
    return {
        "id": item.id,
        "dataset": item.dataset,
        "split": item.split,
        "key": item.key,
        "view": item.view.value,
        "source": item.source.value,
        "model": item.model,
        "original": judgement_json(item.original),
        "state": _state(item.state),
        "edited": item.edited,
        "stale": item.stale,
        "reasons": list(item.reasons),
        "claims": [to_page(mark) for mark in item.claims],
        "pair": _pictures(desk.studio, item),
    }


def _pictures(studio: Studio, item: ReviewItem) -> Json | None:
    """Both pictures as the view shows them, or None where this studio serves another dataset."""
    if item.dataset != studio.dataset_name or studio.dataset_problem:
        return None
    try:
        reference, target = (studio.dataset.image(n) for n in (item.reference, item.target))
    except DatasetError:
        return None
    if item.view.swaps != item.exchanged:
        reference, target = target, reference
    mirrored = item.view.mirrors
    pair = view_pair(PosePair(reference, target))
    return {
        **to_page(pair),
        "reference": to_page(view_picture(reference, skeleton=True, mirrored=mirrored)),
        "target": to_page(view_picture(target, skeleton=True, mirrored=mirrored)),
        "mirrored": mirrored,
    }
