//! Gershayim and geresh, which are written like quotation marks. UAX #29 keeps both inside words: `צה"ל`, `ג'ירפה`. A
//! quotation after a prefix, `ל"מלכות"`, looks the same.

use super::Pass;
use warraq_core::{Token, TokenKind};

impl Pass<'_> {
    /// Pushes a Hebrew word, parted where a quotation mark stands in it. Returns whether it did.
    pub(super) fn hebrew(&mut self, token: Token) -> bool {
        if self.language.tag != "he" {
            return false;
        }
        let word = self.slice(token);
        let Some(place) = word.find(['"', '\'']) else { return false };
        let (before, mark, after) = (&word[..place], &word[place..=place], &word[place + 1..]);
        let at = token.start + place as u32;
        if after.is_empty() {
            // A geresh that ends a word (`עמ'`), or the mark that closes a quotation.
            if mark == "'" && self.is_quoting(token.start) && before.chars().count() > 2 {
                self.quote = None;
                self.push(token.start, at, TokenKind::Word);
                self.push(at, token.end, TokenKind::Punctuation);
                return true;
            }
            return false;
        }
        let is_prefix =
            before.chars().all(|c| matches!(c, 'ו' | 'ש' | 'כ' | 'ל' | 'ב' | 'מ' | 'ה')) && before.chars().count() <= 2;
        let letters = after.chars().count();
        // Gershayim stand before the last letter of what is abbreviated; a plural may follow (`מ"מים`).
        let is_abbreviation = mark == "\"" && (letters < 2 || letters == 3 && after.ends_with("ים"));
        if !is_prefix || is_abbreviation || mark == "'" && letters < 3 {
            return false;
        }
        self.push(token.start, at, TokenKind::Word);
        self.push(at, at + 1, TokenKind::Punctuation);
        self.push(at + 1, token.end, TokenKind::Word);
        if mark == "'" {
            self.quote = Some(at);
        }
        true
    }
}
