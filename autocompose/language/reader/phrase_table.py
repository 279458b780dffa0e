"""Phrase -> meaning: the tables of `reader.lexicon` as one dictionary, built once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from autocompose.language.reader import lexicon
from autocompose.language.reader.closed_classes import ALIKE
from autocompose.language.words import NOUNS
from autocompose.tagger.misspelt import meant

Words = list[tuple[str, int, int]]
"""(word, start, end) of a text."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One phrase of the tables; ``rest`` are its words after the first."""

    rest: tuple[str, ...]
    kind: str
    value: str
    form: str = ""
    plural: bool = False
    mark: str = ""


def match(words: Words, i: int, *, among: tuple[str, ...] = ()) -> tuple[Entry | None, int]:
    """Longest entry of the tables, or of some kinds, that starts at word i."""
    if i >= len(words):
        return None, i
    longer, single = _table().get(words[i][0], _NONE)
    if longer and i + 1 < len(words):
        for entry in longer.get(words[i + 1][0], ()):
            if among and entry.kind not in among:
                continue
            j = i + 1 + len(entry.rest)
            if j <= len(words) and all(
                words[i + 2 + k][0] == expected for k, expected in enumerate(entry.rest[1:])
            ):
                return entry, j
    for entry in single:
        if not among or entry.kind in among:
            return entry, i + 1
    return None, i


@lru_cache(maxsize=1)
def vocabulary() -> frozenset[str]:
    """Every word of the tables."""
    found = set(_table())
    for longer, _ in _table().values():
        for second, entries in longer.items():
            found |= {second, *(word for entry in entries for word in entry.rest)}
    return frozenset(found)


@lru_cache(maxsize=20_000)
def spelled(word: str) -> str:
    """A word as the tables have it: misspelt ones, and others that mean the same to the reader."""
    return ALIKE.get(word) or meant(word, vocabulary())


def _levels(word: str, mark: str) -> list[str]:
    """Ways to say how high a place is; "back high" is no height."""
    names = ("height", "level", "hight") if mark == "back" else ("height", "level", "high", "hight")
    before = ("level with", "level of", "height of", "height as", "line with", "level as")
    articles = ("", "your ", "the ", "his ", "her ", "their ")
    return [
        *(f"{word} {name}" for name in names),
        *(f"{of} {article}{word}" for of in before for article in articles),
    ]


_ByNext = tuple[dict[str, tuple[Entry, ...]], tuple[Entry, ...]]
_NONE: _ByNext = ({}, ())


@lru_cache(maxsize=1)
def _table() -> dict[str, _ByNext]:
    """First word -> longer entries by their second word, longest first, and single words.

    Of equal length the one added first wins.
    """
    table: dict[str, list[Entry]] = {}

    def add(phrases: str | Iterable[str], kind: str, value: str, **more: object) -> None:
        listed = phrases.split(",") if isinstance(phrases, str) else phrases
        for phrase in listed:
            split = phrase.replace("-", " ").split()
            if split:
                entry = Entry(tuple(split[1:]), kind, value)
                table.setdefault(split[0], []).append(replace(entry, **more))  # pyright: ignore

    marks = {w.strip(): mark for mark, text in lexicon.LANDMARKS.items() for w in text.split(",")}
    add(lexicon.FILLERS, "skip", "")
    add(lexicon.SIMILES, "simile", "")
    add(lexicon.VIEWER_FRAME, "viewer", "")
    add(lexicon.CLOCK_HANDS, "clock", "")
    add(lexicon.DOUBLE_NEGATIONS, "skip", "")
    add(lexicon.STAY_PHRASES, "stay", "")
    add(lexicon.NEGATIONS, "neg", "")
    for word, mark in marks.items():
        add(_levels(word, mark), "level", mark)
    add("overhead, over head, up overhead, high overhead", "level", "over")
    for noun in NOUNS.values():
        add([noun.word], "part", noun.part, plural=noun.plural, mark=marks.get(noun.word, ""))
    for word, mark in marks.items():
        add([word], "mark", mark, mark=mark)
    add("side, sides", "mark", "side", mark="side")
    for value, phrases in lexicon.STATES.items():
        add(phrases, "state", value)
    for value, phrases in lexicon.DIRECTIONS.items():
        add(phrases, "dir", value)
    for value, phrases in lexicon.PREPOSITIONS.items():
        add(phrases, "prep", value)
    for kind, phrases in lexicon.CLAUSE_STARTS.items():
        add(phrases, kind, kind)
    for degree, phrases in lexicon.DEGREES.items():
        add(phrases, "deg", str(degree))
    add(lexicon.COPULA, "be", "be")
    add("it, itself, it's", "pron", "it")
    add("them, they, they're, themselves, they are", "pron", "they")
    add(
        "you, you're, youre, you are, the person, person, someone, somebody, subject, he, she",
        "you",
        "you",
    )
    add("and, or, &", "and", "and")
    add(lexicon.STEPS, "verb", "move", form="base")
    for act, verbs in lexicon.VERBS.items():
        for verb in verbs.split(","):
            for word, form in lexicon.inflections(verb.strip()).items():
                add([word], "verb", act, form=form)
    return {word: _by_next(entries) for word, entries in table.items()}


def _by_next(entries: list[Entry]) -> _ByNext:
    longer: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda x: -len(x.rest)):
        if entry.rest:
            longer.setdefault(entry.rest[0], []).append(entry)
    found = {word: tuple(some) for word, some in longer.items()}
    return found, tuple(entry for entry in entries if not entry.rest)
