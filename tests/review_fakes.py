"""A small dataset to review, a clock that is told the time, and a temporary PostgreSQL server."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image
from sqlalchemy import select

from autocompose.data.captions.caption_files import read_caption_file
from autocompose.data.dataset import PoseDataset, open_dataset, write_captions, write_split
from autocompose.errors import TextError
from autocompose.review.files.imports import ImportReport, import_records
from autocompose.review.store.records import Decision, Judgement, ReviewItem, Save
from autocompose.review.store.review_store import Store
from autocompose.review.store.tables import items

PARTS = [{"part": "left_arm", "text": "Raise the left arm."},
         {"part": "right_knee", "text": "Bend the right knee."}]  # fmt: skip


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 21, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def forward(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


def write_dataset(root: Path, pairs: int = 4, split: str = "train") -> PoseDataset:
    """``pairs`` records with the keys mllm (two texts), reverse and mirror."""
    (root / "images").mkdir(parents=True, exist_ok=True)
    names = [f"pose{i}.png" for i in range(pairs + 1)]
    for name in names:
        Image.new("RGB", (4, 4)).save(root / "images" / name)
    rows = [
        {
            "reference": names[i],
            "target": names[i + 1],
            "img_set": [names[i + 1], names[i]],
            "mllm": [f"Raise the left arm, {i}.", f"Lift your left arm, {i}."],
            "reverse": [f"Lower the left arm, {i}."],
            "mirror": [f"Raise the right arm, {i}."],
            "parts": PARTS,
            "provenance": {"provider": "openai", "model": "small" if i % 2 else "large"},
        }
        for i in range(pairs)
    ]
    write_captions(root / "captions" / f"{split}.json", rows)
    write_split(root / "image_splits" / f"{split}.json", names)
    return open_dataset(root)


def import_split(store: Store, dataset: PoseDataset, split: str = "train") -> ImportReport:
    found = read_caption_file(dataset.root / "captions" / f"{split}.json")
    return import_records(store, found, dataset=dataset, split=split, by="importer")


def ids_of(store: Store, key: str = "mllm") -> list[str]:
    query = select(items.c.description_id).where(items.c.caption_key == key)
    with store.database.read() as connection:
        return list(
            connection.execute(
                query.where(items.c.planted == 0, items.c.superseded == 0).order_by(
                    items.c.position
                )
            ).scalars()
        )


def accept(operation: str, description_id: str, base: int, judgement: Judgement, **fields) -> Save:
    accepted = replace(judgement, verdict=Decision.ACCEPTED)
    return Save(
        operation, description_id, base, accepted, **{"reviewer": "ada", "active_ms": 9000} | fields
    )


def reject(operation: str, item: ReviewItem, reviewer: str, **fields) -> Save:
    judgement = replace(item.original, verdict=Decision.REJECTED, **fields)
    return Save(operation, item.id, 0, judgement, reviewer, active_ms=9000)


def mirror(text: str) -> str:
    """Exchange the two words; refuse a text that says "own"."""
    if "own" in text:
        raise TextError('"own" may not be a side')
    swap = {"left": "right", "right": "left"}
    return " ".join(swap.get(word, word) for word in text.split(" "))


@dataclass(frozen=True)
class Postgres:
    """A server of its own, reached through a socket in a folder of its own."""

    folder: Path
    binaries: Path
    user: int | None

    def run(self, program: str, *args: str) -> None:
        # The server refuses to run as root, as tests in a container do.
        command = [str(self.binaries / program), *args]
        subprocess.run(
            command, user=self.user, cwd=self.folder, check=True, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
        )  # fmt: skip

    def start(self) -> None:
        options = f"-c listen_addresses='' -c unix_socket_directories={self.folder}"
        data = str(self.folder / "data")
        self.run("pg_ctl", "-D", data, "-o", options, "-w", "-l", f"{self.folder}/log", "start")

    def kill(self) -> None:
        """Stop as a crash does: nothing is written any more."""
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")

    def database(self, name: str) -> str:
        self.run("createdb", "-h", str(self.folder), "-U", "review", "-T", "template0", name)
        return f"postgresql://review@/{name}?host={self.folder}"


def find_postgres() -> Path | None:
    """The folder of the server's programs; Debian keeps them off the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    return Path(on_path).resolve().parent if on_path else None


@contextlib.contextmanager
def postgres(binaries: Path) -> Iterator[Postgres]:
    """Start a server with an empty cluster; stop it and remove everything afterwards."""
    user = None
    if os.getuid() == 0:
        names = {entry.pw_name: entry.pw_uid for entry in pwd.getpwall()}
        user = names.get("postgres", names["nobody"])
    folder = Path(tempfile.mkdtemp(prefix="review-pg-"))
    if user is not None:
        os.chown(folder, user, -1)
    server = Postgres(folder, binaries, user)
    data = str(folder / "data")
    try:
        server.run("initdb", "-D", data, "-U", "review", "-A", "trust", "-E", "UTF8")
        server.start()
        try:
            yield server
        finally:
            server.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
