"""`autocompose studio` and app.py: options, environment variables, and a start from nothing."""

import runpy
import sys
import urllib.request
from functools import partial
from pathlib import Path

import pytest

from autocompose.cli import main
from autocompose.describe.mllm.client import DEFAULT_BASE_URL
from autocompose.errors import ConfigError
from autocompose.studio import serve as serving
from autocompose.studio.serve import ModelChoice, ServeOptions, open_studio
from tests.browser.chromium import REPOSITORY, free_port, served
from tests.studio_fakes import write_stick_dataset

ENVIRONMENT = (
    *("GRADIO_SERVER_NAME", "GRADIO_SERVER_PORT", "AUTOCOMPOSE_STORE", "AUTOCOMPOSE_MODEL"),
    *("AUTOCOMPOSE_ADMINISTRATORS", "SPACE_AUTHOR_NAME", "OPENAI_BASE_URL", "OPENAI_API_KEY"),
    *("OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET", "OAUTH_SCOPES", "OPENID_PROVIDER_URL"),
)


@pytest.fixture
def asked(monkeypatch):
    """What the command would serve, for its arguments and an environment."""

    def ask(*arguments: str, entry: str | None = None, **environment: str) -> ServeOptions:
        seen: list[ServeOptions] = []
        monkeypatch.setattr(serving, "serve", seen.append)
        for name in ENVIRONMENT:
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["app.py", *arguments])
        program = main if entry is None else partial(runpy.run_path, run_name="__main__")
        with pytest.raises(SystemExit) as left:
            program(["studio", *arguments] if entry is None else entry)
        assert left.value.code == 0
        (options,) = seen
        return options

    return ask


def test_without_options_everything_has_its_default(asked):
    assert asked() == ServeOptions()


ALL = {
    "--dataset": "d", "--split": "val", "--checkpoint": "c", "--gallery": "g",
    "--gallery-images": "i", "--cache": "k", "--pose-model": "p", "--host": "0.0.0.0",
    "--port": "81", "--max-upload-mb": "2.5", "--store": "sqlite:///s", "--users": "u",
    "--administrators": "ada, bob", "--model": "m", "--base-url": "http://here/v1",
    "--calls-per-visit": "3", "--calls-per-hour": "4",
}  # fmt: skip


@pytest.mark.parametrize("entry", [None, str(REPOSITORY / "app.py")], ids=["studio", "app.py"])
def test_every_option_arrives_by_the_command_and_by_app_py(asked, entry):
    words = [word for pair in ALL.items() for word in pair]
    options = asked(*words, "--own-key", entry=entry, OPENAI_API_KEY="secret")
    assert options == ServeOptions(
        dataset=Path("d"), split="val", checkpoint=Path("c"), gallery=Path("g"),
        gallery_images=Path("i"), cache=Path("k"), pose_model=Path("p"), host="0.0.0.0", port=81,
        max_upload_mb=2.5, store="sqlite:///s", users=Path("u"), administrators=("ada", "bob"),
        model=ModelChoice("m", "http://here/v1", "secret", True, 3, 4),
    )  # fmt: skip
    assert "secret" not in repr(options)


def test_the_environment_fills_in_and_options_win(asked):
    environment = {
        "GRADIO_SERVER_NAME": "0.0.0.0", "GRADIO_SERVER_PORT": "99", "AUTOCOMPOSE_STORE": "sqlite://",
        "AUTOCOMPOSE_MODEL": "m", "OPENAI_BASE_URL": "http://there/v1",
    }  # fmt: skip
    found = asked(**environment)
    assert (found.host, found.port, found.store) == ("0.0.0.0", 99, "sqlite://")
    assert found.model == ModelChoice("m", "http://there/v1")
    assert asked("--port", "5", "--host", "localhost", **environment).port == 5


def test_an_empty_variable_is_as_none(asked):
    empty = dict.fromkeys(["AUTOCOMPOSE_MODEL", "OPENAI_BASE_URL", "OPENAI_API_KEY"], "")
    assert asked(**empty).model is None


def test_the_administrators_are_the_spaces_owner_unless_others_or_nobody_are_named(asked):
    assert asked(SPACE_AUTHOR_NAME="ada").administrators == ("ada",)
    both = {"SPACE_AUTHOR_NAME": "ada", "AUTOCOMPOSE_ADMINISTRATORS": "bob,,eve "}
    assert asked(**both).administrators == ("bob", "eve")
    nobody = {"SPACE_AUTHOR_NAME": "ada", "AUTOCOMPOSE_ADMINISTRATORS": ""}
    assert asked(**nobody).administrators == ()


@pytest.mark.slow
def test_a_space_has_sign_in_only_with_all_that_it_needs(asked):
    oauth = dict.fromkeys(ENVIRONMENT[-4:], "x")
    assert asked(**oauth).oauth
    for name in oauth:
        assert not asked(**{**oauth, name: ""}).oauth


def test_the_options_become_the_studio(tmp_path):
    folder = write_stick_dataset(tmp_path / "sticks", n=4)
    model = ModelChoice("m", api_key="secret", calls_per_hour=7)
    options = ServeOptions(folder, max_upload_mb=2, gallery_images=folder, model=model)
    studio = open_studio(options)
    assert (len(studio.images), studio.config.max_upload_bytes) == (4, 2 * 2**20)
    assert studio.config.extra_folders == (folder,)
    assert studio.config.store.endswith("annotations/studio.sqlite3")
    assert studio.annotator is not None
    setup = studio.annotator.setup
    assert (setup.base_url, setup.calls_per_hour) == (DEFAULT_BASE_URL, 7)
    assert open_studio(ServeOptions(folder)).annotator is None


def test_a_users_file_that_is_not_there_is_one_line(tmp_path, capsys):
    with pytest.raises(ConfigError, match="autocompose review user"):
        open_studio(ServeOptions(tmp_path, users=tmp_path / "users.json"))
    with pytest.raises(SystemExit) as left:
        main(["studio", "--dataset", str(tmp_path), "--users", str(tmp_path / "users.json")])
    assert left.value.code == 1
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.slow
def test_a_studio_starts_where_there_is_nothing(tmp_path):
    port = free_port()
    places = {"dataset": "none", "checkpoint": "none", "cache": "cache", "store": "new.sqlite3"}
    at = {name: str(tmp_path / place) for name, place in places.items()}
    at["store"] = f"sqlite:///{at['store']}"
    options = [word for name, value in at.items() for word in (f"--{name}", value)]
    command = [sys.executable, "-m", "autocompose", "studio", "--port", str(port), *options]
    with (
        served(command, port, 120) as address,
        urllib.request.urlopen(address, timeout=60) as answer,
    ):
        assert answer.status == 200
        assert "AutoComPose Studio" in answer.read().decode()
