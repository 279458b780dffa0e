"""The public names: lazy, typed, documented, and the same in README, docs/api.md and the code."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import autocompose
from tests import api_page

REPOSITORY = Path(__file__).resolve().parents[1]
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]


def test_the_page_lists_every_public_name_with_its_signature():
    assert api_page.PAGE.read_text(encoding="utf-8") == api_page.page(), (
        "write the page again: python -m tests.api_page"
    )


def test_every_public_name_exists_and_says_what_it_is():
    assert sorted(autocompose.__all__) == list(autocompose.__all__)
    for name in autocompose.__all__:
        value = getattr(autocompose, name)
        assert name == "__version__" or value.__doc__, name


def test_type_checkers_see_the_names_that_are_loaded_late():
    tree = ast.parse((REPOSITORY / "autocompose" / "__init__.py").read_text())
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = {
        alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert {*seen, "__version__"} == set(autocompose.__all__)
    for name, module in seen.items():
        assert getattr(autocompose, name) is getattr(sys.modules[str(module)], name)
    assert (REPOSITORY / "autocompose" / "py.typed").is_file()


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_examples_import_from_the_package_itself(page):
    for block in re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("autocompose"):
                assert node.module == "autocompose"
                assert {alias.name for alias in node.names} <= set(autocompose.__all__)


def test_reading_a_text_loads_no_model():
    script = (
        "import sys, autocompose\n"
        "autocompose.read_claims('Raise your left arm.')\n"
        "autocompose.mirror_text('Raise your left arm.')\n"
        "sys.exit(', '.join(m for m in ('torch', 'gradio', 'PIL') if m in sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stderr.strip() == ""


def test_the_exchange_of_sides_and_the_reader_agree_from_the_top():
    (left,) = autocompose.read_claims("Raise your left arm.")
    (right,) = autocompose.read_claims(autocompose.mirror_text("Raise your left arm."))
    assert (left.side, right.side) == ("left", "right")
    assert (left.part, left.change) == (right.part, right.change)
