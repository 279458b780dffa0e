"""Reviewed texts to a Hub: a small one on this machine that answers as the real one does."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from autocompose.cli import main
from autocompose.data.row_files import read_parquet
from autocompose.review.store.records import Decision, Reason, Save
from autocompose.review.store.review_store import Store
from tests import review_fakes as fakes

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).resolve().parents[1]
TOKEN = "hf_" + "SecretOfTheTest1234567890abcdef"
OWNERS = ("ada",)


@dataclass
class Repo:
    private: bool
    commits: list[dict[str, bytes]] = field(default_factory=lambda: [{}])

    @property
    def sha(self) -> str:
        return f"{len(self.commits) - 1:040x}"


class Hub:
    """The part of the Hub that a push talks to: repositories, commits, files."""

    def __init__(self) -> None:
        self.repos: dict[str, Repo] = {}
        self.spoils = False  # hands out other bytes than it was given
        self.seen: list[tuple[str, str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.handle_one("GET")

            def do_HEAD(self) -> None:
                self.handle_one("HEAD")

            def do_POST(self) -> None:
                self.handle_one("POST")

            def handle_one(self, method: str) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                outer.seen.append((method, self.path))
                path = unquote(urlsplit(self.path).path)
                if self.headers.get("authorization") != f"Bearer {TOKEN}":
                    answer = (401, {"error": "Invalid credentials"}, {})
                else:
                    answer = outer.answer(method, path, body)
                status, content, headers = answer
                data = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                if method != "HEAD":
                    self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, object, dict[str, str]]:
        if path == "/api/repos/create":
            asked = json.loads(body)
            owner = asked.get("organization") or OWNERS[0]
            name = f"{owner}/{asked['name']}"
            if owner not in OWNERS:
                return 403, {"error": f"You don't have the rights to create under {owner}"}, {}
            url = {"url": f"{self.address}/datasets/{name}"}
            if name in self.repos:
                return 409, {"error": "You already created this dataset repo", **url}, {}
            private = asked.get("private") or asked.get("visibility") == "private"
            self.repos[name] = Repo(bool(private))
            return 200, url, {}
        if path == "/api/validate-yaml":
            return 200, {"errors": [], "warnings": []}, {}
        parts = path.removeprefix("/api").strip("/").split("/")
        name, rest = "/".join(parts[1:3]), parts[3:]
        repo = self.repos.get(name)
        if parts[0] != "datasets" or repo is None:
            return 404, {"error": "Repository not found"}, {"x-error-code": "RepoNotFound"}
        files = repo.commits[-1]
        if not path.startswith("/api"):
            return self.file(repo, rest[1], "/".join(rest[2:]))
        if not rest or rest[0] == "revision":
            siblings = [{"rfilename": file} for file in files]
            info = {"id": name, "sha": repo.sha, "private": repo.private, "siblings": siblings}
            return 200, info, {}
        if rest[0] == "tree":
            rows = [{"type": "file", "path": file, "size": len(data), "oid": blob(data)}
                    for file, data in files.items()]  # fmt: skip
            return 200, rows, {}
        if rest[0] == "preupload":
            asked = json.loads(body)["files"]
            return 200, {"files": [{"path": file["path"], "uploadMode": "regular",
                                    "shouldIgnore": False} for file in asked]}, {}  # fmt: skip
        if rest[0] == "commit":
            changed = dict(files)
            for line in map(json.loads, body.decode().splitlines()):
                value = line["value"]
                if line["key"] == "file":
                    changed[value["path"]] = base64.b64decode(value["content"])
                elif line["key"] == "deletedFile":
                    del changed[value["path"]]
            repo.commits.append(changed)
            url = f"{self.address}/datasets/{name}/commit/{repo.sha}"
            return 200, {"success": True, "commitUrl": url, "commitOid": repo.sha}, {}
        return 404, {"error": f"unknown {method} {path}"}, {}

    def file(self, repo: Repo, revision: str, name: str) -> tuple[int, object, dict[str, str]]:
        data = repo.commits[int(revision, 16)].get(name)
        if data is None:
            return 404, {"error": "Entry not found"}, {"x-error-code": "EntryNotFound"}
        if self.spoils:
            data = repo.commits[-2][name]
        return 200, data, {"etag": f'"{blob(data)}"', "x-repo-commit": revision}

    def __enter__(self) -> Hub:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def blob(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


@pytest.fixture
def hub():
    with Hub() as hub:
        yield hub


@pytest.fixture
def url(tmp_path):
    url = f"sqlite:///{tmp_path}/store.sqlite3"
    with Store(url) as store:
        fakes.import_split(store, fakes.write_dataset(tmp_path / "tiny"))
        tiny = fakes.write_dataset(tmp_path / "tiny", pairs=2, split="val")
        fakes.import_split(store, tiny, "val")
        first, second, *_ = fakes.ids_of(store)
        edited = replace(store.item(first).original, phrasings=("Mine <b>نص</b>.", "Two."))
        store.save(fakes.accept("a", first, 0, edited))
        no = replace(store.item(second).original, verdict=Decision.REJECTED,
                     reasons=(Reason.WRONG_SIDE,))  # fmt: skip
        store.save(Save("b", second, 0, no, "bob"))
    return url


@pytest.fixture
def push(hub, url, tmp_path, monkeypatch, capfd):
    """The command, at the Hub on this machine."""
    for name in list(os.environ):
        if name.startswith(("HF_", "HUGGING")):
            monkeypatch.delenv(name)
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "token"))

    def run(*options: str, token: str | None = TOKEN, address: str = hub.address):
        # Read from HF_ENDPOINT once, when the package is imported.
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", address)
        template = address + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
        if token is None:
            monkeypatch.delenv("HF_TOKEN", raising=False)
        else:
            monkeypatch.setenv("HF_TOKEN", token)
        with pytest.raises(SystemExit) as left:
            main(["review", "export", "--format", "hub", "--store", url, *options])
        captured = capfd.readouterr()
        assert TOKEN not in captured.out + captured.err
        return left.value.code, captured.out + captured.err

    return run


def tables(repo: Repo, tmp_path) -> list[dict]:
    rows = []
    for name, data in sorted(repo.commits[-1].items()):
        if name.endswith(".parquet"):
            path = tmp_path / "fetched.parquet"
            path.write_bytes(data)
            rows += read_parquet(path)
    return rows


def test_a_process_finds_the_hub_and_the_token_in_its_surroundings(hub, url, tmp_path):
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HUGGING"))}
    (tmp_path / "hf").mkdir()
    (tmp_path / "hf" / "token").write_text(TOKEN)  # as `hf auth login` leaves it
    environment |= {"HF_ENDPOINT": hub.address, "HF_HOME": str(tmp_path / "hf")}
    command = [sys.executable, "-m", "autocompose", "review", "export", "--format", "hub"]
    done = subprocess.run(
        [*command, "--store", url, "--repo", "ada/reviewed"], cwd=REPOSITORY, env=environment,
        capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert TOKEN not in done.stdout + done.stderr
    assert "24 texts" in done.stderr
    assert len(tables(hub.repos["ada/reviewed"], tmp_path)) == 24


def test_a_push_carries_every_text_with_its_provenance_and_status(hub, push, tmp_path):
    code, said = push("--repo", "ada/reviewed")
    assert code == 0, said
    assert "pushed 18 descriptions, 24 texts" in said
    assert "private" in said
    repo = hub.repos["ada/reviewed"]
    assert repo.private
    assert set(repo.commits[-1]) == {
        "README.md", "reviewed/tiny/train.parquet", "reviewed/tiny/val.parquet",
    }  # fmt: skip
    rows = tables(repo, tmp_path)
    assert len(rows) == 24
    mine = next(row for row in rows if row["verdict"] == "accepted")
    assert (mine["text"], mine["original"]) == ("Mine <b>نص</b>.", "Raise the left arm, 0.")
    assert (mine["reviewer"], mine["edited"], mine["source"]) == ("ada", True, "mllm")
    assert json.loads(mine["provenance"]) == {"model": "large", "provider": "openai"}
    rejected = next(row for row in rows if row["verdict"] == "rejected")
    assert (rejected["reviewer"], rejected["reasons"]) == ("bob", "wrong side")
    card = repo.commits[-1]["README.md"].decode()
    assert "- config_name: tiny" in card
    assert "path: reviewed/tiny/val.parquet" in card
    assert "| verdict | accepted | 2 |" in card
    assert "no person" in card
    # Each table was fetched again from its commit to be counted.
    assert sum(f"/resolve/{repo.sha}/" in path for _, path in hub.seen) >= 2
    # Pushed again with less, what is left out is gone; the first commit still has it.
    code, said = push("--repo", "ada/reviewed", "--only", "accepted")
    assert code == 0, said
    assert "pushed 1 descriptions, 2 texts" in said
    assert set(repo.commits[-1]) == {"README.md", "reviewed/tiny/train.parquet"}
    assert len(tables(repo, tmp_path)) == 2
    # A Hub that gives back something else is found out.
    hub.spoils = True
    code, said = push("--repo", "ada/reviewed", "--split", "train")
    assert code == 1
    assert "holds 2 texts there, 16 were sent" in said


def test_who_may_see_a_push_is_never_more_than_was_said(hub, push):
    hub.repos["ada/open"] = Repo(private=False)
    code, said = push("--repo", "ada/open")
    assert code == 1
    assert "ada/open is public; add --public" in said
    assert push("--repo", "ada/open", "--public")[0] == 0
    hub.repos["ada/models"] = Repo(private=True, commits=[{"data.bin": b"precious"}])
    code, said = push("--repo", "ada/models")
    assert code == 1
    assert "holds other files (data.bin)" in said
    assert hub.repos["ada/models"].commits == [{"data.bin": b"precious"}]


@pytest.mark.parametrize(
    ("options", "token", "message"),
    [
        (["--repo", "ada/x"], None, "no token for the Hub; set HF_TOKEN"),
        (["--repo", "ada/x"], "hf_wrong", "does not take the token"),
        (["--repo", "eve/x"], TOKEN, "may not write to eve/x"),
        (["--repo", "not a name"], TOKEN, "is not a repository name; use OWNER/NAME"),
        ([], TOKEN, "needs --repo OWNER/NAME"),
        (["--repo", "ada/x", "--out", "y"], TOKEN, "and no --out"),
        (["--repo", "ada/x", "--dataset", "other"], TOKEN, "the store holds no other"),
    ],
)
def test_what_cannot_be_pushed_is_one_line(hub, push, options, token, message):
    code, said = push(*options, token=token)
    assert code == 1
    assert message in said
    assert len(said.strip().splitlines()) == 1
    assert hub.repos == {}


def test_without_a_network_nothing_is_lost_and_one_line_says_so(push):
    nowhere = "http://127.0.0.1:9"  # nobody listens on the discard port
    code, said = push("--repo", "ada/x", address=nowhere)
    assert code == 1
    assert "the Hub cannot be reached" in said
    assert len(said.strip().splitlines()) == 1
    assert push("--repo", "ada/x")[0] == 0
