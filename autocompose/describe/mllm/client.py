"""A multimodal model behind one method: ask it, get text, tokens and seconds, or a `ModelError`.

`OpenAIMLLM` speaks to any endpoint with the OpenAI chat protocol; `ScriptedMLLM` answers in tests.
"""

from __future__ import annotations

import asyncio
import email.utils
import html
import math
import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from importlib.util import find_spec
from types import TracebackType
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit, urlunsplit

from autocompose.describe.mllm.chat import (
    Dialect,
    ErrorInsideError,
    Feedback,
    ModelAnswer,
    ModelRequest,
    ResponseSchema,
    encode_chat,
    estimate_tokens,
    plainer,
    read_completion,
    refusal,
    sampling_fault,
)
from autocompose.describe.mllm.proxies import proxy_for
from autocompose.errors import (
    ConfigError,
    ModelBusyError,
    ModelError,
    ModelRequestError,
    ModelTimeoutError,
    ModelUnavailableError,
    one_line,
)

if TYPE_CHECKING:
    from openai import AsyncOpenAI

__all__ = [
    "DEFAULT_BASE_URL",
    "MLLM",
    "Feedback",
    "ModelAnswer",
    "ModelRequest",
    "OpenAIMLLM",
    "ResponseSchema",
    "ScriptedMLLM",
    "estimate_tokens",
]

DEFAULT_BASE_URL = "https://api.openai.com/v1"
NO_KEY = "no-key"
"""Sent where a local server wants none; the openai package insists on one."""

_FIRST_BACKOFF = 0.5
_MAX_BACKOFF = 8.0
_MAX_RETRY_AFTER = 120.0
_TOLD_WAIT = 2.0
_SAMPLING_FAULTS = 2
"""Answers outside the schema before one is asked for without it."""


_MAX_PAGE = 20_000
_MARKUP = re.compile(
    r"<(script|style|head)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>", re.DOTALL | re.IGNORECASE
)


class MLLM(Protocol):
    """Anything that answers a `ModelRequest`."""

    async def answer(self, request: ModelRequest) -> ModelAnswer:
        """Answer one request.

        Raises:
            ModelError: see the tree in `autocompose.errors`.
        """
        ...


