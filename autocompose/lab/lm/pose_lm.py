"""`pose-lm-mini`: one transformer over words and poses.

A sequence is made of segments: given poses (a position for each limb), given pictures, a text, and
either another text that is written after it or a position for each limb of a pose that is asked
for. Texts are causal. The positions of one pose see each other, and everything before them, so that
a whole pose is answered in one pass. For each limb the answer is a direction and a spread of every
bone (the continuous head) and, level after level, the codes of the tokenizer (the token head).

Source: mixed causal and bidirectional attention as in UniPose (Li et al., CVPR 2025); code and
layout are our own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from autocompose.lab.lm.bone_tensors import BONE_COUNT, joints_of
from autocompose.lab.tokens.limb_codes import LIMBS

SLOTS = len(LIMBS)
PICTURE_SLOTS = 4
TEXT, GIVEN, SECOND, ASKED, PICTURE, SECOND_PICTURE = range(6)
"""What a segment is."""
LONGEST = 96
"""Pieces of a text at most, start and end included."""

_POSE_NUMBERS = 3 * BONE_COUNT + 3 * (BONE_COUNT + 1)
_FLOOR, _CEILING = -3.5, 0.7  # natural logarithm of the spread of a bone, radians


@dataclass(frozen=True)
class PoseLMConfig:
    """The size of the model.

    Args:
        width, layers, heads: of the transformer.
        levels, codes: of the pose tokenizer.
        picture: numbers that describe a picture; 0: pictures are not read.
        dropout: share of numbers that are left out while it learns.
    """

    width: int = 256
    layers: int = 6
    heads: int = 4
    levels: int = 4
    codes: int = 256
    picture: int = 0
    dropout: float = 0.0


@dataclass(frozen=True, eq=False)
class GivenPoses:
    """Poses that a sequence begins with.

    Args:
        directions: (B, 21, 3) unit, canonical.
        codes: (B, 5, levels).
        hidden: (B,) bool, rows whose pose is not to be seen; None when all are seen.
    """

    directions: torch.Tensor
    codes: torch.Tensor
    hidden: torch.Tensor | None = None


@dataclass(frozen=True, eq=False)
class PredictedPose:
    """The continuous answer.

    Args:
        mean: (B, 21, 3) unit directions.
        log_spread: (B, 21) natural logarithm of radians.
        states: (B, 5, W) of the positions, for the token head.
    """

    mean: torch.Tensor
    log_spread: torch.Tensor
    states: torch.Tensor


Past = tuple[torch.Tensor, torch.Tensor]
"""Keys and values of a block, (B, heads, L, width of a head) each."""


class LMBlock(nn.Module):
    """Attention and a small network, each after a normalisation; names as in CLIP's text tower."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        """Build randomly initialised layers."""
        super().__init__()
        self.heads = heads
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.c_fc, self.c_proj = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        """(B, L, W) -> (B, L, W); ``bias`` (B or 1, 1, L, L) is added before the softmax."""
        return self.with_past(x, bias, None)[0]

    def with_past(
        self, x: torch.Tensor, bias: torch.Tensor | None, past: Past | None
    ) -> tuple[torch.Tensor, Past]:
        """The same, and the keys and values of everything so far.

        Args:
            x: (B, L, W) positions that are new.
            bias: (B or 1, 1, L, all); None: they see everything.
            past: keys and values of the positions before them.
        """
        count, length, width = x.shape
        shape = (count, length, 3, self.heads, width // self.heads)
        query, key, value = self.qkv(self.ln_1(x)).view(shape).permute(2, 0, 3, 1, 4)
        # Not scaled_dot_product_attention: with a mask its backward is four times slower here.
        if past is not None:
            key, value = torch.cat([past[0], key], dim=2), torch.cat([past[1], value], dim=2)
        scores = (query * (width // self.heads) ** -0.5) @ key.transpose(-1, -2)
        if bias is not None:
            scores = scores + bias.to(scores.dtype)
        seen = (scores.softmax(-1) @ value).transpose(1, 2)
        x = x + self.drop(self.out(seen.reshape(count, length, width)))
        return x + self.drop(self.c_proj(F.gelu(self.c_fc(self.ln_2(x))))), (key, value)


class PoseLM(nn.Module):
    """The model.

    Args:
        config: its size.
        words: rows of the table that it reads words with.
        writable: rows that it can write; they come first.
    """

    def __init__(self, config: PoseLMConfig, *, words: int, writable: int) -> None:
        """Create randomly initialised layers; the table of words does not learn."""
        super().__init__()
        self.config = config
        width = config.width
        self.words: torch.Tensor
        self.register_buffer("words", torch.randn(words, width) * 0.02)
        self.special = nn.Parameter(torch.randn(4, width) * 0.02)
        self.places = nn.Parameter(torch.randn(LONGEST, width) * 0.01)
        self.segments = nn.Parameter(torch.randn(6, width) * 0.02)
        self.limbs = nn.Parameter(torch.randn(SLOTS, width) * 0.02)
        self.asked = nn.Parameter(torch.randn(SLOTS, width) * 0.02)
        self.unseen = nn.Parameter(torch.randn(SLOTS, width) * 0.02)
        self.code_rows = nn.Parameter(
            torch.randn(SLOTS, config.levels, config.codes, width) * width**-0.5
        )
        self.pose_in = nn.Linear(_POSE_NUMBERS, SLOTS * width)
        if config.picture:
            self.picture_in = nn.Linear(config.picture, PICTURE_SLOTS * width)
        self.blocks = nn.ModuleList(
            LMBlock(width, config.heads, config.dropout) for _ in range(config.layers)
        )
        self.norm = nn.LayerNorm(width)
        self.word_head = nn.Linear(width, writable)
        self.bone_head = nn.Linear(SLOTS * width, 4 * BONE_COUNT)
        self.level_heads = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.GELU(),
                          nn.Linear(width, width))
            for _ in range(config.levels)
        )  # fmt: skip
        nn.init.normal_(self.bone_head.weight, 0, 0.005)
        nn.init.zeros_(self.bone_head.bias)

    def poses(self, given: GivenPoses, kind: int) -> torch.Tensor:
        """(B, 5, W): the positions of given poses."""
        width = self.config.width
        numbers = torch.cat(
            [given.directions.flatten(1), joints_of(given.directions).flatten(1)], 1
        )
        rows = self.pose_in(numbers).view(-1, SLOTS, width)
        for level in range(self.config.levels):
            codes = given.codes[..., level]
            picked = [F.embedding(codes[:, i], self.code_rows[i, level]) for i in range(SLOTS)]
            rows = rows + torch.stack(picked, dim=1)
        if given.hidden is not None:
            rows = torch.where(given.hidden[:, None, None], self.unseen.to(rows.dtype), rows)
        return rows + self.limbs + self.segments[kind]

    def pictures(self, features: torch.Tensor, kind: int) -> torch.Tensor:
        """(B, 4, W): the positions of pictures, from features (B, ``config.picture``)."""
        rows = self.picture_in(features).view(-1, PICTURE_SLOTS, self.config.width)
        return rows + self.segments[kind]

    def text(self, rows: torch.Tensor) -> torch.Tensor:
        """(B, L, W): the positions of a text from rows (B, L) of `Pieces`."""
        words = torch.where(
            (rows < 4)[..., None], self.special[rows.clamp(max=3)], self.words[rows]
        )
        return words + self.places[: rows.shape[1]] + self.segments[TEXT]

    def run(
        self, spans: Sequence[torch.Tensor], rows: torch.Tensor, *, asked: bool
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """One pass over a batch of sequences of one form.

        Args:
            spans: given poses and pictures, from `poses` and `pictures`.
            rows: (B, L) of the text; padding is not seen.
            asked: a pose is asked for.

        Returns:
            States (B, L, W) of the text and, where asked, (B, 5, W) of the pose.
        """
        parts = [*spans, self.text(rows)]
        kinds = [True] * len(spans) + [False]
        if asked:
            parts.append((self.asked + self.segments[ASKED]).expand(len(rows), -1, -1))
            kinds.append(True)
        sizes = [part.shape[1] for part in parts]
        bias = _bias(sizes, kinds, rows, text=len(spans))
        x = torch.cat(parts, dim=1)
        if torch.is_autocast_enabled("cpu"):
            x, bias = x.bfloat16(), bias.bfloat16()
        for block in self.blocks:
            x = block(x, bias)
        x = self.norm(x)
        before = sum(sizes[: len(spans)])
        end = before + rows.shape[1]
        return x[:, before:end], x[:, end:] if asked else None

    def begin(
        self, spans: Sequence[torch.Tensor], rows: torch.Tensor
    ) -> tuple[torch.Tensor, list[Past]]:
        """The state (B, W) after a text (B, L) without padding, and what `follow` needs of it."""
        parts = [*spans, self.text(rows)]
        kinds = [True] * len(spans) + [False]
        bias = _bias([part.shape[1] for part in parts], kinds, rows, text=len(spans))
        x, past = torch.cat(parts, dim=1), []
        for block in self._blocks():
            x, kept = block.with_past(x, bias, None)
            past.append(kept)
        return self.norm(x)[:, -1], past

    def follow(
        self, pieces: torch.Tensor, place: int, past: list[Past]
    ) -> tuple[torch.Tensor, list[Past]]:
        """The state (B, W) after one more piece of each text.

        Args:
            pieces: (B,).
            place: of these pieces in their texts, counted from 0.
            past: of `begin` or of the piece before.
        """
        x = self.text(pieces[:, None]) - self.places[0] + self.places[place]
        kept: list[Past] = []
        for block, before in zip(self._blocks(), past, strict=True):
            x, now = block.with_past(x, None, before)
            kept.append(now)
        return self.norm(x)[:, -1], kept

    def _blocks(self) -> Iterator[LMBlock]:
        for block in self.blocks:
            assert isinstance(block, LMBlock)
            yield block

    def predict(self, states: torch.Tensor, start: GivenPoses | None) -> PredictedPose:
        """The continuous answer of the states (B, 5, W) of a pose.

        Args:
            states: from `run`.
            start: the pose that is changed; its directions are what the answer is a change of.
        """
        out = self.bone_head(states.flatten(1)).float()
        change = out[:, : 3 * BONE_COUNT].view(-1, BONE_COUNT, 3)
        if start is not None:
            base = start.directions
            if start.hidden is not None:
                base = base * ~start.hidden[:, None, None]
            change = change + base
        spread = out[:, 3 * BONE_COUNT :].clamp(_FLOOR + 1, _CEILING + 1) - 1
        return PredictedPose(F.normalize(change + 1e-6, dim=-1), spread, states)

    def code_scores(self, states: torch.Tensor, codes: torch.Tensor) -> list[torch.Tensor]:
        """Scores (B, 5, codes) of each level, each given the codes (B, 5, levels) before it."""
        found = []
        for level, head in enumerate(self.level_heads):
            read = head(states)
            found.append(torch.einsum("bsw,skw->bsk", read, self.code_rows[:, level]))
            if level + 1 < self.config.levels:
                picked = [
                    F.embedding(codes[:, i, level], self.code_rows[i, level]) for i in range(SLOTS)
                ]
                states = states + torch.stack(picked, dim=1)
        return found

    def best_codes(
        self, states: torch.Tensor, *, sample: torch.Generator | None = None
    ) -> torch.Tensor:
        """(B, 5, levels): the likeliest codes level after level, or drawn ones.

        Args:
            states: (B, 5, W) from `run`.
            sample: of the draws; None takes the likeliest.
        """
        codes = torch.zeros(
            len(states), SLOTS, self.config.levels, dtype=torch.int64, device=states.device
        )
        for level in range(self.config.levels):
            scores = self.code_scores(states, codes)[level].float()
            if sample is None:
                codes[..., level] = scores.argmax(-1)
            else:
                share = scores.softmax(-1).flatten(0, 1)
                drawn = torch.multinomial(share, 1, generator=sample)
                codes[..., level] = drawn.view(len(states), SLOTS)
        return codes

    def word_scores(self, states: torch.Tensor) -> torch.Tensor:
        """Scores (..., writable) of the next piece."""
        return self.word_head(states)


def _bias(
    sizes: Sequence[int], whole: Sequence[bool], rows: torch.Tensor, *, text: int
) -> torch.Tensor:
    """(B, 1, L, L): 0 where a position sees another, else a large negative number.

    Args:
        sizes: of the segments.
        whole: segments whose positions all see each other.
        rows: (B, L) of the text, to leave its padding out.
        text: which segment the text is.
    """
    length = sum(sizes)
    segment = torch.repeat_interleave(torch.arange(len(sizes)), torch.tensor(sizes))
    place = torch.arange(length)
    together = (segment[:, None] == segment) & torch.tensor(whole)[segment][:, None]
    seen = (place <= place[:, None]) | together
    known = torch.ones(len(rows), length, dtype=torch.bool)
    before = sum(sizes[:text])
    known[:, before : before + sizes[text]] = (rows != 0).cpu()
    allowed = seen[None] & known[:, None]
    bias = torch.zeros(len(rows), 1, length, length)
    return bias.masked_fill(~allowed[:, None], -1e4).to(rows.device)
