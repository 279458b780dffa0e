"""From a model's raw answer to accepted texts, or an `AnswerError` that says what was wrong.

Whatever the answer is, nothing but `AnswerError` is raised, no part outside the closed list is
accepted, and no text that is returned holds a control character.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import NoReturn

from autocompose.describe.mllm.answer_json import find_document
from autocompose.describe.mllm.chat import ModelAnswer
from autocompose.describe.mllm.prompts import MAX_PARTS, MAX_SENTENCE_WORDS
from autocompose.errors import AnswerError, UnknownBodyPartError
from autocompose.language.words import NOUNS, kind_of, other_side, region_of
from autocompose.schema import BodyPart, PartDescription

MAX_ANSWER = 100_000
"""Characters of an answer that are looked at."""

INVALID_JSON = "invalid JSON"
CUT_SHORT = "cut short"
REFUSED = "refused by the model"
UNKNOWN_PART = "unknown part"
EMPTY = "empty"
WRONG_COUNT = "wrong count"
REPEATED = "repeated"
WRONG_SIDE = "side contradicts its part"
MENTIONS_PICTURE = "mentions the picture"
OVERLONG = "overlong"
VAGUE = "vague word"
NO_PROSE = "list instead of prose"

ASKED_AGAIN = frozenset([EMPTY, CUT_SHORT, REFUSED])
"""Reasons of a server's bad moment or of a setting, for which a later run asks again by itself."""

_PICTURE = re.compile(
    r"\b(?:images?|pictures?|photo(?:s|graphs?)?|montages?|cameras?|screenshots?|viewers?|overlays?"
    r"|skeletons?|backgrounds?|pixels?|colou?r(?:s|ed)?|green|red|letters? [LR]"
    r"|(?:left|right|first|second|start|end) (?:frame|panel|side of the frame))\b",
    re.IGNORECASE,
)
_CLOTHING = re.compile(
    r"\b(?:shirts?|t-shirts?|trousers|pants|shorts|jeans|skirts?|dress|jackets?|shoes?|socks?|sleeves?"
    r"|cloth(?:es|ing))\b",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s|\n\s*(?:[-*•]|\d+[.)])\s")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")  # what a model escaped twice
_WORD = re.compile(r"\w+")

# Nouns that a model may use of either side: they were never part of the check.
_UNCHECKED = frozenset(
    ["bicep", "biceps", "collarbones", "fingertip", "fingertips", "forarm", "forarms", "forefoot",
     "hindfoot", "kneecap", "kneecaps", "quads", "shoe", "shoes", "sole", "soles", "tiptoes"]
)  # fmt: skip
# A hip that moves is the leg's, though the hips are of the trunk.
_LIMB = {
    word: "leg" if noun.kind == "hips" else region_of(noun.kind)
    for word, noun in NOUNS.items()
    if noun.paired and noun.kind and " " not in word and word not in _UNCHECKED
} | {"hips": "leg"}
_QUALITIES = "upper|lower|bent|straight|raised|free|own|front|back"
_SIDED = re.compile(
    rf"\b(left|right)[ -](?:(?:{_QUALITIES}) )?({'|'.join(_LIMB)})\b", re.IGNORECASE
)
_OWNERS = frozenset(
    ["the", "your", "their", "his", "her", "its", "own", "a", "opposite", "bent", "straight"]
)
# "Bring the left hand to the right knee": what follows these words is a place, or stays still.
_NOT_MOVED_AFTER = frozenset([
    "about", "above", "across", "against", "along", "alongside", "around", "at", "away", "before",
    "behind", "below", "beneath", "beside", "between", "beyond", "by", "from", "in", "inside",
    "into", "level", "near", "of", "off", "on", "onto", "outside", "over", "past", "than",
    "through", "to", "touch", "touching", "toward", "towards", "under", "underneath", "until",
    "upon", "with", "facing", "meet", "meets", "hold", "holding", "grab", "grasp", "clasp",
    "cross", "crossing", "and", "or", "keep", "keeping", "leave", "leaving",
])  # fmt: skip


