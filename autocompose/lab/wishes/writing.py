"""Put a pose, or the change between two, into words, and draw again what the bodies contradict."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from autocompose.body.change import Body
from autocompose.lab.bodies.standing import standing_body
from autocompose.lab.lm.instructions import LabTask, default
from autocompose.lab.lm.lab_files import PoseLab
from autocompose.lab.lm.pieces import END, PAD, START, UNKNOWN
from autocompose.lab.lm.pose_lm import GIVEN, LONGEST, SECOND
from autocompose.lab.wishes.asking import given_poses
from autocompose.lab.wishes.put_together import holds, put_together
from autocompose.language.reader.claims import ClaimReport
from autocompose.verify.judge import PairJudge

Floats = NDArray[np.float64]

REDRAWS = 8
_NUCLEUS = 0.9
_POINTS_BACK = re.compile(r"^(?:same but|now|just)\s+", re.IGNORECASE)
_THE_SAME = re.compile(r"^the same person\b", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class LearntText:
    """A text of the model and what the bodies say of it.

    Args:
        text: the best one that was drawn, or one of clauses of several.
        report: its claims, judged.
        first: the report of the text that came first.
        drawn: how many texts were drawn in all.
        joined: whether clauses of several texts were put together.
    """

    text: str
    report: ClaimReport
    first: ClaimReport
    drawn: int
    joined: bool


@torch.inference_mode()
def written_texts(
    lab: PoseLab,
    ends: Floats,
    starts: Floats | None = None,
    *,
    sentence: str | None = None,
    sample: torch.Generator | None = None,
) -> list[str]:
    """One text for each of N poses, or for each change between two.

    Args:
        lab: the model.
        ends: (N, 22, 3) metres.
        starts: (N, 22, 3) metres, or None: each pose is told by itself.
        sentence: what the model is told; None: the task's first one.
        sample: of the draws among the likeliest pieces; None takes the likeliest.
    """
    task = LabTask.POSE_TO_TEXT if starts is None else LabTask.PAIR_TO_TEXT
    model = lab.model
    if starts is None:
        spans = [model.poses(given_poses(lab, ends), GIVEN)]
    else:
        first, second = given_poses(lab, starts), given_poses(lab, ends)
        spans = [model.poses(first, GIVEN), model.poses(second, SECOND)]
    told = lab.pieces.rows(default(task) if sentence is None else sentence)
    rows = torch.tensor([[START, *told, END, START]]).expand(len(ends), -1)
    begin = rows.shape[1]
    done = torch.zeros(len(ends), dtype=torch.bool)
    state, past = model.begin(spans, rows)
    while True:
        scores = model.word_scores(state).float()
        scores[:, [PAD, START, UNKNOWN]] = -1e4
        piece = scores.argmax(-1) if sample is None else _drawn(scores, sample)
        piece = torch.where(done, PAD, piece)
        done |= piece == END
        rows = torch.cat([rows, piece[:, None]], dim=1)
        if rows.shape[1] >= LONGEST or bool(done.all()):
            break
        state, past = model.follow(piece, rows.shape[1] - 1, past)
    texts = [lab.pieces.text(row) for row in rows[:, begin:].tolist()]
    return [_told_alone(text) for text in texts] if starts is None else texts


def _told_alone(text: str) -> str:
    """A text of one pose without the words that point to a pose before it.

    The model learnt such texts as changes from standing, which nobody who reads them sees.
    """
    rest = _POINTS_BACK.sub("", text)
    rest = _THE_SAME.sub(lambda found: "a person" if found[0].islower() else "A person", rest)
    return rest[:1].upper() + rest[1:] if text[:1].isupper() else rest


def _drawn(scores: torch.Tensor, sample: torch.Generator) -> torch.Tensor:
    """One piece of each row, out of the likeliest that make up 90 % together."""
    share, order = scores.softmax(-1).sort(dim=-1, descending=True)
    kept = share * (share.cumsum(-1) - share < _NUCLEUS)
    return order.gather(1, torch.multinomial(kept, 1, generator=sample))[:, 0]


def checked_texts(
    lab: PoseLab,
    ends: Sequence[Body],
    starts: Sequence[Body] | None = None,
    *,
    redraws: int = REDRAWS,
    seed: int = 0,
) -> list[LearntText]:
    """Texts held against the bodies; those with a claim that does not hold are drawn again.

    Where none of the draws holds wholly, the clauses that do are put together, see
    `autocompose.lab.wishes.put_together`.

    Args:
        lab: the model.
        ends: N bodies.
        starts: N bodies, or None: each pose is told by itself, judged as a change from standing.
        redraws: of each text at most.
        seed: of the draws.
    """
    after = np.stack([body.joints for body in ends])
    before = None if starts is None else np.stack([body.joints for body in starts])
    still = Body(standing_body())
    judges = [PairJudge(still if starts is None else starts[i], end) for i, end in enumerate(ends)]
    texts = written_texts(lab, after, before)
    first = [judge.check(text) for judge, text in zip(judges, texts, strict=True)]
    drawn = [[report] for report in first]
    sample = torch.Generator().manual_seed(seed)
    for _ in range(redraws):
        rows = [i for i, reports in enumerate(drawn) if not any(map(holds, reports))]
        if not rows:
            break
        chosen = None if before is None else before[rows]
        again = written_texts(lab, after[rows], chosen, sample=sample)
        for row, text in zip(rows, again, strict=True):
            drawn[row].append(judges[row].check(text))
    best = [put_together(judge, reports) for judge, reports in zip(judges, drawn, strict=True)]
    return [
        LearntText(report.text, report, reports[0], len(reports), report not in reports)
        for report, reports in zip(best, drawn, strict=True)
    ]
