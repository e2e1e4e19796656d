//! The last column, `MISC`: what of it is about white space and spans, and how text is written there.
//!
//! `SpacesAfter`, `SpacesBefore` and `SpacesInToken` and their escapes are those of UDPipe; white space
//! that these do not know, such as a no-break space, is written `\u00A0`.

use std::borrow::Cow;
use std::io::Write;

/// What a row's `MISC` says that is not simply kept.
#[derive(Debug, Default)]
pub(super) struct Misc<'a> {
    /// `SpaceAfter=No`.
    pub(super) no_space: bool,
    /// `SpacesAfter=…`, still escaped.
    pub(super) after: Option<&'a str>,
    /// `SpacesBefore=…`, still escaped.
    pub(super) before: Option<&'a str>,
    /// `SpacesInToken=…`, still escaped: the token as it stands in the text.
    pub(super) in_token: Option<&'a str>,
    /// `NER=…`, still escaped.
    pub(super) tag: Option<&'a str>,
    /// Whether something is left.
    rest: bool,
}

impl<'a> Misc<'a> {
    pub(super) fn read(misc: &'a str) -> Self {
        let mut found = Misc::default();
        if misc == "_" {
            return found;
        }
        for part in misc.split('|') {
            match split(part) {
                Some(("SpaceAfter", value)) => found.no_space = value == "No",
                Some(("SpacesAfter", value)) => found.after = Some(value),
                Some(("SpacesBefore", value)) => found.before = Some(value),
                Some(("SpacesInToken", value)) => found.in_token = Some(value),
                Some(("NER", value)) => found.tag = Some(value),
                _ => found.rest |= !is_taken(part),
            }
        }
        found
    }

    /// Appends what is left to be kept of `misc`, from which this was read. Returns whether there is something.
    pub(super) fn keep(&self, misc: &str, out: &mut String) -> bool {
        if self.rest {
            let start = out.len();
            for part in misc.split('|').filter(|part| !is_taken(part)) {
                if out.len() > start {
                    out.push('|');
                }
                out.push_str(part);
            }
        }
        self.rest
    }
}

/// Name and value. White space around them, which the export would leave out, is no part of them: a name that is only kept must
/// not become one that means something when it is written.
fn split(part: &str) -> Option<(&str, &str)> {
    part.split_once('=').map(|(name, value)| (name.trim(), value.trim()))
}

/// Whether the export writes this part anew, from the layers. The places in the source lead to that of an earlier run.
pub(super) fn is_taken(part: &str) -> bool {
    const TAKEN: [&str; 7] =
        ["SpaceAfter", "SpacesAfter", "SpacesBefore", "SpacesInToken", "NER", "SourceStart", "SourceEnd"];
    part.trim().is_empty() || split(part).is_some_and(|(name, _)| TAKEN.contains(&name))
}

/// Appends `text` so that it can stand in `MISC`.
pub(super) fn escape(text: &str, out: &mut Vec<u8>) {
    for c in text.chars() {
        let letter = match c {
            ' ' => b's',
            '\t' => b't',
            '\n' => b'n',
            '\r' => b'r',
            '|' => b'p',
            '\\' => b'\\',
            _ if c.is_whitespace() => {
                // No white space is past U+FFFF. Writing to a vector does not fail.
                let _ = write!(out, "\\u{:04X}", u32::from(c));
                continue;
            }
            _ => {
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
        };
        out.extend_from_slice(&[b'\\', letter]);
    }
}

/// The white space that `u` and four digits stand for.
fn unicode(text: &str) -> Option<char> {
    let code = u32::from_str_radix(text.get(1..5)?, 16).ok()?;
    char::from_u32(code).filter(|c| c.is_whitespace())
}

/// What was escaped. A backslash before another letter stands for itself.
pub(super) fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.clone().next() {
            Some('s') => out.push(' '),
            Some('t') => out.push('\t'),
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('p') => out.push('|'),
            Some('\\') => out.push('\\'),
            Some('u') if unicode(chars.as_str()).is_some() => {
                out.extend(unicode(chars.as_str()));
                chars.nth(3);
            }
            _ => {
                out.push('\\');
                continue;
            }
        }
        chars.next();
    }
    Cow::Owned(out)
}
