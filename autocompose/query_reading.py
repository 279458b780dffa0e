"""How a query's text was read, each claim of it held against a hit, and what each clause does.

Standard library only.
"""

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


@dataclass(frozen=True)
class ClauseEffect:
    """A ranking without one clause.

    Args:
        text: the clause as it stands in the query.
        span: ``[start, end)`` in characters of the query's text.
        says: what was read in it; empty where only the model reads it.
        ranks: of the pictures that were asked about, without this clause; 0 where not ranked.
        kept: how many of the first ten hits are among the first ten without it.
        target_rank: of the query's target without it; 0 without one.
    """

    text: str
    span: tuple[int, int]
    says: tuple[str, ...]
    ranks: tuple[int, ...]
    kept: int
    target_rank: int


@dataclass(frozen=True)
class Attribution:
    """What each clause of a query does.

    Args:
        image_ids: the pictures that were asked about.
        ranks: theirs under the whole query; 0 where not ranked.
        target_rank: of the query's target; 0 without one.
        first: how many of the best hits ``kept`` is out of.
        clauses: in the order of the text.
    """

    image_ids: tuple[str, ...]
    ranks: tuple[int, ...]
    target_rank: int
    first: int
    clauses: tuple[ClauseEffect, ...]
