# ruff: noqa: SIM905 (a text is easier to read than a list of strings)
"""Right words that look like a slip; ``python -m tests.lookalike_words`` writes this file."""

LOOKALIKES = frozenset(
    """
able abou abouts aces ached acher aches aching acing acks agan agle agles aime airplanes aise
alain aland alies alife alight alike aline allen aller allo alls alog alon alves alway amed amis
amore amounts ange angel angeles angels angler anglers angs ankles anthi antis ants apark archers
archery archy ards arest aring arise armys arose arrest arrow arrows arts ased ases aside astride
asure atable atch ater ateral athan athing atime aved avel avery aves avid avoids awards aways
awhile backs backward baird bangle barley barrow bbing beach beams bears beast beds bedside bein
beings bell belo binge bingo birds black blacks blade bland blend blending blends bless bling
block blocked blocking blocks blow blower blowing blows boeing boer bones bonne boone boot booted
booth boots border boring borne bother bottoms bought bout bowled bowling bowls boxes boyd braised
breach breaches breasts brent bright brody broom broth brown buckley burst butte buttock buttons
butts caching cages cair calif camel cameo cameras caps carpets carr carriers cartwheel cary
catchers catchy cath caves cease ceilings cest chai chain chair chairs chand changer changers
changing char chee cheeks cheeky chek ches chet china ching chino chips chopped chopping chops
chung clamp clapping class clays clean cleaned cleaning cleans cline clock clocked clocks clos
closest closet cold combe comer comers comet comets comey comme coms contacts contract cook cooked
cooking cooks coop coops cora cose couch counters coupe coupled couples cover crest crested crises
crossings crow crowns cured curing curly cute dawn dbacks deals dealt decal dela dends ding dinner
directions directv dless doesn doin dong donkeys donor donut doors doping dores doro dose doses
dover doves downe downs downwards dragged dragging drawings dread dripping droop droops dros drown
dwell each early earns earts edad edge edged edges eels eface efish eight eing elan eland eless
elets elife eline ello elly elvis ending endings ends ened enter entered entering enters equals
eras erase erased ering eroom erose ethan event evers exercises faced faces faction fame farms
father fball fears fella fete fever fied filing finch finds fined finer fing fingers fiore first
firsts fishy fits flaming flapping flats fleet flies flin float flock floors flor flotus flower
flowering flowers flying font footy forarm force forearms foreward forex forge forgets form forma
forme fort forte forum forums foto four fourth framed frames fright fron fronts fter full fully
gain gard gears generals gents gest ghead ging gland glaze glazed glock goals goats goers goin
gola gomes gong goode goods goody gopal gote goting gover goyal grail gras grassi grasso grassy
grazing greats greta grin gring gris groom grounds guards hair hairs hairy handstand handy hanged
hari harms harp harrow hart haus haven heads headstand hear heard hears hearts hearty heat heaven
heavens hedge heel heights heir hele hell helps here heres highs hight hines hist hoes holdings
hole hols hook hoops hoot hoover hoped hopes hoping hose hosp host hosted hosting hosts hough
hover hwang hyung icked icking icks ideal ides ight iland iles ilife images imagined imagines ince
iner inge ingle ings inking inks insider intro iring irst ises ists itable itch joint joints joni
juts keel kees keyes khand kline kneed knicks lace laced laces lacey lacking lads laine lance
lande landings lando lane lani latin leach learn learned learning learns learnt lease leased
leasing ledge ledger lefty lege leges legos leman lemans lena lending lengths lengthy lens lent
lest letes lette letters levels leven lever lian libs lied lief lien liers liest lifed lifes liffe
lifing light lightly liked limb limbo limbs lined linen liner lines ling lings lips lives lock
locke loftus longs loos lose loser loses losing lots lounge lounging lover lowe lowes lump lunes
lungs lying mach madre mage maker makers mall march marched marches marching marking marrow
masking matcha mater math matte matters meade meetings minds mindy mined moore mored mornin
mornings morse moth mother mount mourning mouths mover movers movie movies mucha mucho munch muth
narrow nati nears necks needy neel nees nered neve nipples noise norse noses noting nover ocks
odor oland oles oline olls omes ooks openings opes oppose orail orders originals oring orth otes
others ouch ound ours outh overs owed owing pace paced paces pacing palace palaces palma pals pane
pant pants parallels part parte parth party partying pasta paste pats payer paying pays peach
pears pearson pees pending pens pere pered pering pers persona persons perspectives peter peters
pherson photog photos pickled pics pictured pictures piked pinch pine pinning pins pint pinto
pints pitchers place placed placer places placing plaid plain plan pland planed planes planet
planets plans plated plating play played playing plays pleas pleased pledge pless plets pline
plugs plunge plush plying pointe poise pone pont posed poser poses posey positions poss posse post
pots pover pper praise praised praises praising pras prayers preach preaching pres prick prise
problems proof props psalm psalms quad quads quaid qual quand quiet quit rach raging rags raila
rails raiser raisin rame rams ranch rass ravel rays read rearward regions rends rera reset
restling resto rever reyes rial rien ries rift rights ring ringing ringo rings rinse ripped
ripping rips risers risking rist romo rone ront roofs rook rooms ropes rosen roses rosie ross
rosse round rounded rover rown rubbed rubbing rubin ruins sage sake sall salted sance sand sands
sant sart sawing sback scent scot scots screens sears seats seconds sedge seeding seeds seeking
seeks seems sens sept sese settings settling sever sewing shair shaker shakers shame shank shaped
shapes shar sharpe shave shaving shead sheen shere shes shields shine shines shing shiny ships
shone shootings shopped shopping shops shore shores shot shots shovel shown shows sick sided sider
siders sideward siding sies sigh sight sightly sights sill sinc singing singles sings sinner sins
sist sites skulls skunk slain slan sland slated slay slayed slaying slays sledge slide slider
sliders slides slife slower slum smalls smatter smore soles solid solve solves someones somes
somethin somme sover spain spark sparked sparks spend spending spends spent spie spine sping
spitting splus sport spots spout spray sprayed spraying squad squads squarer stable stacy stad
stag staged stages stair stake stakes staking stall stan stances standings stans stare stark
starling starr starred starring stars start started starting starts starve starving starz stas
stasy stat state statues statute steen steep steph stic sticky stics stik stil stills stilted
stime stink stips stis stle stok stoke stoked stokes stol stole stomache stomp stops stor stra
strand strat stray stre stree stries string struck stuart stuk styled styles subjects suing suits
sung supper suppose sured sures surge swamp swamy swatch sweat swell swin swings tables tablet
tage taker takers tale talking tally tangle tangled tapas taped tapes taping tares targets tart
tball teach tears tease teased teases teasing tending tends thall thane thang thani thank thanx
thats thead thee theirs theme theon there thered theres thern theyre thian thik thill thin things
thingy thinkers thinkin thinks thman thorough thought thren thro throughs thub thugs tick ticking
ticks tights tiled tilla tilly timed timer times ting tinker tiptoe tist tists titled tland tless
tones tool toro tors tose totes tough trail trapped traps travelled travelling tree trees trill
tripping trippy trips troll trolling trolls troom trope trose trough trow truck trucking trucks
trump trunks trust trusting trusts tuned tuning turin turnt twell twit tying ulls unch unde unders
untilt uper upton upwards urope veen veer vending versy views void wait waits waking walla walls
wally ward warms warriors wars wasnt watchers ways weare wears weave weaving wedge weep weeping
weigh weights wells wentz wered weren whats whead wheat wheel wheels where whopping whos wich
widen wider width wien wight wigs wilde wilder wills willy winder windy wing winged wings winner
wins witch witches wold woop wounds wright years ying yours zhang zombies
""".split()
)
"""Words one slip away from one that the reader knows, which mean what they say."""
