"""``autocompose index``: embed images as a gallery, add to one, or take images out of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autocompose.cli.console import INCOMPLETE, only_writer, progress, say, say_left_out

if TYPE_CHECKING:
    from autocompose.data.estimated_joints import PhotoJoints
    from autocompose.describe.annotate.ray_workers import ScaleOut
    from autocompose.retrieval.index_sources import PictureSource

_UPKEEP_PANEL = "Upkeep"
_RAY_PANEL = "Many processes or machines"


Images = Annotated[
    Path | None,
    typer.Option(
        help="Folder of images, .zip file, folder of a datasets dataset, or, with --split, a"
        " dataset in the official layout."
    ),
]
JointsChoice = Annotated[
    str | None,
    typer.Option(
        help="The joints.json of the images, estimate, or none. By default the one in their"
        " folder or beside it; without one, joints are estimated from the images.",
        show_default=False,
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Replace the gallery in OUT with a new one.")]
Compact = Annotated[
    bool,
    typer.Option(
        "--compact",
        help="Rewrite OUT in few files, without what was removed.",
        rich_help_panel=_UPKEEP_PANEL,
    ),
]
Check = Annotated[
    bool,
    typer.Option(
        "--check",
        help="Read every byte of OUT and name what is damaged.",
        rich_help_panel=_UPKEEP_PANEL,
    ),
]
AllowMissing = Annotated[
    bool,
    typer.Option(
        "--allow-missing",
        help="Leave out the parts of OUT that are missing or damaged.",
        rich_help_panel=_UPKEEP_PANEL,
    ),
]
UseRay = Annotated[
    bool,
    typer.Option("--ray", help="Embed with Ray workers (extra ray).", rich_help_panel=_RAY_PANEL),
]
Workers = Annotated[int, typer.Option(min=1, help="Ray workers.", rich_help_panel=_RAY_PANEL)]
RayAddress = Annotated[
    str | None,
    typer.Option(
        help="Address of a running Ray cluster; without one, Ray is started on this machine.",
        rich_help_panel=_RAY_PANEL,
    ),
]


def index(
    out: Annotated[Path, typer.Option(help="Gallery folder to write.")],
    checkpoint: Annotated[
        Path | None, typer.Option(help="Checkpoint folder. Needed with --images.")
    ] = None,
    images: Images = None,
    split: Annotated[str, typer.Option(help="Split of the dataset in IMAGES.")] = "",
    add: Annotated[
        bool, typer.Option("--add", help="Add the images to the existing gallery in OUT.")
    ] = False,
    remove: Annotated[
        list[str] | None, typer.Option(help="Image id to remove from OUT. Repeatable.")
    ] = None,
    joints: JointsChoice = None,
    force: Force = False,
    compact: Compact = False,
    check: Check = False,
    allow_missing: AllowMissing = False,
    ray: UseRay = False,
    workers: Workers = 2,
    ray_address: RayAddress = None,
) -> None:
    """Embed the images of a gallery, for fast queries.

    The folder may have sub-folders. Images of a zip file or of a datasets dataset are written to
    OUT/images. Joints of the images are kept too, known or estimated: queries are then also ranked
    by what the text says of the body. Images in which no body is found stay in the gallery and are
    named.
    Images that cannot be used are named, and the exit code is then 3. If the command is
    interrupted, run it again: it keeps the images that it has embedded, and the gallery that was
    there stays as it was until all is done.
    """
    if images is None and not (remove or compact or check):
        raise typer.BadParameter(
            "give --images to index, --remove to take images out, --compact or --check"
        )
    if force and (add or images is None):
        raise typer.BadParameter("--force replaces the gallery with --images; leave out --add")
    if images is not None and checkpoint is None:
        raise typer.BadParameter("--images are embedded by a model: give its --checkpoint")
    if split and images is None:
        raise typer.BadParameter("--split is one of --images: give its dataset")
    from autocompose.data.lock import lock_folder

    left_out = False
    if images is not None and checkpoint is not None:
        if not add and not force:
            _refuse_to_replace(out)
        asked = _Asked(checkpoint, out, images, split, add, joints)
        spread = _scale_out(workers, ray_address) if ray else None
        opened, photos = _opened(asked)
        with only_writer(lock_folder(out)):
            left_out = _write_gallery(asked, opened, photos, spread=spread, remove=remove or [])
    elif remove:
        with only_writer(lock_folder(out)):
            _remove(out, remove)
    if compact:
        with only_writer(lock_folder(out)):
            _compact(out, allow_missing=allow_missing)
    if images is not None or remove or compact:
        _say_size(out, allow_missing=allow_missing)
    if check:
        _check(out)
    if left_out:
        raise typer.Exit(INCOMPLETE)


@dataclass(frozen=True)
class _Asked:
    """What is to be indexed."""

    checkpoint: Path
    out: Path
    images: Path
    split: str
    add: bool
    joints: str | None


def _scale_out(workers: int, address: str | None) -> ScaleOut:
    from autocompose.describe.annotate.ray_workers import ScaleOut

    return ScaleOut(workers, address)


def _refuse_to_replace(out: Path) -> None:
    from autocompose.errors import GalleryError

    if (out / "gallery.json").exists():
        raise GalleryError(
            f"{out} holds a gallery; use --add to add to it, --force to replace it, or another"
            " folder"
        )


def _opened(asked: _Asked) -> tuple[PictureSource | None, PhotoJoints | None]:
    """The pictures, unless they must be unpacked first, and what estimates their joints.

    Whatever is wrong with either shows before anything is embedded.
    """
    from autocompose.retrieval.index_sources import is_packed, open_folder, open_split

    joints = asked.joints

    if asked.split and not is_packed(asked.images):
        source = open_split(asked.images, asked.split)
        known = any(image.joints is not None for image in source.known.values())
        if joints not in (None, "estimate", "none"):
            raise typer.BadParameter("a split has its own joints.json; leave out --joints FILE")
        if joints is None and known:
            return source, None
        return source, _estimator(joints)
    file = _joints_file(asked.images, joints)
    if is_packed(asked.images):
        return None, None if file is not None else _estimator(joints)
    source = open_folder(asked.images, file)
    return source, None if file is not None else _estimator(joints)


def _joints_file(images: Path, joints: str | None) -> Path | None:
    """The ``joints.json`` to use; None where there is none, or it is not to be used."""
    from autocompose.data.joints_beside import joints_beside
    from autocompose.errors import CaptionFileError

    if joints in ("none", "estimate"):
        return None
    path = joints_beside(images) if joints is None else Path(joints)
    if path is not None and not path.is_file():
        raise CaptionFileError(
            f"{path} is not there; give a joints.json to --joints, estimate, or none"
        )
    return path


def _estimator(joints: str | None) -> PhotoJoints | None:
    """What estimates joints; None where that is not wanted, or not possible and not asked for."""
    from autocompose.data.estimated_joints import NO_ESTIMATE, PhotoJoints
    from autocompose.workspace import find_workspace

    if joints == "none":
        return None
    photos = PhotoJoints(find_workspace().models, on_note=say)
    try:
        photos.load()  # what is wrong shows before anything is embedded
    except NO_ESTIMATE as error:
        if joints is not None:
            raise
        say(f"note: no joints are estimated: {error}")
        return None
    return photos


def _write_gallery(
    asked: _Asked,
    source: PictureSource | None,
    photos: PhotoJoints | None,
    *,
    spread: ScaleOut | None,
    remove: list[str],
) -> bool:
    """Embed the pictures and write them, under the lock; whether an image was left out."""
    from autocompose.model.checkpoint import load_checkpoint
    from autocompose.retrieval.index_run import (
        FOLDER,
        EmbeddedSoFar,
        embed_found,
        gallery_parts,
        here,
    )
    from autocompose.retrieval.index_sources import open_packed
    from autocompose.retrieval.shards.gallery_folder import append_shards, write_shards

    out = asked.out
    if source is None:
        file = _joints_file(asked.images, asked.joints)
        source = open_packed(asked.images, out / "images", split=asked.split, joints=file)
    model = load_checkpoint(asked.checkpoint)
    if asked.add:
        _as_shards(out)
        _check_model(asked, model.fingerprint)
    kept = EmbeddedSoFar(out / FOLDER, model.fingerprint, estimated=photos is not None)
    if len(kept):
        say(f"{len(kept)} images were embedded by an earlier run that was stopped")
    embedder = here(model, kept, photos)
    if spread is not None:
        from autocompose.retrieval.embed_workers import on_workers
        from autocompose.workspace import find_workspace

        models = find_workspace().models if photos is not None else None
        embedder = on_workers(asked.checkpoint, kept, scale=spread, models=models)
    with progress() as listener:
        read = embed_found(embedder, source, kept, on_event=listener)
        left_out = [*source.found.left_out, *read.skipped]
        if remove:
            _remove(out, remove)
        parts = gallery_parts(
            read, source, kept, fingerprint=model.fingerprint,
            name=" ".join(filter(None, (asked.images.stem, asked.split))),
            on_refused=lambda line: say(f"without joints {line}"), on_event=listener,
        )  # fmt: skip
        (append_shards if asked.add else write_shards)(out, parts, skipped=left_out)
    say_left_out(left_out, source.found.others)
    kept.clear()
    return bool(left_out)


def _check_model(asked: _Asked, fingerprint: str) -> None:
    """Refuse another model before the images are embedded, not after."""
    from autocompose.errors import FingerprintError
    from autocompose.retrieval.shards.gallery_folder import read_manifest

    manifest = read_manifest(asked.out)
    if manifest is not None and manifest.fingerprint != fingerprint:
        raise FingerprintError(
            f"{asked.out} was embedded by model {manifest.fingerprint[:12]}, {asked.checkpoint} is"
            f" {fingerprint[:12]}; use its checkpoint, or rebuild all of it: autocompose index"
            f" --checkpoint {asked.checkpoint} --images FOLDER --out {asked.out} --force"
        )


def _as_shards(out: Path) -> None:
    """Write a gallery of single files, as earlier versions made them, as shards."""
    from autocompose.retrieval.gallery_files import load_gallery, save_gallery
    from autocompose.retrieval.shards.gallery_folder import read_manifest

    if read_manifest(out) is None:
        save_gallery(load_gallery(out), out)


def _remove(out: Path, image_ids: list[str]) -> None:
    from autocompose.retrieval.shards.gallery_folder import remove_pictures

    _as_shards(out)
    remove_pictures(out, image_ids)


def _compact(out: Path, *, allow_missing: bool) -> None:
    from autocompose.retrieval.gallery_files import load_gallery
    from autocompose.retrieval.shards.gallery_folder import compact

    compact(out, load_gallery(out, allow_missing=allow_missing))


def _check(out: Path) -> None:
    from autocompose.errors import GalleryError
    from autocompose.retrieval.shards.gallery_folder import check_shards

    if lines := check_shards(out):
        raise GalleryError(
            f"{out} is damaged ({'; '.join(lines)}); index those images again with --add, or use"
            " --compact --allow-missing to leave them out"
        )
    say(f"{out}: every byte is as it was written")


def _say_size(out: Path, *, allow_missing: bool) -> None:
    """How many images the gallery has now, and what could be made of it."""
    from autocompose.retrieval.gallery_files import load_gallery
    from autocompose.retrieval.shards.gallery_folder import MANY_SHARDS, read_manifest

    gallery = load_gallery(out, allow_missing=allow_missing)
    counted = f", {len(gallery.skipped)} left out" if gallery.skipped else ""
    known = 0 if gallery.bodies is None else int(gallery.bodies.given.sum())
    bodies = f", {known} with joints" if known else ""
    say(f"{out}: {len(gallery)} images{bodies}{counted}")
    manifest = read_manifest(out)
    if manifest is not None and (
        len(manifest.shards) > MANY_SHARDS or manifest.removed > len(manifest)
    ):
        say(
            f"note: it has {len(manifest.shards)} parts and {manifest.removed} removed rows;"
            " --compact rewrites it"
        )
