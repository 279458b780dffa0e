"""The file of users: passwords, roles, and what is kept of them."""

import json
import stat

import pytest

from autocompose.errors import LoginError
from autocompose.review.people.users import Role, ScryptCost, Users

QUICK = ScryptCost(n=2**4, r=1, p=1)


def test_users_log_in_with_their_password_only(tmp_path):
    users = Users(tmp_path / "users.json", cost=QUICK)
    users.add("ada", "correct horse", role=Role.ADMINISTRATOR)
    users.add("bob", "battery staple")
    again = Users(tmp_path / "users.json", cost=QUICK)
    assert again.log_in("ada", "correct horse").role is Role.ADMINISTRATOR
    for name, password in (("ada", "battery staple"), ("bob", ""), ("eve", "correct horse")):
        with pytest.raises(LoginError, match="the name or the password is wrong"):
            again.log_in(name, password)
    again.log_in("ada", "correct horse").require(Role.REVIEWER)
    with pytest.raises(LoginError, match="bob is a reviewer"):
        again.log_in("bob", "battery staple").require(Role.ADMINISTRATOR)
    again.remove("bob")
    with pytest.raises(LoginError, match='no user "bob"'):
        again.remove("bob")


def test_the_file_of_users_is_private_and_holds_no_password(tmp_path):
    path = tmp_path / "users.json"
    users = Users(path)
    users.add("ada", "correct horse")
    users.add("bob", "correct horse")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    rows = json.loads(path.read_text())["users"]
    assert "correct" not in path.read_text()
    assert rows[0]["hash"] != rows[1]["hash"]
    assert rows[0]["scrypt"] == {"n": 2**15, "r": 8, "p": 3}
    path.write_text('{"users": [{"name": "ada"}]}')
    with pytest.raises(LoginError, match="not a file of users"):
        Users(path)


@pytest.mark.parametrize(("name", "password"), [("a b", "longenough"), ("ada", "short")])
def test_a_bad_name_or_a_short_password_is_refused(tmp_path, name, password):
    with pytest.raises(LoginError):
        Users(tmp_path / "users.json", cost=QUICK).add(name, password)
