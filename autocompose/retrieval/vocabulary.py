# ruff: noqa: SIM905 (a text is easier to read than a list of strings)
"""Words of the demo's training texts; ``python -m tests.vocabulary`` writes this file."""

KNOWN_WORDS = frozenset(
    """
a about above across add aeroplane after again against ahead aim aimed aiming air airplane alike
all almost alone along alongside also an and angle angled angles angling ankle ankles answer
answering ants any apart arabesque arc arch arched archer arches arching are arm armed arms around
arrow as aside asking astride at attention audience away baby back back's backed backside
backswing backward backwards balance balanced balancing ball ballet balls bank banking bar barely
basketball be beach beam bear bearing becomes bed beetle before behind being bell belly below
bench bend bending bends beneath bent beside between beyond big bigger bird bit blade block
blocking blocks blowing boat body bolt book both bottom bow bowed bowing bowler bowling box boxer
boxer's boxing bracing branch bras breast breath bring bringing broad brought bug bum bunny bus
but buttock buttocks by cab calf call called calves can car carries carry carrying cart cartwheel
cat catch catching caught ceiling celebrate celebrating centre centred chair change changing
cheering chest chicken child child's chin clasp clasped class clear clearing clearly climb
climbing climbs clock close closer closes cobra cocked coin cold come comes coming completely cop
corner crab crate crawl crawling crescent crook crooked cross crossed crosses crossing crossover
crouch crouched crouches crouching crowd crown crunch curl curled curling curtsy curve curved
curves curving dab dance dancer dangle dangles dangling dark de dead deep deepen deeper deeply
degree degrees diagonal diagonally dip dipped dipping dips direction directions directly disco
dive diver diving do dog doing doll don't donkey door down downward draw drawbridge drawing drawn
draws drift drifting drifts drinking drive driven drives driving droop drooping drop dropped
dropping drops ducking each ear ears ease eases easing easy edges edging eighty either elbow
elbows else end ending ends equally even evenly ever everything exactly extend extended extending
extends eye eyes face faces facing fairly fall falling falls far farther feel feeling feet fence
fencer fifteen fifty fight fighting figure find fingers fingertips finish fire firm firmly first
fist fists five flagging flagpole flamingo flared flat flatten flattens flatter flex flexed flexes
flexing flick flicked flicks flies flight fling float floating floats floor floorward flop flower
flung fly flying fold folded folding folds follow following follows foot foot's footballer footed
footing for forearm forearms forehead forklift form forty forward fours frame freed freeze friend
frog from front full fully further gap garden gate gather gathered gaze gazing gentle gently get
gets getting give given gives giving glide glider gliding go goal goalie goalkeeper goalpost goes
going golf gone good grab greeting groin ground guard guarding guards gull gunslinger gymnast's
had hailing hair half halfway hand hand's handed handing handle handlebars hands handstand hang
hanging hangs happy hard hardly has hauled have he head head's headfirst headstand headward heavy
heel heels height held hello her here heron hides high higher highest hike hinge hinged hint hip
hips his hitch hitched hitting hoist hold holding holds hook hooked hoop hop hopping horizontal
horse hover hovering hovers hug huge hugging hunch hunched hundred hurdle hurdler hydrant i ice if
imaginary imagine in incline included inner inside instead into inverted invisible inward inwards
is ish it it's its itself jack jaw jog jogger jogger's jogging join joining joins jump jumper
jumping just keep keeping keeps kept kick kicked kicking kicks kind king kite knee kneed kneel
kneeling kneels knees knight knows l lace laid lamp lamppost land landing lands lap lawnmower lay
lean leaned leaning leans leap leave leaves leaving left leftward leg legged legs lengthen less
let letter letting level lie lies lift lifted lifting lifts light lightly like likewise limp line
little load loaded lock locked locks log long longer look looking looks loose loosely loosen
loosened loosening looser lot lounging low lower lowered lowering lowers lowest lunge lunging
lying make makes making march marching match me meanwhile meet meeting meets mid middle midline
mild mildly moderate moderately moon more morning most mostly mountain mouth move moved moves
moving much mug mummy must name narrow narrower naturally near nearer nearing nearly nears neat
neck need needle new next ninety no normal normally not note nothing now oar oath of off offering
on once one only onto open opened opening opens opposite or other out outside outstretched outward
outwards over overhead own painted pair palm palms parallel parcel part partly partway pass passes
passing past pause peak peeking peel peeling peering pelvis penguin perch perfectly person phone
pick picked picking pike piked pistol pitch pitched place placed placing plain plane plank plant
planted planting plants player please plumb plus point pointing points poke pokes poking politely
port pose position posts power pram praying press pressed presses pressing pretend progress prone
prop proper proposal proposing propped propping props proud puddle pull pulled pulling pulls
pumping punch pupil puppet push pushed pushes pushing put putting quad question queue quite race
rag rail raise raised raising ramp rather reach reaches reaching reading ready rear rearward
recline relax relaxed relaxes release remain remaining remains rest resting rests returns reversed
ribs ride rider riding right rightward rise rises rising rock roll rolled rolling rolls rope ropes
rotate rotated rotates rotating roughly round rounded rounding rounds rowing ruler run runner
runner's running runs saddle sag said same sapling sat saying scarecrow scissor scissors scorpion
seal searching seat seated see seen seesaw self send separate serve set sets setting settle
settles settling shake shallow shape share shared sharp sharply she shelf shield shielding shift
shifted shifting shifts shin shins shoe shoelace shoot shooting shoots shopping short shorten shot
should shoulder shoulders shove show showing shrug shrugging side sides sideways signpost simple
simply single sink sinking sinks sit sits sitting sixty skater skater's skating ski skier sky
skyward slack slant slanted slanting slants sleep sleeping sleepwalker slid slide slides sliding
slight slightly slip slipping slips slope slopes sloping slow slump small sneaking so soft soften
softened softening softens softer softly soldier sole some someone someone's somersault something
somewhat sort speed sphinx spine spiral split splits spot spread spreading spring springing
springy sprint sprinter sprinter's square squared squarely squat squats squatting stack stacked
stacks stagger staggered stair stalled stance stand standing stands star starfish start starting
stay staying stays steady steadying steep steeply steering step stepped stepping steps stick
sticking sticks stiff still stomach stool stoop stooped stooping stop stopping stork straddle
straddled straight straighten straightened straightening straightens straighter stream stretch
stretched stretches stretching stride striding string stroke stroll stubborn stuck style sumo sunk
superhero superman support supported supporting sure surfboard surfer surrendering swap sway
swaying swearing sweep sweeping sweeps swept swimmer swing swinging swings switch swung t table
tabletop take taken takes taking tall taller target taxi teapot ten tending tennis tent testing
than that the their them then there they thigh thighs thinking third thirty this those though
threading three through throw thrown tidier tidy tie tight tighter tightly tightrope till tilt
tilted tilting tilts time tiny tip tipped tipping tips tiptoe tiptoes to toe toes together too top
torso touch touches touching toward towards towel toy traffic trail trailing trails travel travels
tray tree triangle trolley trunk try trying tuck tucked tucking tucks tumble tumbling tummy turn
turned turning turns twenty twist twisted twisting twists two tying type unbend unbending unbends
unbent unchanged uncross uncrossed uncrosses uncrossing uncurl under underneath undo undone unfold
unfolded unfolding unfolds unroll untangle until untuck untucked untwist untwisted unwind unwrap
up upper upright upside upward upwards v vertical vertically very victory volleyball waist waiting
waking walk walked walker walking wall want warm warrior watching wave waving way ways weed
weeding weight weighted well were what wheel where which while who whole whose wide widen widens
wider width wind winding windmill wing wings with without wobbling wobbly won wrap wrestler x y
yoga you you're you've your yourself zombie
""".split()
)
"""Words that people use when they speak of poses, with all that stands between them."""
