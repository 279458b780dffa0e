"""describe/mllm: what the client does beyond the peers of test_model_peers.py."""

import asyncio
import re
import time
from datetime import datetime, timedelta
from email.utils import formatdate
from urllib.parse import urlsplit

import pytest

from autocompose.config import AnnotateConfig
from autocompose.describe.mllm.client import (
    ModelRequest,
    OpenAIMLLM,
    ScriptedMLLM,
    _retry_after,
    check_url,
)
from autocompose.describe.mllm.prompts import parts_request
from autocompose.describe.mllm.proxies import proxy_for
from autocompose.errors import (
    ConfigError,
    ModelBusyError,
    ModelError,
    ModelRequestError,
    ModelUnavailableError,
)
from tests.peers import model_server

KEY = "sk-secret-0123456789"


def request(number: int = 0) -> ModelRequest:
    return ModelRequest("phrasings", "m", "system", f"question {number}")


@pytest.fixture(scope="module")
def server():
    with model_server() as peer:
        yield peer


@pytest.fixture
def peer(server):
    server.post("/faults", [])
    server.post("/forget", {})
    return server


def ask(peer, *requests, **options):
    async def run():
        async with OpenAIMLLM(base_url=peer.base_url, api_key=KEY, **options) as mllm:
            return await asyncio.gather(*(mllm.answer(r) for r in requests))

    return asyncio.run(run())


@pytest.mark.slow
@pytest.mark.parametrize("aiohttp", [True, False])
def test_both_transports_send_the_key_and_read_the_answer(peer, aiohttp):
    (answer,) = ask(peer, request(), aiohttp=aiohttp)
    assert (answer.input_tokens, answer.retries) == (900, 0)
    assert peer.get("/counts")["keys"] == [f"Bearer {KEY}"]


@pytest.mark.slow
def test_without_a_key_a_local_server_is_asked_all_the_same(peer):
    async def run():
        async with OpenAIMLLM(base_url=peer.base_url) as mllm:
            return await mllm.answer(request())

    assert asyncio.run(run()).text


@pytest.mark.parametrize(
    ("message", "left_out"),
    [
        ("Unsupported: 'max_tokens'. Use 'max_completion_tokens'.", '"max_tokens"'),
        ("'temperature' does not support 0.7 with this model", '"temperature"'),
    ],
)  # fmt: skip
def test_what_a_server_does_not_know_is_left_out_from_then_on(peer, message, left_out):
    peer.post("/faults", [{"kind": "status", "status": 400, "message": message}])
    answers = ask(peer, request(1)) + ask(peer, request(2))
    assert [answer.retries for answer in answers] == [0, 0]
    counts = peer.get("/counts")
    assert counts["arrived"] == 3
    peer.post("/forget", {})
    peer.post("/faults", [{"kind": "status", "status": 400, "message": message}])
    ask(peer, request(1))
    assert left_out not in peer.get("/counts")["last"]


@pytest.mark.slow
def test_when_one_call_is_told_to_wait_all_calls_wait(peer):
    peer.post("/faults", [{"kind": "status", "status": 429, "retry_after": 1.0}])

    async def run():
        async with OpenAIMLLM(base_url=peer.base_url, api_key=KEY) as mllm:
            first = asyncio.create_task(mllm.answer(request(1)))
            while not mllm._resume_at:
                await asyncio.sleep(0.01)
            until = mllm._resume_at
            await mllm.answer(request(2))
            return (await first).retries, time.monotonic() - until

    retries, late = asyncio.run(run())
    assert retries == 1
    assert late >= 0


def test_a_wait_of_an_hour_is_not_waited_for_and_its_end_is_told(peer):
    peer.post("/faults", [{"kind": "status", "status": 429, "retry_after": 3600, "times": 9}])
    before = datetime.now().astimezone()
    with pytest.raises(ModelBusyError, match="429") as caught:  # pytest's time limit ends a wait
        ask(peer, request())
    told = re.search(r"asks to wait 3600 s, until (\S+) on (\S+);", str(caught.value))
    assert told
    until = datetime.fromisoformat(f"{told[2]}T{told[1]}").astimezone()
    assert timedelta(minutes=59) <= until - before <= timedelta(minutes=61)
    assert peer.get("/counts")["arrived"] == 1


@pytest.mark.slow
def test_a_long_wait_is_told_once_however_many_calls_wait(peer, monkeypatch):
    monkeypatch.setattr("autocompose.describe.mllm.client._TOLD_WAIT", 0.5)
    peer.post("/faults", [{"kind": "status", "status": 429, "message": "slow down",
                           "retry_after": 0.8, "times": 4}])  # fmt: skip
    lines = []
    ask(peer, *map(request, range(4)), on_notice=lines.append)
    (line,) = lines
    assert line.startswith("waiting 1 s, as the server asks: ")
    assert "429: slow down" in line


@pytest.mark.parametrize("status", [413, 502])
def test_a_page_of_a_proxy_is_one_clean_line(peer, status):
    page = (
        "<html><head><title>no</title><script>alert(1)</script></head><body><!-- x --><h1>413"
        " Request Entity\nToo Large</h1><hr>nginx &amp; co<script>alert(1)</script></body></html>"
    )
    peer.post("/faults", [{"kind": "page", "status": status, "text": page, "times": 9}])
    with pytest.raises(ModelError) as caught:
        ask(peer, request(), retries=0)
    assert str(caught.value).endswith(f"({status}: 413 Request Entity Too Large nginx & co)")


