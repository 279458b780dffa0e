"""A wish is asked as it stands and mirrored, and the answer is the mean of both."""

from __future__ import annotations

import numpy as np
import pytest

from autocompose.body.skeleton import mirror
from autocompose.errors import AmbiguousSideError
from autocompose.lab.wishes.asking import wished_poses
from autocompose.language.sides.mirror import mirror_text
from tests.lab_fakes import bodies, small_lab


@pytest.fixture(scope="module")
def lab():
    return small_lab()


def test_a_wish_and_its_mirrored_one_are_answered_as_mirror_images(lab):
    texts = ["raise the left arm", "step back with the right foot and turn left"]
    mirrored = ["raise the right arm", "step back with the left foot and turn right"]
    given = bodies(2)
    for start in (given, None):
        turned = None if start is None else mirror(start)
        here = wished_poses(lab, texts, start).joints()
        there = wished_poses(lab, mirrored, turned).joints()
        assert np.allclose(mirror(here), there, atol=1e-4)
        once = wished_poses(lab, texts, start, twice=False).joints()
        assert not np.allclose(once, here, atol=1e-4)


def test_a_text_that_cannot_be_mirrored_is_asked_once(lab):
    text = "is there anything left for the right one"
    with pytest.raises(AmbiguousSideError):
        mirror_text(text)
    once = wished_poses(lab, [text, "sit"], bodies(2), twice=False)
    twice = wished_poses(lab, [text, "sit"], bodies(2))
    assert np.allclose(once.directions[0], twice.directions[0], atol=1e-5)
    assert not np.allclose(once.directions[1], twice.directions[1], atol=1e-4)
    assert np.allclose(np.linalg.norm(twice.directions, axis=-1), 1, atol=1e-5)
