//! Lines that name what they are by their words: "read also", "share", signatures, copyright, the mark of the end.
//!
//! Rules look at the folded line ([`names::folder`]): small letters without accents and vowel signs, the forms of alef as one,
//! straight quotes, and a space for a hyphen between words.

use super::names::{self, Names};
use super::{Kind, features};
use crate::fold::{Folder, Gap};
use regex::{Regex, RegexSet};
use std::fmt::Write;

/// What may stand before the words of a rule: bullets, brackets, arrows.
const BEFORE: &str = r#"^[\s\-*•●▪■◆►▶»«>"'(\[{|/#:.=_~+]*"#;
/// What may stand after them.
const AFTER: &str = r#"[\s\-*•»«<>"')\]}|/#:.=_~…!←→]*$"#;
/// A separator and then the title of another article, a name or an address; or nothing.
const TAIL: &str = r#"(?:\s*[:|\->»«"'/…]+.*[^.!?:,]|[\s:|\-.…<>»«"']*)$"#;

/// Kinds and the words they begin with; whatever follows must be parted from these.
const OPENINGS: &[(Kind, &str)] = &[
    (
        Kind::ReadAlso,
        "اقرا(?:وا|ي)? ?(?:ايضا|كذلك|المزيد)|اقرا(?:وا|ي)? (?:في|من) (?:هذا الملف|نفس الموضوع)|طالع(?:وا)? ايضا|\
         شاهد(?:وا|ي)? (?:ايضا|المزيد)|تابع(?:وا)? ايضا|انظر ايضا|للمزيد|المزيد|لمزيد من التفاصيل|قد يهمك(?: ايضا)?|\
         قد يعجبك(?: ايضا)?|لا يفوتك|(?:اخبار|مواضيع|موضوعات|مقالات|مواد) (?:ذات صله|متعلقه|مشابهه|مرتبطه)|\
         (?:خبر|موضوع|مقال) (?:ذو|ذات|متعلق|مرتبط) ?(?:صله)?|\
         (?:also )?read (?:also|more|next)|also read|see also|watch also|related(?: (?:articles?|stories|story|news|coverage|content|topics|links|posts?))?|\
         more on this(?: story)?|more from .{1,40}|you may (?:also )?like|recommended(?: for you| reading)?|don't miss|top stories|\
         (?:a )?lire aussi|a lire(?: egalement)?|lire(?: egalement| la suite| plus)|voir aussi|a voir aussi|sur le meme sujet|\
         en savoir plus|articles? (?:lies?|connexes?|similaires?)|a decouvrir(?: aussi)?|ne manquez pas",
    ),
    (
        Kind::Source,
        "المصدر|المصادر|مصدر الخبر|نقلا عن|رابط (?:الخبر|المقال|الموضوع|المصدر)(?: (?:ب|في |علي |من )?.{1,30})?|\
         sources?|original source|source article|via|source de l'article|lien (?:de l'article|vers l'article)",
    ),
    (
        Kind::Byline,
        "كتب(?:ت|ته|ه|ها)?|بقلم|اعداد|اعده|اعدته|اعده للنشر|تقرير|تحرير|تغطيه|ترجمه|حوار|حاوره|حاورته|تصوير|\
         words by|written by|reported by|edited by|photos? by|photographs? by|author|auteur|\
         redige par|ecrit par|publie par|propos recueillis par|photos?",
    ),
];

