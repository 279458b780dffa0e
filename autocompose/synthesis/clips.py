"""Where the motion clips come from.

The files of the pybullet wheel (zlib licence), which need no pybullet.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from autocompose.errors import MissingExtraError

_WHEEL = "pybullet==3.2.7"
_MOTIONS = "pybullet_data/data/motions/"


def find_clips(cache: Path) -> Path:
    """The folder with ``humanoid3d_*.txt``.

    Of an installed pybullet, or taken once out of its wheel.

    The wheel exists for Python up to 3.11 only, but its data files suit every version; so the
    wheel is downloaded without being installed (21 MB of motion and model files, once).

    Args:
        cache: folder that keeps the clips.

    Raises:
        MissingExtraError: no network; the message says which files to put where.
    """
    spec = importlib.util.find_spec("pybullet_data")
    for root in (spec.submodule_search_locations or ()) if spec else ():
        if (Path(root) / "data" / "motions" / "humanoid3d_walk.txt").exists():
            return Path(root) / "data" / "motions"
    folder = cache / "motions"
    if (folder / "humanoid3d_walk.txt").exists():
        return folder
    with tempfile.TemporaryDirectory() as scratch:
        command = [
            sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
            "--only-binary", ":all:", "--python-version", "3.11",
            "--platform", "manylinux2014_x86_64", "--dest", scratch, _WHEEL,
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        wheels = list(Path(scratch).glob("*.whl"))
        if done.returncode or not wheels:
            raise MissingExtraError(
                f"the motion clips could not be fetched ({_WHEEL}); unpack {_MOTIONS} of its wheel "
                "and pass the folder as --clips"
            )
        folder.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(wheels[0]) as wheel:
            for name in sorted(wheel.namelist()):
                if name.startswith(_MOTIONS + "humanoid3d_") and name.endswith(".txt"):
                    (folder / Path(name).name).write_bytes(wheel.read(name))
    return folder
