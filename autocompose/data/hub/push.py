"""A folder of files as a dataset repository on the Hugging Face Hub, in one commit.

The token is read by `huggingface_hub` itself (``HF_TOKEN``, or what ``hf auth login`` stored); it
is never a parameter, never printed and in no message here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import HfApi, get_token
from huggingface_hub.errors import (
    HfHubHTTPError,
    HFValidationError,
    HTTPError,
    LocalEntryNotFoundError,
)
from huggingface_hub.utils import disable_progress_bars, logging

from autocompose.errors import HubError, one_line

_IGNORED = (".gitattributes", "README.md")


@dataclass(frozen=True)
class Pushed:
    """Where a folder went.

    Args:
        repo: OWNER/NAME.
        url: of the repository's page.
        commit: the revision that holds exactly what was pushed.
        private: whether only its owner sees it.
    """

    repo: str
    url: str
    commit: str
    private: bool


def push_folder(folder: Path, repo: str, *, own: str, message: str, public: bool = False) -> Pushed:
    """Upload a folder; what an earlier push left under ``own`` and this one lacks is removed.

    Args:
        folder: holds README.md and the folder ``own``.
        repo: OWNER/NAME; made, private, if it is not there.
        own: a folder that marks a repository as one of ours. Others are left alone.
        message: of the commit.
        public: let everybody see it; a repository that is there must already be public.

    Raises:
        HubError: no token, no network, no right to write, or a repository that holds other things
            or can be seen by more people than asked for. Nothing was changed, unless it says so.
    """
    if get_token() is None:
        raise HubError("no token for the Hub; set HF_TOKEN, or run `hf auth login`")
    api = HfApi()
    with _explained(repo):
        made = api.create_repo(repo, repo_type="dataset", private=not public, exist_ok=True)
        private = bool(api.repo_info(repo, repo_type="dataset").private)
        if not private and not public:
            raise HubError(f"{repo} is public; add --public to publish there, or name another")
        if private and public:
            raise HubError(f"{repo} is private; make it public on its page, or leave out --public")
        there = api.list_repo_files(repo, repo_type="dataset")
        others = [name for name in there if name not in _IGNORED]
        if others and not any(name.startswith(f"{own}/") for name in others):
            raise HubError(f"{repo} holds other files ({others[0]}); name a new repository")
        commit = api.upload_folder(
            repo_id=repo,
            folder_path=folder,
            repo_type="dataset",
            commit_message=message,
            delete_patterns=[f"{own}/**"],
        )
    return Pushed(repo, str(made), str(commit.oid), private)


def fetch_file(pushed: Pushed, name: str, folder: Path) -> Path:
    """Download a file of a push, as the Hub holds it in that very commit.

    Args:
        pushed: what was pushed, and its commit.
        name: of the file in the repository.
        folder: where it is downloaded to.

    Raises:
        HubError: it is not there or cannot be fetched.
    """
    with _explained(pushed.repo):
        found = HfApi().hf_hub_download(
            pushed.repo, name, repo_type="dataset", revision=pushed.commit, local_dir=folder
        )
    return Path(found)


@contextmanager
def _explained(repo: str) -> Iterator[None]:
    """Say in one line what the Hub or the network refused."""
    disable_progress_bars()
    logging.set_verbosity_error()  # it tells of each retry; the last failure says enough
    try:
        yield
    except HFValidationError as error:
        raise HubError(f'"{repo[:96]}" is not a repository name; use OWNER/NAME') from error
    except HfHubHTTPError as error:
        raise HubError(_refusal(error, repo)) from error
    except (HTTPError, ConnectionError, LocalEntryNotFoundError) as error:
        raise HubError(
            f"the Hub cannot be reached ({type(error).__name__}); check the network and"
            " HF_ENDPOINT, then send it again: a push can be repeated"
        ) from error


def _refusal(error: HfHubHTTPError, repo: str) -> str:
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status == 401:
        return "the Hub does not take the token; log in again with `hf auth login`, or set HF_TOKEN"
    if status == 403:
        return f"the token may not write to {repo}; use one with write access to that owner"
    if status == 404:
        return f"{repo} is not there, or its owner is unknown; check the name"
    said = one_line(error.server_message or "no reason given", 160)
    return f"the Hub refused {repo} (status {status}: {said}); try again, or name another"
