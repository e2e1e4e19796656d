//! The words of time in Arabic, English and French, as data. A new word is a word in one of these lists.
//!
//! Arabic month names: the Levantine (Syriac) ones, those of Egypt, Sudan and the Gulf, those of Tunisia and Algeria, those of
//! Morocco, and the Hijri months; Persian months of the solar Hijri calendar as well. Spellings are folded before they are
//! compared (`crate::fold`), so that hamza, ta marbuta and alef maqsura need no variants.

use super::value::{Calendar, Mod, Unit};
use crate::fold::Folder;
use std::collections::HashMap;

/// What a word says about time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sense {
    /// A month; `weak` ones are ordinary words too and need something beside them that speaks of time.
    Month { number: u8, calendar: Calendar, weak: bool },
    /// A day of the week, from 1, Monday.
    Weekday(u8),
    /// A unit of time, and how many of them the word itself says (`يومين` is 2); 0 where it says nothing.
    Unit(Unit, u32),
    /// A whole number in words.
    Number(u32),
    /// Last, this, next (-1, 0, 1), before what it is said of.
    Before(i32),
    /// The same, after it.
    After(i32),
    /// `a`, which counts as one before a unit.
    Article,
    /// A day by its distance from the day of writing.
    Day(i32),
    /// `من` between day and month, `of`, `de`.
    Of,
    /// A word before a bare year: `منذ`, `since`, `depuis`.
    Since,
    /// A word before a bare year that stands before other numbers, too: `في`, `in`, `en`.
    In,
    /// Before a length of time: so long ago.
    AgoBefore,
    /// After a length of time: so long ago.
    AgoAfter,
    /// A word that bounds a length of time: more than, less than, about.
    Bound(Mod),
    /// A word that makes of a unit what happens again and again.
    Every,
    /// After a year: of the Hijri, or of the Christian era.
    Era(Calendar),
    /// After a time of day: hours to add to those before twelve.
    Half(u8),
    /// `الساعة`, before a time of day.
    Clock,
}

use Calendar::{Gregorian, Hijri, Persian};
use Sense::{After, Before, Day, Month, Number, Weekday};

/// Months: for each number the names, those that are ordinary words too marked with `?`.
const MONTHS: &[(Calendar, [&str; 12])] = &[
    (
        Gregorian,
        [
            "يناير,كانون الثاني,جانفي,january,jan?,janvier,janv?",
            "فبراير,شباط,فيفري,february,feb?,février,févr?",
            "مارس?,آذار,march?,mar?,mars?",
            "أبريل,نيسان,أفريل,april,apr?,avril,avr?",
            "مايو,أيار,ماي?,may?,mai?",
            "يونيو,يونية,حزيران,جوان,june,jun?,juin",
            "يوليو,يولية,تموز,جويلية,يوليوز,july,jul?,juillet,juil?",
            "أغسطس,آب?,أوت?,غشت,august,aug?,août",
            "سبتمبر,أيلول,شتنبر,september,sept?,sep?,septembre",
            "أكتوبر,تشرين الأول,october,oct?,octobre",
            "نوفمبر,تشرين الثاني,نونبر,november,nov?,novembre",
            "ديسمبر,كانون الأول,دجنبر,december,dec?,décembre,déc?",
        ],
    ),
    (
        Hijri,
        [
            "محرم?,المحرم?",
            "صفر?",
            "ربيع الأول",
            "ربيع الآخر,ربيع الثاني",
            "جمادى الأولى,جمادى الأول",
            "جمادى الآخرة,جمادى الثانية,جمادى الثاني",
            "رجب?",
            "شعبان?",
            "رمضان",
            "شوال?",
            "ذو القعدة,ذي القعدة",
            "ذو الحجة,ذي الحجة",
        ],
    ),
    (
        Persian,
        ["فروردین", "اردیبهشت", "خرداد", "تیر?", "مرداد", "شهریور", "مهر?", "آبان?", "آذر?", "دی?", "بهمن", "اسفند"],
    ),
];

