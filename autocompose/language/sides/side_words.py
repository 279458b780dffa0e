"""Words around "left" and "right": what makes them a side, an idiom, or unclear.

Our own lists, made by reading how people write of poses.
"""

from __future__ import annotations

from autocompose.language.words import NOUNS


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


BODY = frozenset(
    word for word, noun in NOUNS.items() if noun.paired and not (noun.plural or " " in word)
) - {"shoe"} | _words(
    "feet hips armpit back body breast buttock cheek chest collarbone ear eye eyebrow face "
    "forehand hamstring hand's head instep jaw kidney knuckle neck nipple pectoral pinky quad rib "
    "ribcage side temple toenail torso triceps trunk waist"
)
"""Nouns that may have a side: those of the paired parts, and what else people call left and right;
plurals are understood."""

SCENE = _words(
    "corner wall end edge part half portion section "
    "curtain window door chair table carpet rug bed "
    "desk lamp bench locker pillow sofa shelf mat boundary border bottom top front rear center "
    "centre margin hemisphere lane turn"
)
"""What a room or a picture has a left and a right one of."""

JUDGED = _words(
    "way place spot position pose posture form "
    "height time moment amount distance direction order "
    "track idea answer thing word choice move movement level stance balance tension speed size "
    "kind type sort number path shape alignment image picture person people exercise technique "
    "muscle equipment tool condition point stuff "
    "decision to-do attitude tempo rhythm orientation "
    "wrong proper degree location place step sequence"
)
""""The right way": correct, or the one on that side."""

LIMB_MODIFIERS = _words(
    "lower upper outer inner front back fore index "
    "middle ring big little pinky whole entire bent "
    "extended hind far straight raised small"
)
"""Stand between a side and its part: "right lower arm"."""

MODIFIERS = LIMB_MODIFIERS | _words(
    "top bottom near rear center centre own "
    "other same opposite slightly extreme immediate direct "
    "slight exact very just outstretched now still also"
)
"""Stand between a determiner and a side: "the far left", "your slightly left"."""

POSSESSIVES = _words("your yours yoru ypur yuor oyur ur my his her their our hour its ones")
ARTICLES = _words("the teh thr hte th thew tthe")

TOWARD = _words("to toward towards tot from tpwards twards")
"""Prepositions after which a bare side is a direction: "towards left"."""

PLACING = TOWARD | _words("on at onto")

CLINGING = ARTICLES | POSSESSIVES | _words("a an to towards toward from and or of")
"""No clause ends after these, however wide the space."""

TYPED_THE = _words("he teh her they there thew you the yours")
"""What people type for "the" or "your" between "to" and a side: "lean to he left"."""

LOCATING = _words(
    "behind above below beneath underneath under beside besides between here there now after "
    "before where when inside outside"
)
""""Right behind": exactly, directly. Also: in front, next to, on top, over your."""

UNHURRIED = _words("up down out off over on at into onto around across through back")
""""Right up": all the way up, or up and to that side."""

BE = _words("is are was were be been being isn aren am s re")

LEFT_STATES = _words(
    "alone hanging free loose open resting "
    "unchanged relaxed untouched empty dangling unsupported "
    "undone unattended"
)
""""Is left hanging": remains, not a side."""

QUANTITIES = _words(
    "what whatever nothing anything something everything none little room space time much any no "
    "enough bit gap"
)
""""What is left": remains."""

CORNERS = _words(
    "front back bottom top upper lower rear far mid center centre forward forwards hard"
)
"""Joined to a side by a hyphen: "bottom-left"."""

DEGREES = _words(
    "slightly bit little more further farther far "
    "hard somewhat feet foot inch inches degrees steps "
    "step diagonally sideways forward forwards "
    "backward backwards upward upwards downward downwards "
    "yourself themselves himself herself way directly centimeters cm meter metre lot fully "
    "completely"
)
"""Before a bare side, they make it a direction: "slightly left"."""

_HEADING_STEMS = _words(
    "turn rotat twist tilt pivot lean fac look shift swivel swing bend point mov step slid walk "
    "rais reach extend bring pull push lift stretch "
    "head veer roll spin direct gaz glanc tak plac "
    "put kick stand sway drop lower swing aim rock hop jump sid go com"
)
HEADING = frozenset(
    stem + end for stem in _HEADING_STEMS for end in ("", "e", "s", "es", "ed", "ing")
) | _words("swung bent stood went going brought moving put putting stepped stepping")
"""Verbs after which a bare side is a direction: "turn left"."""

TURNING = frozenset(
    stem + end
    for stem in _words("turn rotat twist tilt pivot lean fac look shift swivel")
    for end in ("", "e", "s", "es", "ed", "ing")
)
""""Turn right behind him": a direction and a place, or exactly behind."""

FOLLOWERS = _words(
    "and or but so then while whilst as until when where with in on at by to toward towards away "
    "from of for behind beneath beside next is are was should will can must a an the your you it "
    "its both slightly more further somewhat also "
    "just almost about now too instead though finally "
    "after before over under above below up down out forward forwards backward backwards back "
    "inward inwards outward outwards that which straight directly "
    "if than i my his her their they "
    "this these not or closer nearer like s one apart against across along around between"
)
"""What may follow "the right" when it is a place of its own: "to the right and up"."""

AFTER_DIRECTION = _words(
    "and to toward towards so while whilst with then but a slightly until by somewhat or "
    "significantly sharply much further"
)
"""What may follow a bare direction: "turn right towards the door"."""

OTHER_WORDS = _words(
    "upright uprightly uprightness alright aright "
    "outright downright forthright forthrightly bright "
    "brighter brightest brightly brightness brighten brightens brightened birthright copyright "
    "fright frighten frightens frightened frightening frightful wright playwright righteous "
    "righteously rightful rightfully rightly cleft clefts leftover leftovers rightangle "
    "rightangled rightangles overbright strighten strightened stright"
)
"""Contain the letters of a side and are none."""

COMPOUND_ENDS = (
    "most|wards?|hand(?:ed|er|ers|s)?|sided?|foot(?:ed)?|feet|legs?|arms?|knees?|elbows?|wrists?|"
    "shoulders?|hips?|ankles?|heels?|toes?|palms?|thighs?|forearms?|eyes?|ears?"
)
"""Regular expression of what makes one word with a side: "leftmost", "righthand", "leftleg"."""

SLIPS_BEFORE_A_PART = {
    "lift": "left", "let": "left",
    "ride": "right", "tight": "right", "light": "right", "night": "right",
}  # fmt: skip
"""Slips between "your" and a part: "your lift hand", "our let arm", "your ride side"."""

NOT_MISSPELT = _words(
    "let deft heft reft weft lift loft luft lent "
    "lest leet cleft lefty eight bight dight fight hight "
    "light might night sight tight wight bright fright wright aright righty righto left right"
)
"""English words one letter from a side."""

UNCLEAR_WORDS = {
    "starboard": "a side of a ship",
    "portside": "a side of a ship",
    "larboard": "a side of a ship",
    "southpaw": "a left-handed stance",
    "widdershins": "a turning direction",
    "sunwise": "a turning direction",
    "deasil": "a turning direction",
    "deosil": "a turning direction",
    "cw": "a turning direction",
    "ccw": "a turning direction",
    "acw": "a turning direction",
    "lh": "left hand, or nothing of a side",
    "rh": "right hand, or nothing of a side",
    "lhs": "the left-hand side",
    "rhs": "the right-hand side",
    "lefts": "a misspelt side",
    "rights": "a misspelt side",
    "rightness": "a quality",
    "leftness": "a quality",
}
"""Words that need exchanging but have no exact partner: what each may mean."""
