//! A JSON scanner that says exactly where a record is wrong, and hands out values as the slices they are.
//!
//! A record has one long string and a few short fields that nobody reads, so the scanner skips values without building
//! anything, and copies strings by the stretches between their escapes. It accepts what serde_json accepts.

use super::string::Str;
use crate::flaw::Flaw;
use memchr::memchr2;

impl Flaw {
    pub(super) fn syntax(at: usize, message: impl Into<String>) -> Self {
        Flaw::new("json.syntax", at, message)
    }
}

pub(super) type Scan<T> = std::result::Result<T, Flaw>;

/// How many objects and lists may stand inside each other, the record among them.
pub(super) const MAX_DEPTH: usize = 128;

/// A place in a record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scanner<'a> {
    text: &'a str,
    pub(super) at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str, at: usize) -> Self {
        Scanner { text, at }
    }

    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    pub(super) fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.peek() {
            self.at += 1;
        }
    }

    /// Passes `literal`, if it stands here.
    #[inline]
    pub(super) fn pass(&mut self, literal: &[u8]) -> bool {
        let is_here = self.text.as_bytes()[self.at..].starts_with(literal);
        if is_here {
            self.at += literal.len();
        }
        is_here
    }

    /// Passes a whole number of at most nine digits; none, or a leading zero too many, is no number.
    #[inline]
    pub(super) fn pass_small(&mut self) -> Option<usize> {
        let start = self.at;
        let mut n = 0;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            n = n * 10 + usize::from(digit - b'0');
            self.at += 1;
            if self.at - start > 9 {
                return None;
            }
        }
        let digits = self.at - start;
        (digits == 1 || (digits > 1 && self.text.as_bytes()[start] != b'0')).then_some(n)
    }

    /// What stands here, for a message.
    pub(super) fn found(&self) -> String {
        match self.text[self.at..].chars().next() {
            None => "the end of the record".into(),
            Some(c) if c.is_control() => format!("the control character U+{:04X}", u32::from(c)),
            Some(c) => format!("`{c}`"),
        }
    }

    /// The kind of value that stands here, for a message.
    pub(super) fn kind(&self) -> &'static str {
        match self.peek() {
            Some(b'{') => "an object",
            Some(b'[') => "a list",
            Some(b'"') => "a string",
            Some(b'n') => "null",
            Some(b't' | b'f') => "a boolean",
            _ => "a number",
        }
    }

    /// The next key of the object whose `{` or last value has just been passed; the scanner then stands at its value.
    #[inline]
    pub(super) fn next_key(&mut self, first: &mut bool) -> Scan<Option<Str<'a>>> {
        self.skip_space();
        match self.peek() {
            Some(b'}') => {
                self.at += 1;
                return Ok(None);
            }
            Some(b',') if !*first => {
                self.at += 1;
                self.skip_space();
            }
            Some(_) if *first => {}
            Some(_) => {
                return Err(Flaw::syntax(
                    self.at,
                    format!("expected `,` or `}}` after a field, found {}", self.found()),
                ));
            }
            None => return Err(self.ends_inside("an object")),
        }
        *first = false;
        if self.peek() != Some(b'"') {
            let message = match self.peek() {
                None => return Err(self.ends_inside("an object")),
                Some(b'}') => "there is a `,` after the last field".into(),
                Some(b'\'') => "a field name takes double quotes, not single ones".into(),
                Some(_) => format!("expected a field name in double quotes, found {}", self.found()),
            };
            return Err(Flaw::syntax(self.at, message));
        }
        let key = self.string()?;
        self.skip_space();
        match self.peek() {
            Some(b':') => self.at += 1,
            None => return Err(self.ends_inside("an object")),
            Some(_) => {
                let message = format!("expected `:` after a field's name, found {}", self.found());
                return Err(Flaw::syntax(self.at, message));
            }
        }
        self.skip_space();
        Ok(Some(key))
    }

    /// Whether the list whose `[` or last item has just been passed goes on; the scanner then stands at the next item.
    #[inline]
    pub(super) fn next_item(&mut self, first: &mut bool) -> Scan<bool> {
        self.skip_space();
        match self.peek() {
            Some(b']') => {
                self.at += 1;
                return Ok(false);
            }
            Some(b',') if !*first => {
                self.at += 1;
                self.skip_space();
                if self.peek() == Some(b']') {
                    return Err(Flaw::syntax(self.at, "there is a `,` after the last item of a list"));
                }
            }
            Some(_) if *first => {}
            Some(_) => {
                let message = format!("expected `,` or `]` after an item of a list, found {}", self.found());
                return Err(Flaw::syntax(self.at, message));
            }
            None => return Err(self.ends_inside("a list")),
        }
        *first = false;
        Ok(true)
    }

    fn ends_inside(&self, what: &str) -> Flaw {
        Flaw::syntax(self.at, format!("the record ends inside {what}; in JSON Lines a record is one line"))
    }

    /// The string that begins here with its quote.
    #[inline]
    pub(super) fn string(&mut self) -> Scan<Str<'a>> {
        let bytes = self.text.as_bytes();
        let start = self.at + 1;
        let mut at = start;
        let mut escaped = false;
        loop {
            let stop = string_stop(bytes, at);
            match bytes.get(stop) {
                Some(b'"') => {
                    self.at = stop + 1;
                    return Ok(Str { start, raw: &self.text[start..stop], escaped });
                }
                Some(b'\\') => {
                    escaped = true;
                    at = stop + self.escape(stop)?;
                }
                Some(_) => {
                    self.at = stop;
                    let message = format!("{} must be escaped in a string", self.found());
                    return Err(Flaw::syntax(self.at, message));
                }
                None => {
                    self.at = bytes.len();
                    let message = format!("the record ends inside the string that begins at byte {}", start - 1);
                    return Err(Flaw::syntax(self.at, message));
                }
            }
        }
    }

    /// The length of the escape at `at`, if it is one.
    fn escape(&self, at: usize) -> Scan<usize> {
        let rest = &self.text.as_bytes()[at + 1..];
        match rest.first() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(2),
            Some(b'u') => {
                let digits = rest[1..].iter().take(4).take_while(|b| b.is_ascii_hexdigit()).count();
                if digits == 4 {
                    Ok(6)
                } else {
                    Err(Flaw::syntax(at, "the escape `\\u` takes four hexadecimal digits"))
                }
            }
            Some(_) => {
                let what = self.text[at + 1..].chars().next().unwrap_or_default();
                Err(Flaw::syntax(at, format!("JSON has no escape `\\{}`", what.escape_debug())))
            }
            None => Err(Flaw::syntax(at, "the record ends inside an escape")),
        }
    }

    /// The number that begins here.
    pub(super) fn number(&mut self) -> Scan<&'a str> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
        let mut at = start + usize::from(bytes.get(start) == Some(&b'-'));
        let whole = digits(at);
        if whole == 0 || (whole > 1 && bytes[at] == b'0') {
            let message = if whole == 0 { "a number needs a digit here" } else { "a number has no leading zeros" };
            return Err(Flaw::syntax(at, message));
        }
        at += whole;
        if bytes.get(at) == Some(&b'.') {
            let fraction = digits(at + 1);
            if fraction == 0 {
                return Err(Flaw::syntax(at + 1, "a number needs a digit after its point"));
            }
            at += 1 + fraction;
        }
        if let Some(b'e' | b'E') = bytes.get(at) {
            at += 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
            let exponent = digits(at);
            if exponent == 0 {
                return Err(Flaw::syntax(at, "a number's exponent needs a digit"));
            }
            at += exponent;
        }
        self.at = at;
        Ok(&self.text[start..at])
    }

    /// The value that begins here, as it stands. `depth` objects and lists may stand inside each other in it.
    pub(super) fn value(&mut self, depth: usize) -> Scan<&'a str> {
        let start = self.at;
        if self.peek() == Some(b'"') {
            self.string()?;
            return Ok(&self.text[start..self.at]);
        }
        // For each open object or list, whether it is an object.
        let mut open = [false; MAX_DEPTH];
        let mut level = 0;
        loop {
            match self.peek() {
                Some(bracket @ (b'{' | b'[')) => {
                    if level == depth.min(MAX_DEPTH) {
                        let message = format!("more than {MAX_DEPTH} objects and lists stand inside each other");
                        return Err(Flaw::new("json.depth", self.at, message));
                    }
                    self.at += 1;
                    open[level] = bracket == b'{';
                    level += 1;
                    if self.step(open[level - 1], true)? {
                        continue;
                    }
                    level -= 1;
                }
                Some(b'"') => {
                    self.string()?;
                }
                Some(b'-' | b'0'..=b'9') => {
                    self.number()?;
                }
                _ => self.literal()?,
            }
            // A value has ended, and with it all that end here.
            loop {
                if level == 0 {
                    return Ok(&self.text[start..self.at]);
                }
                if self.step(open[level - 1], false)? {
                    break;
                }
                level -= 1;
            }
        }
    }

    /// Goes to the next value of an object or a list, if there is one.
    fn step(&mut self, object: bool, mut first: bool) -> Scan<bool> {
        if object { Ok(self.next_key(&mut first)?.is_some()) } else { self.next_item(&mut first) }
    }

    fn literal(&mut self) -> Scan<()> {
        let rest = &self.text[self.at..];
        let Some(literal) = ["true", "false", "null"].into_iter().find(|literal| rest.starts_with(literal)) else {
            let word: String = rest.chars().take_while(|c| c.is_alphanumeric()).take(12).collect();
            let message = match rest.chars().next() {
                None => return Err(Flaw::syntax(self.at, "the record ends where a value should be")),
                Some('\'') => "a string takes double quotes, not single ones".into(),
                Some(_) if word.is_empty() => format!("expected a value, found {}", self.found()),
                Some(_) => format!("`{word}` is no JSON value"),
            };
            return Err(Flaw::syntax(self.at, message));
        };
        self.at += literal.len();
        Ok(())
    }

    /// The value of the field `name` of the object that begins here, if it is one.
    pub(super) fn field(mut self, name: &str) -> Option<Self> {
        if self.peek() != Some(b'{') {
            return None;
        }
        self.at += 1;
        let mut first = true;
        while let Some(key) = self.next_key(&mut first).ok()? {
            if key.decode().ok()? == name {
                return Some(self);
            }
            self.value(MAX_DEPTH).ok()?;
        }
        None
    }
}

