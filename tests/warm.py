"""Processes that begin with the heavy packages imported, so that tests do not wait for imports.

Each is a process of its own: it has its own arguments, environment, folder and output, answers over
real sockets, and dies of ``kill -9``. It is forked from one process that has imported torch, gradio
and the package and done nothing else. What a program reads from its environment while those are
imported is the same for all of them; a test of that starts `sys.executable` itself.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import Any

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.warm_imports"])


class WarmProcess:
    """A running Python program: the part of `subprocess.Popen` that tests use.

    ``command`` is what a shell would get, `sys.executable` first: a script, ``-m`` and a module, or
    ``-c`` and a program. ``output`` is the file descriptor that takes standard output, and standard
    error too where ``errors`` is not another one for that.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        output: int,
        errors: int | None = None,
    ) -> None:
        assert command[0] == sys.executable
        # The server of forks imports from the folders that its own environment names.
        kept = os.environ.get("PYTHONPATH")
        os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parents[1])
        try:
            streams = DupFd(output), DupFd(output if errors is None else errors)
            what = (list(command[1:]), str(cwd), dict(env), streams)
            # A daemon: one that a failed test left behind ends with the tests.
            self._process = _FORKS.Process(target=_become, args=what, daemon=True)
            self._process.start()
        finally:
            if kept is None:
                del os.environ["PYTHONPATH"]
            else:
                os.environ["PYTHONPATH"] = kept

    @property
    def pid(self) -> int:
        """Its process id."""
        pid = self._process.pid
        assert pid is not None
        return pid

    @property
    def returncode(self) -> int | None:
        """None while it runs; negative for a signal."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """The return code, if it has ended."""
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send a signal to it, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it as ``kill -9`` does."""
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; `subprocess.TimeoutExpired` after ``timeout`` seconds."""
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
        return code


class Program(WarmProcess):
    """One whose standard output and standard error come through pipes, as text."""

    def __init__(self, command: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> None:
        (said, says), (complained, complains) = os.pipe(), os.pipe()
        try:
            super().__init__(command, cwd=cwd, env=env, output=says, errors=complains)
        finally:
            os.close(says)
            os.close(complains)
        self.stdout = os.fdopen(said, encoding="utf-8")
        self.stderr = os.fdopen(complained, encoding="utf-8")

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What it says from now to its end on both; it is killed after ``timeout`` seconds."""
        complaints: list[str] = []
        reader = threading.Thread(target=lambda: complaints.append(self.stderr.read()))
        limit = threading.Timer(timeout or 280.0, self.kill)
        reader.start()
        limit.start()
        with self.stdout, self.stderr:
            said = self.stdout.read()
            reader.join()
        limit.cancel()
        self.wait(timeout)
        return said, *complaints


def run(
    command: Sequence[str], *, cwd: Path, env: Mapping[str, str], timeout: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a Python program to its end, as `subprocess.run` does with captured text."""
    program = Program(command, cwd=cwd, env=env)
    said, complained = program.communicate(timeout)
    assert program.returncode is not None
    return subprocess.CompletedProcess(command, program.returncode, said, complained)


def _become(command: list[str], cwd: str, env: dict[str, str], streams: tuple[Any, Any]) -> None:
    """Run a program in this process as if Python had been started with its command line."""
    descriptors = [stream.detach() for stream in streams]
    for stream, descriptor in enumerate(descriptors, start=1):
        os.dup2(descriptor, stream)
    for descriptor in {*descriptors} - {1, 2}:
        os.close(descriptor)
    # Those that are there were made for the files of another process: a pipe cannot be sought in.
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", 1, encoding="utf-8", errors="backslashreplace", closefd=False)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    multiprocessing.current_process().daemon = False  # so that it may have children
    try:
        if command[0] == "-m":
            sys.argv, sys.path[0] = command[1:], cwd
            runpy.run_module(command[1], run_name="__main__", alter_sys=True)
        elif command[0] == "-c":
            sys.argv, sys.path[0] = ["-c", *command[2:]], cwd
            exec(compile(command[1], "<string>", "exec"), {"__name__": "__main__"})
        else:
            sys.argv, sys.path[0] = command, str(Path(command[0]).resolve().parent)
            runpy.run_path(command[0], run_name="__main__")
    finally:
        atexit._run_exitfuncs()  # a forked process would leave without them
