# ruff: noqa: E501 (a table: one wording a line reads best)
"""Wordings of descriptions that the learnt network reads as something else, as declared rows.

A row mends one tag where its words stand in the tag's clause, or around the tag's own word. Each row has its own example, which
is its test. Rows that only doubt leave the claim and make it too unsure to be contradicted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from autocompose.tagger.claimed_change import Change
from autocompose.tagger.tag import Tag
from autocompose.thresholds import threshold

DOUBT = threshold("doubt")
"""What the certainty of a doubtful wording is multiplied by."""


@dataclass(frozen=True, slots=True)
class Wording:
    """One wording, and what it means.

    Args:
        name: of the row.
        words: a pattern over the clause in lower case, or what else `around` says.
        change: the change that it is misread as, in the notation of claims, or its kind ``m``.
        means: ``remark``, ``slight``, ``nothing`` or ``doubt``; else the change that is meant.
        example: a sentence.
        read: a claim that the sentence makes once mended, with its kind; of a row that means
            nothing, the claim that it makes no more.
        parts: those that it is about; empty for any.
        around: characters of the sentence before and after the tag's word that the pattern sees
            in place of the clause; 0 for the clause.
    """

    name: str
    words: str
    change: str
    means: str
    example: str
    read: str
    parts: frozenset[str] = frozenset()
    around: int = 0


_ARMS = frozenset({"arm", "forearm", "hand", "upper arm"})
_SIDEWAYS = "(?:forwards?|back|out|ahead|across|in front)"
_DOWN = "(?:down|downwards?)"
WORDINGS: tuple[Wording, ...] = (
    Wording("unfold", r"\bun(?:fold|bend|curl)(?:s|ed|ing)?\b", "bend", "straighten", "Lower the left arm as its elbow unfolds.", "left elbow: straighten m", frozenset({"elbow", "knee", "arm", "leg"})),
    Wording("uncross", r"\buncross(?:es|ed|ing)?\b", "across", "not across", "Stand with the left foot wide, right foot uncrossed beneath its hip.", "right foot: not across s"),
    Wording("stays", r"^(?:keep|keeping|leave|leaving)\b", "m", "remark", "Leave the left hand up and lower the right arm.", "left hand: up r"),
    Wording("returns", r"(?<!and )\bback to (?:its|your|the(?! (?:left|right)(?:$|\W*$))|vertical|upright|standing)\b", "back", "nothing", "The right arm comes down to a forward reach, and the left hand goes back to the left hip.", "left hand: back m"),
    Wording("soft joint", r"\b(?:soft|softly|barely|hardly|a touch|loosely)\b", "bend", "slight", "Hold the right leg straight back, knee barely bent.", "right knee: bend s", frozenset({"knee", "elbow"})),
    Wording("sole up", r"\bsoles? (?:up|raised)\b", "up", "point up", "The left knee is bent, foot behind you, sole up.", "left foot: point up s", frozenset({"foot", "sole", "toes"})),
    Wording("slanting down", rf"\b{_SIDEWAYS},? and {_DOWN}\b|\b{_DOWN},? and {_SIDEWAYS}\b|\b{_DOWN} in front\b", "down", "doubt", "Stretch the left arm forward and down, hand just past its knee.", "left arm: down m", _ARMS, around=20),
    Wording("step down", r"\bstep(?:s|ping)? down\b|\b(?:come|comes|coming) down from (?:one|the) \w+ (?:leg )?to\b", "down", "doubt", "Come down from one leg to both feet.", "body: down m", frozenset({"body", "hips"})),
    Wording("bring up", r"\b(?:bring|brings|bringing|draw|draws|pull|pulls|step|steps)\b.*\bup\b.*\b(?:next to|beside|to stand|alongside|level with)\b", "up", "doubt", "Pull the left leg up to stand by the other.", "left leg: up m", frozenset({"foot", "leg"})),
    Wording("lower of two", r"(?:\band|,|\bis|\bstays|\bheld) lower(?=$|,| than\b)", "down", "doubt", "The left hand is raised beside the head, the right hand is out and lower.", "right hand: down m", _ARMS, around=14),
    Wording("head in line", r"\b(?:level|in line) with\b|\bin line\b", "up", "doubt", "Hips fully down, chest facing the floor, head lifted level with the spine, face down.", "head: up s", frozenset({"head"}), around=24),
)  # fmt: skip
_MARK = re.compile(r"[.;:!?]")
_FINDS = {row.name: re.compile(row.words) for row in WORDINGS}


def wording_of(tag: Tag, text: str, *, start: int, clause: tuple[int, int]) -> Wording | None:
    """The first row whose words stand where a tag does; None where it means what it says.

    Args:
        tag: of the text.
        text: as a person or a model wrote it.
        start: of the tag's word, in characters of the text.
        clause: ``[start, end)`` of the words around it.
    """
    end = start + tag.end - tag.start
    for row in WORDINGS:
        if (row.parts and tag.part not in row.parts) or row.change not in (
            tag.kind,
            str(tag.change),
        ):
            continue
        said = text[slice(*clause)]
        if row.around:
            before = _MARK.split(text[max(start - row.around, 0) : start])[-1]
            said = before + text[start:end] + _MARK.split(text[end : end + row.around])[0]
        if _FINDS[row.name].search(said.lower()):
            return row
    return None


def mended(tag: Tag, row: Wording) -> Tag | None:
    """A tag as its wording means it; None where it claims nothing. A slight one stays as it is."""
    if row.means == "nothing":
        return None
    if row.means == "remark":
        return replace(tag, kind="r")
    if row.means == "doubt":
        return replace(tag, sure=DOUBT * tag.sure)
    return tag if row.means == "slight" else replace(tag, change=Change.parse(row.means))
