//! Number words, powers of ten and currencies in Arabic, English and French, as data.

use crate::fold::Folder;
use std::collections::HashMap;

/// What a word says about numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sense {
    /// A number below a hundred.
    Small(u64),
    /// Hundreds: 100, or that many of them in one word.
    Hundreds(u64),
    /// A power of ten, and how many of it the word itself says (`مليونين` is 2); 1 otherwise.
    Scale(u32, u64),
    /// A currency, by its ISO 4217 code where the word alone says which.
    Currency(Option<&'static str>),
    /// The country of a currency: what `دينار`, `ريال` and so on are then.
    Country(&'static str),
    /// `percent`, and the two words of `في المئة`.
    Percent,
}

use Sense::{Currency, Hundreds, Percent, Scale, Small};

const WORDS: &[(Sense, &str)] = &[
    (Small(1), "واحد,واحدة,one,un,une"),
    (Small(2), "اثنان,اثنين,اثنتان,اثنتين,two,deux"),
    (Small(3), "ثلاثة,ثلاث,three,trois"),
    (Small(4), "أربعة,أربع,four,quatre"),
    (Small(5), "خمسة,خمس,five,cinq"),
    (Small(6), "ستة,ست,six"),
    (Small(7), "سبعة,سبع,seven,sept"),
    (Small(8), "ثمانية,ثماني,ثمان,eight,huit"),
    (Small(9), "تسعة,تسع,nine,neuf"),
    (Small(10), "عشرة,عشر,ten,dix"),
    (Small(11), "eleven,onze"),
    (Small(12), "twelve,douze"),
    (Small(13), "thirteen,treize"),
    (Small(14), "fourteen,quatorze"),
    (Small(15), "fifteen,quinze"),
    (Small(16), "sixteen,seize"),
    (Small(17), "seventeen"),
    (Small(18), "eighteen"),
    (Small(19), "nineteen"),
    (Small(20), "عشرون,عشرين,twenty,vingt"),
    (Small(30), "ثلاثون,ثلاثين,thirty,trente"),
    (Small(40), "أربعون,أربعين,forty,quarante"),
    (Small(50), "خمسون,خمسين,fifty,cinquante"),
    (Small(60), "ستون,ستين,sixty,soixante"),
    (Small(70), "سبعون,سبعين,seventy,septante"),
    (Small(80), "ثمانون,ثمانين,eighty,huitante"),
    (Small(90), "تسعون,تسعين,ninety,nonante"),
    (Hundreds(100), "مئة,مائة,مئات,hundred,hundreds,cent,cents"),
    (Hundreds(200), "مئتان,مئتين,مائتان,مائتين"),
    (Hundreds(300), "ثلاثمئة,ثلاثمائة"),
    (Hundreds(400), "أربعمئة,أربعمائة"),
    (Hundreds(500), "خمسمئة,خمسمائة"),
    (Hundreds(600), "ستمئة,ستمائة"),
    (Hundreds(700), "سبعمئة,سبعمائة"),
    (Hundreds(800), "ثمانمئة,ثمانمائة"),
    (Hundreds(900), "تسعمئة,تسعمائة"),
    (Scale(3, 1), "ألف,ألفا,آلاف,الف,thousand,thousands,mille"),
    (Scale(3, 2), "ألفان,ألفين"),
    (Scale(6, 1), "مليون,مليونا,ملايين,million,millions"),
    (Scale(6, 2), "مليونان,مليونين"),
    (Scale(9, 1), "مليار,مليارا,مليارات,بليون,بلايين,billion,billions,milliard,milliards"),
    (Scale(9, 2), "ملياران,مليارين"),
    (Scale(12, 1), "تريليون,تريليونا,تريليونات,trillion,trillions"),
    (Percent, "%,٪,percent,pourcent,pour cent,per cent,في المئة,في المائة,بالمئة,بالمائة"),
    (Currency(Some("USD")), "$,us$,دولار,دولارا,دولارات,dollar,dollars,usd"),
    (Currency(Some("EUR")), "€,يورو,euro,euros,eur"),
    (Currency(Some("GBP")), "£,إسترليني,استرليني,pound,pounds,sterling,livres,gbp"),
    (Currency(Some("JPY")), "¥,ين,yen,yens,jpy"),
    (Currency(Some("CNY")), "يوان,yuan,yuans,cny"),
    (Currency(Some("RUB")), "₽,روبل,rouble,roubles,ruble,rubles"),
    (Currency(Some("INR")), "₹,روبية,روبيات,rupee,rupees,roupie,roupies"),
    (Currency(Some("ILS")), "₪,شيكل,شيقل,shekel,shekels"),
    (Currency(Some("CHF")), "chf"),
    (Currency(None), "ريال,ريالا,ريالات,riyal,riyals,rial,rials,riyals"),
    (Currency(None), "درهم,درهما,دراهم,dirham,dirhams"),
    (Currency(None), "دينار,دينارا,دنانير,dinar,dinars"),
    (Currency(None), "جنيه,جنيها,جنيهات"),
    (Currency(None), "ليرة,ليرات,lira,liras,livre"),
    (Currency(None), "فرنك,فرنكا,franc,francs"),
];

/// Currencies by the word that names them, and by the country behind it.
const COUNTRIES: &[(&str, &str, &str)] = &[
    ("ريال,ريالا,ريالات,riyal,riyals", "سعودي,سعوديا,سعودية,saudi,saoudiens", "SAR"),
    ("ريال,ريالا,ريالات,riyal,riyals", "قطري,قطريا,قطرية,qatari,qataris", "QAR"),
    ("ريال,ريالا,ريالات,rial,rials", "عماني,عمانيا,عمانية,omani,omanis", "OMR"),
    ("ريال,ريالا,ريالات,rial,rials", "يمني,يمنيا,يمنية,yemeni,yéménites", "YER"),
    ("ريال,ريالا,ريالات,rial,rials", "إيراني,إيرانيا,إيرانية,iranian,iraniens", "IRR"),
    ("درهم,درهما,دراهم,dirham,dirhams", "إماراتي,إماراتيا,إماراتية,emirati,émiratis", "AED"),
    ("درهم,درهما,دراهم,dirham,dirhams", "مغربي,مغربيا,مغربية,moroccan,marocains", "MAD"),
    ("دينار,دينارا,دنانير,dinar,dinars", "كويتي,كويتيا,كويتية,kuwaiti,koweïtiens", "KWD"),
    ("دينار,دينارا,دنانير,dinar,dinars", "بحريني,بحرينيا,بحرينية,bahraini", "BHD"),
    ("دينار,دينارا,دنانير,dinar,dinars", "أردني,أردنيا,أردنية,jordanian,jordaniens", "JOD"),
    ("دينار,دينارا,دنانير,dinar,dinars", "عراقي,عراقيا,عراقية,iraqi,irakiens", "IQD"),
    ("دينار,دينارا,دنانير,dinar,dinars", "جزائري,جزائريا,جزائرية,algerian,algériens", "DZD"),
    ("دينار,دينارا,دنانير,dinar,dinars", "تونسي,تونسيا,تونسية,tunisian,tunisiens", "TND"),
    ("دينار,دينارا,دنانير,dinar,dinars", "ليبي,ليبيا,ليبية,libyan,libyens", "LYD"),
    ("جنيه,جنيها,جنيهات,pound,pounds,livres", "مصري,مصريا,مصرية,egyptian,égyptiennes", "EGP"),
    ("جنيه,جنيها,جنيهات,pound,pounds", "إسترليني,استرليني,إسترلينيا,استرلينيا,sterling", "GBP"),
    ("جنيه,جنيها,جنيهات,pound,pounds", "سوداني,سودانيا,سودانية,sudanese", "SDG"),
    ("ليرة,ليرات,lira,liras,livre,livres", "لبنانية,lebanese,libanaises", "LBP"),
    ("ليرة,ليرات,lira,liras,livre,livres", "سورية,syrian,syriennes", "SYP"),
    ("ليرة,ليرات,lira,liras,livre,livres", "تركية,turkish,turques", "TRY"),
    ("فرنك,فرنكا,franc,francs", "سويسري,سويسريا,swiss,suisses", "CHF"),
    ("دولار,دولارا,دولارات,dollar,dollars", "أميركي,أمريكي,أميركيا,أمريكيا,american,américains", "USD"),
    ("دولار,دولارا,دولارات,dollar,dollars", "كندي,كنديا,canadian,canadiens", "CAD"),
    ("دولار,دولارا,دولارات,dollar,dollars", "أسترالي,أستراليا,australian,australiens", "AUD"),
];

/// Looks words up, folded.
pub(super) struct Lexicon {
    senses: HashMap<Box<str>, Sense>,
    /// The code of a currency word and the word behind it.
    countries: HashMap<(Box<str>, Box<str>), &'static str>,
}

impl Lexicon {
    pub(super) fn new(folder: &Folder) -> Self {
        let fold = |word: &str| -> Box<str> {
            let folded = folder.phrase(word);
            // A sign that folds to nothing else is its own word.
            if folded.is_empty() { word.into() } else { folded.into() }
        };
        let mut senses = HashMap::new();
        for (sense, words) in WORDS {
            for word in words.split(',') {
                senses.entry(fold(word)).or_insert(*sense);
            }
        }
        let mut countries = HashMap::new();
        for (currencies, names, code) in COUNTRIES {
            for currency in currencies.split(',') {
                for name in names.split(',') {
                    countries.entry((fold(currency), fold(name))).or_insert(*code);
                }
            }
        }
        for (_, name) in countries.keys() {
            senses.entry(name.clone()).or_insert(Sense::Country(""));
        }
        Lexicon { senses, countries }
    }

    /// What a word says, or two words with a space between them.
    pub(super) fn sense(&self, word: &str) -> Option<Sense> {
        self.senses.get(word).copied()
    }

    /// The code of a currency with a word behind it that says which.
    pub(super) fn code(&self, currency: &str, behind: &str) -> Option<&'static str> {
        // A map by pairs of texts cannot be asked without one; currencies are rare enough.
        self.countries.get(&(currency.into(), behind.into())).copied()
    }
}
