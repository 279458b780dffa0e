"""Inflected forms of every verb in the banks: base -> (third person, -ing form, past participle)."""

from __future__ import annotations

_IRREGULAR = {
    "bring": "brought", "put": "put", "take": "taken", "hold": "held", "set": "set", "go": "gone",
    "rise": "risen", "come": "come", "bend": "bent", "spread": "spread", "sink": "sunk", "get": "got",
    "stand": "stood", "swing": "swung", "draw": "drawn", "fling": "flung", "sweep": "swept", "let": "let",
    "send": "sent", "keep": "kept", "lay": "laid", "tuck": "tucked", "wind": "wound", "sit": "sat",
    "shift": "shifted", "shut": "shut", "thrust": "thrust", "hang": "hung", "bow": "bowed",
    "lie": "lain", "fall": "fallen", "slide": "slid", "unwind": "unwound", "unbend": "unbent", "withdraw": "withdrawn",
}  # fmt: skip
_DOUBLED = {"put", "set", "drop", "get", "step", "tip", "dip", "let", "sit", "squat", "tug", "hug", "flip", "hop"}


def third_person(verb: str) -> str:
    """``raise`` -> ``raises``, ``go`` -> ``goes``."""
    if verb.endswith(("s", "sh", "ch", "x", "o")):
        return verb + "es"
    return verb + "s"


def gerund(verb: str) -> str:
    """``raise`` -> ``raising``, ``put`` -> ``putting``."""
    if verb == "lie":
        return "lying"
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
