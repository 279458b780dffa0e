"""Short ways to say who is meant, for postures and for the demo's named key poses.

Written for the measurement and by hand: nobody's queries. A key pose's name says what its author
drew, whatever the measures of `autocompose.postures` make of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

FRAMES: tuple[str, ...] = (
    "the one {}", "the person {}", "who is {}?", "somebody {}", "the one who is {}",
    "the person you see {}",
)  # fmt: skip
"""What a phrase is put into; all phrases follow "somebody" and "is" alike."""

HELD: Mapping[str, tuple[str, ...]] = {
    "lie on the back": ("lying on their back", "flat on the back"),
    "lie on the front": ("lying face down", "lying on their stomach"),
    "lie on the side": ("lying on their side",),
    "cobra": ("lying on the front with the chest off the floor", "in a cobra pose"),
    "sit on the floor": ("sitting on the floor", "sitting on the ground"),
    "sit cross-legged": ("sitting cross-legged", "sitting with crossed legs"),
    "sit on a chair": ("sitting on a chair", "seated on a chair"),
    "kneel": ("kneeling", "kneeling down"),
    "kneel on one knee": ("kneeling on one knee", "down on one knee"),
    "sit on the heels": ("sitting on their heels",),
    "squat": ("squatting", "in a deep squat"),
    "all fours": ("on all fours", "on hands and knees"),
    "crawl": ("crawling",),
    "plank": ("in a plank", "holding a push-up position"),
    "downward dog": ("in a downward dog",),
    "bend over": ("bending over", "bent over at the waist"),
    "bow": ("taking a bow", "bowing"),
    "jump": ("jumping", "jumping in the air"),
    "handstand": ("doing a handstand", "standing on their hands"),
    "lunge": ("in a lunge", "lunging forward"),
    "side lunge": ("in a side lunge", "lunging to the side"),
    "stand on one leg": ("standing on one leg", "balancing on one foot"),
    "arabesque": ("in an arabesque",),
    "kick": ("kicking", "doing a kick"),
    "kick to the side": ("kicking to the side",),
    "step forward": ("stepping forward", "taking a step forward"),
    "punch": ("throwing a punch", "punching"),
    "guard": ("with both fists up in front of the face", "in a boxing stance"),
    "wave": ("waving", "waving hello"),
    "salute": ("saluting", "with a hand at the forehead"),
    "hand to the chin": ("with a hand on the chin",),
    "arms crossed": ("with arms crossed", "with the arms folded"),
    "hug": ("hugging someone",),
    "hands on the hips": ("with both hands on the hips", "with hands on hips"),
    "hands on the knees": ("with both hands on the knees",),
    "hands behind the head": ("with both hands behind the head",),
    "pray": ("praying", "with palms together"),
    "T-pose": ("in a T-pose",),
    "arms out to the sides": ("with both arms out to the sides", "spreading both arms wide"),
    "arms overhead": ("with both arms overhead", "holding both arms above the head"),
    "arms in a V": ("with both arms up in a V",),
    "arms forward": ("with both arms stretched forward",),
    "goalpost arms": ("with arms like goalposts",),
    "star": ("in a star pose",),
    "warrior": ("in a warrior pose",),
}
"""Posture -> phrases."""

DRAWN: Mapping[str, tuple[str, ...]] = {
    "all-fours": ("on hands and knees",),
    "arabesque": ("balancing on one leg with the other stretched out behind",),
    "arms-overhead": ("with both arms above the head",),
    "bow": ("bowing",),
    "box-guard": ("with raised fists like a boxer",),
    "cobra": ("lying on the stomach with the chest lifted",),
    "goalpost": ("with bent elbows at shoulder height and both hands up",),
    "hands-behind-head": ("with both hands behind the head",),
    "hug": ("with arms around somebody",),
    "kneel": ("kneeling",),
    "kneel-sit": ("sitting on the heels",),
    "leg-raise": ("lying on the back with raised legs",),
    "lie-back": ("lying on the back",),
    "look-up": ("looking up",),
    "lunge": ("in a lunge",),
    "point-forward": ("pointing forward with one arm",),
    "reach-left": ("reaching far out to the left", "reaching far out to the right"),
    "salute": ("saluting",),
    "side-kick": ("kicking to the side",),
    "side-lunge": ("in a lunge to the side",),
    "sit-cross-leg": ("sitting cross-legged",),
    "squat": ("squatting",),
    "stork": ("standing on one leg with the other knee up",),
    "throw": ("throwing something",),
    "twist": ("twisting to the left", "twisting to the right"),
    "wide-stance": ("standing with feet wide apart",),
    "y-pose": ("with both arms raised in a Y",),
}
"""Key pose of the validation and test splits -> phrases; the second is of its mirror twin."""

_VARIANT = re.compile(r"(?:-v\d+)?(m?)$")
_END = re.compile(r"[.;,](?= )|(?<=\w)(?= then\b)|(?<=\w)(?= and\b)")


def drawn_phrase(clip: str) -> str:
    """How one would call the key pose of a picture; empty where it has no such name.

    Args:
        clip: its name in the dataset; an ``m`` at the end is the mirror twin.

    >>> drawn_phrase("reach-left-v2m"), drawn_phrase("getup_faceup-0020")
    ('reaching far out to the right', '')
    """
    variant = _VARIANT.search(clip)
    assert variant is not None, "the pattern may be empty"
    phrases = DRAWN.get(clip[: variant.start()], ())
    return phrases[-1 if variant[1] else 0] if phrases else ""


def framed(phrase: str, number: int) -> str:
    """A phrase as a whole text; ``number`` chooses among `FRAMES`."""
    frame = FRAMES[number % len(FRAMES)]
    if phrase.startswith(("with ", "in a", "on ", "flat ", "down ")) and "who is" in frame:
        frame = FRAMES[number % 2]
    return frame.format(phrase)


def shortened(texts: Sequence[str], words: int) -> str:
    """The longest beginning of any text, up to the end of a clause, of at most so many words.

    Args:
        texts: of one body.
        words: at most.
    """
    best = ""
    for text in texts:
        for end in (*(match.start() for match in _END.finditer(text)), len(text)):
            part = text[:end].strip()
            if len(part.split()) <= words and len(part) > len(best):
                best = part
    return best
