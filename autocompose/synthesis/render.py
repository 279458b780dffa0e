"""Render posed bodies with painted clothes on a lit floor with shadows (pyvista / VTK).

Clothes are painted by the rest position of each vertex. Without a display, VTK falls back to EGL or
OSMesa from its own wheel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyvista
import vtk
from numpy.typing import NDArray
from PIL import Image

from autocompose.body.skeleton import INDEX
from autocompose.synthesis.body import Person, PosedBody, Rest

_SUPERSAMPLE = 2
_FIELD_OF_VIEW = 30.0  # degrees, vertical
_MARGIN = 0.80  # share of the picture's half-size that the farthest vertex may reach
_BACKDROP = ((0.93, 0.925, 0.915), (0.80, 0.815, 0.84))  # horizon, top
_FLOOR = (0.80, 0.79, 0.775)


@dataclass(frozen=True)
class CameraView:
    """A camera direction around the subject.

    Args:
        azimuth: degrees; 0 looks at the subject's front, positive stands on the subject's left.
        elevation: degrees above the horizontal.
    """

    name: str
    azimuth: float
    elevation: float


CAMERAS = (
    CameraView("front", 0.0, 12.0),
    CameraView("left40", 40.0, 12.0),
    CameraView("right40", -40.0, 12.0),
)


@dataclass(frozen=True)
class Subdivided:
    """Each triangle cut in four, so that painted edges are finer than the mesh.

    Args:
        edges: (E, 2) vertex indices whose midpoints follow the original vertices.
        faces: (4F, 3).
    """

    edges: NDArray[np.int64]
    faces: NDArray[np.int64]

    @classmethod
    def of(cls, faces: NDArray[np.int64], count: int) -> Subdivided:
        """Subdivide ``faces`` (F, 3) over ``count`` vertices."""
        corners = np.sort(np.stack([faces, np.roll(faces, -1, axis=1)], -1).reshape(-1, 2), axis=1)
        edges, inverse = np.unique(corners, axis=0, return_inverse=True)
        middle = inverse.reshape(-1, 3) + count
        a, b, c = faces.T
        ab, bc, ca = middle.T
        quads = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
        return cls(edges, np.concatenate([np.stack(q, axis=1) for q in quads]))

    def points(self, vertices: NDArray[np.float32]) -> NDArray[np.float32]:
        """(V, 3) -> (V + E, 3)."""
        return np.concatenate([vertices, vertices[self.edges].mean(axis=1)])


def paint(rest: Rest, points: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Colour a body by where each point lies *at rest*: skin, shirt, shorts, shoes, hair.

    Args:
        rest: the person's body at rest.
        points: (P, 3) rest positions, metres (+x left, -y forward, +z up).

    Returns:
        (P, 3) sRGB.
    """
    person: Person = rest.person
    at = {name: rest.joints[i] for name, i in INDEX.items()}
    x, y, z = np.abs(points[:, 0]), points[:, 1], points[:, 2]
    colours = np.tile(np.array(person.skin, np.float32), (len(points), 1))

    hip, knee, ankle = at["left_hip"], at["left_knee"], at["left_ankle"]
    shoulder, elbow, neck = at["left_shoulder"], at["left_elbow"], at["neck"]
    upper_arm = elbow - shoulder
    reach = np.stack([x, y, z], axis=1)
    along_arm = (reach - shoulder) @ upper_arm / (upper_arm @ upper_arm)
    # The arms hang out at an angle at rest; below this line is thigh, not arm.
    below_arm = shoulder[2] - 1.35 * (x - shoulder[0]) - 0.22
    is_arm = (x > shoulder[0] * 0.86) & (z > below_arm)
    waist = hip[2] + 0.10

    shirt = (z > waist) & (z < neck[2] - 0.015 + 0.10 * np.maximum(x - 0.02, 0))
    shirt &= ~is_arm | (along_arm < person.sleeve)
    collar = (
        (x < 0.075) & (z > neck[2] - 0.055 + 5.0 * (x - 0.03).clip(0) ** 1.2) & (y < at["neck"][1])
    )
    shirt &= ~collar
    colours[shirt] = person.shirt

    hem = knee[2] + (hip[2] - knee[2]) * (1 - person.leg)
    shorts = (z <= waist) & (z > hem) & (x < abs(hip[0]) + 0.16) & ~(is_arm & (along_arm > 0.3))
    colours[shorts] = person.shorts
    belt = (np.abs(z - waist) < 0.012) & ~is_arm
    colours[belt] = np.array(person.shorts) * 0.6

    colours[z < ankle[2] + 0.015] = person.shoes
    sole = points[:, 2].min() + 0.018
    colours[z < sole] = np.array(person.shoes) * 0.55

    eyes, skull = at["nose"], at["head"]
    top = points[:, 2].max()
    behind = y - eyes[1]
    # The hairline rises towards the forehead and comes down behind the ears.
    line = skull[2] + 0.075 - 0.95 * np.clip(behind - 0.045, 0, 0.16)
    line = np.maximum(line, neck[2] + (0.0 if person.long_hair else 0.055))
    hair = (z > line) & (behind > 0.012) & (x < 0.12) & (z > neck[2] - 0.02)
    hair |= z > top - 0.035
    colours[hair] = person.hair
    return colours.clip(0, 255).astype(np.uint8)


