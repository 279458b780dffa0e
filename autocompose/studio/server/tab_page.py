"""A tab as one component of gradio: an empty frame that the tab's own page code fills."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import gradio as gr

from autocompose.studio.server.page_files import mount_script
from autocompose.studio.server.theme import asset


def tab_page(name: str, functions: Iterable[Callable[..., Any]]) -> gr.HTML:
    """The one component of a tab; its module is ``NAME/page/index.js``.

    Args:
        name: the tab's folder in ``studio``, and the component's id in the document.
        functions: server functions, which the page calls by their names.

    Raises:
        KeyError: the page has no such module.
    """
    return gr.HTML(
        value="",
        html_template=asset("web/tab.html"),
        js_on_load=mount_script(f"{name}/page/index.js"),
        server_functions=list(functions),
        elem_id=name,
        apply_default_css=False,
    )