const WEEKDAYS: [&str; 7] = [
    "الاثنين,الإثنين,monday,lundi",
    "الثلاثاء,tuesday,mardi",
    "الأربعاء,wednesday,mercredi",
    "الخميس,thursday,jeudi",
    "الجمعة,friday,vendredi",
    "السبت,saturday,samedi",
    "الأحد,sunday,dimanche",
];

/// Units: the words for one or many, and those that mean two.
const UNITS: &[(Unit, &str, &str)] = &[
    (Unit::Second, "ثانية,ثوان,ثواني,seconds,seconde,secondes", "ثانيتين,ثانيتان"),
    (Unit::Minute, "دقيقة,دقائق,minute,minutes", "دقيقتين,دقيقتان"),
    (Unit::Hour, "ساعة,ساعات,hour,hours,heure,heures", "ساعتين,ساعتان"),
    (Unit::Day, "يوم,يوما,أيام,day,days,jour,jours", "يومين,يومان"),
    (Unit::Week, "أسبوع,أسبوعا,أسابيع,week,weeks,semaine,semaines", "أسبوعين,أسبوعان"),
    (Unit::Month, "شهر,شهرا,أشهر,شهور,month,months,mois", "شهرين,شهران"),
    (Unit::Year, "سنة,سنوات,سنين,عام,عاما,أعوام,year,years,an,ans,année,années", "سنتين,سنتان,عامين,عامان"),
    (Unit::Decade, "عقد,عقدا,عقود,decade,decades,décennie,décennies", "عقدين,عقدان"),
    (Unit::Century, "قرن,قرنا,قرون,century,centuries,siècle,siècles", "قرنين,قرنان"),
];

const NUMBERS: &[(u32, &str)] = &[
    (1, "one,un,une,واحد,واحدة"),
    (2, "two,deux,اثنين,اثنتين"),
    (3, "three,trois,ثلاثة,ثلاث"),
    (4, "four,quatre,أربعة,أربع"),
    (5, "five,cinq,خمسة,خمس"),
    (6, "six,ستة,ست"),
    (7, "seven,sept,سبعة,سبع"),
    (8, "eight,huit,ثمانية,ثماني,ثمان"),
    (9, "nine,neuf,تسعة,تسع"),
    (10, "ten,dix,عشرة,عشر"),
    (12, "twelve,douze"),
    (15, "fifteen,quinze"),
    (20, "twenty,vingt,عشرين,عشرون"),
    (30, "thirty,trente,ثلاثين,ثلاثون"),
    (40, "forty,quarante,أربعين,أربعون"),
    (50, "fifty,cinquante,خمسين,خمسون"),
];

const OTHERS: &[(Sense, &str)] = &[
    (Before(-1), "last,past"),
    (Before(0), "this,هذا,هذه,ce,cet,cette"),
    (Before(1), "next,coming"),
    (
        After(-1),
        "الماضي,الماضية,الماضيين,المنصرم,المنصرمة,الفائت,الفائتة,dernier,dernière,derniers,dernières,passé,passée",
    ),
    (After(0), "الحالي,الحالية,الجاري,الجارية"),
    (After(1), "المقبل,المقبلة,القادم,القادمة,prochain,prochaine,prochains,prochaines"),
    (Sense::Article, "a,an"),
    (Day(0), "اليوم,today,aujourd'hui"),
    (Day(-1), "أمس,البارحة,yesterday,hier"),
    (Day(-2), "أمس الأول,أول أمس,avant-hier"),
    (Day(1), "غدا,tomorrow,demain"),
    (Day(2), "بعد غد,après-demain"),
    (Sense::Of, "من,of,de,d'"),
    (Sense::Since, "منذ,حتى,خلال,مطلع,أواخر,أوائل,نهاية,بداية,صيف,شتاء,since,until,during,depuis,jusqu'en,courant"),
    (Sense::In, "في,in,en,by"),
    (Sense::AgoBefore, "قبل,il y a"),
    (Sense::AgoAfter, "ago,مضت,خلت"),
    (Sense::Bound(Mod::MoreThan), "أكثر من,أزيد من,more than,over,plus de,plus d'"),
    (Sense::Bound(Mod::LessThan), "أقل من,less than,under,moins de,moins d'"),
    (Sense::Bound(Mod::Approx), "نحو,حوالي,قرابة,زهاء,about,around,nearly,environ,près de,près d'"),
    (Sense::Every, "كل,every,each,chaque"),
    (Sense::Era(Hijri), "هـ,هجري,هجرية,ah"),
    (Sense::Era(Gregorian), "م,ميلادي,ميلادية,ad,ce"),
    (Sense::Half(0), "صباحا,am,a.m."),
    (Sense::Half(12), "مساء,pm,p.m."),
    (Sense::Clock, "الساعة"),
];

