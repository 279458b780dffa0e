"""The records of reviewing: what is judged, what was decided, what a save answers.

Every record that is stored has one JSON form, in ASCII with escapes, so that a text survives any
database unchanged: control characters and right-to-left marks included.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from autocompose.errors import ReviewError, TextError
from autocompose.schema import BodyPart, PartDescription, Source, View

MAX_CHARACTERS = 100_000
"""Of one text or note; more is a mistake of a program, not a description."""


class Decision(str, Enum):
    """What is decided of a description. ``SKIPPED`` leaves it open for somebody else."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    SKIPPED = "skipped"

    @property
    def decided(self) -> bool:
        """Whether the description needs no further reading."""
        return self in (Decision.ACCEPTED, Decision.REJECTED)


class Reason(str, Enum):
    """Why a text was rejected, changed or skipped: the closed list."""

    WRONG_SIDE = "wrong side"
    WRONG_PART = "wrong part"
    MISSING_PART = "missing part"
    INVENTED_MOTION = "invented motion"
    WRONG_DIRECTION = "wrong direction"
    WORDING = "wording"
    CANNOT_TELL = "cannot tell"


class EventKind(str, Enum):
    """What an event of the log records.

    An ``OPINION`` is a blind second reading: it is kept for the measure of agreement and leaves the
    description as it is.
    """

    IMPORT = "import"
    SAVE = "save"
    RESTORE = "restore"
    BULK = "bulk"
    UNDO = "undo"
    OPINION = "opinion"


@dataclass(frozen=True)
class Judgement:
    """A description's texts and what is decided of them.

    Args:
        wrong_parts: parts whose claim the reviewer found wrong.
        note: free words beside ``reasons``.
        written: who wrote the texts, where they replaced those of the description's own source:
            only ``Source.AUTO``, texts rewritten from the joints.
    """

    phrasings: tuple[str, ...]
    parts: tuple[PartDescription, ...] = ()
    verdict: Decision = Decision.PENDING
    flagged: bool = False
    reasons: tuple[Reason, ...] = ()
    wrong_parts: tuple[BodyPart, ...] = ()
    note: str = ""
    written: Source | None = None

    def check(self) -> Judgement:
        """This judgement, if it can be kept.

        Raises:
            TextError: no phrasing, an accepted empty text, or one beyond `MAX_CHARACTERS`.
        """
        texts = (*self.phrasings, *(part.text for part in self.parts))
        if not self.phrasings:
            raise TextError("no phrasing is left; keep one, or reject the description")
        # An empty text that came with the file can still be rejected.
        if self.verdict is Decision.ACCEPTED and not all(text.strip() for text in texts):
            raise TextError("a text is empty; write it, remove its row, or reject the description")
        for text in (*texts, self.note):
            if len(text) > MAX_CHARACTERS:
                raise TextError(
                    f"a text has {len(text)} characters; a review holds {MAX_CHARACTERS} at most"
                )
            if any("\ud800" <= letter <= "\udfff" for letter in text):
                raise TextError("a text has half of a surrogate pair, which no file can hold")
        if len({part.part for part in self.parts}) < len(self.parts):
            raise TextError("a body part has two sentences; join them into one")
        return self

    def same_texts(self, other: Judgement) -> bool:
        """Whether both say the same, whatever was decided."""
        return self.phrasings == other.phrasings and self.parts == other.parts


@dataclass(frozen=True)
class Conflict:
    """Two reviewers changed one field to different values; both are kept until one is chosen.

    Args:
        field: ``verdict``, ``note``, ``phrasings``, ``phrasing 1``, or a part's label.
        base: the value both started from; None where it was absent. So for the other two.
        theirs: the value saved first, which stands for now.
        mine: the value saved second.
    """

    field: str
    base: str | None
    theirs: str | None
    mine: str | None
    their_reviewer: str = ""
    my_reviewer: str = ""


@dataclass(frozen=True)
class ReviewState:
    """The current state of a description; revision 0 is the imported text."""

    revision: int
    judgement: Judgement
    conflicts: tuple[Conflict, ...] = ()


@dataclass(frozen=True)
class Save:
    """One decision on its way into the store.

    Args:
        operation: unique id made where the decision was made; sending it again changes nothing.
        base_revision: the revision the reviewer was looking at.
        active_ms: time spent on the item, in milliseconds.
        resolves: fields of earlier conflicts that this save settles.
        bulk: the bulk action it belongs to, or empty.
        strict: refuse, instead of merging, when the description has moved on.
    """

    operation: str
    description_id: str
    base_revision: int
    judgement: Judgement
    reviewer: str
    active_ms: int = 0
    kind: EventKind = EventKind.SAVE
    resolves: tuple[str, ...] = ()
    bulk: str = ""
    strict: bool = False


