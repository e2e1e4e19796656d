//! Strings of a record: slices until somebody asks what they mean.

use super::scan::Scan;
use crate::flaw::Flaw;
use std::borrow::Cow;

/// A string as it stands in the record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Str<'a> {
    /// Where its contents begin.
    pub(super) start: usize,
    /// Its contents, escapes and all.
    pub(super) raw: &'a str,
    pub(super) escaped: bool,
}

impl<'a> Str<'a> {
    /// The byte of its opening quote.
    pub(super) fn at(&self) -> usize {
        self.start - 1
    }

    /// The string meant.
    pub(super) fn decode(&self) -> Scan<Cow<'a, str>> {
        if !self.escaped {
            return Ok(Cow::Borrowed(self.raw));
        }
        let mut text = String::with_capacity(self.raw.len());
        self.push_to(&mut text)?;
        Ok(Cow::Owned(text))
    }

    /// Appends the string meant to `out`. Fails only at an escape that is half of a surrogate pair.
    pub(super) fn push_to(&self, out: &mut String) -> Scan<()> {
        out.reserve(self.raw.len());
        let mut at = 0;
        if self.escaped {
            let bytes = self.raw.as_bytes();
            while let Some(clean) = memchr::memchr(b'\\', &bytes[at..]) {
                out.push_str(&self.raw[at..at + clean]);
                let escape = at + clean;
                at = escape + 2;
                out.push(match bytes[escape + 1] {
                    b'n' => '\n',
                    b't' => '\t',
                    b'r' => '\r',
                    b'b' => '\u{8}',
                    b'f' => '\u{c}',
                    b'u' => {
                        let (c, length) = self.unicode(escape)?;
                        at = escape + length;
                        c
                    }
                    // The scanner has let nothing else through than `"`, `\` and `/`.
                    other => char::from(other),
                });
            }
        }
        out.push_str(&self.raw[at..]);
        Ok(())
    }

    /// The character of the `\u` escape at `escape`, with the one after it where they are a pair, and their length.
    fn unicode(&self, escape: usize) -> Scan<(char, usize)> {
        let unit = |at: usize| -> Option<u32> {
            let digits = self.raw.get(at..at + 6)?.strip_prefix("\\u")?;
            u32::from_str_radix(digits, 16).ok()
        };
        let first = unit(escape).unwrap_or(0xD800);
        if let Some(c) = char::from_u32(first) {
            return Ok((c, 6));
        }
        if let (0xD800..0xDC00, Some(second @ 0xDC00..0xE000)) = (first, unit(escape + 6))
            && let Some(c) = char::from_u32(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
        {
            return Ok((c, 12));
        }
        let message = format!(
            "`{}` is half of a surrogate pair and stands alone, so it is no character",
            &self.raw[escape..(escape + 6).min(self.raw.len())]
        );
        Err(Flaw::new("json.surrogate", self.start + escape, message))
    }
}

#[cfg(test)]
mod tests {
    use super::super::scan::Scanner;
    use proptest::prelude::*;

    #[test]
    fn strings_are_unescaped() {
        let cases = [
            (r#""a\"b\\c\/d""#, "a\"b\\c/d"),
            (r#""\n\t\r\b\f""#, "\n\t\r\u{8}\u{c}"),
            (r#""\u0645\u0631\u062D\u0628\u0627 x""#, "مرحبا x"),
            (r#""\ud83d\ude00\u0000""#, "😀\0"),
            (r#""من غير هروب، وهي أطول من ستة عشر بايتا""#, "من غير هروب، وهي أطول من ستة عشر بايتا"),
        ];
        for (json, text) in cases {
            assert_eq!(Scanner::new(json, 0).string().unwrap().decode().unwrap(), text);
        }
    }

    #[test]
    fn half_a_surrogate_pair_is_no_character_but_may_be_skipped() {
        for (json, at) in [
            (r#""ab\ud83d""#, 3),
            (r#""\ude00""#, 1),
            (r#""\ud83dx\ude00""#, 1),
            (r#""\ud83d\u0041""#, 1),
            (r#""\ud83d\ud83d\ude00""#, 1),
        ] {
            let flaw = Scanner::new(json, 0).string().unwrap().decode().unwrap_err();
            assert_eq!((flaw.reason, flaw.at), ("json.surrogate", at), "{json}");
            assert!(Scanner::new(json, 0).value(0).is_ok());
        }
    }

    proptest! {
        #[test]
        fn strings_mean_what_serde_json_says(text in "\\PC{0,40}", ascii in any::<bool>()) {
            let mut json = serde_json::to_string(&text).unwrap();
            if ascii {
                json = json.chars().map(|c| if c.is_ascii() { c.to_string() } else {
                    c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect()
                }).collect();
            }
            let scanned = Scanner::new(&json, 0).string().unwrap();
            prop_assert_eq!(scanned.decode().unwrap(), text);
        }
    }
}