/// Looks words up, folded, alone and with the one after them.
pub(super) struct Lexicon {
    ids: HashMap<Box<str>, u32>,
    senses: Vec<Vec<Sense>>,
    /// Words that an entry of several words begins with.
    first_words: HashMap<Box<str>, usize>,
}

impl Lexicon {
    pub(super) fn new(folder: &Folder) -> Self {
        let mut lexicon = Lexicon { ids: HashMap::new(), senses: Vec::new(), first_words: HashMap::new() };
        let mut add = |words: &str, sense: &dyn Fn(bool) -> Sense| {
            for word in words.split(',').filter(|word| !word.is_empty()) {
                let (word, weak) = word.strip_suffix('?').map_or((word, false), |word| (word, true));
                lexicon.add(&folder.phrase(word), sense(weak));
            }
        };
        for (calendar, months) in MONTHS {
            for (number, names) in (1..).zip(months) {
                add(names, &|weak| Month { number, calendar: *calendar, weak });
            }
        }
        for (number, names) in (1..).zip(WEEKDAYS) {
            add(names, &|_| Weekday(number));
        }
        for &(unit, names, duals) in UNITS {
            add(names, &|_| Sense::Unit(unit, 0));
            add(duals, &|_| Sense::Unit(unit, 2));
        }
        for &(number, names) in NUMBERS {
            add(names, &|_| Number(number));
        }
        for &(sense, names) in OTHERS {
            add(names, &|_| sense);
        }
        lexicon
    }

    fn add(&mut self, words: &str, sense: Sense) {
        let count = words.split(' ').count();
        if let Some((first, _)) = words.split_once(' ') {
            let longest = self.first_words.entry(first.into()).or_default();
            *longest = count.max(*longest);
        }
        let next = self.senses.len() as u32;
        let id = *self.ids.entry(words.into()).or_insert(next);
        if id == next {
            self.senses.push(Vec::new());
        }
        let senses = &mut self.senses[id as usize];
        if !senses.contains(&sense) {
            senses.push(sense);
        }
    }

    /// The entry of a word, or of several with a space between them.
    pub(super) fn id(&self, words: &str) -> Option<u32> {
        self.ids.get(words).copied()
    }

    /// What an entry may say.
    pub(super) fn senses(&self, id: u32) -> &[Sense] {
        &self.senses[id as usize]
    }

    /// How many words the longest entry has that begins with this one; 1 if there is none of several words.
    pub(super) fn longest(&self, first: &str) -> usize {
        self.first_words.get(first).copied().unwrap_or(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::Folds;

    #[test]
    fn every_month_and_weekday_has_names() {
        let folder = Folder::new(Folds::default());
        let lexicon = Lexicon::new(&folder);
        for (words, expected) in [
            ("كانون الأول", Month { number: 12, calendar: Gregorian, weak: false }),
            ("غشت", Month { number: 8, calendar: Gregorian, weak: false }),
            ("جويليه", Month { number: 7, calendar: Gregorian, weak: false }),
            ("ذي القعده", Month { number: 11, calendar: Hijri, weak: false }),
            ("Mars", Month { number: 3, calendar: Gregorian, weak: true }),
            ("الأربعاء", Weekday(3)),
            ("سنتين", Sense::Unit(Unit::Year, 2)),
        ] {
            let id = lexicon.id(&folder.phrase(words)).expect(words);
            assert!(lexicon.senses(id).contains(&expected), "{words}");
        }
        assert_eq!((lexicon.longest(&folder.phrase("كانون")), lexicon.longest("x")), (2, 1));
    }
}
