"""What the Pose lab can start from, and what it says without a model, joints or an estimator."""

from __future__ import annotations

import shlex

import numpy as np
import pytest
from PIL import Image

from autocompose.body.skeleton import canonical, mirror
from autocompose.body.sources.found_person import Estimate
from autocompose.data.estimated_joints import PhotoJoints
from autocompose.lab.lm.lab_files import save_pose_lab
from autocompose.studio.lab.lab_bench import MAX_MOTION_BYTES, bench_of
from tests.lab_fakes import small_lab
from tests.lab_studio import FIRST, call, image, opened, places, studio_with_model
from tests.motion_fakes import bvh
from tests.poses import ARMS_DOWN, T_POSE


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="module")
def studio(root):
    return studio_with_model(root)


@pytest.fixture
def ask(studio):
    return lambda handler, /, **payload: call(studio, handler, **payload)


@pytest.mark.parametrize(
    "joints",
    [
        None,
        "left",
        [[0, 0, 0]] * 21,
        [[0, 0]] * 22,
        [[0, 0, 0]] * 22,
        [[float("nan"), 0, 0]] * 22,
        [["x", 0, 0]] * 22,
        (np.array(T_POSE) * 100).tolist(),
    ],
)
def test_joints_that_are_no_persons_are_refused(ask, joints):
    answer = ask("lab_wish", start={"kind": "joints", "joints": joints}, text="squat")
    assert not answer["ok"]
    assert len(answer["error"].splitlines()) == 1


def test_a_start_of_no_known_kind_is_refused(ask):
    assert "image" in ask("lab_start", start={"kind": "dream"})["error"]
    assert not ask("lab_start", start="standing")["ok"]
    assert not ask("lab_start", start=image("nobody.jpg"))["ok"]
    assert not ask("lab_start", start={"kind": "upload", "upload": "/etc/passwd"})["ok"]
    assert not ask("lab_start", start={"kind": "motion", "motion": "../../x.bvh"})["ok"]
    standing = ask("lab_start")
    assert standing["picture"] is None
    assert np.allclose(places(standing["body"]), mirror(places(standing["body"])), atol=1e-3)
    known = ask("lab_start", start=image(FIRST))
    assert known["picture"]["id"] == FIRST


def walking_bvh():
    """Two frames: the left arm overhead, then both arms out."""
    first, last = bvh({"LeftArm": (90, 0, 0)}), bvh({})
    return first.replace("Frames: 1", "Frames: 2") + "\n" + last.splitlines()[-1]


def test_a_motion_file_is_read_once_and_gives_each_frame(ask, root, studio):
    path = root / "uploads" / "walk.bvh"
    path.write_text(walking_bvh())
    motion = ask("lab_motion", path=str(path), name="my walk.bvh")
    assert motion["ok"], motion
    assert (motion["name"], motion["frames"]) == ("my walk.bvh", 2)
    bench = bench_of(studio)
    assert bench.motion(path) is bench.motion(path)
    start = {"kind": "motion", "motion": str(path), "frame": 1}
    last = places(ask("lab_start", start=start)["body"])
    assert np.allclose(last, canonical(bench.motion(path).joints[1]), atol=1e-3)
    far = ask("lab_start", start={**start, "frame": 99})
    assert np.allclose(places(far["body"]), last)
    told = ask("lab_command", start=start, text="squat", name="my walk.bvh")
    assert "--reference=my walk.bvh:1" in shlex.split(told["command"])
    assert "your own file" in told["note"]


def test_motion_files_that_cannot_be_used_are_refused_in_one_line(ask, root):
    uploads = root / "uploads"
    (uploads / "a.txt").write_text("HIERARCHY")
    (uploads / "torn.bvh").write_text(walking_bvh()[:400])
    (uploads / "large.bvh").write_bytes(b"0 " * (MAX_MOTION_BYTES // 2 + 1))
    long = walking_bvh().replace("Frames: 2", "Frames: 190000")
    (uploads / "long.bvh").write_text(long)
    words = {"a.txt": ".bvh", "torn.bvh": "", "large.bvh": "MB", "long.bvh": "frames"}
    for name, word in words.items():
        answer = ask("lab_motion", path=str(uploads / name), name=name)
        assert not answer["ok"], name
        assert word in answer["error"]
        assert str(root) not in answer["error"]


class TwoPeople(PhotoJoints):
    """Finds two people in every picture, one of them with their arms out."""

    def __init__(self, tmp):
        super().__init__(tmp)
        self.looked = 0

    def people(self, path):
        self.looked += 1
        found = (np.asarray(pose, dtype=np.float64) for pose in (ARMS_DOWN, T_POSE))
        return tuple(Estimate(joints, np.zeros((22, 2)), np.ones(22), 0.0) for joints in found)


def test_one_of_the_people_in_a_photo_is_changed(root, studio):
    people = opened(root, studio.config.dataset, joints=TwoPeople(root), pose_lab=root / "model")
    path = root / "uploads" / "us.png"
    Image.new("RGB", (64, 64)).save(path)
    starts = [{"kind": "upload", "upload": str(path), "person": n} for n in (1, 2)]
    first, second = (places(call(people, "lab_start", start=s)["body"]) for s in starts)
    assert np.allclose(first, canonical(ARMS_DOWN), atol=1e-3)
    assert np.allclose(second, canonical(T_POSE), atol=1e-3)
    start = {"kind": "upload", "upload": str(path), "person": 3}
    assert "no person 3" in call(people, "lab_start", start=start)["error"]
    told = call(people, "lab_command", start={**start, "person": 2}, text="squat", name="us.png")
    assert "--reference=us.png --person=2" in told["command"]


def test_without_an_estimator_an_upload_is_refused_with_what_to_do(ask, root):
    path = root / "uploads" / "me.png"
    Image.new("RGB", (64, 64)).save(path)
    answer = ask("lab_start", start={"kind": "upload", "upload": str(path)})
    assert "estimates no joints" in answer["error"]


def test_without_a_model_the_page_says_which_command_trains_one(root, studio):
    empty = opened(root, studio.config.dataset, pose_lab=root / "nothing" / "pose-lm-mini")
    boot = call(empty, "lab_boot")
    assert "autocompose pose train" in boot["no_model"]
    assert "nothing/pose-lm-mini" in boot["no_model"]
    assert call(empty, "lab_start", start=image(FIRST))["body"]["codes"] == ()
    refused = call(empty, "lab_wish", start=image(FIRST), text="squat")
    assert refused["kind"] == "CheckpointError"
    save_pose_lab(root / "nothing" / "pose-lm-mini", small_lab(), metrics={}, card="")
    assert call(empty, "lab_boot")["no_model"] == ""
    assert call(empty, "lab_wish", start=image(FIRST), text="squat")["ok"]


def test_without_joints_nothing_is_found_and_the_page_says_why(root, studio):
    bare = opened(root, studio.config.dataset, bones=False, pose_lab=root / "model")
    refused = call(bare, "lab_find", start=image(FIRST), text="squat")
    assert refused["kind"] == "GalleryError"
    assert "joints" in refused["error"]
