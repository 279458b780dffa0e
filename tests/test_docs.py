"""The documents say what is there, and name no registry host and no path of one machine."""

import ast
import json
import re
import subprocess
from pathlib import Path

import pytest

from autocompose.cli import EXAMPLES
from autocompose.cli.annotate import CANCELLED
from autocompose.cli.console import INCOMPLETE
from autocompose.cli.crash_log import UNFORESEEN

REPOSITORY = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted(
    [*REPOSITORY.glob("*.md"), *REPOSITORY.glob("*/*.md"), *REPOSITORY.glob("docs/**/*.md")]
)
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
# Assembled, so that this file does not contain what it forbids.
FORBIDDEN = [
    "pypi" + ".org",
    "python" + "hosted",
    "npm" + "js.org",
    "npm" + "js.com",
    "crates" + ".io/api",
    "/" + "work/",
    "/" + "root/",
    "/opt/" + "pypi",
    "find" + "-links",
    "extra-index" + "-url",
]
UNNATURAL = re.compile(
    r"\b(anew|is told|are told|of which|goes on|go on|it stands|stands? (?:in|at|under|beside)"
    r"|most suspect|made again|is said to be)\b",
    re.IGNORECASE,
)
"""Phrasings that a native speaker would not use in a manual; `PLAIN` lists the checked texts."""
PARTS = ("recall", "recall_ci", "median_rank")  # of a text set in metrics.json
BINARY = {".jpg", ".jpeg", ".png", ".safetensors", ".npy", ".npz", ".woff2", ".ico", ".gz"}


PACKAGE = REPOSITORY / "autocompose"
PLAIN = [
    *(REPOSITORY / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "Makefile")),
    *(REPOSITORY / name / "README.md" for name in ("annotations", "checkpoints")),
    *sorted(REPOSITORY.glob("docs/*.md")),
    *sorted(PACKAGE.glob("cli/*.py")),
    *sorted(PACKAGE.glob("studio/**/*.js")),
    *sorted(PACKAGE.glob("studio/**/*.html")),
]


@pytest.mark.parametrize("path", PLAIN, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_texts_that_users_read_are_plain_english(path):
    text = path.read_text(encoding="utf-8").replace("data-anew", "")  # an attribute's name
    found = [
        f"{at}: {x.strip()}" for at, x in enumerate(text.splitlines(), 1) if UNNATURAL.search(x)
    ]
    assert not found, found


ABSENT = re.compile(r"\b(?:systems|cli|design)\.md\b|the specification's section")
"""Documents that the repository does not have."""


def test_no_module_cites_a_document_that_is_not_here():
    for path in sorted(PACKAGE.rglob("*.py")):
        assert not ABSENT.search(path.read_text(encoding="utf-8")), path.relative_to(REPOSITORY)


def tracked_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git clone")
    return [REPOSITORY / name for name in listed.stdout.split("\0") if name]


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))


def test_every_make_command_that_is_named_exists():
    for document in DOCUMENTS:
        named = set(re.findall(r"`make ([a-z]+)`", document.read_text(encoding="utf-8")))
        assert named <= targets(), document.name


def test_every_command_is_in_the_readme_and_every_option_there_exists():
    options = {
        command.__name__.replace("_", "-"): Path(command.__code__.co_filename).read_text()
        for command in EXAMPLES
    }
    options["review"] = (REPOSITORY / "autocompose" / "cli" / "review.py").read_text()
    shown = re.findall(r"^autocompose ([a-z-]+) (.*)$", README, re.MULTILINE)
    assert {command for command, _ in shown} == set(options)
    for command, rest in shown:
        for option in re.findall(r"--([a-z-]+)", rest):
            assert re.search(rf"\b{option.replace('-', '_')}_?:", options[command]), option


@pytest.mark.parametrize("page", ["README.md", "docs/annotation.md"])
def test_every_exit_code_is_documented(page):
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    table = text.partition("| exit code | meaning |")[2].partition("\n\n")[0]
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)}
    assert listed >= {0, 1, INCOMPLETE, UNFORESEEN, CANCELLED}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_to_a_file_resolves(document):
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text(encoding="utf-8")):
        if not re.match(r"[a-z]+:", target):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_the_front_matter_starts_the_app_with_the_pinned_gradio():
    front = dict(re.findall(r"^(\w+): (.+)$", README.split("---")[1], re.MULTILINE))
    pins = (REPOSITORY / "requirements.txt").read_text()
    assert front["sdk"] == "gradio"
    assert re.search(
        rf"^gradio(\[oauth\])?=={re.escape(front['sdk_version'])}\b", pins, re.MULTILINE
    )
    assert (REPOSITORY / front["app_file"]).is_file()


