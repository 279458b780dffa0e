"""Describe: a pair becomes part sentences and phrasings, to be edited, taken away and kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from autocompose.describe.geometric import describe_pair
from autocompose.review.people.logins import LocalLogin
from autocompose.schema import BodyPart, PosePair
from autocompose.studio.describe.description import (
    PHRASINGS,
    describe,
    rephrase,
)
from autocompose.studio.describe.live_pages import (
    ModelView,
    boot_model,
    live_answers,
    live_cancel,
    live_poll,
    live_start,
)
from autocompose.studio.describe.take_away import DescribeDesk, caption_row, describe_save
from autocompose.studio.server.identity import personal_call
from autocompose.studio.server.live_rank import live_rank
from autocompose.studio.server.opening import StripView
from autocompose.studio.server.parts import GROUP_WORDS, PartView, one_row_a_part, part_view
from autocompose.studio.server.pictures import Page
from autocompose.studio.server.state import Studio
from autocompose.studio.server.strips import pair_strip, strip_view
from autocompose.studio.server.tab_page import tab_page
from autocompose.studio.server.transport import Handler, page_call, read_view
from autocompose.studio.server.uploads import UPLOAD_MAX_PIXELS, check_upload
from autocompose.studio.server.verdict_chips import exchange_sides, verdicts


@dataclass(frozen=True)
class OwnPictures:
    """Whether a visitor can have two own pictures described.

    Args:
        described: by rules over estimated joints, or by the model of this studio.
        advice: what the person at this machine can do so that they are; empty for everybody else,
            who can do nothing about it.
        most_pixels: of one picture.
    """

    described: bool
    advice: str
    most_pixels: int


@dataclass(frozen=True)
class DescribeBoot:
    """All that the tab needs to draw itself.

    Args:
        model: None where none is set up.
        review: this studio has a review store.
    """

    strip: StripView
    parts: tuple[PartView, ...]
    groups: tuple[str, ...]
    model: ModelView | None
    own: OwnPictures
    review: bool


def describe_boot(studio: Studio, payload: Page) -> DescribeBoot:
    """The strip, the closed list of parts, and what can be done here."""
    return DescribeBoot(
        strip=strip_view(studio, payload),
        parts=tuple(part_view(part) for part in BodyPart),
        groups=tuple(GROUP_WORDS),
        model=boot_model(studio),
        own=_own_pictures(studio),
        review=bool(studio.config.store),
    )


def _own_pictures(studio: Studio) -> OwnPictures:
    if studio.annotator is not None:
        return OwnPictures(True, "", UPLOAD_MAX_PIXELS)
    if studio.joints is None:
        return OwnPictures(False, "", UPLOAD_MAX_PIXELS)
    why = studio.joints.why_not()
    # Elsewhere than at this machine nobody has a shell to follow the advice in.
    advice = why if isinstance(studio.config.login, LocalLogin) else ""
    return OwnPictures(not why, advice, UPLOAD_MAX_PIXELS)


def describe_api(
    studio: Studio, reference: str, target: str, view: str = "forward"
) -> dict[str, Any]:
    """Describe what changes between two dataset pictures, by rules over their joints.

    Raises:
        gr.Error: with the one line of what was wrong.
    """

    def handler(studio: Studio, payload: Page) -> Page:
        chosen = read_view(payload)
        pair = PosePair(studio.image(payload["reference"]), studio.image(payload["target"]))
        with studio.slot():
            text = describe_pair(pair, view=chosen, n=PHRASINGS)
        return {
            "parts": [{"part": r.part, "text": r.text} for r in one_row_a_part(text.parts)],
            "phrasings": list(text.phrasings),
            "source": text.source.value,
            "provider": text.provenance.provider,
        }

    answer = page_call(handler, studio)({"reference": reference, "target": target, "view": view})
    if not answer["ok"]:
        raise gr.Error(answer["error"])
    return {name: value for name, value in answer.items() if name != "ok"}


DESCRIBE_HANDLERS: tuple[Handler, ...] = (
    describe_boot, pair_strip, describe, rephrase, caption_row, check_upload,
    live_start, live_poll, live_cancel, live_answers, live_rank, verdicts, exchange_sides,
)  # fmt: skip

PERSONAL_HANDLERS = (describe_save,)
"""Called with who asks."""


def build_describe_tab(studio: Studio) -> gr.HTML:
    """The tab's one component; its module is ``describe/page/index.js``."""
    desk = DescribeDesk(studio, studio.config.store)
    personal = [personal_call(one, desk, studio.config.login) for one in PERSONAL_HANDLERS]
    shared = [page_call(handler, studio) for handler in DESCRIBE_HANDLERS]
    return tab_page("describe", [*shared, *personal])
