# ruff: noqa: E501 (tables: one rule a line reads best)
"""Text -> items: the words that matter to the reader, with their meaning and place in the text."""

from __future__ import annotations

import re

from autocompose.language.reader import closed_classes as words_of
from autocompose.language.reader.items import (
    Found,
    Item,
    PhraseRule,
    Spot,
    WordRule,
    names_a_thing,
    noun_mark,
    part_item,
    spot,
)
from autocompose.language.reader.phrase_table import Entry, Words, spelled
from autocompose.language.reader.phrases import (
    SIDES,
    STOPS,
    boundary,
    counted,
    ends_phrase,
    ends_place,
    goes_on,
    is_part,
)
from autocompose.language.reader.side_items import read_quantity, read_side
from autocompose.language.words import PAIRED

_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+(?:\.\d+)?°?|[.,;:!?()/=~&]|\n|(?<=\s)-(?=\s)|\s{2,}")


_OPENERS = ("stop", "and", "comma", "then")


def tokenize(text: str) -> list[Item]:
    """Find what a text says about bodies, word by word.

    Args:
        text: English in any case and punctuation; runs of spaces end a sentence, as people write in
            forms without full stops.

    Returns:
        Items in the order of the text; spans are character offsets ``[start, end)``.
    """
    lowered = text.lower().replace("\u2019", "'")
    if len(lowered) != len(text):  # a letter whose lower case is longer would shift every span
        lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    words = [(spelled(m.group()), m.start(), m.end()) for m in _TOKEN.finditer(lowered)]
    words = [w for i, w in enumerate(words) if not (w[0].isspace() and goes_on(words, i))]
    items: list[Item] = []
    i = 0
    while i < len(words):
        found, i = _next(words, i, items)
        items.extend(found)
    return items


def _next(words: Words, i: int, before: list[Item]) -> Found:
    word, start, end = words[i]
    if word in STOPS or word[0].isspace():
        return [Item(STOPS.get(word, "stop"), word, start, end)], i + 1
    at = spot(words, i, before)
    for rule in WORD_RULES:
        found = rule.read(at)
        if found is not None:
            return found
    entry = at.entry
    if entry is None:
        unknown = (
            []
            if word in words_of.DETERMINERS
            else at.one("word", word, mark=noun_mark(at.previous))[0]
        )
        return unknown, i + 1
    for phrase_rule in PHRASE_RULES:
        found = phrase_rule.read(at, entry)
        if found is not None:
            return found
    return at.phrase(entry.kind, entry.value, mark=entry.mark)


# Rules that look at the word itself.


def _typed_lift(at: Spot) -> Found | None:
    opens = not at.before or at.before[-1].kind in _OPENERS
    if at.word == "left" and at.following == "your" and opens:
        return [Item("verb", "up", at.start, at.end, form="base", mark=at.word)], at.i + 1
    return None


def _of_side(at: Spot) -> Found | None:
    entry = at.entry
    articled = at.previous in ("the", "your", "to", "toward", "towards")
    other = entry is not None and entry.kind in (
        "viewer",
        "state",
        *(() if articled else ("skip",)),
    )
    return read_side(at) if at.word in SIDES and not other else None


def _length(at: Spot) -> Found | None:
    if at.word in ("foot", "feet", "inches", "inch") and counted(at.words, at.i):
        return at.one("deg", "2" if at.word in ("foot", "feet") else "1")
    return None


def _two_feet(at: Spot) -> Found | None:
    """``move it back two feet``: how far, where the part and its way stand before."""
    after_part = at.last is not None and at.last.kind in ("part", "dir", "pron")
    if at.word in ("two", "2") and at.following == "feet" and after_part:
        end = at.words[at.i + 1][2]
        return [Item("deg", "2", at.start, end)], at.i + 2
    return None


def _typed_your(at: Spot) -> Found | None:
    """``across you stomach``."""
    named = at.word == "you" and is_part(at.words, at.i + 1)
    return ([], at.i + 1) if named and not ends_place(at.words, at.i) else None


