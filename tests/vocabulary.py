"""Write ``retrieval/vocabulary.py``: the words of the demo's training texts.

    python -m tests.vocabulary

A word counts when it stands in three texts or more. The texts are those of the rules and of
language models, see annotations/README.md.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections import Counter

from tests.browser.chromium import REPOSITORY

OUT = REPOSITORY / "autocompose" / "retrieval" / "vocabulary.py"
LEAST = 3
HEAD = '''# ruff: noqa: SIM905 (a text is easier to read than a list of strings)
"""Words of the demo's training texts; ``python -m tests.vocabulary`` writes this file."""

KNOWN_WORDS = frozenset(
    """
{words}
""".split()
)
"""Words that people use when they speak of poses, with all that stands between them."""
'''


def content() -> str:
    """The module as it should stand."""
    file = REPOSITORY / "annotations" / "demo" / "captions" / "train.json"
    counted: Counter[str] = Counter()
    for record in json.loads(file.read_text(encoding="utf-8")):
        for key, texts in record.items():
            if isinstance(texts, list) and key != "img_set":
                for text in texts:
                    counted.update(set(re.findall(r"[a-z]+(?:'[a-z]+)?", text.lower())))
    words = sorted(word for word, count in counted.items() if count >= LEAST)
    return HEAD.format(words=textwrap.fill(" ".join(words), 98, break_on_hyphens=False))


if __name__ == "__main__":
    OUT.write_text(content(), encoding="utf-8")
