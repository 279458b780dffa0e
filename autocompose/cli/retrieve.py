"""``autocompose retrieve``: rank a gallery by a reference image and a change in words."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from autocompose.cli import retrieve_options as o
from autocompose.cli.console import progress, say, show, show_json

if TYPE_CHECKING:
    from autocompose.model.checkpoint import ComposedModel
    from autocompose.query_reading import Attribution, QueryReading
    from autocompose.retrieval.choices import SearchChoices
    from autocompose.retrieval.gallery import Gallery
    from autocompose.retrieval.gallery_bodies import JointsOf
    from autocompose.retrieval.search import ComposedRetriever
    from autocompose.retrieval.searchers.searcher import Searcher
    from autocompose.schema import ComposedQuery, Hit, PoseImage


def retrieve(
    checkpoint: o.CheckpointOption,
    gallery: o.GalleryOption = None,
    dataset: o.SplitOfOption = None,
    split: o.SplitNameOption = "test",
    reference: o.ReferenceOption = None,
    text: o.TextOption = "",
    k: o.TopOption = 10,
    exclude: o.ExcludeOption = None,
    joints: o.JointsOption = "auto",
    person: o.PersonOption = 1,
    scene: o.SceneOption = None,
    balance: o.BalanceOption = 0.5,
    mirrored: o.MirroredOption = False,
    only: o.OnlyOption = None,
    other_clip: o.OtherClipOption = False,
    search: o.SearchOption = "exact",
    qdrant_url: o.QdrantUrlOption = "",
    allow_missing: o.AllowMissingOption = False,
    explain: o.ExplainOption = False,
    json_: o.JsonOption = False,
) -> None:
    """Find the images that show the reference pose after the change.

    As in the official protocol, a gallery image with the reference's file name is left out. Joints
    of another reference come from the joints.json beside it, or are estimated where the extra pose
    and its model are there. How the text was read is said on stderr.
    """
    from autocompose.model.checkpoint import load_checkpoint
    from autocompose.retrieval.choices import PictureFilter, SearchChoices
    from autocompose.retrieval.search import ComposedRetriever
    from autocompose.schema import ComposedQuery

    if (gallery is None) == (dataset is None):
        raise typer.BadParameter("give --gallery, or --dataset with --split")
    wanted = PictureFilter.of(_by_field(only or []))
    choices = SearchChoices(balance, wanted, other_clip=other_clip, mirrored=mirrored)
    if reference is None and choices.needs_picture:
        raise typer.BadParameter("give --reference, or --balance 0 for the words alone")
    if gallery is None and search != "exact":
        raise typer.BadParameter("--search needs a --gallery, beside which its index is kept")
    if explain and not choices.needs_words:
        raise typer.BadParameter("--explain leaves words out, and --balance 1 asks for none")
    # A gallery first: one that is not there is said before a model is loaded.
    given = None if gallery is None else _of_folder(gallery, allow_missing=allow_missing)
    model = load_checkpoint(checkpoint)
    opened = given
    if opened is None:
        assert dataset is not None, "looked at above"
        opened = _of_split(dataset, split, model=model, checkpoint=checkpoint)
    start = Path() if reference is None else reference
    retriever = ComposedRetriever(
        model,
        opened,
        joints_of=None if reference is None else _joints_of(reference, person),
        use_joints=joints != "none",
        searcher=_searcher(search, opened, gallery, address=qdrant_url),
    )
    left_out = list(exclude or [])
    if start.name in opened.image_ids and start.name not in left_out:
        left_out.append(start.name)
    query = ComposedQuery(start, text, tuple(left_out))
    asked = _QueryWanted(query, k, scene, choices)
    _answer(retriever, asked, explain=explain, as_json=json_)


def _searcher(
    search: str, opened: Gallery, gallery: Path | None, *, address: str
) -> Searcher | None:
    """What finds the first pictures; None reads every row."""
    if search == "exact" or gallery is None:
        return None
    from autocompose.retrieval.searchers.chosen import chosen_searcher

    key = os.environ.get("QDRANT_API_KEY")
    return chosen_searcher(search, opened, gallery, address=address, api_key=key)


def _of_folder(gallery: Path, *, allow_missing: bool) -> Gallery:
    """The gallery in a folder."""
    from autocompose.retrieval.gallery_files import load_gallery

    opened = load_gallery(gallery, allow_missing=allow_missing)
    for line in opened.skipped if allow_missing else ():
        say(f"left out {line}")
    return opened


def _of_split(dataset: Path, split: str, *, model: ComposedModel, checkpoint: Path) -> Gallery:
    """The pictures of a split, as the studio searches them."""
    from autocompose.data.dataset import open_dataset
    from autocompose.retrieval.split_gallery import split_gallery, with_known
    from autocompose.workspace import find_workspace

    found = open_dataset(dataset)
    images = found.gallery(split)
    with progress() as listener:
        opened = split_gallery(
            model, images, (found.name, split), checkpoint=checkpoint, workspace=find_workspace(),
            on_event=listener,
        )  # fmt: skip
    return with_known(opened, images)


@dataclass(frozen=True)
class _QueryWanted:
    """A query as it was asked."""

    query: ComposedQuery
    k: int
    scene: float | None
    choices: SearchChoices


def _answer(
    retriever: ComposedRetriever, asked: _QueryWanted, *, explain: bool, as_json: bool
) -> None:
    """Ask, and print the hits, with what each clause does where that is wanted."""
    query, scene, choices = asked.query, asked.scene, asked.choices
    result = retriever.retrieve(query, k=asked.k, scene=scene, choices=choices)
    effects = None
    if explain:
        from autocompose.retrieval.attribution import attribute

        ids = [hit.image_id for hit in result.hits]
        effects = attribute(retriever, query, ids, scene=scene, choices=choices)
    if result.truncated:
        say(f'note: the text is too long for the model, this was not read: "{result.truncated}"')
    if as_json:
        hits = [asdict(hit) for hit in result.hits]
        said = {"hits": hits, "excluded": list(result.excluded), **asdict(result.reading)}
        show_json(said if effects is None else {**said, "explained": asdict(effects)})
        return
    _say_reading(result.reading)
    if not result.hits:
        say("note: no picture is left to rank; widen --only or leave out --exclude")
    for hit in result.hits:
        show(f"{hit.rank:>4}  {hit.score:.4f}  {hit.image_id}{_met(hit)}")
    if effects is not None and effects.image_ids:
        _show_effects(effects)


def _show_effects(found: Attribution) -> None:
    """How the best hit falls without each clause, and how many of the first ones stay."""
    for one in found.clauses:
        best = f"{found.image_ids[0]} from rank {found.ranks[0]} to {one.ranks[0]}"
        show(f'without "{one.text}": {best}, {one.kept} of the first {found.first} stay')


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
