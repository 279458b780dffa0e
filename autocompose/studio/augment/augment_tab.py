"""Augment: the four views of one pair side by side, each with its own text."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

import gradio as gr

from autocompose.describe.geometric import PhrasingBank, describe_views
from autocompose.errors import DescriptionError
from autocompose.schema import PosePair, Source, TransitionDescription, View, caption_key
from autocompose.studio.augment.mirror_diff import mirror_difference
from autocompose.studio.server.pictures import Page, PairView, view_pair
from autocompose.studio.server.state import Studio
from autocompose.studio.server.strips import pair_strip
from autocompose.studio.server.tab_page import tab_page
from autocompose.studio.server.transport import Handler, page_call, read_int, read_text
from autocompose.studio.server.verdict_chips import VerdictView, verdict_view
from autocompose.verify.judge import PairJudge

TITLES = {
    View.FORWARD: "Forward, as is",
    View.MIRROR: "Forward, mirrored",
    View.REVERSE: "Reverse, as is",
    View.MIRROR_REVERSE: "Reverse, mirrored",
}
"""In reading order of the 2 x 2 table."""


@dataclass(frozen=True)
class WordView:
    """A run of words, and whether the forward text lacks it at this place."""

    text: str
    differs: bool


@dataclass(frozen=True)
class CellView:
    """One view of the pair: pictures in its order, its text, or why there is none."""

    view: str
    key: str
    title: str
    mirrored: bool
    pair: PairView
    words: tuple[WordView, ...]
    problem: str
    verdict: VerdictView | None


@dataclass(frozen=True)
class AugmentAnswer:
    """The four cells of one pair, in reading order, written with a seed."""

    pair: str
    seed: int
    cells: tuple[CellView, ...]


def mark_differences(text: str, forward: str) -> tuple[WordView, ...]:
    """Mark the words of a view's text that differ from the forward text.

    Joining the runs with spaces gives the text back, white space made single.
    """
    words, base = text.split(), forward.split()
    matcher = difflib.SequenceMatcher(a=_folded(base), b=_folded(words), autojunk=False)
    runs = []
    for kind, _, _, start, end in matcher.get_opcodes():
        if end > start:
            runs.append(WordView(" ".join(words[start:end]), kind != "equal"))
    return tuple(runs)


def _folded(words: list[str]) -> list[str]:
    return [word.lower().strip(".,;") for word in words]


def augment(studio: Studio, payload: Page) -> AugmentAnswer:
    """The four cells of the table for one pair; a view without a text says why in its cell."""
    pair = studio.pair(read_text(payload, "pair"))
    seed = read_int(payload, "seed", low=0, high=2**31 - 1, default=0)
    try:
        with studio.slot():
            described = describe_views(pair, bank=PhrasingBank.TRAIN, n=3, seed=seed)
            judge = PairJudge.of_images(pair.reference, pair.target)
    except DescriptionError as error:
        cells = tuple(_cell(pair, view, problem=str(error)) for view in TITLES)
    else:
        forward = _longest(described[View.FORWARD])
        cells = tuple(
            _cell(pair, view, *_read(judge, view, _longest(described[view]), forward))
            for view in TITLES
        )
    return AugmentAnswer(pair.id, seed, cells)


def _longest(described: TransitionDescription) -> str:
    """The phrasing that names most sides."""
    # By words: "left" is a letter shorter than "right"; a view and its mirror must agree.
    return max(described.phrasings, key=lambda text: len(text.split()))


def _read(
    judge: PairJudge, view: View, text: str, forward: str
) -> tuple[tuple[WordView, ...], VerdictView]:
    """A view's text in words, and what the bodies say of it as the view shows them."""
    same = view is View.FORWARD
    words = (WordView(text, False),) if same else mark_differences(text, forward)
    # The page joins the words by single spaces; claims are underlined by their place in that.
    return words, verdict_view(judge.seen_as(view).check(" ".join(text.split())))


def _cell(
    pair: PosePair,
    view: View,
    words: tuple[WordView, ...] = (WordView("", False),),
    verdict: VerdictView | None = None,
    *,
    problem: str = "",
) -> CellView:
    return CellView(
        view=view.value,
        key=caption_key(Source.AUTO, view),
        title=TITLES[view],
        mirrored=view.mirrors,
        pair=view_pair(pair, skeleton=True, view=view),
        words=words,
        problem=problem,
        verdict=verdict,
    )


AUGMENT_HANDLERS: tuple[Handler, ...] = (pair_strip, augment, mirror_difference)


def build_augment_tab(studio: Studio) -> gr.HTML:
    """The tab's one component; its module is ``augment/page/index.js``."""
    return tab_page("augment", [page_call(handler, studio) for handler in AUGMENT_HANDLERS])
