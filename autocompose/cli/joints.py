"""``autocompose joints``: joints of another tool into a dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autocompose.cli.console import only_writer, say


def joints(
    file: Annotated[
        Path, typer.Argument(help="A .npz file with an array `joints`, or a .bvh file.")
    ],
    dataset: Annotated[Path, typer.Option(help="Dataset folder. Its joints.json is written.")],
    skeleton: Annotated[
        str | None,
        typer.Option(help="autocompose-22, coco-17, aist-17, smpl-24, smpl-22 or mediapipe-33."),
    ] = None,
    units: Annotated[
        str | None,
        typer.Option(
            help="m, cm, mm, in, or body (scale to a standard stature; the default for BVH)."
        ),
    ] = None,
    up: Annotated[str | None, typer.Option(help="Axis that points up: +y, -y, +z or -z.")] = None,
    left_handed: Annotated[bool, typer.Option(help="The source uses left-handed axes.")] = False,
    images: Annotated[
        str,
        typer.Option(
            help="File name pattern for the image of each pose, such as frame_{:04d}.jpg. Counting"
            " starts at --first."
        ),
    ] = "",
    first: Annotated[
        int | None,
        typer.Option(min=0, help="Number of the first image (0 by default; ffmpeg starts at 1)."),
    ] = None,
    stride: Annotated[
        int | None,
        typer.Option(
            min=1, help="Use every Nth pose, such as 4 for a clip of 120 and images of 30 a second."
        ),
    ] = None,
    joint: Annotated[
        list[str] | None,
        typer.Option(help="Name of a .bvh joint, such as left_hip=LThigh. Repeatable."),
    ] = None,
) -> None:
    """Import joints of another tool into a dataset's joints.json, mapped to our skeleton.

    The joints must be 3-D. An .npz file may name the image of each pose in an array `images`.
    """
    from autocompose.data.joint_import import JointFormat, import_into_dataset, read_joint_file
    from autocompose.data.lock import lock_file
    from autocompose.errors import ConfigError

    if not images and (first is not None or stride is not None):
        raise ConfigError("--first and --stride number the names of --images; add --images")
    source = JointFormat(skeleton, units, up, left_handed, _names(joint or []))
    poses, listed = read_joint_file(file, source)
    for note in poses.notes:
        say(f"{file}: {note}")
    if images:
        poses = poses.every(stride or 1)
        numbers = range(first or 0, (first or 0) + len(poses.joints))
        try:
            listed = tuple(images.format(number) for number in numbers)
        except (IndexError, KeyError, ValueError) as error:
            raise ConfigError(
                f'--images "{images}" is not a pattern such as frame_{{:04d}}.jpg'
            ) from error
    if not listed:
        raise ConfigError(f"{file} names no images; use --images, such as frame_{{:04d}}.jpg")
    with only_writer(lock_file(dataset / "joints.json")):
        count = import_into_dataset(dataset, poses, listed, clip=file.stem)
    say(f"wrote joints of {count} images into {dataset / 'joints.json'}")
    if poses.derived:
        say(f"built from their neighbours and treated as unknown: {', '.join(poses.derived)}")


def _names(items: list[str]) -> dict[str, str]:
    """Our joint -> the file's, of options such as ``left_hip=LThigh``."""
    from autocompose.errors import ConfigError

    names = {}
    for item in items:
        ours, _, theirs = item.partition("=")
        if not ours or not theirs or ours in names:
            raise ConfigError(
                f'--joint "{item}" is not one new OUR_JOINT=FILE_JOINT, such as left_hip=LThigh'
            )
        names[ours] = theirs
    return names
