"""The studio: one page of tabs over the same functions that the command line uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from autocompose.studio.augment.augment_tab import build_augment_tab
from autocompose.studio.describe.describe_tab import build_describe_tab
from autocompose.studio.endpoints import add_endpoints
from autocompose.studio.errors.error_desk import ErrorDesk
from autocompose.studio.errors.errors_tab import build_errors_tab
from autocompose.studio.lab.lab_tab import build_lab_tab
from autocompose.studio.retrieve.retrieve_tab import build_retrieve_tab
from autocompose.studio.review.review_tab import build_review_tab
from autocompose.studio.server.cards import card_route, foot
from autocompose.studio.server.document import TITLE, OwnDocument
from autocompose.studio.server.identity import launch_with
from autocompose.studio.server.page_files import CompressedAnswers, mount_script, page_route
from autocompose.studio.server.state import Studio, StudioConfig
from autocompose.studio.server.theme import asset, studio_theme

__all__ = ["BuiltStudio", "Studio", "StudioConfig", "build_studio"]

UPLOAD_LIFE = 3600
"""Seconds after which an upload is deleted, and between two looks."""


@dataclass(frozen=True)
class BuiltStudio:
    """The page, and what ``launch`` must be told so that it looks and behaves as designed."""

    blocks: gr.Blocks
    launch_options: dict[str, Any]

    def launch(self, **options: Any) -> None:
        """Serve the page; ``options`` go to `gradio.Blocks.launch` and win over our own."""
        self.blocks.launch(**{**self.launch_options, **options})


def build_studio(studio: Studio) -> BuiltStudio:
    """Build the page of a studio. Nothing is loaded or started here.

    Args:
        studio: what the page shows; call `Studio.start` to load its model.
    """
    with gr.Blocks(
        title=TITLE,
        analytics_enabled=False,
        fill_width=True,
        delete_cache=(UPLOAD_LIFE, UPLOAD_LIFE),
    ) as blocks:
        gr.HTML(
            value="",
            html_template=asset("web/header.html"),
            js_on_load=mount_script("web/masthead.js"),
            elem_id="masthead",
            apply_default_css=False,
        )
        with gr.Tabs(elem_id="rooms"):
            with gr.Tab("Retrieve", id="retrieve"):
                build_retrieve_tab(studio)
            with gr.Tab("Describe", id="describe"):
                build_describe_tab(studio)
            with gr.Tab("Augment", id="augment"):
                build_augment_tab(studio)
            with gr.Tab("Pose lab", id="lab"):
                build_lab_tab(studio)
            if studio.config.store:
                with gr.Tab("Review", id="review"):
                    build_review_tab(studio)
            workspace = studio.config.workspace
            desk = None
            if workspace is not None:
                desk = ErrorDesk(studio, studio.config.store, workspace.error_runs)
                with gr.Tab("Errors", id="errors"):
                    build_errors_tab(studio, desk)
        gr.HTML(
            value=foot(studio.config.cards, studio.config.code),
            elem_id="colophon",
            apply_default_css=False,
        )
        add_endpoints(studio, desk)
    return BuiltStudio(blocks, _launch_options(studio))


def _launch_options(studio: Studio) -> dict[str, Any]:
    folders = {str(image.path.parent.resolve()) for image in studio.images}
    folders |= {str(i.path.parent.resolve()) for p in studio.pairs for i in (p.reference, p.target)}
    others = () if studio.shelf is None else studio.shelf.picture_folders()
    folders |= {str(folder.resolve()) for folder in (*studio.config.extra_folders, *others)}
    cards = (*studio.config.cards, *(() if studio.shelf is None else studio.shelf.cards()))
    return {
        "theme": studio_theme(),
        "css": asset("web/studio.css")
        + asset("review/page/review.css")
        + asset("errors/page/errors.css")
        + asset("lab/page/lab.css"),
        **launch_with(studio.config.login),
        "footer_links": [],
        "run_history": False,
        "ssr_mode": False,
        "enable_monitoring": False,
        "allowed_paths": sorted(folders),
        "app_kwargs": {
            "routes": [page_route(), card_route(cards)],
            "middleware": [Middleware(CompressedAnswers), Middleware(OwnDocument)],
        },
        "max_file_size": studio.config.max_upload_bytes,
        "mcp_server": studio.config.mcp,
    }
