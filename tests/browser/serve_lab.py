"""A studio with a pose lab that nobody trained; with ``bare`` and ``unposed`` much is missing."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from gradio.utils import get_upload_folder

from autocompose.data.estimated_joints import PhotoJoints
from autocompose.errors import GalleryError
from autocompose.lab.lm.lab_files import save_pose_lab
from autocompose.lab.wishes import asking
from autocompose.lab.wishes.likely import KnownBones
from autocompose.schema import OnEvent
from autocompose.studio import Studio, StudioConfig, build_studio
from autocompose.studio.server.state import LoadedEngine
from autocompose.workspace import find_workspace
from tests.lab_fakes import small_lab, word_vectors
from tests.studio_fakes import hash_engine, write_stick_dataset


def main(folder: Path, port: int, mode: str = "") -> None:
    """Serve stick figures.

    ``bare``: neither a model nor a gallery. ``unposed``: no joints, and nothing estimates any.
    """
    write_stick_dataset(folder)
    model = folder.parent / "checkpoints" / "pose-lm-mini"
    if mode != "bare":
        save_pose_lab(model, small_lab(), metrics={}, card="")
    if mode == "unposed":
        (folder / "joints.json").unlink()

    answered = asking.wished_poses

    def wished_poses(lab, texts, *rest, **options):
        if any("slowly" in text for text in texts):
            time.sleep(2.0)
        if any("crash" in text for text in texts):
            raise ZeroDivisionError("nobody foresaw this")
        return answered(lab, texts, *rest, **options)

    asking.wished_poses = wished_poses

    def load(studio: Studio, _: OnEvent) -> LoadedEngine:
        if mode == "bare":
            raise GalleryError("there is no picture to search")
        ids = tuple(image.id for image in studio.images)

        def bones() -> KnownBones:
            if mode == "unposed":
                raise GalleryError("nothing is known of the bodies in the gallery")
            return KnownBones.of(ids, np.array([image.joints for image in studio.images]))

        return replace(hash_engine(folder, ids), bones=bones, acts=word_vectors)

    joints = None if mode == "unposed" else PhotoJoints(find_workspace().models)
    config = StudioConfig(folder, Path(get_upload_folder()), pose_lab=model)
    studio = Studio(config, load, joints=joints)
    studio.start()
    build_studio(studio).launch(server_name="127.0.0.1", server_port=port, quiet=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
