"""Which of several people a text means."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from autocompose.body.skeleton import mirror
from autocompose.body.sources.crowd import left_to_right, people_across, squares
from autocompose.body.sources.found_person import Estimate
from autocompose.cli import main
from autocompose.data.joints_file import write_joints
from autocompose.errors import DatasetError, EstimationError, TextError
from autocompose.lab.measured.group_picture import group_picture
from autocompose.lab.measured.short_texts import (
    DRAWN,
    FRAMES,
    HELD,
    drawn_phrase,
    framed,
    shortened,
)
from autocompose.lab.measured.which_rows import (
    WORDS,
    SeenGroup,
    WhichQuery,
    picture_rows,
    seen_group,
    true_rows,
    which_queries,
)
from autocompose.lab.people.numbered_boxes import box_of, numbered_bodies, numbered_picture
from autocompose.lab.people.people_given import people_given
from autocompose.lab.people.picture_places import picture_place
from autocompose.lab.people.which_person import which_person
from autocompose.postures.postures import POSTURES
from autocompose.schema import JointsOrigin, PoseImage
from tests.lab_fakes import posed_dataset, small_lab
from tests.poses import ARMS_DOWN, HANDS_ON_HIPS, SQUAT, T_POSE, with_joints

ONE_ARM_UP = with_joints(
    ARMS_DOWN,
    left_elbow=(0.2, 0.72, 0.02),
    left_wrist=(0.18, 0.97, 0.04),
    left_hand=(0.18, 1.05, 0.05),
)


def person(name: str, joints: np.ndarray, origin=JointsOrigin.RENDERED) -> PoseImage:
    points = tuple((float(x), float(y), float(z)) for x, y, z in joints)
    return PoseImage(name, Path(name), points, joints_origin=origin)


def group(*poses: np.ndarray, origin=JointsOrigin.RENDERED) -> list[PoseImage]:
    return [person(f"p{i}.jpg", pose, origin) for i, pose in enumerate(poses)]


@pytest.mark.parametrize("origin", [JointsOrigin.RENDERED, JointsOrigin.ESTIMATED])
def test_the_one_who_does_it_is_named_wherever_they_stand(origin):
    poses = {"the one who is squatting": SQUAT, "who has both hands on the hips?": HANDS_ON_HIPS}
    for text, pose in poses.items():
        for place in range(3):
            others = [ARMS_DOWN, T_POSE]
            others.insert(place, pose)
            found = which_person(group(*others, origin=origin), text)
            assert found.chosen == place + 1, text
            assert not found.note
            likeliest = max(found.people, key=lambda one: one.probability)
            assert likeliest.number == place + 1
            assert abs(sum(one.probability for one in found.people) - 1) < 1e-9
            assert found.people[place].claims[0].verdict == "supported"


@pytest.mark.parametrize("side", ["left", "right"])
def test_left_and_right_of_a_body_are_the_subjects(side):
    left_up, right_up = ONE_ARM_UP, mirror(ONE_ARM_UP)
    text = f"the one with the {side} arm raised high"
    for people, wanted in (([left_up, right_up], 1), ([right_up, left_up], 2)):
        number = wanted if side == "left" else 3 - wanted
        assert which_person(group(*people), text).chosen == number


def test_nobody_does_what_nobody_does():
    found = which_person(group(ARMS_DOWN, T_POSE), "the one who is doing a handstand")
    assert found.chosen is None
    assert found.tied == ()
    assert "nobody" in found.note
    assert [one.number for one in found.people] == [1, 2]


def test_two_who_do_the_same_are_both_named_and_words_that_tell_them_apart_decide():
    people = group(SQUAT, ARMS_DOWN, SQUAT)
    both = which_person(people, "the one who is squatting")
    assert both.tied == (1, 3)
    assert "1 and 3" in both.note
    right = which_person(people, "the one on the right who is squatting")
    assert (right.chosen, right.tied, right.place) == (3, (), "on the right")


def test_a_place_in_the_picture_is_no_side_of_the_body():
    def rows(text: str, count: int = 4) -> tuple[int, ...] | None:
        place = picture_place(text, count)
        return None if place is None else place.rows

    assert rows("the one on the left") == (0,)
    assert rows("the person on the far right with the arms crossed") == (3,)
    assert rows("who is at the left of the picture?") == (0,)
    assert rows("the leftmost one") == (0,)
    assert rows("the second from the right") == (2,)
    assert rows("the fifth from the left") == ()
    assert rows("the one in the middle", 3) == (1,)
    assert rows("the one in the middle") == (1, 2)
    assert rows("the one in the middle", 2) == ()
    assert rows("person 2") == (1,)
    for text in (
        "the one who stands on the left leg", "balancing on the right foot",
        "the one on the left knee", "the person lying on the right side of the body",
        "with a hand on the left hip", "turned to the left", "the one who leans to the left",
    ):  # fmt: skip
        assert rows(text) is None, text


def test_a_place_keeps_the_rest_of_the_text_in_its_place():
    text = "the one on the left with the arms crossed"
    place = picture_place(text, 2)
    assert place is not None
    assert len(place.rest) == len(text)
    assert place.rest.index("with") == text.index("with")
    assert "left" not in place.rest


def test_a_place_where_nobody_is_names_nobody():
    found = which_person(group(SQUAT, T_POSE), "the one in the middle")
    assert found.chosen is None
    assert "in the middle" in found.note
    assert [one.probability for one in found.people] == [0, 0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("x" * 401, "401 letters"),
        ("the one in the red shirt", "says how somebody is posed"),
        ("qwertz uiop", "says how somebody is posed"),
    ],
)
def test_a_text_that_tells_nobody_is_refused_in_one_line(text, said):
    with pytest.raises(TextError, match=said) as error:
        which_person(group(ARMS_DOWN, SQUAT), text)
    assert "\n" not in str(error.value)


def test_people_without_joints_and_too_many_are_refused():
    with pytest.raises(DatasetError, match="no joints"):
        which_person([PoseImage("a.jpg", Path("a.jpg"))], "squatting")
    with pytest.raises(DatasetError, match="0 people"):
        which_person([], "squatting")
    with pytest.raises(DatasetError, match="13 people"):
        which_person(group(*[SQUAT] * 13), "squatting")


def test_the_pose_model_is_heard_and_changes_no_place():
    people = group(SQUAT, ARMS_DOWN)
    alone = which_person(people, "the one who is squatting")
    heard = which_person(people, "the one who is squatting", lab=small_lab())
    assert [p.probability for p in alone.people] != [p.probability for p in heard.people]
    assert which_person(people, "the one on the right", lab=small_lab()).chosen == 2


class Finder:
    """Finds everybody whose coloured square is wholly in a picture of black paper."""

    def __init__(self, *, alone: bool = False) -> None:
        self.alone = alone
        self.looks: list[tuple[int, int]] = []

    def people(self, image: Image.Image, *, turns: bool = True) -> tuple[Estimate, ...]:
        self.looks.append(image.size)
        colours = np.asarray(image.convert("RGB")).astype(int)
        columns = np.flatnonzero((colours[..., 0] - colours[..., 2]).max(0) > 60)
        if not len(columns) or (self.alone and image.width > 1.25 * image.height):
            raise EstimationError("no person found in the picture")
        runs = np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1)
        found = []
        edges = {0, image.width - 1}
        for run in (one for one in runs if len(one) >= 40 and not edges & set(one.tolist())):
            body = ARMS_DOWN[:, :2] * [1, -1]
            low, size = body.min(0), np.ptp(body, axis=0).max()
            pixels = (body - low) / size * len(run) + [run[0], 10]
            found.append(Estimate(ARMS_DOWN, pixels, np.full(22, 0.9), 0.0))
        return tuple(found)


def row_of_squares(*lefts: int, width: int, height: int = 60) -> Image.Image:
    picture = Image.new("RGB", (width, height))
    for left in lefts:
        picture.paste((200, 80, 80), (left, 10, left + 40, 50))
    return picture


def test_a_wide_picture_is_looked_at_in_squares_and_everybody_counted_once():
    picture = row_of_squares(5, 130, 70, 195, width=240)
    found = people_across(Finder(alone=True), picture)
    assert len(found) == 4
    middles = [one.pixels[:, 0].mean() for one in found]
    assert middles == sorted(middles)
    assert {one.people for one in found} == {4}
    assert left_to_right(found[::-1]) == list(found)


def test_a_square_picture_is_looked_at_once():
    finder = Finder()
    assert len(people_across(finder, row_of_squares(5, width=60))) == 1
    assert finder.looks == [(60, 60)]
    assert squares(100, 100) == ()
    assert len(squares(100_000, 100)) == 12
    edges = squares(250, 100)
    assert edges[0] == 0
    assert edges[-1] == 150


def test_a_picture_of_nobody_is_refused():
    with pytest.raises(EstimationError, match="no person"):
        people_across(Finder(), Image.new("RGB", (300, 60)))


def test_boxes_are_numbered_and_the_chosen_one_is_green(tmp_path):
    picture = row_of_squares(5, 130, width=240, height=60)
    found = people_across(Finder(), picture)
    people = [
        replace(person(f"p{i}", one.joints), pixels=tuple(map(tuple, one.pixels.tolist())))
        for i, one in enumerate(found)
    ]
    drawn = numbered_picture(picture, people, {2})
    assert drawn.size == picture.size
    left, top, right, bottom = box_of(found[1].pixels, picture.size)
    assert 0 <= left < right < picture.width
    edge = drawn.getpixel((int(right), int((top + bottom) / 2)))
    assert edge == (0, 150, 60)
    assert numbered_bodies(people, {1}).width == 2 * 320


def test_phrases_name_postures_that_are_there_and_sides_follow_the_twin():
    assert set(HELD) <= set(POSTURES)
    assert drawn_phrase("twist-v3m") == DRAWN["twist"][1]
    assert drawn_phrase("twist-v3") == DRAWN["twist"][0]
    assert drawn_phrase("kick_0012") == ""
    for number in range(len(FRAMES)):
        assert "who is with" not in framed("with the arms crossed", number)
    text = "Raise the left arm, then bend the right knee. Look up."
    assert shortened([text], 6) == "Raise the left arm"
    assert shortened([text], 99) == text


@pytest.mark.slow
def test_groups_have_texts_under_thirty_words_and_rows_count_them(tmp_path):
    dataset = posed_dataset(tmp_path)
    queries = which_queries(dataset, "train", count=9, seed=1)
    assert {len(query.people) for query in queries} == {2, 3, 4}
    for query in queries:
        assert len(query.text.split()) <= WORDS
        ids = [image.id for image in query.people]
        assert query.stranger.id not in ids
        assert len(set(ids)) == len(ids)
        assert query.without[query.meant] is query.stranger
    again = which_queries(dataset, "train", count=9, seed=1)
    assert [q.text for q in again] == [q.text for q in queries]
    (row,) = [r for r in true_rows(queries, which_person) if "rules" in r.method]
    assert row.queries == 9
    assert 0 <= row.values["right %"].mean <= 100


def test_somebody_who_is_not_found_in_a_picture_is_missed():
    people = tuple(group(SQUAT, ARMS_DOWN))
    query = WhichQuery("posture", people, 0, "the one who is squatting", person("x", T_POSE))
    keys = [tuple(i.id for i in query.people)]
    nobody = SeenGroup((people[1],), (1,))
    (row,) = picture_rows([query], dict.fromkeys(keys, nobody), which_person)
    assert row.values["right %"].mean == 0
    assert row.values["meant one found %"].mean == 0
    both = SeenGroup(people, (0, 1))
    (row,) = picture_rows([query], dict.fromkeys(keys, both), which_person)
    assert row.values["right %"].mean == 100
    assert row.values["nobody, wrongly %"].mean == 0


def test_people_of_a_composed_picture_are_found_in_their_panels(tmp_path):
    images = []
    for i in range(3):
        path = tmp_path / f"{i}.png"
        picture = Image.new("RGB", (60, 60))
        picture.paste((200, 80, 80), (18, 10, 42, 50))
        picture.save(path)
        corners = ((18.0, 10.0),) * 11 + ((42.0, 50.0),) * 11
        images.append(PoseImage(path.name, path, pixels=corners))
    made = group_picture(images, seed=3)
    assert made.panels.shape == (3, 2)
    assert (np.diff(made.panels.ravel()) >= 0).all()
    assert made.panel_of(-1) is None
    assert made.panel_of(float(made.panels[1].mean())) == 1
    seen = seen_group(Finder(alone=True), images, seed=3)
    assert seen.rows == (0, 1, 2)
    assert all(image.joints_origin is JointsOrigin.ESTIMATED for image in seen.people)


@pytest.mark.slow
def test_the_command_names_a_body_and_says_so_in_json(tmp_path, capsys):
    file = tmp_path / "joints.json"
    write_joints(file, group(SQUAT, T_POSE), image_size=None)
    names = [f"{file}:p0.jpg", f"{file}:p1.jpg"]
    png = tmp_path / "boxes.png"
    text = "the one with both arms out to the sides"
    missing = str(tmp_path / "none")
    with pytest.raises(SystemExit):
        main(["which", *names, "--text", text, "--json", "--png", str(png)])
    told = json.loads(capsys.readouterr().out)
    assert told["chosen"] == 2
    assert told["people"][1]["claims"][0]["verdict"] == "supported"
    with Image.open(png) as picture:
        assert picture.width == 640
    with pytest.raises(SystemExit):
        main(["which", *names, "--text", text])
    assert capsys.readouterr().out.startswith("number 2\n")
    with pytest.raises(SystemExit) as left:
        main(["which", missing, "--text", text])
    assert left.value.code == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_one_name_that_is_no_picture_is_one_person(tmp_path):
    file = tmp_path / "joints.json"
    write_joints(file, group(SQUAT), image_size=None)
    given = people_given([f"{file}:p0.jpg"], tmp_path)
    assert len(given.people) == 1
    assert given.picture is None
    with pytest.raises(DatasetError, match="no file"):
        people_given([str(tmp_path / "none.jpg")], tmp_path)
    with pytest.raises(DatasetError, match="name a picture"):
        people_given([], tmp_path)
