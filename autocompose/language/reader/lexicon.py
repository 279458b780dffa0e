# ruff: noqa: E501 (tables: one entry a line reads best)
"""The words by which people say what a body does, as tables; learnt from how people write corrections.

Nothing here comes from the phrase banks of `autocompose.language.writer.phrasings`: the reader must understand
texts of people and of models. A table maps a meaning to the words that carry it.
"""

from __future__ import annotations

from autocompose.language.words import gerund, participle, past, third_person

LANDMARKS: dict[str, str] = {
    "head": "head, skull, hair, crown, back of your head", "face": "face, eyes, eye, forehead, nose, ear, ears, mouth, cheek, brow",
    "chin": "chin, neck, throat", "shoulder": "shoulder, shoulders, collarbone, collar bone, collarbones, armpit, armpits",
    "chest": "chest, breast, bust, ribs, rib, heart, ribcage, sternum, nipple",
    "waist": "waist, stomach, belly, navel, tummy, belly button, abdomen, stomache, midsection, midriff, gut",
    "hip": "hip, hips, pelvis, crotch, groin, pelvic, butt, bottom", "back": "back, lower back",
    "thigh": "thigh, thighs, mid thigh", "knee": "knee, knees", "shin": "shin, shins, calf, mid shin",
    "foot": "foot, feet, ankle, ankles, toe, toes, heel", "floor": "floor, ground",
}  # fmt: skip
"""Place that a part can reach -> its words; a place is no part: hands reach the waist and the chin, not the torso and the head."""

VERBS: dict[str, str] = {
    # Verbs that say which way.
    "up": "raise, lift, elevate, hoist, heave, pick, rise, ascend, climb, boost, life, uplift",
    "down": "lower, drop, descend, dip, sink",
    "bend": "bend, flex, fold, curl, crook, hinge, buckle, unstraighten",
    "straighten": "straighten, extend, unbend, stretch, lengthen, unfold, uncurl, outstretch, elongate",
    "turn": "turn, rotate, twist, pivot, swivel, spin, wind, unwind, swirl",
    "lean": "lean, tilt, tip, incline, sway, slant, arch, recline, stoop, hunch, pitch, cock, slouch, bow, angle, slump",
    "look": "look, gaze, glance, peer, stare, watch",
    "face": "face",
    "squat": "squat, crouch, kneel, sit, hunker, duck",
    "stand": "stand", "lie": "lie",
    "spread": "spread, part, separate, widen, splay, open",
    "narrow": "narrow, close",
    "advance": "advance", "withdraw": "withdraw, retreat, retract",
    "cross": "cross", "uncross": "uncross",
    "touch": "touch, tap", "clasp": "clap, clasp, join",
    # Verbs that need a direction or a place.
    "move": (
        "move, bring, take, put, place, set, shift, push, pull, slide, swing, reach, throw, get, kick, step, send, come,"
        " go, position, rest, lay, draw, stride, press, tuck, swoop, sweep, thrust, fling, scoop, haul, ease, shove, tug, stick,"
        " scoot, travel, guide, park, land, drag, drift, fall, roll, hug, carry, lunge, flip, punch, return, switch, fling"
    ),
    "point": "point, aim, direct",
    "center": "center, centre, align, square",
    "change": "adjust, wave, jump, hop, walk, run, relax, flap, shake, flatten, grip, grab, invert, swap, change",
    "balance": "balance, support",
    # Verbs of a state.
    "keep": "keep, maintain, continue, remain, stay, leave",
    "have": "have, let, make, want, allow, got, see",
    "hold": "hold, hang, dangle, float, hover",
    "plant": "plant",
}  # fmt: skip
"""Act -> base forms; inflected forms are made by `inflections`."""

INTRANSITIVE = "get, come, go, rise, ascend, climb, descend, sink, squat, hop, jump"
"""Without an object these move the whole body: "get up", "rise partway"."""
COPULA = "is, are, be, being, was, were, will be, should be, must be, needs to be, need to be, can be, stays, remains, 's, 're, are to be, ends up, end up, should, must, will, has to be, have to be, needs, would be"

