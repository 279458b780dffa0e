"""Inflected forms of every verb in the banks: third person, -ing form, past participle."""

from __future__ import annotations

_IRREGULAR = {
    "bend": "bent", "bring": "brought", "come": "come", "draw": "drawn", "fall": "fallen",
    "fling": "flung", "get": "got", "go": "gone", "hold": "held", "put": "put", "rise": "risen",
    "send": "sent", "set": "set", "sink": "sunk", "slide": "slid", "spread": "spread",
    "stand": "stood", "sweep": "swept", "swing": "swung", "take": "taken", "thrust": "thrust",
    "unbend": "unbent", "unwind": "unwound", "wind": "wound", "withdraw": "withdrawn",
}  # fmt: skip
_DOUBLED = frozenset(
    {"dip", "drop", "flip", "get", "hop", "hug", "put", "set", "squat", "step", "tip", "tug"}
)


def third_person(verb: str) -> str:
    """``raise`` -> ``raises``, ``go`` -> ``goes``."""
    if verb.endswith(("s", "sh", "ch", "x", "o")):
        return verb + "es"
    return verb + "s"


def gerund(verb: str) -> str:
    """``raise`` -> ``raising``, ``put`` -> ``putting``."""
    if verb in _DOUBLED:
        return verb + verb[-1] + "ing"
    return (verb[:-1] if verb.endswith("e") else verb) + "ing"


def participle(verb: str) -> str:
    """``raise`` -> ``raised``, ``bring`` -> ``brought``."""
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    if verb in _DOUBLED:
        return verb + verb[-1] + "ed"
    return verb + ("d" if verb.endswith("e") else "ed")
