"""Every record and enum that crosses a room; left and right are always the *subject's*."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TypeVar

from autocompose.errors import UnknownBodyPartError
from autocompose.query_reading import HitClaim, QueryReading

T = TypeVar("T")

Joints3D = tuple[tuple[float, float, float], ...]
"""22 joints in the order of `autocompose.body.skeleton.JOINTS`, metres, pelvis at the origin,
+x to the subject's left, +y up, +z forward, yaw of the hip line removed."""


class BodyPart(str, Enum):
    """The closed list of body parts a description may name."""

    HEAD = "head"
    NECK = "neck"
    LEFT_SHOULDER = "left_shoulder"
    RIGHT_SHOULDER = "right_shoulder"
    LEFT_ARM = "left_arm"
    RIGHT_ARM = "right_arm"
    LEFT_ELBOW = "left_elbow"
    RIGHT_ELBOW = "right_elbow"
    LEFT_WRIST = "left_wrist"
    RIGHT_WRIST = "right_wrist"
    LEFT_HAND = "left_hand"
    RIGHT_HAND = "right_hand"
    TORSO = "torso"
    HIPS = "hips"
    LEFT_LEG = "left_leg"
    RIGHT_LEG = "right_leg"
    LEFT_KNEE = "left_knee"
    RIGHT_KNEE = "right_knee"
    LEFT_ANKLE = "left_ankle"
    RIGHT_ANKLE = "right_ankle"
    LEFT_FOOT = "left_foot"
    RIGHT_FOOT = "right_foot"

    @property
    def side(self) -> str | None:
        """``"left"``, ``"right"`` (the subject's), or None for a part on the midline."""
        side = self.value.split("_")[0]
        return side if side in ("left", "right") else None

    @property
    def mirrored(self) -> BodyPart:
        """The same part on the other side; a midline part is its own mirror."""
        if self.side is None:
            return self
        other = "right" if self.side == "left" else "left"
        return BodyPart(self.value.replace(self.side, other, 1))

    @property
    def label(self) -> str:
        """The part in words: ``"left knee"``."""
        return self.value.replace("_", " ")

    @classmethod
    def parse(cls, name: str) -> BodyPart:
        """Read a part from ``"left_knee"``, ``"Left Knee"`` or ``"left-knee"``.

        Raises:
            UnknownBodyPartError: the name is outside the closed list.
        """
        try:
            return cls("_".join(name.strip().lower().replace("-", " ").replace("_", " ").split()))
        except ValueError:
            allowed = ", ".join(part.label for part in cls)
            raise UnknownBodyPartError(
                f'"{name}" is not a body part; use one of {allowed}'
            ) from None


class View(str, Enum):
    """The four views of a pair (Stage III of the paper): swapped, mirrored, both, or neither."""

    FORWARD = "forward"
    REVERSE = "reverse"
    MIRROR = "mirror"
    MIRROR_REVERSE = "mirror-reverse"

    @property
    def swaps(self) -> bool:
        """Whether reference and target change places."""
        return self in (View.REVERSE, View.MIRROR_REVERSE)

    @property
    def mirrors(self) -> bool:
        """Whether both images are flipped left to right."""
        return self in (View.MIRROR, View.MIRROR_REVERSE)

    def order(self, reference: T, target: T) -> tuple[T, T]:
        """Reference and target of this view, given those of the forward view."""
        return (target, reference) if self.swaps else (reference, target)

    @property
    def reversed(self) -> View:
        """The view whose text undoes this one; the cyclic loss pairs each view with it."""
        return next(v for v in View if v.mirrors == self.mirrors and v.swaps != self.swaps)


class Source(str, Enum):
    """Who wrote a text: a person, rules over joints, or a multimodal model."""

    HUMAN = "human"
    AUTO = "auto"
    MLLM = "mllm"


class TextStyle(str, Enum):
    """How texts say a change: in full, or as people type a search."""

    FULL = "full"
    SEARCH = "search"


@dataclass(frozen=True)
class CaptionMeaning:
    """Whose texts a caption key holds, of which view, and in which style."""

    source: Source
    view: View
    style: TextStyle = TextStyle.FULL