/// Kinds and patterns of whole lines, with nothing but [`BEFORE`] and [`AFTER`] around them.
const WHOLE: &[(Kind, &str)] = &[
    // With these words the title may follow at once.
    (Kind::ReadAlso, r"(?:اقرا(?:وا|ي)? ايضا|طالع ايضا|read also|also read|lire aussi|a lire aussi)(?: \S+){1,20}"),
    (
        Kind::Share,
        r"(?:شارك(?:ها|ه|وا)?|شاركنا|انشر|مشاركه|ارسل) (?:هذا |هذه )?(?:الخبر|المقال|الموضوع|الصفحه|القصه|المقاله)(?: (?:علي|عبر|مع|الي) .{1,60})?",
    ),
    (Kind::Share, r"(?:شارك|مشاركه|انشر)(?: (?:علي|عبر) NETWORK)?"),
    (
        Kind::Share,
        r"(?:تابعونا|تابعنا|تابعوا|انضم(?:وا)? الي(?:نا)?|اشترك(?:وا)? (?:في|ب)) ?.{0,20}(?:قناتنا|نشرتنا|النشره|حسابنا|صفحتنا|NETWORK).{0,60}",
    ),
    (
        Kind::Share,
        r"(?:share|tweet|pin|email|print)(?: (?:this|the) (?:article|story|post|page|news)(?: (?:on|via|with|to) .{1,50})?| (?:on|via) NETWORK)?",
    ),
    (
        Kind::Share,
        r"(?:follow|like|find|join) us on .{1,60}|(?:subscribe to|sign up (?:for|to)) (?:our|the) .{0,40}(?:newsletters?|channel|alerts?|podcast)",
    ),
    (Kind::Share, r"partage[rz](?: (?:cet article|l'article|cette page)(?: sur .{1,50})?| sur NETWORK)?"),
    (
        Kind::Share,
        r"(?:suivez|rejoignez) nous sur .{1,60}|abonnez vous (?:a|au) .{0,40}(?:newsletter|chaine|infolettre|lettre d'information)",
    ),
    (Kind::Share, r"NETWORK(?:[\s,|/·•و+-]+NETWORK)+"),
    (
        Kind::Copyright,
        r"(?:©|\(c\)\s*\d{4}|copyright\s*(?:©|\(c\)|[\d:]+)|(?:جميع|كافه|كل) الحقوق محفوظه|حقوق (?:النشر|الطبع|الملكيه) .{0,20}محفوظه|all rights reserved|tous droits(?: de .{1,30})? reserves).{0,140}",
    ),
    (Kind::Copyright, r"copyright|حقوق (?:النشر|الطبع)"),
    (
        Kind::Agency,
        r"(?:(?:بالاتفاق|بالتعاون|بالاشتراك|بالتنسيق) مع|خدمه|نقلا عن|خاص ب|with|in association with|avec)?[\s{(\x22'»«-]*(?:SIGNATURE)(?:[\s,|/+&)(\x22'-]+(?:(?:و|and|et|مع|with|avec) ?)?(?:SIGNATURE))*",
    ),
    (
        Kind::Byline,
        r"(?:by|par|(?:words|written|reported|edited) by|(?:redige|ecrit|publie|propos recueillis) par) NAME",
    ),
];

/// Networks and buttons, which make a line of buttons where two or more of them are all there is.
const NETWORK: &str = "(?:facebook|twitter|x|whatsapp|telegram|linkedin|instagram|reddit|pinterest|messenger|email|e mail|print|copy link|\
    share|فيسبوك|فيس بوك|تويتر|واتساب|واتس اب|تليجرام|تلغرام|تيليغرام|لينكد ان|لينكدان|انستغرام|انستقرام|ماسنجر|طباعه|ارسال|\
    نسخ الرابط|مشاركه|شارك|البريد(?: الالكتروني)?|partager|imprimer|envoyer|copier le lien|courriel)";

/// The mark of the end, as it is written: words of an end between strokes, or signs alone.
const END: &str = r"^\s*(?:(?:[/\\(\[*ـ=_•–—-]+\s*)+(?:انته[ىي]|انتهت|ENDS?|FIN|30)\s*(?:[/\\)\]*ـ=_•–—-]+\s*)+|انته[ىي]\s*[/.]*|#{3,}|ENDS|(?:-\s*)?FIN(?:\s*-))\s*$";

/// What makes a line a note on rights wherever it stands in it.
const RIGHTS: [&str; 4] =
    ["all rights reserved", "جميع الحقوق محفوظه", "tous droits reserves", "tous droits de reproduction reserves"];

/// The longest line that is looked at, in bytes.
const LONGEST: usize = 400;
/// The most words of a byline.
const MOST_WORDS: usize = 6;

/// The rules, compiled.
#[derive(Clone)]
pub(crate) struct Rules {
    patterns: RegexSet,
    kinds: Vec<Kind>,
    end: Regex,
}