/// The next byte from `at` on that cannot stand in a string as it is, or the end.
#[inline]
fn string_stop(bytes: &[u8], at: usize) -> usize {
    // Most strings are short, and for those a call costs more than looking.
    let near = &bytes[at..bytes.len().min(at + 24)];
    if let Some(stop) = near.iter().position(|&b| ENDS_STRETCH[b as usize]) {
        return at + stop;
    }
    let far = at + near.len();
    let stop = memchr2(b'"', b'\\', &bytes[far..]).map_or(bytes.len(), |stop| far + stop);
    far + control_in(&bytes[far..stop]).unwrap_or(stop - far)
}

/// The bytes that cannot stand in a string as they are.
const ENDS_STRETCH: [bool; 256] = {
    let mut table = [false; 256];
    let mut control = 0;
    while control < 0x20 {
        table[control] = true;
        control += 1;
    }
    table[b'"' as usize] = true;
    table[b'\\' as usize] = true;
    table
};

/// The first control character, if there is one.
#[inline]
fn control_in(bytes: &[u8]) -> Option<usize> {
    // The fold takes many bytes at a time; looking for the place is for the rare case.
    let any = bytes.iter().fold(false, |any, &b| any | (b < 0x20));
    if any { bytes.iter().position(|&b| b < 0x20) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::de::IgnoredAny;

    fn scanned(text: &str) -> Scan<&str> {
        let mut scanner = Scanner::new(text, 0);
        scanner.skip_space();
        let value = scanner.value(MAX_DEPTH - 1)?;
        scanner.skip_space();
        if scanner.peek().is_some() { Err(Flaw::syntax(scanner.at, "more follows")) } else { Ok(value) }
    }

    #[test]
    fn nesting_has_a_limit() {
        let nested = |n: usize| "[".repeat(n) + &"]".repeat(n);
        assert!(scanned(&nested(MAX_DEPTH - 1)).is_ok());
        let flaw = scanned(&nested(MAX_DEPTH)).unwrap_err();
        assert_eq!((flaw.reason, flaw.at), ("json.depth", MAX_DEPTH - 1));
        assert_eq!(scanned(&nested(100_000)).unwrap_err().reason, "json.depth");
    }

    #[test]
    fn fields_of_nested_objects_are_found() {
        let text = r#"{"a": {"x": [1, {"b": 0}], "b": "here"}, "b": 1}"#;
        let found = Scanner::new(text, 0).field("a").and_then(|a| a.field("b")).unwrap();
        assert_eq!(&text[found.at..found.at + 6], "\"here\"");
        assert!(Scanner::new(text, 0).field("b").and_then(|b| b.field("a")).is_none());
    }

    /// Texts that are JSON, nearly JSON, or made of its pieces.
    fn jsonish() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "{", "}", "[", "]", ",", ":", "\"", "\"a\"", "\\", "\\u00e9", "\\ud800", "0", "-1", "1.5e+3", "01", "1.",
            "e5", "-", "true", "false", "null", "nul", " ", "\t", "\n", "é", "'", "NaN", "\"k\":", "[]", "{}",
        ]);
        let pieces = prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat());
        let leaf = prop::sample::select(vec!["1", "-0.0", "\"\"", "\"ع\\n\"", "null", "true", "12E-7"]);
        let value = leaf.prop_map(str::to_owned).prop_recursive(4, 20, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(" ,"))),
                prop::collection::vec(inner, 0..4).prop_map(|items| {
                    let fields: Vec<_> = items.iter().map(|item| format!("\"k\" :{item}")).collect();
                    format!("{{ {} }}", fields.join(","))
                }),
            ]
        });
        let broken = (value.clone(), any::<prop::sample::Index>(), "\\PC?").prop_map(|(value, at, with)| {
            let chars: Vec<char> = value.chars().collect();
            let at = at.index(chars.len());
            chars[..at].iter().collect::<String>() + &with + &chars[at + 1..].iter().collect::<String>()
        });
        prop_oneof![pieces, value, broken]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn it_accepts_what_serde_json_accepts(text in jsonish()) {
            let ours = scanned(&text);
            let theirs = serde_json::from_str::<IgnoredAny>(&text);
            prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{:?}: {:?}, {:?}", text, ours, theirs);
            if let Err(flaw) = ours {
                prop_assert!(text.is_char_boundary(flaw.at), "{:?} of {:?}", flaw, text);
            }
        }
    }
}
