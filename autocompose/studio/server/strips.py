"""The strip of pairs that Describe and Augment choose from."""

from __future__ import annotations

from autocompose.studio.server.opening import StripView, dataset_view
from autocompose.studio.server.pictures import Page, view_pair
from autocompose.studio.server.state import Studio, mixed
from autocompose.studio.server.transport import read_int

STRIP = 24
"""Pairs per page of the strip."""


def strip_view(studio: Studio, payload: Page) -> StripView:
    """One page of pairs, people and clips mixed."""
    pairs = mixed(studio.pairs)
    offset = read_int(payload, "offset", low=0, high=len(pairs), default=0)
    found = dataset_view(studio)
    return StripView(
        state=found.state,
        problem=found.problem,
        dataset=found.dataset,
        total=len(pairs),
        offset=offset,
        pairs=tuple(view_pair(pair) for pair in pairs[offset : offset + STRIP]),
    )


def pair_strip(studio: Studio, payload: Page) -> StripView:
    """The strip, asked for by itself."""
    return strip_view(studio, payload)
