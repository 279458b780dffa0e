"""A headless Chromium and a studio server, one of each for the whole run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.chromium import free_port, launched, served
from tests.browser.lab_pages import started
from tests.peers import Peer, model_server


@pytest.fixture(scope="session")
def browser():
    with launched() as browser:
        yield browser


@pytest.fixture(autouse=True)
def no_complaints(request):
    """Fails every browser test in which a page or its console reports an error."""
    watched = request.getfixturevalue("browser") if "browser" in request.fixturenames else None
    if watched is not None:
        watched.take()
    yield
    if watched is not None:
        # A page that a failed test left open would complain in the tests that follow.
        watched.close_pages()
        assert watched.take() == []


@pytest.fixture(scope="session")
def sticks(tmp_path_factory, browser) -> Iterator[str]:
    """A studio over stick figures and a retriever without a model."""
    port = free_port()
    folder = tmp_path_factory.mktemp("sticks") / "data"
    script = str(Path(__file__).with_name("serve_sticks.py"))
    with served([sys.executable, script, str(folder), str(port)], port) as address:
        yield address


@pytest.fixture(scope="session")
def live_model() -> Iterator[Peer]:
    """The endpoint behind `model_studio`: slow enough to see the stages come."""
    with model_server(latency=0.5) as peer:
        yield peer


@pytest.fixture(scope="session")
def model_studio(tmp_path_factory, browser, live_model) -> Iterator[str]:
    """The studio of `sticks` with a multimodal model set up by its operator."""
    port = free_port()
    folder = tmp_path_factory.mktemp("live") / "data"
    script = str(Path(__file__).with_name("serve_sticks.py"))
    command = [sys.executable, script, str(folder), str(port), live_model.base_url]
    with served(command, port) as address:
        yield address


@pytest.fixture(scope="module")
def lab(tmp_path_factory, browser) -> Iterator[str]:
    """The Pose lab over stick figures and a model of random numbers."""
    with started(tmp_path_factory, "lab") as address:
        yield address
