"""Features of the frozen image tower, computed once.

Both stages of the paper keep the image tower frozen in eval mode, so each picture and its mirrored
tensor have
one feature each for the whole training (the official code encodes them again at every step).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from autocompose.data.preprocess import load_image, preprocess
from autocompose.model.towers import Towers
from autocompose.schema import Event, PoseImage, Triplet


@dataclass(frozen=True)
class ImageFeatures:
    """Raw features of pictures as they are and mirrored.

    Args:
        rows: picture id -> row.
        plain: (N, D) float32.
        mirrored: (N, D) float32, of the horizontally flipped *tensor*, as the official code flips.
    """

    rows: dict[str, int]
    plain: torch.Tensor
    mirrored: torch.Tensor

    def of(self, triplets: Sequence[Triplet], role: str) -> torch.Tensor:
        """Features (B, D) of the ``reference`` or ``target`` of triplets."""
        index = torch.tensor([self.rows[getattr(t, role)] for t in triplets])
        flipped = torch.tensor([t.mirrored for t in triplets])
        return torch.where(flipped[:, None], self.mirrored[index], self.plain[index])


@torch.no_grad()
def image_features(
    towers: Towers,
    images: Sequence[PoseImage],
    *,
    transform: str,
    batch: int = 32,
    on_event: Callable[[Event], None],
) -> ImageFeatures:
    """Encode pictures and their mirrored tensors.

    Raises:
        ImageError: a picture cannot be read.
    """
    towers.eval()
    plain, mirrored = [], []
    for start in range(0, len(images), batch):
        chunk = images[start : start + batch]
        pixels = torch.stack(
            [
                preprocess(
                    load_image(image.path),
                    transform,
                    towers.image_size,
                    mean=towers.mean,
                    std=towers.std,
                )
                for image in chunk
            ]
        )
        plain.append(towers.encode_image(pixels))
        mirrored.append(towers.encode_image(pixels.flip(-1)))
        on_event(Event("image features", start + len(chunk), len(images)))
    return ImageFeatures(
        {image.id: row for row, image in enumerate(images)}, torch.cat(plain), torch.cat(mirrored)
    )
