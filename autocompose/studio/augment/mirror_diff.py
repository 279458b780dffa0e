"""A mirror text that is derived by exchanging sides, held word by word against a generated one."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from autocompose.language.sides.mirror import mirror_text
from autocompose.studio.server.pictures import Page
from autocompose.studio.server.state import Studio
from autocompose.studio.server.transport import read_text


@dataclass(frozen=True)
class RunView:
    """Words in a row: ``same`` in both texts, ``del`` only derived, ``ins`` only generated."""

    kind: str
    text: str


@dataclass(frozen=True)
class MirrorDifference:
    """A derived text against a generated one.

    Args:
        derived: the text with its sides exchanged.
        runs: both texts, word by word.
        identical: they agree.
        removed: words that only the derived text has.
        added: words that only the generated text has.
    """

    derived: str
    runs: tuple[RunView, ...]
    identical: bool
    removed: int
    added: int


def word_difference(derived: str, generated: str) -> tuple[RunView, ...]:
    """What turns one text into the other, in whole words as they are written.

    The runs ``same`` and ``del`` joined by spaces give the derived text, ``same`` and ``ins`` the
    generated one, white space made single. Case and punctuation count.

    >>> [(r.kind, r.text) for r in word_difference("Raise it now.", "Raise it.")]
    [('same', 'Raise'), ('del', 'it now.'), ('ins', 'it.')]
    """
    a, b = derived.split(), generated.split()
    runs: list[RunView] = []
    for kind, i, j, k, m in difflib.SequenceMatcher(a=a, b=b, autojunk=False).get_opcodes():
        if kind == "equal":
            runs.append(RunView("same", " ".join(a[i:j])))
            continue
        runs += [RunView("del", " ".join(a[i:j]))] if j > i else []
        runs += [RunView("ins", " ".join(b[k:m]))] if m > k else []
    return tuple(runs)


def mirror_difference(studio: Studio, payload: Page) -> MirrorDifference:
    """Derive the mirror text of ``text`` and hold it against ``generated``.

    Args:
        studio: the loaded studio; not used, as every text can be compared.
        payload: ``text`` about a pair and ``generated``, a text about its mirror image.

    Raises:
        AmbiguousSideError: a word of ``text`` may or may not be a side.
    """
    generated = read_text(payload, "generated")
    derived = mirror_text(read_text(payload, "text"))
    runs = word_difference(derived, generated)
    words = {kind: sum(len(r.text.split()) for r in runs if r.kind == kind) for kind in _KINDS}
    return MirrorDifference(
        derived=derived,
        runs=runs,
        identical=all(run.kind == "same" for run in runs),
        removed=words["del"],
        added=words["ins"],
    )


_KINDS = ("del", "ins")
