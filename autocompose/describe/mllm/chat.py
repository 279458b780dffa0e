"""The chat protocol without a network: requests, bodies, answers, and what a refusal means.

Source: the OpenAI chat completions protocol, as OpenAI, llama.cpp, vLLM and others serve it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import uuid4

from autocompose.errors import (
    ModelBusyError,
    ModelError,
    ModelRequestError,
    ModelUnavailableError,
    one_line,
)

RETRIED = frozenset([408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529])
"""Statuses after which the same request may pass."""

_CHARACTERS_PER_TOKEN = 4
_PICTURE = uuid4().hex
"""Marks the place of a picture; drawn by every process, so no text can contain it."""

_IMAGE = re.compile(r"image|vision|multi-?modal|mmproj", re.IGNORECASE)
_REFUSED = re.compile(
    r"not support|n't support|unsupported|only supported|invalid content type|not a multi"
    r"|not enabled|does(?:n't| not) (?:accept|allow|have)|that support image",
    re.IGNORECASE,
)
_SCHEMA = re.compile(
    r"response.?format|json.?schema|json.?object|structured output|output_format|output_config"
    r"|schema|grammar|guided",
    re.IGNORECASE,
)
_BOUNDS = re.compile(r"m(?:ax|in)(?:Length|Items)|keyword|not permitted", re.IGNORECASE)
_QUOTA = re.compile(r"insufficient_quota|exceeded your current quota|billing", re.IGNORECASE)
_NO_CREDIT = re.compile(
    r"insufficient.{0,3}(?:credit|balance|funds)|credit balance is too low|out of credits?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class ResponseSchema:
    """The JSON form of an answer, for servers that enforce one."""

    name: str
    schema: Mapping[str, Any]


@dataclass(frozen=True)
class Feedback:
    """A rejected answer, and the reason that is sent back to the model."""

    answer: str
    problem: str


@dataclass(frozen=True)
class ModelRequest:
    """One call.

    Args:
        stage: ``parts`` (Stage I, looks at images), ``phrasings`` (Stage II, text only), or
            ``touches`` (what touches in one image).
        images: JPEG files; one montage, or reference then target.
        schema: None where any text will do.
        sample: 0, 1, ... for several answers to one question.
        subject: pair and view that it is about. Not sent: the same notes on two views are two
            questions, as each view gets texts of its own.
        endpoint: that is asked; not sent either. Two endpoints answer one question differently.
        feedback: earlier answers that were not accepted, oldest first.
    """

    stage: Literal["parts", "phrasings", "touches"]
    model: str
    system: str
    user: str
    images: tuple[bytes, ...] = ()
    schema: ResponseSchema | None = None
    temperature: float = 0.7
    max_tokens: int = 1200
    sample: int = 0
    subject: str = ""
    feedback: tuple[Feedback, ...] = ()
    endpoint: str = ""

    def key(self) -> str:
        """Content address (sha256, hex): equal requests on one subject have equal keys."""
        return self.known_keys()[0]

    def known_keys(self) -> tuple[str, ...]:
        """The request's own key, then the one without endpoint of files up to version 0.2."""
        content = [
            self.stage, self.model, self.system, self.user,
            [hashlib.sha256(image).hexdigest() for image in self.images],
            None if self.schema is None else [self.schema.name, self.schema.schema],
            self.temperature, self.max_tokens, self.sample, self.subject,
            [[turn.answer, turn.problem] for turn in self.feedback],
        ]  # fmt: skip
        old = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
        if not self.endpoint:
            return (old,)
        return hashlib.sha256(f"{self.endpoint} {old}".encode()).hexdigest(), old


@dataclass(frozen=True)
class ModelAnswer:
    """What came back.

    Args:
        seconds: from sending to the last byte, without waits between retries.
        retries: times the same request was sent again (overload, cut connection, time-out).
        estimated: the server reported no token counts, so they are estimates.
        created_at: UTC time of the answer, ISO 8601; set by whoever stores it.
    """

    text: str
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    model: str = ""
    finish_reason: str = "stop"
    retries: int = 0
    estimated: bool = False
    created_at: str = ""


@dataclass(frozen=True)
class Dialect:
    """What one server understands; it only ever gets plainer.

    Args:
        bounds: lengths of strings and lists inside the schema.
        schema: ``response_format`` with a JSON schema; without it the prompt alone asks for JSON.
        max_tokens: the older name of the limit, instead of ``max_completion_tokens``.
        temperature: any value but the server's own.
    """

    bounds: bool = True
    schema: bool = True
    max_tokens: bool = True
    temperature: bool = True


