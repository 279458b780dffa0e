"""The JSON document in a model's answer, wherever it is: in a fence, in words, after its thinking.

Nothing is guessed. A document that had to be repaired counts only if it holds exactly the words,
brackets and commas of the answer: one that was cut off is never completed, no text is split.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_THINKING = re.compile(r"<(think|thinking|reasoning)>(.*?)(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)
_THOUGHT = re.compile(r"\A.*</(?:think|thinking|reasoning)>", re.DOTALL | re.IGNORECASE)
_DECODER = json.JSONDecoder(strict=False)
_OPENS = re.compile(r'[{\[]|\A\s*"')
_ITEMS = {"parts": dict, "touches": (dict, list, str)}
"""What the items of a list may be that stands for an object with this key; else texts."""
_MAX_STARTS = 200
_MAX_REPAIR = 8_000
_MAX_OPENED = 40  # there are 22 parts; the repair of deep nonsense takes minutes
_CONTENT = re.compile(r"[^\W_]+|[{}\[\],]")
_LAST_COMMA = re.compile(r",(?=\s*[}\]])")


def find_document(text: str, key: str, *, repair: bool = True) -> Mapping[str, Any] | None:
    """The object of an answer, or None.

    A list alone stands for the object with ``key``.

    Args:
        text: of the answer.
        key: that the object should have. Without it only an object that comes first counts, as
            models without a schema often name it otherwise.
        repair: take trailing commas, single quotes and the like for what they are.
    """
    # What some servers leave of the thinking has an end and no beginning.
    spoken = _THOUGHT.sub("", _THINKING.sub(" ", text))
    thought = text if spoken.strip() != text.strip() else ""
    sources = [source for source in (spoken, thought) if source.strip()]
    for source in sources:
        found = _written(source, key)
        if found is not None:
            return found
    if repair:
        for source in sources:
            found = _repaired(source, key)
            if found is not None:
                return found
    return None


def _written(source: str, key: str) -> Mapping[str, Any] | None:
    """The first document that is sound as it stands and has the key, else the very first."""
    first: Mapping[str, Any] | None = None
    for place, value in enumerate(_values(source)):
        if isinstance(value, str) and place == 0:  # encoded twice
            return _written(value, key) if value != source else None
        document = _document(value, key)
        if document is not None and key in document and (place == 0 or isinstance(value, dict)):
            return document
        if place == 0:
            first = document
    return first


def _values(source: str) -> Iterator[Any]:
    """The JSON values in a text; None for each bracket that opens none."""
    at = 0
    for _ in range(_MAX_STARTS):
        opened = _OPENS.search(source, at)
        if opened is None:
            return
        at = opened.end() - 1
        try:
            # Unbounded numbers and deep nesting end in ValueError and RecursionError.
            value, at = _DECODER.raw_decode(source, at)
        except (ValueError, RecursionError):
            value, at = None, at + 1
        yield value


def _document(value: Any, key: str) -> Mapping[str, Any] | None:
    if isinstance(value, list) and value:
        kind = _ITEMS.get(key, str)
        return {key: value} if all(isinstance(item, kind) for item in value) else None
    return value if isinstance(value, dict) else None


def _repaired(source: str, key: str) -> Mapping[str, Any] | None:
    starts = [at for at in (source.find("{"), source.find("[")) if at >= 0]
    end = max(source.rfind("}"), source.rfind("]")) + 1
    piece = source[min(starts, default=0) : end]
    opened = piece.count("{") + piece.count("[")
    if not starts or not piece or len(source) > _MAX_REPAIR or opened > _MAX_OPENED:
        return None
    import json_repair

    try:
        value = json_repair.loads(piece, skip_json_loads=True)
        made = _CONTENT.findall(json.dumps(value, ensure_ascii=False))
    except (ValueError, RecursionError, TypeError):
        return None
    document = _document(value, key)
    same = made == _CONTENT.findall(_LAST_COMMA.sub("", piece))
    return document if same and document is not None and key in document else None
