"""Describe how a pose changes between two images; retrieve images by a pose and a change in words.

Nothing heavy is imported here: each name below is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autocompose.data.dataset import open_dataset
    from autocompose.describe.geometric import describe_pair
    from autocompose.evaluation.protocol import evaluate
    from autocompose.model.checkpoint import load_checkpoint
    from autocompose.retrieval.gallery import Gallery
    from autocompose.retrieval.search import ComposedRetriever

__version__ = "0.2.0"

__all__ = [
    "ComposedRetriever",
    "Gallery",
    "__version__",
    "describe_pair",
    "evaluate",
    "load_checkpoint",
    "open_dataset",
]

_HOMES = {
    "ComposedRetriever": "autocompose.retrieval.search",
    "Gallery": "autocompose.retrieval.gallery",
    "describe_pair": "autocompose.describe.geometric",
    "evaluate": "autocompose.evaluation.protocol",
    "load_checkpoint": "autocompose.model.checkpoint",
    "open_dataset": "autocompose.data.dataset",
}


def __getattr__(name: str) -> object:
    """Load an exported name from the module it lives in (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """List the lazy names too, so that completion finds them."""
    return sorted({*globals(), *__all__})
