# ruff: noqa: E501 (a table: one act a line reads best)
"""Named acts, and the explicit sentences that say how a body looks at them.

Written by a language model for this project, and checked by nobody: they are one way to do a thing,
not the way. Each sentence is worded so that the reader of `autocompose.language.reader` reads claims
in it; left and right are the subject's. An act may look several ways; the first is the usual one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

WRITTEN_BY = "a language model"
"""Whose sentences these are, as every place that shows one says."""


@dataclass(frozen=True)
class Act:
    """Something that people do, in words of the body.

    Args:
        name: as people call it.
        names: other words for it; they are compared with what somebody asks for.
        sentences: one explicit text for each way to look at it.
    """

    name: str
    names: tuple[str, ...]
    sentences: tuple[str, ...]


# name | other names :: sentence || another way
_TABLE = """
hail a taxi | hailing a cab | waving down a taxi :: Stand upright. Raise the right arm high, straight up and to the side. || Step forward with the left foot. Raise the left arm straight up.
wait for the bus | waiting for a bus | waiting at the stop for a tram :: Stand upright with the arms crossed. Turn the head to the left. || Stand upright. Put both hands on the hips. Look to the right.
wave goodbye | waving | waving to somebody :: Stand upright. Wave with the right hand.
talk on the phone | calling somebody | talking on a telephone | on the phone :: Stand upright. Hold the right hand to the right ear. Bend the right elbow.
take a photo | taking a photograph | holding a camera to the eyes :: Stand upright. Hold both hands in front of the face. Bend both elbows.
take a selfie | taking a picture of oneself :: Stand upright. Stretch the right arm forward and up. Look up.
check the time | looking at a watch | what time is it :: Stand upright. Hold the left hand in front of the chest. Bend the left elbow to a right angle. Look down.
read a book | reading | reading a newspaper :: Stand upright. Hold both hands in front of the chest. Bend both elbows. Look down. || Sit down. Hold both hands in front of the stomach. Look down.
type at a desk | typing | using a computer | office work at a laptop :: Sit on a chair. Stretch both hands forward at waist height. Bend both elbows to a right angle.
drive a car | driving | driver | holding a steering wheel :: Sit on a chair. Stretch both hands forward at chest height. Bend both elbows a little.
ride a bicycle | riding a bike | cycling | cyclist :: Lean forward. Stretch both hands forward at waist height. Raise the left knee to hip height.
ride a motorbike | motorcyclist :: Sit on a chair. Lean forward. Stretch both hands forward at chest height.
ride a horse | riding | rider on a horse | horseman :: Sit on a chair. Move the knees far apart. Hold both hands in front of the stomach. Bend both elbows.
eat at a table | eating | having lunch | eating a meal :: Sit on a chair. Bring the right hand to the mouth. Bend the right elbow.
drink from a cup | drinking | drinking coffee | a sip of tea :: Stand upright. Bring the right hand to the mouth. Bend the right elbow.
brush the teeth | brushing teeth | toothbrush :: Stand upright. Bring the right hand to the mouth. Bend the right elbow sharply.
comb the hair | combing hair | brushing hair | hairdressing :: Stand upright. Put the right hand on the head. Bend the right elbow.
tie a shoelace | tying a shoe | lacing shoes :: Kneel on the right knee. Lean forward. Put both hands on the left foot. || Bend over. Stretch both hands down to the left foot.
pick something up | picking something up from the floor | lifting a thing off the ground :: Bend over. Bend both knees. Stretch the right hand down to the floor.
carry a box | carrying a box | carrying something heavy :: Stand upright. Hold both hands in front of the stomach. Bend both elbows to a right angle. Lean back a little.
carry a tray | carrying a tray | waiter | serving food :: Stand upright. Hold the right hand at shoulder height. Bend the right elbow sharply.
push a trolley | pushing a cart | pushing a shopping trolley | pushing a pram :: Stand upright. Stretch both hands forward at waist height. Step forward with the left foot.
pull a rope | pulling a rope | pulling hard :: Lean back. Stretch both arms forward. Bend both knees. Step forward with the left foot.
push a car | pushing a car | pushing against something heavy | pushing furniture :: Lean far forward. Stretch both arms forward at shoulder height. Step forward with the left foot.
knock on a door | knocking | knocking at the door :: Stand upright. Raise the right hand to head height in front. Bend the right elbow.
climb a ladder | climbing a ladder | up a ladder :: Raise the right arm straight up. Raise the left knee to hip height. Bend the left elbow.
climb stairs | climbing stairs | walking up the stairs | going up a staircase :: Raise the right knee to hip height. Lean forward a little. Bend both elbows.
climb a wall | climbing | mountaineering | climbing a rock :: Raise both hands above the head. Raise the right knee to hip height. Spread the legs.
sweep the floor | sweeping | using a broom | mopping :: Lean forward. Hold both hands in front of the stomach. Look down.
dig a hole | digging | digging with a spade | shovelling :: Lean forward. Bend both knees. Stretch both hands down in front of the knees.
chop wood | chopping wood | swinging an axe | splitting wood :: Stand with the feet apart. Raise both hands above the head. Bend both elbows.
paint a wall | painting a wall | painting a ceiling | house painter :: Stand upright. Stretch the right arm forward and up at head height.
wash a window | cleaning a window | wiping a window | washing glass :: Stand upright. Stretch the right hand forward at head height. Bend the left elbow.
reach for a shelf | reaching up to a shelf | taking something from a high shelf :: Stand upright. Raise both arms straight up. Look up.
change a light bulb | changing a bulb | changing a lamp on the ceiling :: Stand upright. Raise the right arm straight up. Look up.
look under a bed | looking under the furniture | searching under a table :: Get on hands and knees. Lower the head. Bend both elbows.
sleep | sleeping | asleep | napping in bed :: Lie on the right side. Bend both knees. || Lie on the back.
sunbathe | sunbathing | lying on the beach | tanning :: Lie on the back. Put both hands behind the head.
meditate | meditating | meditation | lotus position :: Sit cross-legged. Put both hands on the knees.
pray | praying | prayer :: Kneel on both knees. Put both hands together in front of the chest. || Stand upright. Put both hands together in front of the chest. Look down.
propose marriage | proposing | proposing to a bride | marriage proposal :: Kneel on the right knee. Stretch both hands forward. Look up.
bow to an audience | bowing | taking a bow | bowing to applause :: Take a bow. Put the right hand on the stomach.
salute | saluting | military salute | soldier at attention :: Stand upright. Salute with the right hand.
hug somebody | hugging | embracing | embrace :: Stand upright. Hug. Stretch both arms forward at chest height. Bend both elbows.
applaud | applauding | clapping | clapping hands :: Stand upright. Put both hands together in front of the chest. Bend both elbows.
cheer | cheering | celebrating | celebrating a win :: Stand upright. Raise both arms in a V. Look up.
shrug | shrugging | I do not know | clueless :: Raise both shoulders. Bend both elbows. Stretch both hands out to the sides at waist height.
think hard | thinking | pondering | thoughtful :: Put the right hand on the chin. Bend the right elbow. Look down. || Sit down. Put the right hand on the chin. Lean forward.
be in despair | despairing | grief | headache | crying :: Sit down. Lean forward. Put both hands on the head. Look down.
surrender | surrendering | hands up | being arrested :: Stand upright. Raise both hands to head height at the sides. Bend both elbows to a right angle.
shield the eyes | looking into the distance | shielding the eyes from the sun | lookout :: Stand upright. Put the right hand on the forehead. Bend the right elbow.
cover the ears | covering the ears | too much noise :: Stand upright. Put both hands on the ears. Bend both elbows.
point the way | pointing | pointing out the direction | showing the way :: Stand upright. Stretch the right arm straight out to the side at shoulder height. Look to the right. || Stretch the right arm straight forward at shoulder height.
stop traffic | stopping cars | traffic policeman | signalling to stop :: Stand upright. Stretch the right arm straight forward at shoulder height. Stretch the left arm out to the side.
conduct an orchestra | conducting | conductor of an orchestra | leading a choir :: Stand upright. Raise both hands to shoulder height at the sides. Bend both elbows.
play the guitar | playing guitar | guitarist | air guitar :: Stretch the left hand out to the side at chest height. Hold the right hand in front of the stomach. Bend both elbows. Look down.
play the violin | playing a violin | violinist | fiddler :: Raise the left hand to shoulder height in front. Bend the left elbow. Hold the right hand in front of the chest. Turn the head to the left.
play the piano | playing piano | pianist | playing a keyboard instrument :: Sit on a chair. Stretch both hands forward at waist height. Bend both elbows. Look down.
play the drums | playing drums | drummer :: Sit on a chair. Raise the right hand to shoulder height. Hold the left hand in front of the stomach. Bend both elbows.
play the flute | playing flute | flautist | playing a wind instrument :: Stand upright. Bring both hands to the mouth. Bend both elbows. Turn the head to the left.
sing | singing | singer | holding a microphone :: Stand upright. Hold the right hand in front of the mouth. Bend the right elbow. Stretch the left arm out to the side.
give a speech | giving a speech | speaker | lecturing | public speaking :: Stand upright. Stretch the right hand forward at chest height. Bend the right elbow. Put the left hand on the hip.
hitchhike | hitchhiking | hitchhiker | thumb out by the road :: Stand upright. Stretch the right arm out to the side at waist height. Turn the head to the right.
shiver with cold | shivering | freezing | feeling cold :: Cross the arms over the chest. Bend both knees a little. Look down.
stargaze | looking at the stars | looking up at the sky | stargazing :: Stand upright. Tilt the head far back. Look up.
sneak | sneaking | tiptoeing | creeping quietly :: Bend both knees. Lean forward. Raise the left knee. Bend both elbows.
march | marching | soldier marching | parade :: Stand upright. Raise the left knee to hip height. Stretch the right arm forward at shoulder height. Move the left arm back.
walk | walking | strolling | going for a walk :: Step forward with the left foot. Move the right arm forward and the left arm back.
run | running | jogging | runner :: Lean forward. Raise the left knee to hip height. Move the right hand forward. Move the left hand back. Bend both elbows to a right angle.
start a sprint | starting a sprint | sprint start | on your marks :: Get on hands and knees. Straighten both arms. Raise the hips. || Lunge forward with the left leg. Lean far forward. Put both hands on the floor.
jump for joy | jumping for joy | jumping with happiness :: Jump up. Raise both arms straight up.
skip rope | skipping rope | jump rope | rope skipping :: Jump up. Stretch both hands out to the sides at waist height. Bend both elbows.
walk a tightrope | walking a tightrope | tightrope | balancing on a line :: Stretch both arms out to the sides. Put the left foot in front of the right foot.
row a boat | rowing | rowing a boat | pulling the oars :: Sit on the floor. Stretch both arms forward. Lean forward. Bend both knees.
surf | surfing | surfer | riding a wave :: Bend both knees. Move the feet far apart. Stretch both arms out to the sides. Turn the head to the left.
ski | skiing | skier | downhill skiing :: Bend both knees. Lean forward. Bend both elbows. Move both hands forward.
skate | skating | ice skater | roller skating :: Lean forward. Bend the right knee. Raise the left foot behind. Stretch the right arm forward. Move the left arm back.
swim | swimming | swimmer | front crawl :: Lie on the stomach. Stretch the right arm forward. Move the left arm back.
dive into water | diving | high diving | diving into a pool :: Lean far forward. Raise both arms overhead. Put both hands together. Bend both knees.
swing a golf club | golfer | golf swing :: Turn the torso to the right. Raise both hands to shoulder height at the right. Bend both knees a little.
serve in tennis | playing tennis | tennis serve | tennis player :: Raise the left arm straight up. Raise the right hand to head height behind. Bend the right elbow. Look up.
swing a bat | batting | baseball batter | cricket batsman :: Raise both hands to shoulder height at the right. Bend both elbows. Bend both knees. Turn the head to the left.
bowl | bowling | bowling alley | ten-pin bowler :: Lunge forward with the left leg. Move the right arm back. Lean forward.
shoot a basketball | playing basketball | basketball player | basketball shot :: Stand upright. Raise both hands above the head. Bend both elbows. Look up.
block in volleyball | playing volleyball | volleyball player | volleyball block :: Jump up. Raise both arms straight up.
kick a football | playing football | footballer | soccer player | kicking a ball :: Kick forward with the right leg. Stretch the left arm out to the side.
keep goal | goalkeeper | goalie | keeping goal :: Bend both knees. Move the feet apart. Lean forward. Stretch both hands out to the sides at waist height. || Jump up. Stretch both arms up and to the left.
box | boxing | boxer | boxing match :: Put up both fists in front of the face. Bend both elbows sharply. Step forward with the left foot. || Punch with the right hand. Bend the left elbow.
karate kick | karate | kicking in martial arts | kung fu | taekwondo :: Kick to the side with the right leg. Bend both elbows. Lean to the left. || Kick forward with the right leg. Bend both elbows.
fence | fencing | fencer | sword fighting :: Lunge forward with the right leg. Stretch the right arm straight forward at shoulder height. Move the left arm back.
shoot an arrow | archery | archer | bow and arrow :: Stretch the left arm straight out to the side at shoulder height. Bend the right elbow sharply. Hold the right hand at shoulder height. Turn the head to the left.
throw a javelin | throwing a javelin | throwing a spear | javelin :: Move the right hand back at head height. Bend the right elbow. Stretch the left arm forward and up. Step forward with the left foot.
throw a ball | throwing a ball | throwing something | pitcher :: Move the right hand back at head height. Bend the right elbow. Stretch the left arm forward. Raise the left knee.
lift weights | weightlifting | weightlifter | bench press :: Raise both arms straight up. Move the feet apart. Bend both knees a little.
do push-ups | push-ups | press-ups :: Hold a plank. Straighten both arms.
do sit-ups | sit-ups | crunches :: Sit on the floor. Bend both knees. Lean back. Put both hands behind the head.
do squats | squats | squatting exercise | knee bends :: Squat down. Stretch both arms forward.
hold a yoga tree | tree pose | yoga | yoga balance :: Stand on the right leg in a tree pose. Put both hands together above the head.
do the splits | the splits | doing the splits | gymnast :: Move the legs as far apart as possible. Stretch both arms out to the sides.
do a handstand | handstand | standing on the hands | acrobat :: Do a handstand.
dance ballet | ballet | ballet dancer | ballerina | arabesque :: Hold an arabesque on the right leg. Stretch both arms out to the sides. || Stand upright. Raise both arms overhead.
dance disco | disco | disco dancer | dancing at a party :: Raise the right arm straight up and to the side. Put the left hand on the hip. Move the feet apart.
fly like a superhero | superhero | superman flying | flying through the air :: Lean far forward. Stretch the right arm straight forward. Put the left hand on the hip. Raise the left foot behind. || Stand with the feet apart. Put both hands on the hips. Look up.
walk like a zombie | zombie | sleepwalker | the undead :: Stretch both arms straight forward at shoulder height. Step forward with the left foot.
be a scarecrow | scarecrow | crucifix | standing like a cross :: Stand upright. Stretch both arms straight out to the sides at shoulder height.
fly like an aeroplane | aeroplane | playing airplane | arms like wings :: Stretch both arms straight out to the sides. Lean forward.
stand like the statue of liberty | statue of liberty | holding a torch :: Stand upright. Raise the right arm straight up. Hold the left hand in front of the chest. Bend the left elbow.
flex the muscles | flexing muscles | bodybuilder | showing the biceps | strongman :: Raise both hands to head height at the sides. Raise both elbows to shoulder height. Bend both elbows sharply.
beg | begging | beggar | pleading :: Kneel on both knees. Stretch both hands forward at chest height. Look up.
sit on a throne | throne | king on a throne | sitting like a queen :: Sit on a chair. Sit upright. Put both hands on the knees.
watch television | watching TV | on the couch | watching a film | sitting on a sofa :: Sit on a chair. Lean back. Put both hands behind the head. || Sit on a chair. Lean back. Cross the arms.
milk a cow | milking a cow :: Sit on a chair. Lean forward. Stretch both hands down in front of the knees.
sit by a campfire | campfire | warming the hands at a fire :: Sit on the floor. Bend both knees. Stretch both hands forward.
fish | fishing | fisherman | holding a fishing rod :: Stand upright. Stretch both hands forward at waist height. Bend both elbows to a right angle.
hammer a nail | hammering | hammering a nail into a wall | carpenter :: Raise the right hand to head height. Bend the right elbow. Stretch the left hand forward at chest height.
limbo | limbo dance | under the limbo bar :: Lean far back. Bend both knees. Stretch both arms out to the sides.
crawl like a baby | crawling | baby | crawling on the floor :: Get on hands and knees. Raise the head.
"""


def _read() -> tuple[Act, ...]:
    acts = []
    for line in _TABLE.strip().splitlines():
        names, _, ways = line.partition(" :: ")
        name, *others = (part.strip() for part in names.split("|"))
        sentences = tuple(part.strip() for part in ways.split("||"))
        acts.append(Act(name, tuple(others), sentences))
    return tuple(acts)


ACTS: Mapping[str, Act] = {act.name: act for act in _read()}
"""Every act by name."""
