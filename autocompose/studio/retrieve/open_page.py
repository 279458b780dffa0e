"""What a visitor may open in place of what is shown: datasets, checkpoints and galleries."""

from __future__ import annotations

from dataclasses import dataclass

from autocompose.studio.server.page_files import PLACE
from autocompose.studio.server.pictures import Page
from autocompose.studio.server.shelf import ShelfItem
from autocompose.studio.server.state import Studio
from autocompose.studio.server.transport import Handler


@dataclass(frozen=True)
class ShelfView:
    """What can be opened; nothing where visitors may not.

    Args:
        cards: where cards are served, relative to the page; the name of a card follows.
        datasets: with their splits.
        checkpoints: with what is known of them.
        galleries: those whose pictures can be shown.
    """

    cards: str
    datasets: tuple[ShelfItem, ...]
    checkpoints: tuple[ShelfItem, ...]
    galleries: tuple[ShelfItem, ...]


def shelf_list(studio: Studio, payload: Page) -> ShelfView:
    """All that a visitor may open."""
    del payload
    shelf, place = studio.shelf, f"{PLACE}/card/"
    if shelf is None:
        return ShelfView(place, (), (), ())
    return ShelfView(place, shelf.datasets(), shelf.checkpoints(), shelf.galleries())


SHELF_HANDLERS: tuple[Handler, ...] = (shelf_list,)
