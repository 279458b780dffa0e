"""Five hundred more everyday wishes, in two halves that a hash of each text decides.

The wishes and their predicates (``data/more_wishes.txt``) were written by a language model as many
different people might type them, before any of them was scored; nobody checked them by eye. Misses
of `DEV` may be looked at; `FRESH` is for the report. Both ask for the same kinds of things.

A line that starts with ``=`` is a predicate on the true joints: conditions joined by ``&``, of
which alternatives are joined by ``|``. A condition is a posture, ``left`` or ``right`` before it
where it has sides, or a measure with a bound: ``left_knee >= 80``. ``both`` and ``either`` before a
measure stand for its two sides: ``both elbow <= 20``. The lines below it are wishes for that.
"""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

from wishes import Predicate, Wish, both, either, holds, least, most, sides

from autocompose.postures.postures import POSTURES

WISHES = Path(__file__).parent / "data" / "more_wishes.txt"
_BOUND = re.compile(r"(?:(both|either) )?(\w+) (>=|<=) (-?[\d.]+)")


def predicate_of(words: str) -> Predicate:
    """What the words of a predicate mean.

    Raises:
        ValueError: a condition is neither a posture nor a bound of a measure.
    """
    return either(*(
        both(*(_condition(one.strip()) for one in way.split("&"))) for way in words.split("|")
    ))  # fmt: skip


def _condition(words: str) -> Predicate:
    found = _BOUND.fullmatch(words)
    if found is None:
        side, _, name = words.partition(" ")
        name, side = (name, side) if side in ("left", "right") else (words, "")
        if name not in POSTURES:
            raise ValueError(f'"{words}" is neither a posture nor a bound of a measure')
        return holds(name, side=side)
    many, name, sign, value = found.groups()
    bound = least if sign == ">=" else most
    if not many:
        return bound(name, float(value))
    return (both if many == "both" else either)(*sides(bound, name, float(value)))


def is_fresh(text: str) -> bool:
    """Whether a wish is of the half that is only reported."""
    return sha256(text.encode()).digest()[0] % 2 == 1


def read_wishes(path: Path = WISHES) -> tuple[Wish, ...]:
    """Every wish of a file with its predicate, in its order."""
    found: list[Wish] = []
    predicate: Predicate | None = None
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("="):
            predicate = predicate_of(line.removeprefix("=").strip())
        elif line and not line.startswith("#"):
            if predicate is None:
                raise ValueError(f'"{line}" stands before the first predicate')
            found.append((line, predicate))
    return tuple(found)


DEV: tuple[Wish, ...] = tuple(wish for wish in read_wishes() if not is_fresh(wish[0]))
FRESH: tuple[Wish, ...] = tuple(wish for wish in read_wishes() if is_fresh(wish[0]))
