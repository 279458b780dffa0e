"""Inflected forms of every verb in the banks: third person, -ing form, past participle."""

from __future__ import annotations

_IRREGULAR = {
    "bend": "bent", "bring": "brought", "come": "come", "draw": "drawn", "fall": "fallen",
    "fling": "flung", "get": "got", "go": "gone", "hold": "held", "kneel": "knelt", "lie": "lain",
    "put": "put", "rise": "risen", "send": "sent", "set": "set", "sink": "sunk", "sit": "sat",
    "slide": "slid", "spin": "spun", "spread": "spread", "stand": "stood", "sweep": "swept",
    "swing": "swung", "take": "taken", "thrust": "thrust", "unbend": "unbent", "unwind": "unwound",
    "wind": "wound", "withdraw": "withdrawn",
}  # fmt: skip
_DOUBLED = frozenset(
    {"dip", "drop", "flip", "get", "hop", "hug", "put", "set", "sidestep", "sit", "spin",
     "squat", "step",
     "tip", "tug"}
)  # fmt: skip


def third_person(verb: str) -> str:
    """``raise`` -> ``raises``, ``go`` -> ``goes``, ``take a step`` -> ``takes a step``."""
    head, space, rest = verb.partition(" ")
    return head + ("es" if head.endswith(("s", "sh", "ch", "x", "o")) else "s") + space + rest


def gerund(verb: str) -> str:
    """``raise`` -> ``raising``, ``put`` -> ``putting``, ``lie`` -> ``lying``."""
    head, space, rest = verb.partition(" ")
    if head in _DOUBLED:
        head += head[-1]
    elif head.endswith("ie"):
        head = head[:-2] + "y"
    elif head.endswith("e"):
        head = head[:-1]
    return f"{head}ing{space}{rest}"


def participle(verb: str) -> str:
    """``raise`` -> ``raised``, ``bring`` -> ``brought``."""
    head, space, rest = verb.partition(" ")
    if head in _IRREGULAR:
        head = _IRREGULAR[head]
    elif head in _DOUBLED:
        head += head[-1] + "ed"
    else:
        head += "d" if head.endswith("e") else "ed"
    return head + space + rest
