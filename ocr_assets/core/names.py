"""What proper names look like in print, and words that are capitalised without being one."""

from typing import Final

UPPER: Final = "A-ZÀ-ÖØ-Þ"
NAME: Final = (
    rf"[{UPPER}](?:[\w'\u2019]{{0,40}}[^\W\d_])(?:-[{UPPER}][^\W\d_]{{1,40}}){{0,3}}(?![^\W\d_]|[\u0300-\u036f])"
)
"""A capitalised word of at least two letters: Smith, O'Brien, Jean-Pierre, GEORGE.

Of bounded length: else each of the capitals in A'A'A'A'… is looked from to the end of the text, for every pattern.
"""
INITIAL: Final = rf"[{UPPER}]\."
PARTICLE: Final = (
    r"(?:(?:van|von|vom|zu|zur|de|di|da|del|della|dos|du|le|la|ter|bin)[ ](?:der[ ]|den[ ]|dem[ ]|la[ ])?)"
)

_ENGLISH: Final = """
    the a an and or of for in on at by to from with as is are was were be been this that these those it its his
    her their our your my we you he she they i if when while since because after before under over about into
    through during between against all any each every some no not only also more most other such same new first
    last next both many two three here there where what which who whose how why please see note section chapter
    page part table figure appendix example total item name date signature title subject dear mr mrs ms dr yes
    no however therefore although thus once do does did may can will would should shall must have has had let
    use using per via within without
    copyright vol no nos jan feb mar apr jun jul aug sep sept oct nov dec"""
_GERMAN: Final = """
    der die das den dem des ein eine einer eines einem einen und oder von vom zu zum zur in im am an auf aus bei
    beim mit nach seit für über unter vor wie als ist sind war waren wird werden wurde nicht nur auch noch wenn
    weil dass daß ob er sie es wir ihr ich sein seine seiner ihre ihrer unsere diese dieser dieses jede alle
    einige durch gegen ohne um bis hat haben kann firma seite kapitel abschnitt abbildung tabelle betreff datum
    sehr geehrte geehrter bitte hier dort dann da"""
_FRENCH: Final = """
    le la les l' un une des du de d' et ou à au aux en dans sur sous par pour avec sans est sont était ont a il
    elle ils elles nous vous je ce cet cette ces son sa ses leur leurs notre nos votre qui que quoi dont où si
    mais donc car ne pas plus comme entre selon société page chapitre section tableau figure annexe date objet
    cher chère"""
STOP_WORDS: Final = frozenset(f"{_ENGLISH} {_GERMAN} {_FRENCH}".split())
"""In lower case. At the start of a sentence they look like the beginning of a name."""
_NO_SURNAMES: Final = """
    secrétaire président présidente trésorier maire assistant chapter appendix
    academy act airport arbor association avenue award bank bay beach book boulevard bridge building calendar
    castle cathedral cemetery center centre church city clinic club college committee company corporation
    council county court creek day department district drive fellowship fort foundation fund gallery garden
    group hall heights high hill hospital hotel house institute international island islands lake lane law
    library management medal medical memorial middle mission model mountain museum national north office park
    plan point policy port press price prize project property report river road room school science sciences
    services south square stadium station store street studio team test theatre theater theorem tower town trail
    trust united university valley village wing zoo january february march april june july august september
    october november december monday tuesday wednesday thursday friday saturday sunday straße strasse platz
    allee schule universität stiftung verlag kirche preis haus museum gesellschaft gymnasium januar februar märz
    mai juni juli oktober dezember rue place avenue école église prix musée christ god gott dieu gmbh ag inc
    corp ltd llc email phone fax tel office officer president director manager engineer analyst präsident
    präsidenten direktor minister ministre kanzler doktor professor herr herren frau frauen monsieur madame
    mister kollege kollegen rechtsanwalt bürgermeister chairman chief vice senior junior general generals
    secretary member members board staff human resources information technology marketing finance sales
    operations product research development quality customer business health
"""
NO_SURNAMES: Final = frozenset(_NO_SURNAMES.split())
"""Words that end no person's name, in lower case."""
IN_NAMES: Final = frozenset(("le", "la", "de", "du", "des", "van", "von", "der", "den", "di", "da"))
"""Stop words that names have in them."""
_TOO_GENERAL: Final = """
    research start end date time
    company corporation insurance limited group bank association society commission university college institute
    foundation private public general national international local commercial state federal central health life
    auto travel pet medical dental vision property liability holding holdings partners services community art
    human social professional business savings investment major data blood food memory question test
"""
TOO_GENERAL: Final = frozenset(_TOO_GENERAL.split())
"""Words that make no organisation's name by themselves, in lower case."""
