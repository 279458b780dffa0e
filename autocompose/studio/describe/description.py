"""A pair as Describe shows it: parts and phrasings of one author, or why there are none."""

from __future__ import annotations

from dataclasses import dataclass

from autocompose.data.captions.caption_records import CaptionText
from autocompose.data.estimated_joints import NO_ESTIMATE
from autocompose.describe.geometric import PhrasingBank, describe_pair
from autocompose.describe.joined_parts import join_sentences
from autocompose.errors import DescriptionError, one_line
from autocompose.schema import (
    JointsOrigin,
    PartDescription,
    PosePair,
    Source,
    TransitionDescription,
    View,
    caption_key,
)
from autocompose.studio.server.caption_texts import caption_record
from autocompose.studio.server.parts import PartView, one_row_a_part, read_row
from autocompose.studio.server.pictures import Page, PairView, view_pair
from autocompose.studio.server.row_check import check_rows
from autocompose.studio.server.state import Studio
from autocompose.studio.server.transport import read_int, read_rows, read_text
from autocompose.studio.server.uploads import read_pair, with_joints

PHRASINGS = 3

SEEDS = 8
"""Seeds that are tried for other words of the rules."""

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

RULES = "rules"
"""The author who measures joints; the other author of stored texts is ``mllm``."""


@dataclass(frozen=True)
class FactView:
    """One line of what is known of a text's making."""

    name: str
    value: str


@dataclass(frozen=True)
class ViewTexts:
    """The texts of another view of the same author."""

    view: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class DescribeAnswer:
    """One pair, and what one author wrote of it.

    Args:
        uploaded: both pictures are the visitor's.
        writer: ``rules``, or ``mllm`` for the texts of a multimodal model in the caption file.
        stored: the caption file holds texts of a multimodal model for this pair.
        explanation: why there is no description; empty where there is one.
        source: as in caption keys; empty without a description.
        who: one line on the author; rules are never called a person or a model.
    """

    pair: PairView
    uploaded: bool
    seed: int
    writer: str
    stored: bool
    explanation: str
    source: str
    rows: tuple[PartView, ...]
    phrasings: tuple[str, ...]
    views: tuple[ViewTexts, ...]
    who: str
    facts: tuple[FactView, ...]


@dataclass(frozen=True)
class RephraseAnswer:
    """Other words; none where the rules know no others.

    Args:
        joined: they are the part sentences in one text, as the parts are no longer the rules' own.
    """

    phrasings: tuple[str, ...]
    joined: bool


@dataclass(frozen=True)
class _Written:
    """What an author wrote of a pair."""

    source: Source
    parts: tuple[PartDescription, ...]
    phrasings: tuple[str, ...]
    who: str
    facts: dict[str, str]
    views: tuple[ViewTexts, ...] = ()


def describe(studio: Studio, payload: Page) -> DescribeAnswer:
    """Describe one pair, of the dataset or uploaded, or say why it cannot be described.

    Args:
        studio: the loaded studio.
        payload: ``pair`` (an id), or ``reference`` and ``target`` (upload paths); ``seed``;
            ``writer``, where it is not the rules.
    """
    pair, uploaded = read_pair(studio, payload)
    seed = read_int(payload, "seed", low=0, high=2**31 - 1, default=0)
    stored = bool(pair.texts.get(caption_key(Source.MLLM, View.FORWARD)))
    writer = "mllm" if stored and read_text(payload, "writer") == "mllm" else RULES
    written, explanation = None, ""
    try:
        pair = with_joints(studio, pair)
    except NO_ESTIMATE as error:
        explanation = _without_joints(studio, error, uploaded=uploaded)
    if writer == "mllm":
        written, explanation = _stored(studio, pair), ""
    elif not explanation:
        try:
            written = _by_rules(studio, pair, seed)
        except DescriptionError as error:
            explanation = str(error)
    facts = {} if written is None else {**written.facts, "Pictures": _origins(pair)}
    return DescribeAnswer(
        pair=view_pair(pair, skeleton=True),
        uploaded=uploaded,
        seed=seed,
        writer=writer,
        stored=stored,
        explanation=explanation,
        source=written.source.value if written else "",
        rows=one_row_a_part(written.parts) if written else (),
        phrasings=written.phrasings if written else (),
        views=written.views if written else (),
        who=written.who if written else "",
        facts=tuple(FactView(name, value) for name, value in facts.items() if value),
    )


