"""Sides whose part is said elsewhere: "the left arm rises, the right hangs", "tip the chest left".

Looked at only where the words beside a side leave it unclear. Each rule asks the same of left and
of right, and needs something that speaks against "correct", "exactly" and the past of "leave": a
part that the side takes up, a movement that names a direction, or a partner in the sentence.
"""

from __future__ import annotations

import re

from autocompose.language.sides.side_words import WORDS
from autocompose.language.sides.spaced_words import SIDES, SpacedWords, is_noun

_SENTENCE_END = re.compile(r"[.!?…\n\r]|\s{2,}")


def is_elliptic_side(words: SpacedWords, i: int) -> bool:
    """Whether the sentence makes a "left" or "right" a side that its neighbours leave unclear.

    Args:
        words: of the text.
        i: place of the side among them.
    """
    rules = (is_named_act, _taken_up, _moved_by_its_clause, _fragment, _reached, _direction)
    return any(rule(words, i) for rule in rules)


def is_emphasis(words: SpacedWords, i: int) -> bool:
    """Whether "right" only stresses a way that is no side: "sink right down", "stand right up"."""
    act, way = words.near(i, -1), words.near(i, 1)
    straight = way in ("down", "up") or (act, way) == ("bent", "over")
    return words.words[i] == "right" and act in WORDS["upright_acts"] and straight


def in_parallel(words: SpacedWords, i: int) -> bool:
    """Whether a bare side starts a clause of a pair: "left hand up, right behind the head"."""
    after = words.near(i, 1)
    starts = _starts_clause(words, i) and not _goes_all_the_way(words, i)
    return starts and after not in ("now", "away") and _is_predicate(after) and _partner(words, i)


def is_named_act(words: SpacedWords, i: int) -> bool:
    """The side in "take a big right step", "left lunge": an act that has a side."""
    if words.near(i, 1) not in WORDS["sided_acts"]:
        return False
    owner = _before_adjectives(words, i)
    start = words.near(i, -owner)
    left = words.near(i, -owner - 1) in ("of", "from") and start in WORDS["articles"]
    return left or start in ("a", "an") or not start


def is_second_way(words: SpacedWords, i: int) -> bool:
    """The side in "lean forward and left over the knee": joined to a way by "and"."""
    return words.near(i, -1) == "and" and words.near(i, -2) in WORDS["forward_ways"]


def may_take_up(words: SpacedWords, i: int) -> bool:
    """Whether "right" before a place may be a part: "feet apart, right under its hip"."""
    ahead = 1
    while words.near(i, ahead) not in ("", words.at(i)):
        ahead += 1
    if words.near(i, -1) or words.near(i, ahead):
        return False
    low, _ = _sentences(words, i, before=0)
    return _names_pairs(words, low, i) or _opposite_part(words, i)


def _taken_up(words: SpacedWords, i: int) -> bool:
    """The side in "both arms hang, the right drawn back": the part came before."""
    after = words.near(i, 1)
    if words.near(i, -_before_adjectives(words, i)) not in WORDS["articles"]:
        return after == "one" and _starts_clause(words, i) and _antecedent(words, i)
    if after in WORDS["pose_bases"] and not _let(words, i):
        return False
    if after in WORDS["pose_verbs"] and after.endswith("s") and not _is_subject(words, i):
        return False
    return (_is_predicate(after) or after == "one") and _antecedent(words, i)


def _is_subject(words: SpacedWords, i: int) -> bool:
    """Whether the article of a side starts a clause."""
    back = _before_adjectives(words, i) + 1
    return not words.near(i, -back) or words.near(i, -back) in WORDS["clause_starters"]


def _let(words: SpacedWords, i: int) -> bool:
    """Whether the sentence lets parts do something: "let the right arm drop and the left hang"."""
    low, _ = _sentences(words, i, before=0)
    return not WORDS["letting"].isdisjoint(words.words[low:i])


def is_clause_subject(words: SpacedWords, i: int) -> bool:
    """The side in "the left arm lifts; the right steps in": a verb that is a noun elsewhere."""
    subject = words.near(i, -1) in WORDS["articles"] and _is_subject(words, i)
    then = words.near(i, 2)
    told = words.near(i, 1) in WORDS["homographs"] and then != "to" and _is_predicate(then)
    return subject and told and _antecedent(words, i)


def _moved_by_its_clause(words: SpacedWords, i: int) -> bool:
    """The side in "the left swings back", "let the right hang": the clause says what it does."""
    verb = words.near(i, 1)
    if words.near(i, -1) not in WORDS["articles"] or verb not in WORDS["unjudged_verbs"]:
        return False
    finite = _is_subject(words, i) and verb.endswith("s") and words.near(i, 2) in WORDS["ways"]
    return finite or words.near(i, -2) in WORDS["letting"]


