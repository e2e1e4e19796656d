//! Small measures and forms of text.

/// Appends a text with each run of white space as one space, without those at its ends.
pub(super) fn push_folded(text: &str, out: &mut String) {
    for (n, word) in text.split_whitespace().enumerate() {
        if n > 0 {
            out.push(' ');
        }
        out.push_str(word);
    }
}

/// Appends the letters and digits of a text: what two versions of it share, whatever their spaces and signs.
pub(super) fn push_letters(text: &str, out: &mut String) {
    out.extend(text.chars().filter(|c| c.is_alphanumeric()));
}

/// What is measured of a text.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Measure {
    /// Characters that are not white space. Those of Chinese, Japanese and Korean, of which a text needs half as many, count
    /// twice.
    pub(super) ink: u32,
    /// Commas and the like of any script: they stand in sentences, hardly in menus.
    pub(super) commas: u32,
}

impl Measure {
    pub(super) fn of(text: &str) -> Measure {
        let (mut ink, mut commas) = (0, 0);
        for c in text.chars() {
            if !c.is_whitespace() {
                let is_wide = matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}');
                ink += 1 + u32::from(is_wide);
                commas += u32::from(matches!(c, ',' | '،' | '、' | '，' | '؛' | '՝' | '።' | '。'));
            }
        }
        Measure { ink, commas }
    }
}

/// Whether a text ends as sentences do.
pub(super) fn ends_sentence(text: &str) -> bool {
    let end =
        text.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '”' | '»' | '’' | '\'' | ')' | ']'));
    end.ends_with(['.', '!', '?', '…', '؟', '۔', '。', '！', '？', '।', ':'])
}
