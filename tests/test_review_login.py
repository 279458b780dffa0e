"""Who reviews is who logged in: real servers with passwords, with Hugging Face, with neither."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from autocompose.cli import main
from autocompose.data.captions.caption_files import read_caption_file
from autocompose.data.dataset import open_dataset
from autocompose.errors import ConfigError, LoginError
from autocompose.review.files.imports import import_records
from autocompose.review.people.logins import (
    HuggingFaceLogin,
    LocalLogin,
    NoLogin,
    PasswordLogin,
    Surroundings,
    Visitor,
    choose_login,
)
from autocompose.review.people.users import Reviewer, Role, ScryptCost, Users
from autocompose.review.queue.next_items import Selection, find
from autocompose.review.store.review_store import Store
from autocompose.studio.server.identity import visitor_of
from tests.browser.chromium import REPOSITORY, free_port, missing, served
from tests.studio_fakes import write_stick_dataset

QUICK = ScryptCost(n=16, r=1, p=1)
SECONDS = 240  # a busy machine starts a server slowly
SECRET = "the Space's own secret"


# ---- The rule alone


@pytest.fixture
def users(tmp_path):
    users = Users(tmp_path / "users.json", cost=QUICK)
    users.add("bob", "long enough")
    users.add_hugging_face("cy", role=Role.ADMINISTRATOR)
    return users


def test_each_surrounding_has_one_login_and_unknown_ones_let_nobody_write(users):
    public = {"host": "0.0.0.0"}
    space = {"on_space": True, **public}
    assert choose_login(Surroundings()) == LocalLogin()
    assert isinstance(choose_login(Surroundings(**public)), NoLogin)
    assert isinstance(choose_login(Surroundings(**space)), NoLogin)
    assert isinstance(choose_login(Surroundings(**space, oauth=True)), HuggingFaceLogin)
    assert isinstance(choose_login(Surroundings(users=users.path, **space)), PasswordLogin)
    # Off a Space gradio signs sessions with a key that everybody knows.
    assert not isinstance(choose_login(Surroundings(oauth=True, **public)), HuggingFaceLogin)
    with pytest.raises(ConfigError, match="there are no users at"):
        choose_login(Surroundings(users=users.path.with_name("none.json")))


def test_a_name_opens_only_the_account_of_its_own_login(users):
    passwords, hub = PasswordLogin(users), HuggingFaceLogin(("ada",), users)
    assert passwords.who(Visitor(password_name="bob")) == Reviewer("bob", Role.REVIEWER)
    assert hub.who(Visitor(hub_name="cy")) == Reviewer("cy", Role.ADMINISTRATOR)
    assert hub.who(Visitor(hub_name="ada")) == Reviewer("ada", Role.ADMINISTRATOR)
    assert HuggingFaceLogin().who(Visitor(hub_name="eve")) == Reviewer("eve", Role.REVIEWER)
    for login, visitor in (
        (passwords, Visitor()),
        (passwords, Visitor(hub_name="bob")),
        (passwords, Visitor(password_name="cy")),
        (hub, Visitor()),
        (hub, Visitor(password_name="cy")),
        (hub, Visitor(hub_name="bob")),
        (hub, Visitor(hub_name="eve")),
        (NoLogin("nobody"), Visitor("bob", "cy")),
    ):
        with pytest.raises(LoginError):
            login.who(visitor)
    assert not passwords.accepts("cy", "")
    assert not passwords.accepts("cy", "long enough")


def test_a_user_removed_by_another_program_is_out_at_once(users):
    login = PasswordLogin(users)
    other = Users(users.path, cost=QUICK)
    other.add("dan", "long enough", role=Role.ADMINISTRATOR)
    assert login.who(Visitor(password_name="dan")).role is Role.ADMINISTRATOR
    other.remove("bob")
    with pytest.raises(LoginError, match="no longer a reviewer"):
        login.who(Visitor(password_name="bob"))
    assert [one.name for one in users.reviewers] == ["cy", "dan"]


def test_the_command_names_who_signs_in_with_hugging_face(tmp_path):
    path = tmp_path / "users.json"
    words = ["review", "user", "ada", "--users", str(path), "--role", "administrator"]
    with pytest.raises(SystemExit) as left:
        main([*words, "--hugging-face"])
    assert left.value.code == 0
    assert json.loads(path.read_text()) == {
        "users": [{"name": "ada", "role": "administrator", "login": "huggingface"}]
    }
    hub = choose_login(Surroundings(on_space=True, oauth=True, users=path))
    assert hub.who(Visitor(hub_name="ada")) == Reviewer("ada", Role.ADMINISTRATOR)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_request_from_another_sites_page_is_nobodys(site):
    request = SimpleNamespace(headers={"sec-fetch-site": site}, scope={}, cookies={})
    with pytest.raises(LoginError, match="another site"):
        visitor_of(request, None)


# ---- Real servers


class Client:
    """A browser as far as logins go: it keeps cookies, secure ones too, and follows nothing."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.cookies: dict[str, str] = {}

    def send(self, method: str, path: str, **more) -> httpx.Response:
        sent = {"cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        answer = httpx.request(
            method, self.address + path, headers=sent, timeout=60, trust_env=False, **more
        )
        for line in answer.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                if "1970" in morsel["expires"]:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        return answer

    def review(self, name: str, payload: dict) -> dict:
        """Call a server function of the Review page."""
        if not hasattr(self, "component"):
            config = self.send("GET", "/config").json()
            (self.component,) = (
                c["id"] for c in config["components"] if c["props"].get("elem_id") == "review"
            )
        body = {
            "session_hash": "test", "component_id": self.component, "fn_name": name,
            "data": payload,
        }  # fmt: skip
        answer = self.send("POST", "/gradio_api/component_server", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()


class Place:
    """A dataset with its captions in a store."""

    def __init__(self, folder: Path) -> None:
        self.dataset = write_stick_dataset(folder / "sticks", n=5)
        self.url = f"sqlite:///{folder}/review.sqlite3"
        dataset = open_dataset(self.dataset)
        found = read_caption_file(self.dataset / "captions" / "test.json")
        with Store(self.url) as store:
            import_records(store, found, dataset=dataset, split="test", by="importer")
            items = find(store, Selection(), limit=100).items
        self.ids = [item.id for item in items]

    def command(self, port: int, *options: str) -> list[str]:
        return [
            sys.executable, str(REPOSITORY / "app.py"), "--dataset", str(self.dataset), "--store",
            self.url, "--port", str(port), "--checkpoint", str(self.dataset), *options,
        ]  # fmt: skip

    def forged(self, at: int) -> dict:
        """A decision that says in every way a page could that somebody else made it."""
        with Store(self.url, create=False) as store:
            state = store.state(self.ids[at])
        judgement = {"phrasings": list(state.judgement.phrasings), "verdict": "accepted"}
        someone = {"reviewer": "ada", "name": "ada", "username": "ada", "role": "administrator"}
        return {"operation": f"op-{at}", "id": self.ids[at], "base": state.revision,
                "judgement": judgement | someone, **someone}  # fmt: skip

    def reviewers(self) -> list[str]:
        with Store(self.url, create=False) as store:
            assert store.verify().sound
            return [event.reviewer for i in self.ids for event in store.history(i)]


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


@contextmanager
def serving(place: Place, *options: str, env: Mapping[str, str] | None = None) -> Iterator[str]:
    port = free_port()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("SYSTEM", "SPACE_ID", "SPACE_HOST", "HF_TOKEN"):
            patch.delenv(name, raising=False)
        for name, value in (env or {}).items():
            patch.setenv(name, value)
        # What a Space tells its program is read while that imports its packages.
        command = place.command(port, *options)
        with served(command, port, SECONDS, warm=not env) as address:
            yield address


@pytest.mark.slow
def test_with_passwords_a_decision_carries_the_name_that_logged_in(place, users):
    with serving(place, "--users", str(users.path)) as address:
        nobody = Client(address)
        assert nobody.send("GET", "/config").status_code == 401
        wrong = {"username": "bob", "password": "wrong"}
        assert nobody.send("POST", "/login", data=wrong).status_code == 400
        bob = Client(address)
        answer = bob.send("POST", "/login", data={"username": "bob", "password": "long enough"})
        assert answer.status_code == 200
        boot = bob.review("review_boot", {"reviewer": "ada", "role": "administrator"})
        assert (boot["reviewer"], boot["role"]) == ("bob", "reviewer")
        assert bob.review("review_save", place.forged(0))["ok"]
        refused = bob.review("review_import", place.forged(1))
        assert (refused["ok"], refused["kind"]) == (False, "LoginError")
        Users(users.path, cost=QUICK).remove("bob")
        late = bob.review("review_save", place.forged(2))
        assert (late["ok"], late["kind"]) == (False, "LoginError")
    assert place.reviewers() == ["bob"]


@pytest.mark.slow
def test_a_space_without_sign_in_lets_nobody_write(place):
    with serving(place, env={"SYSTEM": "spaces", "SPACE_ID": "ada/studio"}) as address:
        visitor = Client(address)
        visitor.cookies["session"] = session_cookie("ada", key="")
        answer = visitor.review("review_save", place.forged(0))
        assert (answer["ok"], answer["kind"]) == (False, "LoginError")
        assert "hf_oauth: true" in answer["error"]
    assert place.reviewers() == []


@pytest.mark.slow
def test_on_a_space_people_sign_in_with_hugging_face_and_write_as_themselves(place):
    for name in ("authlib", "itsdangerous"):
        if find_spec(name) is None:
            missing(f"{name} is not installed (pip install 'gradio[oauth]')")
    with Provider() as provider:
        env = {
            "SYSTEM": "spaces", "SPACE_ID": "ada/studio", "SPACE_AUTHOR_NAME": "ada",
            "OAUTH_CLIENT_ID": "studio", "OAUTH_CLIENT_SECRET": SECRET,
            "OAUTH_SCOPES": "openid profile", "OPENID_PROVIDER_URL": provider.address,
            "AUTHLIB_INSECURE_TRANSPORT": "1",
        }  # fmt: skip
        with serving(place, env=env) as address:
            visitor = Client(address)
            unsigned = visitor.review("review_save", place.forged(0))
            assert (unsigned["ok"], unsigned["kind"]) == (False, "LoginError")
            assert "Sign in" in unsigned["error"]
            for key in ("", "another secret"):
                forger = Client(address)
                forger.cookies["session"] = session_cookie("ada", key=key)
                assert forger.review("review_save", place.forged(0))["kind"] == "LoginError"
            expired = Client(address)
            expired.cookies["session"] = session_cookie("ada", key=SECRET, seconds=-60)
            assert expired.review("review_save", place.forged(0))["kind"] == "LoginError"
            bob, ada = Client(address), Client(address)
            for client, name in ((bob, "bob"), (ada, "ada")):
                provider.sign_in(client, name)
                boot = client.review("review_boot", {"reviewer": "eve"})
                role = "administrator" if name == "ada" else "reviewer"
                assert (boot["reviewer"], boot["role"]) == (name, role)
            assert bob.review("review_save", place.forged(0))["ok"]
            assert bob.review("review_import", {})["kind"] == "LoginError"
            assert ada.review("review_save", place.forged(1))["ok"]
            bob.send("GET", "/logout")
            assert bob.review("review_save", place.forged(2))["kind"] == "LoginError"
    assert place.reviewers() == ["bob", "ada"]


def session_cookie(name: str, *, key: str, seconds: int = 3600) -> str:
    """A session as gradio would sign it with a client secret; "" is what it uses without one."""
    user = {"sub": "1", "name": name, "preferred_username": name, "profile": "", "picture": ""}
    session = {"oauth_info": {"access_token": "x", "scope": "openid", "userinfo": user,
                              "expires_at": int(time.time()) + seconds}}  # fmt: skip
    payload = base64.b64encode(json.dumps(session).encode()).decode()
    if find_spec("itsdangerous") is None:
        return payload
    import itsdangerous

    secret = hashlib.sha256(f"{key}-v4".encode()).hexdigest()
    return itsdangerous.TimestampSigner(secret).sign(payload).decode()


class Provider:
    """Hugging Face's part of the sign-in (OpenID Connect), on this machine."""

    def __init__(self) -> None:
        self.codes: dict[str, tuple[str, str]] = {}  # code -> nonce, name
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.reply(outer.documents()[urlsplit(self.path).path])

            def do_POST(self) -> None:
                size = int(self.headers["content-length"])
                (code,) = parse_qs(self.rfile.read(size).decode())["code"]
                self.reply(outer.token(*outer.codes.pop(code)))

            def reply(self, content: dict) -> None:
                body = json.dumps(content).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self) -> Provider:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def sign_in(self, client: Client, name: str) -> None:
        """What a person does: press the button, say yes at Hugging Face, come back."""
        leaves = client.send("GET", "/login/huggingface").headers["location"]
        assert leaves.startswith(self.address)
        asked = {key: value for key, (value,) in parse_qs(urlsplit(leaves).query).items()}
        code = os.urandom(8).hex()
        self.codes[code] = (asked["nonce"], name)
        back = urlsplit(asked["redirect_uri"])
        query = f"{back.query}&{urlencode({'code': code, 'state': asked['state']})}"
        answer = client.send("GET", f"{back.path}?{query}")
        assert answer.status_code == 307, answer.text
        assert answer.headers["location"].startswith("/")

    def documents(self) -> dict[str, dict]:
        key = base64.urlsafe_b64encode(SECRET.encode()).rstrip(b"=").decode()
        return {
            "/.well-known/openid-configuration": {
                "issuer": self.address,
                "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token",
                "jwks_uri": f"{self.address}/keys",
                "id_token_signing_alg_values_supported": ["HS256"],
            },
            "/keys": {"keys": [{"kty": "oct", "kid": "1", "alg": "HS256", "k": key}]},
        }

    def token(self, nonce: str, name: str) -> dict:
        now = int(time.time())
        claims = {
            "iss": self.address, "aud": "studio", "sub": name, "iat": now, "exp": now + 3600,
            "nonce": nonce, "name": name.title(), "preferred_username": name,
            "profile": f"{self.address}/{name}", "picture": "",
        }  # fmt: skip
        parts = ({"alg": "HS256", "typ": "JWT", "kid": "1"}, claims)
        signed = b".".join(
            base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts
        )
        mac = hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()
        token = signed + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")
        return {"access_token": "x", "token_type": "bearer", "expires_in": 3600,
                "scope": "openid profile", "id_token": token.decode()}  # fmt: skip
