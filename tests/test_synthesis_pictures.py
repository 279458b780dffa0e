"""What the synthesized dataset shows: cameras, shadows, seats, skin, and limbs in the body."""

from __future__ import annotations

import numpy as np
import pytest

from autocompose.body.skeleton import INDEX

pytest.importorskip("roma", reason="needs the synthesis extra")


@pytest.mark.slow
def test_a_picture_and_its_shadow_do_not_depend_on_what_was_drawn_before():
    pytest.importorskip("pyvista", reason="needs the synthesis extra")
    from autocompose.synthesis.render import CAMERAS, Scene
    from autocompose.synthesis.seats import Seat

    standing, faces = _box(0.3, 0.2, 1.8)
    lying, _ = _box(1.8, 0.3, 0.2)
    scene = _dressed(Scene(96, faces), standing, faces)

    def draw(body, seat=None):
        return np.asarray(scene.picture(scene.frame(body, CAMERAS[0], seat))).astype(int)

    alone = draw(lying)
    draw(standing, Seat("stool", (0.6, 0.0), 0.0, 0.4))
    assert np.abs(draw(lying) - alone).max() <= 2
    assert np.abs(draw(standing) - alone).max() > 60  # the bodies do differ
    scene.close()


def _box(x: float, y: float, z: float, at: tuple[float, float] = (0.0, 0.0)):
    """A box that stands on the floor as a body, and its triangles."""
    import pyvista

    from autocompose.synthesis.body import PosedBody

    mesh = pyvista.Cube(center=(*at, z / 2), x_length=x, y_length=y, z_length=z).triangulate()
    joints = np.full((22, 3), [*at, z / 2]) + np.linspace(0, 0.01, 66).reshape(22, 3)
    return PosedBody(np.asarray(mesh.points, np.float32), joints), np.asarray(mesh.regular_faces)


def _dressed(scene, body, faces):
    from autocompose.synthesis.clothes import Subdivided

    subdivided = Subdivided.of(faces, len(body.vertices))
    count = len(body.vertices) + len(subdivided.edges)
    parts = np.zeros(len(body.vertices), np.int64)
    scene.wear(subdivided, np.full((count, 3), 120, np.uint8), parts, stature=1.8)
    return scene


def test_the_camera_keeps_its_scale_and_height_for_every_pose_and_the_left_on_its_side():
    pytest.importorskip("pyvista", reason="needs the synthesis extra")
    from autocompose.synthesis.render import CAMERA, Scene

    standing, faces = _box(0.4, 0.3, 1.8)
    crouching, _ = _box(0.6, 0.5, 0.8, at=(1.0, -2.0))
    sitting, _ = _box(0.5, 1.0, 0.9)
    scene = _dressed(Scene(96, faces), standing, faces)
    for name, to_the_right in (("front", 1), ("back", -1), ("left40", 1), ("right140", -1)):
        framed = [scene.frame(body, CAMERA[name]) for body in (standing, crouching, sitting)]
        assert all(np.allclose(f.eye, framed[0].eye) for f in framed)
        assert all(np.allclose(f.focal, framed[0].focal) for f in framed)
        left = standing.joints.copy()
        left[:, 0] += 0.3
        moved = scene.frame(type(standing)(standing.vertices, left), CAMERA[name])
        assert ((moved.pixels - framed[0].pixels)[:, 0] * to_the_right > 0).all()
    scene.close()


def test_the_depth_of_an_arm_in_the_trunk_is_measured_and_a_touch_is_not_too_deep():
    pyvista = pytest.importorskip("pyvista", reason="needs the synthesis extra")
    from autocompose.synthesis.penetration import BodyParts, vertex_normals

    trunk = pyvista.Sphere(radius=0.20, theta_resolution=60, phi_resolution=60)
    arm = pyvista.Sphere(radius=0.05, theta_resolution=40, phi_resolution=40)
    faces = np.concatenate([trunk.regular_faces, np.asarray(arm.regular_faces) + trunk.n_points])
    owner = np.repeat([0, 1], [trunk.n_points, arm.n_points])
    parts = BodyParts(["spine03", "lowerarm01.L"], owner)

    def deepest(distance: float):
        at = np.concatenate([trunk.points, arm.points + np.array([distance, 0, 0])]).astype(
            np.float32
        )
        return parts.contacts(at, vertex_normals(at, faces))

    assert deepest(0.26) == []
    touching, inside = deepest(0.24)[0], deepest(0.19)[0]
    assert touching.parts == inside.parts == ("left arm", "trunk")
    assert touching.depth == pytest.approx(0.01, abs=0.003)
    assert touching.excess < 0
    assert inside.depth == pytest.approx(0.06, abs=0.004)
    assert inside.excess > 0.03
    assert inside.out[0] > 0.9  # the way out is where the arm came from


def _seated(feet_at: float):
    """A body with level thighs, its feet so many metres before the hips."""
    pytest.importorskip("pyvista", reason="needs the synthesis extra")
    from autocompose.synthesis.body import PosedBody

    joints = np.zeros((22, 3))
    for side, x in (("left", 0.1), ("right", -0.1)):
        for name, at in {
            "hip": (x, 0, 0.5), "knee": (x, -0.42, 0.5), "ankle": (x, -feet_at, 0.08),
            "foot": (x, -feet_at - 0.12, 0.02),
        }.items():  # fmt: skip
            joints[INDEX[f"{side}_{name}"]] = at
    joints[INDEX["pelvis"]], joints[INDEX["chest"]] = (0, 0, 0.5), (0, 0, 0.95)
    joints[INDEX["head"]] = (0, 0, 1.3)
    ground = [(x, -feet_at - y, 0) for x in (0.1, -0.1) for y in (-0.05, 0, 0.15)]
    buttocks = [(x, y, 0.41) for x in (0.08, -0.08) for y in (-0.05, 0.05)]
    return PosedBody(np.array(ground + buttocks, np.float32), joints), np.arange(6, 10)


def test_who_sits_on_nothing_gets_a_stool_and_who_squats_over_the_feet_does_not():
    from autocompose.synthesis.seats import seat_for

    seat = seat_for(*_seated(feet_at=0.42))
    assert seat is not None
    assert seat.kind == "stool"
    assert seat.height == pytest.approx(0.41, abs=0.01)
    assert seat.centre == pytest.approx((0, 0), abs=0.01)
    assert seat_for(*_seated(feet_at=0.12)) is None


def test_the_skin_of_every_person_stands_out_from_clothes_and_floor():
    pytest.importorskip("pyvista", reason="needs the synthesis extra")
    from autocompose.synthesis.cast import difference, people
    from autocompose.synthesis.render import FLOOR_COLOUR

    for person in people(16, seed=0):
        for other in (person.shorts, person.shirt, FLOOR_COLOUR):
            assert difference(person.skin, other) > 20, person.name
        assert difference(person.shirt, person.shorts) > 20
