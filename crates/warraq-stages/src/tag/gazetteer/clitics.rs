//! Where within a token a phrase may begin or end: beside the particles that are written together with a word. In Arabic
//! they stand before it; French elides them (`l'Algérie`), and English has `'s`.

use crate::arabic::{TATWEEL, is_quranic_mark, is_tashkeel};

/// The longest chain of proclitics (أ و ب ا ل) and the first letter after it.
const MOST_LETTERS: usize = 6;

/// What the chain grammar sees in a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Letter {
    /// `أ`, the interrogative particle.
    Hamza,
    /// `ا`, of the article.
    Alef,
    Waw,
    Feh,
    Beh,
    Kaf,
    Lam,
    /// `س`, of the future.
    Seen,
    Other,
    /// No letter of its own: marks, tatweel, joiners and bidi controls.
    Nothing,
    /// A mark that makes another letter of the one before: madda, hamza above, hamza below.
    Changer,
}

impl Letter {
    #[inline]
    fn of(c: char) -> Self {
        /// The Arabic block, which is nearly all that comes up.
        static ARABIC: [Letter; 0x100] = {
            let mut table = [Letter::Other; 0x100];
            let mut n = 0;
            while n < 0x100 {
                if let Some(c) = char::from_u32(0x600 + n) {
                    table[n as usize] = Letter::work_out(c);
                }
                n += 1;
            }
            table
        };
        match u32::from(c).wrapping_sub(0x600) {
            n @ 0..0x100 => ARABIC[n as usize],
            _ if c.is_ascii() => Letter::Other,
            _ => Letter::work_out(c),
        }
    }

    /// Presentation forms count as the letters they are; variants do not (`إ` is no article's alef).
    const fn work_out(c: char) -> Self {
        match c {
            'أ' | '\u{fe83}' | '\u{fe84}' => Letter::Hamza,
            'ا' | 'ٱ' | '\u{fb50}' | '\u{fb51}' | '\u{fe8d}' | '\u{fe8e}' => Letter::Alef,
            'ل' | '\u{fedd}'..='\u{fee0}' => Letter::Lam,
            'و' | '\u{feed}' | '\u{feee}' => Letter::Waw,
            'ف' | '\u{fed1}'..='\u{fed4}' => Letter::Feh,
            'ب' | '\u{fe8f}'..='\u{fe92}' => Letter::Beh,
            'ك' | 'ک' | '\u{fed9}'..='\u{fedc}' | '\u{fb8e}'..='\u{fb91}' => Letter::Kaf,
            'س' | '\u{feb1}'..='\u{feb4}' => Letter::Seen,
            '\u{653}'..='\u{655}' => Letter::Changer,
            TATWEEL
            | '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}' => Letter::Nothing,
            _ if is_tashkeel(c) || is_quranic_mark(c) => Letter::Nothing,
            _ => Letter::Other,
        }
    }
}

/// Whether a letter can be part of a chain of proclitics.
pub(super) fn is_in_chain(c: char) -> bool {
    !matches!(Letter::of(c), Letter::Other | Letter::Nothing | Letter::Changer)
}

/// What a phrase begins with that the text does not write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lead {
    /// Nothing.
    None = 0,
    /// `ا`: the article after `ل` loses its alef, as in «للأمم» of «الأمم».
    Alef = 1,
    /// `ال`: before a lam it goes whole, as in «للجنة» of «اللجنة».
    Article = 2,
}

/// Which Arabic proclitics may stand before a phrase: a set of [`Letter`]s, with the alef for the article.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proclitics(u16);

impl Proclitics {
    const LISTED: [(&str, Letter); 8] = [
        ("أ", Letter::Hamza),
        ("و", Letter::Waw),
        ("ف", Letter::Feh),
        ("ب", Letter::Beh),
        ("ك", Letter::Kaf),
        ("ل", Letter::Lam),
        ("س", Letter::Seen),
        ("ال", Letter::Alef),
    ];
    pub(crate) const ALL: Proclitics = Proclitics((1 << Letter::Other as u16) - 1);
    const CONJUNCTIONS: u16 = 1 << Letter::Waw as u16 | 1 << Letter::Feh as u16;
    const PREPOSITIONS: u16 = 1 << Letter::Beh as u16 | 1 << Letter::Kaf as u16 | 1 << Letter::Lam as u16;

    pub(super) const NONE: Proclitics = Proclitics(0);

    /// The set with one more, if that is one.
    pub(super) fn with(self, name: &str) -> Option<Self> {
        let (_, letter) = Self::LISTED.iter().find(|(listed, _)| *listed == name)?;
        Some(Proclitics(self.0 | 1 << *letter as u16))
    }
}

