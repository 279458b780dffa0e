"""A small Batch API over a real socket, on a thread; its answers are those of model_server.py."""

from __future__ import annotations

import email
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.model_server import answer_text, completion


class BatchServer(ThreadingHTTPServer):
    """Files, batches, and what goes wrong.

    Args:
        polls: how often a batch is asked about before it has ended.
    """

    daemon_threads = True

    def __init__(self, polls: int = 1) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.polls = polls
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, dict] = {}
        self.fail_every = 0
        self.fail_forever: set[str] = set()
        self.end_as = "completed"
        self.fail_whole = ""
        self.drop_lines = False
        self.extra_lines = False
        self.refuse_create = 0
        self.lose_answer = 0
        self.lines = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def requests(self, batch: dict) -> list[dict]:
        return [json.loads(line) for line in self.files[batch["input_file_id"]].splitlines()]

    def finish(self, batch: dict) -> None:
        """Answer every line, but each ``fail_every``-th with a rate limit."""
        if self.fail_whole:
            error = {"code": "token_limit_exceeded", "message": self.fail_whole}
            batch |= {"status": "failed", "errors": {"object": "list", "data": [error]}}
            return
        good, bad = [], []
        for line in self.requests(batch):
            self.lines += 1
            item = {"id": f"r{self.lines}", "custom_id": line["custom_id"], "error": None}
            stopped = self.end_as == "expired" and self.lines % 2
            if stopped:
                bad.append({**item, "response": None, "error": {"code": "batch_expired"}})
            elif self.fail_every and self.lines % self.fail_every == 0:
                error = {"error": {"message": "slow down", "code": "rate_limit_exceeded"}}
                bad.append({**item, "response": {"status_code": 429, "body": error}})
            else:
                raw = json.dumps(line["body"]).encode()
                stage = "parts" if b'"image_url"' in raw else "phrasings"
                body = completion(answer_text(stage, raw))
                good.append({**item, "response": {"status_code": 200, "body": body}})
        if self.extra_lines:
            good = [*good, *good, {**good[0], "custom_id": "somebody-elses"}]
        if self.drop_lines:
            good = []
        for name, rows in (("output_file_id", good), ("error_file_id", bad)):
            if rows:
                batch[name] = self.keep("\n".join(json.dumps(row) for row in rows).encode())
        batch["status"] = self.end_as
        total = len(good) + len(bad)
        batch["request_counts"] = {"total": total, "completed": len(good), "failed": len(bad)}

    def keep(self, content: bytes) -> str:
        name = f"file-{len(self.files) + 1}"
        self.files[name] = content
        return name


class Handler(BaseHTTPRequestHandler):
    """Four routes."""

    server: BatchServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        path = self.path.split("?")[0].removeprefix("/v1")
        if path == "/batches":
            newest_first = list(self.server.batches.values())[::-1]
            self.say({"object": "list", "data": newest_first, "has_more": False})
        elif path.startswith("/batches/"):
            batch = self.server.batches[path.removeprefix("/batches/")]
            batch["polls"] += 1
            if batch["polls"] > self.server.polls and batch["status"] == "in_progress":
                self.server.finish(batch)
            self.say(batch)
        else:
            self.say(self.server.files[path.split("/")[2]])

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["content-length"]))
        if self.path == "/v1/files":
            head = f"content-type: {self.headers['content-type']}\r\n\r\n".encode()
            parts = email.message_from_bytes(head + raw).get_payload()
            (content,) = [p for p in parts if p.get_filename()]  # pyright: ignore
            self.say({**FILE, "id": self.server.keep(content.get_payload(decode=True))})
            return
        asked = json.loads(raw)
        if self.server.refuse_create:
            self.server.refuse_create -= 1
            self.say({"error": {"message": "too many enqueued tokens"}}, status=400)
            return
        name = f"batch-{len(self.server.batches) + 1}"
        batch = {
            "id": name, "object": "batch", "status": "in_progress", "created_at": 1, "polls": 0,
            **asked,
        }  # fmt: skip
        self.server.batches[name] = batch
        if self.server.lose_answer:
            self.server.lose_answer -= 1
            self.close_connection = True
            self.connection.close()
            return
        self.say(batch)

    def say(self, document: object, status: int = 200) -> None:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


FILE = {
    "object": "file", "bytes": 1, "created_at": 1, "filename": "requests.jsonl",
    "purpose": "batch", "status": "processed",
}  # fmt: skip


@contextmanager
def batch_server(polls: int = 1) -> Iterator[BatchServer]:
    """A running server; it ends with the block."""
    with BatchServer(polls) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