_VARIANTS = {"lean": "leant", "stretch": "outstretched", "swing": "swinged"}
"""Pasts that people write beside the usual one."""
_UNREAD = frozenset({"left", "lying", "spun"})
"""Forms that are no verb to the reader: "left" is a side, and what the others claim was never measured."""


def inflections(verb: str) -> dict[str, str]:
    """The forms of a verb: word -> ``base``, ``third``, ``ing`` or ``ed``."""
    pasts = {past(verb), participle(verb), *_VARIANTS.get(verb, "").split()}
    forms = dict.fromkeys(pasts, "ed") | {
        third_person(verb): "third",
        gerund(verb): "ing",
        verb: "base",
    }
    return {word: form for word, form in forms.items() if word not in _UNREAD}


DIRECTIONS: dict[str, str] = {
    "up": (
        "up, upward, upwards, higher, skyward, to the ceiling, towards the ceiling, toward the ceiling, in the air, into the air,"
        " up in the air, to the sky, towards the sky, up high, high up, towards the roof, to the roof, up towards the ceiling,"
        " up into the air, further up, all the way up"
    ),
    "down": (
        "down, downward, downwards, almost to the floor, almost to the ground, nearly to the floor, nearly to the ground, low to the ground, low to the floor, towards the floor, toward the floor, towards the ground, toward the ground,"
        " down towards the floor, down towards the ground, down toward the floor, further down, all the way down"
    ),
    "forward": "forward, forwards, ahead, frontward, frontwards, further forward, foreward",
    "back": "back, backward, backwards, rearward, to the back, to the rear, further back, straight back",
    "left": "leftward, leftwards",
    "right": "rightward, rightwards",
    "out": "out, outward, outwards, sideways, sideward, out wards, out to the side, out to the sides, out to your side, out to your sides, wider, out sideways, off to the side, farther out, further out, out to side, out wide",
    "side": "to the side, to the sides, to side",
    "away": "away from your body, away from the body, away from you, further from your body, farther from your body, away from your side, away from your torso, away from your hip, away from your hips, apart from the body",
    "in": "in, inward, inwards, inner, closer in",
    "near": (
        "closer to your body, closer to the body, closer to you, close to your body, close to the body, nearer to your body, toward your body, towards your body,"
        " towards the body, toward the body, into your body, in to your body, near your body, near the body, closer to your torso, close to your torso, closer to your side, closer to your sides, into your side, into your sides, in to your sides, in to your side, toward the middle, towards the middle, to the middle, towards your center, toward the center, to the center, towards the center, to the midline, to your midline, closer to your midline"
    ),
    "apart": "apart, further apart, farther apart, wide apart, wider apart, away from each other, further away from each other, wider than shoulder width",
    "together": "together, towards each other, toward each other, closer together, close together, nearer together, closer to each other, close to each other, nearer to each other, next to each other, nearer, closer",
    "front": "to face the front, the front, at the front, to the front, towards the front",
    "ahead": "straight ahead, directly ahead, straight forward, ahead of you, straight ahead of you",
    "over": "over",
    "middle": "back to the middle, back to the center, back to center, back to the front, back to the centre, to face forward, to face front, facing forward, facing forwards, facing front, facing straight ahead",
    "upright": "upright, up right, up straight, straight up and down, erect, vertical",
    "less": "less",
}  # fmt: skip

