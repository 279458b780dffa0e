"""Every query of an error analysis: where it found its target, and what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from autocompose.errors import CaptionFileError
from autocompose.language.reader.read import read_claims
from autocompose.schema import PoseImage

if TYPE_CHECKING:
    from autocompose.evaluation.eval_report import QueryOutcome


@dataclass(frozen=True)
class QueryFacets:
    """What a subset of the queries can be chosen by.

    Args:
        parts: that the text asks to change, sides taken together.
        changes: kinds of change that it asks for, such as ``move`` or ``angle``.
        words: of the text.
        person, camera, clip, pose: of the target, see `autocompose.schema.ImageInfo`; empty where
            unknown.
    """

    parts: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    words: int = 0
    person: str = ""
    camera: str = ""
    clip: str = ""
    pose: str = ""


@dataclass(frozen=True)
class AskedQuery:
    """One query, found or not.

    Args:
        id: as in `QueryOutcome`.
        rank: of the target, 1 is best.
        at: its place on the map, see `failures.query_map`; None without a map.
    """

    id: str
    reference: str
    target: str
    text: str
    rank: int
    facets: QueryFacets
    at: tuple[float, float] | None = None

    def to_json(self) -> dict[str, Any]:
        """The JSON object of ``queries`` in ``autocompose failures --json``."""
        row = asdict(self)
        row["facets"]["parts"] = list(self.facets.parts)
        row["facets"]["changes"] = list(self.facets.changes)
        row["at"] = None if self.at is None else list(self.at)
        return row

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> AskedQuery:
        """Read `to_json`.

        Raises:
            CaptionFileError: a field is missing or of another type.
        """
        try:
            facets = {name.name: row["facets"][name.name] for name in fields(QueryFacets)}
            for name in ("parts", "changes"):
                facets[name] = tuple(map(str, facets[name]))
            at = row.get("at")
            return cls(
                *(str(row[name]) for name in ("id", "reference", "target", "text")),
                rank=int(row["rank"]),
                facets=QueryFacets(**facets),
                at=None if at is None else (float(at[0]), float(at[1])),
            )
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise CaptionFileError(
                f"a query of the error analysis is malformed ({error}); write the file again with"
                " autocompose failures --json"
            ) from error


@dataclass(frozen=True)
class NearDuplicate:
    """Two pictures of a gallery that show one pose, or that the model hardly tells apart.

    Args:
        cosine: of their embeddings.
        joints_m: how far their joints are apart on average, metres; None where unknown.
    """

    first: str
    second: str
    cosine: float
    joints_m: float | None


def facets_of(outcome: QueryOutcome, images: Mapping[str, PoseImage]) -> QueryFacets:
    """What a query is about.

    Args:
        outcome: whose text is read.
        images: id -> image; an unknown target has no facets of its own.
    """
    claims = [claim for claim in read_claims(outcome.text) if claim.change.moves]
    target = images.get(outcome.target)
    known = {} if target is None else vars(target.info)
    return QueryFacets(
        parts=tuple(dict.fromkeys(claim.part for claim in claims)),
        changes=tuple(dict.fromkeys(claim.change.kind.value for claim in claims)),
        words=len(outcome.text.split()),
        **{name: known.get(name, "") for name in ("person", "camera", "clip", "pose")},
    )
