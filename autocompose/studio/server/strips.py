"""The strip of pairs that Describe and Augment choose from."""

from __future__ import annotations

from autocompose.studio.server.pictures import Page, to_page, view_pair
from autocompose.studio.server.state import Studio, mixed
from autocompose.studio.server.transport import read_int

STRIP = 24
"""Pairs per page of the strip."""


def pair_strip(studio: Studio, payload: Page) -> Page:
    """One page of pairs, people and clips mixed."""
    pairs = mixed(studio.pairs)
    offset = read_int(payload, "offset", low=0, high=len(pairs), default=0)
    return {
        "problem": studio.dataset_problem,
        "dataset": f"{studio.dataset_name} {studio.split}",
        "total": len(pairs),
        "offset": offset,
        "pairs": [to_page(view_pair(pair)) for pair in pairs[offset : offset + STRIP]],
    }
