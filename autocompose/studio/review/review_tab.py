"""Review: descriptions become decisions, by keyboard, and none of them is lost.

The page's code in ``page`` holds the queue and an outbox in the browser's localStorage; each
decision has an operation id and leaves the outbox when the store has acknowledged it.
"""

from __future__ import annotations

import gradio as gr

from autocompose.studio.review.review_actions import ACTION_HANDLERS
from autocompose.studio.review.review_desk import DESK_HANDLERS, ReviewDesk
from autocompose.studio.review.review_files import FILE_HANDLERS
from autocompose.studio.server.identity import personal_call, sign_in_button
from autocompose.studio.server.live_rank import live_rank
from autocompose.studio.server.state import Studio
from autocompose.studio.server.tab_page import tab_page
from autocompose.studio.server.transport import page_call


def build_review_tab(studio: Studio) -> gr.HTML:
    """The tab's one component; its code is in ``review/page``."""
    desk = ReviewDesk(studio, studio.config.store)
    login = studio.config.login
    sign_in_button(login)
    handlers = (*DESK_HANDLERS, *FILE_HANDLERS, *ACTION_HANDLERS)
    personal = [personal_call(handler, desk, login) for handler in handlers]
    return tab_page("review", [*personal, page_call(live_rank, studio)])
