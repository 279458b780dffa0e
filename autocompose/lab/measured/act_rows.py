"""Rows of speculative texts: which acts are recognised, and whether their sentences come true."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from autocompose.lab.lm.lab_files import PoseLab
from autocompose.lab.measured.act_phrases import act_phrases
from autocompose.lab.measured.lab_numbers import LabRow, interval
from autocompose.lab.speculative.act_table import ACTS
from autocompose.lab.speculative.act_words import ActWords
from autocompose.lab.speculative.speculated import TABLE, posed_by_rules, speculated
from autocompose.lab.wishes.edited import generated_pose
from autocompose.language.reader.claims import ClaimReport, Outcome

_NOTE = (
    "acts and phrases are written by one language model, apart from each other; the half of the"
    " phrases is meant that no threshold was chosen with"
)


def act_rows(words: ActWords, *, fresh: bool = True) -> list[LabRow]:
    """How many phrases are read as the act they mean, as another, and as unknown.

    Args:
        words: finds acts.
        fresh: the half of the phrases to report; else the one to choose with.
    """
    phrases = act_phrases(fresh=fresh)
    found = [(phrase, speculated(phrase.text, words)) for phrase in phrases]
    meant = [(phrase, one) for phrase, one in found if phrase.act]
    others = [one for phrase, one in found if not phrase.act]

    def share(values: Sequence[bool]) -> np.ndarray:
        return 100.0 * np.array(values, dtype=np.float64)

    known = {
        "recognised %": interval(share([one.act == phrase.act for phrase, one in meant])),
        "another act %": interval(
            share([one.source == TABLE and one.act != phrase.act for phrase, one in meant])
        ),
        "said unknown %": interval(share([not one.known for _, one in meant])),
        "among nearest three %": interval(share([p.act in one.nearest for p, one in meant])),
    }
    strange = {
        "said unknown %": interval(share([not one.known for one in others])),
        "another act %": interval(share([one.source == TABLE for one in others])),
    }
    task = "what somebody does"
    return [
        LabRow(task, "phrases for acts of the table", len(meant), known, _NOTE),
        LabRow(task, "phrases without a pose", len(others), strange),
    ]


def act_pose_rows(
    lab: PoseLab | None = None, *, limit: int | None = None, names: Sequence[str] = ()
) -> list[LabRow]:
    """Whether the claims of the table's sentences are true on the bodies made from them.

    Args:
        lab: also with this model.
        limit: sentences at most, spread over the table.
        names: of acts; all of them where empty.
    """
    acts = [ACTS[name] for name in names] or list(ACTS.values())
    sentences = [sentence for act in acts for sentence in act.sentences]
    if limit is not None and limit < len(sentences):
        sentences = [sentences[i] for i in np.linspace(0, len(sentences) - 1, limit).astype(int)]
    ways: dict[str, Callable[[str], ClaimReport]] = {"by rules, from standing": posed_by_rules}
    if lab is not None:
        model = lab
        ways["pose-lm, claims made true"] = lambda text: generated_pose(model, text).report
    rows = []
    for name, way in ways.items():
        reports = [way(sentence) for sentence in sentences]
        values = {
            f"{told} %": interval(
                np.array([100 * r.count(outcome) / len(r.claims) for r in reports])
            )
            for told, outcome in (
                ("claims true", Outcome.SUPPORTED), ("contradicted", Outcome.CONTRADICTED),
            )
        }  # fmt: skip
        note = "judged by the measures that the search uses; nobody looked at the bodies"
        rows.append(LabRow("sentences of acts, posed", name, len(reports), values, note))
    return rows
