"""Words around "left" and "right", from ``sides.toml``, where each list says what it is for."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from autocompose.language.words import NOUNS, gerund, participle, past, third_person

_ENDINGS = ("", "e", "s", "es", "ed", "ing")
_INFLECTED = (str, third_person, gerund, past, participle)


def _read(source: Mapping[str, Mapping[str, Any]]) -> dict[str, frozenset[str]]:
    """Every list of the file as words; "+name" stands for the words of an earlier list."""
    found: dict[str, frozenset[str]] = {}
    for name, stems in source["stems"].items():
        found[name] = frozenset(stem + end for stem in stems.split() for end in _ENDINGS)
    for name, verbs in source["verbs"].items():
        found[name] = frozenset(form(verb) for verb in verbs.split() for form in _INFLECTED)
        found[f"{name}_bases"] = frozenset(verbs.split())
    for name, listed in source["words"].items():
        taken = [found[word[1:]] for word in listed.split() if word.startswith("+")]
        plain = {word for word in listed.split() if not word.startswith(("+", "-"))}
        less = {word[1:] for word in listed.split() if word.startswith("-")}
        found[name] = frozenset(plain).union(*taken) - less
    return found


_SOURCE = tomllib.loads(
    files("autocompose.language.sides").joinpath("sides.toml").read_text(encoding="utf-8")
)

WORDS: Mapping[str, frozenset[str]] = _read(_SOURCE)
"""Name of a list -> its words."""

BODY = WORDS["more_nouns"] | {
    word for word, noun in NOUNS.items() if noun.paired and not (noun.plural or " " in word)
} - {"shoe"}
"""Nouns that may have a side: those of the paired parts, and what else people call left and right;
plurals are understood."""

SLIPS_BEFORE_A_PART: Mapping[str, str] = _SOURCE["slips"]
UNCLEAR_WORDS: Mapping[str, str] = _SOURCE["unclear"]

COMPOUND_ENDS: str = _SOURCE["compound"]["ends"]
