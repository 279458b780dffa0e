"""How a query's text was read, and each claim of it held against a hit. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class HitClaim:
    """One claim of a query held against the body in a hit.

    Args:
        text: the claim in words: ``left arm up``.
        verdict: ``supported``, ``contradicted`` or ``unknown``.
        evidence: the numbers: ``left knee 92° -> 171°``.
    """

    text: str
    verdict: str
    evidence: str


@dataclass(frozen=True)
class QueryReading:
    """What the text of a query was taken to ask for.

    Args:
        read_as: each thing in words, as it was read: ``left arm up``.
        not_understood: words that look as if they mattered and are part of nothing in ``read_as``.
        warning: one line where the answer is unlikely to be of use; empty where it is.
        judged: whether the claims of the text had their say in the order of the hits.
    """

    read_as: tuple[str, ...] = ()
    not_understood: tuple[str, ...] = ()
    warning: str = ""
    judged: bool = False