def test_a_proxy_is_told_once_and_never_used_for_this_machine(peer, monkeypatch):
    with model_server() as proxy:
        for name in ("HTTP_PROXY", "http_proxy"):
            monkeypatch.setenv(name, f"http://{urlsplit(proxy.base_url).netloc}")
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        lines = []
        ask(peer, request(), on_notice=lines.append)
        assert lines == []
        assert proxy.get("/counts")["arrived"] == 0

        async def far():
            url = "http://models.invalid/v1"
            async with OpenAIMLLM(base_url=url, on_notice=lines.append) as mllm:
                return [await mllm.answer(request(n)) for n in range(2)]

        assert len(asyncio.run(far())) == 2
        assert proxy.get("/counts")["arrived"] == 2
    (line,) = lines
    assert line.startswith(
        "calls to http://models.invalid/v1 go through the proxy http://127.0.0.1"
    )


def test_a_proxy_that_is_away_is_named(monkeypatch):
    with model_server() as gone:
        pass
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, gone.base_url.removesuffix("/v1"))
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)

    async def far():
        async with OpenAIMLLM(base_url="http://models.invalid/v1", retries=0) as mllm:
            await mllm.answer(request())

    with pytest.raises(ModelBusyError, match="cannot be reached through the proxy http://127"):
        asyncio.run(far())


@pytest.mark.parametrize(
    ("url", "proxied"),
    [
        ("http://127.0.0.1:8000/v1", False), ("http://localhost/v1", False),
        ("http://[::1]:1/v1", False), ("http://127.8.9.1/v1", False), ("https://far.org/v1", True),
        ("https://near.org/v1", False), ("http://10.0.0.1/v1", True),
    ],
)  # fmt: skip
def test_which_calls_go_through_a_proxy(monkeypatch, url, proxied):
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://user:secret@proxy.org:3128")
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("NO_PROXY", "near.org")
    monkeypatch.delenv("no_proxy", raising=False)
    assert proxy_for(url) == ("http://proxy.org:3128" if proxied else "")


def test_an_empty_account_is_not_asked_twice(peer):
    peer.post(
        "/faults", [{"kind": "status", "status": 429, "code": "insufficient_quota", "times": 9}]
    )
    with pytest.raises(ModelUnavailableError, match="no credit"):
        ask(peer, request())
    assert peer.get("/counts")["arrived"] == 1


def test_an_answer_outside_the_schema_is_asked_for_again_and_then_without_schema(peer):
    fault = {"kind": "status", "status": 400, "message": "Failed to generate JSON.",
             "code": "json_validate_failed"}  # fmt: skip
    asked = parts_request((b"jpeg",), AnnotateConfig("m"), drawn=False)
    peer.post("/faults", [{**fault, "times": 2}])
    assert ask(peer, asked)[0].retries == 2
    assert "response_format" in peer.get("/counts")["last"]
    peer.post("/faults", [{**fault, "times": 3}])
    assert ask(peer, asked)[0].retries == 3
    assert "response_format" not in peer.get("/counts")["last"]
    peer.post("/faults", [{**fault, "times": 9}])
    with pytest.raises(ModelRequestError, match="Failed to generate JSON"):
        ask(peer, asked)


def test_an_error_inside_a_success_is_read_as_that_error(peer):
    peer.post(
        "/faults", [{"kind": "body", "message": "insufficient credits", "status": 402, "times": 9}]
    )
    with pytest.raises(ModelUnavailableError, match="no credit left"):
        ask(peer, request())
    assert peer.get("/counts")["arrived"] == 1


def test_a_redirect_is_not_followed(peer):
    peer.post("/faults", [{"kind": "status", "status": 307, "message": "elsewhere"}])
    with pytest.raises(ModelUnavailableError, match="another address"):
        ask(peer, request())
    assert peer.get("/counts")["arrived"] == 1


def test_the_key_is_in_no_message_even_when_the_server_repeats_it(peer):
    peer.post("/faults", [{"kind": "status", "status": 400, "message": f"context of {KEY}"}])
    with pytest.raises(ModelRequestError) as caught:
        ask(peer, request())
    assert KEY not in str(caught.value)
    assert "[key]" in str(caught.value)
    assert KEY not in repr(OpenAIMLLM(base_url=peer.base_url, api_key=KEY))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0.0),
        ({"retry-after": "2.5"}, 2.5),
        ({"retry-after-ms": "300", "retry-after": "9"}, 0.3),
        ({"retry-after": "soon"}, 0.0),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "nan"}, 0.0),
        ({"retry-after": formatdate(0, usegmt=True)}, 0.0),
    ],
)
def test_the_wait_is_read_from_the_headers(headers, seconds):
    assert _retry_after(headers) == seconds


def test_a_wait_until_a_date_is_read():
    date = formatdate(time.time() + 60, usegmt=True)
    assert 50 < _retry_after({"retry-after": date}) <= 60


@pytest.mark.parametrize(
    "url", ["", "host/v1", "ftp://host/v1", "http://", "http://[", "file:///etc", "https://a:b@host/v1"]
)  # fmt: skip
def test_an_address_that_is_no_endpoint_is_refused(url):
    with pytest.raises(ConfigError):
        check_url(url)


def test_an_endpoint_loses_only_its_last_slash():
    assert check_url("http://127.0.0.1:1/v1/") == "http://127.0.0.1:1/v1"


def test_a_script_answers_in_order_and_ends_in_our_own_error():
    mllm = ScriptedMLLM(["one", "two"])

    async def run():
        texts = [(await mllm.answer(request(i))).text for i in range(2)]
        with pytest.raises(ModelRequestError, match="2 answers"):
            await mllm.answer(request(3))
        return texts

    assert asyncio.run(run()) == ["one", "two"]
    assert [r.user for r in mllm.requests] == ["question 0", "question 1", "question 3"]
