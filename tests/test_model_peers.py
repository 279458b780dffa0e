"""The chat client over real sockets, against servers written elsewhere and a faulty one."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest

from autocompose.config import AnnotateConfig
from autocompose.describe.annotate.pipeline import rephrase
from autocompose.describe.annotate.results import ViewAnnotation
from autocompose.describe.mllm.answer_store import ResponseCache
from autocompose.describe.mllm.client import ModelAnswer, ModelRequest, OpenAIMLLM, ResponseSchema
from autocompose.errors import (
    ModelBusyError,
    ModelRequestError,
    ModelTimeoutError,
    ModelUnavailableError,
)
from autocompose.schema import BodyPart, PartDescription, PoseImage, PosePair
from tests.peers import Peer, llama_server, llmock, model_server

pytestmark = pytest.mark.slow

KEY = "sk-secret-0123456789"
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 20
SCHEMA = ResponseSchema(
    "phrasings",
    {
        "type": "object",
        "properties": {
            "phrasings": {
                "type": "array", "minItems": 2, "maxItems": 2,
                "items": {"type": "string", "maxLength": 60},
            }
        },
        "required": ["phrasings"],
        "additionalProperties": False,
    },
)  # fmt: skip


def request(user: str = "Say it twice.", *, images: int = 0, schema: bool = True) -> ModelRequest:
    return ModelRequest(
        stage="parts" if images else "phrasings",
        model="smollm2-135m",
        system="You answer in JSON.",
        user=user,
        images=(JPEG,) * images,
        schema=SCHEMA if schema else None,
        max_tokens=400,
    )


def ask(peer: Peer, *requests: ModelRequest, **options: object) -> list[ModelAnswer]:
    """Ask for all of it at once through one client."""

    async def run() -> list[ModelAnswer]:
        async with OpenAIMLLM(base_url=peer.base_url, api_key=KEY, **options) as mllm:  # pyright: ignore
            return await asyncio.gather(*(mllm.answer(r) for r in requests))

    return asyncio.run(run())


# ---- llmock


@pytest.fixture(scope="module")
def mock():
    with llmock() as peer:
        yield peer


@pytest.fixture
def fresh(mock):
    mock.post("/_llmock/reset", {})
    return mock


def queue(peer: Peer, **behavior: object) -> None:
    peer.post("/_llmock/scenario", {"behaviors": [behavior]})


def test_two_pictures_and_a_schema_are_understood(fresh):
    (answer,) = ask(fresh, request(images=2))
    assert len(json.loads(answer.text)["phrasings"]) == 2
    assert answer.input_tokens > 0
    assert answer.output_tokens > 0
    assert not answer.estimated
    (seen,) = fresh.get("/_llmock/requests")["requests"]
    kinds = [part["type"] for part in seen["body"]["messages"][1]["content"]]
    assert kinds == ["image_url", "image_url", "text"]
    assert seen["body"]["response_format"]["json_schema"]["strict"] is True


def test_the_wait_that_a_rate_limit_asks_for_is_kept(fresh):
    queue(fresh, type="fail", status=429, retry_after=1.0)
    started = time.monotonic()
    (answer,) = ask(fresh, request())
    assert answer.retries == 1
    assert time.monotonic() - started >= 1.0


def test_server_errors_are_survived(fresh):
    queue(fresh, type="fail", status=500, times=2)
    (answer,) = ask(fresh, request(), request("another"))[:1]
    assert json.loads(answer.text)
    statuses = [r["status"] for r in fresh.get("/_llmock/requests")["requests"]]
    assert sorted(statuses) == [200, 200, 500, 500]


def test_an_answer_that_hangs_is_asked_for_again(fresh):
    queue(fresh, type="delay", seconds=5)
    (answer,) = ask(fresh, request(), timeout=0.7)
    assert answer.retries == 1


def test_an_endpoint_that_always_hangs_is_one_clear_error(fresh):
    queue(fresh, type="delay", seconds=5, times=None)
    with pytest.raises(ModelTimeoutError, match=r"did not answer within 0\.3 s"):
        ask(fresh, request(), timeout=0.3, retries=1)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refusal_that_would_hit_every_call_is_asked_once_and_hides_the_key(fresh, status):
    queue(fresh, type="fail", status=status, message=f"bad key {KEY}", times=None)
    with pytest.raises(ModelUnavailableError) as caught:
        ask(fresh, request())
    assert KEY not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert fresh.get("/_llmock/requests")["count"] == 1


def test_an_answer_without_json_comes_back_as_it_is(fresh):
    queue(fresh, type="reply", text="Certainly! Here are two sentences.")
    (answer,) = ask(fresh, request())
    assert answer.text.startswith("Certainly!")


def test_a_burst_over_the_rate_limit_is_answered_in_full():
    with llmock("--rpm", "30") as peer:
        answers = ask(peer, *(request(f"pair {i}") for i in range(32)))
        assert len(answers) == 32
        verdict = peer.get("/_llmock/verdict")
        assert verdict["passed"], verdict
        statuses = [r["status"] for r in peer.get("/_llmock/requests")["requests"]]
        assert statuses.count(200) == 32
        assert 429 in statuses


def test_random_faults_lose_nothing():
    with llmock("--error-rate", "500=0.15", "--error-rate", "429=0.15") as peer:
        answers = ask(peer, *(request(f"pair {i}", images=1) for i in range(40)), retries=12)
    assert all(json.loads(answer.text) for answer in answers)


# ---- a server of ours, for what llmock cannot do


@pytest.fixture(scope="module")
def faulty():
    with model_server() as peer:
        yield peer


def test_an_answer_that_is_cut_in_the_middle_is_asked_for_again(faulty):
    faulty.post("/faults", [{"kind": "cut", "times": 1}])
    (answer,) = ask(faulty, request(images=1))
    assert answer.retries == 1
    assert json.loads(answer.text)["parts"]


def test_a_server_that_always_cuts_is_one_clear_error(faulty):
    faulty.post("/faults", [{"kind": "cut", "times": 99}])
    with pytest.raises(ModelBusyError) as caught:
        ask(faulty, request(), retries=1)
    assert "\n" not in str(caught.value)
    faulty.post("/faults", [])


def test_nobody_listens_is_one_clear_error():
    with pytest.raises(ModelBusyError, match="cannot be reached"):
        ask(Peer("http://127.0.0.1:9"), request(), retries=0)


def test_a_server_without_json_schemas_is_asked_in_plain_words(faulty):
    faulty.post(
        "/faults",
        [{"kind": "status", "status": 400, "message": "response_format is not supported"}],
    )
    (answer,) = ask(faulty, request(images=1))
    assert json.loads(answer.text)
    assert "response_format" not in faulty.get("/counts")["last"]


# ---- a real llama.cpp server with a small text model


@pytest.fixture(scope="module")
def llama():
    with llama_server() as peer:
        yield peer


def test_a_real_server_keeps_to_the_bounds_of_the_schema(llama):
    (answer,) = ask(llama, request("Say twice: raise the left arm."), timeout=120)
    texts = json.loads(answer.text)["phrasings"]
    assert len(texts) == 2
    assert all(len(text) <= 60 for text in texts)
    assert answer.input_tokens > 10


def test_a_real_server_without_eyes_says_so_in_one_line(llama):
    with pytest.raises(ModelUnavailableError, match="does not read images") as caught:
        ask(llama, request(images=2), timeout=120)
    assert "\n" not in str(caught.value)


def test_a_prompt_too_long_for_a_real_server_is_an_error_of_that_request(llama):
    with pytest.raises(ModelRequestError) as caught:
        ask(llama, request("word " * 6000), timeout=120)
    assert "\n" not in str(caught.value)


def test_phrasings_of_a_real_model_are_accepted_or_discarded_with_a_reason(llama):
    parts = (
        PartDescription(BodyPart.LEFT_ARM, "Raise the left arm to the side."),
        PartDescription(BodyPart.RIGHT_KNEE, "Bend the right knee."),
    )
    image = PoseImage("a.jpg", Path("a.jpg"))
    config = AnnotateConfig(model="smollm2-135m", n=1, retries=1, max_tokens=200, temperature=0)

    async def run() -> ViewAnnotation:
        async with OpenAIMLLM(base_url=llama.base_url, timeout=120) as mllm:
            pair = PosePair(image, image)
            return await rephrase(pair, mllm, config, cache=ResponseCache(), parts=parts)

    view = asyncio.run(run())
    # The server holds the model to the form; what it says in it is its own affair.
    for call in view.calls:
        assert len(json.loads(call.answer.text)["phrasings"]) == 1
        assert call.answer.output_tokens > 0
    if view.description is None:
        assert view.discarded
        assert len(view.calls) == 2
    else:
        assert len(view.description.phrasings) == 1
        assert view.description.provenance.model
