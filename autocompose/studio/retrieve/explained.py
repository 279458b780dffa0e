"""Why a picture was found: clauses left out in turn, and what changes from reference to hit."""

from __future__ import annotations

from dataclasses import dataclass

from autocompose.data.estimated_joints import NO_ESTIMATE
from autocompose.describe.geometric import describe_pair
from autocompose.describe.views import mirror_image
from autocompose.errors import AmbiguousSideError, DescriptionError, TextError, one_line
from autocompose.language.sides.mirror import mirror_text
from autocompose.schema import ImageInfo, JointsOrigin, PoseImage, PosePair, View
from autocompose.studio.retrieve.asked import read_asked
from autocompose.studio.server.parts import PartView, one_row_a_part
from autocompose.studio.server.pictures import Page, PairView, view_picture
from autocompose.studio.server.state import Studio
from autocompose.studio.server.transport import Handler, read_flag, read_text
from autocompose.studio.server.uploads import person_in, upload_id, with_joints

NO_CHANGE = "The two poses differ by less than the rules describe."
NO_BODY = "What changes cannot be told: the joints of one of the two pictures are not known."


@dataclass(frozen=True)
class ClauseView:
    """One clause of the text, and the ranking without it.

    Args:
        text: as it stands in the query.
        says: how it was read; empty where only the model reads it.
        rank: of the picture that was asked about without it, 0 where none was.
        kept: how many of the first hits stay among the first.
        target_rank: of the worked example's target without it; 0 without one.
    """

    text: str
    says: tuple[str, ...]
    rank: int
    kept: int
    target_rank: int


@dataclass(frozen=True)
class ExplainAnswer:
    """What each clause of a query does.

    Args:
        text: the query's.
        hit: the picture that was asked about; empty where the query as a whole was.
        rank: of that picture under the whole query; 0 where none was asked about.
        target_rank: of the worked example's target; 0 without one.
        first: how many of the best hits ``kept`` is out of.
        clauses: in the order of the text.
    """

    text: str
    hit: str
    rank: int
    target_rank: int
    first: int
    clauses: tuple[ClauseView, ...]


@dataclass(frozen=True)
class HitPairAnswer:
    """Reference and hit side by side.

    Args:
        pair: with skeletons where they can be drawn.
        parts: what changes, part by part, by rules over the joints; empty where it cannot be told.
        reverse: one text by the same rules that leads from the hit back to the reference.
        explanation: why nothing is told of the change, else empty.
        estimated: whether joints were estimated from a picture.
    """

    pair: PairView
    parts: tuple[PartView, ...]
    reverse: str
    explanation: str
    estimated: bool


@dataclass(frozen=True)
class MirroredQuery:
    """A query's text with left and right exchanged; ``refused`` says why that cannot be done."""

    text: str
    refused: str


def explain_query(studio: Studio, payload: Page) -> ExplainAnswer:
    """Leave each clause of a query out in turn, and rank again.

    Args:
        studio: the loaded studio.
        payload: the query as in `search`, and ``hit``: the picture that is asked about, or none.

    Raises:
        TextError: there are no words that could be left out.
        AutoComPoseError: what `search` raises.
    """
    asked = read_asked(studio, payload)
    hit = read_text(payload, "hit")
    found = studio.explain(
        asked.query, (hit,) if hit else (), scene=asked.scene, choices=asked.choices
    )
    return ExplainAnswer(
        text=asked.query.text,
        hit=hit,
        rank=found.ranks[0] if hit else 0,
        target_rank=found.target_rank,
        first=found.first,
        clauses=tuple(
            ClauseView(one.text, one.says, one.ranks[0] if hit else 0, one.kept, one.target_rank)
            for one in found.clauses
        ),
    )


def hit_pair(studio: Studio, payload: Page) -> HitPairAnswer:
    """Reference and hit with their skeletons, and what changes from one to the other.

    Args:
        studio: the loaded studio.
        payload: ``image`` or ``upload``, ``mirrored``, and ``hit``, a picture of the gallery.

    Raises:
        MissingImageError: a picture is not there.
        UnsafePathError: the upload is none.
    """
    pair = PosePair(_reference(studio, payload), studio.image(read_text(payload, "hit")))
    explanation = ""
    try:
        pair = with_joints(studio, pair)
    except NO_ESTIMATE:
        explanation = NO_BODY
    mirrored = read_flag(payload, "mirrored")
    shown = PairView(
        id=pair.id,
        reference=view_picture(pair.reference, skeleton=True, mirrored=mirrored),
        target=view_picture(pair.target, skeleton=True),
    )
    if mirrored:
        pair = PosePair(mirror_image(pair.reference), pair.target)
    parts, reverse = (), ""
    if not explanation:
        try:
            with studio.slot():
                parts = one_row_a_part(describe_pair(pair, n=1).parts)
                reverse = describe_pair(pair, view=View.REVERSE, n=1).phrasings[0]
        except DescriptionError:
            explanation = NO_CHANGE
    origins = (pair.reference.joints_origin, pair.target.joints_origin)
    return HitPairAnswer(shown, parts, reverse, explanation, JointsOrigin.ESTIMATED in origins)


def _reference(studio: Studio, payload: Page) -> PoseImage:
    if read_text(payload, "upload"):
        path = studio.uploaded(read_text(payload, "upload"))
        known = person_in(studio, payload, path)
        return known or PoseImage(upload_id(path), path, info=ImageInfo(pose="uploaded"))
    return studio.image(read_text(payload, "image"))


def mirror_query(studio: Studio, payload: Page) -> MirroredQuery:
    """The text of a query with left and right exchanged: exactly, or not at all.

    Args:
        studio: not asked.
        payload: ``text``.

    Raises:
        TextError: the text is empty.
    """
    del studio
    text = " ".join(read_text(payload, "text").split())
    if not text:
        raise TextError("there is no text to mirror; write what should change")
    try:
        return MirroredQuery(mirror_text(text), "")
    except AmbiguousSideError as error:
        return MirroredQuery("", one_line(error))


EXPLAIN_HANDLERS: tuple[Handler, ...] = (explain_query, hit_pair, mirror_query)
