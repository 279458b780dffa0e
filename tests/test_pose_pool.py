"""Motion capture without pictures: ASF/AMC files, bone directions, and pools of distinct poses."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocompose.body.directions import STANDARD_LENGTHS, BoneVectors, on_standard_body
from autocompose.body.skeleton import INDEX, canonical, mirror
from autocompose.body.sources.asf_amc import read_amc, read_asf
from autocompose.body.sources.bvh import import_motion
from autocompose.cli import main
from autocompose.data.dataset import open_dataset
from autocompose.data.pose_pool import PoolRules, add_poses, held_out_poses, load_pool
from autocompose.errors import DatasetError, JointImportError
from tests.poses import ARMS_DOWN, SQUAT, T_POSE

DEMO = Path(__file__).parents[1] / "annotations" / "demo"

# name, parent, direction, length (inches of the collection), axis, dof
BONES = [
    ("lhipjoint", "root", "0.8 -0.6 0", 2.5, "0 0 0", ""),
    ("lfemur", "lhipjoint", "0.3 -0.95 0", 7, "0 0 20", "rx ry rz"),
    ("ltibia", "lfemur", "0.3 -0.95 0", 7.2, "0 0 20", "rx"),
    ("lfoot", "ltibia", "0 -0.3 0.95", 2, "-90 0 20", "rx rz"),
    ("ltoes", "lfoot", "0 0 1", 1, "-90 0 20", "rx"),
    ("rhipjoint", "root", "-0.8 -0.6 0", 2.5, "0 0 0", ""),
    ("rfemur", "rhipjoint", "-0.3 -0.95 0", 7, "0 0 -20", "rx ry rz"),
    ("rtibia", "rfemur", "-0.3 -0.95 0", 7.2, "0 0 -20", "rx"),
    ("rfoot", "rtibia", "0 -0.3 0.95", 2, "-90 0 -20", "rx rz"),
    ("rtoes", "rfoot", "0 0 1", 1, "-90 0 -20", "rx"),
    ("lowerback", "root", "0 1 0", 2, "0 0 0", "rx ry rz"),
    ("thorax", "lowerback", "0 1 0", 4, "0 0 0", "rx ry rz"),
    ("lowerneck", "thorax", "0 1 0", 1.6, "0 0 0", "rx ry rz"),
    ("head", "lowerneck", "0 1 0", 1.7, "0 0 0", "rx ry rz"),
    ("lclavicle", "thorax", "0.9 0.4 0", 3, "0 0 0", "ry rz"),
    ("lhumerus", "lclavicle", "1 0 0", 5, "180 30 90", "rx ry rz"),
    ("lradius", "lhumerus", "1 0 0", 3.5, "180 30 90", "rx"),
    ("lwrist", "lradius", "1 0 0", 1.8, "180 30 90", "ry"),
    ("rclavicle", "thorax", "-0.9 0.4 0", 3, "0 0 0", "ry rz"),
    ("rhumerus", "rclavicle", "-1 0 0", 5, "180 -30 -90", "rx ry rz"),
    ("rradius", "rhumerus", "-1 0 0", 3.5, "180 -30 -90", "rx"),
    ("rwrist", "rradius", "-1 0 0", 1.8, "180 -30 -90", "ry"),
]


def asf() -> str:
    lines = ["# a comment", ":version 1.10", ":name TEST", ":units", "  length 0.45", "  angle deg"]
    lines += [":root", "  order TX TY TZ RX RY RZ", "  axis XYZ", "  position 0 0 0"]
    lines += ["  orientation 0 0 0", ":bonedata"]
    for number, (name, _, direction, length, axis, dof) in enumerate(BONES, 1):
        lines += ["  begin", f"    id {number}", f"    name {name}", f"    direction {direction}"]
        lines += [f"    length {length}", f"    axis {axis}  XYZ"]
        lines += [f"    dof {dof}", "    limits (-90 90)"] if dof else []
        lines += ["  end"]
    lines += [":hierarchy", "  begin"]
    parents = dict.fromkeys(parent for _, parent, *_ in BONES)
    for parent in parents:
        lines.append(f"    {parent} " + " ".join(n for n, p, *_ in BONES if p == parent))
    return "\n".join([*lines, "  end"])


def amc(*frames: dict[str, str]) -> str:
    lines = ["#!OML:ASF", ":FULLY-SPECIFIED", ":DEGREES"]
    for number, frame in enumerate(frames, 1):
        lines += [str(number), f"root {frame.get('root', '0 17 0 0 0 0')}"]
        for name, _, _, _, _, dof in BONES:
            if dof:
                lines.append(f"{name} {frame.get(name, ' '.join(['0'] * len(dof.split())))}")
    return "\n".join(lines)


def matrix(axis: str, degrees: float) -> np.ndarray:
    """Rotation by Rodrigues' formula: another way than the reader's."""
    k = np.eye(3)["xyz".index(axis)]
    cross = -np.cross(np.eye(3), k).T  # cross @ v is k x v
    radians = np.radians(degrees)
    return np.eye(3) + np.sin(radians) * cross + (1 - np.cos(radians)) * cross @ cross


def test_a_bone_turns_about_its_own_axes_as_computed_by_hand():
    motion = read_amc(amc({"lhumerus": "10 20 30", "root": "1 2 3 5 15 25"}), read_asf(asf()))
    at = {name: motion.positions[0, i] for i, name in enumerate(motion.names)}
    frame = matrix("z", 90) @ matrix("y", 30) @ matrix("x", 180)
    root = matrix("z", 25) @ matrix("y", 15) @ matrix("x", 5)
    turn = frame @ matrix("z", 30) @ matrix("y", 20) @ matrix("x", 10) @ frame.T
    upper = at["lradius"] - at["lhumerus"]
    assert upper == pytest.approx(root @ turn @ [5, 0, 0], abs=1e-9)
    assert at["root"] == pytest.approx([1, 2, 3])
    assert at["rradius"] - at["rhumerus"] == pytest.approx(root @ [-5, 0, 0], abs=1e-9)


def test_left_is_the_subjects_left():
    still, raised = import_motion(
        read_amc(amc({}, {"lfemur": "-80 0 0"}), read_asf(asf()))
    ).joints  # fmt: skip
    assert still[INDEX["left_wrist"], 0] > 0.3 > -0.3 > still[INDEX["right_wrist"], 0]
    lifted = raised - still
    assert lifted[INDEX["left_knee"], 1] > 0.2
    assert abs(lifted[INDEX["right_knee"], 1]) < 0.02
    assert still[INDEX["left_foot"], 2] > still[INDEX["left_ankle"], 2]  # toes point forward


@pytest.mark.parametrize(
    ("skeleton", "motion", "says"),
    [
        ("HIERARCHY", amc({}), "no :root"),
        (asf().replace("lfemur rfemur", "lfemur"), amc({}), None),
        (asf().replace("length 7.2", "length x"), amc({}), '"x" is not a number'),
        (asf().replace("direction 0.3 -0.95 0", "direction 0.3 nan 0"), amc({}), "not finite"),
        (asf().replace("axis 0 0 20  XYZ", "axis 0 0 20  XYX"), amc({}), "axis order"),
        (asf().replace("dof rx ry rz", "dof rw"), amc({}), '"rw"'),
        (asf().replace("    thorax ", "    thorax root ", 1), amc({}), "two parents"),
        (asf().replace("    thorax ", "    thorax wing ", 1), amc({}), '"wing" is no bone'),
        (asf(), "", "no frame"),
        (asf(), "1\nwing 1 2 3", '"wing" is no bone'),
        (asf(), amc({"lfemur": "1 2"}), "lfemur has 2 values"),
        (asf(), amc({}, {}).rsplit("lfemur", 1)[0], "cut off"),
        (asf(), amc({"lradius": "9e999"}), "not finite"),
    ],
)
def test_what_is_no_motion_is_one_clear_line(skeleton, motion, says):
    if says is None:
        read_amc(motion, read_asf(skeleton))
        return
    with pytest.raises(JointImportError, match=says) as refused:
        read_amc(motion, read_asf(skeleton))
    assert "\n" not in str(refused.value)


bodies = st.integers(0, 2**32 - 1).map(
    lambda seed: np.random.default_rng(seed).normal(size=(3, 22, 3))
)


@given(bodies)
def test_directions_and_lengths_give_the_joints_back(joints):
    found = BoneVectors.of(joints)
    assert np.allclose(found.joints() + joints[:, :1], joints)
    assert np.allclose(np.linalg.norm(found.directions, axis=-1), 1)
    stretched = BoneVectors.of(found.joints(2 * found.lengths))
    assert np.allclose(stretched.directions, found.directions)
    assert np.allclose(stretched.lengths, 2 * found.lengths)


@given(bodies)
def test_the_standard_body_knows_no_side(joints):
    assert np.allclose(
        on_standard_body(mirror(joints)), mirror(on_standard_body(joints)), atol=1e-6
    )
    assert np.allclose(BoneVectors.of(on_standard_body(joints)).lengths, STANDARD_LENGTHS)


def write_clips(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "07.asf").write_text(asf())
    frames = [{"lhumerus": f"0 0 {angle}"} for angle in range(0, 120, 2)]
    (folder / "07_01.amc").write_text(amc(*frames))
    (folder / "07_02.amc").write_text(amc(*frames[::-1]))
    (folder / "08_01.amc").write_text(amc({}))
    (folder / "broken.bvh").write_text("HIERARCHY\n")


@pytest.mark.parametrize("packed", [False, True])
def test_distinct_poses_are_kept_once_and_the_others_counted(tmp_path, packed):
    source = tmp_path / "clips"
    write_clips(source)
    if packed:
        with zipfile.ZipFile(tmp_path / "clips.zip", "w") as archive:
            for path in sorted(source.iterdir()):
                archive.write(path, f"mocap/{path.name}")
        source = tmp_path / "clips.zip"
    pool, counts = add_poses(source, None, PoolRules(fps=120, distinct=0.02))
    assert (counts.clips, counts.frames) == (3, 121)
    assert counts.kept + counts.alike == 121
    assert counts.kept == len(pool) > 5
    assert len(counts.refused) == 1
    assert "broken.bvh" in counts.refused[0]
    distances = np.linalg.norm(pool.joints[:, None] - pool.joints[None], axis=-1).mean(-1)
    assert (distances + np.eye(len(pool)) >= 0.02).all()
    again, more = add_poses(source, pool, PoolRules(fps=120, distinct=0.02))
    assert (more.kept, again.names) == (0, pool.names)


def test_nothing_comes_near_what_is_held_out(tmp_path):
    write_clips(tmp_path / "clips")
    rules = PoolRules(fps=120, distinct=0.02)
    every, _ = add_poses(tmp_path / "clips", None, rules)
    held = PoolRules(fps=120, distinct=0.02, held_out=every.joints[3:4])
    fewer, counts = add_poses(tmp_path / "clips", None, held)
    assert counts.near >= 2  # the same frame of both clips
    assert np.linalg.norm(fewer.joints - every.joints[3], axis=-1).mean(-1).min() >= 0.05
    assert len(held_out_poses(open_dataset(DEMO))) == 690


def test_the_command_writes_a_pool_names_what_it_left_out_and_goes_on(tmp_path, capsys):
    write_clips(tmp_path / "clips")
    out = tmp_path / "pool.npz"

    def run(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as stopped:
            main(["poses", "add", str(tmp_path / "clips"), "--out", str(out), *arguments])
        return int(stopped.value.code or 0), capsys.readouterr().err

    code, said = run("--fps", "120")
    assert code == 3
    assert "left out broken.bvh" in said
    count = len(load_pool(out))
    assert f"wrote {out}: {count} poses" in said
    code, said = run("--fps", "120")
    assert ": 0 new poses" in said
    assert len(load_pool(out)) == count
    out.write_bytes(b"no pool")
    code, said = run()
    assert code == 1
    assert "is no pool of poses" in said


def test_a_folder_without_motion_and_an_amc_without_its_skeleton(tmp_path):
    with pytest.raises(DatasetError, match="no motion file"):
        add_poses(tmp_path, None, PoolRules())
    (tmp_path / "07_01.amc").write_text(amc({}))
    _, counts = add_poses(tmp_path, None, PoolRules())
    assert "its skeleton 07.asf is not beside it" in counts.refused[0]
    (tmp_path / "x.zip").write_bytes(b"no zip")
    with pytest.raises(DatasetError, match="neither a folder nor a zip"):
        add_poses(tmp_path / "x.zip", None, PoolRules())


def test_bodies_of_the_demo_keep_what_they_do_on_the_standard_body():
    for pose in (ARMS_DOWN, T_POSE, SQUAT):
        moved = on_standard_body(pose)
        assert np.allclose(canonical(moved), moved)
        angle = BoneVectors.of(pose).directions - BoneVectors.of(moved).directions
        assert np.abs(angle).max() < 1e-9
