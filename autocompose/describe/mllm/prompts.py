"""What a multimodal model is asked, in our own words, and the JSON form of its answers.

Stage I looks at the images and writes one sentence per body part that changes; Stage II sees only
those sentences and writes fluent descriptions. Left and right are always the subject's.

A set of prompts has a name (`autocompose.config.PROMPT_SETS`). A new word needs a new set, as
stored answers are found by what was asked. ``mllm-2`` differs in Stage II only.

Source: AutoComPose (ICCV 2025) for what the prompts must say; its wording is not used.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autocompose.body.overlay import MODEL_PALETTE
from autocompose.config import AnnotateConfig
from autocompose.describe.mllm.chat import Feedback, ModelRequest, ResponseSchema
from autocompose.describe.mllm.montage import REFERENCE_LABEL, TARGET_LABEL
from autocompose.schema import BodyPart, PartDescription

MAX_SENTENCE_WORDS = 30
MAX_PARTS = len(BodyPart)
_SENTENCE_LETTERS = 240
_TEXT_LETTERS = 600

_SIDES = (
    'Left and right always belong to the person: "left arm" is the person\'s own left arm, on'
    " whichever side of the frame it appears. When the person faces you, their left is on your"
    " right; when they have their back to you, it is on your left. Work out which way the person"
    " faces before you name a side."
)
_PARTS_ROLE = (
    "You compare two poses of one person and write exactly what the body has to do to get from the"
    " first pose to the second. You answer with JSON and nothing else."
)
_TEXTS_ROLE = (
    "You turn notes on single body parts into fluent instructions for a person who changes pose."
    " You answer with JSON and nothing else."
)


def parts_request(
    images: tuple[bytes, ...],
    config: AnnotateConfig,
    *,
    drawn: bool,
    sample: int = 0,
    subject: str = "",
    feedback: tuple[Feedback, ...] = (),
) -> ModelRequest:
    """The call of Stage I.

    Args:
        images: a montage, or reference and target, see `autocompose.describe.mllm.montage`.
        config: model, sampling and how many samples there are.
        drawn: whether a skeleton is drawn in these images; the prompt explains it then only.
        sample: number of the answer among several to this question.
        subject: pair and view.
        feedback: answers that were sent back.
    """
    return ModelRequest(
        stage="parts",
        model=config.model,
        system=_PARTS_ROLE,
        user=_parts_question(len(images), drawn=drawn, may_be_empty=config.samples > 1),
        images=images,
        schema=parts_schema(may_be_empty=config.samples > 1),
        temperature=config.temperature,
        max_tokens=config.max_tokens,
        sample=sample,
        subject=subject,
        endpoint=config.endpoint,
        feedback=feedback,
    )


def phrasings_request(
    parts: Sequence[PartDescription],
    config: AnnotateConfig,
    *,
    subject: str = "",
    feedback: tuple[Feedback, ...] = (),
) -> ModelRequest:
    """The call of Stage II: text only, the accepted sentences in and ``config.texts`` out.

    Args:
        parts: the accepted sentences of Stage I.
        config: model, number of texts, style.
        subject: pair and view, for the record of the call.
        feedback: what was wrong with earlier answers to the same call.
    """
    notes = "\n".join(f"- {row.part.label}: {row.text}" for row in parts)
    return ModelRequest(
        stage="phrasings",
        model=config.model,
        system=_TEXTS_ROLE,
        user=f"{_task(config)}\n\nNotes:\n{notes}",
        schema=phrasings_schema(config.texts),
        temperature=config.temperature,
        max_tokens=config.max_tokens,
        subject=subject,
        endpoint=config.endpoint,
        feedback=feedback,
    )


def parts_schema(*, may_be_empty: bool) -> ResponseSchema:
    """``{"parts": [{"part", "text"}]}`` over the closed list of body parts."""
    row = _object(
        part={"type": "string", "enum": [part.label for part in BodyPart]},
        text={"type": "string", "minLength": 1, "maxLength": _SENTENCE_LETTERS},
    )
    least = 0 if may_be_empty else 1
    rows = {"type": "array", "items": row, "minItems": least, "maxItems": MAX_PARTS}
    return ResponseSchema("body_parts", _object(parts=rows))


def phrasings_schema(n: int) -> ResponseSchema:
    """``{"phrasings": [n strings]}``."""
    text = {"type": "string", "minLength": 1, "maxLength": _TEXT_LETTERS}
    return ResponseSchema(
        "phrasings",
        _object(phrasings={"type": "array", "items": text, "minItems": n, "maxItems": n}),
    )


def _parts_question(images: int, *, drawn: bool, may_be_empty: bool) -> str:
    if images == 1:
        shown = (
            "One picture shows the same person twice, side by side: on the left, under"
            f" {REFERENCE_LABEL}, the pose to begin with; on the right, under {TARGET_LABEL}, the"
            " pose to end with."
        )
    else:
        shown = (
            "Two pictures show the same person: the first the pose to begin with, the second the"
            " pose to end with."
        )
    lines = [
        shown,
        _SIDES,
        *([_legend()] if drawn else []),
        "For every body part that has to move, write one sentence in the imperative that says what"
        " it does, which way, how far, and where it ends. Leave out parts that stay as they are.",
        f"Use only these parts: {', '.join(part.label for part in BodyPart)}.",
        "Rules for the sentences:\n"
        f"- at most {MAX_SENTENCE_WORDS} words, plain and concrete, about the body only;\n"
        '- a part with a side names its own side: the sentence for "left arm" moves the left arm;\n'
        "- nothing about clothing, background, colours, camera, pictures, or how sure you are;\n"
        "- each part at most once.",
        'Answer in this form: {"parts": [{"part": "<part of the list>", "text": "<sentence>"}]}',
    ]
    if may_be_empty:
        lines.append('Write only what you are certain of; {"parts": []} is a good answer.')
    return "\n\n".join(lines)


def _legend() -> str:
    left, right = MODEL_PALETTE.left_name, MODEL_PALETTE.right_name
    return (
        f"Lines are drawn on the body to tell its sides apart: {left} lines and the letter L mark"
        f" the person's left arm and leg, {right} lines and the letter R mark the person's right"
        " arm and leg, white lines the middle of the body. Trust them. Never mention lines,"
        " letters or their colours."
    )


def _task(config: AnnotateConfig) -> str:
    second = config.prompt_version == "mllm-2"
    lines = [
        _ask(config, second=second),
        "Use ordinary words and the imperative. No lists, headings or numbering. Keep every left"
        " and right exactly as in the notes: they are the person's own sides. Add no movement that"
        " is not in the notes. Say nothing of pictures, cameras, clothing or colours.",
    ]
    if second:
        lines.append(
            "Write every left and right together with its part. No angles in degrees and no"
            " measures; say how far with everyday words and parts of the body."
        )
    if config.banned:
        lines.append(f"Do not use these words: {', '.join(config.banned)}.")
    example = ", ".join(['"..."'] * config.texts)
    lines.append(f'Answer in this form: {{"phrasings": [{example}]}}')
    return "\n\n".join(lines)


def _ask(config: AnnotateConfig, *, second: bool) -> str:
    most = config.max_words[0]
    if config.style == "search":
        short, sentence, full = config.max_words
        return (
            "Write what somebody types into a search box who looks at the first pose and wants the"
            f" second. Three texts, in this order: a few words (2 to 6, at most {short}); one"
            f" sentence (8 to 20 words, at most {sentence}); a fuller text (20 to 40 words, at most"
            f" {full}). Each names only what matters most: the largest visible changes and what the"
            " body does in the end (sits, kneels, lunges, waves ...), not every note. Write as"
            " people do, in everyday words for the body; fragments are welcome in the first. The"
            " three differ in wording."
        )
    if config.style == "reasoning":
        return (
            f"Write one description of at most {most} words that brings a person from"
            " the old pose to the new one without naming each movement: hint at the aim or at an"
            " everyday action from which the movements follow, so that a reader has to think."
        )
    covers = (
        "Each one begins with what changes most and leaves out notes on slight changes, reads as"
        f" fluent prose, has at most {most} words, and stands alone."
        if second
        else f"Each one covers every note, reads as fluent prose, has at most {most} words, and"
        " stands alone."
    )
    return (
        f"Write {config.texts} different descriptions of the whole change. {covers} Vary order,"
        " verbs and sentence forms between them. At least one compares the movement to something"
        ' familiar ("as if ...", "like ...").'
    )


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
