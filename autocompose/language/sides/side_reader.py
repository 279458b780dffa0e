"""Which "left" and "right" of a text are sides of a body, which are something else, which unclear.

Rules over the words beside each one, no model. A side is what a flip of the picture exchanges;
"right behind", "right angle" and "what is left" stay; "the right way" could be either.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum
from string import ascii_lowercase

from autocompose.language.sides.elliptic import (
    in_parallel,
    is_clause_subject,
    is_elliptic_side,
    is_emphasis,
    is_named_act,
    is_second_way,
    may_take_up,
)
from autocompose.language.sides.side_words import (
    BODY,
    COMPOUND_ENDS,
    SLIPS_BEFORE_A_PART,
    UNCLEAR_WORDS,
    WORDS,
)
from autocompose.language.sides.spaced_words import SIDES, SpacedWords, is_noun

_COMPOUND = re.compile(rf"(left|right)(?:{COMPOUND_ENDS})")
_O_CLOCK = re.compile(r"\b(?:o['’ ]?\s?clock)\b", re.IGNORECASE)
_ARROWS = re.compile("[←→↔↖↗↘↙↚↛↩↪↰↱↶↷↺↻⇐⇒⇦⇨⟲⟳⟵⟶⬅➡👈👉🔄🔃🤛🤜🫲🫱]")


_UNCLEAR = {
    "left": 'may mean a side or the past of "leave"; write "to the left", or another word',
    "right": 'may mean a side, "correct" or "exactly"; write "to the right", or another word',
}


class SideReading(str, Enum):
    """What a word that looks like a side is."""

    SIDE = "side"
    OTHER = "other"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class SideWord:
    """One word of a text that is, or looks like, a side.

    Args:
        span: start and end of the letters that would be exchanged, in characters.
        word: those letters.
        reading: what it is here.
        reason: why it is unclear, and what to write; empty otherwise.
    """

    span: tuple[int, int]
    word: str
    reading: SideReading
    reason: str = ""


def read_sides(text: str) -> tuple[SideWord, ...]:
    """Read every word of a text that is or looks like a side, in order.

    Args:
        text: English; any casing and punctuation.
    """
    found = list(_unreadable(text))
    words = SpacedWords(text)
    for i, word in enumerate(words.words):
        start, end = words.spans[i]
        reading = _read_word(words, i)
        if reading is None:
            continue
        if reading is SideReading.SIDE and word not in SIDES:
            end = start + (4 if word.startswith("left") else 5)
        shown = text[start:end]
        if isinstance(reading, SideReading):
            found.append(SideWord((start, end), shown, reading))
        else:
            reason = f'"{shown}" (characters {start} to {end}) {reading}'
            found.append(SideWord((start, end), shown, SideReading.UNCLEAR, reason))
    return tuple(sorted(found, key=lambda side: side.span))


def _unreadable(text: str) -> list[SideWord]:
    """What no word list can exchange: other scripts, arrows, clock positions, hidden letters."""
    found = []
    for pattern, what in (
        (_ARROWS, "points to a side; write it in words"),
        (_O_CLOCK, "is a clock position, which a flip moves; write left or right"),
    ):
        for match in pattern.finditer(text):
            reason = f'"{match.group()}" (characters {match.start()} to {match.end()}) {what}'
            found.append(SideWord(match.span(), match.group(), SideReading.UNCLEAR, reason))
    letters = [c for c in text if c.isalpha()]
    if 2 * sum(ord(c) > 0x24F for c in letters) > len(letters):
        reason = "the text is mostly in another script; sides are read in English only"
        found.append(SideWord((0, len(text)), text, SideReading.UNCLEAR, reason))
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(c for c in plain if unicodedata.category(c) not in ("Cf", "Mn")).lower()
    if any(plain.count(word) != text.lower().count(word) for word in (*SIDES, "clockwise")):
        reason = "a side is spelt with hidden or look-alike letters; type it in plain letters"
        found.append(SideWord((0, len(text)), text, SideReading.UNCLEAR, reason))
    return found


def _read_word(words: SpacedWords, i: int) -> SideReading | str | None:
    """A reading, the reason why there is none, or None for a word that has nothing of a side."""
    word = words.words[i]
    if word in SIDES:
        return _read_side(words, i)
    if word in WORDS["other_words"]:
        return SideReading.OTHER
    if word in UNCLEAR_WORDS:
        return f"may mean {UNCLEAR_WORDS[word]}; write left or right"
    if _COMPOUND.fullmatch(word):
        return SideReading.SIDE
    if any(side in word for side in SIDES):
        return "is not a word that is known here; write left or right as a word of its own"
    if word in ("l", "r"):
        return _read_letter(words, i)
    meant = SLIPS_BEFORE_A_PART.get(word)
    if meant and is_noun(words.near(i, 1)):
        if words.near(i, -1) in WORDS["possessives"]:
            return f'may be a misspelt "{meant}"; write that, or another word'
        return None
    near = None if word in WORDS["not_misspelt"] else _SLIPS.get(word)
    return f'looks like a misspelt "{near}"; correct it' if near else None


def _slips(side: str) -> set[str]:
    """Every spelling one letter off: dropped, changed, added, or exchanged with its neighbour."""
    cuts = [(side[:k], side[k:]) for k in range(len(side) + 1)]
    swapped = {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
    others = ({a + b[1:], a + x + b[1:], a + x + b} for a, b in cuts for x in ascii_lowercase)
    return swapped.union(*others)


_SLIPS = {slip: side for side in SIDES for slip in _slips(side)}


def _read_letter(words: SpacedWords, i: int) -> SideReading | str | None:
    shapes = ("shape", "shapes", "shaped", "form", "formation", "bend", "position", "pose")
    if words.near(i, 1) in shapes or words.near(i, -1) in ("a", "an", "letter"):
        return SideReading.OTHER
    if words.gaps[i][-1:] in ("'", "’"):
        return None
    return "may stand for a side; write left or right"


def _read_side(words: SpacedWords, i: int) -> SideReading | str:
    """Read one "left" or "right": fixed expressions first, then nouns, then bare directions."""
    for rule in (_doubled, _expression, _in_parallel, _as_noun, _coordinated, _adverb):
        reading = rule(words, i)
        if reading is not None:
            break
    else:
        reading = _UNCLEAR[words.words[i]]
    if isinstance(reading, SideReading) or rule in (_doubled, _expression):
        return reading
    if is_emphasis(words, i):
        return SideReading.OTHER
    return SideReading.SIDE if is_elliptic_side(words, i) else reading


def _doubled(words: SpacedWords, i: int) -> str | None:
    """Two sides in a row, "your right left foot": one of them is a slip."""
    for side, other in ((i, i + 1), (i, i - 1)):
        if words.at(other) in SIDES and not words.breaks(max(side, other)):
            gap = words.gaps[max(side, other)]
            if gap.strip() in ("", "-"):
                return "stands beside another side; remove one of them"
    return None


def _expression(words: SpacedWords, i: int) -> SideReading | str | None:
    """Fixed expressions with "right" or "left" that are no side, or could be one."""
    word, before, after = words.words[i], words.near(i, -1), words.near(i, 1)
    owned = before in WORDS["possessives"]
    if word == "right":
        if after in ("angle", "angles", "angled", "triangle", "triangles"):
            headed = before in WORDS["toward"] or words.near(i, -2) in WORDS["toward"]
            if owned or (headed and words.near(i, 2) in (*WORDS["possessives"], "the")):
                return (
                    'may be a side or part of "right angle"; write "90 degrees" or "to the right,"'
                )
            return SideReading.OTHER
        if after == "side" and words.near(i, 2) == "up":
            return 'may be a side or "right side up"; write "upright" or "the right side upwards"'
        if before == "all" and (not after or words.joined(i, "-") or after in ("and", "so", "if")):
            return SideReading.OTHER
        if after in ("or", "and") and words.near(i, 2) in ("wrong", "proper"):
            return SideReading.OTHER
    else:
        if after in ("alone",) and not owned and before not in WORDS["articles"]:
            return SideReading.OTHER
        if words.joined(i + 1, "-") and after in ("over", "overs"):
            return SideReading.OTHER
        if before in ("nothing", "anything", "something", "everything", "room", "space", "time"):
            return SideReading.OTHER
    levelled = after == "level" and words.near(i, 2) in ("with", "at")
    if levelled or is_named_act(words, i) or is_clause_subject(words, i):
        return None
    judged = after[:-1] if after.endswith("s") else after
    if word == "right" and (judged in WORDS["judged"] or after in WORDS["judged"]):
        return f'may mean a side or "correct {after}"; write which'
    return None


def _in_parallel(words: SpacedWords, i: int) -> SideReading | None:
    return SideReading.SIDE if in_parallel(words, i) else None


def _as_noun(words: SpacedWords, i: int) -> SideReading | str | None:
    """A side with its part ("right lower arm"), or owned ("your left", "to the far right")."""
    after, before = words.near(i, 1), words.near(i, -1)
    ahead = 1
    while ahead < 3 and words.near(i, ahead) in WORDS["limb_modifiers"]:
        ahead += 1
    noun = words.near(i, ahead)
    # "back", "face" and "front" are also adverbs and verbs: "turn right back to the wall".
    named = is_noun(noun) and not (ahead == 1 and noun in ("back", "face", "front"))
    back = 1
    while back < 4 and words.near(i, -back) in WORDS["modifiers"]:
        back += 1
    owner, preposition = words.near(i, -back), words.near(i, -back - 1)
    if named or words.gaps[i + 1] == "_":
        return SideReading.SIDE
    if _hyphenated_side(words, i, after):
        return SideReading.SIDE
    if owner in WORDS["possessives"] or (owner == "you" and preposition in WORDS["placing"]):
        return SideReading.SIDE
    typed = owner in WORDS["typed_the"] and preposition in WORDS["toward"]
    if typed or (owner in WORDS["articles"] and preposition in WORDS["toward"]):
        return SideReading.SIDE
    if owner in WORDS["articles"]:
        if after == "one":
            other = "left" if words.words[i] == "right" else "right"
            pairs = zip(words.words, words.words[1:], strict=False)
            if any(side == other and (is_noun(noun) or noun == "one") for side, noun in pairs):
                return SideReading.SIDE
            return _if_right(words, i, 'may mean a side or "correct one"; name the part')
        follows = WORDS["followers"] | WORDS["locating"] | WORDS["unhurried"]
        known = not after or after in follows or is_noun(after, scene=True)
        if known or re.search(r"(ing|ly|wards?)$", after) or preposition == "on":
            return SideReading.SIDE
        return _if_right(words, i, f'may mean a side or "correct {after}"; name the part')
    if owner in ("a", "an") and (after in WORDS["scene"] or after in BODY):
        return SideReading.SIDE
    if before in WORDS["placing"] and not (
        after in WORDS["locating"] | WORDS["unhurried"]
        or after
        in WORDS["possessives"] | {"the", "it", "itself", "yourself", "him", "them", "next"}
        or (after == "in" and words.near(i, 2) == "front")
    ):
        return SideReading.SIDE
    return None


def _if_right(words: SpacedWords, i: int, reason: str) -> SideReading | str:
    # "The left way" is a side; that its flip is not is found on the way back.
    return reason if words.words[i] == "right" else SideReading.SIDE


def _hyphenated_side(words: SpacedWords, i: int, after: str) -> bool:
    if words.joined(i + 1, "-"):
        idle = (
            WORDS["locating"] | WORDS["unhurried"] | {"away", "angle", "minded", "thinking", "next"}
        )
        return bool(after) and after not in idle
    return words.joined(i, "-") and words.at(i - 1) in WORDS["corners"]


def _coordinated(words: SpacedWords, i: int) -> SideReading | None:
    """Both sides in one breath: "left and right", "left to right", "left/right"."""
    other = "left" if words.words[i] == "right" else "right"
    links = ("and", "or", "to", "then", "nor", "versus", "vs")
    if words.near(i, 1) in links and words.near(i, 2) == other:
        return SideReading.SIDE
    if words.near(i, -1) in links and words.near(i, -2) == other:
        return SideReading.SIDE
    slashes = ("/", " / ")
    if (i + 1 < len(words.words) and words.gaps[i + 1] in slashes and words.at(i + 1) == other) or (
        i and words.gaps[i] in slashes and words.at(i - 1) == other
    ):
        return SideReading.SIDE
    return None


def _adverb(words: SpacedWords, i: int) -> SideReading | str | None:
    """A bare word: a direction ("turn left"), an idiom ("right behind"), or unclear."""
    word, before, after = words.words[i], words.near(i, -1), words.near(i, 1)
    if after == "of" and before not in WORDS["be"] | WORDS["quantities"]:
        return SideReading.SIDE
    if is_second_way(words, i):
        return SideReading.SIDE
    if word == "right" and (idiom := _right_idiom(words, i)) is not None:
        return idiom
    if word == "left" and (idiom := _left_idiom(words, i)) is not None:
        return idiom
    then = words.near(i, 2)
    if before in WORDS["turning"] and after in WORDS["articles"] | WORDS["possessives"]:
        # "Turn left the torso": the part comes late.
        return SideReading.SIDE if is_noun(then) or then == "upper" else None
    ends = (
        words.breaks(i + 1) or after in WORDS["after_direction"] or (after, then) == ("just", "a")
    )
    if not ends or (words.gaps[i + 1].strip()[:1] == "?"):
        return None
    joined = before == "and" and re.search(r"wards?$", words.near(i, -2))
    moved = before in WORDS["heading"] | WORDS["degrees"] or joined or is_noun(before)
    return SideReading.SIDE if moved else None


def _right_idiom(words: SpacedWords, i: int) -> SideReading | str | None:
    before, after, then = words.near(i, -1), words.near(i, 1), words.near(i, 2)
    if before == "up" and (words.near(i, -2) in ("more", "stand", "stands", "standing", "sit")):
        # "up right" for "upright".
        return SideReading.OTHER if words.breaks(i + 1) or after in WORDS["followers"] else None
    exactly = (
        after in WORDS["locating"]
        or (after == "in" and then == "front")
        or (after == "next" and then == "to")
        or (after == "on" and then == "top")
        or (after == "over" and then in WORDS["possessives"] | WORDS["articles"])
    )
    at_once = after == "away" and then != "from"
    if not (exactly or at_once):
        return None
    if exactly and after != "now" and may_take_up(words, i):
        return 'may mean a side or "exactly"; name the part, or write "directly"'
    aimed = before in WORDS["heading"] | WORDS["placing"] | WORDS["tipping"] | WORDS["amounts"]
    if aimed or _turned(words, i):
        return 'may be a direction or mean "exactly"; write "to the right" or "directly"'
    return SideReading.OTHER


def _turned(words: SpacedWords, i: int) -> bool:
    """Whether "turn your head" and the like stand right before."""
    filler = WORDS["possessives"] | WORDS["articles"] | WORDS["modifiers"] | {"and", "both", *SIDES}
    back = 1
    while words.near(i, -back) in filler or is_noun(words.near(i, -back)):
        back += 1
    return words.near(i, -back) in WORDS["turning"]


def _left_idiom(words: SpacedWords, i: int) -> SideReading | None:
    before, after = words.near(i, -1), words.near(i, 1)
    if after == "over" and before not in WORDS["heading"] | WORDS["degrees"] | WORDS["be"]:
        return None if is_noun(before) else SideReading.OTHER
    if before not in WORDS["be"]:
        return None
    if after in WORDS["left_states"]:
        return SideReading.OTHER
    earlier = [words.near(i, -back) for back in range(2, 6)]
    if (words.breaks(i + 1) or after in ("to", "and")) and WORDS["quantities"] & {*earlier}:
        return SideReading.OTHER
    return None
