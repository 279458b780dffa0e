"""Render a dataset in the official layout: poses, pictures, pairs, texts, joints and a card.

The same seed gives the same poses, pairs and texts. Existing pictures are kept, so an interrupted
run can be resumed.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from autocompose.data import dataset as layout
from autocompose.data.aside import held_aside
from autocompose.describe.pairing import SPLITS, pair_counts, write_pairs
from autocompose.errors import ConfigError
from autocompose.schema import Event, ImageInfo, Joints3D, JointsOrigin, OnEvent, PoseImage
from autocompose.synthesis.body import BodyModel, Person, canonical_joints
from autocompose.synthesis.cast import people as pick_people
from autocompose.synthesis.data_card import write_card
from autocompose.synthesis.mocap import SegmentPose
from autocompose.synthesis.pose_choice import PlacedPose, recombine, sources
from autocompose.synthesis.render import CAMERAS, CameraView, Scene, Subdivided, paint

_LUMA, _CHROMA = 40, 75  # JPEG qualities: 3.3 kB a picture with true colours, all under 20 MB
_DISTINCT = 0.08  # m between any two poses of a split
_PICTURES = {"train": 1.353, "val": 0.1765, "test": 0.2294}  # per training pair


@dataclass(frozen=True)
class Shot:
    """One picture to take."""

    split: str
    number: int
    placed: PlacedPose
    person: Person
    camera: CameraView

    @property
    def name(self) -> str:
        """File name: split and number, person, camera. Which pose it is stands in joints.json."""
        return f"{self.split}{self.number:04d}_{self.person.name}_{self.camera.name}.jpg"


def synthesize(
    out: Path,
    *,
    clips: Path,
    seed: int = 0,
    people: int = 6,
    pairs: int = 2000,
    size: int = 256,
    splits: Sequence[str] = SPLITS,
    limbs: bool = False,
    on_event: OnEvent | None = None,
) -> None:
    """Build the dataset.

    Args:
        out: folder to fill; pictures already there are kept.
        clips: folder with the ``humanoid3d_*.txt`` motion clips (see `fetch_clips`).
        seed: of every random choice.
        people: how many people.
        pairs: training pairs; validation, test and picture counts follow from it.
        size: pixels, width and height.
        splits: which to render; each is the same with and without the others.
        limbs: grow poses limb by limb, for pictures to learn joints from; see `recombine`.
        on_event: called with progress.

    Raises:
        ConfigError: a number is out of range.
        MissingExtraError: the ``synthesis`` extra is not installed.
        DatasetError: no motion clips.
    """
    for name, value, low in (("people", people, 3), ("pairs", pairs, 20), ("size", size, 64)):
        if value < low:
            raise ConfigError(f"{name} {value} is too small; use at least {low}")
    tell = on_event or (lambda event: None)
    (out / "images").mkdir(parents=True, exist_ok=True)
    tell(Event("body", 0, 1, "loading the body model (the first time on a machine takes minutes)"))
    model = BodyModel()
    cast = pick_people(people, seed)
    measure = model.rest(cast[0])

    def joints(pose: SegmentPose) -> NDArray[np.float64]:
        return canonical_joints(model.pose(measure, pose.rotations))

    tell(Event("poses", 0, 1, "reading motion clips and key poses"))
    found = sources(clips, joints, seed=seed)
    wanted = {split: max(24, round(pairs * share)) for split, share in _PICTURES.items()}
    shots: list[Shot] = []
    for split in splits:
        grown = recombine(
            found[split], wanted[split], joints, minimum=_DISTINCT, seed=seed, limbs=limbs
        )
        shots += _cast(split, grown, wanted[split], cast=cast, seed=seed)
    images = _take(out, shots, model, size=size, tell=tell)
    counts = pair_counts(pairs)
    for split in splits:
        members = [images[shot.name] for shot in shots if shot.split == split]
        write_pairs(out, split, members, count=counts[split], seed=seed, on_event=tell)
        layout.write_split(out / "image_splits" / f"{split}.json", [m.id for m in members])
    layout.write_joints(out / "joints.json", list(images.values()), image_size=(size, size))
    write_card(out / "card.md", list(images.values()), shots_by_split(shots), seed=seed, size=size)
    tell(Event("done", 1, 1, str(out)))


def shots_by_split(shots: Sequence[Shot]) -> dict[str, list[str]]:
    """Names of the pictures of each split."""
    return {split: [s.name for s in shots if s.split == split] for split in SPLITS}


def _cast(
    split: str, poses: Sequence[PlacedPose], count: int, *, cast: Sequence[Person], seed: int
) -> list[Shot]:
    """Give each pose a person and a camera: all combinations in training, three in val and test.

    Few combinations there keep at least a third of the gallery looking like every reference, so
    that
    who is shown, and from where, finds nothing.
    """
    rng = np.random.default_rng([seed, 3, SPLITS.index(split)])
    if split == "train":
        combos = [(person, camera) for person in cast for camera in CAMERAS]
    else:
        first = 0 if split == "test" else 1
        combos = [(cast[(first + 2 * i) % len(cast)], CAMERAS[i % len(CAMERAS)]) for i in range(3)]
    order = rng.permutation(len(poses))[:count]
    return [Shot(split, k, poses[int(i)], *combos[k % len(combos)]) for k, i in enumerate(order)]


def _take(
    out: Path, shots: Sequence[Shot], model: BodyModel, *, size: int, tell: OnEvent
) -> dict[str, PoseImage]:
    scene = Scene(size)
    images: dict[str, PoseImage] = {}
    subdivided: Subdivided | None = None
    dressed = ""
    for shot in sorted(shots, key=lambda s: s.person.name):
        if shot.person.name != dressed:
            rest = model.rest(shot.person)
            subdivided = subdivided or Subdivided.of(model.faces, len(rest.vertices))
            scene.dress(subdivided, paint(rest, subdivided.points(rest.vertices)))
            dressed = shot.person.name
        body = model.pose(rest, shot.placed.pose.rotations)
        framed = scene.frame(body, shot.camera)
        path = out / "images" / shot.name
        if not _complete(path, size):
            _save(scene.picture(framed), path)
        joints = canonical_joints(body)
        images[shot.name] = PoseImage(
            id=shot.name,
            path=path,
            joints=_rounded(joints, 3),
            pixels=_rounded(framed.pixels, 0),  # pyright: ignore[reportArgumentType]
            floor_y=round(-float(body.joints[0, 2]), 3),
            joints_origin=JointsOrigin.RENDERED,
            info=ImageInfo(
                shot.person.name,
                shot.camera.name,
                shot.placed.pose.name,
                shot.placed.pose.kind,
                shot.placed.pose.seconds,
            ),
        )
        tell(Event("images", len(images), len(shots), shot.name))
    scene.close()
    return {shot.name: images[shot.name] for shot in shots}


def _rounded(array: NDArray[np.float64], digits: int) -> Joints3D:
    return tuple(tuple(round(float(v), digits) for v in row) for row in array)  # pyright: ignore[reportReturnType]


def _complete(path: Path, size: int) -> bool:
    """Whether a picture of this size is there (writes are atomic, so a file is whole or absent)."""
    if not path.exists():
        return False
    with Image.open(path) as image:
        return image.size == (size, size)


def _save(image: Image.Image, path: Path) -> None:
    buffer = io.BytesIO()
    tables = [_quantisation(_LUMA)[0], _quantisation(_CHROMA)[1]]
    image.save(buffer, "JPEG", qtables=tables, subsampling="4:2:0", optimize=True, progressive=True)
    with held_aside(path) as aside:
        aside.write_bytes(buffer.getvalue())
        aside.chmod(0o644)  # it was made private
        aside.replace(path)


@lru_cache(maxsize=2)
def _quantisation(quality: int) -> list[list[int]]:
    """The encoder's own luminance and chrominance tables at a quality."""
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "JPEG", quality=quality)
    with Image.open(buffer) as image:
        tables: dict[int, list[int]] = image.quantization  # pyright: ignore[reportAttributeAccessIssue]
    return [list(tables[0]), list(tables[1])]
