"""What reads joints in place of pictures: embeddings of bodies, and of a body and a text."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from autocompose.body.directions import on_standard_body
from autocompose.model.pose_mini import PoseEncoder
from autocompose.model.pose_voice import WIDTH, PoseVoice, body_numbers
from autocompose.retrieval.gallery_bodies import ORIGINS, GalleryBodies
from autocompose.schema import JointsOrigin

Rows = NDArray[np.intp]

_GUESSED = [ORIGINS.index(origin) for origin in (JointsOrigin.ESTIMATED, JointsOrigin.READ)]
_OWN_SIZE = [ORIGINS.index(origin) for origin in (JointsOrigin.RENDERED, JointsOrigin.READ)]


class PoseVoiceReader:
    """Bodies and queries as the pose voice embeds them.

    Args:
        voice: of the checkpoint.
    """

    width = WIDTH

    def __init__(self, voice: PoseVoice) -> None:
        """Keep the tower."""
        self._voice = voice

    def embedded(self, bodies: GalleryBodies, rows: Rows) -> NDArray[np.float32]:
        """Unit embeddings (R, `WIDTH`), each as its origin deserves.

        Args:
            bodies: of a gallery.
            rows: (R,) of bodies whose joints are known.
        """
        found = np.zeros((len(rows), WIDTH), np.float32)
        guessed = np.isin(bodies.origins[rows], _GUESSED)
        for estimated in (False, True):
            places = np.flatnonzero(guessed == estimated)
            if len(places):
                numbers = body_numbers(bodies.stacked(rows[places]), estimated=estimated)
                with torch.inference_mode():
                    found[places] = self._voice.bodies(torch.from_numpy(numbers)).numpy()
        return found

    def query(self, reference: GalleryBodies, text: torch.Tensor) -> NDArray[np.float32]:
        """Unit embedding (`WIDTH`,) of the body that a text leads to.

        Args:
            reference: one body.
            text: (D,) raw features.
        """
        start = torch.from_numpy(self.embedded(reference, np.array([0])))
        with torch.inference_mode():
            return self._voice.queries(start, text[None])[0].numpy()


class EncoderReader:
    """Bodies and queries in the space of the learnt score, from joints in place of pictures.

    Args:
        encoder: of the checkpoint.
    """

    def __init__(self, encoder: PoseEncoder) -> None:
        """Keep the encoder."""
        self._encoder = encoder
        self.width = encoder.linear.out_features

    def _raw(self, bodies: GalleryBodies, rows: Rows) -> torch.Tensor:
        joints = bodies.joints[rows].astype(np.float64)
        # The encoder knows bodies of the sizes that were rendered for it.
        foreign = ~np.isin(bodies.origins[rows], _OWN_SIZE)
        if foreign.any():
            joints[foreign] = on_standard_body(joints[foreign])
        with torch.inference_mode():
            return self._encoder(torch.from_numpy(joints).float())

    def embedded(self, bodies: GalleryBodies, rows: Rows) -> NDArray[np.float32]:
        """Unit embeddings (R, D).

        Args:
            bodies: of a gallery.
            rows: (R,) of bodies whose joints are known.
        """
        return F.normalize(self._raw(bodies, rows), dim=-1).numpy()

    def query(self, reference: GalleryBodies, text: torch.Tensor) -> NDArray[np.float32]:
        """Unit embedding (D,) of the sum of body and text, as in stage 1.

        Args:
            reference: one body.
            text: (D,) raw features.
        """
        return F.normalize(self._raw(reference, np.array([0]))[0] + text, dim=-1).numpy()
