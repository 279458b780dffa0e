"""Words for a side, and for one, both or the other of two parts, as the tokenizer reads them."""

from __future__ import annotations

from autocompose.language.reader import closed_classes as words_of
from autocompose.language.reader.items import Found, Item, Spot, names_a_thing, part_item
from autocompose.language.reader.phrase_table import Words, match
from autocompose.language.reader.phrases import (
    SIDES,
    after_preposition,
    both_ways,
    boundary,
    ends_phrase,
)
from autocompose.language.words import PAIRED

_ARTICLED = ("the", "your", "to", "toward", "towards", "their", "his", "her")
_BETWEEN = ("entire", "whole", "bent", "straight", "raised", "front")
_LEADS = ("to", "toward", "on", "inside")
_TURNS = ("turn", "lean", "look", "face")


def read_side(at: Spot) -> Found:
    """``left`` or ``right``: of a part, a direction, or no side at all ("right behind")."""
    for rule in (_of_both, _both_ways, _hand_side, _of_part, _no_side):
        found = rule(at)
        if found is not None:
            return found
    # "to the left side": the side is said, then the word "side"
    i = at.i + 1 if at.following == "side" and at.previous in _ARTICLED else at.i
    return _adverb(at, i) or _other_one(at, i) or _way(at, i)


def _of_both(at: Spot) -> Found | None:
    """``left and right arm``."""
    words, i = at.words, at.i
    if i + 2 < len(words) and at.following in ("and", "or", "&"):
        entry, after = match(words, i + 3)
        if at.near(2) in SIDES - {at.word} and entry is not None and entry.kind == "part":
            return [part_item(entry, "both", at.start, words[after - 1][2])], after
    return None


def _past_adjectives(at: Spot) -> int:
    j = at.i + 1
    while j < len(at.words) and at.words[j][0] in _BETWEEN:
        j += 1
    return j


def _both_ways(at: Spot) -> Found | None:
    j = _past_adjectives(at)
    then = at.words[j][0] if j < len(at.words) else ""
    if at.word != then and both_ways(at.words, at.i):
        return [Item("dir", "out", at.start, at.words[at.i + 2][2])], at.i + 3
    return None


def _hand_side(at: Spot) -> Found | None:
    """``on the left hand side``, ``to the left hand side``."""
    if (at.following, at.near(2)) != ("hand", "side"):
        return None
    end = at.words[at.i + 2][2]
    if at.last is not None and at.last.value in ("on", "at"):
        at.before.pop()
        return [Item("word", at.word, at.start, end)], at.i + 3
    return _direction(at, end), at.i + 3


def _of_part(at: Spot) -> Found | None:
    """``left arm``, ``left bent knee``, ``right one``, ``left ear``."""
    words, j = at.words, _past_adjectives(at)
    if j < len(words) and words[j][0] == "one":
        return [Item("part", "same", at.start, words[j][2], side=at.word)], j + 1
    entry, after = match(words, j, among=("part", "mark"))
    if entry is None or entry.mark == "floor":
        return None
    end = words[after - 1][2]
    if entry.kind == "part" and entry.value in PAIRED | {"hips"}:
        return [part_item(entry, at.word, at.start, end)], after
    if entry.kind == "mark":
        mark = Item("mark", entry.value, at.start, end, side=at.word, mark=entry.mark)
        return [mark], after
    return None


def _no_side(at: Spot) -> Found | None:
    """``in the right direction``, ``what is left``."""
    if at.following == "direction" and at.last is not None and at.last.value == "inside":
        return [Item("word", at.word, at.start, at.end)], at.i + 2  # correct, or that of a thing
    if at.word == "left" and at.previous in ("is", "are", "was", "be"):
        return [], at.i + 1
    return None


def _end(at: Spot, i: int) -> int:
    return at.words[i][2]


def _adverb(at: Spot, i: int) -> Found | None:
    """``right behind``, ``right of the chair``, ``from your right``."""
    articled = at.previous in _ARTICLED
    following = at.words[i + 1][0] if i + 1 < len(at.words) else ""
    if following == "of":
        return [Item("word", at.word, at.start, _end(at, i))], i + 1
    turning = at.last is not None and at.last.value in _TURNS
    if not articled and at.word == "right" and following in words_of.RIGHT_ADVERB and not turning:
        return [], i + 1
    if i >= 2 and at.words[i - 2][0] in ("from", "with") and at.previous in ("the", "your"):
        return [Item("word", at.word, at.start, _end(at, i))], i + 1
    return None


def _other_one(at: Spot, i: int) -> Found | None:
    """``closer to your left``, ``straighten your right``: the same part on that side."""
    words, last = at.words, at.last
    articled = at.previous in _ARTICLED
    thing = names_a_thing(words, i + 1)
    prep = last.value if last is not None and last.kind == "prep" else ""
    one = Item("part", "same", at.start, _end(at, i), side=at.word)
    if articled and prep in words_of.SIDE_OF and not thing:
        return [one], i + 1
    if articled and prep in ("for", "from"):
        return [Item("word", at.word, at.start, _end(at, i))], i + 1  # "more than the left"
    moved = last is not None and last.kind in ("verb", "and")
    ends = ends_phrase(words, i + 1) or (moved and not boundary(words, i + 1))
    ends = ends or (i + 1 < len(words) and words[i + 1][0] in ("is", "should", "will", "must"))
    if at.previous == "your" and ends and not after_preposition(words, i):
        return [one], i + 1  # "bend your left knee and straighten your right"
    return None


def _way(at: Spot, i: int) -> Found:
    if at.previous in _ARTICLED and names_a_thing(at.words, i + 1):
        return [Item("word", at.word, at.start, _end(at, i), mark="noun")], i + 1
    return _direction(at, _end(at, i)), i + 1


def _direction(at: Spot, end: int) -> list[Item]:
    """A direction with the prepositions before it, which it takes back."""
    start, before = at.start, at.before
    while before and before[-1].kind == "prep" and before[-1].value in _LEADS:
        start = before.pop().start
    return [Item("dir", at.word, start, end)]


def read_quantity(words: Words, i: int) -> Found | None:
    """``both of your hands``, ``each foot``, ``your other hand``, ``that arm``, ``one leg``."""
    word, start, _ = words[i]
    side = words_of.QUANTITY.get(word)
    if side is None:
        return None
    j = i + 1
    while j < len(words) and words[j][0] in ("of", "your", "the", "his", "her", "their", "other"):
        side = "other" if words[j][0] == "other" else side
        j += 1
    if side == "both" and j + 1 < len(words) and words[j][0] in SIDES:
        return None
    entry, after = match(words, j)
    if entry is None or entry.kind != "part":
        return None
    feet = word in words_of.NUMBERS and entry.value == "foot"
    if feet and after < len(words) and words[after][0] in words_of.LENGTH_ENDS:
        return [Item("deg", "2", start, words[after - 1][2])], after  # "one foot apart"
    if entry.value not in PAIRED:
        return [part_item(entry, "", start, words[after - 1][2])], after
    if side == "that" and entry.plural:
        side = "both"
    return [part_item(entry, side, start, words[after - 1][2])], after
