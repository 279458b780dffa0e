"""Why a query fails, from what is known of its text and its three bodies.

Each rule looks at measured facts only and gives a sentence with them. The rules are tried in the
order of `Cause`; where none holds, the model is to blame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autocompose.evaluation.failures.failure_records import Cause, ClaimContrast
from autocompose.language.reader.claims import Outcome

SMALL_CHANGE_M = 0.10
"""Mean joint distance of reference and target below which the change is small, metres."""
NEAR_DUPLICATE_M = 0.10
"""Mean joint distance of target and hit below which they are as good as equal, metres."""
FITS_BETTER = 0.25
"""How much better the text must fit the target than the hit to rule the hit out, see
`find_failures`: from 0.1 to 0.35 the cause was right most often, in 57 of 65 failures of the demo's
validation split that labellers gave to the model or to the text."""
LIMB_RATIO = 1.35
"""Two pictures of one person cannot show a limb this much longer in one than in the other."""


@dataclass(frozen=True)
class QueryFacts:
    """What is known of a failed query.

    Args:
        beyond: ranks after this one are failures.
        claims: of the text, held against target and hit.
        margin: how much better the text fits the target than the hit, see `FITS_BETTER`; 0 where
            joints are missing.
        foremost: the words that say most of it, where no claim by itself tells the two apart.
        sides_swapped: the text fits the mirrored bodies much better.
        change_m, found_m: see `Failure`; None without joints.
        estimated: the joints of reference or target were estimated from pictures.
        limb_ratio: the largest ratio of the lengths of one limb in reference and target.
        new_words: words that the training texts do not have.
        other_rank: best rank of the target under another wording of the pair, or None.
    """

    beyond: int
    claims: tuple[ClaimContrast, ...]
    sides_swapped: bool
    change_m: float | None
    found_m: float | None
    margin: float = 0.0
    foremost: str = ""
    estimated: bool = False
    limb_ratio: float = 1.0
    new_words: tuple[str, ...] = ()
    other_rank: int | None = None


def cause_of(facts: QueryFacts) -> tuple[Cause, str]:
    """The cause and one sentence that explains it."""
    for rule in _RULES:
        found = rule(facts)
        if found is not None:
            return found
    return Cause.MODEL, _model(facts)


def _sides(facts: QueryFacts) -> tuple[Cause, str] | None:
    if not facts.sides_swapped:
        return None
    return Cause.SIDES, "the text fits the bodies much better with left and right swapped"


def _joints(facts: QueryFacts) -> tuple[Cause, str] | None:
    if not facts.estimated or facts.limb_ratio < LIMB_RATIO:
        return None
    return Cause.JOINTS, (
        f"the estimated joints make one limb {facts.limb_ratio:.1f} times as long in one picture"
        " as in the other"
    )


def _contradicted(facts: QueryFacts) -> tuple[Cause, str] | None:
    wrong = [claim for claim in facts.claims if claim.on_target is Outcome.CONTRADICTED]
    if not wrong or (len(wrong) == 1 and _others_do_better(facts)):
        return None  # one claim in words that are new may as well be misread
    more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
    return Cause.CONTRADICTED, f"“{wrong[0].words}”: {wrong[0].evidence}{more}"


def _not_understood(facts: QueryFacts) -> tuple[Cause, str] | None:
    new = ", ".join(facts.new_words)
    if not facts.claims and _all_known(facts):
        words = f"; new to the training texts: {new}" if new else ""
        return Cause.NOT_UNDERSTOOD, f"no claim about a pose is read in the text{words}"
    if _others_do_better(facts):
        return Cause.NOT_UNDERSTOOD, (
            f"new to the training texts: {new}; in other words the target is at rank"
            f" {facts.other_rank}"
        )
    if facts.other_rank is None and len(facts.new_words) > 1:
        return Cause.NOT_UNDERSTOOD, f"new to the training texts: {new}"
    return None


def _others_do_better(facts: QueryFacts) -> bool:
    """Whether the text has new words and another wording of the pair is no failure."""
    other = facts.other_rank
    return bool(facts.new_words) and other is not None and other <= facts.beyond


def _all_known(facts: QueryFacts) -> bool:
    """Whether reference, target and hit have joints, so that claims could be held against them."""
    return facts.change_m is not None and facts.found_m is not None


def _no_joints(facts: QueryFacts) -> tuple[Cause, str] | None:
    if _all_known(facts):
        return None
    return Cause.NO_JOINTS, "without joints of all three images no other cause can be told"


def _small(facts: QueryFacts) -> tuple[Cause, str] | None:
    if facts.change_m is None or facts.change_m >= SMALL_CHANGE_M:
        return None
    return Cause.SMALL, (
        f"the joints of reference and target are only {facts.change_m:.2f} m apart on average"
    )


def _duplicate(facts: QueryFacts) -> tuple[Cause, str] | None:
    if facts.found_m is None or facts.found_m >= NEAR_DUPLICATE_M or _rules_out(facts):
        return None
    return Cause.DUPLICATE, (
        f"the first hit is only {facts.found_m:.2f} m from the target on average, and the text does"
        " not tell them apart"
    )


def _fits_both(facts: QueryFacts) -> tuple[Cause, str] | None:
    if not facts.claims or _rules_out(facts):
        return None
    away = f"{facts.found_m:.2f} m from the target on average"
    telling = _telling(facts.claims)
    if not telling:
        return Cause.FITS_BOTH, f"all that the text claims holds for the first hit as well, {away}"
    return Cause.FITS_BOTH, (
        f"the text fits the first hit as well, {away}; it hardly misses “{telling[0].words}”"
        f" ({telling[0].found_evidence})"
    )


def _model(facts: QueryFacts) -> str:
    telling = _telling(facts.claims)
    if telling:
        return (
            f"{len(telling)} of {len(facts.claims)} claims tell target and first hit apart, such as"
            f" “{telling[0].words}” (hit: {telling[0].found_evidence})"
        )
    if facts.foremost:
        return f"the target does more of what the text says than the first hit: “{facts.foremost}”"
    return "the model ranks another image first"


def _rules_out(facts: QueryFacts) -> bool:
    return facts.margin > FITS_BETTER


def _telling(claims: Sequence[ClaimContrast]) -> list[ClaimContrast]:
    return [claim for claim in claims if claim.tells_apart]


_RULES = (
    _sides, _joints, _contradicted, _not_understood, _no_joints, _small, _duplicate, _fits_both
)  # fmt: skip
