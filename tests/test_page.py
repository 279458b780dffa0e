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
from autocompose.studio.server.cards import Card, card_route, foot
from autocompose.studio.server.document import TITLE, OwnDocument, own_head
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


# ---- the document and its foot

GRADIO = (
    '<html><head><base href="./" /><meta property="og:title" content="Gradio" />'
    '<meta\n\t\tproperty="og:image"\n content="https://elsewhere/x.jpg" />'
    '<meta name="twitter:creator" content="@Gradio" />'
    '<script>window.gradio_config = {"root":"https://host/people/studio"};</script>'
    '<link rel="manifest" href="/manifest.json" /></head><body></body></html>'
)


def test_a_link_to_the_page_is_shown_with_its_own_words_and_picture():
    document = own_head(GRADIO)
    assert "Gradio" not in document
    assert "elsewhere" not in document
    assert f'og:title" content="{TITLE}"' in document
    assert 'og:image" content="https://host/people/studio/studio-page/' in document
    assert 'href="manifest.json"' in document
    assert document.index("<base") < document.index('rel="icon"')
    assert document.index("web/frames.js") < document.index("gradio_config")  # before its modules


def test_every_file_that_the_document_names_is_served(client):
    document = own_head(GRADIO).replace("https://host/people/studio/", "")
    named = re.findall(rf'"({PLACE}/[^"]+)"', document)
    assert len(named) > 10
    for address in named:
        assert client.get(f"/{address}").status_code == 200, address


def test_the_document_that_is_sent_is_whole(client):
    answer = client.get("/")
    assert answer.text.startswith("<base")
    assert answer.text.endswith("<p>page</p>" * 400)
    assert TITLE in answer.text


def test_the_foot_links_the_texts_that_are_there(tmp_path):
    (tmp_path / "card.md").write_text("# <b>people</b>")
    cards = (
        Card("data", "Data card", tmp_path / "card.md"),
        Card("model", "Model card", tmp_path / "none.md"),
    )
    text = foot(cards, 'https://host/"code"')
    assert "2503.22884" in text
    assert "Data card" in text
    assert "Model card" not in text
    assert 'https://host/"code"' not in text
    with TestClient(Starlette(routes=[card_route(cards)])) as client:
        answer = client.get(f"/{PLACE}/card/data")
        assert answer.text == "# <b>people</b>"
        assert answer.headers["content-type"].startswith("text/plain")
        for name in ("model", "../../etc/passwd", "none"):
            assert client.get(f"/{PLACE}/card/{name}").status_code == 404


# ---- files


@pytest.fixture
def client():
    async def document(request):
        return HTMLResponse('<base href="./" />' + "<p>page</p>" * 400)

    routes = [page_route(), Route("/", document)]
    app = Starlette(
        routes=routes, middleware=[Middleware(CompressedAnswers), Middleware(OwnDocument)]
    )
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
    files = page_files()
    entries = ["web/masthead.js", *(n for n in files.files if n.endswith("/page/index.js"))]
    found = files.imports(*entries)  # fails on a name that is no file
    assert {"web/api.js", "web/vendor/preact.js", "retrieve/page/state.js"} <= set(found)
    assert len(found) == len(set(found))


def test_text_grows_with_the_size_that_a_visitor_has_chosen():
    for name, content in page_files().files.items():
        if name.endswith(".css"):
            assert re.findall(r"(?:font-size|line-height):[^;}]*px", content.decode()) == [], name


def test_the_libraries_are_as_they_were_published():
    readme = (STUDIO / "web/vendor/README.md").read_text()
    for name in ("preact", "htm"):
        content = (STUDIO / f"web/vendor/{name}.js").read_bytes()
        assert hashlib.sha256(content).hexdigest() in readme
        assert (STUDIO / f"web/vendor/{name}.LICENSE").stat().st_size > 500


def test_no_line_of_the_page_is_over_100_columns():
    sources = [p for p in STUDIO.rglob("*.js") if "vendor" not in p.parts]
    assert len(sources) > 40
    long = [
        f"{path.name}:{number}"
        for path in sources
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if len(line) > 100
    ]
    assert not long
