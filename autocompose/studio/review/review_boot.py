"""What Review finds when it opens: one record, whole in every state of the store."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from autocompose.errors import MissingExtraError, ReviewError
from autocompose.review.people.users import Reviewer
from autocompose.review.quality.dashboard import Stats, count_store
from autocompose.review.queue.filters import Choices, filter_choices
from autocompose.review.store.database import store_exists
from autocompose.review.store.records import Reason
from autocompose.review.store.review_store import Store
from autocompose.schema import BodyPart, Source, View
from autocompose.studio.server.parts import PartView, part_view
from autocompose.studio.server.state import Studio
from autocompose.studio.server.transport import one_line


class StoreKeeper(Protocol):
    """What is asked of a `review_desk.ReviewDesk`."""

    url: str

    def store(self, *, create: bool = False) -> Store:
        """The open store."""
        ...


class DeskState(str, Enum):
    """What the store lets a reviewer do.

    Args:
        NO_STORE: it was not made yet.
        EMPTY: nothing was imported.
        READY: there is something to review.
        READ_ONLY: everything can be looked at, and nothing decided.
        AWAY: it cannot be opened: its server, folder or driver is not there, or it is damaged.
    """

    NO_STORE = "no_store"
    EMPTY = "empty"
    READY = "ready"
    READ_ONLY = "read_only"
    AWAY = "away"


NO_STATS = Stats(0, 0, 0, 0, 0, 0, 0)
NO_CHOICES = Choices((), (), (), ())


@dataclass(frozen=True)
class StoreView:
    """The store as it is now.

    Args:
        problem: one line, where it cannot be used; empty otherwise.
        stats: counts; zeros where nothing can be counted.
        choices: what the filters can be set to; empty where nothing is known.
    """

    state: DeskState
    problem: str = ""
    stats: Stats = NO_STATS
    choices: Choices = NO_CHOICES


@dataclass(frozen=True)
class ReviewBoot:
    """All that the tab needs to draw itself.

    Args:
        dataset: name of the dataset on show; empty without one.
        dataset_problem: why its captions cannot be imported; empty when they can.
    """

    store: StoreView
    reviewer: str
    role: str
    reasons: tuple[str, ...]
    parts: tuple[PartView, ...]
    views: tuple[str, ...]
    sources: tuple[str, ...]
    dataset: str
    split: str
    dataset_problem: str


def store_view(desk: StoreKeeper) -> StoreView:
    """Open the store where it is there, and say what can be done with it."""
    try:
        if not store_exists(desk.url):
            return StoreView(DeskState.NO_STORE)
        store = desk.store()
        stats, choices = count_store(store), filter_choices(store)
        problem = store.why_read_only()
    except (ReviewError, MissingExtraError) as error:
        return StoreView(DeskState.AWAY, one_line(error))
    state = DeskState.READY if stats.descriptions else DeskState.EMPTY
    return StoreView(DeskState.READ_ONLY if problem else state, problem, stats, choices)


def boot_page(studio: Studio, who: Reviewer, store: StoreView) -> ReviewBoot:
    """Who is here, the closed lists, and the state of the store."""
    return ReviewBoot(
        store=store,
        reviewer=who.name,
        role=who.role.value,
        reasons=tuple(reason.value for reason in Reason),
        parts=tuple(part_view(part) for part in BodyPart),
        views=tuple(view.value for view in View),
        sources=tuple(source.value for source in Source),
        dataset=studio.dataset_name,
        split=studio.split,
        dataset_problem=studio.dataset_problem,
    )
