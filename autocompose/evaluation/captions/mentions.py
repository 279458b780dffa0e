"""Body parts and directions that a text mentions, and how many of them two texts share.

FixMyPose's body-part match and direction match count shared mentions: averages of counts, not
ratios, so longer texts can score higher. The synonyms are our own.

Source: the metrics of FixMyPose (AAAI 2021).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autocompose.body.skeleton import INDEX
from autocompose.language.sides.side_reader import SideReading, read_sides
from autocompose.language.words import NOUNS, SIDES, is_plural, kind_of
from autocompose.schema import BodyPart

MOVED = 0.10
"""Metres of mean joint displacement beyond which a part has moved (FixMyPose)."""

PART_JOINTS: Mapping[str, tuple[str, ...]] = {
    "head": ("head", "nose"),
    "neck": ("neck",),
    "torso": ("spine", "chest", "neck"),
    "hips": ("left_hip", "right_hip"),
    "shoulder": ("shoulder",),
    "arm": ("shoulder", "elbow", "wrist"),
    "elbow": ("elbow",),
    "wrist": ("wrist",),
    "hand": ("hand",),
    "leg": ("hip", "knee", "ankle"),
    "knee": ("knee",),
    "ankle": ("ankle",),
    "foot": ("ankle", "foot"),
}
"""Joints whose mean displacement is a part's; those of a limb get the part's side."""


def _table(**listed: str) -> dict[str, str]:
    return {word: key for key, words in listed.items() for word in words.split()}


def _set(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_MIDLINE = frozenset({"head", "neck", "torso", "hips"})
_UNCOUNTED = _set(
    "back backside body bust collarbones fingertip fingertips forarm forarms forefoot herself "
    "himself hindfoot kneecap kneecaps limb limbs posterior quads ribcage rump shoe shoes skull "
    "themselves tiptoes view weight yourself"
)
"""Nouns of the vocabulary that are no mention; "back" and "upper body" are, by their context."""
_KINDS = {
    word: noun.kind for word, noun in NOUNS.items() if " " not in word and word not in _UNCOUNTED
} | _table(head="ear ears", hand="knuckle knuckles")
_PLURAL = {
    word: kind
    for word, kind in _KINDS.items()
    if kind not in _MIDLINE and (word == "knuckles" or is_plural(word))
}
_SINGLE = {word: kind for word, kind in _KINDS.items() if word not in _PLURAL}
_DIRECTIONS = _table(
    up="up upward upwards raise raises raised raising lift lifts lifted lifting higher elevate "
    "elevated elevating upright",
    down="down downward downwards lowers lowered lowering drop drops dropped dropping sink sinks "
    "sinking",
    forward="forward forwards front ahead",
    back="backward backwards behind rearward rearwards",
    inwards="inward inwards closer together nearer",
    outwards="out outward outwards apart away wider spread spreads spreading",
    bend="bend bends bending bent curl curled fold folded folding flex flexed flexing "
    "crook crooked",
    straighten="straighten straightens straightened straightening straight extend extends extended "
    "extending stretch stretched stretching unbend unbending lengthen",
    clockwise="clockwise",
    counterclockwise="counterclockwise",
)
_LIMB_WORDS = _set("lower upper fore back top bottom front outer inner")
_BETWEEN = _LIMB_WORDS | {"index", "middle", "big", "little", "bent", "straight", "extended"}
_OWNERS = _set("your the his her their my its a")
_LANDMARK = _set(
    "to toward towards above below behind near on onto at over under beneath beside besides "
    "of with from until against across between next in into than like level past around"
)
_VERBS = _set(
    "raise lift lower drop bend straighten extend stretch move bring turn rotate twist tilt "
    "lean put place take step slide shift swing point push pull reach hold keep spread cross "
    "kick stand sit squat kneel face look open close fold curl let rest touch pivot"
)
_FILLERS = _set("then slightly also finally now gently slowly simply just")
_WORD = re.compile(r"[a-z]+|[.,;:!?()\n]|  +")


@dataclass(frozen=True)
class Mentions:
    """What a text mentions.

    Args:
        parts: parts named with their side; "arms" is both, "the arm" without a side is none.
        moves: a part with the direction it should take.
    """

    parts: frozenset[BodyPart]
    moves: frozenset[tuple[BodyPart, str]]


def read_mentions(text: str) -> Mentions:
    """Read the parts and the moves that a text mentions.

    >>> sorted(part.value for part in read_mentions("Raise both hands, bend the left knee").parts)
    ['left_hand', 'left_knee', 'right_hand']
    """
    parts: set[BodyPart] = set()
    moves: set[tuple[BodyPart, str]] = set()
    for clause in _clauses(text):
        named = _parts(clause)
        parts.update(part for _, found in named for part in found)
        ends = [i for i, word in enumerate(clause) if word in _LANDMARK]
        # After "to", "above" ... a part is where to go, not what goes, unless none came before.
        first = min((i for i, _ in named), default=0)
        limit = next((end for end in ends if end > first), len(clause))
        themes = {part for i, found in named if i < limit for part in found}
        moves.update((part, way) for part in themes for way in _ways(clause))
    return Mentions(frozenset(parts), frozenset(moves))


def shared_parts(text: str, references: Sequence[str], moved: Set[BodyPart] | None = None) -> float:
    """Body-part match of one text: parts named in it and in a reference, averaged over references.

    Args:
        text: the candidate.
        references: at least one.
        moved: only these count, see `moved_parts`; all where the bodies are not known.
    """
    own = read_mentions(text).parts
    counted = own if moved is None else own & moved
    return sum(len(counted & read_mentions(r).parts) for r in references) / len(references)


def shared_moves(text: str, references: Sequence[str]) -> float:
    """Direction match of one text: (part, direction) pairs in it and in a reference, averaged."""
    own = read_mentions(text).moves
    return sum(len(own & read_mentions(r).moves) for r in references) / len(references)


def moved_parts(reference: NDArray[np.float64], target: NDArray[np.float64]) -> frozenset[BodyPart]:
    """Parts whose joints moved by more than `MOVED` on average.

    Args:
        reference: (22, 3) canonical joints, metres.
        target: (22, 3) canonical joints, metres.
    """
    distance = np.linalg.norm(np.asarray(target) - np.asarray(reference), axis=-1)
    moved = set()
    for part in BodyPart:
        side = f"{part.side}_" if part.side else ""
        names = PART_JOINTS[kind_of(part)]
        if distance[[INDEX[side + name] for name in names]].mean() > MOVED:
            moved.add(part)
    return frozenset(moved)


def _clauses(text: str) -> list[list[str]]:
    """Words in lower case, cut at punctuation, "then", "while", and "and" before a verb."""
    tokens = _WORD.findall(_plain(text))
    clauses: list[list[str]] = [[]]
    for i, token in enumerate(tokens):
        ahead = next((t for t in tokens[i + 1 : i + 4] if t not in _FILLERS), "")
        joins = token == "and" and ahead in _VERBS and not _is_adjective(tokens, i + 1)
        if not token.isalpha() or token in ("then", "while", "whilst", "but") or joins:
            clauses.append([])
        else:
            clauses[-1].append(token)
    return [clause for clause in clauses if clause]


def _plain(text: str) -> str:
    """Lower case; "right" where it is no side is left out, and turns are spelt in one way."""
    for side in reversed(read_sides(text)):
        if side.reading is SideReading.OTHER and side.word.lower() in SIDES:
            text = text[: side.span[0]] + text[side.span[1] :].lstrip("- ")
    text = re.sub(r"\b(?:counter|anti)[- ]?clock[- ]?wise\b", "counterclockwise", text.lower())
    return re.sub(r"\bclock[- ]?(?:wise|ways)\b", "clockwise", text)


def _is_adjective(tokens: Sequence[str], i: int) -> bool:
    """Whether "lower" at ``i`` tells which arm, not what to do."""
    return i + 1 < len(tokens) and tokens[i] == "lower" and tokens[i + 1] in (*_SINGLE, "body")


def _parts(clause: Sequence[str]) -> list[tuple[int, tuple[BodyPart, ...]]]:
    """Where parts are named in a clause, and which."""
    found: list[tuple[int, tuple[BodyPart, ...]]] = []
    sides: set[str] = set()
    for i, word in enumerate(clause):
        before = clause[i - 1] if i else ""
        if (word == "back" and before in _OWNERS) or (word == "body" and before == "upper"):
            found.append((i, (BodyPart.TORSO,)))
            continue
        kind = _SINGLE.get(word) or _PLURAL.get(word)
        if kind is None:
            continue
        if kind in _MIDLINE:
            found.append((i, (BodyPart(kind),)))
            continue
        named = _sides(clause, i)
        if named:
            sides = named
        elif word in _PLURAL or "both" in clause[max(0, i - 3) : i]:
            sides = {"left", "right"}
        elif not (before == "and" and found):
            continue  # "the arm": no side is said; "left hand and elbow" keeps the hand's side
        found.append((i, tuple(BodyPart(f"{side}_{kind}") for side in sorted(sides))))
    return found


def _sides(clause: Sequence[str], i: int) -> set[str]:
    """Sides that belong to the noun at ``i``: "left lower arm", "left and right hands"."""
    i -= 1
    while i >= 0 and clause[i] in _BETWEEN:
        i -= 1
    if i < 0 or clause[i] not in SIDES:
        return set()
    joined = i >= 2 and clause[i - 1] in ("and", "or") and clause[i - 2] in SIDES
    return {clause[i], clause[i - 2]} if joined else {clause[i]}


def _ways(clause: Sequence[str]) -> set[str]:
    ways = set()
    for i, word in enumerate(clause):
        after = clause[i + 1] if i + 1 < len(clause) else ""
        before = clause[i - 1] if i else ""
        if word in _DIRECTIONS:
            ways.add(_DIRECTIONS[word])
        elif word == "lower" and not _is_adjective(clause, i):
            ways.add("down")
        elif word == "back" and before not in _OWNERS:
            ways.add("back")
        elif word in ("left", "right", "leftward", "leftwards", "rightward", "rightwards"):
            ahead = next((w for w in clause[i + 1 :] if w not in _BETWEEN), "")
            if ahead not in _SINGLE and ahead not in _PLURAL and after != "and":
                ways.add("left" if word.startswith("left") else "right")
    return ways
