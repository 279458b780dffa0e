"""What the pose language model can be told to do: own sentences for each task, three held out.

``{text}`` is where a description or a wish stands. The first sentence of a task is the one that the
commands use; the last three are never trained on and measure whether a new sentence is understood.
"""

from __future__ import annotations

from enum import Enum

HELD_OUT = 3


class LabTask(str, Enum):
    """The seven tasks."""

    EDIT = "edit"
    TEXT_TO_POSE = "text to pose"
    PAIR_TO_TEXT = "pair to text"
    POSE_TO_TEXT = "pose to text"
    PICTURE_TO_POSE = "picture to pose"
    PICTURE_TO_TEXT = "picture to text"
    PICTURES_TO_TEXT = "pictures to text"


_SENTENCES: dict[LabTask, str] = {
    LabTask.EDIT: """
change the pose: {text}
{text}
edit this pose: {text}
modify the body as follows: {text}
here is a pose; {text}
starting from this pose, {text}
apply this change: {text}
the new pose should follow from this one: {text}
correct the pose like this: {text}
please update the posture: {text}
what does the body look like after this? {text}
from here, {text}
take this body and do the following: {text}
give me the pose after this correction: {text}
a trainer says: {text}
move as told: {text}
next pose: {text}
adjust the figure: {text}
follow the instruction: {text}
the person is told: {text}
do this with the pose: {text}
make it so: {text}
turn the given pose into another: {text}
result of this change: {text}
carry out the correction: {text}
the figure should now do this: {text}
show the body once this is done: {text}
""",
    LabTask.TEXT_TO_POSE: """
show this pose: {text}
a pose: {text}
make a pose like this: {text}
create a body: {text}
generate a pose from the description: {text}
what pose is this? {text}
draw a figure: {text}
describe to body: {text}
give me the joints of this: {text}
imagine someone like this: {text}
pose a figure as described: {text}
a person like this: {text}
build the pose that fits: {text}
put a body into this position: {text}
i need this pose: {text}
the description of the pose reads: {text}
let a mannequin do this: {text}
which pose is meant here? {text}
a body for these words: {text}
from an upright stand, arms down: {text}
set up this posture: {text}
find the posture: {text}
translate into a pose: {text}
invent a body that fits: {text}
arrange a doll like this: {text}
the pose in words: {text}
""",
    LabTask.PAIR_TO_TEXT: """
what changes between the poses?
describe the change
how does the second pose differ from the first?
say how to get from one pose to the other
tell the difference between the two bodies
write the correction
what must the person do to reach the second pose?
give instructions that lead to the second pose
compare the two poses
explain the movement
how does the body move?
name the changes
which parts move, and where?
turn the first pose into the second, in words
put the change into words
what has to be done?
what is different now?
write down how the pose is changed
the first body becomes the second: how?
tell me what to change
give feedback that leads to the second pose
word the transition
from the first to the second: what happens?
what separates the two poses?
spell out the movement between them
advise the person how to move
""",
    LabTask.POSE_TO_TEXT: """
describe the pose
what is the pose?
how is the body held?
put the pose into words
tell me about this posture
write a description of the body
say how this person stands
what does the figure do?
where are the arms and legs?
describe the position of the body
explain this pose to somebody who cannot see it
words for this pose
give a caption of the pose
how would you reach this pose from standing upright?
which position is this?
say what the limbs do
describe the figure
note how the body is placed
summarise the posture
name what the parts of the body do
how are arms, legs and trunk held?
report the pose
make a sentence about this pose
read the pose to me
how should one pose like this?
characterise the position
""",
    LabTask.PICTURE_TO_POSE: """
estimate the pose in the picture
what pose does the picture show?
give the joints of the person
where are the joints of the body in the picture?
find the body in the picture
recover the pose of the person
reconstruct the body
turn the picture into a pose
how is the person in the photo posed?
the pose in this image
read the body from the image
predict the posture that is seen
put a skeleton on the person
which pose is pictured?
pose of the person, please
make a body from the picture
see the pose
copy the person's posture
fit a figure to the person
work out the pose
tell the position of the limbs in the picture
extract the pose
lift the person to a body
show the body that the picture shows
mimic the person
get the posture from the photo
""",
    LabTask.PICTURE_TO_TEXT: """
describe the pose in the picture
what is the person doing with the body?
how is the person posed?
put the posture in the picture into words
caption the pose in the image
what pose do you see?
tell me how the person holds arms and legs
write about the posture of the person
say how the person in the photo stands
explain the pose that is shown
where are the limbs of the person?
give a description of the body in the picture
words for the pictured pose
report how the person is placed
describe the person's position
what does the body in the image do?
note the posture of the pictured person
read the pose from the picture
tell the pose
make a sentence about the person's pose
name what each part of the body does in the picture
how is the body in the photo held?
summarise the pose in the image
characterise the person's posture
how would one imitate the person?
speak about the pose in the photo
""",
    LabTask.PICTURES_TO_TEXT: """
what changes between the pictures?
describe the change from the first picture to the second
how does the pose in the second picture differ?
say how the person moves between the pictures
tell the difference between the two pictured poses
write the correction that leads to the second picture
what must the first person do to look like the second?
compare the poses in the two images
explain the movement between the photos
name the changes of the body
put the change between the pictures into words
which parts move from picture to picture?
what is different in the second image?
give instructions that lead to the pose in the second picture
how does the body change?
from the first photo to the second: what happens?
word the transition between the pictures
tell me what to change to match the second picture
what has moved?
note how the posture changed between the images
advise the first person
spell out the difference of the poses
what separates the two pictured bodies?
how to get from this picture to that one?
state the movement between both photos
guide the person to the second picture
""",
}


def trained(task: LabTask) -> tuple[str, ...]:
    """The sentences that are trained on."""
    return tuple(_SENTENCES[task].strip().splitlines()[:-HELD_OUT])


def held_out(task: LabTask) -> tuple[str, ...]:
    """The three sentences that are not."""
    return tuple(_SENTENCES[task].strip().splitlines()[-HELD_OUT:])


def default(task: LabTask) -> str:
    """The sentence that the commands use."""
    return trained(task)[0]
