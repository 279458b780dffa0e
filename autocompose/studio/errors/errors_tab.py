"""Errors: which queries of a split fail, why, and what becomes of them."""

from __future__ import annotations

from functools import partial
from typing import Any

import gradio as gr

from autocompose.studio.errors.error_desk import ACTING, LOOKING, ErrorDesk, LookingHandler
from autocompose.studio.server.identity import personal_call
from autocompose.studio.server.live_rank import live_rank
from autocompose.studio.server.pictures import Page
from autocompose.studio.server.state import Studio
from autocompose.studio.server.tab_page import tab_page
from autocompose.studio.server.transport import answered, page_call


def build_errors_tab(studio: Studio, desk: ErrorDesk) -> gr.HTML:
    """The tab's one component; its module is ``errors/page/index.js``."""
    acting = [personal_call(handler, desk, studio.config.login) for handler in ACTING]
    looking = [_looking(handler, desk) for handler in LOOKING]
    return tab_page("errors", [*looking, *acting, page_call(live_rank, studio)])


def _looking(handler: LookingHandler, desk: ErrorDesk) -> Any:
    """A handler for everybody as a `gr.HTML` server function of the same name."""

    def call(payload: Any) -> Page:
        return answered(payload, partial(handler, desk))

    call.__name__ = handler.__name__
    return call
