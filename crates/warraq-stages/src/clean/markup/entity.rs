//! Character references of HTML: `&eacute;`, `&#233;`, `&#xE9;`, and those that were escaped several times.

use encoding_rs::WINDOWS_1252;

/// The longest name (`CounterClockwiseContourIntegral`) and number with what is around them.
const LONGEST: usize = 40;

/// Reads the reference at the start of `text`, which begins with `&`: writes to `out` what it stands for, and returns its
/// length in bytes.
///
/// An ampersand that was escaped again, as in `&amp;amp;eacute;`, is taken for what it stands for in the end. `&nbsp` and
/// `&quot` are taken without their semicolon, too; other names are not, since `?a=1&copy=2` is an address.
pub(super) fn read(text: &str, out: &mut String) -> Option<usize> {
    out.clear();
    let mut length = one(text, out)?;
    // What comes after an ampersand may make it a reference again.
    let mut name = String::new();
    while out == "&" {
        let rest = &text[length..];
        let more = rest.bytes().take(LONGEST).take_while(|b| b.is_ascii_alphanumeric() || *b == b'#').count();
        if !rest[more..].starts_with(';') {
            break;
        }
        name.clear();
        name.push('&');
        name.push_str(&rest[..=more]);
        if one(&name, out).is_none() {
            out.clear();
            out.push('&');
            break;
        }
        length += more + 1;
    }
    Some(length)
}

/// Reads a single reference; `out` is what it stands for.
fn one(text: &str, out: &mut String) -> Option<usize> {
    let rest = text.strip_prefix('&')?;
    let inner = rest.bytes().take(LONGEST).take_while(|b| b.is_ascii_alphanumeric() || *b == b'#').count();
    let name = &rest[..inner];
    if !rest[inner..].starts_with(';') {
        let short = ["nbsp", "quot"].iter().find(|short| **short == name)?;
        let next = rest[inner..].chars().next();
        out.clear();
        out.push(if *short == "nbsp" { '\u{a0}' } else { '"' });
        return (!matches!(next, Some('=' | '&'))).then_some(1 + inner);
    }
    if let Some(number) = name.strip_prefix('#') {
        let c = number.strip_prefix(['x', 'X']).map_or_else(|| number.parse(), |hex| u32::from_str_radix(hex, 16));
        out.clear();
        out.push(character(c.ok()?)?);
        return Some(inner + 2);
    }
    if name.is_empty() {
        return None;
    }
    let whole = &text[..inner + 2];
    out.clear();
    html_escape::decode_html_entities_to_string(whole, out);
    (out != whole).then_some(inner + 2)
}

/// The character of a number. As the HTML standard has it (13.2.5.80), 0x80 to 0x9f are those of windows-1252; numbers that no
/// text should have, such as 0 and other controls, are left alone.
fn character(number: u32) -> Option<char> {
    match number {
        0x80..=0x9f => WINDOWS_1252.decode_without_bom_handling(&[number as u8]).0.chars().next(),
        _ => char::from_u32(number),
    }
    .filter(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read() {
        for (text, expected) in [
            ("&amp; b", Some(("&", 5))),
            ("&eacute;", Some(("é", 8))),
            ("&nbsp;x", Some(("\u{a0}", 6))),
            ("&nbsp x", Some(("\u{a0}", 5))),
            ("&#1587;", Some(("س", 7))),
            ("&#x633;", Some(("س", 7))),
            ("&#146;", Some(("’", 6))),
            ("&amp;amp;eacute;", Some(("é", 16))),
            ("&amp;#38;lt;", Some(("<", 12))),
            ("&amp;nothing;", Some(("&", 5))),
            ("&quot", Some(("\"", 5))),
            ("&nbsp=1", None),
            ("&copy=2", None),
            ("&T", None),
            ("&#0;", None),
            ("&#xD800;", None),
            ("&#x110000;", None),
            ("&#;", None),
            ("&;", None),
            ("&nothing;", None),
            ("& amp;", None),
        ] {
            let mut out = String::new();
            let found = read(text, &mut out);
            assert_eq!(found.map(|length| (&*out, length)), expected, "{text}");
        }
    }
}