def _as(at: Spot) -> Found | None:
    clause = at.following in words_of.AS_CLAUSE and at.previous not in words_of.COMPARED
    return at.one("while", "while") if at.word == "as" and clause and at.alone else None


def _quantity(at: Spot) -> Found | None:
    return read_quantity(at.words, at.i)


def _back(at: Spot) -> Found | None:
    """``back``: a direction, the trunk, or a side of the hand."""
    if at.word != "back" or not at.alone:
        return None
    if at.following == "of":
        return at.one("word", at.word)  # "the back of both hands"
    entry = at.entry
    if not (entry is None or entry.mark == "back" or entry.kind == "dir"):
        return None
    flat = at.following in ("straight", "flat", "upright", "hunched", "arched")
    faces = at.previous == "with" and at.following in ("to", "toward", "towards", "facing")
    noun = (
        (flat and at.previous == "and")
        or at.following in ("is", "are", "almost")
        or faces
        or at.previous in words_of.POSSESSED
    )
    if not noun and not (at.previous == "straight" and at.following in ("", ".", ",")):
        return at.one("dir", "back")
    return at.one("part", "torso", mark="back")


WORD_RULES = (
    WordRule("typed lift", _typed_lift, "left your right arm", "right arm: up"),
    WordRule("side", _of_side, "turn to the left", "body: turn left"),
    WordRule("length", _length, "move your left hand up 6 inches", "left hand: up"),
    WordRule("two feet", _two_feet, "move your left foot back two feet", "left foot: back"),
    WordRule("typed your", _typed_your, "put your left hand on you chest", "left hand: on chest"),
    WordRule("as", _as, "lift your left arm, as your right knee bends", "left arm: up; right knee: bend"),
    WordRule("quantity", _quantity, "raise both hands", "both hand: up"),
    WordRule("back", _back, "bring your left leg back", "left leg: back"),
)  # fmt: skip
"""Rules that look at a word before the tables do, in their order."""


# Rules that look at what the tables say of the phrase.


def _before_of(at: Spot, entry: Entry) -> Found | None:
    if at.after != "of":
        return None
    if entry.kind == "state" and entry.value == "in front":
        return [Item("prep", "front", at.start, at.words[at.j][2])], at.j + 1
    if entry.kind == "dir" and not at.alone:
        return [Item("word", at.word, at.start, at.last_end)], at.j
    if entry.kind == "level":
        return [Item("word", at.word, at.start, at.last_end)], at.j  # "at the height of the bath"
    return None


def _still(at: Spot, entry: Entry) -> Found | None:
    same = entry.value == "still" and at.words[at.j - 1][0] == "same"
    if same and at.after in words_of.SAME_WHAT:
        return [], at.j
    if at.word != "still":
        return None
    if at.after.endswith("ing"):
        return at.phrase("on", "still")
    adverb = at.previous in words_of.STILL_ADVERB or at.following == "be"
    if at.alone and adverb and not boundary(at.words, at.j):
        return [], at.j  # "that is still in the air", "your left one still behind"
    return None


def _straight(at: Spot, entry: Entry) -> Found | None:
    if at.word != "straight":
        return None
    if at.following == "out" and boundary(at.words, at.j + 1):
        return [Item("state", "straight", at.start, at.words[at.j][2])], at.j + 1
    if at.following == "up" and at.alone and boundary(at.words, at.j + 1):
        return [Item("dir", "up", at.start, at.words[at.j][2], mark="straight")], at.j + 1
    return ([], at.j) if at.alone and at.following in words_of.STRAIGHT_ADVERB else None


def _in(at: Spot, entry: Entry) -> Found | None:
    if at.word == "in" and at.alone and at.previous in ("is", "are", "was"):
        return ([], at.j) if boundary(at.words, at.j) else at.phrase("prep", "inside")
    return None


