"""The clients that docs/web_api.md shows, run against a studio."""

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests import warm
from tests.browser.chromium import REPOSITORY, free_port, served

pytestmark = pytest.mark.slow

DOCUMENT = (REPOSITORY / "docs" / "web_api.md").read_text("utf-8")
BLOCKS = re.findall(r"```(python|bash)\n(.*?)```", DOCUMENT, re.DOTALL)
HAS_MCP = find_spec("mcp") is not None


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    port = free_port()
    script = str(REPOSITORY / "tests" / "browser" / "serve_errors.py")
    options = ["model", "mcp"] if HAS_MCP else ["model"]
    folder = str(tmp_path_factory.mktemp("api"))
    with served([sys.executable, script, folder, str(port), *options], port) as address:
        yield address


def ran(command, code, address):
    """What an example prints, asked of the studio at an address about one of its pictures."""
    code = code.replace("http://127.0.0.1:7860", address)
    code = code.replace("test0000_p1_front.jpg", "pose_00_p0_front.jpg")
    if command[0] == sys.executable:
        done = warm.run([*command, code], cwd=REPOSITORY, env=os.environ, timeout=120)
    else:
        done = subprocess.run([*command, code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_document_names_a_picture_of_the_demo():
    assert [language for language, _ in BLOCKS] == ["python", "bash", "python"]
    assert Path(REPOSITORY, "annotations/demo/images/test0000_p1_front.jpg").is_file()


def test_the_python_client(address):
    said = ran([sys.executable, "-c"], BLOCKS[0][1], address).splitlines()
    assert [line.split()[0] for line in said[:5]] == ["1", "2", "3", "4", "5"]
    assert re.match(r"left arm: \S+ (supported|contradicted|unknown) .*\d", said[5])
    assert re.match(r"\{'1': [\d.]+, '5': [\d.]+, '10': [\d.]+, '50': 100.0\} \{", said[-1])


def test_the_curl_client(address):
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    said = ran(["bash", "-c"], BLOCKS[1][1], address)
    assert "event: complete" in said
    assert said.count('"rank"') == 5


def test_what_is_wrong_is_said_in_one_line(address):
    from gradio_client import Client

    studio = Client(address, verbose=False)
    for call, words in (
        ({"image": "x.jpg", "text": "sit", "api_name": "/retrieve"}, "not in the gallery"),
        ({"split": "nope", "api_name": "/evaluate"}, "no texts under"),
        ({"checkpoint": "../tiny", "api_name": "/evaluate"}, "not in this workspace"),
        ({"reference": "pose_00_p0_front.jpg", "target": "pose_01_p1_front.jpg", "text": " ",
          "api_name": "/verify"}, "write 1 to"),
    ):  # fmt: skip
        with pytest.raises(Exception, match=words) as caught:
            studio.predict(**call)
        assert "\n" not in str(caught.value).strip()


@pytest.mark.skipif(not HAS_MCP, reason="the extra mcp is not installed")
def test_the_mcp_client(address):
    said = ran([sys.executable, "-c"], BLOCKS[2][1], address)
    for name in ("retrieve", "describe", "verify", "evaluate"):
        assert name in said.splitlines()[0]
    assert '"rank"' in said or "'rank'" in said
