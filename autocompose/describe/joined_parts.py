"""Phrasings made of part sentences alone: what rules can write from parts that a person edited."""

from __future__ import annotations

import re
from collections.abc import Sequence

from autocompose.schema import PartDescription

_SENTENCE_END = re.compile(r"[.!?]+\s*$")
_INNER_END = re.compile(r"[.!?]\s+\S")


def join_sentences(parts: Sequence[PartDescription]) -> tuple[str, ...]:
    """At most three ways to say all part sentences in one text, in their order, word for word.

    >>> from autocompose.schema import BodyPart
    >>> rows = [PartDescription(BodyPart.HEAD, "Look up."), PartDescription(BodyPart.HIPS, "Sit.")]
    >>> join_sentences(rows)
    ('Look up. Sit.', 'Look up, and sit.', 'Look up; sit.')
    """
    sentences = [" ".join(row.text.split()) for row in parts]
    sentences = [text for text in sentences if text]
    if not sentences:
        return ()
    plain = " ".join(text if _SENTENCE_END.search(text) else f"{text}." for text in sentences)
    if len(sentences) == 1 or any(_INNER_END.search(text) for text in sentences):
        return (plain,)
    first, *rest = (_SENTENCE_END.sub("", text) for text in sentences)
    *middle, last = (_inside(text) for text in rest)
    return (
        plain,
        f"{', '.join([first, *middle])}, and {last}.",
        f"{'; '.join([first, *middle, last])}.",
    )


def _inside(clause: str) -> str:
    """A sentence that goes on after another; words such as "I" and "T-pose" keep their capital."""
    return clause[:1].lower() + clause[1:] if clause[1:2].islower() else clause
