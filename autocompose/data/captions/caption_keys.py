"""Which keys of a caption record hold texts, and which key is the default.

`autocompose.schema.caption_meaning` gives the source and view of a key.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from autocompose.schema import CAPTION_MEANINGS

NEW_WORDS_KEY = "new-words"
"""Ours: test texts with verbs and nouns that training never sees."""

TEXT_KEYS: frozenset[str] = frozenset([*CAPTION_MEANINGS, NEW_WORDS_KEY])
"""Keys that always hold texts; a file may have texts under keys of its own as well."""

NAME_KEYS = ("reference", "target", "img_set")
"""Keys that hold names of images."""

NOTE_KEYS = ("parts", "provenance")
"""Ours: keys that say how the forward texts of a record were made."""

PREFERRED_KEYS = ("mllm", "auto", "sents")
"""Whose forward texts are taken when no key was chosen, best first."""


def holds_texts(record: Mapping[str, object], key: str) -> bool:
    """Whether a key of a record holds texts; somebody else's key does if it looks like texts."""
    value = record[key]
    looks_like_texts = isinstance(value, list) and all(isinstance(text, str) for text in value)
    return key in TEXT_KEYS or (key not in (*NAME_KEYS, *NOTE_KEYS) and looks_like_texts)


def preferred_key(held: Collection[str]) -> str | None:
    """The first of `PREFERRED_KEYS` that is held; None if none is.

    >>> preferred_key(["sents", "auto"])
    'auto'
    """
    return next((key for key in PREFERRED_KEYS if key in held), None)
