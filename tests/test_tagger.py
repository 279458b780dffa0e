"""What a claim says of its part, as a record."""

from pathlib import Path

import pytest

from autocompose.tagger.claimed_change import Change, ChangeKind

DATA = Path(__file__).parent / "data"


def labelled_changes() -> list[str]:
    """Every change in the files of hand labels."""
    found = set()
    for name in ("claims_gold.txt", "claims_human.txt", "claims_human_new.txt"):
        for line in (DATA / name).read_text(encoding="utf-8").splitlines():
            if not line.startswith("#"):
                claims = [c for c in line.partition("|")[2].split(";") if c.strip()]
                found |= {claim.split(":", 1)[1].strip() for claim in claims}
    return sorted(found)


def test_the_notation_of_every_labelled_change_is_read_and_written_back():
    changes = labelled_changes()
    assert len(changes) >= 100
    assert [str(Change.parse(words)) for words in changes] == changes


@pytest.mark.parametrize(
    ("words", "change"),
    [
        ("up", Change(ChangeKind.MOVE, "up")),
        ("not lean forward", Change(ChangeKind.LEAN, "forward", negated=True)),
        ("bent 90", Change(ChangeKind.ANGLE, "90")),
        ("just below shoulder height", Change(ChangeKind.HEIGHT, "just below", "shoulder")),
        ("in front of left thigh", Change(ChangeKind.PLACE, "in front of", "thigh", "left")),
        ("in front", Change(ChangeKind.PLACE, "in front")),
        ("weight on right leg", Change(ChangeKind.WEIGHT, "on", "leg", "right")),
        ("between both arm", Change(ChangeKind.PLACE, "between", "arm", "both")),
        ("unclear", Change(ChangeKind.UNREAD, "unclear")),
    ],
)
def test_a_change_has_kind_way_and_place(words, change):
    assert Change.parse(words) == change


@pytest.mark.parametrize("words", ["left", "turn right", "on left hip", "lean less left"])
def test_a_change_knows_that_it_names_a_side(words):
    assert Change.parse(words).names_side
    assert not Change.parse("in front of chest").names_side
