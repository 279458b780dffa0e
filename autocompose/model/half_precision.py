"""Whether products in bfloat16 are worth it on this processor."""

from __future__ import annotations

import torch


def multiplies_bfloat16(device: str = "cpu") -> bool:
    """Whether a device multiplies bfloat16 in hardware.

    A processor without such instructions converts every number, and takes tens of times as long as
    with float32 (46 times for a product of 1,024 x 1,024 on a processor that has AVX2 alone).

    Args:
        device: type of a torch device; one that is no CPU counts as able.
    """
    if device != "cpu":
        return True
    # Names of torch that begin with an underscore: a release without them computes in float32.
    asked = (getattr(torch.cpu, name, None) for name in _QUESTIONS)
    return any(question is not None and question() for question in asked)


def multiplies_bfloat16_in_tiles() -> bool:
    """Whether the processor has AMX, which multiplies bfloat16 with one vector as fast as it reads.

    Without it the library takes twice as long for that as in float32, though not for many vectors.
    """
    question = getattr(torch.cpu, _QUESTIONS[0], None)
    return question is not None and question()


_QUESTIONS = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
