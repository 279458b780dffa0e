"""How a visitor of the studio becomes a reviewer: always by a login, never by what a page sends.

One of four: the one user of a machine, a file of users with passwords, Hugging Face's sign-in on a
Space, or nobody at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from autocompose.errors import ConfigError, LoginError
from autocompose.review.people.users import LOCAL_USER, Reviewer, Role, Users

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Visitor:
    """What the server's own logins vouch for in one request.

    Args:
        password_name: whose password was given.
        hub_name: who signed in with Hugging Face.
    """

    password_name: str | None = None
    hub_name: str | None = None


class Login(Protocol):
    """One way of telling who a visitor is."""

    def who(self, visitor: Visitor) -> Reviewer:
        """The reviewer behind a request.

        Raises:
            LoginError: it is nobody who may review.
        """
        ...


@dataclass(frozen=True)
class LocalLogin:
    """The one person at this machine, who may do everything."""

    def who(self, visitor: Visitor) -> Reviewer:
        """Always the same."""
        return Reviewer(LOCAL_USER, Role.ADMINISTRATOR)


@dataclass(frozen=True)
class NoLogin:
    """Nobody can review here; ``reason`` says why and what to do."""

    reason: str

    def who(self, visitor: Visitor) -> Reviewer:
        """Refuse everybody.

        Raises:
            LoginError: a login is missing.
        """
        raise LoginError(self.reason)


@dataclass(frozen=True)
class PasswordLogin:
    """Whoever gave the password of a user in a file."""

    users: Users

    def who(self, visitor: Visitor) -> Reviewer:
        """The user; one that was removed since is nobody.

        Raises:
            LoginError: nobody is logged in, or the user was removed.
        """
        name = visitor.password_name
        found = self.users.find(name, hugging_face=False) if name else None
        if found is None:
            raise LoginError("you are not logged in, or no longer a reviewer; log in again")
        return found

    def accepts(self, name: str, password: str) -> bool:
        """Whether this name has this password."""
        try:
            self.users.log_in(name, password)
        except LoginError:
            return False
        return True


@dataclass(frozen=True)
class HuggingFaceLogin:
    """Whoever signed in with Hugging Face.

    Args:
        administrators: names on Hugging Face.
        users: who may review, with their roles; None lets everybody review who signs in.
    """

    administrators: tuple[str, ...] = ()
    users: Users | None = None

    def who(self, visitor: Visitor) -> Reviewer:
        """The person of that name on Hugging Face.

        Raises:
            LoginError: nobody is signed in, or the person may not review.
        """
        name = visitor.hub_name
        if not name:
            raise LoginError("you are not signed in; press Sign in with Hugging Face above")
        if name in self.administrators:
            return Reviewer(name, Role.ADMINISTRATOR)
        if self.users is None:
            return Reviewer(name, Role.REVIEWER)
        found = self.users.find(name, hugging_face=True)
        if found is None:
            raise LoginError(f"{name} is not a reviewer of this studio; ask who runs it to add you")
        return found


@dataclass(frozen=True)
class Surroundings:
    """Where a studio runs, and who may use it.

    Args:
        host: address it listens on.
        on_space: it runs as a Hugging Face Space.
        oauth: the Space has sign-in (``hf_oauth: true``), so that its sessions are signed with a
            secret of its own. Elsewhere gradio signs them with a key that everybody knows.
        users: file of users.
        administrators: names on Hugging Face.
    """

    host: str = "127.0.0.1"
    on_space: bool = False
    oauth: bool = False
    users: Path | None = None
    administrators: tuple[str, ...] = ()


def choose_login(here: Surroundings) -> Login:
    """The login that fits where a studio runs.

    Raises:
        ConfigError: the file of users is not there.
        LoginError: it is malformed.
    """
    if here.users is not None and not here.users.exists():
        raise ConfigError(
            f"there are no users at {here.users}; add one: autocompose review user NAME --users"
            f" {here.users}"
        )
    users = None if here.users is None else Users(here.users)
    if here.on_space and here.oauth:
        return HuggingFaceLogin(here.administrators, users)
    if users is not None:
        return PasswordLogin(users)
    if here.on_space:
        return NoLogin("this Space has no sign-in; its owner sets hf_oauth: true in README.md")
    if here.host not in LOOPBACK:
        return NoLogin(
            f"this studio listens on {here.host} and has no users; start it with --users FILE"
        )
    return LocalLogin()
