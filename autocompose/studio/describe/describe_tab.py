"""Describe: a pair becomes part sentences and phrasings, to be edited and taken away."""

from __future__ import annotations

import dataclasses
from typing import Any

import gradio as gr

from autocompose.data.captions.caption_records import CaptionRecord, TextNote
from autocompose.data.estimated_joints import NO_ESTIMATE
from autocompose.describe.geometric import PhrasingBank, describe_pair
from autocompose.errors import DescriptionError, EstimationError, TextError, one_line
from autocompose.schema import BodyPart, PosePair, Source, TransitionDescription, View, caption_key
from autocompose.studio.describe.live_pages import (
    ModelView,
    boot_model,
    live_answers,
    live_cancel,
    live_poll,
    live_start,
)
from autocompose.studio.server.opening import StripView
from autocompose.studio.server.parts import GROUP_WORDS, PartView, part_view, read_row
from autocompose.studio.server.pictures import Page, to_page, view_pair
from autocompose.studio.server.state import Studio
from autocompose.studio.server.strips import pair_strip, strip_view
from autocompose.studio.server.theme import asset, tab_script
from autocompose.studio.server.transport import (
    Handler,
    page_call,
    read_int,
    read_rows,
    read_text,
    read_view,
)
from autocompose.studio.server.uploads import check_upload, read_pair
from autocompose.studio.server.verdict_chips import exchange_sides, verdicts

PHRASINGS = 3

NO_JOINTS = (
    "These two pictures come without joints, so the rules have nothing to measure, and no "
    "multimodal model is set up in this studio. Pick a pair above to see a description, or use one "
    "of your pictures as a reference in Retrieve, which needs no joints."
)

PAIR_WITHOUT_JOINTS = (
    "These two pictures come without joints, so the rules have nothing to measure, and no "
    "multimodal model is set up in this studio."
)

ASK_THE_MODEL = (
    "These two pictures come without joints, so the rules have nothing to measure. Let the model"
    " describe them instead."
)


ESTIMATED = "joints estimated from the pictures: check the text"


@dataclasses.dataclass(frozen=True)
class DescribeBoot:
    """All that the tab needs to draw itself; ``model`` is None where none is set up."""

    strip: StripView
    parts: tuple[PartView, ...]
    groups: tuple[str, ...]
    model: ModelView | None


def describe_boot(studio: Studio, payload: Page) -> Page:
    """The strip, and the closed list of parts."""
    boot = DescribeBoot(
        strip=strip_view(studio, payload),
        parts=tuple(part_view(part) for part in BodyPart),
        groups=tuple(GROUP_WORDS),
        model=boot_model(studio),
    )
    return to_page(boot)


def describe(studio: Studio, payload: Page) -> Page:
    """Describe one pair of the dataset, or say why an uploaded one cannot be described.

    Args:
        studio: the loaded studio.
        payload: ``pair`` (an id), or ``reference`` and ``target`` (upload paths); ``seed``.

    Returns:
        The pair with its bones, part rows, phrasings and who wrote them; or ``explanation``.
    """
    pair, uploaded = read_pair(studio, payload)
    seed = read_int(payload, "seed", low=0, high=2**31 - 1, default=0)
    page: Page = {
        "pair": to_page(view_pair(pair, skeleton=True)),
        "uploaded": uploaded,
        "seed": seed,
    }
    estimated = pair.reference.joints is None or pair.target.joints is None
    if estimated:
        try:
            pair = _with_joints(studio, pair)
        except NO_ESTIMATE as error:
            without = NO_JOINTS if uploaded else PAIR_WITHOUT_JOINTS
            advice = without if studio.annotator is None else ASK_THE_MODEL
            return {**page, "explanation": f"{advice} {_sentence(error)}".strip()}
        page["pair"] = to_page(view_pair(pair, skeleton=True))
    try:
        with studio.slot():
            text = describe_pair(pair, bank=PhrasingBank.TRAIN, n=PHRASINGS, seed=seed)
    except DescriptionError as error:
        return {**page, "explanation": str(error)}
    described = _description_page(text)
    if estimated:
        described["who"] += f" · {ESTIMATED}"
    return {**page, **described}


def _with_joints(studio: Studio, pair: PosePair) -> PosePair:
    if studio.joints is None:
        raise EstimationError("")
    with studio.slot():
        return studio.joints.complete_pair(pair)


