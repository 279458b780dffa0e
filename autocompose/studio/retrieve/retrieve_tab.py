"""Retrieve: a reference picture and a change in words rank the gallery."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from autocompose.schema import Hit, ImageInfo, JointsOrigin
from autocompose.studio.retrieve.asked import PAGE, read_asked
from autocompose.studio.retrieve.explained import EXPLAIN_HANDLERS
from autocompose.studio.retrieve.open_page import SHELF_HANDLERS
from autocompose.studio.retrieve.query_code import CODE_HANDLERS
from autocompose.studio.retrieve.reference import read_reference
from autocompose.studio.retrieve.wishes import PartWishes, part_wishes
from autocompose.studio.server.gallery_joints import (
    gallery_joints,
    gallery_joints_cancel,
    gallery_joints_start,
)
from autocompose.studio.server.gallery_pictures import view_of_gallery
from autocompose.studio.server.opening import DatasetView, dataset_view
from autocompose.studio.server.pictures import (
    POSE_ORIGINS,
    Page,
    PictureView,
    caption,
    view_picture,
)
from autocompose.studio.server.state import EngineState, EngineStatus, Studio, mixed
from autocompose.studio.server.tab_page import tab_page
from autocompose.studio.server.transport import (
    Handler,
    page_call,
    read_int,
    read_text,
)
from autocompose.studio.server.uploads import UPLOAD_MAX_PIXELS, check_upload

STRIP = 60
"""Reference thumbnails per page of the strip."""

CHANGES = (
    "raise both arms overhead",
    "kneel down",
    "put the left hand on the hip",
    "lie down on your back",
    "stand up straight",
    "kick with the right leg",
    "bend the left knee",
    "let both arms hang down",
    "lean forward",
    "stretch both arms out in front",
    "crouch down",
    "lift the right foot off the floor",
    "turn your head to the left",
    "raise the right arm",
    "straighten both knees",
    "sit down",
)
"""Changes to click, in the order of preference. Sides are the subject's."""
CHIPS = 6
"""How many of them are shown."""

RENDERED_NOTE = "Images are rendered and texts are generated from 3-D joints."
PICKED_NOTE = "These examples are test queries, chosen because the model answers them well."

PINNED_NOTE = "The examples were chosen because the model answers them well."


@dataclass(frozen=True)
class ClaimCheck:
    """One thing that the text asks for, held against the body in a picture.

    Args:
        says: what is asked for, in words.
        verdict: ``supported``, ``contradicted`` or ``unknown``.
        evidence: the numbers.
    """

    says: str
    verdict: str
    evidence: str


@dataclass(frozen=True)
class HitView:
    """One card of the ranked grid.

    Args:
        rank: from 1.
        score: cosine of query and picture.
        picture: the hit.
        expected: it is the target of a worked example.
        checks: of what the text asks for; empty where no joints are known.
        met: how many of them the body meets.
    """

    rank: int
    score: float
    picture: PictureView
    expected: bool
    checks: tuple[ClaimCheck, ...]
    met: int


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
    examples: tuple[ExampleView, ...]


@dataclass(frozen=True)
class ReferencesView:
    """One page of the strip of references."""

    total: int
    offset: int
    pictures: tuple[PictureView, ...]


@dataclass(frozen=True)
class RetrieveBoot:
    """All that the tab needs to draw itself; ``most_pixels`` is the largest picture it takes."""

    dataset: DatasetView
    changes: tuple[str, ...]
    max_k: int
    most_pixels: int
    references: ReferencesView
    examples: ExamplesView
    status: EngineStatus
    parts: tuple[PartWishes, ...]


@dataclass(frozen=True)
class ChangesView:
    """Changes to click that fit a reference."""

    changes: tuple[str, ...]


@dataclass(frozen=True)
class ReferenceAnswer:
    """The picture that a link names."""

    picture: PictureView


@dataclass(frozen=True)
class FilterChoice:
    """One value that pictures can be filtered by, and its words."""

    value: str
    label: str


@dataclass(frozen=True)
class FiltersView:
    """The values of each field, the most frequent first; none where the gallery knows none."""

    person: tuple[FilterChoice, ...]
    camera: tuple[FilterChoice, ...]
    clip: tuple[FilterChoice, ...]
    source: tuple[FilterChoice, ...]


@dataclass(frozen=True)
class SearchAnswer:
    """The answer to one query.

    Args:
        text: the query's, white space made single.
        hits: best first.
        ranked: how many pictures were ranked.
        excluded: how many were not: the reference, where it is of the gallery.
        milliseconds: the query took.
        truncated: words that the model did not read.
        target_rank: where the target of the worked example stands, from 1; 0 without one.
        read_as: what the text asks for, as it was read.
        not_understood: words of it that were not.
        warning: one line where the answer is unlikely to be of use, else empty.
        judged: whether the bodies in the pictures had their say in the order.
        status: of the model that answered.
    """

    text: str
    hits: tuple[HitView, ...]
    ranked: int
    excluded: int
    milliseconds: int
    truncated: str
    target_rank: int
    read_as: tuple[str, ...]
    not_understood: tuple[str, ...]
    warning: str
    judged: bool
    status: EngineStatus


