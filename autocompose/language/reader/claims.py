"""Claims, their outcomes and reports: what the reader and the judge hand to everyone else."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from autocompose.language.words import plural_of
from autocompose.tagger.claimed_change import Change


class ClaimKind(str, Enum):
    """Whether a text speaks of a movement, of how things end, or of how they were or stay."""

    MOVEMENT = "m"
    STATE = "s"
    """It holds at the end."""
    REMARK = "r"
    """On the start or on what stays; never judged as a change."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that a text says about a body.

    Args:
        part: ``arm``, ``hand``, ``knee``, ``foot``, ``torso``, ``head`` ..., without its side.
        side: ``left``, ``right`` (the subject's), ``both``, or empty for a part on the midline
            and where the text does not say.
        change: as a record; its ``str`` is ``up``, ``bend``, ``lean forward``, ``at shoulder
            height``, ``on left hip``, ``still``, ``not ...``; ``unclear`` for what cannot be read,
            ``viewer`` for sides of the picture.
        degree: 1 slight, 2 plain, 3 much, or None where the text does not say.
        span: ``[start, end)`` in characters of the text.
        kind: movement, state at the end, or remark on the start or on what stays.
        sure: probability, in the tagger's eyes, that all this is read right; 1 where rules read it.
    """

    part: str
    side: str
    change: Change
    degree: int | None
    span: tuple[int, int]
    kind: ClaimKind = ClaimKind.MOVEMENT
    sure: float = field(default=1.0, compare=False)

    @property
    def state(self) -> bool:
        """Whether the text says where the part is, not that it moves there."""
        return self.kind is not ClaimKind.MOVEMENT

    @property
    def described(self) -> bool:
        """Whether the tagger read it, in a description.

        Descriptions tell movements and their ends in one breath ("both arms reach forward"), orders
        do not, so that they are judged more strictly.
        """
        return self.sure < 1

    @property
    def label(self) -> str:
        """The part in words: ``left knee``, ``both hands``, ``head``."""
        if self.side == "both":
            return f"both {plural_of(self.part)}"
        return f"{self.side} {self.part}".strip()


class Outcome(str, Enum):
    """What the joints say of a claim."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ClaimVerdict:
    """A claim, whether the body bears it out, and the numbers: ``left knee 92° → 171°``."""

    claim: Claim
    outcome: Outcome
    evidence: str


@dataclass(frozen=True, slots=True)
class ClaimReport:
    """What a text claims of a pair of poses and what the joints say.

    Args:
        sides_swapped: the claims fit much better with left and right exchanged.
    """

    text: str
    claims: tuple[ClaimVerdict, ...]
    sides_swapped: bool = False

    def count(self, outcome: Outcome) -> int:
        """How many claims had this outcome."""
        return sum(c.outcome is outcome for c in self.claims)
