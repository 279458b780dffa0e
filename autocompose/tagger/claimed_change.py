"""What a claim says of a part, as a record: the kind of change, its way, the place it is about."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from autocompose.tagger.spelled_words import other_side


class ChangeKind(str, Enum):
    """What sort of change a claim is about; it decides by which measures it is judged."""

    MOVE = "move"
    """``up``, ``forward``, ``out``, ``left`` ..."""
    ANGLE = "angle"
    """``bend``, ``straighten``, ``bent 90``."""
    TURN = "turn"
    LEAN = "lean"
    TILT = "tilt"
    POINT = "point"
    """The way in which a part points or hangs: ``point down``."""
    HEIGHT = "height"
    """``at shoulder height``, ``just below hip height``."""
    PLACE = "place"
    """Relation to a place of the body or to the floor: ``in front of chest``, ``on left hip``."""
    WEIGHT = "weight"
    """``weight on left leg``."""
    GAP = "gap"
    """Distance of the two of a part: ``apart``, ``together``."""
    HOLD = "hold"
    """``upright``, ``center``, ``level``, ``flat``."""
    POSTURE = "posture"
    """Of the whole body: ``face down``, ``squatting``, and the names of postures and acts."""
    STILL = "still"
    UNREAD = "unread"
    """``unclear`` for what cannot be read, ``viewer`` for sides of the picture."""
    OTHER = "other"
    """Words that no measure is about: ``slanted``, ``arch``."""


MOVES = ("up", "down", "forward", "back", "in", "out", "left", "right", "side")
_WORDS = {
    ChangeKind.MOVE: MOVES,
    ChangeKind.ANGLE: ("bend", "straighten"),
    ChangeKind.GAP: ("apart", "together"),
    ChangeKind.HOLD: ("upright", "center", "level", "flat"),
    ChangeKind.POSTURE: (
        "face down", "face up", "upside down", "squatting", "kneeling", "seated", "standing",
        "lying", "lunging",
    ),
    ChangeKind.STILL: ("still",),
    ChangeKind.UNREAD: ("unclear", "viewer"),
}  # fmt: skip
_KIND_OF = {word: kind for kind, words in _WORDS.items() for word in words}
_LEADERS = {
    "turn ": ChangeKind.TURN,
    "lean ": ChangeKind.LEAN,
    "tilt ": ChangeKind.TILT,
    "point ": ChangeKind.POINT,
    "bent ": ChangeKind.ANGLE,
}
_HEIGHTS = ("at ", "just above ", "just below ", "above ", "below ")
RELATIONS = (
    "in front of", "in line with", "level with", "away from", "closer to", "behind", "beside",
    "above", "below", "under", "over", "between", "past", "across", "on", "off", "near", "toward",
    "to", "outside", "inside", "at",
)  # fmt: skip
"""Relations to a place, longest first where one begins like another."""
_BARE = ("in front", "behind", "beside", "under", "across")
"""Relations to the body itself, for which no place is written."""
_SIDES = ("left", "right", "both")


@dataclass(frozen=True, slots=True)
class Change:
    """What a claim says of its part; ``str`` gives it in the notation of the labelled texts.

    Args:
        kind: decides by which measures it is judged.
        way: direction, relation or word: ``up``, ``forward`` of ``lean forward``, ``on`` of
            ``on left hip``, ``at`` of ``at shoulder height``, ``90`` of ``bent 90``.
        place: part or place of a height, a relation or a weight; else empty.
        place_side: ``left``, ``right`` (the subject's), ``both`` or empty; the side of a posture.
        negated: the text says that it is not so.
    """

    kind: ChangeKind
    way: str
    place: str = ""
    place_side: str = ""
    negated: bool = False

    @classmethod
    def parse(cls, words: str) -> Change:
        """Read the notation: ``not in front of left hip`` and the like.

        >>> Change.parse("on left hip").place_side
        'left'
        """
        negated = words.startswith("not ")
        words = words[4:] if negated else words
        if words in _KIND_OF:
            return cls(_KIND_OF[words], words, negated=negated)
        if words in _BARE:
            return cls(ChangeKind.PLACE, words, negated=negated)
        for leader, kind in _LEADERS.items():
            if words.startswith(leader):
                return cls(kind, words[len(leader) :], negated=negated)
        if words.endswith(" height"):
            for way in _HEIGHTS:
                if words.startswith(way):
                    return cls(
                        ChangeKind.HEIGHT, way.strip(), *_place(words[len(way) : -7]), negated
                    )
        if words.startswith("weight on "):
            return cls(ChangeKind.WEIGHT, "on", *_place(words[10:]), negated)
        for way in RELATIONS:
            if words.startswith(f"{way} "):
                return cls(ChangeKind.PLACE, way, *_place(words[len(way) + 1 :]), negated)
        return cls(ChangeKind.OTHER, words, negated=negated)

    def __str__(self) -> str:
        """The notation that `parse` reads; it does not read postures: ``left kick``."""
        place = f"{self.place_side} {self.place}".strip()
        if self.kind is ChangeKind.HEIGHT:
            words = f"{self.way} {place} height"
        elif self.kind is ChangeKind.POSTURE:
            words = f"{self.place_side} {self.way}".strip()
        elif self.kind is ChangeKind.WEIGHT:
            words = f"weight {self.way} {place}".strip()
        elif self.kind is ChangeKind.ANGLE and self.way not in ("bend", "straighten"):
            words = f"bent {self.way}"
        elif self.kind.value + " " in _LEADERS:
            words = f"{self.kind.value} {self.way}"
        else:
            words = f"{self.way} {place}".strip()
        return f"not {words}" if self.negated else words

    @property
    def is_read(self) -> bool:
        """Whether the reader understood it; other changes are never judged."""
        return self.kind is not ChangeKind.UNREAD

    @property
    def moves(self) -> bool:
        """Whether the text asks for a change at all: not ``still``, and read."""
        return self.is_read and self.kind is not ChangeKind.STILL

    @property
    def names_side(self) -> bool:
        """Whether left or right is part of what it says."""
        sides = ("left", "right")
        return self.place_side in sides or bool(set(sides) & set(self.way.split()))

    def mirrored(self) -> Change:
        """The same with left and right exchanged."""
        way, side = other_side(self.way), other_side(self.place_side)
        return Change(self.kind, way, self.place, side, self.negated)

    def plain(self) -> Change:
        """The same without its negation."""
        return Change(self.kind, self.way, self.place, self.place_side)


def _place(words: str) -> tuple[str, str]:
    first, _, rest = words.partition(" ")
    return (rest, first) if first in _SIDES and rest else (words, "")
