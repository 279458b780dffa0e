"""What the tokenizer gives, and the place in a text that each of its rules looks at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from autocompose.language.reader import closed_classes as words_of
from autocompose.language.reader.phrase_table import Entry, Words, match
from autocompose.language.words import SIDES


@dataclass(frozen=True, slots=True)
class Item:
    """One word or phrase with a meaning.

    Args:
        kind: ``part``, ``mark``, ``verb``, ``be``, ``dir``, ``prep``, ``level``, ``state``,
            ``deg``, ``neg``, ``stay``, ``pron``, ``you``, ``and``, ``comma``, ``stop``, ``end``,
            ``while``, ``then``, ``on``, ``simile``, ``viewer``, ``clock`` or ``word``.
        value: the meaning, a key of a table of `reader.lexicon`.
        form: inflection of a verb.
        side: of a part: ``left``, ``right``, ``both``, ``that``, ``other``, ``one`` or empty.
        mark: the place that a part or mark can name.
    """

    kind: str
    value: str
    start: int
    end: int
    form: str = ""
    side: str = ""
    plural: bool = False
    mark: str = ""


Found = tuple[list[Item], int]
"""The items that a rule reads, and the word after them."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A word of a text with what stands around it.

    Args:
        words: of the whole text.
        i: which word.
        entry: the longest phrase of the tables that starts here, or None.
        j: the word after that phrase; after the word where there is none.
        before: the items that were read so far.
    """

    words: Words
    i: int
    entry: Entry | None
    j: int
    before: list[Item]

    @property
    def word(self) -> str:
        """The word itself."""
        return self.words[self.i][0]

    @property
    def start(self) -> int:
        """Where it starts, in characters."""
        return self.words[self.i][1]

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.words[self.i][2]

    @property
    def last_end(self) -> int:
        """Where its phrase ends."""
        return self.words[self.j - 1][2]

    @property
    def alone(self) -> bool:
        """Whether its phrase is the word alone, or it starts none."""
        return self.j == self.i + 1

    @property
    def previous(self) -> str:
        """The word before it, or empty."""
        return self.near(-1)

    @property
    def following(self) -> str:
        """The word after it, or empty."""
        return self.near(1)

    @property
    def after(self) -> str:
        """The word after its phrase, or empty."""
        return self.words[self.j][0] if self.j < len(self.words) else ""

    @property
    def last(self) -> Item | None:
        """The item before it."""
        return self.before[-1] if self.before else None

    def near(self, steps: int) -> str:
        """The word this many steps away; empty outside the text."""
        at = self.i + steps
        return self.words[at][0] if 0 <= at < len(self.words) else ""

    def one(self, kind: str, value: str, *, side: str = "", mark: str = "") -> Found:
        """One item of the word alone."""
        return [Item(kind, value, self.start, self.end, side=side, mark=mark)], self.i + 1

    def phrase(self, kind: str, value: str, *, mark: str = "", form: str = "") -> Found:
        """One item of the whole phrase."""
        return [Item(kind, value, self.start, self.last_end, form=form, mark=mark)], self.j


@dataclass(frozen=True, slots=True)
class WordRule:
    """One rule of the tokenizer about a word, with its own example.

    Args:
        name: of the rule.
        read: the items at a place, or None where the rule says nothing of it.
        example: a text in which it reads something.
        claims: all that the text claims, in the notation of the labelled texts.
    """

    name: str
    read: Callable[[Spot], Found | None]
    example: str
    claims: str


@dataclass(frozen=True, slots=True)
class PhraseRule:
    """The same about a phrase of the tables."""

    name: str
    read: Callable[[Spot, Entry], Found | None]
    example: str
    claims: str


def spot(words: Words, i: int, before: list[Item]) -> Spot:
    """Look at one word."""
    entry, j = match(words, i)
    word = words[i][0]
    previous = words[i - 1][0] if i else ""
    if word == "face" and j == i + 1 and previous not in words_of.POSSESSED | {"that", "a"}:
        entry = Entry((), "verb", "face", form="base")
    if word == "bottom" and previous == "the":
        entry, j = None, i + 1
    return Spot(words, i, entry, max(j, i + 1), before)


def part_item(entry: Entry, side: str, start: int, end: int) -> Item:
    """A part with its side; one of the hips is a hip."""
    plural = entry.plural or side == "both"
    value = "hip" if entry.value == "hips" and side in SIDES else entry.value
    return Item("part", value, start, end, side=side, plural=plural, mark=entry.mark or value)


def noun_mark(previous: str) -> str:
    """Whether an unknown word stands where the noun of a part would stand."""
    return "noun" if previous in words_of.POSSESSED or previous in SIDES else ""


def names_a_thing(words: Words, i: int) -> bool:
    """``the left corner of the room``, ``your left keen``: a noun that is no known part follows."""
    if i >= len(words) or not words[i][0][0].isalpha():
        return False
    word = words[i][0]
    entry, _ = match(words, i)
    return entry is None and word not in words_of.AFTER_SIDE and not word.endswith("ly")
