"""What an administrator does on the Review page: bulk actions, planted items, the dashboard."""

from __future__ import annotations

from autocompose.errors import ConfigError
from autocompose.language.sides.mirror import mirror_text
from autocompose.review.files.derive import joint_writer, preview_regenerate
from autocompose.review.people.users import Reviewer, Role
from autocompose.review.quality.dashboard import measure_dashboard
from autocompose.review.quality.planted import PlantKind, plant_some
from autocompose.review.queue.bulk import (
    BulkPreview,
    apply_bulk,
    bulk_reviewer,
    preview_accept,
    preview_flip,
    undo_bulk,
)
from autocompose.review.queue.next_items import Selection, selected_ids
from autocompose.review.queue.signals import measure_signals
from autocompose.review.store.records import ReviewItem
from autocompose.studio.review.review_answers import (
    BulkAnswer,
    ChangeView,
    DashboardAnswer,
    PlantedAnswer,
    RefusedView,
    ReviewerRow,
    judgement_view,
)
from autocompose.studio.review.review_desk import (
    Handler,
    ReviewDesk,
    read_ids,
    read_selection,
)
from autocompose.studio.server.pictures import Page as Json
from autocompose.studio.server.transport import read_choice, read_int, read_text

SHOWN = 50
"""Rows of a preview; the rest is counted."""

OWN_VIEWS = 8
"""Derived views that a reviewer may regenerate who is not an administrator: those of one edit."""

TYPED_ABOVE = 50
"""A bulk action of more descriptions is confirmed by typing their number."""

MAX_PLANTED = 200
"""Of one press of the button."""


def review_bulk(desk: ReviewDesk, who: Reviewer, payload: Json) -> BulkAnswer:
    """Preview, apply or undo a bulk action; who previewed it applies it."""
    operation, step = read_text(payload, "operation"), read_text(payload, "step")
    store, key = desk.store(), (who.name, operation)
    if step == "preview":
        preview = _preview(desk, who, payload)
        if len(desk.previews) > 100:
            desk.previews.clear()
        desk.previews[key] = preview
        return _shown(desk, preview)
    if step == "apply":
        if key not in desk.previews:
            raise ConfigError("this preview has expired; open it again before applying")
        _confirmed(desk.previews[key], payload)
        done = apply_bulk(store, desk.previews[key], operation=operation, reviewer=who.name)
    elif step == "undo":
        bulk = read_text(payload, "bulk")
        if bulk_reviewer(store, bulk) != who.name:
            who.require(Role.ADMINISTRATOR)
        done = undo_bulk(store, bulk, operation=operation, reviewer=who.name)
    else:
        raise ConfigError(f'step "{step[:20]}" is unknown; use preview, apply or undo')
    refused = tuple(RefusedView(one.description_id, "", one.why) for one in done.refused[:SHOWN])
    return BulkAnswer(step, done.bulk, len(done.saved), (), len(done.refused), refused)


def review_plant(desk: ReviewDesk, who: Reviewer, payload: Json) -> PlantedAnswer:
    """Plant gold items or errors among what waits, picked by chance from what is accepted."""
    who.require(Role.ADMINISTRATOR)
    kind = read_choice(PlantKind, read_text(payload, "kind"))
    count = read_int(payload, "count", low=1, high=MAX_PLANTED, default=10)
    store, studio = desk.store(), desk.studio
    # Only where the joints are at hand: a planted card shows claims like any other.
    selection = Selection(dataset=studio.dataset_name)
    made = plant_some(store, selection, kind, count=count, by=who.name, mirror=mirror_text)
    if made and not studio.dataset_problem:
        with studio.slot():
            measure_signals(store, studio.dataset, only=made)
    return PlantedAnswer(len(made))


def review_dashboard(desk: ReviewDesk, who: Reviewer, payload: Json) -> DashboardAnswer:
    """The numbers behind the charts. A reviewer sees everybody's progress and their own quality."""
    found = measure_dashboard(desk.store())
    reviewers = tuple(
        ReviewerRow(**vars(one), warning=one.warning)
        for one in found.reviewers
        if who.role is Role.ADMINISTRATOR or one.reviewer == who.name
    )
    return DashboardAnswer(**{**vars(found), "reviewers": reviewers})


ACTION_HANDLERS: tuple[Handler, ...] = (review_bulk, review_plant, review_dashboard)


def _preview(desk: ReviewDesk, who: Reviewer, payload: Json) -> BulkPreview:
    action, ids = read_text(payload, "action"), read_ids(payload, "ids")
    own = action == "regenerate" and 0 < len(ids) <= OWN_VIEWS
    if not own:
        who.require(Role.ADMINISTRATOR)
    store, selection = desk.store(), read_selection(payload)
    if action == "accept":
        return preview_accept(store, selection, only=ids or None)
    if action == "flip":
        if not ids and selection == Selection():
            raise ConfigError(
                "mark descriptions or set a filter first; this would swap left and right everywhere"
            )
        return preview_flip(store, ids or selected_ids(store, selection), mirror_text)
    if action == "regenerate":
        studio = desk.studio
        write = None if studio.dataset_problem else joint_writer(studio.dataset)
        chosen = ids or selected_ids(store, _stale(selection))
        with studio.slot():
            return preview_regenerate(store, chosen, mirror_text, write=write)
    raise ConfigError(f'action "{action[:20]}" is unknown; use accept, flip or regenerate')


def _stale(selection: Selection) -> Selection:
    return Selection(**{**vars(selection), "stale": True})


def _confirmed(preview: BulkPreview, payload: Json) -> None:
    """Refuse a large action whose number was not typed.

    Raises:
        ConfigError: the number is missing or another one.
    """
    count = len(preview.changes)
    typed = read_int(payload, "typed", low=0, high=10**9, default=0)
    if count > TYPED_ABOVE and typed != count:
        raise ConfigError(f"this changes {count} descriptions; type {count} to confirm")


def _shown(desk: ReviewDesk, preview: BulkPreview) -> BulkAnswer:
    store = desk.store()
    named = [c.description_id for c in preview.changes[:SHOWN]]
    named += [refused.description_id for refused in preview.refused[:SHOWN]]
    names = {i: _name(store.item(i)) for i in named}
    shown = tuple(
        ChangeView(
            change.description_id,
            names[change.description_id],
            judgement_view(change.before),
            judgement_view(change.after),
        )
        for change in preview.changes[:SHOWN]
    )
    refused = tuple(
        RefusedView(one.description_id, names[one.description_id], one.why)
        for one in preview.refused[:SHOWN]
    )
    return BulkAnswer(
        preview.action, "", len(preview.changes), shown, len(preview.refused), refused
    )


def _name(item: ReviewItem) -> str:
    return f"{item.key}, {item.reference} to {item.target}"
