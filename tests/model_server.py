"""An endpoint that speaks chat completions, in a process of its own: slow, faulty, and counting.

``python tests/model_server.py --port 8000 --latency 0.3``. It looks into a request only as far as
its answer needs, so that it costs little beside the client that is measured against it.

- ``POST /v1/chat/completions`` answers part sentences where pictures are attached, phrasings else;
- ``POST /faults`` queues what happens to the next requests, see `Fault`;
- ``POST /latency`` sets the seconds before an answer;
- ``GET /counts`` tells what was asked, see `Counts`.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field

# Angles stand in them, so that no two pairs get the same parts: equal requests are asked once.
PARTS = {
    "left arm": "Raise the left arm by {0} degrees.",
    "right knee": "Bend the right knee by {1} degrees.",
    "head": "Turn the head by {2} degrees to the right.",
}
OPENINGS = ["", "As if greeting a friend, ", "Slowly: ", "In one go, ", "Like a dancer, "]


@dataclass
class Fault:
    """What happens to the next ``times`` requests of a stage.

    Args:
        kind: ``status`` (an HTTP error), ``hang`` (no answer), ``cut`` (half an answer, then the
            connection closes), ``text`` (this content instead of an answer), ``body`` (an error
            in the body of a success), ``page`` (this text as it is, with an HTTP error).
        stage: ``parts`` (pictures attached), ``phrasings`` (none), or empty for both.
        every: hit only each n-th of the requests that match.
        contains: hit only requests whose body contains this text, e.g. a picture in base64.
    """

    kind: str
    status: int = 500
    message: str = "injected"
    code: str = ""
    retry_after: float | None = None
    text: str = ""
    stage: str = ""
    times: int = 1
    every: int = 1
    contains: str = ""
    seen: int = 0


@dataclass
class Counts:
    """What reached the server.

    Args:
        arrived: requests read to their end.
        answered: requests answered with 200.
        statuses: answers by HTTP status.
        stages: requests by stage.
        repeated: requests whose body had come before.
        peak: most requests in flight at once.
        keys: the distinct Authorization headers.
        last: the body of the last request, pictures cut short.
    """

    arrived: int = 0
    answered: int = 0
    repeated: int = 0
    peak: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    stages: Counter[str] = field(default_factory=Counter)
    keys: list[str] = field(default_factory=list)
    last: str = ""


class ModelServer:
    """The state that all connections share."""

    def __init__(self, latency: float, *, digests: bool = True) -> None:
        """Answer after ``latency`` seconds; ``digests`` to notice repeated bodies."""
        self.latency = latency
        self.digests = digests
        self.faults: list[Fault] = []
        self.counts = Counts()
        self.seen: set[bytes] = set()
        self.in_flight = 0

    def fault_for(self, stage: str, body: bytes) -> Fault | None:
        for fault in self.faults:
            matches = fault.stage in ("", stage) and fault.contains.encode() in body
            if fault.times > 0 and matches:
                fault.seen += 1
                if fault.seen % fault.every == 0:
                    fault.times -= 1
                    return fault
        return None

    def control(self, method: str, path: str, body: bytes) -> object:
        if method == "POST" and path == "/faults":
            self.faults = [Fault(**fault) for fault in json.loads(body)]
        if method == "POST" and path == "/latency":
            self.latency = float(json.loads(body))
        if method == "POST" and path == "/forget":
            self.counts, self.seen = Counts(), set()
        return vars(self.counts)


class Connection(asyncio.Protocol):
    """One keep-alive connection; requests on it come one after the other."""

    def __init__(self, server: ModelServer) -> None:
        """Serve from the shared state."""
        self.server = server
        self.buffer = bytearray()
        self.body_at = self.body_size = 0
        self.head = b""
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.head:
            at = self.buffer.find(b"\r\n\r\n")
            if at < 0:
                return
            self.head = bytes(self.buffer[:at])
            self.body_at = at + 4
            self.body_size = int(self.header("content-length") or 0)
            assert "chunked" not in self.header("transfer-encoding"), "send a content-length"
        if len(self.buffer) >= self.body_at + self.body_size:
            body = bytes(self.buffer[self.body_at : self.body_at + self.body_size])
            self.buffer = self.buffer[self.body_at + self.body_size :]
            self.take(body)

    def header(self, name: str) -> str:
        for line in self.head.decode("latin-1").split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.lower() == name:
                return value.strip()
        return ""

    def take(self, body: bytes) -> None:
        method, path, _ = self.head.split(b"\r\n", 1)[0].decode().split(" ", 2)
        key = self.header("authorization")
        self.head = b""
        server, counts = self.server, self.server.counts
        if not path.endswith("/chat/completions"):
            self.send(200, server.control(method, path, body))
            return
        stage = "parts" if body.find(b'"image_url"') >= 0 else "phrasings"
        counts.arrived += 1
        counts.stages[stage] += 1
        if key not in counts.keys:
            counts.keys.append(key)
        if server.digests:
            digest = hashlib.sha256(body).digest()
            counts.repeated += digest in server.seen
            server.seen.add(digest)
            counts.last = body[-20_000:].decode(errors="replace")
        server.in_flight += 1
        counts.peak = max(counts.peak, server.in_flight)
        loop = asyncio.get_running_loop()
        loop.call_later(server.latency, self.answer, stage, body)

    def answer(self, stage: str, body: bytes) -> None:
        server, counts = self.server, self.server.counts
        server.in_flight -= 1
        fault = server.fault_for(stage, body)
        kind = fault.kind if fault else ""
        if fault and kind == "status":
            counts.statuses[fault.status] += 1
            error = {"message": fault.message, "type": "injected", "code": fault.code or None}
            self.send(fault.status, {"error": error}, retry_after=fault.retry_after)
            return
        if fault and kind == "body":
            self.send(200, {"error": {"message": fault.message, "code": fault.status}})
            return
        if fault and kind == "page":
            self.send(fault.status, fault.text)
            return
        if kind == "hang":
            return
        content = fault.text if fault and kind == "text" else answer_text(stage, body)
        counts.answered += kind != "cut"
        counts.statuses[200] += 1
        self.send(200, completion(content), cut=kind == "cut")

    def send(
        self, status: int, document: object, *, retry_after: float | None = None, cut: bool = False
    ) -> None:
        page = isinstance(document, str)
        body = document.encode() if page else json.dumps(document).encode()
        kind = "text/html" if page else "application/json"
        wait = f"retry-after: {retry_after:g}\r\n" if retry_after is not None else ""
        head = (
            f"HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\n{wait}"
            f"content-length: {len(body)}\r\n\r\n"
        )
        if self.transport.is_closing():
            return
        self.transport.write(head.encode() + (body[: len(body) // 2] if cut else body))
        if cut:
            self.transport.close()


def answer_text(stage: str, body: bytes) -> str:
    """A valid answer to a request of ours: phrasings repeat the notes that they are asked for."""
    if stage == "parts":
        angles = [10 + byte % 160 for byte in hashlib.sha256(body).digest()[:3]]
        rows = [{"part": part, "text": text.format(*angles)} for part, text in PARTS.items()]
        return json.dumps({"parts": rows})
    document = json.loads(body)
    asked = document["messages"][-1]["content"] if document.get("messages") else ""
    notes = [line.split(": ", 1)[1] for line in asked.splitlines() if line.startswith("- ")]
    whole = " ".join(notes) or "Stand still."
    return json.dumps({"phrasings": [start + whole for start in OPENINGS[: wanted(document)]]})


def wanted(body: dict) -> int:
    """How many phrasings the response schema asks for."""
    schema = body.get("response_format", {}).get("json_schema", {}).get("schema", {})
    return schema.get("properties", {}).get("phrasings", {}).get("minItems", 3)


def completion(content: str) -> dict:
    """A chat completion with one choice."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "local-1",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": content},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 900, "completion_tokens": 60, "total_tokens": 960},
    }


async def serve(port: int, server: ModelServer) -> None:
    """Listen until the process ends."""
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(lambda: Connection(server), "127.0.0.1", port, backlog=512)
    await listener.serve_forever()


def main() -> None:
    """Read the options and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before an answer")
    parser.add_argument("--no-digests", action="store_true", help="do not notice repeated bodies")
    options = parser.parse_args()
    asyncio.run(serve(options.port, ModelServer(options.latency, digests=not options.no_digests)))


if __name__ == "__main__":
    main()
