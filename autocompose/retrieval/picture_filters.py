"""Which pictures of a gallery a query's filter lets through, by what is noted of them."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
from numpy.typing import NDArray

from autocompose.errors import ConfigError
from autocompose.retrieval.choices import PictureFilter
from autocompose.retrieval.gallery import Gallery
from autocompose.retrieval.shards.picture_notes import NOTE_FIELDS, PictureNotes

Mask = NDArray[np.bool_]

_FRAME = re.compile(r"-\d{3,}m?$")
"""The place in a clip, and ``m`` where it is mirrored: ``dance_b-0067m``."""


def clips_in(text: str) -> tuple[str, ...]:
    """The clips that a pose comes from, without its place in them.

    >>> clips_in("punch-0023m+dance_b-0123m")
    ('punch', 'dance_b')
    """
    return tuple(name for name in (_FRAME.sub("", one) for one in text.split("+")) if name)


def _names(field: str, value: str) -> tuple[str, ...]:
    """What a noted value can be filtered by."""
    return clips_in(value) if field == "clip" else (value,) if value else ()


def filter_values(notes: PictureNotes) -> dict[str, tuple[str, ...]]:
    """What each field can be filtered by, the most frequent first; clips without places in them."""
    found = {}
    for place, field in enumerate(NOTE_FIELDS):
        counts: Counter[str] = Counter()
        frequent = np.bincount(notes.codes[:, place], minlength=len(notes.values[place]))
        for value, count in zip(notes.values[place], frequent.tolist(), strict=True):
            if count:
                counts.update(dict.fromkeys(_names(field, value), count))
        found[field] = tuple(sorted(counts, key=lambda name: (-counts[name], name)))
    return found


def kept_out(gallery: Gallery, only: PictureFilter) -> Mask:
    """(N,) which pictures of a gallery a filter keeps out of a ranking.

    Raises:
        ConfigError: nothing is noted of the pictures, or no picture passes.
    """
    notes = gallery.notes
    if notes is None:
        if only.given:
            raise ConfigError(
                f'nothing is noted of the pictures of "{gallery.name}"; index them again to filter'
                " them"
            )
        return np.zeros(len(gallery), bool)
    return ~passing(notes, only)


def passing(notes: PictureNotes, only: PictureFilter) -> Mask:
    """(N,) which pictures a filter lets through.

    A clip is named without the place in it, or as it is noted.

    Raises:
        ConfigError: no picture has a value; the message lists some that there are.
    """
    passed = np.ones(len(notes), bool)
    for field, wanted in only.given.items():
        found = np.zeros(len(notes), bool)
        for value in wanted:
            having = notes.mask(field, [value, *_holding(notes, field, {value})])
            if not having.any():
                known = ", ".join(filter_values(notes)[field][:8]) or "nothing is known"
                raise ConfigError(f'no picture has {field} "{value[:40]}"; there is: {known}')
            found |= having
        passed &= found
    return passed


def sharing_clip(notes: PictureNotes, row: int) -> Mask:
    """(N,) which pictures have a clip in common with one of them."""
    return notes.mask("clip", _holding(notes, "clip", set(clips_in(notes.at(row)["clip"]))))


def _holding(notes: PictureNotes, field: str, wanted: set[str]) -> list[str]:
    values = notes.values[NOTE_FIELDS.index(field)]
    return [value for value in values if not wanted.isdisjoint(_names(field, value))]
