"""The Combiner: a learned mixture of a reference image feature and a text feature.

Source: Baldrati et al., CLIP4Cir. Parameter names are the official ones, so an
official state dict loads with ``strict=True``.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

LOGIT_SCALE = 100.0


class Combiner(nn.Module):
    """Compose raw (not normalised) image and text features into one unit feature.

    Args:
        feature_dim: D, of both towers' features.
        projection_dim: P, width of each projection (paper 2560).
        hidden_dim: H, width of both hidden layers (paper 5120).
    """

    def __init__(self, feature_dim: int, projection_dim: int = 2560, hidden_dim: int = 5120):
        """Create randomly initialised layers."""
        super().__init__()
        self.feature_dim = feature_dim
        self.projection_dim = projection_dim
        self.hidden_dim = hidden_dim
        self.text_projection_layer = nn.Linear(feature_dim, projection_dim)
        self.image_projection_layer = nn.Linear(feature_dim, projection_dim)
        self.dropout1 = nn.Dropout(0.5)
        self.dropout2 = nn.Dropout(0.5)
        self.combiner_layer = nn.Linear(projection_dim * 2, hidden_dim)
        self.output_layer = nn.Linear(hidden_dim, feature_dim)
        self.dropout3 = nn.Dropout(0.5)
        # The numbering is part of the file format: .0 and .3 are the two Linears.
        self.dynamic_scalar = nn.Sequential(
            nn.Linear(projection_dim * 2, hidden_dim),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(hidden_dim, 1),
            nn.Sigmoid(),
        )

    def combine(self, image_features: torch.Tensor, text_features: torch.Tensor) -> torch.Tensor:
        """Compose features.

        Args:
            image_features: (B, D) raw; in hop 2 of the cycle a composed unit feature.
            text_features: (B, D) raw.

        Returns:
            (B, D) unit rows.
        """
        mixed = self._project(image_features, text_features)
        change = self.output_layer(self.dropout3(F.relu(self.combiner_layer(mixed))))
        gate = self.dynamic_scalar(mixed)  # (B, 1), weight of the TEXT feature
        return F.normalize(change + gate * text_features + (1 - gate) * image_features, dim=-1)

    def gate(self, image_features: torch.Tensor, text_features: torch.Tensor) -> torch.Tensor:
        """How much of the text feature enters the sum, (B, 1) in 0..1; the image has the rest."""
        return self.dynamic_scalar(self._project(image_features, text_features))

    def forward(
        self,
        image_features: torch.Tensor,
        text_features: torch.Tensor,
        target_features: torch.Tensor,
    ) -> torch.Tensor:
        """Logits of every composed query against every target.

        Args:
            image_features: (B, D) raw reference features.
            text_features: (B, D) raw.
            target_features: (B, D) raw; normalised here.

        Returns:
            (B, B) cosines times 100.
        """
        composed = self.combine(image_features, text_features)
        return LOGIT_SCALE * composed @ F.normalize(target_features, dim=-1).T

    def _project(self, image_features: torch.Tensor, text_features: torch.Tensor) -> torch.Tensor:
        text = self.dropout1(F.relu(self.text_projection_layer(text_features)))
        image = self.dropout2(F.relu(self.image_projection_layer(image_features)))
        return torch.cat((text, image), -1)  # (B, 2P), text first
