"""``autocompose retrieve``: rank a gallery by a reference image and a change in words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autocompose.cli.console import say, show, show_json


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
    json_: Annotated[
        bool, typer.Option("--json", help="Print one JSON document instead of lines.")
    ] = False,
) -> None:
    """Find the images that show the reference pose after the change.

    As in the official protocol, a gallery image with the reference's file name is left out.
    """
    from autocompose.model.checkpoint import load_checkpoint
    from autocompose.retrieval.gallery_files import load_gallery
    from autocompose.retrieval.search import ComposedRetriever
    from autocompose.schema import ComposedQuery

    opened = load_gallery(gallery)
    retriever = ComposedRetriever(load_checkpoint(checkpoint), opened)
    left_out = list(exclude or [])
    if reference.name in opened.image_ids and reference.name not in left_out:
        left_out.append(reference.name)
    result = retriever.retrieve(ComposedQuery(reference, text, tuple(left_out)), k=k)
    if result.truncated:
        say(f'note: the text is too long for the model, this was not read: "{result.truncated}"')
    if json_:
        hits = [{"rank": h.rank, "image_id": h.image_id, "score": h.score} for h in result.hits]
        show_json({"hits": hits, "excluded": list(result.excluded)})
        return
    for hit in result.hits:
        show(f"{hit.rank:>4}  {hit.score:.4f}  {hit.image_id}")
