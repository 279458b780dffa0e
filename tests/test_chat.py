"""describe/chat: bodies, answers and refusals of the chat protocol, without a network."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocompose.config import AnnotateConfig
from autocompose.describe.mllm.chat import (
    Dialect,
    ErrorInsideError,
    Feedback,
    ModelRequest,
    encode_chat,
    estimate_tokens,
    plainer,
    read_completion,
    refusal,
)
from autocompose.describe.mllm.prompts import parts_request
from autocompose.errors import ModelBusyError, ModelRequestError, ModelUnavailableError, one_line

CONFIG = AnnotateConfig("m")
LOOKS = parts_request((b"jpeg",), CONFIG, drawn=False)
READS = ModelRequest("phrasings", "m", "system", "user")
AT = "http://host/v1"
FULL = Dialect()


def body(request=LOOKS, dialect=FULL):
    return json.loads(encode_chat(request, dialect))


def completion(**message) -> bytes:
    choice = {"message": {"role": "assistant", **message}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 12, "completion_tokens": 3}
    return json.dumps({"choices": [choice], "usage": usage, "model": "m-1"}).encode()


def test_pictures_come_before_the_question_with_equal_detail():
    request = parts_request((b"one", b"two"), CONFIG, drawn=False)
    system, user = body(request)["messages"]
    assert system == {"role": "system", "content": request.system}
    assert [part["type"] for part in user["content"]] == ["image_url", "image_url", "text"]
    urls = [part["image_url"] for part in user["content"][:2]]
    assert {url["detail"] for url in urls} == {"high"}
    assert [base64.b64decode(url["url"].split(",")[1]) for url in urls] == [b"one", b"two"]


def test_text_alone_is_a_plain_string_which_every_server_reads():
    assert body(READS)["messages"][1]["content"] == "user"


def test_what_was_wrong_follows_the_answer_it_is_about():
    request = parts_request((b"j",), CONFIG, drawn=False, feedback=(Feedback("bad", "why"),))
    assert body(request)["messages"][2:] == [
        {"role": "assistant", "content": "bad"},
        {"role": "user", "content": "why"},
    ]


def test_the_schema_is_strict_and_the_subject_is_not_sent():
    request = parts_request((b"j",), CONFIG, drawn=False, subject="pair-of-hearts/mirror")
    sent = body(request)
    assert sent["response_format"]["json_schema"]["strict"] is True
    assert "pair-of-hearts" not in json.dumps(sent)


def test_each_dialect_leaves_out_what_the_server_does_not_know():
    bounded = json.dumps(body()["response_format"])
    unbounded = json.dumps(body(dialect=Dialect(bounds=False))["response_format"])
    assert "maxLength" in bounded
    assert "maxItems" in bounded
    assert "maxLength" not in unbounded
    assert "maxItems" not in unbounded
    assert '"enum"' in unbounded
    plain = body(dialect=Dialect(schema=False, max_tokens=False, temperature=False))
    assert set(plain) == {"model", "messages", "max_completion_tokens"}


@pytest.mark.parametrize(
    ("status", "message", "expected"),
    [
        (400, "Invalid schema: 'maxLength' is not permitted", Dialect(bounds=False)),
        (400, "json_schema is not supported by this model", Dialect(schema=False)),
        (400, "Failed to initialize samplers: failed to parse grammar", Dialect(schema=False)),
        (422, "extra fields not permitted: response_format", Dialect(schema=False)),
        (400, "'max_tokens': use 'max_completion_tokens' instead.", Dialect(max_tokens=False)),
        (400, "Unsupported value: 'temperature' does not support 0.7", Dialect(temperature=False)),
        (400, "`temperature` is deprecated for this model.", Dialect(temperature=False)),
        (400, "`temperature` may only be set to 1 when thinking is on", Dialect(temperature=False)),
        (400, "output_format: Extra inputs are not permitted", Dialect(schema=False)),
        (400, "'response_format.type' must be 'json_object' or 'text'", Dialect(schema=False)),
        (400, "maximum context length is 4096 tokens", None),
        (401, "bad key for json_schema", None),
        (429, "response_format", None),
    ],
)  # fmt: skip
def test_a_refusal_that_names_a_setting_is_answered_by_leaving_it_out(status, message, expected):
    found = plainer(Dialect(), status, message, request=LOOKS)
    # "extra fields not permitted" may mean the bounds; the next refusal takes the whole schema.
    if found == Dialect(bounds=False) and expected == Dialect(schema=False):
        found = plainer(found, status, message, request=LOOKS)
        assert found == Dialect(bounds=False, schema=False)
    else:
        assert found == expected


def test_a_dialect_only_gets_plainer_so_that_asking_ends():
    dialect, steps = Dialect(), 0
    message = "response_format max_tokens max_completion_tokens temperature not supported maxLength"
    while (simpler := plainer(dialect, 400, message, request=LOOKS)) is not None:
        dialect, steps = simpler, steps + 1
    assert (dialect, steps) == (Dialect(False, False, False, False), 4)


@pytest.mark.parametrize(
    ("status", "message", "kind", "words"),
    [
        (401, "bad key sk-1", ModelUnavailableError, "refused the API key"),
        (403, "sk-1 may not", ModelUnavailableError, "refused the API key"),
        (404, "no such model", ModelUnavailableError, 'does not serve a model "m"'),
        (400, "model_not_found", ModelUnavailableError, 'does not serve a model "m"'),
        (402, "pay", ModelUnavailableError, "no credit"),
        (429, "insufficient_quota", ModelUnavailableError, "no credit"),
        (400, "Your credit balance is too low", ModelUnavailableError, "no credit"),
        (500, "Provider: insufficient credits", ModelUnavailableError, "no credit"),
        (307, "", ModelUnavailableError, "another address"),
        (500, "image input is not supported - hint: mmproj", ModelUnavailableError, "read images"),
        (404, "No endpoints found that support image input", ModelUnavailableError, "read images"),
        (400, "image_url is only supported by certain", ModelUnavailableError, "read images"),
        (429, "slow down", ModelBusyError, "did not answer"),
        (503, "overloaded", ModelBusyError, "did not answer"),
        (400, "context length", ModelRequestError, "refused the request"),
        (413, "too large", ModelRequestError, "refused the request"),
    ],
)  # fmt: skip
def test_each_refusal_is_one_line_of_the_right_kind(status, message, kind, words):
    error = refusal(status, message, request=LOOKS, endpoint=AT)
    assert type(error) is kind
    assert words in str(error)
    assert "\n" not in str(error)
    assert "sk-1" not in str(error)


def test_words_about_images_mean_nothing_when_none_was_sent():
    error = refusal(400, "images are not supported", request=READS, endpoint=AT)
    assert type(error) is ModelRequestError


def test_an_answer_is_read_with_its_tokens():
    found = read_completion(completion(content="hi"), LOOKS, seconds=0.5)
    assert (found.text, found.input_tokens, found.output_tokens) == ("hi", 12, 3)
    assert (found.model, found.finish_reason, found.seconds) == ("m-1", "stop", 0.5)
    assert not found.estimated


@pytest.mark.parametrize(
    ("usage", "tokens", "estimated"),
    [
        ((1000, 100, 1100), (1000, 100), False),
        ((1000, 100, 5100), (1000, 4100), False),
        ((1000, 100, 7), (1000, 100), False),
        ((1000, 100, "x"), (1000, 100), False),
        ((0, 0, 0), (3, 1), True),
        ((9, 0, 9), (3, 1), True),
        ((-5, 100), (3, 1), True),
    ],
)  # fmt: skip
def test_tokens_are_the_servers_with_hidden_thinking_or_an_estimate(usage, tokens, estimated):
    names = ("prompt_tokens", "completion_tokens", "total_tokens")
    usage = dict(zip(names, usage, strict=False))
    document = {**json.loads(completion(content="hi")), "usage": usage}
    found = read_completion(json.dumps(document).encode(), READS)
    assert (found.input_tokens, found.output_tokens, found.estimated) == (*tokens, estimated)


@pytest.mark.parametrize("choices", [[], None, [{"message": None}]])
def test_a_body_without_an_answer_tells_what_it_was_billed(choices):
    usage = {"prompt_tokens": 1000, "completion_tokens": 0, "total_tokens": 1200}
    with pytest.raises(ModelBusyError) as caught:
        read_completion(json.dumps({"choices": choices, "usage": usage}).encode(), LOOKS)
    assert (caught.value.input_tokens, caught.value.output_tokens) == (1000, 200)
    assert caught.value.billed


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        ({"message": "insufficient credits", "code": 402}, 402, "insufficient credits 402"),
        ({"message": "down", "code": "x"}, 500, "down x"),
        ("overloaded", 500, "overloaded"),
    ],
)
def test_an_error_in_the_body_of_a_success_is_that_error(error, status, words):
    with pytest.raises(ErrorInsideError) as caught:
        read_completion(json.dumps({"error": error}).encode(), LOOKS)
    assert (caught.value.status, caught.value.message) == (status, words)


def test_an_answer_in_a_tool_call_is_read():
    call = {"type": "function", "function": {"name": "answer", "arguments": "{}"}}
    assert read_completion(completion(content=None, tool_calls=[call]), LOOKS).text == "{}"
    for odd in ([], [{}], [5], "x", [{"function": {"arguments": 5}}]):
        assert read_completion(completion(content="", tool_calls=odd), LOOKS).text == ""


def test_without_counts_tokens_are_estimated_and_say_so():
    document = json.loads(completion(content="a" * 40))
    del document["usage"]
    found = read_completion(json.dumps(document).encode(), READS)
    assert (found.output_tokens, found.estimated) == (10, True)
    assert found.input_tokens == estimate_tokens("systemuser")


def test_a_refusal_of_the_model_and_content_in_pieces_are_read():
    refused = read_completion(completion(content=None, refusal="No."), LOOKS)
    assert (refused.text, refused.finish_reason) == ("No.", "refusal")
    pieces = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}, 5]
    assert read_completion(completion(content=pieces), LOOKS).text == "ab"


def test_a_lone_surrogate_can_be_stored():
    stored = read_completion(completion(content="\ud800"), LOOKS).text.encode()
    assert stored.decode() == read_completion(completion(content="\ud800"), LOOKS).text


_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["choices", "message", "content", "usage", "prompt_tokens", "model"]),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=10,
)


@given(st.one_of(st.binary(max_size=60), _JSON.map(lambda value: json.dumps(value).encode())))
def test_any_body_is_an_answer_or_a_busy_server(content):
    try:
        found = read_completion(content, LOOKS)
    except ModelBusyError as error:
        shown = str(error)
    else:
        shown = found.text
        assert found.input_tokens >= 0
    shown.encode()


@given(st.text(st.characters(codec=None), max_size=900))
def test_words_of_others_become_one_short_printable_line(text):
    line = one_line(text, 200)
    assert len(line) <= 200
    assert line.isprintable()
