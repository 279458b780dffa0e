"""The wish of a page as a command, quoted so that it runs as it stands."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from autocompose.errors import AutoComPoseError
from autocompose.studio.lab.lab_bench import bench_of
from autocompose.studio.lab.lab_wish import LabWish, read_wish
from autocompose.studio.lab.starts import LabStart, StartKind
from autocompose.studio.server.pictures import Page
from autocompose.studio.server.state import Studio
from autocompose.studio.server.transport import read_int
from autocompose.workspace import find_workspace

MOST_HITS = 60
POSE_FILE = "pose.joints.json:pose.png"
"""What a pose is called that was taken from the page."""
OWN_FILE = "Put the path of your own file in place of its name."
OWN_POSE = "Take the pose along as joints first; the command starts from that file."


@dataclass(frozen=True)
class LabCommand:
    """A wish to take along.

    Args:
        command: one line for a POSIX shell.
        note: what is to be put in by hand, else empty.
    """

    command: str
    note: str


def lab_command(studio: Studio, payload: Page) -> LabCommand:
    """The wish of the page as a command that gives the same body and the same pictures.

    Args:
        studio: the loaded studio.
        payload: as `read_wish` reads it; ``name`` as the visitor's file is called; ``count`` of
            pictures, 0 for none.

    Raises:
        AutoComPoseError: what `read_wish` raises.
    """
    wish = read_wish(studio, payload)
    start = wish.start
    count = read_int(payload, "count", low=0, high=MOST_HITS, default=0)
    name = Path(str(payload.get("name") or "")).name or (start.path.name if start.path else "")
    if start.kind is StartKind.STANDING:
        words = ["autocompose", "pose", "generate"]
    else:
        words = ["autocompose", "edit", f"--reference={_reference(studio, start, name)}"]
        words += [f"--person={start.number}"] if _is_other(start) else []
        words += [] if wish.keep else ["--free"]
    words += [f"--text={wish.text}"] if wish.text else []
    words += [f"--limb={limb}={_picture(studio, image)}" for limb, image in wish.limbs.items()]
    words += [] if wish.polish else ["--raw"]
    words += _gallery(studio, count) if count else []
    words += _model(studio)
    return LabCommand(shlex.join(words), _note(wish))


def _is_other(start: LabStart) -> bool:
    return start.kind is StartKind.UPLOAD and start.number > 1


def _note(wish: LabWish) -> str:
    if wish.start.kind is StartKind.JOINTS:
        return OWN_POSE
    return "" if wish.start.path is None else OWN_FILE


def _reference(studio: Studio, start: LabStart, name: str) -> str:
    if start.kind is StartKind.IMAGE:
        return _picture(studio, start.image_id)
    if start.kind is StartKind.UPLOAD:
        return name
    return f"{name}:{start.number}" if start.kind is StartKind.MOTION else POSE_FILE


def _picture(studio: Studio, image_id: str) -> str:
    """A picture by its entry in the dataset's ``joints.json``, else by its file."""
    image = studio.image(image_id)
    filed = studio.config.dataset / "joints.json"
    if image.joints is not None and filed.is_file():
        return f"{_place(filed)}:{image_id}"
    return _place(image.path)


def _gallery(studio: Studio, count: int) -> list[str]:
    try:
        folder = studio.engine.gallery
    except AutoComPoseError:
        return []
    if folder is not None:
        return [f"--gallery={_place(folder)}", "-k", str(count)]
    filed = studio.config.dataset / "joints.json"
    if not filed.is_file():
        return []
    return [f"--gallery={_place(filed)}", f"--split={studio.split}", "-k", str(count)]


def _model(studio: Studio) -> list[str]:
    folder = bench_of(studio).folder
    usual = find_workspace().pose_lab
    return [] if folder.resolve() == usual.resolve() else [f"--checkpoint={_place(folder)}"]


def _place(path: Path) -> str:
    """A path as the operator would type it: relative to the folder that the studio runs in."""
    whole, here = path.resolve(), Path.cwd()
    return str(whole.relative_to(here)) if whole.is_relative_to(here) else str(whole)