def retrieve_boot(studio: Studio, payload: Page) -> RetrieveBoot:
    """The dataset, the references, the examples and the model as they are now."""
    del payload
    return RetrieveBoot(
        dataset=dataset_view(studio),
        changes=CHANGES[:CHIPS],
        max_k=PAGE,
        most_pixels=UPLOAD_MAX_PIXELS,
        references=_references(studio, 0),
        examples=_examples(studio),
        status=studio.status(),
        parts=part_wishes(),
    )


def example_cards(studio: Studio, payload: Page) -> ExamplesView:
    """The worked examples, and how they were picked: by the model once it is there."""
    del payload
    return _examples(studio)


def _examples(studio: Studio) -> ExamplesView:
    rendered = any(i.joints_origin is JointsOrigin.RENDERED for i in studio.images)
    picked = PICKED_NOTE if studio.status().state is EngineState.READY else ""
    notes = (RENDERED_NOTE if rendered else "", PINNED_NOTE if studio.pinned else picked)
    return ExamplesView(
        note=" ".join(note for note in notes if note),
        examples=tuple(
            ExampleView(view_picture(example.pair.reference), example.text, example.pair.id)
            for example in studio.examples
        ),
    )


def reference_strip(studio: Studio, payload: Page) -> ReferencesView:
    """One page of reference thumbnails, people and clips mixed."""
    high = len(studio.images)
    return _references(studio, read_int(payload, "offset", low=0, high=high, default=0))


def reference_picture(studio: Studio, payload: Page) -> ReferenceAnswer:
    """The picture of the gallery that a link names as ``image``.

    Raises:
        MissingImageError: there is no such picture.
    """
    return ReferenceAnswer(view_of_gallery(studio, read_text(payload, "image")))


def fitting_changes(studio: Studio, payload: Page) -> ChangesView:
    """Changes that make sense from a reference and that the gallery can answer.

    Args:
        studio: the loaded studio.
        payload: the reference as in `read_reference`.

    Raises:
        AutoComPoseError: no reference is named, or no model is there yet.
    """
    chosen = read_reference(studio, payload)
    engine = studio.engine
    with studio.slot():
        fitting = engine.retriever.fitting(chosen.path, CHANGES, body=chosen.body)
    return ChangesView(fitting[:CHIPS])


def _references(studio: Studio, offset: int) -> ReferencesView:
    images = mixed(studio.images)
    shown = tuple(view_picture(image) for image in images[offset : offset + STRIP])
    return ReferencesView(len(images), offset, shown)


def engine_status(studio: Studio, payload: Page) -> EngineStatus:
    """Whether queries can be answered yet."""
    del payload
    return studio.status()


def search(studio: Studio, payload: Page) -> SearchAnswer:
    """Rank the gallery for one query.

    Args:
        studio: the loaded studio.
        payload: as `read_asked` reads it; with ``skip`` the hits after so many.

    Returns:
        Hits, what was left out, the words that were cut, and where the example's own target stands.

    Raises:
        TextError: the text is empty.
        AutoComPoseError: what `Studio.retrieve` raises.
    """
    asked = read_asked(studio, payload)
    result = studio.retrieve(asked.query, asked.k, scene=asked.scene, choices=asked.choices)
    target = asked.query.target
    hits = tuple(_hit(studio, hit, target) for hit in result.hits)
    return SearchAnswer(
        text=asked.query.text,
        hits=hits,
        ranked=result.ranked,
        excluded=len(result.excluded),
        milliseconds=round(1000 * result.seconds),
        truncated=result.truncated,
        target_rank=result.target_rank,
        read_as=result.reading.read_as,
        not_understood=result.reading.not_understood,
        warning=result.reading.warning,
        judged=result.reading.judged,
        status=studio.status(),
    )


def filter_choices(studio: Studio, payload: Page) -> FiltersView:
    """What the pictures can be filtered by, as far as the gallery knows."""
    del payload
    facts = studio.engine.facts
    shown = {name: tuple(facts.get(name, ())) for name in ("person", "camera", "clip", "source")}
    return FiltersView(
        person=tuple(FilterChoice(v, caption(ImageInfo(person=v))) for v in shown["person"]),
        camera=tuple(FilterChoice(v, caption(ImageInfo(camera=v))) for v in shown["camera"]),
        clip=tuple(FilterChoice(v, caption(ImageInfo(clip=v))) for v in shown["clip"]),
        source=tuple(FilterChoice(v, POSE_ORIGINS.get(v, v)) for v in shown["source"]),
    )


def _hit(studio: Studio, hit: Hit, target: str) -> HitView:
    checks = tuple(ClaimCheck(c.text, c.verdict, c.evidence) for c in hit.claims)
    return HitView(
        rank=hit.rank,
        score=round(hit.score, 4),
        picture=view_of_gallery(studio, hit.image_id),
        expected=hit.image_id == target,
        checks=checks,
        met=sum(check.verdict == "supported" for check in checks),
    )


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
    retrieve_boot, example_cards, fitting_changes, reference_strip, reference_picture,
    engine_status, search, filter_choices, check_upload, gallery_joints, gallery_joints_start,
    gallery_joints_cancel, *EXPLAIN_HANDLERS, *CODE_HANDLERS, *SHELF_HANDLERS,
)  # fmt: skip


def build_retrieve_tab(studio: Studio) -> gr.HTML:
    """The tab's one component; its module is ``retrieve/page/index.js``."""
    return tab_page("retrieve", [page_call(handler, studio) for handler in RETRIEVE_HANDLERS])
