"""CONTRIBUTING.md's import ladder, owners and habits, checked on the source."""

import ast
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGE = REPOSITORY / "autocompose"
MODULES = sorted(PACKAGE.rglob("*.py"))

LADDER = """
errors query_reading schema config thresholds workspace
body
body.sources
tagger
language.words language.spans
postures
language.sides language.reader language.writer.phrasings
language.writer
data
data.hub
verify
model
describe.mllm describe
describe.annotate
describe.annotate.batch
retrieval
evaluation.metrics evaluation.captions
evaluation
evaluation.failures
training.distributed
training.features
training.loop
training.pretrain
training
training.study
lab.bodies
lab.contacts
lab.tokens
lab.lm
lab.learning
lab.wishes
lab.people
lab.speculative
lab.measured
review.store review.people
review.queue
review.files review.quality
studio.server
studio.retrieve studio.describe studio.augment studio.lab studio.review studio.errors
studio
cli
__main__
"""
"""Rooms from the ground up; rooms of one line do not know each other."""

RUNG = {
    room: rung for rung, line in enumerate(LADDER.strip().splitlines()) for room in line.split()
}
SYNTHESIS_MAY_USE = {
    *("errors", "schema", "config", "body", "postures", "describe", "data", "synthesis"),
}
# The one lazy rung upwards: `autocompose synthesize` calls the optional extra.
MAY_USE_SYNTHESIS = {"cli", "synthesis"}

OWNERS = {
    "gradio": ("studio/",),
    "open_clip": ("model/towers.py", "model/pose_mini.py"),
    "openai": ("describe/mllm/client.py", "describe/annotate/batch/batch_endpoint.py"),
    "ray": ("describe/annotate/ray_workers.py", "retrieval/embed_workers.py"),
    "faiss": ("retrieval/searchers/faiss_search.py",),
    "qdrant_client": ("retrieval/searchers/qdrant_search.py",),
    "mediapipe": ("body/sources/photo.py", "data/pose_model.py"),
    "filelock": ("data/lock.py",),
    "pi_heif": ("data/preprocess.py",),
    "datasets": ("data/hub/", "data/row_files.py"),
    "huggingface_hub": ("data/hub/push.py", "model/towers.py"),
    "sqlalchemy": ("review/",),
    "krippendorff": ("review/quality/agreement.py",),
    "anny": ("synthesis/",),
    "pyvista": ("synthesis/",),
    "vtk": ("synthesis/",),
    "typer": ("cli/",),
    "rich": ("cli/",),
}
LAST_LINE = "cli/__init__.py"
"""Where an error that nobody foresaw becomes one line that names a log file."""
FIRST_ROOMS = ("errors.py", "query_reading.py", "schema.py")
MAX_LINES = 400
MAX_FUNCTION_LINES = 80
MAX_POSITIONAL = 3
MAX_SHARE = 0.15
"""Of the package's lines in one of its folders."""
MAX_SAME_LINES = 11
LONG_FUNCTIONS: set[str] = set()
"""At most ten, each with its reason."""
MANY_POSITIONAL = {
    # The paper's formula, in its order.
    "model/losses.py cyclic_loss", "model/losses.py composed_loss",
    # Torch calls these.
    "model/weight_files.py _tensor", "training/distributed.py forward",
}  # fmt: skip
ARGUMENTS_NOT_CHECKED = {"cli", "language", "studio", "verify"}
"""Rooms whose docstrings are still to be mended; take out those that are."""
POSITIONS_NOT_CHECKED = ARGUMENTS_NOT_CHECKED | {"describe"}
"""Rooms whose signatures are."""


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE if PACKAGE in path.parents else REPOSITORY).as_posix()


def room_of(path: Path) -> str:
    return Path(name_of(path)).parts[0].removesuffix(".py")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in it; names from the package itself in full."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            if node.module == "autocompose":
                yield from (f"autocompose.{alias.name}" for alias in node.names)
            else:
                yield node.module or ""


def room_of_module(dotted: str) -> str:
    """The longest room of the ladder that holds a module, named without the package."""
    parts = dotted.split(".")
    names = (".".join(parts[:n]) for n in range(len(parts), 0, -1))
    return next((name for name in names if name in RUNG), parts[0])


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_only_from_its_own_room_and_from_rungs_below(path):
    own = name_of(path).removesuffix(".py").replace("/", ".")
    if own == "__init__":
        return  # exports lazily; see test_importing_the_package_loads_nothing_heavy
    room = room_of_module(own.removesuffix(".__init__"))
    for name in imports(path):
        parts = name.split(".")
        if parts[0] != "autocompose" or len(parts) < 2 or parts[1].startswith("__"):
            continue
        other = room_of_module(".".join(parts[1:]))
        if other == "synthesis":
            assert room in MAY_USE_SYNTHESIS, f"{name_of(path)} imports {name}"
        elif room == "synthesis":
            assert parts[1] in SYNTHESIS_MAY_USE, f"{name_of(path)} imports {name}"
        else:
            lower = RUNG[other] < RUNG[room] or RUNG[other] == RUNG[room] == 0
            assert other == room or lower, f"{name_of(path)} imports {name}"


@pytest.mark.parametrize("path", [*MODULES, REPOSITORY / "app.py"], ids=name_of)
def test_a_heavy_dependency_has_one_owner(path):
    if not path.exists():
        pytest.skip("not written yet")
    for name in imports(path):
        owners = OWNERS.get(name.split(".")[0])
        if owners is not None:
            assert name_of(path).startswith(owners), f"{name} belongs to {owners}"