def rephrase(studio: Studio, payload: Page) -> RephraseAnswer:
    """Other phrasings for parts as they stand on the page.

    Parts that are the rules' own are phrased from the joints; those that a person edited are joined
    word for word, which rules can do and nothing is lost by.

    Args:
        studio: the loaded studio.
        payload: the pair as in `describe`; ``rows``; ``phrasings`` that are known already; ``seed``
            of the first try.

    Raises:
        TextError: a row is empty, or speaks of another side or part.
    """
    pair, _ = read_pair(studio, payload)
    rows = check_rows(read_row(row) for row in read_rows(payload, "rows"))
    known = {read_text({"phrasing": one}, "phrasing") for one in read_rows(payload, "phrasings")}
    seed = read_int(payload, "seed", low=0, high=2**31 - 1 - SEEDS, default=0)
    own = _own_parts(studio, pair)
    if own is None or {row.part: row.text for row in own[1]} != {r.part: r.text for r in rows}:
        return RephraseAnswer(tuple(t for t in join_sentences(rows) if t not in known), True)
    fresh: list[str] = []
    with studio.slot():
        for more in range(SEEDS):
            found = describe_pair(own[0], bank=PhrasingBank.TRAIN, n=PHRASINGS, seed=seed + more)
            fresh += [t for t in found.phrasings if t not in known and t not in fresh]
            if len(fresh) >= PHRASINGS:
                break
    return RephraseAnswer(tuple(fresh[:PHRASINGS]), False)


def _own_parts(
    studio: Studio, pair: PosePair
) -> tuple[PosePair, tuple[PartDescription, ...]] | None:
    """The pair with its joints and what the rules say of its parts; None where they say nothing."""
    try:
        pair = with_joints(studio, pair)
        with studio.slot():
            return pair, describe_pair(pair, bank=PhrasingBank.TRAIN, n=1, seed=0).parts
    except (*NO_ESTIMATE, DescriptionError):
        return None


def written_by_rules(studio: Studio, pair: PosePair, seed: int) -> TransitionDescription:
    """What the rules write of a pair of the dataset or of two uploads.

    Raises:
        EstimationError: a picture has no joints, and none can be estimated.
        DescriptionError: nothing changes that the rules could say.
    """
    pair = with_joints(studio, pair)
    with studio.slot():
        return describe_pair(pair, bank=PhrasingBank.TRAIN, n=PHRASINGS, seed=seed)


def _by_rules(studio: Studio, pair: PosePair, seed: int) -> _Written:
    text = written_by_rules(studio, pair, seed)
    guessed = JointsOrigin.ESTIMATED in (pair.reference.joints_origin, pair.target.joints_origin)
    made = text.provenance
    facts = {
        "Written by": "rules over the joints, not a person or a multimodal model",
        "Provider": made.provider,
        "Caption key": text.key,
        "Version": made.prompt_version,
        "When": made.created_at,
    }
    who = who_wrote(text) + (f" · {ESTIMATED}" if guessed else "")
    return _Written(text.source, text.parts, text.phrasings, who, facts)


def _stored(studio: Studio, pair: PosePair) -> _Written:
    """What a multimodal model wrote of a pair, as the caption file has it."""
    key = caption_key(Source.MLLM, View.FORWARD)
    place = caption_record(studio, pair)
    texts = {text.key: text for text in place[1].texts} if place else {}
    forward = texts.get(key) or CaptionText("", "", 0, key, tuple(pair.texts.get(key, ())))
    made = forward.provenance
    named = forward.model if forward.model not in ("", key) else ""
    facts = {
        "Written by": "a multimodal model; nobody corrected it",
        "Provider": str(made.get("provider", "")),
        "Model": named,
        "Caption key": key,
        "Version": str(made.get("prompt_version", "")),
        "When": str(made.get("created_at", "")),
    }
    others = tuple(
        ViewTexts(view.value, texts[caption_key(Source.MLLM, view)].phrasings)
        for view in View
        if view is not View.FORWARD and caption_key(Source.MLLM, view) in texts
    )
    who = ", ".join(word for word in ("a multimodal model (mllm)", named) if word)
    who = f"{who}; nobody corrected it"
    return _Written(Source.MLLM, forward.parts, forward.phrasings, who, facts, others)


def who_wrote(text: TransitionDescription) -> str:
    """One line on the author of a text; rules are never called a person or a model."""
    if text.source is Source.AUTO:
        return f"Made from joints by rules (auto) · provider {text.provenance.provider}"
    return f"{text.source.value} · {text.provenance.provider} {text.provenance.model}".strip()


def _origins(pair: PosePair) -> str:
    view = view_pair(pair)
    told = dict.fromkeys((view.reference.origin, view.target.origin))
    return "; ".join(word for word in told if word)


def _without_joints(studio: Studio, error: Exception, *, uploaded: bool) -> str:
    without = NO_JOINTS if uploaded else PAIR_WITHOUT_JOINTS
    advice = without if studio.annotator is None else ASK_THE_MODEL
    return f"{advice} {_sentence(error)}".strip()


def _sentence(error: Exception) -> str:
    """An error's one line as a sentence of its own; empty stays empty."""
    line = one_line(error)
    return f"{line[:1].upper()}{line[1:]}." if line else ""
