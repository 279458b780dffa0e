"""Commands that run from another copy of the package than the repository's, warm.

``python warm_clone.py`` imports the package that its own PYTHONPATH names, once, and then forks for
every command that it is sent: a line of JSON with the words, the folder and two files for what the
program says. It answers each with a line: the exit code. Standard library only until the imports.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import runpy
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

HEAVY = ("autocompose.cli", "autocompose.evaluation.protocol", "autocompose.studio.engine")
"""Imported before a command arrives."""


class WarmClone:
    """The package of a clone, imported once in a process of its own."""

    def __init__(self, server: subprocess.Popen[str], folder: Path) -> None:
        self._server = server
        self._folder = folder

    def run(self, words: Sequence[str]) -> str:
        """Standard output of ``python WORDS`` in the folder of the clone; it must end well."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        with tempfile.TemporaryDirectory() as place:
            said, complained = Path(place) / "out", Path(place) / "err"
            asked = [list(words), str(said), str(complained)]
            self._server.stdin.write(json.dumps(asked) + "\n")
            self._server.stdin.flush()
            code = self._server.stdout.readline().strip()
            assert code == "0", f"{words}: {code}\n{complained.read_text()[-2000:]}"
            return said.read_text(encoding="utf-8")


@contextmanager
def warm_clone(folder: Path, environment: Mapping[str, str]) -> Iterator[WarmClone]:
    """Start it in a folder, with an environment whose PYTHONPATH is the folder."""
    server = subprocess.Popen(
        [sys.executable, __file__], cwd=folder, env=environment, text=True, encoding="utf-8",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield WarmClone(server, folder)
    finally:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.close()  # which ends it
        server.wait(timeout=60)
        server.stdout.close()


def _become(words: list[str], said: str, complained: str) -> int:
    """Run a Python program in this forked process; its exit code."""
    for stream, file in ((1, said), (2, complained)):
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT)
        os.dup2(descriptor, stream)
        os.close(descriptor)
    sys.stdin = io.StringIO()
    sys.argv = words
    try:
        if words[0] == "-c":
            exec(compile(words[1], "<block>", "exec"), {"__name__": "__main__"})
        else:
            sys.argv = words[1:]
            runpy.run_module(words[1], run_name="__main__", alter_sys=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def main() -> None:
    """Answer until standard input ends."""
    sys.path[0] = os.getcwd()  # as for `python -m`, not this script's folder
    for name in HEAVY:
        importlib.import_module(name)
    assert Path(sys.modules["autocompose"].__file__ or "").parent.parent == Path.cwd()
    assert threading.active_count() == 1
    for line in sys.stdin:
        words, said, complained = json.loads(line)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = _become(words, said, complained)
                sys.stdout.flush()
                sys.stderr.flush()
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
