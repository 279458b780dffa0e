"""The checkpoints that come with the project fit one another."""

from __future__ import annotations

from pathlib import Path

from autocompose.lab.lm.lab_files import load_pose_lab
from autocompose.model.checkpoint import load_checkpoint

CHECKPOINTS = Path(__file__).parent.parent / "checkpoints"


def test_the_pose_model_reads_pictures_through_the_shipped_checkpoint():
    lab = load_pose_lab(CHECKPOINTS / "pose-lm-mini")
    checkpoint = load_checkpoint(CHECKPOINTS / "pose-mini")
    assert lab.about["started_from"] == checkpoint.fingerprint
    assert lab.model.config.picture == checkpoint.towers.feature_dim
