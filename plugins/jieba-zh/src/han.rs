//! Which characters are Chinese, and which ones turn a word into another language's.

/// A Han character: the unified and compatibility ideographs of all planes, and `々 〇 〻`, which stand among them.
pub(crate) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3fffd}' | '々' | '〇' | '〻')
}

/// A sign that belongs to the character before it: variation selectors and combining marks.
pub(crate) fn is_attached(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Kana and Hangul: a word that has them beside Han characters is Japanese or Korean.
pub(crate) fn is_kana_or_hangul(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11ff}' | '\u{3041}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}' | '\u{3130}'..='\u{318f}'
        | '\u{31f0}'..='\u{31ff}' | '\u{ac00}'..='\u{d7a3}' | '\u{ff66}'..='\u{ff9f}')
}

/// What a token is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Makeup {
    /// No Han character.
    Other,
    /// Han characters and what is attached to them.
    Han,
    /// Han characters and others.
    Mixed,
    /// Han characters and kana or Hangul.
    Foreign,
}

/// What a token is made of.
pub(crate) fn makeup(token: &str) -> Makeup {
    // Han characters have three or four bytes, the first of them from E3 on.
    if token.as_bytes().iter().all(|&byte| byte < 0xe3) {
        return Makeup::Other;
    }
    let (mut han, mut other) = (false, false);
    for c in token.chars() {
        if is_han(c) {
            han = true;
        } else if is_kana_or_hangul(c) && token.chars().any(is_han) {
            return Makeup::Foreign;
        } else if !(han && is_attached(c)) {
            other = true;
        }
    }
    match (han, other) {
        (false, _) => Makeup::Other,
        (true, false) => Makeup::Han,
        (true, true) => Makeup::Mixed,
    }
}

/// The digits at the start of `text`. With a `〇` among them they are a number such as 二〇二四, which jieba has no word for.
pub(crate) fn digits(text: &str) -> &str {
    let rest = text.trim_start_matches(['〇', '零', '一', '二', '三', '四', '五', '六', '七', '八', '九']);
    &text[..text.len() - rest.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_told_apart_by_what_they_are_made_of() {
        for (token, expected) in [
            ("", Makeup::Other),
            ("abc", Makeup::Other),
            ("كتاب", Makeup::Other),
            ("，", Makeup::Other),
            ("ひらがな", Makeup::Other),
            ("中文", Makeup::Han),
            ("二〇二四", Makeup::Han),
            ("人々", Makeup::Han),
            ("葛\u{e0100}飾", Makeup::Han),
            ("𠮷野", Makeup::Han),
            ("A股", Makeup::Mixed),
            ("#中文", Makeup::Mixed),
            ("\u{e0100}中", Makeup::Mixed),
            ("食べる", Makeup::Foreign),
            ("カラ中", Makeup::Foreign),
            ("大韓민국", Makeup::Foreign),
        ] {
            assert_eq!(makeup(token), expected, "{token}");
        }
    }

    #[test]
    fn digits_are_found_at_the_start() {
        for (text, expected) in [("二〇二四年", "二〇二四"), ("〇", "〇"), ("二十四", "二"), ("年二〇", ""), ("", "")]
        {
            assert_eq!(digits(text), expected, "{text}");
        }
    }
}
