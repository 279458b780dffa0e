"""The page's document as its visitors and those who link it see it: Gradio's, with our own head."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from autocompose.studio.server.page_files import page_files

TITLE = "AutoComPose Studio"
DESCRIPTION = (
    "Show a pose, say what should change, find the matching picture: composed pose retrieval,"
    " descriptions of what changes between two poses, and a desk to review them."
)
PICTURE = "web/card.jpg"
ICON = "web/icon.svg"
FRAMES = "web/frames.js"

_GRADIOS = re.compile(r'\s*<meta\s+(?:property="og:|name="twitter:)[^>]*>')
_ROOT = re.compile(r'"root":"([^"]*)"')


def own_head(document: str) -> str:
    """Gradio's document with our title, description, picture and icon for links.

    Addresses are relative to the page, but for the picture: those who show links want it whole.
    """
    root = _ROOT.search(document)
    base = html.escape(root.group(1).rstrip("/") if root else "", quote=True)
    files = page_files()
    modules = files.imports("web/masthead.js", "retrieve/page/index.js")
    tags = [
        f'<meta name="description" content="{DESCRIPTION}" />',
        '<meta property="og:type" content="website" />',
        f'<meta property="og:title" content="{TITLE}" />',
        f'<meta property="og:description" content="{DESCRIPTION}" />',
        f'<meta property="og:url" content="{base}/" />',
        f'<meta property="og:image" content="{base}/{files.address(PICTURE)}" />',
        '<meta name="twitter:card" content="summary_large_image" />',
        # No module: it must be there before Gradio's modules take the function that it replaces.
        f'<script src="{files.address(FRAMES)}"></script>',
        f'<link rel="icon" type="image/svg+xml" href="{files.address(ICON)}" />',
        *(f'<link rel="modulepreload" href="{files.address(name)}" />' for name in modules),
    ]
    without = _GRADIOS.sub("", document).replace('href="/manifest.json"', 'href="manifest.json"')
    # Behind <base>, which addresses are relative to.
    before, base_tag, after = without.partition("<base")
    end = after.find(">") + 1
    return f"{before}{base_tag}{after[:end]}\n" + "\n".join(tags) + after[end:]


@dataclass
class _Held:
    """A response that waits until its body is complete."""

    start: Message = field(default_factory=dict)
    body: bytes = b""


class OwnDocument:
    """Gives the document at the root its head; everything else passes as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "GET" or not _is_root(scope):
            await self.app(scope, receive, send)
            return
        held = _Held()

        async def hold(message: Message) -> None:
            if message["type"] == "http.response.start":
                held.start = message
            elif message["type"] == "http.response.body":
                held.body += message.get("body", b"")
                if not message.get("more_body"):
                    await _release(held, send)

        await self.app(scope, receive, hold)


def _is_root(scope: Scope) -> bool:
    return scope["path"].removeprefix(scope.get("root_path", "")) in ("", "/")


async def _release(held: _Held, send: Send) -> None:
    headers = [(name, value) for name, value in held.start["headers"] if name != b"content-length"]
    if dict(headers).get(b"content-type", b"").startswith(b"text/html"):
        held.body = own_head(held.body.decode()).encode()
    headers.append((b"content-length", str(len(held.body)).encode()))
    await send({**held.start, "headers": headers})
    await send({"type": "http.response.body", "body": held.body})