def test_every_place_names_the_same_versions_of_python():
    project = (REPOSITORY / "pyproject.toml").read_text()
    found = re.search(r'^requires-python = ">=3\.(\d+),<3\.(\d+)"$', project, re.MULTILINE)
    assert found
    low, high = int(found[1]), int(found[2])
    classified = re.findall(r'"Programming Language :: Python :: 3\.(\d+)"', project)
    assert [int(minor) for minor in classified] == list(range(low, high))
    assert re.search(rf'^target-version = "py3{low}"$', project, re.MULTILINE)
    assert re.search(rf'^pythonVersion = "3\.{low}"$', project, re.MULTILINE)
    words = f"Python 3.{low}-3.{high - 1}"
    assert words in README
    makefile = (REPOSITORY / "Makefile").read_text()
    assert words in makefile
    assert f"(3, {low}) <= sys.version_info[:2] < (3, {high})" in makefile
    # A Space whose front matter says nothing gets a Python that the pins may not have.
    front = re.search(r'^python_version: "3\.(\d+)"$', README.split("---")[1], re.MULTILINE)
    assert front
    assert low <= int(front[1]) < high
    assert "python_version <" not in (REPOSITORY / "requirements.txt").read_text()


def test_every_test_that_needs_a_browser_is_where_make_looks_for_it():
    assert re.search(r"-m browser tests/browser ", (REPOSITORY / "Makefile").read_text())
    marked = re.compile(r"^(@|pytestmark = \[?)pytest\.mark\.browser", re.MULTILINE)
    found = [p for p in (REPOSITORY / "tests").rglob("test_*.py") if marked.search(p.read_text())]
    assert found
    assert {path.parent for path in found} == {REPOSITORY / "tests" / "browser"}


def test_python_in_the_readme_imports_names_that_exist():
    for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("autocompose"):
                module = __import__(node.module or "", fromlist=["_"])
                for alias in node.names:
                    assert hasattr(module, alias.name), f"{node.module}.{alias.name}"


UNLISTED = (
    "cli/",
    "synthesis/",
    "studio/retrieve/",
    "studio/augment/",
    "studio/describe/",
    "studio/review/",
    "studio/errors/",
    "studio/lab/",
)
"""Folders that the map explains as a whole."""


def file_map() -> set[str]:
    """Every module that CONTRIBUTING's map names, in full."""
    block = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8").split("```")[1]
    folders: list[tuple[int, str]] = []
    named = set()
    for line in block.splitlines():
        indent = len(line) - len(line.lstrip())
        while folders and folders[-1][0] >= indent:
            folders.pop()
        head = re.match(r"((?:[\w/]+(?:\.py|/)(?:, | |$)+)+)", line.strip())
        here = "".join(folder for _, folder in folders)
        for name in re.findall(r"[\w/]+(?:\.py|/)", head[1]) if head else []:
            if name.endswith("/"):
                folders.append((indent, name))
                here = "".join(folder for _, folder in folders)
            else:
                named.add(here + name)
    return named


def test_the_file_map_is_the_tree():
    named = file_map()
    for name in named:
        assert (REPOSITORY / name).is_file(), name
    package = REPOSITORY / "autocompose"
    there = {path.relative_to(package).as_posix() for path in package.rglob("[a-z]*.py")}
    listed = {f"autocompose/{name}" for name in there if not name.startswith(UNLISTED)}
    assert listed <= named, sorted(listed - named)


def test_no_registry_host_and_no_path_of_one_machine_is_named():
    for path in tracked_files():
        if path.suffix in BINARY or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        found = [word for word in FORBIDDEN if word in text]
        assert not found, f"{path.relative_to(REPOSITORY)}: {found}"


def test_requirements_pin_exactly_and_hold_torch_and_torchvision_together():
    lines = (REPOSITORY / "requirements.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert {"torch==2.13.0", "torchvision==0.28.0"} <= set(pins)
    assert all("==" in line or 'python_version < "3.11"' in line for line in pins)


def test_the_changelog_has_the_version_of_the_package():
    from autocompose import __version__

    assert f"## [{__version__}]" in (REPOSITORY / "CHANGELOG.md").read_text()


def figures(label: str, found: dict, intervals: dict | None, median: float | None = None) -> str:
    cells = [label]
    for at in ("1", "5", "10", "50"):
        cell = f"{found[at]:.1f}"
        if intervals is not None:
            cell += " [{:.1f}, {:.1f}]".format(*intervals[at])
        cells.append(cell)
    return "| " + " | ".join([*cells, "" if median is None else f"{median:g}"]) + " |"


@pytest.mark.parametrize("page", ["README.md", "docs/experiments.md"])
def test_the_published_figures_are_those_of_the_shipped_checkpoint(page):
    folder = REPOSITORY / "checkpoints" / "pose-mini"
    report = json.loads((folder / "metrics.json").read_text())["test"]
    sets, base, spread = report["text_sets"], report["baselines"], report["baselines_ci"]
    rows = [
        figures("**composed, new forms** (`sents`)", *(sets["new_forms"][k] for k in PARTS)),
        figures("composed, seen forms (`auto`)", *(sets["seen_forms"][k] for k in PARTS)),
        figures("composed, new words (`new-words`)", *(sets["new_words"][k] for k in PARTS)),
        figures("text only", base["text_only"], spread["text_only"]),
        figures("image only", base["image_only"], spread["image_only"]),
        figures("chance", base["chance"], None),
    ]
    text = (REPOSITORY / page).read_text()
    for row in rows:
        assert row in text, f"{page} lacks: {row}"
