"""Mutated files through a reader: what it does not foresee, and what it loses without a word.

    python benchmarks/fuzz.py --reader captions [--minutes 5] [--seed 0]

Sound content is spoilt at a few random places and read. An error of the project's own tree is what
a reader owes; any other exception is reported with the seed of its round. Where JSON still holds a
list of records, or an array its poses, all of them must come out, or the reader must refuse. The
exit code is 1 when something was found. Minutes are wall time.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from autocompose.data.archive import extract_images
from autocompose.data.captions.caption_files import read_caption_file
from autocompose.data.dataset import open_dataset
from autocompose.data.joint_import import JointFormat, read_joint_file
from autocompose.data.joints_file import read_joints
from autocompose.describe.mllm.answer_json import find_document
from autocompose.errors import AnswerError, AutoComPoseError
from autocompose.model.checkpoint import read_checkpoint_info

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "annotations" / "demo"
PIECES = [b"", b"\x00", b"\xff", b'"', b"{", b"}", b"[", b"]", b",", b":", b"-1", b"0", b"1e999"]
PIECES += [b"NaN", b"null", b"true", b"../", b"\\ud83d", b"9" * 5000, b"[" * 2000, b"\n", b" "]
LIMBS = (
    ("LeftUpLeg 9 -3 0", "LeftLeg 0 -42 0", "LeftFoot 0 -41 0", "LeftToeBase 0 -6 14"),
    ("LeftShoulder 5 45 0", "LeftArm 12 0 0", "LeftForeArm 28 0 0", "LeftHand 25 0 0"),
    ("RightUpLeg -9 -3 0", "RightLeg 0 -42 0", "RightFoot 0 -41 0", "RightToeBase 0 -6 14"),
    ("RightShoulder -5 45 0", "RightArm -12 0 0", "RightForeArm -28 0 0", "RightHand -25 0 0"),
    ("Spine 0 25 0", "Neck 0 24 0", "Head 0 10 0"),
)
SPLIT = [f"{at}.png" for at in range(8)]


@dataclass(frozen=True)
class Reader:
    """A file, what sound content it has, and what reads it and counts what came out."""

    name: str
    sound: bytes
    read: Callable[[Path], int]


def mutated(content: bytes, rng: random.Random) -> bytes:
    """Up to four spans of the content replaced, repeated, moved or cut off."""
    found = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(found) + 1)
        end = min(len(found), at + rng.choice([0, 1, 2, 8, 40]))
        action = rng.randrange(8)
        if action == 0:
            del found[at:]
        elif action == 1:
            found[at:at] = found[at:end] * rng.choice([1, 2, 50])
        elif action == 2 and at < len(found):
            found[at] ^= 1 << rng.randrange(8)
        else:
            found[at:end] = rng.choice(PIECES)
    return bytes(found)


def clip(frames: int = 2) -> bytes:
    """A whole skeleton in centimetres whose joints are all at rest, as a BVH file."""
    lines = ["HIERARCHY", "ROOT Hips", "{", "OFFSET 0 0 0"]
    lines += ["CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation"]
    for limb in LIMBS:
        for joint in limb:
            name, offset = joint.split(" ", 1)
            lines += [f"JOINT {name}", "{", f"OFFSET {offset}"]
            lines += ["CHANNELS 3 Zrotation Xrotation Yrotation"]
        lines += ["End Site", "{", "OFFSET 0 0 1", "}", *["}"] * len(limb)]
    row = "0 92 0" + " 0 0 0" * (1 + sum(map(len, LIMBS)))
    lines += ["}", "MOTION", f"Frames: {frames}", "Frame Time: 0.05", *[row] * frames]
    return "\n".join([*lines, ""]).encode()


def captions(path: Path) -> int:
    """How many records a caption file gives."""
    return len(read_caption_file(path))


def splits(path: Path) -> int:
    """How many images the gallery of a split has; a name listed twice is refused."""
    root = path.parents[1]
    for folder in ("images", "captions"):
        (root / folder).mkdir(exist_ok=True)
    for name in SPLIT:
        (root / "images" / name).touch()
    return len(open_dataset(root).gallery("val"))


def joints(path: Path) -> int:
    """How many images a joints.json knows."""
    return len(read_joints(path, path.parent / "images"))


def poses(path: Path) -> int:
    """How many poses an array gives."""
    return len(read_joint_file(path, JointFormat(skeleton="autocompose-22"))[0].joints)


def motion(path: Path) -> int:
    """Reads a BVH clip; how many frames spoilt text holds cannot be told without the reader."""
    read_joint_file(path, JointFormat())
    return -1


def zipped(path: Path) -> int:
    """How many files of a zip are extracted, left out by name, or named as no image."""
    with tempfile.TemporaryDirectory() as out:
        found = extract_images(path, Path(out))
    return len(found.paths) + len(found.left_out) + len(found.others)


def checkpoint(path: Path) -> int:
    """Reads the config.json of a checkpoint, which is one record."""
    read_checkpoint_info(path.parent)
    return -1


def answer(path: Path) -> int:
    """Reads a model's answer; one without a document is refused by those who ask for it."""
    text = path.read_text("utf-8", errors="replace")
    if find_document(text, "parts") is None:
        raise AnswerError("no document", "nothing with parts was found")
    return -1


