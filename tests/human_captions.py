"""What people wrote about pairs of FixMyPose; README.md beside the file says where it is from."""

from __future__ import annotations

import json
from pathlib import Path

CAPTIONS = Path(__file__).with_name("data") / "captions" / "fixmypose_valid_seen.json"


def human_sentences() -> list[list[str]]:
    """The sentences of each pair."""
    return [pair["sents"] for pair in json.loads(CAPTIONS.read_text(encoding="utf-8"))]
