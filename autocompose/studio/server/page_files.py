"""The page's own files: ES modules, styles and pictures, served under a version of their content.

An address with the version never changes its content, so that browsers keep it for good. What is
served is read once and listed by name: no request reaches the disk.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

STUDIO = Path(__file__).parents[1]

PLACE = "studio-page"
"""First part of the address, relative to the page, so that it works behind any prefix."""

KINDS = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".jpg": "image/jpeg",
}
"""Content types by suffix. The system's own table may call a script plain text."""

FOR_GOOD = {"Cache-Control": "public, max-age=31536000, immutable"}

_IMPORT = re.compile(r"""^(?:import|export)\b[^;]*?["'](\.[^"']+)["'];""", re.MULTILINE)

SMALL = 1000
"""Answers below this many bytes are not worth compressing."""


@dataclass(frozen=True)
class PageFiles:
    """All files of the page by their name from the folder ``studio``, and their version."""

    version: str
    files: Mapping[str, bytes]

    def address(self, name: str) -> str:
        """Where a file is found, relative to the page.

        Raises:
            KeyError: the page has no such file.
        """
        if name not in self.files:
            raise KeyError(f"the page has no file {name}")
        return f"{PLACE}/{self.version}/{name}"

    def imports(self, *entries: str) -> tuple[str, ...]:
        """Modules, with all that they import in turn."""
        found = list(entries)
        for name in found:
            for relative in _IMPORT.findall(self.files[name].decode()):
                other = posixpath.normpath(f"{posixpath.dirname(name)}/{relative}")
                if other not in found:
                    found.append(other)
        return tuple(found)


@cache
def page_files() -> PageFiles:
    """The files in ``web`` and in the folders ``page`` of the tabs."""
    folders = [STUDIO / "web", *sorted(STUDIO.glob("*/page"))]
    found = {
        path.relative_to(STUDIO).as_posix(): path.read_bytes()
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.suffix in KINDS
    }
    digest = hashlib.sha256()
    for name, content in found.items():
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return PageFiles(digest.hexdigest()[:12], found)


def mount_script(module: str) -> str:
    """The load script of a component: imports a module of the page and calls its ``mount``.

    ``mount`` gets Gradio's ``element``, ``server`` (the server functions) and ``upload``.

    Args:
        module: its name from the folder ``studio``, such as ``retrieve/page/index.js``.
    """
    # Gradio runs this as a function's body; it hands in the three names, and no others are ours.
    return (
        f'import(new URL("{page_files().address(module)}", document.baseURI)).then('
        "(page) => page.mount({ element, server, upload }),"
        " () => element.querySelector('[data-root]')?.replaceChildren("
        '"This part of the page could not be loaded. Reload the page."));'
    )


def page_route() -> Route:
    """Serves the files of `page_files` to everybody; they hold nothing private."""
    known = page_files()

    def serve(request: Request) -> Response:
        name = request.path_params["name"]
        if request.path_params["version"] != known.version or name not in known.files:
            return Response("no such file of the page", status_code=404)
        kind = KINDS[Path(name).suffix]
        return Response(known.files[name], headers={**FOR_GOOD, "Content-Type": kind})

    return Route(f"/{PLACE}/{{version}}/{{name:path}}", serve, methods=["GET", "HEAD"])


class CompressedAnswers:
    """Compresses the document and the answers to calls.

    Gradio compresses files by their suffix, and neither of these has one.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.compressing = GZipMiddleware(app, minimum_size=SMALL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        plain = scope["type"] == "http" and "." not in scope["path"].rpartition("/")[2]
        await (self.compressing if plain else self.app)(scope, receive, send)
