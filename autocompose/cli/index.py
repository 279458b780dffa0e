"""``autocompose index``: embed images as a gallery, add to one, or take images out of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autocompose.cli.console import progress, say

if TYPE_CHECKING:
    from autocompose.retrieval.gallery import Gallery


def index(
    checkpoint: Annotated[Path, typer.Option(help="Checkpoint folder.")],
    out: Annotated[Path, typer.Option(help="Gallery folder to write.")],
    images: Annotated[
        Path | None, typer.Option(help="Folder of images, or a .zip of them.")
    ] = None,
    add: Annotated[
        bool, typer.Option("--add", help="Add IMAGES to the gallery that OUT holds.")
    ] = False,
    remove: Annotated[
        list[str] | None, typer.Option(help="Id to take out of OUT; may be repeated.")
    ] = None,
) -> None:
    """Embed images once, so that every query is a product of vectors.

    A zip is extracted into OUT/images. Unreadable images are skipped and named.
    """
    from autocompose.data.archive import extract_images, list_images
    from autocompose.errors import FingerprintError, GalleryError
    from autocompose.model.checkpoint import load_checkpoint
    from autocompose.retrieval.gallery import embed_images, load_gallery, save_gallery

    if images is None and not remove:
        raise typer.BadParameter("give --images to index, or --remove to take images out")
    gallery = load_gallery(out) if add or remove else None
    if gallery is not None and remove:
        unknown = sorted(set(remove).difference(gallery.image_ids))
        if unknown:
            raise GalleryError(f'"{unknown[0]}" is not in {out}; nothing was removed')
        gallery = _without(gallery, set(remove))
    if images is not None:
        zipped = images.suffix.lower() == ".zip"
        paths = extract_images(images, out / "images") if zipped else list_images(images)
        model = load_checkpoint(checkpoint)
        if gallery is not None and gallery.fingerprint != model.fingerprint:
            raise FingerprintError(
                f"{out} was embedded by model {gallery.fingerprint[:12]}, {checkpoint} is"
                f" {model.fingerprint[:12]}; use its checkpoint, or index without --add"
            )
        if gallery is not None:
            taken = set(gallery.image_ids)
            paths = tuple(path for path in paths if path.name not in taken)
        if paths:
            with progress() as listener:
                embedded = embed_images(model, paths, on_event=listener)
            gallery = embedded if gallery is None else _joined(gallery, embedded)
    if gallery is None:
        raise GalleryError(f"{images} holds nothing to index")
    save_gallery(gallery, out)
    say(f"{out}: {len(gallery.image_ids)} images")


def _without(gallery: Gallery, ids: set[str]) -> Gallery:
    import dataclasses

    keep = [i for i, image_id in enumerate(gallery.image_ids) if image_id not in ids]
    return dataclasses.replace(
        gallery,
        image_ids=tuple(gallery.image_ids[i] for i in keep),
        embeddings=gallery.embeddings[keep],
    )


def _joined(gallery: Gallery, more: Gallery) -> Gallery:
    import dataclasses

    import numpy as np

    rows = (np.asarray(gallery.embeddings), np.asarray(more.embeddings))
    return dataclasses.replace(
        gallery,
        image_ids=(*gallery.image_ids, *more.image_ids),
        embeddings=np.concatenate(rows),
    )
