"""A small pose model that nobody trained, and a small dataset to train one on."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import torch

from autocompose.data.dataset import PoseDataset
from autocompose.lab.learning.lab_run import TINY, LabPlan
from autocompose.lab.lm.lab_files import PoseLab
from autocompose.lab.lm.pieces import Pieces
from autocompose.lab.lm.pose_lm import PoseLM, PoseLMConfig
from autocompose.lab.speculative.act_words import ActWords
from autocompose.lab.tokens.limb_codes import CodeSettings, fit_limb_codes
from tests.poses import random_poses
from tests.training_fakes import with_joints, write_tiny_dataset

SMALL = PoseLMConfig(width=32, layers=2, heads=2, levels=2, codes=16)
TEXTS = ("raise the left arm", "bend the right knee, and lean forward.", "squat", "describe")
QUICK: LabPlan = replace(
    TINY, material=replace(TINY.material, bodies=20, pairs=16, alone=10), code_bodies=30
)


def small_lab(config: PoseLMConfig = SMALL) -> PoseLab:
    """A model of random numbers."""
    torch.manual_seed(0)
    pieces = Pieces.of_texts(TEXTS, common=0)
    codes = fit_limb_codes(
        random_poses(40, seed=0), CodeSettings(levels=config.levels, codes=config.codes)
    )
    model = PoseLM(config, words=len(pieces), writable=pieces.writable)
    return PoseLab(model.eval(), codes, pieces, {"dataset": "none"})


@cache
def word_vectors() -> ActWords:
    """Acts by random vectors: only the same words are alike."""
    rng = np.random.default_rng(0)
    return ActWords(rng.normal(size=(49_408, 64)).astype(np.float32))


def posed_dataset(root: Path) -> PoseDataset:
    """Twelve pictures with joints and made-up texts."""
    return with_joints(write_tiny_dataset(root))


def bodies(count: int, seed: int = 0) -> np.ndarray:
    """(count, 22, 3) random poses."""
    return random_poses(count, seed=seed)
