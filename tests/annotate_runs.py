"""A small split, and `autocompose describe` over it in this process, with a model at an address."""

from pathlib import Path

import pytest

from autocompose.cli import main
from autocompose.data.dataset import write_captions, write_split
from tests.annotation_fakes import make_pair
from tests.peers import Peer

KEY = "sk-secret-0123456789"
PAIRS = 3


def forgetful(server: Peer, monkeypatch: pytest.MonkeyPatch) -> Peer:
    """The server without faults or memory, in an environment that has its key."""
    server.post("/faults", [])
    server.post("/forget", {})
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    return server


def write_small_split(root: Path) -> Path:
    """Pairs whose pictures are there; the first has a text of a person."""
    for sub in ("images", "captions", "image_splits"):
        (root / sub).mkdir(parents=True)
    rows, names = [], []
    for number in range(PAIRS):
        pair = make_pair(root / "images", number)
        names += [pair.reference.id, pair.target.id]
        texts = {"sents": ["Move."]} if number == 0 else {}
        rows.append({"reference": names[-2], "target": names[-1], "img_set": names[-1:], **texts})
    write_captions(root / "captions" / "val.json", rows)
    write_split(root / "image_splits" / "val.json", names)
    return root


def arguments(dataset, out, peer, *more):
    args = [
        "describe",
        "--dataset",
        dataset,
        "--split",
        "val",
        "--provider",
        "openai",
        "--out",
        out,
    ]
    if peer is not None:
        args += ["--base-url", peer.base_url]
    return [str(arg) for arg in [*args, "--model", "M", *more]]


def run(*args) -> int:
    with pytest.raises(SystemExit) as left:
        main(arguments(*args))
    return left.value.code
