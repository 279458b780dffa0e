"""A PostgreSQL server that goes away midway: one line, nothing lost, and the rerun completes."""

import json

import pytest
from sqlalchemy import Engine, event

from autocompose.cli import main
from autocompose.review.quality.dashboard import count_store
from autocompose.review.store.review_store import Store
from tests import review_fakes as fakes

PAIRS = 12


@pytest.fixture(scope="module")
def server():
    binaries = fakes.find_postgres()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with fakes.postgres(binaries) as server:
        yield server


@pytest.fixture
def url(server, request):
    return server.database(f"lost{abs(hash(request.node.name))}")


@pytest.fixture
def command(url, tmp_path, capsys):
    """Runs a command of ``review`` on the store; gives its exit code and last line."""
    fakes.write_dataset(tmp_path / "tiny", pairs=PAIRS)
    calls = {
        "import": ["import", tmp_path / "tiny/captions/train.json", "--dataset", tmp_path / "tiny"],
        "export": ["export", "--format", "official", "--out", tmp_path / "out.json"],
        "triage": ["triage", "--dataset", tmp_path / "tiny"],
    }

    def run(name: str) -> tuple[int, list[str]]:
        code = 0
        try:
            main(["review", *map(str, calls[name]), "--store", url])
        except SystemExit as left:
            code = int(left.code or 0)
        return code, capsys.readouterr().err.splitlines()

    return run


class Crash:
    """Stops the server before a statement with this sign is sent."""

    def __init__(self, server, sign: str) -> None:
        self.server, self.sign, self.gone = server, sign, False

    def __call__(self, conn, cursor, statement, *rest: object) -> None:
        if not self.gone and self.sign in statement:
            self.gone = True
            self.server.kill()


SIGNS = {"import": "INSERT INTO descriptions", "export": "FROM items", "triage": "UPDATE items"}
"""What each command sends in the middle of its work."""


# psycopg warns of a cursor that cannot be closed because its server is gone.
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("name", SIGNS)
def test_a_server_that_is_lost_midway_is_one_line_and_the_rerun_completes(
    name, server, command, url, tmp_path, caplog
):
    if name != "import":
        assert command("import")[0] == 0
    crash = Crash(server, SIGNS[name])
    event.listen(Engine, "before_cursor_execute", crash)
    try:
        code, said = command(name)
    finally:
        event.remove(Engine, "before_cursor_execute", crash)
        assert crash.gone
        server.start()
    assert code == 1
    assert said[-1].startswith("error: the review store postgresql://review@/lost"), said
    assert "went away in the middle" in said[-1]
    assert not any("error ignored" in record.message for record in caplog.records)
    assert not any(line.startswith(("error ignored", "Traceback")) for line in said)
    assert not (tmp_path / "out.json").exists()
    with Store(url) as store:
        assert count_store(store).descriptions == (0 if name == "import" else 3 * PAIRS)
        assert store.verify().problems == ()
    assert command(name)[0] == 0
    with Store(url) as store:
        assert count_store(store).descriptions == 3 * PAIRS
        assert store.verify().problems == ()
    if name == "export":
        assert len(json.loads((tmp_path / "out.json").read_text())) == PAIRS
