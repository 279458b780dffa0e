"""Two reviewers on one description: what each changed, part by part, and where they disagree.

A field that only one of them changed takes that change. A field both changed to one value takes it.
A field both changed differently keeps the value that was saved first and becomes a visible conflict
that holds the other: a save is never refused and nothing of it is lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from autocompose.review.store.records import Conflict, Decision, Judgement, to_json
from autocompose.schema import BodyPart, PartDescription

Mark = TypeVar("Mark")


@dataclass(frozen=True)
class Merged:
    """A merged judgement and the fields that need a person."""

    judgement: Judgement
    conflicts: tuple[Conflict, ...]


def merge(base: Judgement, theirs: Judgement, mine: Judgement) -> Merged:
    """Join two judgements that started from the same one.

    Args:
        base: what both reviewers looked at.
        theirs: what was saved first.
        mine: what is saved now.

    Returns:
        The joined judgement; every value of ``mine`` that is not in it is in a conflict.
    """
    conflicts: list[Conflict] = []

    def choose(field: str, values: tuple[str | None, str | None, str | None]) -> str | None:
        chosen, disagree = _choose(values)
        if disagree:
            conflicts.append(Conflict(field, *values))
        return chosen

    verdict = choose("verdict", (base.verdict.value, theirs.verdict.value, mine.verdict.value))
    note = choose("note", (base.note, theirs.note, mine.note))
    parts = []
    for part in _part_order(base, theirs, mine):
        text = choose(part.label, (_part(base, part), _part(theirs, part), _part(mine, part)))
        if text is not None:
            parts.append(PartDescription(part, text))
    phrasings: tuple[str, ...]
    if len(base.phrasings) == len(theirs.phrasings) == len(mine.phrasings):
        triples = zip(base.phrasings, theirs.phrasings, mine.phrasings, strict=True)
        merged = [choose(f"phrasing {i + 1}", triple) for i, triple in enumerate(triples)]
        phrasings = tuple(text for text in merged if text is not None)
    else:
        # With a phrasing added or removed, places no longer name the same text: all or nothing.
        lists = (base.phrasings, theirs.phrasings, mine.phrasings)
        chosen, disagree = _choose(lists)
        phrasings = chosen or ()
        if disagree:
            conflicts.append(Conflict("phrasings", *(to_json(list(texts)) for texts in lists)))
    joined = Judgement(
        phrasings=phrasings,
        parts=tuple(parts),
        verdict=Decision(verdict),
        flagged=bool(_choose((base.flagged, theirs.flagged, mine.flagged))[0]),
        reasons=_join(base.reasons, theirs.reasons, mine.reasons),
        wrong_parts=_join(base.wrong_parts, theirs.wrong_parts, mine.wrong_parts),
        note=note or "",
        written=_choose((base.written, theirs.written, mine.written))[0],
    )
    return Merged(joined, tuple(conflicts))


def settle(
    open_conflicts: Iterable[Conflict], new: Iterable[Conflict], resolved: Iterable[str]
) -> tuple[Conflict, ...]:
    """The conflicts that stay visible: open ones that were not resolved, then the new ones.

    A new conflict on a field with an open one joins the list; both hidden values stay readable.

    Args:
        open_conflicts: visible so far.
        new: of the present merge.
        resolved: fields whose conflicts the reviewer settled.
    """
    done = set(resolved)
    return (*(c for c in open_conflicts if c.field not in done), *new)


def signed(conflicts: Iterable[Conflict], their_reviewer: str, my_reviewer: str) -> list[Conflict]:
    """The conflicts with the names of both reviewers.

    Args:
        conflicts: of a merge.
        their_reviewer: who saved first.
        my_reviewer: who saves now.
    """
    return [
        replace(conflict, their_reviewer=their_reviewer, my_reviewer=my_reviewer)
        for conflict in conflicts
    ]


def _choose(values: tuple[Mark, Mark, Mark]) -> tuple[Mark, bool]:
    base, theirs, mine = values
    if mine in (base, theirs):
        return theirs, False
    if theirs == base:
        return mine, False
    return theirs, True


def _part(judgement: Judgement, part: BodyPart) -> str | None:
    return next((row.text for row in judgement.parts if row.part is part), None)


def _part_order(base: Judgement, theirs: Judgement, mine: Judgement) -> list[BodyPart]:
    # Whoever changed the order of the rows wins it; otherwise it stays as saved first.
    base_order = [row.part for row in base.parts]
    first, second = [row.part for row in theirs.parts], [row.part for row in mine.parts]
    if first == base_order:
        first, second = second, first
    return list(dict.fromkeys([*first, *second]))


def _join(
    base: tuple[Mark, ...], theirs: tuple[Mark, ...], mine: tuple[Mark, ...]
) -> tuple[Mark, ...]:
    # Marks are a set: what either added is there, what either took away is gone.
    gone = [mark for mark in base if mark not in theirs or mark not in mine]
    return tuple(mark for mark in dict.fromkeys([*theirs, *mine]) if mark not in gone)
