"""An edited description leaves Describe: as a row of a caption file, or into the review store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from autocompose.data.captions.caption_records import CaptionRecord, TextNote
from autocompose.errors import ConfigError, TextError
from autocompose.review.files.kept_texts import keep_texts, standing_description
from autocompose.review.people.users import Reviewer, Role
from autocompose.review.queue.signals import measure_signals
from autocompose.review.store.records import Judgement
from autocompose.schema import PartDescription, PosePair, Source, View, caption_key
from autocompose.studio.describe.description import written_by_rules
from autocompose.studio.server.caption_texts import caption_record, with_key
from autocompose.studio.server.parts import read_row
from autocompose.studio.server.pictures import Page
from autocompose.studio.server.row_check import check_rows
from autocompose.studio.server.state import Studio
from autocompose.studio.server.store_opener import StoreOpener
from autocompose.studio.server.transport import read_int, read_rows, read_text
from autocompose.studio.server.uploads import read_pair


@dataclass(frozen=True)
class CaptionRowAnswer:
    """One row of an official caption file, and a name to save it under.

    Args:
        row: the official keys and, beside them, part rows and provenance, which the official code
            ignores.
    """

    row: dict[str, Any]
    file: str


@dataclass(frozen=True)
class SavedToReview:
    """What became of a description that was saved to the review store.

    Args:
        revision: that holds it; 0 is what was imported.
        added: it was not in the store before.
        changed: anything was written; the store may hold the same texts already.
    """

    id: str
    revision: int
    added: bool
    changed: bool


class DescribeDesk(StoreOpener):
    """The review store as Describe saves to it.

    Args:
        studio: whose pairs are described.
        url: of the store; empty where this studio has none.
    """

    def __init__(self, studio: Studio, url: str) -> None:
        super().__init__(url)
        self.studio = studio


@dataclass(frozen=True)
class _Edited:
    """A description as it stands on a page."""

    pair: PosePair
    uploaded: bool
    source: Source
    written_by: dict[str, str]
    parts: tuple[PartDescription, ...]
    texts: dict[View, tuple[str, ...]]
    edited: bool


def caption_row(studio: Studio, payload: Page) -> CaptionRowAnswer:
    """Check an edited description and write it as one row of an official caption file.

    Args:
        studio: the loaded studio.
        payload: ``pair`` or two uploads; ``source``; ``rows`` of ``{part, text}``, ``phrasings`` of
            the forward view, ``views`` (other view -> texts), ``edited``.

    Raises:
        UnknownBodyPartError: a part is outside the closed list.
        TextError: a sentence is empty or speaks of another side or part, a part has two sentences,
            or no phrasing is left.
    """
    found = _read(studio, payload)
    pair = found.pair
    images = (pair.reference, pair.target)
    reference, target = (image.path.name if found.uploaded else image.id for image in images)
    guessed = found.uploaded and found.source is Source.AUTO
    record = CaptionRecord.described(
        reference,
        target,
        pair.image_set or (target,),
        texts={caption_key(found.source, view): texts for view, texts in found.texts.items()},
        note=_note(found, {"joints": "estimated"} if guessed else {}),
    )
    return CaptionRowAnswer(dict(record.row), f"caption_{pair.id}.json")


def describe_save(desk: DescribeDesk, who: Reviewer, payload: Page) -> SavedToReview:
    """Save the forward texts of a pair of the dataset to the review store.

    A description that the store lacks is imported first, as its author wrote it; what was edited
    here becomes its next revision.

    Args:
        desk: with the store.
        who: saves; only an administrator adds a description that is not there.
        payload: as for `caption_row`, with ``seed`` of the rules and ``operation``.

    Raises:
        ConfigError: the pictures are uploads, or this studio has no store.
        TextError: as `caption_row`.
        LoginError: the person may not add a description.
        StoreUnavailableError: the store cannot be written; the message says why.
    """
    studio = desk.studio
    found = _read(studio, payload)
    if found.uploaded:
        raise ConfigError("Only pairs of the dataset can be saved to review; download the row.")
    if not desk.url:
        raise ConfigError("This studio has no review store; start it with --store URL.")
    key = caption_key(found.source, View.FORWARD)
    pair = (found.pair.reference.id, found.pair.target.id)
    store = desk.store(create=who.role is Role.ADMINISTRATOR)
    if not standing_description(store, (studio.dataset_name, studio.split), pair, key=key):
        who.require(Role.ADMINISTRATOR)
    position, record = _original(studio, found, payload)
    kept = keep_texts(
        store,
        record,
        Judgement(found.texts[View.FORWARD], found.parts),
        dataset=studio.dataset,
        split=studio.split,
        position=position,
        operation=read_text(payload, "operation"),
        by=who.name,
    )
    if kept.added:
        with studio.slot():
            measure_signals(store, studio.dataset, only=[kept.description_id])
    return SavedToReview(kept.description_id, kept.revision, kept.added, kept.changed)


def _original(studio: Studio, found: _Edited, payload: Page) -> tuple[int, CaptionRecord]:
    """The description as its author wrote it, and its place in the caption file.

    What the caption file holds goes first: an import of that file then finds the same texts.
    """
    pair, key = found.pair, caption_key(found.source, View.FORWARD)
    place = caption_record(studio, pair)
    if place is not None and any(text.key == key and text.phrasings for text in place[1].texts):
        return place[0], with_key(place[1], key)
    texts, parts = found.texts[View.FORWARD], found.parts
    if found.source is Source.AUTO:
        seed = read_int(payload, "seed", low=0, high=2**31 - 1, default=0)
        written = written_by_rules(studio, pair, seed)
        texts, parts = written.phrasings, written.parts
    note = TextNote(texts, parts, found.written_by)
    record = CaptionRecord.described(
        pair.reference.id,
        pair.target.id,
        pair.image_set or (pair.target.id,),
        texts={key: texts},
        note=note,
    )
    ids = [other.id for other in studio.pairs]
    return ids.index(pair.id), record


def _read(studio: Studio, payload: Page) -> _Edited:
    pair, uploaded = read_pair(studio, payload)
    source = Source.MLLM if payload.get("source") == Source.MLLM.value else Source.AUTO
    parts = check_rows(read_row(row) for row in read_rows(payload, "rows"))
    texts = {View.FORWARD: _texts(payload, "phrasings")}
    if not texts[View.FORWARD]:
        raise TextError("No phrasings left; write one, or press Rephrase.")
    others = payload.get("views")
    if isinstance(others, dict):
        texts |= {v: _texts(others, v.value) for v in View if v is not View.FORWARD}
    texts = {view: found for view, found in texts.items() if found}
    by = _written_by(studio, pair, source, stored=read_text(payload, "writer") == "mllm")
    return _Edited(pair, uploaded, source, by, parts, texts, edited=bool(payload.get("edited")))


def _note(found: _Edited, more: dict[str, Any]) -> TextNote:
    provenance = {
        **found.written_by,
        **more,
        "source": found.source.value,
        "edited_in_studio": found.edited,
    }
    return TextNote(found.texts[View.FORWARD], found.parts, provenance)


def _written_by(studio: Studio, pair: PosePair, source: Source, *, stored: bool) -> dict[str, str]:
    """Who wrote the texts: the rules, the model of this studio, or whom the caption file names."""
    if source is Source.AUTO:
        return {"provider": "geometric"}
    if stored or studio.annotator is None:
        place = caption_record(studio, pair)
        made = {text.key: text.provenance for text in place[1].texts} if place else {}
        found = made.get(caption_key(source, View.FORWARD), {})
        names = ("provider", "model", "prompt_version")
        return {name: str(found[name]) for name in names if found.get(name)}
    about = studio.annotator.about
    return {"provider": about.provider, "model": about.model, "prompt_version": about.version}


def _texts(payload: Page, name: str) -> tuple[str, ...]:
    values = [read_text({"phrasing": value}, "phrasing") for value in read_rows(payload, name)]
    texts = [" ".join(value.split()) for value in values]
    return tuple(text for text in texts if text)
