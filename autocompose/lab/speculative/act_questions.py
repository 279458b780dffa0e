"""A configured model asked how a body looks at an act: questions first, then descriptions.

The answer is JSON that is parsed and never executed; what it says counts only as far as claims are
read in it. Vague words are sent back, twice at most, and several answers vote.

Source: the chain of questions is that of ChatPose's supplement (Feng et al., CVPR 2024), in own
words: a named exercise, an everyday act, a sport, anything else; then five descriptions.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from autocompose.describe.mllm.answer_json import find_document
from autocompose.describe.mllm.answers import (
    CUT_SHORT,
    EMPTY,
    INVALID_JSON,
    MAX_ANSWER,
    OVERLONG,
    REFUSED,
    VAGUE,
    WRONG_COUNT,
    clean_text,
)
from autocompose.describe.mllm.chat import Feedback, ModelAnswer, ModelRequest, ResponseSchema
from autocompose.describe.mllm.client import MLLM
from autocompose.errors import AnswerError, one_line
from autocompose.lab.speculative.speculated import MODEL, MOST_BODIES, Speculated
from autocompose.lab.wishes.edited import checked_wish
from autocompose.retrieval.claim_words import claim_words
from autocompose.retrieval.short_wishes import asks_for
from autocompose.verify.soft import ranking_claims

DESCRIPTIONS = 5
RETRIES = 2
MAX_WORDS = 60
"""Words of one description."""
_NAME = 60
_QUESTIONS = ("exercise", "everyday_act", "sport", "other")
_VAGUE = re.compile(
    r"\b(?:warm(?:ing)?[- ]?ups?|flexib\w+|balanc\w+|dynamic\w*|energetic\w*|athletic\w*|grace\w*"
    r"|elegan\w+|somehow|appropriate\w*|suitabl\w+|workouts?"
    r"|(?:do|doing|hold|holding|strik\w+|in) (?:a|an|the|some) (?:\w+ )?(?:pose|position|posture"
    r"|exercise|stretch))\b",
    re.IGNORECASE,
)
SYSTEM = (
    "You turn what somebody does into plain sentences about their body, so that a figure can be"
    " posed from the words alone. Left and right are the person's own. Answer with one JSON object"
    " and nothing else."
)


@dataclass(frozen=True)
class ActAnswer:
    """What one answer says.

    Args:
        name: of the act; empty where it has no pose.
        descriptions: explicit ones in which claims are read.
    """

    name: str
    descriptions: tuple[str, ...]


@dataclass(frozen=True)
class AskedModel:
    """Which model is asked, and how often.

    Args:
        model: its name at the endpoint.
        endpoint: that is asked.
        samples: answers that vote.
        temperature: of sampling.
        max_tokens: of an answer.
    """

    model: str
    endpoint: str = ""
    samples: int = 3
    temperature: float = 0.7
    max_tokens: int = 1200


@dataclass(frozen=True)
class ActsAsked:
    """What a model made of a text.

    Args:
        found: the sentences that were voted for.
        calls: requests that were answered.
        rejected: reason -> answers that were sent back or left out.
        agreed: share of the answers that name the act as the most do.
    """

    found: Speculated
    calls: int
    rejected: dict[str, int]
    agreed: float


def act_request(
    text: str,
    asked: AskedModel,
    *,
    sample: int = 0,
    views: bytes | None = None,
    feedback: tuple[Feedback, ...] = (),
) -> ModelRequest:
    """The question about one text.

    Args:
        text: what somebody does.
        asked: the model.
        sample: 0, 1, ... for several answers.
        views: a JPEG of four views of the body that is changed; None where one is made anew.
        feedback: answers that were not accepted.
    """
    start = (
        "\nThe picture shows the person now, drawn from the front, from their left side, from"
        " behind and from their right side; their left limbs are green and their right limbs red."
        " Say only what changes."
        if views is not None
        else ""
    )
    user = (
        f"Somebody is told as: {text.strip()!r}.{start}\n"
        "First answer, with a few words or an empty string each: is it a named exercise or asana?"
        " an everyday act? something from a sport? anything else that a body shows? Then give the"
        " act a short name, or an empty one where it has no pose of its own.\n"
        f"Then write {DESCRIPTIONS} descriptions of how the body looks at it, each in your own"
        " words and at most two sentences: where arms, hands, legs, trunk and head are. Name parts"
        " and places (shoulder height, above the head, behind the back). No vague words such as"
        ' balance, flexible, graceful, "in a pose"; nothing about clothes, things or places around.'
        " Leave the list empty where there is no pose."
    )
    return ModelRequest(
        "phrasings", asked.model, SYSTEM, user, () if views is None else (views,), _SCHEMA,
        asked.temperature, asked.max_tokens, sample, "act", feedback, asked.endpoint,
    )  # fmt: skip


_TEXT = {"type": "string", "maxLength": 400}
_SCHEMA = ResponseSchema(
    "act",
    {
        "type": "object",
        "additionalProperties": False,
        "required": [*_QUESTIONS, "name", "descriptions"],
        "properties": {
            **{name: _TEXT for name in _QUESTIONS},
            "name": {"type": "string", "maxLength": _NAME},
            "descriptions": {"type": "array", "items": _TEXT, "maxItems": DESCRIPTIONS},
        },
    },
)


def read_act(answer: ModelAnswer) -> ActAnswer:
    """The act and its descriptions, or why the answer is not accepted.

    Raises:
        AnswerError: nothing else is raised, whatever the answer is.
    """
    text = answer.text.strip()
    if answer.finish_reason in ("refusal", "content_filter"):
        raise AnswerError(REFUSED, "no answer was given; describe only how the body looks")
    if not text:
        raise AnswerError(EMPTY, "the answer has no text; answer with the JSON object")
    if len(text) > MAX_ANSWER:
        raise AnswerError(OVERLONG, f"the answer has {len(text)} characters; keep to the limits")
    cut = answer.finish_reason == "length"
    document = find_document(text, "descriptions", repair=not cut)
    if document is None:
        reason = CUT_SHORT if cut else INVALID_JSON
        raise AnswerError(reason, "answer with one whole JSON object only, and write less")
    rows = document.get("descriptions")
    if not isinstance(rows, list) or not all(isinstance(row, str) for row in rows):
        raise AnswerError(INVALID_JSON, '"descriptions" must be a list of strings')
    given = document.get("name")
    name = one_line(clean_text(given), _NAME) if isinstance(given, str) else ""
    if not rows:
        return ActAnswer("", ())
    if len(rows) > DESCRIPTIONS:
        raise AnswerError(WRONG_COUNT, f"there are {len(rows)} descriptions; write {DESCRIPTIONS}")
    kept = tuple(dict.fromkeys(_description(row) for row in rows))
    told = tuple(row for row in kept if len(_claims(row)) >= 1)
    if not told:
        raise AnswerError(EMPTY, "no description says where a part of the body is; name parts")
    return ActAnswer(name, told)


def _description(row: str) -> str:
    text = clean_text(row[: 20 * MAX_WORDS])
    if len(text.split()) > MAX_WORDS:
        raise AnswerError(OVERLONG, f"a description has over {MAX_WORDS} words; two sentences do")
    vague = _VAGUE.search(text)
    if vague is not None:
        raise AnswerError(VAGUE, f'"{vague[0]}" may not be used; say what is where')
    return text


def _claims(text: str) -> frozenset[str]:
    return frozenset(claim_words(claim) for claim in ranking_claims(text) if asks_for(claim))


def voted(text: str, answers: Sequence[ActAnswer]) -> tuple[Speculated, float]:
    """The descriptions that most answers bear out, and how many agree on the act.

    A claim has one vote of each answer in which some description makes it; a description is as good
    as the mean of its claims' votes.

    Args:
        text: what was asked.
        answers: of one or several samples.
    """
    named = Counter(answer.name.lower() for answer in answers if answer.descriptions)
    name, count = named.most_common(1)[0] if named else ("", 0)
    agreed = count / len(answers) if answers else 0.0
    poses = [answer for answer in answers if answer.descriptions]
    if 2 * len(poses) <= len(answers):
        note = f'the model knows no pose of "{text.strip()[:80]}"; say how the body looks'
        return Speculated(text, (), note=note), agreed
    votes = Counter(
        claim
        for answer in poses
        for claim in frozenset().union(*(_claims(row) for row in answer.descriptions))
    )
    rated = {
        row: sum(votes[claim] for claim in _claims(row)) / len(_claims(row))
        for answer in poses
        for row in answer.descriptions
    }
    best = sorted(rated, key=lambda row: -rated[row])[:MOST_BODIES]
    note = f'read as "{name}"; the sentences are by {MODEL}'
    return Speculated(text, tuple(best), name, MODEL, agreed, note=note), agreed


async def ask_act(
    mllm: MLLM, text: str, asked: AskedModel, *, views: bytes | None = None
) -> ActsAsked:
    """Ask a model how a body looks at an act.

    Args:
        mllm: the model's endpoint.
        text: what somebody does.
        asked: which model, and how often.
        views: see `act_request`.

    Raises:
        TextError: the text is empty or very long.
        AnswerError: no answer was accepted, or every one is vague.
        ModelError: the endpoint does not answer.
    """
    checked_wish(text)
    rejected: Counter[str] = Counter()
    calls = 0

    async def one(sample: int) -> ActAnswer | AnswerError:
        nonlocal calls
        feedback: tuple[Feedback, ...] = ()
        problem = AnswerError(EMPTY, "nothing was asked")
        for _ in range(1 + RETRIES):
            request = act_request(text, asked, sample=sample, views=views, feedback=feedback)
            answer = await mllm.answer(request)
            calls += 1
            try:
                return read_act(answer)
            except AnswerError as error:
                rejected[error.reason] += 1
                problem = error
                feedback = (*feedback, Feedback(answer.text[:4000], error.detail))
        return problem

    found = await asyncio.gather(*(one(sample) for sample in range(max(1, asked.samples))))
    answers = [answer for answer in found if isinstance(answer, ActAnswer)]
    if not answers:
        raise next(answer for answer in found if isinstance(answer, AnswerError))
    result, agreed = voted(text, answers)
    return ActsAsked(result, calls, dict(rejected), agreed)
