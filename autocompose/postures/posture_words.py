# ruff: noqa: E501 (a table: one posture a line reads best)
# ruff: noqa: SIM905
"""The words for postures and acts: "crawl on all fours", "kneel on the right knee", "punch".

`find_postures` reads them; what each means on joints is `autocompose.postures.postures`. A pattern is a
regular expression over the text's lemmas with articles and possessives left out ("standing on your
left leg" is ``stand on left leg``); ``SIDE`` in it stands for left or right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from autocompose.language.words import NOUNS, gerund, other_side, participle, past, third_person
from autocompose.postures.postures import POSTURES
from autocompose.tagger.misspelt import meant

_LEG, _ARM = "leg", "arm"
_LIMBS = {_LEG: "leg|foot|knee|kick", _ARM: "arm|hand|fist"}


@dataclass(frozen=True, slots=True)
class PostureWords:
    """What a text says of one posture.

    Args:
        name: a key of `autocompose.postures.postures.POSTURES`.
        side: ``left`` or ``right`` where the posture has a side and the text names it, else empty.
        span: ``[start, end)`` in characters of the text.
        negated: "do not lie down": the body shall not be like that.
        leaves: "rise out of the lunge", "from kneeling": the body was like that at the start.
        alike: "as if bowing", "almost kneeling": the body only resembles it.
        stays: "still kneeling": it was like that and is.
        moves: the words tell a motion ("lie down"), not how the body is held ("lying").
        wished: only who searches means it so; see `PostureRow.example`.
    """

    name: str
    side: str
    span: tuple[int, int]
    negated: bool = False
    leaves: bool = False
    alike: bool = False
    stays: bool = False
    moves: bool = False
    wished: bool = False


@dataclass(frozen=True, slots=True)
class PostureRow:
    """One posture's words.

    Args:
        name: of the posture.
        patterns: over lemmas.
        limb: of which the same clause may name the side ("punch with the left fist"); empty for none.
        swaps: the named side is the other one of the posture ("step back with the left foot": the right is ahead).
        example: of words that only who searches means so, a text that is read by this row; else empty.
        one: the posture that is meant where the text names one side of the limb ("reach for the sky with the left arm").
    """

    name: str
    patterns: tuple[str, ...]
    limb: str = ""
    swaps: bool = False
    example: str = ""
    one: str = ""


_DOWN = "(?:back |down |flat |over |out |straight )*"
_UP = "(?:straight |high |all way |up |right |out )*"
_GROUND = "(?:floor|ground|mat|grass)"
_ARMS = "(?:both )?(?:arm|hand)s"
_SIDES = "(?:to|at|towards?) (?:both )?sides?"
_WAY = "(?:back|forward|sideway|to|left|right|toward|over|ahead|jack)"
_RAISE = "(?:raise|lift|stretch|reach|extend|hold|put|throw|bring|straighten|spread|open|fling)"

# The first row whose pattern starts earliest wins, the longer match before the shorter.
TABLE: tuple[PostureRow, ...] = (
    PostureRow("lie with legs raised", (rf"lie {_DOWN}(?:on back )?with (?:both )?legs? (?:\w+ )?(?:raise|lift|up|in air)", "leg raises")),
    PostureRow("lie with knees up", (rf"lie {_DOWN}(?:on back )?with (?:both )?knees? (?:\w+ )?(?:up|bend|raise)",)),
    PostureRow("lie on the back", (rf"(?:lie|fall|roll|drop|get|turn|flop|go|rest|lower) {_DOWN}(?:on|onto) (?:\w+ )?back(?: face up)?", rf"lie {_DOWN}(?:face up|supine)", "flat on back", "onto back", "(?<![a-z] )on back", "supine")),
    PostureRow("lie on the front", (rf"(?:lie|fall|roll|drop|get|turn|flop|go|rest|lower) {_DOWN}(?:on|onto) (?:\w+ )?(?:stomach|belly|front|chest|tummy|face)(?: face down)?", rf"lie {_DOWN}(?:face down|prone)", "(?:flat )?on (?:stomach|belly|tummy)", "prone")),
    PostureRow("lie on the side", (rf"(?:lie|fall|roll|turn) {_DOWN}(?:on|onto) (?:SIDE )?side",)),
    PostureRow("lie", (rf"lie (?:{_DOWN}(?:on {_GROUND})|down|flat|there)", "lie")),
    PostureRow("cobra", ("cobra(?: pose)?", "upward (?:face )?dog", "prop (?:\\w+ )?up on (?:straight )?arms?", "lift chest off floor")),
    PostureRow("sit on the heels", (f"sit {_DOWN}on heels?", "seiza")),
    PostureRow("sit cross-legged", (f"sit {_DOWN}cross ?-? ?leg(?:ged)?", "sit with leg cross", "lotus(?: pose)?", "cross ?-? ?legged")),
    PostureRow("sit on the floor", (rf"sit {_DOWN}on {_GROUND}", rf"sit {_DOWN}with legs? (?:\w+ )?(?:straight|stretch|out|extend)\w*", f"{_DOWN}bottom (?:on|to) {_GROUND}")),
    PostureRow("sit on a chair", (rf"sit {_DOWN}(?:on|in|into|onto) (?:\w+ )?(?:chair|stool|bench|seat)", "chair pose", "wall sit")),
    PostureRow("sit", ("sit down", "take seat", "sit up(?: (?:straight|tall|upright))", "sit(?! up| (?:down )?(?:into|onto|on|in|over) (?:both |SIDE |one |bend |little |half |deep |low )*(?:knee|leg|thigh|lunge|stance|squat|crouch))")),
    PostureRow("kneel on one knee", (
        rf"(?:kneel|drop|go|get|sink|rest|come|lower|stand) {_DOWN}(?:on|onto|to) (?:just |only )?(?:one|single|SIDE) knee(?! (?:and|or) (?:SIDE |other )?knee)", "half ?-? ?kneel(?:ing)?", "propose", "one knee (?:down )?(?:on|onto|to) floor",
    )),
    PostureRow("kneel on both knees", (rf"kneel {_DOWN}(?:on|onto) (?:both |two )?knees", rf"(?:drop|go|get|sink|fall) {_DOWN}(?:on|onto|to) (?:both |two )?knees", "tall kneel(?:ing)?", "kneel up(?:right)?")),
    PostureRow("kneel", ("kneel(?: down)?",)),
    PostureRow("hands on the knees", ("hands? (?:rest )?(?:on|onto|to) (?:both )?(?:knees|thighs)",)),
    PostureRow("half squat", ("half ?-? ?(?:squat|crouch)", "(?:slight|shallow|small|partial|little|gentle|mini|tiny) ?-? ?(?:squat|crouch)", "(?:squat|crouch)(?: down)? (?:slightly|little|bit|halfway)(?! lower)")),
    PostureRow("crouch", ("crouch(?: down)?", "hunker down", "duck(?: down)?")),
    PostureRow("pistol squat", ("(?:pistol|(?:one|single) ?-? ?leg(?:ged)?) ?-? ?squat(?: (?:down )?on SIDE (?:leg|foot))?",)),
    PostureRow("squat", ("(?:deep |low |full )?squat(?: down)?",)),
    PostureRow("bird dog", ("bird ?-? ?dog",)),
    PostureRow("bear crawl", ("bear ?-? ?(?:crawl|walk)",)),
    PostureRow("crawl", ("crawl(?: on)?(?: all)? ?(?:fours?|hands? and knees?)", "(?:down )?(?:on|onto|to) all fours?", "all fours?", "(?:on|onto) hands? and knees?", "crawl", "table ?top (?:position|pose)")),
    PostureRow("plank", ("(?:do |hold |get into )?(?:high |full )?plank(?: position| pose)?", "(?:push|press) - ?ups?(?: position)?", "(?:push|press) ?ups", "(?:push|press)up", "do (?:push|press) up")),
    PostureRow("three-legged dog", ("(?:three|3) ?-? ?leg(?:ged)? (?:downward |down )?(?:face |facing )?dog", "(?:downward |down )(?:face |facing )?dog split", "(?:downward|down) ?(?:face |facing )?dog (?:, )?with (?:one |SIDE )?leg (?:\\w+ )?(?:up|raise|lift|in air|high)"), _LEG),
    PostureRow("downward dog", ("(?:downward|down) ?(?:face |facing )?dog",)),
    PostureRow("side lunge", (r"(?:side|sideways|lateral) lunge(?: to SIDE)?", "lunge (?:out )?to (?:SIDE )?side", "lunge (?:sideways|to SIDE)"), _LEG),
    PostureRow("lunge", ("lunge(?: forward)?",), _LEG),
    PostureRow("hold a foot behind", ("(?:hold|grab|catch|clasp|pull) SIDE (?:foot|ankle) (?:up )?behind(?: back| bottom)?", "(?:hold|grab|catch) (?:foot|ankle) behind(?: back)?", "quad(?:riceps)? stretch")),
    PostureRow("tree", ("tree(?: pose| position)", "yoga tree", "(?:foot|sole) (?:on|against) (?:inner |other |SIDE )?(?:thigh|knee|calf)")),
    PostureRow("stork", ("(?:like )?(?:stork|flamingo)(?: pose)?",)),
    PostureRow("arabesque", ("arabesque", "airplane pose", "warrior (?:three|3|iii)")),
    PostureRow("warrior", ("warrior(?: pose| two| 2| ii)?",)),
    PostureRow("stand on one leg", ("(?:stand|balance|hop|be|weight) (?:only |just )?(?:up )?on (?:just |only )?(?:one|single|SIDE) (?:leg|foot)", "on one (?:leg|foot)", "one ?-? ?leg(?:ged)?", "balance on SIDE")),
    PostureRow("handstand", ("handstands?", "(?:stand|balance|be) on (?:both )?hands?")),
    PostureRow("upside down", ("upside ?-? ?down", "headstands?", "cartwheels?", "stand on head", "head ?-? ?over ?-? ?heels")),
    PostureRow("touch the toes", ("touch (?:both )?(?:toe|foot)s?",)),
    PostureRow("bow", ("(?:take )?bow(?: down| forward)?(?! (?:and arrow|head))", "good morning exercise")),
    PostureRow("bend over", ("(?:bend|fold|hinge) (?:\\w+ )?(?:over|forward|double)(?: (?:at|from) (?:waist|hip)s?)?", "(?:bend|fold|hinge) (?:at|from) (?:waist|hip)s?", "doubled? over")),
    PostureRow("hang", (r"hang (?:from|on|off) (?:\w+ )?(?:bar|branch|beam|ring|rope|ledge|trapeze)s?", "dead hang")),
    PostureRow("jump", ("(?:jump|leap|hop) (?:up|in air|into air|off floor|off ground)+(?! onto)", rf"(?:jump|leap)(?! {_WAY})")),
    PostureRow("kick forward", (rf"kick {_UP}(?:SIDE (?:leg|foot) )?{_UP}(?:(?:to(?:wards?)? )?front|forwards?|ahead|in front)", "(?:front|high|forward) ?-? ?kick", "kick (?:SIDE )?(?:leg |foot )?high"), _LEG),
    PostureRow("kick to the side", (rf"kick {_UP}(?:SIDE (?:leg|foot) )?{_UP}(?:(?:to|at) (?:own |same )?(?:SIDE )?sides?|sideways?|sidewards?|to SIDE)", "side ?-? ?kick"), _LEG),
    PostureRow("kick backward", (r"kick (?:straight |up |out )*(?:SIDE (?:leg|foot) )?(?:straight |up |out )*(?:backwards?|back|behind|rearwards?)", "back ?-? ?kick", "donkey ?-? ?kick"), _LEG),
    PostureRow("kick", ("kick(?: (?:up|out))?",), _LEG),
    PostureRow("step forward", ("(?:step|stride) (?:SIDE (?:foot|leg) )?(?:backwards?|back|behind)", "(?:take|do) (?:\\w+ )?(?:step|stride) (?:backwards?|back)"), _LEG, swaps=True),
    PostureRow("step forward", ("(?:step|stride) (?:SIDE (?:foot|leg) )?(?:forwards?|ahead)", "(?:take|do) (?:\\w+ )?(?:step|stride) (?:forwards?|ahead)"), _LEG),
    PostureRow("archer", ("(?:like )?archer", "(?:draw|pull|shoot) bow(?: and arrow)?", "bow and arrow")),
    PostureRow("guard", ("(?:boxing|fighting|boxer) (?:stance|guard|pose|position)", "boxers?", "(?:put up|raise|lift) (?:both )?fists", "(?:both )?fists up", "(?:on|in|into) guard", "guard (?:position|up)", "(?:both )?fists? (?:up )?(?:in front of|by|at|near) (?:face|chin)")),
    PostureRow("punch", ("(?:throw|land) (?:\\w+ )?punch", "punch(?: (?:out|forward|straight))*", "(?:throw )?jab"), _ARM),
    PostureRow("wave", ("wave(?: hello| goodbye)?",), _ARM),
    PostureRow("salute", ("salute", "shield eyes?", "hand (?:to|at|on) (?:forehead|brow)"), _ARM),
    PostureRow("hand to the chin", ("(?:hand|fist|finger) (?:to|on|at|under) chin", "(?:rest|rub|scratch|stroke) chin(?: (?:on|in) (?:hand|fist))?", "thinking pose", "thinker"), _ARM),
    PostureRow("arms crossed", ("cross (?:both )?(?:arm|forearm)s?(?: (?:over|across|in front of) (?:chest|body))?", "(?:arm|forearm)s (?:be )?cross(?:ed)?(?: (?:over|across|in front of) (?:chest|body))?", "fold (?:both )?arms?(?: (?:over|across|in front of) (?:chest|body))?", "arms (?:be )?fold(?: (?:over|across|in front of) (?:chest|body))?")),
    PostureRow("hug", ("hug(?! (?:knee|leg))", "(?:hold|put) arms? as if hug")),
    PostureRow("hands on the hips", ("(?:both )?hands (?:\\w+ )?(?:on|onto|to|at) (?:both )?(?:hip|waist)s?", "arms? akimbo", "akimbo")),
    PostureRow("hands behind the head", ("(?:both )?hands (?:\\w+ )?behind (?:head|neck)", "(?:clasp|lock|fold|lace) (?:hand|finger)s behind (?:head|neck)")),
    PostureRow("pray", ("pray(?:er)?(?: pose| position)?", "(?:palm|hand)s together in prayer", "palms together", "namaste")),
    PostureRow("hands together", ("(?:clasp|join|clap) (?:both )?(?:hand|palm)s(?: together)?", "hands (?:be )?(?:clasp(?:ed)?|together)(?: together)?")),
    PostureRow("T-pose", ("t ?-? ?(?:pose|shape|position)", "(?:form|make|into|in|like) (?:letter )?t\\b")),
    PostureRow("goalpost arms", ("goal ?-? ?posts?(?: arms?)?", "cactus arms?", "surrender")),
    PostureRow("star", ("star ?-? ?(?:fish|pose|shape|jump|position)?", "jumping jacks?", "(?:form|make) x")),
    PostureRow("arms in a low V", ("(?:low|upside down|inverted) v", f"{_ARMS} (?:\\w+ )?down and out")),
    PostureRow("arms in a V", (f"{_ARMS} (?:\\w+ )*?(?:in|into|like|form|make) (?:wide )?(?:v|y)\\b", "(?:v|y) ?-? ?(?:shape|pose)", "(?:form|make) (?:v|y)\\b")),
    PostureRow("arms out to the sides", (rf"{_RAISE} {_UP}{_ARMS} {_UP}(?:{_SIDES}|wide|sideways|apart)", rf"{_ARMS} (?:be )?(?:{_RAISE} )?{_UP}(?:{_SIDES}|wide|sideways)", f"(?:spread|open) {_ARMS}(?: wide| out| apart)*", f"(?:{_RAISE} )?{_ARMS} (?:\\w+ )?like (?:wings?|airplane|plane|bird)")),
    PostureRow("arms overhead", (rf"(?:{_RAISE} )?{_UP}{_ARMS} (?:be )?(?:{_RAISE} )?{_UP}(?:over ?-? ?head|(?:over|above) head|to (?:sky|ceiling))", rf"{_RAISE} {_UP}(?:both arms|arms) (?:straight )?up(?: high)?(?! to)")),
    PostureRow("arm overhead", (rf"(?:{_RAISE} )?SIDE (?:arm|hand) (?:be )?(?:{_RAISE} )?{_UP}(?:over ?-? ?head|(?:over|above) head|to (?:sky|ceiling))", rf"{_RAISE} SIDE (?:arm|hand) {_UP}over ?-? ?head")),
    PostureRow("arms forward", (rf"(?:{_RAISE} )?{_UP}{_ARMS} (?:be )?(?:{_RAISE} )?{_UP}(?:forwards?|in front(?: of (?:body|you|chest))?|ahead)", "zombie")),
    PostureRow("push", ("push (?:against |at )?(?:\\w+ )?(?:wall|door|car|something|thing)",)),
    PostureRow("stand with feet apart", (r"(?:stand )?with (?:foot|leg)s? (?:\w+ )?(?:wide )?apart", "wide (?:stance|stand)", "(?:stand )?legs? (?:spread|wide)(?: apart)?")),
    PostureRow("stand", ("stand (?:up )?(?:straight|tall|upright|erect|normally)", "stand up(?! (?:more|taller|bit|little|slightly|into|on|out|in))", "get (?:back )?up(?! (?:more|bit|little|on|onto|into|to|and|in))", "(?:get|rise|come|climb|jump) (?:back )?(?:up )?(?:to|on|onto) (?:both )?foot")),
)  # fmt: skip

VERBS: tuple[str, ...] = tuple(
    (
        "lie lay kneel sit squat crouch crawl lunge stand balance hop bend fold hinge bow hang jump leap kick step stride punch jab"
        " wave salute cross hug clasp join clap lock lace raise lift stretch reach extend hold put throw bring straighten spread open"
        " fling push fall roll drop get turn flop go rest lower touch take grab catch pull draw shoot propose duck hunker pray rub"
        " scratch stroke be do make form land come sink surrender double rise climb"
    ).split()
)
_NOUNS = {"feet": "foot", "toes": "toe", "thighs": "thigh"}
_SKIPPED = frozenset("the a an your his her their my its our this that".split())
_TOKEN = re.compile(r"[a-z0-9]+(?:'[a-z]+)?|[^\sa-z0-9]")
_BETWEEN = (
    r"(?: (?!(?:and|into|onto|to|in|on|then|stand|sit|kneel|squat|position|pose)\b)\w+){0,2} $"
)
_NEGATIONS = re.compile(
    rf"(?:\bnot|n't|\bnever|\bwithout|\bstop|\bavoid|\binstead of|\brather than|\bno longer){_BETWEEN}"
)
_LIKENESS = re.compile(
    r"\b(?:like|as if|as though|as when|resembl\w+|similar to|imagin\w+|pretend\w*|nearly|almost|about to|partway|quarter|third)\b"
)
_LEAVING = re.compile(rf"\b(?:from|out of|off|leav\w+){_BETWEEN}")
_STAYING = re.compile(rf"\bstill{_BETWEEN}")
_HOLDING = re.compile(
    r"\b(?:be|been|stay|remain|keep|stays|remains|keeps|staying|hold|in|of|while) $"
)
_ENTERING = re.compile(r"\b(?:into|onto|to|do|assume|form) (?:\w+ )?$")
_PARTS = "arm|hand|forearm|elbow|knee|leg|foot|thigh|shin|ankle|heel|toe|head|chin|chest|trunk|torso|back|hip|shoulder"
_SUBJECT = re.compile(
    rf"\b(?:left|right|(?:{_PARTS})s?|it|that|which) (?:(?:now|should|comes? to|be|still|also|far|both) )*$"
)
"""What moves or lies there is a limb, not the body: "the left thigh lies level"."""
_OBJECT = re.compile(rf"(?:it|them|left|right|(?:both )?(?:{_PARTS})s?)\b")
"""What is laid: "lay the hand on the hip"."""
_ARM_NOUN = re.compile(r"\b(?:arm|hand|forearm|elbow|palm|fist|fingertip)s?\b")
_RESTS = ("lie", "kneel")
"""Postures whose words also say where a hand rests: "the right hand on your back"."""
_ELLIPSIS = r"\bwith (left|right)(?=$| (?:$|[.;:!?,]|and |then ))"
"""The limb left out: "punch with the right"."""
_NEXT = re.compile(r"\b(left|right) $")
"""A side right before the act: "left punch"."""
_LEADING = frozenset(
    (
        "act also arm as balance be bend body both bow boy can child climb could crawl crouch dance do down find foot for forward"
        " from fully get girl give go guy hand have head hey high hold i if image imitate in into it jump just keep kick kid kneel"
        " knee lady lean left leg let lets let's lie lift like look lunge make man me more move need now of ok okay on one onto only"
        " out over people person photo picture play please pose position pretend put raise really right round seated see she he they"
        " show side sit so some somebody someone squat stand start still straight strike take them to together try turn two up us very"
        " walk want way we while who will with woman would you your himself herself yourself d i'd would step legs arms hands feet"
    ).split()
)
"""Words that may stand before an idiom in its clause, beside those for parts of the body."""
_CLAUSE = re.compile(r"(?:^| )(?:[.;:!?,]|and|then|while|but) ")


class PostureReader:
    """Finds what some rows say in texts.

    Args:
        rows: the first whose pattern starts earliest wins, the longer match before the shorter.
        verbs: whose forms are brought to their base before the patterns are tried.
    """

    def __init__(self, rows: tuple[PostureRow, ...], verbs: tuple[str, ...]) -> None:
        """Compile the patterns."""
        self._lemmas = _lemmas_of(verbs)
        patterns = " ".join(pattern for row in rows for pattern in row.patterns)
        written = re.findall(r"[a-z]+", re.sub(r"\\\\.|[?*+]", " ", patterns))
        self.vocabulary = frozenset({w for w in written if len(w) > 3} | set(self._lemmas))
        self._compiled = tuple((row, _compiled(row)) for row in rows)
        self._lemma = lru_cache(maxsize=20_000)(self._lemma_of)

    def _lemma_of(self, word: str) -> str:
        word = meant(word, self.vocabulary)
        return _NOUNS.get(word) or self._lemmas.get(word, word)

    def find(self, text: str) -> tuple[PostureWords, ...]:
        """The postures and acts that a text names, in its order."""
        line, spots = self._lemma_line(text)
        hits = [
            # A pattern may take the blank behind its last word along: "star".
            (match.start(), match.start() + len(match.group().rstrip()), -order, row, match)
            for order, (row, pattern) in enumerate(self._compiled)
            for match in pattern.finditer(line)
        ]
        hits.sort(key=lambda hit: (hit[0] - hit[1], -hit[2]))
        taken: list[tuple[int, int]] = []
        found = []
        for start, end, _, row, match in hits:
            if any(start < b and a < end for a, b in taken):
                continue
            taken.append((start, end))
            before = line[:start]
            clause = before[max((m.end() for m in _CLAUSE.finditer(before)), default=0) :]
            if _is_of_a_limb(row, match, clause) or (row.example and not _leads(clause)):
                continue
            first = text[slice(*spots[start])].lower()
            name, side = _meant_by(row, match, line)
            found.append(PostureWords(
                name, side, (spots[start][0], spots[end - 1][1]),
                negated=_NEGATIONS.search(before) is not None, leaves=_LEAVING.search(before) is not None,
                alike=_LIKENESS.search(clause) is not None or match.group().startswith("like "),
                stays=_STAYING.search(before) is not None,
                moves=_tells_motion(first, before, self._lemmas), wished=bool(row.example),
            ))  # fmt: skip
        return tuple(sorted(found, key=lambda words: words.span))

    def _lemma_line(self, text: str) -> tuple[str, dict[int, tuple[int, int]]]:
        """The lemmas joined by blanks, and the place in the text of every character of them."""
        lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
        parts: list[str] = []
        spots: dict[int, tuple[int, int]] = {}
        at = 0
        for token in _TOKEN.finditer(lowered.replace("\u2019", "'")):
            word = token.group()
            if word in _SKIPPED:
                continue
            lemma = self._lemma(word)
            for offset in range(len(lemma)):
                spots[at + offset] = token.span()
            parts.append(lemma)
            at += len(lemma) + 1
        return " ".join(parts) + " ", spots


def _lemmas_of(verbs: tuple[str, ...]) -> dict[str, str]:
    forms = {
        "lain": "lie",
        "lying": "lie",
        "laying": "lie",
        "is": "be",
        "are": "be",
        "was": "be",
        "were": "be",
        "being": "be",
    }
    for verb in verbs:
        lemma = "lie" if verb == "lay" else verb
        for form in (verb, third_person(verb), gerund(verb), past(verb), participle(verb)):
            forms.setdefault(form, lemma)
    return forms


def _compiled(row: PostureRow) -> re.Pattern[str]:
    assert row.name in POSTURES
    sided = [
        p.replace("SIDE", f"(?P<side{i}>left|right)", 1).replace("SIDE", "(?:left|right)")
        for i, p in enumerate(row.patterns)
    ]
    return re.compile(rf"(?<!\S)(?:{'|'.join(sided)})(?!\S)")


@cache
def _declared() -> PostureReader:
    return PostureReader(TABLE, VERBS)


def posture_vocabulary() -> frozenset[str]:
    """The words of the patterns, and the forms of their verbs."""
    return _declared().vocabulary


def find_postures(text: str) -> tuple[PostureWords, ...]:
    """The postures and acts that a text names, in its order.

    Where the words of two postures overlap, the longer wording counts: "kneel on one knee" is not "kneel" too.

    >>> [(p.name, p.side) for p in find_postures("Kneel on your right knee and wave with the left hand.")]
    [('kneel on one knee', 'right'), ('wave', 'left')]
    """
    return _declared().find(text)


def _leads(clause: str) -> bool:
    """Whether an idiom may stand after the words before it: "a person waving", not "a dog chasing"."""
    return all(word in _LEADING or word in NOUNS for word in clause.split())


def _meant_by(row: PostureRow, match: re.Match[str], line: str) -> tuple[str, str]:
    """The posture and the side that the words of a row mean."""
    side = _side_of(row, match, line)
    return (row.one, side) if row.one and side else (row.name, side)


def _is_of_a_limb(row: PostureRow, match: re.Match[str], clause: str) -> bool:
    """Whether the words speak of where a limb lies or goes, not of how the body is held."""
    words = match.group()
    if row.limb or POSTURES[row.name].is_gesture:
        return False
    if _SUBJECT.search(clause) or (words == "touch foot" and clause.endswith(("on ", "with "))):
        return True
    if not row.name.startswith((*_RESTS, "sit")):
        return False
    if words in ("lie", "sit") and _OBJECT.match(match.string, match.end() + 1):
        return True
    return not words.startswith(_RESTS) and _ARM_NOUN.search(clause) is not None


def _tells_motion(first: str, before: str, lemmas: dict[str, str]) -> bool:
    """Whether a posture's words, which begin with this one, say that the body goes there."""
    if _HOLDING.search(before):
        return False
    lemma = lemmas.get(first)
    bare = lemma is not None and first in (lemma, third_person(lemma))
    return (bare and first != "hold") or _ENTERING.search(before) is not None


def _side_of(row: PostureRow, match: re.Match[str], line: str) -> str:
    if not POSTURES[row.one or row.name].sided:
        return ""
    side = next((v for k, v in match.groupdict().items() if k.startswith("side") and v), "")
    if not side and row.limb:
        limb = re.compile(rf"\b(left|right) (?:{_LIMBS[row.limb]})\b|{_ELLIPSIS}")
        inside = limb.search(match.group()) or _NEXT.search(line[: match.start()])
        stop = _CLAUSE.search(line, match.end())
        after = limb.search(line, match.end(), stop.start() if stop else len(line))
        starts = [m.end() for m in _CLAUSE.finditer(line, 0, match.start())]
        ahead = list(limb.finditer(line, starts[-1] if starts else 0, match.start()))
        hit = inside or after or (ahead[-1] if ahead else None)
        side = next(filter(None, hit.groups())) if hit else ""
    return other_side(side) if row.swaps else side
