"""Which record each call of the page is answered with; ``make types`` writes it for the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_type_hints

from autocompose.studio.augment.augment_tab import AUGMENT_HANDLERS
from autocompose.studio.describe.describe_tab import DESCRIBE_HANDLERS, PERSONAL_HANDLERS
from autocompose.studio.errors.error_desk import ACTING, LOOKING
from autocompose.studio.lab.lab_tab import LAB_HANDLERS
from autocompose.studio.retrieve.retrieve_tab import RETRIEVE_HANDLERS
from autocompose.studio.review.review_actions import ACTION_HANDLERS
from autocompose.studio.review.review_desk import DESK_HANDLERS
from autocompose.studio.review.review_files import FILE_HANDLERS
from autocompose.studio.server.live_rank import live_rank
from autocompose.studio.server.page_types import typescript

TYPES = Path(__file__).parent / "web" / "types.d.ts"
HANDLERS = (
    *RETRIEVE_HANDLERS, *DESCRIBE_HANDLERS, *PERSONAL_HANDLERS, *AUGMENT_HANDLERS, *DESK_HANDLERS,
    *FILE_HANDLERS, *ACTION_HANDLERS, *LOOKING, *ACTING, *LAB_HANDLERS, live_rank,
)  # fmt: skip


def answers() -> dict[str, Any]:
    """Name of each call -> the type of its answer."""
    return {handler.__name__: get_type_hints(handler)["return"] for handler in HANDLERS}


def page_types() -> str:
    """The declarations as they should stand in ``web/types.d.ts``."""
    return typescript(answers())


if __name__ == "__main__":
    TYPES.write_text(page_types(), encoding="utf-8")
