"""Joints for pictures that come without: estimated when a model is there, said to be estimated."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from autocompose.data.pose_model import find_pose_model
from autocompose.errors import EstimationError, ImageError, MissingExtraError
from autocompose.schema import JointsOrigin, PoseImage, PosePair

if TYPE_CHECKING:
    from autocompose.body.sources.photo import Estimate, PoseEstimator


NO_ESTIMATE = (EstimationError, MissingExtraError, ImageError)
"""What `PhotoJoints.complete` raises where it cannot help; each says what to do."""


_MOST_REFUSED = 100_000
KEPT = 20_000
"""Pictures whose people are remembered, some 2 kB each."""


class PhotoJoints:
    """Fills in the joints of pictures; the model loads when the first picture needs it.

    Each picture is estimated once: by its content, whatever it is called.

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
        self._found: OrderedDict[str, tuple[Estimate, ...] | str] = OrderedDict()
        self._finding = threading.Lock()
        self._estimated = 0
        self._on_note = on_note
        self._person = person
        self._refused: deque[str] = deque(maxlen=_MOST_REFUSED)
        self.last_refusal = ""

    def complete(self, image: PoseImage, *, person: int | None = None) -> PoseImage:
        """The image with joints: its own, or estimated from the picture.

        Args:
            image: of the dataset, or an upload.
            person: which of several people, from 1; None is the one that is always taken.

        Raises:
            EstimationError: no model file (with how to get it), or no such person in the picture.
            MissingExtraError: mediapipe is not installed.
            ImageError: the picture is unreadable.
        """
        if image.joints is not None:
            return image
        number = self._person if person is None else person
        people, new = self._people(image.path)
        if not 1 <= number <= len(people):
            some = "1 person is" if len(people) == 1 else f"{len(people)} people are"
            raise EstimationError(f"{some} found in the picture, and none is number {number}")
        if new and len(people) > 1 and self._on_note is not None:
            which = "the largest of them" if number == 1 else f"number {number}"
            self._on_note(f"{image.id}: {len(people)} people are found; {which} is taken")
        return with_estimate(image, people[number - 1])

    def people(self, path: Path) -> tuple[Estimate, ...]:
        """Everybody who is found in a picture, the largest first; see `complete`."""
        return self._people(path)[0]

    def _people(self, path: Path) -> tuple[tuple[Estimate, ...], bool]:
        """Who is found in a picture, and whether it was looked at just now."""
        estimator = self.load()
        from autocompose.data.preprocess import load_image, read_bounded

        content = read_bounded(path)
        key = hashlib.sha256(content).hexdigest()
        with self._finding:
            found = self._found.get(key)
            if found is not None:
                self._found.move_to_end(key)
        new = found is None
        if found is None:
            # As people see it: a phone's photo is often stored on its side.
            image = load_image(content, upright=True, name=path.name)
            try:
                found = tuple(estimator.people(image))
            except EstimationError as error:
                found = str(error)
            self._keep(key, found)
        if isinstance(found, str):
            raise EstimationError(found)
        return found, new

    def _keep(self, key: str, found: tuple[Estimate, ...] | str) -> None:
        with self._finding:
            self._found[key] = found
            self._estimated += not isinstance(found, str)
            while len(self._found) > KEPT:
                self._found.popitem(last=False)

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
            self.last_refusal = str(error)
            self._refused.append(f"{image_id}: {error}")
            return None

    @property
    def refused(self) -> tuple[str, ...]:
        """One line for each picture that `joints_of` passed over: its name and why."""
        return tuple(self._refused)

    @property
    def estimated(self) -> int:
        """Pictures estimated so far."""
        return self._estimated

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


def with_estimate(image: PoseImage, found: Estimate) -> PoseImage:
    """A picture with the joints of somebody who was found in it.

    Args:
        image: the picture.
        found: who.
    """
    return replace(
        image,
        joints=tuple((float(x), float(y), float(z)) for x, y, z in found.joints),
        pixels=tuple((float(x), float(y)) for x, y in found.pixels),
        visibility=tuple(round(float(value), 2) for value in found.visibility),
        # Not the heading: nothing says that two photos were taken from the same place.
        joints_origin=JointsOrigin.ESTIMATED,
    )
