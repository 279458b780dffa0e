"""What stands beside the bodies in a ranking: the learnt score, and likeness of the scene.

How much each of them counts is told from the gallery (`own_world`), and can be asked for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from autocompose.data.preprocess import load_image
from autocompose.errors import ImageError
from autocompose.model.checkpoint import ComposedModel
from autocompose.retrieval.gallery import Gallery
from autocompose.retrieval.own_world import learnt_share
from autocompose.retrieval.scenes import Looks, Rows, comparable, look_of, looks_of, same_scene
from autocompose.retrieval.shards.row_stack import RowStack, spans
from autocompose.retrieval.voices import Voices

TIE = 0.01
"""What the learnt score always counts for, so that pictures that nothing else tells apart have an
order."""
_KEPT = 100_000
"""Pictures whose colours are kept in memory, 1.3 kB each; of more they are read for each query."""
_PIECE = 8_192
_LOOKED_AT = 2_000
"""Pictures whose colours are looked at when they are first asked for, where no index has them."""


class Balance:
    """Weighs the learnt score and the scene for one gallery.

    Args:
        model: that embedded the gallery.
        gallery: what is ranked.
        voices: over the same gallery; tell whether bodies have a say.
    """

    def __init__(self, model: ComposedModel, gallery: Gallery, voices: Voices) -> None:
        """Nothing is computed yet."""
        self._model = model
        self._gallery = gallery
        self._voices = voices
        self._lock = threading.Lock()

    @property
    def usual_scene(self) -> float:
        """How far the scene counts where nobody says: as far as the learnt score is of no use."""
        with self._lock:
            return 1.0 - self._share

    @cached_property
    def _share(self) -> float:
        return learnt_share(self._model, self._gallery) if self._voices.can_judge else 1.0

    @cached_property
    def _scenes(self) -> Rows | None:
        gallery = self._gallery
        if gallery.looks is not None:
            return comparable(np.asarray(gallery.looks))
        if gallery.root is None or len(gallery) > _LOOKED_AT:
            return None
        try:
            return comparable(looks_of(gallery.image_ids, gallery.root))
        except ImageError:
            return None  # not all pictures are here: the features must do

    def base(
        self,
        learnt: torch.Tensor,
        alike: Callable[[], torch.Tensor],
        reference: Path | int,
        *,
        scene: float | None = None,
        sample: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """The scores that bodies add to.

        Args:
            learnt: (N,) cosines of the composed query; minus infinity for what is left out.
            alike: gives (N,) cosines of the reference alone, used where no colours are known.
            reference: a row of the gallery, or a file.
            scene: 0 to 1, how far the scene counts in place of the learnt score; None is as far as
                the learnt score is of no use in this gallery.
            sample: cosines that stand for the gallery's, where ``learnt`` has the best ones only.

        Returns:
            (N,) scores on the scale of log odds.

        Raises:
            ImageError: a picture cannot be read.
        """
        scene = self.usual_scene if scene is None else scene
        share = max(TIE, (1.0 - scene) * (1.0 - self.usual_scene))
        scores = share * standardised(learnt, sample)
        return scores if scene <= 0 else scores + scene * self._scene(alike, reference)

    def _scene(self, alike: Callable[[], torch.Tensor], reference: Path | int) -> torch.Tensor:
        looks = self._gallery.looks
        if looks is not None and len(looks) > _KEPT:
            return self._scene_of_many(looks, reference)
        with self._lock:
            scenes = self._scenes
        if scenes is None:
            found = alike()
            there = torch.isfinite(found)
            return torch.where(there, standardised(found), torch.zeros_like(found))
        if isinstance(reference, Path):
            own = comparable(look_of(load_image(reference, upright=True))[None])[0]
        else:
            own = scenes[reference]
        return torch.from_numpy(same_scene(scenes, own))

    def _scene_of_many(self, looks: Looks | RowStack, reference: Path | int) -> torch.Tensor:
        """The same for a large gallery, whose looks as rows would fill the memory."""
        if isinstance(reference, Path):
            look = look_of(load_image(reference, upright=True))
        else:
            look = np.asarray(looks[reference])
        own = comparable(look[None])[0]
        found = torch.empty(len(looks))
        for span in spans(looks, _PIECE):
            rows = same_scene(comparable(span.rows()), own)
            found[span.start : span.start + len(span)] = torch.from_numpy(rows)
        return found


def standardised(scores: torch.Tensor, sample: torch.Tensor | None = None) -> torch.Tensor:
    """Scores (N,) in standard deviations; what is left out stays at minus infinity.

    Args:
        scores: (N,)
        sample: scores whose mean and deviation are used; None is ``scores``.
    """
    there = scores[scores > float("-inf")] if sample is None else sample
    spread = there.std(unbiased=False).clamp_min(1e-9) if len(there) else torch.tensor(1.0)
    left_out = torch.full_like(scores, float("-inf"))
    return torch.where(scores > float("-inf"), (scores - there.mean()) / spread, left_out)
