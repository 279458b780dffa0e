"""What somebody does, turned into sentences about the body: from a table, or said to be unknown."""

from __future__ import annotations

import re
from dataclasses import dataclass

from autocompose.body.change import Body
from autocompose.body.directions import BoneVectors
from autocompose.errors import TextError
from autocompose.lab.bodies.standing import standing_body
from autocompose.lab.lm.lab_files import PoseLab
from autocompose.lab.speculative.act_table import WRITTEN_BY
from autocompose.lab.speculative.act_words import KNOWN, ActWords
from autocompose.lab.wishes.edited import EditedPose, checked_wish, edited_pose, generated_pose
from autocompose.lab.wishes.polish import PolishRules, polished
from autocompose.language.reader.claims import ClaimReport
from autocompose.language.reader.read import read_claims
from autocompose.language.words import NOUNS
from autocompose.retrieval.short_wishes import asks_for
from autocompose.verify.judge import PairJudge
from autocompose.verify.soft import ranking_claims

MOST_BODIES = 3
OWN, TABLE, MODEL = "your own words", f"a table written by {WRITTEN_BY}", "the model that was asked"
"""Where a sentence comes from, as it is said beside it."""

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_IDLE = frozenset((
    "a", "an", "the", "of", "to", "in", "on", "at", "by", "for", "from", "with", "into", "onto",
    "up", "down", "out", "and", "or", "then", "while", "so", "as", "is", "are", "was", "be",
    "it", "its", "their", "his", "her", "your", "my", "someone", "somebody", "person", "one",
    "who", "that", "this", "both", "each", "all", "now", "please", "just", "still", "also",
    "body", "high", "low", "straight",
))  # fmt: skip


@dataclass(frozen=True)
class Speculated:
    """How a text was turned into sentences about the body.

    Args:
        text: what was asked.
        sentences: explicit ones, the usual way first; empty where the act is unknown.
        act: its name; empty where the text was explicit already, or is unknown.
        source: where the sentences come from: `OWN`, `TABLE` or `MODEL`; empty where unknown.
        likeness: of the text to the act's names, 0 to 1.
        nearest: names of the acts that it is nearest to.
        note: one line about all this.
    """

    text: str
    sentences: tuple[str, ...]
    act: str = ""
    source: str = ""
    likeness: float = 0.0
    nearest: tuple[str, ...] = ()
    note: str = ""

    @property
    def known(self) -> bool:
        """Whether there is a sentence to pose."""
        return bool(self.sentences)


def speculated(text: str, words: ActWords, *, known: float = KNOWN) -> Speculated:
    """Turn what somebody does into sentences about the body.

    A text that says how the body looks is kept as it is. An act that the table has under a name
    near enough gives its sentences, also where the reader knows a word for it. Anything else is
    unknown, and said to be.

    Args:
        text: "someone hailing a taxi".
        words: finds acts.
        known: likeness from which an act is taken to be meant.

    Raises:
        TextError: the text is empty or very long.
    """
    checked_wish(text)
    near = words.nearest(text)
    names = tuple(one.act.name for one in near)
    meant = bool(near) and near[0].likeness >= known
    if is_explicit(text) and not (meant and not names_a_part(text)):
        return Speculated(text, (text.strip(),), source=OWN, nearest=names)
    if meant:
        act = near[0].act
        return Speculated(
            text,
            act.sentences[:MOST_BODIES],
            act.name,
            TABLE,
            near[0].likeness,
            names,
            f'read as "{act.name}"; the sentences are from {TABLE}',
        )
    told = ", ".join(f'"{name}"' for name in names)
    return Speculated(
        text,
        (),
        likeness=near[0].likeness if near else 0.0,
        nearest=names,
        note=f'"{text.strip()[:80]}" is no act that is known'
        + (f"; the nearest are {told}" if told else "")
        + '. Say how the body looks, for example "raise the right arm"',
    )


def names_a_part(text: str) -> bool:
    """Whether a text speaks of a part of the body; the reader knows some acts by name, too."""
    return any(word.lower() in NOUNS for word in _WORD.findall(text))


def is_explicit(text: str) -> bool:
    """Whether a text says how the body looks, and nothing else.

    >>> is_explicit("kneel on the left knee"), is_explicit("filing a tax return")
    (True, False)
    """
    claims = [claim for claim in ranking_claims(text) if asks_for(claim)]
    if not claims:
        return False
    for word in _WORD.finditer(text):
        read = any(start <= word.start() < end for start, end in (c.span for c in claims))
        said = word.group().lower()
        if not read and said not in _IDLE and said not in NOUNS:
            return False
    return True


@dataclass(frozen=True, eq=False)
class SpeculatedPose:
    """A body for one sentence."""

    sentence: str
    pose: EditedPose


def speculated_poses(
    lab: PoseLab,
    found: Speculated,
    reference: Body | None = None,
    *,
    keep: bool = True,
    polish: PolishRules | None = PolishRules(),  # noqa: B008 (frozen)
) -> list[SpeculatedPose]:
    """Up to three bodies: one for each sentence.

    Args:
        lab: the model.
        found: sentences, of `speculated` or of a model.
        reference: a body that is changed; None makes new ones.
        keep: see `edited_pose`.
        polish: see `edited_pose`.

    Raises:
        TextError: the act is unknown.
    """
    if not found.known:
        raise TextError(found.note or f'"{found.text.strip()[:80]}" is no act that is known')
    poses = []
    for sentence in found.sentences[:MOST_BODIES]:
        if reference is None:
            made = generated_pose(lab, sentence, polish=polish)
        else:
            made = edited_pose(lab, reference, sentence, keep=keep, polish=polish)
        poses.append(SpeculatedPose(sentence, made))
    return poses


def posed_by_rules(sentence: str) -> ClaimReport:
    """The claims of a sentence on a body that is turned, without a model, until they are true."""
    start = Body(standing_body())
    made = polished(read_claims(sentence), start, BoneVectors.of(start.joints))
    return PairJudge(start, Body(made.joints)).check(sentence)
