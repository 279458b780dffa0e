"""``autocompose estimate``: joints of the people in photos, and the model file it takes."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autocompose.cli.console import INCOMPLETE, progress, say, say_left_out

if TYPE_CHECKING:
    from autocompose.data.estimated_joints import PhotoJoints


def estimate(
    images: Annotated[
        Path | None, typer.Option(help="Folder of photos, each showing one whole person.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The joints.json file to write.")] = None,
    pose_model: Annotated[
        Path | None,
        typer.Option(help="Pose landmarker .task file to use instead of the usual one."),
    ] = None,
    person: Annotated[
        int,
        typer.Option(min=1, help="Which of several people in a photo: 1 is the largest in it."),
    ] = 1,
    get_model: Annotated[
        bool,
        typer.Option(
            "--get-model",
            help="Download the pose model (9 MB) where it is missing, and verify it.",
        ),
    ] = False,
    package: Annotated[
        Path | None,
        typer.Option(
            help="With --get-model: build the model from this wheel of mediapipe 0.10.21."
        ),
    ] = None,
) -> None:
    """Estimate 3-D joints from photos, or get the pose model where it is missing.

    The file marks the joints as estimated and says how clearly each was seen. Pictures without a
    person are named and left out, and the exit code is then 3. Pictures with several people are
    named; --person says whose joints are taken.
    """
    from autocompose.data.estimated_joints import PhotoJoints
    from autocompose.errors import ConfigError
    from autocompose.workspace import find_workspace

    models = find_workspace().models
    if package is not None and not get_model:
        raise ConfigError("--package says where --get-model takes the model from; add --get-model")
    if get_model:
        _get_model(models, package)
        if images is None:
            return
    if images is None or out is None:
        raise ConfigError("name a folder of photos with --images and a file with --out")
    _estimate_folder(images, out, PhotoJoints(models, pose_model, person=person, on_note=say))


def _get_model(models: Path, package: Path | None) -> None:
    from autocompose.data.pose_model import (
        DOWNLOAD,
        assemble_pose_model,
        download_pose_model,
        find_pose_model,
    )
    from autocompose.errors import EstimationError

    if package is not None:
        say(f"wrote {assemble_pose_model(models, package)}")
        return
    with suppress(EstimationError):
        say(f"{find_pose_model(models)} is there and sound; nothing is fetched")
        return
    say(f"fetching {DOWNLOAD.name}")
    say(f"wrote {download_pose_model(models)}")


def _estimate_folder(images: Path, out: Path, joints: PhotoJoints) -> None:
    from autocompose.data.archive import find_images
    from autocompose.data.joints_file import write_joints
    from autocompose.errors import EstimationError, ImageError
    from autocompose.schema import Event, PoseImage

    listed = find_images(images)
    files = listed.paths
    joints.load()
    found, left_out = [], list(listed.left_out)
    with progress() as listener:
        for done, path in enumerate(files, start=1):
            name = path.relative_to(listed.root).as_posix()
            try:
                found.append(joints.complete(PoseImage(name, path)))
            except (EstimationError, ImageError) as error:
                left_out.append(f"{name}: {error}")
            listener(Event("estimate", done, len(files)))
    say_left_out(left_out, listed.others)
    if not found:
        raise EstimationError(f"no person found in any of the {len(files)} pictures of {images}")
    write_joints(out, found, image_size=None)
    say(f"wrote {out}: {len(found)} of {len(files) + len(listed.left_out)} pictures")
    if left_out:
        raise typer.Exit(INCOMPLETE)
