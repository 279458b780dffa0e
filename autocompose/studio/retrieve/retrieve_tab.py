"""Retrieve: a reference picture and a change in words rank the gallery."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import gradio as gr

from autocompose.errors import ConfigError, TextError
from autocompose.schema import ComposedQuery, JointsOrigin
from autocompose.studio.server.opening import DatasetView, dataset_view
from autocompose.studio.server.pictures import Page, PictureView, to_page, view_picture
from autocompose.studio.server.state import EngineState, EngineStatus, Studio, mixed
from autocompose.studio.server.theme import asset, tab_script
from autocompose.studio.server.transport import (
    Handler,
    check_upload,
    page_call,
    read_int,
    read_text,
)

STRIP = 60
"""Reference thumbnails per page of the strip."""

MAX_K = 48

CHANGES = (
    "raise both arms overhead",
    "lower the left arm",
    "bend the knees and squat down",
    "stand up straight",
    "extend both arms out to the sides",
    "bend the left knee to a right angle",
)
"""Changes to click. Sides are the subject's."""

RENDERED_NOTE = "Images are rendered and texts are generated from 3-D joints."
PICKED_NOTE = "These examples are test queries, chosen because the model answers them well."


@dataclass(frozen=True)
class HitView:
    """One card of the ranked grid; ``expected`` marks the target of a worked example."""

    rank: int
    score: float
    picture: PictureView
    expected: bool


@dataclass(frozen=True)
class ExampleView:
    """One worked example: a reference, a change in words, and the pair that knows the target."""

    picture: PictureView
    text: str
    pair: str


@dataclass(frozen=True)
class ExamplesView:
    """The worked examples and what is said below them."""

    note: str
    rendered: bool
    examples: tuple[ExampleView, ...]


@dataclass(frozen=True)
class ReferencesView:
    """One page of the strip of references."""

    total: int
    offset: int
    pictures: tuple[PictureView, ...]


@dataclass(frozen=True)
class RetrieveBoot:
    """All that the tab needs to draw itself before anybody does anything."""

    dataset: DatasetView
    changes: tuple[str, ...]
    max_k: int
    references: ReferencesView
    examples: ExamplesView
    status: EngineStatus


def retrieve_boot(studio: Studio, payload: Page) -> Page:
    """The dataset, the references, the examples and the model as they are now."""
    del payload
    boot = RetrieveBoot(
        dataset=dataset_view(studio),
        changes=CHANGES,
        max_k=MAX_K,
        references=_references(studio, 0),
        examples=_examples(studio),
        status=studio.status(),
    )
    return to_page(boot)


def example_cards(studio: Studio, payload: Page) -> Page:
    """The worked examples, and how they were picked: by the model once it is there."""
    del payload
    return to_page(_examples(studio))


def _examples(studio: Studio) -> ExamplesView:
    rendered = any(i.joints_origin is JointsOrigin.RENDERED for i in studio.images)
    picked = studio.status().state is EngineState.READY
    notes = (RENDERED_NOTE if rendered else "", PICKED_NOTE if picked else "")
    return ExamplesView(
        note=" ".join(note for note in notes if note),
        rendered=rendered,
        examples=tuple(
            ExampleView(view_picture(example.pair.reference), example.text, example.pair.id)
            for example in studio.examples
        ),
    )


def reference_strip(studio: Studio, payload: Page) -> Page:
    """One page of reference thumbnails, people and clips mixed."""
    high = len(studio.images)
    return to_page(_references(studio, read_int(payload, "offset", low=0, high=high, default=0)))


def _references(studio: Studio, offset: int) -> ReferencesView:
    images = mixed(studio.images)
    shown = tuple(view_picture(image) for image in images[offset : offset + STRIP])
    return ReferencesView(len(images), offset, shown)


def engine_status(studio: Studio, payload: Page) -> Page:
    """Whether queries can be answered yet."""
    del payload
    return to_page(studio.status())


def search(studio: Studio, payload: Page) -> Page:
    """Rank the gallery for one query.

    Args:
        studio: the loaded studio.
        payload: ``seq`` (returned as it came, so that the page drops answers to an older text),
            ``text``, ``image`` (a gallery id) or ``upload`` (a path), ``k``, and ``pair`` for a
            worked example.

    Returns:
        Hits, what was left out, the words that were cut, and where the example's own target stands.

    Raises:
        TextError: the text is empty.
        AutoComPoseError: what `Studio.retrieve` raises.
    """
    text = " ".join(read_text(payload, "text").split())
    if not text:
        raise TextError('Write what should change, for example "raise both arms".')
    k = read_int(payload, "k", low=1, high=MAX_K, default=12)
    reference, exclude = _reference(studio, payload)
    target = _expected_target(studio, payload)
    engine = studio.engine
    result = studio.retrieve(ComposedQuery(reference, text, exclude, target), k)
    hits = [
        to_page(
            HitView(
                hit.rank,
                round(hit.score, 4),
                view_picture(studio.image(hit.image_id)),
                hit.image_id == target,
            )
        )
        for hit in result.hits
    ]
    return {
        "seq": read_int(payload, "seq", low=0, high=2**31, default=0),
        "text": text,
        "hits": hits,
        "ranked": engine.gallery_size - len(result.excluded),
        "excluded": len(result.excluded),
        "milliseconds": round(1000 * result.seconds),
        "truncated": result.truncated,
        "target_rank": result.target_rank,
        "status": engine_status(studio, {}),
    }


def _reference(studio: Studio, payload: Page) -> tuple[Path, tuple[str, ...]]:
    if read_text(payload, "upload"):
        return studio.uploaded(read_text(payload, "upload")), ()
    image_id = read_text(payload, "image")
    if not image_id:
        raise ConfigError("Choose a reference picture first: click a thumbnail or upload your own.")
    return studio.image(image_id).path, (image_id,)


def _expected_target(studio: Studio, payload: Page) -> str:
    pair_id = read_text(payload, "pair")
    return studio.pair(pair_id).target.id if pair_id else ""


def retrieve_api(
    studio: Studio, image: str, text: str, k: int = 10
) -> list[dict[str, str | float]]:
    """Rank the gallery for a reference picture of the gallery and a change in words.

    Raises:
        gr.Error: with the one line of what was wrong.
    """
    answer = page_call(search, studio)({"image": image, "text": text, "k": k})
    if not answer["ok"]:
        raise gr.Error(answer["error"])
    return [
        {"rank": hit["rank"], "image": hit["picture"]["id"], "score": hit["score"]}
        for hit in answer["hits"]
    ]


RETRIEVE_HANDLERS: tuple[Handler, ...] = (
    retrieve_boot, example_cards, reference_strip, engine_status, search, check_upload,
)  # fmt: skip


def build_retrieve_tab(studio: Studio) -> gr.HTML:
    """The tab's one component; its script is ``retrieve/page/retrieve.js``."""
    return gr.HTML(
        value="",
        html_template=asset("web/tab.html"),
        js_on_load=tab_script("retrieve/page/retrieve.js"),
        server_functions=[page_call(handler, studio) for handler in RETRIEVE_HANDLERS],
        elem_id="retrieve",
        apply_default_css=False,
    )
