"""Write ``tagger/lookalikes.py``: right words that look like a slip of one that the reader knows.

    python -m tests.lookalike_words

Right words are the whole words of the vocabulary that comes with open_clip (MIT licence), the words
of the demo's texts, and some of people's captions; slips that stand among them are left out.
"""

from __future__ import annotations

import gzip
import textwrap
from importlib.util import find_spec
from pathlib import Path
from string import ascii_lowercase
from unittest import mock

from autocompose.language.reader.phrase_table import vocabulary
from autocompose.postures.posture_words import posture_vocabulary
from autocompose.postures.wish_words import wish_vocabulary
from autocompose.retrieval.vocabulary import KNOWN_WORDS
from autocompose.tagger import misspelt
from tests.browser.chromium import REPOSITORY

OUT = REPOSITORY / "autocompose" / "tagger" / "lookalikes.py"
_OF_CAPTIONS = (
    "someones stilted tiled statute planed sawing squarer clapping juts flapping droops untilt"
)
_SLIPS = """
acrosse afirst alin aling alling aparty ather atravel aming asing brough camra chang cleary
comin cooly couldn eding ening ently eper erson gettin hadn havin heer hangin inged inger inging
itting ittle ising keepin kickin lookin makin nothin oming quare raer rollin runnin rying
scenter scentre shouldn sittin sperson sphoto splace stateu stravel takin theri thier thurst
trun tryin tured turing uring unning walkin watchin weer whouse wouldn xchange xpress ymouth
frome tright
"""
HEAD = '''# ruff: noqa: SIM905 (a text is easier to read than a list of strings)
"""Right words that look like a slip; ``python -m tests.lookalike_words`` writes this file."""

LOOKALIKES = frozenset(
    """
{words}
""".split()
)
"""Words one slip away from one that the reader knows, which mean what they say."""
'''


def slips(word: str) -> set[str]:
    """Spellings of a word with two letters exchanged, one left out or one too many."""
    cuts = [(word[:k], word[k:]) for k in range(len(word) + 1)]
    swapped = {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
    left_out = {a + b[1:] for a, b in cuts if b}
    return swapped | left_out | {a + c + b for a, b in cuts for c in ascii_lowercase}


def right_words() -> set[str]:
    """Words that are right as they stand."""
    # Importing open_clip would load torch.
    found = find_spec("open_clip")
    assert found is not None
    assert found.submodule_search_locations
    (folder,) = found.submodule_search_locations
    packed = (Path(folder) / "bpe_simple_vocab_16e6.txt.gz").read_bytes()
    merges = gzip.decompress(packed).decode("utf-8").split("\n")[1:48895]
    ends = ("".join(merge.split()) for merge in merges)
    whole = {word.removesuffix("</w>") for word in ends if word.endswith("</w>")}
    return (whole | KNOWN_WORDS | set(_OF_CAPTIONS.split())) - set(_SLIPS.split())


def content() -> str:
    """The module as it should stand."""
    found: set[str] = set()
    with mock.patch.object(misspelt, "LOOKALIKES", frozenset()):
        for known in (vocabulary(), posture_vocabulary(), wish_vocabulary()):
            likely = {slip for word in known for slip in slips(word)}
            words = likely & (right_words() | (vocabulary() - known))
            found |= {word for word in words if misspelt.meant(word, known) != word}
    return HEAD.format(words=textwrap.fill(" ".join(sorted(found)), 98))


if __name__ == "__main__":
    OUT.write_text(content(), encoding="utf-8")
