"""The rows of names by their sorted hashes."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys

import pytest

from autocompose.retrieval.id_rows import IdRows

NAMES = [f"clip{i // 100}/{i:05d}.jpg" for i in range(5_000)]


def test_every_name_is_found_in_its_row_and_no_other():
    rows = IdRows(NAMES)
    assert [rows.get(name) for name in NAMES] == list(range(len(NAMES)))
    assert rows.get("clip0/99999.jpg") is None
    assert rows.get("") is None
    assert rows.get(7) is None


def test_no_names_find_nothing():
    assert IdRows(()).get("a") is None


@pytest.mark.parametrize("place", [0, 2_500, 5_000])
def test_a_name_that_comes_twice_is_named(place):
    with pytest.raises(ValueError, match=r'"clip0/00042\.jpg" comes twice'):
        IdRows([*NAMES[:place], NAMES[42], *NAMES[place:]])


def test_another_process_finds_them_too():
    told = "import pickle, sys; print(pickle.load(sys.stdin.buffer).get('clip1/00142.jpg'))"
    given = pickle.dumps(IdRows(NAMES))
    for seed in ("1", "2"):
        found = subprocess.run(
            [sys.executable, "-c", told], input=given, capture_output=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )  # fmt: skip
        assert found.stdout == b"142\n"


class Alike(str):
    """Names whose hashes are all the same."""

    __slots__ = ()

    def __hash__(self) -> int:
        return 5


def test_names_of_one_hash_are_told_apart():
    names = [Alike(name) for name in "abcab"]
    with pytest.raises(ValueError, match='"a" comes twice'):
        IdRows(names)
    rows = IdRows(names[:3])
    assert [rows.get(name) for name in names[:3]] == [0, 1, 2]
    assert rows.get(Alike("d")) is None
