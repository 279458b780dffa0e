"""Between a page and a handler: read fields, answer with JSON, turn errors into one line.

What a browser sends is untrusted: each field is read by name, checked and bounded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any, TypeVar

from autocompose.errors import (
    AutoComPoseError,
    ConfigError,
    one_line,
)
from autocompose.schema import View
from autocompose.studio.server.pictures import Page, to_page
from autocompose.studio.server.shelf import OpenChoice
from autocompose.studio.server.state import Studio

MAX_TEXT = 4000
"""Characters of one text field. 77 tokens are about 400; the text encoder cuts the rest."""

MAX_ROWS = 64
"""Items of one list field."""

Choice = TypeVar("Choice", bound=Enum)
Handler = Callable[[Studio, Page], Any]
"""Answers one call of the page with a record, which the page gets whole (`to_page`)."""


@dataclass(frozen=True)
class NothingToSay:
    """It was done."""


def page_call(handler: Handler, studio: Studio) -> Callable[[Any], Page]:
    """A handler as a `gr.HTML` server function of the same name."""

    def call(payload: Any) -> Page:
        return answered(payload, lambda page: handler(opened(studio, page), page))

    call.__name__ = handler.__name__
    return call


def opened(studio: Studio, payload: Page) -> Studio:
    """The studio that a page has opened: the operator's, where it names nothing.

    Args:
        studio: the operator's.
        payload: ``open``: names of ``dataset``, ``split``, ``checkpoint`` and ``gallery``.

    Raises:
        ConfigError: nothing can be opened here, or a name is not listed.
    """
    named = payload.get("open")
    if not named:
        return studio
    if not isinstance(named, dict):
        raise ConfigError('field "open" is not an object; reload the page')
    choice = OpenChoice(*(read_text(named, one.name) for one in fields(OpenChoice)))
    if choice == OpenChoice():
        return studio
    if studio.shelf is None:
        raise ConfigError(
            "nothing else can be opened in this studio; remove __dataset and the like from the"
            " address"
        )
    return studio.shelf.studio(choice, studio)


def answered(payload: Any, handle: Callable[[Page], Any]) -> Page:
    """What a page gets for what it sent.

    An `AutoComPoseError` becomes ``{"error": "one line"}``, which the page shows in place. Every
    other answer carries ``ok``: a server function resolves to undefined when the server is down.
    """
    try:
        if not isinstance(payload, dict):
            raise ConfigError("the page sent no fields; reload it")
        answer = handle(payload)
        return {"ok": True, **(answer if isinstance(answer, dict) else to_page(answer))}
    except AutoComPoseError as error:
        return {"ok": False, "error": one_line(error), "kind": type(error).__name__}


def read_text(payload: Page, name: str) -> str:
    """A text field; absent means empty.

    Raises:
        ConfigError: not a text, or longer than `MAX_TEXT`.
    """
    value = payload.get(name, "")
    if not isinstance(value, str):
        raise ConfigError(f'field "{name}" is {type(value).__name__}; send a text')
    if len(value) > MAX_TEXT:
        raise ConfigError(f'"{name}" has {len(value)} characters; write at most {MAX_TEXT}')
    return value


def read_texts(payload: Page, name: str) -> tuple[str, ...]:
    """A list of texts, or one text; absent means none.

    Raises:
        ConfigError: not such a list, or more than `MAX_ROWS` texts, or one longer than `MAX_TEXT`.
    """
    value = payload.get(name, [])
    rows = [value] if isinstance(value, str) else read_rows(payload, name)
    return tuple(read_text({name: row}, name) for row in rows)


def read_flag(payload: Page, name: str) -> bool:
    """A switch; absent means off.

    Raises:
        ConfigError: neither true nor false.
    """
    value = payload.get(name, False)
    if not isinstance(value, bool):
        raise ConfigError(f'field "{name}" is {type(value).__name__}; send true or false')
    return value


def read_int(payload: Page, name: str, *, low: int, high: int, default: int) -> int:
    """A whole number, moved into ``low..high``.

    Raises:
        ConfigError: not a whole number.
    """
    value = payload.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigError(f'field "{name}" is not a number; send {low} to {high}')
    if value != value or value in (float("inf"), float("-inf")):
        raise ConfigError(f'field "{name}" is not a number; send {low} to {high}')
    return max(low, min(high, int(value)))


def read_share(payload: Page, name: str) -> float | None:
    """A number from 0 to 1; None where it is absent or null.

    Raises:
        ConfigError: not such a number.
    """
    value = payload.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ConfigError(f'field "{name}" is not a number from 0 to 1; move the slider')
    return float(value)


def read_rows(payload: Page, name: str) -> list[Any]:
    """A list field of at most `MAX_ROWS` items.

    Raises:
        ConfigError: not a list, or too long.
    """
    value = payload.get(name, [])
    if not isinstance(value, list) or len(value) > MAX_ROWS:
        raise ConfigError(f'field "{name}" is not a list of at most {MAX_ROWS} items')
    return value


def read_choice(kind: type[Choice], value: str) -> Choice:
    """A member of an enumeration by its value.

    Raises:
        ConfigError: there is no such value; the message lists those that there are.
    """
    allowed = [one.value for one in kind]
    if value not in allowed:
        name = kind.__name__.lower()
        raise ConfigError(f'{name} "{value[:40]}" is unknown; use one of {", ".join(allowed)}')
    return kind(value)


def read_view(payload: Page) -> View:
    """The view that a page names; without one it is the pair as it is."""
    return read_choice(View, read_text(payload, "view") or View.FORWARD.value)
