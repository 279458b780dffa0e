"""Write the table of thresholds in ``docs/claims.md``.

python -m tests.threshold_table
"""

from __future__ import annotations

from autocompose.thresholds import THRESHOLDS
from tests.browser.chromium import REPOSITORY

OUT = REPOSITORY / "docs" / "claims.md"
BEGIN = "<!-- thresholds: python -m tests.threshold_table -->\n"
END = "<!-- end of thresholds -->\n"


def table() -> str:
    """The rows as Markdown."""
    rows = [f"| {t.name} | {t.value:g} {t.unit} | {t.decides} | {t.source} |\n" for t in THRESHOLDS]
    return "| name | value | what turns on it | source |\n|---|---|---|---|\n" + "".join(rows)


def content() -> str:
    """The page as it should stand."""
    page = OUT.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + table() + END + after


if __name__ == "__main__":
    OUT.write_text(content(), encoding="utf-8")
