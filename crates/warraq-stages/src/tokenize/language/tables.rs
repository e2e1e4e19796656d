//! What the tokenizers know about each language: word lists and conventions, nothing that is run.
//!
//! The lists are general knowledge about these languages, written down for this project; the conventions are those of
//! Universal Dependencies, as far as they differ from UAX #29. Words are separated by spaces and, unless said otherwise, in
//! lower case.

/// What becomes of a hyphen between words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tokenize) enum Hyphen {
    /// It parts them, except behind a `joined_prefix` and before a `joined_suffix`.
    Parts,
    /// It makes one word of them, except before an `enclitic` (French).
    Joins,
    /// It makes one word of them unless both ends are names (Russian).
    JoinsCommon,
}

/// The table of one language.
#[derive(Clone, Copy, Debug)]
pub(in crate::tokenize) struct Table {
    /// The primary subtag of BCP 47.
    pub(in crate::tokenize) tag: &'static str,
    /// Frequent words by which the language is told from others; `x'` and `'x` are what comes before and after an apostrophe.
    pub(in crate::tokenize) function_words: &'static str,
    /// Abbreviations after whose full stop a sentence goes on, whatever comes next: titles, and what stands before a number
    /// or a name. In the case they are written in, without the last full stop.
    pub(in crate::tokenize) before_more: &'static str,
    /// The other abbreviations: a sentence may end with them.
    pub(in crate::tokenize) abbreviations: &'static str,
    /// What is parted from the word after the apostrophe, without the apostrophe.
    pub(in crate::tokenize) elided: &'static str,
    /// Words with an apostrophe, a hyphen or a slash in them that are never parted.
    pub(in crate::tokenize) whole: &'static str,
    pub(in crate::tokenize) hyphen: Hyphen,
    /// Pronouns that are words of their own after the hyphen, which goes with them: `-il`.
    pub(in crate::tokenize) enclitics: &'static str,
    pub(in crate::tokenize) joined_prefixes: &'static str,
    pub(in crate::tokenize) joined_suffixes: &'static str,
    /// Units of measurement that are parted from the digits before them.
    pub(in crate::tokenize) units: &'static str,
    /// What may follow a number and an apostrophe in the same word: `*` stands for anything in lower case.
    pub(in crate::tokenize) number_suffixes: &'static str,
    /// Whether a word may go on in lower case after a closing quotation mark (Turkish).
    pub(in crate::tokenize) suffix_after_quote: bool,
    /// Whether an apostrophe after `s` is part of the word, where it closes no quotation.
    pub(in crate::tokenize) final_apostrophe: bool,
    /// Whether one or two digits with a full stop are an ordinal before a word in lower case or, if the second is set, before
    /// any word that is no function word.
    pub(in crate::tokenize) ordinals: (bool, bool),
    /// Whether `!!` and the like are one token.
    pub(in crate::tokenize) runs: bool,
    /// Whether spaces stand between groups of three digits.
    pub(in crate::tokenize) spaced_thousands: bool,
    /// Whether the percent sign belongs to its number.
    pub(in crate::tokenize) percent: bool,
    /// Whether four digits, a slash or a dash and two or four digits are one token.
    pub(in crate::tokenize) year_ranges: bool,
    /// Whether a number with parts in brackets, as in laws, is one token.
    pub(in crate::tokenize) sections: bool,
    /// Whether directional marks behind a word or number are a part of it, as UAX #29 has it (rule WB4).
    pub(in crate::tokenize) directional_marks: bool,
    /// Whether groups of digits with dashes between them, the last one of four, are one token.
    pub(in crate::tokenize) telephones: bool,
    /// Whether one letter in upper case with a full stop is an initial.
    pub(in crate::tokenize) initials: bool,
    /// Whether sentences are taken to begin in lower case, too.
    pub(in crate::tokenize) lower_starts: bool,
    /// The first words of a salutation or a closing formula of a letter, which is a sentence up to its comma.
    pub(in crate::tokenize) salutations: &'static str,
    /// Whether a dateline with a dash and a colon is a sentence.
    pub(in crate::tokenize) datelines: bool,
}

/// The table of a language about which nothing is known, from which the others start.
const NONE: Table = Table {
    tag: "und",
    function_words: "",
    before_more: "",
    abbreviations: "",
    elided: "",
    whole: "",
    hyphen: Hyphen::Parts,
    enclitics: "",
    joined_prefixes: "",
    joined_suffixes: "",
    units: "",
    number_suffixes: "",
    suffix_after_quote: false,
    final_apostrophe: false,
    ordinals: (false, false),
    runs: false,
    spaced_thousands: false,
    percent: false,
    year_ranges: false,
    sections: false,
    directional_marks: false,
    telephones: false,
    initials: false,
    lower_starts: false,
    salutations: "",
    datelines: false,
};

