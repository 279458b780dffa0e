"""``autocompose retrieve``: rank a gallery by a reference image and a change in words."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from autocompose.cli.console import say, show, show_json

if TYPE_CHECKING:
    from autocompose.query_reading import QueryReading
    from autocompose.retrieval.gallery import Gallery
    from autocompose.retrieval.gallery_bodies import JointsOf
    from autocompose.retrieval.searchers.searcher import Searcher
    from autocompose.schema import Hit, PoseImage


Scene = Annotated[
    float | None,
    typer.Option(
        min=0,
        max=1,
        help="0 to 1: how far likeness of the whole picture (same place and person) takes the"
        " place of the learnt score.",
        show_default="1 where the learnt score does not understand the gallery, else 0",
    ),
]
Only = Annotated[
    list[str] | None,
    typer.Option(
        help="Rank only pictures with this FIELD=VALUE; fields: person, camera, clip, source."
        " Repeatable: values of one field add up, fields narrow."
    ),
]
Search = Annotated[
    Literal["exact", "faiss", "hnsw", "qdrant"],
    typer.Option(
        help="exact: read every row. faiss, hnsw: an index of FAISS (extra faiss); hnsw is a"
        " graph that is kept with the gallery. qdrant: a Qdrant server (extra qdrant)."
    ),
]
QdrantUrl = Annotated[
    str,
    typer.Option(help="Address of the Qdrant server. Its key is read from QDRANT_API_KEY."),
]
AllowMissing = Annotated[
    bool,
    typer.Option("--allow-missing", help="Search the gallery without its damaged parts."),
]


def retrieve(
    checkpoint: Annotated[Path, typer.Option(help="Checkpoint folder.")],
    gallery: Annotated[Path, typer.Option(help="Gallery folder made by index.")],
    reference: Annotated[Path, typer.Option(help="Image of the person to start from.")],
    text: Annotated[
        str, typer.Option(help="What should change. Left and right are the subject's.")
    ],
    k: Annotated[int, typer.Option("-k", "--top-k", min=1, help="How many hits.")] = 10,
    exclude: Annotated[
        list[str] | None, typer.Option(help="Gallery id to exclude. Repeatable.")
    ] = None,
    joints: Annotated[
        Literal["auto", "none"],
        typer.Option(
            help="auto: where joints are known of the gallery and of the reference, what the text"
            " says of the body counts too. none: the learnt score alone."
        ),
    ] = "auto",
    person: Annotated[
        int,
        typer.Option(min=1, help="Which of several people in the reference: 1 is the largest."),
    ] = 1,
    scene: Scene = None,
    only: Only = None,
    search: Search = "exact",
    qdrant_url: QdrantUrl = "",
    allow_missing: AllowMissing = False,
    json_: Annotated[
        bool, typer.Option("--json", help="Print one JSON document instead of lines.")
    ] = False,
) -> None:
    """Find the images that show the reference pose after the change.

    As in the official protocol, a gallery image with the reference's file name is left out. Joints
    of another reference come from the joints.json beside it, or are estimated where the extra pose
    and its model are there. How the text was read is said on stderr.
    """
    from autocompose.model.checkpoint import load_checkpoint
    from autocompose.retrieval.gallery_files import load_gallery
    from autocompose.retrieval.search import ComposedRetriever
    from autocompose.schema import ComposedQuery

    filters = _by_field(only or [])
    opened = load_gallery(gallery, allow_missing=allow_missing)
    for line in opened.skipped if allow_missing else ():
        say(f"left out {line}")
    retriever = ComposedRetriever(
        load_checkpoint(checkpoint),
        opened,
        joints_of=_joints_of(reference, person),
        use_joints=joints != "none",
        searcher=None if search == "exact" else _searcher(search, opened, gallery, qdrant_url),
    )
    left_out = list(exclude or [])
    if reference.name in opened.image_ids and reference.name not in left_out:
        left_out.append(reference.name)
    query = ComposedQuery(reference, text, tuple(left_out))
    result = retriever.retrieve(query, k=k, scene=scene, only=filters)
    if result.truncated:
        say(f'note: the text is too long for the model, this was not read: "{result.truncated}"')
    if json_:
        hits = [asdict(hit) for hit in result.hits]
        show_json({"hits": hits, "excluded": list(result.excluded), **asdict(result.reading)})
        return
    _say_reading(result.reading)
    if not result.hits:
        say("note: no picture is left to rank; widen --only or leave out --exclude")
    for hit in result.hits:
        show(f"{hit.rank:>4}  {hit.score:.4f}  {hit.image_id}{_met(hit)}")


def _searcher(search: str, opened: Gallery, folder: Path, address: str) -> Searcher | None:
    from autocompose.retrieval.searchers.chosen import chosen_searcher

    key = os.environ.get("QDRANT_API_KEY")
    return chosen_searcher(search, opened, folder, address=address, api_key=key)


def _by_field(only: list[str]) -> dict[str, list[str]]:
    """What filters ask for, by field."""
    asked: dict[str, list[str]] = {}
    for one in only:
        name, equals, value = one.partition("=")
        if not equals:
            raise typer.BadParameter(f'--only "{one}" is not FIELD=VALUE, such as person=p1')
        asked.setdefault(name, []).append(value)
    return asked


def _say_reading(reading: QueryReading) -> None:
    """How the text was read, on stderr."""
    if reading.read_as:
        say(f"read as: {', '.join(reading.read_as)}")
    if reading.not_understood:
        say(f"not understood: {', '.join(reading.not_understood)}")
    if reading.warning:
        say(f"note: {reading.warning}")


def _met(hit: Hit) -> str:
    """How many claims of the text the body in a hit meets."""
    if not hit.claims:
        return ""
    met = sum(claim.verdict == "supported" for claim in hit.claims)
    return f"  {met} of {len(hit.claims)} claims met"


def _joints_of(reference: Path, person: int) -> JointsOf:
    """What tells the joints of the reference: the file beside it, else an estimate."""
    from autocompose.data.estimated_joints import NO_ESTIMATE, PhotoJoints
    from autocompose.data.joints_beside import FiledJoints, joints_beside
    from autocompose.workspace import find_workspace

    beside = joints_beside(reference)

    def tell(image_id: str, path: Path) -> PoseImage | None:
        found = None if beside is None else FiledJoints(beside, path.parent)(image_id, path)
        if found is not None:
            return found
        with suppress(*NO_ESTIMATE):
            return PhotoJoints(find_workspace().models, person=person, on_note=say).joints_of(
                image_id, path
            )
        return None

    return tell