def _sentence(error: Exception) -> str:
    """An error's one line as a sentence of its own; empty stays empty."""
    line = one_line(error)
    return f"{line[:1].upper()}{line[1:]}." if line else ""


def _description_page(text: TransitionDescription) -> Page:
    rows = [to_page(part_view(row.part, row.text)) for row in text.parts]
    return {
        "rows": rows,
        "phrasings": list(text.phrasings),
        "source": text.source.value,
        "provenance": dataclasses.asdict(text.provenance),
        "who": who_wrote(text),
    }


def who_wrote(text: TransitionDescription) -> str:
    """One line on the author of a text; rules are never called a person or a model."""
    if text.source is Source.AUTO:
        return f"Made from joints by rules (auto) · provider {text.provenance.provider}"
    return f"{text.source.value} · {text.provenance.provider} {text.provenance.model}".strip()


def caption_row(studio: Studio, payload: Page) -> Page:
    """Check an edited description and write it as one row of an official caption file.

    Args:
        studio: the loaded studio.
        payload: ``pair`` or two uploads; ``source``; ``rows`` of ``{part, text}``, ``phrasings`` of
            the forward view, ``views`` (other view -> texts), ``edited``.

    Returns:
        ``row`` with the official keys and, beside them, part rows and provenance, which the
        official code ignores; ``file`` is a name to save it under.

    Raises:
        UnknownBodyPartError: a part is outside the closed list.
        TextError: a sentence is empty, or no phrasing is left.
    """
    pair, uploaded = read_pair(studio, payload)
    source = Source.MLLM if payload.get("source") == Source.MLLM.value else Source.AUTO
    parts = [read_row(row) for row in read_rows(payload, "rows")]
    texts = {View.FORWARD: _texts(payload, "phrasings")}
    if not texts[View.FORWARD]:
        raise TextError("No phrasings left; write one, or press Rephrase.")
    others = payload.get("views")
    if isinstance(others, dict):
        texts |= {v: _texts(others, v.value) for v in View if v is not View.FORWARD}
    images = (pair.reference, pair.target)
    reference, target = (image.path.name if uploaded else image.id for image in images)
    provenance = {
        **_written_by(studio, source),
        **({"joints": "estimated"} if uploaded and source is Source.AUTO else {}),
        "source": source.value,
        "edited_in_studio": bool(payload.get("edited")),
    }
    record = CaptionRecord.described(
        reference,
        target,
        pair.image_set or (target,),
        texts={caption_key(source, view): tuple(found) for view, found in texts.items() if found},
        note=TextNote(tuple(texts[View.FORWARD]), tuple(parts), provenance),
    )
    row = dict(record.row)
    return {"row": row, "file": f"caption_{pair.id}.json"}


def _written_by(studio: Studio, source: Source) -> dict[str, str]:
    if source is Source.AUTO or studio.annotator is None:
        return {"provider": "geometric"}
    about = studio.annotator.about
    return {"provider": about.provider, "model": about.model, "prompt_version": about.version}


def _texts(payload: Page, name: str) -> list[str]:
    values = [read_text({"phrasing": value}, "phrasing") for value in read_rows(payload, name)]
    texts = [" ".join(value.split()) for value in values]
    return [text for text in texts if text]


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
        return _description_page(text)

    answer = page_call(handler, studio)({"reference": reference, "target": target, "view": view})
    if not answer["ok"]:
        raise gr.Error(answer["error"])
    return {
        "parts": [{"part": row["part"], "text": row["text"]} for row in answer["rows"]],
        "phrasings": answer["phrasings"],
        "source": answer["source"],
        "provider": answer["provenance"]["provider"],
    }


DESCRIBE_HANDLERS: tuple[Handler, ...] = (
    describe_boot, pair_strip, describe, caption_row, check_upload,
    live_start, live_poll, live_cancel, live_answers, verdicts, exchange_sides,
)  # fmt: skip


def build_describe_tab(studio: Studio) -> gr.HTML:
    """The tab's one component; its script is ``describe/page/describe.js``."""
    return gr.HTML(
        value="",
        html_template=asset("web/tab.html"),
        js_on_load=tab_script(
            "describe/page/live.js", "web/verdicts.js", "describe/page/describe.js"
        ),
        server_functions=[page_call(handler, studio) for handler in DESCRIBE_HANDLERS],
        elem_id="describe",
        apply_default_css=False,
    )
