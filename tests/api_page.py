"""The list of public names in docs/api.md: ``python -m tests.api_page`` writes it from the code."""

from __future__ import annotations

import enum
import inspect
import re
import textwrap
from pathlib import Path

import autocompose

PAGE = Path(__file__).resolve().parents[1] / "docs" / "api.md"
BEGIN, END = "<!-- names -->\n", "<!-- /names -->"
WIDTH = 110


class _Written:
    """An annotation as its author wrote it, without the quotes of a string."""

    def __init__(self, words: object) -> None:
        self.words = words

    def __repr__(self) -> str:
        return str(self.words)


def signature(name: str, value: object) -> str:
    """How a public name is called: its signature, or the members of an enumeration."""
    if isinstance(value, type) and issubclass(value, enum.Enum):
        return "\n".join(textwrap.wrap(f"{name}: " + ", ".join(m.value for m in value), WIDTH))
    if isinstance(value, type) and issubclass(value, Exception):
        return name
    assert callable(value)
    found = inspect.signature(value)
    empty = inspect.Parameter.empty
    parameters = [
        p if p.annotation is empty else p.replace(annotation=_Written(p.annotation))
        for p in found.parameters.values()
        if not p.name.startswith("_")
    ]
    gives = "" if isinstance(value, type) else f" -> {found.return_annotation}"
    shown = [_default(str(p)) for p in _with_star(parameters)]
    line = f"{name}({', '.join(shown)}){gives}"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"{name}(", *(f"    {one}," for one in shown), f"){gives}"])


def _with_star(parameters: list[inspect.Parameter]) -> list[inspect.Parameter | str]:
    rows: list[inspect.Parameter | str] = []
    for parameter in parameters:
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in rows:
            rows.append("*")
        rows.append(parameter)
    return rows


def _default(words: str) -> str:
    """Defaults by their names: no addresses, no ``<View.FORWARD: 'forward'>``."""
    words = re.sub(r"<(\w+\.\w+): [^>]*>", r"\1", words)
    return re.sub(r"<(?:built-in )?(?:function|class) '?([\w.]+)'?[^>]*>", r"\1", words)


def section(name: str) -> str:
    """A name with its signature and the first paragraph of its docstring."""
    value = getattr(autocompose, name)
    said = inspect.getdoc(value) or ""
    first = " ".join(said.split("\n\n")[0].split())
    return f"### {name}\n\n```\n{signature(name, value)}\n```\n\n{first}\n"


def names() -> str:
    """The whole generated part of the page."""
    public = [name for name in autocompose.__all__ if not name.startswith("_")]
    functions = [name for name in public if name[0].islower()]
    classes = [name for name in public if not name[0].islower()]
    parts = ["## Functions\n", *map(section, functions), "## Classes\n", *map(section, classes)]
    return "\n".join(parts)


def page() -> str:
    """docs/api.md as it should be."""
    text = PAGE.read_text(encoding="utf-8")
    head, rest = text.split(BEGIN)
    return head + BEGIN + "\n" + names() + "\n" + END + rest.split(END)[1]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
