"""What the page asks of Retrieve: fields become a query and choices, checked and bounded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from autocompose.errors import TextError
from autocompose.retrieval.choices import BOTH, PictureFilter, SearchChoices
from autocompose.schema import ComposedQuery
from autocompose.studio.retrieve.reference import ChosenReference, read_reference
from autocompose.studio.server.pictures import Page
from autocompose.studio.server.state import Studio
from autocompose.studio.server.transport import (
    read_flag,
    read_int,
    read_share,
    read_text,
    read_texts,
)

MAX_SHOWN = 20_000
"""Hits of one query that can be listed, page after page."""
PAGE = 48
"""Hits of one answer, at most, after the first ones of a link."""


@dataclass(frozen=True)
class PageQuery:
    """One query of the page.

    Args:
        query: reference, text, what is left out, and the target of a worked example.
        k: the last rank that is listed.
        scene: how far the same place and person count; None as the gallery needs it.
        choices: the weight between picture and words, and which pictures are ranked.
    """

    query: ComposedQuery
    k: int
    scene: float | None
    choices: SearchChoices


def read_asked(studio: Studio, payload: Page) -> PageQuery:
    """The query that a page names.

    Args:
        studio: the loaded studio.
        payload: ``text``, the reference as in `read_reference`, ``k`` and ``skip``, ``scene``,
            ``pair`` of a worked example, ``balance``, ``mirrored``, ``other_clip``, and
            ``only_person``, ``only_camera``, ``only_clip``, ``only_source``: lists of values.

    Raises:
        TextError: the text is empty, and it is asked for.
        ConfigError: a field is of another type, or there is no reference where one is asked for.
        MissingImageError: the gallery has no such picture.
        UnsafePathError: the upload is none.
    """
    balance = read_share(payload, "balance")
    choices = SearchChoices(
        balance=BOTH if balance is None else balance,
        only=PictureFilter(
            person=read_texts(payload, "only_person"),
            camera=read_texts(payload, "only_camera"),
            clip=read_texts(payload, "only_clip"),
            source=read_texts(payload, "only_source"),
        ),
        other_clip=read_flag(payload, "other_clip"),
        mirrored=read_flag(payload, "mirrored"),
        skip=read_int(payload, "skip", low=0, high=MAX_SHOWN, default=0),
    )
    text = " ".join(read_text(payload, "text").split())
    if not text and choices.needs_words:
        raise TextError('Write what should change, for example "raise both arms".')
    k = read_int(payload, "k", low=1, high=MAX_SHOWN, default=12)
    pair_id = read_text(payload, "pair")
    target = studio.pair(pair_id).target.id if pair_id else ""
    chosen = ChosenReference(Path())
    if choices.needs_picture:
        chosen = read_reference(studio, payload)
    query = ComposedQuery(chosen.path, text, chosen.exclude, target, chosen.body)
    return PageQuery(query, k, read_share(payload, "scene"), choices)
