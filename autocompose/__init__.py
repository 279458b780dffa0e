"""Describe how a pose changes between two images; retrieve images by a pose and a change in words.

Nothing heavy is imported here: each name below is loaded when it is first used. docs/api.md lists
them with their signatures.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autocompose.data.archive import list_images
    from autocompose.data.dataset import PoseDataset, open_dataset
    from autocompose.describe.geometric import describe_pair
    from autocompose.errors import AmbiguousSideError, AutoComPoseError
    from autocompose.evaluation.protocol import EvalReport, evaluate
    from autocompose.lab.contacts.refined import AskedBody, RefinedBody, refined_body
    from autocompose.lab.contacts.touch_words import touches_in
    from autocompose.lab.contacts.touches import Touch
    from autocompose.lab.contacts.two_people import PersonTouch, refined_pair
    from autocompose.language.reader.claims import Claim, ClaimReport, ClaimVerdict, Outcome
    from autocompose.language.reader.read import read_claims
    from autocompose.language.sides.mirror import mirror_text
    from autocompose.model.checkpoint import load_checkpoint
    from autocompose.model.composed import ComposedModel
    from autocompose.retrieval.embed import embed_images
    from autocompose.retrieval.gallery import Gallery
    from autocompose.retrieval.gallery_files import load_gallery, save_gallery
    from autocompose.retrieval.search import ComposedRetriever
    from autocompose.schema import (
        BodyPart,
        ComposedQuery,
        Event,
        Hit,
        PartDescription,
        PoseImage,
        PosePair,
        RetrievalResult,
        Source,
        TransitionDescription,
        View,
    )
    from autocompose.verify.judge import PairJudge, check_text

__version__ = "0.2.0"

__all__ = [
    "AmbiguousSideError",
    "AskedBody",
    "AutoComPoseError",
    "BodyPart",
    "Claim",
    "ClaimReport",
    "ClaimVerdict",
    "ComposedModel",
    "ComposedQuery",
    "ComposedRetriever",
    "EvalReport",
    "Event",
    "Gallery",
    "Hit",
    "Outcome",
    "PairJudge",
    "PartDescription",
    "PersonTouch",
    "PoseDataset",
    "PoseImage",
    "PosePair",
    "RefinedBody",
    "RetrievalResult",
    "Source",
    "Touch",
    "TransitionDescription",
    "View",
    "__version__",
    "check_text",
    "describe_pair",
    "embed_images",
    "evaluate",
    "list_images",
    "load_checkpoint",
    "load_gallery",
    "mirror_text",
    "open_dataset",
    "read_claims",
    "refined_body",
    "refined_pair",
    "save_gallery",
    "touches_in",
]

_HOMES = {
    "data.archive": ("list_images",),
    "data.dataset": ("PoseDataset", "open_dataset"),
    "describe.geometric": ("describe_pair",),
    "errors": ("AmbiguousSideError", "AutoComPoseError"),
    "evaluation.protocol": ("EvalReport", "evaluate"),
    "lab.contacts.refined": ("AskedBody", "RefinedBody", "refined_body"),
    "lab.contacts.touch_words": ("touches_in",),
    "lab.contacts.touches": ("Touch",),
    "lab.contacts.two_people": ("PersonTouch", "refined_pair"),
    "language.reader.claims": ("Claim", "ClaimReport", "ClaimVerdict", "Outcome"),
    "language.reader.read": ("read_claims",),
    "language.sides.mirror": ("mirror_text",),
    "model.checkpoint": ("load_checkpoint",),
    "model.composed": ("ComposedModel",),
    "retrieval.embed": ("embed_images",),
    "retrieval.gallery": ("Gallery",),
    "retrieval.gallery_files": ("load_gallery", "save_gallery"),
    "retrieval.search": ("ComposedRetriever",),
    "schema": (
        *("BodyPart", "ComposedQuery", "Event", "Hit", "PartDescription", "PoseImage", "PosePair"),
        *("RetrievalResult", "Source", "TransitionDescription", "View"),
    ),
    "verify.judge": ("PairJudge", "check_text"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    """Load an exported name from the module it lives in (PEP 562)."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    """List the lazy names too, so that completion finds them."""
    return sorted({*globals(), *__all__})
