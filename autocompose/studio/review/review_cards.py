"""A description as its card on the Review page shows it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from autocompose.errors import DatasetError
from autocompose.review.files.derive import derived_views
from autocompose.review.store.records import ReviewItem, ReviewState, judgement_json
from autocompose.review.store.review_store import Store
from autocompose.schema import PosePair
from autocompose.studio.server.pictures import Page as Json
from autocompose.studio.server.pictures import to_page, view_pair
from autocompose.studio.server.state import Studio


def state_page(state: ReviewState) -> Json:
    """A state as the page keeps it."""
    return {
        "revision": state.revision,
        "judgement": judgement_json(state.judgement),
        "conflicts": [dataclasses.asdict(conflict) for conflict in state.conflicts],
    }


def make_cards(studio: Studio, store: Store, found: Sequence[ReviewItem]) -> list[Json]:
    """All that the cards of some descriptions show."""
    derived = derived_views(store, found)
    views = {i: [to_page(view) for view in derived[i]] for i in derived}
    return [{**_card(studio, item), "derived": views.get(item.id, [])} for item in found]


def _card(studio: Studio, item: ReviewItem) -> Json:
    return {
        "id": item.id,
        "dataset": item.dataset,
        "split": item.split,
        "key": item.key,
        "view": item.view.value,
        "source": item.source.value,
        "model": item.model,
        "original": judgement_json(item.original),
        "state": state_page(item.state),
        "edited": item.edited,
        "stale": item.stale,
        "reasons": list(item.reasons),
        "claims": [to_page(mark) for mark in item.claims],
        "pair": _pictures(studio, item),
    }


def _pictures(studio: Studio, item: ReviewItem) -> Json | None:
    """Both pictures as the view shows them, or None where this studio serves another dataset."""
    if item.dataset != studio.dataset_name or studio.dataset_problem:
        return None
    try:
        reference, target = (studio.dataset.image(name) for name in item.images)
    except DatasetError:
        return None
    pair = view_pair(PosePair(reference, target), skeleton=True, view=item.view)
    return {**to_page(pair), "mirrored": item.view.mirrors}
