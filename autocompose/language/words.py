# ruff: noqa: E501 (tables: one entry a line reads best)
"""The one vocabulary: parts of the body with their nouns, the two sides, and the forms of verbs.

The sides, the reader and the writer of `autocompose.language`, and every room above it, take their words for a
body from here. A *part* is what a text speaks of ("lower leg"); its *kind* is the part of the closed list that it
belongs to, without a side (`autocompose.schema.BodyPart`: "leg"); a kind belongs to a *region* ("leg", "arm").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from autocompose.schema import BodyPart

SIDES = ("left", "right")


@dataclass(frozen=True, slots=True)
class Part:
    """A part that texts speak of.

    Args:
        name: what claims call it, without a side.
        kind: the part of the closed list that it belongs to, without a side; empty where none fits.
        paired: a body has a left and a right one.
        one: nouns and phrases for one of it.
        many: nouns and phrases for several.
    """

    name: str
    kind: str
    paired: bool
    one: tuple[str, ...]
    many: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun or phrase for a part: ``wrists`` is of the part ``hand`` and of the kind ``wrist``."""

    word: str
    part: str
    kind: str
    paired: bool
    plural: bool


def _part(name: str, kind: str, one: str, many: str = "", *, paired: bool = True) -> Part:
    split = (tuple(w.strip() for w in words.split(",") if w.strip()) for words in (one, many))
    return Part(name, kind, paired, *split)


_PARTS = (
    _part("hand", "hand", "hand, wrist, fist", "hands, wrists, fists"),
    _part("palm", "hand", "palm, back of hand, back of your hand, back of the hand", "palms, backs of your hands"),
    _part("fingers", "hand", "finger, thumb, fingertip, index finger", "fingers, thumbs, fingertips"),
    _part("forearm", "arm", "forearm, forarm, lower arm, fore arm", "forearms, forarms, lower arms, fore arms"),
    _part("elbow", "elbow", "elbow", "elbows"),
    _part("upper arm", "arm", "upper arm, bicep", "upper arms, biceps"),
    _part("arm", "arm", "arm, whole arm, entire arm", "arms"),
    _part("limb", "", "limb", "limbs"),
    _part("shoulder", "shoulder", "shoulder", "shoulders, shoulder blades, collarbones"),
    _part("leg", "leg", "leg, whole leg, entire leg", "legs"),
    _part("knee", "knee", "knee, kneecap", "knees, kneecaps"),
    _part("thigh", "leg", "thigh, upper leg", "thighs, upper legs, quads"),
    _part("lower leg", "leg", "lower leg, shin, calf", "lower legs, shins, calves"),
    _part("foot", "foot", "foot, ankle, sole, shoe, front foot, back foot", "feet, ankles, soles, shoes"),
    _part("heel", "foot", "heel, hindfoot", "heels"),
    _part("toes", "foot", "toe, big toe, forefoot", "toes, tiptoes, tippy toes"),
    _part("hips", "hips", "pelvis, bottom, butt, backside, posterior, bum, rump, pelvic region, rear end, waist", "hips, buttocks", paired=False),
    _part("hip", "hips", "hip"),
    _part(
        "torso", "torso",
        "torso, upper body, trunk, back, spine, chest, ribcage, top half, upper half, bust, upper torso,"
        " entire upper body, rib cage, lower back, upper back, stomach, belly, abdomen",
        "shoulders and chest", paired=False,
    ),
    _part("body", "torso", "body, whole body, entire body, lower body, rest of your body, yourself, themselves, himself, herself", paired=False),
    _part("head", "head", "head, chin, skull, neck, forehead, nose", paired=False),
    _part("weight", "", "weight, body weight", paired=False),
    _part("gaze", "head", "gaze, eyes, eye, view, line of sight, face", paired=False),
)  # fmt: skip
PARTS: Mapping[str, Part] = MappingProxyType({part.name: part for part in _PARTS})
"""Every part, by name, in the order in which the reader prefers them."""

PAIRED = frozenset(part.name for part in _PARTS if part.paired)
UPPER_LIMB = frozenset({"hand", "palm", "fingers", "forearm", "elbow", "upper arm", "arm"})
"""Parts that move with the arm; the shoulder moves with the trunk too."""
LOWER_LIMB = frozenset({"leg", "knee", "thigh", "lower leg", "foot", "heel", "toes"})

# The closed list has parts of its own for these, which claims count to the hand, the foot and the head.
_KIND_OF_NOUN = {"wrist": "wrist", "wrists": "wrist", "ankle": "ankle", "ankles": "ankle", "neck": "neck", "waist": "torso"}  # fmt: skip

NOUNS: Mapping[str, Noun] = MappingProxyType({
    word: Noun(word, part.name, _KIND_OF_NOUN.get(word, part.kind), part.paired, plural)
    for part in _PARTS
    for words, plural in ((part.one, False), (part.many, True))
    for word in words
})  # fmt: skip
"""Every noun and phrase for a part, by its words in lower case."""

