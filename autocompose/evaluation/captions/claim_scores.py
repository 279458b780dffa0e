"""How much of what texts claim is true, and how much of what changes they tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from autocompose.describe.geometric import describe_joints
from autocompose.language.reader.claims import Claim, Outcome
from autocompose.language.words import PARTS, SIDES, kind_of, region_of
from autocompose.schema import BodyPart
from autocompose.verify.judge import PairJudge, read_claims


def count_claims(texts: Sequence[str], judge: PairJudge) -> Counter[str]:
    """Count the claims of a pair's texts by verdict, and the changed limbs that each tells of.

    Precision is supported / (supported + contradicted), recall covered / changed. Limbs are head,
    trunk, and each arm and leg. One has changed where the rules over joints find something to say
    of it; a text tells of it where a claim about it is supported.

    Args:
        texts: the candidates.
        judge: of the pair.

    Returns:
        Counts under ``supported``, ``contradicted``, ``unknown``, ``changed`` and ``covered``, the
        last two once per text.
    """
    changed = changed_limbs(judge)
    counts: Counter[str] = Counter()
    for text in texts:
        verdicts = judge.judge(read_claims(text))
        counts.update(verdict.outcome.value for verdict in verdicts)
        true = (v.claim for v in verdicts if v.outcome is Outcome.SUPPORTED)
        told = {limb for claim in true for limb in _limbs(claim)}
        counts["changed"] += len(changed)
        counts["covered"] += len(changed & told)
    return counts


def changed_limbs(judge: PairJudge) -> frozenset[str]:
    """Limbs of which the rules over joints have something to say."""
    parts = describe_joints(judge.change.reference, judge.change.target, n=1).parts
    return frozenset(_limb_of(part.part) for part in parts)


def _limb_of(part: BodyPart) -> str:
    return f"{part.side or ''} {_limb(kind_of(part))}".strip()


def _limb(kind: str) -> str:
    region = region_of(kind)
    return region if region in ("arm", "leg", "head") else "trunk"


def _limbs(claim: Claim) -> frozenset[str]:
    """The limbs a claim is about; none where it names a limb without a side."""
    limb = _limb(PARTS[claim.part].kind)
    if limb in ("head", "trunk"):
        return frozenset({limb})
    sides = SIDES if claim.side == "both" else (claim.side,)
    return frozenset(f"{side} {limb}" for side in sides if side)
