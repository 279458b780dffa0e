"""A reverse proxy that puts a studio behind a path prefix, as nginx and hosted Spaces do."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from tests.browser.chromium import free_port

HOPS = {"connection", "content-length", "host", "keep-alive", "transfer-encoding", "upgrade"}
"""Headers that concern one connection only."""


@contextmanager
def behind(address: str, prefix: str) -> Iterator[str]:
    """Serve a studio, which knows its prefix, at the address that is yielded."""
    port = free_port()

    async def forward(request: Request) -> StreamingResponse:
        client: httpx.AsyncClient = request.app.state.client
        sent = client.build_request(
            request.method,
            f"{address}/{request.path_params['path']}?{request.url.query}".rstrip("?"),
            headers=[(k, v) for k, v in request.headers.raw if k.decode() not in HOPS]
            + [(b"x-forwarded-host", f"127.0.0.1:{port}".encode())],
            content=await request.body(),
        )
        got = await client.send(sent, stream=True)
        headers = {k: v for k, v in got.headers.items() if k not in HOPS}
        return StreamingResponse(
            got.aiter_raw(), got.status_code, headers, background=BackgroundTask(got.aclose)
        )

    @asynccontextmanager
    async def lifespan(app: Starlette):
        async with httpx.AsyncClient(timeout=None) as app.state.client:
            yield

    route = Route(f"{prefix}/{{path:path}}", forward, methods=["GET", "HEAD", "POST"])
    app = Starlette(routes=[route], lifespan=lifespan)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 20
    while not server.started and time.monotonic() < until:
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{port}{prefix}/"
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(10)