impl Rules {
    pub(crate) fn new(names: &Names) -> Self {
        let mut signatures = String::new();
        for name in names.signatures() {
            let _ = write!(signatures, "{}{}", if signatures.is_empty() { "" } else { "|" }, regex::escape(name));
        }
        let (mut patterns, mut kinds) = (Vec::new(), Vec::new());
        for (kind, words) in OPENINGS {
            kinds.push(*kind);
            patterns.push(format!("{BEFORE}(?:{words}){TAIL}"));
        }
        for (kind, whole) in WHOLE {
            kinds.push(*kind);
            let whole = whole
                .replace("NETWORK", NETWORK)
                .replace("SIGNATURE", &signatures)
                .replace("NAME", r"\p{L}[\p{L}.']*(?: \p{L}[\p{L}.']*){1,4}");
            patterns.push(format!("{BEFORE}(?:{whole}){AFTER}"));
        }
        let constant = "the patterns are constants, but for escaped names";
        Rules {
            patterns: RegexSet::new(patterns).unwrap_or_else(|e| unreachable!("{constant}: {e}")),
            kinds,
            end: Regex::new(END).unwrap_or_else(|e| unreachable!("{constant}: {e}")),
        }
    }

    /// What a line is. `edge`: whether it is one of the first or last lines, where a writer signs.
    pub(crate) fn kind(&self, line: &str, edge: bool, folder: &Folder, folded: &mut String) -> Option<Kind> {
        let line = features::trim(line);
        if line.len() > LONGEST {
            return None;
        }
        if self.end.is_match(line) {
            return Some(Kind::EndMark);
        }
        folded.clear();
        let mut gap = Gap::default();
        for c in line.chars() {
            folder.feed(c, &mut gap, |c| {
                folded.push(c);
                true
            });
        }
        // Apart from the patterns, which are done with most lines at their first letters.
        if RIGHTS.iter().any(|rights| folded.contains(rights)) {
            return Some(Kind::Copyright);
        }
        let ends_sentence = line.ends_with(['.', '؟', '?', '!']) && !line.ends_with("..");
        let found = self.patterns.matches(folded).into_iter().map(|n| self.kinds[n]);
        found.into_iter().find(|kind| match kind {
            Kind::Byline => edge && !ends_sentence && is_name(line),
            Kind::ReadAlso | Kind::Share | Kind::Source => !ends_sentence,
            _ => true,
        })
    }

    /// Whether a line of the kind [`Kind::ReadAlso`] has nothing after its words, so that the titles are in the lines below.
    pub(crate) fn is_heading(line: &str) -> bool {
        let line = features::trim(line);
        line.ends_with([':', '：']) || !line.contains([':', '|', '：']) && line.split_whitespace().count() <= 5
    }
}

/// Whether a line may be a byline as far as length and marks go; Latin names begin with a capital.
fn is_name(line: &str) -> bool {
    let words = || line.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’').filter(|word| !word.is_empty());
    let capital = |word: &str| word.starts_with(|c: char| c.is_uppercase() || !c.is_lowercase());
    let small = [
        "by",
        "and",
        "written",
        "reported",
        "edited",
        "recueillis",
        "par",
        "et",
        "de",
        "du",
        "la",
        "le",
        "van",
        "von",
        "bin",
        "al",
        "el",
        "d",
    ];
    (2..=MOST_WORDS).contains(&words().count())
        && !line.contains(['؟', '?', '!'])
        && words().skip(1).all(|word| capital(word) || small.contains(&word) || line.contains(':'))
}

