"""Body parts as the page shows and sends them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from autocompose.errors import ConfigError, TextError
from autocompose.language.words import REGIONS, kind_of, region_of
from autocompose.schema import BodyPart, PartDescription
from autocompose.studio.server.transport import read_text

_GROUPS = {"head": "head", "arm": "arms", "torso": "torso", "leg": "legs"}
GROUP_WORDS = {_GROUPS[region]: kinds for region, kinds in REGIONS.items()}
"""Heading of the part list -> the kinds of parts under it."""


@dataclass(frozen=True)
class PartView:
    """A body part in a row, on the map, or in the list; side ``L``, ``R`` or empty."""

    part: str
    label: str
    side: str
    group: str
    text: str = ""


def part_view(part: BodyPart, text: str = "") -> PartView:
    """What the page shows of one part."""
    side = {"left": "L", "right": "R"}.get(part.side or "", "")
    group = _GROUPS[region_of(kind_of(part))]
    return PartView(part.value, part.label, side, group, text)


def one_row_a_part(parts: Iterable[PartDescription]) -> tuple[PartView, ...]:
    """Part rows; several sentences about one part are joined in one row."""
    found: dict[str, PartView] = {}
    for row in parts:
        before = found.get(row.part.value)
        text = f"{before.text} {row.text}" if before else row.text
        found[row.part.value] = part_view(row.part, text)
    return tuple(found.values())


def read_part(row: Any) -> tuple[BodyPart, str]:
    """The part that a row of the page is about, and its text as it was typed.

    Raises:
        ConfigError: the row is not an object with part and text.
        UnknownBodyPartError: the part is outside the closed list.
    """
    if not isinstance(row, dict):
        raise ConfigError("a part row is not an object with part and text; reload the page")
    return BodyPart.parse(read_text(row, "part")), read_text(row, "text")


def read_row(row: Any) -> PartDescription:
    """A part row of the page.

    Raises:
        ConfigError: the row is not an object with part and text.
        UnknownBodyPartError: the part is outside the closed list.
        TextError: its sentence is empty.
    """
    part, typed = read_part(row)
    text = " ".join(typed.split())
    if not text:
        raise TextError(f"The sentence for the {part.label} is empty; write it or remove the row.")
    return PartDescription(part, text)