def read_parts(answer: ModelAnswer, *, may_be_empty: bool = False) -> tuple[PartDescription, ...]:
    """The sentences of a Stage I answer.

    ``{"parts": [{"part", "text"}]}``, or an object from part to sentence, as models without a
    schema often write it.

    Raises:
        AnswerError: the answer breaks a rule of the prompt; the detail says which and where.
    """
    document = answer_document(answer, "parts")
    found = document.get("parts", document)
    if isinstance(found, dict):
        rows = list(found.items())
    elif isinstance(found, list):
        rows = [_row(item) for item in found]
    else:
        _refuse(INVALID_JSON, 'the answer must have the form {"parts": [{"part", "text"}]}')
    if not rows and not may_be_empty:
        _refuse(EMPTY, "no body part is named; name every part that has to move")
    if len(rows) > MAX_PARTS:
        _refuse(WRONG_COUNT, f"{len(rows)} parts are named; there are only {MAX_PARTS}")
    parts = tuple(PartDescription(_part(name), _sentence(text, name)) for name, text in rows)
    seen: set[BodyPart] = set()
    for row in parts:
        if row.part in seen:
            _refuse(REPEATED, f'"{row.part.label}" is there twice; join it in one sentence')
        seen.add(row.part)
        _check_part_side(row)
    return parts


def read_phrasings(
    answer: ModelAnswer,
    *,
    n: int,
    parts: Sequence[PartDescription] = (),
    max_words: Sequence[int] = (60,),
    banned: Iterable[str] = (),
) -> tuple[str, ...]:
    """The n descriptions of a Stage II answer.

    Args:
        answer: raw.
        n: how many there must be.
        parts: the notes they were written from; a limb of the other side may not appear.
        max_words: of each description; the last counts for those that follow.
        banned: words that may not appear, in any case.

    Raises:
        AnswerError: the answer breaks a rule of the prompt.
    """
    document = answer_document(answer, "phrasings")
    # A model without a schema may call the one list by another name.
    values = document.get("phrasings", next(iter(document.values()), None))
    if not isinstance(values, list):
        _refuse(INVALID_JSON, 'the answer must have the form {"phrasings": ["..."]}')
    if len(values) != n:
        _refuse(WRONG_COUNT, f"there are {len(values)} descriptions; write exactly {n}")
    texts = []
    for number, value in enumerate(values, start=1):
        where = f"description {number}"
        if isinstance(value, str) and _BULLET.search(value):
            _refuse(NO_PROSE, f"{where} is a list; write fluent prose")
        text = _text(value, where)
        _check_words(text, where, max_words[min(number, len(max_words)) - 1])
        _check_mentions(text, where, _PICTURE)
        _check_vague(text, where, banned)
        _check_sides(text, where, parts)
        texts.append(text)
    said = [" ".join(_WORD.findall(text.casefold())) for text in texts]
    for number, words in enumerate(said):
        if (first := said.index(words)) != number:
            _refuse(REPEATED, f"descriptions {first + 1} and {number + 1} are the same; vary them")
    return tuple(texts)


def clean_text(text: str) -> str:
    """Unicode NFC, single spaces, and no control, format or unassigned character."""
    kept = []
    for letter in unicodedata.normalize("NFC", text):
        kind = unicodedata.category(letter)
        if letter in "\t\n\r\v\f" or kind[0] == "Z":
            kept.append(" ")
        elif kind[0] != "C":
            kept.append(letter)
    return " ".join("".join(kept).split())


def moved_limbs(text: str) -> tuple[tuple[str, str], ...]:
    """The sided limbs that a text moves, as (side, ``arm`` or ``leg``); places are left out.

    >>> moved_limbs("Bring the left hand to the right knee.")
    (('left', 'arm'),)
    """
    found = []
    for match in _SIDED.finditer(text):
        before = re.findall(r"[a-z']+|[,.;:]", text[: match.start()].lower())
        while before and before[-1] in _OWNERS:
            before.pop()
        if before and before[-1] in _NOT_MOVED_AFTER:
            continue
        found.append((match[1].lower(), _LIMB[match[2].lower()]))
    return tuple(found)


