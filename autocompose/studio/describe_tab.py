"""Describe: a pair becomes part sentences and phrasings, to be edited and taken away."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import gradio as gr

from autocompose.describe.geometric import PhrasingBank, describe_pair
from autocompose.errors import ConfigError, DescriptionError, TextError
from autocompose.schema import (
    BodyPart,
    ImageInfo,
    PoseImage,
    PosePair,
    Source,
    TransitionDescription,
    View,
    caption_key,
)
from autocompose.studio.pictures import Page, to_page, view_pair
from autocompose.studio.state import Studio, mixed
from autocompose.studio.theme import asset, tab_script
from autocompose.studio.transport import (
    check_upload,
    page_call,
    read_int,
    read_rows,
    read_text,
    read_upload,
)

STRIP = 24
"""Pairs per page of the strip."""

PHRASINGS = 3

NO_JOINTS = (
    "These two pictures come without joints, so the rules have nothing to measure, and no "
    "multimodal model is set up in this studio. Pick a pair above to see a description, or use one "
    "of your pictures as a reference in Retrieve, which needs no joints."
)

_GROUP_WORDS = {
    "head": ("head", "neck"),
    "arms": ("shoulder", "arm", "elbow", "wrist", "hand"),
    "torso": ("torso", "hips"),
    "legs": ("leg", "knee", "ankle", "foot"),
}


@dataclass(frozen=True)
class PartView:
    """A body part in a row, on the map, or in the list; side ``L``, ``R`` or empty."""

    part: str
    label: str
    side: str
    group: str
    text: str = ""


def part_view(part: BodyPart, text: str = "") -> PartView:
    """What the page shows of one part."""
    side = {"left": "L", "right": "R"}.get(part.side or "", "")
    kind = part.value.split("_")[-1]
    group = next(name for name, kinds in _GROUP_WORDS.items() if kind in kinds)
    return PartView(part.value, part.label, side, group, text)


def pair_strip(studio: Studio, payload: Page) -> Page:
    """One page of pairs, people and clips mixed."""
    pairs = mixed(studio.pairs)
    offset = read_int(payload, "offset", low=0, high=len(pairs), default=0)
    return {
        "problem": studio.dataset_problem,
        "dataset": f"{studio.dataset_name} {studio.split}",
        "total": len(pairs),
        "offset": offset,
        "pairs": [to_page(view_pair(pair)) for pair in pairs[offset : offset + STRIP]],
    }


def describe_boot(studio: Studio, payload: Page) -> Page:
    """The strip, and the closed list of parts."""
    return {
        **pair_strip(studio, payload),
        "parts": [to_page(part_view(part)) for part in BodyPart],
        "groups": list(_GROUP_WORDS),
    }


def describe(studio: Studio, payload: Page) -> Page:
    """Describe one pair of the dataset, or say why an uploaded one cannot be described.

    Args:
        studio: the loaded studio.
        payload: ``pair`` (an id), or ``reference`` and ``target`` (upload paths); ``seed``.

    Returns:
        The pair with its bones, part rows, phrasings and who wrote them; or ``explanation``.
    """
    pair, uploaded = _read_pair(studio, payload)
    seed = read_int(payload, "seed", low=0, high=2**31 - 1, default=0)
    page: Page = {
        "pair": to_page(view_pair(pair, skeleton=True)),
        "uploaded": uploaded,
        "seed": seed,
    }
    if uploaded:
        return {**page, "explanation": NO_JOINTS}
    try:
        with studio.slot():
            text = describe_pair(pair, bank=PhrasingBank.TRAIN, n=PHRASINGS, seed=seed)
    except DescriptionError as error:
        return {**page, "explanation": str(error)}
    return {**page, **_description_page(text)}


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


def _read_pair(studio: Studio, payload: Page) -> tuple[PosePair, bool]:
    pair_id = read_text(payload, "pair")
    if pair_id:
        return studio.pair(pair_id), False
    if not (read_text(payload, "reference") and read_text(payload, "target")):
        raise ConfigError("Pick a pair above, or upload a reference and a target picture.")
    reference = read_upload(studio, payload, "reference")
    target = read_upload(studio, payload, "target")
    info = ImageInfo(pose="uploaded")
    return PosePair(
        PoseImage(reference.name, reference, info=info), PoseImage(target.name, target, info=info)
    ), True


def caption_row(studio: Studio, payload: Page) -> Page:
    """Check an edited description and write it as one row of an official caption file.

    Args:
        studio: the loaded studio.
        payload: ``pair``, ``rows`` of ``{part, text}``, ``phrasings``, ``edited``.

    Returns:
        ``row`` with the official keys (texts under ``auto``) and, beside them, part rows and
        provenance, which the official code ignores; ``file`` is a name to save it under.

    Raises:
        UnknownBodyPartError: a part is outside the closed list.
        TextError: a sentence is empty, or no phrasing is left.
    """
    pair = studio.pair(read_text(payload, "pair"))
    parts = [_read_row(row) for row in read_rows(payload, "rows")]
    phrasings = [" ".join(text.split()) for text in _texts(read_rows(payload, "phrasings"))]
    phrasings = [text for text in phrasings if text]
    if not phrasings:
        raise TextError("No phrasing is left; write one, or press Regenerate.")
    row = {
        "reference": pair.reference.id,
        "target": pair.target.id,
        "img_set": list(pair.image_set) or [pair.target.id],
        caption_key(Source.AUTO, View.FORWARD): phrasings,
        "parts": parts,
        "provenance": {
            "provider": "geometric",
            "source": "auto",
            "edited_in_studio": bool(payload.get("edited")),
        },
    }
    return {"row": row, "file": f"caption_{pair.id}.json"}


def _read_row(row: Any) -> dict[str, str]:
    if not isinstance(row, dict):
        raise ConfigError("a part row is not an object with part and text; reload the page")
    part = BodyPart.parse(read_text(row, "part"))
    text = " ".join(read_text(row, "text").split())
    if not text:
        raise TextError(f"The sentence for the {part.label} is empty; write it or remove the row.")
    return {"part": part.value, "text": text}


def _texts(values: list[Any]) -> list[str]:
    return [read_text({"phrasing": value}, "phrasing") for value in values]


def describe_api(
    studio: Studio, reference: str, target: str, view: str = "forward"
) -> dict[str, Any]:
    """Describe what changes between two dataset pictures, by rules over their joints.

    Raises:
        gr.Error: with the one line of what was wrong.
    """

    def handler(studio: Studio, payload: Page) -> Page:
        if payload["view"] not in [v.value for v in View]:
            allowed = ", ".join(v.value for v in View)
            raise ConfigError(f'view "{payload["view"]}" is unknown; use one of {allowed}')
        pair = PosePair(studio.image(payload["reference"]), studio.image(payload["target"]))
        with studio.slot():
            text = describe_pair(pair, view=View(payload["view"]), n=PHRASINGS)
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


def build_describe_tab(studio: Studio) -> gr.HTML:
    """The tab's one component; its script is ``assets/describe.js``."""
    handlers = (describe_boot, pair_strip, describe, caption_row, check_upload)
    return gr.HTML(
        value="",
        html_template=asset("tab.html"),
        js_on_load=tab_script("describe.js"),
        server_functions=[page_call(handler, studio) for handler in handlers],
        elem_id="describe",
        apply_default_css=False,
    )
