"""What a tab finds when it opens: the dataset's state, and what to do where something is missing.

Every answer is one record with all its fields, so that the page draws a state and misses no key.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from autocompose.studio.server.pictures import PairView
from autocompose.studio.server.state import Studio


class DatasetState(str, Enum):
    """Whether there is a dataset that the tabs can work with."""

    READY = "ready"
    NO_DATASET = "no_dataset"
    NO_PAIRS = "no_pairs"
    NO_JOINTS = "no_joints"


NO_PAIRS = (
    "The captions of this split are empty, or name pictures that the folder images/ lacks. Write"
    " captions/SPLIT.json and start the studio again, or start it with --dataset FOLDER. Retrieve"
    " needs no pairs."
)
NO_JOINTS = (
    "The rules measure joints, and none of its pictures has any. Write them with `autocompose"
    " estimate` (from the pictures) or `autocompose joints` (from motion files), then start the"
    " studio again. Retrieve works without joints."
)


@dataclass(frozen=True)
class DatasetView:
    """The dataset on show. ``problem`` is empty when the state is ``READY``."""

    state: DatasetState
    problem: str
    dataset: str


@dataclass(frozen=True)
class StripView(DatasetView):
    """The dataset with one page of its pairs."""

    total: int
    offset: int
    pairs: tuple[PairView, ...]


def dataset_view(studio: Studio) -> DatasetView:
    """Whether the dataset is there, and whether the rules can describe its pairs."""
    name = f"{studio.dataset_name} {studio.split}".strip()
    if studio.dataset_problem:
        return DatasetView(DatasetState.NO_DATASET, studio.dataset_problem, name)
    if not studio.pairs:
        return DatasetView(DatasetState.NO_PAIRS, NO_PAIRS, name)
    if not any(pair.reference.joints and pair.target.joints for pair in studio.pairs):
        return DatasetView(DatasetState.NO_JOINTS, NO_JOINTS, name)
    return DatasetView(DatasetState.READY, "", name)
