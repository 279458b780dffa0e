"""A clothed body in a pose: Anny (Apache-2.0 code, CC0 mesh), retargeting, joints.

The retargeting maps each segment's world rotation onto the bones of the model; see `BONE_SOURCES`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import roma
import torch
from numpy.typing import NDArray

from autocompose.body.skeleton import JOINTS, canonical
from autocompose.errors import MissingExtraError
from autocompose.synthesis.mocap import SEGMENT

Array = NDArray[np.float64]

_DOWN = np.array([0.0, 0.0, -1.0])
# Pelvis-to-chest and chest-to-head blends of the spine and neck bones.
_SPINE = {f"spine0{6 - k}": k / 5 for k in range(1, 6)}
_NECK = {"neck01": 0.25, "neck02": 0.5, "neck03": 0.75, "head": 1.0, "eye": 1.0}
_CLAVICLE = {"clavicle": 0.12, "shoulder01": 0.3}
# Joint of ours -> bone whose head it is, or two bones to take the middle of.
_JOINT_BONES: dict[str, tuple[str, ...]] = {
    "pelvis": ("upperleg01.L", "upperleg01.R"), "spine": ("spine03",), "chest": ("spine01",),
    "neck": ("neck01",), "head": ("eye.L", "eye.R", "head"), "nose": ("eye.L", "eye.R"),
    "left_shoulder": ("upperarm01.L",), "left_elbow": ("lowerarm01.L",), "left_wrist": ("wrist.L",), "left_hand": ("finger3-1.L",),
    "right_shoulder": ("upperarm01.R",), "right_elbow": ("lowerarm01.R",), "right_wrist": ("wrist.R",), "right_hand": ("finger3-1.R",),
    "left_hip": ("upperleg01.L",), "left_knee": ("lowerleg01.L",), "left_ankle": ("foot.L",), "left_foot": ("toe2-1.L",),
    "right_hip": ("upperleg01.R",), "right_knee": ("lowerleg01.R",), "right_ankle": ("foot.R",), "right_foot": ("toe2-1.R",),
}  # fmt: skip


@dataclass(frozen=True)
class Person:
    """One person: Anny phenotype in 0..1 and clothing colours as sRGB."""

    name: str
    gender: float
    age: float
    muscle: float
    weight: float
    height: float
    proportions: float
    skin: tuple[int, int, int]
    hair: tuple[int, int, int]
    shirt: tuple[int, int, int]
    shorts: tuple[int, int, int]
    shoes: tuple[int, int, int]
    sleeve: float = 0.55
    leg: float = 0.62
    long_hair: bool = False

    def phenotype(self) -> dict[str, float]:
        """The keyword arguments of Anny."""
        return {
            "gender": self.gender,
            "age": self.age,
            "muscle": self.muscle,
            "weight": self.weight,
            "height": self.height,
            "proportions": self.proportions,
        }


@dataclass(frozen=True)
class PosedBody:
    """A mesh with its joints, lowest vertex on the floor z = 0.

    Args:
        vertices: (V, 3) metres, body axes (+x left, -y forward, +z up).
        joints: (22, 3) metres, same axes.
    """

    vertices: NDArray[np.float32]
    joints: NDArray[np.float64]


def _unit(vector: Array) -> Array:
    return vector / np.linalg.norm(vector)


def _minimal_rotation(a: Array, b: Array) -> Array:
    a, b = _unit(a), _unit(b)
    v = np.cross(a, b)
    k = np.array([[0, -v[2], v[1]], [v[2], 0, -v[0]], [-v[1], v[0], 0]])
    return np.eye(3) + k + k @ k / (1 + a @ b)


def _frame(along: Array, hinge: Array) -> Array:
    along = _unit(along)
    hinge = _unit(hinge - along * (along @ hinge))
    return np.stack([along, hinge, np.cross(along, hinge)], axis=1)


def _slerp(start: Array, end: Array, t: float) -> Array:
    vector = roma.rotmat_to_rotvec(torch.from_numpy(np.swapaxes(start, -1, -2) @ end))
    return start @ roma.rotvec_to_rotmat(vector * t).numpy()


class BodyModel:
    """Anny with its rest frames, ready to be posed by segment rotations.

    The first construction on a machine builds Anny's cache (minutes); later ones take seconds.
    """

    def __init__(self) -> None:
        """Load Anny.

        Raises:
            MissingExtraError: the ``synthesis`` extra is not installed.
        """
        try:
            import anny
        except ImportError as error:
            raise MissingExtraError(
                "rendering bodies needs the synthesis extra: pip install 'autocompose[synthesis]'"
            ) from error
        self._anny = anny.Anny().to(torch.float32)
        self._anny.set_skinning_method("lbs")
        self.bones: list[str] = list(self._anny.bone_labels)
        self._bone = {name: i for i, name in enumerate(self.bones)}
        self.faces: NDArray[np.int64] = np.asarray(self._anny.faces)
        weights = self._anny.vertex_bone_weights.numpy()
        bones = self._anny.vertex_bone_indices.numpy()
        self.owner: NDArray[np.int64] = bones[np.arange(len(bones)), weights.argmax(axis=1)]
        """(V,) the bone that moves each vertex most."""

    def rest(self, person: Person) -> Rest:
        """The body of a person at rest, with the frames that retargeting needs."""
        identity = torch.eye(4)[None, None].repeat(1, len(self.bones), 1, 1)
        with torch.no_grad():
            out = self._anny(
                pose_parameters=identity,
                phenotype_kwargs=person.phenotype(),
                pose_parameterization="local-ref",
            )
        poses = out["bone_poses"][0].double().numpy()
        return Rest(
            person,
            out["vertices"][0].numpy(),
            poses[:, :3, :3],
            self._alignments(poses[:, :3, 3]),
            self._joints(poses[:, :3, 3]),
        )

    def _alignments(self, at: Array) -> dict[str, Array]:
        """Per limb segment, the rotation from Anny's rest limb to "straight down, hinge forward"."""

        def bone(name: str) -> Array:
            return at[self._bone[name]]

        aligned: dict[str, Array] = {}
        for side, letter in (("left", "L"), ("right", "R")):
            upper = bone(f"lowerarm01.{letter}") - bone(f"upperarm01.{letter}")
            lower = bone(f"wrist.{letter}") - bone(f"lowerarm01.{letter}")
            hinge = np.cross(upper, lower)
            straight = _frame(_DOWN, np.array([-1.0, 0.0, 0.0]))
            aligned[f"{side}_shoulder"] = straight @ _frame(upper, hinge).T
            aligned[f"{side}_elbow"] = straight @ _frame(lower, hinge).T
            knee, ankle = bone(f"lowerleg01.{letter}"), bone(f"foot.{letter}")
            aligned[f"{side}_hip"] = _minimal_rotation(knee - bone(f"upperleg01.{letter}"), _DOWN)
            aligned[f"{side}_knee"] = _minimal_rotation(ankle - knee, _DOWN)
            aligned[f"{side}_ankle"] = np.eye(3)
        return aligned

    def pose(self, rest: Rest, rotations: Array, *, lift: float = 0.0) -> PosedBody:
        """Pose a person.

        Args:
            rest: the person's body at rest.
            rotations: (13, 3, 3) world orientation per segment.
            lift: metres between the lowest vertex and the floor.
        """
        parameters = torch.eye(4).repeat(1, len(self.bones), 1, 1)
        for j, label in enumerate(self.bones):
            world = self._bone_rotation(label, rest, rotations) @ rest.frames[j]
            parameters[0, j, :3, :3] = torch.from_numpy(world).float()
        with torch.no_grad():
            out = self._anny(
                pose_parameters=parameters,
                phenotype_kwargs=rest.person.phenotype(),
                pose_parameterization="world-orient",
            )
        vertices = out["vertices"][0].numpy()
        joints = self._joints(out["bone_poses"][0, :, :3, 3].double().numpy())
        up = lift - vertices[:, 2].min()
        vertices[:, 2] += up
        joints[:, 2] += up
        return PosedBody(vertices, joints)

    def _bone_rotation(self, label: str, rest: Rest, rotations: Array) -> Array:
        bone, _, letter = label.partition(".")
        side = {"L": "left", "R": "right"}.get(letter, "")

        def segment(name: str) -> Array:
            return rotations[SEGMENT[name]]

        def limb(name: str) -> Array:
            return segment(f"{side}_{name}") @ rest.aligned[f"{side}_{name}"]

        if bone == "root" or bone == "pelvis":
            return segment("root")
        if bone in _SPINE:
            return _slerp(segment("root"), segment("chest"), _SPINE[bone])
        if bone in _NECK:
            return _slerp(segment("chest"), segment("neck"), _NECK[bone])
        if bone in _CLAVICLE:
            return _slerp(segment("chest"), limb("shoulder"), _CLAVICLE[bone])
        for prefixes, name in (
            (("upperleg",), "hip"),
            (("lowerleg",), "knee"),
            (("foot", "toe"), "ankle"),
            (("upperarm",), "shoulder"),
        ):
            if bone.startswith(prefixes):
                return limb(name)
        return limb("elbow")  # forearm, wrist and fingers: the clips hold nothing finer

    def _joints(self, at: Array) -> Array:
        joints = np.stack(
            [np.mean([at[self._bone[b]] for b in _JOINT_BONES[name]], axis=0) for name in JOINTS]
        )
        # The nose stands a few centimetres before the eyes, along skull-centre -> eyes.
        head = at[self._bone["head"]]
        eyes = joints[JOINTS.index("nose")]
        joints[JOINTS.index("nose")] = eyes + 0.35 * (eyes - (head + eyes) / 2)
        return joints


@dataclass(frozen=True)
class Rest:
    """A person's body at rest.

    Args:
        vertices: (V, 3) metres.
        frames: (bones, 3, 3) world orientation of each bone at rest.
        aligned: segment name -> rotation from the rest limb to the zero pose's limb.
        joints: (22, 3) metres.
    """

    person: Person
    vertices: NDArray[np.float32]
    frames: Array
    aligned: dict[str, Array]
    joints: Array


def canonical_joints(body: PosedBody) -> Array:
    """(22, 3) joints in the package's axes: pelvis at the origin, +x left, +y up, +z forward, no yaw."""
    x, y, z = body.joints.T
    return canonical(np.stack([x, z, -y], axis=1))
