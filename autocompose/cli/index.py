"""``autocompose index``: embed images as a gallery, add to one, or take images out of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autocompose.cli.console import only_writer, progress, say


def index(
    checkpoint: Annotated[Path, typer.Option(help="Checkpoint folder.")],
    out: Annotated[Path, typer.Option(help="Gallery folder to write.")],
    images: Annotated[Path | None, typer.Option(help="Folder of images, or a .zip file.")] = None,
    add: Annotated[
        bool, typer.Option("--add", help="Add the images to the existing gallery in OUT.")
    ] = False,
    remove: Annotated[
        list[str] | None, typer.Option(help="Image id to remove from OUT. Repeatable.")
    ] = None,
) -> None:
    """Embed the images of a gallery, for fast queries.

    A zip file is extracted into OUT/images. Unreadable images are skipped and named.
    """
    from autocompose.data.lock import lock_folder

    if images is None and not remove:
        raise typer.BadParameter("give --images to index, or --remove to take images out")
    with only_writer(lock_folder(out)):
        _write_gallery(checkpoint, out, images, add=add, remove=remove or [])


def _write_gallery(
    checkpoint: Path, out: Path, images: Path | None, *, add: bool, remove: list[str]
) -> None:
    from autocompose.data.archive import extract_images, list_images
    from autocompose.errors import FingerprintError
    from autocompose.model.checkpoint import load_checkpoint
    from autocompose.retrieval import gallery as galleries

    gallery = galleries.load_gallery(out) if add or remove else None
    if gallery is not None and remove:
        gallery = galleries.remove(gallery, remove)
    if images is not None:
        model = load_checkpoint(checkpoint)
        if gallery is not None and gallery.fingerprint != model.fingerprint:
            # Found out before the images are embedded, not after.
            raise FingerprintError(
                f"{out} was embedded by model {gallery.fingerprint[:12]}, {checkpoint} is"
                f" {model.fingerprint[:12]}; use its checkpoint, or index without --add"
            )
        zipped = images.suffix.lower() == ".zip"
        paths = extract_images(images, out / "images") if zipped else list_images(images)
        with progress() as listener:
            more = galleries.embed_images(
                model,
                paths,
                root=paths[0].parent,
                name=images.stem,
                upright=True,
                on_event=listener,
            )
        for line in more.skipped:
            say(f"skipped: {line}")
        gallery = more if gallery is None else galleries.add(gallery, more)
    if gallery is not None:
        galleries.save_gallery(gallery, out)
        say(f"{out}: {len(gallery)} images")
