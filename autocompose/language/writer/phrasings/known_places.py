# ruff: noqa: E501 (tables: one entry a line reads best)
"""Where parts end, in the words that training sees: ``goal : place`` ("to the hip : on the hip")."""

from __future__ import annotations

# fmt: off
# (kind, move or "", state) -> "goal : place" alternatives; either side may be empty.
RESULTS: dict[tuple[str, str, str], str] = {
    ("bend", "straighten", "straight"): "fully : straight, completely : straight, all the way : fully straight",
    ("bend", "straighten", "slight"): "almost fully : almost straight, until almost straight : nearly straight",
    ("bend", "straighten", "half"): "partway : half bent, halfway : half bent",
    ("bend", "straighten", "right"): "to a right angle : bent at a right angle, to ninety degrees : bent at ninety degrees",
    ("bend", "straighten", "sharp"): " : still sharply bent",
    ("bend", "bend", "slight"): "slightly : slightly bent, a little : slightly bent, just a little : slightly bent",
    ("bend", "bend", "half"): "halfway : half bent, partway : half bent",
    ("bend", "bend", "right"): "to a right angle : bent at a right angle, to ninety degrees : bent at ninety degrees, to about 90 degrees : bent at about 90 degrees",
    ("bend", "bend", "sharp"): "sharply : sharply bent, tightly : tightly bent",
    ("bend", "bend", "folded"): "fully : fully bent, all the way : completely bent",
    ("knee", "to_floor", "floor"): "to the floor : on the floor, to the ground : on the ground",
    ("upper_arm", "", "down"): "to the side : close to the body",
    ("upper_arm", "", "level"): "to shoulder height : at shoulder height, to shoulder level : at shoulder level",
    ("upper_arm", "up", "high"): "above the shoulder : above shoulder height",
    ("thigh", "", "hip"): "to hip height : at hip height, to hip level : at hip level",
    ("thigh", "", "above"): "above hip height : above hip height, above the hip : above the hip",
    ("thigh", "up", "part"): "partway : ",
    ("thigh", "down", "part"): "partway : ",
    ("thigh", "down", "floor"): "to the floor : on the floor, to the ground : on the ground",
    ("thigh", "tuck", ""): "toward the chest : closer to the chest, towards the chest : closer to the chest",
    ("thigh", "untuck", ""): "away from the chest : further from the chest",
    ("foot", "up", "low"): "off the floor : just off the floor, off the ground : just off the ground",
    ("foot", "up", "knee"): "to knee height : at knee height, to knee level : at knee level",
    ("foot", "up", "hip"): "to hip height : at hip height, to waist height : at waist height",
    ("foot", "up", "high"): "above the waist : above the waist, above hip height : above hip height",
    ("foot", "down", "floor"): "to the floor : on the floor, to the ground : on the ground",
    ("foot", "down", "low"): "almost to the floor : just off the floor",
    ("foot", "down", "knee"): "to knee height : at knee height",
    ("foot", "down", "hip"): "to hip height : at hip height",
    ("foot", "", "behind"): "behind the body : behind the body, behind the hips : behind the hips",
    ("foot", "", "beneath"): "under the body : under the body, under the hips : under the hips",
    ("foot", "", "front"): "in front of the body : in front of the body, in front : in front",
    ("foot", "out", "wide"): "to the side : out to the side, wide to the side : wide to the side",
    ("foot", "in", "crossed"): "across the middle : across the middle, across the body : across the body",
    ("foot", "to_leg", "leg"): "to the {other} leg : against the {other} leg, to the {other} knee : against the {other} knee",
    ("feet", "", "touching"): "until they almost touch : together",
    ("feet", "", "near"): "until they are a small step apart : a small step apart",
    ("feet", "", "shoulder"): "to shoulder width : shoulder width apart",
    ("feet", "", "wide"): "to a wide stance : wide apart",
    ("feet", "", "very_wide"): "to a very wide stance : very wide apart",
    ("body", "sink", "floor"): "close to the floor : close to the floor, near the ground : near the ground",
    ("body", "sink", "deep"): "low to the ground : low to the ground",
    ("body", "sink", "crouch"): "partway : a little lower",
    ("body", "rise", "crouch"): "partway : a little higher",
    ("body", "rise", "deep"): " : still low to the ground",
    ("lean", "front", "bent"): "at the waist : bent well forward",
    ("lean", "front", "level"): "until the back is almost flat : bent forward with the back almost flat",
    ("lean", "less", "bent"): " : still bent forward",
    ("lean", "less", "leaning"): " : still leaning forward",
    ("lean", "upright", "upright"): " : upright, : straight",
    ("tilt", "left", "side"): " : tilted to the left",
    ("tilt", "right", "side"): " : tilted to the right",
    ("twist", "left", "side"): " : turned to the left",
    ("twist", "right", "side"): " : turned to the right",
    ("head_turn", "left", "side"): " : turned to the left",
    ("head_turn", "right", "side"): " : turned to the right",
    ("head_tilt", "left", "side"): " : tilted to the left",
    ("head_tilt", "right", "side"): " : tilted to the right",
}

