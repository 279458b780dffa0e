"""Who may review: a local file of users, each with one way to log in and one of two roles.

Passwords are hashed with scrypt under a random salt each, and compared in constant time. A name
that is not there costs as much time as one that is. People who sign in with Hugging Face have no
password here.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from autocompose.data.files import read_json, write_whole
from autocompose.errors import LoginError

LOCAL_USER = "local"
"""Who reviews in a studio on one's own machine, where nobody logs in."""

MIN_PASSWORD = 8
_NAME = re.compile(r"[\w.@-]{1,64}")
_SALT_BYTES = 16
_MAX_MEMORY = 256 * 2**20


class Role(str, Enum):
    """What a person may do: review, or also plant items, run bulk actions and see everybody."""

    REVIEWER = "reviewer"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True)
class Reviewer:
    """A person who is logged in."""

    name: str
    role: Role

    def require(self, role: Role) -> None:
        """Let pass who has the role; an administrator has both.

        Raises:
            LoginError: the person may not do this.
        """
        if self.role not in (role, Role.ADMINISTRATOR):
            raise LoginError(f"{self.name} is a {self.role.value}; this needs an {role.value}")


@dataclass(frozen=True)
class ScryptCost:
    """Work of one hash: memory is 128 · n · r bytes (32 MiB here), time grows with n · r · p."""

    n: int = 2**15
    r: int = 8
    p: int = 3


@dataclass(frozen=True)
class _Password:
    salt: bytes
    hash: bytes
    cost: ScryptCost


_Known = dict[str, tuple[Reviewer, _Password | None]]


class Users:
    """The users of one file. A change of it by another program is seen at the next question.

    Args:
        path: JSON, made on the first `add`; readable by its owner only.
        cost: of hashes made from now on; older ones keep theirs.

    Raises:
        LoginError: the file is malformed.
    """

    def __init__(self, path: Path, *, cost: ScryptCost | None = None) -> None:
        self.path = path
        self.cost = cost or ScryptCost()
        # Hashed against when a name is unknown, so that the answer takes as long.
        self._nobody = _Password(bytes(_SALT_BYTES), bytes(64), self.cost)
        self._seen: tuple[int, ...] | None = None
        self._known = self._now()

    @property
    def reviewers(self) -> tuple[Reviewer, ...]:
        """Everybody in the file, by name."""
        known = self._now()
        return tuple(known[name][0] for name in sorted(known))

    def find(self, name: str, *, hugging_face: bool) -> Reviewer | None:
        """The user of a name that one way of logging in vouches for; None where it is not theirs.

        Somebody else may own the same name on Hugging Face: it opens no account with a password.
        """
        found = self._now().get(name)
        return found[0] if found and (found[1] is None) == hugging_face else None

    def add(self, name: str, password: str, *, role: Role = Role.REVIEWER) -> Reviewer:
        """Add a user, or give one a new password and role.

        Args:
            name: of the user.
            password: in the clear; only its hash is kept.
            role: what the user may do.

        Raises:
            LoginError: the name has other characters than letters, digits, ``. @ _ -``, or the
                password is short.
        """
        if len(password) < MIN_PASSWORD:
            raise LoginError(f"a password needs {MIN_PASSWORD} characters; choose a longer one")
        salt = secrets.token_bytes(_SALT_BYTES)
        hashed = _Password(salt, _hash(password, salt, self.cost), self.cost)
        return self._put(Reviewer(name, role), hashed)

    def add_hugging_face(self, name: str, *, role: Role = Role.REVIEWER) -> Reviewer:
        """Add a user who signs in with Hugging Face under this name, or give one a new role.

        Raises:
            LoginError: the name has other characters than letters, digits, ``. @ _ -``.
        """
        return self._put(Reviewer(name, role), None)

    def remove(self, name: str) -> None:
        """Remove a user; what they decided stays under their name.

        Raises:
            LoginError: there is no such user.
        """
        known = dict(self._now())
        if known.pop(name, None) is None:
            have = ", ".join(sorted(known)) or "none"
            raise LoginError(f'no user "{name[:64]}" in {self.path}; there is {have}')
        self._write(known)

    def log_in(self, name: str, password: str) -> Reviewer:
        """The person behind a name and a password.

        Raises:
            LoginError: one of both is wrong; the message does not say which.
        """
        found = self._now().get(name)
        stored = (found[1] if found else None) or self._nobody
        right = hmac.compare_digest(_hash(password, stored.salt, stored.cost), stored.hash)
        if found is None or stored is self._nobody or not right:
            raise LoginError("the name or the password is wrong")
        return found[0]

    def _put(self, reviewer: Reviewer, password: _Password | None) -> Reviewer:
        if not _NAME.fullmatch(reviewer.name):
            raise LoginError(
                f'"{reviewer.name[:64]}" is not a valid user name; use letters, digits and . @ _ -'
            )
        self._write({**self._now(), reviewer.name: (reviewer, password)})
        return reviewer

    def _now(self) -> _Known:
        """Everybody, read again where the file is another one than before."""
        try:
            stat = self.path.stat()
            seen = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        except OSError:
            seen = ()
        if seen != self._seen:
            self._known = self._read()
            self._seen = seen
        return self._known

    def _read(self) -> _Known:
        if not self.path.exists():
            return {}
        content = read_json(self.path)
        try:
            return {row["name"]: _read_user(row) for row in content["users"]}  # pyright: ignore
        except (KeyError, TypeError, ValueError) as error:
            raise LoginError(f"{self.path} is not a file of users ({error})") from error

    def _write(self, known: _Known) -> None:
        users = [
            {"name": reviewer.name, "role": reviewer.role.value, **_login_json(password)}
            for reviewer, password in known.values()
        ]
        # Nobody else may read the file at any moment: it is private before it has its name.
        write_whole(self.path, json.dumps({"users": users}, indent=1) + "\n", mode=0o600)
        self._seen = None


def _login_json(password: _Password | None) -> dict[str, Any]:
    if password is None:
        return {"login": "huggingface"}
    return {
        "scrypt": asdict(password.cost),
        "salt": b64encode(password.salt).decode(),
        "hash": b64encode(password.hash).decode(),
    }


def _read_user(row: Mapping[str, Any]) -> tuple[Reviewer, _Password | None]:
    reviewer = Reviewer(row["name"], Role(row["role"]))
    if row.get("login") == "huggingface":
        return reviewer, None
    cost = ScryptCost(**row["scrypt"])
    password = _Password(b64decode(row["salt"]), b64decode(row["hash"]), cost)
    return reviewer, password


def _hash(password: str, salt: bytes, cost: ScryptCost) -> bytes:
    return hashlib.scrypt(
        password.encode(), salt=salt, n=cost.n, r=cost.r, p=cost.p, maxmem=_MAX_MEMORY
    )
