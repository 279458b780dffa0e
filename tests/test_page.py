"""The page's own code: its unit tests, its files as they are served, and its types."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from autocompose.studio.page_answers import HANDLERS, TYPES, page_types
from autocompose.studio.server.page_files import (
    PLACE,
    STUDIO,
    CompressedAnswers,
    mount_script,
    page_files,
    page_route,
)
from autocompose.studio.server.page_types import typescript
from tests.browser.chromium import missing
from tests.page_tools import find_node, run

UNITS = sorted((Path(__file__).parent / "page").glob("*.test.js"))
IMPORT = re.compile(r"""^(?:import|export)\b[^;]*?["'](\.[^"']+)["'];""", re.MULTILINE)


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_test_of_the_page_passes(path):
    node = find_node()
    if node is None:
        missing("there is no Node; install pyright[nodejs]")
    done = run(node, "node", "--test", str(path))
    assert done.returncode == 0, done.stdout
    assert re.search(r"^. pass [1-9]", done.stdout, re.MULTILINE), done.stdout


def test_the_declared_types_are_those_of_the_records():
    assert TYPES.read_text(encoding="utf-8") == page_types(), "run `make types`"


def test_two_calls_of_one_name_are_the_same_call():
    by_name: dict[str, set] = {}
    for handler in HANDLERS:
        by_name.setdefault(handler.__name__, set()).add(handler)
    assert [name for name, found in by_name.items() if len(found) > 1] == []


class Side(str, Enum):
    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True)
class Inner:
    side: Side
    at: tuple[float, float]


@dataclass(frozen=True)
class Outer(Inner):
    rows: tuple[Inner, ...]
    maybe: Inner | None
    sides: tuple[Side | None, ...]
    counts: dict[str, int]


def test_records_become_types_with_what_they_inherit():
    text = typescript({"ask": Outer})
    assert 'export type Side = "left" | "right";' in text
    assert "export interface Inner {\n  side: Side;\n  at: [number, number];\n}\n" in text
    assert (
        "export interface Outer {\n  side: Side;\n  at: [number, number];\n  rows: Inner[];\n"
        "  maybe: Inner | null;\n  sides: (Side | null)[];\n  counts: Record<string, number>;\n}\n"
    ) in text
    assert text.endswith("export interface Answers {\n  ask: Outer;\n}\n")


def test_a_field_that_json_does_not_know_is_refused():
    with pytest.raises(TypeError, match="dataclass"):
        typescript({"ask": set})


# ---- files


@pytest.fixture
def client():
    async def document(request):
        return HTMLResponse("<p>page</p>" * 400)

    routes = [page_route(), Route("/", document)]
    app = Starlette(routes=routes, middleware=[Middleware(CompressedAnswers)])
    with TestClient(app) as client:
        yield client


def test_a_module_is_served_for_good_under_its_version_only(client):
    address = page_files().address("web/api.js")
    answer = client.get(f"/{address}")
    assert answer.content == (STUDIO / "web/api.js").read_bytes()
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]
    assert client.get(f"/{PLACE}/000000000000/web/api.js").status_code == 404


@pytest.mark.parametrize(
    "name",
    [
        "engine.py",
        "web/../engine.py",
        "web/%2e%2e/engine.py",
        "../../../etc/passwd",
        "web/types.d.ts",
    ],
)
def test_nothing_but_the_page_is_served(client, name):
    assert client.get(f"/{PLACE}/{page_files().version}/{name}").status_code == 404


def test_the_document_is_compressed_and_modules_are_left_to_gradio(client):
    assert client.get("/").headers["content-encoding"] == "gzip"
    assert "content-encoding" not in client.get(f"/{page_files().address('web/api.js')}").headers


def test_a_component_mounts_a_module_that_exists():
    assert page_files().address("web/masthead.js") in mount_script("web/masthead.js")
    with pytest.raises(KeyError):
        mount_script("web/none.js")


def test_every_import_of_the_page_is_a_file_of_the_page():
    files, checked = page_files().files, 0
    for name, content in files.items():
        if name.endswith(".js") and "/vendor/" not in name:
            for found in IMPORT.findall(content.decode()):
                target = (STUDIO / name).parent.joinpath(found).resolve().relative_to(STUDIO)
                assert target.as_posix() in files, f"{name} imports {found}"
                checked += 1
    assert checked >= 2


def test_the_libraries_are_as_they_were_published():
    readme = (STUDIO / "web/vendor/README.md").read_text()
    for name in ("preact", "htm"):
        content = (STUDIO / f"web/vendor/{name}.js").read_bytes()
        assert hashlib.sha256(content).hexdigest() in readme
        assert (STUDIO / f"web/vendor/{name}.LICENSE").stat().st_size > 500
