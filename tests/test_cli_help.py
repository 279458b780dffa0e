"""``--help`` says what the source says: no words lost to markup, none cut off."""

from __future__ import annotations

import inspect
from typing import get_type_hints

import pytest
import typer

from autocompose.cli import app, main
from autocompose.cli.review import review


def commands() -> dict[tuple[str, ...], tuple[object, str]]:
    """Every command by its words, with the function behind it and its example."""
    found: dict[tuple[str, ...], tuple[object, str]] = {}
    for words, group in (((), app), (("review",), review)):
        for command in group.registered_commands:
            function = command.callback
            assert function is not None
            name = command.name or function.__name__.replace("_", "-")
            found[(*words, name)] = (function, command.epilog or "")
    return found


def written(function: object) -> list[str]:
    """The texts that the source of a command holds: its docstring and the help of each option."""
    texts = [inspect.cleandoc(function.__doc__ or "")]
    for kind in get_type_hints(function, include_extras=True).values():
        for extra in getattr(kind, "__metadata__", ()):
            if isinstance(extra, typer.models.ParameterInfo):
                assert extra.help, f"an option of {function} has no help"
                texts.append(extra.help)
    return texts


def squeezed(text: str) -> str:
    """Without white space: wrapping may break a line anywhere, also behind a hyphen."""
    return "".join(text.split())


COMMANDS = commands()


def test_the_list_is_whole():
    assert len(COMMANDS) > 15
    assert ("review", "import") in COMMANDS
    texts = [text for function, _ in COMMANDS.values() for text in written(function)]
    assert len(texts) > 100
    assert any("[synthesis]" in text for text in texts)  # what markup used to take out


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_shows_every_text_of_the_source_whole(words, capsys):
    function, example = COMMANDS[words]
    with pytest.raises(SystemExit) as left:
        main([*words, "--help"])
    assert left.value.code == 0
    shown = squeezed(capsys.readouterr().out)
    missing = [text for text in (*written(function), example) if squeezed(text) not in shown]
    assert missing == []


@pytest.mark.parametrize("group", [(), ("review",)], ids=["autocompose", "review"])
def test_help_of_a_group_is_whole_and_lists_its_commands(group, capsys):
    with pytest.raises(SystemExit):
        main([*group, "--help"])
    shown = capsys.readouterr().out
    typed = review if group else app
    text = typed.info.help or (typed.registered_callback.callback.__doc__ if not group else "")
    assert squeezed(text) in squeezed(shown)
    for words in COMMANDS:
        if words[:-1] == group:
            assert f"  {words[-1]} " in shown