/// Calls `open` for every place in `token` behind an elided word or a chain of Arabic proclitics, from left to right: its byte and what a phrase
/// there begins with unseen. The place is that of a letter: tatweel and marks after a proclitic go with the proclitic.
///
/// The chain is `أ`, then `و` or `ف`, then `ب`, `ك`, `ل` or `س`, then `ال`; each may be absent, nothing but a letter
/// follows it, and `ال` does not follow `س`. After `ل`, the article is written `ل`.
#[inline]
pub(super) fn openings(token: &str, proclitics: Proclitics, mut open: impl FnMut(usize, Lead)) {
    match token.chars().next() {
        Some(c) if c.is_ascii_alphabetic() => {
            if let Some(at) = elision(token) {
                open(at, Lead::None);
            }
        }
        Some(c) => arabic_openings(token, Letter::of(c), proclitics, open),
        None => {}
    }
}

/// French words that lose their vowel before another.
const ELIDED: [&str; 13] = ["c", "d", "j", "jusqu", "l", "lorsqu", "m", "n", "puisqu", "qu", "quoiqu", "s", "t"];

/// The byte behind an elided word and its apostrophe.
fn elision(token: &str) -> Option<usize> {
    let letters = token.bytes().take(7).position(|byte| !byte.is_ascii_alphabetic())?;
    let (word, rest) = token.split_at_checked(letters)?;
    let behind = rest.strip_prefix(['\'', '’'])?;
    let is_elided = ELIDED.iter().any(|elided| elided.eq_ignore_ascii_case(word));
    (is_elided && !behind.is_empty()).then(|| token.len() - behind.len())
}

/// Whether this is the end of a token behind a name in the possessive.
pub(super) fn is_possessive(rest: &str) -> bool {
    matches!(rest.strip_prefix(['\'', '’']), Some("s" | "S"))
}

/// The openings in a token by its first letter. Most are done with after two or three letters.
#[inline]
fn arabic_openings(token: &str, first: Letter, proclitics: Proclitics, mut open: impl FnMut(usize, Lead)) {
    if first == Letter::Other {
        return;
    }
    let mut letters = token.char_indices().skip(1).map(|(at, c)| (at, Letter::of(c)));
    match (first, letters.next()) {
        (Letter::Nothing | Letter::Changer, _) => {}
        (Letter::Alef, Some((_, Letter::Other))) => return,
        (_, Some((at, Letter::Other))) => {
            if proclitics.0 & 1 << first as u16 != 0 {
                open(at, Lead::None);
            }
            return;
        }
        (Letter::Alef, Some((_, Letter::Lam))) => {
            if let Some((at, third)) = letters.next()
                && !matches!(third, Letter::Nothing | Letter::Changer)
            {
                if proclitics.0 & 1 << Letter::Alef as u16 != 0 {
                    open(at, Lead::None);
                }
                return;
            }
        }
        _ => {}
    }
    openings_of(&Letters::read(token), proclitics, &mut open);
}

#[inline]
fn openings_of(letters: &Letters, proclitics: Proclitics, open: &mut impl FnMut(usize, Lead)) {
    let is = |n: usize, letter: Letter| letters.get(n) == Some(letter);
    let is_of = |n: usize, set: u16| letters.get(n).is_some_and(|l| set & proclitics.0 & 1 << l as u16 != 0);
    let has_article = proclitics.0 & 1 << Letter::Alef as u16 != 0;
    let is_article = |n: usize| has_article && is(n, Letter::Alef) && is(n + 1, Letter::Lam);
    let mut open = |n: usize, lead: Lead| {
        if n < letters.len {
            open(letters.at[n] as usize, lead);
        }
    };
    let mut head = 0;
    loop {
        if is_of(head, 1 << Letter::Seen as u16) {
            open(head + 1, Lead::None);
        } else if is_of(head, Proclitics::PREPOSITIONS) {
            open(head + 1, Lead::None);
            if is_article(head + 1) {
                open(head + 3, Lead::None);
            } else if is(head, Letter::Lam) && is(head + 1, Letter::Lam) {
                open(head + 1, Lead::Alef);
                open(head + 1, Lead::Article);
                if has_article {
                    open(head + 2, Lead::None);
                }
            }
        } else if is_article(head) {
            open(head + 2, Lead::None);
        }
        let conjunction = is_of(head, Proclitics::CONJUNCTIONS);
        if !(conjunction || head == 0 && is_of(head, 1 << Letter::Hamza as u16)) {
            return;
        }
        head += 1;
        open(head, Lead::None);
        if conjunction && is_of(head, Proclitics::CONJUNCTIONS) {
            return;
        }
    }
}

