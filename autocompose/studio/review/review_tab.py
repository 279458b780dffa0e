"""Review: descriptions become decisions, by keyboard, and none of them is lost.

The page's code in ``page`` holds the queue and an outbox in the browser's localStorage; each
decision has an operation id and leaves the outbox when the store has acknowledged it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from autocompose.review.people.logins import Login
from autocompose.studio.review.review_actions import ACTION_HANDLERS
from autocompose.studio.review.review_desk import DESK_HANDLERS, Handler, ReviewDesk
from autocompose.studio.server.identity import sign_in_button, visitor_of
from autocompose.studio.server.page_files import mount_script
from autocompose.studio.server.state import Studio
from autocompose.studio.server.theme import asset
from autocompose.studio.server.transport import answered


def review_call(handler: Handler, desk: ReviewDesk, login: Login) -> Callable[..., dict[str, Any]]:
    """A handler as a `gr.HTML` server function of the same name, told who asks."""

    def call(payload: Any, request: gr.Request, profile: gr.OAuthProfile | None) -> dict[str, Any]:
        def handle(fields: dict[str, Any]) -> dict[str, Any]:
            return handler(desk, login.who(visitor_of(request, profile)), fields)

        return answered(payload, handle)

    call.__name__ = handler.__name__
    return call


def build_review_tab(studio: Studio) -> gr.HTML:
    """The tab's one component; its code is in ``review/page``."""
    desk = ReviewDesk(studio, studio.config.store)
    login = studio.config.login
    sign_in_button(login)
    return gr.HTML(
        value="",
        html_template=asset("web/tab.html"),
        js_on_load=mount_script("review/page/index.js"),
        server_functions=[
            review_call(handler, desk, login) for handler in (*DESK_HANDLERS, *ACTION_HANDLERS)
        ],
        elem_id="review",
        apply_default_css=False,
    )