@pytest.mark.parametrize("name", FIRST_ROOMS)
def test_records_and_errors_need_the_standard_library_only(name):
    for imported in imports(PACKAGE / name):
        top = imported.split(".")[0]
        assert top == "autocompose" or top in sys.stdlib_module_names


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_is_short_has_a_docstring_and_keeps_the_habits(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES
    assert path.name == "__init__.py" or ast.get_docstring(tree(path)), "a module says what it is"
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else "everything"
            cleans_up = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
            broad = caught in ("Exception", "BaseException", "everything")
            broad = broad and name_of(path) != LAST_LINE
            assert not broad or cleans_up, f"line {node.lineno} catches {caught}"
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called != "print", f"line {node.lineno} prints"
            if called.endswith("torch.load"):
                passed = {k.arg: ast.unparse(k.value) for k in node.keywords}
                assert passed.get("weights_only") == "True", f"line {node.lineno}"
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "os.environ":
            assert room_of(path) == "cli", f"line {node.lineno}: the environment is read in cli"
        assert not isinstance(node, ast.Global), f"line {node.lineno}: global"
        if path.name != "errors.py" and isinstance(node, ast.Call):
            written = ast.unparse(node.func)
            assert not written.startswith("str(error") or not written.endswith(").split"), (
                f"line {node.lineno}: errors.one_line does that"
            )


def functions(path: Path) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, bool]]:
    """Every function, and whether it is public: neither it, nor what holds it, is private."""

    def below(node: ast.AST, public: bool) -> Iterator[tuple[Any, bool]]:
        for child in ast.iter_child_nodes(node):
            inner = public
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                inner = False
                yield child, public and not child.name.startswith("_")
            elif isinstance(child, ast.ClassDef):
                inner = public and not child.name.startswith("_")
            yield from below(child, inner)

    yield from below(tree(path), True)


def positional(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    return [name for name in names if name not in ("self", "cls")]


def raised(node: ast.AST) -> Iterator[ast.Raise]:
    """What a function raises itself; functions inside it speak for themselves."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Raise) and child.exc is not None:
            yield child
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            yield from raised(child)


def test_only_listed_functions_are_long():
    long = {
        f"{name_of(path)} {function.name}"
        for path in MODULES
        for function, _ in functions(path)
        if function.end_lineno - function.lineno >= MAX_FUNCTION_LINES
    }
    assert long == LONG_FUNCTIONS
    assert len(LONG_FUNCTIONS) <= 10


def test_what_comes_after_the_third_argument_is_passed_by_name():
    many = {
        f"{name_of(path)} {function.name}"
        for path in MODULES
        if room_of(path) not in POSITIONS_NOT_CHECKED
        for function, _ in functions(path)
        if len(positional(function)) > MAX_POSITIONAL
    }
    assert many == MANY_POSITIONAL


@pytest.mark.parametrize(
    "path", [path for path in MODULES if room_of(path) not in ARGUMENTS_NOT_CHECKED], ids=name_of
)
def test_a_public_function_says_what_its_arguments_are_and_what_it_raises(path):
    for function, public in functions(path):
        if not public:
            continue
        said = ast.get_docstring(function) or ""
        where = f"line {function.lineno}, {function.name}"
        if len(positional(function)) + len(function.args.kwonlyargs) >= 3:
            assert "Args:" in said, where
        assert "Raises:" in said or not list(raised(function)), where


def test_no_folder_holds_more_than_its_share():
    lines = Counter()
    for path in MODULES:
        lines[room_of(path)] += len(path.read_text(encoding="utf-8").splitlines())
    [(room, most)] = lines.most_common(1)
    assert most <= MAX_SHARE * lines.total(), room


@pytest.mark.slow
def test_no_two_places_share_a_dozen_lines():
    """Lines of code as they stand; imports, comments and docstrings do not count."""
    places = defaultdict(set)
    for path in MODULES:
        silent = set()
        for node in ast.walk(tree(path)):
            text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            if text or isinstance(node, (ast.Import, ast.ImportFrom)):
                silent.update(range(node.lineno, node.end_lineno + 1))
        code = [
            (number, line.strip())
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
            if number not in silent and any(map(str.isalnum, line.split("#")[0]))
        ]
        for start in range(len(code) - MAX_SAME_LINES):
            window = code[start : start + MAX_SAME_LINES + 1]
            places[tuple(line for _, line in window)].add(f"{name_of(path)}:{window[0][0]}")
    assert [sorted(where) for where in places.values() if len(where) > 1] == []


def test_a_class_or_module_name_stands_for_one_thing():
    classes, modules = defaultdict(list), defaultdict(list)
    for path in MODULES:
        if path.name != "__init__.py":
            modules[path.stem].append(name_of(path))
        for node in tree(path).body:
            if isinstance(node, ast.ClassDef):
                classes[node.name].append(name_of(path))
    for kind in (classes, modules):
        assert [places for places in kind.values() if len(places) > 1] == []


def test_importing_the_package_loads_nothing_heavy():
    script = (
        "import sys, autocompose\n"
        "autocompose.__dir__()\n"
        "heavy = ['torch', 'gradio', 'numpy', 'open_clip', 'PIL']\n"
        "sys.exit(', '.join(m for m in heavy if m in sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stderr.strip() == ""


def test_the_lazy_names_exist_and_a_wrong_one_is_an_attribute_error():
    import autocompose

    assert autocompose.open_dataset.__module__ == "autocompose.data.dataset"
    assert set(autocompose.__all__) <= set(dir(autocompose))
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = autocompose.no_such_name
