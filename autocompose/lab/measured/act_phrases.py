# ruff: noqa: E501 (a table: one act a line reads best)
"""Acts in other words than the table's, and acts that no table can pose, to measure on.

Written by a language model before `autocompose.lab.speculative.act_table` was, and split by a hash of
each phrase, unread, into a half to choose thresholds with and a fresh one to report.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

KNOWN: Mapping[str, str] = {
    "hail a taxi": "someone flagging down a cab; trying to get a taxi to stop",
    "wait for the bus": "a commuter at the bus stop; standing around until the bus comes",
    "wave goodbye": "waving farewell to a friend; saying bye with a wave",
    "talk on the phone": "making a phone call; chatting on a mobile",
    "take a photo": "a photographer taking a picture; snapping a photograph of the view",
    "take a selfie": "snapping a selfie; photographing oneself with a phone",
    "check the time": "looking at one's wristwatch; checking a watch",
    "read a book": "someone reading a novel; absorbed in a book",
    "type at a desk": "typing on a keyboard; working at a computer",
    "drive a car": "a driver behind the steering wheel; steering a car",
    "ride a bicycle": "cycling down the road; a cyclist on a bike",
    "ride a motorbike": "riding a motorcycle; a biker on a motorbike",
    "ride a horse": "a jockey in the saddle; horseback riding",
    "eat at a table": "having dinner; eating a meal at the table",
    "drink from a cup": "sipping coffee; drinking a cup of tea",
    "brush the teeth": "brushing teeth in the morning; with a toothbrush in the mouth",
    "comb the hair": "doing one's hair; combing hair in front of a mirror",
    "tie a shoelace": "lacing up a shoe; tying shoelaces",
    "pick something up": "picking a coin up off the ground; gathering something from the floor",
    "carry a box": "hauling a heavy box; a mover carrying a crate",
    "carry a tray": "a waiter with a tray; serving drinks on a tray",
    "push a trolley": "pushing a shopping cart; someone with a pram",
    "pull a rope": "tug of war; hauling on a rope",
    "push a car": "shoving a broken-down car; pushing a heavy wardrobe",
    "knock on a door": "knocking at somebody's door; rapping on the door",
    "climb a ladder": "going up a ladder; a firefighter climbing a ladder",
    "climb stairs": "walking upstairs; going up the steps",
    "climb a wall": "rock climbing; a climber on a cliff",
    "sweep the floor": "sweeping with a broom; mopping the floor",
    "dig a hole": "digging with a shovel; a gardener with a spade",
    "chop wood": "splitting logs with an axe; a lumberjack with an axe",
    "paint a wall": "a decorator painting the wall; using a paint roller",
    "wash a window": "cleaning the windows; wiping a mirror",
    "reach for a shelf": "getting a jar from the top shelf; stretching to reach a high cupboard",
    "change a light bulb": "screwing in a light bulb; fixing a ceiling lamp",
    "look under a bed": "searching under the sofa; looking for something beneath the bed",
    "sleep": "fast asleep in bed; taking a nap",
    "sunbathe": "lying in the sun; getting a tan on the beach",
    "meditate": "in meditation; a monk meditating",
    "pray": "saying a prayer; kneeling in church to pray",
    "propose marriage": "asking for her hand in marriage; proposing with a ring",
    "bow to an audience": "an actor taking a bow; bowing after the show",
    "salute": "a soldier greeting an officer; giving a military salute",
    "hug somebody": "embracing a friend; giving a hug",
    "applaud": "clapping for the band; giving applause",
    "cheer": "celebrating a victory; a fan cheering for a goal",
    "shrug": "having no idea; not knowing the answer and shrugging",
    "think hard": "deep in thought; pondering a problem",
    "be in despair": "despairing with the head in the hands; having a terrible headache",
    "surrender": "being arrested with hands up; giving up to the police",
    "shield the eyes": "peering into the distance against the sun; scanning the horizon",
    "cover the ears": "blocking out loud noise; shutting out a noise with both hands",
    "point the way": "giving directions to a tourist; pointing at something far off",
    "stop traffic": "a police officer stopping cars; signalling stop with the hand",
    "conduct an orchestra": "a conductor leading the orchestra; conducting a choir",
    "play the guitar": "a guitarist on stage; strumming a guitar",
    "play the violin": "a violinist playing; bowing a fiddle",
    "play the piano": "a pianist at the piano; playing a grand piano",
    "play the drums": "a drummer at work; drumming",
    "play the flute": "a flautist; playing a flute",
    "sing": "a singer with a microphone; singing karaoke",
    "give a speech": "a politician making a speech; lecturing to a class",
    "hitchhike": "thumbing a lift; a hitchhiker by the road",
    "shiver with cold": "freezing in the snow; someone who is very cold",
    "stargaze": "gazing up at the stars; watching a plane in the sky",
    "sneak": "tiptoeing past a sleeping baby; a burglar sneaking",
    "march": "soldiers marching; in a parade march",
    "walk": "going for a stroll; a pedestrian walking",
    "run": "jogging in the park; a marathon runner",
    "start a sprint": "a sprinter in the starting blocks; ready for the hundred metres",
    "jump for joy": "leaping with happiness; jumping up in excitement",
    "skip rope": "jumping rope; a boxer skipping rope",
    "walk a tightrope": "a tightrope walker; balancing on a beam",
    "row a boat": "rowing on the river; an oarsman",
    "surf": "a surfer on a wave; riding a surfboard",
    "ski": "skiing downhill; a skier on the slope",
    "skate": "ice skating; a speed skater",
    "swim": "swimming the front crawl; a swimmer in the pool",
    "dive into water": "diving off a board; about to dive into the pool",
    "swing a golf club": "a golfer teeing off; playing golf",
    "serve in tennis": "a tennis player serving; smashing a tennis ball overhead",
    "swing a bat": "a baseball player at bat; batting in cricket",
    "bowl": "ten-pin bowling; rolling a bowling ball",
    "shoot a basketball": "a basketball player taking a shot; a free throw",
    "block in volleyball": "a volleyball player at the net; blocking a spike",
    "kick a football": "a footballer taking a penalty; shooting a soccer ball",
    "keep goal": "like a goalkeeper; a goalie waiting for the penalty",
    "box": "a boxer in the ring; a fighter ready to box",
    "karate kick": "a martial artist kicking; a taekwondo kick",
    "fence": "a fencer on guard; fighting with a sword",
    "shoot an arrow": "an archer drawing a bow; aiming with bow and arrow",
    "throw a javelin": "a javelin thrower; hurling a spear",
    "throw a ball": "a pitcher throwing; throwing a stone",
    "lift weights": "a weightlifter with the barbell overhead; lifting a barbell",
    "do push-ups": "doing press-ups; push-up exercise",
    "do sit-ups": "doing crunches; abdominal exercise",
    "do squats": "squatting at the gym; doing knee bends",
    "hold a yoga tree": "the tree pose in yoga; a yogi balancing on one leg",
    "do the splits": "a gymnast in the splits; splits on the floor",
    "do a handstand": "standing upside down on the hands; an acrobat on his hands",
    "dance ballet": "a ballerina; a ballet dancer",
    "dance disco": "disco dancing; dancing like in the seventies",
    "fly like a superhero": "superman in flight; a flying superhero",
    "walk like a zombie": "the living dead; a zombie from a horror film",
    "be a scarecrow": "a scarecrow in the field; hanging on a cross",
    "fly like an aeroplane": "a child playing aeroplane; pretending to be a plane",
    "stand like the statue of liberty": "the statue of liberty; holding up a torch",
    "flex the muscles": "a bodybuilder showing off; flexing biceps",
    "beg": "a beggar on his knees; begging for mercy",
    "sit on a throne": "a king on his throne; a queen seated in state",
    "watch television": "watching telly on the sofa; a couch potato",
    "milk a cow": "milking; a farmer milking a goat",
    "sit by a campfire": "warming hands at a campfire; sitting round the fire",
    "fish": "an angler; fishing with a rod",
    "hammer a nail": "driving in a nail; a carpenter with a hammer",
    "limbo": "doing the limbo; going under the limbo bar",
    "crawl like a baby": "a baby crawling; crawling through a tunnel",
}  # fmt: skip
"""Act -> phrases for it, with semicolons between."""

UNKNOWN = (
    "filing a tax return; being in debt; falling in love; a quarterly report; remembering childhood; photosynthesis;"
    " the capital of France; owning a house; being forty years old; speaking Italian; inheriting money; believing in ghosts;"
    " a rainy Tuesday; the colour purple; voting in an election; learning algebra; feeling nostalgic; a glass of milk;"
    " getting divorced; having blue eyes; the stock market; missing a deadline; being left-handed; a software update;"
    " growing tomatoes next year; renting a flat; knowing the rules; a cup of sugar; being allergic to nuts; downloading a file;"
    " earning a salary; the French revolution; digesting lunch; being an uncle; a broken promise; waiting list for a school;"
    " thinking of a number; having a driving licence; a train timetable; running a company; running out of milk;"
    " catching a cold; fishing for compliments; a piano tuner's invoice; playing the stock market; a football club's budget;"
    " booking a taxi online; the history of ballet; selling guitars; a swimming pool's temperature; losing a bet;"
    " an unpaid bus fare; a horse's birthday; weather forecast; dreaming in colour; a boxed set of films; printing a map;"
    " rowing with the neighbours; a skiing accident last year; throwing a party; hammering out a deal; surfing the internet"
)
"""What has no pose of its own; idioms that use a word of an act are among them."""


@dataclass(frozen=True)
class ActPhrase:
    """A phrase, and the act that it is another name for; an empty one has no pose."""

    text: str
    act: str

    @property
    def fresh(self) -> bool:
        """Whether it is of the half that nothing was chosen with."""
        return hashlib.sha256(self.text.encode()).digest()[0] % 2 == 1


def act_phrases(*, fresh: bool) -> list[ActPhrase]:
    """The phrases of one half, known and unknown.

    Args:
        fresh: those to report; else those to choose with.
    """
    known = [
        ActPhrase(text.strip(), act) for act, texts in KNOWN.items() for text in texts.split(";")
    ]
    unknown = [ActPhrase(text.strip(), "") for text in UNKNOWN.split(";")]
    return [phrase for phrase in (*known, *unknown) if phrase.fresh == fresh]