def _participle(at: Spot, entry: Entry) -> Found | None:
    """``bent knees``: a state that stands before its part."""
    told = entry.kind == "state" and at.alone and at.word in words_of.PARTICIPLES
    if told and is_part(at.words, at.j):
        return at.phrase("verb", words_of.PARTICIPLES[at.word], form="ed")
    return None


def _skip_or_verb(at: Spot, entry: Entry) -> Found | None:
    if entry.kind == "skip":
        return [], at.j
    return _verb(at, entry) if entry.kind == "verb" else None


def _preposition(at: Spot, entry: Entry) -> Found | None:
    """``closer``, ``over`` and ``in`` as directions, or as prepositions of what follows."""
    if entry.kind != "dir" or ends_phrase(at.words, at.j):
        return None
    if at.word in ("nearer", "closer") and at.alone:
        return at.phrase("prep", "closer")
    if entry.value == "over":
        return at.phrase("prep", "above")
    if entry.value == "in" and at.alone:
        return at.phrase("prep", "inside")
    return None


def _named_part(at: Spot, entry: Entry) -> Found | None:
    if entry.kind != "part":
        return None
    side = "both" if entry.plural and entry.value in PAIRED else ""
    return [part_item(entry, side, at.start, at.last_end)], at.j


def _down_on_floor(at: Spot, entry: Entry) -> Found | None:
    """``down on the floor`` is a direction and a state."""
    if entry.value != "on floor" or at.word != "down":
        return None
    floor = Item("state", "on floor", at.words[at.i + 1][1], at.last_end)
    return [Item("dir", "down", at.start, at.end), floor], at.j


PHRASE_RULES = (
    PhraseRule("before of", _before_of, "put your left hand out in front of you", "left hand: in front"),
    PhraseRule("still", _still, "keep your left arm in the same direction", ""),
    PhraseRule("straight", _straight, "move your left arm straight up", "left arm: up"),
    PhraseRule("in", _in, "your left leg is in", ""),
    PhraseRule("participle", _participle, "stand with bent knees", "both knee: bend"),
    PhraseRule("skip or verb", _skip_or_verb, "raise your left arm", "left arm: up"),
    PhraseRule("preposition", _preposition, "hold your left hand over your head", "left hand: above head"),
    PhraseRule("named part", _named_part, "bend the knees", "both knee: bend"),
    PhraseRule(
        "down on floor", _down_on_floor, "put your left hand down to the floor",
        "left hand: down; left hand: on floor",
    ),
)  # fmt: skip
"""Rules that look at what the tables say of a phrase, in their order."""


def _verb(at: Spot, entry: Entry) -> Found:
    """A verb form, unless the place says that the word is a noun, an adverb or an adjective."""
    word, words, j = at.word, at.words, at.j
    opens = at.after in words_of.OPENS or at.after in SIDES or is_part(words, j)
    if word in ("lower", "close", "open", "part", "square") and entry.form == "base" and not opens:
        return _no_verb(at)
    if word in words_of.NOUN_TOO and at.previous in words_of.DETERMINERS | words_of.ADJECTIVES:
        return at.phrase("word", word, mark=noun_mark(at.previous))
    if entry.form == "ed" and at.previous in words_of.NAMED and is_part(words, j):
        return [], j  # "lower your extended right arm"
    if entry.value == "stand" and entry.form == "ing" and at.after != "up":
        return at.phrase("word", word)
    if word == "fall" and at.last is not None and at.last.kind == "word":
        return at.phrase("word", word)
    return at.phrase("verb", entry.value, mark=word, form=entry.form)


def _no_verb(at: Spot) -> Found:
    """``lower``, ``close``, ``open`` ... where nothing follows that they could move."""
    if at.word == "lower":
        if at.previous in words_of.DETERMINERS and names_a_thing(at.words, at.j):
            return [], at.j  # "on the lower wall"
        return at.phrase("dir", "down")
    if at.word == "close":
        return at.phrase("prep", "near") if at.after == "to" else ([], at.j)
    return at.phrase("word", at.word)