@dataclass(frozen=True)
class SaveResult:
    """What the store holds after a save.

    Args:
        sequence: place in the log, from 1.
        replayed: the operation was already there; nothing was written.
        merged: another revision had been saved in between.
    """

    operation: str
    sequence: int
    state: ReviewState
    replayed: bool = False
    merged: bool = False


@dataclass(frozen=True)
class LoggedEvent:
    """One line of the log, as it is hashed."""

    sequence: int
    operation: str
    kind: EventKind
    description_id: str
    revision: int
    base_revision: int
    reviewer: str
    created_at: str
    active_ms: int
    bulk: str
    submitted: str
    result: str
    previous_hash: str
    hash: str


@dataclass(frozen=True)
class ClaimMark:
    """A claim of one text and what the joints say of it, as shown on a chip."""

    part: str
    change: str
    verdict: str
    evidence: str = ""
    text_index: int = 0
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class ReviewItem:
    """A description with all that its card shows.

    Args:
        reference: file name, as stored in the caption file; ``view`` says what to exchange.
        reasons: why it stands where it does in the queue.
        exchanged: the two pictures are shown the other way round (a planted error).
    """

    id: str
    dataset: str
    split: str
    key: str
    view: View
    source: Source
    model: str
    reference: str
    target: str
    original: Judgement
    state: ReviewState
    edited: bool = False
    stale: bool = False
    reasons: tuple[str, ...] = ()
    claims: tuple[ClaimMark, ...] = ()
    exchanged: bool = False
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def images(self) -> tuple[str, str]:
        """File names of the forward view's two pictures; a planted exchange turns them round."""
        return (self.target, self.reference) if self.exchanged else (self.reference, self.target)

    @property
    def shown(self) -> tuple[str, str]:
        """File names of the first and second picture as the text sees them."""
        return self.view.order(*self.images)


def to_json(value: object) -> str:
    """The one JSON form of a stored value: sorted keys, no spaces, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def judgement_json(judgement: Judgement) -> dict[str, Any]:
    """A judgement as plain JSON values."""
    # Left out where it says nothing: older events keep the form they were hashed in.
    written = {"written": judgement.written.value} if judgement.written else {}
    return {
        "phrasings": list(judgement.phrasings),
        "parts": [[part.part.value, part.text] for part in judgement.parts],
        "verdict": judgement.verdict.value,
        "flagged": judgement.flagged,
        "reasons": [reason.value for reason in judgement.reasons],
        "wrong_parts": [part.value for part in judgement.wrong_parts],
        "note": judgement.note,
        **written,
    }


def read_judgement(value: Mapping[str, Any]) -> Judgement:
    """Read `judgement_json`, as sent by a page too.

    Raises:
        ReviewError: a field has another type, or a verdict or reason is outside the closed list.
        UnknownBodyPartError: a part is outside the closed list.
    """
    try:
        return Judgement(
            phrasings=_strings(value["phrasings"]),
            parts=tuple(
                PartDescription(BodyPart.parse(part), *_strings([text]))
                for part, text in value.get("parts", ())
            ),
            verdict=Decision(value.get("verdict", "pending")),
            flagged=bool(value.get("flagged", False)),
            reasons=tuple(Reason(reason) for reason in value.get("reasons", ())),
            wrong_parts=tuple(BodyPart.parse(part) for part in value.get("wrong_parts", ())),
            note=_strings([value.get("note", "")])[0],
            written=_writer(value.get("written")),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ReviewError(
            f"a judgement cannot be read ({error}); it has phrasings, parts, verdict, flagged,"
            " reasons, wrong_parts and note"
        ) from error


def state_json(state: ReviewState) -> dict[str, Any]:
    """A state as plain JSON values."""
    return {
        "revision": state.revision,
        "judgement": judgement_json(state.judgement),
        "conflicts": [vars(conflict).copy() for conflict in state.conflicts],
    }


def read_state(text: str) -> ReviewState:
    """Read what `state_json` and `to_json` wrote."""
    value = json.loads(text)
    return ReviewState(
        value["revision"],
        read_judgement(value["judgement"]),
        tuple(Conflict(**conflict) for conflict in value["conflicts"]),
    )


def _writer(value: object) -> Source | None:
    if value not in (None, Source.AUTO.value):
        raise ValueError(f'written is "{value}", only {Source.AUTO.value} can be')
    return Source.AUTO if value else None


def _strings(values: Sequence[Any]) -> tuple[str, ...]:
    if isinstance(values, str) or not all(isinstance(value, str) for value in values):
        raise TypeError("texts must be a list of strings")
    return tuple(values)