@dataclass(frozen=True)
class Framed:
    """A body before the camera.

    Args:
        points: (P, 3) painted points, metres.
        eye, focal: camera position and the point it looks at, metres.
        pixels: (22, 2) joints in the picture, x right, y down.
    """

    points: NDArray[np.float32]
    eye: NDArray[np.float64]
    focal: NDArray[np.float64]
    pixels: NDArray[np.float64]


class Scene:
    """One scene, re-used for every picture."""

    def __init__(self, size: int) -> None:
        """Set up floor, lights and shadows for pictures of ``size`` x ``size`` pixels."""
        vtk.vtkObject.GlobalWarningDisplayOff()
        self.size = size
        window = [size * _SUPERSAMPLE] * 2
        self._plotter: Any = pyvista.Plotter(off_screen=True, window_size=window, lighting="none")
        self._plotter.set_background(_BACKDROP[0], top=_BACKDROP[1])
        floor = pyvista.Disc(center=(0, 0, 0), inner=0, outer=60, normal=(0, 0, 1), c_res=96)
        self._plotter.add_mesh(floor, color=_FLOOR, ambient=0.45, diffuse=0.60, specular=0)
        key = pyvista.Light(
            position=(2.6, -4.0, 6.5), focal_point=(0, 0, 0.6), positional=True, cone_angle=78,
            intensity=0.85,
        )  # fmt: skip
        # Only spot lights cast shadows in VTK: one key light, two fills from the other sides.
        fill = pyvista.Light(position=(-4.0, -2.5, 2.5), focal_point=(0, 0, 0.8), intensity=0.34)
        rim = pyvista.Light(position=(1.0, 5.0, 3.0), focal_point=(0, 0, 0.8), intensity=0.22)
        for light in (key, fill, rim):
            self._plotter.add_light(light)
        self._mesh: pyvista.PolyData | None = None
        self._subdivided: Subdivided | None = None
        self._shadows = False

    def dress(self, subdivided: Subdivided, colours: NDArray[np.uint8]) -> None:
        """Put a person into the scene; ``colours`` is (P, 3) for the subdivided points."""
        self._subdivided = subdivided
        mesh = pyvista.PolyData.from_regular_faces(
            np.zeros((len(colours), 3), np.float32), subdivided.faces
        )
        mesh["colour"] = colours
        self._mesh = mesh
        actor = self._plotter.add_mesh(
            mesh, scalars="colour", rgb=True, smooth_shading=False, name="person",
            ambient=0.30, diffuse=0.72, specular=0.10, specular_power=12,
        )  # fmt: skip
        actor.prop.interpolation = "Gouraud"  # with the normals that `picture` writes
        if not self._shadows:
            self._plotter.enable_shadows()  # a second call would switch them off
            self._shadows = True

    def frame(self, body: PosedBody, camera: CameraView) -> Framed:
        """Where the camera stands for a body, and the joints' pixels; cheap, nothing is drawn."""
        assert self._subdivided is not None, "dress() comes first"
        points = self._subdivided.points(body.vertices)
        points[:, :2] -= body.joints[0, :2]
        joints = body.joints - [*body.joints[0, :2], 0.0]
        eye, focal = _fit(points, camera)
        return Framed(points, eye, focal, project(joints, eye, focal, size=self.size))

    def picture(self, framed: Framed) -> Image.Image:
        """Draw a framed body."""
        assert self._mesh is not None, "dress() comes first"
        assert self._subdivided is not None
        self._mesh.points = framed.points
        self._mesh.point_data["Normals"] = _normals(framed.points, self._subdivided.faces)
        self._mesh.point_data.active_normals_name = "Normals"
        camera = self._plotter.camera
        camera.position, camera.focal_point, camera.up = framed.eye, framed.focal, (0, 0, 1)
        camera.view_angle = _FIELD_OF_VIEW
        camera.clipping_range = (0.5, 60)
        for light in self._plotter.renderer.lights:
            light.Modified()  # VTK keeps the shadows of an earlier pose until a light changes
        self._plotter.render()
        shot = self._plotter.screenshot(return_img=True)
        assert isinstance(shot, np.ndarray)
        return Image.fromarray(shot).resize((self.size, self.size), Image.Resampling.LANCZOS)

    def close(self) -> None:
        """Free the window."""
        self._plotter.close()


