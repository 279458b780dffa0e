"""Pairs with real pictures, and answers of a model, shared by the tests of annotation."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from autocompose.describe.mllm.chat import ModelAnswer, ModelRequest
from autocompose.schema import JointsOrigin, PoseImage, PosePair
from tests.poses import ARMS_DOWN, with_joints

PARTS = {"left arm": "Raise the left arm to the side.", "right knee": "Bend the right knee."}
TEXTS = (
    "Raise your left arm to the side and bend your right knee.",
    "As if hailing a cab, lift the left arm and let the right knee bend.",
    "Let the right knee bend while the left arm comes up.",
    "Bend the right knee, then lift the left arm.",
    "Lift the left arm like a wing and bend the right knee.",
)

RAISED = with_joints(
    ARMS_DOWN, left_elbow=(0.45, 0.44, 0), left_wrist=(0.7, 0.44, 0), left_hand=(0.78, 0.44, 0)
)


def answer(text: object, **fields: object) -> ModelAnswer:
    """An answer with this text, or with this document as JSON."""
    return ModelAnswer(text if isinstance(text, str) else json.dumps(text), **fields)  # pyright: ignore


def parts_text(parts: dict[str, str] | None = None) -> str:
    rows = PARTS if parts is None else parts
    return json.dumps({"parts": [{"part": part, "text": text} for part, text in rows.items()]})


def texts_text(n: int = 3) -> str:
    return json.dumps({"phrasings": list(TEXTS[:n])})


def good(request: ModelRequest) -> str:
    """A valid answer to either stage."""
    if request.stage == "parts":
        return parts_text()
    assert request.schema is not None
    return texts_text(request.schema.schema["properties"]["phrasings"]["minItems"])


def make_pair(folder: Path, number: int = 0, *, joints: bool = False) -> PosePair:
    """Two small pictures: a red dot on the frame's left in the reference, blue in the target.

    With joints the subject raises the left arm; pixels show a frontal person, whose left is on the
    frame's right.
    """
    images = []
    for role, colour, pose in (("a", "red", ARMS_DOWN), ("b", "blue", RAISED)):
        path = folder / f"{number:04d}{role}.png"
        if not path.exists():
            picture = Image.new("RGB", (96, 128), (200, 200, 200 - 6 * number % 150))
            ImageDraw.Draw(picture).rectangle((4, 40, 20, 60), fill=colour)
            picture.save(path)
        known = {}
        if joints:
            known = {
                "joints": tuple(map(tuple, pose.tolist())),
                "pixels": tuple((48 + 40 * x, 70 - 50 * y) for x, y, _ in pose.tolist()),
                "joints_origin": JointsOrigin.RENDERED,
            }
        images.append(PoseImage(path.name, path, **known))
    return PosePair(images[0], images[1], "val", (images[1].id,))


def mean_colour(picture: Image.Image, box: tuple[int, int, int, int]) -> np.ndarray:
    """Mean RGB of a box, (3,)."""
    return np.asarray(picture.crop(box), dtype=float).reshape(-1, 3).mean(0)
