"""Claims, their outcomes and reports: what the reader and the judge hand to everyone else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from autocompose.language.words import plural_of


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that a text says about a body.

    Args:
        part: ``arm``, ``hand``, ``knee``, ``foot``, ``torso``, ``head`` ..., without its side.
        side: ``left``, ``right`` (the subject's), ``both``, or empty for a part on the midline
            and where the text does not say.
        change: ``up``, ``bend``, ``lean forward``, ``at shoulder height``, ``on left hip``,
            ``still``, ``not ...``; ``unclear`` for what cannot be read, ``viewer`` for sides of
            the picture.
        degree: 1 slight, 2 plain, 3 much, or None where the text does not say.
        span: ``[start, end)`` in characters of the text.
        state: the text says where the part ends, not that it moves there.
    """

    part: str
    side: str
    change: str
    degree: int | None
    span: tuple[int, int]
    state: bool = False

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
    """A claim, whether the body bears it out, and the numbers: ``left knee 92° -> 171°``."""

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
