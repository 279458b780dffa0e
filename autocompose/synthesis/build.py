"""Render a dataset in the official layout: poses, pictures, pairs, texts, joints and a card.

The same seed gives the same poses, pairs and texts. Existing pictures are kept, so an interrupted
run can be resumed.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from autocompose.data import dataset as layout
from autocompose.data.aside import held_aside
from autocompose.data.files import read_json
from autocompose.describe.pairing import SPLITS, extend_pairs, pair_counts, write_pairs
from autocompose.errors import ConfigError
from autocompose.schema import Event, ImageInfo, Joints3D, JointsOrigin, OnEvent, PoseImage
from autocompose.synthesis.body import BodyModel, Person, Rest, canonical_joints
from autocompose.synthesis.cast import people as pick_people
from autocompose.synthesis.clearing import Cleared, Clearing
from autocompose.synthesis.data_card import CardNotes, write_card
from autocompose.synthesis.everyday import everyday_poses, is_everyday
from autocompose.synthesis.keep import all_or_nothing, as_it_was, counts_of, kept_shots
from autocompose.synthesis.mocap import SegmentPose
from autocompose.synthesis.pose_choice import PlacedPose, recombine, sources
from autocompose.synthesis.pose_names import NamedPoses
from autocompose.synthesis.render import (
    CAMERAS,
    MORE_CAMERAS,
    CameraView,
    Framed,
    Scene,
    bone_parts,
)
from autocompose.synthesis.seats import seat_for
from autocompose.synthesis.settle import settled
from autocompose.synthesis.shots import Shot

_LUMA, _CHROMA = 50, 78  # JPEG qualities; see annotations/README.md for the size of a picture
_DISTINCT = 0.08  # m between any two poses of a split
_PICTURES = {"train": 1.353, "val": 0.1765, "test": 0.2294}  # per training pair


def synthesize(
    out: Path,
    *,
    clips: Path,
    seed: int = 0,
    people: int = 6,
    pairs: int = 2000,
    size: int = 512,
    splits: Sequence[str] = SPLITS,
    limbs: bool = False,
    keep: bool = False,
    everyday: bool = True,
    on_event: OnEvent | None = None,
) -> None:
    """Build the dataset.

    Args:
        out: folder to fill; pictures of this size that are there already are kept.
        clips: folder with the ``humanoid3d_*.txt`` motion clips (see `fetch_clips`).
        seed: of every random choice.
        people: how many people.
        pairs: training pairs; validation, test and picture counts follow from it.
        size: pixels, width and height.
        splits: which to render; each is the same with and without the others.
        limbs: grow poses limb by limb, for pictures to learn joints from; see `recombine`.
        keep: draw the poses of the dataset in ``out`` again, keep its pairs, and add to both.
        everyday: add poses until every posture that people ask for is in every split.
        on_event: called with progress.

    Raises:
        ConfigError: a number is out of range.
        MissingExtraError: the ``synthesis`` extra is not installed.
        DatasetError: no motion clips, or with ``keep`` a dataset that cannot be drawn again.
    """
    for name, value, low in (("people", people, 3), ("pairs", pairs, 20), ("size", size, 64)):
        if value < low:
            raise ConfigError(f"{name} {value} is too small; use at least {low}")
    tell = on_event or (lambda event: None)
    if keep:
        _check_kept(out, splits, size)
    (out / "images").mkdir(parents=True, exist_ok=True)
    tell(Event("body", 0, 1, "loading the body model (the first time on a machine takes minutes)"))
    studio = _Studio(BodyModel(), pick_people(people, seed), seed=seed, size=size)
    tell(Event("poses", 0, 1, "reading motion clips and key poses"))
    shots: list[Shot] = []
    notes = CardNotes()
    if keep:
        named = NamedPoses(clips, seed=seed)
        for split in splits:
            kept, gone = kept_shots(out, split, named, cast=studio.cast)
            notes.gone.update(gone)
            shots += kept
    else:
        shots += _fresh(studio, clips, pairs, splits=splits, limbs=limbs)
    for split in splits if everyday else ():
        tell(Event("poses", 0, 1, f"{split}: postures that people ask for"))
        shots += _added(studio, split, [shot for shot in shots if shot.split == split])
    images = _take(out, shots, studio, notes=notes, tell=tell)
    counts = {} if keep else pair_counts(pairs)
    with all_or_nothing(out):
        for split in splits:
            own = [shot for shot in shots if shot.split == split and shot.name in images]
            _pair(out, split, own, images=images, count=counts.get(split), notes=notes, seed=seed)
        layout.write_joints(out / "joints.json", list(images.values()), image_size=(size, size))
        names = shots_by_split(images)
        write_card(out / "card.md", list(images.values()), names, notes=notes, seed=seed, size=size)
    for name in notes.gone:
        (out / "images" / name).unlink(missing_ok=True)
    tell(Event("done", 1, 1, str(out)))


def _check_kept(out: Path, splits: Sequence[str], size: int) -> None:
    """Whether a dataset can be drawn again; files that an earlier run half changed are put back.

    Raises:
        ConfigError: not all of it is to be drawn, or at the size that its pictures have.
        DatasetError: it has no ``joints.json``.
    """
    as_it_was(out)
    if set(splits) != set(SPLITS):
        raise ConfigError("--keep draws every split again; leave out --split")
    there = read_json(out / "joints.json")
    if isinstance(there, dict) and there.get("image_size") == [size, size]:
        raise ConfigError(
            f"the pictures of {out} are {size} pixels wide already, and a picture of that size is"
            " left as it is; give another --size, or remove the pictures that are to be drawn"
        )


def _pair(
    out: Path,
    split: str,
    shots: Sequence[Shot],
    *,
    images: Mapping[str, PoseImage],
    count: int | None,
    notes: CardNotes,
    seed: int,
) -> None:
    """Write the pairs and the list of a split; no count keeps the pairs that are there."""
    members = [images[shot.name] for shot in shots]
    if count is None:
        new = sum(shot.kept is None for shot in shots)
        extend_pairs(out, split, members, moved=notes.moved, count=new, seed=seed)
    else:
        write_pairs(out, split, members, count=count, seed=seed, neutral=True)
    layout.write_split(out / "image_splits" / f"{split}.json", [m.id for m in members])


def shots_by_split(images: Iterable[str]) -> dict[str, list[str]]:
    """Names of the pictures of each split."""
    return {split: [name for name in images if name.startswith(split)] for split in SPLITS}


class _Studio:
    """The people and what is needed to pose them."""

    def __init__(self, model: BodyModel, cast: Sequence[Person], *, seed: int, size: int) -> None:
        self.model, self.cast, self.seed, self.size = model, cast, seed, size
        self.measure = model.rest(cast[0])
        self.clearing = Clearing(model)
        self.parts = bone_parts(model.bones, model.owner)
        low = [i for i, bone in enumerate(model.bones) if bone.startswith(("pelvis", "upperleg01"))]
        self.bottom = np.flatnonzero(np.isin(model.owner, low))

    def joints(self, pose: SegmentPose) -> NDArray[np.float64]:
        """Canonical joints of a pose on the measuring body."""
        return canonical_joints(self.model.pose(self.measure, pose.rotations))

    def cleared(self, rest: Rest, pose: SegmentPose) -> Cleared | None:
        """A pose with nothing in another part; a posture that people ask for stands, too."""
        cleared = self.clearing.cleared(rest, pose)
        if cleared is None or not is_everyday(pose.name):
            return cleared
        stands, body = settled(cleared.pose, cleared.body)
        return replace(cleared, pose=stands, body=body)

    def place(self, pose: SegmentPose) -> tuple[SegmentPose, NDArray[np.float64], float] | None:
        """A pose with nothing in another part, its joints and floor; see `everyday.Place`."""
        cleared = self.cleared(self.measure, pose)
        if cleared is None:
            return None
        body = cleared.body
        return cleared.pose, canonical_joints(body), -float(body.joints[0, 2])


def _fresh(
    studio: _Studio, clips: Path, pairs: int, *, splits: Sequence[str], limbs: bool
) -> list[Shot]:
    """The shots of a new dataset: frames, key poses and recombinations before all cameras."""
    found = sources(clips, studio.joints, seed=studio.seed)
    shots: list[Shot] = []
    for split in splits:
        wanted = max(24, round(pairs * _PICTURES[split]))
        grown = recombine(
            found[split], wanted, studio.joints, minimum=_DISTINCT, seed=studio.seed, limbs=limbs
        )
        shots += _cast(split, grown, wanted, cast=studio.cast, seed=studio.seed)
    return shots


def _cast(
    split: str, poses: Sequence[PlacedPose], count: int, *, cast: Sequence[Person], seed: int
) -> list[Shot]:
    """Give each pose a person and a camera: all combinations in training, three in val and test.

    Few combinations there keep at least a third of the gallery looking like every reference, so
    that who is shown, and from where, finds nothing.
    """
    rng = np.random.default_rng([seed, 3, SPLITS.index(split)])
    combos = [(person, camera) for person in cast for camera in CAMERAS + MORE_CAMERAS]
    if split != "train":
        combos = _looks(split, cast, CAMERAS)
    order = rng.permutation(len(poses))[:count]
    return [
        Shot(split, k, poses[int(i)].pose, *combos[k % len(combos)]) for k, i in enumerate(order)
    ]


def _looks(
    split: str, cast: Sequence[Person], cameras: Sequence[CameraView]
) -> list[tuple[Person, CameraView]]:
    """The three people of val or test, each before a camera."""
    first = 0 if split == "test" else 1
    return [(cast[(first + 2 * i) % len(cast)], cameras[i % len(cameras)]) for i in range(3)]


def _added(studio: _Studio, split: str, there: Sequence[Shot]) -> list[Shot]:
    """Shots of the postures that people ask for; every second one from the side or from behind."""
    poses = everyday_poses(split, studio.place, seed=studio.seed, have=counts_of(there))
    if split == "train":
        combos = [(person, camera) for person in studio.cast for camera in MORE_CAMERAS + CAMERAS]
    else:
        behind = (MORE_CAMERAS[2], *MORE_CAMERAS[:2])  # back, left90, right90
        combos = [
            look
            for pair in zip(
                _looks(split, studio.cast, CAMERAS), _looks(split, studio.cast, behind), strict=True
            )
            for look in pair
        ]
    start = max((shot.number for shot in there), default=-1) + 1
    rng = np.random.default_rng([studio.seed, 7, SPLITS.index(split)])
    order = rng.permutation(len(poses))
    return [
        Shot(split, start + k, poses[int(i)], *combos[k % len(combos)]) for k, i in enumerate(order)
    ]


def _take(
    out: Path, shots: Sequence[Shot], studio: _Studio, *, notes: CardNotes, tell: OnEvent
) -> dict[str, PoseImage]:
    """Draw the shots that can be drawn; what moved, sits or goes is noted."""
    scene = Scene(studio.size, studio.model.faces)
    images: dict[str, PoseImage] = {}
    dressed = ""
    for done, shot in enumerate(sorted(shots, key=lambda s: s.person.name)):
        if shot.person.name != dressed:
            rest = studio.model.rest(shot.person)
            scene.dress(rest, studio.parts)
            dressed = shot.person.name
        cleared = studio.cleared(rest, shot.pose)
        notes.measured(shot.split, shot.name, cleared)
        tell(Event("images", done + 1, len(shots), shot.name))
        if cleared is None:
            continue
        seat = seat_for(cleared.body, studio.bottom)
        if seat is not None:
            notes.seats[shot.name] = seat.kind
        framed = scene.frame(cleared.body, shot.camera, seat)
        path = out / "images" / shot.name
        if not _complete(path, studio.size):
            _save(scene.picture(framed), path)
        image = _described(shot, path, cleared=cleared, framed=framed)
        if shot.kept is not None and cleared.degrees:
            gap = np.linalg.norm(np.subtract(image.joints, shot.kept.joints), axis=1)
            notes.moved[shot.name] = float(gap.max())
        elif shot.kept is not None:
            image = replace(image, joints=shot.kept.joints, floor_y=shot.kept.floor_y)
        images[shot.name] = image
    scene.close()
    return {shot.name: images[shot.name] for shot in shots if shot.name in images}


def _described(shot: Shot, path: Path, *, cleared: Cleared, framed: Framed) -> PoseImage:
    """What joints.json keeps of a picture."""
    body, pose = cleared.body, shot.pose
    return PoseImage(
        id=shot.name,
        path=path,
        joints=_rounded(canonical_joints(body), 3),
        pixels=_rounded(framed.pixels, 0),  # pyright: ignore[reportArgumentType]
        floor_y=round(-float(body.joints[0, 2]), 3),
        joints_origin=JointsOrigin.RENDERED,
        info=ImageInfo(shot.person.name, shot.camera.name, pose.name, pose.kind, pose.seconds),
    )


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
