"""Who is behind a request: whom gradio's own logins vouch for; nothing that a page sends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr
from starlette.requests import Request

from autocompose.errors import LoginError
from autocompose.review.people.logins import HuggingFaceLogin, Login, PasswordLogin, Visitor
from autocompose.studio.server.pictures import Page
from autocompose.studio.server.transport import answered

_OWN_SITE = ("same-origin", "none")


def visitor_of(request: Any, profile: gr.OAuthProfile | None) -> Visitor:
    """What a request's logins vouch for.

    Args:
        request: as gradio hands it to a server function: Starlette's, without a user name.
        profile: from the session that gradio signs after a sign-in with Hugging Face.

    Raises:
        LoginError: another site's page sent it, with the cookies of somebody who is logged in here.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in _OWN_SITE:
        raise LoginError("the request came from a page of another site; open the studio itself")
    return Visitor(_password_name(request), profile.username if profile is not None else None)


def personal_call(handler: Callable[..., Any], desk: Any, login: Login) -> Callable[..., Page]:
    """A handler as a `gr.HTML` server function of the same name, told who asks.

    Args:
        handler: called with the desk, the person and what the page sent.
        desk: what the handler works on.
        login: tells who a visitor is.
    """

    def call(payload: Any, request: gr.Request, profile: gr.OAuthProfile | None) -> Page:
        def handle(fields: Page) -> Any:
            return handler(desk, login.who(visitor_of(request, profile)), fields)

        return answered(payload, handle)

    call.__name__ = handler.__name__
    return call


def _password_name(request: Request) -> str | None:
    # Only gradio's event routes turn the cookie into a name; server functions get the bare request.
    app = request.scope.get("app")
    cookie, tokens = getattr(app, "cookie_id", None), getattr(app, "tokens", {})
    for name in (f"access-token-{cookie}", f"access-token-unsecure-{cookie}"):
        found = tokens.get(request.cookies.get(name))
        if found is not None:
            return str(found)
    return None


def launch_with(login: Login) -> dict[str, Any]:
    """What ``launch`` must be told so that only those come in who have a password."""
    return {"auth": login.accepts} if isinstance(login, PasswordLogin) else {}


def sign_in_button(login: Login) -> None:
    """The button that leads to Hugging Face and back, where that is how people log in."""
    if isinstance(login, HuggingFaceLogin):
        gr.LoginButton(size="sm", elem_id="sign-in")