def answer_document(answer: ModelAnswer, key: str) -> Mapping[str, object]:
    """The JSON object in an answer, wherever it is, see `find_document`.

    Args:
        answer: raw.
        key: that the object should have.

    Raises:
        AnswerError: the answer was refused, cut off, empty, too long, or holds no JSON object.
    """
    text = answer.text.strip()
    cut = answer.finish_reason == "length"
    if answer.finish_reason in ("refusal", "content_filter"):
        _refuse(REFUSED, "no answer was given; describe only how the body moves")
    if not text and cut:
        _refuse(CUT_SHORT, "the limit was used up before the answer began; answer at once")
    if not text:
        _refuse(EMPTY, "the answer has no text; answer with the JSON object")
    if len(text) > MAX_ANSWER:
        _refuse(OVERLONG, f"the answer has {len(text)} characters; keep to the limits")
    document = find_document(text, key, repair=not cut)
    if document is None and cut:
        _refuse(CUT_SHORT, "the answer was cut off at the limit; write less")
    if document is None:
        _refuse(INVALID_JSON, "the answer is not valid JSON; answer with the JSON object only")
    return document


def _row(item: object) -> tuple[object, object]:
    if not isinstance(item, dict) or "part" not in item or "text" not in item:
        _refuse(INVALID_JSON, 'every entry of "parts" must have "part" and "text"')
    return item["part"], item["text"]


def _part(name: object) -> BodyPart:
    if isinstance(name, str):
        try:
            return BodyPart.parse(name[:60])
        except UnknownBodyPartError:
            pass
    shown = clean_text(str(name)[:60]) if isinstance(name, str) else type(name).__name__
    _refuse(
        UNKNOWN_PART,
        f'"{shown}" is not in the list; use one of {", ".join(p.label for p in BodyPart)}',
    )


def _sentence(value: object, name: object) -> str:
    where = f'the sentence for "{clean_text(str(name))}"'
    text = _text(value, where)
    _check_words(text, where, MAX_SENTENCE_WORDS)
    _check_mentions(text, where, _PICTURE)
    _check_mentions(text, where, _CLOTHING)
    return text


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        _refuse(INVALID_JSON, f"{where} is not a string")
    text = clean_text(_ESCAPE.sub(lambda match: chr(int(match[1], 16)), value))
    if not any(letter.isalpha() for letter in text):
        _refuse(EMPTY, f"{where} is empty")
    return text


def _check_words(text: str, where: str, limit: int) -> None:
    words, letters = len(text.split()), 12 * limit  # the second bound is for a text without spaces
    if words > limit or len(text) > letters:
        _refuse(
            OVERLONG,
            f"{where} has {words} words and {len(text)} characters; at most {limit} words and"
            f" {letters} characters are allowed",
        )


def _check_mentions(text: str, where: str, pattern: re.Pattern[str]) -> None:
    if match := pattern.search(text):
        _refuse(MENTIONS_PICTURE, f'{where} says "{match[0]}"; write about the body only')


def _check_vague(text: str, where: str, banned: Iterable[str]) -> None:
    for word in banned:
        if re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE):
            _refuse(VAGUE, f'{where} says "{word}", which may not be used; say what moves where')


def _check_part_side(row: PartDescription) -> None:
    """A sided part's sentence must not move the same limb of the other side instead."""
    own = row.part.side
    if own is None:
        return
    other = other_side(own)
    moved = moved_limbs(row.text)
    if (other, limb_of(row.part)) in moved and not any(side == own for side, _ in moved):
        _refuse(
            WRONG_SIDE,
            f'the sentence for "{row.part.label}" moves the {other} side; name the part whose side'
            " it is",
        )


def _check_sides(text: str, where: str, parts: Sequence[PartDescription]) -> None:
    """A description moves no limb of a side that the notes do not speak of."""
    if not parts:
        return
    allowed = {(row.part.side, limb_of(row.part)) for row in parts}
    spoken = {pair for row in parts for pair in _sided_words(row.text)}
    for side, limb in moved_limbs(text):
        if (side, limb) in allowed or (side, limb) in spoken:
            continue
        _refuse(
            WRONG_SIDE,
            f"{where} moves the {side} {limb}, which the notes do not; keep left and right as in"
            " the notes",
        )


def limb_of(part: BodyPart) -> str:
    """``arm``, ``leg``, or the part's own name on the midline."""
    return region_of(kind_of(part)) if part.side else part.value


def _sided_words(text: str) -> set[tuple[str, str]]:
    return {(m[1].lower(), _LIMB[m[2].lower()]) for m in _SIDED.finditer(text)}


def _refuse(reason: str, detail: str) -> NoReturn:
    raise AnswerError(reason, detail)
