"""Teach the text tower of pose-mini words that people and models use, beside its texts by rules.

Pretraining reads texts that rules write. Here half of each batch are such texts, as in
`text_tower`, and half are what was told about the training pairs: captions of other sources, and
*wishes*, which are texts as people type a search. No pictures are needed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from autocompose.errors import DatasetError
from autocompose.model.half_precision import multiplies_bfloat16
from autocompose.model.pose_mini import PoseEncoder
from autocompose.model.towers import Towers
from autocompose.schema import Event, OnEvent, PosePair, View, caption_meaning
from autocompose.training.pretrain.schedule import warm_cosine
from autocompose.training.pretrain.text_tower import (
    JointNoise,
    TextPairs,
    contrast,
    step_keys,
    text_optimiser,
)

STAGE = "words of people"
_LENGTHS = 6  # parts of a batch that are read on their own, so that short texts are cut short


@dataclass(frozen=True)
class ToldTexts:
    """What was told about the ways from one pose to another.

    Args:
        reference, target: (W,) rows of poses.
        texts: per way one group of rows of ``tokens`` for each source.
        tokens: (T, L) int64.
    """

    reference: torch.Tensor
    target: torch.Tensor
    texts: Sequence[Sequence[Sequence[int]]]
    tokens: torch.Tensor

    @classmethod
    def of(
        cls,
        pairs: Sequence[PosePair],
        rows: Mapping[str, int],
        towers: Towers,
        *,
        poses: int,
        keys: Sequence[str],
    ) -> ToldTexts:
        """Collect the texts of all views.

        Args:
            pairs: with texts; a pair that is there twice counts twice.
            rows: picture -> its pose; ``poses`` more is the row of its mirror twin.
            towers: whose tokenizer is used.
            poses: N, without the mirror twins.
            keys: caption keys without their view: ``search``, ``mllm`` ...

        Raises:
            DatasetError: none of the pairs has such a text.
        """
        numbers: dict[str, int] = {}
        ways: list[tuple[int, int, list[list[int]]]] = []
        for pair in pairs:
            for view in View:
                groups = []
                for key, texts in pair.texts.items():
                    meaning = caption_meaning(key)
                    named = key.partition("-")[0] in keys
                    if named and meaning is not None and meaning.view is view and texts:
                        groups.append([numbers.setdefault(t, len(numbers)) for t in texts])
                if groups:
                    ends = view.order(pair.reference, pair.target)
                    start, end = (rows[e.id] + poses * view.mirrors for e in ends)
                    ways.append((start, end, groups))
        if not ways:
            raise DatasetError(f"no pair has texts under {', '.join(keys)}")
        return cls(
            torch.tensor([way[0] for way in ways]),
            torch.tensor([way[1] for way in ways]),
            [way[2] for way in ways],
            towers.tokenize(list(numbers)).long(),
        )

    def drawn(self, count: int, rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
        """(B,) ways, and one text of each: (B, L); every source of a way is as likely."""
        ways = rng.integers(len(self.texts), size=count)
        chosen = []
        for way in ways.tolist():
            group = self.texts[way][int(rng.integers(len(self.texts[way])))]
            chosen.append(group[int(rng.integers(len(group)))])
        return torch.from_numpy(ways), self.tokens[chosen]


def teach_words(
    towers: Towers,
    encoder: PoseEncoder,
    data: TextPairs,
    *,
    told: ToldTexts,
    noise: JointNoise,
    steps: int,
    batch: int = 256,
    lr: float = 8e-4,
    lost: float = 0.1,
    seed: int = 0,
    on_event: OnEvent,
) -> None:
    """Train text tower and pose encoder, in place; the word vectors stay as they are.

    Args:
        towers: pretrained; in eval mode after the training.
        encoder: of poses, on top of the image tower.
        data: pairs with texts by rules.
        told: other texts; half of each batch.
        noise: how the joints are disturbed.
        steps: of the whole training.
        batch: texts in a step.
        lr: highest rate.
        lost: share of the words that a text loses at most, so that no single word is leant on.
        seed: of every draw, and of dropout.
        on_event: called with progress.
    """
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    log_scale = torch.nn.Parameter(torch.tensor(math.log(20.0)))
    parameters, optimiser = text_optimiser(towers, encoder, log_scale, lr=lr)
    schedule = warm_cosine(optimiser, steps=steps, warm=30)
    towers.train()
    towers.image_tower.eval()
    for step in range(1, steps + 1):
        rows = torch.randint(len(data.target), (batch - batch // 2,), generator=generator)
        which = torch.randint(data.tokens.shape[1], (len(rows),), generator=generator)
        ways, told_tokens = told.drawn(batch // 2, rng)
        tokens = torch.cat([data.tokens[rows, which].long(), told_tokens])
        tokens = without_words(tokens, lost * float(torch.rand(1, generator=generator)), generator)
        start = torch.cat([data.reference[rows], told.reference[ways]])
        target = torch.cat([data.target[rows], told.target[ways]])
        scale = float(torch.rand(1, generator=generator))
        among = step_keys(len(data.joints), target, generator)
        query = encoder(noise.add(data.joints[start], scale, generator)) + _read(towers, tokens)
        keys = encoder(noise.add(data.joints[among], scale, generator))
        logits = log_scale.exp().clamp(max=100) * (
            F.normalize(query, dim=-1) @ F.normalize(keys, dim=-1).T
        )
        loss = contrast(logits, target, among=among, data=data)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        schedule.step()
        if step % 10 == 0 or step == steps:
            on_event(Event(STAGE, step, steps, f"loss {float(loss.detach()):.2f}"))
    towers.eval()


def without_words(tokens: torch.Tensor, share: float, generator: torch.Generator) -> torch.Tensor:
    """Tokens (B, L) without some of their words; start and end stay, what follows moves up.

    Args:
        tokens: 0 behind the end of each text.
        share: of the words that leave.
        generator: of the draw.
    """
    end = tokens.amax(1, keepdim=True)
    inside = (tokens > 0) & (tokens < end - 1)  # start and end have the two highest numbers
    stays = (tokens > 0) & ~(inside & (torch.rand(tokens.shape, generator=generator) < share))
    row, column = stays.nonzero(as_tuple=True)
    moved = torch.zeros_like(tokens)
    moved[row, (stays.cumsum(1) - 1)[row, column]] = tokens[row, column]
    return moved


def _read(towers: Towers, tokens: torch.Tensor) -> torch.Tensor:
    """(B, D) features of texts, short ones apart from long ones."""
    order = (tokens > 0).sum(1).argsort()
    halved = torch.autocast("cpu", dtype=torch.bfloat16, enabled=multiplies_bfloat16())
    # For texts this short plain attention is faster than the fused one, by a seventh with its way
    # back.
    with halved, sdpa_kernel([SDPBackend.MATH]):
        parts = [towers.encode_text(tokens[rows]).float() for rows in order.chunk(_LENGTHS)]
    read = torch.cat(parts)
    return torch.empty_like(read).index_copy(0, order, read)