PREPOSITIONS: dict[str, str] = {
    "front": "in front of, infront of, before, to the front of, ahead of, forward of",
    "behind": "behind, in back of, to the back of, at the back of",
    "above": "above, over, beyond, past",
    "below": "below, under, underneath, beneath, lower than, lower then",
    "higher": "higher than, higher then", "beside": "beside, by, next to, to your side of, besides, alongside, adjacent to, to the side of, at the side of, along, on the side of, by the side of",
    "near": "near, close to, near to, nearby, closely to, nearly touching, almost touching",
    "closer": "closer to, nearer to, nearer, closer towards, closer toward",
    "on": "on, on top of, onto, on to, against, touching, upon, resting on, in contact with, meeting",
    "to": "to, into, over to",
    "at": "at",
    "toward": "toward, towards, in the direction of",
    "away": "away from, further from, farther from", "from": "from, off, off of, out of",
    "across": "across, across the middle of, across the middle, across the midline of, across the front of, in front across",
    "line": "in line with, inline with, level with, even with, aligned with, equal with, equal to, parallel to, parallel with, in line to, parallel",
    "of": "of", "with": "with", "between": "between, in between", "for": "for, like, about, around, than, through, via, using, as",
    "inside": "in, within, inside",
    "as": "follow, follows, following, match, matching, mirror, mirrors, mirroring, to match, to follow, to mirror",
}  # fmt: skip
CLAUSE_STARTS: dict[str, str] = {
    "tobe": "to be",
    "end": "so that, so, until, such that, stop when, til, till, ending, to where, to the point where, and stop when, in order that",
    "while": "whose, seen, while, whilst, as, but, because, if, where, which, when, whereas, however, as you, instead, who, since, than, plus, after, before you, although, though, for balance, making sure",
    "then": "then, next, finally, also, now, first, second, lastly, afterwards, and then, after that, and after that, lets, please, ok, again, next to that",
}  # fmt: skip
DEGREES: dict[int, str] = {
    1: "slightly, sightly, a little, a bit, a tiny bit, a little bit, somewhat, just a little, just slightly, a touch, a tad, a fraction, a hair, marginally, subtly, barely, gently, a few inches, an inch, one inch, two inches, a couple inches, a couple of inches, about an inch, about two inches, a small bit, ever so slightly, a few degrees, slight, a small amount, a small step, a couple of centimeters, a few centimeters, a smidge, just a bit, an inch or two, three inches, few inches, minimally, just a touch, a slight",
    2: "halfway, partway, partly, half, half way, about a foot, moderately, part way, a foot, some",
    3: "much, a lot, far, way, all the way, completely, fully, totally, entirely, significantly, drastically, considerably, massively, a great deal, a long way, much further, strongly, clearly, as far as you can, as far as possible, as high as you can, sharply, deeply, by a lot, much more, very, high in, as much as you can, well",
}  # fmt: skip

STATES: dict[str, str] = {
    "straight": "straight, fully straight, completely straight, nearly straight, almost straight, straighter, locked",
    "bent": "bent, crooked, curled up, folded up, sharply bent, tightly bent, half bent, fully bent, completely bent, bend in it, a slight bend, a small bend, a bend",
    "still": "still, unmoved, unchanged, where it is, where they are, as it is, as they are, as is, in place, in the same place, in the same position, in the same spot, in their original position, in the original position, in its original position, in shape, in same position, the same, same position, same place, stationary, in position, motionless, fixed, stay put, not moved, where it was, where they were, in its position, in their position, at the same place, same, how it is, how they are, where they're at",
    "crossed": "crossed, folded across, interlocked",
    "parallel": "parallel to each other, parallel",
    "90": "right angle, a right angle, right angles, at a right angle, l shape, an l shape, 90 degrees, ninety degrees, 90 degree angle, ninety degree angle, 90 degree, ninety degree, a 90 degree angle, an 90 degree angle, a ninety degree angle, 90 degree angles, ninety degree angles, 90°, forming a right angle, ninety degree bend, ninety degree bends, a 90 degree bend, square angle",
    "tight": "tight angle, a tight angle, sharp angle, a sharp angle, acute angle, a tight bend",
    "in front": "in front, out in front, right in front, up front, out front",
    "face down": "face down, on your stomach, on your belly, prone, facing the floor",
    "face up": "face up, on your back, on the back, supine, flat on your back, onto your back",
    "upside down": "upside down",
    "off floor": "off the floor, off the ground, off of the floor, off of the ground, off floor, off ground, above the ground, above the floor, up off the floor, up off the ground, from the floor, from the ground, in midair, airborne, not touching the floor, not touching the ground, in mid air",
    "on floor": "on the floor, on the ground, to the floor, to the ground, down to the floor, down to the ground, onto the floor, onto the ground, flat on the floor, flat on the ground, touching the floor, touching the ground, planted, planted on the ground, planted on the floor, grounded, flat, touch the floor, touch the ground, against the floor, on the carpet, on the rug, planted firmly, firmly planted, on to the floor, on to the ground",
    "wide": "shoulder width apart, shoulder width, shoulders width apart, shoulder length apart, shoulder-width apart, hip width apart, should width apart, hip width, a shoulder width apart, a wide stance, to a wide stance, to a very wide stance, very wide apart",
}  # fmt: skip

