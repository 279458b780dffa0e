"""What each command does with bad input: the table that the tests run, and docs/bad_input.md.

``python -m tests.bad_input_cases`` writes the table into the document.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from autocompose.data.captions.caption_files import write_captions
from autocompose.data.dataset import write_split

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "bad_input.md"
BEGIN, END = "<!-- cases -->\n", "<!-- /cases -->"
CAPTIONS, SPLIT, JOINTS = "d/captions/val.json", "d/image_splits/val.json", "d/joints.json"
COMMANDS = {
    "verify": f"--captions {CAPTIONS}",
    "score": f"--captions {CAPTIONS} --references references.json --key sents",
    "describe": "--dataset d --split val --provider geometric --out out.json",
    "convert": "--dataset d --out out",
    "review import": f"{CAPTIONS} --dataset d --store sqlite:///store.db",
    "review export": "--store sqlite:///store.db --out out.json",
    "joints": "poses.npz --dataset d --skeleton autocompose-22",
    "index": "--checkpoint checkpoint --images d/images --out gallery",
    "retrieve": "--checkpoint checkpoint --gallery gallery --reference d/images/a.png --text sit",
    "evaluate": "--checkpoint checkpoint --dataset d --split val",
    "failures": "--checkpoint checkpoint --dataset d --split val",
    "report": "--checkpoint checkpoint --dataset d --split val --out page.html",
    "train": "--dataset d --out run",
    "ablate": "--dataset d --pretrained weights.pt --out run",
    "estimate": "--images photos --out joints.json",
}
"""The arguments of each command, in a folder that `sound_inputs` made."""


@cache
def two_bodies() -> str:
    """A joints.json with two bodies of the demo, which is large and read once."""
    known = json.loads((ROOT / "annotations" / "demo" / "joints.json").read_text("utf-8"))
    found = list(known["images"].values())[:2]
    known["images"] = dict(zip(("a.png", "b.png"), found, strict=True))
    return json.dumps(known)


def sound_inputs(folder: Path) -> None:
    """Write a dataset of two images and one pair, reference texts, and joints to import."""
    root = folder / "d"
    for sub in ("images", "captions", "image_splits"):
        (root / sub).mkdir(parents=True)
    row = {"reference": "a.png", "target": "b.png", "img_set": ["b.png"], "sents": ["Sit down."]}
    write_captions(folder / CAPTIONS, [row])
    write_captions(folder / "references.json", [{**row, "sents": ["Sit."]}])
    write_split(folder / SPLIT, ["a.png", "b.png"])
    for name in ("a.png", "b.png"):
        Image.new("RGB", (64, 64)).save(root / "images" / name)
    text = two_bodies()
    (folder / JOINTS).write_text(text, "utf-8")
    poses = np.array([one["joints"] for one in json.loads(text)["images"].values()])
    np.savez(folder / "poses.npz", joints=poses, images=["a.png", "b.png"])


Spoil = Callable[[Path], object]


@dataclass(frozen=True)
class Case:
    """One bad input: what spoils the sound inputs, and how the command must end.

    Attributes:
        command: A key of `COMMANDS`.
        kind: What is wrong, in the words of the document.
        spoil: Spoils the folder that `sound_inputs` filled.
        code: The exit code.
        said: What the last line on stderr contains.
    """

    command: str
    kind: str
    spoil: Spoil
    code: int
    said: str


def missing(name: str) -> Spoil:
    return lambda folder: (folder / name).unlink()


def copied(name: str, to: str) -> Spoil:
    return lambda folder: shutil.copy(folder / name, folder / "d" / to)


def holds(name: str, content: str | bytes) -> Spoil:
    raw = content.encode() if isinstance(content, str) else content
    return lambda folder: (folder / name).write_bytes(raw)


def replaced(name: str, old: str, new: str) -> Spoil:
    def spoil(folder: Path) -> None:
        path = folder / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")

    return spoil


def arrays(**found: object) -> Spoil:
    return lambda folder: np.savez(folder / "poses.npz", **found)  # pyright: ignore


def checkpoint(content: str) -> Spoil:
    def spoil(folder: Path) -> None:
        (folder / "checkpoint").mkdir()
        (folder / "checkpoint" / "config.json").write_text(content, "utf-8")

    return spoil


def photos(folder: Path) -> None:
    (folder / "photos").mkdir()
    (folder / "photos" / "notes.txt").write_text("hello", "utf-8")


def nothing(folder: Path) -> None:
    """The sound inputs lack what the command needs."""


Kind = tuple[str, Spoil, int, str]
"""What is wrong, what spoils the inputs, the exit code, and what the line contains."""
CAPTION_FILES: list[Kind] = [
    ("the caption file is empty", holds(CAPTIONS, ""), 1, "val.json: line 1, column 1: not JSON"),
    ("the caption file is cut short", holds(CAPTIONS, '[{"reference": "a.p'), 1,
     "val.json: line 1, column 16: not JSON"),
    ("the caption file is not UTF-8", holds(CAPTIONS, b'["\xff"]'), 1,
     "val.json: not UTF-8 text at byte 2"),
    ("the caption file is no list", holds(CAPTIONS, '{"a": 1}'), 1,
     "val.json: expected a list, not dict"),
    ("a record has no target", replaced(CAPTIONS, '"target"', '"goal"'), 1,
     'val.json[0]: key "target" is missing'),
    ("a text holds half of a surrogate pair", replaced(CAPTIONS, "down", "\\ud83d"), 1,
     "val.json[0]: sents[0]: character 4 is half of a surrogate pair; remove it"),
    ("a text is NaN", replaced(CAPTIONS, '"Sit down."', "NaN"), 1,
     "val.json: NaN is not a number that JSON can hold"),
]  # fmt: skip
MISSING_CAPTIONS: list[Kind] = [
    ("the caption file is missing", missing(CAPTIONS), 1,
     "val.json: cannot be read (No such file or directory)"),
]  # fmt: skip
OUTSIDE: list[Kind] = [
    ("a record names a file outside of the dataset", replaced(CAPTIONS, '"b.png"', '"../b.png"'), 1,
     '"../b.png" points outside the images folder; use a file name inside it'),
    ("a text is a number", replaced(CAPTIONS, '"Sit down."', "7"), 1,
     "val.json[0]: sents must be a list of strings"),
]  # fmt: skip
JOINT_FILES: list[Kind] = [
    ("joints.json is cut short", holds(JOINTS, '{"images": {'), 1,
     "joints.json: line 1, column 13: not JSON"),
    ("joints.json has no images", replaced(JOINTS, '"images"', '"pictures"'), 1,
     'joints.json: expected an object with "skeleton" and "images"'),
]  # fmt: skip
POSES: list[Kind] = [
    ("the file is missing", missing("poses.npz"), 1,
     "poses.npz cannot be read (No such file or directory)"),
    ("the file is no .npz file", holds("poses.npz", "hello"), 1,
     "poses.npz is not a plain .npz file (File is not a zip file)"),
    ("the file has no joints", arrays(poses=np.zeros((2, 22, 3))), 1,
     'poses.npz has no array "joints"; it has poses'),
    ("the joints are 2-D", arrays(joints=np.zeros((2, 22, 2))), 1,
     "poses.npz: the points of shape (2, 22, 2) are 2-D"),
    ("the joints are text", arrays(joints=np.array(["a", "b"])), 1,
     'poses.npz: "joints" holds <U1, not numbers'),
    ("the joints are Python objects", arrays(joints=np.array([None, {}])), 1,
     "poses.npz is not a plain .npz file (Object arrays cannot be loaded"),
]  # fmt: skip
CHECKPOINTS: list[Kind] = [
    ("the checkpoint is missing", nothing, 1, '"checkpoint" holds no checkpoint (no config.json)'),
    ("config.json of the checkpoint is cut short", checkpoint('{"model": '), 1,
     'the checkpoint "checkpoint" is damaged or incomplete (config.json: Expecting value'),
    ("config.json of the checkpoint is nested too deeply", checkpoint("[" * 100_000), 1,
     'the checkpoint "checkpoint" is damaged or incomplete (config.json: maximum recursion depth'),
    ("config.json of the checkpoint is no object", checkpoint("[]"), 1,
     "damaged or incomplete (config.json is not one that this program writes)"),
]  # fmt: skip
GROUPS: list[tuple[list[str], list[Kind]]] = [
    (["verify", "score", "review import"], MISSING_CAPTIONS),
    (["describe"], [("the caption file is missing", missing(CAPTIONS), 1,
                     "val.json does not exist; the splits")]),
    (["convert"], [
        ("the only caption file is missing", missing(CAPTIONS), 1,
         "d has no captions/<split>.json; add one to convert it"),
        ("a split has a list of images and no caption file",
         copied(SPLIT, "image_splits/test.json"), 3,
         "left out split test: there is image_splits/test.json, no captions/test.json"),
    ]),
    (["verify", "score", "describe", "convert", "review import"], CAPTION_FILES),
    (["score", "describe", "convert", "review import"], OUTSIDE),
    (["verify"], [
        ("a record names a file outside of the dataset",
         replaced(CAPTIONS, '"b.png"', '"../b.png"'), 1,
         'none of the "sents" texts could be judged'),
        ("a text is a number", replaced(CAPTIONS, '"Sit down."', "7"), 1, "val.json has no texts"),
        ("joints.json is missing", missing(JOINTS), 1,
         "joints.json does not exist; say where the joints are with --joints FILE"),
    ]),
    (["describe", "convert"], [
        ("the split's list of images is missing: nothing is checked against it", missing(SPLIT), 0,
         "wrote out"),
        ("the split's list of images is no list", holds(SPLIT, '{"a": 1}'), 1,
         "image_splits/val.json: expected a list, not dict"),
    ]),
    (["describe"], [
        ("the split lacks an image of a record", holds(SPLIT, '["b.png"]'), 1,
         'val.json[0]: reference "a.png" is not in image_splits/val.json; add it there'),
        ("joints.json and the pose model are missing", missing(JOINTS), 1,
         "no pair was described: no joints 1; out.json is not written"),
    ]),
    (["convert"], [
        ("the split names a file outside of the dataset", holds(SPLIT, '["../a.png"]'), 1,
         'val.json[0]: "../a.png" points outside the images folder; use a file name inside it'),
        ("an image is damaged", holds("d/images/b.png", "hello"), 1,
         '"b.png" is not an image; replace or remove it'),
    ]),
    (["verify", "describe"], JOINT_FILES),
    (["convert", "review import"], [("an image is missing", missing("d/images/b.png"), 1,
                                     '"b.png" is not in d/images; add the image')]),
    (["review export"], [
        ("the store is missing", nothing, 1,
         "there is no review store at store.db; make one with `autocompose review import`"),
        ("the store is no database", holds("store.db", "hello" * 500), 1,
         "the review store sqlite:///store.db is damaged or no review store"),
    ]),
    (["joints"], POSES),
    (["index", "evaluate", "failures", "report"], CHECKPOINTS),
    (["retrieve"], [("the gallery is missing", nothing, 1,
                     '"gallery" holds no gallery; make one with `autocompose index`')]),
    (["train"], [("the captions of the training split are missing", nothing, 1,
                  "d/captions/train.json does not exist; the splits")]),
    (["ablate"], [("the starting weights are missing", nothing, 1,
                   "--pretrained weights.pt is no file")]),
    (["estimate"], [
        ("the folder of photos is missing", nothing, 1,
         "photos is neither a folder of images nor a .zip file"),
        ("the folder of photos has no image", photos, 1, "photos holds no image"),
    ]),
]  # fmt: skip


def cases() -> Iterator[Case]:
    """Each kind of bad input, for each command that reads such input."""
    for commands, kinds in GROUPS:
        for command in commands:
            yield from (Case(command, *kind) for kind in kinds)


def table() -> str:
    """The generated part of the document: a table for each command."""
    lines: list[str] = []
    for command, arguments in COMMANDS.items():
        lines += ["", f"## {command}", "", f"`autocompose {command} {arguments}`", ""]
        lines += ["| Bad input | Exit code | What the last line says |", "|---|---|---|"]
        rows = [case for case in cases() if case.command == command]
        lines += [f"| {row.kind} | {row.code} | {_code(row.said)} |" for row in rows]
    return "\n".join([*lines, "", ""])


def _code(words: str) -> str:
    fence = "``" if "`" in words else "`"
    space = " " if words.endswith("`") else ""
    return f"{fence}{space}{words}{space}{fence}"


def page(text: str) -> str:
    """The document with its tables as the cases give them."""
    head, rest = text.split(BEGIN)
    return head + BEGIN + table() + END + rest.split(END)[1]


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