CAPTION_MEANINGS: Mapping[str, CaptionMeaning] = {
    "sents": CaptionMeaning(Source.HUMAN, View.FORWARD),
    "auto": CaptionMeaning(Source.AUTO, View.FORWARD),
    "auto-reverse": CaptionMeaning(Source.AUTO, View.REVERSE),
    "auto-mirror": CaptionMeaning(Source.AUTO, View.MIRROR),
    "auto-mirror-reverse": CaptionMeaning(Source.AUTO, View.MIRROR_REVERSE),
    "mllm": CaptionMeaning(Source.MLLM, View.FORWARD),
    "reverse": CaptionMeaning(Source.MLLM, View.REVERSE),
    "mirror": CaptionMeaning(Source.MLLM, View.MIRROR),
    "mirror-reverse": CaptionMeaning(Source.MLLM, View.MIRROR_REVERSE),
    "search": CaptionMeaning(Source.MLLM, View.FORWARD, TextStyle.SEARCH),
    "search-reverse": CaptionMeaning(Source.MLLM, View.REVERSE, TextStyle.SEARCH),
    "search-mirror": CaptionMeaning(Source.MLLM, View.MIRROR, TextStyle.SEARCH),
    "search-mirror-reverse": CaptionMeaning(Source.MLLM, View.MIRROR_REVERSE, TextStyle.SEARCH),
}
"""Both directions are read from it; the official code ignores ``auto-mirror...``, ``search...``."""

_CAPTION_KEYS = {meaning: key for key, meaning in CAPTION_MEANINGS.items()}


def caption_key(source: Source, view: View, style: TextStyle = TextStyle.FULL) -> str:
    """The key under which caption files keep texts of this source, view and style.

    Args:
        source: who wrote them.
        view: of the pair.
        style: full, or short as people search; only a multimodal model writes the latter.

    Raises:
        KeyError: human sentences exist for the forward view only.
    """
    return _CAPTION_KEYS[CaptionMeaning(source, view, style)]


def caption_meaning(key: str) -> CaptionMeaning | None:
    """Source, view and style of a caption key, the inverse of `caption_key`; None for other keys.

    >>> caption_meaning("auto-reverse").view.value, caption_meaning("new-words")
    ('reverse', None)
    """
    return CAPTION_MEANINGS.get(key)


def caption_view(key: str) -> View:
    """The view of the texts under a key; texts under unknown keys describe the pair as it is.

    >>> caption_view("auto-mirror").value, caption_view("new-words").value
    ('mirror', 'forward')
    """
    meaning = caption_meaning(key)
    return View.FORWARD if meaning is None else meaning.view


class JointsOrigin(str, Enum):
    """Where an image's joints come from."""

    RENDERED = "rendered"
    ESTIMATED = "estimated"
    IMPORTED = "imported"
    READ = "read"  # by a checkpoint's own image tower, on its way to a feature


@dataclass(frozen=True)
class ImageInfo:
    """How a dataset image was made, as far as known.

    Args:
        pose: ``mocap``, ``authored``, ``recombined``, ``imported`` or ``uploaded``.
        seconds: time of the frame in its clip; None when it is no sequence, or unknown.
    """

    person: str = ""
    camera: str = ""
    clip: str = ""
    pose: str = ""
    seconds: float | None = None


@dataclass(frozen=True)
class PoseImage:
    """One image of one person.

    Args:
        id: file name inside the dataset's ``images/``, or any unique id for an upload.
        joints: see `Joints3D`; None when unknown.
        pixels: (22, 2) projection of the joints, x right and y down, in pixels of the file.
        floor_y: height of the floor in the frame of ``joints``, metres; negative below the pelvis.
        heading: where the hip line faces, degrees to the subject's left of an axis that a sequence
            shares; None when unknown. ``joints`` do not include it.
        built: joints that an importer derived from their neighbours and that count as unknown.
        visibility: (22,) how clearly each joint was seen, 0 to 1; None when unknown. Texts and
            verdicts leave out joints below 0.5.
    """

    id: str
    path: Path
    joints: Joints3D | None = None
    pixels: tuple[tuple[float, float], ...] | None = None
    floor_y: float | None = None
    joints_origin: JointsOrigin | None = None
    info: ImageInfo = field(default_factory=ImageInfo)
    heading: float | None = None
    built: tuple[str, ...] = ()
    visibility: tuple[float, ...] | None = None