NEGATIONS = "not, don't, dont, do not, never, no longer, doesn't, does not, isn't, is not, aren't, are not, shouldn't, should not, without, won't, will not, no, avoid, stop, cannot, can't"
DOUBLE_NEGATIONS = "do not stop, don't stop, never stop, not stop, don't forget to, do not forget to, not only, do not forget, don't hesitate to, no matter, not quite, not fully, not completely, not totally, not too, not very, not all the way, not much, not as, not sure, no problem"
STAY_PHRASES = (
    "do not move, don't move, dont move, do not change, don't change, dont change, does not move, do not shift, doesn't move, not move, not change,"
    " no need to touch, no need to move, no change in, no change to, should not move, shouldn't move, without moving, not moving, no need to change, can remain, nothing changes in"
)
VIEWER_FRAME = (
    "screen left, screen right, stage left, stage right, camera left, camera right, image left, image right, frame left, frame right,"
    " viewer's left, viewer's right, viewers left, viewers right, my left, my right, left of the screen, right of the screen, left of the image, right of the image,"
    " left of the picture, right of the picture, left of the photo, right of the photo, left of the frame, right of the frame, left side of the image,"
    " right side of the image, left side of the picture, right side of the picture, left side of the photo, right side of the photo, left side of the screen,"
    " right side of the screen, from the viewer, viewer's perspective, from our point of view, from our perspective, as we see it, from the camera, left in the image, right in the image,"
    " left in the picture, right in the picture, left as seen by the viewer, as seen by the viewer, on screen, viewer's side, left edge of the image, right edge of the image,"
    " viewer's left side, viewer's right side, camera's left, camera's right, my side, left edge of the picture, right edge of the picture, left edge of the frame, right edge of the frame"
)
CLOCK_HANDS = "clockwise, counterclockwise, counter clockwise, counter-clockwise, anticlockwise, anti-clockwise, o'clock, oclock"
STEPS = "take a step, take one step, take a small step, take a big step, take a long step, take a wide step, taking a step, takes a step, taking one step"
SIMILES = (
    "as if, as though, instead of, rather than, as opposed to, like your, like you, like they, like someone, like you are, like you're, like youre, like a, like an, imagine, resembling, similar to, think of somebody,"
    " pretend, the way someone, look like, looks like, look as if, looks as if, should look like, look as though, just like, much like, think of, as when, like when"
)
FILLERS = (
    # Words with a body word inside that name no body part.
    "hand side, left hand side, right hand side, left-hand side, right-hand side, on the other hand, the back of the room, heads up, back of the room,"
    " arms length, arm's length, at arms length, head on, right away, right now, all right, alright, foot of the bed, get ready, hands on the clock, hand rail,"
    " second hand, right in, it important, it is important, it's important, it is crucial, it's crucial, other body parts, body parts, part of, in mind, in order to, in order, make sure, make sure to, be sure to, be sure, sure to, in half, face of, as well, as well as, at the same time, in the end, back and forth,"
    " in a way, in shape, in style, stepping stool, foot or so, have to, has to, had to, need to, needs to, you need to, go ahead and, go ahead, side to side, up and down, go about,"
    " you will want to, want to, trying to, try to, in a squat position, for the rest, in general, it looks, in a line, lower half, let me see, i want you to, could you, supposed to, over again, low down, show me, find, looking for, look for, what you should see is, the change is, what you should do is, you should, you must, it would help to, to look the same, in this pose, in the new pose, in the target, the same person, same person, same pose, same but, keep the same pose but, to change the pose, start here, from here, from this pose, the target has, you see, person with, someone with, this time, bed foot, footstool, arm rest, armrest, arm of the, back of the, head of the statue, head of the, headboard, foot of the, leg of the, legs of the, mirror image"
)  # fmt: skip