def reader(name: str) -> Reader:
    """The reader that the command line names, with content cut from the demo or made here."""
    known = json.loads((DEMO / "joints.json").read_text("utf-8"))
    known["images"] = dict(list(known["images"].items())[:2])
    rows = json.loads((DEMO / "captions" / "val.json").read_text("utf-8"))[:3]
    pair, archive = io.BytesIO(), io.BytesIO()
    np.savez_compressed(pair, joints=np.array([v["joints"] for v in known["images"].values()]))
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for path in sorted((DEMO / "images").iterdir())[:2]:
            opened.write(path, path.name)
    config = (ROOT / "checkpoints" / "pose-mini" / "config.json").read_bytes()
    parts = {"parts": [{"part": "left arm", "change": "rises", "details": ["to the head"]}]}
    found = {
        "captions": ("val.json", json.dumps(rows).encode(), captions),
        "splits": ("image_splits/val.json", json.dumps(SPLIT).encode(), splits),
        "joints": ("joints.json", json.dumps(known).encode(), joints),
        "npz": ("x.npz", pair.getvalue(), poses),
        "bvh": ("x.bvh", clip(), motion),
        "zip": ("x.zip", archive.getvalue(), zipped),
        "checkpoint": ("config.json", config, checkpoint),
        "answer": ("x.txt", b"Here it is: " + json.dumps(parts).encode(), answer),
    }
    return Reader(*found[name])


def owed(name: str, content: bytes) -> int | None:
    """How many records content holds, where that can be told without the reader."""
    try:
        if name == "x.npz":
            with np.load(io.BytesIO(content)) as stored:
                return len(stored["joints"])
        if name == "x.zip":
            with zipfile.ZipFile(io.BytesIO(content)) as opened:
                return sum(not entry.is_dir() for entry in opened.infolist())
        held = json.loads(content.decode("utf-8-sig"))
    except Exception:  # whatever libraries raise: damaged content owes nothing
        return None
    if name == "joints.json":
        return len(held["images"]) if isinstance(held, dict) and "images" in held else None
    return len(held) if isinstance(held, list) else None


def attempt(chosen: Reader, content: bytes, folder: Path) -> tuple[str, str]:
    """What a round comes to: ``read``, ``refused``, ``lost`` or ``crashed``, and the words."""
    path = folder / chosen.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    try:
        count = chosen.read(path)
    except AutoComPoseError as error:
        return "refused", str(error)
    except Exception as error:  # this is what is looked for
        words = f"{type(error).__name__}: {error}".replace(str(folder), "")
        return "crashed", words[:200]
    expected = owed(chosen.name, content)
    if count >= 0 and expected is not None and count != expected:
        return "lost", f"{count} of {expected} records came out"
    return "read", ""


def check_sound(chosen: Reader) -> None:
    """Ends the run where content that nobody spoilt is not read whole: rounds would say nothing."""
    with tempfile.TemporaryDirectory() as folder:
        outcome, words = attempt(chosen, chosen.sound, Path(folder))
    if outcome != "read":
        sys.exit(f"sound content of {chosen.name} was {outcome}: {words}")


def main() -> None:
    """Rounds until the minutes are over; a finding is printed once, counts every ten seconds."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    names = ["captions", "splits", "joints", "npz", "bvh", "zip", "checkpoint", "answer"]
    options.add_argument("--reader", choices=names, required=True)
    options.add_argument("--minutes", type=float, default=5)
    options.add_argument("--seed", type=int, default=0)
    asked = options.parse_args()
    chosen = reader(asked.reader)
    check_sound(chosen)
    counts = dict.fromkeys(["read", "refused", "lost", "crashed"], 0)
    end, shown, at = time.monotonic() + 60 * asked.minutes, time.monotonic(), asked.seed
    seen: set[str] = set()
    while time.monotonic() < end:
        with tempfile.TemporaryDirectory() as folder:
            outcome, words = attempt(chosen, mutated(chosen.sound, random.Random(at)), Path(folder))
        counts[outcome] += 1
        if outcome in ("lost", "crashed") and words not in seen and len(seen) < 50:
            seen.add(words)
            print(f"{asked.reader}, seed {at}: {outcome}: {words}", flush=True)
        if time.monotonic() - shown > 10:
            shown = time.monotonic()
            print(f"{asked.reader}: {counts}", file=sys.stderr, flush=True)
        at += 1
    print(f"{asked.reader}: {counts}")
    sys.exit(1 if counts["lost"] or counts["crashed"] else 0)


if __name__ == "__main__":
    main()