/// The languages, the first one being that of texts whose language is not known. Some are here only so that their texts are
/// not taken for those of a neighbour.
pub(super) const TABLES: &[Table] = &[
    Table { before_more: "Mr Mrs Ms Dr Prof", ..NONE },
    Table {
        tag: "en",
        function_words: "the of and to a in is that it for was on are with as his they be at this have from or had by not but \
            what all were we when your can said there an which she do their if will how about would i my you he has 's 't 're \
            've 'll 'd",
        before_more: "Mr Mrs Ms Messrs Dr Drs Prof Rev Hon Fr Sr St Ste Mt Ft Capt Cpt Col Gen Lt Maj Sgt Cpl Adm Cmdr Gov Sen \
            Rep Pres Amb Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec No Nos Vol Fig Figs pp vs ext approx cf e.g i.e \
            al viz ca",
        abbreviations: "Inc Corp Co Cos Ltd Bros Jr Esq etc a.m p.m Ave Blvd Rd Mon Tue Tues Wed Thu Thur Thurs Fri dept \
            Dept Univ est Est min max tel Tel Assn Pvt PVT LTD Ph.D",
        whole: "b/c w/ w/o n/a a/c c/o",
        joined_prefixes: "e anti non counter mis re over under pre post semi co vice ex sub inter intra multi un micro mini \
            mega ultra de dis out super trans pro",
        units: "k kb mb gb tb mm cm km kg mg ml hr hrs hz khz mhz ghz mph p",
        number_suffixes: "s",
        final_apostrophe: true,
        runs: true,
        telephones: true,
        initials: true,
        lower_starts: true,
        salutations: "dear hi hello hey thanks thank regards best kind kindest warm warmest sincerely yours cheers",
        ..NONE
    },
    Table {
        tag: "fr",
        function_words: "le la les de des du et en un une est que qui dans pour au aux par sur pas plus ce cette il elle nous \
            vous sont avec ne se son sa ses ou été mais leur ont d' l' qu' n' s' c' j' à",
        before_more: "M MM Mme Mmes Mlle Mlles Me Mgr Dr Pr St Ste av ap n° vol chap fig env cf p.ex tél Cie boul bd hab",
        abbreviations: "etc J.-C apr ed éd coll",
        elided: "l d j m t s n c ç qu jusqu lorsqu puisqu quoiqu",
        whole: "aujourd'hui c'est-à-dire quelqu'un quelqu'une presqu'île prud'homme prud'hommes prud'homal rendez-vous \
            chez-moi chez-soi garde-à-vous sauve-qui-peut",
        hyphen: Hyphen::Joins,
        enclitics: "je tu il elle on nous vous ils elles ce moi toi lui leur le la les y en",
        units: "h min km m cm mm kg g ha km² m² km/h kw mw go mo ko l cl",
        spaced_thousands: true,
        initials: true,
        ..NONE
    },
    Table {
        tag: "de",
        function_words: "der die das und in den von zu mit sich des auf für ist im dem nicht ein eine als auch es an werden aus \
            er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur \
            bis mehr durch man sein wurde ich wir",
        before_more: "Dr Prof Hr Hrn Fr St Nr Nrn Art Abs ca bzw bspw z.B z.T z d.h u.a o.a v.a i.d.R vgl inkl exkl evtl ggf \
            gem zzgl max min mind Std Tel Az Bd Kap Abb Ing Dipl Jan Feb Apr Aug Sept Okt Nov Dez Mio Mrd usf v.Chr n.Chr \
            geb gest sog allg bes Hrsg hrsg Str St.-Nr ehem",
        abbreviations: "etc usw u.s.w Co GmbH s.o s.u jr sen Chr",
        final_apostrophe: true,
        ordinals: (true, true),
        initials: true,
        whole: "'s",
        ..NONE
    },
    Table {
        tag: "ru",
        function_words: "и в не на что с по как это он но из его для от был она то за к о так же бы у было при или до только \
            после они под об во со также является был были года году который которые между",
        before_more: "т ок ул им проф акад доц ген полк св стр рис см ср напр букв сокр род ум гл ред реж илл обл р-н пл пр пер \
            д кв т.е т.н т.к н ст с тыс млн млрд фр нем англ лат итал исп рус греч кит яп пос дер оз р о",
        abbreviations: "г гг в вв е э к и пр др чел руб коп долл км кг час мин сек тел экз spp sp",
        hyphen: Hyphen::JoinsCommon,
        joined_prefixes: "юго северо западно восточно южно центрально санкт гран генерал вице экс контр обер унтер",
        year_ranges: true,
        initials: true,
        ..NONE
    },
    Table {
        tag: "tr",
        function_words: "ve bir bu da de için ile olarak çok daha gibi olan en ne kadar ama o ben sonra var mi değil ki her \
            şey diye olduğu ise göre kendi veya dedi 'de 'da 'den 'dan 'nin 'nın 'in 'ın 'e 'a",
        before_more: "Dr Prof Doç Yrd Av Alb Gen Sn Hz St No vb.s bkz örn Cad Sok Mah",
        abbreviations: "vb vs yy MÖ MS Ltd Şti A.Ş",
        number_suffixes: "*",
        suffix_after_quote: true,
        ordinals: (true, false),
        initials: true,
        ..NONE
    },
    Table {
        tag: "az",
        function_words: "və bir bu da də üçün ilə olan kimi daha çox ki o hər sonra olaraq idi ən olduğu var isə görə öz edir \
            edib 'də 'da 'nin 'nın",
        before_more: "Dr Prof akad c cild səh bax",
        abbreviations: "və s",
        number_suffixes: "*",
        joined_suffixes: "ci cı cu cü dək nin nın",
        suffix_after_quote: true,
        initials: true,
        ..NONE
    },
    Table {
        tag: "it",
        function_words: "il di che la e un una in è per non sono con si del della dei delle nel nella alla al da le gli come \
            anche più ma lo i ha dal l' d' dell' all' nell' un' questo essere era o",
        before_more: "sig Sig sigg dott Dott dott.ssa prof Prof ing avv on geom arch mons art artt pag pagg n nn vol cap fig cfr \
            es ca tel S SS",
        abbreviations: "ecc etc a.C d.C spa S.p.A S.r.l",
        elided: "l un d c s m t v n dell all nell sull dall coll quest quell bell sant dov com anch nient cos null tutt gl \
            quand neanch nessun ciascun alcun qualcun mezz trent vent quarant cinquant senz",
        whole: "po' mo' di' da' fa' va' sta' be' ca'",
        initials: true,
        ..NONE
    },
    Table {
        tag: "ca",
        function_words: "el la els les de i a en un una que per amb és no es del al dels als com més ha va però aquest aquesta \
            són seu seva també l' d' s' n' m' 'n 'l 's perquè si o",
        before_more: "Sr Sra Srs Dr Dra Prof St Sta núm pàg vol cap fig tel art",
        abbreviations: "etc aC dC",
        elided: "l d s n m t",
        joined_suffixes: "se ho hi lo la los les li me te ne en nos vos en-hi s'ho",
        initials: true,
        ..NONE
    },
    Table {
        tag: "es",
        function_words: "el la los las de y en un una que es por con no se del al para como más su lo sus pero ha son fue este \
            esta también entre ya o muy sin sobre ser",
        before_more: "Sr Sra Srta Sres D Dña Dr Dra Prof Lic Ing Gral Cnel núm pág págs vol cap fig tel art Av Ud Uds",
        abbreviations: "etc a.C d.C EE.UU S.A",
        initials: true,
        ..NONE
    },
    Table {
        tag: "pt",
        function_words: "o a os as de e em um uma que é por com não se do da dos das ao no na nos nas para como mais seu sua \
            mas foi são este esta também entre já ou muito sem ele ela",
        before_more: "Sr Sra Srta Dr Dra Prof Eng Exmo Gen Cel núm pág págs vol cap fig tel art Av",
        abbreviations: "etc a.C d.C S.A",
        initials: true,
        ..NONE
    },
    Table {
        tag: "nl",
        function_words: "de het een van en in is dat op te zijn voor met die niet aan er om ook als dan maar bij uit door over \
            ze hij werd naar heeft hebben deze wordt nog geen ik 's",
        before_more: "dr prof mr ir ing drs St bijv nr blz ca resp vgl jl m.b.t d.w.z",
        abbreviations: "enz etc e.d o.a",
        initials: true,
        ..NONE
    },
    Table {
        tag: "sv",
        function_words: "och att det i en som på är av för med till den har de inte om ett han men var jag sig från vi så kan när \
            hade eller ut då under över",
        ..NONE
    },
    Table {
        tag: "da",
        function_words: "og at det i en som på er af for med til den har de ikke om et han men var jeg sig fra vi så kan når \
            havde eller ud da under over blev",
        ..NONE
    },
    Table {
        tag: "pl",
        function_words: "i w na z do nie się że to jest o jak po co za od przez dla są był ale tak czy oraz jego jej być \
            który która tym przy lub",
        ..NONE
    },
    Table {
        tag: "uk",
        function_words: "і в не на що з по як це він але із його для від був вона та за до у або під й є",
        ..NONE
    },
    Table {
        tag: "bg",
        function_words: "и в не на че с по как това той но от за да се е са си при или до към през със му ще",
        ..NONE
    },
    Table { tag: "he", percent: true, sections: true, year_ranges: true, directional_marks: true, ..NONE },
    Table { tag: "fa", datelines: true, ..NONE },
    Table { tag: "ur", ..NONE },
    Table { tag: "ar", ..NONE },
];