def encode_chat(request: ModelRequest, dialect: Dialect = Dialect()) -> bytes:
    """The JSON body of one chat completion.

    The pictures are put in after the rest is encoded: base64 needs no escaping, and scanning it
    for what does costs more than everything else of a call (docs/performance.md).
    """
    before, *after = json.dumps(_chat_body(request, dialect)).encode().split(_PICTURE.encode())
    pieces = [before]
    for image, text in zip(request.images, after, strict=True):
        pieces += (b"data:image/jpeg;base64,", base64.b64encode(image), text)
    return b"".join(pieces)


def _chat_body(request: ModelRequest, dialect: Dialect) -> dict[str, Any]:
    """The body with `_PICTURE` in place of each image.

    Images come first and with equal ``detail``, so that a server can reuse an equal beginning.
    """
    content: str | list[dict[str, Any]] = request.user
    if request.images:
        content = [
            {"type": "image_url", "image_url": {"url": _PICTURE, "detail": "high"}}
            for _ in request.images
        ]
        content.append({"type": "text", "text": request.user})
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": request.system},
        {"role": "user", "content": content},
    ]
    for turn in request.feedback:
        messages.append({"role": "assistant", "content": turn.answer or "(no answer)"})
        messages.append({"role": "user", "content": turn.problem})
    body: dict[str, Any] = {"model": request.model, "messages": messages}
    body["max_tokens" if dialect.max_tokens else "max_completion_tokens"] = request.max_tokens
    if dialect.temperature:
        body["temperature"] = request.temperature
    if request.schema is not None and dialect.schema:
        schema = request.schema.schema if dialect.bounds else _without_bounds(request.schema.schema)
        named = {"name": request.schema.name, "strict": True, "schema": schema}
        body["response_format"] = {"type": "json_schema", "json_schema": named}
    return body


