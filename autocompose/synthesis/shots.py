"""Pictures to take: who, in which pose, from where."""

from __future__ import annotations

from dataclasses import dataclass

from autocompose.schema import PoseImage
from autocompose.synthesis.body import Person
from autocompose.synthesis.mocap import SegmentPose
from autocompose.synthesis.render import CameraView


@dataclass(frozen=True)
class Shot:
    """One picture to take.

    Args:
        split, number: of its file name.
        pose, person, camera: what it shows.
        kept: the picture that it is drawn again from; None for a new one.
    """

    split: str
    number: int
    pose: SegmentPose
    person: Person
    camera: CameraView
    kept: PoseImage | None = None

    @property
    def name(self) -> str:
        """File name: split and number, person, camera. Which pose it is stands in joints.json."""
        if self.kept is not None:
            return self.kept.id
        return f"{self.split}{self.number:04d}_{self.person.name}_{self.camera.name}.jpg"
