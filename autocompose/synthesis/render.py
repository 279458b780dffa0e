"""Render posed bodies with painted clothes on a floor with soft shadows (pyvista / VTK).

Light and shadow are computed point by point (see `lighting`); VTK draws. Without a display, VTK falls
back to EGL or OSMesa from its own wheel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyvista
import vtk
from numpy.typing import NDArray
from PIL import Image

from autocompose.synthesis.body import PosedBody, Rest
from autocompose.synthesis.clothes import Subdivided, paint
from autocompose.synthesis.lighting import FLOOR_HALF, Surface, floor_shade, lit, part_names
from autocompose.synthesis.penetration import vertex_normals
from autocompose.synthesis.seats import Seat, seat_points

_SUPERSAMPLE = 2
_COARSE = 256  # pixels: up to here an edge of the body's own mesh is about a pixel long
_FIELD_OF_VIEW = 30.0  # degrees, vertical
_MARGIN = 0.96  # share of the picture's half-size that the farthest point may reach
# The box that holds almost any pose of a person, in statures; see `distance_for`.
_BOX_WIDE, _BOX_DEEP, _BOX_HIGH = 1.16, 0.70, 1.26
FLOOR_COLOUR = (158, 168, 180)
"""sRGB of the floor in full light: cool and of middle lightness, so that light and dark skin stand out."""
_HORIZON, _TOP = (0.80, 0.825, 0.85), (0.90, 0.91, 0.92)
_BONE_PARTS = (
    ("pelvis", "trunk"), ("spine", "trunk"), ("clavicle", "shoulder"), ("shoulder01", "shoulder"),
    ("upperleg01", "hip"), ("upperleg02", "thigh"), ("lowerleg", "shin"), ("foot", "foot"), ("toe", "foot"),
    ("upperarm", "upper arm"), ("lowerarm", "arm"), ("wrist", "arm"), ("finger", "arm"), ("metacarpal", "arm"),
)  # fmt: skip


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
    CameraView("front", 0.0, 18.0),
    CameraView("left40", 40.0, 18.0),
    CameraView("right40", -40.0, 18.0),
)
"""The first cameras of every dataset; names of pictures hold the names."""
MORE_CAMERAS = (
    CameraView("left90", 90.0, 18.0),
    CameraView("right90", -90.0, 18.0),
    CameraView("back", 180.0, 18.0),
    CameraView("left140", 140.0, 18.0),
    CameraView("right140", -140.0, 18.0),
)
"""Sides and backs."""
CAMERA = {view.name: view for view in CAMERAS + MORE_CAMERAS}


def bone_parts(bones: list[str], owner: NDArray[np.int64]) -> NDArray[np.int64]:
    """(V,) rows of `lighting.part_names` for vertices moved by the bones ``owner``."""
    names = part_names()
    rows = []
    for bone in bones:
        kind = next((part for start, part in _BONE_PARTS if bone.startswith(start)), "head")
        side = {"L": "left ", "R": "right "}.get(bone.partition(".")[2], "")
        rows.append(names.index(kind if kind in names else f"{side}{kind}"))
    return np.array(rows)[owner]


@dataclass(frozen=True)
class Framed:
    """A body before the camera.

    Args:
        body: moved so that the middle of its floor plan is the origin.
        camera: that looks at it.
        seat: what it sits on, moved likewise.
        eye, focal: camera position and the point it looks at, metres.
        pixels: (22, 2) joints in the picture, x right, y down.
    """

    body: PosedBody
    camera: CameraView
    seat: Seat | None
    eye: NDArray[np.float64]
    focal: NDArray[np.float64]
    pixels: NDArray[np.float64]


class Scene:
    """One scene, re-used for every picture."""

    def __init__(self, size: int, faces: NDArray[np.int64]) -> None:
        """Set up floor and backdrop for pictures of ``size`` x ``size`` pixels.

        Args:
            size: pixels.
            faces: (F, 3) triangles of the bodies that will be drawn.
        """
        vtk.vtkObject.GlobalWarningDisplayOff()
        self.size = size
        self._faces = faces
        window = [size * _SUPERSAMPLE] * 2
        self._plotter: Any = pyvista.Plotter(off_screen=True, window_size=window, lighting="none")
        self._plotter.set_background(_HORIZON, top=_TOP)
        self._plotter.add_mesh(_far_floor(), scalars="colour", rgb=True, lighting=False)
        corner = FLOOR_HALF
        near = pyvista.Plane(i_size=2 * corner, j_size=2 * corner, i_resolution=1, j_resolution=1)
        near.texture_map_to_plane(
            origin=(-corner, -corner, 0), point_u=(corner, -corner, 0),
            point_v=(-corner, corner, 0), inplace=True,
        )  # fmt: skip
        self._floor = pyvista.Texture(np.zeros((4, 4, 3), np.uint8))
        self._near = self._plotter.add_mesh(near, texture=self._floor, lighting=False)
        self._mesh: pyvista.PolyData | None = None
        self._colours: NDArray[np.uint8] | None = None
        self._parts: NDArray[np.int64] | None = None
        self._subdivided: Subdivided | None = None
        self._stature = 1.7
        self._seat: Any = None

    def dress(self, rest: Rest, parts: NDArray[np.int64]) -> None:
        """Put a person into the scene.

        Args:
            rest: the person's body.
            parts: (V,) part of each vertex; see `bone_parts`.
        """
        if self.size > _COARSE:
            subdivided = Subdivided.of(self._faces, len(rest.vertices))
        else:
            subdivided = Subdivided.plain(self._faces)
        points = subdivided.points(rest.vertices)
        arms = [row for row, part in enumerate(part_names()) if part.endswith("arm")]
        is_arm = subdivided.of_points(np.isin(parts, arms))
        colours = paint(rest, points, is_arm)
        self.wear(subdivided, colours, parts, stature=float(np.ptp(points[:, 2])))

    def wear(
        self,
        subdivided: Subdivided,
        colours: NDArray[np.uint8],
        parts: NDArray[np.int64],
        *,
        stature: float,
    ) -> None:
        """Put any body into the scene.

        Args:
            subdivided: its triangles.
            colours: (P, 3) sRGB of its subdivided points.
            parts: (V,) part of each vertex.
            stature: metres; gives the scale of its pictures.
        """
        self._subdivided = subdivided
        self._colours = colours
        self._parts = subdivided.of_points(parts)
        self._stature = stature
        mesh = pyvista.PolyData.from_regular_faces(
            np.zeros((len(colours), 3), np.float32), subdivided.faces
        )
        mesh["colour"] = colours
        self._mesh = mesh
        self._plotter.add_mesh(mesh, scalars="colour", rgb=True, name="person", lighting=False)

    def frame(self, body: PosedBody, camera: CameraView, seat: Seat | None = None) -> Framed:
        """Where the camera stands for a body, and the joints' pixels; cheap, nothing is drawn.

        The camera keeps its height and distance for every pose of a person, and only follows the
        middle of the body; it steps back for the rare pose that would not fit.

        Args:
            body: the posed body.
            camera: its direction.
            seat: what the body sits on.
        """
        low, high = body.vertices.min(0), body.vertices.max(0)
        middle = np.array([*((low + high) / 2)[:2], 0.0])
        moved = PosedBody((body.vertices - middle).astype(np.float32), body.joints - middle)
        eye, focal = _place(moved.vertices, camera, self._stature)
        pixels = project(moved.joints, eye, focal, size=self.size)
        there = seat and seat.moved(-middle)
        return Framed(moved, camera, there, eye, focal, pixels)

    def picture(self, framed: Framed) -> Image.Image:
        """Draw a framed body."""
        assert self._mesh is not None, "dress() comes first"
        assert self._subdivided is not None
        assert self._colours is not None
        assert self._parts is not None
        points = self._subdivided.points(framed.body.vertices)
        normals = self._subdivided.points(vertex_normals(framed.body.vertices, self._faces))
        surface = Surface(points, normals, self._colours, self._parts)
        azimuth = framed.camera.azimuth
        self._mesh.points = points
        self._mesh["colour"] = lit(surface, framed.body.joints, framed.eye, azimuth=azimuth)
        standing = points
        if self._seat is not None:
            self._plotter.remove_actor(self._seat, render=False)
            self._seat = None
        if framed.seat is not None:
            box = framed.seat.mesh(azimuth)
            self._seat = self._plotter.add_mesh(box, scalars="colour", rgb=True, lighting=False)
            standing = np.concatenate([points, seat_points(framed.seat)])
        shade = np.asarray(floor_shade(standing, azimuth=azimuth), np.float32) / 255
        ground = (shade[:, :, None] ** 0.8 * np.array(FLOOR_COLOUR)).astype(np.uint8)
        texture = pyvista.Texture(ground)
        texture.interpolate = True
        self._near.texture = texture
        camera = self._plotter.camera
        camera.position, camera.focal_point, camera.up = framed.eye, framed.focal, (0, 0, 1)
        camera.view_angle = _FIELD_OF_VIEW
        camera.clipping_range = (0.5, 60)
        self._plotter.render()
        shot = self._plotter.screenshot(return_img=True)
        assert isinstance(shot, np.ndarray)
        return Image.fromarray(shot).resize((self.size, self.size), Image.Resampling.BOX)

    def close(self) -> None:
        """Free the window."""
        self._plotter.close()


def _far_floor() -> Any:
    """A disc a little below the floor that fades into the backdrop."""
    disc = pyvista.Disc(center=(0, 0, -0.004), inner=0, outer=60, r_res=120, c_res=48)
    away = np.clip((np.linalg.norm(disc.points[:, :2], axis=1) - 3.0) / 9.0, 0, 1)[:, None]
    floor, horizon = np.array(FLOOR_COLOUR), np.array(_HORIZON) * 255
    disc["colour"] = (floor * (1 - away) + horizon * away).astype(np.uint8)
    return disc


def _axes(eye: NDArray[np.float64], focal: NDArray[np.float64]) -> NDArray[np.float64]:
    forward = (focal - eye) / np.linalg.norm(focal - eye)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(right, forward), forward])


def _back(camera: CameraView) -> NDArray[np.float64]:
    """Unit vector from what is looked at to the camera."""
    azimuth, elevation = np.radians(camera.azimuth), np.radians(camera.elevation)
    level = np.cos(elevation)
    return np.array([np.sin(azimuth) * level, -np.cos(azimuth) * level, np.sin(elevation)])


def _place(
    points: NDArray[np.float32], camera: CameraView, stature: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Eye and focal point for a body of a stature, the middle of its floor plan at the origin."""
    back = _back(camera)
    wide, deep, high = (stature * share / 2 for share in (_BOX_WIDE, _BOX_DEEP, _BOX_HIGH))
    box = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (0, 2)])
    box = box * [wide, deep, high] + 0.0
    focal = np.array([0.0, 0.0, high * 0.90])
    level = np.array([0.0, -1.0, 0.0]) * np.cos(np.radians(camera.elevation))
    level[2] = back[2]
    # The box turns with the camera: one distance for all cameras of a person.
    distance = max(_needed(box, focal, level), _needed(points, focal, back))
    return focal + back * distance, focal


def _needed(points: NDArray[Any], focal: NDArray[np.float64], back: NDArray[np.float64]) -> float:
    """How far the camera must stand so that all points are inside the margin, metres."""
    tangent = np.tan(np.radians(_FIELD_OF_VIEW) / 2) * _MARGIN
    seen = (points - focal) @ _axes(focal + back, focal).T
    return float((np.abs(seen[:, :2]).max(1) / tangent - seen[:, 2]).max())


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