class ErrorInsideError(Exception):
    """The body of a success holds an error, as routers between vendors send it.

    Args:
        status: the HTTP status that it stands for.
        message: the server's words.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


def read_completion(body: bytes, request: ModelRequest, *, seconds: float = 0.0) -> ModelAnswer:
    """The text and token counts of a chat completion.

    Args:
        body: of the server's answer, undecoded.
        request: what was asked.
        seconds: that the call took.

    Raises:
        ModelBusyError: the body is not a chat completion; the same request may pass later. It says
            what was billed all the same.
        ErrorInsideError: the body is an error of the server.
    """
    usage = _Usage()
    try:
        document = json.loads(body)
        if isinstance(document, dict) and document.get("error") and not document.get("choices"):
            raise _error_inside(document["error"])
        usage = _read_usage(document.get("usage") or {})
        choice = document["choices"][0]
        message = choice["message"]
        text, refusal = message.get("content"), message.get("refusal")
        finish = str(choice.get("finish_reason") or "stop")
        model = str(document.get("model") or request.model)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        shown = one_line(body[:80].decode("utf-8", "replace"), 200)
        busy = ModelBusyError(f'the server answered "{shown}", not a chat completion')
        busy.input_tokens, busy.output_tokens = usage.input or 0, usage.output or 0
        raise busy from None
    if isinstance(text, list):  # some servers answer in content parts
        text = "".join(str(p.get("text", "")) for p in text if isinstance(p, dict))
    if not isinstance(text, str) or not text.strip():
        text = _tool_arguments(message)
    if isinstance(refusal, str) and refusal and not text:
        text, finish = refusal, "refusal"
    # No prompt has no tokens, and no text of the answer has none either.
    known = bool(usage.input) and usage.output is not None and (usage.output > 0 or not text)
    prompt = request.system + request.user + "".join(t.answer for t in request.feedback)
    # A lone surrogate is legal in JSON and cannot be stored as UTF-8.
    return ModelAnswer(
        text=text.encode("utf-8", "replace").decode(),
        input_tokens=(usage.input or 0) if known else estimate_tokens(prompt),
        output_tokens=(usage.output or 0) if known else estimate_tokens(text),
        seconds=seconds,
        model=one_line(model, 200),
        finish_reason=one_line(finish, 200),
        estimated=not known,
    )


@dataclass(frozen=True)
class _Usage:
    """Tokens as the server counts them; None where it does not say."""

    input: int | None = None
    output: int | None = None


def _read_usage(usage: Mapping[str, Any]) -> _Usage:
    names = ("prompt_tokens", "completion_tokens", "total_tokens")
    counts = [usage.get(name) for name in names]
    prompt, completion, total = [
        count if isinstance(count, int) and 0 <= count < 2**31 else None for count in counts
    ]
    if prompt is not None and completion is not None and total is not None:
        # Some vendors count hidden thinking, which they bill as output, in the total alone.
        completion = max(completion, total - prompt)
    return _Usage(prompt, completion)


def _error_inside(error: Any) -> ErrorInsideError:
    words = error if isinstance(error, Mapping) else {"message": error}
    code = words.get("code")
    status = code if isinstance(code, int) and 400 <= code < 600 else 500
    said = " ".join(str(words[name]) for name in ("message", "code") if words.get(name))
    return ErrorInsideError(status, said)


def _tool_arguments(message: Mapping[str, Any]) -> str:
    """The arguments of a tool call, where a server puts structured answers into one."""
    calls = message.get("tool_calls")
    try:
        arguments = calls[0]["function"]["arguments"] if calls else ""
    except (LookupError, TypeError):
        return ""
    return arguments if isinstance(arguments, str) else ""


def sampling_fault(status: int, message: str) -> bool:
    """Whether the model failed to keep to the schema this time; another try may do."""
    lower = message.lower()
    return status == 400 and ("json_validate_failed" in lower or "failed to generate json" in lower)


def plainer(
    dialect: Dialect, status: int, message: str, *, request: ModelRequest
) -> Dialect | None:
    """The next plainer dialect when a refusal names something this one uses, else None.

    Args:
        dialect: that was refused.
        status: of HTTP.
        message: the server's words.
        request: that was refused.
    """
    if status not in (400, 404, 415, 422, 500, 501):
        return None
    lower = message.lower()
    if request.schema is not None and dialect.schema and _SCHEMA.search(message):
        if dialect.bounds and _BOUNDS.search(message):
            return replace(dialect, bounds=False)
        return replace(dialect, schema=False)
    if dialect.max_tokens and "max_tokens" in lower and "max_completion_tokens" in lower:
        return replace(dialect, max_tokens=False)
    if dialect.temperature and "temperature" in lower:
        return replace(dialect, temperature=False)
    return None


def refusal(status: int, message: str, *, request: ModelRequest, endpoint: str) -> ModelError:
    """What a status and the server's words mean, as an error that says what to do.

    The words of a 401 or 403 are left out: some servers repeat the key in them.

    Args:
        status: of HTTP.
        message: the server's words.
        request: that was refused.
        endpoint: where it was sent, for the message.
    """
    said = f"{status}: {one_line(message, 200)}" if message else str(status)
    if request.images and _IMAGE.search(message) and _REFUSED.search(message):
        return ModelUnavailableError(
            f'model "{request.model}" at {endpoint} does not read images ({said}); choose a'
            " multimodal model"
        )
    out_of_quota = status == 429 and _QUOTA.search(message)
    if status == 402 or out_of_quota or _NO_CREDIT.search(message):
        return ModelUnavailableError(
            f"{endpoint} says that the account has no credit left ({said}); add credit"
        )
    if status in (401, 403):
        return ModelUnavailableError(
            f"{endpoint} refused the API key ({status}); check the key and what it may use"
        )
    if status == 404 or "model_not_found" in message:
        return ModelUnavailableError(
            f'{endpoint} does not serve a model "{request.model}" ({said}); check the name and the'
            " URL"
        )
    if 300 <= status < 400:
        return ModelUnavailableError(
            f"{endpoint} points to another address ({status}), which is not followed; give the"
            " final URL"
        )
    if status in RETRIED or status >= 500:
        return ModelBusyError(f"{endpoint} did not answer ({said})")
    return ModelRequestError(f"{endpoint} refused the request ({said})")


def estimate_tokens(text: str) -> int:
    """Tokens of an English text, roughly: a quarter of its characters, rounded up."""
    return -(-len(text) // _CHARACTERS_PER_TOKEN)


def _without_bounds(schema: Any) -> Any:
    if isinstance(schema, Mapping):
        bounds = ("maxLength", "minLength", "maxItems", "minItems")
        return {key: _without_bounds(value) for key, value in schema.items() if key not in bounds}
    return schema
