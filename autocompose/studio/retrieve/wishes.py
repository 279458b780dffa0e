"""What people ask of each body part, to be added to a query by a click on the body map."""

from __future__ import annotations

from dataclasses import dataclass

from autocompose.language.words import kind_of
from autocompose.schema import BodyPart
from autocompose.studio.server.parts import PartView, part_view

WISHES: dict[str, tuple[str, ...]] = {
    "head": (
        "look up", "look down", "turn the head to the left", "turn the head to the right",
        "tilt the head to the left", "tilt the head to the right",
    ),
    "neck": ("stretch the neck", "lower the chin"),
    "torso": (
        "lean forward", "lean back", "lean to the left", "lean to the right",
        "turn the torso to the left", "turn the torso to the right", "stand upright",
    ),
    "hips": ("lower the hips", "raise the hips", "squat down", "sit down"),
    "shoulder": ("raise the {side} shoulder", "lower the {side} shoulder"),
    "arm": (
        "raise the {side} arm", "lower the {side} arm", "stretch the {side} arm out to the side",
        "stretch the {side} arm out in front", "let the {side} arm hang down",
    ),
    "elbow": (
        "bend the {side} elbow", "straighten the {side} elbow",
        "bend the {side} elbow to a right angle",
    ),
    "wrist": ("raise the {side} wrist", "lower the {side} wrist"),
    "hand": (
        "put the {side} hand on the hip", "put the {side} hand on the head",
        "raise the {side} hand above the head", "bring the {side} hand in front of the chest",
        "put the {side} hand behind the back",
    ),
    "leg": (
        "lift the {side} leg to the side", "lift the {side} leg forward",
        "lift the {side} leg backward", "kick with the {side} leg",
    ),
    "knee": (
        "bend the {side} knee", "straighten the {side} knee", "lift the {side} knee",
        "bend the {side} knee to a right angle",
    ),
    "ankle": ("raise the {side} ankle", "lower the {side} ankle"),
    "foot": (
        "lift the {side} foot off the floor", "put the {side} foot on the floor",
        "move the {side} foot forward", "move the {side} foot back",
        "move the {side} foot out to the side",
    ),
}  # fmt: skip
"""Kind of part -> wishes; sides are the subject's. The reader understands each of them."""


@dataclass(frozen=True)
class PartWishes:
    """A part on the body map, and what can be asked of it."""

    part: PartView
    wishes: tuple[str, ...]


def part_wishes() -> tuple[PartWishes, ...]:
    """All parts with their wishes, sides filled in."""
    return tuple(
        PartWishes(
            part_view(part),
            tuple(wish.format(side=part.side) for wish in WISHES[kind_of(part)]),
        )
        for part in BodyPart
    )
