"""``autocompose index``: embed images as a gallery, add to one, or take images out of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autocompose.cli.console import INCOMPLETE, only_writer, progress, say, say_left_out

if TYPE_CHECKING:
    from autocompose.data.archive import FoundImages
    from autocompose.retrieval.gallery_bodies import JointsOf


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
    joints: Annotated[
        str | None,
        typer.Option(
            help="The joints.json of the images, estimate, or none. By default the one in their"
            " folder or beside it; without one, joints are estimated from the images.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the gallery in OUT with a new one.")
    ] = False,
) -> None:
    """Embed the images of a gallery, for fast queries.

    The folder may have sub-folders. A zip file is extracted into OUT/images. Joints of the images
    are kept too, known or estimated: queries are then also ranked by what the text says of the
    body. Images in which no body is found stay in the gallery and are named.
    Images that cannot be used are named, and the exit code is then 3. If the command is
    interrupted, run it again: it keeps the images that it has embedded.
    """
    from autocompose.data.lock import lock_folder

    if images is None and not remove:
        raise typer.BadParameter("give --images to index, or --remove to take images out")
    if force and (add or images is None):
        raise typer.BadParameter("--force replaces the gallery with --images; leave out --add")
    if images is not None and not add and not force:
        _refuse_to_replace(out)
    found = None if images is None or images.suffix.lower() == ".zip" else _listed(images)
    joints_of = None if images is None else _joints_of(images, joints)
    with only_writer(lock_folder(out)):
        skipped = _write_gallery(
            checkpoint, out, images, found, joints_of=joints_of, add=add, remove=remove or []
        )
    if skipped:
        raise typer.Exit(INCOMPLETE)


def _refuse_to_replace(out: Path) -> None:
    from autocompose.errors import GalleryError

    if (out / "gallery.json").exists():
        raise GalleryError(
            f"{out} holds a gallery; use --add to add to it, --force to replace it, or another"
            " folder"
        )


def _listed(images: Path) -> FoundImages:
    from autocompose.data.archive import find_images

    return find_images(images)


def _joints_of(images: Path, joints: str | None) -> JointsOf | None:
    """What tells the joints of an image; None where nothing does."""
    from autocompose.data.estimated_joints import NO_ESTIMATE, PhotoJoints
    from autocompose.data.joints_beside import FiledJoints, joints_beside
    from autocompose.errors import CaptionFileError
    from autocompose.workspace import find_workspace

    if joints == "none":
        return None
    path = joints_beside(images) if joints is None else Path(joints)
    if path is None or joints == "estimate":
        photos = PhotoJoints(find_workspace().models, on_note=say)
        try:
            photos.load()  # what is wrong shows before anything is embedded
        except NO_ESTIMATE as error:
            if joints is not None:
                raise
            say(f"note: no joints are estimated: {error}")
            return None
        return photos.joints_of
    if not path.is_file():
        raise CaptionFileError(
            f"{path} is not there; give a joints.json to --joints, estimate, or none"
        )
    return FiledJoints(path, images)


def _say_refused(joints_of: JointsOf | None) -> None:
    """Name the images in which no body was found, where joints were estimated."""
    photos = getattr(joints_of, "__self__", None)
    for line in getattr(photos, "refused", ()):
        say(f"without joints {line}")


def _write_gallery(
    checkpoint: Path,
    out: Path,
    images: Path | None,
    found: FoundImages | None,
    *,
    joints_of: JointsOf | None,
    add: bool,
    remove: list[str],
) -> bool:
    """Do it, under the lock; whether an image was left out."""
    from autocompose.data.archive import extract_images
    from autocompose.errors import FingerprintError
    from autocompose.model.checkpoint import load_checkpoint
    from autocompose.retrieval import gallery as galleries
    from autocompose.retrieval.gallery_files import load_gallery, save_gallery
    from autocompose.retrieval.index_run import FOLDER, EmbeddedSoFar, embed_found

    gallery = load_gallery(out) if add or remove else None
    if gallery is not None and remove:
        gallery = galleries.remove(gallery, remove)
    left_out: list[str] = []
    kept = None
    if images is not None:
        found = found or extract_images(images, out / "images")
        model = load_checkpoint(checkpoint)
        if gallery is not None and gallery.fingerprint != model.fingerprint:
            # Found out before the images are embedded, not after.
            raise FingerprintError(
                f"{out} was embedded by model {gallery.fingerprint[:12]}, {checkpoint} is"
                f" {model.fingerprint[:12]}; use its checkpoint, or index without --add"
            )
        kept = EmbeddedSoFar(out / FOLDER, model.fingerprint)
        if len(kept):
            say(f"{len(kept)} images were embedded by an earlier run that was stopped")
        with progress() as listener:
            more = embed_found(
                model, found, kept, name=images.stem, joints_of=joints_of, on_event=listener
            )
        left_out = [*found.left_out, *more.skipped]
        say_left_out(left_out, found.others)
        _say_refused(joints_of)
        gallery = more if gallery is None else galleries.add(gallery, more)
    if gallery is not None:
        save_gallery(gallery, out)
        counted = f", {len(left_out)} left out" if left_out else ""
        known = 0 if gallery.bodies is None else int(gallery.bodies.known.sum())
        bodies = f", {known} with joints" if known else ""
        say(f"{out}: {len(gallery)} images{bodies}{counted}")
    if kept is not None:
        kept.clear()
    return bool(left_out)
