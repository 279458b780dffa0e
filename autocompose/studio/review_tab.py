"""Review: descriptions become decisions, by keyboard, and none of them is lost.

The page's script holds the queue and an outbox in the browser's localStorage; each decision has an
operation id and leaves the outbox when the store has acknowledged it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from autocompose.errors import AutoComPoseError, ConfigError, LoginError
from autocompose.review.people import LOCAL_USER, Reviewer, Role, Users
from autocompose.studio.review_desk import HANDLERS, Handler, ReviewDesk
from autocompose.studio.state import Studio
from autocompose.studio.theme import asset, tab_script
from autocompose.studio.transport import one_line


def who_asks(users: Users | None, username: str | None) -> Reviewer:
    """The person behind a request, as the login knows them; nothing a page sends enters.

    Args:
        users: who may log in; None is a studio on one's own machine, with one local user.
        username: of the login, if there was one.

    Raises:
        LoginError: nobody is logged in, or the user was removed.
    """
    if users is None:
        return Reviewer(username or LOCAL_USER, Role.ADMINISTRATOR)
    found = [one for one in users.reviewers if one.name == username]
    if not found:
        raise LoginError("you are not logged in, or no longer a reviewer; log in again")
    return found[0]


def log_in_with(path: Path | None) -> dict[str, Any]:
    """What ``launch`` must be told so that only the users of a file come in."""
    if path is None:
        return {}
    users = Users(path)

    def known(name: str, password: str) -> bool:
        try:
            users.log_in(name, password)
        except LoginError:
            return False
        return True

    return {"auth": known}


def review_call(
    handler: Handler, desk: ReviewDesk, users: Users | None
) -> Callable[[Any, gr.Request], dict[str, Any]]:
    """A handler as a `gr.HTML` server function of the same name, told who asks."""

    def call(payload: Any, request: gr.Request) -> dict[str, Any]:
        try:
            if not isinstance(payload, dict):
                raise ConfigError("the page sent no fields; reload it")
            who = who_asks(users, getattr(request, "username", None))
            return {"ok": True, **handler(desk, who, payload)}
        except AutoComPoseError as error:
            return {"ok": False, "error": one_line(error), "kind": type(error).__name__}

    call.__name__ = handler.__name__
    return call


def build_review_tab(studio: Studio) -> gr.HTML:
    """The tab's one component; its scripts are ``assets/outbox.js`` and ``assets/review*.js``."""
    desk = ReviewDesk(studio, studio.config.store)
    users = Users(studio.config.users) if studio.config.users is not None else None
    return gr.HTML(
        value="",
        html_template=asset("tab.html"),
        js_on_load=tab_script("outbox.js", "review_parts.js", "review.js"),
        server_functions=[review_call(handler, desk, users) for handler in HANDLERS],
        elem_id="review",
        apply_default_css=False,
    )
