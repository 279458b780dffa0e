"""How long a wish of the pose lab takes: the body that words ask for, and the pictures like it.

``python benchmarks/lab_query.py`` prints the median CPU milliseconds of one core over the first
pictures of a split: for the model's answer, for the ranking of all bodies, for both, and for
keeping limbs and making the claims true, which the ranking does not wait for. Without a trained
model, one of random numbers and of the same size is asked: the arithmetic is the same.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import torch

from autocompose.body.change import Body
from autocompose.data.dataset import open_dataset
from autocompose.lab.lm.lab_files import CONFIG, PoseLab, load_pose_lab
from autocompose.lab.lm.pieces import Pieces
from autocompose.lab.lm.pose_lm import PoseLM, PoseLMConfig
from autocompose.lab.tokens.limb_codes import CodeSettings, fit_limb_codes
from autocompose.lab.wishes.asking import wished_poses
from autocompose.lab.wishes.edited import finished
from autocompose.lab.wishes.likely import KnownBones, bodies_of_gallery
from autocompose.lab.wishes.polish import PolishRules
from autocompose.workspace import find_workspace

RULES = PolishRules()
WISHES = (
    "raise the left arm",
    "put both hands on the hips",
    "sit down and cross your arms",
    "lean forward, bend the right knee and stretch the left arm out to the side",
)


def model_of(folder: Path, poses: KnownBones) -> tuple[PoseLab, str]:
    """The trained model, or one of random numbers with as many."""
    if (folder / CONFIG).is_file():
        return load_pose_lab(folder), folder.name
    torch.manual_seed(0)
    config = PoseLMConfig()
    settings = CodeSettings(levels=config.levels, codes=config.codes)
    pieces = Pieces.of_texts(WISHES, common=0)
    model = PoseLM(config, words=len(pieces), writable=pieces.writable)
    codes = fit_limb_codes(poses.joints, settings)
    return PoseLab(model.eval(), codes, pieces, {}), "random numbers of the same size"


def cpu(work: Callable[[], object]) -> float:
    """Milliseconds of this process."""
    began = time.process_time()
    work()
    return 1000 * (time.process_time() - began)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", type=Path, default=find_workspace().dataset())
    parser.add_argument("--split", default="test")
    parser.add_argument("--checkpoint", type=Path, default=find_workspace().pose_lab)
    parser.add_argument("--references", type=int, default=10)
    given = parser.parse_args()
    torch.set_num_threads(1)
    joints = given.dataset / "joints.json"
    known = KnownBones.of(*bodies_of_gallery(joints, given.split))
    every = KnownBones.of(*bodies_of_gallery(joints))
    lab, name = model_of(given.checkpoint, every)
    images = [i for i in open_dataset(given.dataset).gallery(given.split) if i.joints is not None]
    starts = [Body.of_image(image) for image in images[: given.references]]
    wished_poses(lab, WISHES[:1], starts[0].joints[None])  # the first one is slow
    times: dict[str, list[float]] = {"body": [], "ranking": [], "both": [], "claims true": []}
    for start in starts:
        for text in WISHES:
            asked = start.joints[None]
            wished = wished_poses(lab, [text], asked)
            times["body"].append(cpu(lambda a=asked, t=text: wished_poses(lab, [t], a)))
            times["ranking"].append(cpu(lambda w=wished: known.likeliest(w, count=12)))
            times["both"].append(
                cpu(lambda a=asked, t=text: known.likeliest(wished_poses(lab, [t], a), count=12))
            )
            times["claims true"].append(
                cpu(lambda w=wished, s=start, t=text: finished(w, s, t, keep=True, polish=RULES))
            )
    print(f"{name}; {len(known.names)} pictures, {len(starts)} references x {len(WISHES)} wishes")
    for what, found in times.items():
        low, high = (sorted(found)[round(q * (len(found) - 1))] for q in (0.05, 0.95))
        print(f"{what:12} {median(found):8.1f} ms [{low:.1f}, {high:.1f}]")


if __name__ == "__main__":
    main()
