"""Which "left" and "right" of a text are sides of a body, which are something else, which unclear.

Rules over the words beside each one, no model. A side is what a flip of the picture exchanges;
"right behind", "right angle" and "what is left" stay; "the right way" could be either.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum

from autocompose.language.sides import side_words as lexicon

_WORD = re.compile(r"[^\W\d_]+")
_CLAUSE_BREAK = re.compile(r"[.,;:!?()\[\]{}\"“”…\n\r—–]|\s{2,}|\s-\s")
_COMPOUND = re.compile(rf"(left|right)(?:{lexicon.COMPOUND_ENDS})")
_O_CLOCK = re.compile(r"\b(?:o['’ ]?\s?clock)\b", re.IGNORECASE)
_ARROWS = re.compile("[←→↔↖↗↘↙↚↛↩↪↰↱↶↷↺↻⇐⇒⇦⇨⟲⟳⟵⟶⬅➡👈👉🔄🔃🤛🤜🫲🫱]")
_SIDES = ("left", "right")


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


class _Words:
    """The words of a text in lower case, with the gaps between them."""

    def __init__(self, text: str) -> None:
        found = list(_WORD.finditer(text))
        self.spans = [match.span() for match in found]
        self.words = [match.group().lower() for match in found]
        ends = [0, *(end for _, end in self.spans)]
        starts = [*(start for start, _ in self.spans), len(text)]
        self.gaps = [text[end:start] for end, start in zip(ends, starts, strict=True)]

    def at(self, i: int) -> str:
        """The word at ``i``; empty outside the text."""
        return self.words[i] if 0 <= i < len(self.words) else ""

    def breaks(self, i: int) -> bool:
        """Whether a clause ends between the words ``i - 1`` and ``i``."""
        if not 0 < i < len(self.words):
            return True
        # Two spaces stand for a full stop in many captions, but not after "the".
        slip = self.gaps[i].isspace() and self.words[i - 1] in lexicon.CLINGING
        return not slip and bool(_CLAUSE_BREAK.search(self.gaps[i]))

    def near(self, i: int, steps: int) -> str:
        """The word ``steps`` after (or before) ``i`` in the same clause; empty beyond it."""
        low, high = (i + 1, i + steps) if steps > 0 else (i + steps + 1, i)
        return "" if any(self.breaks(k) for k in range(low, high + 1)) else self.at(i + steps)

    def joined(self, i: int, mark: str) -> bool:
        """Whether a single ``mark`` stands between the words ``i - 1`` and ``i``."""
        return 0 < i < len(self.words) and self.gaps[i] == mark


def read_sides(text: str) -> tuple[SideWord, ...]:
    """Read every word of a text that is or looks like a side, in order.

    Args:
        text: English; any casing and punctuation.
    """
    found = list(_unreadable(text))
    words = _Words(text)
    for i, word in enumerate(words.words):
        start, end = words.spans[i]
        reading = _read_word(words, i)
        if reading is None:
            continue
        if reading is SideReading.SIDE and word not in _SIDES:
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
    if any(plain.count(word) != text.lower().count(word) for word in (*_SIDES, "clockwise")):
        reason = "a side is spelt with hidden or look-alike letters; type it in plain letters"
        found.append(SideWord((0, len(text)), text, SideReading.UNCLEAR, reason))
    return found


def _read_word(words: _Words, i: int) -> SideReading | str | None:
    """A reading, the reason why there is none, or None for a word that has nothing of a side."""
    word = words.words[i]
    if word in _SIDES:
        return _read_side(words, i)
    if word in lexicon.OTHER_WORDS:
        return SideReading.OTHER
    if word in lexicon.UNCLEAR_WORDS:
        return f"may mean {lexicon.UNCLEAR_WORDS[word]}; write left or right"
    if _COMPOUND.fullmatch(word):
        return SideReading.SIDE
    if any(side in word for side in _SIDES):
        return "is not a word that is known here; write left or right as a word of its own"
    if word in ("l", "r"):
        return _read_letter(words, i)
    meant = lexicon.SLIPS_BEFORE_A_PART.get(word)
    if meant and _is_noun(words.near(i, 1)):
        if words.near(i, -1) in lexicon.POSSESSIVES:
            return f'may be a misspelt "{meant}"; write that, or another word'
        return None
    if word in lexicon.NOT_MISSPELT or not 3 <= len(word) <= 6:
        return None
    near = next((side for side in _SIDES if _one_slip_apart(word, side)), "")
    return f'looks like a misspelt "{near}"; correct it' if near else None


def _read_letter(words: _Words, i: int) -> SideReading | str | None:
    shapes = ("shape", "shapes", "shaped", "form", "formation", "bend", "position", "pose")
    if words.near(i, 1) in shapes or words.near(i, -1) in ("a", "an", "letter"):
        return SideReading.OTHER
    if words.gaps[i][-1:] in ("'", "’"):
        return None
    return "may stand for a side; write left or right"


def _read_side(words: _Words, i: int) -> SideReading | str:
    """Read one "left" or "right": fixed expressions first, then nouns, then bare directions."""
    for rule in (_doubled, _expression, _as_noun, _coordinated, _adverb):
        reading = rule(words, i)
        if reading is not None:
            return reading
    if words.words[i] == "right":
        return 'may mean a side, "correct" or "exactly"; write "to the right", or another word'
    return 'may mean a side or the past of "leave"; write "to the left", or another word'


def _doubled(words: _Words, i: int) -> str | None:
    """Two sides in a row, "your right left foot": one of them is a slip."""
    for side, other in ((i, i + 1), (i, i - 1)):
        if words.at(other) in _SIDES and not words.breaks(max(side, other)):
            gap = words.gaps[max(side, other)]
            if gap.strip() in ("", "-"):
                return "stands beside another side; remove one of them"
    return None


def _expression(words: _Words, i: int) -> SideReading | str | None:
    """Fixed expressions with "right" or "left" that are no side, or could be one."""
    word, before, after = words.words[i], words.near(i, -1), words.near(i, 1)
    owned = before in lexicon.POSSESSIVES
    if word == "right":
        if after in ("angle", "angles", "angled", "triangle", "triangles"):
            headed = before in lexicon.TOWARD or words.near(i, -2) in lexicon.TOWARD
            if owned or (headed and words.near(i, 2) in (*lexicon.POSSESSIVES, "the")):
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
        if after in ("alone",) and not owned and before not in lexicon.ARTICLES:
            return SideReading.OTHER
        if words.joined(i + 1, "-") and after in ("over", "overs"):
            return SideReading.OTHER
        if before in ("nothing", "anything", "something", "everything", "room", "space", "time"):
            return SideReading.OTHER
    judged = after[:-1] if after.endswith("s") else after
    if word == "right" and (judged in lexicon.JUDGED or after in lexicon.JUDGED):
        return f'may mean a side or "correct {after}"; write which'
    return None


def _as_noun(words: _Words, i: int) -> SideReading | str | None:
    """A side with its part ("right lower arm"), or owned ("your left", "to the far right")."""
    after, before = words.near(i, 1), words.near(i, -1)
    ahead = 1
    while ahead < 3 and words.near(i, ahead) in lexicon.LIMB_MODIFIERS:
        ahead += 1
    noun = words.near(i, ahead)
    # "back", "face" and "front" are also adverbs and verbs: "turn right back to the wall".
    named = _is_noun(noun) and not (ahead == 1 and noun in ("back", "face", "front"))
    back = 1
    while back < 4 and words.near(i, -back) in lexicon.MODIFIERS:
        back += 1
    owner, preposition = words.near(i, -back), words.near(i, -back - 1)
    if named or words.gaps[i + 1] == "_":
        return SideReading.SIDE
    if _hyphenated_side(words, i, after):
        return SideReading.SIDE
    if owner in lexicon.POSSESSIVES or (owner == "you" and preposition in lexicon.PLACING):
        return SideReading.SIDE
    typed = owner in lexicon.TYPED_THE and preposition in lexicon.TOWARD
    if typed or (owner in lexicon.ARTICLES and preposition in lexicon.TOWARD):
        return SideReading.SIDE
    if owner in lexicon.ARTICLES:
        if after == "one":
            other = "left" if words.words[i] == "right" else "right"
            pairs = zip(words.words, words.words[1:], strict=False)
            if any(side == other and (_is_noun(noun) or noun == "one") for side, noun in pairs):
                return SideReading.SIDE
            return _if_right(words, i, 'may mean a side or "correct one"; name the part')
        follows = lexicon.FOLLOWERS | lexicon.LOCATING | lexicon.UNHURRIED
        known = not after or after in follows or _is_noun(after, scene=True)
        if known or re.search(r"(ing|ly|wards?)$", after) or preposition == "on":
            return SideReading.SIDE
        return _if_right(words, i, f'may mean a side or "correct {after}"; name the part')
    if owner in ("a", "an") and (after in lexicon.SCENE or after in lexicon.BODY):
        return SideReading.SIDE
    if before in lexicon.PLACING and not (
        after in lexicon.LOCATING | lexicon.UNHURRIED
        or after in lexicon.POSSESSIVES | {"the", "it", "itself", "yourself", "him", "them", "next"}
        or (after == "in" and words.near(i, 2) == "front")
    ):
        return SideReading.SIDE
    return None


def _if_right(words: _Words, i: int, reason: str) -> SideReading | str:
    # "The left way" is a side; that its flip is not is found on the way back.
    return reason if words.words[i] == "right" else SideReading.SIDE


def _hyphenated_side(words: _Words, i: int, after: str) -> bool:
    if words.joined(i + 1, "-"):
        idle = (
            lexicon.LOCATING | lexicon.UNHURRIED | {"away", "angle", "minded", "thinking", "next"}
        )
        return bool(after) and after not in idle
    return words.joined(i, "-") and words.at(i - 1) in lexicon.CORNERS


def _coordinated(words: _Words, i: int) -> SideReading | None:
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


def _adverb(words: _Words, i: int) -> SideReading | str | None:
    """A bare word: a direction ("turn left"), an idiom ("right behind"), or unclear."""
    word, before, after = words.words[i], words.near(i, -1), words.near(i, 1)
    if after == "of" and before not in lexicon.BE | lexicon.QUANTITIES:
        return SideReading.SIDE
    if word == "right" and (idiom := _right_idiom(words, i)) is not None:
        return idiom
    if word == "left" and (idiom := _left_idiom(words, i)) is not None:
        return idiom
    then = words.near(i, 2)
    if before in lexicon.TURNING and after in lexicon.ARTICLES | lexicon.POSSESSIVES:
        # "Turn left the torso": the part comes late.
        return SideReading.SIDE if _is_noun(then) or then == "upper" else None
    ends = words.breaks(i + 1) or after in lexicon.AFTER_DIRECTION or (after, then) == ("just", "a")
    if not ends or (words.gaps[i + 1].strip()[:1] == "?"):
        return None
    joined = before == "and" and re.search(r"wards?$", words.near(i, -2))
    moved = before in lexicon.HEADING | lexicon.DEGREES or joined or _is_noun(before)
    return SideReading.SIDE if moved else None


def _right_idiom(words: _Words, i: int) -> SideReading | str | None:
    before, after, then = words.near(i, -1), words.near(i, 1), words.near(i, 2)
    if before == "up" and (words.near(i, -2) in ("more", "stand", "stands", "standing", "sit")):
        # "up right" for "upright".
        return SideReading.OTHER if words.breaks(i + 1) or after in lexicon.FOLLOWERS else None
    exactly = (
        after in lexicon.LOCATING
        or (after == "in" and then == "front")
        or (after == "next" and then == "to")
        or (after == "on" and then == "top")
        or (after == "over" and then in lexicon.POSSESSIVES | lexicon.ARTICLES)
    )
    at_once = after == "away" and then != "from"
    if not (exactly or at_once):
        return None
    if before in lexicon.HEADING | lexicon.PLACING or _turned(words, i):
        return 'may be a direction or mean "exactly"; write "to the right" or "directly"'
    return SideReading.OTHER


def _turned(words: _Words, i: int) -> bool:
    """Whether "turn your head" and the like stand right before."""
    filler = lexicon.POSSESSIVES | lexicon.ARTICLES | lexicon.MODIFIERS | {"and", "both", *_SIDES}
    back = 1
    while words.near(i, -back) in filler or _is_noun(words.near(i, -back)):
        back += 1
    return words.near(i, -back) in lexicon.TURNING


def _left_idiom(words: _Words, i: int) -> SideReading | str | None:
    before, after = words.near(i, -1), words.near(i, 1)
    if after == "over" and before not in lexicon.HEADING | lexicon.DEGREES | lexicon.BE:
        return None if _is_noun(before) else SideReading.OTHER
    if before not in lexicon.BE:
        return None
    if after in lexicon.LEFT_STATES:
        return SideReading.OTHER
    earlier = [words.near(i, -back) for back in range(2, 6)]
    if (words.breaks(i + 1) or after in ("to", "and")) and lexicon.QUANTITIES & {*earlier}:
        return SideReading.OTHER
    return None


def _is_noun(word: str, *, scene: bool = False) -> bool:
    single = word[:-1] if word.endswith("s") and len(word) > 3 else word
    return {word, single} & lexicon.BODY != set() or (
        scene and {word, single} & lexicon.SCENE != set()
    )


def _one_slip_apart(word: str, side: str) -> bool:
    """Whether one letter added, dropped, changed, or two neighbours exchanged make the other."""
    if len(word) == len(side):
        wrong = [k for k in range(len(side)) if word[k] != side[k]]
        if len(wrong) == 1:
            return True
        swapped = len(wrong) == 2 and wrong[1] == wrong[0] + 1
        return swapped and word[wrong[0]] == side[wrong[1]] and word[wrong[1]] == side[wrong[0]]
    short, long = sorted((word, side), key=len)
    if len(long) != len(short) + 1:
        return False
    return any(long[:k] + long[k + 1 :] == short for k in range(len(long)))