REGIONS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "head": ("head", "neck"),
    "arm": ("shoulder", "arm", "elbow", "wrist", "hand"),
    "torso": ("torso", "hips"),
    "leg": ("leg", "knee", "ankle", "foot"),
})  # fmt: skip
"""Region -> the kinds of it: all kinds of the closed list."""
_REGION_OF = {kind: region for region, kinds in REGIONS.items() for kind in kinds}


def kind_of(part: BodyPart) -> str:
    """A part of the closed list without its side: ``knee`` of the left knee."""
    return part.value.split("_")[-1]


def kind_named(name: str) -> str:
    """The kind of a part or of any noun for one: ``leg`` for ``shin``; empty where none fits."""
    found = PARTS.get(name) or NOUNS.get(name)
    return found.kind if found else ""


def region_of(kind: str) -> str:
    """``head``, ``arm``, ``torso`` or ``leg``; empty for what is no kind of the closed list."""
    return _REGION_OF.get(kind, "")


def part_of(kind: str) -> str:
    """What claims call a kind of the closed list: ``hand`` for ``wrist``, ``head`` for ``neck``."""
    return NOUNS[kind].part


def other_side(side: str) -> str:
    """``right`` for ``left`` and the reverse; empty for anything else."""
    return {"left": "right", "right": "left"}.get(side, "")


_PLURALS = {"foot": "feet", "calf": "calves"}


def is_plural(noun: str) -> bool:
    """Whether a noun or phrase for a part names several: ``feet``."""
    return noun in NOUNS and NOUNS[noun].plural


def plural_of(noun: str) -> str:
    """``lower legs`` for ``lower leg``; what is plural already stays.

    >>> plural_of("foot"), plural_of("upper arm"), plural_of("hips")
    ('feet', 'upper arms', 'hips')
    """
    if is_plural(noun):
        return noun
    head, _, last = noun.rpartition(" ")
    return f"{head} {_PLURALS.get(last, last + 's')}".strip()


_IRREGULAR: Mapping[str, tuple[str, str]] = MappingProxyType({
    verb: (forms.split()[0], forms.split()[-1])
    for verb, forms in {
        "bend": "bent", "bring": "brought", "come": "came come", "draw": "drew drawn", "fall": "fell fallen",
        "fling": "flung", "get": "got", "go": "went gone", "hang": "hung", "have": "had", "hold": "held",
        "keep": "kept", "kneel": "knelt", "lay": "laid", "leave": "left", "let": "let", "lie": "lay lain",
        "make": "made", "put": "put", "rise": "rose risen", "run": "ran run", "see": "saw seen", "send": "sent",
        "set": "set", "shake": "shook shaken", "sink": "sank sunk", "sit": "sat", "slide": "slid", "spin": "spun",
        "spread": "spread", "stand": "stood", "stick": "stuck", "sweep": "swept", "swing": "swung",
        "take": "took taken", "throw": "threw thrown", "thrust": "thrust", "unbend": "unbent",
        "unwind": "unwound", "wind": "wound", "withdraw": "withdrew withdrawn",
    }.items()
})  # fmt: skip
"""Verb -> its past and its past participle."""
_DOUBLED = frozenset(
    {"dip", "drop", "flip", "get", "grab", "grip", "hop", "hug", "let", "put", "run", "set", "sidestep", "sit",
     "spin", "squat", "step", "swap", "tap", "tip", "tug"}
)  # fmt: skip
"""Verbs that double their last letter before -ing and -ed."""


def third_person(verb: str) -> str:
    """``raise`` -> ``raises``, ``carry`` -> ``carries``, ``take a step`` -> ``takes a step``."""
    head, space, rest = verb.partition(" ")
    if head.endswith("ry"):
        return head[:-1] + "ies" + space + rest
    return head + ("es" if head.endswith(("s", "sh", "ch", "x", "o")) else "s") + space + rest


def gerund(verb: str) -> str:
    """``raise`` -> ``raising``, ``put`` -> ``putting``, ``lie`` -> ``lying``."""
    head, space, rest = verb.partition(" ")
    if head in _DOUBLED:
        head += head[-1]
    elif head.endswith("ie"):
        head = head[:-2] + "y"
    elif head.endswith("e") and not head.endswith("ee"):
        head = head[:-1]
    return f"{head}ing{space}{rest}"


def past(verb: str) -> str:
    """``raise`` -> ``raised``, ``take`` -> ``took``."""
    return _past(verb, 0)


def participle(verb: str) -> str:
    """``raise`` -> ``raised``, ``take`` -> ``taken``."""
    return _past(verb, 1)


def _past(verb: str, form: int) -> str:
    head, space, rest = verb.partition(" ")
    if head in _IRREGULAR:
        head = _IRREGULAR[head][form]
    elif head in _DOUBLED:
        head += head[-1] + "ed"
    elif head.endswith("ry"):
        head = head[:-1] + "ied"
    else:
        head += "d" if head.endswith("e") else "ed"
    return head + space + rest