def _fragment(words: SpacedWords, i: int) -> bool:
    """The side in "raise the right hand, left low": it starts a clause after the other's part."""
    after = words.near(i, 1)
    told = _is_predicate(after) and after not in WORDS["staying"]
    return told and _starts_clause(words, i) and _opposite_part(words, i)


def _reached(words: SpacedWords, i: int) -> bool:
    """The side in "cross the right foot behind left": the place of the other side's part."""
    ends = words.breaks(i + 1) or words.near(i, 1) in ("and", "with", "while", "at")
    return ends and words.near(i, -1) in WORDS["places_beside"] and _opposite_part(words, i)


def _direction(words: SpacedWords, i: int) -> bool:
    """The side in "tip the chest left", "slanting right", "eyes down and left": where to."""
    after = words.near(i, 1)
    ends = words.breaks(i + 1) and not words.gaps[i + 1].strip().startswith("?")
    if not ends and after not in WORDS["after_direction"] | WORDS["after_moved"]:
        return False
    before = words.near(i, -1)
    if before == "up":
        # "Stand up right" is upright.
        return False
    if before in WORDS["aiming"]:
        return True
    linked = before in ("and", "or") and words.near(i, -2) in WORDS["ways"]
    aimed = linked or before in WORDS["ways"] or is_noun(before) or before in ("it", "them", "one")
    return aimed and _clause_aims(words, i)


def _before_adjectives(words: SpacedWords, i: int) -> int:
    """How many words before a side its article stands, if it has one."""
    back = 1
    while back < 4 and words.near(i, -back) in WORDS["posed"]:
        back += 1
    return back


def _clause_aims(words: SpacedWords, i: int) -> bool:
    """Whether a word of movement, or a part without a verb, stands before in the clause."""
    plain = words.near(i, -1) in ("it", "them")
    named = False
    back = 1
    while word := words.near(i, -back):
        if word in WORDS["leaving"]:
            return False
        if word in WORDS["aiming"]:
            return not (plain and word in WORDS["plain_acts"])
        named = named or is_noun(word)
        back += 1
    return named and not plain


def _goes_all_the_way(words: SpacedWords, i: int) -> bool:
    """Whether it may be "all the way": "left knee up, right up to the chest"."""
    way, end = words.near(i, 1), words.near(i, 2)
    return way in ("up", "down", "back", "in", "over", "through", "to") and (
        end in ("to", "into", "onto", "against") or way == "to"
    )


def _is_predicate(word: str) -> bool:
    """Whether a word can say of a part what it does, how it is held or where it is."""
    return word in WORDS["predicates"] or bool(re.search(r"(ly|wards?|ways)$", word))


def _starts_clause(words: SpacedWords, i: int) -> bool:
    before = words.near(i, -1)
    return not before or before in WORDS["clause_starters"]


def _antecedent(words: SpacedWords, i: int) -> bool:
    """Whether this sentence or the one before names parts, of which the side takes one up."""
    low, high = _sentences(words, i)
    others = (_other_part(words, i, k) for k in range(low, high) if k != i)
    return _names_pairs(words, low, i) or any(others)


def _names_pairs(words: SpacedWords, low: int, high: int) -> bool:
    return not WORDS["paired_plurals"].isdisjoint(words.words[low:high])


def _opposite_part(words: SpacedWords, i: int) -> bool:
    """Whether a part of the other side stands earlier in the same sentence."""
    low, _ = _sentences(words, i, before=0)
    return any(_other_part(words, i, k) for k in range(low, i))


def _partner(words: SpacedWords, i: int) -> bool:
    """Whether another clause of the sentence starts with the other side, in the same manner."""
    low, high = _sentences(words, i, before=0)
    for k in range(low, high):
        if k == i or words.at(k) not in SIDES or words.at(k) == words.at(i):
            continue
        article = words.near(k, -1) in WORDS["articles"] | WORDS["possessives"]
        if not _starts_clause(words, k - article):
            continue
        named = is_noun(words.near(k, 1)) or _other_part(words, i, k) or article
        if named or _names_pairs(words, low, min(i, k)):
            return True
    return False


def _other_part(words: SpacedWords, i: int, k: int) -> bool:
    """Whether the word at ``k`` is the other side, with its part: "the left upper arm"."""
    if words.at(k) not in SIDES or words.at(k) == words.at(i):
        return False
    ahead = 1
    while ahead < 3 and words.near(k, ahead) in WORDS["posed"]:
        ahead += 1
    return is_noun(words.near(k, ahead))


def _sentences(words: SpacedWords, i: int, *, before: int = 1) -> tuple[int, int]:
    """First word and end of the sentence of a word, with so many sentences before it."""
    low, high = i, i + 1
    while low > 0:
        if _SENTENCE_END.search(words.gaps[low]):
            if before == 0:
                break
            before -= 1
        low -= 1
    while high < len(words.words) and not _SENTENCE_END.search(words.gaps[high]):
        high += 1
    return low, high
