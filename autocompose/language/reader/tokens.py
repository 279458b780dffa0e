"""Text -> items: the words that matter to the reader, with their meaning and place in the text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from autocompose.language.reader import closed_classes as words_of
from autocompose.language.reader.phrase_table import Entry, Words, match
from autocompose.language.reader.phrases import (
    SIDES,
    STOPS,
    after_preposition,
    both_ways,
    boundary,
    counted,
    ends_phrase,
    ends_place,
    goes_on,
    is_part,
)
from autocompose.language.words import PAIRED


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
    words = [
        (words_of.ALIKE.get(m.group(), m.group()), m.start(), m.end())
        for m in _TOKEN.finditer(lowered)
    ]
    words = [w for i, w in enumerate(words) if not (w[0].isspace() and goes_on(words, i))]
    items: list[Item] = []
    i = 0
    while i < len(words):
        found, i = _next(words, i, items)
        items.extend(found)
    return items


def _next(words: Words, i: int, before: list[Item]) -> tuple[list[Item], int]:
    word, start, end = words[i]
    previous = words[i - 1][0] if i else ""
    following = words[i + 1][0] if i + 1 < len(words) else ""
    if word in STOPS or word[0].isspace():
        return [Item(STOPS.get(word, "stop"), word, start, end)], i + 1
    entry, j = match(words, i)
    articled = previous in ("the", "your", "to", "toward", "towards")
    if word == "left" and following == "your" and (not before or before[-1].kind in _OPENERS):
        return [Item("verb", "up", start, end, form="base", mark=word)], i + 1  # lift
    if word in SIDES and _is_side(entry, articled=articled):
        return _side(words, i, before)
    if word in ("foot", "feet", "inches", "inch") and counted(words, i):
        return [Item("deg", "2" if word in ("foot", "feet") else "1", start, end)], i + 1
    if word == "you" and is_part(words, i + 1) and not ends_place(words, i):
        return [], i + 1  # "across you stomach"
    clause = following in words_of.AS_CLAUSE and previous not in words_of.COMPARED
    if word == "as" and clause and j == i + 1:
        return [Item("while", "while", start, end)], j
    quantity = _quantified(words, i)
    if quantity is not None:
        return quantity
    if word == "back" and following == "of" and j == i + 1:
        return [Item("word", word, start, end)], i + 1  # "the back of both hands"
    if (
        word == "back"
        and (entry is None or entry.mark == "back" or entry.kind == "dir")
        and j == i + 1
    ):
        flat = following in ("straight", "flat", "upright", "hunched", "arched")
        turned = following in ("is", "are", "almost") or (
            previous == "with" and following in ("to", "toward", "towards", "facing")
        )
        noun = (
            (flat and previous == "and")
            or turned
            or (previous in words_of.POSSESSED and following != "of")
        )
        if not noun and not (previous == "straight" and following in ("", ".", ",")):
            return [Item("dir", "back", start, end)], i + 1
        return [Item("part", "torso", start, end, mark="back")], i + 1
    if word == "face" and j == i + 1 and previous not in words_of.POSSESSED | {"that", "a"}:
        entry = Entry((), "verb", "face", form="base")
    if word == "bottom" and previous == "the":
        entry = None
    if entry is None:
        if word in words_of.DETERMINERS:
            return [], i + 1
        return [Item("word", word, start, end, mark=_noun(previous))], i + 1
    end = words[j - 1][2]
    after = words[j][0] if j < len(words) else ""
    if entry.kind == "state" and after == "of" and entry.value == "in front":
        return [Item("prep", "front", start, words[j][2])], j + 1
    if entry.kind == "dir" and after == "of" and j > i + 1:
        return [Item("word", word, start, end)], j
    if entry.value == "still" and words[j - 1][0] == "same" and after in words_of.SAME_WHAT:
        return [], j
    if word == "still" and j < len(words) and words[j][0].endswith("ing"):
        return [Item("on", "still", start, end)], j
    adverb = previous in words_of.STILL_ADVERB or following == "be"
    if word == "still" and j == i + 1 and adverb and not boundary(words, j):
        return [], j  # "that is still in the air", "your left one still behind"
    if word == "straight" and following == "out" and boundary(words, j + 1):
        return [Item("state", "straight", start, words[j][2])], j + 1
    if word == "straight" and following == "up" and j == i + 1 and boundary(words, j + 1):
        return [Item("dir", "up", start, words[j][2], mark="straight")], j + 1
    if word == "straight" and j == i + 1 and following in words_of.STRAIGHT_ADVERB:
        return [], j
    if word == "in" and j == i + 1 and previous in ("is", "are", "was"):
        return ([], j) if boundary(words, j) else ([Item("prep", "inside", start, end)], j)
    if entry.kind == "state" and j == i + 1 and word in words_of.PARTICIPLES and is_part(words, j):
        return [Item("verb", words_of.PARTICIPLES[word], start, end, form="ed")], j
    if entry.kind == "skip":
        return [], j
    if entry.kind == "verb":
        return _verb(entry, word, words, i, j, before)
    nearer = word in ("nearer", "closer") and j == i + 1
    if entry.kind == "dir" and nearer and not ends_phrase(words, j):
        return [Item("prep", "closer", start, end)], j
    if entry.kind == "dir" and entry.value == "over" and not ends_phrase(words, j):
        return [Item("prep", "above", start, end)], j
    if entry.kind == "dir" and entry.value == "in" and j == i + 1 and not ends_phrase(words, j):
        return [Item("prep", "inside", start, end)], j
    if entry.kind == "part":
        side = "both" if entry.plural and entry.value in PAIRED else ""
        mark = entry.mark or entry.value
        return [Item("part", entry.value, start, end, side=side, plural=entry.plural, mark=mark)], j
    if entry.kind == "level":
        if after == "of":
            return [Item("word", word, start, end)], j  # "at the height of the bottom of the bath"
        return [Item("level", entry.value, start, end)], j
    if entry.value == "on floor" and word == "down":
        return [
            Item("dir", "down", start, words[i][2]),
            Item("state", "on floor", words[i + 1][1], end),
        ], j
    return [Item(entry.kind, entry.value, start, end, mark=entry.mark)], j


def _noun(previous: str) -> str:
    """Whether an unknown word stands where the noun of a part would stand."""
    return "noun" if previous in words_of.POSSESSED | SIDES else ""


def _side(words: Words, i: int, before: list[Item]) -> tuple[list[Item], int]:
    """``left`` or ``right``: of a part, a direction, or no side at all ("right behind")."""
    word, start, end = words[i]
    j, side = i + 1, word
    if j + 1 < len(words) and words[j][0] in ("and", "or", "&"):
        entry, after = match(words, j + 2)
        if words[j + 1][0] in SIDES - {word} and entry is not None and entry.kind == "part":
            return [_part(entry, "both", start, words[after - 1][2])], after
    while j < len(words) and words[j][0] in (
        "entire",
        "whole",
        "bent",
        "straight",
        "raised",
        "front",
    ):
        j += 1
    if word != (words[j][0] if j < len(words) else "") and both_ways(words, i):
        return [Item("dir", "out", start, words[i + 2][2])], i + 3
    if [w[0] for w in words[i + 1 : i + 3]] == ["hand", "side"]:
        on = bool(before) and before[-1].value in ("on", "at")
        end = words[i + 2][2]
        if on:
            before.pop()
            return [Item("word", word, start, end)], i + 3
        return _direction(word, start, end, before), i + 3
    entry, after = match(words, j, among=("part", "mark"))
    if j < len(words) and words[j][0] == "one":
        return [Item("part", "same", start, words[j][2], side=side)], j + 1
    if entry is not None and entry.kind in ("part", "mark") and entry.mark != "floor":
        if entry.kind == "part" and entry.value in PAIRED | {"hips"}:
            return [_part(entry, side, start, words[after - 1][2])], after
        if entry.kind == "mark":
            return [
                Item("mark", entry.value, start, words[after - 1][2], side=side, mark=entry.mark)
            ], after
    previous = words[i - 1][0] if i else ""
    following = words[i + 1][0] if i + 1 < len(words) else ""
    articled = previous in ("the", "your", "to", "toward", "towards", "their", "his", "her")
    if following == "direction" and before and before[-1].value == "inside":
        return [Item("word", word, start, end)], i + 2  # the correct one, or that of a thing
    if not articled and previous in ("is", "are", "was", "be") and word == "left":
        return [], i + 1
    if following == "side" and articled:
        end = words[i + 1][2]
        i += 1
        following = words[i + 1][0] if i + 1 < len(words) else ""
    if following == "of" or (
        not articled and word == "right" and following in words_of.RIGHT_ADVERB
    ):
        last = before[-1] if before else None
        turning = last is not None and last.value in ("turn", "lean", "look", "face")
        if following == "of" or not turning:
            return ([Item("word", word, start, end)] if following == "of" else []), i + 1
    if i >= 2 and words[i - 2][0] in ("from", "with") and previous in ("the", "your"):
        return [Item("word", word, start, end)], i + 1
    moved = bool(before) and before[-1].kind in ("verb", "and")
    ends = ends_phrase(words, i + 1) or (moved and not boundary(words, i + 1))
    last = before[-1] if before else None
    beside = last is not None and last.kind == "prep" and last.value in words_of.SIDE_OF
    if articled and beside and not _names_a_thing(words, i + 1):
        return [Item("part", "same", start, end, side=word)], i + 1  # "closer to your left"
    if articled and last is not None and last.kind == "prep" and last.value in ("for", "from"):
        return [Item("word", word, start, end)], i + 1  # "more than the left"
    ends = ends or following in ("is", "should", "will", "must")
    if previous == "your" and ends and not after_preposition(words, i):
        # "bend your left knee and straighten your right"
        return [Item("part", "same", start, end, side=word)], i + 1
    if articled and _names_a_thing(words, i + 1):
        return [Item("word", word, start, end, mark="noun")], i + 1
    return _direction(word, start, end, before), i + 1


def _direction(side: str, start: int, end: int, before: list[Item]) -> list[Item]:
    while (
        before
        and before[-1].kind == "prep"
        and before[-1].value in ("to", "toward", "on", "inside")
    ):
        start = before.pop().start
    return [Item("dir", side, start, end)]


def _names_a_thing(words: Words, i: int) -> bool:
    """``the left corner of the room``, ``your left keen``: a noun that is no known part follows."""
    if i >= len(words) or not words[i][0][0].isalpha():
        return False
    word = words[i][0]
    entry, _ = match(words, i)
    return entry is None and word not in words_of.AFTER_SIDE and not word.endswith("ly")


def _is_side(entry: Entry | None, *, articled: bool) -> bool:
    if entry is None:
        return True
    return entry.kind not in ("viewer", "state") and (entry.kind != "skip" or articled)


def _quantified(words: Words, i: int) -> tuple[list[Item], int] | None:
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
    counted = word in words_of.NUMBERS
    if (
        counted
        and entry.value == "foot"
        and after < len(words)
        and words[after][0] in words_of.LENGTH_ENDS
    ):
        return [Item("deg", "2", start, words[after - 1][2])], after  # "one foot apart"
    if entry.value not in PAIRED:
        return [_part(entry, "", start, words[after - 1][2])], after
    if side == "that" and entry.plural:
        side = "both"
    return [_part(entry, side, start, words[after - 1][2])], after


def _part(entry: Entry, side: str, start: int, end: int) -> Item:
    plural = entry.plural or side == "both"
    value = "hip" if entry.value == "hips" and side in SIDES else entry.value
    return Item("part", value, start, end, side=side, plural=plural, mark=entry.mark or value)


def _verb(
    entry: Entry,
    word: str,
    words: Words,
    i: int,
    j: int,
    before: list[Item],
) -> tuple[list[Item], int]:
    """A verb form, unless the place says that the word is a noun, an adverb or an adjective."""
    start, end = words[i][1], words[j - 1][2]
    previous = words[i - 1][0] if i else ""
    following = words[j][0] if j < len(words) else ""
    opens = following in words_of.OPENS or following in SIDES or is_part(words, j)
    if word in ("lower", "close", "open", "part", "square") and entry.form == "base" and not opens:
        if word == "lower":
            if previous in words_of.DETERMINERS and _names_a_thing(words, j):
                return [], j  # "on the lower wall"
            return [Item("dir", "down", start, end)], j
        if word == "close":
            return [Item("prep", "near", start, end)] if following == "to" else [], j
        return ([Item("word", word, start, end)]), j
    if word in words_of.NOUN_TOO and previous in words_of.DETERMINERS | words_of.ADJECTIVES:
        return [Item("word", word, start, end, mark=_noun(previous))], j
    if entry.form == "ed" and previous in words_of.POSSESSED and is_part(words, j):
        return [], j  # "lower your extended right arm"
    if entry.value == "stand" and entry.form == "ing" and following != "up":
        return [Item("word", word, start, end)], j
    if word == "fall" and before and before[-1].kind == "word":
        return [Item("word", word, start, end)], j
    return [Item("verb", entry.value, start, end, form=entry.form, mark=word)], j
