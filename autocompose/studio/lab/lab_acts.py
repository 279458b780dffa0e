"""What somebody does, as up to three sentences about the body, and a body for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autocompose.errors import AutoComPoseError, ConfigError
from autocompose.language.reader.claims import Outcome
from autocompose.studio.lab.lab_bench import bench_of
from autocompose.studio.lab.lab_views import SpaceBody, space_body
from autocompose.studio.lab.starts import StartKind, read_start
from autocompose.studio.server.pictures import Page
from autocompose.studio.server.state import Studio
from autocompose.studio.server.transport import read_flag, read_text

if TYPE_CHECKING:
    from autocompose.lab.speculative.act_words import ActWords

ACTS_TO_TRY = (
    "hail a taxi",
    "read a book",
    "tie a shoelace",
    "ride a horse",
    "push a car",
    "wave goodbye",
)
"""Acts to click; each is one of the table."""
NO_WORDS = (
    "this studio's retrieval model has no word vectors, so no act is known; say how the body looks"
)


@dataclass(frozen=True)
class WayView:
    """One way to do it.

    Args:
        sentence: what it says of the body.
        body: what the model drew for it.
        met: how many claims of the sentence are true of the body.
        claims: how many there are.
    """

    sentence: str
    body: SpaceBody
    met: int
    claims: int


@dataclass(frozen=True)
class WaysAnswer:
    """How a text was turned into sentences.

    Args:
        known: whether there are any; where the act is unknown, ``note`` says so.
        note: one line: what the text was read as, and who wrote the sentences.
        nearest: names of the acts that the text is nearest to.
        bodies: one for each sentence, the usual way first.
    """

    known: bool
    note: str
    nearest: tuple[str, ...]
    bodies: tuple[WayView, ...]


def lab_act(studio: Studio, payload: Page) -> WaysAnswer:
    """Turn what somebody does into sentences, and draw a body for each.

    Args:
        studio: the loaded studio.
        payload: ``text``, ``start`` as in `read_start`, ``free`` and ``raw``.

    Raises:
        TextError: the text is empty or very long.
        CheckpointError: there is no pose model.
        ConfigError: there is no retrieval model whose word vectors tell acts.
        AutoComPoseError: what `read_start` raises.
    """
    from autocompose.lab.speculative.speculated import speculated, speculated_poses
    from autocompose.lab.wishes.edited import checked_wish
    from autocompose.lab.wishes.polish import PolishRules

    text = " ".join(read_text(payload, "text").split())
    checked_wish(text)
    start = read_start(studio, payload)
    lab = bench_of(studio).lab()
    acts = _acts_of(studio)
    with studio.slot():
        found = speculated(text, acts())
        if not found.known:
            return WaysAnswer(False, f"{found.note}.", found.nearest, ())
        made = speculated_poses(
            lab,
            found,
            None if start.kind is StartKind.STANDING else start.body,
            keep=not read_flag(payload, "free"),
            polish=None if read_flag(payload, "raw") else PolishRules(),
        )
    bodies = tuple(
        WayView(
            one.sentence,
            space_body(one.pose.joints, lab),
            sum(verdict.outcome is Outcome.SUPPORTED for verdict in one.pose.report.claims),
            len(one.pose.report.claims),
        )
        for one in made
    )
    note = found.note or "these words say how the body looks; they are taken as they are"
    return WaysAnswer(True, f"{note[0].upper()}{note[1:]}.", found.nearest, bodies)


def _acts_of(studio: Studio) -> Callable[[], ActWords]:
    try:
        acts = studio.engine.acts
    except AutoComPoseError as error:
        raise ConfigError(f"acts are told apart by the retrieval model: {error}") from error
    if acts is None:
        raise ConfigError(NO_WORDS)
    return acts
