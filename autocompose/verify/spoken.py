"""Numbers of evidence as people say them: "1.74 m below the head", never "-1.74 m above" it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Poles = tuple[str, str]
"""What is said of a positive and of a negative number; ``{}`` is the number without its sign."""

LEFT_RIGHT: Poles = ("left {}", "right {}")
TO_THE_LEFT: Poles = ("{} to the left", "{} to the right")
FORWARD_BACK: Poles = ("forward {}", "back {}")
UP_DOWN: Poles = ("up {}", "down {}")
IN_FRONT: Poles = ("{} in front", "{} behind")
OUTWARD: Poles = ("{} outward", "{} inward")
OVER_FLOOR: Poles = ("{} above the floor", "{} below the floor")
OVER_HIPS: Poles = ("{} above the hips", "{} below the hips")
OVER_HIP: Poles = ("{} above the hip", "{} below the hip")
OVER_LEVEL: Poles = ("{} above level", "{} below level")
OVER_OTHER: Poles = ("{} above the other", "{} below the other")
AHEAD_OF_OTHER: Poles = ("{} ahead of the other", "{} behind the other")
AHEAD_OF_OTHER_FOOT: Poles = ("{} ahead of the other foot", "{} behind the other foot")
AHEAD_OF_HIPS: Poles = ("{} ahead of the hips", "{} behind the hips")
AHEAD_OF_FEET: Poles = ("{} ahead of the feet", "{} behind the feet")
BEFORE_TRUNK: Poles = ("{} in front of the trunk", "{} behind the trunk")
LEFT_OF_OTHER: Poles = ("{} left of the other", "{} right of the other")
LEFT_OF_FEET: Poles = ("{} left of the feet", "{} right of the feet")
OUT_FROM_OTHER: Poles = ("{} out from the other", "{} across the other")
OWN_SIDE: Poles = ("{} out on its own side", "{} across the body")


def at_row(value: Any, row: int) -> Any:
    """One pair's share of a value: an array has one entry for each pair, or one for all."""
    if not isinstance(value, np.ndarray):
        return value
    return value.flat[0] if value.size == 1 else value[row]


def spoken(value: float, unit: str, poles: Poles, *, digits: int = 2) -> str:
    """One number with its unit.

    Args:
        value: signed.
        unit: follows the number as it is: ``" m"``, ``"°"``.
        poles: what is said of a positive and of a negative number.
        digits: behind the point.

    >>> spoken(-1.74, " m", ("{} above the head", "{} below the head"))
    '1.74 m below the head'
    """
    return _pole(value, value, poles, digits).format(_number(value, digits) + unit)


def spoken_change(
    before: float, after: float, unit: str, *, poles: Poles | None = None, digits: int = 2
) -> str:
    """A number in both poses; its direction is said once where it stays the same.

    Args:
        before: in the reference.
        after: in the target.
        unit: follows the number as it is.
        poles: as in `spoken`; None where the number has no direction.
        digits: behind the point.

    >>> spoken_change(-26, -71, "°", poles=LEFT_RIGHT, digits=0)
    'right 26° → 71°'
    >>> spoken_change(-26, 10, "°", poles=LEFT_RIGHT, digits=0)
    'right 26° → left 10°'
    """
    inner = unit if unit == "°" else ""
    if poles is None:
        return f"{before:.{digits}f}{inner} → {after:.{digits}f}{unit}"
    first, second = _pole(before, after, poles, digits), _pole(after, before, poles, digits)
    a, b = _number(before, digits), _number(after, digits)
    if first == second:
        return first.format(f"{a}{inner} → {b}{unit}")
    return f"{first.format(a + unit)} → {second.format(b + unit)}"


def _number(value: float, digits: int) -> str:
    return f"{abs(value):.{digits}f}"


def _pole(value: float, other: float, poles: Poles, digits: int) -> str:
    """What fits a number; one that rounds to 0 goes with the other."""
    chosen = value if round(value, digits) else other
    return poles[0] if round(chosen, digits) >= 0 or chosen != chosen else poles[1]


@dataclass(frozen=True, slots=True)
class Spoken:
    """A number of all pairs on its way into evidence.

    Args:
        value: signed; one for each pair, or one for all.
        unit, poles, digits: as in `spoken`.
    """

    value: Any
    unit: str
    poles: Poles
    digits: int = 2

    def at(self, row: int) -> str:
        """What is said of one pair."""
        return spoken(float(at_row(self.value, row)), self.unit, self.poles, digits=self.digits)


@dataclass(frozen=True, slots=True)
class SpokenChange:
    """A number of all pairs in both poses on its way into evidence; see `spoken_change`."""

    before: Any
    after: Any
    unit: str
    poles: Poles | None = None
    digits: int = 2

    def at(self, row: int) -> str:
        """What is said of one pair."""
        return spoken_change(
            float(at_row(self.before, row)),
            float(at_row(self.after, row)),
            self.unit,
            poles=self.poles,
            digits=self.digits,
        )