@dataclass(frozen=True)
class PosePair:
    """A reference and a target image of one person, and the texts a caption file holds for them.

    Args:
        image_set: the official ``img_set``, a group of names that contains the target.
        texts: caption key -> texts, exactly as in the file.
        number: how many earlier records of the caption file name the same two images; it tells
            such records apart.
    """

    reference: PoseImage
    target: PoseImage
    split: str = ""
    image_set: tuple[str, ...] = ()
    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    number: int = 0

    @property
    def id(self) -> str:
        """Hash of the two image ids; stages use it to skip pairs that are already done."""
        return content_id(self.reference.id, self.target.id)


@dataclass(frozen=True)
class PartDescription:
    """One sentence about one body part that changes. A part that does not change has none."""

    part: BodyPart
    text: str


@dataclass(frozen=True)
class Provenance:
    """Who wrote a description, and when.

    Args:
        provider: ``geometric`` for texts made from joints.
    """

    provider: str
    model: str = ""
    prompt_version: str = ""
    request_sha256: str = ""
    raw_response: str = ""
    created_at: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class TransitionDescription:
    """What changes in a pair, part by part, and phrasings of the whole change."""

    pair_id: str
    view: View
    source: Source
    parts: tuple[PartDescription, ...]
    phrasings: tuple[str, ...]
    provenance: Provenance
    style: TextStyle = TextStyle.FULL

    @property
    def id(self) -> str:
        """Hash of pair, view, source and prompt version, and of a style that is not full."""
        style = () if self.style is TextStyle.FULL else (self.style.value,)
        made = (self.view.value, self.source.value, self.provenance.prompt_version)
        return content_id(self.pair_id, *made, *style)

    @property
    def key(self) -> str:
        """The caption key of its phrasings."""
        return caption_key(self.source, self.view, self.style)


@dataclass(frozen=True)
class Triplet:
    """A training item: reference image + text -> target image, with the text that leads back.

    Args:
        mirrored: flip both image tensors left to right (after the transform, as the official code
            does).
    """

    reference: str
    target: str
    text: str
    reverse_text: str | None = None
    view: View = View.FORWARD
    mirrored: bool = False


@dataclass(frozen=True)
class ComposedQuery:
    """An image of a person and a text that says what should change.

    Args:
        exclude: gallery ids left out of the ranking.
        target: gallery id whose rank is reported; empty for none.
        body: the reference with the joints of the person who is meant; None looks them up.
    """

    reference: Path
    text: str
    exclude: tuple[str, ...] = ()
    target: str = ""
    body: PoseImage | None = None


@dataclass(frozen=True)
class Hit:
    """One ranked gallery image.

    Args:
        score: cosine of the composed feature and the image feature, -1 to 1.
        claims: of the text, held against the body; empty where no joints are known.
    """

    rank: int
    image_id: str
    score: float
    claims: tuple[HitClaim, ...] = ()


@dataclass(frozen=True)
class RetrievalResult:
    """A ranked list for one composed query.

    Args:
        truncated: the words that the text encoder did not read, past its 77 tokens.
        target_rank: where the query's target stands, from 1 to ``ranked``; 0 without one in there.
    """

    query: ComposedQuery
    hits: tuple[Hit, ...]
    excluded: tuple[str, ...]
    seconds: float
    truncated: str = ""
    target_rank: int = 0
    reading: QueryReading = field(default_factory=QueryReading)
    ranked: int = 0


def content_id(*parts: str) -> str:
    """Sixteen hex digits that depend on every part and on their boundaries."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Event:
    """Progress of long work: ``done`` of ``total`` units in ``stage``."""

    stage: str
    done: int
    total: int
    message: str = ""


OnEvent = Callable[[Event], None]
