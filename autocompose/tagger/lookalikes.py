# ruff: noqa: SIM905 (a text is easier to read than a list of strings)
"""Right words that look like a slip; ``python -m tests.lookalike_words`` writes this file."""

LOOKALIKES = frozenset(
    """
abby able aboard aboss abou abouts aburger aces ached acher aches aching acing acks acorn adder
ading afire afootball agame agan aging agirl agle agles ailed ailing ails aime ainted airplanes
aise alain aland alies alife alight alike aline alion allen aller allo alls aloe alog alon alves
alway amed ameen ament amis amore amounts ance ancer anche ange angel angela angeles angelo angels
angle angler anglers angs ankles answers anthi antis ants apark aper aping apolice appe apper
apples arched archers archery arches arching archy arden ards arest aring arise armrest armys
arose arrest arrests arrow arrows arts arty aseball ased ases aside asses asso assy astride asure
atable atch ater ateral athan athing athletics aties atime ational attacks attitudes aturday aved
avel avery aves avid avoids award awards aways aweed awhile bach backs backward baird balls bally
bangle barley barrow bball bbing beach bead beagle beams beard beards bears beast beating beatz
beaut beds bedside begging begin bein beings bell bella belle bello bells belo below belts bera
bergs besides beta bicycles biker bikes bind binge bingo birds black blacks bladder blade bland
bleach blend blending blends bless blin blinds bling blink bloc block blocked blocking blocks blow
blower blowing blown blows boar boards bock boeing boer boko bones bonne books boone boost boot
booted booth boots bord border boring borne bother bottled bottles bottoms bought bounce bout
bowel bowled bowling bowls boxes boyd brace bracket braised breach breaches bread breads breasts
brent bride bright broad brock brody brook broom broth brown bruh buckets buckled buckles buckley
builders bulbs bullets bumps burgers burst burys bush bushes butte buttock buttocks buttons butts
cache caching cages cair cakes calif calle calls camel cameo cameras candles cane caps captains
carat carne carpets carr carriers carte carts cartwheel cary case cases cass caster catchers
catchy cate cath caves cean cease ceilings cello cells cene cest chai chain chair chairs chand
changed changer changers changes changing char chard chart chas chaser chasers checks chee cheeks
cheeky chek chell cher chers chery ches chet chickens chill china ching chino chips chopped
chopping chops chris christi christy chung cies cigarettes cion circles clamp clan clans clapping
class classy clays clean cleaned cleaning cleans cleanse cleansing clicks cline clips clock
clocked clocks clos closed closer closes closest closet clouds cloudy clough clover clubs coasters
coins cold colin combe combo combs comer comers comet comets comey comme coms concerto concerts
confuse coni contacts contract cook cooke cooked cooking cooks coop coops cora core corps cose
couch could counters coupe coupled couples cove cover covert cowboys cranes crat crater crates
cream create cred crest crested crew crimes cris crises crook crossings crow crowns crunchy cting
cuddles cured curing curls curly curve cute daesh danced dancers dances dane dawn dbacks dding
deals dealt decal decks deen defends dela delivers delivery dends derived devil dier ding dings
dinner directions directv dirty disc discs discuss distances divers dives diving djing dless dling
dodger doesn doge dogg doin dong donkeys donor donut doors doping dores doro dose doses dover
doves downe downs downwards dragged dragging drawings dread dreaded drie dried dries drin dripping
driven drivers droop droops dros drown drums drunk dues duke dunks dwell dying each eagles early
earns earts eased eases east ebook eclub edad edge edged edges eels eface efish eight eing elan
eland eless elets elife eline elion ello elly elvis embraced embraces ence ending endings ends
ened enight ennis enter entered entering enters epaper equals eras erase erased ering erock eron
eroom erose eter ethan eties event ever evers every ewing exercises extras eyebrows faced faces
faction faire fait fame farms father fats faust fball fears feast feelin feelings fees fella
fencer fences fere fete fever fevre ffer fibre fied fier fighters fights figured figures filing
finch finds fined finer fing fingers fiore fired fires fireworks first firsts fishy fits fives
flags flaming flapping flats fled fleet flickr flicks flies flin flips float flock floors flor
flotus flower flowering flowers flying font footballers footy forarm force forearms foreward forex
forge forgets form forma forme fort forte forum forums foto four fourth framed frames freed
freezer fright frock fron fronts fruits fruity fter fting full fully fying gain gamer games gard
garde gardens gears generals gente gents gest gestures gging ghead gian giants gifts ging girls
girly given giver gives gland glas glaze glazed glitter glock glue gluten goals goats goers goin
gola golfers gomes gong goode goods goody gopal gote goting gover goyal grace grail gras grassi
grasso grassy grazing greats gree greetings greta grin gring gris groom grounded grounds grove
grown grows guards guitars hair hairs hairy hali handstand handy hanged hank hanks hards hardt
hardy hari harms harp harrow hart haus haven haves heads headstand hear heard hearn hears hearts
hearty heat heated heating heats heave heaven heavens hebron heck hedge heel heights heir hele
hell helps hera here heres hern heroin heros highs hight hilly hines hints hist hitting hoes
holdings hole holme hols homer homes homie homme hone hook hooks hoops hoot hoover hoped hopes
hoping hore horizons horses hose hosp host hosted hosting hosts hough hover hump hurdler hurdles
hwang hyung icked icking icks ideal ides iger ight iland iles ilife ilion images imagined imagines
ince inch inclined inclines india indiana indians indicated indicates iner inge ingle ings inian
inked inking inks inline insider intro iphone iring irst isco ises islam isnow ists itable italk
itch ited ites ities iting itter iver jess jogging johan johns joint joints joni juts kamen
keating keel keeps kees keyboards keyes khand kier kline kneed knicks knights kyung lace laced
laces lacey lacking ladders lads lage laine lance lande landings lando lane lani lant lanterns
larger later latex latin latte layer leach leads leant learn learned learning learns learnt lease
leased leasing ledge ledger leep lefty lege leges legos leman lemans lena lending lengths lengthy
lens lent lest letes lette letters levels leven lever lian libs lied lief lien liers liest lifed
lifes liffe lifing light lightly lights liked liking limb limbo limbs limo lined linen liner lines
ling lings lining linkin lino lins lions lips lipse listens liter litters lives lock locke loftus
loin lone longs loos loosen looser lorde lords lose loser loses losing lots loud lounge lounging
lover lowe lowed lowes lowing lows lump lunes lungs lying mach mack madre mage maker makers mall
malone marc march marched marches marching mark marking markus marr marrow mars mary mash masking
matcha mater math matte matters mclean meade measured measures meats meetings meets mexicans minds
mindy mined minis mirrors mobil mobiles mode models mono monsters moons moore mored mornin
mornings moron morse moth mother mothers motorcycles mount mountains mourning mouths moved mover
movers moves movie movies mping mucha mucho munch muscles muth napping narrow nati nationals nears
necks needs needy neel nees nered neve newspapers nicer niche niece nigh nights nipples nock node
nodes noise norse noses noting nover obile occer ocks odor offers often oland oles oline olls oman
omes ooks ootball ooth openings opes ophone oppose orail oranges orders originals oring orship
orth otes others ouch ough ounce ound ounded ounge ours outh overs owed owing pace paced paces
pacing packaged packages pain paintings paints palace palaces palate palma pals pamper pane pano
pant pants papers parades parallels parcels parity part parte parted parth parting partly partners
party partying pasta paste paths pats patsy payer paying pays peach peak pear pears pearson pees
pencils pending pens pere pered pering pers persona persons perspectives pete peter peters pherson
phile philosophy phon phones phony photog photographers photos pian pianos piazza pickled pics
pictured pictures pieter pike piked piled piles pinch pine pinning pino pins pint pinto pints
pitchers pizzas place placed placer places placing plaid plain plan pland planed planes planet
planets plans plants plated plates plating platte play playa played players playing plays plea
pleads pleas pleased pledge pledged pledges pless plets plight pline pling plugs plunge plush
plying pockets pointe poise polis ponce pond pone pont posed poser poses posey positions poss
posse post pots pounds pover powder powers pper pping pple praise praised praises praising pras
prayers preach preaching prepared prepares pres presents prick pride print printer prise prisoners
problems prod profiles proof proposals props protects psalm psalms pumps puram puzzle quad quads
quaid qual quand quet quiet quit quite raced racer races rach raging rags raila rails rain raiser
raisin rally rame ramen rams rance ranch rane range rarest rass rate ravel rays read readings
rearward reclined reclines reds regions rejoice rends replaced replaces rera reset restling resto
returns rever reyes rial ricket rider rides ridge ridin ried rien ries rift rights ring ringing
ringo rings rink rinse ripped ripping rips risers risking rist rive roads rocks rocky rollers romo
rone ront roofs rook rooms ropes rosen roses rosie ross rosse round rounded rounds rover rown
rubbed rubbing rubin ruins rush rushed rushes rushing sacked sacks sade sage sair sake salam sall
salted sance sand sands sant sarmy sart sash sass saturdays save sawing sback sbaseball sbury
scans scence scenes scent scheer scissors sclub scoe scored scorer scores scot scots screams
screens screws scricket seagulls seared sears seated seating seats seconds sedge seeding seeds
seeking seeks seems sens sept serv served server serves sese settings settling seve sever sewing
sfootball shad shadows shair shaken shaker shakers shakes sham shame shank shaped shapes shar
shard sharpe shave shaved shaving shead shear shee sheen shep shere shes shields shine shines
shing shins shiny ships shoes shone shook shootings shopped shopping shops shore shores short shot
shots shout shove shovel shown shows sick sided sider siders sideward siding sier sies sigh sight
sightly sights signals signs sill sinc sine singh singing singles sings sinner sins sist sites
skate sker skulls skunk slain slams slan sland slaps slash slate slated slay slayed slaying slays
sledge slee sleepy sleeves slide slider sliders slides slife sling slips slit slower slows slum
smalls smatter smobile smoked smoker smokes smokey smore sneaky snowy soars sofia solar soldiers
soles solid solve solves someones somes somethin somme sonar sone sora sore sover spain spann
spans spar spark sparked sparks sparty spawn speaks speare spears spend spending spends spent
spiders spie spiked spikes spin spine sping spit spitting splay splits splus spolice sport spots
spout spray sprayed spraying springs springy sprints sproud squad squads squared squarer squares
ssing ssoccer stable stacks stacy stad stag staged stages stair stairs stake stakes staking stalk
stall stan stances standings stans stare stark starling starr starred starring stars start started
starting starts starve starving starz stas stasy stat state statues statute stays steele steen
steep stennis steph stering stic sticky stics stier sties stik stil stills stilted stime stink
stips stis stle stok stoke stoked stokes stol stole stom stomache stomp ston stoned stoner stones
stoney stoop stops stor stra strack straddled strain strand straps strat stray stre stree streets
stri stries striker strikers string strophy struck stuart stuk styled styles subjects suing suits
sung superb supper suppose sured sures surge swamp swamy swatch sways sweat sweep swell swin
swings swipe swords sworld tables tablet tache tack tage tain taker takers tale talking talks
tally tangle tangled tank tanks tapas taped tapes taping tares targets tart tary taxis tball teach
teachers tears tease teased teases teasing teenth tells telly tempe temples tending tends thall
thane thang thani thank thanku thanx thard thats thead thee theirs theme theon there thered theres
thern theyre thia thian thik thill thin things thingy thinkers thinkin thinks thman thome thorough
though thought thren thro throughs thrusts thub thugs thumbs tick ticking ticks tide tides tier
tiers tiest tigers tights tiled tiles tilla tilly timed timer times ting tings tinker tiptoe
tiptoes tired tires tise tist tists titled tives tland tless tmobile tone tones tool toro tors
tose totes touchdowns tough trace tracy trail trainers trains tran trap trapped traps travelled
travelling trays tread tree trees trell tried tries trill tripping trippy trips trock troll
trolling trolls troom trope trose trough trow truck trucking trucks trump trunks trust trusting
trusts trying tting tucks tuned tuning turin turnt tweed twell twill twit tying ulate ulls
umbrellas unch uncles unde unders untilt uper upton upwards urope using vball veen veer veil
vending versy victor vide videos views vini void voted voter votes wait waite waits waking walkers
walks walla walls wally walsh walt wants ward warms warriors wars wasnt watchers water ways wear
weare wearing wears weave weaving wedge weeds weep weeping weigh weighs weights welcomed welcomes
wells wentz wered weren whats whead wheat wheel wheels where whispers whistler whopping whos wich
widen wider width wien wifey wight wigs wilde wilder wills willy winder windy wing winged wings
winner wins wiring witch witches wold wonders woop word wounds wrestle wrestlers wright wrists
xion xtra years yeats ying youre yours zhang zombies
""".split()
)
"""Words one slip away from one that the reader knows, which mean what they say."""
