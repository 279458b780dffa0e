"""Training texts with errors planted in a share of them: what a careless annotator would write.

Used by `study.ablation` to see how much of such errors a recipe bears. Never a part
of any data that is shipped.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace

from autocompose.errors import ConfigError
from autocompose.language.words import plural_of
from autocompose.schema import PosePair
from autocompose.training.loop.hard_negatives import other_sides

KINDS = ("wrong side", "wrong part", "invented motion")

_OTHER_LIMB = {"arm": "leg", "elbow": "knee", "hand": "foot", "wrist": "ankle", "shoulder": "hip"}
_OTHER_PART = _OTHER_LIMB | {plural_of(a): plural_of(b) for a, b in _OTHER_LIMB.items()}
_OTHER_PART |= {other: part for part, other in _OTHER_PART.items()}
_PARTS = re.compile(rf"\b({'|'.join(_OTHER_PART)})\b", re.IGNORECASE)


def corrupted(pairs: Sequence[PosePair], *, share: float, seed: int) -> tuple[PosePair, ...]:
    """Plant one error into a share of all texts; which and where follows from the seed.

    Args:
        pairs: their texts under every key.
        share: 0..1 of the texts.
        seed: of the choice.

    Raises:
        ConfigError: the share is out of range.
    """
    if not 0.0 <= share <= 1.0:
        raise ConfigError(f"share {share} of corrupted texts is outside 0..1")
    rng = random.Random(f"corrupted:{seed}:{share}")
    donors = [text for pair in pairs for texts in pair.texts.values() for text in texts]

    def spoil(text: str) -> str:
        return corrupt(text, rng.choice(donors), rng) if rng.random() < share else text

    return tuple(
        replace(pair, texts={k: tuple(spoil(t) for t in v) for k, v in pair.texts.items()})
        for pair in pairs
    )


def corrupt(text: str, donor: str, rng: random.Random) -> str:
    """One of `KINDS`, drawn among those that the text allows.

    Args:
        text: a transition description.
        donor: another one; an invented motion is a sentence of it.
        rng: of the choice.
    """
    options = []
    flipped = other_sides(text)
    if flipped is not None:
        options.append(flipped)
    named = list(_PARTS.finditer(text))
    if named:
        match = rng.choice(named)
        other = _OTHER_PART[match[0].lower()]
        other = other.capitalize() if match[0][0].isupper() else other
        options.append(text[: match.start()] + other + text[match.end() :])
    sentence = rng.choice(re.findall(r"[^.;]+[.;]?", donor) or [donor]).strip(" ;.")
    options.append(f"{text.rstrip(' .')}. {sentence[:1].upper()}{sentence[1:]}.")
    return rng.choice(options)
