# ruff: noqa: E501 (a table: one threshold a line reads best)
"""Every number on which a verdict of the judge, or a posture, turns: one declared table.

The intervals of single postures are rows of `autocompose.postures.postures`, the smallest change
that a person would mention is in `autocompose.body.measures`, and the limits of single ends and
places are where these are measured: `autocompose.verify.ends` and `.places`.
"""

from __future__ import annotations

from dataclasses import dataclass

_RULES = "first study of planted errors, docs/geometry.md"
_LOOKED_UP = "verdicts that were looked up, docs/claims.md"
_FITTED = "fitted to model texts of the first half of the demo's pairs, docs/claims.md"
_BY_EYE = "contact sheets of the demo's pictures, docs/claims.md"
_RANKING = "ranking of the demo's validation split, docs/experiments.md"
_NOISE = "200 demo texts with errors of estimated joints added, docs/claims.md"
_SCALE = "so that the number is a fair share of the next"


@dataclass(frozen=True, slots=True)
class Threshold:
    """One number.

    Args:
        name: what the code calls it.
        value: of it.
        unit: ``step`` is the smallest change of a measure that a person would mention.
        decides: what turns on it.
        source: where it comes from.
    """

    name: str
    value: float
    unit: str
    decides: str
    source: str


THRESHOLDS: tuple[Threshold, ...] = (
    # How a motion becomes a verdict.
    Threshold("shown", 1.0, "step", "progress from which a reading bears a claim out", "definition of the step"),
    Threshold("nothing", 0.4, "step", "progress under which a reading does not show the claim at all", _RULES),
    Threshold("nothing slight", 0.1, "step", "the same of a description's slight change, and of heels", _LOOKED_UP),
    Threshold("against", -1.0, "step", "progress down to which a reading speaks for the opposite", "definition of the step"),
    Threshold("divided", 2.0, "times", "how much farther the claimed way must go than the opposite one, where readings disagree", _RULES),
    Threshold("sure", 0.9, "probability", "certainty of the tagger from which a claim may be contradicted", _LOOKED_UP),
    Threshold("doubt", 0.5, "times", "certainty that a doubtful wording keeps", "puts it under `sure`"),
    Threshold("likely", 0.8, "probability", "share of draws from which a claim on inexact joints is supported", _NOISE),
    Threshold("unlikely", 0.15, "probability", "share of draws up to which it is contradicted", _NOISE),
    Threshold("draws", 16, "pairs", "opposite draws from the error of joints", "CPU time"),
    # What holds without a motion.
    Threshold("low pelvis", 0.6, "leg lengths", "height of the pelvis up to which a body is down already", _RULES),
    Threshold("low hand", 0.2, "m", "height of a hand up to which it is down already, in a description", _LOOKED_UP),
    Threshold("straight", 25.0, "°", "bend of elbow or knee up to which it is straight already", _RULES),
    # What descriptions mean more loosely.
    Threshold("level trunk", 80.0, "°", "forward lean from which directions may be of the picture", _LOOKED_UP),
    Threshold("bowed trunk", 45.0, "°", "the same for directions of arms", _LOOKED_UP),
    Threshold("opposed hand", 0.2, "m", "rise or fall of a hand against the words, for which no point of view is right", _LOOKED_UP),
    Threshold("overhead", 1.1, "trunk lengths", "height of a hand above the hips from which it is up, however it came", _LOOKED_UP),
    Threshold("loose head", 0.1, "m", "step of the height of a head", _LOOKED_UP),
    Threshold("loose foot", 0.1, "m", "step of a foot from under the hips, or from the other", _LOOKED_UP),
    # Sides of a whole text.
    Threshold("exchanged", -2.4, "log odds", "sum down to which left and right count as exchanged", "at most 1 % of 1,440 model texts as they are"),
    Threshold("opposite side", 1.5, "log odds", "a claim true of the bodies and false of their mirror image", _FITTED),
    Threshold("borne out side", 1.1, "log odds", "a claim true of one, unknown of the other", _FITTED),
    Threshold("false side", 0.7, "log odds", "a claim false of one, unknown of the other", _FITTED),
    Threshold("farther side", 1.2, "log odds", "a motion that goes much farther in one", _FITTED),
    Threshold("unsure side", 0.6, "times", "what a claim counts that may be misread", _FITTED),
    Threshold("true for false", 2.0, "claims", "that the mirror image bears out for each that it contradicts", "texts about other bodies"),
    Threshold("least progress", -3.0, "step", "progress below which less makes no difference to sides", _SCALE),
    Threshold("most progress", 6.0, "step", "progress above which more makes no difference to sides", _SCALE),
    Threshold("much progress", 3.0, "step", "difference of progress that is much", _SCALE),
    # How far a motion goes, for ranking.
    Threshold("least untold", 1.0, "step", "least progress of a motion whose size is not told", _RANKING),
    Threshold("most untold", 6.0, "step", "most progress of a motion whose size is not told", _RANKING),
    Threshold("least slight", 0.8, "step", "least progress of a motion told as slight", _RANKING),
    Threshold("most slight", 2.5, "step", "most progress of a motion told as slight", _RANKING),
    Threshold("least plain", 1.2, "step", "least progress of a motion told as plain", _RANKING),
    Threshold("most plain", 5.0, "step", "most progress of a motion told as plain", _RANKING),
    Threshold("least great", 2.5, "step", "least progress of a motion told as great", _RANKING),
    Threshold("most great", 12.0, "step", "most progress of a motion told as great", _RANKING),
    Threshold("right extent", 0.3, "score", "what the size that the text says is worth", _RANKING),
    Threshold("short extent", 3.0, "step", "too little that costs 1", _RANKING),
    Threshold("long extent", 8.0, "step", "too much that costs 1", _RANKING),
    Threshold("posed", 0.6, "score", "what holding a posture wholly is worth, against not at all", _RANKING),
    # Postures.
    Threshold("reach", 2.5, "tolerances", "distance outside an interval at which a condition has failed wholly", _BY_EYE),
    Threshold("held", 0.8, "score", "from which a body holds a posture", _BY_EYE),
    Threshold("denied", 0.1, "score", "up to which it clearly does not", _BY_EYE),
)  # fmt: skip
"""All of them, in the order of docs/claims.md."""
_VALUES = {threshold.name: threshold.value for threshold in THRESHOLDS}


def threshold(name: str) -> float:
    """The value of a threshold."""
    return _VALUES[name]
