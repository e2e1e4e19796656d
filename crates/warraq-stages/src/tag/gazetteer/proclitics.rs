//! Where in an Arabic token a phrase may begin: behind the particles that are written together with the next word.

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
    Lam,
    /// `و` and `ف`.
    Conjunction,
    /// `ب` and `ك`; `ل` is one too.
    Preposition,
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
            'و' | 'ف' | '\u{feed}' | '\u{feee}' | '\u{fed1}'..='\u{fed4}' => Letter::Conjunction,
            'ب' | 'ك' | 'ک' | '\u{fe8f}'..='\u{fe92}' | '\u{fed9}'..='\u{fedc}' | '\u{fb8e}'..='\u{fb91}' => {
                Letter::Preposition
            }
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

/// Calls `open` for every place in `token` behind a chain of proclitics, from left to right: its byte and what a phrase
/// there begins with unseen. The place is that of a letter: tatweel and marks after a proclitic go with the proclitic.
///
/// The chain is `أ`, then `و` or `ف`, then `ب`, `ك`, `ل` or `س`, then `ال`; each may be absent, nothing but a letter
/// follows it, and `ال` does not follow `س`. After `ل`, the article is written `ل`.
#[inline]
pub(super) fn openings(token: &str, mut open: impl FnMut(usize, Lead)) {
    // Most tokens are done with here.
    if token.chars().next().is_some_and(|c| Letter::of(c) != Letter::Other) {
        openings_of(&Letters::read(token), &mut open);
    }
}

#[inline]
fn openings_of(letters: &Letters, open: &mut impl FnMut(usize, Lead)) {
    let is = |n: usize, letter: Letter| letters.get(n) == Some(letter);
    let mut open = |n: usize, lead: Lead| {
        if n < letters.len {
            open(letters.at[n] as usize, lead);
        }
    };
    let mut head = 0;
    loop {
        if is(head, Letter::Seen) {
            open(head + 1, Lead::None);
        } else if is(head, Letter::Preposition) || is(head, Letter::Lam) {
            open(head + 1, Lead::None);
            if is(head + 1, Letter::Alef) && is(head + 2, Letter::Lam) {
                open(head + 3, Lead::None);
            } else if is(head, Letter::Lam) && is(head + 1, Letter::Lam) {
                open(head + 1, Lead::Alef);
                open(head + 1, Lead::Article);
                open(head + 2, Lead::None);
            }
        } else if is(head, Letter::Alef) && is(head + 1, Letter::Lam) {
            open(head + 2, Lead::None);
        }
        if !(is(head, Letter::Conjunction) || head == 0 && is(head, Letter::Hamza)) {
            return;
        }
        let conjunction = is(head, Letter::Conjunction);
        head += 1;
        open(head, Lead::None);
        if conjunction && is(head, Letter::Conjunction) {
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
    fn check(token: &str, expected: &[&str]) {
        let mut found = Vec::new();
        openings(token, |at, lead| found.push(format!("{}{}", ["", "ا+", "ال+"][lead as usize], &token[at..])));
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
            ("ﻭﺗﻮﻧﺲ", &["ﺗﻮﻧﺲ"]),
            ("ا\u{654}مصر", &["مصر"]),
        ] {
            check(token, expected);
        }
    }
}
