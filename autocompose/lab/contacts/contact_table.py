"""What touches in a picture, in a multimodal model's eyes: asked many times, and put to the vote.

One answer is not to be trusted: a touch that is not there costs a body more than one that is left
out. So the model is asked N times, it is told that an empty list is a right answer, and a touch
counts where at least half of the answers have it. Left and right are not asked for; which sides are
meant is decided on the body. Answers are parsed as JSON and never executed; regions outside the
closed list are left out, counted and named.

Source: ProsePose (arXiv 2405.03689) for asking for the pose's name first, for the closed list and
for the vote; its wording is not used.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from autocompose.describe.mllm.answers import INVALID_JSON, WRONG_COUNT, answer_document, clean_text
from autocompose.describe.mllm.chat import ModelAnswer, ModelRequest, ResponseSchema
from autocompose.errors import AnswerError, UnknownBodyPartError
from autocompose.lab.contacts.regions import MIDLINE, PAIRED, kind_of_region, read_region
from autocompose.lab.contacts.touches import Touch

SHARE = 0.5
"""Of the answers that a touch needs."""
SAMPLES = 20
MAX_ROWS = 60
"""Rows of one answer; there are fewer pairs of regions that a person would name."""
_SHOWN = 40  # letters of a region that is not in the list
_LISTED = tuple(name for name in (*MIDLINE, *PAIRED) if name not in ("hip", "arm", "leg"))
"""What the model may name: `arm` and `leg` would be said where a finer word is known."""

_ROLE = (
    "You look at one person in a picture and note which parts of their body touch each other. You"
    " answer with JSON and nothing else."
)
_QUESTION = (
    "First find the name of the pose, exercise or everyday act, in at most six words; think of how"
    " a body is held in it. Then list every two parts of this person's body that touch each other"
    " in the picture. Use only these names: {parts}. Never write left or right, and write each two"
    " parts once. Parts that are joined anyway, such as hand and forearm, are not to be listed."
    " List only what you are sure of: where nothing touches, an empty list is the right answer."
    ' Answer in the form {{"pose": "...", "touches": [{{"first": "...", "second": "..."}}]}}.'
)


@dataclass(frozen=True)
class ContactAnswer:
    """One answer of the model.

    Args:
        pose: what it calls the pose; empty where it does not say.
        touches: without sides, each once.
        left_out: pairs with a region outside the list, or that say nothing, as they were written.
    """

    pose: str
    touches: tuple[Touch, ...]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class TouchVotes:
    """How many answers name a touch, and whether these are enough."""

    touch: Touch
    count: int
    kept: bool


@dataclass(frozen=True)
class ContactTable:
    """What N answers say together.

    Args:
        votes: every touch that was named, most votes first.
        answers: how many could be read.
        broken: reason -> how many could not.
        left_out: what was left out -> in how many answers.
        poses: what the pose was called -> in how many answers.
    """

    votes: tuple[TouchVotes, ...]
    answers: int
    broken: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    poses: Mapping[str, int] = field(default_factory=dict)

    @property
    def touches(self) -> tuple[Touch, ...]:
        """Those with enough votes."""
        return tuple(vote.touch for vote in self.votes if vote.kept)


def contacts_request(
    image: bytes,
    *,
    model: str,
    sample: int = 0,
    subject: str = "",
    temperature: float = 0.7,
    max_tokens: int = 500,
    endpoint: str = "",
) -> ModelRequest:
    """The question about one picture.

    Args:
        image: a JPEG file.
        model: its name at the endpoint.
        sample: number of the answer among several.
        subject: what the picture is called; not sent.
        temperature: of sampling.
        max_tokens: of the answer.
        endpoint: that is asked.
    """
    return ModelRequest(
        stage="touches",
        model=model,
        system=_ROLE,
        user=_QUESTION.format(parts=", ".join(_LISTED)),
        images=(image,),
        schema=_schema(),
        temperature=temperature,
        max_tokens=max_tokens,
        sample=sample,
        subject=subject,
        endpoint=endpoint,
    )


def _schema() -> ResponseSchema:
    part = {"type": "string", "enum": list(_LISTED)}
    row = {
        "type": "object",
        "properties": {"first": part, "second": part},
        "required": ["first", "second"],
        "additionalProperties": False,
    }
    return ResponseSchema(
        "touches",
        {
            "type": "object",
            "properties": {
                "pose": {"type": "string", "maxLength": 80},
                "touches": {"type": "array", "items": row, "maxItems": MAX_ROWS},
            },
            "required": ["pose", "touches"],
            "additionalProperties": False,
        },
    )


def read_contacts(answer: ModelAnswer) -> ContactAnswer:
    """The touches of an answer.

    Rows may be objects, pairs or texts such as ``hand - hips``; sides are taken off.

    Raises:
        AnswerError: the answer was refused, cut off, or is not of the form.
    """
    document = answer_document(answer, "touches")
    rows = document.get("touches")
    if not isinstance(rows, list):
        raise AnswerError(INVALID_JSON, 'the answer must have the form {"pose", "touches": [...]}')
    if len(rows) > MAX_ROWS:
        raise AnswerError(WRONG_COUNT, f"{len(rows)} touches; at most {MAX_ROWS} are looked at")
    pose = document.get("pose")
    found: list[Touch] = []
    left_out: list[str] = []
    for row in rows:
        names = _names(row)
        touch = _touch(names)
        if touch is None:
            left_out.append(" - ".join(clean_text(name[:_SHOWN]) for name in names) or "no pair")
        else:
            found.append(touch)
    called = clean_text(pose[:80]) if isinstance(pose, str) else ""
    return ContactAnswer(called, tuple(dict.fromkeys(found)), tuple(dict.fromkeys(left_out)))


def _names(row: object) -> tuple[str, ...]:
    """The two texts of a row; fewer or more where it is no pair."""
    if isinstance(row, str):
        for mark in ("|", ":", " - ", ",", " and "):
            if mark in row:
                return tuple(part for part in row[: 4 * _SHOWN].split(mark) if part.strip())
        return (row,)
    values: Iterable[object] = row.values() if isinstance(row, dict) else ()
    if isinstance(row, list):
        values = row
    return tuple(value for value in values if isinstance(value, str))


def _touch(names: tuple[str, ...]) -> Touch | None:
    if len(names) != 2:
        return None
    try:
        touch = Touch(*(kind_of_region(read_region(name)) for name in names)).sideless
    except UnknownBodyPartError:
        return None
    return touch if touch.pairs() else None


def voted(
    answers: Sequence[ContactAnswer],
    *,
    share: float = SHARE,
    broken: Mapping[str, int] | None = None,
) -> ContactTable:
    """Count in how many answers each touch is named.

    Args:
        answers: those that could be read.
        share: of them that a touch needs to be kept; one at least.
        broken: reason -> answers that could not be read.
    """
    needed = max(1, math.ceil(share * len(answers) - 1e-9))
    counts = Counter(touch for answer in answers for touch in answer.touches)
    votes = [TouchVotes(touch, count, count >= needed) for touch, count in counts.items()]
    votes.sort(key=lambda vote: (-vote.count, vote.touch))
    return ContactTable(
        tuple(votes),
        len(answers),
        dict(broken or {}),
        dict(Counter(words for answer in answers for words in answer.left_out).most_common()),
        dict(Counter(a.pose.lower() for a in answers if a.pose).most_common()),
    )
