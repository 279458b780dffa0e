"""Joints for pictures that come without: estimated when a model is there, said to be estimated."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from autocompose.data.pose_model import find_pose_model
from autocompose.errors import EstimationError, ImageError, MissingExtraError
from autocompose.schema import JointsOrigin, PoseImage, PosePair

if TYPE_CHECKING:
    from autocompose.body.sources.photo import PoseEstimator


NO_ESTIMATE = (EstimationError, MissingExtraError, ImageError)
"""What `PhotoJoints.complete` raises where it cannot help; each says what to do."""


_MOST_REFUSED = 100_000


class PhotoJoints:
    """Fills in the joints of pictures; the model loads when the first picture needs it.

    Each picture is estimated once.

    Args:
        models: the workspace's folder of models.
        explicit: a model file the operator named.
        person: which of several people is taken, from 1, the largest in the picture first.
        on_note: called with one line for each picture that shows several people.
    """

    def __init__(
        self,
        models: Path,
        explicit: Path | None = None,
        *,
        person: int = 1,
        on_note: Callable[[str], None] | None = None,
    ) -> None:
        self._models = models
        self._explicit = explicit
        self._estimator: PoseEstimator | None = None
        self._lock = threading.Lock()
        self._done: dict[Path, PoseImage] = {}
        self._people: dict[Path, int] = {}
        self._on_note = on_note
        self._person = person
        self._refused: deque[str] = deque(maxlen=_MOST_REFUSED)

    def complete(self, image: PoseImage) -> PoseImage:
        """The image with joints: its own, or estimated from the picture.

        Raises:
            EstimationError: no model file (with how to get it), or no person in the picture.
            MissingExtraError: mediapipe is not installed.
            ImageError: the picture is unreadable.
        """
        if image.joints is not None:
            return image
        if image.path in self._done:
            return self._done[image.path]
        estimator = self.load()
        from autocompose.data.preprocess import load_image

        # As people see it: a phone's photo is often stored on its side.
        people = estimator.people(load_image(image.path, upright=True))
        if self._person > len(people):
            some = "1 person is" if len(people) == 1 else f"{len(people)} people are"
            raise EstimationError(f"{some} found in the picture, and none is number {self._person}")
        found = people[self._person - 1]
        if len(people) > 1 and self._on_note is not None:
            which = "the largest of them" if self._person == 1 else f"number {self._person}"
            self._on_note(f"{image.id}: {len(people)} people are found; {which} is taken")
        self._people[image.path] = len(people)
        self._done[image.path] = replace(
            image,
            joints=tuple((float(x), float(y), float(z)) for x, y, z in found.joints),
            pixels=tuple((float(x), float(y)) for x, y in found.pixels),
            visibility=tuple(round(float(value), 2) for value in found.visibility),
            # Not the heading: nothing says that two photos were taken from the same place.
            joints_origin=JointsOrigin.ESTIMATED,
        )
        return self._done[image.path]

    def people_in(self, path: Path) -> int:
        """How many people were found in a picture; 0 where it was not looked at."""
        return self._people.get(path, 0)

    def joints_of(self, image_id: str, path: Path) -> PoseImage | None:
        """The picture at a path with its joints, estimated; None where no person is found in it.

        Args:
            image_id: what the picture is called.
            path: where it lies.

        Raises:
            EstimationError: there is no model file.
            MissingExtraError: mediapipe is not installed.
        """
        self.load()  # so that only what is wrong with the picture is passed over below
        try:
            return self.complete(PoseImage(image_id, path))
        except (EstimationError, ImageError) as error:
            self._refused.append(f"{image_id}: {error}")
            return None

    @property
    def refused(self) -> tuple[str, ...]:
        """One line for each picture that `joints_of` passed over: its name and why."""
        return tuple(self._refused)

    @property
    def estimated(self) -> int:
        """Pictures estimated so far."""
        return len(self._done)

    def complete_pair(self, pair: PosePair) -> PosePair:
        """The pair with joints on both images; see `complete`."""
        return replace(
            pair, reference=self.complete(pair.reference), target=self.complete(pair.target)
        )

    def why_not(self) -> str:
        """Why no joints can be estimated here, and what to do; empty where they can be."""
        from autocompose.body.sources.photo import NEEDS_EXTRA, extra_is_there

        try:
            find_pose_model(self._models, self._explicit)
        except EstimationError as error:
            return str(error)
        return "" if extra_is_there() else NEEDS_EXTRA

    def load(self) -> PoseEstimator:
        """The estimator, loaded once. Raises as `complete` does when there can be none."""
        with self._lock:
            if self._estimator is None:
                from autocompose.body.sources.photo import PoseEstimator

                self._estimator = PoseEstimator(find_pose_model(self._models, self._explicit))
            return self._estimator