LEVELS: dict[str, tuple[str, ...]] = {
    "low": ("to below hip height : below hip height", "low : low down", "to below the hips : below the hips"),
    "hip": ("to hip height : at hip height", "to hip level : at hip level"),
    "waist": ("to waist height : at waist height", "to waist level : at waist level", "to stomach height : at stomach height", "to belly height : at belly height"),
    "chest": ("to chest height : at chest height", "to chest level : at chest level"),
    "shoulder": ("to shoulder height : at shoulder height", "to shoulder level : at shoulder level"),
    "head": ("to head height : at head height", "to face height : at face height", "to head level : at head level"),
    "over": ("above the head : above the head", "overhead : overhead", "over the head : over the head"),
}
DIRECTIONS: dict[str, tuple[str, ...]] = {
    "behind": ("behind the body", "behind the back"),
    "behind_out": ("behind and to the side",),
    "close": ("close to the body", "near the body"),
    "side": ("beside the body", "at the side"),
    "out": ("out to the side", "out to the side", "away from the body"),
    "front_out": ("in front and to the side", "diagonally in front of the body"),
    "across": ("across the body", "across the middle of the body"),
    "front": ("in front of the body", "in front"),
    "ahead": ("straight out in front", "far in front of the body", "well in front of the body"),
}
LEVEL_FIRST = ("behind", "close", "side", "across", "front")
"""Directions that also follow a level: "to chest height in front of the body"."""

SPECIAL_PLACES: dict[tuple[str, str], tuple[str, ...]] = {
    ("low", "side"): ("down to the side : down by the side", "beside the thigh : beside the thigh"),
    ("low", "close"): ("close to the thigh : close to the thigh",),
    ("hip", "side"): ("beside the hip : beside the hip", "next to the hip : next to the hip"),
    ("waist", "front"): ("in front of the stomach : in front of the stomach", "in front of the belly : in front of the belly"),
    ("chest", "front"): ("in front of the chest : in front of the chest",),
    ("head", "front"): ("in front of the face : in front of the face",),
    ("head", "side"): ("beside the head : beside the head", "next to the head : next to the head"),
    ("shoulder", "side"): ("beside the shoulder : next to the shoulder",),
    ("over", "side"): ("above the head : above the head", "straight up overhead : straight up overhead"),
    ("over", "front"): ("above the head : above the head", "overhead : overhead"),
    ("over", "close"): ("above the head : above the head", "overhead : overhead"),
    ("over", "out"): ("above the head and out to the side : above the head and out to the side", "overhead and to the side : overhead and to the side"),
    ("over", "front_out"): ("above the head and to the side : above the head and to the side",),
    ("over", "ahead"): ("above the head and forward : above the head and forward", "above the head in front : above the head in front"),
    ("over", "behind"): ("above the head and back : above the head and back", "high behind the head : high behind the head"),
    ("over", "behind_out"): ("above the head and back : above the head and back",),
    ("over", "across"): ("above the head and across to the other side : above the head and across to the other side",),
    ("hip", "behind"): ("behind the hips : behind the hips", "behind the lower back : behind the lower back"),
}
CONTACTS: dict[str, tuple[str, ...]] = {
    "head": ("to the head : on the head", "to the head : touching the head", "next to the head : next to the head"),
    "hip": ("to the {side} hip : on the {side} hip", "to the hip : on the hip"),
    "other_hip": ("across to the {other} hip : on the {other} hip", "over to the {other} hip : on the {other} hip"),
    "knee": ("to the {side} knee : on the {side} knee", "to the {side} knee : near the {side} knee"),
    "other_knee": ("to the {other} knee : on the {other} knee", "across to the {other} knee : near the {other} knee"),
    "shoulder": ("to the {side} shoulder : near the {side} shoulder", "to the shoulder : close to the {side} shoulder"),
    "other_shoulder": ("to the {other} shoulder : near the {other} shoulder", "across to the {other} shoulder : close to the {other} shoulder"),
    "other_elbow": ("to the {other} elbow : near the {other} elbow", "across to the {other} elbow : close to the {other} elbow"),
    "foot": ("to the {side} foot : near the {side} foot", "down to the {side} foot : on the {side} foot"),
    "other_foot": ("to the {other} foot : near the {other} foot", "down to the {other} foot : on the {other} foot"),
    "floor": ("to the floor : on the floor", "to the ground : on the ground"),
}
LEAVING: dict[str, str] = {
    "head": "away from the head", "hip": "off the {side} hip", "other_hip": "off the {other} hip",
    "knee": "off the {side} knee", "other_knee": "off the {other} knee",
    "shoulder": "away from the {side} shoulder", "other_shoulder": "away from the {other} shoulder",
    "other_elbow": "away from the {other} elbow", "foot": "away from the {side} foot",
    "other_foot": "away from the {other} foot", "floor": "off the floor",
}
TOGETHER: tuple[str, ...] = ("together", "close together", "next to each other")

TAILS: dict[str, tuple[str, ...]] = {
    "straight": ("the {joint} straight", "the {joint} fully straight"),
    "slight": ("the {joint} almost straight", "the {joint} slightly bent"),
    "half": ("the {joint} half bent",),
    "right": ("the {joint} at a right angle", "the {joint} bent at a right angle", "the {joint} bent at ninety degrees"),
    "sharp": ("the {joint} sharply bent",),
    "folded": ("the {joint} fully bent",),
}
"""What a limb's joint does meanwhile, as in "raise the arm ... with the elbow straight"."""
