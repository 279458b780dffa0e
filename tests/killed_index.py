"""Kills `autocompose index` at chosen moments: ``python -m tests.killed_index FOLDER KILLS``.

One process imports everything once and forks for every run; it computes nothing itself, since
torch's threads do not survive a fork. A run is killed with SIGKILL just
before one of its flushes or renames. Prints what was there afterwards, and after another run.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from autocompose.cli import main
from autocompose.model.checkpoint import save_checkpoint
from autocompose.retrieval import index_run
from autocompose.retrieval.gallery_files import load_gallery
from tests.model_fakes import tiny_model, write_pictures


def forked(work: Callable[[], object]) -> int:
    """How a copy of this process ends that does some work: its exit code, or minus a signal."""
    child = os.fork()
    if child == 0:
        code = 0
        try:
            work()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def index(*args: object, kill_at: int | None = None, count: Path | None = None) -> int:
    """Run the command in a copy of this process, killed before its n-th flush or rename."""

    def run() -> None:
        seen = 0
        calls = {name: getattr(os, name) for name in ("fsync", "replace")}

        def counted(name: str) -> Callable[..., object]:
            def call(*values: object) -> object:
                nonlocal seen
                seen += 1
                if seen == kill_at:
                    os.kill(os.getpid(), signal.SIGKILL)
                if count is not None:
                    count.write_text(str(seen))
                return calls[name](*values)

            return call

        for name in calls:
            setattr(os, name, counted(name))
        main([str(arg) for arg in ("index", "--joints", "none", *args)])

    return forked(run)


def state(folder: Path, known: dict[str, str]) -> str:
    """Which known gallery stands in a folder; every byte of it is checked when it is opened."""
    if not (folder / "gallery.json").exists():
        return "none"
    load_gallery(folder)
    return known.get((folder / "gallery.json").read_text(), "another")


def save(folder: Path) -> None:
    save_checkpoint(folder, tiny_model(), train=None, metrics={}, card="")


def listed(folder: Path) -> list[str]:
    """Every file of a gallery; what only a writer needs starts with a dot."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if not path.relative_to(folder).parts[0].startswith(".")
    )


def outcomes(folder: Path, kills: int) -> list[dict[str, object]]:
    assert forked(lambda: save(folder / "model")) == 0
    write_pictures(folder / "old", 6)
    write_pictures(folder / "more", 10, seed=1)
    small = {**(index_run.embed_found.__kwdefaults__ or {}), "batch": 3}
    index_run.embed_found.__kwdefaults__ = small
    common = ("--checkpoint", folder / "model", "--images")
    found: list[dict[str, object]] = []
    assert index(*common, folder / "old", "--out", folder / "start") == 0
    shutil.copytree(folder / "start", folder / "clean")
    assert index(*common, folder / "more", "--out", folder / "clean", "--add") == 0
    texts = {name: (folder / name / "gallery.json").read_text() for name in ("start", "clean")}
    known = {texts["start"]: "old", texts["clean"]: "new"}
    for mode, pictures, end in (("build", "old", "old"), ("add", "more", "new")):
        args = (*common, folder / pictures, "--out", folder / "g")
        args = (*args, "--add") if mode == "add" else args

        def fresh(mode: str = mode) -> None:
            shutil.rmtree(folder / "g", ignore_errors=True)
            if mode == "add":
                shutil.copytree(folder / "start", folder / "g")

        fresh()
        assert index(*args, count=folder / "count") == 0
        total = int((folder / "count").read_text())
        for place in range(kills):
            fresh()
            at = 1 + place * (total - 1) // (kills - 1)
            code = index(*args, kill_at=at)
            after = state(folder / "g", known)
            again = index(*args) if after != end else 0
            clean = "start" if end == "old" else "clean"
            left, wanted = listed(folder / "g"), listed(folder / clean)
            # After the manifest's rename, shards that it has left out may still be there.
            same = set(left) >= set(wanted) if after == end else left == wanted
            found.append({
                "mode": mode, "at": at, "of": total, "code": code, "after": after, "again": again,
                "end": state(folder / "g", known), "wanted": end, "same files": same,
            })  # fmt: skip
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(outcomes(Path(sys.argv[1]), int(sys.argv[2]))))
