"""What the words around a place in the text say of it: does the phrase end, does a part follow."""

from __future__ import annotations

from autocompose.language.reader import closed_classes as words_of
from autocompose.language.reader.phrase_table import Words, match

SIDES = frozenset({"left", "right"})
STOPS = {
    **dict.fromkeys(".!?;\n", "stop"),
    **dict.fromkeys(",:()/=~-", "comma"),
    "&": "and",
}


def goes_on(words: Words, i: int) -> bool:
    """Whether a run of spaces follows a word that cannot end a sentence: ``lower your  hand``."""
    return i > 0 and words[i - 1][0] in words_of.OPEN_ENDED


def ends_place(words: Words, i: int) -> bool:
    """``in front of you palm down``: the place is complete, and a hand begins a new phrase."""
    entry, _ = match(words, i + 1)
    hand = entry is not None and entry.value in ("palm", "hand", "fingers")
    return hand and i > 0 and words[i - 1][0] in ("of", "behind", "beside")


def both_ways(words: Words, i: int) -> bool:
    """``to the right and left``: out on both sides."""
    after = [w[0] for w in words[i + 1 : i + 3]]
    return len(after) == 2 and after[0] == "and" and after[1] in SIDES - {words[i][0]}


def counted(words: Words, i: int) -> bool:
    """``two feet``, ``a couple of inches``: a length, no part."""
    before = [w[0] for w in words[max(i - 3, 0) : i]]
    if not before:
        return False
    number = before[-1] in words_of.NUMBERS or before[-1][0].isdigit()
    of_them = before[-1] == "of" and len(before) > 1 and before[-2] in words_of.NUMBERS
    about = before[-1] in ("a", "an") and len(before) > 1 and before[-2] in ("about", "by", "than")
    return number or of_them or about


def boundary(words: Words, i: int) -> bool:
    """Whether a clause ends here."""
    if i >= len(words):
        return True
    return words[i][0] in STOPS or words[i][0][0].isspace() or words[i][0] in ("and", "so", "while")


def after_preposition(words: Words, i: int) -> bool:
    """``to your left``: a direction; after ``closer`` the other one of two parts."""
    return i >= 2 and words[i - 2][0] in ("to", "toward", "towards", "on", "at")


def is_part(words: Words, i: int) -> bool:
    """Whether a part is named here, after its side and determiners."""
    while i < len(words) and (words[i][0] in SIDES or words[i][0] in words_of.LEADING):
        i += 1
    entry, _ = match(words, i)
    return entry is not None and entry.kind == "part"


def ends_phrase(words: Words, i: int) -> bool:
    """Whether ``in`` before this place is an adverb ("bring it in") and not "in the air"."""
    if i >= len(words):
        return True
    word = words[i][0]
    if word in STOPS or word[0].isspace():
        return True
    entry, _ = match(words, i)
    if entry is not None and entry.kind in ("deg", "end", "while", "then"):
        return True
    return word in words_of.PHRASE_ENDS
