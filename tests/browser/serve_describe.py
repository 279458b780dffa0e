"""A studio for the tests of Describe: stored texts of a model, a store, an estimator."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from gradio.utils import get_upload_folder

from autocompose.body.sources.found_person import Estimate
from autocompose.data.estimated_joints import PhotoJoints
from autocompose.review.people.logins import LocalLogin, Login, NoLogin
from autocompose.studio import Studio, StudioConfig, build_studio
from tests.studio_fakes import hash_engine, stick_joints, write_stick_dataset

MODEL_TEXTS = {
    "mllm": ["Lift your left arm a little.", "Raise the left arm slightly."],
    "reverse": ["Lower your left arm a little."],
    "parts": [{"part": "left_arm", "text": "Lift the left arm a little."}],
    "provenance": {"provider": "models.example", "model": "gpt-x", "prompt_version": "m-1"},
}


class StickEstimator:
    """Finds the same standing body in every picture, arms higher from picture to picture."""

    def __init__(self) -> None:
        self.seen = 0

    def people(self, picture: object) -> tuple[Estimate]:
        """A body; the picture is not looked at."""
        self.seen += 1
        joints = np.asarray(stick_joints(30 + 60 * (self.seen % 2), 20, 0))
        pixels = np.array([128, 118]) + np.array([110, -110]) * joints[:, :2]
        return (Estimate(joints, pixels, np.ones(22), heading=0.0),)


class StickJoints(PhotoJoints):
    """An estimator without a model file; or one whose file is missing."""

    def __init__(self, folder: Path, *, there: bool) -> None:
        super().__init__(folder)
        self._there = there
        self._sticks = StickEstimator()

    def why_not(self) -> str:
        """Empty where it is there."""
        return "" if self._there else super().why_not()

    def load(self) -> StickEstimator:  # pyright: ignore
        """The estimator, or the error of a missing file."""
        return self._sticks if self._there else super().load()  # pyright: ignore


def main(folder: Path, port: int, store: str, pose: str, login: str = "local") -> None:
    """Write the pictures and serve them.

    Args:
        folder: for the dataset; one that is there is served as it is.
        port: TCP port.
        store: URL of the review store.
        pose: ``there`` or ``missing``.
        login: ``local``, or ``nobody`` as on a Space without sign-in.
    """
    if not folder.exists():
        write_stick_dataset(folder)
        captions = folder / "captions" / "test.json"
        rows = json.loads(captions.read_text("utf-8"))
        rows[0] |= MODEL_TEXTS
        captions.write_text(json.dumps(rows), encoding="utf-8")
    who: Login = NoLogin("this Space has no sign-in") if login == "nobody" else LocalLogin()
    config = StudioConfig(folder, Path(get_upload_folder()), store=store, login=who)

    def load(studio: Studio, _: object):
        return hash_engine(folder, tuple(image.id for image in studio.images))

    studio = Studio(config, load, joints=StickJoints(folder / "models", there=pose == "there"))
    studio.start()
    build_studio(studio).launch(server_name="127.0.0.1", server_port=port, quiet=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