def _normals(points: NDArray[np.float32], faces: NDArray[np.int64]) -> NDArray[np.float32]:
    a, b, c = (points[faces[:, i]] for i in range(3))
    face = np.cross(b - a, c - a)
    normals = np.zeros_like(points)
    for i in range(3):
        for axis in range(3):
            normals[:, axis] += np.bincount(faces[:, i], face[:, axis], len(points))
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)


def _axes(eye: NDArray[np.float64], focal: NDArray[np.float64]) -> NDArray[np.float64]:
    forward = (focal - eye) / np.linalg.norm(focal - eye)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(right, forward), forward])


def _fit(points: NDArray[np.float32], camera: CameraView) -> tuple[NDArray[np.float64], ...]:
    """Place the camera so that the whole body fills the picture up to `_MARGIN`."""
    azimuth, elevation = np.radians(camera.azimuth), np.radians(camera.elevation)
    back = np.array(
        [
            np.sin(azimuth) * np.cos(elevation),
            -np.cos(azimuth) * np.cos(elevation),
            np.sin(elevation),
        ]
    )
    focal = (points.min(0) + points.max(0)).astype(np.float64) / 2
    tangent = np.tan(np.radians(_FIELD_OF_VIEW) / 2) * _MARGIN
    axes = _axes(focal + back, focal)
    for _ in range(2):  # second pass: centre on the projected box, not on the 3-D one
        seen = (points - focal) @ axes.T
        centre = (seen[:, :2].min(0) + seen[:, :2].max(0)) / 2
        focal = focal + centre @ axes[:2]
        seen = (points - focal) @ axes.T
        distance = float((np.abs(seen[:, :2]).max(1) / tangent - seen[:, 2]).max())
    return focal + back * distance, focal


def project(
    joints: NDArray[np.float64], eye: NDArray[np.float64], focal: NDArray[np.float64], *, size: int
) -> NDArray[np.float64]:
    """Perspective projection of (J, 3) metres to (J, 2) pixels of a ``size`` x ``size`` picture.

    Args:
        joints: (J, 3) metres.
        eye: (3,) place of the camera, metres.
        focal: (3,) what it looks at, metres.
        size: of the picture, pixels.
    """
    seen = (joints - eye) @ _axes(eye, focal).T
    scale = size / 2 / np.tan(np.radians(_FIELD_OF_VIEW) / 2)
    return np.stack(
        [size / 2 + scale * seen[:, 0] / seen[:, 2], size / 2 - scale * seen[:, 1] / seen[:, 2]], 1
    )