/// The folder that lines are folded with.
pub(crate) fn folder() -> Folder {
    names::folder()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(line: &str) -> Option<Kind> {
        Rules::new(&Names::new(&[])).kind(line, true, &folder(), &mut String::new())
    }

    #[test]
    fn lines_say_what_they_are() {
        let rules = Rules::new(&Names::new(&[]));
        let (folder, mut folded) = (folder(), String::new());
        let mut failures = String::new();
        for (expected, lines) in [
            (
                Some(Kind::ReadAlso),
                &[
                    "اقرأ أيضاً: الأمطار تغلق طرق الجنوب",
                    "إقرأ أيضا",
                    "اقرأ أيضا | وزير الزراعة يزور المعرض",
                    "اقرأ المزيد",
                    "شاهد أيضًا: صور من الحفل",
                    "...المزيد",
                    "مواضيع ذات صلة",
                    "قد يهمك أيضاً:",
                    "أخبار متعلقة",
                    "Read also: Storm closes coastal roads",
                    "READ MORE",
                    "» See also: Five facts about tea",
                    "Related stories",
                    "Lire aussi : Le port reste fermé",
                    "À lire aussi",
                    "Sur le même sujet",
                ][..],
            ),
            (
                Some(Kind::Share),
                &[
                    "شارك هذا الخبر",
                    "شارك الخبر على فيسبوك",
                    "تابعونا على تويتر",
                    "Share this article",
                    "Share on Facebook",
                    "Facebook Twitter WhatsApp",
                    "فيسبوك | تويتر | واتساب",
                    "Follow us on Twitter @courier",
                    "Partager sur Facebook",
                    "Partager cet article",
                    "Suivez-nous sur Instagram",
                ],
            ),
            (
                Some(Kind::Copyright),
                &[
                    "جميع الحقوق محفوظة © صحيفة الغد 2020",
                    "© 2021 The Courier",
                    "Copyright 2020 Courier Media. All rights reserved.",
                    "The Courier. All rights reserved",
                    "Tous droits réservés",
                    "Tous droits de reproduction réservés.",
                ],
            ),
            (
                Some(Kind::EndMark),
                &["// انتهى //", "//انتهى//", "(انتهى)", "انتهى", "- انتهى -", "-30-", "###", "ENDS", "- FIN -"],
            ),
            (
                Some(Kind::Agency),
                &[
                    "(رويترز)",
                    "أ ف ب",
                    "(أ ف ب - رويترز)",
                    "وكالات",
                    "* بالاتفاق مع «بلومبيرغ»",
                    "(AFP)",
                    "AFP, Reuters",
                    "Avec AFP",
                ],
            ),
            (
                Some(Kind::Source),
                &[
                    "المصدر: رويترز",
                    "المصدر : صحيفة محلية",
                    "رابط الخبر بصحيفة الغد: عنوان الخبر",
                    "Source: Reuters",
                    "Source : ministère",
                ],
            ),
            (
                Some(Kind::Byline),
                &[
                    "كتب: محمد العلي",
                    "بقلم - سارة يوسف",
                    "إعداد: نور الدين",
                    "By Jane Smith",
                    "BY JOHN DOE",
                    "Par Claire Martin",
                    "Written by: Omar Ali",
                    "Propos recueillis par Luc Roy",
                ],
            ),
            (
                None,
                &[
                    "",
                    "المزيد من الأمطار يهطل على المدينة اليوم.",
                    "انتهى الاجتماع بلا اتفاق",
                    "انتهت المباراة بالتعادل.",
                    "المصدر الأول للدخل هو السياحة.",
                    "كتب الوزير رسالة إلى نظيره الفرنسي.",
                    "شارك في الحفل عدد من الوزراء.",
                    "Share prices fell on Monday",
                    "Read also the letter he wrote.",
                    "By the river",
                    "By Monday, all roads were open.",
                    "Related to this is the question of cost.",
                    "Par ailleurs, le port reste fermé.",
                    "Sources close to the minister said no.",
                    "Copyright law has changed little in twenty years.",
                    "(c) the third of the points that he made",
                    "شارك في الحفل عدد من الوزراء",
                    "Share with your neighbours",
                    "Print is not dead, she said.",
                    "Source of the Nile",
                ],
            ),
        ] {
            for line in lines {
                let found = rules.kind(line, true, &folder, &mut folded);
                if found != expected {
                    failures += &format!("\n{line}: {found:?}, not {expected:?} ({folded})");
                }
            }
        }
        assert!(failures.is_empty(), "{failures}");
    }

    #[test]
    fn writers_sign_at_the_edges() {
        let rules = Rules::new(&Names::new(&[]));
        assert_eq!(rules.kind("تقرير: نور الدين", false, &folder(), &mut String::new()), None);
        assert_eq!(kind(&"ا".repeat(500)), None);
    }
}
