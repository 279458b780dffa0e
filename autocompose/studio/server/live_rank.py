"""Where a text finds its target now, while somebody is still writing it."""

from __future__ import annotations

from dataclasses import dataclass

from autocompose.errors import TextError
from autocompose.schema import ComposedQuery
from autocompose.studio.server.pictures import Page
from autocompose.studio.server.state import EngineState, Studio
from autocompose.studio.server.transport import read_text


@dataclass(frozen=True)
class LiveRank:
    """The rank of a target.

    Args:
        rank: from 1; 0 where it cannot be told.
        of: how many pictures were ranked; the reference is left out.
        why: one line where there is no rank; empty otherwise.
        waiting: the model is still loading; ask again.
    """

    rank: int
    of: int
    why: str
    waiting: bool = False


def live_rank(studio: Studio, payload: Page) -> LiveRank:
    """Rank the target of a pair for a text.

    Args:
        studio: the loaded studio.
        payload: ``reference`` and ``target`` (ids of pictures) and ``text``.

    Raises:
        TextError: the text is empty.
        AutoComPoseError: what `Studio.retrieve` raises.
    """
    text = " ".join(read_text(payload, "text").split())
    reference, target = read_text(payload, "reference"), read_text(payload, "target")
    if not text:
        raise TextError("the text is empty; write what changes")
    status = studio.status()
    if status.state is not EngineState.READY:
        return LiveRank(0, 0, status.message, waiting=status.state is EngineState.LOADING)
    engine = studio.engine
    missing = [name for name in (reference, target) if name not in engine.image_ids]
    if missing:
        return LiveRank(0, 0, f"{missing[0][:60]} is not in the gallery on show")
    query = ComposedQuery(studio.image(reference).path, text, (reference,), target)
    result = studio.retrieve(query, 1)
    return LiveRank(result.target_rank, engine.gallery_size - len(result.excluded), "")