class OpenAIMLLM:
    """A model at an endpoint with the OpenAI chat protocol.

    Use it as ``async with OpenAIMLLM(...) as mllm:`` inside one event loop. Overload, cut
    connections and time-outs are sent again, after the time that ``Retry-After`` asks for; a
    server that refuses JSON schemas, ``max_tokens`` or a temperature is asked without them from
    then on. Redirects are not followed: images and key go to this endpoint only.

    Args:
        base_url: of the endpoint, up to and with ``/v1``.
        api_key: None where the server wants none.
        timeout: seconds for one call, whole.
        retries: times that one request is sent again.
        aiohttp: use the faster transport; by default wherever it is installed.
        on_notice: gets one line when calls wait for long, and when they go through a proxy.

    Raises:
        ConfigError: the URL is not one of http or https, or holds a password.
    """

    def __init__(
        self,
        *,
        base_url: str = DEFAULT_BASE_URL,
        api_key: str | None = None,
        timeout: float = 120.0,
        retries: int = 8,
        aiohttp: bool | None = None,
        on_notice: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.endpoint = check_url(base_url)
        self._key = api_key or NO_KEY
        self._notice = on_notice
        self._proxy = proxy_for(self.endpoint)
        self._timeout = timeout
        self._retries = retries
        self._aiohttp = find_spec("aiohttp") is not None if aiohttp is None else aiohttp
        self._client: AsyncOpenAI | None = None
        self._dialect = Dialect()
        self._reached = False
        self._resume_at = 0.0

    async def __aenter__(self) -> OpenAIMLLM:
        """Itself; the connection is made with the first call."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def answer(self, request: ModelRequest) -> ModelAnswer:
        """Answer one request, sending it again where that can help.

        Raises:
            ModelUnavailableError: no request to this model can pass.
            ModelTimeoutError: no answer in time, ``retries`` times over.
            ModelBusyError: overloaded or out of reach, ``retries`` times over.
            ModelRequestError: the server refused this request.
        """
        retries = faults = 0
        while True:
            dialect = self._dialect
            try:
                # A model that cannot keep to the schema may manage without it.
                sent = replace(dialect, schema=False) if faults > _SAMPLING_FAULTS else dialect
                return replace(await self._ask(request, sent), retries=retries)
            except _Refused as refused:
                if sampling_fault(refused.status, refused.message) and faults <= _SAMPLING_FAULTS:
                    faults, retries = faults + 1, retries + 1
                    continue
                if self._dialect is not dialect:
                    continue  # another call found a plainer dialect meanwhile
                simpler = plainer(dialect, refused.status, refused.message, request=request)
                if simpler is not None:
                    self._dialect = simpler
                    continue
                error = refused.meaning
                wait = refused.retry_after if _passes_later(error) else None
            except (ModelBusyError, ModelTimeoutError) as failure:
                # A try that was billed is the caller's to repeat, who watches the price.
                error, wait = failure, None if failure.billed else 0.0
            # A server that was never reached is more likely absent than busy.
            limit = self._retries if self._reached else min(self._retries, 2)
            if wait is not None and wait > _MAX_RETRY_AFTER:
                error = type(error)(f"{error}; {_too_long(wait)}")
            if wait is None or retries >= limit or wait > _MAX_RETRY_AFTER:
                error.retries = retries
                raise error
            await self._wait(wait, retries, error)
            retries += 1

    async def _ask(self, request: ModelRequest, dialect: Dialect) -> ModelAnswer:
        import openai

        while (pause := self._resume_at - time.monotonic()) > 0:
            await asyncio.sleep(pause)
        post = self._connect().post
        started = time.monotonic()
        try:
            # Bytes both ways: the typed call walks and copies the pictures several times.
            call = post(
                "/chat/completions",
                cast_to=openai.HttpxBinaryResponseContent,
                content=encode_chat(request, dialect),
                options={"headers": {"content-type": "application/json"}},
            )
            response = await asyncio.wait_for(call, self._timeout)
            body = response.content
        except openai.APIStatusError as error:
            self._reached = True
            message = self._safe(_said(error.body, error.message))
            meaning = refusal(error.status_code, message, request=request, endpoint=self.endpoint)
            raise _Refused(
                error.status_code, message, meaning, _retry_after(error.response.headers)
            ) from None
        except TimeoutError:
            raise self._timed_out() from None
        except openai.OpenAIError as error:
            cause = _first_cause(error)
            if isinstance(cause, asyncio.TimeoutError) or "Timeout" in type(cause).__name__:
                raise self._timed_out() from None
            said = one_line(self._safe(str(cause)) or type(cause).__name__, 200)
            through = f" through the proxy {self._proxy}" if self._proxy else ""
            raise ModelBusyError(f"{self.endpoint} cannot be reached{through} ({said})") from None
        self._reached = True
        try:
            return read_completion(body, request, seconds=time.monotonic() - started)
        except ErrorInsideError as error:
            message = self._safe(error.message)
            meaning = refusal(error.status, message, request=request, endpoint=self.endpoint)
            raise _Refused(error.status, message, meaning, 0.0) from None

    def _timed_out(self) -> ModelTimeoutError:
        return ModelTimeoutError(f"{self.endpoint} did not answer within {self._timeout:g} s")

    async def _wait(self, asked: float, retries: int, error: ModelError) -> None:
        if asked > 0:
            # All calls wait: a rate limit is the account's, not the request's.
            until = time.monotonic() + asked
            if asked >= _TOLD_WAIT and until > self._resume_at + _TOLD_WAIT:
                self._notice(f"waiting {asked:.0f} s, as the server asks: {error}")
            self._resume_at = max(self._resume_at, until)
            return
        backoff = min(_MAX_BACKOFF, _FIRST_BACKOFF * 2**retries)
        await asyncio.sleep(backoff * random.uniform(0.75, 1.0))

    def _connect(self) -> AsyncOpenAI:
        if self._client is None:
            import openai

            plain, faster = openai.DefaultAsyncHttpxClient, openai.DefaultAioHttpClient
            transport = faster if self._aiohttp else plain
            if self._proxy:
                self._notice(f"calls to {self.endpoint} go through the proxy {self._proxy}")
            self._client = openai.AsyncOpenAI(
                api_key=self._key,
                base_url=self.endpoint,
                timeout=self._timeout,
                max_retries=0,
                http_client=transport(
                    follow_redirects=False, timeout=self._timeout, trust_env=bool(self._proxy)
                ),
            )
        return self._client

    def _safe(self, text: str) -> str:
        """The server's words without the key, should it repeat it."""
        return one_line(text if self._key == NO_KEY else text.replace(self._key, "[key]"), 2000)


class ScriptedMLLM:
    """Answers from a script; for tests and for trying the pipeline without a server.

    Args:
        script: the texts in order, or a function of the request that returns a text.
        seconds: how long each answer takes.
    """

    def __init__(
        self, script: Sequence[str] | Callable[[ModelRequest], str], *, seconds: float = 0.0
    ) -> None:
        self.requests: list[ModelRequest] = []
        self._script = script
        self._seconds = seconds

    async def answer(self, request: ModelRequest) -> ModelAnswer:
        """The next text of the script.

        Raises:
            ModelRequestError: the script has no more texts.
        """
        turn = len(self.requests)
        self.requests.append(request)
        await asyncio.sleep(self._seconds)
        if callable(self._script):
            text = self._script(request)
        elif turn < len(self._script):
            text = self._script[turn]
        else:
            raise ModelRequestError(f"the script has {len(self._script)} answers; one more was due")
        return ModelAnswer(
            text=text,
            input_tokens=estimate_tokens(request.system + request.user),
            output_tokens=estimate_tokens(text),
            model=request.model,
        )


class _Refused(Exception):
    """A status that is no success, before it is decided what follows."""

    def __init__(self, status: int, message: str, meaning: ModelError, retry_after: float) -> None:
        super().__init__(message)
        self.status, self.message = status, message
        self.meaning, self.retry_after = meaning, retry_after


def check_url(base_url: str) -> str:
    """The endpoint without a trailing slash.

    Raises:
        ConfigError: it is not an http or https URL, or has a user name or password in it.
    """
    try:
        parts = urlsplit(base_url.strip())
        host = parts.hostname
    except ValueError:
        host = None
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not host:
        raise ConfigError(
            f'base URL "{base_url}" is not an endpoint; write http(s)://HOST[:PORT]/v1'
        )
    if parts.username or parts.password:
        raise ConfigError("the base URL holds a user name or password; give a key instead")
    return urlunsplit(parts).rstrip("/")


def _passes_later(error: ModelError) -> bool:
    return isinstance(error, ModelBusyError) and not isinstance(error, ModelUnavailableError)


def _first_cause(error: BaseException) -> BaseException:
    # The aiohttp transport reports a refused or cut connection as a time-out; the cause tells. A
    # cancellation is how a real time-out ends the wait, not what caused it.
    while (cause := error.__cause__ or error.__context__) is not None:
        if isinstance(cause, asyncio.CancelledError):
            break
        error = cause
    return error


def _said(body: object, text: str) -> str:
    """The server's own words, from the usual ``{"error": {"message", "code"}}`` or as they are."""
    if isinstance(body, dict):
        inner = body.get("error", body)
        if isinstance(inner, dict):
            words = [str(inner[key]) for key in ("message", "code") if inner.get(key)]
            return " ".join(words) or text
        return str(inner)
    if isinstance(body, str) and body.strip():
        return _without_markup(body)
    return text


def _without_markup(page: str) -> str:
    """The words of an HTML page, as proxies and load balancers answer; other text as it is."""
    if "<" not in page:
        return page
    said = _MARKUP.sub(" ", page[:_MAX_PAGE])
    return " ".join(html.unescape(said).split())


def _too_long(wait: float) -> str:
    """What to do about a wait that is not waited for."""
    until = datetime.now().astimezone() + timedelta(seconds=wait)
    return (
        f"it asks to wait {wait:.0f} s, until {until:%H:%M} on {until:%Y-%m-%d}; run the same"
        " command again then"
    )


def _retry_after(headers: Mapping[str, str]) -> float:
    """Seconds that the server asks to wait; 0 when it does not say."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name, "")
        try:
            seconds = float(value) * unit
        except ValueError:
            continue
        return seconds if math.isfinite(seconds) and seconds > 0 else 0.0
    try:
        moment = email.utils.parsedate_to_datetime(headers.get("retry-after", ""))
    except (ValueError, TypeError):
        return 0.0
    return max(0.0, moment.timestamp() - time.time())
