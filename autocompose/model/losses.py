"""The two losses of AutoComPose: batch-based classification and the cyclic term.

Source: the official clip_fine_tune.py, combiner_train.py and element_wise_sum.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F

Compose = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""(B, D) image features and (B, D) raw text features -> (B, D) unit composed features."""


def element_wise_sum(image_features: torch.Tensor, text_features: torch.Tensor) -> torch.Tensor:
    """Compose by addition (stage 1): n(image + text).

    Args:
        image_features: (B, D) raw.
        text_features: (B, D) raw.

    Returns:
        (B, D) unit rows.
    """
    return F.normalize(image_features + text_features, dim=-1)


def bbc_loss(
    query: torch.Tensor,
    key: torch.Tensor,
    *,
    logit_scale: torch.Tensor | float = 100.0,
    same_key: torch.Tensor | None = None,
) -> torch.Tensor:
    """L_bbc: pick each query's own key among the batch, query -> key direction only.

    Args:
        query: (B, D) unit rows.
        key: (B, D) raw image features; normalised here.
        logit_scale: s, the inverse temperature.
        same_key: (B, B) bool, True where another row's key is the same picture as one's own, so
            that it is not pushed away. None, as the official code, masks nothing.

    Returns:
        Scalar: the mean cross-entropy with diagonal labels.
    """
    logits = logit_scale * query @ F.normalize(key, dim=-1).T  # (B, B)
    if same_key is not None:
        own = torch.eye(len(logits), dtype=torch.bool, device=logits.device)
        logits = logits.masked_fill(same_key & ~own, float("-inf"))
    return F.cross_entropy(logits, torch.arange(len(logits), device=logits.device))


def cyclic_loss(
    reference: torch.Tensor,
    target: torch.Tensor,
    text: torch.Tensor,
    reverse_text: torch.Tensor | None,
    *,
    compose: Compose = element_wise_sum,
    weight: float = 0.5,
    logit_scale: torch.Tensor | float = 100.0,
    same_target: torch.Tensor | None = None,
    same_reference: torch.Tensor | None = None,
) -> torch.Tensor:
    """L = (1-w)·L_bbc + w·L_cycle: go to the target, and from the composed feature back.

    Hop 2 starts from the *unit* composed feature, moves it by the *raw* backward text and must find
    the reference image; the target image plays no part in it.

    Args:
        reference: (B, D) raw image features.
        target: (B, D) raw image features.
        text: (B, D) raw features of the forward texts.
        reverse_text: (B, D) raw features of the backward texts; None trains without the cycle.
        compose: `element_wise_sum` in stage 1, ``Combiner.combine`` in stage 2.
        weight: w of the cycle (the code's convention; the paper's omega is 1 - w).
        logit_scale: s, the inverse temperature.
        same_target: (B, B) bool, see `bbc_loss`.
        same_reference: (B, B) bool, see `bbc_loss`.

    Returns:
        Scalar loss.
    """
    composed = compose(reference, text)
    returned = None if reverse_text is None else compose(composed, reverse_text)
    return composed_loss(
        composed,
        returned,
        reference,
        target,
        weight=weight,
        logit_scale=logit_scale,
        same_target=same_target,
        same_reference=same_reference,
    )


def composed_loss(
    composed: torch.Tensor,
    returned: torch.Tensor | None,
    reference: torch.Tensor,
    target: torch.Tensor,
    *,
    weight: float = 0.5,
    logit_scale: torch.Tensor | float = 100.0,
    same_target: torch.Tensor | None = None,
    same_reference: torch.Tensor | None = None,
) -> torch.Tensor:
    """The loss of features that are composed already, see `cyclic_loss`.

    Args:
        composed: (B, D) unit rows, after hop 1.
        returned: (B, D) unit rows, after hop 2; None trains without the cycle.
        reference: (B, D) raw image features.
        target: (B, D) raw image features.
        weight: w of the cycle.
        logit_scale: s, the inverse temperature.
        same_target: (B, B) bool, see `bbc_loss`.
        same_reference: (B, B) bool, see `bbc_loss`.

    Returns:
        Scalar loss.
    """
    forward = bbc_loss(composed, target, logit_scale=logit_scale, same_key=same_target)
    if returned is None:
        return forward
    back = bbc_loss(returned, reference, logit_scale=logit_scale, same_key=same_reference)
    return (1 - weight) * forward + weight * back