/// The first letters of a token and where they stand.
#[derive(Debug)]
struct Letters {
    what: [Letter; MOST_LETTERS],
    at: [u32; MOST_LETTERS],
    len: usize,
}

impl Letters {
    fn get(&self, n: usize) -> Option<Letter> {
        self.what[..self.len].get(n).copied()
    }

    /// Reads up to the first letter that is part of no chain.
    #[inline(always)]
    fn read(token: &str) -> Self {
        let mut letters = Letters { what: [Letter::Other; MOST_LETTERS], at: [0; MOST_LETTERS], len: 0 };
        for (at, c) in token.char_indices() {
            match Letter::of(c) {
                Letter::Nothing => {}
                Letter::Changer => {
                    if let Some(last) = letters.what[..letters.len].last_mut() {
                        let makes_hamza = c == '\u{654}' && *last == Letter::Alef;
                        *last = if makes_hamza { Letter::Hamza } else { Letter::Other };
                    }
                }
                _ if letters.len == MOST_LETTERS => break,
                // The letter behind the chain is all there has to be; a changer of it changes nothing.
                _ if letters.len > 0 && letters.what[letters.len - 1] == Letter::Other => break,
                letter => {
                    letters.what[letters.len] = letter;
                    letters.at[letters.len] = at as u32;
                    letters.len += 1;
                }
            }
        }
        letters
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The places, each as what a phrase there would begin with.
    fn check(proclitics: Proclitics, token: &str, expected: &[&str]) {
        let mut found = Vec::new();
        openings(token, proclitics, |at, lead| {
            found.push(format!("{}{}", ["", "ا+", "ال+"][lead as usize], &token[at..]));
        });
        assert_eq!(found, expected, "{token}");
    }

    #[test]
    fn phrases_may_begin_behind_chains_of_proclitics() {
        for (token, expected) in [
            ("تونس", &[][..]),
            ("مصر", &[]),
            ("و", &[]),
            ("وتونس", &["تونس"]),
            ("فمصر", &["مصر"]),
            ("بمصر", &["مصر"]),
            ("والسعودية", &["السعودية", "سعودية"]),
            ("السعودية", &["سعودية"]),
            ("وبالأردن", &["بالأردن", "الأردن", "أردن"]),
            ("فكالأردن", &["كالأردن", "الأردن", "أردن"]),
            ("للأمم", &["لأمم", "ا+لأمم", "ال+لأمم", "أمم"]),
            ("وللأمم", &["للأمم", "لأمم", "ا+لأمم", "ال+لأمم", "أمم"]),
            ("للجنة", &["لجنة", "ا+لجنة", "ال+لجنة", "جنة"]),
            ("لالأمم", &["الأمم", "أمم"]),
            ("أوبمصر", &["وبمصر", "بمصر", "مصر"]),
            ("أبمصر", &["بمصر", "مصر"]),
            ("إلى", &[]),
            ("آلاف", &[]),
            ("سيمن", &["يمن"]),
            ("سالم", &["الم"]),
            ("وفمصر", &["فمصر"]),
            ("ؤمصر", &[]),
            ("و\u{654}مصر", &[]),
            ("وَالسَّعودية", &["السَّعودية", "سَّعودية"]),
            ("لـتونس", &["تونس"]),
            ("\u{640}و\u{64e}ـتونس", &["تونس"]),
            ("\u{200f}و\u{200d}تونس", &["تونس"]),
            ("l'Algérie", &["Algérie"]),
            ("QU’Alger", &["Alger"]),
            ("jusqu'Alger", &["Alger"]),
            ("l'", &[]),
            ("Sana'a", &[]),
            ("aujourd'hui", &[]),
            ("lé'a", &[]),
            ("ﻭﺗﻮﻧﺲ", &["ﺗﻮﻧﺲ"]),
            ("ا\u{654}مصر", &["مصر"]),
        ] {
            check(Proclitics::ALL, token, expected);
        }
        let some = ["و", "ل"].iter().try_fold(Proclitics::NONE, |set, name| set.with(name)).expect("they are listed");
        for (token, expected) in [
            ("ولمصر", &["لمصر", "مصر"][..]),
            ("فمصر", &[]),
            ("أدبي", &[]),
            ("السعودية", &[]),
            ("للأمم", &["لأمم", "ا+لأمم", "ال+لأمم"]),
        ] {
            check(some, token, expected);
        }
        assert!(some.with("م").is_none());
        let rests = ["'s", "’S", "'", "s", "'a", "'ss", ""];
        assert_eq!(rests.map(is_possessive), [true, true, false, false, false, false, false]);
    }
}
