"""``autocompose joints``: joints of another tool into a dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autocompose.cli.console import say


def joints(
    file: Annotated[
        Path, typer.Argument(help="A .npz file with an array `joints`, or a .bvh file.")
    ],
    dataset: Annotated[Path, typer.Option(help="Dataset folder whose joints.json is written.")],
    skeleton: Annotated[
        str | None,
        typer.Option(help="autocompose-22, coco-17, aist-17, smpl-24, smpl-22 or mediapipe-33."),
    ] = None,
    units: Annotated[
        str | None, typer.Option(help="m, cm, mm, or body: scale to one stature (BVH's default).")
    ] = None,
    up: Annotated[str | None, typer.Option(help="Axis that points up: +y, -y, +z or -z.")] = None,
    left_handed: Annotated[bool, typer.Option(help="The axes are left-handed.")] = False,
    images: Annotated[
        str, typer.Option(help="Image of each pose of a clip, as frame_{:04d}.jpg; first is 0.")
    ] = "",
    joint: Annotated[
        list[str] | None, typer.Option(help="Name of a .bvh joint, as left_hip=LThigh; repeatable.")
    ] = None,
) -> None:
    """Write joints of other tools into a dataset's joints.json, mapped to our skeleton.

    Needs 3-D joints. An .npz file may name the image of each pose in an array `images`.
    """
    from autocompose.data.joint_import import JointFormat, import_into_dataset, read_joint_file
    from autocompose.errors import ConfigError

    pairs = (item.partition("=") for item in joint or [])
    names = {ours: theirs for ours, _, theirs in pairs}
    source = JointFormat(skeleton, units, up, left_handed, names)
    poses, listed = read_joint_file(file, source)
    if images:
        try:
            listed = tuple(images.format(i) for i in range(len(poses.joints)))
        except (IndexError, KeyError, ValueError) as error:
            raise ConfigError(
                f'--images "{images}" is no pattern like frame_{{:04d}}.jpg'
            ) from error
    if not listed:
        raise ConfigError(f"{file} names no images; say them with --images, as frame_{{:04d}}.jpg")
    count = import_into_dataset(dataset, poses, listed, clip=file.stem)
    say(f"wrote joints of {count} images into {dataset / 'joints.json'}")
    if poses.derived:
        say(f"built from their neighbours, so nothing is known of them: {', '.join(poses.derived)}")
