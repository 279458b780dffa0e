"""Colours, type and scripts of the studio. All of it is served from this machine."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
from gradio.themes.utils import colors, fonts

STUDIO = Path(__file__).parents[1]

# Gradio's file for weight 600 lacks most letters (6.31.0: 19 of 56 kB); 700 stands in for it.
_FONT = (fonts.LocalFont("IBM Plex Sans", weights=(400, 700)), "ui-sans-serif", "system-ui")


def asset(name: str) -> str:
    """The text of a file of the page, named from the folder ``studio``."""
    return (STUDIO / name).read_text(encoding="utf-8")


def studio_theme() -> gr.themes.Base:
    """Warm grey surfaces and one accent on Gradio's base theme; its fonts are bundled."""
    theme = gr.themes.Base(
        primary_hue=colors.indigo,
        secondary_hue=colors.indigo,
        neutral_hue=colors.stone,
        font=_FONT,
        text_size=gr.themes.sizes.text_md,
        spacing_size=gr.themes.sizes.spacing_md,
        radius_size=gr.themes.sizes.radius_md,
    )
    return theme.set(
        body_background_fill="#f6f4f1",
        body_background_fill_dark="#171513",
        body_text_color="*neutral_900",
        body_text_color_dark="#ece8e3",
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
        block_border_width="0px",
        block_shadow="none",
        color_accent="*primary_600",
        border_color_primary="#ddd8d1",
        border_color_primary_dark="#3a3632",
    )
