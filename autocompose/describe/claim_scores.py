"""How much of what texts claim is true, and how much of what changes they tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from autocompose.describe.claim_lexicon import LOWER_LIMB, UPPER_LIMB
from autocompose.describe.claim_records import Claim, Verdict
from autocompose.describe.claims import PairJudge, read_claims
from autocompose.describe.geometric import describe_joints
from autocompose.schema import BodyPart

Floats = NDArray[np.float64]
Floors = tuple[float | None, float | None]

_ARM = UPPER_LIMB | {"shoulder", "wrist"}
_LEG = LOWER_LIMB | {"ankle"}
_HEAD = frozenset({"head", "neck", "face", "chin", "gaze", "eyes"})


def count_claims(
    texts: Sequence[str], reference: Floats, target: Floats, *, floors: Floors = (None, None)
) -> Counter[str]:
    """Count the claims of a pair's texts by verdict, and the changed limbs that each tells of.

    Precision is supported / (supported + contradicted), recall covered / changed. Limbs are head,
    trunk, and each arm and leg. One has changed where the rules over joints find something to say
    of it; a text tells of it where a claim about it is supported.

    Args:
        texts: the candidates.
        reference: (22, 3) metres.
        target: (22, 3) metres.
        floors: floor heights of the two, metres.

    Returns:
        Counts under ``supported``, ``contradicted``, ``unknown``, ``changed`` and ``covered``, the
        last two once per text.
    """
    judge = PairJudge(reference, target, floors=floors)
    changed = changed_limbs(reference, target, floors=floors)
    counts: Counter[str] = Counter()
    for text in texts:
        verdicts = judge.judge(read_claims(text))
        counts.update(verdict.verdict.value for verdict in verdicts)
        true = (v.claim for v in verdicts if v.verdict is Verdict.SUPPORTED)
        told = {limb for claim in true for limb in _limbs(claim)}
        counts["changed"] += len(changed)
        counts["covered"] += len(changed & told)
    return counts


def changed_limbs(
    reference: Floats, target: Floats, *, floors: Floors = (None, None)
) -> frozenset[str]:
    """Limbs of which the rules over joints have something to say."""
    parts = describe_joints(reference, target, n=1, floors=floors).parts
    return frozenset(_limb_of(part.part) for part in parts)


def _limb_of(part: BodyPart) -> str:
    side = part.side or ""
    return f"{side} {_kind(part.value.removeprefix(side + '_'))}".strip()


def _kind(part: str) -> str:
    if part in _ARM:
        return "arm"
    if part in _LEG:
        return "leg"
    return "head" if part in _HEAD else "trunk"


def _limbs(claim: Claim) -> frozenset[str]:
    """The limbs a claim is about; none where it names a limb without a side."""
    kind = _kind(claim.part)
    if kind in ("head", "trunk"):
        return frozenset({kind})
    sides = ("left", "right") if claim.side == "both" else (claim.side,)
    return frozenset(f"{side} {kind}" for side in sides if side)
