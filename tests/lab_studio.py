"""A studio over stick figures with a pose lab that nobody trained, and what is asked of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autocompose.lab.lm.lab_files import save_pose_lab
from autocompose.lab.wishes.likely import KnownBones
from autocompose.studio.lab.lab_tab import LAB_HANDLERS
from autocompose.studio.server.state import Studio, StudioConfig
from autocompose.studio.server.transport import page_call
from tests.lab_fakes import small_lab
from tests.studio_fakes import hash_engine, write_stick_dataset

FIRST = "pose_00_p0_front.jpg"
RAISED = "pose_12_p0_front.jpg"


def studio_with_model(root):
    """The studio, its model and its uploads in a folder."""
    folder = write_stick_dataset(root / "data")
    save_pose_lab(root / "model", small_lab(), metrics={}, card="")
    return opened(root, folder, pose_lab=root / "model")


def opened(root, folder, *, joints=None, bones=True, **config):
    (root / "uploads").mkdir(exist_ok=True)

    def load(studio, _):
        engine = hash_engine(folder, tuple(image.id for image in studio.images))
        names = [image.id for image in studio.images]
        known = KnownBones.of(names, np.array([image.joints for image in studio.images]))
        return replace(engine, bones=(lambda: known) if bones else None)

    studio = Studio(StudioConfig(folder, root / "uploads", **config), load, joints=joints)
    studio.start()
    assert studio.wait_until_loaded(60)
    return studio


def call(studio, called, /, **payload):
    (handler,) = [one for one in LAB_HANDLERS if one.__name__ == called]
    return page_call(handler, studio)(payload)


def image(name):
    return {"kind": "image", "image": name}


def places(body):
    return np.array(body["joints"])
