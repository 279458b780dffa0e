"""Poses found again by the names that a dataset's ``joints.json`` keeps.

A dataset can so be drawn again, with another camera or light, in exactly the poses that its texts
describe. Names of clips and key poses never change; new key poses get new names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from autocompose.errors import DatasetError
from autocompose.synthesis.authored import KEY_POSES, jittered, segment_pose
from autocompose.synthesis.everyday import named_everyday
from autocompose.synthesis.mocap import SegmentPose, mirrored, read_clip, recombined

VARIANTS = 5
"""Variants that are drawn of every key pose."""


def key_variants(seed: int) -> dict[str, SegmentPose]:
    """Every key pose and its variants by name: ``kneel``, ``kneel-v1``, ...

    Args:
        seed: of the dataset; the same seed moves the angles alike.
    """
    rng = np.random.default_rng([seed, 1])
    named: dict[str, SegmentPose] = {}
    for key in KEY_POSES:
        for pose in [segment_pose(key)] + [jittered(key, rng, i) for i in range(1, VARIANTS + 1)]:
            named[pose.name] = pose
    return named


class NamedPoses:
    """All frames of the clips and all key poses, by name."""

    def __init__(self, clips: Path, *, seed: int) -> None:
        """Read the clips.

        Args:
            clips: folder with ``humanoid3d_*.txt``.
            seed: of the variants of key poses.

        Raises:
            DatasetError: a file is not such a clip.
        """
        self._seed = seed
        named = key_variants(seed)
        for path in sorted(clips.glob("humanoid3d_*.txt")):
            named.update((pose.name, pose) for pose in read_clip(path))
        self._named: Mapping[str, SegmentPose] = named

    def pose(self, name: str) -> SegmentPose:
        """The pose of a name such as ``walk-0003m`` or ``kneel-v1+jump-0040m``.

        Raises:
            DatasetError: no clip or key pose has that name.
        """
        everyday = named_everyday(name, seed=self._seed)
        if everyday is not None:
            return everyday
        upper, plus, lower = name.partition("+")
        if plus:
            return replace(recombined(self.pose(upper), self.pose(lower)), name=name)
        if name in self._named:
            return self._named[name]
        if name.endswith("m") and name[:-1] in self._named:
            return mirrored(self._named[name[:-1]])
        raise DatasetError(
            f"no motion clip or key pose is called {name};"
            " pass the clips that the dataset was made of"
        )
