"""Texts about what is shown, linked at the foot of the page: data card, model card, licence."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from autocompose.studio.server.page_files import PLACE

PAPER = "https://arxiv.org/abs/2503.22884"
MAX_CARD = 2_000_000
"""Bytes of a text that is served."""


@dataclass(frozen=True)
class Card:
    """A text file about what the page shows.

    Args:
        name: its place in the address.
        label: of the link.
        path: the file; a card whose file is missing is not linked.
    """

    name: str
    label: str
    path: Path

    @property
    def there(self) -> bool:
        """Whether there is a file of a sensible size."""
        return self.path.is_file() and self.path.stat().st_size <= MAX_CARD


def foot(cards: Sequence[Card], code: str = "") -> str:
    """The foot of the page, as HTML.

    Args:
        cards: texts that are served here.
        code: address of the source code, where there is one.
    """
    links = [(PAPER, "Paper (arXiv 2503.22884)")]
    links += [(code, "Source code")] if code else []
    links += [(f"{PLACE}/card/{card.name}", card.label) for card in cards if card.there]
    items = "".join(
        f'<li><a href="{html.escape(address)}" target="_blank" rel="noopener">{label}</a></li>'
        for address, label in links
    )
    return f'<nav class="ac ac-foot" aria-label="About"><ul>{items}</ul></nav>'


def card_route(cards: Sequence[Card]) -> Route:
    """Serves the cards as plain text."""
    known = {card.name: card for card in cards}

    def serve(request: Request) -> Response:
        card = known.get(request.path_params["name"])
        if card is None or not card.there:
            return PlainTextResponse("there is no such text here", status_code=404)
        return PlainTextResponse(card.path.read_text(encoding="utf-8", errors="replace"))

    return Route(f"/{PLACE}/card/{{name}}", serve, methods=["GET", "HEAD"])
